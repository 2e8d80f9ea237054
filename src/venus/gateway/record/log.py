"""The journal's Merkle log for everybody: checkpoints, and tiles of hashes [C2SP tlog-tiles]. What a frame holds is not
shown, only its hash. Source: docs/rules/public_log.md.
"""

import asyncio
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import structlog

from venus.gateway.journal.refusals import no_checkpoint, no_tile, not_covered
from venus.journal.following import durable_frames
from venus.journal.log_files import CheckpointAt, LogFiles
from venus.journal.notes import Checkpoint, NoteRefused, Verifier, open_note, parse_checkpoint
from venus.journal.tiles import HASH_BYTES, Tile, TiledLog

_log = structlog.get_logger("record")


class LogDiffers(Exception):
    """The files of the log, made anew from the journal, have another root than a checkpoint in it."""


class Stood(NamedTuple):
    """A checkpoint as it stands in the journal."""

    frame: int
    time_ns: int
    note: bytes
    checkpoint: Checkpoint


class PublicLog:
    """Follows the journal when it is asked, in threads, one of them at a time."""

    def __init__(self, folder: Path, journal: Path, verifier: Path) -> None:
        self._folder, self._journal, self._verifier_path = folder, journal, verifier
        self._files: LogFiles | None = None
        self._verified: tuple[int, bytes] | None = None  # frames and root of the newest that was compared
        self._turn = asyncio.Lock()

    async def newest(self) -> Stood:
        """The newest checkpoint, whose root the tiles have. Raises ApiError if there is none yet."""
        async with self._turn:
            found = await asyncio.to_thread(self._newest)
        if found is None:
            raise no_checkpoint()
        return found

    async def proven(self, numbers: Sequence[int]) -> tuple[Stood, list[list[bytes]]]:
        """The newest checkpoint, and the way from each of these frames to its root [RFC 6962, 2.1.1].

        Raises ApiError if there is none yet that covers them all.
        """
        async with self._turn:
            found = await asyncio.to_thread(self._proven, numbers)
        if found is None:
            raise not_covered()
        return found

    async def of(self, frames: int) -> Stood:
        """The checkpoint of so many frames; raises ApiError if there is none."""
        for one in await self.listing(frames, 1):
            if one.checkpoint.frames == frames:
                return one
        raise no_checkpoint()

    async def listing(self, first: int, limit: int) -> list[Stood]:
        """Checkpoints of so many frames or more, the shortest first."""
        async with self._turn:
            return await asyncio.to_thread(self._listing, first, limit)

    async def last(self, limit: int) -> list[Stood]:
        """The newest ones, the shortest of them first."""
        async with self._turn:
            return await asyncio.to_thread(self._last, limit)

    async def tile(self, tile: Tile) -> bytes:
        """A tile's hashes, or a bundle of entries; raises ApiError if the log is not so long."""
        async with self._turn:
            data = await asyncio.to_thread(self._tile, tile)
        if len(data) < tile.width * HASH_BYTES:
            raise no_tile()
        if tile.level is not None:
            return data
        return b"".join(
            HASH_BYTES.to_bytes(2, "big") + data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)
        )

    def verifier(self) -> Verifier:
        """The journal's public key; blocks for the file."""
        return Verifier.from_text(self._verifier_path.read_text().strip())

    def close(self) -> None:
        if self._files is not None:
            self._files.close()
            self._files = None

    # In a thread

    def _followed(self) -> LogFiles:
        if self._files is None:
            self._files = LogFiles(self._folder, self._journal)
        while self._files.follow(durable_frames(self._journal)):
            pass
        return self._files

    def _newest(self) -> Stood | None:
        files = self._followed()
        if not files.checkpoints:
            return None
        stood = self._stood(files, files.checkpoints[-1])
        told = stood.checkpoint.frames, stood.checkpoint.root
        if self._verified != told and files.root(told[0]) != told[1]:
            _log.error("the log's files are not this journal's: made again", frames=told[0])
            files.begin_again()
            while files.follow(durable_frames(self._journal)):
                pass
            if files.root(told[0]) != told[1]:
                raise LogDiffers(f"the checkpoint of {told[0]} frames is not of the journal that holds it")
        self._verified = told
        return stood

    def _proven(self, numbers: Sequence[int]) -> tuple[Stood, list[list[bytes]]] | None:
        stood = self._newest()
        if stood is None or stood.checkpoint.frames <= max(numbers):
            return None
        log = TiledLog(stood.checkpoint.frames, self._followed().tile)
        return stood, [log.inclusion_proof(number) for number in numbers]

    def _listing(self, first: int, limit: int) -> list[Stood]:
        files = self._followed()
        # A checkpoint stands behind what it covers, so places are in the order of sizes too.
        start = bisect_left(files.checkpoints, first, key=lambda at: at.frame)
        return [self._stood(files, at) for at in files.checkpoints[start : start + limit]]

    def _last(self, limit: int) -> list[Stood]:
        files = self._followed()
        return [self._stood(files, at) for at in files.checkpoints[-limit:]]

    def _stood(self, files: LogFiles, at: CheckpointAt) -> Stood:
        time_ns, note = files.note(at)
        try:
            text = open_note(note, [self.verifier()]).text
        except NoteRefused as error:
            raise LogDiffers(f"the checkpoint in frame {at.frame}: {error}") from error
        return Stood(at.frame, time_ns, note, parse_checkpoint(text))

    def _tile(self, tile: Tile) -> bytes:
        files = self._files or self._followed()
        if tile.level is None:
            read = files.entries(tile.number, tile.width)
            return read if len(read) == tile.width * HASH_BYTES else self._followed().entries(tile.number, tile.width)
        read = files.tile(tile.level, tile.number, tile.width)
        whole = len(read) == tile.width * HASH_BYTES
        return read if whole else self._followed().tile(tile.level, tile.number, tile.width)
