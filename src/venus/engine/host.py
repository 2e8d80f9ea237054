"""An engine process: recover, serve, stop."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from venus.engine.keys import journal_signer
from venus.engine.places import Places
from venus.engine.recovery import Progress, Recovered, recover
from venus.engine.server import Server
from venus.engine.writer import Writer


class Hosted(NamedTuple):
    """A serving engine."""

    server: Server
    writer: Writer
    recovered: Recovered


async def host(places: Places, progress: Progress | None = None) -> Hosted:
    """Recover the exchange of a directory and serve it on its socket, in this loop."""
    signer = journal_signer(places)
    recovered = recover(places, None, progress)
    writer = Writer(places, recovered.exchange, recovered.store, signer)
    server = Server(writer)
    await server.start(places.socket)
    return Hosted(server, writer, recovered)


async def serve(
    places: Places, ready: Callable[[Recovered], None], stop: asyncio.Event, progress: Progress | None = None
) -> BaseException | None:
    """Host until `stop` is set or the engine halts; returns what halted it."""
    hosted = await host(places, progress)
    ready(hosted.recovered)
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait([stopping, hosted.writer.halted], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    halted = hosted.writer.halted.result() if hosted.writer.halted.done() else None
    await hosted.server.stop()
    return halted
