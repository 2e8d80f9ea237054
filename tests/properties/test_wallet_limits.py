"""No way past a wallet's limits: over sub-wallets, days, midnights of another zone, classes, regimes, refunds, holds.

Hypothesis plays whatever it likes to core and model, side by side. What it did is judged by a bookkeeper that looks at
events alone and knows calendars by the standard library: neither core nor model tells it what was paid or who has what.
"""

from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from venus.records.coins import DAY_NS, LawfulKind, LiftOrder
from venus.records.commands import CommandFlag, encode_cold
from venus.records.currency import OrderOverCurrency, RefundPayment, WalletClass
from venus.records.events import Event, EventFlag, EventKind
from venus.records.holds import ApproveSpender, CreateHold, ExecuteHold, ReclaimHold, SchedulePayment, TransferFrom
from venus.records.transfers import transfer
from venus.testing.coin_stage import HOUR_NS
from venus.testing.currency_stage import wallet_class
from venus.testing.officials import CENTRAL_BANK, COURT, EAST
from venus.testing.wallet_stage import DCNY, WalletStage

ZONES_NS = (-11 * HOUR_NS, 0, 8 * HOUR_NS, 13 * HOUR_NS + HOUR_NS // 2)
REGIMES = (
    (
        wallet_class("a", 1_000, 200, 400, 900, interest_ppm=30_000, sub_wallets=2),
        wallet_class("b", 300, 100, 150, 350, sub_wallets=1),
        wallet_class("c", 0, 0, 0, 0, sub_wallets=2),
        wallet_class("d", 0, 0, 0, 0),
    ),
    (
        wallet_class("a", 500, 100, 150, 1_200, interest_ppm=90_000, sub_wallets=2),
        wallet_class("b", 400, 0, 200, 0, sub_wallets=1),
        wallet_class("c", 2_000, 900, 0, 2_500, interest_ppm=10_000, sub_wallets=2),
        wallet_class("d", 0, 0, 0, 0),
    ),
)
WALLETS = ("ann", "bob", "eve", "till", "stall")
PAYERS = (*WALLETS, "east", "west", "cash")
AMOUNTS = (1, 49, 50, 51, 99, 100, 101, 149, 150, 151, 200, 201, 300, 301, 500)
WAITS_NS = (0, 0, 0, 1, HOUR_NS, 7 * HOUR_NS, 16 * HOUR_NS, DAY_NS, 3 * DAY_NS, 40 * DAY_NS)

payers, wallets, amounts = st.sampled_from(PAYERS), st.sampled_from(WALLETS), st.sampled_from(AMOUNTS)
ACTIONS = st.one_of(
    st.tuples(st.just("pay"), payers, payers, amounts),
    st.tuples(st.just("pay"), wallets, wallets, amounts),
    st.tuples(st.just("fill"), wallets),
    st.tuples(st.just("linked"), wallets, payers, amounts, payers, amounts),
    st.tuples(st.just("refund"), st.integers(0, 9), amounts),
    st.tuples(st.just("retry"), st.integers(0, 9)),
    st.tuples(st.just("hold"), wallets, payers, amounts),
    st.tuples(st.just("execute"), st.integers(0, 3), amounts),
    st.tuples(st.just("reclaim"), st.integers(0, 3)),
    st.tuples(st.just("spend"), wallets, payers, amounts),
    st.tuples(st.just("give back"), st.integers(0, 5), amounts),
    st.tuples(st.just("order"), st.sampled_from((LawfulKind.FREEZE, LawfulKind.SEIZE)), wallets, amounts),
    st.tuples(st.just("lift"), st.integers(1, 3)),
    st.tuples(st.just("schedule"), wallets, payers, amounts),
    st.tuples(st.just("class"), st.sampled_from(("ann", "bob", "eve")), st.integers(0, 2)),
    st.tuples(st.just("bank"), wallets, st.sampled_from((0, 60, 500)), st.booleans(), st.booleans()),
    st.tuples(st.just("regime"), st.integers(0, 1), st.sampled_from((0, 1, 30))),
    st.tuples(st.just("interest")),
    st.tuples(st.just("wait"), st.sampled_from(WAITS_NS)),
    st.tuples(st.just("midnight"), st.sampled_from((-1, 0, 1))),
    st.tuples(st.just("new year"), st.sampled_from((-1, 0))),
)


class Bookkeeper:
    """What the events of a stage say that everybody has and every family paid."""

    def __init__(self, stage: WalletStage, offset_ns: int) -> None:
        self.stage = stage
        self.offset_ns = offset_ns
        self.regimes: list[tuple[int, tuple[WalletClass, ...]]] = []
        self.class_of: dict[int, int] = {}  # by root
        self.root_of: dict[int, int] = {}
        self.has: dict[int, int] = {}
        self.paid: list[tuple[int, date, int]] = []  # root, local day, atoms
        self.refunded: dict[int, int] = {}  # by the payment's sequence
        self.holds: dict[int, tuple[int, int]] = {}  # account and target

    def day(self) -> date:
        """The local day of the frame that is played, by the standard library's calendar."""
        zone = timezone(timedelta(microseconds=self.offset_ns // 1000))
        return datetime.fromtimestamp(self.stage.time_ns // 10**9, UTC).astimezone(zone).date()

    def limits(self, root: int) -> WalletClass:
        now = [classes for from_ns, classes in self.regimes if from_ns <= self.stage.time_ns]
        return now[-1][self.class_of[root]]

    def family_has(self, root: int) -> int:
        return sum(self.has.get(account, 0) for account, of in self.root_of.items() if of == root)

    def leaves_family(self, payer: int, payee: int) -> bool:
        return self.root_of.get(payer, -1) != self.root_of.get(payee, -2)

    def opened(self, event: Event) -> None:
        root = event.maker_order_id or event.account
        self.root_of[event.account] = root
        self.class_of.setdefault(root, event.side)

    def count(self, payer: int, payee: int, atoms: int) -> None:
        """A payment was let through: it must have been within every limit."""
        if payer not in self.root_of or not self.leaves_family(payer, payee):
            return
        root, today = self.root_of[payer], self.day()
        self.paid.append((root, today, atoms))
        limits = self.limits(root)
        of_day = sum(one for who, day, one in self.paid if who == root and day == today)
        of_year = sum(one for who, day, one in self.paid if who == root and day.year == today.year)
        assert not limits.single_atoms_max or atoms <= limits.single_atoms_max, "single"
        assert not limits.day_atoms_max or of_day <= limits.day_atoms_max, ("day", of_day)
        assert not limits.year_atoms_max or of_year <= limits.year_atoms_max, ("year", of_year)

    def see(self, events: list[Event]) -> None:
        """Every unit that moves, and that no family gets above its limit by what it receives."""
        before: dict[int, int] = {}  # what families had that received something and may still pour
        for place, event in enumerate(events):
            if event.flags & EventFlag.REPEATED:
                continue
            match event.kind:
                case EventKind.TRANSFERRED if event.symbol == DCNY:
                    said = events[place + 1].kind if place + 1 < len(events) else None
                    if said != EventKind.POURED:
                        self.judge_received(before)
                        if said != EventKind.INTEREST_PAID:
                            self.receive(event, before)
                    self.has[event.account] = self.has.get(event.account, 0) - event.quantity_lots
                    self.has[event.maker_account] = self.has.get(event.maker_account, 0) + event.quantity_lots
                case EventKind.HOLD_CREATED:
                    self.holds[event.order_id] = event.account, event.maker_account
                    self.count(event.account, event.maker_account, event.quantity_lots)
                case EventKind.SPENT | EventKind.SCHEDULE_PAID:
                    self.count(event.account, event.maker_account, event.quantity_lots)
                case EventKind.WALLET_CLASS_SET:
                    self.judge_received(before)
                    self.class_of[event.account] = event.side
                case EventKind.REFUNDED:
                    self.refunded[event.order_id] = self.refunded.get(event.order_id, 0) + event.quantity_lots
        self.judge_received(before)

    def receive(self, event: Event, before: dict[int, int]) -> None:
        if event.maker_account in self.root_of and self.leaves_family(event.account, event.maker_account):
            root = self.root_of[event.maker_account]
            before[root] = self.family_has(root)

    def judge_received(self, before: dict[int, int]) -> None:
        for root, atoms in before.items():
            limit = self.limits(root).balance_atoms_max
            assert not limit or self.family_has(root) <= max(limit, atoms), ("balance", root)
        before.clear()

    def balance_the_books(self) -> None:
        """Nothing was lost or made, and everybody has what the events say."""
        stage = self.stage
        assert sum(self.has.values()) == 0
        for account, atoms in self.has.items():
            ledger = stage.play.model.ledger
            assert ledger.free[account, DCNY] + ledger.held[account, DCNY] == atoms, account
        core: Any = stage.play.opinions.machines["core"]
        balances = core.memory["balances"][1:]
        for balance in balances[(balances["asset"] == DCNY) & (balances["free_atoms"] != 0)]:
            assert int(balance["free_atoms"] + balance["held_atoms"]) == self.has.get(int(balance["account"]), 0)


class Game:
    """Plays actions on a stage and hands what happened to the bookkeeper."""

    def __init__(self, stage: WalletStage, offset_ns: int) -> None:
        self.stage = stage
        self.books = Bookkeeper(stage, offset_ns)
        self.payments: list[tuple[str, str, str, int]] = []  # reference, payer, payee, atoms
        self.sequences: dict[str, int] = {}
        self.bound: list[tuple[TransferFrom | ExecuteHold, CreateHold | None, int]] = []  # paid so, and to whom
        self.created: dict[int, CreateHold] = {}
        for account in stage.play.accounts.values():
            if (atoms := stage.play.model.ledger.free[account, DCNY]) != 0:
                self.books.has[account] = atoms
        self._adopt(0, 0)
        for name, number in (("ann", 0), ("bob", 1), ("eve", 2)):
            self._open(name, stage.opening(number, operator=number % 2))
        self._open("till", stage.sub_opening(stage.play.accounts["ann"]))
        self._open("stall", stage.sub_opening(stage.play.accounts["bob"]))
        for name in WALLETS:
            self._cold(
                ApproveSpender(
                    reference=stage.reference(),
                    account=stage.play.accounts[name],
                    spender=stage.play.accounts["shop"],
                    asset=DCNY,
                    atoms=10**6,
                )
            )

    def _open(self, name: str, command: Any) -> None:
        event = self.stage.do(command)
        self.stage.play.accounts[name] = event.account
        self.books.opened(event)

    def _cold(self, command: Any) -> list[Event]:
        events = self.stage.ask(command)
        self.books.see(events)
        return events

    def _hot(self, *asked: Any) -> list[Event]:
        events = self.stage.play.hot(*asked)
        self.books.see(events)
        return events

    def _adopt(self, number: int, in_days: int) -> None:
        from_ns = self.stage.time_ns + in_days * DAY_NS if in_days else 0
        regime = self.stage.regime("next", from_ns, REGIMES[number], day_offset_ns=self.books.offset_ns)
        self.books.see(self.stage.ask(regime, CENTRAL_BANK))
        # What it replaces would come at its time or later; so the bookkeeper's list stays in order.
        begins = from_ns or self.stage.time_ns
        self.books.regimes = [one for one in self.books.regimes if one[0] < begins or one[0] <= self.stage.time_ns]
        self.books.regimes.append((begins, REGIMES[number]))

    def play(self, action: tuple[Any, ...]) -> None:
        what, *terms = action
        getattr(self, f"_{what.replace(' ', '_')}")(*terms)

    def _ask(self, payer: str, payee: str, atoms: int, reference: str = "") -> tuple[Any, str]:
        accounts = self.stage.play.accounts
        reference = reference or self.stage.reference()
        return transfer(reference, debit=accounts[payer], credit=accounts[payee], asset=DCNY, atoms=atoms)

    def _pay(self, payer: str, payee: str, atoms: int) -> None:
        asked = self._ask(payer, payee, atoms)
        self._paid(self._hot(asked), asked[1], payer, payee, atoms)

    def _paid(self, events: list[Event], reference: str, payer: str, payee: str, atoms: int) -> None:
        accounts = self.stage.play.accounts
        done = [
            one
            for one in events
            if one.kind == EventKind.TRANSFERRED
            and not one.flags & EventFlag.TIMER
            and (one.account, one.maker_account, one.quantity_lots) == (accounts[payer], accounts[payee], atoms)
        ]
        if events[-1].kind != EventKind.REJECTED:
            assert done, events
            self.books.count(accounts[payer], accounts[payee], atoms)
            self.payments.append((reference, payer, payee, atoms))
            self.sequences[reference] = done[0].sequence

    def _fill(self, wallet: str) -> None:
        """Up to the brim, and no atom more."""
        books, account = self.books, self.stage.play.accounts[wallet]
        root = books.root_of[account]
        limit = books.limits(root).balance_atoms_max
        if limit and (room := limit - books.family_has(root)) > 0:
            self._pay("east", wallet, room)
        self._pay("west", wallet, 1)

    def _linked(self, payer: str, first: str, atoms: int, second: str, more: int) -> None:
        one, other = self._ask(payer, first, atoms), self._ask(payer, second, more)
        events = self._hot((one[0]._replace(flags=CommandFlag.LINKED), one[1]), other)
        if events[-1].kind != EventKind.REJECTED:
            accounts = self.stage.play.accounts
            self.books.count(accounts[payer], accounts[first], atoms)
            self.books.count(accounts[payer], accounts[second], more)

    def _refund(self, number: int, atoms: int) -> None:
        if number < len(self.payments):
            reference, _, payee, paid = self.payments[number]
            self.books.see(self.stage.refund(payee, reference, atoms))
            assert self.books.refunded.get(self.sequences[reference], 0) <= paid

    def _retry(self, number: int) -> None:
        if number < len(self.payments):
            reference, payer, payee, atoms = self.payments[number]
            events = self._hot(self._ask(payer, payee, atoms, reference))
            assert events[-1].flags & EventFlag.REPEATED

    def _hold(self, payer: str, target: str, atoms: int) -> None:
        accounts = self.stage.play.accounts
        created = CreateHold(
            reference=self.stage.reference(),
            account=accounts[payer],
            target=accounts[target],
            notary=accounts["shop"],
            asset=DCNY,
            atoms=atoms,
            reclaim_ns=0,
            expires_ns=self.stage.time_ns + 2 * DAY_NS,
            hash_lock=b"",
        )
        event = self._cold(created)[-1]
        if event.kind == EventKind.HOLD_CREATED:
            self.created[event.order_id] = created

    def _execute(self, number: int, atoms: int) -> None:
        by_account, reference = self.stage.play.accounts["shop"], self.stage.reference()
        execution = ExecuteHold(reference=reference, hold=number, by_account=by_account, atoms=atoms, preimage=b"")
        if self._cold(execution)[-1].kind == EventKind.HOLD_EXECUTED:
            created = self.created[number]
            self.bound.append((execution, created, created.target))

    def _reclaim(self, number: int) -> None:
        account = self.books.holds.get(number, (0, 0))[0]
        self._cold(ReclaimHold(reference=self.stage.reference(), hold=number, by_account=account))

    def _spend(self, payer: str, payee: str, atoms: int) -> None:
        accounts = self.stage.play.accounts
        spending = TransferFrom(
            reference=self.stage.reference(),
            account=accounts[payer],
            spender=accounts["shop"],
            to_account=accounts[payee],
            asset=DCNY,
            atoms=atoms,
        )
        if self._cold(spending)[-1].kind == EventKind.SPENT:
            self.bound.append((spending, None, spending.to_account))

    def _give_back(self, number: int, atoms: int) -> None:
        if number < len(self.bound):
            payment, hold, payee = self.bound[number]
            asked = RefundPayment(
                reference=self.stage.reference(),
                account=payee,
                payment=encode_cold(payment),
                hold=encode_cold(hold) if hold else b"",
                atoms=atoms,
            )
            event = self._cold(asked)[-1]
            assert event.kind == EventKind.REJECTED or self.books.refunded[event.order_id] <= payment.atoms

    def _order(self, kind: LawfulKind, wallet: str, atoms: int) -> None:
        """Of a court, with the east bank's key; what is seized goes to a treasury."""
        accounts = self.stage.play.accounts
        order = OrderOverCurrency(
            reference=self.stage.reference(),
            order_kind=kind,
            currency=DCNY,
            account=accounts[wallet],
            atoms=atoms,
            to_account=accounts["east"] if kind == LawfulKind.SEIZE else 0,
            frozen_by=0,
            authority=COURT,
            second=EAST,
            basis="case 4",
            expires_ns=self.stage.time_ns + 3 * DAY_NS,
        )
        self.books.see(self.stage.ask(order, COURT, EAST))

    def _lift(self, number: int) -> None:
        self.books.see(self.stage.ask(LiftOrder(reference=self.stage.reference(), order=number), COURT))

    def _schedule(self, payer: str, payee: str, atoms: int) -> None:
        accounts = self.stage.play.accounts
        self._cold(
            SchedulePayment(
                reference=self.stage.reference(),
                account=accounts[payer],
                to_account=accounts[payee],
                asset=DCNY,
                atoms=atoms,
                first_ns=self.stage.time_ns + HOUR_NS,
                every_ns=HOUR_NS,
                count=2,
            )
        )

    def _class(self, wallet: str, number: int) -> None:
        self._cold(self.stage.class_change(self.stage.play.accounts[wallet], number))

    def _bank(self, wallet: str, line_atoms: int, waterfall: bool, reverse: bool) -> None:
        account = self.stage.play.accounts[wallet]
        self._cold(self.stage.bank(account, line_atoms, waterfall=int(waterfall), reverse=int(reverse)))

    def _regime(self, number: int, in_days: int) -> None:
        self._adopt(number, in_days)

    def _interest(self) -> None:
        self.books.see(self.stage.ask(self.stage.interest(), CENTRAL_BANK))

    def _wait(self, ns: int) -> None:
        self.stage.later(ns)

    def _midnight(self, after_ns: int) -> None:
        """To the currency's next midnight, or just before or after it."""
        local = self.stage.time_ns + self.books.offset_ns
        self.stage.until(max(self.stage.time_ns, local // DAY_NS * DAY_NS + DAY_NS - self.books.offset_ns + after_ns))

    def _new_year(self, after_ns: int) -> None:
        year = self.books.day().year
        midnight_ns = int(datetime(year + 1, 1, 1, tzinfo=UTC).timestamp()) * 10**9 - self.books.offset_ns
        self.stage.until(max(self.stage.time_ns, midnight_ns + after_ns))


@cache
def opened(offset_ns: int) -> WalletStage:
    return WalletStage(day_offset_ns=offset_ns)


def judge(offset_ns: int, actions: list[tuple[Any, ...]]) -> None:
    stage = opened(offset_ns).branch()
    game = Game(stage, offset_ns)
    for action in actions:
        game.play(action)
    game.books.balance_the_books()


CHECKS = [HealthCheck.too_slow]


@settings(max_examples=30, deadline=None, suppress_health_check=CHECKS)
@given(offset_ns=st.sampled_from(ZONES_NS), actions=st.lists(ACTIONS, min_size=5, max_size=30))
def test_no_way_past_a_limit(offset_ns: int, actions: list[tuple[Any, ...]]):
    judge(offset_ns, actions)


@pytest.mark.heavy
@settings(max_examples=150, deadline=None, suppress_health_check=CHECKS)
@given(offset_ns=st.sampled_from(ZONES_NS), actions=st.lists(ACTIONS, min_size=10, max_size=60))
def test_no_way_past_a_limit_however_long(offset_ns: int, actions: list[tuple[Any, ...]]):
    judge(offset_ns, actions)


def test_the_bookkeeper_would_notice():
    """It judges by its own figures: shown a payment that no core would let through, it objects."""
    game = Game(opened(0).branch(), 0)
    accounts = game.stage.play.accounts
    game.books.count(accounts["bob"], accounts["east"], 100)
    for atoms, what in ((101, "single"), (51, "day")):
        with pytest.raises(AssertionError, match=what):
            game.books.count(accounts["bob"], accounts["east"], atoms)
