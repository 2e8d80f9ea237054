"""Purses that pay offline: their commands, and what their keys sign. Source: docs/rules/purses.md.

A purse is a device's key and counter. Its money stands in the currency's offline account until it is settled.
"""

from struct import Struct

from venus.records.cold import Cold, Part

KEY_BYTES, NONCE_BYTES, SIGNATURE_BYTES = 32, 16, 64
COUNTER_MAX = 65_535
"""Payments of one purse; one that is used up is replaced."""
PAYMENTS_MAX = 100
"""In one command, so that the writer is not held up: each costs a verification."""
_OPENING_DOMAIN = b"venus-purse-open-v1"
_PAYMENT_DOMAIN = b"venus-purse-pay-v1\0"
_FIGURES = Struct("<6q")


class PursePayment(Part, frozen=True):
    """What a purse signs when it pays; `total_atoms` is all that it ever paid, this payment with it."""

    purse: int
    counter: int  # from 1, by 1
    payee: int  # purse
    atoms: int
    total_atoms: int
    nonce: bytes  # the payee's
    signature: bytes


class SetPurseTerms(Cold, frozen=True, tag=90):
    """What an operator's purses may be from now on; those that are open keep theirs."""

    currency: int
    operator: int
    key: bytes  # Ed25519: signs openings, and certificates for devices
    holds_atoms_max: int
    payment_atoms_max: int
    guarantee_atoms: int  # what the operator answers for, a purse
    life_ns_max: int
    claim_ns: int  # from a purse's expiry on, how long it is still settled


class OpenPurse(Cold, frozen=True, tag=91):
    """A device's key and limits, signed by its operator; the event names the purse's number."""

    account: int
    currency: int
    operator: int
    key: bytes
    holds_atoms_max: int
    payment_atoms_max: int
    expires_ns: int
    signature: bytes


class FundPurse(Cold, frozen=True, tag=92):
    """Load: from the purse's account to the currency's offline account."""

    purse: int
    account: int
    atoms: int


class SettlePurse(Cold, frozen=True, tag=93):
    """Payments that were made offline, of whichever purses, by whoever has them; each is paid or refused by itself."""

    payments: tuple[PursePayment, ...]


class ClosePurse(Cold, frozen=True, tag=94):
    """Give back what was not paid, once nothing more can come."""

    purse: int


def opening_statement(exchange: bytes, unsigned: bytes) -> bytes:
    """What an operator signs: exchange bytes[32], and OpenPurse encoded with an empty signature."""
    return exchange + _OPENING_DOMAIN + unsigned


def payment_statement(exchange: bytes, currency: int, payment: PursePayment) -> bytes:
    """What a purse signs; its figures fit int64."""
    one = payment
    figures = _FIGURES.pack(currency, one.purse, one.counter, one.payee, one.atoms, one.total_atoms)
    return exchange + _PAYMENT_DOMAIN + figures + one.nonce
