"""What a sandbox trades, and who trades there: figures alone.

The figures of the symbols are Binance's (exchangeInfo, 2026); the prices are of August 2024.
"""

from typing import NamedTuple

ASSETS = (
    *(("BTC", 9), ("ETH", 8), ("BNB", 8), ("USDT", 8)),
    *(("vUSD", 6), ("vCNY", 6), ("vEUR", 6)),
    *(("dCNY", 2), ("rCNY", 2)),
)
"""Code and scale. BTC has a ninth decimal so that ETHBTC, at 0.00001 × 0.0001, trades exactly."""

TRADERS = ("alice", "bob")
PARTICIPANTS = tuple(f"simulated-{number:02d}" for number in range(1, 17))
HOUSE, FAUCET, FIRST_PERSON = 0, 1, 2
FEE_PPM = 1_000


class Listing(NamedTuple):
    """A symbol as its exchangeInfo tells it, in decimal texts."""

    base: str
    quote: str
    tick: str
    lot: str
    price_max: str
    quantity_max: str
    market_max: str
    notional_min: str
    notional_max: str
    price: float  # where its history ends up in the mean
    typical_quantity: float

    @property
    def code(self) -> str:
        """In capitals, which is all that clients can ask for: BTCVUSD trades BTC against vUSD."""
        return (self.base + self.quote).upper()


LISTINGS = (
    Listing("BTC", "USDT", "0.01", "0.00001", "1000000", "9000", "120", "5", "9000000", 61_800.0, 0.05),
    Listing("ETH", "USDT", "0.01", "0.0001", "1000000", "9000", "3000", "5", "9000000", 2_680.0, 0.9),
    Listing("BNB", "USDT", "0.01", "0.001", "100000", "900000", "9000", "5", "9000000", 515.0, 4.0),
    Listing("ETH", "BTC", "0.00001", "0.0001", "922327", "100000", "2000", "0.0001", "9000000", 0.04337, 0.9),
)
COIN_LISTINGS = (
    Listing("BTC", "vUSD", "0.1", "0.00001", "1000000", "9000", "120", "5", "9000000", 61_800.0, 0.05),
    Listing("vUSD", "vCNY", "0.0001", "0.01", "1000", "9000000", "1000000", "5", "90000000", 7.16, 2_000.0),
    Listing("vEUR", "vUSD", "0.0001", "0.01", "1000", "9000000", "1000000", "5", "90000000", 1.092, 1_500.0),
    Listing("BTC", "dCNY", "10", "0.001", "10000000", "9000", "120", "50", "90000000", 442_500.0, 0.05),
    Listing("dCNY", "USDT", "0.00001", "0.01", "100", "9000000", "1000000", "5", "9000000", 0.13966, 2_000.0),
)
"""Venus coins and a central bank's currency trade like anything else; they have books, and no weeks of history."""
MONEY = {
    "BTC": "100",
    "ETH": "2000",
    "BNB": "5000",
    "USDT": "5000000",
    "vUSD": "1000000",
    "vCNY": "7000000",
    "vEUR": "900000",
    "dCNY": "1000000",
}

PRICES_USD = {"BTC": 61_800.0, "ETH": 2_680.0, "BNB": 515.0, "USDT": 1.0, "vUSD": 1.0, "vCNY": 0.14, "vEUR": 1.092}
"""About what a unit is worth where history ends."""
