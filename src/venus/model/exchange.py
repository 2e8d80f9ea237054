"""The slow, obvious exchange: the second opinion on what every frame must do.

Plain ints, dicts and sorted lists, written from docs/rules and from nothing else. Where it and the core disagree, the
page decides.
"""

from hashlib import sha256

import numpy as np

from venus.model.activation import Activation
from venus.model.affairs import Affairs
from venus.model.controls import Controls
from venus.model.desk import Desk
from venus.model.digest import state_root, state_sections
from venus.model.entry import Entry
from venus.model.events import refused
from venus.model.filters import Filters
from venus.model.ledger import Ledger
from venus.model.liabilities import liabilities_root
from venus.model.list_orders import ListOrders
from venus.model.lists import Lists
from venus.model.matching import Matching
from venus.model.refusals import Refusals
from venus.model.spot import Spot
from venus.model.supply import supply_text
from venus.model.transfers import Transfers
from venus.model.wallets import Wallets
from venus.records.commands import LEGS, ColdCommand, Command, CommandFlag, CommandKind, ListType
from venus.records.events import EVENT, Event
from venus.records.liabilities import RULES_OF_WHOLE_LEAVES
from venus.records.rejects import Reject


class Exchange:
    """Frames in, events out; its parts may be read to ask what is."""

    def __init__(self) -> None:
        self.next_sequence = 1
        self.time_ns = 0
        self.ledger = Ledger()
        self.wallets = Wallets(self.ledger)
        self.transfers = Transfers(self.ledger, self.wallets)
        self.desk = Desk(self.ledger)
        lists = Lists(self.desk)
        refusals = Refusals(self.desk, Filters(self.desk))
        entry = Entry(self.desk, Matching(self.desk, lists))
        self.spot = Spot(self.desk, lists, refusals, entry)
        self._list_orders = ListOrders(self.desk, lists, refusals, entry)
        self._activation = Activation(self.desk, lists, refusals, entry)
        self.affairs = Affairs(self.ledger, self.desk, self.spot, self.transfers, self.wallets)
        self.controls = Controls(self.ledger, self.desk, self.spot, self.transfers, self.affairs)

    def apply_hot(self, time_ns: int, first_sequence: int, commands: np.ndarray, texts: bytes) -> np.ndarray:
        """Run a frame of hot commands.

        commands  COMMAND[n]
        texts     their client id texts; without meaning to the rules
        Returns EVENT[m].
        """
        happened = self._begin(time_ns, first_sequence)
        waiting = [Command(*fields) for fields in commands.tolist()]
        sequence = first_sequence
        while waiting:
            step = self._next_step(waiting)
            happened += self._run(sequence, step)
            sequence += len(step)
            happened += self._activation.settle(sequence - 1)
        self.next_sequence = sequence
        return np.array(happened, dtype=EVENT)

    def apply_cold(self, time_ns: int, first_sequence: int, command: ColdCommand) -> np.ndarray:
        """Run one cold command; returns EVENT[m]."""
        happened = self._begin(time_ns, first_sequence)
        happened += self.controls.apply(first_sequence, command)
        self.next_sequence = first_sequence + 1
        return np.array(happened, dtype=EVENT)

    def state_sections(self) -> dict[str, bytes]:
        """All that is, by section tag: rows as docs/rules/digest.md packs them."""
        return state_sections(self.next_sequence, self.time_ns, self.desk, self.transfers, self.controls, self.affairs)

    def state_root(self) -> bytes:
        return state_root(self.state_sections())

    def liabilities_root(self, frames: int, seed: bytes) -> bytes:
        """What customers are owed after so many frames: docs/rules/liabilities.md."""
        on_the_way = self.affairs.on_the_way() if self.desk.rules >= RULES_OF_WHOLE_LEAVES else {}
        return liabilities_root(self.ledger, on_the_way, frames, seed)

    def supply_root(self, frames: int) -> bytes:
        """What is issued and what backs it: docs/rules/supply.md."""
        return sha256(supply_text(self.affairs, self.ledger, frames, self.time_ns).encode()).digest()

    def check(self) -> None:
        """Assert what must hold after every command: docs/rules/ledger.md."""
        self.ledger.check()
        self.desk.check(self.affairs.held_atoms())
        self.affairs.coins.check()
        self.affairs.currencies.check()
        self.affairs.purses.check()
        self.affairs.p2p.market.check()

    def _begin(self, time_ns: int, first_sequence: int) -> list[Event]:
        assert time_ns >= self.time_ns, (time_ns, self.time_ns)
        assert first_sequence == self.next_sequence, (first_sequence, self.next_sequence)
        self.time_ns = self.desk.time_ns = time_ns
        return self.controls.fire(time_ns, first_sequence)

    def _next_step(self, waiting: list[Command]) -> list[Command]:
        """Take from the rest of a frame what is done as one: mostly a single command."""
        count = 1
        head = waiting[0]
        if head.kind == CommandKind.CANCEL and head.flags & CommandFlag.REPLACES:
            count += are_orders(waiting[1:2], 1)
        elif self.desk.rules >= 2 and head.kind == CommandKind.LIST and head.type in set(ListType):
            legs = LEGS[ListType(head.type)]
            count += legs * are_orders(waiting[1 : 1 + legs], legs)
        elif self.desk.rules >= 2 and is_linked(head):
            # Through the transfer that ends the run, or as far as there are transfers.
            while count < len(waiting) and is_linked(waiting[count]):
                count += 1
            count += count < len(waiting) and waiting[count].kind == CommandKind.TRANSFER
        step = waiting[:count]
        del waiting[:count]
        return step

    def _run(self, sequence: int, step: list[Command]) -> list[Event]:
        command, *others = step
        match command.kind:
            case CommandKind.ORDER:
                return self.spot.order(sequence, command)
            case CommandKind.CANCEL if others:
                return self.spot.cancel_replace(sequence, command, others[0])
            case CommandKind.CANCEL if command.flags & CommandFlag.REPLACES:
                return [refused(sequence, command, Reject.INVALID_ORDER)]
            case CommandKind.CANCEL:
                return self.spot.cancel(sequence, command)
            case CommandKind.CANCEL_ALL:
                return self.spot.cancel_all(sequence, command)
            case CommandKind.AMEND:
                return self.spot.amend(sequence, command)
            case CommandKind.TRANSFER if self.desk.rules >= 2 and is_linked(command):
                return self.transfers.linked(sequence, step)
            case CommandKind.TRANSFER:
                return self.transfers.transfer(sequence, command)
            case CommandKind.REFUND if self.desk.rules >= 4:
                return self.transfers.refund(sequence, command)
            case CommandKind.LIST if others:
                return self._list_orders.place(sequence, command, others)
            case CommandKind.LIST if self.desk.rules >= 2:
                return [refused(sequence, command, Reject.INVALID_ORDER)]
            case CommandKind.CANCEL_LIST if self.desk.rules >= 2:
                return self._list_orders.cancel(sequence, command)
            case _:
                return [refused(sequence, command, Reject.INVALID_COMMAND)]


def are_orders(commands: list[Command], wanted: int) -> bool:
    return len(commands) == wanted and all(command.kind == CommandKind.ORDER for command in commands)


def is_linked(command: Command) -> bool:
    return command.kind == CommandKind.TRANSFER and bool(command.flags & CommandFlag.LINKED)
