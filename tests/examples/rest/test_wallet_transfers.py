"""Wallets, sub-accounts, conversions and dust through the REST door. Source: docs/rules/wallet.md."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.examples.rest.house import BTC, ETH, USDT, House, Trader
from venus.bridges.posting import Leg, post, post_together
from venus.records.rejects import Reject
from venus.registry.credentials import Permission
from venus.registry.owners import WalletKind

BANK = 1
TRANSFER, UNIVERSAL = "/sapi/v1/asset/transfer", "/sapi/v1/sub-account/universalTransfer"
_numbers = count(1)


def transfer(house: House, who: Trader, amount: str, kind: str = "MAIN_FUNDING", asset: str = "BTC") -> Any:
    return house.send(who, "POST", TRANSFER, type=kind, asset=asset, amount=amount)


def funding(house: House, who: Trader) -> int:
    return house.run(house.wallet.treasury.wallet(who.account, WalletKind.FUNDING))


def test_to_the_funding_wallet_and_back(house: House, alice: Trader) -> None:
    there = transfer(house, alice, "2.5")
    assert house.balance(alice.account, BTC) == (9_750_000_000, 0)
    assert house.balance(funding(house, alice), BTC) == (250_000_000, 0)
    [held] = house.send(alice, "POST", "/sapi/v1/asset/get-funding-asset").json
    assert (held["asset"], held["free"], held["locked"]) == ("BTC", "2.50000000", "0.00000000")
    back = transfer(house, alice, "1", "FUNDING_MAIN")
    assert house.balance(funding(house, alice), BTC) == (150_000_000, 0)
    assert house.send(alice, "GET", TRANSFER, type="MAIN_FUNDING").json == {
        "total": 1,
        "rows": [
            {
                "asset": "BTC",
                "amount": "2.50000000",
                "type": "MAIN_FUNDING",
                "status": "CONFIRMED",
                "tranId": there.json["tranId"],
                "timestamp": house.send(alice, "GET", TRANSFER, type="MAIN_FUNDING").json["rows"][0]["timestamp"],
            }
        ],
    }
    [row] = house.send(alice, "GET", TRANSFER, type="FUNDING_MAIN").json["rows"]
    assert row["tranId"] == back.json["tranId"]


def test_transfers_are_paged_from_the_newest(house: House, alice: Trader) -> None:
    ids = [transfer(house, alice, f"0.{digit}").json["tranId"] for digit in (1, 2, 3)]
    assert transfer(house, alice, "1000").json["code"] == -5013
    page = house.send(alice, "GET", TRANSFER, type="MAIN_FUNDING", current=2, size=2).json
    assert page["total"] == 4
    assert [row["tranId"] for row in page["rows"]] == [ids[1], ids[0]]
    assert house.send(alice, "GET", TRANSFER, type="MAIN_UMFUTURE").json == {"total": 0, "rows": []}
    assert house.send(alice, "GET", TRANSFER, type="MAIN_MOON").json["code"] == -1130
    newest = house.send(alice, "GET", TRANSFER, type="MAIN_FUNDING", size=1).json["rows"]
    assert [row["status"] for row in newest] == ["FAILED"]


@pytest.mark.parametrize(
    ("amount", "kind", "asset", "code"),
    [
        ("101", "MAIN_FUNDING", "BTC", -5013),
        ("1", "FUNDING_MAIN", "BTC", -5013),
        ("0", "MAIN_FUNDING", "BTC", -5007),
        ("1", "MAIN_UMFUTURE", "BTC", -5010),
        ("1", "MARGIN_MAIN", "BTC", -5010),
        ("1", "MAIN_MOON", "BTC", -1130),
        ("1", "MAIN_FUNDING", "NOSUCH", -4018),
        ("0.000000001", "MAIN_FUNDING", "BTC", -1111),
    ],
)
def test_transfers_refused(house: House, alice: Trader, amount: str, kind: str, asset: str, code: int) -> None:
    assert transfer(house, alice, amount, kind, asset).json["code"] == code
    assert house.balance(alice.account, BTC) == (100 * 10**8, 0)


def test_a_key_must_be_allowed_to_transfer(house: House, alice: Trader) -> None:
    key = house.registry.add_api_key(alice.account, permissions=Permission.USER_DATA | Permission.TRADE)
    assert transfer(house, Trader(alice.account, *key), "1").json["code"] == -2015


@pytest.fixture
def sub(house: House, alice: Trader) -> Trader:
    """A sub-account of alice's, with keys of its own."""
    return open_sub(house, alice)


