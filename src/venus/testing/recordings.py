"""Recordings of real markets, read one line at a time: what was said, in order, and which lines say nothing.

Three kinds are told apart by their first line: Binance streams as received (`<local ns> <JSON>`), orders one by one
(Bitstamp's CSV: id, ms, exchange ms, price, volume in 1e-8, action, side), and Binance's public trades or aggTrades
(CSV, header optional, ms or since 2025 us). Plain, gzip, xz or zip. Prices and quantities stay decimal text.
"""

import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from venus.units import NS_PER_MS, NS_PER_US

Level = tuple[str, str]
"""Price, quantity; quantity 0: gone."""

_FIGURE = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?")
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
    """An opened recording: its format's name, the grid that its figures need, its numbered lines.

    Going through `lines` raises Unreadable where the file breaks off.
    """

    name: str
    tick: str
    lot: str
    lines_count: int
    lines: Iterator[tuple[int, Line]]


class Unreadable(Exception):
    """The file is none of the formats that are read here, or is damaged."""


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
            raise Unreadable(f"{path.name} holds {len(names)} files, not one")
        return io.TextIOWrapper(archive.open(names[0]), "utf-8", errors="replace")
    return path.open(encoding="utf-8", errors="replace")


def open_recording(path: Path) -> Recording:
    """Raises Unreadable, or OSError."""
    lines = _lines(path)
    first = next(lines, "")
    name, read = _format(first, path)
    return Recording(name, "0.01", "0.00000001", 1 + sum(1 for _ in lines), _numbered(path, read))


def _format(first: str, path: Path) -> tuple[str, Callable[[str], Line]]:
    """A recording's format by its first line, with what reads a line of it."""
    stamp, _, rest = first.partition(" ")
    if stamp.isdigit() and rest.startswith("{"):
        return "binance streams", _stream_line
    if first.startswith("id,timestamp,exchange.timestamp,"):
        return "orders one by one", _order_line
    columns = len(first.split(","))
    if columns == 7:
        return "binance trades", _trade_line
    if columns == 8:
        return "binance aggTrades", _agg_trade_line
    raise Unreadable(f"{path.name} is no recording that is known here: its first line is {first[:60]!r}")


def _lines(path: Path) -> Iterator[str]:
    """The file's lines without their ends; raises Unreadable, or OSError."""
    lines_count = 0
    try:
        with _text(path) as file:
            for line in file:
                lines_count += 1
                yield line.rstrip("\r\n")
    except (EOFError, gzip.BadGzipFile, lzma.LZMAError, zipfile.BadZipFile, zlib.error) as error:
        raise Unreadable(f"{path.name} is damaged after line {lines_count}: {error}") from error


def _numbered(path: Path, read: Callable[[str], Line]) -> Iterator[tuple[int, Line]]:
    """Every line with its number; what a reader cannot make sense of is Malformed, never dropped."""
    for number, line in enumerate(_lines(path), start=1):
        try:
            yield number, read(line)
        except (ValueError, KeyError, TypeError, AttributeError, msgspec.MsgspecError) as error:
            yield number, Malformed(f"{type(error).__name__}: {error}")


def _levels(levels: list[list[str]]) -> list[Level]:
    return [(_figure(price), _figure(quantity)) for price, quantity in levels]


def _figure(text: str) -> str:
    """Decimal text ≥ 0; raises ValueError, or TypeError for what is no text."""
    if not _FIGURE.fullmatch(text):
        raise ValueError(f"not a figure: {text!r}")
    return text


def _price(text: str) -> str:
    """Decimal text > 0; raises as _figure does."""
    if not text.strip("0."):
        raise ValueError(f"a price of {text!r}")
    return _figure(text)


def _number(value: object) -> int:
    if type(value) is not int:
        raise ValueError(f"not a whole number: {value!r}")
    return value


def _stream_line(line: str) -> Line:
    stamp, _, text = line.partition(" ")
    time_ns, said = int(stamp), msgspec.json.decode(text)
    if "lastUpdateId" in said:
        return Book(time_ns, _number(said["lastUpdateId"]), _levels(said["bids"]), _levels(said["asks"]))
    data = said["data"]
    kind = data.get("e")
    if kind == "depthUpdate":
        return Changes(time_ns, _number(data["U"]), _number(data["u"]), _levels(data["b"]), _levels(data["a"]))
    if kind == "trade":
        if not isinstance(data["m"], bool):
            raise ValueError(f"not true or false: {data['m']!r}")
        return Trade(time_ns, _price(data["p"]), _figure(data["q"]), not data["m"])
    return Other(said["stream"])


def _order_line(line: str) -> Line:
    order_id, local_ms, _, price, volume, action, side = line.split(",")
    if order_id == "id":
        return Other("header")
    if action not in ("created", "changed", "deleted") or side not in ("bid", "ask"):
        raise ValueError(f"no such action or side: {action}, {side}")
    quantity = _figure(f"{int(volume) * _BITSTAMP_LOT:.8f}")
    return Order(int(local_ms) * NS_PER_MS, order_id, action, side == "bid", _figure(price), quantity)


def _time_ns(text: str) -> int:
    time = int(text)
    return time * (NS_PER_US if time >= _MICROSECONDS_FROM else NS_PER_MS)


def _buyer_is_maker(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(f"not true or false: {text!r}")
    return text.lower() == "true"


def _trade_line(line: str) -> Line:
    trade_id, price, quantity, _, time, maker, _ = line.split(",")
    if trade_id in ("id", "trade_id"):
        return Other("header")
    int(trade_id)
    return Trade(_time_ns(time), _price(price), _figure(quantity), not _buyer_is_maker(maker))


def _agg_trade_line(line: str) -> Line:
    agg_id, price, quantity, _, _, time, maker, _ = line.split(",")
    if agg_id in ("agg_trade_id", "aggTradeId"):
        return Other("header")
    int(agg_id)
    return Trade(_time_ns(time), _price(price), _figure(quantity), not _buyer_is_maker(maker))
