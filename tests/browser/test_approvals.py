"""An official's passkey, in a real browser: made on the page, seated by a quorum, and used to approve what waits."""

import asyncio
from hashlib import sha256
from typing import Any

import msgspec
from playwright.async_api import BrowserContext, Page, async_playwright, expect

from tests.browser.conftest import CHROMIUM_FLAGS
from tests.doors.small_exchange import SmallExchange, play
from venus.records.coins import DAY_NS, AdoptCalendar
from venus.records.commands import ColdCommand, adoption, encode_cold
from venus.records.events import EventKind
from venus.records.institutions import Role, Scheme, SeatPerson, SeatTerms
from venus.sdk.connection import Connection
from venus.sdk.keys import SeatKey
from venus.sdk.official import Official, Proposal
from venus.testing.officials import BODIES, SUPERVISOR, _ed25519, founding

MAKER, CHECKER = 0, 1
PERSON = 3
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def official(connection: Connection, seat: int) -> Official:
    return Official(connection, SeatKey(SUPERVISOR, seat, _ed25519(BODIES[SUPERVISOR].people[seat].number)))


async def found(exchange: SmallExchange, page_origin: str) -> None:
    """As an exchange whose pages are where this one's are."""
    founded = msgspec.structs.replace(founding(), relying_party="localhost", page_origin=page_origin)
    commands: list[ColdCommand] = [adoption(f"rules {number}", number) for number in (2, 3, 4)]
    for command in (*commands, founded):
        outcome = await exchange.client.submit_cold(command)
        assert outcome.events[-1].kind != EventKind.REJECTED, outcome


async def page_with_authenticator(context: BrowserContext) -> Page:
    page = await context.new_page()
    devtools = await context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable")
    await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return page


def seat(connection: Connection, key: str) -> Proposal:
    """The supervisor's two seat a third person, with the key that the page told."""
    terms = SeatTerms(
        person=PERSON, role=Role.MAKER, scheme=Scheme.PASSKEY, key=bytes.fromhex(key), from_ns=0, until_ns=0
    )
    proposed = official(connection, MAKER).propose(SeatPerson(reference="passkey", institution=SUPERVISOR, terms=terms))
    return official(connection, CHECKER).approve(proposed)


async def approves(page: Page, connection: Connection) -> None:
    """What a checker proposed is shown in words and as it is signed, and is done once the passkey has signed."""
    calendar = AdoptCalendar(reference="days", name="days of 2027", zone="UTC", cutoffs_ns=(DAY_NS, 2 * DAY_NS))
    waiting = await asyncio.to_thread(official(connection, CHECKER).propose, calendar)
    await page.get_by_role("button", name="Show what waits").click()
    card = page.get_by_role("article", name=f"Proposal {waiting.id}")
    await expect(card).to_contain_text("adopt the calendar 'days of 2027' of 'UTC'")
    await expect(card).to_contain_text(f"[{DAY_NS}, {2 * DAY_NS}]")
    await expect(card).to_contain_text(sha256(encode_cold(calendar)).hexdigest())
    await expect(card).to_contain_text("Still wanted: a quorum of supervisor")
    await card.get_by_role("button", name="Approve with passkey").click()
    await expect(page.get_by_role("status")).to_contain_text("It is now done")
    [done] = [one for one in await asyncio.to_thread(official(connection, MAKER).proposals) if one.id == waiting.id]
    assert done.state == "DONE" and done.number is not None


async def refuses_what_the_bytes_do_not_say(page: Page, connection: Connection) -> None:
    """A door that tells another command than the one to be signed is found out before anything is signed."""
    calendar = AdoptCalendar(reference="false", name="as told", zone="UTC", cutoffs_ns=(DAY_NS,))
    waiting = await asyncio.to_thread(official(connection, CHECKER).propose, calendar)

    async def lie(route: Any) -> None:
        answer = await route.fetch()
        rows = await answer.json()
        for row in rows:
            row["command"]["name"] = "something harmless"
        await route.fulfill(response=answer, json=rows)

    await page.route("**/coins/v1/proposals?**", lie)
    await page.get_by_role("button", name="Look again").click()
    card = page.get_by_role("article", name=f"Proposal {waiting.id}")
    await expect(card.get_by_role("alert")).to_contain_text("Do not approve this")
    await expect(card.get_by_role("button", name="Approve with passkey")).to_be_disabled()
    await page.unroute("**/coins/v1/proposals?**")


async def seats_another(page: Page, key: str) -> None:
    """A seated official proposes a new seat on the page; its own passkey gives the first approval."""
    form = page.get_by_role("region", name="Propose to seat somebody")
    await form.get_by_label("Person's number").fill("77")
    await form.get_by_label("Public key").fill(key)
    await form.get_by_role("button", name="Look at what would be signed").click()
    await expect(form).to_contain_text("person 77 as maker with the PASSKEY key")
    await form.get_by_role("button", name="Propose with passkey").click()
    await expect(page.get_by_role("status")).to_contain_text("is open")


def test_a_passkey_is_made_seated_and_approves(chromium: str) -> None:
    async def scenario(exchange: SmallExchange) -> None:
        origin = exchange.rest.replace("127.0.0.1", "localhost")
        await found(exchange, origin)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
            context = await browser.new_context(locale="en-US")
            page, errors = await page_with_authenticator(context), list[str]()
            page.on("pageerror", lambda error: errors.append(str(error)))
            with Connection(exchange.rest) as connection:
                await page.goto(f"{origin}/approve")
                keys = []
                for name in ("Wu Lan", "Xu Ran"):
                    await page.get_by_label("Your name, for this device only").fill(name)
                    await page.get_by_role("button", name="Make passkey").click()
                    known = page.get_by_test_id("public-key")
                    await expect(known).not_to_have_text(keys[0] if keys else "")
                    keys.append(await known.inner_text())
                assert (await asyncio.to_thread(seat, connection, keys[0])).state == "DONE"
                await page.reload()
                await expect(page.get_by_role("combobox", name="Your seat")).to_have_value(f"{SUPERVISOR}/2")
                await approves(page, connection)
                await refuses_what_the_bytes_do_not_say(page, connection)
                await seats_another(page, keys[1])
            assert errors == []
            await browser.close()

    play(scenario, console=True)


def test_the_page_says_where_it_must_be_opened(chromium: str) -> None:
    """On another origin than the exchange's own a signature would not hold."""

    async def scenario(exchange: SmallExchange) -> None:
        await found(exchange, "https://venus.test")
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
            page = await (await browser.new_context(locale="zh-CN")).new_page()
            await page.goto(f"{exchange.rest}/approve")
            await expect(page.get_by_role("alert").first).to_contain_text("https://venus.test")
            await expect(page.get_by_role("heading", name="Venus 审批")).to_be_visible()
            await browser.close()

    play(scenario, console=True)
