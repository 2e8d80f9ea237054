"""Orders between people that are paid from a wallet: docs/rules/p2p.md. Core and model play every line.

Ann sells USDT at 7.20 yuan each and is paid at her wallet; Bob pays from his. A maker's fee is 0.1 %, a taker's 0.2 %.
"""

from typing import Any

import pytest

from venus.records import p2p
from venus.records.coins import DAY_NS
from venus.records.commands import FreezeAccount
from venus.records.currency import BindPurpose, CloseWallet, LinkBank, MoveWallets, OpenSubWallet
from venus.records.events import EventKind
from venus.records.p2p import METHOD_BY_WALLET
from venus.records.p2p_states import CancelReason, Ending, Ground, OrderState
from venus.records.rejects import Reject
from venus.testing.officials import CENTRAL_BANK, WEST
from venus.testing.p2p_stage import MINUTES, Trader, priced
from venus.testing.p2p_wallet_stage import DCNY, PHONE, SMALL, YUAN, P2pWalletStage, wallet_class

BY_WALLET: dict[str, Any] = {"methods": (1, METHOD_BY_WALLET)}


@pytest.fixture(scope="module")
def founded() -> P2pWalletStage:
    stage = P2pWalletStage()
    for name in ("ann", "bob", "cat"):
        stage.trader(name)
    return stage


class Street:
    """Ann's wallet is empty, Bob's has 1,000 yuan; both have named theirs."""

    def __init__(self, stage: P2pWalletStage) -> None:
        self.stage = stage
        self.ann, self.bob, self.cat = (Trader(stage, name, stage.account(name)) for name in ("ann", "bob", "cat"))
        self.hers, self.his = stage.wallet(), stage.wallet(1_000, operator=1)
        self.do(self.ann.names(self.hers))
        self.do(self.bob.names(self.his))

    def do(self, command: p2p.NameWallet) -> None:
        assert self.stage.do(command).kind == EventKind.WALLET_NAMED

    def order(self, units: int, **how: Any) -> int:
        """Bob buys so many of Ann's."""
        return self.bob.takes(self.ann.sells(100, **BY_WALLET), units, method=METHOD_BY_WALLET, **how)


@pytest.fixture
def street(founded: P2pWalletStage) -> Street:
    """Every story goes on from the same morning."""
    return Street(founded.branch())


def test_paid_against_what_is_in_escrow(street: Street):
    """Both sides have theirs in one command, or neither has."""
    stage, ann, bob = street.stage, street.ann, street.bob
    order = street.order(60)
    told = bob.pays_from(street.his, order)
    assert [one.kind for one in told] == [
        EventKind.TRANSFERRED,
        EventKind.ESCROW_PAID_BY_WALLET,
        EventKind.HELD,
        EventKind.TRANSFERRED,
        EventKind.TRANSFERRED,
        EventKind.ESCROW_COMPLETED,
    ]
    paid, ended = told[1], told[-1]
    assert (paid.account, paid.maker_account, paid.symbol) == (street.his, street.hers, DCNY)
    assert paid.quantity_lots == 432 * YUAN  # 43,200 fen; of three decimals the currency is, of two the yuan
    assert ended.reason == Ending.PAID_BY_WALLET
    assert (stage.yuan(street.his), stage.yuan(street.hers)) == ("568", "432")
    assert (bob.has(), ann.holds(), stage.house_has()) == ("1059.88", "40.04", "0.18")
    assert stage.state(order) == OrderState.COMPLETED


def test_a_fen_more_is_a_fen_more(street: Street):
    """What is due is the order's fiat, rounded up by the price, and not rounded again."""
    order = street.bob.takes(street.ann.sells(100, at="7.00000001", **BY_WALLET), 10, method=METHOD_BY_WALLET)
    street.bob.pays_from(street.his, order)
    assert street.stage.yuan(street.hers) == "70.01"


def test_a_maker_who_buys_pays_the_taker(street: Street):
    stage, ann, bob = street.stage, street.ann, street.bob
    order = ann.takes(bob.buys(50, **BY_WALLET), 50, method=METHOD_BY_WALLET)
    bob.pays_from(street.his, order)
    assert (stage.yuan(street.hers), bob.has()) == ("360", "1049.95")


def test_nothing_can_be_stalled_disputed_or_called_back(street: Street):
    ann, bob = street.ann, street.bob
    order = street.order(60)
    assert bob.cannot(p2p.MarkPaid, order) == Reject.BY_WALLET_ONLY
    assert bob.cannot(p2p.MarkPaid, order, fiat=-1) == Reject.INVALID_COMMAND
    assert bob.cannot(p2p.OpenAppeal, order) == Reject.WRONG_STATE
    bob.pays_from(street.his, order)
    assert bob.cannot_pay_from(street.his, order) == Reject.WRONG_STATE
    assert ann.cannot(p2p.OpenAppeal, order, ground=Ground.CHARGEBACK) == Reject.BY_WALLET_ONLY
    assert bob.cannot(p2p.OpenAppeal, order, ground=Ground.OTHER) == Reject.BY_WALLET_ONLY
    assert street.stage.passes(7 * DAY_NS) == []
    assert not street.stage.knows(order)