def open_sub(house: House, master: Trader) -> Trader:
    answer = house.send(
        master, "POST", "/sapi/v1/sub-account/virtualSubAccount", subAccountString=f"desk{next(_numbers)}"
    )
    found = house.registry.owners.sub_account_of(answer.json["email"])
    assert found is not None and found.master == master.account
    return Trader(found.account, *house.registry.add_api_key(found.account, permissions=Permission.everything()))


def email_of(house: House, who: Trader) -> str:
    found = house.registry.owners.sub_account(who.account)
    assert found is not None
    return found.email


def test_a_sub_account_is_opened_once_for_its_name(house: House, alice: Trader, bob: Trader) -> None:
    path = "/sapi/v1/sub-account/virtualSubAccount"
    email = house.send(alice, "POST", path, subAccountString="Hedge").json["email"]
    assert email.startswith("hedge_virtual@") and email.endswith("noemail.com")
    assert house.send(alice, "POST", path, subAccountString="hedge").json["code"] == -4003
    assert house.send(bob, "POST", path, subAccountString="hedge").json["email"] != email
    assert house.send(alice, "POST", path, subAccountString="no spaces").json["code"] == -1130
    [listed] = house.send(alice, "GET", "/sapi/v1/sub-account/list").json["subAccounts"]
    assert (listed["email"], listed["isFreeze"]) == (email, False)
    assert house.send(alice, "GET", "/sapi/v1/sub-account/list", isFreeze="true").json == {"subAccounts": []}


def test_money_between_master_and_sub_accounts(house: House, alice: Trader, sub: Trader) -> None:
    email, sibling = email_of(house, sub), open_sub(house, alice)
    form = {"fromAccountType": "SPOT", "toAccountType": "SPOT", "asset": "USDT"}
    down = house.send(alice, "POST", UNIVERSAL, **form, toEmail=email, amount="500", clientTranId="t-1").json
    assert down["clientTranId"] == "t-1"
    assert house.balance(sub.account, USDT) == (500 * 10**6, 0)
    again = house.send(alice, "POST", UNIVERSAL, **form, toEmail=email, amount="500", clientTranId="t-1")
    assert again.json["code"] == -4115
    up = house.send(sub, "POST", "/sapi/v1/sub-account/transfer/subToMaster", asset="USDT", amount="100")
    over = {"toEmail": email_of(house, sibling), "asset": "USDT", "amount": "50"}
    across = house.send(sub, "POST", "/sapi/v1/sub-account/transfer/subToSub", **over)
    assert house.balance(sub.account, USDT) == (350 * 10**6, 0)
    assert house.balance(sibling.account, USDT) == (50 * 10**6, 0)
    balances = house.send(alice, "GET", "/sapi/v4/sub-account/assets", email=email).json["balances"]
    assert next(b for b in balances if b["asset"] == "USDT")["free"] == "350.00000000"
    [sent] = house.send(alice, "GET", UNIVERSAL).json["result"]
    assert (sent["tranId"], sent["fromEmail"], sent["toEmail"], sent["status"]) == (
        down["tranId"],
        "",
        email,
        "SUCCESS",
    )
    history = house.send(sub, "GET", "/sapi/v1/sub-account/transfer/subUserHistory").json
    assert [(row["tranId"], row["counterParty"]) for row in history] == [
        (across.json["txnId"], "subAccount"),
        (up.json["txnId"], "master"),
    ]
    [received] = house.send(sub, "GET", "/sapi/v1/sub-account/transfer/subUserHistory", type=1).json
    assert (received["qty"], received["type"]) == ("500.00000000", 1)
    from_sub = house.send(alice, "GET", "/sapi/v1/sub-account/sub/transfer/history", fromEmail=email).json
    assert [row["qty"] for row in from_sub] == ["50.00000000", "100.00000000"]


