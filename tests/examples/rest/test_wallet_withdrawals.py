"""Withdrawals through the REST door, and where their money is meanwhile. Source: docs/rules/wallet.md."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.examples.rest.house import BTC, USDT, House, Trader
from venus.bridges.posting import labelled_account, post
from venus.records.commands import HOUSE_ACCOUNT, AccountKind, FreezeAccount
from venus.records.rejects import Reject
from venus.registry.credentials import Permission

APPLY, HISTORY = "/sapi/v1/capital/withdraw/apply", "/sapi/v1/capital/withdraw/history"
OUTSIDE = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
FEE = 10_000  # of BTC on its own network, in atoms


def apply(house: House, who: Trader, **changes: object) -> Any:
    form = {"coin": "BTC", "address": OUTSIDE, "amount": "1"} | changes
    return house.send(who, "POST", APPLY, form={name: value for name, value in form.items() if value is not None})


def history(house: House, who: Trader, **params: object) -> list[dict[str, Any]]:
    answer = house.send(who, "GET", HISTORY, **params)
    assert answer.status == 200, answer
    return answer.json  # type: ignore[no-any-return]


def test_money_is_set_aside_sent_and_its_fee_kept(house: House, alice: Trader) -> None:
    house.finish_payments()  # what others left on its way
    treasury, house_before = house.wallet.treasury, house.balance(HOUSE_ACCOUNT, BTC)[0]
    pending_before = house.balance(treasury.pending, BTC)[0]
    number = apply(house, alice).json["id"]
    assert house.balance(alice.account, BTC) == (99 * 10**8, 0)
    assert house.balance(treasury.pending, BTC)[0] == pending_before + 10**8
    [awaiting] = history(house, alice)
    assert (awaiting["id"], awaiting["status"], awaiting["txId"], awaiting["completeTime"]) == (number, 2, "", "")
    coins = {c["coin"]: c for c in house.send(alice, "GET", "/sapi/v1/capital/config/getall").json}
    assert (coins["BTC"]["free"], coins["BTC"]["withdrawing"]) == ("99.00000000", "1.00000000")
    house.later(2)
    [processing] = history(house, alice)
    assert processing["status"] == 4 and len(processing["txId"]) == 64
    house.later(4, steps=2)
    [done] = history(house, alice)
    assert done == processing | {"status": 6, "confirmNo": 1, "completeTime": done["completeTime"]}
    assert (done["amount"], done["transactionFee"]) == ("0.99990000", "0.00010000")
    assert done["address"] == OUTSIDE and done["network"] == "BTC" and done["transferType"] == 0
    assert house.balance(treasury.pending, BTC)[0] == pending_before
    assert house.balance(HOUSE_ACCOUNT, BTC)[0] == house_before + FEE
    house.later(60, steps=2)
    assert house.balance(alice.account, BTC) == (99 * 10**8, 0)


def test_what_was_sent_before_its_fee_could_be_linked_pays_its_fee(house: House, alice: Trader) -> None:
    """As an exchange stopped between the two transfers, under the rules before there were linked ones."""
    treasury, house_before = house.wallet.treasury, house.balance(HOUSE_ACCOUNT, BTC)[0]
    row = house.registry.chain.withdrawal(apply(house, alice).json["id"])
    assert row is not None
    external = house.run(labelled_account(house.client, AccountKind.EXTERNAL, "external:chain:BTC"))
    sent = post(
        house.client,
        f"withdraw:{row.id}:send",
        debit=treasury.pending,
        credit=external,
        asset=BTC,
        atoms=row.atoms,
    )
    assert house.run(sent) is Reject.NONE
    for _ in range(2):
        house.run(treasury.pay_out(row, external))
        assert house.balance(HOUSE_ACCOUNT, BTC)[0] == house_before + FEE


def test_one_customers_withdrawal_is_anothers_deposit(house: House, alice: Trader, bob: Trader) -> None:
    address = house.send(bob, "GET", "/sapi/v1/capital/deposit/address", coin="USDT", network="BSC").json["address"]
    sent = apply(house, alice, coin="USDT", network="BSC", address=address.lower(), amount="100")
    assert sent.status == 200
    house.later(2)
    house.later(10, steps=3)
    [deposit] = house.send(bob, "GET", "/sapi/v1/capital/deposit/hisrec").json
    [withdrawal] = history(house, alice)
    assert (deposit["amount"], deposit["txId"]) == ("99.71000000", withdrawal["txId"])
    house.later(60, steps=2)
    assert house.balance(bob.account, USDT) == (1_000_000 * 10**6 + 99_710_000, 0)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"coin": "NOSUCH"}, -4018),
        ({"network": "TRX"}, -4019),
        ({"address": OUTSIDE[:-1] + "5"}, -4033),
        ({"address": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"}, -4033),
        ({"addressTag": "7"}, -4106),
        ({"amount": "0.0004"}, -4022),
        ({"amount": "7501"}, -4023),
        ({"amount": "0.123456789"}, -1111),
        ({"amount": "1e3"}, -1100),
        ({"amount": "-1"}, -1100),
        ({"amount": None}, -1102),
        ({"address": None}, -1102),
        ({"walletType": "2"}, -1130),
        ({"withdrawOrderId": "no spaces"}, -1100),
        ({"amount": "100.00000001"}, -4026),
        ({"walletType": "1"}, -4026),
    ],
)
def test_refusals_move_nothing(house: House, alice: Trader, changes: dict[str, object], code: int) -> None:
    refused = apply(house, alice, **changes)
    assert (refused.status, refused.json["code"]) == (400, code)
    assert house.balance(alice.account, BTC) == (100 * 10**8, 0)
    assert history(house, alice) == []


def test_an_order_id_withdraws_once(house: House, alice: Trader, bob: Trader) -> None:
    assert apply(house, alice, withdrawOrderId="rent-11").status == 200
    again = apply(house, alice, withdrawOrderId="rent-11")
    assert again.refusal == (400, -4115, "withdrawOrderId is duplicated.")
    assert house.balance(alice.account, BTC) == (99 * 10**8, 0)
    assert apply(house, bob, withdrawOrderId="rent-11").status == 200
    # What was refused for want of money was no withdrawal, and its id is free.
    assert apply(house, alice, withdrawOrderId="rent-12", amount="100").json["code"] == -4026
    assert apply(house, alice, withdrawOrderId="rent-12", amount="1").status == 200
    assert [one["withdrawOrderId"] for one in history(house, alice, withdrawOrderId="rent-12")] == ["rent-12"]


def test_a_rejected_withdrawal_comes_back(house: House, alice: Trader) -> None:
    number = apply(house, alice).json["id"]
    chain = house.wallet.chain
    assert house.run(chain.decide(number, approved=False, why="not by day"))
    assert not house.run(chain.decide(number, approved=True))
    house.later(60, steps=3)
    [rejected] = history(house, alice, status=3)
    assert (rejected["info"], rejected["txId"]) == ("not by day", "")
    assert house.balance(alice.account, BTC) == (100 * 10**8, 0)


def test_a_failed_withdrawal_comes_back_and_a_sent_one_cannot_fail(house: House, alice: Trader) -> None:
    chain = house.wallet.chain
    number = apply(house, alice).json["id"]
    assert not house.run(chain.fail(number, "reorganised"))  # it is not on its way yet
    assert house.run(chain.decide(number, approved=True))
    assert house.run(chain.fail(number, "reorganised"))
    house.later(60, steps=3)
    assert [one["status"] for one in history(house, alice)] == [5]
    assert house.balance(alice.account, BTC) == (100 * 10**8, 0)
    sent = apply(house, alice).json["id"]
    house.later(60)
    house.later(60)
    assert not house.run(chain.fail(sent, "too late"))
    assert house.balance(alice.account, BTC) == (99 * 10**8, 0)


def test_a_key_must_be_allowed_to_withdraw(house: House, alice: Trader) -> None:
    trades_only = house.registry.add_api_key(alice.account)
    weak = Trader(alice.account, *trades_only)
    assert apply(house, weak).refusal == (401, -2015, "Invalid API-key, IP, or permissions for action.")
    elsewhere = house.registry.add_api_key(alice.account, permissions=Permission.everything(), networks="198.51.100.7")
    assert apply(house, Trader(alice.account, *elsewhere)).json["code"] == -2015
    restrictions = house.send(weak, "GET", "/sapi/v1/account/apiRestrictions").json
    assert restrictions["enableSpotAndMarginTrading"] and not restrictions["enableWithdrawals"]
    assert not restrictions["ipRestrict"]
    far = house.send(
        Trader(alice.account, *elsewhere), "GET", "/sapi/v1/account/apiRestrictions", address="198.51.100.7"
    ).json
    assert far["ipRestrict"] and far["enableWithdrawals"] and far["permitsUniversalTransfer"]


def test_a_frozen_account_keeps_its_money(house: House, alice: Trader) -> None:
    house.cold(FreezeAccount, account=alice.account, until_ns=0)
    assert apply(house, alice).json["code"] == -4015
    assert house.send(alice, "GET", "/sapi/v1/account/status").json == {"data": "Lock"}
    assert house.send(alice, "GET", "/sapi/v1/account/apiTradingStatus").json["data"]["isLocked"]


def test_a_history_is_filtered_and_paged(house: House, alice: Trader) -> None:
    numbers = [apply(house, alice, amount=f"0.{digit}").json["id"] for digit in (1, 2, 3)]
    apply(house, alice, coin="USDT", network="ETH", address="0x" + "ab" * 20, amount="50")
    assert [one["id"] for one in history(house, alice, coin="BTC")] == numbers[::-1]
    assert [one["id"] for one in history(house, alice, coin="BTC", offset=1, limit=1)] == [numbers[1]]
    wanted = history(house, alice, idList=f"{numbers[0]},{numbers[2]}")
    assert {one["id"] for one in wanted} == {numbers[0], numbers[2]}
    assert history(house, alice, status=6) == []
    assert house.send(alice, "GET", HISTORY, idList=",".join("x" * 46)).json["code"] == -1130
    week_ms, now_ms = 7 * 86_400_000, house.wallet.treasury.now_us() // 1_000
    long = house.send(alice, "GET", HISTORY, withdrawOrderId="x", startTime=now_ms - week_ms - 2, endTime=now_ms)
    assert long.json["code"] == -4047


def test_a_thousand_withdrawals_of_everything_pay_one(house: House) -> None:
    who = house.new_trader(btc=1, usdt=0)

    async def all_at_once() -> list[Any]:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(64) as pool:
            return await asyncio.gather(*(loop.run_in_executor(pool, lambda: apply(house, who)) for _ in range(1_000)))

    answers = asyncio.run(all_at_once())
    paid = [answer for answer in answers if answer.status == 200]
    assert len(paid) == 1
    assert {answer.json["code"] for answer in answers if answer.status != 200} == {-4026}
    assert house.balance(who.account, BTC) == (0, 0)
    assert [one["id"] for one in history(house, who)] == [paid[0].json["id"]]
