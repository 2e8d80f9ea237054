"""Whether a seat signed what it says, before anything is written down: so that nobody without a seat can fill a table.

The core decides anew, by the same tests: what passed here and not there would spoil the approvals that came before it.
"""

from venus.gateway.issuance.ledger_facts import LedgerFacts
from venus.gateway.issuance.refusals import refused
from venus.records.approvals import APPROVAL_LIFE_NS_MAX, Approval, statement
from venus.records.quorums import is_active
from venus.records.rejects import Reject
from venus.records.signatures import holds
from venus.views.issuance_questions import Seat


def seat_that_signed(facts: LedgerFacts, approval: Approval, signed: bytes, now_ns: int) -> Seat:
    """The seat whose approval of `signed` (an encoded command, or what stands for a reading or withdrawal) this is.

    Raises ApiError in the words of the core's reject.
    """
    institution = facts.institution(approval.institution)
    if institution is None or not 0 <= approval.seat < len(institution.seats):
        raise refused(Reject.UNKNOWN_SEAT)
    seat = institution.seats[approval.seat]
    if not is_active(seat, now_ns, revoked=seat.revoked):
        raise refused(Reject.SEAT_NOT_ACTIVE)
    if not now_ns < approval.expires_ns <= now_ns + APPROVAL_LIFE_NS_MAX:
        raise refused(Reject.APPROVAL_EXPIRED)
    said = statement(facts.exchange, approval.institution, approval.seat, approval.expires_ns, signed)
    if not holds(seat.scheme, seat.key, said, approval, facts.who.relying_party, facts.who.page_origin):
        raise refused(Reject.BAD_SIGNATURE)
    return seat
