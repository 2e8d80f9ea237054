"""Payments folded by the kernel are what a fold of one event at a time, in words of Python, makes of them."""

from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from venus.records.batch import Batch
from venus.records.commands import COMMAND, CommandKind, PlainCommand, SetFeeTier, client_digest
from venus.records.events import EVENT, Event, EventFlag, EventKind
from venus.views.kernels.wallet_moves import DAY
from venus.views.wallet_movements import Movements
from venus.views.wallet_rows import Wallets

ACCOUNTS = 10
FAMILIES = {2: 2, 3: 3, 4: 2, 6: 6, 7: 3}
"""Wallets among the accounts, each with its root."""
ASSETS = 3
KEPT = 8
SUM_MAX = 2**62
COLD: PlainCommand = SetFeeTier(reference="cold", tier=0, maker_ppm=0, taker_ppm=0)
ONE, REPEATED, TIMER = 0, int(EventFlag.REPEATED), int(EventFlag.TIMER)
WHY = (EventKind.REFUNDED, EventKind.INTEREST_PAID, EventKind.SPENT, EventKind.PURSE_PAID, EventKind.ACCEPTED)


class Step(NamedTuple):
    """What one command did: who pays whom, and what that is said to be for."""

    payer: int
    payee: int
    atoms: int
    flags: int
    why: EventKind | None
    bank: int | None  # what came to the payee went on to it
    command: str  # what it is: the payment itself, or something like it


steps = st.builds(
    Step,
    payer=st.one_of(st.integers(0, ACCOUNTS - 1), st.sampled_from((3, 7))),
    payee=st.integers(0, ACCOUNTS - 1),
    atoms=st.one_of(st.integers(1, 9), st.just(SUM_MAX - 3), st.just(SUM_MAX)),
    flags=st.sampled_from((ONE, ONE, ONE, REPEATED, TIMER)),
    why=st.one_of(st.none(), st.sampled_from(WHY)),
    bank=st.one_of(st.none(), st.none(), st.integers(0, ACCOUNTS - 1)),
    command=st.sampled_from(("pays",) * 5 + ("of another kind", "of another payer", "to another payee")),
)
frames = st.lists(
    st.tuples(st.lists(steps, min_size=1, max_size=12), st.booleans(), st.sampled_from((0, 0, 1, 1, -1))), max_size=6
)


def opened() -> Wallets:
    wallets = Wallets()
    for account, root in FAMILIES.items():
        fields = dict.fromkeys(Event._fields, 0) | {"account": account, "quantity_lots": 1, "symbol": root % ASSETS}
        wallets.open(Event(**fields), -1 if root == account else root)
    return wallets


def events_of(number: int, one: Step) -> list[dict[str, int]]:
    moved = {"sequence": number, "kind": EventKind.TRANSFERRED, "flags": one.flags}
    events = [moved | {"account": one.payer, "maker_account": one.payee, "quantity_lots": one.atoms}]
    if one.bank is not None:
        events.append(moved | {"account": one.payee, "maker_account": one.bank, "quantity_lots": one.atoms})
        line = {"account": one.payee, "remaining_lots": one.atoms % 7}
        events.append({"sequence": number, "kind": EventKind.POURED, "flags": one.flags} | line)
    if one.why is not None:
        events.append({"sequence": number, "kind": one.why, "flags": one.flags})
    return events


