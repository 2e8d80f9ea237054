"""All that a gateway of a sandbox has besides: made once, and only in a directory with a sandbox.json."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from venus.gateway.rooms import Rooms
from venus.gateway.sandbox.connections import AbortableProtocol, Connections
from venus.gateway.sandbox.desk import SandboxDesk
from venus.gateway.sandbox.door import SandboxDoor
from venus.gateway.sandbox.faults import Faults
from venus.gateway.sandbox.faulty import App, FaultyDoor
from venus.gateway.sandbox.turnstile import Turnstile
from venus.gateway.websocket import Refusal, Upgrade, UpgradingProtocol, WebSocket
from venus.registry.credentials import Network


class Host(Protocol):
    """The gateway as its annex sees it."""

    @property
    def rooms(self) -> Rooms: ...

    def accept(self, upgrade: Upgrade) -> WebSocket | Refusal: ...


class SandboxAnnex:
    """`around` puts the faults before a door; `accept` and `protocol` stand in for the gateway's own."""

    protocol: type[UpgradingProtocol] = AbortableProtocol

    def __init__(self, file: Path, networks: tuple[Network, ...], host: Host, clock_ns: Callable[[], int]) -> None:
        self._host = host
        self._clock_ns = clock_ns
        self.faults = Faults()
        self.turnstile = Turnstile()
        self.connections = Connections(host.accept, self.faults, self.turnstile)
        self.desk = SandboxDesk(lambda: host.rooms, file)
        self.door = SandboxDoor(self.desk, self.faults, self.connections, networks)

    def around(self, app: App) -> FaultyDoor:
        return FaultyDoor(app, self.faults, self.turnstile, self._account_of, self._clock_ns)

    def accept(self, upgrade: Upgrade) -> WebSocket | Refusal:
        return self.connections.accept(upgrade)

    async def _account_of(self, key: str) -> int | None:
        credential = await self._host.rooms.registry.find(key)
        return None if credential is None else credential.account
