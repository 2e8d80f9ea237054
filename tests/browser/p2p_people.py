"""Who meets in the market between people, each in a browser of his own: traders, and seats of its arbiter."""

import asyncio
from typing import Any, NamedTuple

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.console_page import PATIENCE_MS
from tests.browser.test_approvals import AUTHENTICATOR
from tests.doors.small_exchange import SmallExchange
from tests.examples.rest.bazaar import MINUTE_NS
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
ARBITER = 1  # institution
COLOURS_REACHED = "document.getAnimations().forEach(one => one instanceof CSSTransition && one.finish())"
"""A button that was just let go is on its way between two colours."""

expect.set_options(timeout=PATIENCE_MS)


class Key(NamedTuple):
    key: str
    secret: str


def seat_key(institution: int, role: Role) -> Any:
    return key_of(bytes([institution + 1, int(role)]) * 16)


async def found(exchange: SmallExchange, origin: str) -> None:
    """An arbiter, terms over USDT, and an index: 7.2 yuan. From 15 USDT on two persons decide. origin: of the pages."""
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
            assets=(Tradable(asset=USDT, atoms_min=USDT_ATOMS, large_atoms=15 * USDT_ATOMS),),
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
        await self.page.evaluate(COLOURS_REACHED)
        response = (await Axe().run(self.page)).response
        faults = [(one["id"], node["html"][:200]) for one in response["violations"] for node in one["nodes"]]
        assert not faults, faults


class Words(NamedTuple):
    """What an arbiter presses and fills in, in the language of the pages."""

    name: str
    make: str
    seat: str


ENGLISH = Words("Your name, for this device only", "Make passkey", "Your seat")
CHINESE = Words("您的姓名（仅用于此设备）", "创建通行密钥", "您的席位")


async def takes_seat(arbiter: Visitor, rest: str, words: Words, person: int, role: Role) -> None:
    """A passkey is made, the arbiter's two seat it, and the market's page knows it."""
    devtools = await arbiter.page.context.new_cdp_session(arbiter.page)
    await devtools.send("WebAuthn.enable")
    await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    await arbiter.page.goto(arbiter.home.replace("/p2p", "/approve"))
    await arbiter.page.get_by_label(words.name).fill(f"person {person}")
    await arbiter.button(words.make).click()
    key = await arbiter.page.get_by_test_id("public-key").inner_text()
    terms = SeatTerms(person=person, role=role, scheme=Scheme.PASSKEY, key=bytes.fromhex(key), from_ns=0, until_ns=0)

    def seat() -> int:
        with Connection(rest) as connection:
            maker, checker = (
                Official(connection, SeatKey(ARBITER, list(Role).index(one), seat_key(ARBITER, one))) for one in Role
            )
            proposed = maker.propose(SeatPerson(reference=f"seat {person}", institution=ARBITER, terms=terms))
            assert checker.approve(proposed).state == "DONE"
            seats = connection.ask("GET", "/coins/v1/institutions")[ARBITER]["seats"]
        return next(int(one["seat"]) for one in seats if one["person"] == person)

    number = await asyncio.to_thread(seat)
    await arbiter.go("disputes")
    await expect(arbiter.page.get_by_role("combobox", name=words.seat)).to_have_value(f"{ARBITER}/{number}")
