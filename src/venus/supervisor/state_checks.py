"""One small function a kind of rule: what a coin's reserves and queue break at a moment. docs/rules/packs.md, "Kinds".

Each is pure: the same rule, state and time give the same answer.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import NamedTuple

from venus.packs.calendars import CALENDARS, business_days, cutoff_ns
from venus.packs.regimes import OWN_DEADLINE, Kind, Pack, Rule
from venus.records.coins import DAY_NS, Instrument
from venus.supervisor.coin_states import CoinState
from venus.units import NS_PER_S, PPM
from venus.views.issuance_questions import Redemption, Reserve


class Breach(NamedTuple):
    """What is broken at a moment, and by how much of `unit`."""

    amount: int
    unit: str  # "atoms" or "ns"
    what: str


class Judged(NamedTuple):
    """By which rule, of which pack, at which time."""

    rule: Rule
    pack: Pack
    time_ns: int


def _allowed(reserve: Reserve, by: Judged, rule: Rule) -> bool:
    left_ns = max(reserve.maturity_ns - by.time_ns, 0) if reserve.maturity_ns else 0
    return any(
        Instrument[tenor.instrument] == reserve.instrument and left_ns <= tenor.days * DAY_NS for tenor in rule.tenors
    )


def _in_place(state: CoinState, by: Judged) -> Iterator[Reserve]:
    """Reserves that there are: attested, in the coin's currency, not matured."""
    for reserve in state.reserves:
        matured = reserve.maturity_ns and by.time_ns >= reserve.maturity_ns
        if reserve.as_of_ns >= 0 and reserve.currency == state.coin.currency and not matured:
            yield reserve


def _missing(has_atoms: int, share_ppm: int, supply_atoms: int, what: str) -> Breach | None:
    wanted = -(-supply_atoms * share_ppm // PPM)
    return Breach(wanted - has_atoms, "atoms", f"{what} {has_atoms} of {wanted} atoms") if has_atoms < wanted else None


def check_backed(state: CoinState, by: Judged) -> Breach | None:
    lists = [rule for rule in by.pack.rules if rule.kind is Kind.ELIGIBLE]
    atoms = sum(reserve.atoms for reserve in _in_place(state, by) if all(_allowed(reserve, by, rule) for rule in lists))
    return _missing(atoms, by.rule.figures["ratio_ppm"], state.coin.supply_atoms, "reserves")


def check_deposits(state: CoinState, by: Judged) -> Breach | None:
    atoms = sum(reserve.atoms for reserve in _in_place(state, by) if reserve.instrument == Instrument.DEPOSIT)
    return _missing(atoms, by.rule.figures["share_ppm"], state.coin.supply_atoms, "deposits")


def _bad_reserves(bad: list[Reserve]) -> Breach | None:
    if not bad:
        return None
    names = ", ".join(str(reserve.number) for reserve in bad)
    return Breach(sum(reserve.atoms for reserve in bad), "atoms", f"reserve {names}")


def check_eligible(state: CoinState, by: Judged) -> Breach | None:
    return _bad_reserves([one for one in state.reserves if one.atoms and not _allowed(one, by, by.rule)])


def check_currency(state: CoinState, by: Judged) -> Breach | None:
    return _bad_reserves([one for one in state.reserves if one.atoms and one.currency != state.coin.currency])


def check_attested(state: CoinState, by: Judged) -> Breach | None:
    if not state.coin.supply_atoms:
        return None
    oldest_ns = by.time_ns - by.rule.figures["days"] * DAY_NS
    late = [one for one in state.reserves if 0 <= one.as_of_ns < oldest_ns]
    if not late:
        return None
    late_ns = oldest_ns - min(one.as_of_ns for one in late)
    return Breach(late_ns, "ns", f"reserve {', '.join(str(one.number) for one in late)}")


def check_concentration(state: CoinState, by: Judged) -> Breach | None:
    if not state.coin.supply_atoms:
        return None
    sums: dict[int, int] = {}
    for reserve in state.reserves:
        if reserve.currency == state.coin.currency:
            sums[reserve.custodian] = sums.get(reserve.custodian, 0) + reserve.atoms
    most = sum(sums.values()) * by.rule.figures["share_ppm"] // PPM
    worst = max(sums, key=lambda custodian: (sums[custodian], -custodian), default=None)
    if worst is None or sums[worst] <= most:
        return None
    return Breach(sums[worst] - most, "atoms", f"custodian {worst}")


def check_redemption(state: CoinState, by: Judged) -> Breach | None:
    late = [(by.time_ns - deadline_ns(one, by.rule, by.pack), one.number) for one in state.queue]
    late = [(late_ns, number) for late_ns, number in late if late_ns >= 0]
    if not late:
        return None
    return Breach(max(late)[0], "ns", f"redemption {', '.join(str(number) for _, number in late)}")


def deadline_ns(redemption: Redemption, rule: Rule, pack: Pack) -> int:
    """Until when a request must be paid under a rule: never later than the ledger says."""
    days = rule.figures["business_days"]
    if days == OWN_DEADLINE:
        return redemption.deadline_ns
    asked = datetime.fromtimestamp(redemption.asked_ns // NS_PER_S, UTC).date()
    cutoffs_ns = _cutoffs_ns(pack.adoption.calendar, asked, days)
    return min(redemption.deadline_ns, cutoffs_ns[bisect_right(cutoffs_ns, redemption.asked_ns) + days])


@cache
def _cutoffs_ns(calendar: str, asked: date, days: int) -> tuple[int, ...]:
    """Ends of business days from the day before until long behind the deadline."""
    kept = CALENDARS[calendar]
    last = asked + timedelta(days=21 + 3 * days)
    return tuple(cutoff_ns(kept, day) for day in business_days(kept, asked - timedelta(days=1), last))


CHECKS: dict[Kind, Callable[[CoinState, Judged], Breach | None]] = {
    Kind.BACKED: check_backed,
    Kind.DEPOSITS: check_deposits,
    Kind.ELIGIBLE: check_eligible,
    Kind.CURRENCY: check_currency,
    Kind.ATTESTED: check_attested,
    Kind.CONCENTRATION: check_concentration,
    Kind.REDEMPTION: check_redemption,
}
"""The kinds that a state can break; payments break the others."""


def moments_ns(state: CoinState, pack: Pack) -> Iterator[int]:
    """When time alone may break a rule that this state keeps."""
    for reserve in state.reserves:
        if reserve.maturity_ns:
            yield reserve.maturity_ns
        for rule in pack.rules:
            if rule.kind is Kind.ATTESTED and reserve.as_of_ns >= 0:
                yield reserve.as_of_ns + rule.figures["days"] * DAY_NS + 1
    for redemption in state.queue:
        for rule in pack.rules:
            if rule.kind is Kind.REDEMPTION:
                yield deadline_ns(redemption, rule, pack)
