"""The market between people in a real browser: a purchase, and an appeal that an arbiter decides with a passkey.

The seller is on a phone and reads Chinese, the buyer has a wide screen and reads English; neither is helped from behind
but by a journal that founds the market and a registry that knows their names.
"""

import asyncio
import re
import time
from typing import Any, NamedTuple

import pyotp
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from tests.browser.conftest import CHROMIUM_FLAGS
from tests.browser.console_page import PATIENCE_MS, PHONE, WIDE
from tests.browser.test_approvals import AUTHENTICATOR
from tests.doors.small_exchange import SmallExchange, play
from tests.examples.rest.bazaar import MINUTE_NS, PNG
from venus.packs.p2p_methods import fiats
from venus.records.coins import DAY_NS
from venus.records.commands import ColdCommand, adoption
from venus.records.events import EventKind
from venus.records.institutions import (
    Duty,
    FoundExchange,
    InstitutionTerms,
    Role,
    Scheme,
    SeatPerson,
    SeatTerms,
)
from venus.records.p2p import PRICE_UNIT, IndexPrice, NoteIndex, SetP2pTerms, Tradable
from venus.registry.credentials import Permission
from venus.registry.p2p_market import VerifiedName
from venus.registry.registry import Registry
from venus.registry.vault import MasterKey
from venus.sdk.connection import Connection
from venus.sdk.keys import SeatKey, key_of, seat_terms
from venus.sdk.official import Official

BUYER, SELLER = 2, 3  # accounts
USDT, USDT_ATOMS = 1, 10**8
CODE_S = 30
SCENARIO_S = 150  # three people in browsers of their own, on a machine that may be busy
ARBITER = 1  # institution

expect.set_options(timeout=PATIENCE_MS)


class Key(NamedTuple):
    key: str
    secret: str


def seat_key(institution: int, role: Role) -> Any:
    return key_of(bytes([institution + 1, int(role)]) * 16)


