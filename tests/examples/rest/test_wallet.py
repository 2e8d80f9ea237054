"""What clients ask of the wallet while they load; some of them sign what needs no signature."""

from tests.examples.rest.house import House, Trader


def test_coins_are_assets_with_balances(house: House, alice: Trader, market: str) -> None:
    house.buy(alice, market, "1", "1000")
    coins = {coin["coin"]: coin for coin in house.send(alice, "GET", "/sapi/v1/capital/config/getall").json}
    assert {"BTC", "USDT", "ETH"} <= set(coins)
    assert (coins["USDT"]["free"], coins["USDT"]["locked"]) == ("999000.00000000", "1000.00000000")
    networks = {network["network"]: network for network in coins["USDT"]["networkList"]}
    assert [code for code, network in networks.items() if network["isDefault"]] == ["ETH"]
    assert (networks["TRX"]["withdrawFee"], networks["TRX"]["withdrawMin"]) == ("1", "5")
    assert networks["BSC"]["withdrawIntegerMultiple"] == "0.000001"  # no finer than the asset is here
    assert house.send(None, "GET", "/sapi/v1/capital/config/getall").status == 401


def test_trade_fees_of_one_market_or_all(house: House, alice: Trader, market: str) -> None:
    one = house.send(alice, "GET", "/sapi/v1/asset/tradeFee", symbol=market).json
    assert one == [{"symbol": market, "makerCommission": "0.00100000", "takerCommission": "0.00200000"}]
    assert one[0] in house.send(alice, "GET", "/sapi/v1/asset/tradeFee").json


def test_public_paths_take_a_signature_and_do_not_ask_for_it(house: House, alice: Trader) -> None:
    for who in (None, alice):
        for path in ("margin/allPairs", "margin/isolated/allPairs"):
            assert house.send(who, "GET", f"/sapi/v1/{path}").json == []
        assert house.send(who, "GET", "/sapi/v1/system/status").json == {"status": 0, "msg": "normal"}
    assert house.send(None, "GET", "/sapi/v1/margin/allPairs", colour="red").json["code"] == -1104
