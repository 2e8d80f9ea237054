"""All that a gateway of a sandbox has besides: made once, and only in a directory with a sandbox.json."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from venus.engine.steering import State, Steering
from venus.gateway.sandbox.clock import ClockForm, SteeredClock, steer
from venus.gateway.sandbox.connections import AbortableProtocol, Connections
from venus.gateway.sandbox.desk import SandboxDesk
from venus.gateway.sandbox.door import Nothing, SandboxDoor
from venus.gateway.sandbox.faults import Faults
from venus.gateway.sandbox.faulty import App, FaultyDoor
from venus.gateway.sandbox.host import Host
from venus.gateway.sandbox.restoring import Restoring, SnapshotForm
from venus.gateway.sandbox.turnstile import Turnstile
from venus.gateway.websocket import Refusal, Upgrade, UpgradingProtocol, WebSocket
from venus.registry.credentials import Network


class ExpireForm(msgspec.Struct, forbid_unknown_fields=True):
    """`account` "": everyone's."""

    account: str = ""


class SandboxAnnex:
    """`around` puts the faults before a door; `accept` and `protocol` stand in for the gateway's own.

    steering: None for an engine that is not steered, as in a process shared with it; then there are neither clock nor
    snapshots.
    """

    protocol: type[UpgradingProtocol] = AbortableProtocol

    def __init__(
        self, file: Path, networks: tuple[Network, ...], host: Host, clock: SteeredClock, steering: Steering | None
    ) -> None:
        self._host = host
        self._clock = clock
        self.faults = Faults()
        self.turnstile = Turnstile()
        self.connections = Connections(host.accept, self.faults, self.turnstile, clock.now_ns)
        self.desk = SandboxDesk(lambda: host.rooms, file)
        self.door = SandboxDoor(self.desk, self.faults, self.connections, networks)
        self.door.add("POST", "listen-keys/expire", ExpireForm, self._expire)
        self.restoring: Restoring | None = None
        if steering is not None:
            self._steer_by(steering, file.parent)

    def _steer_by(self, steering: Steering, folder: Path) -> None:
        restoring = self.restoring = Restoring(
            self._host, self.desk, self._clock, steering, self.turnstile, self.faults, self.connections, folder
        )
        clock = self._clock

        async def turn(form: ClockForm, _: str) -> object:
            facts = await steer(clock, steering, form)
            # What became due is in the journal when this is answered, whatever is asked next.
            if not clock.is_live() and (wallet := self._host.rooms.wallet) is not None:
                await wallet.settle()
            return facts

        for method, path, form, answer in (
            ("GET", "clock", Nothing, lambda *_: steer(clock, steering, ClockForm())),
            ("POST", "clock", ClockForm, turn),
            ("GET", "snapshots", Nothing, lambda *_: restoring.list()),
            ("POST", "snapshots", SnapshotForm, restoring.take),
            ("DELETE", "snapshots/{}", Nothing, lambda _, name: restoring.drop(name)),
            ("POST", "snapshots/{}/restore", Nothing, lambda _, name: restoring.enter(name)),
            ("POST", "reset", Nothing, lambda *_: restoring.reset()),
        ):
            self._add(method, path, form, answer)

    def _add(
        self, method: str, path: str, form: type[msgspec.Struct], answer: Callable[[Any, str], Awaitable[object]]
    ) -> None:
        self.door.add(method, path, form, answer)

    async def begin(self, state: State | None) -> None:
        """Enter the state that the engine is in."""
        if self.restoring is not None and state is not None:
            await self.restoring.begin(state)

    def around(self, prefix: str) -> FaultyDoor:
        def door() -> App:
            return self._host.rooms.doors()[prefix]

        return FaultyDoor(door, self.faults, self.turnstile, self._account_of, self._clock.now_ns)

    def accept(self, upgrade: Upgrade) -> WebSocket | Refusal:
        return self.connections.accept(upgrade)

    async def _expire(self, form: ExpireForm, _: str) -> object:
        account = self.desk.account(form.account) if form.account else None
        return {"expired": await self._host.rooms.listen_keys.expire(account)}

    async def _account_of(self, key: str) -> int | None:
        credential = await self._host.rooms.registry.find(key)
        return None if credential is None else credential.account
