"""Institutions, their seats, and whose signatures a command needs. Source: docs/rules/approvals.md."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from venus.model.desk import Desk
from venus.model.events import event
from venus.model.signatures import holds, key_is_sound
from venus.records.approvals import Approval, exchange_digest, statement
from venus.records.commands import PlainCommand, encode_cold
from venus.records.events import Event, EventKind
from venus.records.institutions import (
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
from venus.units import ATOMS_MAX, INT64_MAX

SUPERVISOR = 0
APPROVALS_MAX = 32
APPROVAL_LIFE_NS_MAX = 7 * 24 * 3600 * 10**9
SEATS_MAX = 64
INSTITUTIONS_MAX = 4096


class Needs(NamedTuple):
    """Quorums of all of these, of one of those, and one seat of another."""

    all_of: tuple[int, ...] = ()
    one_of: tuple[int, ...] = ()
    seat_of: tuple[int, ...] = ()


@dataclass(slots=True)
class Seat:
    terms: SeatTerms
    revoked: bool = False

    def is_active(self, time_ns: int) -> bool:
        begun = self.terms.from_ns <= time_ns
        return begun and not self.revoked and not 0 < self.terms.until_ns <= time_ns


@dataclass(slots=True)
class Institution:
    name: str
    duties: int
    quorum: int
    seats: list[Seat]

    def has(self, *duties: Duty) -> bool:
        return any(self.duties & duty for duty in duties)

    def is_fulfilled_by(self, seats: Collection[Seat]) -> bool:
        persons = {seat.terms.person for seat in seats}
        return len(persons) >= self.quorum and any(
            maker.terms.role == Role.MAKER
            and checker.terms.role == Role.CHECKER
            and maker.terms.person != checker.terms.person
            for maker in seats
            for checker in seats
        )

    def can_meet(self, time_ns: int) -> bool:
        return self.is_fulfilled_by([seat for seat in self.seats if seat.is_active(time_ns)])


@dataclass(slots=True)
class Institutions:
    desk: Desk
    exchange: bytes = b""
    relying_party: str = ""
    page_origin: str = ""
    controls: int = -1
    all: list[Institution] = field(default_factory=list)

    def is_known(self, number: int) -> bool:
        return 0 <= number < len(self.all)

    def count(
        self, time_ns: int, command: PlainCommand, approvals: Collection[Approval]
    ) -> Reject | dict[int, list[Seat]]:
        """Test 5: the seats that approve, by institution, or the first approval's fault."""
        if not 1 <= len(approvals) <= APPROVALS_MAX:
            return Reject.APPROVALS_MISSING
        counted: list[tuple[int, int]] = []
        seats: dict[int, list[Seat]] = {}
        for approval in approvals:
            place = approval.institution, approval.seat
            if not self.is_known(place[0]) or not 0 <= place[1] < len(self.all[place[0]].seats):
                return Reject.UNKNOWN_SEAT
            seat = self.all[place[0]].seats[place[1]]
            if not seat.is_active(time_ns):
                return Reject.SEAT_NOT_ACTIVE
            if approval.expires_ns <= time_ns or approval.expires_ns > time_ns + APPROVAL_LIFE_NS_MAX:
                return Reject.APPROVAL_EXPIRED
            if place in counted:
                return Reject.APPROVAL_DUPLICATE
            said = statement(self.exchange, *place, approval.expires_ns, encode_cold(command))
            if not holds(seat.terms.scheme, seat.terms.key, said, approval, self.relying_party, self.page_origin):
                return Reject.BAD_SIGNATURE
            counted.append(place)
            seats.setdefault(place[0], []).append(seat)
        return seats

    def told(self, sequence: int, approvals: Collection[Approval]) -> list[Event]:
        return [
            event(
                EventKind.APPROVED,
                sequence,
                order_id=approval.institution,
                maker_order_id=approval.seat,
                price_ticks=self.all[approval.institution].seats[approval.seat].terms.person,
            )
            for approval in approvals
        ]

    # The commands. Each gives the reason why not, or the number that it gave.

    def found(self, time_ns: int, command: FoundExchange) -> Reject | int:
        if self.exchange:
            return Reject.ALREADY_FOUNDED
        for text, least in ((command.origin, 1), (command.relying_party, 0), (command.page_origin, 0)):
            if not least <= len(text) <= 128 or any(ord(sign) < 32 or sign in {'"', "\\"} for sign in text):
                return Reject.INVALID_COMMAND
        if not 1 <= len(command.institutions) <= 64:
            return Reject.INVALID_COMMAND
        before = self.all
        self.all = []
        for number, terms in enumerate(command.institutions):
            reason = self._add(terms, supervises=number == SUPERVISOR)
            if reason:
                self.all = before
                return reason
        if not self.all[SUPERVISOR].can_meet(time_ns):
            self.all = before
            return Reject.QUORUM_MISSING
        self.exchange = exchange_digest(command.origin, command.relying_party, command.page_origin)
        self.relying_party, self.page_origin = command.relying_party, command.page_origin
        return 0

    def add(self, command: AddInstitution) -> Reject | int:
        if len(self.all) >= INSTITUTIONS_MAX:
            return Reject.INVALID_COMMAND
        return self._add(command.terms, supervises=False) or len(self.all) - 1

    def _add(self, terms: InstitutionTerms, *, supervises: bool) -> Reject:
        duties = 63 if self.desk.rules < 4 else 255 if self.desk.rules < 5 else 511
        if not 1 <= len(terms.name) <= 64 or not 1 <= terms.duties <= duties or len(terms.seats) > SEATS_MAX:
            return Reject.INVALID_COMMAND
        duties_fit = terms.duties == Duty.SUPERVISOR if supervises else not terms.duties & Duty.SUPERVISOR
        if not duties_fit or not 2 <= terms.quorum <= 16:
            return Reject.INVALID_COMMAND
        institution = Institution(terms.name, terms.duties, terms.quorum, [])
        self.all.append(institution)
        for seat in terms.seats:
            reason = self._seat(len(self.all) - 1, seat)
            if reason:
                self.all.pop()
                return reason
        return Reject.NONE

    def seat(self, command: SeatPerson) -> Reject | int:
        if len(self.all[command.institution].seats) >= SEATS_MAX:
            return Reject.INVALID_COMMAND
        return self._seat(command.institution, command.terms) or len(self.all[command.institution].seats) - 1

    def _seat(self, institution: int, terms: SeatTerms) -> Reject:
        if not 1 <= terms.person <= ATOMS_MAX or terms.role not in (1, 2) or terms.scheme not in set(Scheme):
            return Reject.INVALID_COMMAND
        if terms.from_ns < 0 or (terms.until_ns and not terms.from_ns < terms.until_ns <= INT64_MAX):
            return Reject.INVALID_COMMAND
        if not key_is_sound(terms.scheme, terms.key):
            return Reject.BAD_KEY
        for number, other in self._seats():
            if other.terms.key == terms.key or (other.terms.person == terms.person and number != institution):
                return Reject.SEAT_TAKEN
        self.all[institution].seats.append(Seat(terms))
        return Reject.NONE

    def _seats(self) -> Iterator[tuple[int, Seat]]:
        return ((number, seat) for number, one in enumerate(self.all) for seat in one.seats)

    def revoke(self, time_ns: int, command: RevokeSeat) -> Reject | int:
        seats = self.all[command.institution].seats
        if not 0 <= command.seat < len(seats):
            return Reject.UNKNOWN_SEAT
        if seats[command.seat].revoked:
            return Reject.NO_CHANGE
        seats[command.seat].revoked = True
        if command.institution == SUPERVISOR and not self.all[SUPERVISOR].can_meet(time_ns):
            seats[command.seat].revoked = False
            return Reject.QUORUM_MISSING
        return 0

    def set_quorum(self, time_ns: int, command: SetQuorum) -> Reject | int:
        institution = self.all[command.institution]
        if not 2 <= command.persons <= 16:
            return Reject.INVALID_COMMAND
        if command.persons == institution.quorum:
            return Reject.NO_CHANGE
        before, institution.quorum = institution.quorum, command.persons
        if command.institution == SUPERVISOR and not institution.can_meet(time_ns):
            institution.quorum = before
            return Reject.QUORUM_MISSING
        return 0

    def adopt_controls(self, time_ns: int, command: AdoptControls) -> Reject | int:
        institution = self.all[command.institution]
        if not institution.has(Duty.OPERATOR, Duty.SUPERVISOR):
            return Reject.WRONG_DUTY
        if not institution.can_meet(time_ns):
            return Reject.QUORUM_MISSING
        if self.controls == command.institution:
            return Reject.NO_CHANGE
        self.controls = command.institution
        return 0