def test_who_does_not_pay_runs_out_of_time(street: Street):
    stage, order = street.stage, street.order(60)
    assert street.ann.cannot_pay_from(street.hers, order) == Reject.NOT_A_PARTY
    stage.passes(30 * MINUTES - 1)
    told = stage.passes(1)
    assert told[-1].kind == EventKind.ESCROW_CANCELLED and told[-1].reason == Ending.TIMED_OUT
    assert street.bob.cannot_pay_from(street.his, order) == Reject.WRONG_STATE
    assert stage.yuan(street.his) == "1000"


def test_the_buyer_may_give_up_and_the_seller_may_ask(street: Street):
    order = street.order(60)
    street.ann.does(p2p.AskCancel, order)
    street.bob.does(p2p.RefuseCancel, order)
    street.bob.cancels(order, CancelReason.METHOD_FAILS)
    assert street.stage.state(order) == OrderState.CANCELLED


def test_another_method_is_not_paid_from_a_wallet(street: Street):
    order = street.bob.takes(street.ann.sells(100, **BY_WALLET), 60, method=1)
    assert street.bob.cannot_pay_from(street.his, order) == Reject.NOT_BY_WALLET
    street.bob.pays(order)
    assert street.bob.cannot_pay_from(street.his, order) == Reject.WRONG_STATE


def test_a_seller_without_a_wallet_is_not_paid_so(street: Street):
    stage, cat, bob = street.stage, street.cat, street.bob
    advert = cat.sells(100, **BY_WALLET)
    assert bob.cannot_take(advert, 60, method=METHOD_BY_WALLET) == Reject.NO_WALLET
    wallet = stage.wallet()
    street.do(cat.names(wallet))
    stage.do(CloseWallet(reference=stage.reference(), account=wallet))
    assert bob.cannot_take(advert, 60, method=METHOD_BY_WALLET) == Reject.NO_WALLET
    yen = cat.sells(100, fiat="JPY", **BY_WALLET)
    assert bob.cannot_take(yen, 60, method=METHOD_BY_WALLET) == Reject.NO_WALLET
    assert bob.cannot_take(advert, 60, retain_days=0) == Reject.INVALID_COMMAND
    assert street.order(10, retain_days=0)


def test_only_the_wallet_that_he_named_pays(street: Street):
    stage, bob = street.stage, street.bob
    other, order = stage.wallet(1_000), street.order(60)
    assert bob.cannot_pay_from(other, order) == Reject.NO_WALLET
    street.do(bob.names(0))
    assert bob.cannot_pay_from(street.his, order) == Reject.NO_WALLET
    street.do(bob.names(other))
    bob.pays_from(other, order)
    assert stage.yuan(other) == "568"


def test_an_order_keeps_the_wallet_that_it_was_opened_with(street: Street):
    stage, order = street.stage, street.order(60)
    street.do(street.ann.names(stage.wallet()))
    street.bob.pays_from(street.his, order)
    assert stage.yuan(street.hers) == "432"


def test_a_wallet_is_one_persons(street: Street):
    stage, ann, cat = street.stage, street.ann, street.cat
    assert stage.reject(cat.names(street.hers)) == Reject.WALLET_TAKEN
    same = stage.trader("anne", person=stage.play.model.affairs.p2p.market.traders[ann.account].person)
    street.do(same.names(street.hers))
    assert stage.reject(ann.names(street.hers)) == Reject.NO_CHANGE
    assert stage.reject(cat.names(0)) == Reject.NO_CHANGE
    assert stage.reject(cat.names(cat.account)) == Reject.NOT_A_WALLET
    assert stage.reject(cat.names(10**6)) == Reject.UNKNOWN_COUNTERPARTY
    assert stage.reject(cat.names(stage.wallet(), "EUR")) == Reject.UNKNOWN_FIAT
    assert stage.reject(cat.names(stage.wallet(), "JPY")) == Reject.ACCOUNT_UNSUITED
    assert stage.reject(Trader(stage, "shop", stage.account("shop")).names(street.hers)) == Reject.NOT_A_TRADER


def test_a_currency_that_is_too_coarse_is_refused(street: Street):
    """A yen of no decimals in a wallet of fen would do; a yuan in whole units would have to be rounded."""
    stage = street.stage
    stage.found_currency("dYUAN", "CNY", 5, 0, (wallet_class("verified", 0, 0, 0, 0),))
    assert stage.reject(street.cat.names(stage.wallet(asset=5))) == Reject.ACCOUNT_UNSUITED


