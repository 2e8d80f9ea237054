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
from venus.gateway.issuance.ledger_facts import LedgerFacts
from venus.gateway.journal.door import PREFIX as JOURNAL
from venus.gateway.journal.door import FeedRules, JournalDoor, JournalFiles
from venus.gateway.journal.seats import Askers
from venus.gateway.p2p.door import PREFIX as P2P
from venus.gateway.p2p.door import STREAM as P2P_STREAM
from venus.gateway.p2p.door import P2pDoor
from venus.gateway.p2p.facts import NoteIndex
from venus.gateway.receipts import Receipts
from venus.gateway.record.anchors import Anchors
from venus.gateway.record.cosignatures import CHECKPOINTS, Cosignatures
from venus.gateway.record.door import CHECKPOINT, COSIGNATURES, TILES, VERIFIERS, LogDoor
from venus.gateway.record.endpoints import record_endpoints
from venus.gateway.record.log import PublicLog
from venus.gateway.record.places import PREFIX as RECORD
from venus.gateway.websocket import Refusal, Upgrade, WebSocket
from venus.journal.store import JournalReader
from venus.p2p.risk import RiskRules, relaxed
from venus.registry.looks_file import LooksFile
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

    async def settle(self) -> None:
        """Do at once what is due by now: after a frozen clock was turned, or its money decided over."""
        ...

    async def stop(self) -> None: ...


OpenWallet = Callable[[EngineClient, Registry, Callable[[], int], Callable[[], bool]], Awaitable[ServedWallet | None]]
"""From engine, registry, clock, and whether it stands still; None if there is nothing for money to come from."""
OpenIndex = Callable[[EngineClient, Callable[[], int], Callable[[], bool]], NoteIndex]
"""From engine, clock, and whether that is the system's."""


class GatewayConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway is told; port 0 takes any that is free."""

    host: str = "127.0.0.1"
    port: int = 8000
    engine_socket: Path
    engine_patience_s: float = 30.0  # how long the engine may take to listen
    registry_url: str
    master_key: Path
    receipts_key: Path | None = None  # None: no receipts are given
    receipts_delegation: Path | None = None
    liabilities: Path | None = None  # what the engine leaves there of its checkpoints; None: no balance is proved
    reserves: Path | None = None  # signed challenges of chain addresses
    sandbox_file: Path | None = None  # a sandbox's, if it is there at the start and the journal agrees
    steering_socket: Path | None = None  # of a sandbox's engine, if that is steered
    sandbox_networks: str = ""  # who may use its conveniences besides this machine, separated by commas
    journal: JournalFiles | None = None  # None: it is not here; nothing is looked up in it, and nobody follows it
    feed: FeedRules = FeedRules()
    p2p_files: Path  # what people of the market show each other
    p2p_rules: Path | None = None  # what a sandbox relaxes of the market's conduct, if the file is there
    index: OpenIndex | None = None  # what notes prices when asked; None: nobody does
    console: App | None = None  # what is served at /
    wallet: OpenWallet | None = None  # None: no money comes in or leaves
    limits: LimitRules = LimitRules()
    streams: StreamRules = StreamRules()
    ws_api: WsApiRules = WsApiRules()
    drain_s: int = 10  # how long requests in progress may take after a stop


class Public(NamedTuple):
    """What is read of the journal's files: by supervisors, and by everybody."""

    journal: JournalDoor
    log: LogDoor
    anchors: Anchors

    def part(self) -> None:
        """End what goes on and on."""
        self.journal.close()
        self.anchors.close()

    def close(self) -> None:
        self.part()
        self.log.log.close()


class Rooms(NamedTuple):
    """All that knows the engine. A gateway opens them once; a sandbox's anew whenever its exchange becomes another."""

    client: EngineClient
    registry: Registry
    rest: RestDoor
    streams: MarketStreams
    ws_api: WsApi
    listen_keys: ListenKeys
    wallet: ServedWallet | None
    public: Public | None
    p2p: P2pDoor

    @property
    def desk(self) -> Desk:
        return self.rest.desk

    def doors(self) -> dict[str, App]:
        """Plain ASGI applications by the prefix of their paths."""
        doors: dict[str, App] = dict.fromkeys(("/api/", "/sapi/", COINS, CURRENCY, P2P, RECORD, CHECKPOINTS), self.rest)
        if self.public is not None:
            doors |= dict.fromkeys((CHECKPOINT, VERIFIERS, COSIGNATURES, TILES), self.public.log)
        return doors

    def lasting_doors(self) -> dict[str, App]:
        """The same of those whose answers go on and on, so that nobody can wait for their end."""
        return {} if self.public is None else {JOURNAL: self.public.journal}

    def accept(self, upgrade: Upgrade) -> WebSocket | Refusal:
        """A WebSocket for a URL that opens one."""
        if upgrade.path == P2P_STREAM:
            return self.p2p.accept(upgrade)
        door = self.ws_api if upgrade.path in WS_API_PATHS else self.streams
        return door.accept(upgrade)

    async def part(self) -> None:
        """Say goodbye to everyone who listens."""
        if self.public is not None:
            self.public.part()
        self.p2p.part()
        await asyncio.gather(self.streams.stop(), self.ws_api.stop())

    async def rest_wallet(self) -> None:
        """Let the wallet begin nothing more and the market tell nothing more, so that engine and registry may go."""
        await self.p2p.stop()
        if self.wallet is not None:
            await self.wallet.stop()

    def close(self) -> None:
        """Let go of engine and registry; after `part` and `rest_wallet`, when no request is in progress."""
        if self.public is not None:
            self.public.close()
        self.listen_keys.close()
        self.ws_api.close()
        self.client.close()
        self.registry.close()


