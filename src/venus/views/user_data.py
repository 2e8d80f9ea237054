"""What happened to the accounts that somebody listens to: cut out of each frame, for doors that report it.

A door that listens asks for an account's standing once and is sent an excerpt of every frame from then on: the events
that touch the account, and its own commands with their texts. Both together are enough to say what happened and where
the account stands after each event (standing.py), so nothing is looked up per report here, and a frame that touches
nobody costs a comparison of two columns.
Source: docs/rules/user_data.md.
"""

from collections.abc import Iterable, Iterator

import msgspec
import numpy as np

from venus.records.batch import Batch
from venus.records.commands import (
    COMMAND,
    HOUSE_ACCOUNT,
    ColdCommand,
    Command,
    decode_cold,
    encode_cold,
    unpack_command,
)
from venus.records.events import Event, EventFlag, EventKind, unpack_events
from venus.views.order_questions import OrderListsAnswer

_KINDS_MAX = 256

OWN_KINDS = frozenset(
    {
        EventKind.ACCEPTED,
        EventKind.TRADE,
        EventKind.CANCELED,
        EventKind.EXPIRED,
        EventKind.REJECTED,
        EventKind.AMENDED,
        EventKind.PREVENTED,
        EventKind.FILLED,
        EventKind.TRANSFERRED,
        EventKind.TRIGGERED,
        EventKind.TRACKING,
        EventKind.LIST_OPENED,
        EventKind.LIST_DONE,
        EventKind.STARTED,
        EventKind.LOCKED,
        EventKind.HELD,
        EventKind.TRADE_GROUP_SET,
    }
)
"""Kinds of events that happen to `account`. In others that field is zero, or no account at all."""
OTHER_KINDS = frozenset({EventKind.TRADE, EventKind.PREVENTED, EventKind.TRANSFERRED})
"""Kinds of events that happen to `maker_account` too."""


TIMER_PLACE = 1 << 18
"""Where places of events begin that time fired: they bear the number of the command that came after them."""
_EXECUTIONS_BITS = 20


def execution_id(sequence: int, place: int = 0, *, is_maker: bool = False) -> int:
    """A number for what one event did to one order: it grows, and no other execution has it.

    A command of more than 2^18 events would run into the numbers of the next.
    """
    return (sequence << _EXECUTIONS_BITS) + 2 * place + is_maker


class StandingQuestion(msgspec.Struct, frozen=True, tag=True):
    """All that an account has: its open orders, its open order lists and its balances."""

    account: int


class StandingAnswer(msgspec.Struct, frozen=True, tag=True):
    """As of the command `sequence`. Rows and texts as in the answers of the views of orders and of accounts."""

    account: int
    sequence: int
    order_rows: bytes  # ORDER_ROW[n]
    order_texts: bytes
    lists: OrderListsAnswer  # those that are open
    balance_rows: bytes  # BALANCE_ROW[m]
    trade_group: int


class Excerpt(msgspec.Struct, frozen=True, array_like=True):
    """What one frame did to accounts that are listened to. Records are as journaled, in the order of the frame."""

    time_ns: int
    first_sequence: int  # of the frame
    events: bytes  # EVENT[m]
    places: bytes  # i8[m]: which event of its command each one is, from 0; those of timers from TIMER_PLACE
    sequences: bytes  # i8[n], of the commands
    commands: bytes  # COMMAND[n]
    texts: bytes  # theirs, one after the other
    cold: bytes  # the frame's cold command, encoded; empty if it was a hot frame

    def read_events(self) -> Iterator[Event]:
        return unpack_events(self.events)

    def read_places(self) -> list[int]:
        places: list[int] = np.frombuffer(self.places, np.int64).tolist()
        return places

    def read_cold(self) -> ColdCommand | None:
        return decode_cold(self.cold) if self.cold else None

    def read_commands(self) -> dict[int, tuple[Command, str]]:
        """Commands with their texts, by sequence."""
        found = {}
        position = 0
        for i, sequence in enumerate(np.frombuffer(self.sequences, np.int64).tolist()):
            command = unpack_command(self.commands[i * COMMAND.itemsize : (i + 1) * COMMAND.itemsize])
            found[sequence] = command, self.texts[position : position + command.text_bytes].decode()
            position += command.text_bytes
        return found


class Watched:
    """The accounts that one door listens to, and what a frame holds of them."""

    def __init__(self) -> None:
        # One place more than the highest account watched: whatever is beyond is looked up there, and is not watched.
        self._mask = np.zeros(1, np.bool_)
        self._count = 0

    def add(self, accounts: Iterable[int]) -> None:
        for account in accounts:
            if account + 2 > len(self._mask):
                grown = np.zeros(2 * account + 2, np.bool_)
                grown[: len(self._mask)] = self._mask
                self._mask = grown
            self._count += not self._mask[account]
            self._mask[account] = True

    def discard(self, accounts: Iterable[int]) -> None:
        """Safe for accounts that are not watched."""
        for account in accounts:
            if account + 1 < len(self._mask):
                self._count -= bool(self._mask[account])
                self._mask[account] = False

    def cut(self, batch: Batch) -> Excerpt | None:
        """What a frame did to them; None if nothing."""
        if not self._count or not len(batch.events):
            return None
        touched = self._touched(batch.events)
        if not touched.any():
            return None
        commands = batch.commands
        own = np.flatnonzero(self._is_watched(commands["account"]))
        ends = np.cumsum(commands["text_bytes"], dtype=np.int64)
        starts = ends - commands["text_bytes"]
        texts = batch.texts
        return Excerpt(
            batch.time_ns,
            batch.first_sequence,
            batch.events[touched].tobytes(),
            _places(batch.events)[touched].tobytes(),
            (own + batch.first_sequence).tobytes(),
            commands[own].tobytes(),
            b"".join([texts[start:end] for start, end in zip(starts[own].tolist(), ends[own].tolist(), strict=True)]),
            b"" if batch.cold is None else encode_cold(batch.cold),
        )

    def _touched(self, events: np.ndarray) -> np.ndarray:
        """bool[m]: which events happened to an account that is watched."""
        kinds = events["kind"]
        touched = self._is_watched(events["account"]) & _OWN[kinds]
        touched |= self._is_watched(events["maker_account"]) & _OTHER[kinds]
        if self._mask[HOUSE_ACCOUNT]:  # it receives the fee of every trade
            touched |= kinds == EventKind.TRADE
        return touched

    def _is_watched(self, accounts: np.ndarray) -> np.ndarray:
        watched: np.ndarray = np.take(self._mask, accounts, mode="clip")
        return watched


def _places(events: np.ndarray) -> np.ndarray:
    """i8[m]: which event of its command, or of the timers before it, each one is."""
    fired = events["flags"] & EventFlag.TIMER != 0
    places = np.arange(len(events)) - np.count_nonzero(fired)
    sequences = events["sequence"][~fired]
    places[~fired] -= np.searchsorted(sequences, sequences)
    places[fired] = TIMER_PLACE + np.arange(np.count_nonzero(fired))
    return places


def _table(kinds: Iterable[EventKind]) -> np.ndarray:
    table = np.zeros(_KINDS_MAX, np.bool_)
    table[list(kinds)] = True
    return table


_OWN = _table(OWN_KINDS)
_OTHER = _table(OTHER_KINDS)
