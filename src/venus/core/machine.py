"""The deterministic machine: frames in, events out. No clock, no I/O, no float, no chance.

`Machine` is a pure function of the frames it was given: the same frames give the same events and the same state on any
machine, however they are cut into calls.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256
from struct import Struct
from typing import Any

import msgspec
import numpy as np

from venus.core import approvals, controls, digest, dispatch, invariants, treasury
from venus.core.affairs import Affairs, no_affairs
from venus.core.controls import Facts, Outcome
from venus.core.kernels import layout
from venus.core.kernels.batch import apply_commands
from venus.core.kernels.controls import find_reference, keep_reference
from venus.core.liabilities import liability_tree, owed_by
from venus.core.memory import CAPACITY, Capacity, Memory
from venus.core.steps import Applied, Step
from venus.core.supply import supply_root, supply_text
from venus.records import commands
from venus.records.approvals import Approval
from venus.records.commands import Approved, ColdCommand, PlainCommand, client_digest, encode_cold, plain
from venus.records.events import EventFlag, EventKind
from venus.records.record_copies import copied
from venus.records.rejects import Reject
from venus.units import NS_PER_S

_BODY = Struct("<4q")
_REFERENCE_CHARACTERS_MAX = 64
_MINUTE_NS = 60 * NS_PER_S

# The one dispatch table of cold commands.
_COLD: dict[type, Callable[[Memory, Facts, Any, int, int], Outcome]] = {
    commands.ListAsset: controls.list_asset,
    commands.ListSymbol: controls.list_symbol,
    commands.OpenAccounts: controls.open_accounts,
    commands.SetFeeTier: controls.set_fee_tier,
    commands.SetAccountTier: controls.set_account_tier,
    commands.SetTradeGroup: controls.set_trade_group,
    commands.FreezeAccount: controls.freeze_account,
    commands.UnfreezeAccount: controls.unfreeze_account,
    commands.HaltSymbol: controls.halt_symbol,
    commands.ResumeSymbol: controls.resume_symbol,
    commands.NoteClockJump: controls.note_clock_jump,
    commands.AdoptRules: controls.adopt_rules,
    commands.MoveToRules: controls.adopt_rules,
    commands.SetSymbolRules: controls.set_symbol_rules,
    commands.SetExchangeLimits: controls.set_exchange_limits,
    commands.SetAssetLimit: controls.set_asset_limit,
}
_RULES_OF_COINS = 3
_RULES_OF = {
    commands.SetSymbolRules: 2,
    commands.SetExchangeLimits: 2,
    commands.SetAssetLimit: 2,
    **dispatch.RULES_OF,
}
"""From which rules on a command is known; the others always were."""
_NAMES_ACCOUNT = (commands.SetAccountTier, commands.SetTradeGroup, commands.FreezeAccount, commands.UnfreezeAccount)


class _Rest(msgspec.Struct):
    """State that is no array. Its array in a snapshot has another name than before there was a market between people,
    so that an older snapshot is seen to be one (engine/recovery.py)."""

    facts: Facts
    affairs: Affairs
    next_sequence: int
    time_ns: int


class Machine:
    """The exchange's state and the only way to change it."""

    def __init__(self) -> None:
        self._begin(CAPACITY)

    @classmethod
    def sized(cls, capacity: Capacity) -> "Machine":
        """A machine whose pools start at these lengths; it behaves as any other."""
        machine = cls.__new__(cls)
        machine._begin(capacity)
        return machine

    def _begin(self, capacity: Capacity) -> None:
        self.memory = Memory(capacity)
        self.facts = Facts(asset_codes=[], listings=[], labels={}, timers=[], timers_set=0)
        self.affairs = no_affairs()
        self.next_sequence = 1
        self.time_ns = 0
        self._quiet_until_ns = 0  # before it time does nothing but thaw accounts; reckoned, no state

    def apply_hot(self, time_ns: int, first_sequence: int, frame: np.ndarray, texts: bytes) -> np.ndarray:
        """Run a frame of hot commands.

        frame  COMMAND[n]  n ≥ 1; kept until the call returns
        texts  their client id texts: journaled with them, without meaning here
        Returns EVENT[m]; valid until the next call.
        """
        self._advance(time_ns, first_sequence)
        memory = self.memory
        counters = memory.counters
        counters[layout.EVENTS_COUNT] = 0
        if self.facts.timers or time_ns >= self._quiet_until_ns:
            self._fire_timers(time_ns, first_sequence)
        memory.take_commands(frame)
        parts: list[np.ndarray] = []
        done = 0
        while True:
            apply_commands(memory.table, done, first_sequence + done)
            counters = memory.counters
            done += int(counters[layout.COMMANDS_DONE])
            shortage = int(counters[layout.SHORT_OF])
            if shortage == layout.SHORT_OF_NOTHING:
                break
            if shortage == layout.SHORT_OF_EVENTS and counters[layout.EVENTS_COUNT] > 0:
                parts.append(copied(self._events()))
                counters[layout.EVENTS_COUNT] = 0
            else:
                memory.relieve(shortage)
        self.next_sequence += len(frame)
        if parts:
            return np.concatenate([*parts, self._events()])
        return self._events()

    def apply_cold(self, time_ns: int, first_sequence: int, command: ColdCommand) -> np.ndarray:
        """Run one cold command. Returns EVENT[m]; valid until the next call."""
        self._advance(time_ns, first_sequence)
        self.memory.counters[layout.EVENTS_COUNT] = 0
        if self.facts.timers or time_ns >= self._quiet_until_ns:
            self._fire_timers(time_ns, first_sequence)
        self.memory.make_room()
        self._apply_once(command, first_sequence)
        self._quiet_until_ns = dispatch.quiet_after(self.affairs, plain(command), self._quiet_until_ns)
        self.next_sequence += 1
        return self._events()

    @property
    def events_length(self) -> int:
        """So many events can be written before the buffer must grow."""
        return len(self.memory["events"])

    def write_events_to(self, events: np.ndarray) -> None:
        """Write the next events to EVENT[n]: what was returned from another buffer stays valid."""
        self.memory.take_events(events)

    def _advance(self, time_ns: int, first_sequence: int) -> None:
        assert time_ns >= self.time_ns, "time went back"
        assert first_sequence == self.next_sequence, (first_sequence, self.next_sequence)
        self.time_ns = time_ns
        self.memory.counters[layout.MINUTE] = time_ns // _MINUTE_NS

    def _events(self) -> np.ndarray:
        return self.memory["events"][: int(self.memory.counters[layout.EVENTS_COUNT])]

    def _emit(self, sequence: int, outcome: Outcome, flags: int, first_sequence: int) -> None:
        counters = self.memory.counters
        event = np.zeros((), self.memory["events"].dtype)
        event["sequence"] = sequence
        event["kind"] = outcome.kind
        event["reason"] = outcome.reject
        event["account"] = outcome.account
        event["symbol"] = outcome.symbol
        event["quantity_lots"] = outcome.quantity
        event["trade_id"] = first_sequence
        event["flags"] = flags
        self.memory["events"][counters[layout.EVENTS_COUNT]] = event
        counters[layout.EVENTS_COUNT] += 1

    def _fire_timers(self, time_ns: int, sequence: int) -> None:
        for account in controls.timers_due(self.memory, self.facts, time_ns):
            if self.memory.counters[layout.EVENTS_COUNT] == len(self.memory["events"]):
                self.memory.grow("events", 2 * len(self.memory["events"]))
            outcome = Outcome(Reject.NONE, EventKind.ACCOUNT_UNFROZEN, account, 0, 0, 0)
            self._emit(sequence, outcome, EventFlag.TIMER, 0)
        if time_ns >= self._quiet_until_ns:
            dispatch.fire_due(self._step(sequence, EventFlag.TIMER))
            self._quiet_until_ns = dispatch.quiet_until_ns(self.memory, self.affairs)

    def _step(self, sequence: int, flags: int) -> Step:
        return Step(self.memory, self.facts, self.affairs, sequence, self.time_ns, flags)

    def _apply_once(self, asked: ColdCommand, sequence: int) -> None:
        """Give the first outcome again to a reference that was applied, else run the command and remember it."""
        command = plain(asked)
        if not 1 <= len(asked.reference) <= _REFERENCE_CHARACTERS_MAX or asked.reference != command.reference:
            self._emit(sequence, controls.refused(Reject.INVALID_COMMAND), 0, 0)
            return
        hi, lo = client_digest(command.reference)
        body = sha256(encode_cold(command)).digest()
        slot = find_reference(self.memory.table, hi, lo)
        if slot:
            reference = self.memory["references"][slot]
            if reference["body"].tobytes() != body:
                self._emit(sequence, controls.refused(Reject.REFERENCE_REUSED), 0, 0)
                return
            self._repeat(command, sequence, int(reference["result"]), int(reference["sequence"]))
            return
        result = self._run_cold(command, asked.approvals if isinstance(asked, Approved) else None, sequence)
        if result is not None:
            keep_reference(self.memory.table, hi, lo, sequence, result, *_BODY.unpack(body))

    def _repeat(self, command: PlainCommand, sequence: int, result: int, first_sequence: int) -> None:
        if type(command) in dispatch.EVENT_OF:
            kind = dispatch.EVENT_OF[type(command)]
            self._step(sequence, EventFlag.REPEATED).say(kind, order_id=result, trade_id=first_sequence)
        else:
            self._emit(sequence, _repeated(command, result), EventFlag.REPEATED, first_sequence)

    def _run_cold(self, command: PlainCommand, signed: tuple[Approval, ...] | None, sequence: int) -> int | None:
        """Run a command that is no retry; returns the number that it gave, or None if it was refused."""
        rules = int(self.memory.counters[layout.RULES_VERSION])
        reject = Reject.NONE
        if rules < _RULES_OF.get(type(command), 1) or (signed is not None and rules < _RULES_OF_COINS):
            reject = Reject.INVALID_COMMAND
        step = self._step(sequence, EventFlag.NONE)
        if reject == Reject.NONE and rules >= _RULES_OF_COINS:
            reject = approvals.refusal(step, command, signed or ())
        if reject == Reject.NONE:
            said = int(self.memory.counters[layout.EVENTS_COUNT])
            approvals.say_approvals(step, signed or ())
            self.memory.make_room()
            answer = self._dispatch(step, command)
            if isinstance(answer, Applied):
                return answer.result
            # Nothing has happened: what was approved is not told either.
            self.memory.counters[layout.EVENTS_COUNT] = said
            reject = answer
        self._emit(sequence, controls.refused(reject), 0, 0)
        return None

    def _dispatch(self, step: Step, command: PlainCommand) -> Applied | Reject:
        """Do what a command asks, and say its own event."""
        if type(command) in dispatch.HANDLERS:
            answer = dispatch.HANDLERS[type(command)](step, command)
            if isinstance(answer, Applied):
                step.say(answer.kind, **answer.fields)
            return answer
        outcome = _COLD[type(command)](self.memory, self.facts, command, step.sequence, step.time_ns)
        if outcome.reject != Reject.NONE:
            return outcome.reject
        if isinstance(command, commands.MoveToRules) and command.rules == controls.RULES_OF_TREASURY:
            treasury.close_all(step)
        self._emit(step.sequence, outcome, 0, 0)
        return Applied(outcome.kind, outcome.result, {})

    def state_root(self) -> bytes:
        """32 bytes; docs/rules/digest.md."""
        return digest.state_root(self)

    def check(self) -> None:
        """Assert everything of docs/rules/ledger.md and the soundness of every structure; slow."""
        invariants.check(self)

    def liabilities_root(self, frames: int, seed: bytes) -> bytes:
        """What customers are owed after so many frames; raises OverflowError for what no ledger can hold."""
        return liability_tree(owed_by(self, frames), seed).root

    def supply_root(self, frames: int) -> bytes:
        """What is issued and what backs it."""
        return supply_root(supply_text(self, frames))

    def arrays(self) -> dict[str, np.ndarray]:
        """All state as arrays, for a snapshot; views, so copy or write before the next frame."""
        rest = _Rest(facts=self.facts, affairs=self.affairs, next_sequence=self.next_sequence, time_ns=self.time_ns)
        packed = np.frombuffer(msgspec.msgpack.encode(rest), np.uint8)
        return {**self.memory.used(), "rest": packed}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Become the machine whose arrays() these are."""
        rest = msgspec.msgpack.decode(arrays["rest"].tobytes(), type=_Rest)
        self.facts = rest.facts
        self.affairs = rest.affairs
        self.next_sequence = rest.next_sequence
        self.time_ns = rest.time_ns
        self.memory.restore(arrays)
        self._quiet_until_ns = 0


def _repeated(command: PlainCommand, result: int) -> Outcome:
    """The outcome of a retry: the first one's kind and number, other fields as the command has them."""
    kind = EVENT_OF[type(command)]
    account, symbol, quantity = 0, 0, 0
    if isinstance(command, commands.ListAsset | commands.ListSymbol):
        symbol = result
    elif isinstance(command, commands.OpenAccounts):
        account, quantity = result, command.count
    elif isinstance(command, commands.SetFeeTier):
        account = command.tier
    elif isinstance(command, _NAMES_ACCOUNT):
        account = command.account
    elif isinstance(command, commands.HaltSymbol | commands.ResumeSymbol | commands.SetSymbolRules):
        symbol = command.symbol
    elif isinstance(command, commands.SetAssetLimit):
        symbol = command.asset
    elif isinstance(command, commands.AdoptRules | commands.MoveToRules):
        quantity = command.rules
    return Outcome(Reject.NONE, kind, account, symbol, quantity, result)


