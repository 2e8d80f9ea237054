"""Commands of a coin's issuer, its custodians, its redemption agent and its holders. Source: docs/rules/issuance.md.

A coin is named by the number of its asset; amounts are atoms of it, whatever the currency's own decimals.
"""

from enum import IntEnum, IntFlag
from hashlib import blake2b
from struct import Struct

from venus.records.cold import Cold, Part

DAY_NS = 86_400_000_000_000
OWN_MONEY = -1
"""As the reserve of a payout: the issuer paid with money that no reserve counts."""
_RESERVE = Struct("<q")


class Instrument(IntEnum):
    """What a reserve is held in."""

    DEPOSIT = 1
    BILL = 2  # a treasury bill
    REPO = 3
    FUND = 4  # a money market fund
    BOND = 5
    CENTRAL_BANK = 6


class Stop(IntFlag):
    """Why a coin's minting is stopped: `reason` of MINTING_STOPPED."""

    UNBACKED = 1
    OVERDUE = 2


class HaircutStep(Part, frozen=True):
    """What a reserve of this instrument counts less, if no more than `tenor_ns` are left until its maturity."""

    instrument: int
    tenor_ns: int
    haircut_ppm: int


class AdoptCalendar(Cold, frozen=True, tag=23):
    """Business days as their ends: whatever a holiday, a weekend, a leap day or a clock change does is in them.

    The event names the calendar's number.
    """

    name: str
    zone: str  # that the cut-offs were reckoned in, e.g. "Asia/Hong_Kong"; told, not looked at
    cutoffs_ns: tuple[int, ...]  # UTC, strictly ascending


class RegisterCoin(Cold, frozen=True, tag=24):
    """Make an asset a coin. The accounts are `issuer:CODE` (EXTERNAL), `escrow:CODE` and `treasury:CODE` (HOUSE)."""

    asset: int
    currency: str  # ISO 4217, e.g. "USD"
    issuer: int  # institutions
    agent: int
    issue_account: int
    escrow_account: int
    treasury_account: int


class AdoptPack(Cold, frozen=True, tag=25):
    """The figures of a rule pack for one coin. All numbers are here: the core reads no file."""

    coin: int
    name: str  # with its date, e.g. "mica 2024-06-30"
    staleness_ns: int  # an attestation counts for so long from its as-of time
    concentration_ppm: int  # of all that counts, at one custodian
    redemption_days: int  # business days
    calendar: int
    haircuts: tuple[HaircutStep, ...]  # the first that fits holds


class OpenReserve(Cold, frozen=True, tag=26):
    """An account that the issuer has at a custodian; the event names the reserve's number."""

    coin: int
    custodian: int
    account: str  # the custodian's name for it
    instrument: int
    currency: str
    maturity_ns: int  # 0: on demand


class CloseReserve(Cold, frozen=True, tag=27):
    reserve: int


class AttestReserve(Cold, frozen=True, tag=28):
    """The custodian: at `as_of_ns` so much was there."""

    reserve: int
    as_of_ns: int
    atoms: int


class ConfirmReceipt(Cold, frozen=True, tag=29):
    """The custodian: so much came in on this reserve for that account. The event names the receipt's number."""

    reserve: int
    account: int
    atoms: int
    bank_reference: str


class SetMinter(Cold, frozen=True, tag=30):
    """How much an institution may mint of a coin: at most `cap_atoms` at once, refilled from day to day."""

    coin: int
    minter: int
    cap_atoms: int
    refill_atoms_a_day: int


class Mint(Cold, frozen=True, tag=31):
    """At par, the whole of one receipt; what is signed says to whom and how much."""

    coin: int
    minter: int
    receipt: int
    account: int
    atoms: int


class Burn(Cold, frozen=True, tag=32):
    """Out of the issuer's treasury."""

    coin: int
    atoms: int


class PauseMinting(Cold, frozen=True, tag=33):
    coin: int
    paused: int  # 0 or 1


class RequestRedemption(Cold, frozen=True, tag=34):
    """The holder wants money for coins, at par; the event names the request's number and its deadline."""

    coin: int
    account: int
    atoms: int
    payee: str  # the bank account to be paid, or a digest that stands for it


class WithdrawRedemption(Cold, frozen=True, tag=56):
    """By the holder, under rules 4: what is not paid yet goes back to its account."""

    redemption: int
    account: int


class PayTreasury(Cold, frozen=True, tag=57):
    """Out of a coin's treasury account, under rules 4: nothing else takes money out of there but a burn."""

    coin: int
    asset: int  # the coin itself, or what else came in there
    account: int
    atoms: int


class PayRedemptions(Cold, frozen=True, tag=35):
    """The agent paid so much to those who wait longest."""

    coin: int
    reserve: int  # out of which; OWN_MONEY
    atoms: int
    bank_reference: str


def receipt_digest(place: int, bank_reference: str) -> tuple[int, int]:
    """Under what a bank's reference is remembered; no client's reference has such a digest.

    place  a reserve's number, or OWN_MONEY - coin
    """
    digest = blake2b(_RESERVE.pack(place) + bank_reference.encode(), digest_size=16, person=b"venus receipt").digest()
    return int.from_bytes(digest[:8], "little", signed=True), int.from_bytes(digest[8:], "little", signed=True)


class LawfulKind(IntEnum):
    FREEZE = 1
    SEIZE = 2
    REISSUE = 3  # wipe, and issue to another account, in one


class LawfulEnd(IntEnum):
    """`reason` of LAWFUL_ENDED."""

    NONE = 0
    LIFTED = 1
    EXPIRED = 2
    APPEAL_GRANTED = 3
    FULFILLED = 4


class OrderLawful(Cold, frozen=True, tag=36):
    """An authority's order over coins of an account; the event names its number. docs/rules/lawful_orders.md."""

    order_kind: int  # LawfulKind
    coin: int
    account: int
    atoms: int
    to_account: int  # SEIZE, REISSUE; else 0
    frozen_by: int  # SEIZE, REISSUE: take first what this FREEZE holds; 0: none
    authority: int  # institutions
    second: int
    basis: str  # court, case and law
    expires_ns: int


class EnforceOrder(Cold, frozen=True, tag=37):
    """Take what came in since, up to the order's amount."""

    order: int


class LiftOrder(Cold, frozen=True, tag=38):
    order: int


class AppealOrder(Cold, frozen=True, tag=39):
    """The holder objects; text for the authority."""

    order: int
    account: int
    text: str


class DecideAppeal(Cold, frozen=True, tag=40):
    order: int
    granted: int  # 0 or 1
