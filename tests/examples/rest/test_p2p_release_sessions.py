"""One code for many releases: what it stands for, and what whoever stole a key cannot do with it.

docs/rules/p2p_conduct.md, "Second factor".
"""

import time
from typing import Any

import pyotp
import pytest

from tests.examples.rest.bazaar import Bazaar
from tests.examples.rest.house import Trader
from venus.p2p.release_sessions import MINUTE_NS, ReleaseSessions, Session, may_begin
from venus.p2p.risk import RiskRules
from venus.registry.credentials import Permission

WANTED, WRONG, TOO_MUCH, LOCKED = -33_011, -33_012, -33_032, -33_027
FIVE = {"fiat": "CNY", "amount": "3500", "minutes": 10}


class Merchant:
    """A seller with a second factor, and his codes: three that are good, one after another."""

    def __init__(self, bazaar: Bazaar) -> None:
        self.bazaar = bazaar
        self.trader = bazaar.trader("Wang Fang")
        bazaar.account_at(self.trader, name="Wang Fang")
        totp = pyotp.TOTP(bazaar.do(self.trader, "secondFactor")["secret"])
        now_s = time.time()
        before, *self.codes = [totp.at(now_s + ahead) for ahead in (-30, 0, 30)]
        self.bad = next(f"{n:06}" for n in range(9) if f"{n:06}" not in (before, *self.codes))
        bazaar.do(self.trader, "secondFactor/confirm", code=before)
        self.advert = bazaar.advert(self.trader, amount="5000")

    def sold(self, buyer: Trader, account: str, *, paid: bool = True) -> str:
        """An order of 700 yuan that waits to be released."""
        number = str(self.bazaar.take(buyer, self.advert, account)["order"])
        if paid:
            self.bazaar.do(buyer, "order/paid", order=number)
        return number

    def release(self, number: str, who: Trader | None = None) -> Any:
        return self.bazaar.ask(who or self.trader, "POST", "order/release", order=number).json


@pytest.fixture
def merchant(bazaar: Bazaar) -> Merchant:
    return Merchant(bazaar)


@pytest.fixture
def buyer(bazaar: Bazaar) -> Trader:
    return bazaar.trader("Li Wei", usdt=0, btc=0)


def test_one_code_stands_for_many_releases_up_to_a_sum(bazaar: Bazaar, merchant: Merchant, buyer: Trader) -> None:
    account, me = bazaar.account_at(buyer), merchant.trader
    numbers = [merchant.sold(buyer, account) for _ in range(6)]
    assert merchant.release(numbers[0])["code"] == WANTED
    begun = bazaar.do(me, "secondFactor/session", code=merchant.codes[0], **FIVE)
    assert (begun["fiat"], begun["amountLeft"]) == ("CNY", "3500.00")
    for number in numbers[:5]:
        assert merchant.release(number)["state"] == "COMPLETED"
    assert bazaar.get(me, "me")["releaseSession"]["amountLeft"] == "0.00"
    assert merchant.release(numbers[5])["code"] == WANTED
    assert bazaar.do(me, "order/release", order=numbers[5], code=merchant.codes[1])["state"] == "COMPLETED"


def test_a_session_is_of_its_key_its_currency_and_orders_that_were_paid(
    bazaar: Bazaar, merchant: Merchant, buyer: Trader
) -> None:
    account, me = bazaar.account_at(buyer), merchant.trader
    paid, unpaid, disputed = (merchant.sold(buyer, account, paid=is_paid) for is_paid in (True, False, True))
    bazaar.do(me, "order/appeal", order=disputed, ground="NOT_PAID")
    bazaar.do(me, "secondFactor/session", code=merchant.codes[0], **FIVE)
    stolen = Trader(me.account, *bazaar.house.registry.add_api_key(me.account, permissions=Permission.everything()))
    assert merchant.release(paid, stolen)["code"] == WANTED
    assert bazaar.get(stolen, "me")["releaseSession"] is None
    assert merchant.release(unpaid)["code"] == WANTED
    assert merchant.release(disputed)["code"] == WANTED
    assert merchant.release(paid, buyer)["code"] != 0  # nobody else's order
    # Another currency's session takes its place.
    bazaar.do(me, "secondFactor/session", code=merchant.codes[1], fiat="EUR", amount="100", minutes=10)
    assert merchant.release(paid)["code"] == WANTED


def test_no_session_without_a_good_code_nor_for_more_than_the_rules_let(bazaar: Bazaar, merchant: Merchant) -> None:
    me = merchant.trader
    for changes in ({"minutes": 31}, {"minutes": 0}, {"amount": "10000000"}):
        asked = FIVE | changes | {"code": merchant.codes[0]}
        assert bazaar.refused(me, "POST", "secondFactor/session", **asked) == TOO_MUCH
    assert bazaar.do(me, "secondFactor/session", code=merchant.codes[0], **FIVE)["fiat"] == "CNY"
    assert bazaar.refused(me, "POST", "secondFactor/session", code=merchant.codes[0], **FIVE) == WRONG
    reads = Permission.everything() & ~Permission.WITHDRAW
    weak = Trader(me.account, *bazaar.house.registry.add_api_key(me.account, permissions=reads))
    assert bazaar.ask(weak, "POST", "secondFactor/session", code=merchant.codes[1], **FIVE).json["code"] == -2015


def test_who_guesses_codes_or_ends_it_has_no_session_any_more(
    bazaar: Bazaar, merchant: Merchant, buyer: Trader
) -> None:
    account, me = bazaar.account_at(buyer), merchant.trader
    numbers = [merchant.sold(buyer, account) for _ in range(2)]
    bazaar.do(me, "secondFactor/session", code=merchant.codes[0], **FIVE)
    assert bazaar.house.send(me, "DELETE", "/p2p/v1/secondFactor/session").json == {}
    assert merchant.release(numbers[0])["code"] == WANTED
    bazaar.do(me, "secondFactor/session", code=merchant.codes[1], **FIVE)
    assert merchant.release(numbers[0])["state"] == "COMPLETED"
    tries = [bazaar.refused(me, "POST", "order/release", order=numbers[1], code=merchant.bad) for _ in range(6)]
    assert tries == [WRONG] * 5 + [LOCKED]
    assert merchant.release(numbers[1])["code"] == WANTED


def test_a_session_is_over_in_time_and_counts_what_it_stood_for() -> None:
    sessions = ReleaseSessions()
    sessions.begin(7, "k", Session("CNY", 100, until_ns=10 * MINUTE_NS))
    assert not sessions.spend(7, "k", "CNY", 101, now_ns=0)
    assert sessions.spend(7, "k", "CNY", 60, now_ns=0) and not sessions.spend(7, "k", "CNY", 41, now_ns=0)
    assert sessions.spend(7, "k", "CNY", 40, now_ns=10 * MINUTE_NS - 1)
    assert sessions.of(7, "k", 10 * MINUTE_NS - 1) == Session("CNY", 0, 10 * MINUTE_NS)
    assert sessions.of(7, "k", 10 * MINUTE_NS) is None and sessions.of(7, "k", 0) is None
    rules = RiskRules()
    assert may_begin(rules, 500 * 700, 700, 30)
    assert not any(may_begin(rules, *asked) for asked in ((500 * 700 + 1, 700, 30), (0, 700, 30), (1, 700, 31)))
