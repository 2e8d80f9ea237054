"""`p2p`: lives of orders between people over HTTP: opened, paid, released, each step durable before its answer.

Engine and gateway are the real processes with everything on, as in rest.py; the client shares their cores. All rules of
conduct hold; those who trade are merchants, whom no pace binds. The yardstick is a signed request that does nothing at
the same server.
"""

import asyncio
import time
from itertools import count
from typing import Any

import msgspec
import pyotp
import uvloop

from benchmarks.engine_run import folder
from benchmarks.report import Report, median, percentiles, report
from benchmarks.rest import Keys, Server, running, signed
from venus.engine.offline import OfflineWriter
from venus.engine.places import Places
from venus.p2p.texts import PaymentAccount, checked, encoded
from venus.packs.p2p_methods import method_of
from venus.records.commands import (
    RULES_LATEST,
    TRADE_GROUP_NONE,
    AccountKind,
    ColdCommand,
    ListAsset,
    OpenAccounts,
    adoption,
)
from venus.records.p2p import EnrolTrader, PostBond
from venus.records.transfers import open_labelled, transfer
from venus.registry.credentials import Permission
from venus.registry.p2p_market import VerifiedName
from venus.registry.registry import Registry
from venus.registry.vault import MasterKey
from venus.testing.sandbox import check_done, gathered
from venus.testing.sandbox_coins import ARBITER, NUMBERS, Founding
from venus.testing.sandbox_p2p import made_up_number, terms
from venus.units import NS_PER_S, NS_PER_US

PAIRS = 32
LIVES, LIVES_LONG = 400, 4_000
ROUNDS, ROUNDS_LONG = 3, 9
STEPS = 3
AGE_NS = 200 * 86_400 * NS_PER_S
HOUSE, OUTSIDE, FIRST = 0, 1, 2
ASSET, SCALE, FIAT, METHOD = "USDT", 8, "USD", "zelle"
FUNDS_ATOMS, BOND_ATOMS = 10**7 * 10**SCALE, 2_000 * 10**SCALE
_numbers = count()
_decoder = msgspec.json.Decoder()


def measure(long: bool) -> Report:
    with folder() as root, running(Places(root), prepare) as server:
        rates, latencies_ns = uvloop.run(
            measured(server, LIVES_LONG if long else LIVES, ROUNDS_LONG if long else ROUNDS)
        )
    lives, nothing = median(rates["life"]), median(rates["nothing"])
    return report(
        "p2p",
        {
            "lives_per_s": lives,
            "steps_per_s": lives * STEPS,
            "nothing_requests_per_s": nothing,
            "step_over_nothing": lives * STEPS / nothing,
            "traders": 2 * PAIRS,
        }
        | percentiles(latencies_ns, "life"),
        [],
    )


async def measured(server: Server, lives: int, rounds: int) -> tuple[dict[str, list[float]], list[int]]:
    """Rates by kind, and how long lives took, in ns, with as many under way as there are pairs."""
    pairs = [await Pair.meet(server, number) for number in range(PAIRS)]
    await asyncio.gather(*(pair.live(1) for pair in pairs))
    rates: dict[str, list[float]] = {"life": [], "nothing": []}
    latencies_ns: list[int] = []
    each = lives // PAIRS
    for _ in range(rounds):
        started_s = time.perf_counter()
        for taken in await asyncio.gather(*(pair.live(each) for pair in pairs)):
            latencies_ns += taken
        rates["life"].append(each * PAIRS / (time.perf_counter() - started_s))
        started_s = time.perf_counter()
        await asyncio.gather(*(pair.do_nothing(STEPS * each) for pair in pairs))
        rates["nothing"].append(STEPS * each * PAIRS / (time.perf_counter() - started_s))
    for pair in pairs:
        pair.part()
    return rates, latencies_ns