EVENT_OF = {
    commands.ListAsset: EventKind.ASSET_LISTED,
    commands.ListSymbol: EventKind.SYMBOL_LISTED,
    commands.OpenAccounts: EventKind.ACCOUNTS_OPENED,
    commands.SetFeeTier: EventKind.FEE_TIER_SET,
    commands.SetAccountTier: EventKind.ACCOUNT_TIER_SET,
    commands.SetTradeGroup: EventKind.TRADE_GROUP_SET,
    commands.FreezeAccount: EventKind.ACCOUNT_FROZEN,
    commands.UnfreezeAccount: EventKind.ACCOUNT_UNFROZEN,
    commands.HaltSymbol: EventKind.SYMBOL_HALTED,
    commands.ResumeSymbol: EventKind.SYMBOL_RESUMED,
    commands.NoteClockJump: EventKind.CLOCK_JUMPED,
    commands.AdoptRules: EventKind.RULES_ADOPTED,
    commands.MoveToRules: EventKind.RULES_ADOPTED,
    commands.SetSymbolRules: EventKind.SYMBOL_RULES_SET,
    commands.SetExchangeLimits: EventKind.EXCHANGE_LIMITS_SET,
    commands.SetAssetLimit: EventKind.ASSET_LIMIT_SET,
}
assert set(EVENT_OF) == set(_COLD)
