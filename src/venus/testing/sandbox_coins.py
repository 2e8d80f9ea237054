"""A sandbox's institutions and its coins: founded, registered, backed and minted by the commands that anybody needs.

Whoever knows the seed knows the keys: they are for tests, and so is the money.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from venus.packs.calendars import CALENDARS, adopt_calendar
from venus.packs.regimes import Pack, adopt_pack, begins_on, held_on
from venus.records.approvals import exchange_digest
from venus.records.coins import (
    DAY_NS,
    AttestReserve,
    ConfirmReceipt,
    Instrument,
    Mint,
    OpenReserve,
    PayTreasury,
    RegisterCoin,
    SetMinter,
)
from venus.records.commands import (
    TRADE_GROUP_NONE,
    AccountKind,
    ColdCommand,
    OpenAccounts,
    PlainCommand,
    approved,
)
from venus.records.institutions import Duty, FoundExchange, InstitutionTerms, Role
from venus.sdk.keys import SeatKey, key_of, seat_terms

RELYING_PARTY, PAGE_ORIGIN = "localhost", "http://localhost:8000"
SUPERVISOR = "supervisor"
AGENT, COURT, OPERATOR = "agent", "court", "operator"
CENTRAL_BANK, OPERATORS = "central-bank", ("first-bank", "second-bank")
ARBITER = "arbiter"
_OFFICIALS_FROM = 10**6
"""Persons who sit at institutions are numbered from here: they are none of those whom the registry numbers."""
CALENDAR_DAYS = 3 * 366
CAP_TIMES = 1  # of what is minted at the start, in a day


class CoinPlan(NamedTuple):
    """A coin of the sandbox: its asset's code, its currency, and the regime whose figures and calendar it has."""

    code: str
    currency: str
    regime: str
    units: int  # minted at the start, half on each custodian's reserve

    @property
    def issuer(self) -> str:
        return f"{self.currency.lower()}-issuer"

    @property
    def custodians(self) -> tuple[str, str]:
        return f"{self.currency.lower()}-bank", f"{self.currency.lower()}-trust"


PLANS = (
    CoinPlan("vUSD", "USD", "genius", 10**11),
    CoinPlan("vCNY", "CNY", "hk", 7 * 10**11),
    CoinPlan("vEUR", "EUR", "mica", 10**11),
)
"""The mainland has no regime for such coins, and Singapore's is for its own and the ten largest currencies: one of the
renminbi would be licensed in Hong Kong, whose ordinance asks of no currency in particular."""


def _duties() -> Iterator[tuple[str, Duty]]:
    yield SUPERVISOR, Duty.SUPERVISOR
    for plan in PLANS:
        yield plan.issuer, Duty.ISSUER
        for custodian in plan.custodians:
            yield custodian, Duty.CUSTODIAN
    yield AGENT, Duty.AGENT
    yield COURT, Duty.AUTHORITY
    yield OPERATOR, Duty.OPERATOR
    yield CENTRAL_BANK, Duty.CENTRAL_BANK
    for name in OPERATORS:
        yield name, Duty.CURRENCY_OPERATOR
    yield ARBITER, Duty.ARBITER


DUTIES = dict(_duties())
NUMBERS = {name: number for number, name in enumerate(DUTIES)}


def seat_key(seed: int, name: str, role: Role) -> Ed25519PrivateKey:
    """The test key of an institution's maker or checker in the sandbox of a seed."""
    return key_of(sha256(f"venus sandbox {seed} {name} {role.name}".encode()).digest())


def origin_of(seed: int, time_ns: int) -> str:
    """Who a sandbox is: approvals for one say nothing to another."""
    return f"venus-sandbox-{seed}-{time_ns}"


def institutions_facts(seed: int) -> dict[str, Any]:
    """What sandbox.json says of them: each seat's number and its private key in hex."""
    return {
        name: {
            "institution": NUMBERS[name],
            "seats": {
                role.name.lower(): {
                    "institution": NUMBERS[name],
                    "seat": seat,
                    "key": seat_key(seed, name, role).private_bytes_raw().hex(),
                }
                for seat, role in enumerate(Role)
            },
        }
        for name in DUTIES
    }


