"""The web console in a real browser, against a real exchange: what is shown is what the exchange has.

Needs Debian's chromium (or any on PATH). Where there is none these tests fail; they are never skipped.
"""

import hashlib
import hmac
import json
import re
import shutil
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, WebSocketRoute, expect, sync_playwright

SYMBOL = "BTCUSDT"
CHROMIUM_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 15_000

expect.set_options(timeout=PATIENCE_MS)


# The exchange, asked directly: what the page shows is held against this.


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

    def open_orders(self) -> list[dict[str, Any]]:
        return self.signed("GET", "/api/v3/openOrders", symbol=SYMBOL)

    def best_bid(self) -> float:
        return float(self.get("/api/v3/depth", symbol=SYMBOL, limit="5")["bids"][0][0])

    def cancel_all(self) -> None:
        for order in self.open_orders():
            self.signed("DELETE", "/api/v3/order", symbol=SYMBOL, orderId=str(order["orderId"]))

    @staticmethod
    def _ask(request: urllib.request.Request) -> Any:
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)


@pytest.fixture
def alice(exchange: Any) -> Iterator[Exchange]:
    account = Exchange(exchange.rest, exchange.accounts["alice"])
    account.cancel_all()
    yield account
    account.cancel_all()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path is not None, "no chromium on PATH: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


Visit = Callable[..., Page]


