"""Who approved what an arbiter did, by the signatures in the frames themselves.

The seats' keys are as the exchange tells them. Source: docs/rules/approvals.md; docs/rules/p2p.md, "Disputes".
"""

from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from venus.p2p.bundle import SeatTold, Told
from venus.p2p.replay import Case, Step
from venus.records import p2p
from venus.records.approvals import APPROVAL_LIFE_NS_MAX, Approval, statement
from venus.records.commands import encode_cold
from venus.records.quorums import is_active, is_quorum
from venus.records.signatures import holds

_BY_ARBITER = p2p.DecideDispute | p2p.RelockEscrow | p2p.RefuseClaim


class Wrong(NamedTuple):
    is_conflict: bool  # a party judged himself
    words: str


def wrong_seats(told: Told, case: Case, obeyed: Sequence[tuple[Step, tuple[Approval, ...]]]) -> Iterator[Wrong]:
    """What is not right with the approvals of what arbiters did."""
    seats = {(one.institution, one.seat): one for one in told.seats}
    quorums = {one.institution: one.quorum for one in told.institutions}
    persons = {one.account: one.person for one in told.persons}
    for step, approvals in obeyed:
        command = step.command
        if not isinstance(command, _BY_ARBITER) or command.order not in case.lives:
            continue
        opened = case.lives[command.order].opened
        what = f"command {step.sequence}: {type(command).__name__}"
        parties = {persons.get(opened.buyer), persons.get(opened.seller)}
        if None in parties:
            yield Wrong(False, f"{what}: who the parties are is not told")
        good: list[SeatTold] = []
        for approval in approvals:
            seat = seats.get((approval.institution, approval.seat))
            why = "is not told" if seat is None else _not_good(told, seat, approval, step)
            if seat is None or why:
                yield Wrong(False, f"{what}: seat {approval.institution}/{approval.seat} {why}")
                continue
            if seat.person in parties:
                yield Wrong(True, f"{what}: seat {seat.institution}/{seat.seat} is of a party, person {seat.person}")
            if seat.institution == told.arbiter:
                good.append(seat)
        if not good:
            yield Wrong(False, f"{what}: no seat of the arbiter, institution {told.arbiter}, approved it")
        elif isinstance(command, p2p.DecideDispute) and opened.atoms >= opened.large_atoms:
            quorum = quorums.get(told.arbiter, 0)
            if not quorum or not is_quorum(good, quorum):
                yield Wrong(False, f"{what}: {opened.atoms} atoms need the arbiters' quorum, which is not there")


def _not_good(told: Told, seat: SeatTold, approval: Approval, step: Step) -> str:
    """Why an approval does not count; empty if it does."""
    if not is_active(seat, step.time_ns, revoked=False):
        return "was not active then"
    if not step.time_ns < approval.expires_ns <= step.time_ns + APPROVAL_LIFE_NS_MAX:
        return "gave an approval that was not good any more, or for too long"
    try:
        exchange, key = b64decode(told.exchange, validate=True), b64decode(seat.key, validate=True)
        said = statement(exchange, seat.institution, seat.seat, approval.expires_ns, encode_cold(step.command))
        is_signed = holds(seat.scheme, key, said, approval, told.relying_party, told.page_origin)
    except (BadBase64, ValueError):
        return "has a key that is none"
    return "" if is_signed else "did not sign this"
