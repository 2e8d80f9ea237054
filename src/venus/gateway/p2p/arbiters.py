"""Who looks at a dispute and speaks in it: a seat that signs what it asks, and whom the dispute is none of.

Source: docs/rules/p2p_door.md, "The arbiter's desk".
"""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from venus.gateway.binance.endpoint import Call, Desk
from venus.gateway.issuance.ledger_facts import LedgerFacts
from venus.gateway.issuance.officials import approval_of
from venus.gateway.issuance.refusals import conflict_declared, refused
from venus.gateway.issuance.signatures import seat_that_signed
from venus.gateway.p2p.facts import P2pFacts
from venus.gateway.p2p.refusals import not_an_arbiter
from venus.records.approvals import reading_of, saying_of
from venus.records.institutions import Duty
from venus.records.rejects import Reject
from venus.registry.looks import LookRecord
from venus.registry.p2p_conflicts import ConflictRecord
from venus.units import NS_PER_US
from venus.views.p2p_questions import P2pOrderAnswer

_READERS = Duty.ARBITER | Duty.SUPERVISOR
LOOK = "dispute"
"""What a look is at, in the public list of looks."""
Looked = Callable[[], Awaitable[None]]
"""Told that there is a new look; the journal is to hold it soon."""


class Arbiter(NamedTuple):
    """The seat that asked."""

    institution: int
    seat: int
    person: int
    name: str  # of the institution


class Arbiters:
    """One for each door; both facts are refreshed by who asks."""

    def __init__(
        self,
        facts: P2pFacts,
        ledger: LedgerFacts,
        conflicts: ConflictRecord,
        looks: LookRecord,
        looked: Looked | None = None,
    ) -> None:
        self._facts = facts
        self._ledger = ledger
        self._conflicts = conflicts
        self._looks = looks
        self._looked = looked

    def reader(self, call: Call, path: str, subject: str) -> Arbiter:
        """A seat of any arbiter, or of the supervisor, signed this reading; raises ApiError."""
        return self._seat(call, reading_of(path, subject), writes=False)

    def writer(self, call: Call, path: str, subject: str) -> Arbiter:
        """A seat of the arbiter that the terms name signed this; raises ApiError."""
        return self._seat(call, saying_of(path, subject), writes=True)

    def _seat(self, call: Call, said: bytes, *, writes: bool) -> Arbiter:
        approval = approval_of(call)
        seat = seat_that_signed(self._ledger, approval, said, call.now_ns)
        institution = self._ledger.institution_numbered(approval.institution)
        is_named = institution.number == self._facts.terms.arbiter
        if not is_named and (writes or not institution.duties & _READERS):
            raise not_an_arbiter(institution.name)
        return Arbiter(institution.number, approval.seat, seat.person, institution.name)

    async def refuse_conflict(self, desk: Desk, arbiter: Arbiter, answer: P2pOrderAnswer) -> None:
        """Raises ApiError if the seat's person is a party of an order, or said that he cannot judge it."""
        assert answer.order is not None
        number = answer.order.number
        if arbiter.person in {one.person for one in (answer.buyer, answer.seller) if one is not None}:
            raise refused(Reject.CONFLICT_OF_INTEREST)
        if await desk.off_loop(lambda: self._conflicts.has(number, arbiter.person)):
            raise conflict_declared()

    async def note_look(self, desk: Desk, call: Call, arbiter: Arbiter, number: int) -> None:
        """Write down that somebody looks at what two people said and showed, before he is given it."""
        now_us = call.now_ns // NS_PER_US
        await desk.off_loop(lambda: self._looks.add(arbiter.institution, arbiter.seat, now_us, LOOK, number))
        if self._looked is not None:
            await self._looked()