@pytest.fixture
def visit(exchange: Any, browser: Browser) -> Iterator[Visit]:
    """Opens the console and waits until it lives. Afterwards: it asked nobody else, and reported no error."""
    contexts: list[BrowserContext] = []
    asked: list[str] = []
    errors: list[str] = []

    def open_page(
        language: str = "en-US",
        theme: str = "dark",
        size: dict[str, int] = WIDE,
        prepare: Callable[[Page], None] | None = None,
    ) -> Page:
        context = browser.new_context(viewport=size, locale=language, color_scheme=theme)  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda socket: asked.append(socket.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        if prepare is not None:
            prepare(page)
        page.goto(exchange.rest)
        wait_until_live(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    host = urllib.parse.urlsplit(exchange.rest).netloc
    strangers = [url for url in asked if not url.startswith(("data:", "blob:")) and urllib.parse.urlsplit(url).netloc != host]
    assert strangers == []
    assert errors == []


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
    """The drawn book in one piece, so that no update comes in between."""
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


# What is shown


def test_the_market_is_shown(visit: Visit, alice: Exchange) -> None:
    page = visit()
    expect(page).to_have_title(re.compile(r"^[0-9,.]+ BTC/USDT · Venus$"))
    summary = page.get_by_test_id("chart-summary")
    expect(summary).to_contain_text("BTCUSDT, 1h")
    page.wait_for_function("Number(document.querySelector('[data-testid=chart-summary]').dataset.candles) >= 1000")
    assert page.locator("[data-trade]").count() > 0
    assert_book_is_the_exchanges(page, alice)
    credit = page.get_by_role("link", name="TradingView")
    expect(credit).to_be_visible()
    expect(credit).to_have_attribute("href", "https://www.tradingview.com/")


def test_a_trade_reaches_book_tape_and_chart(visit: Visit, alice: Exchange) -> None:
    page = visit()
    before = page.evaluate("Math.max(...[...document.querySelectorAll('[data-trade]')].map(row => row.dataset.trade))")
    done = alice.signed("POST", "/api/v3/order", symbol=SYMBOL, side="BUY", type="MARKET", quantity="0.01")
    assert done["status"] == "FILLED"
    trade_id = done["fills"][-1]["tradeId"]
    assert trade_id > before
    expect(page.locator(f"[data-trade='{trade_id}']")).to_be_attached()
    assert_book_is_the_exchanges(page, alice)


def test_another_symbol_and_another_interval(visit: Visit) -> None:
    page = visit()
    page.get_by_label("Market: BTC/USDT").click()
    page.get_by_role("option", name="ETH/BTC").click()
    expect(page).to_have_title(re.compile(r"ETH/BTC"))
    wait_until_live(page)
    expect(book(page).locator("button.bids").first).to_be_visible()
    best = float((book(page).locator("button.bids span").first.text_content() or "").replace(",", ""))
    assert 0 < best < 1
    page.get_by_role("radio", name="5m", exact=True).check()
    expect(page.get_by_test_id("chart-summary")).to_contain_text("ETHBTC, 5m")
    page.reload()
    wait_until_live(page)
    expect(page.get_by_test_id("chart-summary")).to_contain_text("ETHBTC, 5m")


def test_levels_are_gathered(visit: Visit) -> None:
    page = visit()
    page.get_by_label("Price step").select_option(label="10")
    expect(book(page).locator("button.bids").first).to_be_visible()
    drawn = levels_drawn(page)
    assert drawn["bids"] and all(ticks % 1_000 == 0 for ticks, _ in drawn["bids"] + drawn["asks"])
    assert max(ticks for ticks, _ in drawn["bids"]) <= min(ticks for ticks, _ in drawn["asks"])


# Trading


def test_a_limit_order_rests_and_is_cancelled(visit: Visit, alice: Exchange) -> None:
    page = visit()
    price = f"{alice.best_bid() * 0.9:.2f}"
    write_order(page, price=price, quantity="0.01")
    page.get_by_role("button", name="Buy BTC").click()
    expect(notice(page)).to_contain_text("in the book")
    (order,) = alice.open_orders()
    assert (float(order["price"]), order["origQty"][:4], order["timeInForce"]) == (float(price), "0.01", "GTC")
    row = page.locator(f"[data-order='{order['orderId']}']")
    expect(row).to_contain_text("0.01")
    row.get_by_role("button", name="Cancel").click()
    expect(row).to_have_count(0)
    assert alice.open_orders() == []


def test_an_order_placed_elsewhere_is_shown(visit: Visit, alice: Exchange) -> None:
    page = visit()
    expect(page.get_by_role("tab", name="Open orders (0)")).to_be_visible()
    price = f"{alice.best_bid() * 0.9:.2f}"
    for _ in range(2):
        alice.signed("POST", "/api/v3/order", symbol=SYMBOL, side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01", price=price)
    expect(page.get_by_role("tab", name="Open orders (2)")).to_be_visible()
    page.get_by_role("button", name="Cancel all in BTCUSDT").click()
    expect(notice(page)).to_contain_text("2 orders cancelled")
    expect(page.get_by_role("tab", name="Open orders (0)")).to_be_visible()


@pytest.mark.parametrize("by", ["Quantity", "Total"])
def test_a_market_order(visit: Visit, alice: Exchange, by: str) -> None:
    page = visit()
    choose(page, "Market")
    choose(page, by)
    write_order(page, **{by.lower(): "0.01" if by == "Quantity" else "500"})
    expect(panel(page, "New order")).to_contain_text("on average")
    page.get_by_role("button", name="Buy BTC").click()
    expect(notice(page)).to_contain_text("filled at")
    trade = alice.signed("GET", "/api/v3/myTrades", symbol=SYMBOL)[-1]
    assert trade["isBuyer"] and not trade["isMaker"]
    if by == "Total":
        assert 490 < sum(float(each["quoteQty"]) for each in trades_of(alice, trade["orderId"])) <= 500
    page.get_by_role("tab", name="My trades").click()
    expect(page.get_by_role("tabpanel", name="My trades").get_by_text("Taker").first).to_be_visible()
    page.get_by_role("tab", name="Order history").click()
    expect(page.get_by_role("tabpanel", name="Order history").get_by_text("Filled", exact=True).first).to_be_visible()


def trades_of(account: Exchange, order_id: int) -> list[dict[str, Any]]:
    return account.signed("GET", "/api/v3/myTrades", symbol=SYMBOL, orderId=str(order_id))


def test_a_fill_or_kill_that_cannot_fill_says_so(visit: Visit, alice: Exchange) -> None:
    page = visit()
    panel(page, "New order").get_by_label("In force").select_option("FOK")
    write_order(page, price=f"{alice.best_bid() * 0.9:.2f}", quantity="0.01")
    page.get_by_role("button", name="Buy BTC").click()
    expect(notice(page)).to_contain_text("expired, nothing was filled")
    assert alice.open_orders() == []


def test_a_share_of_what_is_available(visit: Visit, alice: Exchange) -> None:
    page = visit()
    page.get_by_role("tab", name="Balances").click()
    row = page.locator("[data-asset='USDT']")
    expect(row).to_be_visible()
    balances = {each["asset"]: float(each["free"]) for each in alice.signed("GET", "/api/v3/account")["balances"]}
    price = alice.best_bid() * 0.5
    write_order(page, price=f"{price:.2f}")
    page.get_by_role("button", name="50% of what is available").click()
    quantity = float(amount(page, "Quantity").input_value())
    assert quantity * price <= balances["USDT"] / 2
    assert (quantity + 0.00002) * price > balances["USDT"] / 2


def test_refusals_are_told_in_words_in_the_language_of_the_moment(visit: Visit, alice: Exchange) -> None:
    page = visit()
    choose(page, "Post only")
    write_order(page, price=f"{alice.best_bid() * 1.01:.2f}", quantity="0.01")
    page.get_by_role("button", name="Buy BTC").click()
    expect(notice(page)).to_contain_text("A post-only order may not trade at once")
    page.get_by_role("button", name="简体中文").click()
    expect(notice(page)).to_contain_text("只做挂单的订单不能立即成交")
    assert alice.open_orders() == []


def test_faults_are_told_before_anything_is_sent(visit: Visit) -> None:
    page = visit()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method) if request.method == "POST" else None)
    form = panel(page, "New order")
    write_order(page, price="65000.001", quantity="")
    page.get_by_role("button", name="Buy BTC").click()
    expect(form.get_by_text("Price must be a multiple of 0.01.")).to_be_visible()
    expect(form.get_by_text("Enter the quantity.")).to_be_visible()
    expect(amount(page, "Price")).to_be_focused()
    write_order(page, price="65000", quantity="0.00001")
    expect(form.get_by_text("price × quantity must be at least 5 USDT")).to_be_visible()
    assert sent == []


# When things go wrong


class Tampered:
    """The page's stream, passed through here, where messages can be left out and the connection broken."""

    def __init__(self) -> None:
        self.drops_count = 0
        self.routes: list[WebSocketRoute] = []

    def attach(self, page: Page) -> None:
        page.route_web_socket(re.compile(r"/stream\?"), self._handle)

    def _handle(self, route: WebSocketRoute) -> None:
        self.routes.append(route)
        server = route.connect_to_server()
        server.on_message(lambda message: self._pass(route, message))

    def _pass(self, route: WebSocketRoute, message: str | bytes) -> None:
        if self.drops_count > 0 and "@depth@100ms" in str(message):
            self.drops_count -= 1
        else:
            route.send(message)


def test_a_missed_depth_event_is_noticed_and_mended(visit: Visit, alice: Exchange) -> None:
    stream = Tampered()
    page = visit(prepare=stream.attach)
    assert_book_is_the_exchanges(page, alice)
    stream.drops_count = 1
    for _ in range(3):  # two events at least: one that is lost, one that shows the loss
        alice.signed(
            "POST", "/api/v3/order", symbol=SYMBOL, side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01",
            price=f"{alice.best_bid() * 0.999:.2f}",
        )  # fmt: skip
        page.wait_for_timeout(250)
    expect(book(page)).to_have_attribute("data-resyncs", "1")
    wait_until_live(page)
    assert_book_is_the_exchanges(page, alice)


def test_a_broken_connection_is_shown_and_restored(visit: Visit, alice: Exchange) -> None:
    stream = Tampered()
    page = visit(prepare=stream.attach)
    stream.routes[-1].close()
    expect(page.get_by_text("Reconnecting…")).to_be_visible()
    wait_until_live(page)
    assert len(stream.routes) == 2
    assert_book_is_the_exchanges(page, alice)


def test_an_order_whose_answer_is_lost_is_found(visit: Visit, alice: Exchange) -> None:
    page = visit()

    def lose_the_answer(route: Any) -> None:
        if route.request.method == "POST":
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/api/v3/order?*", lose_the_answer)
    write_order(page, price=f"{alice.best_bid() * 0.9:.2f}", quantity="0.01")
    page.get_by_role("button", name="Buy BTC").click()
    expect(notice(page)).to_contain_text("in the book")
    assert len(alice.open_orders()) == 1


def test_an_order_that_never_arrived_is_told(visit: Visit, alice: Exchange) -> None:
    page = visit()
    page.route("**/api/v3/order?*", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    write_order(page, price=f"{alice.best_bid() * 0.9:.2f}", quantity="0.01")
    page.get_by_role("button", name="Buy BTC").click()
    expect(notice(page)).to_contain_text("no answer came")
    expect(notice(page)).to_contain_text("Nothing was placed")
    assert alice.open_orders() == []


# For everyone


def test_language_colours_and_theme_are_remembered(visit: Visit) -> None:
    page = visit(language="zh-CN", theme="light")
    html = page.locator("html")
    expect(html).to_have_attribute("lang", "zh-CN")
    expect(html).to_have_attribute("data-palette", "red-up")
    expect(html).to_have_attribute("data-theme", "venus-light")
    page.get_by_role("button", name="English").click()
    expect(html).to_have_attribute("lang", "en")
    expect(html).to_have_attribute("data-palette", "green-up")
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("radio", name="Blue up, orange down").check()
    page.get_by_role("radio", name="Dark").check()
    page.reload()
    wait_until_live(page)
    expect(page.get_by_role("button", name="Buy BTC")).to_be_visible()
    expect(html).to_have_attribute("lang", "en")
    expect(html).to_have_attribute("data-palette", "blue-up")
    expect(html).to_have_attribute("data-theme", "venus-dark")


def test_an_order_by_keyboard_alone(visit: Visit, alice: Exchange) -> None:
    page = visit()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the order form")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")  # side
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Sell BTC")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")  # type
    page.keyboard.press("Tab")  # price
    price = amount(page, "Price")
    expect(price).to_be_focused()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type(f"{alice.best_bid() * 0.9:.2f}")
    written = float(price.input_value())
    page.keyboard.press("ArrowUp")
    assert round(float(price.input_value()) - written, 2) == 0.01
    page.keyboard.press("Tab")  # quantity
    page.keyboard.type("0.01")
    page.keyboard.press("Enter")
    expect(notice(page)).to_contain_text("in the book")
    assert len(alice.open_orders()) == 1


