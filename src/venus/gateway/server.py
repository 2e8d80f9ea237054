"""The gateway: one port for everything, and the rooms behind it.

Paths under /api/ and /sapi/ go to the REST door, /ws and /stream to the market streams (rooms.py), /sandbox/ to the
conveniences of a sandbox if it is one, the rest to the console; /openapi.json says what these serve. Other doors are
mounted by their prefix. uvicorn with httptools speaks HTTP, on uvloop if the caller's loop is one; WebSockets are
handed to venus.gateway.websocket.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import structlog
import uvicorn

from venus.engine.client import EngineClient
from venus.engine.steering import AskState, State, Steering, wait_for
from venus.gateway.binance.rest import RestDoor
from venus.gateway.binance.streams.door import MarketStreams
from venus.gateway.binance.turns import Answer
from venus.gateway.direct import direct
from venus.gateway.openapi import PATH as OPENAPI_PATH
from venus.gateway.openapi import OpenApiDoor, document
from venus.gateway.record.operations import OPERATIONS
from venus.gateway.rooms import App, GatewayConfig, Receive, Rooms, Scope, Send, always_live, never_frozen, open_rooms
from venus.gateway.sandbox.annex import SandboxAnnex
from venus.gateway.sandbox.clock import SteeredClock
from venus.gateway.sandbox.desk import faucet_of
from venus.gateway.websocket import Refusal, Upgrade, UpgradingProtocol, WebSocket, upgrading
from venus.registry.credentials import parse_networks
from venus.registry.registry import Registry

__all__ = ["Gateway", "GatewayConfig", "Router", "bind", "serve"]

BACKLOG_CONNECTIONS = 2048
KEEP_ALIVE_S = 75
_log = structlog.get_logger("gateway")


class Router:
    """Sends a request to the application with the longest prefix of its path."""

    def __init__(self) -> None:
        self._mounts: list[tuple[str, App]] = []

    def mount(self, prefix: str, app: App) -> None:
        """Serve all paths that begin so, instead of what did; the application sees them whole."""
        self._mounts = [mount for mount in self._mounts if mount[0] != prefix]
        self._mounts.append((prefix, app))
        self._mounts.sort(key=lambda mount: len(mount[0]), reverse=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        for prefix, app in self._mounts:
            if path.startswith(prefix):
                await app(scope, receive, send)
                return
        await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


class _HttpServer(uvicorn.Server):
    """uvicorn's server without its signals: those are the command line's."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


