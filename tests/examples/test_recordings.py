"""Recordings of other markets, line by line: each says something, drives nothing, or is reported with its number.

The lines are made up in the forms that Binance's streams, its public files and Bitstamp's order file have.
"""

import gzip
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from venus.testing.recordings import (
    Book,
    Changes,
    Line,
    Malformed,
    Order,
    Other,
    Trade,
    Unreadable,
    open_recording,
)

STREAMS = [
    (
        '1723161253937085768 {"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate",'
        '"U":7,"u":9,"b":[["61737.63","0.00000000"],["61730.17","1.5"]],"a":[]}}'
    ),
    '1723161253937085769 {"stream":"btcusdt@bookTicker","data":{"u":9,"b":"1","B":"1","a":"2","A":"1"}}',
    '1723161253937085770 {"lastUpdateId":9,"bids":[["61730.17","1.5"]],"asks":[["61740.00","0.1"]]}',
    '1723161253937085771 {"stream":"btcusdt@trade","data":{"e":"trade","t":1,"p":"61740.00","q":"0.1","m":false}}',
    '1723161253937085772 {"stream":"btcusdt@trade","data":{"e":"trade","t":2,"p":"61730.17","q":"0.2","m":true}}',
]
ORDERS = [
    "id,timestamp,exchange.timestamp,price,volume,action,direction",
    "65595247,1430438404518,1430438404000,236.47,200000000,created,bid",
    "65595247,1430438404635,1430438404000,236.47,178855669,changed,bid",
    "65595187,1430438404637,1430438340000,236.5,0,deleted,ask",
]
TRADES = [
    "3,61740.00000000,0.10000000,6174.00000000,1723161253937,False,True",
    "4,61730.17000000,0.20000000,12346.03400000,1736000000123456,True,True",
]
TRADES_HEADER = "id,price,qty,quote_qty,time,is_buyer_maker,is_best_match"
AGG_TRADES = [
    "1,61740.00,0.1,3,3,1723161253937,false,true",
    "2,61730.17,0.2,4,6,1736000000123456,true,true",
]
AGG_TRADES_HEADER = "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker,best"
BOUGHT = Trade(1_723_161_253_937_000_000, "61740.00", "0.1", taker_buys=True)
SOLD = Trade(1_736_000_000_123_456_000, "61730.17", "0.2", taker_buys=False)


def write(path: Path, lines: list[str], end: str = "\n") -> Path:
    path.write_text("".join(f"{line}{end}" for line in lines), newline="")
    return path


def read(path: Path) -> tuple[str, list[Line]]:
    """The format's name, and what each line says; that lines are counted and numbered is checked on the way."""
    recording = open_recording(path)
    numbered = list(recording.lines)
    assert [number for number, _ in numbered] == list(range(1, recording.lines_count + 1))
    return recording.name, [line for _, line in numbered]


def test_streams_as_received(tmp_path: Path) -> None:
    name, lines = read(write(tmp_path / "streams", STREAMS))
    assert name == "binance streams"
    assert lines == [
        Changes(1_723_161_253_937_085_768, 7, 9, [("61737.63", "0.00000000"), ("61730.17", "1.5")], []),
        Other("btcusdt@bookTicker"),
        Book(1_723_161_253_937_085_770, 9, [("61730.17", "1.5")], [("61740.00", "0.1")]),
        Trade(1_723_161_253_937_085_771, "61740.00", "0.1", taker_buys=True),
        Trade(1_723_161_253_937_085_772, "61730.17", "0.2", taker_buys=False),
    ]


def test_orders_one_by_one(tmp_path: Path) -> None:
    name, lines = read(write(tmp_path / "orders.csv", ORDERS))
    assert name == "orders one by one"
    assert lines == [
        Other("header"),
        Order(1_430_438_404_518_000_000, "65595247", "created", True, "236.47", "2.00000000"),
        Order(1_430_438_404_635_000_000, "65595247", "changed", True, "236.47", "1.78855669"),
        Order(1_430_438_404_637_000_000, "65595187", "deleted", False, "236.5", "0.00000000"),
    ]


@pytest.mark.parametrize(
    ("name", "header", "rows"),
    [("binance trades", TRADES_HEADER, TRADES), ("binance aggTrades", AGG_TRADES_HEADER, AGG_TRADES)],
)
@pytest.mark.parametrize("with_header", [True, False])
def test_public_files_with_and_without_a_header_in_milliseconds_and_microseconds(
    tmp_path: Path, name: str, header: str, rows: list[str], with_header: bool
) -> None:
    found, lines = read(write(tmp_path / "file.csv", [header] * with_header + rows, end="\r\n"))
    assert found == name
    assert lines[:-2] == [Other("header")] * with_header
    for line, expected in zip(lines[-2:], (BOUGHT, SOLD), strict=True):
        assert isinstance(line, Trade)
        assert (line.time_ns, line.taker_buys) == (expected.time_ns, expected.taker_buys)
        assert line.price.rstrip("0") == expected.price.rstrip("0")
        assert line.quantity.rstrip("0") == expected.quantity


