"""What the public record counts, counted again by who has the journal. docs/rules/public_record.md, "Checking it"."""

from collections.abc import Iterable
from typing import NamedTuple

from venus.records.coins import LawfulKind
from venus.supervisor.cast import Cast
from venus.supervisor.coin_states import lawful_orders
from venus.supervisor.rereading import Reading
from venus.units import NS_PER_S
from venus.views.issuance import Issuance
from venus.views.p2p import P2pView
from venus.views.p2p_public_questions import P2pCountsAnswer, P2pCountsQuestion, told_counts

SLACK_NS = 2 * NS_PER_S
"""Counts are told of a moment; what they rest on was folded a little before, or stamped a little after."""
LAWFUL = ("ordered", "inForce", "appeals", "granted")
Counts = dict[str, int]


class Recounted(NamedTuple):
    """What a journal counts to: the moment of the last frame, and every figure by its name."""

    frame: int
    counts: Counts


class Recount:
    """The fold."""

    def __init__(self) -> None:
        self._issuance, self._market, self._cast = Issuance(), P2pView(), Cast()

    def apply(self, reading: Reading) -> None:
        if reading.batch is not None:
            for fold in (self._cast, self._issuance, self._market):
                fold.apply(reading.batch)

    def counts(self) -> Counts:
        market = self._market.answer(P2pCountsQuestion())
        assert isinstance(market, P2pCountsAnswer)
        found = {f"p2p {name}": count for name, count in told_counts(market).items()}
        for asset, code in enumerate(self._cast.codes):
            for one in lawful_orders(self._issuance, asset).counts:
                values = (one.ordered, one.in_force, one.appeals, one.granted)
                kind = LawfulKind(one.order_kind).name
                found |= {f"{code} {kind} {name}": value for name, value in zip(LAWFUL, values, strict=True)}
        return found


def told_by(counts: dict[str, object]) -> Counts:
    """The same figures as the record's answer has them; raises ValueError for what is none."""
    market, lawful = counts.get("p2p"), counts.get("lawfulOrders")
    if not isinstance(market, dict) or not isinstance(lawful, list):
        raise ValueError("no counts of the public record")
    found = {f"p2p {name}": count for name, count in market.items()}
    try:
        return found | {f"{row['asset']} {row['kind']} {name}": row[name] for row in lawful for name in LAWFUL}
    except (KeyError, TypeError) as error:
        raise ValueError(f"no counts of lawful orders: {error}") from error


def recount(told: Counts, time_ns: int, readings: Iterable[Reading]) -> Recounted:
    """What the journal counts to at a time: of the frames around it those that agree, else the last before it."""
    fold, last = Recount(), Recounted(-1, {})
    before = last
    for reading in readings:
        if reading.time_ns >= time_ns - SLACK_NS and (found := Recounted(last.frame, fold.counts())).counts == told:
            return found
        if reading.time_ns > time_ns:
            before = before if before.counts else Recounted(last.frame, fold.counts())
        if reading.time_ns > time_ns + SLACK_NS:
            return before
        fold.apply(reading)
        last = Recounted(reading.number, {})
    found = Recounted(last.frame, fold.counts())
    return found if found.counts == told or not before.counts else before


def differing(told: Counts, found: Recounted) -> list[str]:
    """Each figure that is not so, in words."""
    names = sorted(told.keys() | found.counts.keys())
    pairs = [(name, told.get(name, 0), found.counts.get(name, 0)) for name in names]
    return [f"{name} is {said}, but must be {made}" for name, said, made in pairs if said != made]
