"""The public record in a real browser: what is shown is what the door says, to anybody, in both languages."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.console_page import PHONE, WIDE, Exchange, Visit, assert_axe_clean, panel


def open_record(page: Page, link: str, title: str) -> Page:
    """From the console's first page, as a visitor finds it."""
    page.get_by_role("link", name=link).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    return page


def test_anybody_sees_what_is_out_and_what_backs_it(visit: Visit, alice: Exchange) -> None:
    page = open_record(visit(), "Public record", "Public record")
    expect(page).to_have_title("Public record · Venus")
    [currency] = alice.get("/record/v1/currencies")["currencies"]
    row = panel(page, "Digital currencies").get_by_role("row").filter(has_text=currency["centralBank"]).first
    expect(row).to_contain_text(f"{float(currency['supply']):,.2f}")
    expect(row).to_contain_text(f"{float(currency['reserves']):,.2f}")
    for coin in alice.get("/record/v1/coins")["coins"]:
        row = panel(page, "Coins").get_by_role("row").filter(has_text=coin["issuer"]).first
        expect(row).to_contain_text(f"{float(coin['supply']):,.2f}")
        expect(panel(page, "Coins").get_by_role("table", name=f"Reserves of {coin['coin']}")).to_be_visible()
    for owed in alice.get("/record/v1/liabilities")["assets"]:
        row = panel(page, "Owed and held").get_by_role("row").filter(has=page.get_by_text(owed["code"], exact=True))
        expect(row).to_have_count(1)
        if owed["code"] == "vUSD":
            expect(row).to_contain_text("attested reserves")
            expect(row).to_contain_text("100.00%")
    frames = int(panel(page, "Newest checkpoint").locator("[data-frames]").get_attribute("data-frames") or "0")
    assert frames > 0
    expect(panel(page, "Use of power")).to_contain_text("Orders of authorities")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download: Digital currencies").click()
    assert download.value.suggested_filename == "currencies.json"


@pytest.mark.parametrize(
    ("language", "size", "theme"),
    [
        pytest.param("en-US", WIDE, "dark", id="en-wide-dark"),
        pytest.param("zh-CN", PHONE, "light", id="zh-phone-light"),
    ],
)
def test_on_any_screen_nothing_runs_off_and_axe_finds_nothing(
    visit: Visit, alice: Exchange, language: str, size: dict[str, int], theme: str
) -> None:
    word = "Public record" if language == "en-US" else "公开记录"
    page = open_record(visit(language=language, theme=theme, size=size), word, word)
    expect(page.get_by_role("row").first).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert_axe_clean(page)
