"""Payloads as they go over the wire, byte for byte, beside the rows they come from."""

import msgspec
import numpy as np
import pytest

from venus.gateway.binance.streams import messages
from venus.gateway.binance.streams.decimals import TEXTS_MAX, SymbolFormat, percent
from venus.gateway.binance.streams.names import Stream, StreamKind
from venus.gateway.binance.symbols import Market
from venus.units import NS_PER_MS, NS_PER_US
from venus.views.candles import CANDLE, Interval
from venus.views.catalog import Asset, Symbol
from venus.views.market_questions import LEVEL, TICKER, AveragePriceAnswer

T_NS = 1_672_515_782_136_789_000


def form(tick_atoms: int = 10**6, quote_scale: int = 8, lot_atoms: int = 1_000, base_scale: int = 8) -> SymbolFormat:
    listing = Symbol(
        number=0,
        code="BTCUSDT",
        base_asset=0,
        quote_asset=1,
        tick_atoms=tick_atoms,
        lot_atoms=lot_atoms,
        tick_lot_atoms=tick_atoms * lot_atoms // 10**base_scale,
        price_ticks_min=1,
        price_ticks_max=10**9,
        quantity_lots_min=1,
        quantity_lots_max=10**9,
        market_lots_max=10**9,
        notional_atoms_min=1,
        notional_atoms_max=10**18,
        orders_max=100,
        stp_allowed=63,
        stp_default=0,
        halted=False,
    )
    return SymbolFormat(Market(listing, [Asset(0, "BTC", base_scale), Asset(1, "USDT", quote_scale)]))


def test_numbers_are_text_of_at_least_eight_places() -> None:
    cents = form()
    assert (cents.price(6_000_001), cents.quantity(12), cents.quote(6_000_000 * 12)) == (
        "60000.01000000",
        "0.00012000",
        "7.20000000",
    )
    assert cents.price(-1) == "-0.01000000"
    fine = form(tick_atoms=5, quote_scale=10)
    assert (fine.price(1), fine.price(20)) == ("0.0000000005", "0.00000001")


def test_texts_are_kept_and_their_number_is_bounded() -> None:
    cents = form()
    first = cents.price(7)
    assert cents.price(7) is first
    for ticks in range(TEXTS_MAX + 10):
        assert cents.price(ticks) == f"{ticks // 100}.{ticks % 100:02d}000000"
    assert cents.price(7) is not first


def test_averages_and_percents_are_rounded_half_up() -> None:
    assert form().average(3, 2) == "0.01500000"
    assert form(tick_atoms=1).average(3, 2) == "0.00000002"
    assert form().average(0, 0) == "0.00000000"
    assert (percent(1, 3), percent(-1, 3), percent(5, 0)) == ("33.333", "-33.333", "0.000")
    assert (percent(1, 200_000), percent(-1, 200_000)) == ("0.001", "-0.001")


def test_a_trade_and_an_aggregate() -> None:
    assert messages.trade(form(), (5, 6_000_001, 12, T_NS, 77, 0, 1), T_NS, NS_PER_MS) == (
        b'{"e":"trade","E":1672515782136,"s":"BTCUSDT","t":5,"p":"60000.01000000","q":"0.00012000",'
        b'"T":1672515782136,"m":true,"M":true}'
    )
    assert messages.aggregate(form(), (3, 6_000_001, 12, 4, 5, T_NS, 77, 0, 0), T_NS, NS_PER_US) == (
        b'{"e":"aggTrade","E":1672515782136789,"s":"BTCUSDT","a":3,"p":"60000.01000000","q":"0.00012000","f":4,"l":5,'
        b'"T":1672515782136789,"m":false,"M":true}'
    )


def test_the_best_prices_of_a_book_with_one_side() -> None:
    assert messages.book_ticker(form(), (9, 6_000_000, 3, 0, 0, 0)) == (
        b'{"u":9,"s":"BTCUSDT","b":"60000.00000000","B":"0.00003000","a":"0.00000000","A":"0.00000000"}'
    )


def test_depth_is_told_best_first() -> None:
    update = messages.depth_update(form(), (157, 160), {1: 1, 3: 0, 2: 5}, {9: 1, 7: 2}, T_NS, NS_PER_MS)
    assert update == (
        b'{"e":"depthUpdate","E":1672515782136,"s":"BTCUSDT","U":157,"u":160,'
        b'"b":[["0.03000000","0.00000000"],["0.02000000","0.00005000"],["0.01000000","0.00001000"]],'
        b'"a":[["0.07000000","0.00002000"],["0.09000000","0.00001000"]]}'
    )
    bids, asks = np.array([(3, 1)], LEVEL), np.zeros(0, LEVEL)
    assert messages.partial_depth(form(), 160, bids, asks) == (
        b'{"lastUpdateId":160,"bids":[["0.03000000","0.00001000"]],"asks":[]}'
    )


