"""An engine and a gateway in one event loop, with one market and four traders: enough to see a door from outside."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import uvloop

from venus.console.door import ConsoleDoor
from venus.engine.client import EngineClient, Outcome
from venus.engine.host import host
from venus.engine.places import Places
from venus.gateway.binance.limits import USUAL, LimitRules
from venus.gateway.binance.streams.session import StreamRules
from venus.gateway.binance.ws_api.door import WsApiRules
from venus.gateway.journal.door import FeedRules, JournalFiles
from venus.gateway.server import Gateway, GatewayConfig, serve
from venus.records.commands import (
    TRADE_GROUP_NONE,
    AccountKind,
    ColdCommand,
    Command,
    CommandKind,
    ListAsset,
    ListSymbol,
    OpenAccounts,
    OrderType,
    SelfTrade,
    SetFeeTier,
    Side,
    TimeInForce,
    client_digest,
)
from venus.records.events import EventKind

BANK = 1
TRADERS = range(2, 6)
RICH_ATOMS = 10**16
PATIENT = StreamRules(connections_5m_max=100_000)
FEED = FeedRules()
SCENARIO_S = 180
TIDY_S = 20.0
CANCELS = 2


class SmallExchange(NamedTuple):
    """BTCUSDT is symbol 0: a tick is 0.01 USDT, a lot 0.00001 BTC."""

    gateway: Gateway
    client: EngineClient  # of the engine, for placing orders straight
    places: Places

    @property
    def ws(self) -> str:
        return self.gateway.ws_url.removesuffix("/ws")

    @property
    def rest(self) -> str:
        return self.gateway.rest_url

    async def place(self, commands: Iterable[Command]) -> list[Outcome]:
        return await self.client.submit_linked([(command, "") for command in commands])


@contextlib.asynccontextmanager
async def small_exchange(
    streams: StreamRules = PATIENT,
    *,
    sandbox: bool = False,
    faucet: bool = False,
    limits: LimitRules = USUAL,
    ws_api: WsApiRules | None = None,
    feed: FeedRules = FEED,
    console: bool = False,
) -> AsyncIterator[SmallExchange]:
    with tempfile.TemporaryDirectory() as folder:
        places = Places(Path(folder))
        hosted = await host(places)
        try:
            client = await EngineClient.connect(places.socket)
            await furnish(client, "external:faucet" if faucet else "bank")
            if sandbox:
                places.sandbox.write_text('{"accounts":{}}')
            gateway = await serve(
                GatewayConfig(
                    port=0,
                    engine_socket=places.socket,
                    registry_url=f"sqlite:///{places.registry}",
                    master_key=places.master_key,
                    liabilities=places.liabilities,
                    reserves=places.reserves,
                    receipts_key=places.receipts_key,
                    receipts_delegation=places.receipts_delegation,
                    sandbox_file=places.sandbox,
                    p2p_files=places.p2p_files,
                    streams=streams,
                    limits=limits,
                    ws_api=ws_api or WsApiRules(),
                    journal=JournalFiles(
                        places.journal,
                        places.event_chain,
                        places.events,
                        places.liabilities,
                        places.journal_verifier,
                        places.public_log,
                        places.looks,
                    ),
                    feed=feed,
                    drain_s=1,
                    console=ConsoleDoor() if console else None,
                )
            )
            try:
                yield SmallExchange(gateway, client, places)
            finally:
                await gateway.stop()
                client.close()
        finally:
            await hosted.server.stop()


def order(account: int, side: Side, price_ticks: int, lots: int, tif: TimeInForce = TimeInForce.GTC) -> Command:
    return Command(
        account=account,
        kind=CommandKind.ORDER,
        side=side,
        type=OrderType.LIMIT,
        tif=tif,
        stp=SelfTrade.NONE,
        price_ticks=price_ticks,
        quantity=lots,
    )


def play(
    scenario: Callable[[SmallExchange], Awaitable[None]],
    rules: StreamRules = PATIENT,
    *,
    limits: LimitRules = USUAL,
    ws_api: WsApiRules | None = None,
    feed: FeedRules = FEED,
    console: bool = False,
    scenario_s: float = SCENARIO_S,
) -> None:
    """Run a scenario against an exchange of its own, on the loop that the gateway runs on."""

    async def main() -> None:
        async with small_exchange(rules, limits=limits, ws_api=ws_api, feed=feed, console=console) as exchange:
            await within(scenario_s, scenario(exchange))

    uvloop.run(main())


async def within(seconds: float, scenario: Awaitable[None], tidy_s: float = TIDY_S) -> None:
    """As asyncio.timeout, for what may wait on while it tidies up, such as a browser: it is cancelled a second time,
    and then no longer waited for. Says where it stood when its time was over.
    """
    task = asyncio.ensure_future(scenario)
    try:
        if (await asyncio.wait({task}, timeout=seconds))[0]:
            return task.result()
        task.print_stack()
        for _ in range(CANCELS):
            task.cancel()
            if (await asyncio.wait({task}, timeout=tidy_s))[0]:
                break
        raise TimeoutError(f"the scenario took more than {seconds} s")
    finally:
        task.cancel()


async def furnish(client: EngineClient, bank: str = "bank") -> None:
    for command in listings(bank):
        outcome = await client.submit_cold(command)
        assert outcome.events[-1].kind != EventKind.REJECTED, outcome
    for account in TRADERS:
        for asset in (0, 1):
            hi, lo = client_digest(f"deposit {account} {asset}")
            deposit = Command(
                client_hi=hi,
                client_lo=lo,
                target_lo=account,
                account=BANK,
                subject=asset,
                kind=CommandKind.TRANSFER,
                quantity=RICH_ATOMS,
            )
            outcome = await client.submit(deposit)
            assert outcome.events[0].kind == EventKind.TRANSFERRED, outcome


def listings(bank: str = "bank") -> Iterable[ColdCommand]:
    yield _accounts("house", AccountKind.HOUSE, 1)
    yield _accounts(bank, AccountKind.EXTERNAL, 1)
    yield SetFeeTier(reference="tier 0", tier=0, maker_ppm=1_000, taker_ppm=1_000)
    yield ListAsset(reference="BTC", code="BTC", scale=8)
    yield ListAsset(reference="USDT", code="USDT", scale=8)
    yield ListSymbol(
        reference="BTCUSDT",
        code="BTCUSDT",
        base_asset=0,
        quote_asset=1,
        tick_atoms=10**6,
        lot_atoms=1_000,
        price_ticks_min=1,
        price_ticks_max=10**8,
        quantity_lots_min=1,
        quantity_lots_max=9 * 10**8,
        market_lots_max=10**8,
        notional_atoms_min=1,
        notional_atoms_max=9 * 10**14,
        orders_max=100_000,
        stp_allowed=(1 << len(SelfTrade)) - 1,
        stp_default=SelfTrade.NONE,
    )
    yield _accounts("traders", AccountKind.PERSON, len(TRADERS))


def _accounts(name: str, kind: AccountKind, count: int) -> OpenAccounts:
    label = "" if kind == AccountKind.PERSON else name
    return OpenAccounts(
        reference=name, account_kind=kind, count=count, label=label, tier=0, trade_group=TRADE_GROUP_NONE
    )