def test_a_sub_accounts_deposits(house: House, alice: Trader, bob: Trader, sub: Trader) -> None:
    email, base = email_of(house, sub), "/sapi/v1/capital/deposit"
    address = house.send(alice, "GET", f"{base}/subAddress", email=email, coin="BTC").json["address"]
    assert address == house.send(sub, "GET", f"{base}/address", coin="BTC").json["address"]
    house.run(house.wallet.chain.arrive(sub.account, "BTC", "0.25"))
    house.later(60, steps=2)
    [deposit] = house.send(alice, "GET", f"{base}/subHisrec", email=email).json
    assert (deposit["amount"], deposit["status"], deposit["address"]) == ("0.25000000", 1, address)
    assert house.send(bob, "GET", f"{base}/subHisrec", email=email).json["code"] == -5021
    summary = house.send(alice, "GET", "/sapi/v1/sub-account/spotSummary").json
    assert summary["spotSubUserAssetBtcVoList"] == [{"email": email, "totalAsset": "0.25000000"}]
    assert summary["totalCount"] == 1


def test_strangers_are_no_relation(house: House, alice: Trader, bob: Trader, sub: Trader) -> None:
    email = email_of(house, sub)
    form = {"fromAccountType": "SPOT", "toAccountType": "SPOT", "asset": "USDT", "amount": "1"}
    assert house.send(bob, "POST", UNIVERSAL, **form, fromEmail=email).json["code"] == -5021
    assert house.send(bob, "POST", UNIVERSAL, **form, toEmail=email).json["code"] == -5021
    assert house.send(bob, "GET", "/sapi/v3/sub-account/assets", email=email).json["code"] == -5021
    assert (
        house.send(alice, "POST", "/sapi/v1/sub-account/transfer/subToMaster", asset="USDT", amount="1").status == 400
    )
    assert house.send(alice, "POST", UNIVERSAL, **form).json["code"] == -1102
    poor = house.send(alice, "POST", UNIVERSAL, **form, fromEmail=email)
    assert poor.refusal == (400, -5013, "Asset transfer failed: insufficient balance")


@pytest.fixture
def stocked(house: House, market: str, bob: Trader) -> str:
    """A dealer with 5 BTC and 100,000 USDT, and a book of 99 and 101 that values BTC."""
    dealer = house.wallet.treasury.dealer
    for asset, atoms in ((BTC, 5 * 10**8), (USDT, 100_000 * 10**6)):
        missing = atoms - house.balance(dealer, asset)[0]
        if missing > 0:
            house.deposit(dealer, asset, missing)
    house.buy(bob, market, "10", "99")
    house.sell(bob, market, "10", "101")
    return market


def quote(house: House, who: Trader, **form: object) -> Any:
    return house.send(who, "POST", "/sapi/v1/convert/getQuote", **form)


def test_a_quote_is_accepted_once(house: House, alice: Trader, stocked: str) -> None:
    stated = quote(house, alice, fromAsset="BTC", toAsset="USDT", fromAmount="1").json
    got_atoms = house_atoms(stated["toAmount"], 6)
    assert got_atoms > 0
    dealer = house.wallet.treasury.dealer
    before = house.balance(dealer, BTC)[0], house.balance(dealer, USDT)[0]
    done = house.send(alice, "POST", "/sapi/v1/convert/acceptQuote", quoteId=stated["quoteId"]).json
    assert done["orderStatus"] == "SUCCESS"
    assert house.balance(alice.account, BTC) == (99 * 10**8, 0)
    assert house.balance(alice.account, USDT) == (1_000_000 * 10**6 + got_atoms, 0)
    assert house.balance(dealer, BTC)[0] == before[0] + 10**8
    assert house.balance(dealer, USDT)[0] == before[1] - got_atoms
    assert house.balance(house.wallet.treasury.escrow, BTC)[0] == 0
    again = house.send(alice, "POST", "/sapi/v1/convert/acceptQuote", quoteId=stated["quoteId"])
    assert again.json["code"] == -20129
    status = house.send(alice, "GET", "/sapi/v1/convert/orderStatus", orderId=done["orderId"]).json
    assert (status["orderStatus"], status["fromAmount"], status["ratio"]) == ("SUCCESS", "1.00000000", stated["ratio"])
    now_ms = done["createTime"]
    flow = house.send(
        alice, "GET", "/sapi/v1/convert/tradeFlow", startTime=now_ms - 60_000, endTime=now_ms + 60_000
    ).json
    assert [one["quoteId"] for one in flow["list"]] == [stated["quoteId"]] and not flow["moreData"]


