"""What the market's door asks beyond the core: second factors, value that stays, limits; bonds, streams, histories."""

import time
from typing import Any

import msgspec
import pyotp
import pytest

from tests.examples.rest.bazaar import Bazaar
from tests.examples.rest.house import USDT, Trader
from venus.gateway.binance.errors import ApiError
from venus.gateway.openapi import document
from venus.gateway.p2p.merchant_words import order_facts, states_of
from venus.gateway.p2p.news import GATHERED_S
from venus.gateway.websocket import Refusal, Upgrade, WebSocket
from venus.records.rejects import Reject
from venus.units import NS_PER_S
from venus.views.p2p_questions import NewsQuestion, UsageAnswer

DAY_NS = 86_400 * NS_PER_S


@pytest.fixture(scope="module")
def seller(bazaar: Bazaar) -> Trader:
    trader = bazaar.trader("Wang Fang", usdt=100_000)
    bazaar.account_at(trader, name="Wang Fang", number="wang@example.com")
    return trader


@pytest.fixture
def buyer(bazaar: Bazaar) -> Trader:
    return bazaar.trader("Li Wei", usdt=0, btc=0)


def bought(bazaar: Bazaar, seller: Trader, buyer: Trader, **changes: object) -> str:
    """100 USDT, paid and released; the order's number."""
    number = str(bazaar.take(buyer, bazaar.advert(seller), bazaar.account_at(buyer), **changes)["order"])
    bazaar.do(buyer, "order/paid", order=number)
    return str(bazaar.do(seller, "order/release", order=number)["order"])


def test_a_code_is_asked_with_every_release(bazaar: Bazaar, buyer: Trader) -> None:
    maker = bazaar.trader("Wang Fang")
    bazaar.account_at(maker, name="Wang Fang")
    secret = bazaar.do(maker, "secondFactor")["secret"]
    assert bazaar.refused(maker, "POST", "secondFactor/confirm", code="000000") == -33012
    totp = pyotp.TOTP(secret)
    assert bazaar.do(maker, "secondFactor/confirm", code=totp.now()) == {}
    assert bazaar.get(maker, "me")["secondFactor"] is True
    assert bazaar.refused(maker, "POST", "secondFactor") == -33014
    number = bazaar.take(buyer, bazaar.advert(maker), bazaar.account_at(buyer))["order"]
    bazaar.do(buyer, "order/paid", order=number)
    assert bazaar.refused(maker, "POST", "order/release", order=number) == -33011
    # A code is good once, and that of the step behind it is worth nothing any more.
    assert bazaar.refused(maker, "POST", "order/release", order=number, code=totp.now()) == -33012
    next_code = totp.at(time.time() + 30)
    assert bazaar.do(maker, "order/release", order=number, code=next_code)["state"] == "COMPLETED"


def test_large_sums_are_released_with_a_second_factor_alone(bazaar: Bazaar, seller: Trader, buyer: Trader) -> None:
    advert = bazaar.advert(seller, amount="10000", fiatMax="70000")
    number = bazaar.take(buyer, advert, bazaar.account_at(buyer), fiatAmount="7000")["order"]
    bazaar.do(buyer, "order/paid", order=number)
    assert bazaar.refused(seller, "POST", "order/release", order=number) == -33013
    assert bazaar.do(buyer, "order/cancel", order=number, reason="OTHER")["state"] == "CANCELLED"


