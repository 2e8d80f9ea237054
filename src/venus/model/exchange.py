"""The slow, obvious exchange: the second opinion on what every frame must do.

Plain ints, dicts and sorted lists, written from docs/rules and from nothing else. Where it and the core disagree, the
page decides.
"""

import numpy as np

from venus.model.controls import Controls
from venus.model.digest import state_root, state_sections
from venus.model.events import refused
from venus.model.ledger import Ledger
from venus.model.spot import Spot
from venus.model.transfers import Transfers
from venus.records.commands import ColdCommand, Command, CommandFlag, CommandKind
from venus.records.events import EVENT, Event
from venus.records.rejects import Reject


class Exchange:
    """Frames in, events out; its parts may be read to ask what is."""

    def __init__(self) -> None:
        self.next_sequence = 1
        self.time_ns = 0
        self.ledger = Ledger()
        self.transfers = Transfers(self.ledger)
        self.spot = Spot(self.ledger)
        self.controls = Controls(self.ledger, self.spot, self.transfers)

    def apply_hot(self, time_ns: int, first_sequence: int, commands: np.ndarray, texts: bytes) -> np.ndarray:
        """Run a frame of hot commands.

        commands  COMMAND[n]
        texts     their client id texts; without meaning to the rules
        Returns EVENT[m].
        """
        happened = self._begin(time_ns, first_sequence)
        waiting = [Command(*fields) for fields in reversed(commands.tolist())]
        while waiting:
            sequence = first_sequence + len(commands) - len(waiting)
            command = waiting.pop()
            replaces = command.kind == CommandKind.CANCEL and command.flags & CommandFlag.REPLACES
            if not replaces:
                happened += self._run(sequence, command)
            elif waiting and waiting[-1].kind == CommandKind.ORDER:
                happened += self.spot.cancel_replace(sequence, command, waiting.pop())
            else:
                happened.append(refused(sequence, command, Reject.INVALID_ORDER))
        self.next_sequence = first_sequence + len(commands)
        return np.array(happened, dtype=EVENT)

    def apply_cold(self, time_ns: int, first_sequence: int, command: ColdCommand) -> np.ndarray:
        """Run one cold command; returns EVENT[m]."""
        happened = self._begin(time_ns, first_sequence)
        happened += self.controls.apply(first_sequence, command)
        self.next_sequence = first_sequence + 1
        return np.array(happened, dtype=EVENT)

    def state_sections(self) -> dict[str, bytes]:
        """All that is, by section tag: rows as docs/rules/digest.md packs them."""
        return state_sections(self.next_sequence, self.time_ns, self.ledger, self.spot, self.transfers, self.controls)

    def state_root(self) -> bytes:
        return state_root(self.state_sections())

    def check(self) -> None:
        """Assert what must hold after every command: docs/rules/ledger.md."""
        self.ledger.check()
        self.spot.check()

    def _begin(self, time_ns: int, first_sequence: int) -> list[Event]:
        assert time_ns >= self.time_ns, (time_ns, self.time_ns)
        assert first_sequence == self.next_sequence, (first_sequence, self.next_sequence)
        self.time_ns = time_ns
        return self.controls.fire(time_ns, first_sequence)

    def _run(self, sequence: int, command: Command) -> list[Event]:
        match command.kind:
            case CommandKind.ORDER:
                return self.spot.order(sequence, command)
            case CommandKind.CANCEL:
                return [self.spot.cancel(sequence, command)]
            case CommandKind.CANCEL_ALL:
                return self.spot.cancel_all(sequence, command)
            case CommandKind.AMEND:
                return [self.spot.amend(sequence, command)]
            case CommandKind.TRANSFER:
                return [self.transfers.transfer(sequence, command)]
            case _:
                return [refused(sequence, command, Reject.INVALID_COMMAND)]
