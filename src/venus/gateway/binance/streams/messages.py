"""Payloads of market streams, written out as text: as fast as an encoder, since their numbers are text already.

Every number that is text comes from SymbolFormat, times are in `unit_ns`, and codes of symbols hold no character that
JSON escapes, so nothing here needs quoting. Rows are those of venus.views.market_data.
Source: [D] web-socket-streams.md, the payload of each stream.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from venus.gateway.binance.streams.decimals import SymbolFormat, percent
from venus.gateway.binance.streams.names import Stream
from venus.views.candles import number_at, open_ns, wide
from venus.views.market_questions import AveragePriceAnswer

AVERAGE_LABEL = "5m"


def trade(form: SymbolFormat, row: tuple[int, ...], event_ns: int, unit_ns: int) -> bytes:
    """One TRADE as a tuple."""
    trade_id, price_ticks, lots, time_ns, _, _, buyer_is_maker = row
    return (
        f'{{"e":"trade","E":{event_ns // unit_ns},"s":"{form.code}","t":{trade_id},"p":"{form.price(price_ticks)}",'
        f'"q":"{form.quantity(lots)}","T":{time_ns // unit_ns},"m":{_TRUTH[buyer_is_maker]},"M":true}}'
    ).encode()


def aggregate(form: SymbolFormat, row: tuple[int, ...], event_ns: int, unit_ns: int) -> bytes:
    """One AGGREGATE as a tuple."""
    aggregate_id, price_ticks, lots, first_id, last_id, time_ns, _, _, buyer_is_maker = row
    return (
        f'{{"e":"aggTrade","E":{event_ns // unit_ns},"s":"{form.code}","a":{aggregate_id},'
        f'"p":"{form.price(price_ticks)}","q":"{form.quantity(lots)}","f":{first_id},"l":{last_id},'
        f'"T":{time_ns // unit_ns},"m":{_TRUTH[buyer_is_maker]},"M":true}}'
    ).encode()


def book_ticker(form: SymbolFormat, row: tuple[int, ...]) -> bytes:
    """One TOP as a tuple; a side that is empty is 0 at 0."""
    update_id, bid_ticks, bid_lots, ask_ticks, ask_lots, _ = row
    return (
        f'{{"u":{update_id},"s":"{form.code}","b":"{form.price(bid_ticks)}","B":"{form.quantity(bid_lots)}",'
        f'"a":"{form.price(ask_ticks)}","A":"{form.quantity(ask_lots)}"}}'
    ).encode()


def depth_update(
    form: SymbolFormat,
    ids: tuple[int, int],
    bids: dict[int, int],
    asks: dict[int, int],
    event_ns: int,
    unit_ns: int,
) -> bytes:
    """What became of each level that changed: lots by price in ticks, 0 for a level that is gone. `ids` are U and u."""
    return (
        f'{{"e":"depthUpdate","E":{event_ns // unit_ns},"s":"{form.code}","U":{ids[0]},"u":{ids[1]},'
        f'"b":{_levels(form, sorted(bids.items(), reverse=True))},"a":{_levels(form, sorted(asks.items()))}}}'
    ).encode()


def partial_depth(form: SymbolFormat, update_id: int, bids: np.ndarray, asks: np.ndarray) -> bytes:
    """The best levels, LEVEL[n] of each side."""
    return (
        f'{{"lastUpdateId":{update_id},"bids":{_levels(form, bids.tolist())},"asks":{_levels(form, asks.tolist())}}}'
    ).encode()


def candle(form: SymbolFormat, stream: Stream, row: np.void, event_ns: int, unit_ns: int, *, closed: bool) -> bytes:
    """One CANDLE of a candle stream; it closes one unit of time before the next one opens."""
    opened_ns, first_id, trades = int(row["open_ns"]), int(row["first_trade_id"]), int(row["trades"])
    next_ns = open_ns(stream.interval, number_at(stream.interval, opened_ns, stream.offset_ns) + 1, stream.offset_ns)
    price = form.price
    return (
        f'{{"e":"kline","E":{event_ns // unit_ns},"s":"{form.code}","k":{{"t":{opened_ns // unit_ns},'
        f'"T":{next_ns // unit_ns - 1},"s":"{form.code}","i":"{stream.label}",'
        f'"f":{first_id},"L":{first_id + trades - 1 if trades else -1},'
        f'"o":"{price(int(row["open_ticks"]))}","c":"{price(int(row["close_ticks"]))}",'
        f'"h":"{price(int(row["high_ticks"]))}","l":"{price(int(row["low_ticks"]))}",'
        f'"v":"{form.volume(_sum(row, "lots"))}","n":{trades},"x":{_TRUTH[closed]},'
        f'"q":"{form.quote(_sum(row, "quote"))}","V":"{form.volume(_sum(row, "buy_lots"))}",'
        f'"Q":"{form.quote(_sum(row, "buy_quote"))}","B":"0"}}}}'
    ).encode()


def mini_ticker(form: SymbolFormat, row: np.void, event_ns: int, unit_ns: int) -> bytes:
    """One TICKER, in short."""
    return (
        f'{{"e":"24hrMiniTicker","E":{event_ns // unit_ns},"s":"{form.code}",{_prices(form, row)},'
        f'"v":"{form.volume(_sum(row, "lots"))}","q":"{form.quote(_sum(row, "quote"))}"}}'
    ).encode()


def ticker(form: SymbolFormat, row: np.void, event_ns: int, unit_ns: int) -> bytes:
    """One TICKER over a day, with what surrounds it."""
    return (
        f'{{"e":"24hrTicker","E":{event_ns // unit_ns},"s":"{form.code}",{_change(form, row)},'
        f'"x":"{form.price(int(row["prev_close_ticks"]))}",{_prices(form, row)},'
        f'"Q":"{form.quantity(int(row["last_lots"]))}",'
        f'"b":"{form.price(int(row["bid_ticks"]))}","B":"{form.quantity(int(row["bid_lots"]))}",'
        f'"a":"{form.price(int(row["ask_ticks"]))}","A":"{form.quantity(int(row["ask_lots"]))}",'
        f"{_volumes(form, row, unit_ns)}}}"
    ).encode()


def window_ticker(form: SymbolFormat, row: np.void, label: str, event_ns: int, unit_ns: int) -> bytes:
    """One TICKER over the window named `label`."""
    return (
        f'{{"e":"{label}Ticker","E":{event_ns // unit_ns},"s":"{form.code}",{_change(form, row)},'
        f"{_prices(form, row)},{_volumes(form, row, unit_ns)}}}"
    ).encode()


def average_price(form: SymbolFormat, answer: AveragePriceAnswer, event_ns: int, unit_ns: int) -> bytes:
    average = form.average(wide(answer.quote_hi, answer.quote_lo), wide(answer.lots_hi, answer.lots_lo))
    return (
        f'{{"e":"avgPrice","E":{event_ns // unit_ns},"s":"{form.code}","i":"{AVERAGE_LABEL}","w":"{average}",'
        f'"T":{answer.last_trade_ns // unit_ns}}}'
    ).encode()


def shutdown(event_ns: int, unit_ns: int) -> bytes:
    return f'{{"e":"serverShutdown","E":{event_ns // unit_ns}}}'.encode()


def array(payloads: Iterable[bytes]) -> bytes:
    return b"[%b]" % b",".join(payloads)


def wrapper(name: str) -> bytes:
    """What stands before a payload in a combined stream; `wrapped` adds the rest."""
    return f'{{"stream":"{name}","data":'.encode()


def wrapped(opening: bytes, payload: bytes) -> bytes:
    return b"%b%b}" % (opening, payload)


_TRUTH = ("false", "true")


def _levels(form: SymbolFormat, levels: Iterable[tuple[int, int]]) -> str:
    price, quantity = form.price, form.quantity
    return "[" + ",".join([f'["{price(ticks)}","{quantity(lots)}"]' for ticks, lots in levels]) + "]"


def _prices(form: SymbolFormat, row: np.void) -> str:
    close, opened, high, low = (form.price(int(row[f"{name}_ticks"])) for name in ("close", "open", "high", "low"))
    return f'"c":"{close}","o":"{opened}","h":"{high}","l":"{low}"'


def _change(form: SymbolFormat, row: np.void) -> str:
    """Price change, in per cent, and the average weighted by lots."""
    opened, change = int(row["open_ticks"]), int(row["close_ticks"]) - int(row["open_ticks"])
    average = form.average(_sum(row, "quote"), _sum(row, "lots"))
    return f'"p":"{form.price(change)}","P":"{percent(change, opened)}","w":"{average}"'


def _volumes(form: SymbolFormat, row: np.void, unit_ns: int) -> str:
    return (
        f'"v":"{form.volume(_sum(row, "lots"))}","q":"{form.quote(_sum(row, "quote"))}",'
        f'"O":{int(row["from_ns"]) // unit_ns},"C":{int(row["to_ns"]) // unit_ns},'
        f'"F":{row["first_trade_id"]},"L":{row["last_trade_id"]},"n":{row["trades"]}'
    )


def _sum(row: np.void, name: str) -> int:
    """A sum that is kept in two limbs."""
    hi: Any = row[f"{name}_hi"]
    lo: Any = row[f"{name}_lo"]
    return wide(hi, lo)
