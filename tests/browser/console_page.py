"""The console as a visitor sees it, and the exchange as it is asked directly, to hold the one against the other."""

import hashlib
import hmac
import json
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

SYMBOL = "BTCUSDT"
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 45_000

Visit = Callable[..., Page]


class Exchange:
    """A few requests of our own, in the name of one sandbox account."""

    def __init__(self, rest: str, credentials: dict[str, str]) -> None:
        self.rest = rest
        self.credentials = credentials

    def get(self, path: str, **parameters: str) -> Any:
        return self._ask(urllib.request.Request(f"{self.rest}{path}?{urllib.parse.urlencode(parameters)}"))

    def signed(self, method: str, path: str, **parameters: str) -> Any:
        server_ms = self.get("/api/v3/time")["serverTime"]
        query = urllib.parse.urlencode(parameters | {"timestamp": server_ms, "recvWindow": 10_000})
        signature = hmac.new(self.credentials["secret"].encode(), query.encode(), hashlib.sha256).hexdigest()
        request = urllib.request.Request(f"{self.rest}{path}?{query}&signature={signature}", method=method)
        request.add_header("X-MBX-APIKEY", self.credentials["apiKey"])
        return self._ask(request)

    def rest_bid(self, share: float = 0.9) -> str:
        """Places a bid at a share of the best one, where it rests; its price."""
        price = f"{self.best_bid() * share:.2f}"
        order = {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": price}
        self.signed("POST", "/api/v3/order", symbol=SYMBOL, **order)
        return price

    def open_orders(self) -> list[dict[str, Any]]:
        return self.signed("GET", "/api/v3/openOrders", symbol=SYMBOL)

    def best_bid(self) -> float:
        return float(self.get("/api/v3/depth", symbol=SYMBOL, limit="5")["bids"][0][0])

    def cancel_all(self) -> None:
        for order in self.open_orders():
            self.signed("DELETE", "/api/v3/order", symbol=SYMBOL, orderId=str(order["orderId"]))

    @staticmethod
    def _ask(request: urllib.request.Request) -> Any:
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)


def wait_until_live(page: Page) -> None:
    expect(page.locator("[data-connection]")).to_have_attribute("data-connection", "live")


def book(page: Page) -> Locator:
    return page.locator("section[data-update-id]")


def panel(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True).first


def notice(page: Page) -> Locator:
    return page.get_by_role("log")


def write_order(page: Page, *, price: str | None = None, quantity: str | None = None, total: str | None = None) -> None:
    for name, text in (("Price", price), ("Quantity", quantity), ("Total", total)):
        if text is not None:
            amount(page, name).fill(text)


def amount(page: Page, name: str) -> Locator:
    return panel(page, "New order").get_by_role("textbox", name=name, exact=True)


def choose(page: Page, *names: str) -> None:
    for name in names:
        panel(page, "New order").get_by_role("radio", name=name, exact=True).check()


def levels_drawn(page: Page) -> dict[str, Any]:
    """The drawn book in one piece, so that no update comes in between: [ticks, quantity] from the best outward."""
    return book(page).evaluate(
        """section => ({
            id: Number(section.dataset.updateId),
            isLive: section.dataset.live === "true",
            ...Object.fromEntries(["bids", "asks"].map(side => [side,
                [...section.querySelectorAll(`button.${side}`)].map(row => [row.dataset.ticks,
                    row.children[1].textContent.replaceAll(",", "")].map(Number))])),
        })"""
    )


def assert_book_is_the_exchanges(page: Page, alice: Exchange) -> None:
    """The page's book and the exchange's, compared at one update id; while orders flow it takes a few tries to meet."""
    deadline = time.monotonic() + PATIENCE_MS / 1_000
    while time.monotonic() < deadline:
        depth = alice.get("/api/v3/depth", symbol=SYMBOL, limit="50")
        for _ in range(10):
            drawn = levels_drawn(page)
            if drawn["isLive"] and drawn["id"] == depth["lastUpdateId"]:
                for side in ("bids", "asks"):
                    expected = [[round(float(p) * 100), float(q)] for p, q in depth[side]]
                    assert len(drawn[side]) >= 5
                    assert drawn[side] == expected[: len(drawn[side])]
                return
            page.wait_for_timeout(20)
    pytest.fail("the page's book and the exchange's never met at one update id")


def assert_axe_clean(page: Page, only: str | None = None) -> None:
    """All of axe's rules, or `only` one of them."""
    options = {} if only is None else {"runOnly": [only]}
    violations = Axe().run(page, options=options).response["violations"]
    found = [(each["id"], node["html"][:200], node["failureSummary"]) for each in violations for node in each["nodes"]]
    assert found == []
