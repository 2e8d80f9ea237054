"""The gateway as the parts of its sandbox see it."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from venus.gateway.rooms import GatewayConfig, Rooms
from venus.gateway.websocket import Refusal, Upgrade, WebSocket


class Host(Protocol):
    @property
    def config(self) -> GatewayConfig: ...

    @property
    def rooms(self) -> Rooms: ...

    def accept(self, upgrade: Upgrade) -> WebSocket | Refusal: ...

    async def reopen(self, between: Callable[[], Awaitable[None]]) -> None: ...
