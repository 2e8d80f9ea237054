"""The wallet through a client's door: what is there, where it comes in, and that it goes out."""

from decimal import Decimal
from typing import Any

from tests.doors.clients.counterparty import SYMBOL
from tests.doors.clients.diary import Diary
from tests.doors.clients.door import Door


def live_wallet_day(door: Door, diary: Diary) -> None:
    """Calls have the names of their paths without the version."""
    with diary.entry("system status"):
        assert door("system/status") == {"status": 0, "msg": "normal"}
    with diary.entry("coins"):
        coins = {one["coin"]: one for one in door("capital/config/getall")}
        assert coins.keys() >= {"BTC", "ETH", "USDT"}
        assert Decimal(coins["BTC"]["free"]) > 0
        assert coins["BTC"]["networkList"][0]["network"]
    with diary.entry("trade fees"):
        [fee] = door("asset/tradeFee", symbol=SYMBOL)
        assert (fee["symbol"], Decimal(str(fee["takerCommission"]))) == (SYMBOL, Decimal("0.001"))
    with diary.entry("deposit address"):
        given = door("capital/deposit/address", coin="BTC")
        assert given["coin"] == "BTC" and given["address"]
        assert door("capital/deposit/address", coin="BTC")["address"] == given["address"]
    with diary.entry("deposit history"):
        assert isinstance(door("capital/deposit/hisrec"), list)
    live_withdrawal(door, diary)
    with diary.entry("user assets"):
        assets = {one["asset"] for one in door("asset/getUserAsset")}
        assert assets >= {"BTC", "USDT"}
    with diary.entry("transfer between wallets"):
        moved = door("asset/transfer", type="MAIN_FUNDING", asset="USDT", amount="12.5")
        back = door("asset/transfer", type="FUNDING_MAIN", asset="USDT", amount="12.5")
        assert moved["tranId"] != back["tranId"]
    with diary.entry("account status"):
        assert door("account/status")["data"] == "Normal"
    with diary.entry("daily snapshots"):
        assert door("accountSnapshot", type="SPOT")["code"] == 200


def live_withdrawal(door: Door, diary: Diary) -> None:
    def free() -> Decimal:
        return Decimal({one["coin"]: one for one in door("capital/config/getall")}["BTC"]["free"])

    told: dict[str, Any] = {}
    with diary.entry("withdraw"):
        coin = {one["coin"]: one for one in door("capital/config/getall")}["BTC"]
        network = next(one for one in coin["networkList"] if one["withdrawEnable"])
        amount = max(Decimal(network["withdrawMin"]) * 2, Decimal("0.002"))
        before = free()
        address = door("capital/deposit/address", coin="BTC")["address"]
        told = door(
            "capital/withdraw/apply", coin="BTC", network=network["network"], address=address, amount=f"{amount:f}"
        )
        assert told["id"]
        assert before - free() >= amount
    with diary.entry("withdrawal history"):
        mine = [one for one in door("capital/withdraw/history", coin="BTC") if one["id"] == told.get("id")]
        assert len(mine) == 1 and mine[0]["coin"] == "BTC"
