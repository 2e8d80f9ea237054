"""The market between people on a real engine: an arbiter, terms, and traders whose names are verified."""

import asyncio
import hmac
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import msgspec
import uvicorn

from tests.examples.rest.house import BTC, USDT, Answer, House, Trader, request
from venus.gateway.issuance.endpoints import coin_endpoints
from venus.gateway.issuance.refusals import CODE_BASE
from venus.gateway.p2p.door import P2pDoor
from venus.p2p.risk import RiskRules
from venus.packs.p2p_methods import fiats
from venus.records.commands import AccountKind, OpenAccounts
from venus.records.institutions import Duty, FoundExchange, InstitutionTerms, Role
from venus.records.p2p import IndexPrice, NoteIndex, SetP2pTerms, Tradable
from venus.records.rejects import Reject
from venus.registry.credentials import Permission
from venus.registry.p2p_market import VerifiedName
from venus.sdk.keys import SeatKey, key_of, seat_terms
from venus.units import NS_PER_S

BASE = "/p2p/v1/"
MINUTE_NS, HOUR_NS = 60 * NS_PER_S, 3_600 * NS_PER_S
SUPERVISOR, ARBITER = 0, 1
PRICE = 10**8
RELAXED = RiskRules(
    post_days_min=0,
    post_orders_min=0,
    post_completion_percent_min=0,
    post_partners_min=0,
    post_needs_second_factor=False,
    merchant_only=(),
    age_steps=(),
    high_risk_days_min=0,
    buys_open_max=1_000,
    orders_hour_max=1_000,
    orders_day_max=1_000,
    cancels_day_max=1_000,
)
"""As a sandbox has it: everybody may trade at once."""
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92"
    "ef0000000049454e44ae426082"
)
"""A picture of one point."""