def always_live() -> bool:
    """Of a clock that nobody steers."""
    return True


def never_frozen() -> bool:
    """Of the same."""
    return False


async def open_rooms(
    config: GatewayConfig,
    clock_ns: Callable[[], int] = time.time_ns,
    is_live: Callable[[], bool] = always_live,
    is_frozen: Callable[[], bool] = never_frozen,
) -> Rooms:
    """Raises OSError if the engine is silent, VaultError for a wrong key.

    is_live: whether the clock is the system's. While it is not, the journal is to follow from requests alone.
    is_frozen: whether it stands still until it is turned.
    """
    registry = client = wallet = None
    try:
        client = await EngineClient.connect(config.engine_socket, config.engine_patience_s)
        registry = Registry.open(config.registry_url, MasterKey.load(config.master_key))
        wallet = await config.wallet(client, registry, clock_ns, is_frozen) if config.wallet is not None else None
        receipts = None
        if config.receipts_key is not None and config.receipts_delegation is not None:
            receipts = Receipts.load(config.receipts_key, config.receipts_delegation)
        rest = await RestDoor.open(client, registry, config.limits, clock_ns, wallet=wallet, receipts=receipts)
        streams = MarketStreams(client, rest.desk.symbols, config.streams, clock_ns)
        users = UserStreams(client, rest.desk.symbols)
        listen_keys = ListenKeys(users, registry, clock_ns)
        for endpoint in listen_keys.endpoints():
            rest.add(endpoint)
        coins_and_currency = client, registry, rest.desk.symbols
        for endpoint in (*coin_endpoints(*coins_and_currency), *currency_endpoints(*coins_and_currency)):
            rest.add(endpoint)
        files = None if config.journal is None else config.journal.directory
        for endpoint in record_endpoints(
            client, registry, rest.desk.symbols, receipts, files, config.liabilities, config.reserves
        ):
            rest.add(endpoint)
        index = None if config.index is None else config.index(client, clock_ns, is_live)
        p2p_rules = _p2p_rules(config.p2p_rules)
        anchors = None if config.journal is None else _anchors(config.journal, config.feed, client, registry, is_live)
        looked = None if anchors is None else anchors.added
        p2p = P2pDoor(
            client,
            registry,
            rest.desk.symbols,
            config.p2p_files,
            p2p_rules,
            clock_ns,
            note_index=index,
            is_live=is_live,
            looked=looked,
        )
        for endpoint in p2p.endpoints():
            rest.add(endpoint)
        p2p.start()
        streams.private = listen_keys.open
        await streams.start()
        ws_api = WsApi(rest, users, config.ws_api)
        public = None
        if config.journal is not None and anchors is not None:
            public = _public(config, config.journal, rest, registry, clock_ns, anchors)
        if public is not None and receipts is not None and files is not None:
            for endpoint in p2p.bundle_endpoints(receipts, public.log.log, files):
                rest.add(endpoint)
    except BaseException:
        if wallet is not None:
            await wallet.stop()
        if client is not None:
            client.close()
        if registry is not None:
            registry.close()
        raise
    return Rooms(client, registry, rest, streams, ws_api, listen_keys, wallet, public, p2p)


def _p2p_rules(file: Path | None) -> RiskRules:
    """Raises OSError, also if the file is not what it should be."""
    if file is None or not file.exists():
        return RiskRules()
    try:
        return relaxed(file.read_bytes())
    except msgspec.ValidationError as error:
        raise OSError(f"{file}: {error}") from None


def _anchors(
    files: JournalFiles, feed: FeedRules, client: EngineClient, registry: Registry, is_live: Callable[[], bool]
) -> Anchors:
    looks, reader = LooksFile(files.looks, registry.looks), JournalReader(files.directory)
    return Anchors(client, looks, reader, feed.anchor_s, is_live)


def _public(
    config: GatewayConfig,
    files: JournalFiles,
    rest: RestDoor,
    registry: Registry,
    clock_ns: Callable[[], int],
    anchors: Anchors,
) -> Public:
    """The journal's doors; what of them is JSON joins the others of the REST door."""
    facts = LedgerFacts(rest.desk.client, rest.desk.symbols)
    askers = Askers(facts, time.time_ns, clock_ns)
    log = PublicLog(files.log, files.directory, files.verifier)
    cosignatures = Cosignatures(log, registry.cosignatures, registry.looks, facts, clock_ns)
    for endpoint in (*cosignatures.endpoints(), *anchors.endpoints()):
        rest.add(endpoint)
    anchors.begin()
    return Public(
        JournalDoor(files, askers, registry.looks, anchors.added, clock_ns, config.feed),
        LogDoor(log, cosignatures, askers, rest.desk.limits, clock_ns),
        anchors,
    )
