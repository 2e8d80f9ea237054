"""nautilus-trader's day: a live node with its Binance adapter, and a strategy that does what it is told."""

import asyncio

from nautilus_trader.adapters.binance import (
    BINANCE,
    BinanceAccountType,
    BinanceDataClientConfig,
    BinanceExecClientConfig,
    BinanceLiveDataClientFactory,
    BinanceLiveExecClientFactory,
)
from nautilus_trader.config import InstrumentProviderConfig, LiveExecEngineConfig, LoggingConfig, TradingNodeConfig
from nautilus_trader.live.node import TradingNode

from tests.doors.clients.counterparty import Counterparty
from tests.doors.clients.diary import Diary, Place
from tests.doors.clients.nautilus_trader.scenes import INSTRUMENT, Scenes
from tests.doors.clients.nautilus_trader.strategy import Told

NO_CALL = "the adapter has no call for it"
NO_SPOT = "the adapter refuses it for spot by itself"


def node(place: Place) -> TradingNode:
    keys = place.accounts["alice"]
    addresses = {"base_url_http": place.rest, "base_url_ws": f"ws://{place.host}"}
    common = {
        "api_key": keys["apiKey"],
        "api_secret": keys["secret"],
        "account_type": BinanceAccountType.SPOT,
        "instrument_provider": InstrumentProviderConfig(load_all=True),
        **addresses,
    }
    made = TradingNode(
        config=TradingNodeConfig(
            trader_id="DAY-001",
            logging=LoggingConfig(log_level="INFO", log_colors=False),
            exec_engine=LiveExecEngineConfig(reconciliation=True, reconciliation_lookback_mins=60),
            data_clients={BINANCE: BinanceDataClientConfig(**common)},
            exec_clients={BINANCE: BinanceExecClientConfig(**common)},
            timeout_connection=20.0,
            timeout_reconciliation=20.0,
            timeout_portfolio=20.0,
            timeout_disconnection=5.0,
            timeout_post_stop=1.0,
        )
    )
    made.add_data_client_factory(BINANCE, BinanceLiveDataClientFactory)
    made.add_exec_client_factory(BINANCE, BinanceLiveExecClientFactory)
    return made


async def live(place: Place, diary: Diary, other: Counterparty) -> None:
    strategy = Told()
    trading = node(place)
    trading.trader.add_strategy(strategy)
    trading.build()
    running = asyncio.create_task(trading.run_async())
    try:
        scenes = Scenes(strategy, trading, diary, other, place)
        async with diary.waiting("markets", "balances", seconds=90):
            await strategy.started.wait()
            assert trading.cache.instrument(INSTRUMENT) is not None
            account = trading.cache.account_for_venue(INSTRUMENT.venue)
            assert float(account.balance_free(trading.cache.instrument(INSTRUMENT).quote_currency)) > 0
        if not strategy.started.is_set():
            return  # the node starts no strategy before all its clients are connected
        await scenes.market()
        await scenes.orders()
        await scenes.after_a_cut()
    finally:
        await trading.stop_async()
        await asyncio.wait([running], timeout=15)


def main() -> None:
    place = Place.of_arguments()
    diary = Diary("nautilus-trader", "nautilus-trader")
    asyncio.run(live(place, diary, Counterparty(place.rest, **place.accounts["bob"])))
    if not diary.has("limit"):
        return
    diary.absent(NO_SPOT, "stop loss", "take profit", "trailing stop", "amend keeping priority")
    diary.absent(NO_CALL, "smart order routing", "pegged", "market by quote amount", "session logon")
    diary.close(NO_CALL)


if __name__ == "__main__":
    main()
