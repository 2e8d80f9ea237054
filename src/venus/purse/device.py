"""The device that holds a purse: what it signs and what it takes, offline. Source: docs/rules/purses.md, "The device".

No clock, chance or file here: time, nonces and keys come from who calls, who also keeps the state *before* a message
leaves. A copy of the state is a second purse with one counter; what that costs, and whom, is on the page of rules.
"""

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from venus.purse.messages import Certificate, Paid, Request, certificate_statement, request_statement
from venus.records.institutions import Scheme
from venus.records.purses import (
    COUNTER_MAX,
    KEY_BYTES,
    NONCE_BYTES,
    PursePayment,
    payment_statement,
)
from venus.records.signatures import ed25519_holds, key_is_sound

ASKED_MAX = 1_000
"""Requests that wait; the oldest is forgotten first."""


class PurseRefused(Exception):
    """Why a device does not do what it was asked; nothing has changed."""


class Trust(msgspec.Struct, frozen=True):
    """An operator's key, which came with the device or from a place that its owner believes."""

    exchange: bytes
    currency: int
    operator: int
    key: bytes


class Device(msgspec.Struct):
    """All that a device keeps. `asked` and `answers` are by nonce; `taken` are payments received and not settled."""

    seed: bytes  # Ed25519's 32 bytes
    trusts: list[Trust]
    card: Certificate | None = None
    counter: int = 0
    spent_atoms: int = 0
    asked: dict[bytes, int] = {}
    answers: dict[bytes, PursePayment] = {}
    taken: list[Paid] = []

    @property
    def key(self) -> bytes:
        return self._private().public_key().public_bytes_raw()

    @property
    def left_atoms(self) -> int:
        """What it may still pay."""
        return (self.card.loaded_atoms if self.card else 0) - self.spent_atoms

    @property
    def taken_atoms(self) -> int:
        """What it received and may not pay before it is settled."""
        return sum(one.payment.atoms for one in self.taken)

    def load(self, card: Certificate) -> None:
        """Take a certificate, the first one or one after a load."""
        self._believe(card, "this certificate")
        if card.key != self.key:
            raise PurseRefused("this certificate is of another purse's key")
        before = self.card
        if before and (card.exchange, card.currency, card.purse) != (before.exchange, before.currency, before.purse):
            raise PurseRefused("this certificate is of another purse")
        if before and card.loaded_atoms < before.loaded_atoms:
            raise PurseRefused("this certificate is older than the one that the device has")
        self.card = card

    def ask(self, atoms: int, nonce: bytes, now_ns: int) -> Request:
        """Ask for a payment. nonce: 16 bytes of chance, never used before."""
        card = self._own(now_ns)
        if len(nonce) != NONCE_BYTES or nonce in self.asked:
            raise PurseRefused("a nonce is 16 new bytes")
        self._may_take(card, atoms)
        unsigned = Request(payee=card, atoms=atoms, nonce=nonce, signature=b"")
        while len(self.asked) >= ASKED_MAX:
            del self.asked[next(iter(self.asked))]
        self.asked[nonce] = atoms
        return msgspec.structs.replace(unsigned, signature=self._private().sign(request_statement(unsigned)))

    def pay(self, request: Request, now_ns: int) -> Paid:
        """Answer a request; the same one is answered with the same payment, however often it is asked."""
        card, payee = self._own(now_ns), request.payee
        self._believe(payee, "the payee's certificate")
        if (payee.exchange, payee.currency) != (card.exchange, card.currency):
            raise PurseRefused("the payee's purse is of another currency")
        if payee.purse == card.purse:
            raise PurseRefused("a purse does not pay itself")
        if len(request.nonce) != NONCE_BYTES or not ed25519_holds(
            payee.key, request.signature, request_statement(request)
        ):
            raise PurseRefused("the request is not signed by the payee's purse")
        before = self.answers.get(request.nonce)
        if before is not None and (before.payee, before.atoms) == (payee.purse, request.atoms):
            return Paid(payer=card, payment=before)
        if before is not None:
            raise PurseRefused("another request had this nonce")
        if payee.expires_ns <= now_ns:
            raise PurseRefused("the payee's certificate has expired")
        self._may_pay(card, request.atoms)
        unsigned = PursePayment(
            purse=card.purse,
            counter=self.counter + 1,
            payee=payee.purse,
            atoms=request.atoms,
            total_atoms=self.spent_atoms + request.atoms,
            nonce=request.nonce,
            signature=b"",
        )
        said = payment_statement(card.exchange, card.currency, unsigned)
        payment = msgspec.structs.replace(unsigned, signature=self._private().sign(said))
        self.counter, self.spent_atoms = payment.counter, payment.total_atoms
        self.answers[request.nonce] = payment
        return Paid(payer=card, payment=payment)

    def receive(self, paid: Paid, now_ns: int) -> None:
        """Take a payment that was asked for; the same one again changes nothing."""
        card, payer, one = self._own(now_ns), paid.payer, paid.payment
        if any(_same(one, other.payment) for other in self.taken):
            return
        self._believe(payer, "the payer's certificate")
        if (payer.exchange, payer.currency) != (card.exchange, card.currency):
            raise PurseRefused("the payer's purse is of another currency")
        if payer.expires_ns <= now_ns:
            raise PurseRefused("the payer's certificate has expired")
        if one.payee != card.purse:
            raise PurseRefused("the payment is another purse's")
        if self.asked.get(one.nonce) != one.atoms:
            raise PurseRefused("nothing like this payment was asked for, or it was paid already")
        if one.purse != payer.purse or one.purse == card.purse:
            raise PurseRefused("the payment is not by the purse of its certificate")
        if not 1 <= one.counter <= COUNTER_MAX or one.atoms > payer.payment_atoms_max:
            raise PurseRefused("the payment is beyond the payer's limits")
        if not one.atoms <= one.total_atoms <= payer.loaded_atoms:
            raise PurseRefused("the payer has not loaded so much")
        if not ed25519_holds(payer.key, one.signature, payment_statement(card.exchange, card.currency, one)):
            raise PurseRefused("the payment is not signed by the payer's purse")
        if any(_overlap(one, other.payment) for other in self.taken):
            raise PurseRefused("the payer spends the same money twice")
        self._may_take(card, one.atoms)
        del self.asked[one.nonce]
        self.taken.append(paid)

    def settled(self, payments: list[PursePayment]) -> None:
        """Forget payments that the ledger has paid, or refused for good."""
        self.taken = [one for one in self.taken if not any(_same(one.payment, other) for other in payments)]

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def _own(self, now_ns: int) -> Certificate:
        if self.card is None:
            raise PurseRefused("the device has no certificate yet")
        if self.card.expires_ns <= now_ns:
            raise PurseRefused("the purse has expired")
        return self.card

    def _may_pay(self, card: Certificate, atoms: int) -> None:
        if not 1 <= atoms <= card.payment_atoms_max:
            raise PurseRefused(f"a payment is of 1 to {card.payment_atoms_max} atoms")
        if atoms > self.left_atoms:
            raise PurseRefused(f"the purse has only {self.left_atoms} atoms left")
        if self.counter >= COUNTER_MAX:
            raise PurseRefused("the purse has made all the payments that it can")

    def _may_take(self, card: Certificate, atoms: int) -> None:
        """What is at risk between two settlements is no more than a purse may hold."""
        if atoms < 1 or atoms + self.taken_atoms + self.left_atoms > card.holds_atoms_max:
            raise PurseRefused(f"the purse may hold {card.holds_atoms_max} atoms: settle first")

    def _believe(self, card: Certificate, what: str) -> None:
        """An operator that the device trusts says so."""
        asked = (card.exchange, card.currency, card.operator)
        keys = [one.key for one in self.trusts if (one.exchange, one.currency, one.operator) == asked]
        if not keys:
            raise PurseRefused(f"{what} is of an operator that the device does not know")
        if len(card.key) != KEY_BYTES or not key_is_sound(Scheme.ED25519, card.key):
            raise PurseRefused(f"{what} has no sound key")
        if not any(ed25519_holds(key, card.signature, certificate_statement(card)) for key in keys):
            raise PurseRefused(f"{what} is not signed by its operator")


def certify(key: Ed25519PrivateKey, unsigned: Certificate) -> Certificate:
    """An operator's part: its signature on a certificate."""
    return msgspec.structs.replace(unsigned, signature=key.sign(certificate_statement(unsigned)))


def _same(one: PursePayment, other: PursePayment) -> bool:
    """One statement; a signature may be written in more than one way."""
    bare = msgspec.structs.replace
    return bare(one, signature=b"") == bare(other, signature=b"")


def _overlap(one: PursePayment, other: PursePayment) -> bool:
    """Whether two payments of one purse cannot both be honest."""
    if one.purse != other.purse:
        return False
    first, second = sorted((one, other), key=lambda payment: payment.counter)
    return first.counter == second.counter or first.total_atoms > second.total_atoms - second.atoms
