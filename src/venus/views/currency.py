"""A central bank's currency as doors ask for it: operators, regimes, purposes; each wallet and its payments.

Folded from events and the commands that caused them; the core is never looked at. Source: docs/rules/currency.md.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date

import msgspec
import numpy as np

from venus.records import currency as asked
from venus.records.batch import Batch
from venus.records.commands import PlainCommand
from venus.records.events import Event, EventFlag, EventKind, unpack_events
from venus.units import NS_PER_S
from venus.views.bound_payments import FOLDED, BoundPayments
from venus.views.currency_questions import (
    Answer,
    CurrenciesAnswer,
    CurrenciesQuestion,
    Currency,
    Operator,
    PaymentQuestion,
    Purpose,
    PurposesAnswer,
    PurposesQuestion,
    Question,
    Regime,
    StatementAnswer,
    StatementQuestion,
    Unsealing,
    UnsealingCount,
    UnsealingCountsAnswer,
    UnsealingCountsQuestion,
    UnsealingsAnswer,
    WalletAnswer,
    WalletQuestion,
)
from venus.views.kernels.wallet_moves import DAY, count_payment
from venus.views.wallet_movements import MOVEMENTS_KEPT, Movements
from venus.views.wallet_rows import CLOSED, DRAWS, POURS, Wallets

_DAY_NS = 24 * 3600 * NS_PER_S
_EPOCH = date(1970, 1, 1).toordinal()
_replace = msgspec.structs.replace
_IS_RARE = np.ones(256, np.bool_)
_IS_RARE[[EventKind.TRANSFERRED, EventKind.REFUNDED, EventKind.INTEREST_PAID, EventKind.POURED]] = False
"""By kind of event. The others are what a hot frame is full of."""


class _Facts(msgspec.Struct):
    """What only cold commands and timers change; rows are frozen and replaced whole."""

    currencies: dict[int, Currency]
    purposes: dict[int, Purpose]
    unsealings: dict[int, list[Unsealing]]  # by account


class CurrencyView:
    """The fold; balances are another view's.

    movements_kept  of all wallets together, the newest; older ones are in the journal alone
    """

    def __init__(self, movements_kept: int = MOVEMENTS_KEPT) -> None:
        self._facts = _Facts({}, {}, {})
        self._wallets = Wallets()
        self._bound_payments = BoundPayments()
        self._movements = Movements(movements_kept)
        self._time_ns = 0

    def apply(self, batch: Batch) -> None:
        """Fold what one frame did. Without a currency there is nothing to fold."""
        self._time_ns = batch.time_ns
        kinds = batch.events["kind"]
        of_rules_4 = (kinds >= EventKind.CURRENCY_REGISTERED) & (kinds <= EventKind.PURPOSE_LOOSENED)
        if not self._facts.currencies and not of_rules_4.any():
            return
        rare = batch.events[_IS_RARE[kinds] & (batch.events["flags"] & EventFlag.REPEATED == 0)]
        for event in unpack_events(rare.tobytes()):
            command = None if event.flags & EventFlag.TIMER else batch.cold
            if event.kind in _STEPS:
                _STEPS[event.kind](self, event, command, batch.time_ns)
            if event.kind in FOLDED and self._has_wallet(event):
                self._bound_payments.fold(event, command)
            if event.kind in _PAYS:
                count_payment(self._wallets.rows, self._days(), event.account, event.maker_account, event.quantity_lots)
        if (kinds == EventKind.TRANSFERRED).any():
            self._movements.fold(batch, self._wallets, self._days())

    def answer(self, question: Question) -> Answer:
        match question:
            case CurrenciesQuestion():
                return CurrenciesAnswer([one for _, one in sorted(self._facts.currencies.items())])
            case WalletQuestion(account=account):
                return self._wallet(account)
            case StatementQuestion():
                return StatementAnswer(self._movements.of(question.account, question.before, question.limit))
            case PaymentQuestion(hi=hi, lo=lo):
                return self._bound_payments.answer(hi, lo)
            case PurposesQuestion(account=account):
                purposes = self._facts.purposes.values()
                return PurposesAnswer([one for one in purposes if account in (one.account, one.holder)])
            case UnsealingCountsQuestion():
                return self._unsealing_counts()
            case _:
                return UnsealingsAnswer(list(self._facts.unsealings.get(question.account, [])))

    def arrays(self) -> dict[str, np.ndarray]:
        """All state, not copied: to be written before the next batch is folded."""
        facts = np.frombuffer(msgspec.msgpack.encode((self._facts, self._time_ns)), np.uint8)
        bound = np.frombuffer(msgspec.msgpack.encode(self._bound_payments), np.uint8)
        return {"facts": facts, "bound_payments": bound, **self._wallets.arrays(), **self._movements.arrays()}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Become what `arrays` was taken from; they are copied."""
        self._facts, self._time_ns = msgspec.msgpack.decode(arrays["facts"].tobytes(), type=tuple[_Facts, int])
        self._bound_payments = BoundPayments()
        if "bound_payments" in arrays:  # snapshots that are older than it have none
            self._bound_payments = msgspec.msgpack.decode(arrays["bound_payments"].tobytes(), type=BoundPayments)
        self._wallets.restore(arrays)
        self._movements.restore(arrays)

    # Wallets

    def _has_wallet(self, event: Event) -> bool:
        return any(self._wallets.row(account) is not None for account in (event.account, event.maker_account))

    def _day(self, asset: int) -> tuple[int, int]:
        """A currency's day at the last frame, and the first of its year; since 1970."""
        currency = self._facts.currencies[asset]
        offset_ns = currency.regimes[0].day_offset_ns if currency.in_force else 0
        day = max(0, (self._time_ns + offset_ns) // _DAY_NS)
        return day, date(date.fromordinal(_EPOCH + day).year, 1, 1).toordinal() - _EPOCH

    def _days(self) -> np.ndarray:
        """DAY by asset; of what is no currency nobody asks."""
        days = np.zeros(max(self._facts.currencies, default=-1) + 1, DAY)
        for asset in self._facts.currencies:
            days[asset] = self._day(asset)
        return days

    def _wallet(self, account: int) -> WalletAnswer:
        row = self._wallets.row(account)
        if row is None:
            return WalletAnswer(account, found=False)
        asset, opened_at, marks = int(row["currency"]), int(row["operator"]), int(row["marks"])
        moved_to = self._facts.currencies[asset].operators[opened_at].moved_to
        root = int(row["root"])
        day_paid, year_paid = self._wallets.paid(root, *self._day(asset))
        return WalletAnswer(
            account=account,
            found=True,
            currency=asset,
            operator=opened_at if moved_to < 0 else moved_to,
            opened_at=opened_at,
            wallet_class=int(self._wallets.rows["wallet_class"][root]),
            root=root,
            category=int(row["category"]),
            closed=bool(marks & CLOSED),
            line_atoms=int(row["line_atoms"]),
            waterfall=bool(marks & POURS),
            reverse=bool(marks & DRAWS),
            day_paid_atoms=day_paid,
            year_paid_atoms=year_paid,
            sub_wallets=list(self._wallets.subs.get(account, [])),
        )

    def _opened(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        root = command.account if isinstance(command, asked.OpenSubWallet) else -1
        self._wallets.open(event, root)

    def _class_set(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        self._wallets.rows["wallet_class"][event.account] = event.side

    def _closed(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        self._wallets.rows["marks"][event.account] |= CLOSED

    def _linked(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        assert isinstance(command, asked.LinkBank)
        row = self._wallets.rows[event.account]
        row["line_atoms"] = event.quantity_lots
        row["marks"] = row["marks"] & CLOSED | POURS * command.waterfall | DRAWS * command.reverse

    # First tier

    def _registered(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        assert isinstance(command, asked.RegisterCurrency)
        self._facts.currencies[command.asset] = Currency(
            asset=command.asset,
            reserve_asset=command.reserve_asset,
            currency=command.currency,
            central_bank=command.central_bank,
            issue_account=command.issue_account,
            reserve_account=command.reserve_account,
            backing_account=command.backing_account,
            offline_account=command.offline_account,
            supply_atoms=0,
            reserves_atoms=0,
            regimes=[],
            in_force=False,
            operators=[],
        )

    def _change(self, asset: int, **changed: object) -> None:
        self._facts.currencies[asset] = _replace(self._facts.currencies[asset], **changed)

    def _operator(self, asset: int, number: int, **changed: object) -> None:
        operators = list(self._facts.currencies[asset].operators)
        operators[number] = _replace(operators[number], **changed)
        self._change(asset, operators=operators)

    def _admitted(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        operator = Operator(
            number=event.order_id,
            institution=event.maker_order_id,
            treasury_account=event.account,
            reserve_account=event.maker_account,
            quota_atoms=event.quantity_lots,
            outstanding_atoms=0,
            reserve_atoms=0,
            treasury_atoms=0,
            moved_to=-1,
        )
        self._change(event.symbol, operators=[*self._facts.currencies[event.symbol].operators, operator])

    def _interest_begun(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        self._change(event.symbol, sweeping=event.kind == EventKind.INTEREST_BEGUN)

    def _quota_set(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        self._operator(event.symbol, event.order_id, quota_atoms=event.quantity_lots)

    def _reserves_changed(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        sign = 1 if event.kind == EventKind.RESERVES_GRANTED else -1
        granted = self._facts.currencies[event.symbol].reserves_atoms + sign * event.quantity_lots
        self._change(event.symbol, reserves_atoms=granted)

    def _issued(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        self._operator(event.symbol, event.order_id, outstanding_atoms=event.remaining_lots)
        self._change(event.symbol, supply_atoms=event.price_ticks)

    def _moved(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        asset, failed, heir = event.symbol, event.order_id, event.maker_order_id
        operators = self._facts.currencies[asset].operators
        for operator in operators:
            if failed in (operator.number, operator.moved_to):
                self._operator(asset, operator.number, moved_to=heir)
        self._operator(asset, failed, outstanding_atoms=0, quota_atoms=0)
        self._operator(asset, heir, outstanding_atoms=event.remaining_lots, quota_atoms=event.price_ticks)

    def _adopted(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        """One that begins at once was said to begin before it is said to be adopted."""
        assert isinstance(command, asked.AdoptRegime)
        currency = self._facts.currencies[event.symbol]
        regime = Regime(command.name, event.price_ticks, command.day_offset_ns, list(command.classes))
        if command.from_ns == 0:
            self._change(event.symbol, regimes=[regime], in_force=True)
            return
        kept = [
            one
            for place, one in enumerate(currency.regimes)
            if (place == 0 and currency.in_force) or one.from_ns < regime.from_ns
        ]
        self._change(event.symbol, regimes=[*kept, regime])

    def _begun(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        if event.flags & EventFlag.TIMER:
            currency = self._facts.currencies[event.symbol]
            self._change(event.symbol, regimes=currency.regimes[currency.in_force :], in_force=True)

    # Purposes, unsealings

    def _bound(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        assert isinstance(command, asked.BindPurpose)
        self._facts.purposes[event.order_id] = Purpose(
            number=event.order_id,
            account=command.account,
            holder=command.holder,
            asset=command.asset,
            atoms=command.atoms,
            categories=list(command.categories),
            expires_ns=command.expires_ns,
        )

    def _spent(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        purpose = self._facts.purposes[event.order_id]
        self._facts.purposes[event.order_id] = _replace(purpose, atoms=event.remaining_lots)
        if event.remaining_lots == 0:
            del self._facts.purposes[event.order_id]

    def _ended(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        del self._facts.purposes[event.order_id]

    def _loosened(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        """A lawful order took of it."""
        self._spent(event, command, time_ns)

    def _unsealed(self, event: Event, command: PlainCommand | None, time_ns: int) -> None:
        assert isinstance(command, asked.UnsealIdentity)
        unsealing = Unsealing(event.sequence, time_ns, command.authority, command.basis, event.price_ticks)
        self._facts.unsealings.setdefault(event.account, []).append(unsealing)

    def _unsealing_counts(self) -> UnsealingCountsAnswer:
        currencies = self._wallets.rows["currency"]
        counted = Counter(
            (int(currencies[account]), unsealing.authority)
            for account, unsealings in self._facts.unsealings.items()
            for unsealing in unsealings
        )
        return UnsealingCountsAnswer([UnsealingCount(*whose, count) for whose, count in sorted(counted.items())])


_PAYS = {
    EventKind.HOLD_CREATED,
    EventKind.SPENT,
    EventKind.TRANSFER_AUTHORIZED,
    EventKind.SCHEDULE_PAID,
    EventKind.TRADE_PROPOSED,
    EventKind.PURPOSE_BOUND,
    EventKind.PURPOSE_SPENT,
    EventKind.PURSE_FUNDED,  # to the offline account
    EventKind.ESCROW_PAID_BY_WALLET,
}
"""Events of cold commands and timers that count as payments: account to maker_account."""
_STEPS: dict[int, Callable[[CurrencyView, Event, PlainCommand | None, int], None]] = {
    EventKind.CURRENCY_REGISTERED: CurrencyView._registered,
    EventKind.OPERATOR_ADMITTED: CurrencyView._admitted,
    EventKind.QUOTA_SET: CurrencyView._quota_set,
    EventKind.RESERVES_GRANTED: CurrencyView._reserves_changed,
    EventKind.RESERVES_WITHDRAWN: CurrencyView._reserves_changed,
    EventKind.CURRENCY_ISSUED: CurrencyView._issued,
    EventKind.CURRENCY_REDEEMED: CurrencyView._issued,
    EventKind.REGIME_ADOPTED: CurrencyView._adopted,
    EventKind.REGIME_BEGUN: CurrencyView._begun,
    EventKind.WALLETS_OPENED: CurrencyView._opened,
    EventKind.WALLET_CLASS_SET: CurrencyView._class_set,
    EventKind.WALLET_CLOSED: CurrencyView._closed,
    EventKind.BANK_LINKED: CurrencyView._linked,
    EventKind.WALLETS_MOVED: CurrencyView._moved,
    EventKind.INTEREST_BEGUN: CurrencyView._interest_begun,
    EventKind.INTEREST_DONE: CurrencyView._interest_begun,
    EventKind.PURPOSE_BOUND: CurrencyView._bound,
    EventKind.PURPOSE_SPENT: CurrencyView._spent,
    EventKind.PURPOSE_ENDED: CurrencyView._ended,
    EventKind.PURPOSE_LOOSENED: CurrencyView._loosened,
    EventKind.IDENTITY_UNSEALED: CurrencyView._unsealed,
}