class Pair:
    """A merchant who buys, and one who sells to him, on one connection."""

    def __init__(self, buyer: Keys, seller: Keys, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._buyer, self._seller = buyer, seller
        self._reader, self._writer = reader, writer
        self._advert: dict[str, Any] = {}
        self._account = ""

    @classmethod
    async def meet(cls, server: Server, number: int) -> "Pair":
        reader, writer = await asyncio.open_connection(server.host, server.port)
        one = cls(server.traders[2 * number], server.traders[2 * number + 1], reader, writer)
        one._account = (await one._ask("GET", "paymentAccounts", "", one._seller))["rows"][0]["paymentAccount"]
        offer = (
            f"side=BUY&asset={ASSET}&fiat={FIAT}&amount=1000000&fiatMin=10&fiatMax=1000000&price=1.01&payMinutes=15"
            f"&methods={METHOD}&terms=none&autoReply=none"
        )
        one._advert = await one._ask("POST", "adverts", offer, one._buyer)
        return one

    async def live(self, lives: int) -> list[int]:
        """ns of each."""
        taken_ns = []
        for _ in range(lives):
            started_ns = time.perf_counter_ns()
            wanted = (
                f"advert={self._advert['advert']}&fiatAmount=10.10&priceLimit=1.00&method={METHOD}"
                f"&paymentAccount={self._account}&termsHash={self._advert['termsHash']}&clientId=o{next(_numbers)}"
            )
            order = (await self._ask("POST", "orders", wanted, self._seller))["order"]
            await self._ask("POST", "order/paid", f"order={order}&fiatAmount=10.10", self._buyer)
            ended = await self._ask("POST", "order/release", f"order={order}", self._seller)
            assert ended["state"] == "COMPLETED", ended
            taken_ns.append(time.perf_counter_ns() - started_ns)
        return taken_ns

    async def do_nothing(self, times: int) -> None:
        for _ in range(times):
            await self._send(signed("GET", "rateLimit/order", "", self._buyer))

    def part(self) -> None:
        self._writer.close()

    async def _ask(self, method: str, path: str, query: str, keys: Keys) -> Any:
        return _decoder.decode(await self._send(signed(method, f"/p2p/v1/{path}", query, keys)))

    async def _send(self, request: bytes) -> bytes:
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        body = await self._reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(f"the server refused {request!r}: {body!r}")
        return body


def prepare(places: Places) -> list[Keys]:
    """An exchange with terms and enrolled traders who have names, payment accounts and money; their keys."""
    time_ns = time.time_ns() - AGE_NS
    accounts = range(FIRST, FIRST + 2 * PAIRS)
    with OfflineWriter(places) as writer:

        def asked(_: int, command: ColdCommand) -> Any:
            batch = writer.cold(time_ns, command)
            check_done(batch)
            return batch.events[-1]

        for rules in range(2, RULES_LATEST + 1):
            asked(0, adoption(f"rules:{rules}", rules))
        asked(0, open_labelled(AccountKind.HOUSE, "house:fees"))
        asked(0, open_labelled(AccountKind.EXTERNAL, "external:bench"))
        opened = OpenAccounts(
            reference="people",
            account_kind=AccountKind.PERSON,
            count=len(accounts),
            label="",
            tier=0,
            trade_group=TRADE_GROUP_NONE,
        )
        asked(0, opened)
        asked(0, ListAsset(reference=f"list:{ASSET}", code=ASSET, scale=SCALE))
        Founding(asked, 1, time_ns).found()
        asked(0, terms("terms", NUMBERS[ARBITER], [ASSET], {ASSET: SCALE}))
        for account in accounts:
            asked(0, EnrolTrader(reference=f"enrol:{account}", account=account, person=account))
        funds = [
            transfer(f"fund:{account}", debit=OUTSIDE, credit=account, asset=0, atoms=FUNDS_ATOMS)
            for account in accounts
        ]
        check_done(writer.hot(time_ns, *gathered(funds)))
        for account in accounts:
            asked(0, PostBond(reference=f"bond:{account}", account=account, atoms=BOND_ATOMS))
    places.master_key.parent.mkdir(exist_ok=True)
    registry = Registry.open(f"sqlite:///{places.registry}", MasterKey.load(places.master_key))
    try:
        return [_registered(registry, account, posts=account % 2 == FIRST % 2) for account in accounts]
    finally:
        registry.close()


def _registered(registry: Registry, account: int, *, posts: bool) -> Keys:
    name = f"Trader {account}"
    person = registry.add_person(name)
    registry.add_account(account, name, person)
    registry.market.verify(person, VerifiedName(name, "US"))
    registry.market.enrol(account, person, name)
    method = method_of(METHOD)
    assert method is not None
    number = method.checked_number(made_up_number(method.number_form, name))
    paid_at = PaymentAccount(method=METHOD, name=name, number=number, bank="", branch="", qr_file="", salt="00" * 16)
    registry.writings.add_payment_account(account, method.number, encoded(checked(paid_at)))
    if posts:  # nobody may without
        secret = registry.second_factors.begin(account, name).secret
        registry.second_factors.confirm(account, pyotp.TOTP(secret).now(), time.time_ns() // NS_PER_US)
    permissions = Permission.USER_DATA | Permission.TRADE | Permission.WITHDRAW
    made = registry.add_api_key(account, permissions=permissions)
    return Keys(made.key, made.secret)
