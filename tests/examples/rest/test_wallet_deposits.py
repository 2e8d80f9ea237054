"""Deposits through the REST door, from the address to the balance. Source: docs/rules/wallet.md, "Deposits"."""

import time

import pytest

from tests.examples.rest.house import BTC, USDT, House, Trader
from venus.bridges.addresses import is_address
from venus.bridges.sandbox_chain import BadDeposit
from venus.registry.networks import NETWORKS
from venus.units import NS_PER_MS

BASE = "/sapi/v1/capital/deposit"


@pytest.fixture
def carol(house: House) -> Trader:
    """Who has nothing yet."""
    return house.new_trader(btc=0, usdt=0)


def history(house: House, who: Trader, **params: object) -> list[dict[str, object]]:
    answer = house.send(who, "GET", f"{BASE}/hisrec", **params)
    assert answer.status == 200, answer
    return answer.json  # type: ignore[no-any-return]


def test_an_address_is_the_accounts_own_and_stays(house: House, alice: Trader, bob: Trader) -> None:
    facts = house.send(alice, "GET", f"{BASE}/address", coin="BTC").json
    assert set(facts) == {"address", "coin", "tag", "url"}
    assert (facts["coin"], facts["tag"]) == ("BTC", "")
    assert is_address(NETWORKS["BTC"].form, facts["address"])
    assert house.send(alice, "GET", f"{BASE}/address", coin="BTC", network="BTC").json == facts
    assert house.send(bob, "GET", f"{BASE}/address", coin="BTC").json["address"] != facts["address"]
    on_tron = house.send(alice, "GET", f"{BASE}/address", coin="USDT", network="TRX").json["address"]
    assert is_address(NETWORKS["TRX"].form, on_tron)
    every = house.send(alice, "GET", f"{BASE}/address/list", coin="USDT").json
    assert [(one["address"] == on_tron, one["isDefault"]) for one in every] == [(False, 1), (True, 0), (False, 0)]


def test_what_has_no_address(house: House, alice: Trader) -> None:
    assert house.send(alice, "GET", f"{BASE}/address", coin="NOSUCH").json["code"] == -4018
    assert house.send(alice, "GET", f"{BASE}/address", coin="BTC", network="TRX").json["code"] == -4040
    assert house.send(alice, "GET", f"{BASE}/address").json["code"] == -1102
    assert house.send(None, "GET", f"{BASE}/address", coin="BTC").status == 401


def test_a_deposit_is_seen_then_credited_then_free_to_leave(house: House, carol: Trader) -> None:
    begin_a_block(house)
    house.run(house.wallet.chain.arrive(carol.account, "BTC", "0.5"))
    house.later(0)
    [pending] = history(house, carol)
    assert (pending["status"], pending["confirmTimes"], pending["completeTime"]) == (0, "0/1", None)
    assert house.balance(carol.account, BTC) == (0, 0)
    house.later(2)  # one block
    [credited] = history(house, carol)
    assert (credited["status"], credited["confirmTimes"], credited["amount"]) == (6, "1/1", "0.50000000")
    assert house.balance(carol.account, BTC) == (50_000_000, 0)
    form = {"coin": "BTC", "address": address(house, carol), "amount": "0.1"}
    locked = house.send(carol, "POST", "/sapi/v1/capital/withdraw/apply", form=form)
    assert locked.json["code"] == -4060
    house.later(2)
    [done] = history(house, carol)
    assert (done["status"], done["unlockConfirm"], done["txId"]) == (1, 2, pending["txId"])
    house.later(60, steps=3)
    assert house.balance(carol.account, BTC) == (50_000_000, 0)


def begin_a_block(house: House) -> None:
    """So that the time which the test itself takes ends none."""
    block_ns = NETWORKS["BTC"].block_ms * NS_PER_MS // house.wallet.chain._rules.speed
    house.ahead_ns += block_ns - (time.time_ns() + house.ahead_ns) % block_ns


def address(house: House, who: Trader) -> object:
    return house.send(who, "GET", f"{BASE}/address", coin="BTC").json["address"]


def test_the_same_transaction_pays_once(house: House, carol: Trader) -> None:
    for _ in range(3):
        house.run(house.wallet.chain.arrive(carol.account, "USDT", "25", "BSC", tx_id=f"0xabc{carol.account}"))
    house.later(60, steps=2)
    [deposit] = history(house, carol)
    assert (deposit["network"], deposit["amount"], deposit["status"]) == ("BSC", "25.00000000", 1)
    assert house.balance(carol.account, USDT) == (25 * 10**6, 0)


def test_a_history_is_filtered_paged_and_windowed(house: House, carol: Trader) -> None:
    for number in range(1, 4):
        house.run(house.wallet.chain.arrive(carol.account, "BTC", f"0.{number}"))
    house.run(house.wallet.chain.arrive(carol.account, "USDT", "30"))
    house.later(600, steps=2)
    house.run(house.wallet.chain.arrive(carol.account, "BTC", "0.4"))
    amounts = [deposit["amount"] for deposit in history(house, carol, coin="BTC", status=1)]
    assert amounts == ["0.30000000", "0.20000000", "0.10000000"]
    assert [one["amount"] for one in history(house, carol, coin="BTC", status=0)] == ["0.40000000"]
    assert [one["amount"] for one in history(house, carol, coin="BTC", offset=1, limit=2)] == amounts[:2]
    [one] = history(house, carol, txId=history(house, carol)[-1]["txId"], includeSource="true")
    assert one["amount"] == "0.10000000" and is_address(NETWORKS["BTC"].form, str(one["sourceAddress"]))
    first_ms = int(str(one["insertTime"]))
    assert history(house, carol, startTime=first_ms - 2, endTime=first_ms - 1) == []
    day_ms = 86_400_000
    refused = house.send(carol, "GET", f"{BASE}/hisrec", startTime=first_ms - 91 * day_ms, endTime=first_ms)
    assert refused.refusal == (400, -4047, "Time interval must be within 0-90 days")
    assert house.send(carol, "GET", f"{BASE}/hisrec", coin="NOSUCH").json["code"] == -4018
    assert history(house, house.new_trader(btc=0, usdt=0)) == []


@pytest.mark.parametrize(
    ("coin", "amount", "network"),
    [
        ("BTC", "0.00000001", None),
        ("BTC", "0.123456789", None),
        ("BTC", "1", "TRX"),
        ("XYZ", "1", None),
        ("BTC", "-1", None),
    ],
)
def test_what_no_chain_carries(house: House, carol: Trader, coin: str, amount: str, network: str | None) -> None:
    with pytest.raises(BadDeposit):
        house.run(house.wallet.chain.arrive(carol.account, coin, amount, network))
