"""Whether those who must approve a command did. Source: docs/rules/approvals.md."""

from collections.abc import Sequence

from venus.core.affairs import Affairs, Institution, Seat
from venus.core.steps import Step
from venus.records.approvals import APPROVAL_LIFE_NS_MAX, Approval, statement
from venus.records.commands import PlainCommand, encode_cold
from venus.records.events import EventKind
from venus.records.quorums import NOBODY, Need, is_active, is_quorum, needed
from venus.records.rejects import Reject
from venus.records.signatures import holds

_APPROVALS_MAX = 32


def can_meet(institution: Institution, time_ns: int) -> bool:
    active = (seat.terms for seat in institution.seats if is_active(seat.terms, time_ns, revoked=seat.revoked))
    return is_quorum(active, institution.quorum)


def refusal(step: Step, command: PlainCommand, approvals: Sequence[Approval]) -> Reject:
    """Tests 3 to 6 of a command's approvals, and that nobody judges himself (docs/rules/p2p.md, "Disputes")."""
    need = needed(step.affairs, command)
    if isinstance(need, Reject):
        return need
    if need == NOBODY:
        return Reject.INVALID_COMMAND if approvals else Reject.NONE
    if not 1 <= len(approvals) <= _APPROVALS_MAX:
        return Reject.APPROVALS_MISSING
    body = encode_cold(command)
    signed: dict[int, dict[int, Seat]] = {}
    for approval in approvals:
        reject, seat = _one(step, approval, body, signed)
        if seat is None:
            return reject
        signed.setdefault(approval.institution, {})[approval.seat] = seat
    if not _is_met(step.affairs, need, signed):
        return Reject.QUORUM_MISSING
    persons = step.affairs.market.judged(command)
    signers = (seat.terms.person for seats in signed.values() for seat in seats.values())
    return Reject.CONFLICT_OF_INTEREST if any(person in persons for person in signers) else Reject.NONE


def _one(step: Step, approval: Approval, body: bytes, signed: dict[int, dict[int, Seat]]) -> tuple[Reject, Seat | None]:
    """Test 5 of one approval."""
    affairs, number = step.affairs, approval.institution
    if not 0 <= number < len(affairs.institutions):
        return Reject.UNKNOWN_SEAT, None
    seats = affairs.institutions[number].seats
    if not 0 <= approval.seat < len(seats):
        return Reject.UNKNOWN_SEAT, None
    seat = seats[approval.seat]
    if not is_active(seat.terms, step.time_ns, revoked=seat.revoked):
        return Reject.SEAT_NOT_ACTIVE, None
    if not step.time_ns < approval.expires_ns <= step.time_ns + APPROVAL_LIFE_NS_MAX:
        return Reject.APPROVAL_EXPIRED, None
    if approval.seat in signed.get(number, {}):
        return Reject.APPROVAL_DUPLICATE, None
    said = statement(affairs.exchange, number, approval.seat, approval.expires_ns, body)
    terms = seat.terms
    if not holds(terms.scheme, terms.key, said, approval, affairs.relying_party, affairs.page_origin):
        return Reject.BAD_SIGNATURE, None
    return Reject.NONE, seat


def _is_met(affairs: Affairs, need: Need, signed: dict[int, dict[int, Seat]]) -> bool:
    def meets(number: int) -> bool:
        seats = signed.get(number, {}).values()
        return is_quorum((seat.terms for seat in seats), affairs.institutions[number].quorum)

    return (
        all(meets(number) for number in need.all_of)
        and (not need.any_of or any(meets(number) for number in need.any_of))
        and (need.seat_of is None or need.seat_of in signed)
    )


def say_approvals(step: Step, approvals: Sequence[Approval]) -> None:
    for approval in approvals:
        person = step.affairs.institutions[approval.institution].seats[approval.seat].terms.person
        step.say(EventKind.APPROVED, order_id=approval.institution, maker_order_id=approval.seat, price_ticks=person)