def house_atoms(text: str, scale: int) -> int:
    whole, _, fraction = text.partition(".")
    return int(whole + fraction.ljust(scale, "0")[:scale])


def test_pairs_that_can_be_converted(house: House, alice: Trader, stocked: str) -> None:
    pairs = house.send(None, "GET", "/sapi/v1/convert/exchangeInfo", fromAsset="USDT", toAsset="BTC").json
    [pair] = pairs
    assert (pair["fromAsset"], pair["toAsset"]) == ("USDT", "BTC")
    dealer_atoms = house.balance(house.wallet.treasury.dealer, BTC)[0]
    assert house_atoms(pair["toAssetMaxAmount"], 8) == dealer_atoms
    most = quote(house, alice, fromAsset="USDT", toAsset="BTC", toAmount=pair["toAssetMaxAmount"]).json
    assert most["toAmount"] == pair["toAssetMaxAmount"]
    precision = house.send(alice, "GET", "/sapi/v1/convert/assetInfo").json
    assert {"asset": "USDT", "fraction": 6} in precision and {"asset": "ETH", "fraction": 8} in precision


def test_quotes_that_are_none(house: House, alice: Trader, bob: Trader, stocked: str) -> None:
    stated = quote(house, alice, fromAsset="BTC", toAsset="USDT", fromAmount="1").json
    stolen = house.send(bob, "POST", "/sapi/v1/convert/acceptQuote", quoteId=stated["quoteId"])
    assert stolen.json["code"] == -20130
    house.ahead_ns += 11 * 10**9
    late = house.send(alice, "POST", "/sapi/v1/convert/acceptQuote", quoteId=stated["quoteId"])
    assert late.json["code"] == -20129
    assert "quoteId" not in quote(house, alice, fromAsset="BTC", toAsset="USDT", fromAmount="101").json
    assert quote(house, alice, fromAsset="ETH", toAsset="USDT", fromAmount="1").json["code"] == -20127
    assert quote(house, alice, fromAsset="BTC", toAsset="BTC", fromAmount="1").json["code"] == -20127
    assert quote(house, alice, fromAsset="USDT", toAsset="BTC", fromAmount="900000").json["code"] == -20128
    assert quote(house, alice, fromAsset="BTC", toAsset="USDT").json["code"] == -1102
    both = quote(house, alice, fromAsset="BTC", toAsset="USDT", fromAmount="1", toAmount="1")
    assert both.json["code"] == -1128


def test_both_coins_of_a_conversion_move_or_neither(house: House, alice: Trader, stocked: str) -> None:
    """Under the references that its row names; done again, as after a crash before it was noted, nothing moves."""
    treasury = house.wallet.treasury
    stated = quote(house, alice, fromAsset="BTC", toAsset="USDT", fromAmount="1").json
    row = house.registry.moves.conversion(alice.account, quote_id=stated["quoteId"])
    assert row is not None
    take = Leg(f"convert:{row.id}:take", alice.account, treasury.dealer, BTC, row.from_atoms)
    give = Leg(f"convert:{row.id}:give", treasury.dealer, alice.account, USDT, row.to_atoms)
    too_much = give._replace(atoms=10**15)
    assert house.run(post_together(house.client, take, too_much)) is Reject.INSUFFICIENT_FREE
    assert house.balance(alice.account, BTC) == (100 * 10**8, 0)
    house.send(alice, "POST", "/sapi/v1/convert/acceptQuote", quoteId=stated["quoteId"])
    after = [house.balance(account, asset) for account in (alice.account, treasury.dealer) for asset in (BTC, USDT)]
    assert after[:2] == [(99 * 10**8, 0), (1_000_000 * 10**6 + row.to_atoms, 0)]
    assert house.run(post_together(house.client, take, give)) is Reject.NONE
    again = [house.balance(account, asset) for account in (alice.account, treasury.dealer) for asset in (BTC, USDT)]
    assert again == after


