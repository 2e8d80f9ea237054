"""The journal's word for the list of looks: how many there are, and the hash of the last, as a command in a frame.

The list lies in the registry, where it could be changed; a frame cannot be. Source: docs/rules/public_log.md, "Looks".
"""

import asyncio
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import msgspec
import structlog

from venus.engine.client import EngineClient, EngineGone, EngineOverloaded, EngineRefused
from venus.gateway.binance.endpoint import Call, Desk, Endpoint
from venus.gateway.issuance.ledger_facts import written
from venus.gateway.journal import refusals
from venus.gateway.record.places import BASE, PUBLIC_WEIGHT
from venus.journal.following import Following
from venus.journal.sequences import Sequences
from venus.journal.store import JournalReader
from venus.records.events import EventKind
from venus.records.looks import NoteLooks
from venus.records.rejects import Reject
from venus.registry.looks_file import LooksFile
from venus.views.catalog import CatalogAnswer, CatalogQuestion

_RULES = 5
_log = structlog.get_logger("record")


class Anchor(msgspec.Struct, frozen=True):
    """looks, head: what the frame says; frame: its number; raw: the frame as it stands in the journal."""

    looks: int
    head: str
    frame: int
    raw: bytes


class Anchors:
    """`newest`: what the journal says of the looks, since this door opened.

    is_live: whether the clock is the system's. While it is not, each look is noted before it is given and nothing by
    itself, so that the journal follows from requests alone.
    """

    def __init__(
        self,
        client: EngineClient,
        looks: LooksFile,
        reader: JournalReader,
        every_s: float,
        is_live: Callable[[], bool],
    ) -> None:
        self._client = client
        self._looks = looks
        self._reader = reader
        self._every_s = every_s
        self._added = asyncio.Event()
        self._is_live = is_live
        if is_live():
            self._added.set()  # those of before are told once more: another process may have added them
        self._task: asyncio.Task[None] | None = None
        self.newest: Anchor | None = None

    def endpoints(self) -> tuple[Endpoint, ...]:
        return (Endpoint("GET", f"{BASE}/anchor", self.anchor, PUBLIC_WEIGHT),)

    async def anchor(self, desk: Desk, call: Call) -> bytes:
        """The newest frame that says how many looks there are, and the hash of the last."""
        newest = self.newest
        if newest is None:
            raise refusals.no_anchor()
        told: dict[str, Any] = {"looks": newest.looks, "head": newest.head, "frame": newest.frame}
        return written(told | {"raw": b64encode(newest.raw).decode()})

    def begin(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def added(self) -> None:
        """There is a new look. Raises what the client raises."""
        if self._is_live():
            self._added.set()
        else:
            await self._note()

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        try:
            while True:
                await self._added.wait()
                self._added.clear()
                await self._note()
                await asyncio.sleep(self._every_s)
        except (EngineGone, EngineRefused):
            return  # the gateway ends too, or the engine stops
        except Exception:  # noqa: BLE001  our own bug costs what is told here, not the door
            _log.exception("looks are not noted in the journal any more")

    async def _note(self) -> None:
        # First beside the journal: whoever reads both finds each look that a frame holds.
        try:
            last = await asyncio.to_thread(self._looks.extend)
        except OSError as error:
            _log.error("the list of looks cannot be kept beside the journal", error=str(error))
            self._added.set()
            return
        if last is None:
            return
        catalog = await self._client.ask(CatalogQuestion())
        assert isinstance(catalog, CatalogAnswer)
        if catalog.rules < _RULES:
            return  # they may be adopted: the next look asks again
        command = NoteLooks(reference=f"looks:{last.number}", looks=last.number, head=bytes.fromhex(last.hash))
        try:
            outcome = await self._client.submit_cold(command)
        except EngineOverloaded:
            self._added.set()
            return
        event = outcome.events[-1]
        if event.kind == EventKind.REJECTED:
            why = Reject(event.reason).name  # REFERENCE_REUSED: the list was changed, and the journal says otherwise
            _log.error("a look could not be noted in the journal", look=last.number, why=why)
            return
        # A retry says at which sequence it was first.
        self.newest = await asyncio.to_thread(self._found, last.number, last.hash, event.trade_id or outcome.sequence)

    def _found(self, looks: int, head: str, sequence: int) -> Anchor | None:
        frame = Sequences(self._reader).holding(sequence)
        if frame is None:
            return None
        raw = Following(self._reader.directory, frame.number).take(frame.number + 1, 1)
        return Anchor(looks, head, frame.number, raw)
