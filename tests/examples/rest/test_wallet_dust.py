"""Dust through the REST door: what is swept, what is too much of it, and the log. Source: docs/rules/wallet.md."""

from typing import Any

import pytest

from tests.examples.rest.house import BTC, USDT, House, Trader
from venus.records.commands import ListAsset

SWEEP, LOG = "/sapi/v1/asset/dust", "/sapi/v1/asset/dribblet"


@pytest.fixture
def bnb(house: House, bob: Trader) -> int:
    """BNB and its market at 0.01 BTC, a market that values BTC at 100 USDT, and a dealer with BNB."""
    known = {asset.code: asset.number for asset in house.door.desk.symbols.assets}
    if "BNB" not in known:
        known["BNB"] = house.cold(ListAsset, code="BNB", scale=8).events[-1].symbol
    asset = known["BNB"]
    house.deposit(bob.account, asset, 1_000 * 10**8)
    house.deposit(house.wallet.treasury.dealer, asset, 10 * 10**8)
    market = house.new_market(
        base_asset=asset, quote_asset=BTC, tick_atoms=10_000, lot_atoms=10_000, notional_atoms_min=1
    )
    house.buy(bob, market, "10", "0.01")
    house.sell(bob, market, "10", "0.0101")
    dollars = house.new_market()
    house.buy(bob, dollars, "10", "99")
    house.sell(bob, dollars, "10", "100")
    return asset


def test_a_little_of_each_is_swept(house: House, bnb: int, bob: Trader) -> None:
    carol = house.new_trader(btc=0, usdt=0)
    house.deposit(carol.account, BTC, 50_000)  # 0.0005 BTC
    house.deposit(carol.account, USDT, 5_000)  # 0.005 USDT, which is 0.00005 BTC
    offered = house.send(carol, "POST", "/sapi/v1/asset/dust-btc").json
    by_coin = {one["asset"]: one for one in offered["details"]}
    assert set(by_coin) == {"BTC", "USDT"} and offered["dribbletPercentage"] == "0.02"
    assert by_coin["BTC"]["toBTC"] == "0.00050000"
    swept = house.send(carol, "POST", SWEEP, asset="BTC,USDT").json
    assert {one["fromAsset"] for one in swept["transferResult"]} == {"BTC", "USDT"}
    assert swept["totalTransfered"] == total(one["transferedAmount"] for one in swept["transferResult"])
    for one in swept["transferResult"]:
        assert one["transferedAmount"] == by_coin[one["fromAsset"]]["toBNBOffExchange"]
        assert one["serviceChargeAmount"] == by_coin[one["fromAsset"]]["exchange"]
    assert house.balance(carol.account, BTC) == house.balance(carol.account, USDT) == (0, 0)
    assert f"{house.balance(carol.account, bnb)[0] / 10**8:.8f}" == swept["totalTransfered"]
    log = house.send(carol, "GET", LOG).json
    [batch] = log["userAssetDribblets"]
    assert (log["total"], batch["totalTransferedAmount"]) == (1, swept["totalTransfered"])
    assert {row["fromAsset"] for row in batch["userAssetDribbletDetails"]} == {"BTC", "USDT"}


def total(texts: Any) -> str:
    return f"{sum(int(text.replace('.', '')) for text in texts) / 10**8:.8f}"


def test_a_coin_may_be_named_by_itself(house: House, bnb: int) -> None:
    carol = house.new_trader(btc=0, usdt=0)
    for asset, atoms in ((BTC, 50_000), (USDT, 5_000)):
        house.deposit(carol.account, asset, atoms)
    swept = house.send(carol, "POST", SWEEP, asset="BTC", accountType="SPOT").json
    assert [one["fromAsset"] for one in swept["transferResult"]] == ["BTC"]
    assert house.balance(carol.account, USDT) == (5_000, 0)


def test_what_is_no_dust(house: House, bnb: int, bob: Trader) -> None:
    carol = house.new_trader(btc=0, usdt=0)
    assert house.send(carol, "POST", SWEEP, asset="BTC").json["code"] == -5005
    house.deposit(carol.account, BTC, 100_001)
    much = house.send(carol, "POST", SWEEP, asset="BTC")
    assert much.refusal == (400, -5004, "The residual balances of BTC have exceeded 0.001BTC, Please re-choose.")
    assert house.balance(carol.account, BTC) == (100_001, 0)
    assert house.send(carol, "POST", SWEEP, asset="NOSUCH").json["code"] == -4018
    assert house.send(carol, "POST", SWEEP).json["code"] == -1102
    assert house.send(carol, "GET", LOG).json == {"total": 0, "userAssetDribblets": []}
    assert house.send(carol, "POST", SWEEP, asset="BTC", accountType="MARGIN").json["code"] == -1130
