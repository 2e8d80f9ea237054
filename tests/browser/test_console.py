"""The web console in a real browser, against a real exchange: what is shown is what the exchange has."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.console_page import (
    SYMBOL,
    Exchange,
    Visit,
    amount,
    assert_book_is_the_exchanges,
    book,
    choose,
    levels_drawn,
    notice,
    panel,
    wait_until_live,
    write_order,
)


def test_the_market_is_shown(visit: Visit, alice: Exchange) -> None:
    page = visit()
    expect(page).to_have_title(re.compile(r"^[0-9,.]+ BTC/USDT · Venus$"))
    summary = page.get_by_test_id("chart-summary")
    expect(summary).to_contain_text("BTCUSDT, 1h")
    expect(summary).to_have_attribute("data-candles", re.compile(r"^[0-9]{4,}$"))
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
    alice.rest_bid()
    alice.rest_bid()
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
    price = round(alice.best_bid() * 0.5)
    write_order(page, price=str(price))
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
