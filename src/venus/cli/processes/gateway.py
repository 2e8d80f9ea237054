"""The gateway's process: every door."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import cyclopts
import uvloop

from venus.bridges.p2p_index import IndexNoter, keep_noting
from venus.bridges.sandbox_reserves import ReservesPlaces, keep_showing
from venus.bridges.sweeping import keep_sweeping
from venus.bridges.wallet import open_sandbox_wallet
from venus.cli.processes import HALTED, Rules, prepare, say, spare_the_collector, until_stdin_ends
from venus.console.door import ConsoleDoor
from venus.engine.client import EngineClient
from venus.engine.places import Places
from venus.gateway.binance.limits import OPEN, USUAL
from venus.gateway.journal.door import JournalFiles
from venus.gateway.p2p.facts import NoteIndex
from venus.gateway.server import GatewayConfig
from venus.gateway.server import serve as serve_gateway
from venus.registry.vault import VaultError

_SWITCH_S = 0.0005
"""How long a thread, such as one that asks SQL, may keep the interpreter from the loop."""


def gateway(*, data: Path, host: str, port: int, limits: Rules = "usual", sandbox_networks: str = "") -> int:
    """Serve the doors of an exchange's directory; the exit code."""
    prepare()
    places = Places(data)
    is_sandbox = places.sandbox.exists()

    def index(client: EngineClient, clock_ns: Callable[[], int], is_live: Callable[[], bool]) -> NoteIndex:
        return IndexNoter(client, clock_ns, is_live, places.p2p_rates, is_sandbox=is_sandbox).when_asked

    async def run() -> int:
        config = GatewayConfig(
            host=host,
            port=port,
            engine_socket=places.socket,
            registry_url=f"sqlite:///{places.registry}",
            master_key=places.master_key,
            receipts_key=places.receipts_key,
            receipts_delegation=places.receipts_delegation,
            liabilities=places.liabilities,
            reserves=places.reserves,
            sandbox_file=places.sandbox,
            steering_socket=places.steering,
            sandbox_networks=sandbox_networks,
            journal=JournalFiles(
                places.journal,
                places.event_chain,
                places.events,
                places.liabilities,
                places.journal_verifier,
                places.public_log,
                places.looks,
            ),
            p2p_files=places.p2p_files,
            p2p_rules=places.p2p_rules if is_sandbox else None,
            index=index,
            console=ConsoleDoor(),
            wallet=open_sandbox_wallet if is_sandbox else None,
            limits=OPEN if limits == "open" else USUAL,
        )
        ended = asyncio.ensure_future(until_stdin_ends())
        starting = asyncio.ensure_future(serve_gateway(config))
        # The engine may never come to listen: its parent says so by letting go of us.
        await asyncio.wait([ended, starting], return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            return 0
        served = starting.result()
        noting = keep_noting(places.socket, served.now_ns, served.is_live, places.p2p_rates, is_sandbox=is_sandbox)
        beside = [asyncio.ensure_future(keep_sweeping(places.socket, served.is_live)), asyncio.ensure_future(noting)]
        if is_sandbox:
            beside.append(asyncio.ensure_future(keep_showing(places.socket, _reserves(places))))
        spare_the_collector()
        sys.setswitchinterval(_SWITCH_S)
        say(ready=True, rest=served.rest_url, ws=served.ws_url)
        gone = asyncio.ensure_future(served.engine_gone())
        await asyncio.wait([ended, gone], return_when=asyncio.FIRST_COMPLETED)
        engine_went = gone.done() and not ended.done()
        ended.cancel()
        gone.cancel()
        for task in beside:
            task.cancel()
        await served.stop()
        return HALTED if engine_went else 0

    try:
        return uvloop.run(run())
    except (OSError, VaultError) as error:
        say(ready=False, why=str(error))
        return 1


def _reserves(places: Places) -> ReservesPlaces:
    """Where a sandbox shows what it has."""
    return ReservesPlaces(
        places.journal, places.liabilities, places.journal_verifier, places.treasury_key, places.reserves
    )


if __name__ == "__main__":
    cyclopts.run(gateway)