class Gateway:
    """A gateway that serves. `router` takes further doors at any time."""

    def __init__(
        self, config: GatewayConfig, rooms: Rooms, listener: socket.socket, steered: "Steered | None" = None
    ) -> None:
        self.config = config
        self.rooms = rooms
        self.router = Router()
        self.host, self.port = listener.getsockname()[:2]
        self._clock_ns = time.time_ns if steered is None else steered.clock.now_ns
        self._is_live = always_live if steered is None else steered.clock.is_live
        self._is_frozen = never_frozen if steered is None else steered.clock.is_frozen
        self._gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reopening = False
        self.annex: SandboxAnnex | None = None
        accept: Callable[[Upgrade], WebSocket | Refusal] = self.accept
        protocol: type[UpgradingProtocol] = direct(self.take)  # a sandbox's faults stand before every door
        if steered is not None:
            networks = parse_networks(config.sandbox_networks)
            self.annex = SandboxAnnex(steered.file, networks, self, steered.clock, steered.steering)
            self.router.mount("/sandbox/", self.annex.door)
            accept, protocol = self.annex.accept, self.annex.protocol
        if config.console is not None:
            self.router.mount("/", config.console)
        self.router.mount(OPENAPI_PATH, OpenApiDoor(self.document))
        self._enter(rooms)
        self._server = _HttpServer(
            uvicorn.Config(
                self.router,
                http=upgrading(accept, protocol),
                ws="none",
                loop="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                server_header=False,
                backlog=BACKLOG_CONNECTIONS,
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=config.drain_s,
            )
        )
        self._serving = asyncio.create_task(self._server.serve([listener]), name="http")

    @property
    def client(self) -> EngineClient:
        return self.rooms.client

    @property
    def registry(self) -> Registry:
        return self.rooms.registry

    @property
    def rest(self) -> RestDoor:
        return self.rooms.rest

    @property
    def streams(self) -> MarketStreams:
        return self.rooms.streams

    @property
    def rest_url(self) -> str:
        return f"http://{_authority(self.host, self.port)}"

    @property
    def ws_url(self) -> str:
        return f"ws://{_authority(self.host, self.port)}/ws"

    def document(self) -> dict[str, Any]:
        """What its REST doors serve, as OpenAPI."""
        routes = () if self.annex is None else self.annex.door.routes
        operations = () if self.rooms.public is None else OPERATIONS
        return document(self.rest.endpoints.values(), routes, operations)

    def now_ns(self) -> int:
        """By the clock of its doors."""
        return self._clock_ns()

    def is_live(self) -> bool:
        """Whether that is the system's."""
        return self._is_live()

    async def listening(self) -> None:
        """Until connections are taken; raises what kept them from it."""
        listening = asyncio.create_task(self._server.listening.wait())
        await asyncio.wait([listening, self._serving], return_when=asyncio.FIRST_COMPLETED)
        if not listening.done():
            listening.cancel()
            await self._serving

    async def engine_gone(self) -> None:
        """Until the connection to the engine ends; without it the gateway can only be stopped."""
        await asyncio.shield(self._gone)

    def take(self, scope: dict[str, Any], body: bytes, answer: Answer) -> bool:
        """The REST door's first look at a request, without a task."""
        method, path, client = scope["method"], scope["path"], scope["client"]
        address = client[0] if client else ""
        return self.rest.ask_at_once(method, path, scope["query_string"], scope["headers"], body, address, answer)

    def accept(self, upgrade: Upgrade) -> WebSocket | Refusal:
        return self.rooms.accept(upgrade)

    async def reopen(self, between: Callable[[], Awaitable[None]]) -> None:
        """Close the rooms, do what is done while nobody holds the engine, and open them again, also if that failed.

        Raises what `between` raises, when the rooms are open again; if they cannot be, the gateway is at its end.
        """
        self._reopening = True
        try:
            await self.rooms.rest_wallet()
            self.rooms.close()
            try:
                await between()
            finally:
                rooms = await open_rooms(self.config, self._clock_ns, self._is_live, self._is_frozen)
                self.rooms = rooms
                self._enter(rooms)
        except OSError:
            self._end(None)
            raise
        finally:
            self._reopening = False

    def _enter(self, rooms: Rooms) -> None:
        """Answer from these rooms from now on."""
        for prefix, door in rooms.doors().items():
            self.router.mount(prefix, door if self.annex is None else self.annex.around(prefix))
        for prefix, door in rooms.lasting_doors().items():
            self.router.mount(prefix, door)
        rooms.client.gone.add_done_callback(lambda _: self._end(rooms))

    def _end(self, rooms: Rooms | None) -> None:
        """The engine went, unless it was we who let go of it."""
        if (rooms is None or (rooms is self.rooms and not self._reopening)) and not self._gone.done():
            self._gone.set_result(None)

    async def stop(self) -> None:
        """Take no new connections, say goodbye on the streams, answer what was asked, then let go of everything."""
        self._server.should_exit = True
        await self.rooms.part()
        await self._serving
        await self.rooms.rest_wallet()
        self.rooms.close()


class Steered(NamedTuple):
    """What makes a gateway a sandbox's."""

    file: Path
    clock: SteeredClock
    steering: Steering | None
    state: State | None


async def serve(config: GatewayConfig) -> Gateway:
    """Start everything. Raises OSError if the engine is silent or the port taken, VaultError for a wrong key."""
    listener = bind(config.host, config.port)
    rooms = steered = None
    try:
        if config.sandbox_file is not None and config.sandbox_file.exists():
            steered = await _steered(config, config.sandbox_file)
        if steered is None:
            rooms = await open_rooms(config)
        else:
            rooms = await open_rooms(config, steered.clock.now_ns, steered.clock.is_live, steered.clock.is_frozen)
        if steered is not None and await faucet_of(rooms.client) is None:
            _log.error("sandbox.json lies here, but the journal is no sandbox's: there are no conveniences")
            steered = None
    except BaseException:
        listener.close()
        raise
    gateway = Gateway(config, rooms, listener, steered)
    if steered is not None and gateway.annex is not None:
        await gateway.annex.begin(steered.state)
    await gateway.listening()
    return gateway


async def _steered(config: GatewayConfig, file: Path) -> Steered:
    """The clock that the engine goes by, before any door opens. Raises OSError if the engine is silent."""
    if config.steering_socket is None:
        return Steered(file, SteeredClock(), None, None)
    await wait_for(config.steering_socket, config.engine_patience_s)
    steering, clock = Steering(config.steering_socket), SteeredClock()
    state = await steering.ask(AskState())
    clock.follow(state.clock, not state.clock.is_live)
    return Steered(file, clock, steering, state)


def bind(host: str, port: int) -> socket.socket:
    """A TCP socket bound to a numeric address or name; raises OSError that says which."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        # A restarted gateway takes its port back at once, although old connections linger in the kernel.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise OSError(error.errno, f"{host}:{port}: {error.strerror}") from error
    return listener


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
