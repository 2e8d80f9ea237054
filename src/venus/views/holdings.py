"""What holders bound and what they wait for, folded from events: holds, offers, schedules, allowances, redemptions.

No balance is here: those are another view's. What is over is forgotten, but for a holder's last redemptions.
Source: docs/rules/holds.md, docs/rules/events.md.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from venus.records import coins, holds
from venus.records.batch import Batch
from venus.records.commands import PlainCommand
from venus.records.events import Event, EventFlag, EventKind, unpack_events
from venus.units import INT64_MAX
from venus.views.holdings_questions import (
    ROWS_MAX,
    Allowance,
    Answer,
    Hold,
    HoldingsAnswer,
    HoldingsQuestion,
    PromisedAnswer,
    PromisedQuestion,
    Question,
    Redemption,
    Schedule,
    Trade,
    TradeAnswer,
    TradeQuestion,
)

REDEMPTIONS_KEPT = 100
"""That are wholly paid, of one account: the newest."""
_FIRST_KIND = EventKind.REDEMPTION_REQUESTED
_replace = msgspec.structs.replace


class _Bound(msgspec.Struct):
    """All state; rows are frozen and replaced whole. `of_account`: (which of them, number), oldest first."""

    redemptions: dict[int, Redemption]
    holds: dict[int, Hold]
    trades: dict[int, Trade]
    schedules: dict[int, Schedule]
    allowances: dict[tuple[int, int, int], Allowance]  # by account, spender, asset
    keys: dict[int, tuple[int, bytes]]  # scheme and key by account
    of_account: dict[int, list[tuple[str, int]]]


class Holdings:
    """The fold."""

    def __init__(self) -> None:
        self._bound = _Bound({}, {}, {}, {}, {}, {}, {})

    def apply(self, batch: Batch) -> None:
        """Fold what one frame did. Most frames hold nothing of this view, which one look at their kinds tells."""
        chosen = batch.events["kind"] >= _FIRST_KIND
        if not chosen.any():
            return
        for event in unpack_events(batch.events[chosen].tobytes()):
            step = _STEPS.get(event.kind)
            if step is not None and not event.flags & EventFlag.REPEATED:
                command = None if event.flags & EventFlag.TIMER else batch.cold
                step(self, event, command, batch.time_ns)

    def answer(self, question: Question) -> Answer:
        match question:
            case TradeQuestion(number):
                return TradeAnswer(self._bound.trades.get(number))
            case PromisedQuestion(account, until_ns):
                return self._promised(account, until_ns)
        return self._of_account(question)

    def _promised(self, account: int, until_ns: int) -> PromisedAnswer:
        sums: Counter[int] = Counter()
        for kind, number in self._bound.of_account.get(account, ()):
            if kind == "schedule" and (one := self._bound.schedules[number]).account == account:
                sums[one.asset] += one.due_atoms(until_ns)
        return PromisedAnswer({asset: min(atoms, INT64_MAX) for asset, atoms in sorted(sums.items()) if atoms})

    def _of_account(self, question: HoldingsQuestion) -> HoldingsAnswer:
        bound, account = self._bound, question.account
        limit = max(0, min(question.limit, ROWS_MAX))
        of_account = bound.of_account.get(account, [])

        def newest(rows: dict[int, Any], what: str) -> list[Any]:
            numbers = [number for kind, number in of_account if kind == what]
            return [rows[number] for number in reversed(numbers)][:limit]

        scheme, key = bound.keys.get(account, (0, b""))
        return HoldingsAnswer(
            account=account,
            key_scheme=scheme,
            key=key,
            redemptions=newest(bound.redemptions, "redemption"),
            holds=newest(bound.holds, "hold"),
            trades=newest(bound.trades, "trade"),
            schedules=newest(bound.schedules, "schedule"),
            allowances=[one for one in bound.allowances.values() if account in (one.account, one.spender)][:limit],
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """All state, as msgpack bytes."""
        return {"bound": np.frombuffer(msgspec.msgpack.encode(self._bound), np.uint8)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Become what `arrays` was taken from."""
        self._bound = msgspec.msgpack.decode(arrays["bound"].tobytes(), type=_Bound)

    def _note(self, what: str, number: int, *accounts: int) -> None:
        for account in set(accounts):
            self._bound.of_account.setdefault(account, []).append((what, number))

    def _forget(self, what: str, number: int, *accounts: int) -> None:
        for account in set(accounts):
            of_account = self._bound.of_account[account]
            of_account.remove((what, number))
            if not of_account:
                del self._bound.of_account[account]

    # Redemptions

    def _requested(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        assert isinstance(command, coins.RequestRedemption)
        atoms = event.quantity_lots
        self._bound.redemptions[event.order_id] = Redemption(
            number=event.order_id,
            coin=event.symbol,
            account=event.account,
            asked_atoms=atoms,
            waiting_atoms=atoms,
            asked_ns=time_ns,
            deadline_ns=event.price_ticks,
            paid_ns=0,
            overdue=False,
            payee=command.payee,
        )
        self._note("redemption", event.order_id, event.account)

    def _paid(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        is_whole = event.remaining_lots == 0
        redemptions = self._bound.redemptions
        redemptions[event.order_id] = _replace(
            redemptions[event.order_id],
            waiting_atoms=event.remaining_lots,
            paid_ns=time_ns if is_whole else 0,
        )
        if is_whole:
            self._forget_old(event.account)

    def _redemption_withdrawn(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        before = self._bound.redemptions[event.order_id]
        self._bound.redemptions[event.order_id] = _replace(
            before, withdrawn_atoms=before.withdrawn_atoms + event.quantity_lots
        )
        self._paid(event, command, time_ns)

    def _forget_old(self, account: int) -> None:
        redemptions = self._bound.redemptions
        numbers = [number for what, number in self._bound.of_account[account] if what == "redemption"]
        paid = [number for number in numbers if redemptions[number].paid_ns]
        for number in paid[:-REDEMPTIONS_KEPT]:
            del redemptions[number]
            self._forget("redemption", number, account)

    def _overdue(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        redemptions = self._bound.redemptions
        redemptions[event.order_id] = _replace(redemptions[event.order_id], overdue=True)

    # Keys and allowances

    def _key_bound(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        assert isinstance(command, holds.BindHolderKey)
        self._bound.keys[event.account] = (command.scheme, command.key)

    def _allowed(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        self._set_allowance(event.account, event.maker_account, event.symbol, event.quantity_lots)

    def _spent(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        self._set_allowance(event.account, event.order_id, event.symbol, event.remaining_lots)

    def _set_allowance(self, account: int, spender: int, asset: int, atoms: int) -> None:
        key = (account, spender, asset)
        if atoms:
            self._bound.allowances[key] = Allowance(account, spender, asset, atoms)
        else:
            self._bound.allowances.pop(key, None)

    # Holds

    def _held(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        assert isinstance(command, holds.CreateHold)
        terms = {name: getattr(command, name) for name in command.__struct_fields__ if name != "reference"}
        self._bound.holds[event.order_id] = Hold(number=event.order_id, **terms)
        self._note("hold", event.order_id, command.account, command.target, command.notary)

    def _hold_moved(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        """Executed or released, in part too: what is left of it."""
        hold = self._bound.holds[event.order_id]
        if event.remaining_lots:
            self._bound.holds[event.order_id] = _replace(hold, atoms=event.remaining_lots)
            return
        del self._bound.holds[event.order_id]
        self._forget("hold", event.order_id, hold.account, hold.target, hold.notary)

    # Delivery versus payment

    def _proposed(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        self._bound.trades[event.order_id] = Trade(
            number=event.order_id,
            account=event.account,
            counterparty=event.maker_account,
            give_asset=event.symbol,
            give_atoms=event.quantity_lots,
            take_asset=event.maker_order_id,
            take_atoms=event.remaining_lots,
            expires_ns=event.price_ticks,
        )
        self._note("trade", event.order_id, event.account, event.maker_account)

    def _trade_over(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        trade = self._bound.trades.pop(event.order_id)
        self._forget("trade", event.order_id, trade.account, trade.counterparty)

    # Scheduled payments

    def _scheduled(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        assert isinstance(command, holds.SchedulePayment)
        self._bound.schedules[event.order_id] = Schedule(
            number=event.order_id,
            account=command.account,
            to_account=command.to_account,
            asset=command.asset,
            atoms=command.atoms,
            next_ns=command.first_ns,
            every_ns=command.every_ns,
            left=command.count,
        )
        self._note("schedule", event.order_id, command.account, command.to_account)

    def _schedule_ran(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        before, left = self._bound.schedules[event.order_id], event.remaining_lots
        if left:
            after = _replace(before, next_ns=before.next_ns + before.every_ns, left=left)
            self._bound.schedules[event.order_id] = after
        else:
            self._schedule_over(event, command, time_ns)

    def _schedule_over(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        over = self._bound.schedules.pop(event.order_id, None)
        if over is not None:
            self._forget("schedule", event.order_id, over.account, over.to_account)


_STEPS: dict[int, Callable[[Holdings, Event, PlainCommand | None, int], None]] = {
    EventKind.REDEMPTION_REQUESTED: Holdings._requested,
    EventKind.REDEMPTION_PAID: Holdings._paid,
    EventKind.REDEMPTION_OVERDUE: Holdings._overdue,
    EventKind.REDEMPTION_WITHDRAWN: Holdings._redemption_withdrawn,
    EventKind.HOLDER_KEY_BOUND: Holdings._key_bound,
    EventKind.SPENDER_APPROVED: Holdings._allowed,
    EventKind.SPENT: Holdings._spent,
    EventKind.HOLD_CREATED: Holdings._held,
    EventKind.HOLD_EXECUTED: Holdings._hold_moved,
    EventKind.HOLD_RELEASED: Holdings._hold_moved,
    EventKind.TRADE_PROPOSED: Holdings._proposed,
    EventKind.TRADE_SETTLED: Holdings._trade_over,
    EventKind.TRADE_WITHDRAWN: Holdings._trade_over,
    EventKind.PAYMENT_SCHEDULED: Holdings._scheduled,
    EventKind.SCHEDULE_PAID: Holdings._schedule_ran,
    EventKind.SCHEDULE_FAILED: Holdings._schedule_ran,
    EventKind.SCHEDULE_ENDED: Holdings._schedule_over,
}