def test_what_was_bought_stays_in_value(bazaar: Bazaar, seller: Trader, buyer: Trader) -> None:
    bought(bazaar, seller, buyer)
    [kept] = bazaar.get(buyer, "me")["retained"]
    assert (kept["asset"], kept["amount"]) == ("USDT", "99.800000")
    house, friend = bazaar.house, bazaar.new_account()
    house.deposit(buyer.account, USDT, 50 * 10**6)
    pay = {"toAccount": friend.account, "asset": "USDT"}
    refused = house.send(buyer, "POST", "/coins/v1/transfers", amount="50.1", clientId="p1", **pay)
    assert refused.json["code"] == -33015, refused
    moved = {"type": "MAIN_FUNDING", "asset": "USDT"}
    assert house.send(buyer, "POST", "/sapi/v1/asset/transfer", form=moved | {"amount": "50.1"}).json["code"] == -33015
    asked = {"target": friend.account, "asset": "USDT", "amount": "51", "clientId": "h1"}
    later = (house.door.desk.clock_ns() + DAY_NS) // 10**6
    held = house.send(buyer, "POST", "/coins/v1/holds", form=asked | {"expiresAt": later, "reclaimAt": later})
    assert held.json["code"] == -33015
    address = house.send(buyer, "GET", "/sapi/v1/capital/deposit/address", coin="USDT").json["address"]
    withdrawal = {"coin": "USDT", "amount": "51", "address": address}
    assert house.send(buyer, "POST", "/sapi/v1/capital/withdraw/apply", form=withdrawal).json["code"] == -33015
    assert house.send(buyer, "POST", "/coins/v1/transfers", amount="50", clientId="p2", **pay).status == 200
    # What is sold to people again is bought no more.
    maker = bazaar.trader("Wang Fang", usdt=0)
    bazaar.account_at(maker, name="Wang Fang")
    wanted = bazaar.advert(maker, "BUY", fiatMin="70", price="7")
    account = bazaar.get(buyer, "paymentAccounts")["rows"][0]["paymentAccount"]
    sold = bazaar.take(buyer, wanted, account, amount="90", fiatAmount=None)["order"]
    bazaar.do(maker, "order/paid", order=sold)
    bazaar.do(buyer, "order/release", order=sold)
    [kept] = bazaar.get(buyer, "me")["retained"]
    assert kept["amount"] == "9.620000"


def test_another_asset_may_stay_in_its_place(bazaar: Bazaar, seller: Trader) -> None:
    rich = bazaar.trader("Li Wei", usdt=0, btc=1)
    bought(bazaar, seller, rich)
    friend = bazaar.new_account()
    pay = {"toAccount": friend.account, "asset": "USDT", "amount": "99.8", "clientId": "p1"}
    assert bazaar.house.send(rich, "POST", "/coins/v1/transfers", form=pay).status == 200


def test_a_bond_makes_a_merchant(bazaar: Bazaar) -> None:
    merchant = bazaar.trader("Wang Fang", usdt=1_000)
    told = bazaar.do(merchant, "bond", amount="100", clientId="b1")
    assert (told["tier"], told["bond"], told["bondAsset"]) == ("BRONZE", "100.000000", "USDT")
    assert bazaar.do(merchant, "bond", amount="100", clientId="b1")["bond"] == "100.000000"
    search = {"side": "BUY", "asset": "USDT", "fiat": "CNY", "tier": "BRONZE"}
    assert bazaar.get(None, "adverts", **search)["total"] == 0
    bazaar.account_at(merchant, name="Wang Fang")
    advert = bazaar.advert(merchant, amount="100", fiatMax="700")
    assert [row["advert"] for row in bazaar.get(None, "adverts", **search)["rows"]] == [advert["advert"]]
    assert bazaar.refused(merchant, "POST", "bondWithdraw", amount="1") is Reject.BOND_IN_USE
    bazaar.do(merchant, "advertState", advert=advert["advert"], state="CLOSED")
    assert bazaar.do(merchant, "bondWithdraw", amount="100")["tier"] == "NONE"


def test_feedback_figures_and_statistics(bazaar: Bazaar, seller: Trader, buyer: Trader) -> None:
    before = bazaar.get(seller, "me")["trader"]
    number = bought(bazaar, seller, buyer)
    assert bazaar.do(buyer, "feedback", order=number, good="true", text="Fast.") == {}
    after = bazaar.get(None, "trader", trader=before["trader"])
    assert after["feedback"]["good"] == before["feedback"]["good"] + 1
    assert after["month"]["completed"] == before["month"]["completed"] + 1
    assert after["month"]["releaseSecondsMedian"] is not None and after["online"]
    [row] = [
        one
        for one in bazaar.get(None, "statistics", days=1)["rows"]
        if (one["fiat"], one["asset"], one["method"]) == ("CNY", "USDT", "alipay")
    ]
    assert row["orders"] >= 1 and row["spreadPercent"] is not None
    assert bazaar.refused(None, "GET", "trader", trader=1) == -33001


