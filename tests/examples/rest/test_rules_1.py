"""An exchange that has not adopted rules 2 refuses what they brought in the words for symbols that do not offer it."""

from collections.abc import Iterator

import pytest

from tests.examples.rest.house import House
from venus.records.commands import AdoptRules

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
