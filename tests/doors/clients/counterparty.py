"""Somebody else in the market, who speaks plain HTTP: makes prices move when a client's day needs it."""

import hashlib
import hmac
import json
import time
import urllib.parse
import urllib.request
from decimal import Decimal
from typing import Any

SYMBOL = "BTCUSDT"


class Counterparty:
    def __init__(self, rest: str, apiKey: str, secret: str) -> None:
        self._rest = rest
        self._key = apiKey
        self._secret = secret

    def get(self, path: str, **params: Any) -> Any:
        query = urllib.parse.urlencode(params)
        with urllib.request.urlopen(f"{self._rest}{path}?{query}", timeout=60) as reply:
            return json.load(reply)

    def signed(self, method: str, path: str, **params: Any) -> Any:
        query = urllib.parse.urlencode(params | {"timestamp": time.time_ns() // 1_000_000})
        signature = hmac.new(self._secret.encode(), query.encode(), hashlib.sha256).hexdigest()
        url = f"{self._rest}{path}?{query}&signature={signature}"
        request = urllib.request.Request(url, method=method, headers={"X-MBX-APIKEY": self._key})
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.load(reply)

    def trade(self, side: str, quantity: str = "0.05") -> dict[str, Any]:
        """Take from the other side of the book."""
        return self.signed("POST", "/api/v3/order", symbol=SYMBOL, side=side, type="MARKET", quantity=quantity)

    def best(self) -> tuple[Decimal, Decimal]:
        """Bid and ask."""
        ticker = self.get("/api/v3/ticker/bookTicker", symbol=SYMBOL)
        return Decimal(ticker["bidPrice"]), Decimal(ticker["askPrice"])

    def last(self) -> Decimal:
        return Decimal(self.get("/api/v3/ticker/price", symbol=SYMBOL)["price"])