class Slowly:
    """What the kernel keeps, in dicts and lists."""

    def __init__(self) -> None:
        self.moved: list[tuple[int, int, int, int, int, tuple[int, int]]] = []
        self.paid: dict[int, tuple[int, int, int]] = {}  # by root: day, on that day, in its year
        self.lines: dict[int, int] = {}

    def fold(self, number: int, one: Step, digest: tuple[int, int], is_cold: bool, days: np.ndarray) -> None:
        if one.flags == REPEATED:
            return
        by_command = one.flags != TIMER
        if by_command and not is_cold and one.command == "pays":
            self._count(one, days)
        why = EventKind.TRANSFERRED if one.why in (None, EventKind.ACCEPTED) else one.why
        reference = digest if by_command else (0, 0)
        self._move(number, one.payer, one.payee, one.atoms, int(why), reference)
        if one.bank is not None:
            # The second movement stands right before what says that it went on.
            self._move(number, one.payee, one.bank, one.atoms, int(EventKind.POURED), reference)
            self.lines[one.payee] = one.atoms % 7

    def _move(self, number: int, payer: int, payee: int, atoms: int, why: int, reference: tuple[int, int]) -> None:
        if payer in FAMILIES or payee in FAMILIES:
            self.moved.append((number, payer, payee, atoms, why, reference))

    def _count(self, one: Step, days: np.ndarray) -> None:
        root = FAMILIES.get(one.payer)
        if root is None or root == FAMILIES.get(one.payee):
            return
        day, year_first = days[root % ASSETS].tolist()
        on, today, year = self.paid.get(root, (0, 0, 0))
        today, year = (today if on == day else 0), (year if on >= year_first else 0)
        self.paid[root] = (day, min(SUM_MAX, today + one.atoms), min(SUM_MAX, year + one.atoms))


@given(frames)
def test_what_a_kernel_makes_of_payments_is_what_they_are(drawn: list[tuple[list[Step], bool, int]]) -> None:
    wallets, movements, slowly = opened(), Movements(KEPT), Slowly()
    days = np.array([(15, 15), (10, 0), (30, 28)], DAY)  # of the first it is the first of the year
    sequence = 1
    for number, (asked, is_cold, later) in enumerate(drawn):
        asked = asked[:1] if is_cold else asked
        days["day"] += later
        days["year_first"] = np.where(days["day"] > 31, 31, days["year_first"])
        commands = np.zeros(0 if is_cold else len(asked), COMMAND)
        rows = []
        for place, one in enumerate(asked):
            digest = client_digest("cold" if is_cold else f"payment {sequence + place}")
            if not is_cold:
                command = commands[place]
                command["kind"] = CommandKind.REFUND if one.command == "of another kind" else CommandKind.TRANSFER
                command["account"] = one.payer + (one.command == "of another payer")
                command["target_lo"] = one.payee + (one.command == "to another payee")
                command["client_hi"], command["client_lo"] = digest
            rows += events_of(sequence + place, one)
            slowly.fold(sequence + place, one, digest, is_cold, days)
        events = np.zeros(len(rows), EVENT)
        for place, row in enumerate(rows):
            for name, value in row.items():
                events[name][place] = value
        batch = Batch(number, number + 1, sequence, commands, b"", COLD if is_cold else None, events)
        movements.fold(batch, wallets, days)
        sequence += len(asked)
        kept = {name: array.copy() for name, array in (movements.arrays() | wallets.arrays()).items()}
        movements, wallets = Movements(KEPT), Wallets()
        movements.restore(kept)
        wallets.restore(kept)
    newest = slowly.moved[-KEPT:]
    for account in set(range(ACCOUNTS)) - FAMILIES.keys():
        assert movements.of(account, before=0, limit=1_000) == []
    for account in FAMILIES:
        told = [
            (one.sequence, one.other, one.atoms, one.kind, (one.reference_hi, one.reference_lo))
            for one in movements.of(account, before=0, limit=1_000)
        ]
        own = [one for one in newest[::-1] if account in one[1:3]]
        assert told == [
            (number, payee, -atoms, why, reference) if payer == account else (number, payer, atoms, why, reference)
            for number, payer, payee, atoms, why, reference in own
        ]
        assert wallets.rows["line_atoms"][account] == slowly.lines.get(account, 0)
    for root in set(FAMILIES.values()):
        day, today, year = slowly.paid.get(root, (0, 0, 0))
        row = wallets.rows[root]
        assert (row["day"], row["day_paid_atoms"], row["year_paid_atoms"]) == (day, today, year)
