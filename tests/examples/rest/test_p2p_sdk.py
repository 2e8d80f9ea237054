"""The users' client and the commands, over HTTP: a purchase by a program, and looked at from a shell."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.examples.rest.bazaar import PNG, Bazaar
from tests.examples.rest.house import Trader
from venus.cli.coin_access import AccountPlace, Place
from venus.cli.p2p import adverts, feedback, market, order
from venus.sdk.connection import ApiKey, Connection, Refused
from venus.sdk.p2p import Offer, P2pTrader


@pytest.fixture(scope="module")
def rest(bazaar: Bazaar) -> Iterator[str]:
    with bazaar.served() as address:
        yield address


def client(connection: Connection, who: Trader) -> P2pTrader:
    return P2pTrader(connection, ApiKey(who.key, who.secret))


def test_a_purchase_by_the_users_client(
    bazaar: Bazaar, rest: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Connection(rest) as connection:
        seller, me = (client(connection, bazaar.new_account(name)) for name in ("Wang Fang", "Li Wei"))
        assert seller.enrol("sdk seller").nickname == "sdk seller"
        me.enrol("sdk buyer")
        assert "alipay" in {one.method for one in me.market().methods}
        seller.add_payment_account("alipay", "Wang Fang", "wang@example.com")
        mine = me.add_payment_account("alipay", "Li Wei", "li@example.com")
        posted = seller.post_advert(
            "SELL",
            "USDT",
            "CNY",
            "100",
            fiat_min="70",
            fiat_max="700",
            pay_minutes=15,
            price="5",
            methods=["alipay"],
            terms="Own account only.",
        )
        said: Offer = {"fiat_min": "75", "fiat_max": "700", "pay_minutes": 20, "price": "5", "methods": ["alipay"]}
        edited = seller.edit_advert(posted.advert, "90", **said, terms="Own account only.", client_id="sdk-e")
        assert (edited.fiatMin, edited.payMinutes, edited.amount) == ("75.00", 20, "90.000000")
        found = me.adverts("BUY", "USDT", "CNY", takeable="true", rows=100)
        advert = next(one for one in found.rows if one.advert == posted.advert)
        taken = me.take(advert, mine.paymentAccount, method="alipay", fiat_amount="75", client_id="sdk-1")
        again = me.take(advert, mine.paymentAccount, method="alipay", fiat_amount="75", client_id="sdk-1")
        assert again.order == taken.order
        number = taken.order
        shown = me.show(number, me.bring(PNG, "image/png", "receipt.png"))
        assert (shown.sender, shown.fileType) == ("BUYER", "image/png")
        assert me.paid(number, proof=shown.file).state == "PAID"
        assert "RELEASE" in seller.order(number).may
        with pytest.raises(Refused, match="WRONG_STATE"):
            me.paid(number)
        assert seller.release(number).ending == "RELEASED"
        me.feedback(number, good=True, text="Fast and kind.")
        [opinion] = me.feedback_about(posted.maker.trader).rows
        assert (opinion.good, opinion.text) == (True, "Fast and kind.")
        assert me.me().retained[0].amount == "14.970000"
        assert {one.sender for one in seller.chat(number)} == {"SYSTEM", "BUYER"}
        assert me.stream_url().startswith("ws://127.0.0.1:")
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"apiKey": me._keys.key, "secret": me._keys.secret}))
    assert order(number, place=AccountPlace(rest=rest, api_key=keys)) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "COMPLETED"
    assert adverts("BUY", "USDT", "CNY", place=Place(rest=rest)) == 0
    assert posted.advert in {one["advert"] for one in json.loads(capsys.readouterr().out)["rows"]}
    assert feedback(posted.maker.trader, place=Place(rest=rest)) == 0
    assert json.loads(capsys.readouterr().out)["total"] == 1
    assert market(place=Place(rest=rest)) == 0
    assert json.loads(capsys.readouterr().out)["bondAsset"] == "USDT"
    assert order("1", place=AccountPlace(rest=rest, api_key=keys)) == 1
