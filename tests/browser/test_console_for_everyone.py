"""The console in both languages, by keyboard alone, on a phone, and to people who do not see it as others do."""

import pytest
from playwright.sync_api import expect

from tests.browser.console_page import (
    PHONE,
    WIDE,
    Exchange,
    Visit,
    amount,
    assert_axe_clean,
    book,
    notice,
    wait_until_live,
)


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


def test_on_a_phone_nothing_runs_off_the_side(visit: Visit, alice: Exchange) -> None:
    alice.rest_bid()
    page = visit(size=PHONE)
    cancel = page.locator("[data-order]").get_by_role("button", name="Cancel")
    expect(cancel).to_be_visible()
    box = cancel.bounding_box()
    assert box is not None and box["x"] + box["width"] <= PHONE["width"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(book(page)).not_to_be_visible()
    page.get_by_role("radio", name="Order book").check()
    expect(book(page).locator("button.bids").first).to_be_visible()
    expect(page.get_by_role("button", name="Buy BTC")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(
    ("language", "size", "theme"),
    [
        pytest.param("en-US", WIDE, "light", id="en-wide-light"),
        pytest.param("zh-CN", PHONE, "dark", id="zh-phone-dark"),
        pytest.param("en-US", WIDE, "dark", id="en-wide-dark", marks=pytest.mark.heavy),
        pytest.param("zh-CN", PHONE, "light", id="zh-phone-light", marks=pytest.mark.heavy),
    ],
)
def test_axe_finds_nothing(visit: Visit, alice: Exchange, theme: str, language: str, size: dict[str, int]) -> None:
    alice.rest_bid()
    page = visit(language=language, theme=theme, size=size)
    expect(page.locator("[data-order]")).to_be_visible()
    page.locator("form button[type=submit]").click()  # the form says what is missing
    assert_axe_clean(page)
    for palette in ("green-up", "red-up", "blue-up"):
        page.evaluate("palette => document.documentElement.dataset.palette = palette", palette)
        assert_axe_clean(page, only="color-contrast")
    page.get_by_label("Market: BTC/USDT" if language == "en-US" else "交易对: BTC/USDT").click()
    expect(page.get_by_role("option", name="ETH/BTC")).to_be_visible()
    assert_axe_clean(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Settings" if language == "en-US" else "设置").click()
    expect(page.locator(".settings-panel")).to_be_visible()
    assert_axe_clean(page)


def test_axe_finds_nothing_in_any_tab(visit: Visit) -> None:
    page = visit()
    for tab in page.get_by_role("tab").all():
        tab.click()
        assert_axe_clean(page)
