"""People with keys at institutions: who signs what in tests and in a sandbox. Their keys follow from their numbers."""

from base64 import urlsafe_b64encode
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from venus.records.approvals import Approval, exchange_digest, holder_statement, statement
from venus.records.commands import Approved, PlainCommand, approved, encode_cold
from venus.records.holds import Proof
from venus.records.institutions import Duty, FoundExchange, InstitutionTerms, Role, Scheme, SeatTerms
from venus.sdk.keys import SeatKey

ORIGIN, RELYING_PARTY, PAGE_ORIGIN = "venus.test", "venus.test", "https://venus.test"
EXCHANGE = exchange_digest(ORIGIN, RELYING_PARTY, PAGE_ORIGIN)
MINUTE_NS = 60 * 10**9
_PRESENT_AND_VERIFIED = 5


class Person(NamedTuple):
    number: int
    role: Role
    scheme: Scheme = Scheme.ED25519


class Body(NamedTuple):
    """An institution and who sits there; their seats are in this order."""

    name: str
    duties: Duty
    people: tuple[Person, ...]
    quorum: int = 2

    def terms(self) -> InstitutionTerms:
        seats = tuple(seat_terms(person) for person in self.people)
        return InstitutionTerms(name=self.name, duties=int(self.duties), quorum=self.quorum, seats=seats)


def _pair(number: int, scheme: Scheme = Scheme.ED25519) -> tuple[Person, Person]:
    return Person(number, Role.MAKER), Person(number + 1, Role.CHECKER, scheme)


BODIES = (
    Body("supervisor", Duty.SUPERVISOR, _pair(1)),
    Body("issuer", Duty.ISSUER, (*_pair(11, Scheme.PASSKEY), Person(13, Role.MAKER))),
    Body("bank", Duty.CUSTODIAN, _pair(21)),
    Body("trust", Duty.CUSTODIAN, _pair(31, Scheme.PASSKEY)),
    Body("agent", Duty.AGENT, _pair(41)),
    Body("court", Duty.AUTHORITY, _pair(51)),
    Body("operator", Duty.OPERATOR, _pair(61)),
    Body("branch", Duty.ISSUER | Duty.AGENT | Duty.CUSTODIAN, _pair(71)),
)
SUPERVISOR, ISSUER, BANK, TRUST, AGENT, COURT, OPERATOR, BRANCH = range(len(BODIES))
"""Their numbers, in the order of founding."""
CURRENCY_BODIES = (
    Body("central bank", Duty.CENTRAL_BANK, _pair(81)),
    Body("east bank", Duty.CURRENCY_OPERATOR, _pair(91, Scheme.PASSKEY)),
    Body("west bank", Duty.CURRENCY_OPERATOR, _pair(101)),
    Body("north bank", Duty.CURRENCY_OPERATOR | Duty.AUTHORITY, _pair(111)),
)
"""Founded after the others, under rules 4."""
CENTRAL_BANK, EAST, WEST, NORTH = range(len(BODIES), len(BODIES) + len(CURRENCY_BODIES))
MARKET_BODIES = (Body("arbiters", Duty.ARBITER, (*_pair(121), Person(123, Role.CHECKER))),)
"""Founded last, under rules 5."""
ARBITER = NORTH + 1
ALL_BODIES = BODIES + CURRENCY_BODIES + MARKET_BODIES


def founding(reference: str = "founding", bodies: Iterable[Body] = BODIES) -> FoundExchange:
    return FoundExchange(
        reference=reference,
        origin=ORIGIN,
        relying_party=RELYING_PARTY,
        page_origin=PAGE_ORIGIN,
        institutions=tuple(body.terms() for body in bodies),
    )


def seat_terms(person: Person, from_ns: int = 0, until_ns: int = 0) -> SeatTerms:
    return SeatTerms(
        person=person.number,
        role=int(person.role),
        scheme=int(person.scheme),
        key=public_key(person.number, person.scheme),
        from_ns=from_ns,
        until_ns=until_ns,
    )


@cache
def _ed25519(number: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sha256(b"ed25519 of person %d" % number).digest())


@cache
def _p256(number: int) -> EllipticCurvePrivateKey:
    return derive_private_key(int.from_bytes(sha256(b"passkey of person %d" % number).digest(), "big"), SECP256R1())


@cache
def public_key(number: int, scheme: Scheme) -> bytes:
    if scheme is Scheme.ED25519:
        return _ed25519(number).public_key().public_bytes_raw()
    return _p256(number).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@cache
def signed(said: bytes, number: int, scheme: Scheme) -> Proof:
    """A person's signature of a statement; a passkey's is deterministic here, so that a seed gives the same bytes."""
    if scheme is Scheme.ED25519:
        return Proof(signature=_ed25519(number).sign(said), authenticator_data=b"", client_data=b"")
    challenge = urlsafe_b64encode(sha256(said).digest()).rstrip(b"=").decode()
    client = (
        f'{{"type":"webauthn.get","challenge":"{challenge}","origin":"{PAGE_ORIGIN}","crossOrigin":false}}'.encode()
    )
    data = sha256(RELYING_PARTY.encode()).digest() + bytes([_PRESENT_AND_VERIFIED]) + bytes(4)
    signature = _p256(number).sign(data + sha256(client).digest(), ECDSA(SHA256(), deterministic_signing=True))
    return Proof(signature=signature, authenticator_data=data, client_data=client)


def seat_key(institution: int, seat: int) -> SeatKey:
    """What the person who sits there signs with, for a machine; of a seat without a passkey."""
    return SeatKey(institution, seat, _ed25519(ALL_BODIES[institution].people[seat].number))


def approval(command: PlainCommand, institution: int, seat: int, person: Person, expires_ns: int) -> Approval:
    said = statement(EXCHANGE, institution, seat, expires_ns, encode_cold(command))
    proof = signed(said, person.number, person.scheme)
    return Approval(
        institution=institution,
        seat=seat,
        expires_ns=expires_ns,
        signature=proof.signature,
        authenticator_data=proof.authenticator_data,
        client_data=proof.client_data,
    )


def approvals_of(command: PlainCommand, time_ns: int, *institutions: int) -> tuple[Approval, ...]:
    """The first maker's and the first checker's of each institution, good for five minutes."""
    expires_ns = time_ns + 5 * MINUTE_NS
    return tuple(
        approval(command, number, seat, ALL_BODIES[number].people[seat], expires_ns)
        for number in institutions
        for seat in (0, 1)
    )


def signed_by(command: PlainCommand, time_ns: int, *institutions: int) -> Approved:
    """A command with a whole quorum of each of the institutions founded by `founding`."""
    return approved(command, *approvals_of(command, time_ns, *institutions))


def holder_proof(unsigned: PlainCommand, account: int, expires_ns: int, person: Person) -> Proof:
    """A holder's signature over a command that carries an empty proof."""
    said = holder_statement(EXCHANGE, account, expires_ns, encode_cold(unsigned))
    return signed(said, person.number, person.scheme)