def test_a_conversion_begun_by_steps_is_ended_by_steps(house: House, alice: Trader, stocked: str) -> None:
    treasury = house.wallet.treasury
    stated = quote(house, alice, fromAsset="BTC", toAsset="USDT", fromAmount="1").json
    row = house.registry.moves.conversion(alice.account, quote_id=stated["quoteId"])
    assert row is not None
    begun = post(
        house.client,
        f"convert:{row.id}:take",
        debit=alice.account,
        credit=treasury.escrow,
        asset=BTC,
        atoms=row.from_atoms,
    )
    assert house.run(begun) is Reject.NONE
    before = house.balance(treasury.dealer, BTC)[0]
    done = house.send(alice, "POST", "/sapi/v1/convert/acceptQuote", quoteId=stated["quoteId"]).json
    assert done["orderStatus"] == "SUCCESS"
    assert house.balance(alice.account, BTC) == (99 * 10**8, 0)
    assert house.balance(alice.account, USDT) == (1_000_000 * 10**6 + row.to_atoms, 0)
    assert house.balance(treasury.escrow, BTC)[0] == 0
    assert house.balance(treasury.dealer, BTC)[0] == before + row.from_atoms


def test_a_dealer_that_is_short_pays_nothing_and_takes_nothing(house: House, alice: Trader, stocked: str) -> None:
    treasury = house.wallet.treasury
    stated = quote(house, alice, fromAsset="USDT", toAsset="BTC", toAmount="0.5").json
    all_atoms = house.balance(treasury.dealer, BTC)[0]
    emptied = post(house.client, f"test {stated}", debit=treasury.dealer, credit=BANK, asset=BTC, atoms=all_atoms)
    assert house.run(emptied) is Reject.NONE
    failed = house.send(alice, "POST", "/sapi/v1/convert/acceptQuote", quoteId=stated["quoteId"]).json
    assert failed["orderStatus"] == "FAIL"
    assert house.balance(alice.account, USDT) == (1_000_000 * 10**6, 0)
    assert house.balance(treasury.escrow, USDT)[0] == 0
    status = house.send(alice, "GET", "/sapi/v1/convert/orderStatus", quoteId=stated["quoteId"]).json
    assert status["orderStatus"] == "FAIL"


def test_assets_and_what_they_are_worth(house: House, alice: Trader, stocked: str) -> None:
    held = house.send(alice, "POST", "/sapi/v3/asset/getUserAsset", needBtcValuation="true").json
    assert [one["asset"] for one in held] == ["BTC", "USDT"]
    assert (held[0]["free"], held[0]["btcValuation"]) == ("100.00000000", "100.00000000")
    [only] = house.send(alice, "POST", "/sapi/v3/asset/getUserAsset", asset="BTC").json
    assert only["btcValuation"] == "0"
    transfer(house, alice, "40")
    wallets = {w["walletName"]: w for w in house.send(alice, "GET", "/sapi/v1/asset/wallet/balance").json}
    assert wallets["Funding"] == {"activate": True, "balance": "40.00000000", "walletName": "Funding"}
    assert not wallets["Cross Margin"]["activate"]


def test_what_the_house_gave(house: House, alice: Trader, stocked: str) -> None:
    for _ in range(2):
        gift = house.wallet.treasury.give(
            owner=alice.account, coin="USDT", asset=USDT, atoms=7 * 10**6, info="Prize", reference="prize-1"
        )
        house.run(gift)
    answer = house.send(alice, "GET", "/sapi/v1/asset/assetDividend").json
    [row] = answer["rows"]
    assert (answer["total"], row["amount"], row["enInfo"]) == (1, "7.00000000", "Prize")
    assert house.balance(alice.account, USDT) == (1_000_007 * 10**6, 0)


@pytest.fixture
def own_house() -> Iterator[House]:
    """For a test that lets hours go by: another's histories end a day after the world's clock."""
    opened = House()
    yield opened
    opened.close()


