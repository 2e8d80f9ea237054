"""The processes that `venus up` is made of; each serves until its stdin ends, so none outlives its parent."""

import asyncio
import gc
import json
import logging
import signal
import sys
from pathlib import Path
from typing import Literal

import structlog
import uvloop
from cyclopts import App

from venus.bridges.wallet import open_sandbox_wallet
from venus.console.door import ConsoleDoor
from venus.engine.host import serve as serve_engine
from venus.engine.places import Places
from venus.engine.recovery import Recovered
from venus.engine.sandbox import NotASandbox
from venus.engine.sandbox import serve as serve_sandbox
from venus.gateway.binance.limits import OPEN, USUAL
from venus.gateway.server import GatewayConfig
from venus.gateway.server import serve as serve_gateway
from venus.journal.failures import JournalDamaged, JournalFull, JournalLocked, StorageFailed
from venus.registry.vault import VaultError
from venus.testing.participants import trade

app = App(name="process", help="Processes of `venus up`; not for people.", show=False)

Rules = Literal["usual", "open"]
"""Of requests and orders; open ones are for measuring and for tests that ask more than any client may."""

HALTED = 3
_COLLECT_AFTER = 100_000  # objects


def _prepare() -> None:
    """Logs on stderr as lines; signals are the parent's to give, by closing the pipe."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
    )
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _say(**facts: object) -> None:
    """One line of JSON to the parent."""
    print(json.dumps(facts), flush=True)


async def _until_stdin_ends() -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


@app.command
def engine(*, data: Path) -> int:
    """Core, journal and views."""
    _prepare()

    def ready(recovered: Recovered) -> None:
        _say(
            ready=True,
            snapshot_frames=recovered.snapshot_frames,
            frames=recovered.frames_replayed,
            commands=recovered.commands_replayed,
            cut_bytes=recovered.cut.bytes if recovered.cut else 0,
            unusable_snapshots=recovered.unusable_snapshots,
            seconds=recovered.duration_s,
        )

    async def run() -> BaseException | None:
        stop = asyncio.Event()
        ended = asyncio.ensure_future(_until_stdin_ends())
        ended.add_done_callback(lambda _: stop.set())
        places = Places(data)
        # Only here does a sandbox's engine become another thing than an exchange's.
        serve = serve_sandbox if places.sandbox.exists() else serve_engine
        return await serve(places, ready, stop, lambda done, total: _say(done=done, total=total))

    try:
        halted = uvloop.run(run())
    except (JournalDamaged, JournalFull, JournalLocked, StorageFailed, NotASandbox, OSError) as error:
        _say(ready=False, why=str(error))
        return 1
    return HALTED if halted else 0


@app.command
def gateway(*, data: Path, host: str, port: int, limits: Rules = "usual", sandbox_networks: str = "") -> int:
    """Every door."""
    _prepare()
    places = Places(data)

    async def run() -> int:
        config = GatewayConfig(
            host=host,
            port=port,
            engine_socket=places.socket,
            registry_url=f"sqlite:///{places.registry}",
            master_key=places.master_key,
            sandbox_file=places.sandbox,
            steering_socket=places.steering,
            sandbox_networks=sandbox_networks,
            console=ConsoleDoor(),
            wallet=open_sandbox_wallet if places.sandbox.exists() else None,
            limits=OPEN if limits == "open" else USUAL,
        )
        ended = asyncio.ensure_future(_until_stdin_ends())
        starting = asyncio.ensure_future(serve_gateway(config))
        # The engine may never come to listen: its parent says so by letting go of us.
        await asyncio.wait([ended, starting], return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            return 0
        served = starting.result()
        _spare_the_collector()
        _say(ready=True, rest=served.rest_url, ws=served.ws_url)
        gone = asyncio.ensure_future(served.engine_gone())
        await asyncio.wait([ended, gone], return_when=asyncio.FIRST_COMPLETED)
        engine_went = gone.done() and not ended.done()
        ended.cancel()
        gone.cancel()
        await served.stop()
        return HALTED if engine_went else 0

    try:
        return uvloop.run(run())
    except (OSError, VaultError) as error:
        _say(ready=False, why=str(error))
        return 1


def _spare_the_collector() -> None:
    """What was loaded stays, and requests leave next to no circles, so that they are looked for a hundred times as
    seldom, and not among what was loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)


@app.command
def participants(*, rest: str, keys: Path, seed: int) -> int:
    """A sandbox's simulated participants, through the same door as everyone."""
    _prepare()
    accounts = json.loads(keys.read_text())

    async def run() -> None:
        trading = asyncio.ensure_future(trade(rest, accounts, seed))
        ended = asyncio.ensure_future(_until_stdin_ends())
        done, _ = await asyncio.wait([trading, ended], return_when=asyncio.FIRST_COMPLETED)
        if trading in done:
            trading.result()
        trading.cancel()

    _say(ready=True)
    uvloop.run(run())
    return 0
