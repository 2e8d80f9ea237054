"""Founding institutions and seating people. Source: docs/rules/approvals.md, "Commands"."""

from venus.core.affairs import Institution, Seat
from venus.core.approvals import can_meet
from venus.core.steps import Answer, Applied, Step, is_text
from venus.records.approvals import exchange_digest
from venus.records.events import EventKind
from venus.records.institutions import (
    DUTIES_ALL,
    DUTIES_OF_RULES_3,
    DUTIES_OF_RULES_4,
    SUPERVISOR_INSTITUTION,
    AddInstitution,
    AdoptControls,
    Duty,
    FoundExchange,
    InstitutionTerms,
    RevokeSeat,
    Role,
    Scheme,
    SeatPerson,
    SeatTerms,
    SetQuorum,
)
from venus.records.rejects import Reject
from venus.records.signatures import key_is_sound
from venus.units import ATOMS_MAX, INT64_MAX

_ORIGIN_MAX = 128
_QUORUM_MIN, _QUORUM_MAX = 2, 16
_RULES_OF_CURRENCIES, _RULES_OF_MARKET = 4, 5
_SEATS_MAX, _FIRST_MAX, _INSTITUTIONS_MAX = 64, 64, 4096


def _is_origin(text: str, least: int) -> bool:
    """Fit to stand between quotation marks as it is."""
    return least <= len(text) <= _ORIGIN_MAX and not any(ord(sign) < 32 or sign in '"\\' for sign in text)


def _terms_reject(terms: InstitutionTerms, supervises: bool, rules: int) -> Reject:
    duties = DUTIES_ALL if rules >= _RULES_OF_MARKET else DUTIES_OF_RULES_4
    if rules < _RULES_OF_CURRENCIES:
        duties = DUTIES_OF_RULES_3
    if not is_text(terms.name) or not 1 <= terms.duties <= duties or len(terms.seats) > _SEATS_MAX:
        return Reject.INVALID_COMMAND
    if bool(terms.duties & Duty.SUPERVISOR) != supervises or (supervises and terms.duties != Duty.SUPERVISOR):
        return Reject.INVALID_COMMAND
    return Reject.NONE if _QUORUM_MIN <= terms.quorum <= _QUORUM_MAX else Reject.INVALID_COMMAND


def _seat_reject(terms: SeatTerms, institution: int, persons: dict[int, int], keys: dict[bytes, int]) -> Reject:
    if not 1 <= terms.person <= ATOMS_MAX or terms.role not in set(Role) or terms.scheme not in set(Scheme):
        return Reject.INVALID_COMMAND
    if terms.from_ns < 0 or not (terms.until_ns == 0 or terms.from_ns < terms.until_ns <= INT64_MAX):
        return Reject.INVALID_COMMAND
    if not key_is_sound(terms.scheme, terms.key):
        return Reject.BAD_KEY
    if persons.get(terms.person, institution) != institution or terms.key in keys:
        return Reject.SEAT_TAKEN
    return Reject.NONE


def _added(
    terms: InstitutionTerms, number: int, persons: dict[int, int], keys: dict[bytes, int], supervises: bool, rules: int
) -> Reject | Institution:
    """An institution as it would be; takes its people and keys into the two dicts, which are copies."""
    reject = _terms_reject(terms, supervises, rules)
    if reject != Reject.NONE:
        return reject
    for seat in terms.seats:
        reject = _seat_reject(seat, number, persons, keys)
        if reject != Reject.NONE:
            return reject
        persons[seat.person] = number
        keys[seat.key] = seat.person
    return Institution(terms.name, terms.duties, terms.quorum, [Seat(seat, revoked=False) for seat in terms.seats])


