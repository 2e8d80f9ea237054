"""A house to test the REST door in: a real engine behind its socket, a registry, and traders who sign."""

import asyncio
import hmac
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode

import msgspec
import numpy as np

from venus.bridges.wallet import SandboxWallet
from venus.engine.client import EngineClient, Outcome
from venus.engine.host import Hosted, host
from venus.engine.places import Places
from venus.engine.recovery import OpenStore
from venus.gateway.binance.limits import LimitRules
from venus.gateway.binance.rest import RestDoor
from venus.gateway.receipts import Receipts
from venus.gateway.record.endpoints import record_endpoints
from venus.journal.storage import Storage
from venus.journal.store import FileStore
from venus.records.commands import (
    FEATURES_ALL,
    RULES_LATEST,
    AccountKind,
    AdoptRules,
    ColdCommand,
    Command,
    CommandKind,
    ListAsset,
    ListSymbol,
    MoveToRules,
    OpenAccounts,
    SelfTrade,
    SetAssetLimit,
    SetExchangeLimits,
    SetFeeTier,
    SetSymbolRules,
    client_digest,
)
from venus.records.events import EventKind
from venus.registry.credentials import Permission
from venus.registry.registry import Registry
from venus.registry.vault import MasterKey
from venus.views.balance_questions import BALANCE_ROW, BalancesAnswer, BalancesQuestion

T = TypeVar("T")

BTC, USDT, ETH = 0, 1, 2
SCALES = {"BTC": 8, "USDT": 6, "ETH": 18}
BANK = 1
PATIENCE_S = 300  # the first run compiles the engine
NO_LIMITS = LimitRules(
    weight_1m_max=10**9,
    sapi_weight_1m_max=10**9,
    sapi_uid_weight_1m_max=10**9,
    requests_5m_max=10**9,
    orders_10s_max=10**9,
    orders_1d_max=10**9,
    maker_credit_count=0,
)


class Answer(NamedTuple):
    status: int
    json: Any
    headers: dict[str, str]

    @property
    def refusal(self) -> tuple[int, int, str]:
        """Status, code and message of a refusal."""
        return self.status, self.json["code"], self.json["msg"]


class Trader(NamedTuple):
    account: int
    key: str
    secret: str


