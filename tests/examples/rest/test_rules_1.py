"""An exchange that has not adopted rules 2 refuses what they brought in the words for symbols that do not offer it."""

from collections.abc import Iterator

import pytest

from tests.examples.rest.house import BANK, BTC, USDT, House
from venus.bridges.posting import post
from venus.records.commands import AdoptRules
from venus.records.rejects import Reject

LIMIT: dict[str, object] = {"type": "LIMIT", "side": "BUY", "quantity": "1", "price": "100", "timeInForce": "GTC"}
STOP: dict[str, object] = {"type": "STOP_LOSS", "side": "SELL", "quantity": "1", "stopPrice": "95"}
PAIR: dict[str, object] = {
    "side": "SELL", "quantity": "1", "aboveType": "LIMIT_MAKER", "abovePrice": "110", "belowType": "STOP_LOSS",
    "belowStopPrice": "90",
}  # fmt: skip


@pytest.fixture
def old_house() -> Iterator[House]:
    opened = House(rules=1)
    yield opened
    opened.close()


def test_what_rules_2_brought_is_refused_until_they_are_adopted(old_house: House) -> None:
    trader, market = old_house.new_trader(), old_house.new_market(orders_max=9)
    refused = [
        ("order", STOP, "Stop loss orders are not supported for this symbol."),
        ("order/test", STOP, "Stop loss orders are not supported for this symbol."),
        ("order", LIMIT | {"icebergQty": "0.5"}, "Iceberg orders are not supported for this symbol."),
        ("order", LIMIT | {"pegPriceType": "PRIMARY_PEG"}, "Pegged orders are not supported for this symbol."),
        ("orderList/oco", PAIR, "OCO orders are not supported for this symbol"),
    ]
    for path, form, message in refused:
        assert old_house.send(trader, "POST", path, symbol=market, **form).refusal == (400, -2010, message)
    assert old_house.send(trader, "POST", "order", symbol=market, **LIMIT).status == 200
    [told] = old_house.send(None, "GET", "exchangeInfo", symbol=market).json["symbols"]
    assert told["orderTypes"] == ["LIMIT", "LIMIT_MAKER", "MARKET"]
    assert not any(told[name] for name in ("icebergAllowed", "ocoAllowed", "allowTrailingStop"))
    old_house.cold(AdoptRules, rules=2)
    for path, form, _ in refused:
        assert old_house.send(trader, "POST", path, symbol=market, **form).status == 200


def test_a_conversion_goes_by_steps(old_house: House) -> None:
    """There are no linked transfers: a dealer that is short gives back what it took."""
    who, market, treasury = old_house.new_trader(), old_house.new_market(), old_house.wallet.treasury
    old_house.deposit(treasury.dealer, USDT, 100_000 * 10**6)
    old_house.buy(old_house.new_trader(), market, "10", "99")
    old_house.sell(old_house.new_trader(), market, "10", "101")
    for status, left_btc in (("SUCCESS", 99), ("FAIL", 99)):
        form = {"fromAsset": "BTC", "toAsset": "USDT", "fromAmount": "1"}
        stated = old_house.send(who, "POST", "/sapi/v1/convert/getQuote", **form).json
        if status == "FAIL":
            left = old_house.balance(treasury.dealer, USDT)[0]
            gone = post(old_house.client, "gone", debit=treasury.dealer, credit=BANK, asset=USDT, atoms=left)
            assert old_house.run(gone) is Reject.NONE
        done = old_house.send(who, "POST", "/sapi/v1/convert/acceptQuote", quoteId=stated["quoteId"]).json
        assert done["orderStatus"] == status
        assert old_house.balance(who.account, BTC) == (left_btc * 10**8, 0)
        assert old_house.balance(treasury.dealer, BTC)[0] == 10**8
        assert old_house.balance(treasury.escrow, BTC)[0] == 0
