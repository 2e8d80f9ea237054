"""Prices that floating adverts follow, of markets and of a file of rates: docs/rules/p2p_door.md, "Index"."""

import json
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.examples.rest.house import BTC, ETH, SCALES, USDT, House
from venus.bridges.p2p_index import IndexNoter, Market, index_of, price_in, values
from venus.bridges.p2p_rates import BadRates, fresh_rates, read_rates
from venus.gateway.p2p.door import P2pDoor
from venus.packs.p2p_methods import fiats
from venus.records.p2p import PRICE_UNIT
from venus.testing.sandbox_coins import ARBITER, NUMBERS, Founding
from venus.testing.sandbox_p2p import terms
from venus.units import NS_PER_S
from venus.views.p2p_questions import MarketAnswer, MarketQuestion

COIN, DOLLARS, YUAN, TETHER, LONELY = range(5)
MARKETS = (
    Market(COIN, TETHER, Fraction(60_000)),
    Market(COIN, DOLLARS, Fraction(60_600)),
    Market(DOLLARS, YUAN, Fraction(7)),
)
ANCHORS = {DOLLARS: "USD", YUAN: "CNY"}


def test_a_price_goes_over_as_few_markets_as_may_be() -> None:
    assert values(COIN, MARKETS, ANCHORS) == {"USD": 60_600, "CNY": 424_200}
    assert values(TETHER, MARKETS, ANCHORS) == {"USD": Fraction(101, 100), "CNY": Fraction(707, 100)}
    assert values(YUAN, MARKETS, ANCHORS) == {"CNY": 1, "USD": Fraction(1, 7)}
    assert values(LONELY, MARKETS, ANCHORS) == {}


def test_rates_go_on_from_the_dollar_or_from_what_there_is() -> None:
    rates = {"JPY": Fraction(150), "CNY": Fraction(7)}
    assert price_in("JPY", {"CNY": Fraction(14), "USD": Fraction(3)}, rates) == 450
    assert price_in("JPY", {"CNY": Fraction(14)}, rates) == 300
    assert price_in("EUR", {"USD": Fraction(3)}, rates) is None
    assert price_in("JPY", {}, rates) is None
    told = index_of((COIN, LONELY), ("CNY", "JPY", "EUR"), MARKETS, ANCHORS, rates)
    assert told == {(COIN, "CNY"): 424_200 * PRICE_UNIT, (COIN, "JPY"): 9_090_000 * PRICE_UNIT}


def test_a_file_of_rates_is_sound_and_of_today_or_none(tmp_path: Path) -> None:
    file = tmp_path / "rates.json"
    assert fresh_rates(read_rates(file), 0, is_sandbox=False).units_per_dollar == {}
    sound = {"asOf": "2026-11-27T08:00:00Z", "unitsPerUsd": {"JPY": "150.2"}, "anchors": {"USDT": "USD"}}
    file.write_text(json.dumps(sound))
    at_ns = 1_795_766_400 * NS_PER_S
    assert fresh_rates(read_rates(file), at_ns, is_sandbox=False).units_per_dollar == {"JPY": Fraction(1502, 10)}
    with pytest.raises(BadRates, match="older than a day"):
        fresh_rates(read_rates(file), at_ns + 86_401 * NS_PER_S, is_sandbox=False)
    for bad in ({"unitsPerUsd": {"JPY": "-1"}}, {"unitsPerUsd": {"JPY": "0"}}, {"asOf": "2026-11-27T08:00:00"}):
        file.write_text(json.dumps(sound | bad))
        with pytest.raises(BadRates):
            fresh_rates(read_rates(file), at_ns, is_sandbox=False)
    file.write_text(json.dumps(sound | {"more": 1}))
    with pytest.raises(BadRates):
        read_rates(file)


