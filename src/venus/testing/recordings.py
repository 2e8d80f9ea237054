"""Recordings of real markets, read one line at a time: what was said, in order, and which lines say nothing.

Three kinds are told apart by their first line: Binance streams as received (`<local ns> <JSON>`), orders one by one
(Bitstamp's CSV: id, ms, exchange ms, price, volume in 1e-8, action, side), and Binance's public trades or aggTrades
(CSV, header optional, ms or since 2025 us). Plain, gzip, xz or zip. Prices and quantities stay decimal text.
"""

import csv
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from venus.units import NS_PER_MS, NS_PER_US

Level = tuple[str, str]
"""Price, quantity; quantity 0: gone."""

_MICROSECONDS_FROM = 10**14
_BITSTAMP_LOT = Decimal("1e-8")


class Book(NamedTuple):
    """A whole book."""

    time_ns: int
    last_update_id: int
    bids: list[Level]
    asks: list[Level]


class Changes(NamedTuple):
    """Levels that changed since the event before; `first_id` to `last_id` are their update ids."""

    time_ns: int
    first_id: int
    last_id: int
    bids: list[Level]
    asks: list[Level]


class Trade(NamedTuple):
    """A trade; `taker_buys` says who came."""

    time_ns: int
    price: str
    quantity: str
    taker_buys: bool


class Order(NamedTuple):
    """What became of one order; `quantity` is what is left of it."""

    time_ns: int
    order_id: str
    action: str  # created, changed, deleted
    buys: bool
    price: str
    quantity: str


class Other(NamedTuple):
    """A line that is whole but drives nothing: a best price, a header."""

    what: str


class Malformed(NamedTuple):
    """A line that says nothing one can use."""

    why: str


Line = Book | Changes | Trade | Order | Other | Malformed


class Recording(NamedTuple):
    """An opened recording: its format's name, the grid that its figures need, its numbered lines."""

    name: str
    tick: str
    lot: str
    lines: Iterator[tuple[int, Line]]


class UnknownFormat(Exception):
    """The file is none of the formats that are read here."""


def _text(path: Path) -> IO[str]:
    """The file's text, unpacked by what it is, not by its name."""
    with path.open("rb") as file:
        head = file.read(6)
    if head[:2] == b"\x1f\x8b":
        return gzip.open(path, "rt", encoding="utf-8", errors="replace")
    if head == b"\xfd7zXZ\x00":
        return lzma.open(path, "rt", encoding="utf-8", errors="replace")
    if head[:4] == b"PK\x03\x04":
        archive = zipfile.ZipFile(path)
        names = archive.namelist()
        if len(names) != 1:
            raise UnknownFormat(f"{path.name} holds {len(names)} files, not one")
        return io.TextIOWrapper(archive.open(names[0]), "utf-8", errors="replace")
    return path.open(encoding="utf-8", errors="replace")


def open_recording(path: Path) -> Recording:
    """Raises UnknownFormat, or OSError."""
    with _text(path) as file:
        first = file.readline().strip()
    stamp, _, rest = first.partition(" ")
    if stamp.isdigit() and rest.startswith("{"):
        return Recording("binance streams", "0.01", "0.00000001", _numbered(path, _stream_line))
    if first.startswith("id,timestamp,exchange.timestamp,"):
        return Recording("orders one by one", "0.01", "0.00000001", _numbered(path, _order_line))
    columns = len(first.split(","))
    if columns == 7:
        return Recording("binance trades", "0.01", "0.00000001", _numbered(path, _trade_line))
    if columns == 8:
        return Recording("binance aggTrades", "0.01", "0.00000001", _numbered(path, _agg_trade_line))
    raise UnknownFormat(f"{path.name}: its first line is {first[:60]!r}")


def _numbered(path: Path, read: Callable[[str], Line]) -> Iterator[tuple[int, Line]]:
    """Every line with its number; what a reader cannot make sense of is Malformed, never dropped."""
    with _text(path) as file:
        for number, line in enumerate(file, start=1):
            try:
                yield number, read(line.rstrip("\r\n"))
            except (ValueError, KeyError, IndexError, TypeError, InvalidOperation, msgspec.MsgspecError) as error:
                yield number, Malformed(f"{type(error).__name__}: {error}")


def _levels(levels: list[list[str]]) -> list[Level]:
    for price, quantity in levels:
        _figure(price)
        _figure(quantity)
    return [(price, quantity) for price, quantity in levels]


def _figure(text: str) -> str:
    """Decimal text ≥ 0; raises ValueError."""
    if not Decimal(text).is_finite() or Decimal(text) < 0:
        raise ValueError(f"not a figure: {text!r}")
    return text


def _stream_line(line: str) -> Line:
    stamp, _, text = line.partition(" ")
    time_ns, said = int(stamp), msgspec.json.decode(text)
    if "lastUpdateId" in said:
        return Book(time_ns, said["lastUpdateId"], _levels(said["bids"]), _levels(said["asks"]))
    data = said["data"]
    kind = data.get("e")
    if kind == "depthUpdate":
        return Changes(time_ns, data["U"], data["u"], _levels(data["b"]), _levels(data["a"]))
    if kind == "trade":
        return Trade(time_ns, _figure(data["p"]), _figure(data["q"]), not data["m"])
    return Other(said["stream"])


def _order_line(line: str) -> Line:
    order_id, local_ms, _, price, volume, action, side = next(csv.reader([line]))
    if order_id == "id":
        return Other("header")
    if action not in ("created", "changed", "deleted") or side not in ("bid", "ask"):
        raise ValueError(f"no such action or side: {action}, {side}")
    quantity = f"{int(volume) * _BITSTAMP_LOT:.8f}"
    return Order(int(local_ms) * NS_PER_MS, order_id, action, side == "bid", _figure(price), quantity)


def _time_ns(text: str) -> int:
    time = int(text)
    return time * (NS_PER_US if time >= _MICROSECONDS_FROM else NS_PER_MS)


def _buyer_is_maker(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(f"not true or false: {text!r}")
    return text.lower() == "true"


def _trade_line(line: str) -> Line:
    trade_id, price, quantity, _, time, maker, _ = next(csv.reader([line]))
    if trade_id == "id":
        return Other("header")
    int(trade_id)
    return Trade(_time_ns(time), _figure(price), _figure(quantity), not _buyer_is_maker(maker))


def _agg_trade_line(line: str) -> Line:
    agg_id, price, quantity, _, _, time, maker, _ = next(csv.reader([line]))
    if not agg_id.isdigit():
        return Other("header") if agg_id.startswith("agg") else Malformed(f"no aggregate trade id: {agg_id!r}")
    return Trade(_time_ns(time), _figure(price), _figure(quantity), not _buyer_is_maker(maker))