class Founding:
    """Founds a sandbox's institutions and coins.

    asked  carries out a command at a time (ns); returns its own event, which is not a refusal
    """

    def __init__(self, asked: Callable[[int, ColdCommand], Any], seed: int, time_ns: int) -> None:
        self._asked = asked
        self._seed = seed
        self._time_ns = time_ns
        self.origin = origin_of(seed, time_ns)
        self._exchange = exchange_digest(self.origin, RELYING_PARTY, PAGE_ORIGIN)
        self.faucets: dict[str, int] = {}  # accounts by code, where test coins lie
        self.treasuries: dict[str, int] = {}
        self._reserves: dict[str, list[int]] = {}

    def found(self) -> None:
        terms = tuple(self._terms(number, name, duty) for number, (name, duty) in enumerate(DUTIES.items()))
        self._asked(
            self._time_ns,
            FoundExchange(
                reference="found",
                origin=self.origin,
                relying_party=RELYING_PARTY,
                page_origin=PAGE_ORIGIN,
                institutions=terms,
            ),
        )

    def _terms(self, number: int, name: str, duty: Duty) -> InstitutionTerms:
        person = _OFFICIALS_FROM + 10 * number
        seats = tuple(seat_terms(person + role, role, seat_key(self._seed, name, role)) for role in Role)
        return InstitutionTerms(name=name, duties=int(duty), quorum=2, seats=seats)

    def make_coin(self, plan: CoinPlan, asset: int, scale: int) -> None:
        """Register a coin, open its reserves, and mint its test money to its treasury, half on each reserve."""
        issuer, code, calendar = NUMBERS[plan.issuer], plan.code, PLANS.index(plan)
        accounts = {
            name: self.open(kind, f"{name}:{code}")
            for name, kind in (
                ("issuer", AccountKind.EXTERNAL),
                ("escrow", AccountKind.HOUSE),
                ("treasury", AccountKind.HOUSE),
                ("faucet", AccountKind.HOUSE),
            )
        }
        self.treasuries[code], self.faucets[code] = accounts["treasury"], accounts["faucet"]
        self.signed(
            RegisterCoin(
                reference=f"coin:{code}",
                asset=asset,
                currency=plan.currency,
                issuer=issuer,
                agent=NUMBERS[AGENT],
                issue_account=accounts["issuer"],
                escrow_account=accounts["escrow"],
                treasury_account=accounts["treasury"],
            ),
            plan.issuer,
            SUPERVISOR,
        )
        held, first = _held(plan, self._time_ns), _day(self._time_ns)
        days = adopt_calendar(
            CALENDARS[held.adoption.calendar], f"calendar:{code}", first, first + timedelta(days=CALENDAR_DAYS)
        )
        self.signed(days, SUPERVISOR)
        self.signed(adopt_pack(held, f"pack:{code}", asset, calendar), plan.issuer, SUPERVISOR)
        atoms = plan.units * 10**scale
        minter = SetMinter(
            reference=f"minter:{code}",
            coin=asset,
            minter=issuer,
            cap_atoms=CAP_TIMES * atoms,
            refill_atoms_a_day=CAP_TIMES * atoms,
        )
        self.signed(minter, plan.issuer, SUPERVISOR)
        self._reserves[code] = [self._reserve(plan, asset, custodian) for custodian in plan.custodians]
        # Money on both reserves first: what is at one custodian alone counts only in part.
        half, reserves = atoms // 2, zip(self._reserves[code], plan.custodians, strict=True)
        receipts = [self._receive(plan, number, custodian, half) for number, custodian in reserves]
        for receipt in receipts:
            self._mint(plan, asset, receipt, half)
        # What the conveniences give away leaves the treasury but once, as all that leaves it: under a quorum. A tenth
        # stays there, for whoever tries what an issuer does with its own coins.
        paid = PayTreasury(
            reference=f"faucet:{code}", coin=asset, asset=asset, account=self.faucets[code], atoms=atoms // 10 * 9
        )
        self.signed(paid, plan.issuer)

    def attest(self, plan: CoinPlan, scale: int, time_ns: int) -> None:
        """Both custodians say once more what there is, so that it is fresh when the sandbox begins."""
        self._time_ns = time_ns
        for number, custodian in zip(self._reserves[plan.code], plan.custodians, strict=True):
            atoms = plan.units * 10**scale // 2
            command = AttestReserve(reference=f"attest:{custodian}:now", reserve=number, as_of_ns=time_ns, atoms=atoms)
            self.signed(command, custodian)

    def open(self, kind: AccountKind, label: str) -> int:
        command = OpenAccounts(
            reference=f"open:{label}", account_kind=kind, count=1, label=label, tier=0, trade_group=TRADE_GROUP_NONE
        )
        return int(self._asked(self._time_ns, command)["account"])

    def _reserve(self, plan: CoinPlan, asset: int, custodian: str) -> int:
        command = OpenReserve(
            reference=f"reserve:{custodian}",
            coin=asset,
            custodian=NUMBERS[custodian],
            account=f"{plan.code} reserve",
            instrument=Instrument.DEPOSIT,
            currency=plan.currency,
            maturity_ns=0,
        )
        number = int(self.signed(command, plan.issuer, custodian)["order_id"])
        opening = AttestReserve(reference=f"attest:{custodian}", reserve=number, as_of_ns=self._time_ns, atoms=0)
        self.signed(opening, custodian)
        return number

    def _receive(self, plan: CoinPlan, reserve: int, custodian: str, atoms: int) -> int:
        """The receipt's number."""
        receipt = ConfirmReceipt(
            reference=f"receipt:{custodian}",
            reserve=reserve,
            account=self.treasuries[plan.code],
            atoms=atoms,
            bank_reference="test money",
        )
        return int(self.signed(receipt, custodian)["order_id"])

    def _mint(self, plan: CoinPlan, asset: int, receipt: int, atoms: int) -> None:
        mint = Mint(
            reference=f"mint:{plan.code}:{receipt}",
            coin=asset,
            minter=NUMBERS[plan.issuer],
            receipt=receipt,
            account=self.treasuries[plan.code],
            atoms=atoms,
        )
        self.signed(mint, plan.issuer)

    def signed(self, command: PlainCommand, *names: str) -> Any:
        """With the maker's and the checker's approval of each institution."""
        expires_ns = self._time_ns + DAY_NS
        seats = [
            SeatKey(NUMBERS[name], seat, seat_key(self._seed, name, role))
            for name in names
            for seat, role in enumerate(Role)
        ]
        approvals = (seat.approve(self._exchange, command, expires_ns) for seat in seats)
        return self._asked(self._time_ns, approved(command, *approvals))


def _day(time_ns: int) -> date:
    return date(1970, 1, 1) + timedelta(days=time_ns // DAY_NS)


def _held(plan: CoinPlan, time_ns: int) -> Pack:
    """What holds of the coin's regime then, or what will first, if none of it holds yet."""
    return held_on(plan.regime, max(_day(time_ns), begins_on(plan.regime)))