async def found(exchange: SmallExchange, origin: str) -> None:
    """An arbiter, terms over USDT, and an index: 7.2 yuan. origin: of the pages."""
    institutions = tuple(
        InstitutionTerms(
            name=name,
            duties=int(duty),
            quorum=2,
            seats=tuple(seat_terms(10 * n + role, role, seat_key(n, role)) for role in Role),
        )
        for n, (name, duty) in enumerate((("supervisor", Duty.SUPERVISOR), ("arbiter", Duty.ARBITER)))
    )
    commands: list[ColdCommand] = [
        *(adoption(f"rules {number}", number) for number in (2, 3, 4, 5)),
        FoundExchange(
            reference="found",
            origin="p2p",
            relying_party="localhost",
            page_origin=origin,
            institutions=institutions,
        ),
        SetP2pTerms(
            reference="terms",
            arbiter=ARBITER,
            maker_fee_ppm=1_000,
            taker_fee_ppm=0,
            fiats=fiats(),
            assets=(Tradable(asset=USDT, atoms_min=USDT_ATOMS, large_atoms=10_000 * USDT_ATOMS),),
            pay_ns_min=MINUTE_NS,
            pay_ns_max=60 * MINUTE_NS,
            release_ns=15 * MINUTE_NS,
            evidence_ns=DAY_NS,
            aftermath_ns=7 * DAY_NS,
            index_ns=60 * MINUTE_NS,
            bond_asset=USDT,
            slash_atoms=10 * USDT_ATOMS,
        ),
        NoteIndex(reference="index", prices=(IndexPrice(asset=USDT, fiat="CNY", price=72 * PRICE_UNIT // 10),)),
    ]
    for command in commands:
        outcome = await exchange.client.submit_cold(command)
        assert outcome.events[-1].kind != EventKind.REJECTED, (command, outcome)


def register(exchange: SmallExchange) -> tuple[Key, Key]:
    """Names as they were verified, and a key each that may do everything."""
    registry = Registry.open(f"sqlite:///{exchange.places.registry}", MasterKey.load(exchange.places.master_key))
    keys = []
    for account, handle, name in ((BUYER, "chen", "陈安"), (SELLER, "wang", "王伟")):
        person = registry.add_person(handle)
        registry.add_account(account, handle, person)
        registry.market.verify(person, VerifiedName(name, "CN"))
        keys.append(Key(*registry.add_api_key(account, permissions=Permission.everything())))
    registry.close()
    return keys[0], keys[1]


class Visitor:
    """One browser of somebody's own; what it reports as an error fails the test at its end."""

    def __init__(self, page: Page, home: str) -> None:
        self.page = page
        self.home = home
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    @classmethod
    async def open(cls, browser: Browser, rest: str, language: str, size: Any, theme: Any) -> "Visitor":
        context = await browser.new_context(viewport=size, locale=language, color_scheme=theme)
        context.set_default_timeout(PATIENCE_MS)
        visitor = cls(await context.new_page(), f"{rest}/p2p")
        await visitor.page.goto(f"{visitor.home}#/desk/adverts")
        return visitor

    async def go(self, place: str) -> None:
        await self.page.goto(f"{self.home}#/{place}")

    def button(self, name: str, within: Locator | None = None) -> Locator:
        return (within or self.page).get_by_role("button", name=name, exact=True)

    def field(self, label: str) -> Locator:
        return self.page.get_by_role("textbox", name=label, exact=True)

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    async def fill(self, **texts: str) -> None:
        for label, text in texts.items():
            await self.field(label.replace("_", " ")).fill(text)

    async def shows(self, *texts: str) -> None:
        for text in texts:
            await expect(self.page.locator("main")).to_contain_text(text)

    async def state(self, name: str) -> None:
        await expect(self.page.locator("section[data-state]")).to_have_attribute("data-state", name)

    async def is_sound(self) -> None:
        """Nothing runs off the side, and axe has nothing to say."""
        assert await self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        response = (await Axe().run(self.page)).response
        assert [(one["id"], node["html"][:200]) for one in response["violations"] for node in one["nodes"]] == []


async def seller_opens_shop(seller: Visitor, key: Key) -> pyotp.TOTP:
    """Joins, adds an account, a bond and a second factor, and posts an advert; answers what makes the codes."""
    await seller.fill(**{"API 密钥": key.key, "私钥": key.secret})
    await seller.button("确认").click()
    await seller.fill(昵称="王记小铺")
    await seller.button("加入").click()
    await seller.shows("您没有广告。")

    await seller.go("desk/accounts")
    await seller.button("添加收付款账户").click()
    await seller.page.get_by_role("combobox", name="支付方式").select_option("alipay")
    await expect(seller.field("户名")).to_have_value("王伟")
    await seller.fill(账号="13800138000")
    await seller.button("保存").click()
    await seller.shows("13800138000")

    await seller.go("desk/bond")
    await seller.fill(数量="100")
    await seller.button("缴纳").click()
    await seller.shows("100.00 USDT", "铜牌")

    await seller.go("desk/security")
    await seller.button("设置双重验证").click()
    secret = await seller.page.locator(".secret .text").inner_text()
    codes = pyotp.TOTP(secret.strip())
    await seller.fill(应用显示的验证码=codes.at(time.time() - CODE_S))
    await seller.button("确认").click()
    await seller.shows("双重验证已启用")

    await seller.go("advert/new")
    await seller.page.get_by_role("combobox", name="法币").select_option("CNY")
    await seller.fill(参考价的="101.5", 总数量="500", 单笔最小="100", 单笔最大="5000")
    await expect(seller.page.locator("[data-preview-price]")).to_have_text("7.308")
    await seller.shows("占用您的余额", "500.50 USDT")
    await seller.page.get_by_role("checkbox", name=re.compile("支付宝")).check()
    await seller.fill(交易条款="请用本人支付宝付款。")
    await seller.is_sound()
    await seller.button("发布").click()
    await seller.shows("出售 USDT", "上架", "参考价的 101.5%")
    return codes


async def buyer_takes(buyer: Visitor, fiat: str, asset: str) -> None:
    """From the market's list to the order's room."""
    await buyer.go("buy")
    await buyer.page.get_by_role("combobox", name="Currency").select_option("CNY")
    await buyer.page.get_by_role("article", name=re.compile("王记小铺")).get_by_role("button", name="Buy USDT").click()
    await expect(buyer.dialog).to_contain_text("请用本人支付宝付款。")
    await buyer.fill(You_pay=fiat)
    await expect(buyer.field("You get")).to_have_value(asset)
    await expect(buyer.dialog).to_contain_text("Pay from an account in the name 陈安.")
    await expect(buyer.dialog.get_by_role("radio", name=re.compile("Alipay"))).to_be_checked()
    await buyer.button("Buy USDT", buyer.dialog).click()
    await buyer.state("OPEN")


async def buyer_joins(buyer: Visitor, key: Key) -> None:
    await buyer.fill(API_key=key.key, Secret=key.secret)
    await buyer.button("Confirm").click()
    await buyer.fill(Nickname="anchor")
    await buyer.button("Join").click()
    await buyer.shows("You have no adverts.")
    await buyer.go("desk/accounts")
    await buyer.button("Add a payment account").click()
    await buyer.page.get_by_role("combobox", name="Payment method").select_option("alipay")
    await buyer.fill(**{"Account number": "an@example.com"})
    await buyer.button("Save").click()
    await buyer.shows("an@example.com")


async def buyer_pays(buyer: Visitor) -> None:
    await buyer.button("I have paid").click()
    send = buyer.button("I have paid", buyer.dialog)
    await expect(send).to_be_disabled()
    await buyer.dialog.get_by_role("checkbox", name="I paid from my own account in the name 陈安.").check()
    await send.click()
    await buyer.state("PAID")


async def one_purchase(buyer: Visitor, seller: Visitor, codes: pyotp.TOTP) -> None:
    await buyer_takes(buyer, "730.80", "100.00000000")
    await expect(buyer.page.get_by_role("timer")).to_have_text(re.compile(r"^1[45]:[0-9]{2}$"))
    await buyer.shows("730.80", "13800138000", "王伟")
    await buyer.is_sound()

    # What is said reaches the other side by itself.
    await seller.go("orders")
    await seller.page.get_by_role("link", name=re.compile("100.00 USDT")).click()
    await seller.state("OPEN")
    await buyer.fill(Write_a_message="On my way to pay.")
    await buyer.button("Send").click()
    await expect(seller.page.get_by_text("聊天 (1)")).to_be_visible()
    await buyer_pays(buyer)

    await seller.state("PAID")
    await seller.shows("确认到账后放行", "****.com", "姓名一致")
    await seller.page.get_by_role("radio", name=re.compile("^聊天")).check()
    await expect(seller.page.get_by_role("log", name="聊天")).to_contain_text("On my way to pay.")
    await seller.page.get_by_role("radio", name="订单").check()
    await seller.button("放行").click()
    await seller.dialog.get_by_role("checkbox", name=re.compile("730.80 CNY 全额到账，付款人为 陈安")).check()
    await seller.fill(双重验证码="000000")
    await seller.button("放行", seller.dialog).click()
    await expect(seller.page.get_by_role("log", name="消息")).to_contain_text("验证码错误或已被使用。")
    await expect(seller.field("双重验证码")).to_have_value("")
    await seller.fill(双重验证码=codes.now())
    await seller.button("放行", seller.dialog).click()
    await seller.state("COMPLETED")
    await seller.shows("您已放行 100.00 USDT。")

    await buyer.state("COMPLETED")
    await buyer.shows("100.00 USDT are in your account.")
    await buyer.page.get_by_role("radio", name="Good").check()
    await buyer.button("Send", buyer.page.get_by_role("region", name="How was it?")).click()
    await expect(buyer.page.get_by_role("log", name="Messages")).to_contain_text("Thank you for your feedback.")


async def one_appeal(buyer: Visitor, seller: Visitor, arbiter: Visitor) -> None:
    """The buyer appeals with a picture, the seller offers a little over half, and the arbiter gives the buyer all."""
    await buyer_takes(buyer, "146.16", "20.00000000")
    await buyer_pays(buyer)
    await buyer.button("Appeal").click()
    await buyer.dialog.get_by_role("radio", name="I paid and the seller does not release").check()
    await buyer.dialog.get_by_role("textbox", name="In your own words").fill("Paid, and nothing happens.")
    await buyer.dialog.get_by_label("Add a file").set_input_files(
        {"name": "receipt.png", "mimeType": "image/png", "buffer": PNG}
    )
    await expect(buyer.dialog).to_contain_text("receipt.png")
    await buyer.button("Appeal", buyer.dialog).click()
    await buyer.state("DISPUTED")
    await buyer.shows("In appeal", "Evidence from", "Buyer")

    await seller.go("orders")
    await seller.page.get_by_role("link", name=re.compile("20.00 USDT")).click()
    await seller.state("DISPUTED")
    await seller.shows("请陈述您的情况", "我已付款，卖方不放行 · 由买方提起")
    await seller.button("提议分配").click()
    await seller.dialog.get_by_role("textbox", name="归买方").fill("12.5")
    await expect(seller.dialog).to_contain_text("7.50 USDT")
    await seller.button("提议分配", seller.dialog).click()
    await expect(buyer.button("Accept 12.50 USDT for the buyer")).to_be_visible()

    await arbiter.page.get_by_role("radio", name="All open").check()
    await arbiter.button("Show with passkey").click()
    await arbiter.page.get_by_role("button", name=re.compile("20.00 USDT")).click()
    await arbiter.shows("陈安", "王伟", "an@example.com", "Paid, and nothing happens.")
    verdict = arbiter.page.get_by_role("region", name="Verdict")
    await verdict.get_by_role("radio", name="Seller").check()
    await verdict.get_by_role("textbox", name="Grounds").fill("The receipt shows the payment.")
    await arbiter.button("Look at what would be signed", verdict).click()
    await expect(verdict).to_contain_text("2000000000")
    await arbiter.button("Propose with passkey", verdict).click()

    await buyer.state("COMPLETED")
    await buyer.shows("decided by the arbiter")
    await seller.state("COMPLETED")
    await arbiter.shows("The receipt shows the payment.")


async def arbiter_takes_seat(arbiter: Visitor, rest: str) -> None:
    """A passkey is made, the arbiter's two seat it, and the market's page knows it."""
    devtools = await arbiter.page.context.new_cdp_session(arbiter.page)
    await devtools.send("WebAuthn.enable")
    await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    await arbiter.page.goto(arbiter.home.replace("/p2p", "/approve"))
    await arbiter.page.get_by_label("Your name, for this device only").fill("Wu Lan")
    await arbiter.button("Make passkey").click()
    key = await arbiter.page.get_by_test_id("public-key").inner_text()
    terms = SeatTerms(
        person=77, role=Role.CHECKER, scheme=Scheme.PASSKEY, key=bytes.fromhex(key), from_ns=0, until_ns=0
    )

    def seat() -> None:
        with Connection(rest) as connection:
            maker, checker = (
                Official(connection, SeatKey(ARBITER, list(Role).index(role), seat_key(ARBITER, role))) for role in Role
            )
            proposed = maker.propose(SeatPerson(reference="seat", institution=ARBITER, terms=terms))
            assert checker.approve(proposed).state == "DONE"

    await asyncio.to_thread(seat)
    await arbiter.go("disputes")
    await expect(arbiter.page.get_by_role("combobox", name="Your seat")).to_have_value(f"{ARBITER}/{len(Role)}")


def test_a_purchase_and_an_appeal_from_both_sides(chromium: str) -> None:
    async def scenario(exchange: SmallExchange) -> None:
        origin = exchange.rest.replace("127.0.0.1", "localhost")
        await found(exchange, origin)
        buyers, sellers = await asyncio.to_thread(register, exchange)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
            seller = await Visitor.open(browser, origin, "zh-CN", PHONE, "dark")
            codes = await seller_opens_shop(seller, sellers)
            buyer = await Visitor.open(browser, origin, "en-US", WIDE, "light")
            await buyer_joins(buyer, buyers)
            await one_purchase(buyer, seller, codes)
            arbiter = await Visitor.open(browser, origin, "en-US", WIDE, "dark")
            await arbiter_takes_seat(arbiter, exchange.rest)
            await one_appeal(buyer, seller, arbiter)
            assert buyer.errors == seller.errors == arbiter.errors == []
            await browser.close()

    play(scenario, console=True, scenario_s=SCENARIO_S)
