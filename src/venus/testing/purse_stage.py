"""A stage with purses on it: devices that pay each other offline, and the ledger that settles.

stage = PurseStage()
ann, tea = stage.purse("ann", 100), stage.purse("tea", 0)
paid = stage.paid(ann, tea, 30)
assert stage.settle(paid.payment) == [Reject.NONE]
"""

import copy
from hashlib import sha256

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from venus.purse.device import Device, Trust, certify
from venus.purse.messages import Certificate, Paid
from venus.records.coins import DAY_NS
from venus.records.commands import encode_cold
from venus.records.events import Event, EventKind
from venus.records.purses import (
    ClosePurse,
    FundPurse,
    OpenPurse,
    PursePayment,
    SetPurseTerms,
    SettlePurse,
    opening_statement,
)
from venus.records.rejects import Reject
from venus.testing.currency_stage import OPERATORS, CurrencyStage
from venus.testing.officials import CENTRAL_BANK, EXCHANGE
from venus.testing.play import Play

GUARANTEE, HOLDS_MAX, PAYMENT_MAX = 50, 200, 100
LIFE_NS, CLAIM_NS = 30 * DAY_NS, 10 * DAY_NS
MONEY = 1_000


def chance(text: str) -> bytes:
    """32 bytes that follow from a text."""
    return sha256(text.encode()).digest()


class PurseStage(CurrencyStage):
    """dCNY; operator 0 has terms, and persons are paid out of its treasury."""

    def __init__(self, guarantee_atoms: int = GUARANTEE, play: Play | None = None) -> None:
        super().__init__(play=play)
        self.keys = [Ed25519PrivateKey.from_private_bytes(chance(f"terms of {number}")) for number in (0, 1)]
        self._nonces = 0
        self.issued(0, 5_000)
        self.play.accounts["east"] = self.operators[0].treasury
        self.do(self.terms(0, guarantee_atoms), CENTRAL_BANK, OPERATORS[0])

    def terms(self, operator: int, guarantee_atoms: int = GUARANTEE) -> SetPurseTerms:
        return SetPurseTerms(
            reference=self.reference(),
            currency=0,
            operator=operator,
            key=self.keys[operator].public_key().public_bytes_raw(),
            holds_atoms_max=HOLDS_MAX,
            payment_atoms_max=PAYMENT_MAX,
            guarantee_atoms=guarantee_atoms,
            life_ns_max=LIFE_NS,
            claim_ns=CLAIM_NS,
        )

    def nonce(self) -> bytes:
        self._nonces += 1
        return chance(f"nonce {self._nonces}")[:16]

    def opening(self, account: int, device: Device, operator: int = 0, expires_ns: int = 0) -> OpenPurse:
        bare = OpenPurse(
            reference=self.reference(),
            account=account,
            currency=0,
            operator=operator,
            key=device.key,
            holds_atoms_max=HOLDS_MAX,
            payment_atoms_max=PAYMENT_MAX,
            expires_ns=expires_ns or self.time_ns + LIFE_NS,
            signature=b"",
        )
        return self.signed(bare)

    def signed(self, bare: OpenPurse) -> OpenPurse:
        said = opening_statement(EXCHANGE, encode_cold(bare))
        return msgspec.structs.replace(bare, signature=self.keys[bare.operator].sign(said))

    def person(self, name: str, atoms: int) -> int:
        """An account with so much more money, out of the treasury."""
        account = self.account(name)
        if atoms:
            self.play.lines(f"east pay {name} {atoms} dCNY")
        return account

    def device(self, name: str) -> Device:
        trusts = [
            Trust(exchange=EXCHANGE, currency=0, operator=number, key=key.public_key().public_bytes_raw())
            for number, key in enumerate(self.keys)
        ]
        return Device(seed=chance(name), trusts=trusts)

    def purse(self, name: str, atoms: int, operator: int = 0) -> Device:
        """A person with a device, its purse, and so much loaded."""
        device, account = self.device(name), self.person(name, atoms)
        opened = self.do(self.opening(account, device, operator))
        self.certify(device, opened.order_id, opened.price_ticks, 0)
        if atoms:
            self.load(device, atoms)
        return device

    def funding(self, device: Device, atoms: int) -> FundPurse:
        number = card_of(device).purse
        account = self.play.model.affairs.purses.all[number - 1].terms.account
        return FundPurse(reference=self.reference(), purse=number, account=account, atoms=atoms)

    def load(self, device: Device, atoms: int) -> None:
        funded = self.do(self.funding(device, atoms))
        self.certify(device, funded.order_id, funded.price_ticks, funded.remaining_lots)

    def certify(self, device: Device, purse: int, expires_ns: int, loaded_atoms: int) -> None:
        """What the operator says of a purse, given to its device."""
        bare = Certificate(
            exchange=EXCHANGE,
            currency=0,
            operator=0,
            purse=purse,
            key=device.key,
            payment_atoms_max=PAYMENT_MAX,
            holds_atoms_max=HOLDS_MAX,
            loaded_atoms=loaded_atoms,
            expires_ns=expires_ns,
            signature=b"",
        )
        device.load(certify(self.keys[0], bare))

    def paid(self, payer: Device, payee: Device, atoms: int) -> Paid:
        """Both offline."""
        paid = payer.pay(payee.ask(atoms, self.nonce(), self.time_ns), self.time_ns)
        payee.receive(paid, self.time_ns)
        return paid

    def settling(self, *payments: PursePayment) -> SettlePurse:
        return SettlePurse(reference=self.reference(), payments=payments)

    def settled(self, *payments: PursePayment) -> list[Event]:
        """What became of each: PURSE_PAID or PURSE_REFUSED."""
        kinds = (EventKind.PURSE_PAID, EventKind.PURSE_REFUSED)
        return [one for one in self.ask(self.settling(*payments)) if one.kind in kinds]

    def settle(self, *payments: PursePayment) -> list[Reject]:
        return [Reject(one.reason) for one in self.settled(*payments)]

    def closing(self, device: Device) -> ClosePurse:
        return ClosePurse(reference=self.reference(), purse=card_of(device).purse)

    def money(self, name: str) -> int:
        return self.play.model.ledger.free[self.account(name), 0]

    @property
    def offline(self) -> int:
        """What stands in the offline account."""
        return self.play.model.ledger.held[self.play.accounts["offline:dCNY"], 0]


def card_of(device: Device) -> Certificate:
    assert device.card is not None
    return device.card


def copy_of(device: Device) -> Device:
    """What a cheat does to a device."""
    return copy.deepcopy(device)
