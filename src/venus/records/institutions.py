"""Commands that found institutions and seat people at them. Source: docs/rules/approvals.md."""

from enum import IntEnum, IntFlag

from venus.records.cold import Cold, Part

SUPERVISOR_INSTITUTION = 0
"""The first institution founded."""


class Duty(IntFlag):
    """What an institution may be asked to approve."""

    ISSUER = 1
    CUSTODIAN = 2
    AGENT = 4  # pays redemptions
    SUPERVISOR = 8
    AUTHORITY = 16  # gives lawful orders
    OPERATOR = 32  # of the exchange
    CENTRAL_BANK = 64  # from rules 4 on
    CURRENCY_OPERATOR = 128  # of a central bank's currency; from rules 4 on
    ARBITER = 256  # of the market between people; from rules 5 on


DUTIES_OF_RULES_3 = 63
DUTIES_OF_RULES_4 = 255
DUTIES_ALL = sum(Duty)


class Role(IntEnum):
    MAKER = 1
    CHECKER = 2


class Scheme(IntEnum):
    """How a key signs."""

    ED25519 = 1
    PASSKEY = 2


class SeatTerms(Part, frozen=True):
    """A person's place at an institution."""

    person: int  # the registry's number; one who signs from two seats is still one person
    role: int
    scheme: int
    key: bytes  # ED25519: 32 bytes; PASSKEY: 65 bytes, an uncompressed point of P-256
    from_ns: int
    until_ns: int  # 0: no end


class InstitutionTerms(Part, frozen=True):
    name: str
    duties: int  # Duty bits
    quorum: int  # persons; a maker and a checker among them, whatever the number
    seats: tuple[SeatTerms, ...]


class FoundExchange(Cold, frozen=True, tag=17):
    """The genesis: who the exchange is and its first institutions, the supervisor first. Only once."""

    origin: str  # what approvals of this exchange, and of no other, are signed for
    relying_party: str  # of passkeys: the domain that they are bound to
    page_origin: str  # of passkeys: the page that asks for a signature, e.g. "https://venus.example"
    institutions: tuple[InstitutionTerms, ...]


class AddInstitution(Cold, frozen=True, tag=18):
    """The event names its number."""

    terms: InstitutionTerms


class SeatPerson(Cold, frozen=True, tag=19):
    """The event names the seat's number at its institution."""

    institution: int
    terms: SeatTerms


class RevokeSeat(Cold, frozen=True, tag=20):
    institution: int
    seat: int


class SetQuorum(Cold, frozen=True, tag=21):
    institution: int
    persons: int


class AdoptControls(Cold, frozen=True, tag=22):
    """From the next command on listings, fees, limits, rules and freezes need this institution's quorum."""

    institution: int
