"""The gateway: one port for everything, and the rooms behind it.

Paths under /api/ and /sapi/ go to the REST door, /ws and /stream to the market streams, /sandbox/ to the sandbox's
conveniences, the rest to the console. Other doors are mounted by their prefix. uvicorn with httptools speaks HTTP, on
uvloop if the caller's loop is one; WebSockets are handed to venus.gateway.websocket.
"""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import msgspec
import uvicorn

from venus.engine.client import EngineClient
from venus.gateway.binance.limits import LimitRules
from venus.gateway.binance.rest import RestDoor
from venus.gateway.binance.stream_session import StreamRules
from venus.gateway.binance.streams import MarketStreams
from venus.gateway.sandbox import SandboxDoor
from venus.gateway.websocket import upgrading
from venus.registry.registry import Registry
from venus.registry.vault import MasterKey

BACKLOG_CONNECTIONS = 2048
KEEP_ALIVE_S = 75

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class GatewayConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway is told; port 0 takes any that is free."""

    host: str = "127.0.0.1"
    port: int = 8000
    engine_socket: Path
    engine_patience_s: float = 30.0  # how long the engine may take to listen
    registry_url: str
    master_key: Path
    sandbox_file: Path | None = None  # None: not a sandbox
    console: App | None = None  # what is served at /
    limits: LimitRules = LimitRules()
    streams: StreamRules = StreamRules()
    drain_s: int = 10  # how long requests in progress may take after a stop


class Router:
    """Sends a request to the application with the longest prefix of its path."""

    def __init__(self) -> None:
        self._mounts: list[tuple[str, App]] = []

    def mount(self, prefix: str, app: App) -> None:
        """Serve all paths that begin so; the application sees them whole."""
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
        self,
        client: EngineClient,
        registry: Registry,
        rest: RestDoor,
        streams: MarketStreams,
        router: Router,
        listener: socket.socket,
        drain_s: int,
    ) -> None:
        self.client = client
        self.registry = registry
        self.rest = rest
        self.streams = streams
        self.router = router
        self.host, self.port = listener.getsockname()[:2]
        config = uvicorn.Config(
            router,
            http=upgrading(streams.accept),
            ws="none",
            loop="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            backlog=BACKLOG_CONNECTIONS,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=drain_s,
        )
        self._server = _HttpServer(config)
        self._serving = asyncio.create_task(self._server.serve([listener]), name="http")

    @property
    def rest_url(self) -> str:
        return f"http://{_authority(self.host, self.port)}"

    @property
    def ws_url(self) -> str:
        return f"ws://{_authority(self.host, self.port)}/ws"

    async def listening(self) -> None:
        """Until connections are taken; raises what kept them from it."""
        listening = asyncio.create_task(self._server.listening.wait())
        await asyncio.wait([listening, self._serving], return_when=asyncio.FIRST_COMPLETED)
        if not listening.done():
            listening.cancel()
            await self._serving

    async def engine_gone(self) -> None:
        """Until the connection to the engine ends; without it the gateway can only be stopped."""
        await asyncio.shield(self.client.gone)

    async def stop(self) -> None:
        """Take no new connections, say goodbye on the streams, answer what was asked, then let go of everything."""
        self._server.should_exit = True
        await self.streams.stop()
        await self._serving
        self.client.close()
        self.registry.close()


async def serve(config: GatewayConfig) -> Gateway:
    """Start everything. Raises OSError if the engine is silent or the port taken, VaultError for a wrong key."""
    listener = bind(config.host, config.port)
    registry = client = None
    try:
        client = await EngineClient.connect(config.engine_socket, config.engine_patience_s)
        registry = Registry.open(config.registry_url, MasterKey.load(config.master_key))
        rest = await RestDoor.open(client, registry, config.limits)
        streams = MarketStreams(client, rest.desk.symbols, config.streams)
        await streams.start()
    except BaseException:
        listener.close()
        if client is not None:
            client.close()
        if registry is not None:
            registry.close()
        raise
    router = Router()
    router.mount("/api/", rest)
    router.mount("/sapi/", rest)
    if config.sandbox_file is not None:
        router.mount("/sandbox/", SandboxDoor(config.sandbox_file))
    if config.console is not None:
        router.mount("/", config.console)
    gateway = Gateway(client, registry, rest, streams, router, listener, config.drain_s)
    await gateway.listening()
    return gateway


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
