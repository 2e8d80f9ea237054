"""Fetches what an exchange publishes to everybody, as it stands, into a folder: to be kept, and checked offline.

Files have the names of the paths below /record/v1/. Tiles that are full never change and are fetched once; every
checkpoint that was ever fetched is kept, so that a log which was rewritten since is seen. Source: C2SP tlog-tiles.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import msgspec

from venus.journal.tiles import TILE_WIDTH, Tile

BASE = "/record/v1"
TIMEOUT_S = 30.0
CHECKPOINT = "checkpoint"
COSIGNED = "cosigned"
"""The newest checkpoint that anybody cosigned; not there if nobody did."""
CHECKPOINTS = "checkpoints"
LOOKS = "looks.json"
ANCHORS = "anchors"
"""Every one that was ever fetched, by how many looks it holds."""
LOOKS_AT_ONCE = 1_000
VERIFIERS = "verifiers"
PARTS = ("coins", "currencies", "counts", "liabilities", "supply", "reserves")
"""What is answered in JSON; an exchange need not publish all of it."""


class Fetched(NamedTuple):
    """What a fetch brought. `absent`: parts that this exchange does not publish, or not yet."""

    frames: int
    tiles: int
    absent: tuple[str, ...]


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile of a log of so many entries, its entries too."""
    level, count = 0, size
    while count:
        for index in range(-(-count // TILE_WIDTH)):
            width = min(TILE_WIDTH, count - index * TILE_WIDTH)
            yield Tile(level, index, width)
            if level == 0:
                yield Tile(None, index, width)
        level, count = level + 1, count // TILE_WIDTH


def frames_of(note: bytes) -> int:
    """How many frames a checkpoint covers; raises ValueError for what is none."""
    lines = note.decode().split("\n")
    if len(lines) < 3 or not lines[1].isascii() or not lines[1].isdigit():
        raise ValueError("the exchange answered no checkpoint")
    return int(lines[1])


def fetch(rest: str, folder: Path) -> Fetched:
    """All of it from `rest`, such as "http://127.0.0.1:8000". Raises httpx.HTTPError, ValueError, OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    with httpx.Client(base_url=rest, timeout=TIMEOUT_S) as http:
        # Before the checkpoint, so that it covers what they were sealed by.
        absent = [part for part in PARTS if not _part(http, folder, part, f"{part}.json")]
        _anchor(http, folder)  # before the looks, so that they reach as far
        _looks(http, folder)
        _part(http, folder, f"{CHECKPOINT}?cosigned=true", COSIGNED)
        note = _got(http, CHECKPOINT)
        frames = frames_of(note)
        _write(folder / VERIFIERS, _got(http, VERIFIERS))
        _write(folder / CHECKPOINTS / str(frames), note)
        _write(folder / CHECKPOINT, note)
        count = 0
        for tile in tiles_of(frames):
            file = folder / tile.path()
            if tile.width == TILE_WIDTH and file.exists():
                continue
            _write(file, _got(http, tile.path()))
            count += 1
    return Fetched(frames, count, tuple(absent))


def _got(http: httpx.Client, path: str) -> bytes:
    return http.get(f"{BASE}/{path}").raise_for_status().content


def _part(http: httpx.Client, folder: Path, part: str, name: str) -> bool:
    """Whether the exchange publishes it; what is not published any more is not kept as if it were."""
    reply = http.get(f"{BASE}/{part}")
    if reply.status_code in (httpx.codes.NOT_FOUND, httpx.codes.SERVICE_UNAVAILABLE):
        (folder / name).unlink(missing_ok=True)
        return False
    _write(folder / name, reply.raise_for_status().content)
    return True


def _anchor(http: httpx.Client, folder: Path) -> None:
    """The frame that holds how many looks there are, if the exchange gives any now."""
    reply = http.get(f"{BASE}/anchor")
    if reply.status_code != httpx.codes.NOT_FOUND:
        data = reply.raise_for_status().content
        _write(folder / ANCHORS / str(msgspec.json.decode(data, type=_Anchor).looks), data)


class _Anchor(msgspec.Struct):
    looks: int


def _looks(http: httpx.Client, folder: Path) -> None:
    """Every opening of the journal's feed, page by page; those of before too, since what was told may be changed."""
    rows: list[msgspec.Raw] = []
    while True:
        page = msgspec.json.decode(
            _got(http, f"looks?from={len(rows) + 1}&limit={LOOKS_AT_ONCE}"), type=list[msgspec.Raw]
        )
        rows += page
        if len(page) < LOOKS_AT_ONCE:
            break
    _write(folder / LOOKS, msgspec.json.encode(rows))


def _write(file: Path, data: bytes) -> None:
    """Whole or not at all, so that an interrupted fetch leaves nothing that looks like a full tile."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(file.name + ".part")
    draft.write_bytes(data)
    draft.replace(file)
