"""Purchases and sales between people, from enrolment to the end of an order."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.examples.rest.bazaar import PNG, Bazaar
from tests.examples.rest.house import USDT, Trader
from venus.engine.client import EngineGone
from venus.records.rejects import Reject
from venus.registry.p2p_writings import Answered


def test_one_whole_purchase(bazaar: Bazaar) -> None:
    seller, buyer = bazaar.trader("Wang Fang"), bazaar.trader("Li Wei", usdt=0, btc=0)
    bazaar.account_at(seller, name="Wang Fang", number="wang@example.com")
    paying = bazaar.account_at(buyer)
    posted = bazaar.advert(seller)
    assert bazaar.house.balance(seller.account, USDT) == (8_999 * 10**6, 1_001 * 10**6)
    [found] = [
        row
        for row in bazaar.get(buyer, "adverts", side="BUY", asset="USDT", fiat="CNY", takeable="true", rows="100")[
            "rows"
        ]
        if row["advert"] == posted["advert"]
    ]
    assert (found["side"], found["price"], found["fiatMax"], found["methods"]) == ("BUY", "7.00", "7000.00", ["alipay"])

    order = bazaar.take(buyer, found, paying)
    assert (order["state"], order["side"], order["amount"], order["fiatAmount"]) == (
        "OPEN",
        "BUY",
        "100.000000",
        "700.00",
    )
    assert order["payee"]["number"] == "wang@example.com"
    assert (order["verifiedName"], order["nameMatch"]) == ("Wang Fang", "EXACT")
    assert "PAY" in order["may"] and "RELEASE" not in order["may"]
    number = order["order"]
    # What is left bounds an order; its owner is told what he set.
    mine, theirs = (bazaar.get(who, "advert", advert=posted["advert"]) for who in (seller, buyer))
    assert (mine["fiatMax"], theirs["fiatMax"]) == ("7000.00", "6300.00")
    assert bazaar.get(seller, "myAdverts")["rows"][0]["fiatMax"] == "7000.00"

    paid = bazaar.do(buyer, "order/paid", order=number, fiatAmount="700")
    assert (paid["state"], paid["paidFiat"]) == ("PAID", "700.00")
    seen = bazaar.get(seller, "order", order=number)
    assert seen["payer"]["name"] == "Li Wei" and "li@" not in seen["payer"]["number"]
    assert "RELEASE" in seen["may"] and "CANCEL" not in seen["may"]

    done = bazaar.do(seller, "order/release", order=number)
    assert (done["state"], done["ending"], done["may"]) == ("COMPLETED", "RELEASED", ["CLAIM"])
    # The taker's fee is 0.2 %, the maker's 0.1 %.
    assert bazaar.house.balance(buyer.account, USDT) == (99_800_000, 0)
    assert bazaar.house.balance(seller.account, USDT) == (8_999 * 10**6, 900_900_000)
    assert bazaar.refused(seller, "POST", "order/release", order=number) is Reject.WRONG_STATE


@pytest.fixture(scope="module")
def seller(bazaar: Bazaar) -> Trader:
    """Wang Fang, who is paid by Alipay."""
    trader = bazaar.trader("Wang Fang", usdt=100_000)
    bazaar.account_at(trader, name="Wang Fang", number="wang@example.com")
    return trader


@pytest.fixture
def buyer(bazaar: Bazaar) -> Trader:
    return bazaar.trader("Li Wei", usdt=0, btc=0)


@pytest.fixture
def order(bazaar: Bazaar, seller: Trader, buyer: Trader) -> dict[str, Any]:
    """Li Wei is to pay Wang Fang 700 yuan for 100 USDT."""
    return bazaar.take(buyer, bazaar.advert(seller), bazaar.account_at(buyer))


def test_a_retry_is_answered_again_and_done_once(bazaar: Bazaar, seller: Trader, buyer: Trader) -> None:
    account, posted = bazaar.account_at(buyer), bazaar.advert(seller, clientId="a1")
    assert bazaar.advert(seller, clientId="a1")["advert"] == posted["advert"]
    first = bazaar.take(buyer, posted, account, clientId="o1")
    assert bazaar.take(buyer, posted, account, clientId="o1")["order"] == first["order"]
    assert bazaar.get(seller, "advert", advert=posted["advert"])["amount"] == "900.000000"
    with pytest.raises(AssertionError, match="-33022"):
        bazaar.take(buyer, posted, account, clientId="o1", fiatAmount="71")


def test_whose_answer_was_lost_hears_what_was_done(
    bazaar: Bazaar, buyer: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stops(*_: object) -> None:
        raise EngineGone

    def lose(work: Callable[..., object], /, *args: object, **sent: object) -> None:
        """The gateway stops once the engine has done it, before it writes down what came of it."""
        with monkeypatch.context() as patched:
            patched.setattr(bazaar.house.registry.writings, "answer", stops)
            patched.setattr(bazaar.house.registry.chats, "tell", stops)
            with pytest.raises(AssertionError, match="status=503"):
                work(*args, **sent)

    account = bazaar.account_at(buyer)
    seller = bazaar.trader("Wang Fang")
    theirs = bazaar.account_at(seller, name="Wang Fang", number="wang@example.com")
    bazaar.account_at(seller, name="Wang Fang", number="newer@example.com")
    lose(bazaar.advert, seller, clientId="l1", methods=None, paymentAccounts=theirs)
    posted = bazaar.advert(seller, clientId="l1", methods=None, paymentAccounts=theirs)
    assert bazaar.get(seller, "myAdverts")["rows"][0]["advert"] == posted["advert"]
    lose(bazaar.take, buyer, posted, account, clientId="l2")
    bazaar.do(buyer, "blocks", trader=posted["maker"]["trader"])
    with pytest.raises(AssertionError, match="BLOCKED"):
        bazaar.take(buyer, posted, account, clientId="l3")
    taken = bazaar.take(buyer, posted, account, clientId="l2")
    assert taken["payee"]["paymentAccount"] == theirs
    assert bazaar.get(buyer, "orders")["total"] == 1
    lose(bazaar.do, buyer, "order/paid", order=taken["order"], clientId="l4")
    bazaar.get(buyer, "chat", order=taken["order"])  # where it is said meanwhile
    assert bazaar.do(buyer, "order/paid", order=taken["order"], clientId="l4")["state"] == "PAID"
    bazaar.do(buyer, "order/cancel", order=taken["order"], reason="OTHER")
    assert bazaar.take(buyer, posted, account, clientId="l2")["state"] == "CANCELLED"


def test_who_was_answered_hears_the_same_though_the_note_of_it_was_lost(
    bazaar: Bazaar, seller: Trader, buyer: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, posted = bazaar.account_at(buyer), bazaar.advert(seller)
    with monkeypatch.context() as patched:
        patched.setattr(Answered, "note", lambda *_: None)
        taken = bazaar.take(buyer, posted, account, clientId="n1")
        said = bazaar.get(buyer, "chat", order=taken["order"])  # which waits for what is written with it
    again = bazaar.take(buyer, posted, account, clientId="n1")
    assert (again["order"], again["chatHead"]) == (taken["order"], said["rows"][-1]["hash"])
    assert bazaar.get(buyer, "orders")["total"] == 1
    bazaar.do(seller, "advertState", advert=posted["advert"], state="CLOSED")


def test_paid_by_mistake_and_then_cancelled(
    bazaar: Bazaar, buyer: Trader, seller: Trader, order: dict[str, Any]
) -> None:
    number = order["order"]
    bazaar.do(seller, "order/askCancel", order=number, reason="TERMS_NOT_MET")
    assert bazaar.do(buyer, "order/refuseCancel", order=number)["cancelAsked"] is False
    assert bazaar.do(buyer, "order/paid", order=number, fiatAmount="70")["paidFiat"] == "70.00"
    assert bazaar.do(buyer, "order/undoPaid", order=number)["state"] == "OPEN"
    assert bazaar.refused(seller, "POST", "order/cancel", order=number, reason="OTHER") is Reject.NOT_A_PARTY
    done = bazaar.do(buyer, "order/cancel", order=number, reason="CHANGED_MIND")
    assert (done["state"], done["ending"], done["buyerAmount"]) == ("CANCELLED", "CANCELLED", "0.000000")


def test_a_dispute_that_both_sides_split(bazaar: Bazaar, buyer: Trader, seller: Trader, order: dict[str, Any]) -> None:
    number, receipt = order["order"], bazaar.bring(buyer, name="receipt.png").json["file"]
    before = bazaar.house.send(None, "GET", "/record/v1/counts").json["p2p"]
    bazaar.do(buyer, "order/paid", order=number, fiatAmount="350", proof=receipt)
    opened = bazaar.do(seller, "order/appeal", order=number, ground="UNDERPAID", text="Half of it came.")
    assert (opened["state"], opened["appeal"]["by"], opened["appeal"]["spoke"]) == ("DISPUTED", "SELLER", ["SELLER"])
    said = bazaar.do(buyer, "order/evidence", order=number, text="My bank allows no more.", files=receipt)
    assert said["appeal"]["spoke"] == ["BUYER", "SELLER"]
    assert bazaar.do(seller, "order/offer", order=number, buyerAmount="50")["appeal"]["sellerOffer"] == "50.000000"
    done = bazaar.do(buyer, "order/offer", order=number, buyerAmount="50")
    assert (done["state"], done["ending"], done["buyerAmount"]) == ("COMPLETED", "AGREED", "50.000000")
    assert bazaar.house.balance(buyer.account, USDT) == (49_900_000, 0)
    counts = bazaar.house.send(None, "GET", "/record/v1/counts").json["p2p"]  # what anybody may know of it
    changed = {name: count - before[name] for name, count in counts.items() if count != before[name]}
    assert changed == {"disputes": 1, "completed": 1}


def test_what_is_said_and_shown_stands_in_the_chat(
    bazaar: Bazaar, buyer: Trader, seller: Trader, order: dict[str, Any]
) -> None:
    number, picture = order["order"], bazaar.bring(buyer, name="../../<b>.png").json
    assert (picture["type"], picture["name"]) == ("image/png", "b.png")
    bazaar.do(buyer, "chat", order=number, text="Paying now.")
    assert bazaar.get(seller, "order", order=number)["unread"] >= 3
    shown = bazaar.do(buyer, "chat", order=number, file=picture["file"])
    rows = bazaar.get(seller, "chat", order=number)["rows"]
    assert [row["place"] for row in rows] == list(range(1, len(rows) + 1))
    assert {(row["from"], row["kind"]) for row in rows} == {
        ("SYSTEM", "SYSTEM"),
        ("SELLER", "TEXT"),
        ("BUYER", "TEXT"),
        ("BUYER", "FILE"),
    }
    assert "100.000000 USDT" in rows[0]["text"] and "托管" in rows[0]["textZh"]
    assert next(row["text"] for row in rows if row["from"] == "SELLER") == "Hello."
    assert bazaar.get(seller, "order", order=number)["unread"] == 0
    paid = bazaar.do(buyer, "order/paid", order=number)
    assert shown["hash"] == rows[-1]["hash"] and paid["state"] == "PAID"

    given = bazaar.give(seller, order=number, file=picture["file"])
    assert given.json == PNG and given.headers["content-disposition"].startswith("attachment;")
    assert (given.headers["content-type"], given.headers["x-content-type-options"]) == ("image/png", "nosniff")
    stranger = bazaar.trader("Ann")
    for path in ("order", "chat"):
        assert bazaar.refused(stranger, "GET", path, order=number) is Reject.UNKNOWN_ESCROW
    assert bazaar.refused(stranger, "GET", "files", order=number, file=picture["file"]) is Reject.UNKNOWN_ESCROW
    assert bazaar.give(buyer, file=picture["file"]).json == given.json  # his own, as he brought it
    assert bazaar.refused(seller, "GET", "files", file=picture["file"]) == -33_016
    other = bazaar.bring(stranger, PNG[:-12] + b"\0" * 12)
    assert other.json["code"] == -33017
    assert bazaar.bring(buyer, PNG, "application/pdf").json["code"] == -33017
    assert bazaar.refused(buyer, "POST", "chat", order=number, file="00" * 32) == -33016


def test_names_are_compared_before_anybody_trades(bazaar: Bazaar, seller: Trader) -> None:
    buyer = bazaar.trader("李伟")
    fields = {"method": "alipay", "number": "ann@example.com"}
    assert bazaar.refused(buyer, "POST", "paymentAccounts", name="Ann Smith", **fields) == -33023
    assert bazaar.refused(buyer, "POST", "paymentAccounts", name="李伟", method="alipay") == -1102
    assert bazaar.do(buyer, "paymentAccounts", name="李伟", **fields)["method"] == "alipay"
    nobody = bazaar.house.new_trader()
    assert bazaar.refused(nobody, "POST", "enrol", nickname="nobody") == -33002
    account = bazaar.new_account()
    assert bazaar.refused(account, "POST", "enrol", nickname="x") == -33026
    taken = bazaar.get(seller, "me")["trader"]["nickname"].upper()
    assert bazaar.refused(account, "POST", "enrol", nickname=taken) == -33004
    assert bazaar.get(account, "me")["trader"] is None and bazaar.get(account, "me")["verifiedName"] == "Li Wei"
    assert bazaar.refused(account, "POST", "bond", amount="1") is Reject.NOT_A_TRADER


def test_who_is_blocked_or_not_what_the_maker_asks_takes_nothing(bazaar: Bazaar, buyer: Trader, seller: Trader) -> None:
    mine = bazaar.account_at(buyer)
    asked = bazaar.advert(seller, minOrders=1, countries="CN,SG")
    assert asked["requirements"]["countries"] == ["CN", "SG"]
    terms = {"advert": asked["advert"], "termsHash": asked["termsHash"], "method": "alipay", "paymentAccount": mine}
    answer = bazaar.ask(buyer, "POST", "orders", fiatAmount="700", priceLimit="7", **terms)
    assert answer.json["code"] == -33009 and answer.json["msg"].startswith("TAKER_ORDERS: ")
    search = {"side": "BUY", "asset": "USDT", "fiat": "CNY", "rows": 100}
    assert asked["advert"] in {row["advert"] for row in bazaar.get(None, "adverts", **search)["rows"]}
    assert asked["advert"] not in {
        row["advert"] for row in bazaar.get(buyer, "adverts", takeable="true", **search)["rows"]
    }
    free = bazaar.advert(seller)
    me = bazaar.get(buyer, "me")["trader"]["trader"]
    bazaar.do(seller, "blocks", trader=me)
    assert [row["trader"] for row in bazaar.get(seller, "blocks")["rows"]] == [me]
    terms = terms | {"advert": free["advert"], "termsHash": free["termsHash"]}
    answer = bazaar.ask(buyer, "POST", "orders", fiatAmount="700", priceLimit="7", **terms)
    assert answer.json["msg"].startswith("BLOCKED: ")
    assert bazaar.ask(seller, "DELETE", "blocks", trader=me).status == 200
    assert bazaar.do(buyer, "orders", fiatAmount="700", priceLimit="7", **terms)["state"] == "OPEN"
    assert bazaar.refused(buyer, "POST", "orders", fiatAmount="700", priceLimit="6.9", **terms) is Reject.PRICE_MOVED
    assert bazaar.refused(None, "GET", "adverts", takeable="true", **search) == -1106


def test_an_advert_is_edited_rested_and_closed(bazaar: Bazaar, buyer: Trader) -> None:
    maker = bazaar.trader("Zhang Min", usdt=1_000)
    account = bazaar.account_at(maker, name="Zhang Min")
    floating = bazaar.advert(maker, price=None, margin="100.5", amount="100")
    assert (floating["price"], floating["margin"]) == ("7.035", "100.5")
    same = {"advert": floating["advert"], "amount": "50", "fiatMin": "70", "fiatMax": "350", "payMinutes": 30}
    answer = bazaar.ask(maker, "PUT", "adverts", margin="101", paymentAccounts=account, terms="New.", **same)
    assert (answer.json["amount"], answer.json["price"], answer.json["terms"]) == ("50.000000", "7.07", "New.")
    assert bazaar.house.balance(maker.account, USDT) == (949_950_000, 50_050_000)
    assert bazaar.ask(maker, "DELETE", "paymentAccounts", paymentAccount=account).json["code"] == -33024
    assert bazaar.do(maker, "advertState", state="RESTING")["rows"][0]["state"] == "RESTING"
    assert bazaar.get(maker, "myAdverts", state="ONLINE")["total"] == 0
    assert (
        bazaar.refused(buyer, "POST", "advertState", advert=floating["advert"], state="ONLINE") is Reject.UNKNOWN_ADVERT
    )
    assert bazaar.do(maker, "advertState", advert=floating["advert"], state="CLOSED")["state"] == "CLOSED"
    assert bazaar.house.balance(maker.account, USDT) == (1_000 * 10**6, 0)
    assert bazaar.ask(maker, "DELETE", "paymentAccounts", paymentAccount=account).status == 200


def test_a_maker_who_buys_and_a_taker_who_sells(bazaar: Bazaar, buyer: Trader) -> None:
    maker = bazaar.trader("Zhang Min", usdt=0)
    bazaar.account_at(maker, name="Zhang Min", number="zhang@example.com")
    wanted = bazaar.advert(maker, "BUY", price="6.9")
    assert wanted["side"] == "SELL"
    taker = bazaar.trader("Li Wei", usdt=200)
    order = bazaar.take(taker, wanted, bazaar.account_at(taker), amount="100", fiatAmount=None)
    assert (order["side"], order["fiatAmount"], order["payer"]["name"]) == ("SELL", "690.00", "Zhang Min")
    assert bazaar.house.balance(taker.account, USDT) == (99_800_000, 100_200_000)
    bazaar.do(maker, "order/paid", order=order["order"])
    assert bazaar.do(taker, "order/release", order=order["order"])["fee"] == "0.200000"
    assert bazaar.house.balance(maker.account, USDT) == (99_900_000, 0)
