"""Snapshots of a whole sandbox, and the way back to one: engine, registry, limits and clock.

While one is taken or entered requests wait at the door. Before another state is entered everyone who listens is told
goodbye, and the gateway's rooms are closed and opened anew, so nothing that any door remembers outlives its exchange.
"""

import asyncio
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy.engine import make_url

from venus.engine.steering import AskState, DropPoint, EnterPoint, Point, State, Steering, TakePoint, clock_text
from venus.gateway.binance.trading.order_form import draw_client_ids
from venus.gateway.sandbox.client_ids import ClientIds
from venus.gateway.sandbox.clock import SteeredClock, done
from venus.gateway.sandbox.connections import Connections
from venus.gateway.sandbox.desk import SandboxDesk
from venus.gateway.sandbox.faults import Faults
from venus.gateway.sandbox.host import Host
from venus.gateway.sandbox.refusals import Refused
from venus.gateway.sandbox.turnstile import Turnstile
from venus.registry.copying import copy_sqlite
from venus.units import NS_PER_MS

FRESH = "fresh"
"""The state in which the sandbox was made."""
LEAVE_S = 10.0  # that requests in progress have
FAREWELL_S = 0.25  # that listeners have to answer a goodbye
_DOORS = "doors.json"
_ASK = AskState()


class DoorsKept(msgspec.Struct):
    """What the doors know and no journal holds."""

    any_timestamp: bool = False
    limits: dict[str, Any] = {}


class SnapshotForm(msgspec.Struct, forbid_unknown_fields=True):
    """One of that name is replaced."""

    name: str


class Restoring:
    """`annex` parts that a restore touches; one thing at a time."""

    def __init__(
        self,
        host: Host,
        desk: SandboxDesk,
        clock: SteeredClock,
        steering: Steering,
        turnstile: Turnstile,
        faults: Faults,
        connections: Connections,
        folder: Path,
    ) -> None:
        self._host = host
        self._desk = desk
        self._clock = clock
        self._steering = steering
        self._turnstile = turnstile
        self._faults = faults
        self._connections = connections
        self._folder = folder
        self._alone = asyncio.Lock()

    async def begin(self, state: State) -> None:
        """Enter the state that the engine is in when the gateway starts."""
        self._clock.follow(state.clock, not state.clock.is_live)
        self._entered(state)

    async def take(self, form: SnapshotForm, _name: str = "") -> dict[str, Any]:
        started_s = time.perf_counter()
        async with self._alone:
            await self._empty()
            try:
                await asyncio.to_thread(self._keep)
                state = done(await self._steering.ask(TakePoint(form.name)))
            finally:
                self._turnstile.open()
        point = next(point for point in state.points if point.name == form.name)
        return _facts(point) | {"seconds": round(time.perf_counter() - started_s, 3)}

    async def enter(self, name: str) -> dict[str, Any]:
        started_s = time.perf_counter()
        async with self._alone:
            state = await self._steering.ask(_ASK)
            if all(point.name != name for point in state.points):
                known = ", ".join(point.name for point in state.points) or "none"
                raise Refused(404, f"there is no snapshot {name!r}; there are: {known}")
            served = self._desk.known()
            self._turnstile.close()
            try:
                self._faults.clear()
                await self._part()
                if not await self._turnstile.empty(LEAVE_S):
                    raise Refused(503, f"a request is still in progress after {LEAVE_S:.0f} s")
                entered: list[State] = []

                async def become() -> None:
                    entered.append(done(await self._steering.ask(EnterPoint(name))))

                await self._host.reopen(become)
                self._desk.serve_at(served.rest, served.ws)
                kept = self._kept()
                self._clock.follow(entered[0].clock, kept.any_timestamp)
                self._host.rooms.desk.limits.restore(kept.limits)
                self._entered(entered[0])
            finally:
                self._turnstile.open()
        point = next(point for point in state.points if point.name == name)
        return _facts(point) | {"seconds": round(time.perf_counter() - started_s, 3), "clock": self._clock.facts()}

    async def reset(self) -> dict[str, Any]:
        return await self.enter(FRESH)

    async def drop(self, name: str) -> dict[str, Any]:
        async with self._alone:
            state = done(await self._steering.ask(DropPoint(name)))
        return {"snapshots": [_facts(point) for point in state.points]}

    async def list(self) -> dict[str, Any]:
        state = await self._steering.ask(_ASK)
        return {
            "snapshots": [_facts(point) for point in state.points],
            "frames": state.frames,
            "sequence": state.sequence,
            "chain": state.chain,
        }

    # Within

    def _entered(self, state: State) -> None:
        self._desk.entered(state.sequence)
        if not state.clock.is_live:
            # With a clock that is steered a run can be repeated to the byte, so chance must be as well.
            draw_client_ids(ClientIds(state.sequence).draw)

    async def _empty(self) -> None:
        self._turnstile.close()
        if not await self._turnstile.empty(LEAVE_S):
            self._turnstile.open()
            raise Refused(503, f"a request is still in progress after {LEAVE_S:.0f} s")

    async def _part(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._host.rooms.part(), FAREWELL_S)
        self._connections.drop_all()

    def _keep(self) -> None:
        """What is the gateway's of a state, put where the engine finishes it."""
        making = self._folder / "restore" / ".making"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        shutil.copy2(self._folder / "sandbox.json", making / "sandbox.json")
        kept = DoorsKept(self._clock.any_timestamp, self._host.rooms.desk.limits.state())
        (making / _DOORS).write_bytes(msgspec.json.encode(kept))
        url = make_url(self._host.config.registry_url)
        if url.get_backend_name() != "sqlite" or not url.database:
            raise Refused(409, "only a registry in SQLite can be kept in a snapshot")
        copy_sqlite(Path(url.database), making / "registry.sqlite")

    def _kept(self) -> DoorsKept:
        try:
            return msgspec.json.decode((self._folder / _DOORS).read_bytes(), type=DoorsKept)
        except FileNotFoundError:
            return DoorsKept()


def _facts(point: Point) -> dict[str, Any]:
    return {
        "name": point.name,
        "sequence": point.sequence,
        "frames": point.frames,
        "time": point.time_ns // NS_PER_MS,
        "iso": clock_text(point.time_ns),
        "bytes": point.bytes,
    }