def test_what_an_account_had_when_a_day_ended(own_house: House) -> None:
    house, alice = own_house, own_house.new_trader()
    path, day_s = "/sapi/v1/accountSnapshot", 86_400
    assert house.send(alice, "GET", path, type="SPOT").json["snapshotVos"] == []
    now_s = house.wallet.treasury.now_us() // 10**6
    house.later(day_s - now_s % day_s + 1)  # a second after midnight
    transfer(house, alice, "1")
    house.later(60)
    ended_ms = (house.wallet.treasury.now_us() // 10**6 // day_s * day_s - 1) * 1_000
    answer = house.send(alice, "GET", path, type="SPOT", startTime=ended_ms - 1_000, endTime=ended_ms)
    [taken] = answer.json["snapshotVos"]
    assert (answer.json["code"], taken["type"], taken["updateTime"]) == (200, "spot", ended_ms)
    assert {"asset": "BTC", "free": "100.00000000", "locked": "0.00000000"} in taken["data"]["balances"]
    earlier = house.send(alice, "GET", path, type="SPOT", startTime=ended_ms - 9_000, endTime=ended_ms - 1)
    assert earlier.json["snapshotVos"] == []
    assert house.send(alice, "GET", path, type="MARGIN").json["snapshotVos"] == []
    assert house.send(alice, "GET", path, type="MOON").json["code"] == -7002
    assert house.send(alice, "GET", path, type="SPOT", limit=31).json["code"] == -1130


def test_the_small_print(house: House, alice: Trader) -> None:
    assert house.send(alice, "GET", "/sapi/v1/account/status").json == {"data": "Normal"}
    assert house.send(alice, "GET", "/sapi/v1/account/info").json["vipLevel"] == 0
    details = house.send(alice, "GET", "/sapi/v1/asset/assetDetail", asset="BTC").json
    assert details == {
        "BTC": {"minWithdrawAmount": "0.0005", "depositStatus": True, "withdrawFee": 0.0001, "withdrawStatus": True}
    }
    for path in ("spot/delist-schedule", "spot/open-symbol-list"):
        assert house.send(None, "GET", f"/sapi/v1/{path}").json == []
    assert house.send(alice, "GET", "/sapi/v1/capital/withdraw/address/list").json == []
    house.registry.owners.save_address(alice.account, "BTC", "BTC", "bc1q", "cold store")
    [saved] = house.send(alice, "GET", "/sapi/v1/capital/withdraw/address/list").json
    assert (saved["address"], saved["name"], saved["whiteStatus"]) == ("bc1q", "cold store", False)


def test_orders_between_people_need_a_key_and_no_signature(house: House, alice: Trader) -> None:
    path = "/sapi/v1/c2c/orderMatch/listUserOrderHistory"
    nothing = {"code": "000000", "message": "success", "data": [], "total": 0, "success": True}
    assert house.send(alice, "GET", path, tradeType="BUY").json == nothing
    keyed = house.send(None, "GET", path, headers=[("x-mbx-apikey", alice.key)])
    assert keyed.json == nothing
    assert house.send(None, "GET", path).json["code"] == -2014
    forged = house.send(None, "GET", path, headers=[("x-mbx-apikey", alice.key)], signature="00", timestamp="1")
    assert forged.json["code"] in (-1021, -1022)
    assert house.send(alice, "GET", path, tradeType="HOLD").json["code"] == -1130


def test_the_wallets_weights_are_counted_apart(house: House, alice: Trader) -> None:
    address = "2001:db8:9::1"
    answer = house.send(alice, "GET", "/sapi/v1/capital/config/getall", address=address)
    assert (answer.headers["x-sapi-used-ip-weight-1m"], answer.headers["x-mbx-used-weight-1m"]) == ("10", "0")
    history = house.send(alice, "GET", "/sapi/v1/capital/withdraw/history", address=address)
    assert history.headers["x-sapi-used-uid-weight-1m"] == "18000"


def test_eth_is_listed_and_untraded(house: House, alice: Trader) -> None:
    coins = {coin["coin"]: coin for coin in house.send(alice, "GET", "/sapi/v1/capital/config/getall").json}
    assert coins["ETH"]["free"] == "0.00000000" and house.balance(alice.account, ETH) == (0, 0)