def test_a_price_is_taken_from_the_book_by_keyboard(visit: Visit) -> None:
    page = visit()
    book(page).locator("button.bids[tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    row = page.locator("button.bids:focus")
    assert row.get_attribute("data-index") == "1"
    price = amount(page, "Price")
    assert float(price.input_value()) > 0


def test_on_a_phone_nothing_runs_off_the_side(visit: Visit) -> None:
    page = visit(size=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(book(page)).not_to_be_visible()
    page.get_by_role("radio", name="Order book").check()
    expect(book(page).locator("button.bids").first).to_be_visible()
    expect(page.get_by_role("button", name="Buy BTC")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_nothing(visit: Visit, alice: Exchange, theme: str, language: str, size: dict[str, int]) -> None:
    alice.signed(
        "POST", "/api/v3/order", symbol=SYMBOL, side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01",
        price=f"{alice.best_bid() * 0.9:.2f}",
    )  # fmt: skip
    page = visit(language=language, theme=theme, size=size)
    expect(page.locator("[data-order]")).to_be_visible()
    page.locator("form button[type=submit]").click()  # the form says what is missing
    assert_axe_clean(page)
    for palette in ("green-up", "red-up", "blue-up"):
        page.evaluate("palette => document.documentElement.dataset.palette = palette", palette)
        assert_axe_clean(page)
    for tab in page.get_by_role("tab").all():
        tab.click()
        assert_axe_clean(page)
    page.get_by_role("button", name="Settings" if language == "en-US" else "设置").click()
    expect(page.locator(".settings-panel")).to_be_visible()
    assert_axe_clean(page)


def assert_axe_clean(page: Page) -> None:
    violations = Axe().run(page).response["violations"]
    found = [(each["id"], node["html"][:200], node["failureSummary"]) for each in violations for node in each["nodes"]]
    assert found == []