def test_what_others_said_of_a_trader_is_told_without_their_names(bazaar: Bazaar, buyer: Trader) -> None:
    maker = bazaar.trader("Wang Fang")
    bazaar.account_at(maker, name="Wang Fang")
    public = bazaar.get(maker, "me")["trader"]["trader"]
    assert bazaar.get(None, "feedback", trader=public) == {"total": 0, "rows": []}
    for said in ({"good": "true", "text": "Fast."}, {"good": "false"}):
        bazaar.do(buyer, "feedback", order=bought(bazaar, maker, buyer), **said)
    newest = bazaar.get(None, "feedback", trader=public, rows=1)
    assert (newest["total"], [(one["good"], one["text"]) for one in newest["rows"]]) == (2, [(False, None)])
    [oldest] = bazaar.get(buyer, "feedback", trader=public, page=2, rows=1)["rows"]
    assert (oldest["good"], oldest["text"], set(oldest)) == (True, "Fast.", {"good", "text", "time"})
    assert bazaar.refused(None, "GET", "feedback", trader=1) == -33001


def test_orders_that_a_buyer_let_time_out_are_cancels(
    bazaar: Bazaar, seller: Trader, buyer: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = bazaar.door.market.facts
    ask = facts.ask

    async def let_time_out(question: Any, kind: Any) -> Any:
        answer = await ask(question, kind)
        # No order times out within a minute: what the view would tell after a day of them.
        return msgspec.structs.replace(answer, timed_out=1_000) if kind is UsageAnswer else answer

    advert, account = bazaar.advert(seller), bazaar.account_at(buyer)
    with monkeypatch.context() as patched:
        patched.setattr(facts, "ask", let_time_out)
        with pytest.raises(AssertionError, match="TOO_MANY_CANCELS"):
            bazaar.take(buyer, advert, account)
    assert bazaar.take(buyer, advert, account)["state"] == "OPEN"


def test_orders_as_the_c2c_sdk_asks_for_them(bazaar: Bazaar, seller: Trader, buyer: Trader) -> None:
    number = bought(bazaar, seller, buyer)
    path = "/sapi/v1/c2c/orderMatch/listUserOrderHistory"
    [row] = bazaar.house.send(buyer, "GET", path, tradeType="BUY").json["data"]
    assert (row["orderNumber"], row["orderStatus"], row["advertisementRole"]) == (number, "COMPLETED", "TAKER")
    assert (row["amount"], row["totalPrice"], row["unitPrice"]) == ("100.00000000", "700.00", "7.00000000")
    assert (row["commission"], row["takerCommissionRate"], row["takerAmount"]) == (
        "0.20000000",
        "0.002000",
        "99.80000000",
    )
    assert bazaar.house.send(buyer, "GET", path, tradeType="SELL").json["total"] == 0
    mine = bazaar.house.send(seller, "GET", path, rows=1).json["data"]
    assert [(one["orderNumber"], one["tradeType"], one["advertisementRole"]) for one in mine] == [
        (number, "SELL", "MAKER")
    ]


def test_what_happens_is_told_as_it_happens(bazaar: Bazaar, seller: Trader, buyer: Trader) -> None:
    token = bazaar.do(buyer, "streamToken")["token"]

    async def open_() -> Any:
        return bazaar.door.accept(Upgrade("/p2p/v1/stream", f"token={token}", "192.0.2.1"))

    session = bazaar.house.run(open_())
    assert isinstance(session, WebSocket)
    assert isinstance(bazaar.house.run(open_()), Refusal)  # a token is good once
    heard: list[bytes] = []
    session.write = heard.append

    async def listen() -> None:
        session.is_open = True
        session.on_open()

    bazaar.house.run(listen())
    number = bought(bazaar, seller, buyer)

    def told() -> list[dict[str, Any]]:
        return [msgspec.json.decode(frame[frame.index(b"{") :]) for frame in heard]

    bazaar.until(lambda: any(one["e"] == "order" and one["order"]["state"] == "COMPLETED" for one in told()))
    bazaar.until(lambda: any(one["e"] == "message" and "released" in one["message"]["text"] for one in told()))
    assert {one["order"]["order"] for one in told() if one["e"] == "order"} == {number}
    bazaar.house.run(_gone(session))
    count = len(heard)
    bought(bazaar, seller, buyer)
    assert len(heard) == count


def test_a_party_hears_of_a_step_at_once_and_nobody_asks_meanwhile(
    bazaar: Bazaar, seller: Trader, buyer: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = bazaar.do(buyer, "streamToken")["token"]
    number = str(bazaar.take(buyer, bazaar.advert(seller), bazaar.account_at(buyer))["order"])
    heard: list[bytes] = []

    async def listen() -> WebSocket:
        session = bazaar.door.accept(Upgrade("/p2p/v1/stream", f"token={token}", "192.0.2.1"))
        assert isinstance(session, WebSocket)

        def hear(frame: bytes) -> None:
            if b'"state":"PAID"' in frame:
                heard.append(frame)

        session.write = hear
        session.is_open = True
        session.on_open()
        return session

    session = bazaar.house.run(listen())
    asked: list[Any] = []
    facts = bazaar.door.market.facts
    ask = facts.ask

    async def count(question: Any, kind: Any) -> Any:
        if isinstance(question, NewsQuestion):
            asked.append(question)
        return await ask(question, kind)

    monkeypatch.setattr(facts, "ask", count)

    def is_quiet() -> bool:
        asked.clear()
        time.sleep(10 * GATHERED_S)
        return asked == []

    bazaar.until(is_quiet)  # what came before is asked for until then; nothing happens, so nobody asks what
    bazaar.do(buyer, "order/paid", order=number)
    bazaar.until(lambda: bool(heard))
    bazaar.house.run(_gone(session))


async def _gone(session: WebSocket) -> None:
    session.on_gone()


def test_a_merchants_program_as_it_calls_binance(bazaar: Bazaar, buyer: Trader) -> None:
    merchant = bazaar.trader("Wang Fang", usdt=1_000)
    account = bazaar.account_at(merchant, name="Wang Fang")
    number = bazaar.merchant(
        merchant,
        "ads/post",
        asset="USDT",
        fiatUnit="CNY",
        tradeType="SELL",
        priceType=1,
        price=7.1,
        initAmount=500,
        minSingleTransAmount=70,
        maxSingleTransAmount=3500,
        payTimeLimit=15,
        tradeMethods=[{"identifier": "alipay", "payId": int(account)}],
        classify="profession",
    )
    assert bazaar.merchant(merchant, "ads/update", advNo=number, price=7.2, initAmount=400)
    [mine] = bazaar.merchant(merchant, "ads/listWithPagination", page=1, rows=20, tradeType="SELL")
    assert (mine["advNo"], mine["price"], mine["surplusAmount"]) == (number, "7.20", "400.000000")
    found = bazaar.merchant(buyer, "ads/search", asset="USDT", fiat="CNY", tradeType="BUY", page=1, rows=100)
    assert number in {one["adv"]["advNo"] for one in found}
    order = bazaar.take(buyer, bazaar.get(None, "advert", advert=number), bazaar.account_at(buyer), fiatAmount="720")
    bazaar.merchant(buyer, "orderMatch/markOrderAsPaid", orderNumber=order["order"], payId=1)
    [listed] = bazaar.merchant(merchant, "orderMatch/listOrders", orderStatusList=[2], page=1, rows=10)
    assert (listed["orderNumber"], listed["orderStatus"]) == (order["order"], "BUYER_PAYED")
    detail = bazaar.merchant(merchant, "orderMatch/getUserOrderDetail", adOrderNo=order["order"])
    assert detail["counterpartName"] == "Li Wei" and len(detail["payMethods"]) == 2
    assert bazaar.merchant(merchant, "orderMatch/releaseCoin", orderNumber=order["order"])
    assert bazaar.merchant(merchant, "ads/updateStatus", advNos=[number], advStatus=4)["success"] == 1
    assert bazaar.get(merchant, "order", order=order["order"])["state"] == "COMPLETED"


def test_an_agent_as_binances_reference_has_it_call(bazaar: Bazaar, buyer: Trader) -> None:
    merchant = bazaar.trader("Wang Fang", usdt=1_000)
    account = int(bazaar.account_at(merchant, name="Wang Fang"))
    own = bazaar.house.send(merchant, "GET", "/sapi/v1/c2c/agent/ads/getPayMethodByUserId").json["data"]
    assert own == [{"payId": account, "identifier": "alipay", "tradeMethodName": "Alipay"}]
    known = {one["identifier"] for one in bazaar.merchant(merchant, "agent/ads/listAllTradeMethods")}
    assert {"alipay", "wechat_pay", "bank_cny"} <= known
    [price] = bazaar.merchant(
        merchant, "agent/ads/getReferencePrice", assets=["USDT"], fiatCurrency="CNY", tradeType="BUY"
    )
    assert (price["asset"], price["referencePrice"], price["currencyScale"]) == ("USDT", "7.00", 2)
    offer = {"asset": "USDT", "fiatUnit": "CNY", "tradeType": "1", "priceType": 2, "priceFloatingRatio": 101}
    offer |= {"initAmount": 500, "minSingleTransAmount": 70, "maxSingleTransAmount": 3500, "payTimeLimit": 15}
    offer |= {"classify": "mass", "buyerKycLimit": 0, "tradeMethods": [{"payId": account}], "onlineNow": True}
    number = bazaar.merchant(merchant, "agent/ads/post", **offer)
    # The whole of an advert is sent back with what is to be changed.
    whole = bazaar.merchant(merchant, "agent/ads/getDetailByNo", advNo=number)
    assert (whole["advStatus"], whole["priceType"], whole["classify"]) == (1, 2, "mass")
    assert bazaar.merchant(merchant, "agent/ads/update", **whole | {"remarks": "Own account only."}) is True
    found = bazaar.merchant(
        buyer, "agent/ads/search", asset="USDT", fiat="CNY", tradeType="BUY", payTypes=["ALIPAY"], rows=100
    )
    [mine] = [one for one in found if one["adv"]["advNo"] == number]
    assert (mine["adv"]["remarks"], mine["advertiser"]["userType"]) == ("Own account only.", "user")
    advert = bazaar.get(None, "advert", advert=number)
    orders = [bazaar.take(buyer, advert, bazaar.account_at(buyer), fiatAmount="707")["order"] for _ in range(2)]
    bazaar.do(buyer, "order/cancel", order=orders[0], reason="OTHER")
    [cancelled] = bazaar.merchant(merchant, "agent/orderMatch/listOrders", orderStatus=6, tradeType="1")
    assert (cancelled["orderNumber"], cancelled["orderStatus"]) == (orders[0], 6)
    assert bazaar.merchant(merchant, "agent/orderMatch/listOrders", orderStatusList=[7]) == []
    bazaar.do(buyer, "order/paid", order=orders[1])
    detail = bazaar.merchant(merchant, "agent/orderMatch/getUserOrderDetail", orderNumber=orders[1])
    assert (detail["orderStatus"], detail["isComplaintAllowed"], detail["fiatUnit"]) == (2, True, "CNY")
    changed = bazaar.merchant(merchant, "agent/ads/updateStatus", advNos=[number, "1"], advStatus=4)
    assert changed["status"] is False and [one["advNo"] for one in changed["failList"]] == ["1"]
    assert bazaar.get(None, "advert", advert=number)["state"] == "CLOSED"
    assert bazaar.house.send(merchant, "POST", "/sapi/v1/c2c/agent/orderMatch/releaseCoin").status == 404


def test_what_the_clock_cancelled_has_a_number_of_its_own() -> None:
    who = {"nickname": "a"}
    row = dict.fromkeys(("order", "advert", "asset", "amount", "fiatAmount", "price", "createTime", "fee"), "1")
    row |= {"payDue": None, "releaseDue": None, "side": "BUY", "fiat": "CNY", "method": "alipay"}
    told = {
        ending: order_facts(row | {"buyer": who, "seller": who, "state": "CANCELLED", "ending": ending})
        for ending in ("CANCELLED", "AGREED", "TIMED_OUT", "SILENCE")
    }
    assert [one["orderStatusNumber"] for one in told.values()] == [6, 6, 7, 7]
    assert told["TIMED_OUT"]["orderStatus"] == "CANCELLED_BY_SYSTEM"
    with pytest.raises(ApiError):
        states_of({"orderStatus": 9})
    assert states_of({"orderStatusList": [5, "CANCELLED_BY_SYSTEM"]}) == (["DISPUTED", "CANCELLED"], {5, 7})


def test_the_market_stands_in_the_document(bazaar: Bazaar) -> None:
    paths = document(bazaar.house.door.endpoints.values())["paths"]
    assert {"get", "post", "put"} == set(paths["/p2p/v1/adverts"])
    assert paths["/p2p/v1/adverts"]["get"]["security"] == [{"key": [], "signature": []}, {}]
    assert "application/octet-stream" in paths["/p2p/v1/files"]["post"]["requestBody"]["content"]
    assert "application/json" in paths["/sapi/v1/c2c/ads/post"]["post"]["requestBody"]["content"]