class House:
    """Runs its engine and door in a loop on a thread, so that tests read as a client's: ask, and have the answer."""

    def __init__(
        self, storage: Storage | None = None, open_store: OpenStore = FileStore.open, rules: int = RULES_LATEST
    ) -> None:
        """storage: where its journal lies, the disk by default. rules: those that it follows."""
        self.directory = Path(tempfile.mkdtemp(prefix="venus-rest-"))  # short: a socket's path has 107 characters
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.registry = Registry.open(
            f"sqlite:///{self.directory}/registry.db", MasterKey.load(self.directory / "master.key")
        )
        self._references = 0
        self.hosted: Hosted
        self.client: EngineClient
        self.door: RestDoor
        self.wallet: SandboxWallet
        self.ahead_ns = 0  # of the wallet's clock
        self.run(self._open(storage, open_store, rules))

    async def _open(self, storage: Storage | None, open_store: OpenStore, rules: int) -> None:
        places = Places(self.directory)
        self.hosted = await host(places, storage=storage, open_store=open_store)
        self.client = await EngineClient.connect(places.socket)
        for version in range(2, rules + 1):
            await self._cold(AdoptRules if version == 2 else MoveToRules, rules=version)
        await self._cold(OpenAccounts, account_kind=AccountKind.HOUSE, count=1, label="house", tier=0, trade_group=-1)
        await self._cold(OpenAccounts, account_kind=AccountKind.EXTERNAL, count=1, label="bank", tier=0, trade_group=-1)
        await self._cold(SetFeeTier, tier=0, maker_ppm=1_000, taker_ppm=2_000)
        for code, scale in SCALES.items():
            await self._cold(ListAsset, code=code, scale=scale)
        self.wallet = await SandboxWallet.open(
            self.client, self.registry, clock_ns=lambda: time.time_ns() + self.ahead_ns, runs=False
        )
        receipts = Receipts.load(places.receipts_key, places.receipts_delegation)
        self.door = await RestDoor.open(
            self.client, self.registry, NO_LIMITS, timeout_s=PATIENCE_S, wallet=self.wallet, receipts=receipts
        )
        for endpoint in record_endpoints(
            self.client,
            self.registry,
            self.door.desk.symbols,
            receipts,
            places.journal if places.journal.is_dir() else None,  # it may be a simulated disk's
            places.liabilities,
            places.reserves,
        ):
            self.door.add(endpoint)

    def close(self) -> None:
        self.client.close()
        self.run(self.hosted.server.stop())
        self.registry.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        shutil.rmtree(self.directory)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def cold(self, kind: type[ColdCommand], **fields: Any) -> Outcome:
        return self.run(self._cold(kind, **fields))

    async def _cold(self, kind: type[ColdCommand], **fields: Any) -> Outcome:
        self._references += 1
        outcome = await self.client.submit_cold(kind(reference=f"test {self._references}", **fields))
        assert outcome.events[-1].kind != EventKind.REJECTED, (kind, fields, outcome)
        return outcome

    def new_trader(self, *, trade_group: int = -1, tier: int = 0, btc: int = 100, usdt: int = 1_000_000) -> Trader:
        """An account of its own with so many whole units, and a key that may do everything."""
        opened = self.cold(
            OpenAccounts, account_kind=AccountKind.PERSON, count=1, label="", tier=tier, trade_group=trade_group
        )
        account = opened.events[-1].account
        self.registry.add_account(account, f"trader {account}")
        for asset, units in ((BTC, btc), (USDT, usdt)):
            if units:
                self.deposit(account, asset, units * 10 ** list(SCALES.values())[asset])
        return Trader(account, *self.registry.add_api_key(account, permissions=Permission.everything()))

    def later(self, seconds: float, steps: int = 1) -> None:
        """Let the wallet's clock go on, and its chains do what is due then."""
        self.ahead_ns += int(seconds * 10**9)
        for _ in range(steps):
            self.run(self.wallet.chain.step())

    def finish_payments(self) -> None:
        """Bring every withdrawal and deposit to its end: one wait to be sent, one to be confirmed, one to come in."""
        for _ in range(3):
            self.later(3600)

    def balance(self, account: int, asset: int) -> tuple[int, int]:
        """Free and held atoms, as the view of balances has them."""
        answer = self.run(self.client.ask(BalancesQuestion(account)))
        assert isinstance(answer, BalancesAnswer)
        for number, free_atoms, held_atoms in np.frombuffer(answer.rows, BALANCE_ROW).tolist():
            if number == asset:
                return free_atoms, held_atoms
        return 0, 0

    def deposit(self, account: int, asset: int, atoms: int) -> None:
        self._references += 1
        hi, lo = client_digest(f"deposit {self._references}")
        command = Command(
            client_hi=hi,
            client_lo=lo,
            target_lo=account,
            quantity=atoms,
            account=BANK,
            subject=asset,
            kind=CommandKind.TRANSFER,
        )
        assert self.run(self.client.submit(command)).events[-1].kind == EventKind.TRANSFERRED

    def new_market(self, **changes: int) -> str:
        """A BTC/USDT symbol of its own: ticks of 0.01 USDT, lots of 0.0001 BTC, at least 5 USDT."""
        self._references += 1
        code = f"BTCUSDT{self._references}"
        listing = {
            "base_asset": BTC,
            "quote_asset": USDT,
            "tick_atoms": 10_000,
            "lot_atoms": 10_000,
            "price_ticks_min": 1,
            "price_ticks_max": 100_000_000,
            "quantity_lots_min": 1,
            "quantity_lots_max": 90_000_000,
            "market_lots_max": 1_000_000,
            "notional_atoms_min": 5_000_000,
            "notional_atoms_max": 9_000_000 * 10**6,
            "orders_max": 5,
            "stp_allowed": sum(1 << mode for mode in SelfTrade),
            "stp_default": SelfTrade.NONE,
        }
        self.cold(ListSymbol, code=code, **(listing | changes))
        return code

    def set_rules(self, symbol: str, **figures: int) -> None:
        """What a symbol allows and its filters: all features and no figure, but those named."""
        number = self.run(self.door.desk.symbols.market(symbol)).number
        none = dict.fromkeys(set(SetSymbolRules.__struct_fields__) - {"reference"}, 0)
        self.cold(SetSymbolRules, **(none | {"symbol": number, "features": FEATURES_ALL} | figures))

    def limit_asset(self, asset: int, atoms: int) -> None:
        """The most of an asset that one order may move; 0: no limit."""
        self.cold(SetAssetLimit, asset=asset, order_atoms_max=atoms)

    def limit_exchange(self, **figures: int) -> None:
        """What an account may have open on all symbols together: what is named, and no other limit."""
        none = dict.fromkeys(set(SetExchangeLimits.__struct_fields__) - {"reference"}, 0)
        self.cold(SetExchangeLimits, **(none | figures))

    def send(
        self,
        who: Trader | None,
        method: str,
        path: str,
        *,
        in_body: bool = False,
        headers: Sequence[tuple[str, str]] = (),
        address: str = "192.0.2.1",
        door: RestDoor | None = None,
        form: Mapping[str, object] | None = None,
        **params: object,
    ) -> Answer:
        """One request, signed if somebody sends it, through the ASGI application.

        form: parameters that bear the name of another argument.
        """
        text, sent_headers = self.signed(who, {**(form or {}), **params})
        sent_headers += [(name.encode(), value.encode()) for name, value in headers]
        query, body = (b"", text) if in_body else (text, b"")
        full_path = path if path.startswith("/") else f"/api/v3/{path}"
        return self.run(request(door or self.door, method, full_path, query, sent_headers, body, address))

    @staticmethod
    def signed(who: Trader | None, params: Mapping[str, object]) -> tuple[bytes, list[tuple[bytes, bytes]]]:
        """A query and the headers that go with it."""
        text = urlencode({name: str(value) for name, value in params.items()})
        if who is None:
            return text.encode(), []
        text += f"{'&' if text else ''}timestamp={time.time_ns() // 10**6}"
        text += "&signature=" + hmac.digest(who.secret.encode(), text.encode(), "sha256").hex()
        return text.encode(), [(b"x-mbx-apikey", who.key.encode())]

    def buy(self, who: Trader, symbol: str, quantity: str, price: str, **more: object) -> Answer:
        return self.limit(who, symbol, "BUY", quantity, price, **more)

    def sell(self, who: Trader, symbol: str, quantity: str, price: str, **more: object) -> Answer:
        return self.limit(who, symbol, "SELL", quantity, price, **more)

    def limit(self, who: Trader, symbol: str, side: str, quantity: str, price: str, **more: object) -> Answer:
        """A GTC limit order, unless `more` says otherwise."""
        form = {"type": "LIMIT", "timeInForce": "GTC", "quantity": quantity, "price": price}
        return self.send(who, "POST", "order", symbol=symbol, side=side, **(form | more))

    def market_order(self, who: Trader, symbol: str, side: str, **amount: object) -> Answer:
        return self.send(who, "POST", "order", symbol=symbol, side=side, type="MARKET", **amount)


async def request(
    door: RestDoor,
    method: str,
    path: str,
    query: bytes,
    headers: list[tuple[bytes, bytes]],
    body: bytes,
    address: str,
    piece_bytes: int = 1 << 20,
    decode: Callable[[bytes], Any] = msgspec.json.decode,
) -> Answer:
    """One ASGI exchange; the body comes in pieces. decode: what the answer's is read by."""
    pieces = [body[at : at + piece_bytes] for at in range(0, len(body), piece_bytes)] or [b""]
    incoming = [
        {"type": "http.request", "body": piece, "more_body": at + 1 < len(pieces)} for at, piece in enumerate(pieces)
    ]
    outgoing: list[Any] = []

    async def receive() -> Any:
        return incoming.pop(0)

    async def send(message: Any) -> None:
        outgoing.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "headers": headers,
        "client": (address, 40_000),
    }
    await door(scope, receive, send)
    start, content = outgoing
    assert (start["type"], content["type"]) == ("http.response.start", "http.response.body")
    answered = {name.decode(): value.decode() for name, value in start["headers"]}
    assert int(answered["content-length"]) == len(content["body"])
    return Answer(start["status"], decode(content["body"]), answered)
