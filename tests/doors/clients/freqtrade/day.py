"""freqtrade's day: the bot itself, as its user starts it, first without money and then with it.

Its strategy buys at every new candle and sells soon after; what it did is read from its own database and log, and,
with money, asked of the exchange.
"""

import json
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.doors.clients.counterparty import Counterparty
from tests.doors.clients.diary import Diary, Place

START_S = 300  # its libraries are large, and a machine may be busy
DRY_S = 150
LIVE_S = 180
HERE = Path(__file__).parent
BOT_ONLY = "a bot: it does what its strategy wants, see its own rows"


def config(place: Place, *, is_dry: bool) -> dict[str, Any]:
    api, sapi = f"{place.rest}/api", f"{place.rest}/sapi"
    urls = {
        "api": {
            "public": f"{api}/v3",
            "private": f"{api}/v3",
            "v1": f"{api}/v1",
            "sapi": f"{sapi}/v1",
            "sapiV2": f"{sapi}/v2",
            "sapiV3": f"{sapi}/v3",
            "sapiV4": f"{sapi}/v4",
            "ws": {"spot": place.ws, "margin": place.ws, "ws-api": {"spot": place.ws_api}},
        }
    }
    keys = place.accounts["alice"]
    return {
        "dry_run": is_dry,
        "dry_run_wallet": 10_000,
        "trading_mode": "spot",
        "max_open_trades": 2,
        "stake_currency": "USDT",
        "stake_amount": 150,
        "tradable_balance_ratio": 0.5,
        "timeframe": "1m",
        "unfilledtimeout": {"entry": 1, "exit": 1},
        "entry_pricing": {"price_side": "other", "use_order_book": True, "order_book_top": 1},
        "exit_pricing": {"price_side": "other", "use_order_book": True, "order_book_top": 1},
        "exchange": {
            "name": "binance",
            "key": keys["apiKey"],
            "secret": keys["secret"],
            "enable_ws": True,
            "ccxt_config": {"urls": urls, "options": {"fetchMarkets": {"types": ["spot"]}}},
            "pair_whitelist": ["BTC/USDT", "ETH/USDT"],
            "pair_blacklist": [],
        },
        "pairlists": [{"method": "StaticPairList"}],
        "internals": {"process_throttle_secs": 2},
        "bot_name": "day",
        "initial_state": "running",
    }


class Bot:
    """One run of `freqtrade trade` with its own folder and database."""

    def __init__(self, place: Place, *, is_dry: bool) -> None:
        self.folder = place.folder / ("dry" if is_dry else "live")
        self.folder.mkdir()
        self.database = self.folder / "trades.sqlite"
        self.log = self.folder / "bot.log"
        (self.folder / "config.json").write_text(json.dumps(config(place, is_dry=is_dry)))
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "freqtrade",
                    "trade",
                    "--config",
                    self.folder / "config.json",
                    "--userdir",
                    self.folder,
                    "--strategy-path",
                    HERE / "strategies",
                    "--strategy",
                    "EveryCandle",
                    "--db-url",
                    f"sqlite:///{self.database}",
                ],
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def closed_trades(self) -> list[tuple[str, float, float]]:
        """Pair, price in, price out, of what was bought and sold."""
        if not self.database.exists():
            return []
        with sqlite3.connect(self.database) as connection:
            query = "SELECT pair, open_rate, close_rate FROM trades WHERE is_open = 0 AND close_rate IS NOT NULL"
            try:
                return connection.execute(query).fetchall()
            except sqlite3.OperationalError:
                return []  # it has not made its tables yet

    def exchange_orders(self) -> list[str]:
        with sqlite3.connect(self.database) as connection:
            return [row[0] for row in connection.execute("SELECT order_id FROM orders WHERE status = 'closed'")]

    def started(self) -> None:
        """It loaded its libraries and the markets, and trades from now on."""
        deadline_s = time.monotonic() + START_S
        while "Changing state to: RUNNING" not in self.log.read_text():
            assert self.process.poll() is None, f"it ended: {self.words()}"
            assert time.monotonic() < deadline_s, f"it did not start: {self.words()}"
            time.sleep(0.5)

    def stop_orders(self) -> list[str]:
        """Its stop losses that stood on the exchange; the exchange knows of what type they were."""
        with sqlite3.connect(self.database) as connection:
            query = "SELECT order_id FROM orders WHERE ft_order_side = 'stoploss'"
            return [row[0] for row in connection.execute(query)]

    def until(self, trades_count: int, seconds: float) -> None:
        """So many trades came to their end; the bot must live and not complain."""
        deadline_s = time.monotonic() + seconds
        while len(self.closed_trades()) < trades_count:
            assert self.process.poll() is None, f"it ended: {self.words()}"
            assert time.monotonic() < deadline_s, f"{len(self.closed_trades())} trades: {self.words()}"
            time.sleep(0.5)

    def complaints(self) -> list[str]:
        return [line for line in self.log.read_text().splitlines() if " - ERROR - " in line or "Traceback" in line]

    def words(self) -> str:
        return " | ".join(line[-200:] for line in (self.complaints() or self.log.read_text().splitlines())[-4:])

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def orders_of(account: Counterparty) -> dict[int, dict[str, Any]]:
    """By order id, what the exchange says of them."""
    symbols = ("BTCUSDT", "ETHUSDT")
    listed = (account.signed("GET", "/api/v3/allOrders", symbol=symbol) for symbol in symbols)
    return {order["orderId"]: order for orders in listed for order in orders}


def main() -> None:
    place = Place.of_arguments()
    alice = Counterparty(place.rest, **place.accounts["alice"])
    diary = Diary("freqtrade", "freqtrade")
    with diary.entry("trades without money", seconds=START_S + DRY_S + 40):
        bot = Bot(place, is_dry=True)
        try:
            bot.started()
            bot.until(2, DRY_S)
        finally:
            bot.stop()
        assert not bot.complaints(), bot.words()
    bot = Bot(place, is_dry=False)
    try:
        with diary.entry("trades with money", "market", "own trades", "markets", "balances", seconds=START_S + LIVE_S):
            bot.started()
            bot.until(2, LIVE_S - 10)
            assert {int(number) for number in bot.exchange_orders()} <= orders_of(alice).keys()
            assert not bot.complaints(), bot.words()
        with diary.entry("stop loss limit"):
            known = orders_of(alice)
            stops = [known[int(number)] for number in bot.stop_orders()]
            assert stops, bot.words()
            assert {stop["type"] for stop in stops} == {"STOP_LOSS_LIMIT"}
        with diary.entry("recovers after a cut", "market streams after a cut", seconds=LIVE_S):
            count = len(bot.closed_trades())
            place.cut()
            bot.until(count + 2, LIVE_S - 10)
    finally:
        bot.stop()
    diary.close(BOT_ONLY)


if __name__ == "__main__":
    main()
