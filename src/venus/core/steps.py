"""One cold command or one timer at work: what it reads, the money that it moves, and what it says of it."""

from heapq import heappush
from typing import NamedTuple

import numpy as np

from venus.core.affairs import Affairs
from venus.core.controls import Facts
from venus.core.kernels import layout
from venus.core.kernels.controls import find_reference, keep_reference, open_balance
from venus.core.kernels.payments import payment_run
from venus.core.memory import Memory
from venus.records.cold import LONG_TEXT_MAX, TEXT_MAX
from venus.records.commands import AccountKind
from venus.records.events import EventKind
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX


class Applied(NamedTuple):
    """What a command came to: its own event and the number that it gave."""

    kind: EventKind
    result: int
    fields: dict[str, int]


Answer = Reject | Applied


class Step(NamedTuple):
    """`flags` go on every event that it says."""

    memory: Memory
    facts: Facts
    affairs: Affairs
    sequence: int
    time_ns: int
    flags: int

    def say(self, kind: EventKind, **fields: int) -> None:
        """Write one event; fields of EVENT that are not named are 0."""
        memory = self.memory
        count = int(memory.counters[layout.EVENTS_COUNT])
        if count == len(memory["events"]):
            memory.grow("events", 2 * count)
        event = np.zeros((), memory["events"].dtype)
        event["sequence"] = self.sequence
        event["kind"] = kind
        event["flags"] = self.flags
        for name, value in fields.items():
            event[name] = value
        memory["events"][count] = event
        memory.counters[layout.EVENTS_COUNT] = count + 1

    def accounts_kind(self, account: int) -> int:
        """AccountKind of an account, or 0 if it is not open."""
        if not 0 <= account < self.memory.counters[layout.ACCOUNTS_COUNT]:
            return 0
        return int(self.memory["accounts"][account]["kind"])

    def is_frozen(self, account: int) -> bool:
        return bool(self.memory["accounts"][account]["frozen"])

    def is_listed(self, asset: int) -> bool:
        return 0 <= asset < len(self.facts.asset_codes)

    @property
    def rules(self) -> int:
        return int(self.memory.counters[layout.RULES_VERSION])

    def free_atoms(self, account: int, asset: int) -> int:
        return int(self._balance(account, asset)["free_atoms"])

    def _balance(self, account: int, asset: int) -> np.void:
        """A record of the pool, not a copy; opened if it is the first use of it."""
        return self.memory["balances"][open_balance(self.memory.table, account, asset)]

    def has_wallet(self, debit: int, credit: int) -> bool:
        """Whether a payment between them is one of docs/rules/currency.md."""
        return AccountKind.WALLET in (self.accounts_kind(debit), self.accounts_kind(credit))

    def pay(self, debit: int, credit: int, asset: int, atoms: int, how: int) -> None:
        """As move(); `how` tells what wallets' limits and bank accounts have to do with it (kernels/payments.py)."""
        if not self.has_wallet(debit, credit):
            self.move(debit, credit, asset, atoms)
            return
        self.memory.make_room()
        payment_run(self.memory.table, debit, credit, asset, atoms, how, self.sequence, self.flags)

    def move(self, debit: int, credit: int, asset: int, atoms: int) -> None:
        """From free to free, and said; that it may was tested."""
        if self.has_wallet(debit, credit):
            self.pay(debit, credit, asset, atoms, 0)
            return
        self._balance(debit, asset)["free_atoms"] -= atoms
        self._balance(credit, asset)["free_atoms"] += atoms
        record = self.memory["assets"][asset]
        if self.accounts_kind(debit) == AccountKind.EXTERNAL:
            record["inside_atoms"] += atoms
        if self.accounts_kind(credit) == AccountKind.EXTERNAL:
            record["inside_atoms"] -= atoms
        self.say(EventKind.TRANSFERRED, account=debit, maker_account=credit, symbol=asset, quantity_lots=atoms)

    def hold(self, account: int, asset: int, atoms: int) -> None:
        """From free to held, back if negative, and said."""
        balance = self._balance(account, asset)
        balance["free_atoms"] -= atoms
        balance["held_atoms"] += atoms
        self.say(EventKind.HELD, account=account, symbol=asset, hold_atoms=atoms)

    def wake(self, due_ns: int, what: int, number: int) -> None:
        """Let a timer of the class `what` fire at this time."""
        heappush(self.affairs.due, (due_ns, what, number))

    def is_remembered(self, digest: tuple[int, int]) -> bool:
        return find_reference(self.memory.table, *digest) != 0

    def remember(self, digest: tuple[int, int]) -> None:
        keep_reference(self.memory.table, *digest, self.sequence, 0, 0, 0, 0, 0)


DUE_REDEMPTION, DUE_LAWFUL, DUE_HOLD, DUE_TRADE, DUE_SCHEDULE, DUE_PURPOSE, DUE_ESCROW = range(1, 8)
"""Classes of timers, in the order in which they fire at one time."""


def is_text(text: str) -> bool:
    return 1 <= len(text) <= TEXT_MAX


def is_long_text(text: str) -> bool:
    """What explains, not what names."""
    return 1 <= len(text) <= LONG_TEXT_MAX


def is_amount(atoms: int) -> bool:
    return 1 <= atoms <= ATOMS_MAX
