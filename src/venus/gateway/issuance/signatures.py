"""Whether a seat signed what it says, before anything is written down: so that nobody without a seat can fill a table.

The core decides anew; what is tested is the same (docs/rules/approvals.md, "What is signed").
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
_AUTHENTICATOR_BYTES_MIN = 37
_PRESENT_AND_VERIFIED = 5


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
    if not _holds(seat, said, approval, facts.who.relying_party, facts.who.page_origin):
        raise refused(Reject.BAD_SIGNATURE)
    return seat


def is_active(seat: Seat, now_ns: int) -> bool:
    return not seat.revoked and seat.from_ns <= now_ns and (seat.until_ns == 0 or now_ns < seat.until_ns)


def _holds(seat: Seat, said: bytes, approval: Approval, relying_party: str, page: str) -> bool:
    """As strict as the core: an approval that passes here and not there would spoil those that came before it."""
    data, client = approval.authenticator_data, approval.client_data
    try:
        if seat.scheme == Scheme.ED25519:
            Ed25519PublicKey.from_public_bytes(seat.key).verify(approval.signature, said)
            return not data and not client
        if len(data) < _AUTHENTICATOR_BYTES_MIN or data[:32] != sha256(relying_party.encode()).digest():
            return False
        if data[32] & _PRESENT_AND_VERIFIED != _PRESENT_AND_VERIFIED or not _is_asked_for(client, said, page):
            return False
        key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), seat.key)
        key.verify(approval.signature, data + sha256(client).digest(), ECDSA(SHA256()))
        return True
    except InvalidSignature:
        return False


def _is_asked_for(client: bytes, said: bytes, page: str) -> bool:
    """Whether a browser signed for this statement on this page: the text's beginning, as all of them write it."""
    challenge = urlsafe_b64encode(sha256(said).digest()).rstrip(b"=")
    begins = b'{"type":"webauthn.get","challenge":"%s","origin":"%s"' % (challenge, page.encode())
    rest = client.removeprefix(begins).removeprefix(b',"crossOrigin":false')
    return client.startswith(begins) and (rest == b"}" or (rest != b"" and rest[:1] == b","))
