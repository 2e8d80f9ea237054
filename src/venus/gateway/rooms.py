"""What stands between the port and the engine, and how it is opened."""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec

from venus.engine.client import EngineClient
from venus.gateway.binance.endpoint import Desk
from venus.gateway.binance.limits import LimitRules
from venus.gateway.binance.rest import RestDoor
from venus.gateway.binance.streams.door import MarketStreams
from venus.gateway.binance.streams.listen_keys import ListenKeys
from venus.gateway.binance.streams.session import StreamRules
from venus.gateway.binance.streams.users import UserStreams
from venus.gateway.binance.wallet_desk import TestChain, Wallet
from venus.gateway.binance.ws_api.door import PATHS as WS_API_PATHS
from venus.gateway.binance.ws_api.door import WsApi, WsApiRules
from venus.gateway.currency.endpoints import PREFIX as CURRENCY
from venus.gateway.currency.endpoints import currency_endpoints
from venus.gateway.issuance.endpoints import PREFIX as COINS
from venus.gateway.issuance.endpoints import coin_endpoints
from venus.gateway.websocket import Refusal, Upgrade, WebSocket
from venus.registry.registry import Registry
from venus.registry.vault import MasterKey

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class ServedWallet(Wallet, Protocol):
    """A sandbox's wallet, which works in the background until it is stopped."""

    @property
    def chain(self) -> TestChain: ...

    async def stop(self) -> None: ...


OpenWallet = Callable[[EngineClient, Registry, Callable[[], int]], Awaitable[ServedWallet | None]]
"""From engine, registry and clock; None if there is nothing for money to come from."""


class GatewayConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway is told; port 0 takes any that is free."""

    host: str = "127.0.0.1"
    port: int = 8000
    engine_socket: Path
    engine_patience_s: float = 30.0  # how long the engine may take to listen
    registry_url: str
    master_key: Path
    sandbox_file: Path | None = None  # a sandbox's, if it is there at the start and the journal agrees
    steering_socket: Path | None = None  # of a sandbox's engine, if that is steered
    sandbox_networks: str = ""  # who may use its conveniences besides this machine, separated by commas
    console: App | None = None  # what is served at /
    wallet: OpenWallet | None = None  # None: no money comes in or leaves
    limits: LimitRules = LimitRules()
    streams: StreamRules = StreamRules()
    ws_api: WsApiRules = WsApiRules()
    drain_s: int = 10  # how long requests in progress may take after a stop


class Rooms(NamedTuple):
    """All that knows the engine. A gateway opens them once; a sandbox's anew whenever its exchange becomes another."""

    client: EngineClient
    registry: Registry
    rest: RestDoor
    streams: MarketStreams
    ws_api: WsApi
    listen_keys: ListenKeys
    wallet: ServedWallet | None

    @property
    def desk(self) -> Desk:
        return self.rest.desk

    def doors(self) -> dict[str, App]:
        """Plain ASGI applications by the prefix of their paths."""
        return {"/api/": self.rest, "/sapi/": self.rest, COINS: self.rest, CURRENCY: self.rest}

    def accept(self, upgrade: Upgrade) -> WebSocket | Refusal:
        """A WebSocket for a URL that opens one."""
        door = self.ws_api if upgrade.path in WS_API_PATHS else self.streams
        return door.accept(upgrade)

    async def part(self) -> None:
        """Say goodbye to everyone who listens."""
        await asyncio.gather(self.streams.stop(), self.ws_api.stop())

    async def rest_wallet(self) -> None:
        """Let the wallet begin nothing more, so that engine and registry may go."""
        if self.wallet is not None:
            await self.wallet.stop()

    def close(self) -> None:
        """Let go of engine and registry; after `part` and `rest_wallet`, when no request is in progress."""
        self.listen_keys.close()
        self.ws_api.close()
        self.client.close()
        self.registry.close()


async def open_rooms(config: GatewayConfig, clock_ns: Callable[[], int] = time.time_ns) -> Rooms:
    """Raises OSError if the engine is silent, VaultError for a wrong key."""
    registry = client = wallet = None
    try:
        client = await EngineClient.connect(config.engine_socket, config.engine_patience_s)
        registry = Registry.open(config.registry_url, MasterKey.load(config.master_key))
        wallet = await config.wallet(client, registry, clock_ns) if config.wallet is not None else None
        rest = await RestDoor.open(client, registry, config.limits, clock_ns, wallet=wallet)
        streams = MarketStreams(client, rest.desk.symbols, config.streams, clock_ns)
        users = UserStreams(client, rest.desk.symbols)
        listen_keys = ListenKeys(users, registry, clock_ns)
        for endpoint in listen_keys.endpoints():
            rest.add(endpoint)
        for endpoint in coin_endpoints(client, registry, rest.desk.symbols):
            rest.add(endpoint)
        for endpoint in currency_endpoints(client, registry, rest.desk.symbols):
            rest.add(endpoint)
        streams.private = listen_keys.open
        await streams.start()
        ws_api = WsApi(rest, users, config.ws_api)
    except BaseException:
        if wallet is not None:
            await wallet.stop()
        if client is not None:
            client.close()
        if registry is not None:
            registry.close()
        raise
    return Rooms(client, registry, rest, streams, ws_api, listen_keys, wallet)
