"""The market's door: what is served under /p2p/v1/, by the same limits, keys and words as the exchange's own API."""

import time
from collections.abc import Callable
from pathlib import Path

from venus.engine.client import EngineClient
from venus.gateway.binance.endpoint import Endpoint
from venus.gateway.binance.symbols import Symbols
from venus.gateway.issuance.ledger_facts import LedgerFacts
from venus.gateway.p2p.adverts import Adverts
from venus.gateway.p2p.arbiters import Looked
from venus.gateway.p2p.bundles import Bundles
from venus.gateway.p2p.chat import Chat
from venus.gateway.p2p.disputes import Disputes
from venus.gateway.p2p.facts import NoteIndex
from venus.gateway.p2p.house import open_market
from venus.gateway.p2p.merchant_api import MerchantApi
from venus.gateway.p2p.news import News
from venus.gateway.p2p.orders import Orders
from venus.gateway.p2p.reads import Reads
from venus.gateway.p2p.second_factor import SecondFactor
from venus.gateway.p2p.steps import Steps
from venus.gateway.p2p.streams import PATH, Streams
from venus.gateway.p2p.takers import Takers
from venus.gateway.p2p.traders import Traders
from venus.gateway.p2p.wallets import Wallets
from venus.gateway.receipts import Receipts
from venus.gateway.record.log import PublicLog
from venus.gateway.websocket import Refusal, SocketRules, Upgrade, WebSocket
from venus.journal.store import JournalReader
from venus.p2p.risk import RiskRules
from venus.registry.registry import Registry

PREFIX = "/p2p/"
STREAM = PATH


class P2pDoor:
    """One for an engine. `start` once there is a loop; `part`, then `stop`, before engine and registry go."""

    def __init__(
        self,
        client: EngineClient,
        registry: Registry,
        symbols: Symbols,
        files: Path,
        rules: RiskRules | None = None,
        clock_ns: Callable[[], int] = time.time_ns,
        sockets: SocketRules | None = None,
        note_index: NoteIndex | None = None,
        looked: Looked | None = None,
        is_live: Callable[[], bool] | None = None,
    ) -> None:
        """files: where what people show each other lies. rules: as conduct has them, or relaxed by a sandbox.
        note_index: asked before floating prices are told or taken, unless the clock is live (None: it never is).
        looked: told of each look at a dispute."""
        kept, conduct = registry.files(files), rules or RiskRules()
        self.market = open_market(client, registry, kept, symbols, conduct, note_index, is_live)
        self._takers = Takers(self.market)
        self.news = News(client, self.market, clock_ns)
        self._ledger = LedgerFacts(client, symbols)
        self._disputes = Disputes(client, self.market, self.news, self._ledger, looked)
        self._streams = Streams(self.market, self.news, clock_ns, sockets or SocketRules())

    def endpoints(self) -> tuple[Endpoint, ...]:
        market, takers = self.market, self._takers
        reads, adverts, orders = Reads(market, takers), Adverts(market, takers), Orders(market, takers)
        steps, chat = Steps(market), Chat(market, self.news)
        return (
            *reads.endpoints(),
            *Traders(market).endpoints(),
            *SecondFactor(market).endpoints(),
            *Wallets(market).endpoints(),
            *adverts.endpoints(),
            *orders.endpoints(),
            *steps.endpoints(),
            *chat.endpoints(),
            *MerchantApi(market, reads, adverts, orders, steps, chat).endpoints(),
            *self._disputes.endpoints(),
            *self._streams.endpoints(),
        )

    def bundle_endpoints(self, receipts: Receipts, log: PublicLog, journal: Path) -> tuple[Endpoint, ...]:
        """Of disputes' bundles, where the journal's files are: for parties and for who judges."""
        bundles = Bundles(self.market, self._ledger, receipts, log, JournalReader(journal))
        return (*bundles.endpoints(), self._disputes.with_bundles(bundles))

    def accept(self, upgrade: Upgrade) -> WebSocket | Refusal:
        return self._streams.accept(upgrade)

    def start(self) -> None:
        self.news.start()

    def part(self) -> None:
        """Say goodbye to everyone who listens."""
        self._streams.stop()

    async def stop(self) -> None:
        await self.news.stop()