def test_only_a_sandboxes_rates_need_not_say_of_when_they_are(tmp_path: Path) -> None:
    file = tmp_path / "rates.json"
    for rates in ({"unitsPerUsd": {"JPY": "150"}}, {"unitsPerUsd": {}, "anchors": {"USDT": "USD"}}):
        file.write_text(json.dumps({"asOf": None} | rates))
        assert fresh_rates(read_rates(file), 0, is_sandbox=True).units_per_dollar.keys() == rates["unitsPerUsd"].keys()
        with pytest.raises(BadRates, match="null is for a sandbox"):
            fresh_rates(read_rates(file), 0, is_sandbox=False)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    opened = House()
    founding = Founding(lambda _, command: opened.run(opened.client.submit_cold(command)), 1, time.time_ns())
    founding.found()
    opened.run(opened.client.submit_cold(terms("terms", NUMBERS[ARBITER], list(SCALES), SCALES)))
    yield opened
    opened.close()


def market(house: House) -> MarketAnswer:
    answer = house.run(house.client.ask(MarketQuestion()))
    assert isinstance(answer, MarketAnswer)
    return answer


def test_it_is_noted_when_it_moves_and_before_it_is_too_old(house: House, tmp_path: Path) -> None:
    now = [time.time_ns()]
    rates = tmp_path / "rates.json"
    rates.write_text('{"asOf": null, "unitsPerUsd": {"CNY": "7"}, "anchors": {"USDT": "USD"}}')
    noter = IndexNoter(house.client, lambda: now[0], lambda: True, rates, is_sandbox=True)

    def noted() -> dict[tuple[int, str], int]:
        return {(one.asset, one.fiat): one.price // 10**6 for one in market(house).index}

    assert house.run(noter.step()) == 2
    assert noted() == {(USDT, "USD"): 100, (USDT, "CNY"): 700}  # nobody trades BTC yet
    symbol, maker = house.new_market(), house.new_trader()
    house.sell(maker, symbol, "1", "61000")
    house.buy(maker, symbol, "1", "60900")
    assert house.run(noter.step()) == 0  # it has just looked
    now[0] += 31 * NS_PER_S
    assert house.run(noter.step()) == 2
    assert noted()[BTC, "CNY"] == 42_665_000
    house.buy(house.new_trader(), symbol, "0.5", "61000")
    now[0] += 31 * NS_PER_S
    assert house.run(noter.step()) == 4  # a trade is the price now, and the first two are half too old
    assert noted()[BTC, "USD"] == 6_100_000


def test_while_the_clock_is_steered_it_is_noted_when_somebody_asks(house: House, tmp_path: Path) -> None:
    ahead_s, live = [0], [False]
    codes = [one.code for one in fiats()]
    rates = tmp_path / "rates.json"
    anchors = dict.fromkeys(SCALES, "USD")
    per_dollar = {code: "2" for code in codes if code != "USD"}
    rates.write_text(json.dumps({"asOf": None, "unitsPerUsd": per_dollar, "anchors": anchors}))
    noter = IndexNoter(
        house.client, lambda: time.time_ns() + ahead_s[0] * NS_PER_S, lambda: live[0], rates, is_sandbox=True
    )
    door = P2pDoor(house.client, house.registry, house.door.desk.symbols, tmp_path, note_index=noter.when_asked)
    for endpoint in door.endpoints():
        house.door.add(endpoint)

    def noted() -> dict[tuple[int, str], int]:
        """When each price was."""
        return {(one.asset, one.fiat): one.time_ns for one in market(house).index}

    def ask(path: str, **params: str) -> Any:
        answer = house.send(None, "GET", f"/p2p/v1/{path}", **params)
        assert answer.status == 200, answer
        return answer.json

    before = noted()
    assert house.run(noter.step()) == 0
    ask("statistics")
    assert noted() == before  # nobody asked for a price
    ask("adverts", side="BUY", asset="BTC", fiat="CNY")
    at_first = noted()
    assert at_first.keys() == {(asset, code) for asset in (BTC, USDT, ETH) for code in codes}
    assert len(ask("market")["index"]) == len(at_first)
    assert noted() == at_first  # they are young
    ahead_s[0] = 61  # they are good for two minutes
    ask("statistics")
    assert noted() == at_first
    ask("market")
    again = noted()
    assert all(again[pair] > at_first[pair] for pair in at_first)
    live[0] = True
    ask("market")
    assert noted() == again  # that is the background's then
    assert house.run(noter.step()) == len(again)