def found_exchange(step: Step, command: FoundExchange) -> Answer:
    affairs = step.affairs
    if affairs.exchange:
        return Reject.ALREADY_FOUNDED
    texts = (command.origin, command.relying_party, command.page_origin)
    if not all(_is_origin(text, least) for text, least in zip(texts, (1, 0, 0), strict=True)):
        return Reject.INVALID_COMMAND
    if not 1 <= len(command.institutions) <= _FIRST_MAX:
        return Reject.INVALID_COMMAND
    founded: list[Institution] = []
    persons: dict[int, int] = {}
    keys: dict[bytes, int] = {}
    for number, terms in enumerate(command.institutions):
        institution = _added(terms, number, persons, keys, number == SUPERVISOR_INSTITUTION, step.rules)
        if isinstance(institution, Reject):
            return institution
        founded.append(institution)
    if not can_meet(founded[SUPERVISOR_INSTITUTION], step.time_ns):
        return Reject.QUORUM_MISSING
    affairs.exchange = exchange_digest(*texts)
    affairs.relying_party, affairs.page_origin = command.relying_party, command.page_origin
    affairs.institutions, affairs.persons, affairs.keys = founded, persons, keys
    return Applied(EventKind.EXCHANGE_FOUNDED, 0, {"quantity_lots": len(founded)})


def add_institution(step: Step, command: AddInstitution) -> Answer:
    affairs = step.affairs
    number = len(affairs.institutions)
    if number >= _INSTITUTIONS_MAX:
        return Reject.INVALID_COMMAND
    persons, keys = dict(affairs.persons), dict(affairs.keys)
    institution = _added(command.terms, number, persons, keys, False, step.rules)
    if isinstance(institution, Reject):
        return institution
    affairs.institutions.append(institution)
    affairs.persons, affairs.keys = persons, keys
    return Applied(EventKind.INSTITUTION_ADDED, number, {"order_id": number})


def seat_person(step: Step, command: SeatPerson) -> Answer:
    affairs, terms = step.affairs, command.terms
    seats = affairs.institutions[command.institution].seats
    if len(seats) >= _SEATS_MAX:
        return Reject.INVALID_COMMAND
    reject = _seat_reject(terms, command.institution, affairs.persons, affairs.keys)
    if reject != Reject.NONE:
        return reject
    affairs.persons[terms.person] = command.institution
    affairs.keys[terms.key] = terms.person
    seats.append(Seat(terms, revoked=False))
    number = len(seats) - 1
    fields = {"order_id": command.institution, "maker_order_id": number, "price_ticks": terms.person}
    return Applied(EventKind.PERSON_SEATED, number, fields)


def revoke_seat(step: Step, command: RevokeSeat) -> Answer:
    """The supervisor must stay able to act, or nobody could seat anybody again."""
    institution = step.affairs.institutions[command.institution]
    if not 0 <= command.seat < len(institution.seats):
        return Reject.UNKNOWN_SEAT
    seat = institution.seats[command.seat]
    if seat.revoked:
        return Reject.NO_CHANGE
    seat.revoked = True
    if command.institution == SUPERVISOR_INSTITUTION and not can_meet(institution, step.time_ns):
        seat.revoked = False
        return Reject.QUORUM_MISSING
    fields = {"order_id": command.institution, "maker_order_id": command.seat, "price_ticks": seat.terms.person}
    return Applied(EventKind.SEAT_REVOKED, 0, fields)


def set_quorum(step: Step, command: SetQuorum) -> Answer:
    institution = step.affairs.institutions[command.institution]
    if not _QUORUM_MIN <= command.persons <= _QUORUM_MAX:
        return Reject.INVALID_COMMAND
    before = institution.quorum
    if command.persons == before:
        return Reject.NO_CHANGE
    institution.quorum = command.persons
    if command.institution == SUPERVISOR_INSTITUTION and not can_meet(institution, step.time_ns):
        institution.quorum = before
        return Reject.QUORUM_MISSING
    return Applied(EventKind.QUORUM_SET, 0, {"order_id": command.institution, "quantity_lots": command.persons})


def adopt_controls(step: Step, command: AdoptControls) -> Answer:
    affairs = step.affairs
    institution = affairs.institutions[command.institution]
    if not institution.duties & (Duty.OPERATOR | Duty.SUPERVISOR):
        return Reject.WRONG_DUTY
    if not can_meet(institution, step.time_ns):
        return Reject.QUORUM_MISSING
    if affairs.controls == command.institution:
        return Reject.NO_CHANGE
    affairs.controls = command.institution
    return Applied(EventKind.CONTROLS_ADOPTED, 0, {"order_id": command.institution})
