"""Whether a seat signed what it says, before anything is written down: so that nobody without a seat can fill a table.

The core decides anew, and strictly (docs/rules/approvals.md); what passes here and not there is refused there.
"""

from base64 import urlsafe_b64encode
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from venus.gateway.issuance.ledger_facts import LedgerFacts
from venus.gateway.issuance.refusals import refused
from venus.records.approvals import Approval, statement
from venus.records.coins import DAY_NS
from venus.records.institutions import Scheme
from venus.records.rejects import Reject
from venus.views.issuance_questions import Seat

LIFE_NS_MAX = 7 * DAY_NS


def seat_that_signed(facts: LedgerFacts, approval: Approval, signed: bytes, now_ns: int) -> Seat:
    """The seat whose approval of `signed` (an encoded command, or what stands for a reading or withdrawal) this is.

    Raises ApiError in the words of the core's reject.
    """
    institution = facts.institution(approval.institution)
    if institution is None or not 0 <= approval.seat < len(institution.seats):
        raise refused(Reject.UNKNOWN_SEAT)
    seat = institution.seats[approval.seat]
    if not is_active(seat, now_ns):
        raise refused(Reject.SEAT_NOT_ACTIVE)
    if not now_ns < approval.expires_ns <= now_ns + LIFE_NS_MAX:
        raise refused(Reject.APPROVAL_EXPIRED)
    said = statement(facts.exchange, approval.institution, approval.seat, approval.expires_ns, signed)
    if not _holds(seat, said, approval):
        raise refused(Reject.BAD_SIGNATURE)
    return seat


def is_active(seat: Seat, now_ns: int) -> bool:
    return not seat.revoked and seat.from_ns <= now_ns and (seat.until_ns == 0 or now_ns < seat.until_ns)


def _holds(seat: Seat, said: bytes, approval: Approval) -> bool:
    try:
        if seat.scheme == Scheme.ED25519:
            Ed25519PublicKey.from_public_bytes(seat.key).verify(approval.signature, said)
            return True
        challenge = urlsafe_b64encode(sha256(said).digest()).rstrip(b"=")
        if b'"challenge":"' + challenge + b'"' not in approval.client_data:
            return False
        payload = approval.authenticator_data + sha256(approval.client_data).digest()
        key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), seat.key)
        key.verify(approval.signature, payload, ECDSA(SHA256()))
        return True
    except InvalidSignature:
        return False
