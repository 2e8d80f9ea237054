"""Coins with many reserves, and people who sign for them: what the figures about coins are measured on.

Institution 0 is the supervisor, 1 the issuer, 2 the redemption agent, the custodians follow; each has a maker and a
checker with Ed25519 keys. Coins are the first assets, and behind them lies one asset that is no coin.
"""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from venus.records.coins import (
    DAY_NS,
    AdoptCalendar,
    AdoptPack,
    AttestReserve,
    HaircutStep,
    Instrument,
    OpenReserve,
    RegisterCoin,
    SetMinter,
)
from venus.records.commands import (
    TRADE_GROUP_NONE,
    AccountKind,
    AdoptRules,
    Approved,
    ColdCommand,
    ListAsset,
    MoveToRules,
    OpenAccounts,
    PlainCommand,
    approved,
)
from venus.records.institutions import Duty, Role
from venus.testing.officials import Body, Person, approval, founding

SUPERVISOR, ISSUER, AGENT, CUSTODIAN_FIRST = 0, 1, 2, 3
PLENTY = 10**15
PERSONS = 100
SIGNATURES = 2
"""Of each approved command: a maker's and a checker's."""
_APPROVED_FOR_NS = DAY_NS
_HOUSE_ACCOUNTS = 1
_ACCOUNTS_OF_A_COIN = 3


class CoinWorld(NamedTuple):
    coins: int
    custodians: int
    tenors: int
    time_ns: int  # of the set-up

    @property
    def reserves(self) -> int:
        return self.coins * self.custodians * self.tenors

    @property
    def plain_asset(self) -> int:
        return self.coins

    @property
    def outside_account(self) -> int:
        """EXTERNAL: money of the plain asset comes from here."""
        return _HOUSE_ACCOUNTS + _ACCOUNTS_OF_A_COIN * self.coins

    @property
    def first_person(self) -> int:
        return self.outside_account + 1

    def reserve(self, coin: int, custodian: int, tenor: int) -> int:
        return (coin * self.custodians + custodian) * self.tenors + tenor

    def set_up(self) -> Iterator[ColdCommand]:
        """Everything up to reserves that are attested, each of PLENTY."""
        yield AdoptRules(reference="rules 2", rules=2)
        yield MoveToRules(reference="rules 3", rules=3)
        yield from self._accounts()
        yield founding(bodies=_bodies(self.custodians))
        cutoffs = tuple(self.time_ns + day * DAY_NS for day in range(1, 366))
        yield self.signed(
            AdoptCalendar(reference="calendar", name="every day", zone="UTC", cutoffs_ns=cutoffs), SUPERVISOR
        )
        for coin in range(self.coins):
            yield from self._coin(coin)

    def signed(self, command: PlainCommand, *institutions: int) -> Approved:
        """With a quorum of each."""
        expires_ns = self.time_ns + _APPROVED_FOR_NS
        bodies = _bodies(self.custodians)
        return approved(
            command,
            *(
                approval(command, number, seat, bodies[number].people[seat], expires_ns)
                for number in institutions
                for seat in range(SIGNATURES)
            ),
        )

    def attestation(self, reference: str, reserve: int, as_of_ns: int, atoms: int) -> Approved:
        custodian = CUSTODIAN_FIRST + reserve // self.tenors % self.custodians
        command = AttestReserve(reference=reference, reserve=reserve, as_of_ns=as_of_ns, atoms=atoms)
        return self.signed(command, custodian)

    def _accounts(self) -> Iterator[ColdCommand]:
        yield _opened("house", AccountKind.HOUSE, 1, "house")
        for coin in range(self.coins):
            yield _opened(f"issuer {coin}", AccountKind.EXTERNAL, 1, f"issuer:V{coin}")
            yield _opened(f"escrow {coin}", AccountKind.HOUSE, 1, f"escrow:V{coin}")
            yield _opened(f"treasury {coin}", AccountKind.HOUSE, 1, f"treasury:V{coin}")
        yield _opened("outside", AccountKind.EXTERNAL, 1, "external:bench")
        yield _opened("persons", AccountKind.PERSON, PERSONS, "")
        yield from (ListAsset(reference=f"asset {coin}", code=f"V{coin}", scale=2) for coin in range(self.coins))
        yield ListAsset(reference="plain asset", code="PLAIN", scale=2)

    def _coin(self, coin: int) -> Iterator[ColdCommand]:
        first = _HOUSE_ACCOUNTS + _ACCOUNTS_OF_A_COIN * coin
        register = RegisterCoin(
            reference=f"coin {coin}",
            asset=coin,
            currency="USD",
            issuer=ISSUER,
            agent=AGENT,
            issue_account=first,
            escrow_account=first + 1,
            treasury_account=first + 2,
        )
        yield self.signed(register, ISSUER, SUPERVISOR)
        pack = AdoptPack(
            reference=f"pack {coin}",
            coin=coin,
            name="bench",
            staleness_ns=31 * DAY_NS,
            concentration_ppm=600_000,
            redemption_days=1,
            calendar=0,
            haircuts=tuple(
                HaircutStep(instrument=Instrument.BILL, tenor_ns=30 * (tenor + 1) * DAY_NS, haircut_ppm=1_000 * tenor)
                for tenor in range(self.tenors)
            ),
        )
        yield self.signed(pack, ISSUER, SUPERVISOR)
        minter = SetMinter(
            reference=f"minter {coin}", coin=coin, minter=ISSUER, cap_atoms=PLENTY, refill_atoms_a_day=PLENTY
        )
        yield self.signed(minter, ISSUER, SUPERVISOR)
        for custodian in range(self.custodians):
            for tenor in range(self.tenors):
                yield self._reserve(coin, custodian, tenor)
                number = self.reserve(coin, custodian, tenor)
                yield self.attestation(f"first attestation {number}", number, self.time_ns, PLENTY)

    def _reserve(self, coin: int, custodian: int, tenor: int) -> Approved:
        command = OpenReserve(
            reference=f"reserve {coin} {custodian} {tenor}",
            coin=coin,
            custodian=CUSTODIAN_FIRST + custodian,
            account=f"account {tenor}",
            instrument=Instrument.BILL,
            currency="USD",
            maturity_ns=self.time_ns + (30 * tenor + 15) * DAY_NS,
        )
        return self.signed(command, ISSUER, CUSTODIAN_FIRST + custodian)


def _opened(reference: str, kind: AccountKind, count: int, label: str) -> OpenAccounts:
    return OpenAccounts(
        reference=reference, account_kind=kind, count=count, label=label, tier=0, trade_group=TRADE_GROUP_NONE
    )


@cache
def _bodies(custodians: int) -> tuple[Body, ...]:
    duties = [Duty.SUPERVISOR, Duty.ISSUER, Duty.AGENT, *[Duty.CUSTODIAN] * custodians]
    return tuple(
        Body(f"body {number}", duty, (Person(2 * number + 1, Role.MAKER), Person(2 * number + 2, Role.CHECKER)))
        for number, duty in enumerate(duties)
    )