def candle_row(open_ns: int, **fields: int) -> np.void:
    row = np.zeros(1, CANDLE)
    for name, value in {"open_ns": open_ns, "first_trade_id": -1, **fields}.items():
        row[name] = value
    return row[0]


def test_a_candle_with_trades_and_sums_beyond_64_bits() -> None:
    stream = Stream(StreamKind.CANDLE, "BTCUSDT", interval=Interval.M1, label="1m")
    row = candle_row(
        1_672_515_780 * 10**9,
        open_ticks=10,
        high_ticks=25,
        low_ticks=5,
        close_ticks=20,
        first_trade_id=100,
        trades=101,
        lots_hi=1,
        lots_lo=5,
        quote_lo=7,
        buy_lots_lo=2,
        buy_quote_lo=3,
    )
    payload = messages.candle(form(), stream, row, T_NS, NS_PER_MS, closed=False)
    assert msgspec.json.decode(payload) == {
        "e": "kline",
        "E": 1672515782136,
        "s": "BTCUSDT",
        "k": {
            "t": 1672515780000,
            "T": 1672515839999,
            "s": "BTCUSDT",
            "i": "1m",
            "f": 100,
            "L": 200,
            "o": "0.10000000",
            "c": "0.20000000",
            "h": "0.25000000",
            "l": "0.05000000",
            "v": "184467440737095.51621000",
            "n": 101,
            "x": False,
            "q": "0.00000070",
            "V": "0.00002000",
            "Q": "0.00000030",
            "B": "0",
        },
    }


@pytest.mark.parametrize(
    ("interval", "label", "open_s", "close_s"),
    [
        (Interval.MONTH1, "1M", 1_706_745_600, 1_709_251_200),  # February 2024 has 29 days
        (Interval.W1, "1w", 1_709_510_400, 1_710_115_200),
        (Interval.S1, "1s", 1_709_510_400, 1_709_510_401),
    ],
)
def test_a_candle_closes_where_the_next_opens(interval: Interval, label: str, open_s: int, close_s: int) -> None:
    stream = Stream(StreamKind.CANDLE, "BTCUSDT", interval=interval, label=label)
    payload = messages.candle(form(), stream, candle_row(open_s * 10**9), T_NS, NS_PER_US, closed=True)
    facts = msgspec.json.decode(payload)["k"]
    assert (facts["t"], facts["T"]) == (open_s * 10**6, close_s * 10**6 - 1)
    assert (facts["f"], facts["L"], facts["n"], facts["x"]) == (-1, -1, 0, True)


def test_tickers() -> None:
    rows = np.zeros(1, TICKER)
    for name, value in {
        "from_ns": 1_000_000_000,
        "to_ns": 9_000_000_000,
        "open_ticks": 200,
        "high_ticks": 300,
        "low_ticks": 100,
        "close_ticks": 150,
        "prev_close_ticks": 199,
        "last_lots": 4,
        "first_trade_id": 11,
        "last_trade_id": 12,
        "trades": 2,
        "lots_lo": 8,
        "quote_lo": 1_400,
        "bid_ticks": 149,
        "bid_lots": 5,
        "ask_ticks": 151,
        "ask_lots": 6,
    }.items():
        rows[name] = value
    mini = {
        "e": "24hrMiniTicker",
        "E": 1672515782136,
        "s": "BTCUSDT",
        "c": "1.50000000",
        "o": "2.00000000",
        "h": "3.00000000",
        "l": "1.00000000",
        "v": "0.00008000",
        "q": "0.00014000",
    }
    window = mini | {
        "e": "1hTicker",
        "p": "-0.50000000",
        "P": "-25.000",
        "w": "1.75000000",
        "O": 1000,
        "C": 9000,
        "F": 11,
        "L": 12,
        "n": 2,
    }
    full = window | {
        "e": "24hrTicker",
        "x": "1.99000000",
        "Q": "0.00004000",
        "b": "1.49000000",
        "B": "0.00005000",
        "a": "1.51000000",
        "A": "0.00006000",
    }
    assert msgspec.json.decode(messages.mini_ticker(form(), rows[0], T_NS, NS_PER_MS)) == mini
    assert msgspec.json.decode(messages.window_ticker(form(), rows[0], "1h", T_NS, NS_PER_MS)) == window
    assert msgspec.json.decode(messages.ticker(form(), rows[0], T_NS, NS_PER_MS)) == full


def test_the_average_price() -> None:
    answer = AveragePriceAnswer(quote_hi=0, quote_lo=3, lots_hi=0, lots_lo=2, last_trade_ns=T_NS)
    assert messages.average_price(form(), answer, T_NS, NS_PER_MS) == (
        b'{"e":"avgPrice","E":1672515782136,"s":"BTCUSDT","i":"5m","w":"0.01500000","T":1672515782136}'
    )


def test_what_goes_around_a_payload() -> None:
    assert messages.wrapped(messages.wrapper("a@trade"), b"{}") == b'{"stream":"a@trade","data":{}}'
    assert messages.array([b"{}", b"[]"]) == b"[{},[]]"
