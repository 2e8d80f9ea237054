"""The programs of the clients' days: which there are."""

from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[3]
REPORTS = ROOT / ".cache" / "clients"
"""Where the last report of each program is kept, for the page."""


class Program(NamedTuple):
    """A client's day.

    name          folder beside this file, which may hold the lock of an environment of its own
    columns       what it reports on
    seconds_max   after which it is ended: many times what it takes on a machine that is not busy
    is_heavy      it takes longer than the usual run of tests has room for
    """

    name: str
    columns: tuple[str, ...]
    seconds_max: float
    is_heavy: bool = True

    @property
    def marks(self) -> tuple[pytest.MarkDecorator, ...]:
        return (pytest.mark.heavy,) if self.is_heavy else ()


PROGRAMS = (
    Program("ccxt", ("ccxt", "ccxt.pro"), 600),
    Program("python_binance", ("python-binance", "python-binance WebSocket API"), 600),
    Program("binance_connector", ("binance-connector", "binance-connector WebSocket API"), 600),
    Program("binance_sdk", ("binance-sdk-spot", "binance-sdk-spot WebSocket API", "binance-sdk-wallet"), 600),
    Program("nautilus_trader", ("nautilus-trader",), 600),
    Program("freqtrade", ("freqtrade",), 1_200),
)
