"""Coins, reserves, receipts, redemptions, orders: what they are, and what backs a coin, reckoned anew at every look.

Source: docs/rules/issuance.md.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from venus.model.events import event
from venus.model.ledger import Ledger
from venus.records.coins import AdoptCalendar, AdoptPack, LawfulEnd, OpenReserve, OrderLawful, RegisterCoin, Stop
from venus.records.currency import OrderOverCurrency
from venus.records.events import Event, EventKind
from venus.units import ATOMS_MAX

MILLION = 10**6
DAY_NS = 24 * 3600 * 10**9
NEVER = -1


@dataclass(slots=True)
class Minter:
    cap_atoms: int
    refill_atoms_a_day: int
    left_atoms: int
    since_ns: int

    def allowance_atoms(self, time_ns: int) -> int:
        return min(self.cap_atoms, self.left_atoms + (time_ns - self.since_ns) * self.refill_atoms_a_day // DAY_NS)


@dataclass(slots=True)
class Coin:
    terms: RegisterCoin
    pack: AdoptPack | None = None
    paused: bool = False
    stop: int = 0
    backing_atoms: int = 0  # as it was told last
    minters: dict[int, Minter] = field(default_factory=dict)


@dataclass(slots=True)
class Reserve:
    terms: OpenReserve
    closed: bool = False
    atoms: int = 0
    as_of_ns: int = NEVER
    moved_ns: int = NEVER


@dataclass(slots=True)
class Receipt:
    reserve: int
    account: int
    atoms: int


@dataclass(slots=True)
class Redemption:
    coin: int
    account: int
    atoms: int
    deadline_ns: int
    payee: str
    overdue: bool = False


@dataclass(slots=True)
class Lawful:
    terms: OrderLawful | OrderOverCurrency
    wanted_atoms: int
    frozen_atoms: int = 0
    end: LawfulEnd = LawfulEnd.NONE
    appealed: bool = False

    @property
    def asset(self) -> int:
        """The coin or currency that it is over."""
        return self.terms.coin if isinstance(self.terms, OrderLawful) else self.terms.currency


def _never() -> int:
    return NEVER


@dataclass(slots=True)
class Coins:
    """By number: coins by that of their asset, reserves and calendars from 0, the others from 1."""

    ledger: Ledger
    time_ns: int = 0
    rules: int = 1
    looked_ns: defaultdict[int, int] = field(default_factory=lambda: defaultdict(_never))
    """Until when a coin's reserves were counted: what time did to them before is told."""
    coins: dict[int, Coin] = field(default_factory=dict)
    calendars: list[AdoptCalendar] = field(default_factory=list)
    reserves: list[Reserve] = field(default_factory=list)
    receipts: dict[int, Receipt] = field(default_factory=dict)
    receipts_count: int = 0
    redemptions: dict[int, Redemption] = field(default_factory=dict)  # those that wait, in the order of asking
    redemptions_count: int = 0
    lawful: list[Lawful] = field(default_factory=list)

    def supply_atoms(self, coin: int) -> int:
        return -self.ledger.free[self.coins[coin].terms.issue_account, coin]

    def queue(self, coin: int) -> list[tuple[int, Redemption]]:
        return [(number, one) for number, one in sorted(self.redemptions.items()) if one.coin == coin]

    def reserves_of(self, coin: int) -> Iterator[Reserve]:
        return (reserve for reserve in self.reserves if reserve.terms.coin == coin)

    def is_open_reserve(self, number: int) -> bool:
        return 0 <= number < len(self.reserves) and not self.reserves[number].closed

    def order(self, number: int) -> Lawful | None:
        return self.lawful[number - 1] if 1 <= number <= len(self.lawful) else None

    def counted_atoms(self, reserve: Reserve) -> int:
        coin, terms = self.coins[reserve.terms.coin], reserve.terms
        if coin.pack is None or reserve.closed or reserve.as_of_ns == NEVER:
            return 0
        is_fresh = self.time_ns < reserve.as_of_ns + coin.pack.staleness_ns
        is_due = terms.maturity_ns != 0 and self.time_ns >= terms.maturity_ns
        if not is_fresh or is_due or terms.currency != coin.terms.currency:
            return 0
        tenor_ns = max(0, terms.maturity_ns - self.time_ns)
        fits = [
            step for step in coin.pack.haircuts if step.instrument == terms.instrument and tenor_ns <= step.tenor_ns
        ]
        return reserve.atoms * (MILLION - fits[0].haircut_ppm) // MILLION if fits else 0

    def reckoned_backing_atoms(self, number: int) -> int:
        coin = self.coins[number]
        if coin.pack is None:
            return 0
        at_custodian: defaultdict[int, int] = defaultdict(int)
        for reserve in self.reserves_of(number):
            at_custodian[reserve.terms.custodian] += self.counted_atoms(reserve)
        most = sum(at_custodian.values()) * coin.pack.concentration_ppm // MILLION
        return min(ATOMS_MAX, sum(min(atoms, most) for atoms in at_custodian.values()))

    def settled(self, sequence: int, number: int, flags: int = 0) -> list[Event]:
        """What has changed of a coin's backing and stops since it was told last."""
        coin, told = self.coins[number], []
        backing, supply = self.reckoned_backing_atoms(number), self.supply_atoms(number)
        if backing != coin.backing_atoms:
            coin.backing_atoms = backing
            fields = {"symbol": number, "quantity_lots": backing, "remaining_lots": supply}
            told.append(event(EventKind.BACKING_CHANGED, sequence, flags=flags, **fields))
        stop = Stop(0)
        if supply > backing:
            stop |= Stop.UNBACKED
        if any(one.overdue for _, one in self.queue(number)):
            stop |= Stop.OVERDUE
        if stop != coin.stop:
            coin.stop = int(stop)
            kind = EventKind.MINTING_STOPPED if stop else EventKind.MINTING_RESUMED
            told.append(event(kind, sequence, symbol=number, reason=int(stop), flags=flags))
        return told

    def due(self) -> Iterator[tuple[int, int, int]]:
        """Due time, class and number of all that time will do."""
        yield from ((one.deadline_ns, 1, number) for number, one in self.redemptions.items() if not one.overdue)
        yield from ((one.terms.expires_ns, 2, number) for number, one in enumerate(self.lawful, 1) if not one.end)

    def counts_otherwise(self, number: int) -> bool:
        """Whether time has changed what a reserve of the coin counts."""
        return any(moment <= self.time_ns for moment in self._moments(number))

    def _moments(self, number: int) -> Iterator[int]:
        """When a reserve of the coin counts otherwise, since the last look."""
        pack = self.coins[number].pack
        for reserve in self.reserves_of(number):
            if pack is None or reserve.closed or reserve.as_of_ns == NEVER:
                continue
            moments = [reserve.as_of_ns + pack.staleness_ns]
            if maturity_ns := reserve.terms.maturity_ns:
                tenors = [step.tenor_ns for step in pack.haircuts if step.instrument == reserve.terms.instrument]
                moments += [maturity_ns, *(maturity_ns - tenor_ns for tenor_ns in tenors)]
            yield from (moment for moment in moments if moment > self.looked_ns[number])

    def held_atoms(self) -> defaultdict[tuple[int, int], int]:
        """What is held for redemption and by lawful orders, by account and asset."""
        held: defaultdict[tuple[int, int], int] = defaultdict(int)
        for one in self.redemptions.values():
            held[self.coins[one.coin].terms.escrow_account, one.coin] += one.atoms
        for order in self.lawful:
            held[order.terms.account, order.asset] += order.frozen_atoms
        return held

    def check(self) -> None:
        """Rule 10 of docs/rules/ledger.md."""
        for number, coin in self.coins.items():
            supply = self.supply_atoms(number)
            assert supply == self.ledger.inside_atoms(number), (number, supply)
            assert supply <= self.reckoned_backing_atoms(number) or coin.stop & Stop.UNBACKED, (number, supply)
            assert coin.backing_atoms == self.reckoned_backing_atoms(number), coin