class Bazaar:
    """One market in a house of its own. rules: of conduct. arbiter: of an exchange that is founded already"""

    def __init__(self, house: House, rules: RiskRules = RELAXED, arbiter: int | None = None) -> None:
        self.house = house
        self._count = 0
        if arbiter is None:
            self._found()
        self._open(rules, ARBITER if arbiter is None else arbiter)

    def _found(self) -> None:
        terms = (
            ("supervisor", Duty.SUPERVISOR, 2),
            ("arbiter", Duty.ARBITER, 2),
        )
        self.house.cold(
            FoundExchange,
            origin="bazaar",
            relying_party="localhost",
            page_origin="http://localhost:8000",
            institutions=tuple(
                InstitutionTerms(
                    name=name,
                    duties=int(duty),
                    quorum=quorum,
                    seats=tuple(seat_terms(10_000 + 10 * n + int(role), role, _key(n, role)) for role in Role),
                )
                for n, (name, duty, quorum) in enumerate(terms)
            ),
        )

    def _open(self, rules: RiskRules, arbiter: int) -> None:
        house = self.house
        house.cold(
            SetP2pTerms,
            arbiter=arbiter,
            maker_fee_ppm=1_000,
            taker_fee_ppm=2_000,
            fiats=fiats(),
            assets=(
                Tradable(asset=BTC, atoms_min=1_000, large_atoms=10**8),
                Tradable(asset=USDT, atoms_min=10**6, large_atoms=10**10),
            ),
            pay_ns_min=MINUTE_NS,
            pay_ns_max=360 * MINUTE_NS,
            release_ns=15 * MINUTE_NS,
            evidence_ns=24 * HOUR_NS,
            aftermath_ns=7 * 24 * HOUR_NS,
            index_ns=HOUR_NS,
            bond_asset=USDT,
            slash_atoms=10 * 10**6,
        )
        self.note_index()
        self.looked_count = 0

        async def looked() -> None:
            self.looked_count += 1

        files = house.directory / "files"
        self.door = P2pDoor(house.client, house.registry, house.door.desk.symbols, files, rules, looked=looked)
        for endpoint in self.door.endpoints():
            house.door.add(endpoint)
        for endpoint in coin_endpoints(house.client, house.registry, house.door.desk.symbols):
            house.door.add(endpoint)

        async def start() -> None:
            self.door.start()

        house.run(start())

    def close(self) -> None:
        """Before the house."""
        self.house.run(self.door.stop())

    @staticmethod
    def until(is_so: Callable[[], bool]) -> None:
        """Wait for what the door tells by itself."""
        deadline_s = time.monotonic() + 60
        while not is_so():
            assert time.monotonic() < deadline_s
            time.sleep(0.02)

    def note_index(self, usdt_cny: int = 7) -> None:
        """A USDT is worth so many yuan, and a BTC 60,000 USDT."""
        prices = ((USDT, "CNY", usdt_cny), (BTC, "CNY", 60_000 * usdt_cny), (USDT, "EUR", 1), (BTC, "EUR", 60_000))
        self.house.cold(
            NoteIndex, prices=tuple(IndexPrice(asset=one, fiat=fiat, price=p * PRICE) for one, fiat, p in prices)
        )

    def seat(self, institution: int, role: Role) -> SeatKey:
        return SeatKey(institution, list(Role).index(role), _key(institution, role))

    def new_account(self, name: str = "Li Wei", *, usdt: int = 10_000, btc: int = 1, country: str = "CN") -> Trader:
        """Somebody whose name is verified, with so many whole units, who is not enrolled."""
        self._count += 1
        house, handle = self.house, f"person {self._count}"
        opened = house.cold(OpenAccounts, account_kind=AccountKind.PERSON, count=1, label="", tier=0, trade_group=-1)
        account = opened.events[-1].account
        person = house.registry.add_person(handle)
        house.registry.add_account(account, handle, person)
        house.registry.market.verify(person, VerifiedName(name, country))
        for asset, atoms in ((USDT, usdt * 10**6), (BTC, btc * 10**8)):
            if atoms:
                house.deposit(account, asset, atoms)
        return Trader(account, *house.registry.add_api_key(account, permissions=Permission.everything()))

    def trader(self, name: str = "Li Wei", **funds: Any) -> Trader:
        """The same, enrolled."""
        trader = self.new_account(name, **funds)
        self.do(trader, "enrol", nickname=f"trader {self._count}")
        return trader

    def ask(self, who: Trader | None, method: str, path: str, /, **params: object) -> Answer:
        return self.house.send(who, method, BASE + path, form=params)

    def get(self, who: Trader | None, path: str, /, **params: object) -> Any:
        return _done(self.ask(who, "GET", path, **params))

    def do(self, who: Trader, path: str, /, **params: object) -> Any:
        return _done(self.ask(who, "POST", path, **params))

    def refused(self, who: Trader | None, method: str, path: str, /, **params: object) -> Reject | int:
        """Why it was refused: the core's reject, or the door's code."""
        answer = self.ask(who, method, path, **params)
        assert answer.status >= 400, answer
        code = CODE_BASE - int(answer.json["code"])
        return Reject(code) if code in set(Reject) else int(answer.json["code"])

    def bring(self, who: Trader, content: bytes = PNG, content_type: str = "image/png", **params: object) -> Answer:
        """A file, as the body of a request that is signed with it."""
        text = urlencode({**params, "timestamp": time.time_ns() // 10**6}).encode()
        signature = hmac.digest(who.secret.encode(), text + content, "sha256").hex()
        headers = [(b"x-mbx-apikey", who.key.encode()), (b"content-type", content_type.encode())]
        query = text + b"&signature=" + signature.encode()
        return self.house.run(request(self.house.door, "POST", f"{BASE}files", query, headers, content, "192.0.2.1"))

    def give(self, who: Trader, **params: object) -> Answer:
        """A file as it is served; its bytes stand for JSON."""
        query, headers = self.house.signed(who, params)
        work = request(self.house.door, "GET", f"{BASE}files", query, headers, b"", "192.0.2.1", decode=bytes)
        return self.house.run(work)

    @contextmanager
    def served(self) -> Iterator[str]:
        """Its door over HTTP, for clients that know no other way; the address."""
        config = uvicorn.Config(self.house.door, port=0, log_config=None, lifespan="off", interface="asgi3")
        server = uvicorn.Server(config)

        async def serve() -> tuple[asyncio.Task[None], int]:
            serving = asyncio.create_task(server.serve())
            for _ in range(1_000):
                if server.started:
                    break
                await asyncio.sleep(0.01)
            return serving, server.servers[0].sockets[0].getsockname()[1]

        async def end(serving: "asyncio.Task[None]") -> None:
            server.should_exit = True
            await serving

        serving, port = self.house.run(serve())
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            self.house.run(end(serving))

    def merchant(self, who: Trader, path: str, /, **body: object) -> Any:
        """A call as merchants' programs make it: a signed query, and JSON that is not signed."""
        query, headers = self.house.signed(who, {})
        headers.append((b"content-type", b"application/json"))
        full, content = f"/sapi/v1/c2c/{path}", msgspec.json.encode(body)
        answer = _done(self.house.run(request(self.house.door, "POST", full, query, headers, content, "192.0.2.1")))
        assert (answer["code"], answer["success"]) == ("000000", True)
        return answer["data"]

    # What is usual

    def account_at(
        self, who: Trader, method: str = "alipay", name: str = "Li Wei", number: str = "li@example.com"
    ) -> str:
        return str(self.do(who, "paymentAccounts", method=method, name=name, number=number)["paymentAccount"])

    def advert(self, maker: Trader, side: str = "SELL", **changes: object) -> dict[str, Any]:
        """1,000 USDT at 7 yuan, by Alipay, between 70 and 7,000 yuan an order."""
        usual = {
            "side": side,
            "asset": "USDT",
            "fiat": "CNY",
            "amount": "1000",
            "fiatMin": "70",
            "fiatMax": "7000",
            "price": "7",
            "payMinutes": 15,
            "methods": "alipay",
            "terms": "Pay from your own account.",
            "autoReply": "Hello.",
        }
        return dict(self.do(maker, "adverts", **{k: v for k, v in (usual | changes).items() if v is not None}))

    def take(self, taker: Trader, advert: dict[str, Any], account: str, **changes: object) -> dict[str, Any]:
        """700 yuan of it."""
        usual = {
            "advert": advert["advert"],
            "fiatAmount": "700",
            "priceLimit": advert["price"],
            "method": advert["methods"][0],
            "paymentAccount": account,
            "termsHash": advert["termsHash"],
        }
        return dict(self.do(taker, "orders", **{k: v for k, v in (usual | changes).items() if v is not None}))


def _key(institution: int, role: Role) -> Any:
    return key_of(bytes([institution + 1, int(role) + 1]) * 16)


def _done(answer: Answer) -> Any:
    assert answer.status == 200, answer
    return answer.json
