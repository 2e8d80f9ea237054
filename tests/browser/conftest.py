"""A browser, a sandbox account with no open orders, and a visit to the console that must end without an error."""

import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.console_page import PATIENCE_MS, WIDE, Exchange, Visit, wait_until_live

CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def alice(exchange: Any) -> Iterator[Exchange]:
    account = Exchange(exchange.rest, exchange.accounts["alice"])
    account.cancel_all()
    yield account
    account.cancel_all()


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


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
    assert {urllib.parse.urlsplit(url).netloc for url in asked if not url.startswith("data:")} == {host}
    assert errors == []