def test_two_wallets_of_one_family_do_not_pay_each_other(street: Street):
    stage = street.stage
    opened = stage.do(OpenSubWallet(reference=stage.reference(), account=street.his, category=0))
    street.do(street.ann.names(opened.account))
    assert street.bob.cannot_pay_from(street.his, street.order(10)) == Reject.INVALID_TRANSFER


def test_limits_of_wallets_hold(street: Street):
    """500 yuan at once and 1,000 a day; 600 by telephone; whatever is refused moves nothing."""
    stage, bob = street.stage, street.bob
    small = stage.wallet(2_000, SMALL)
    street.do(bob.names(small))
    big = street.order(70)  # 504 yuan
    assert bob.cannot_pay_from(small, big) == Reject.SINGLE_LIMIT
    bob.cancels(big)
    for units in (60, 60):
        bob.pays_from(small, street.order(units))
    assert bob.cannot_pay_from(small, street.order(60)) == Reject.DAY_LIMIT
    assert stage.yuan(small) == "1136"


def test_the_sellers_balance_limit_holds(street: Street):
    stage, ann, bob = street.stage, street.ann, street.bob
    phone = stage.wallet(400, PHONE)
    street.do(ann.names(phone))
    order = street.order(60)
    assert bob.cannot_pay_from(street.his, order) == Reject.BALANCE_LIMIT
    link = LinkBank(reference=stage.reference(), account=phone, line_atoms=0, waterfall=1, reverse=0)
    stage.do(link)
    told = bob.pays_from(street.his, order)
    assert EventKind.POURED in [one.kind for one in told]
    assert stage.yuan(phone) == "600"


def test_what_is_short_comes_from_the_bank(street: Street):
    stage, bob = street.stage, street.bob
    poor = stage.wallet(100)
    street.do(bob.names(poor))
    order = street.order(60)
    assert bob.cannot_pay_from(poor, order) == Reject.INSUFFICIENT_FREE
    link = LinkBank(reference=stage.reference(), account=poor, line_atoms=400 * YUAN, waterfall=0, reverse=1)
    stage.do(link)
    bob.pays_from(poor, order)
    assert stage.yuan(poor) == "0"


def test_money_bound_to_a_purpose_does_not_pay(street: Street):
    """It stays with who gave it until a merchant of its kind is paid."""
    stage, bob = street.stage, street.bob
    poor = stage.wallet()
    street.do(bob.names(poor))
    bound = BindPurpose(
        reference=stage.reference(),
        account=stage.treasury(0),
        holder=poor,
        asset=DCNY,
        atoms=900 * YUAN,
        categories=(5411,),
        expires_ns=stage.time_ns + DAY_NS,
    )
    stage.do(bound)
    assert bob.cannot_pay_from(poor, street.order(60)) == Reject.INSUFFICIENT_FREE


@pytest.mark.parametrize("whose", ["his wallet", "her account"])
def test_nothing_leaves_what_is_frozen(street: Street, whose: str):
    stage, order = street.stage, street.order(60)
    account = street.his if whose == "his wallet" else street.ann.account
    stage.do(FreezeAccount(reference=stage.reference(), account=account, until_ns=0))
    assert street.bob.cannot_pay_from(street.his, order) == Reject.ACCOUNT_FROZEN
    assert (stage.yuan(street.his), stage.yuan(street.hers)) == ("1000", "0")


def test_a_closed_wallet_is_paid_no_more(street: Street):
    stage, order = street.stage, street.order(60)
    stage.do(CloseWallet(reference=stage.reference(), account=street.hers))
    assert street.bob.cannot_pay_from(street.his, order) == Reject.WALLET_CLOSED


def test_wallets_of_an_operator_that_failed_go_on_paying(street: Street):
    stage, order = street.stage, street.order(60)
    stage.do(
        MoveWallets(reference=stage.reference(), currency=DCNY, from_operator=0, to_operator=1), CENTRAL_BANK, WEST
    )
    street.bob.pays_from(street.his, order)
    assert stage.yuan(street.hers) == "432"


def test_a_retry_pays_once(street: Street):
    stage, order = street.stage, street.order(60)
    asked = p2p.PayEscrow(
        reference=stage.reference(), order=order, account=street.bob.account, wallet=street.his, chat=b""
    )
    stage.do(asked)
    again = stage.ask(asked)
    assert [one.kind for one in again] == [EventKind.ESCROW_COMPLETED]
    assert stage.yuan(street.hers) == "432"


def test_a_price_that_floats_is_due_as_it_was_when_taken(street: Street):
    stage, ann, bob = street.stage, street.ann, street.bob
    stage.price("USDT", "CNY", "7.00")
    advert = ann.sells(100, at="0", margin_ppm=1_010_000, **BY_WALLET)
    order = bob.takes(advert, 10, method=METHOD_BY_WALLET)
    stage.price("USDT", "CNY", "9.00")
    bob.pays_from(street.his, order)
    assert stage.yuan(street.hers) == "70.7"
    assert priced("7.07") == 707_000_000