def zipped(path: Path, plain: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("BTCUSDT-aggTrades-2024-08-08.csv", plain)


PACKINGS: dict[str, Callable[[Path, bytes], object]] = {
    "gzip": lambda path, plain: path.write_bytes(gzip.compress(plain)),
    "xz": lambda path, plain: path.write_bytes(lzma.compress(plain)),
    "zip": zipped,
}


@pytest.mark.parametrize("packing", PACKINGS)
def test_packed_files_are_known_by_what_they_are_not_by_their_names(tmp_path: Path, packing: str) -> None:
    plain = write(tmp_path / "plain", AGG_TRADES)
    packed = tmp_path / "packed"
    PACKINGS[packing](packed, plain.read_bytes())
    assert read(packed) == read(plain)


MALFORMED = {
    "streams": (
        STREAMS,
        [
            "",
            "no time at all",
            '1723161253937085769 {"stream":"btcusdt@trade","data":',
            "1723161253937085769 [1, 2]",
            "1723161253937085769 7",
            '1723161253937085769 {"stream":"x"}',
            '1723161253937085769 {"stream":"x","data":[1]}',
            '1723161253937085769 {"result":null,"id":1}',
            '17231612539370857x9 {"stream":"btcusdt@bookTicker","data":{}}',
            *(line.replace("61740.00", "-1") for line in STREAMS[2:4]),
            *(line.replace('"61740.00"', "61740.00") for line in STREAMS[2:4]),
            *(line.replace("61740.00", "6_1740") for line in STREAMS[2:4]),
            *(line.replace("61740.00", "٦١") for line in STREAMS[2:4]),
            STREAMS[3].replace("61740.00", "0.00"),
            STREAMS[3].replace("61740.00", "NaN"),
            STREAMS[3].replace('"0.1"', '"1e-5"'),
            STREAMS[3].replace("false", '"false"'),
            STREAMS[0].replace('"U":7', '"U":"7"'),
            STREAMS[0].replace('["61730.17","1.5"]', '["61730.17"]'),
            STREAMS[2].replace('"lastUpdateId":9', '"lastUpdateId":null'),
        ],
    ),
    "orders": (
        ORDERS,
        [
            "",
            "65595247,1430438404518,1430438404000,236.47,200000000,created",
            f"{ORDERS[1]},more",
            ORDERS[1].replace("created", "made"),
            ORDERS[1].replace("bid", "buy"),
            ORDERS[1].replace("236.47", "236,47"),
            ORDERS[1].replace("236.47", "cheap"),
            ORDERS[1].replace("200000000", "2.5"),
            ORDERS[1].replace("200000000", "-1"),
            ORDERS[1].replace("1430438404518", "noon"),
        ],
    ),
    "trades": (
        TRADES,
        [
            "",
            AGG_TRADES[0],
            f"x{TRADES[0]}",
            TRADES[0].replace("False", "maybe"),
            TRADES[0].replace("61740.00000000", "0.00000000"),
            TRADES[0].replace("0.10000000", "1e400"),
            TRADES[0].replace("1723161253937", "yesterday"),
        ],
    ),
    "aggTrades": (
        AGG_TRADES,
        [
            "",
            TRADES[0],
            f"x{AGG_TRADES[0]}",
            AGG_TRADES[0].replace("false", "0"),
            AGG_TRADES[0].replace("61740.00", "+61740"),
        ],
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_line_is_reported_with_its_number_and_the_others_are_read(tmp_path: Path, name: str) -> None:
    good, bad = MALFORMED[name]
    _, expected = read(write(tmp_path / "good", good))
    for line in bad:
        _, lines = read(write(tmp_path / "mixed", [*good, line, *good[1:]]))
        wrong = lines[len(good)]
        assert isinstance(wrong, Malformed), f"{line!r} was taken for {wrong}"
        assert wrong.why
        assert lines[: len(good)] + lines[len(good) + 1 :] == expected + expected[1:]


def test_bytes_that_are_no_text_spoil_their_line_only(tmp_path: Path) -> None:
    plain = "\n".join(TRADES).encode()
    path = tmp_path / "trades.csv"
    path.write_bytes(plain.replace(b"61730", b"61\xff30"))
    _, [first, second] = read(path)
    assert isinstance(first, Trade)
    assert isinstance(second, Malformed)


def test_a_file_without_a_last_line_end_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "trades.csv"
    path.write_text("\n".join(TRADES))
    _, lines = read(path)
    assert [type(line) for line in lines] == [Trade, Trade]


@pytest.mark.parametrize("content", ["", "\n", "hello\n", "a,b,c\n", '{"lastUpdateId":1,"bids":[],"asks":[]}\n'])
def test_what_is_no_recording_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "file"
    path.write_text(content)
    with pytest.raises(Unreadable, match="file is no recording that is known here"):
        open_recording(path)


def test_a_zip_of_several_files_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", AGG_TRADES[0])
        archive.writestr("b.csv", AGG_TRADES[1])
    with pytest.raises(Unreadable, match=r"two\.zip holds 2 files, not one"):
        open_recording(path)


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_file_that_breaks_off_says_where(tmp_path: Path, packing: str) -> None:
    path = tmp_path / "half"
    many = [f"{number},61740.{number % 100:02},0.1,3,3,1723161253937,false,true" for number in range(50_000)]
    PACKINGS[packing](path, "\n".join(many).encode())
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(Unreadable, match="half is damaged after line"):
        open_recording(path)


def test_a_file_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_recording(tmp_path / "nothing")
