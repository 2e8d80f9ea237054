"""What holders of purses and their operators do, one act at a time, honest or not."""

from hashlib import sha256
from random import Random

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from venus.records.coins import DAY_NS
from venus.records.commands import PlainCommand, encode_cold
from venus.records.events import Event, EventKind
from venus.records.purses import (
    ClosePurse,
    FundPurse,
    OpenPurse,
    PursePayment,
    SetPurseTerms,
    SettlePurse,
    opening_statement,
    payment_statement,
)
from venus.testing.holder_acts import HolderActs
from venus.testing.officials import EXCHANGE


class _Purse(msgspec.Struct):
    """As its device knows it."""

    account: int
    key: Ed25519PrivateKey
    counter: int = 0
    spent_atoms: int = 0
    loaded_atoms: int = 0


def _key(text: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sha256(text.encode()).digest())


class PurseActs(HolderActs):
    """Draws acts; it knows the purses that were opened and what they signed."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self._purses: list[_Purse] = []  # by number, from 1
        self._shown: list[PursePayment] = []
        self._opening = ""  # whose device's key was asked for last

    def learn(self, event: Event) -> None:
        super().learn(event)
        if event.kind == EventKind.PURSE_OPENED and not event.flags:
            self._purses.append(_Purse(event.account, _key(self._opening)))
        if event.kind == EventKind.PURSE_FUNDED and not event.flags:
            self._purses[event.order_id - 1].loaded_atoms = event.remaining_lots

    def purse_terms(self, operator: int) -> SetPurseTerms:
        random = self._random
        return SetPurseTerms(
            reference=self._reference(),
            currency=0,
            operator=operator,
            key=_key(f"terms of {operator}").public_key().public_bytes_raw(),
            holds_atoms_max=random.choice([200, 500]),
            payment_atoms_max=100,
            guarantee_atoms=random.choice([0, 20, 20]),
            life_ns_max=20 * DAY_NS,
            claim_ns=random.choice([0, 2 * DAY_NS]),
        )

    def _purse_terms(self, time_ns: int) -> PlainCommand:
        return self.purse_terms(self._random.choice([0, 0, 1]))

    def _open_purse(self, time_ns: int) -> PlainCommand:
        random = self._random
        if not self._purses or random.random() < 0.9:
            self._opening = f"device {self._reference()}"
        operator = random.choice([0] * 7 + [1])
        bare = OpenPurse(
            reference=self._reference(),
            account=random.choice([self._person(), self._person(), *(one.account for one in self._purses[:2])]),
            currency=0,
            operator=operator,
            key=_key(self._opening).public_key().public_bytes_raw(),
            holds_atoms_max=random.choice([200] * 7 + [501]),
            payment_atoms_max=100,
            expires_ns=time_ns + random.choice([*[DAY_NS, 10 * DAY_NS] * 4, 30 * DAY_NS]),
            signature=b"",
        )
        said = opening_statement(EXCHANGE, encode_cold(bare))
        signature = _key(f"terms of {operator if random.random() < 0.95 else 7}").sign(said)
        return msgspec.structs.replace(bare, signature=signature)

    def _some_purse(self) -> int:
        return self._random.randint(1, max(1, len(self._purses)))

    def _fund_purse(self, time_ns: int) -> PlainCommand:
        random, number = self._random, self._some_purse()
        account = self._purses[number - 1].account if self._purses else self._person()
        if random.random() < 0.05:
            account = self._person()
        return FundPurse(
            reference=self._reference(), purse=number, account=account, atoms=random.choice([10, 60, 60, 150])
        )

    def _settle_purse(self, time_ns: int) -> PlainCommand:
        random = self._random
        payments = tuple(self._payment() for _ in range(random.choice([1, 2, 3]))) if self._purses else ()
        return SettlePurse(reference=self._reference(), payments=payments)

    def _payment(self) -> PursePayment:
        """The next one of a purse; or one that was shown already, or overlaps it."""
        random = self._random
        if self._shown and random.random() < 0.15:
            return random.choice(self._shown)
        loaded = [number for number, one in enumerate(self._purses, 1) if one.spent_atoms < one.loaded_atoms]
        number = random.choice(loaded) if loaded and random.random() < 0.9 else self._some_purse()
        purse, atoms = self._purses[number - 1], random.choice([5, 5, 5, 30, 30, 101])
        if random.random() < 0.85:
            purse.counter += 1
            purse.spent_atoms += atoms
        bare = PursePayment(
            purse=number,
            counter=purse.counter,
            payee=random.choice([one for one in range(1, len(self._purses) + 1) if one != number] or [2]),
            atoms=atoms,
            total_atoms=purse.spent_atoms,
            nonce=random.randbytes(16),
            signature=b"",
        )
        key = purse.key if random.random() < 0.97 else _key("nobody's")
        payment = msgspec.structs.replace(bare, signature=key.sign(payment_statement(EXCHANGE, 0, bare)))
        self._shown = [*self._shown[-5:], payment]
        return payment

    def _close_purse(self, time_ns: int) -> PlainCommand:
        return ClosePurse(reference=self._reference(), purse=self._some_purse())
