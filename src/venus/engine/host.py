"""An engine process: recover, serve, stop."""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

from venus.core import warm as core
from venus.engine.clock import Clock
from venus.engine.keys import journal_signer, make_receipts_key
from venus.engine.places import Places
from venus.engine.recovery import OpenStore, Progress, Recovered, recover
from venus.engine.server import Server
from venus.engine.writer import Writer
from venus.journal.failures import JournalLocked
from venus.journal.storage import Storage
from venus.journal.store import FileStore
from venus.views import warm as views

_LOCK_PATIENCE_S = 10.0
"""An engine whose parent was killed still finishes what it took; whoever starts the next one need not know."""
_LOCK_PAUSE_S = 0.05


class Hosted(NamedTuple):
    """A serving engine."""

    server: Server
    writer: Writer
    recovered: Recovered


async def host(
    places: Places,
    progress: Progress | None = None,
    storage: Storage | None = None,
    open_store: OpenStore = FileStore.open,
    make_clock: Callable[[int], Clock] = Clock,
) -> Hosted:
    """Recover the exchange of a directory and serve it on its socket, in this loop.

    storage: where journal and snapshots lie, the disk by default; make_clock: from the time of the last frame.
    Raises what recovery raises.
    """
    signer = journal_signer(places)
    make_receipts_key(places, signer)
    core.warm()
    views.warm()
    recovered = await _recover(places, storage, progress, open_store)
    clock = make_clock(recovered.exchange.machine.time_ns)
    writer = Writer(places, recovered.exchange, recovered.store, signer, clock)
    server = Server(writer)
    await server.start(places.socket)
    return Hosted(server, writer, recovered)


async def _recover(
    places: Places, storage: Storage | None, progress: Progress | None, open_store: OpenStore
) -> Recovered:
    """Recover, waiting a while for a journal that is still held; raises what recovery raises."""
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + _LOCK_PATIENCE_S
    while True:
        try:
            return recover(places, storage, progress, open_store)
        except JournalLocked:
            if loop.time() >= deadline_s:
                raise
            await asyncio.sleep(_LOCK_PAUSE_S)


async def serve(
    places: Places, ready: Callable[[Recovered], None], stop: asyncio.Event, progress: Progress | None = None
) -> BaseException | None:
    """Host until `stop` is set or the engine halts; returns what halted it."""
    hosted = await host(places, progress)
    ready(hosted.recovered)
    stopping = asyncio.ensure_future(stop.wait())
    either: list[asyncio.Future[Any]] = [stopping, hosted.writer.halted]
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    halted = hosted.writer.halted.result() if hosted.writer.halted.done() else None
    await hosted.server.stop()
    return halted
