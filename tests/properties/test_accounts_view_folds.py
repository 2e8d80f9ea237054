"""The balances view against docs/rules/events.md read aloud, and against what must hold whatever happened."""

from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.random_conditions import STREAMS, play_conditions, play_either
from tests.properties.random_exchange import ASSETS, BANK, OPENING, STRANGER, SYMBOLS, TRADERS, play
from venus.records.batch import Batch
from venus.records.commands import HOUSE_ACCOUNT, CommandFlag, ListAsset, ListSymbol, OrderType, Side
from venus.records.events import Event, EventFlag, EventKind, Expiry, unpack_events
from venus.views.accounts import Accounts
from venus.views.balance_questions import BALANCE_ROW, BalancesQuestion, TotalsQuestion
from venus.views.order_questions import ORDER_ROW, OpenOrdersQuestion
from venus.views.orders import Orders

LISTINGS = [command for command in OPENING if isinstance(command, ListSymbol)]
SCALES = [command.scale for command in OPENING if isinstance(command, ListAsset)]

HOLDING = {
    *(EventKind.ACCEPTED, EventKind.CANCELED, EventKind.EXPIRED, EventKind.AMENDED),
    *(EventKind.TRIGGERED, EventKind.STARTED, EventKind.LOCKED),
}

seeds = st.integers(0, 2**32 - 1)


def lot_atoms(symbol: int) -> int:
    return LISTINGS[symbol].lot_atoms


def tick_lot_atoms(symbol: int) -> int:
    listing = LISTINGS[symbol]
    return listing.tick_atoms * listing.lot_atoms // 10 ** SCALES[listing.base_asset]


class SlowBalances:
    """(account, asset) to [free, held], by the sentences of the rules."""

    def __init__(self) -> None:
        self.free: dict[tuple[int, int], int] = defaultdict(int)
        self.held: dict[tuple[int, int], int] = defaultdict(int)
        self.updated_ns: dict[int, int] = defaultdict(int)

    def apply(self, batch: Batch) -> None:
        for event in unpack_events(batch.events.tobytes()):
            self.apply_one(event, batch.time_ns)

    def apply_one(self, event: Event, time_ns: int) -> None:
        match event.kind:
            case kind if kind in HOLDING:
                self.hold(event.account, event.symbol, event.side, event.hold_atoms, time_ns)
            case EventKind.PREVENTED if event.flags & EventFlag.MOVED:
                self.exchange(event, time_ns)
            case EventKind.PREVENTED:
                self.hold(event.maker_account, event.symbol, 1 - event.side, event.hold_atoms, time_ns)
            case EventKind.TRADE:
                self.exchange(event, time_ns)
            case EventKind.TRANSFERRED if not event.flags & EventFlag.REPEATED:
                self.add(self.free, event.account, event.symbol, -event.quantity_lots, time_ns)
                self.add(self.free, event.maker_account, event.symbol, event.quantity_lots, time_ns)

    def hold(self, account: int, symbol: int, side: int, atoms: int, time_ns: int) -> None:
        asset = LISTINGS[symbol].quote_asset if side == Side.BUY else LISTINGS[symbol].base_asset
        self.add(self.free, account, asset, -atoms, time_ns)
        self.add(self.held, account, asset, atoms, time_ns)

    def exchange(self, event: Event, time_ns: int) -> None:
        """As in a trade; where nothing was traded the fees are 0."""
        listing = LISTINGS[event.symbol]
        base = event.quantity_lots * lot_atoms(event.symbol), listing.base_asset
        quote = event.price_ticks * event.quantity_lots * tick_lot_atoms(event.symbol), listing.quote_asset
        (pays, paid_in), (gets, got_in) = (quote, base) if event.side == Side.BUY else (base, quote)
        self.add(self.free, event.account, paid_in, -pays, time_ns)
        self.add(self.free, event.account, got_in, gets, time_ns)
        self.add(self.held, event.maker_account, got_in, -gets, time_ns)
        self.add(self.free, event.maker_account, paid_in, pays, time_ns)
        for payer, asset, fee_atoms in (
            (event.account, got_in, event.taker_fee_atoms),
            (event.maker_account, paid_in, event.maker_fee_atoms),
        ):
            self.add(self.free, payer, asset, -fee_atoms, time_ns)
            self.add(self.free, HOUSE_ACCOUNT, asset, fee_atoms, time_ns)

    def add(self, balances: dict[tuple[int, int], int], account: int, asset: int, atoms: int, time_ns: int) -> None:
        if atoms:
            balances[account, asset] += atoms
            self.updated_ns[account] = time_ns


def balances(view: Accounts, account: int) -> dict[int, tuple[int, int]]:
    """Asset to free and held, where either is not zero."""
    rows = np.frombuffer(view.answer(BalancesQuestion(account)).rows, BALANCE_ROW).tolist()
    assert [row[0] for row in rows] == sorted({row[0] for row in rows})
    return {asset: (free, held) for asset, free, held in rows if free or held}


@given(seeds)
def test_balances_are_what_the_rules_say(seed: int) -> None:
    batches = play_either(seed)
    view, slow = Accounts(rows_reserved=8), SlowBalances()  # so that balances grow on the way
    for number, batch in enumerate(batches):
        if number == len(batches) // 2:
            before = {name: array.copy() for name, array in view.arrays().items()}
            view = Accounts(rows_reserved=8)
            view.restore(before)
            after = view.arrays()
            assert before.keys() == after.keys()
            assert all(np.array_equal(before[name], after[name]) for name in before)
        view.apply(batch)
        slow.apply(batch)
    for account in (HOUSE_ACCOUNT, BANK, *TRADERS, STRANGER):
        expected = {asset: (slow.free[account, asset], slow.held[account, asset]) for asset in ASSETS}
        assert balances(view, account) == {asset: both for asset, both in expected.items() if any(both)}
        assert view.answer(BalancesQuestion(account)).updated_ns == slow.updated_ns[account]


@given(seeds)
def test_every_asset_adds_up_to_nothing_and_nobody_inside_owes(seed: int) -> None:
    view = Accounts()
    for batch in play_either(seed):
        view.apply(batch)
        rows = np.frombuffer(view.answer(TotalsQuestion()).rows, BALANCE_ROW)
        assert not (rows["free_atoms"] + rows["held_atoms"]).any()
        assert (rows["held_atoms"] >= 0).all()
        for account in (HOUSE_ACCOUNT, *TRADERS):
            assert all(free >= 0 and held >= 0 for free, held in balances(view, account).values())


@given(seeds)
def test_what_is_held_is_what_the_open_orders_need(seed: int) -> None:
    """Two views that know nothing of each other agree on every hold."""
    accounts, orders = Accounts(), Orders()
    for batch in play(seed):
        accounts.apply(batch)
        orders.apply(batch)
        for account in TRADERS:
            needed: dict[int, int] = defaultdict(int)
            for row in np.frombuffer(orders.answer(OpenOrdersQuestion(account)).rows, ORDER_ROW):
                assert row["type"] != OrderType.MARKET
                assert not row["flags"] & CommandFlag.IN_QUOTE
                symbol = int(row["symbol"])
                open_lots = int(row["quantity"] - row["executed_lots"] - row["prevented_lots"])
                assert open_lots > 0
                if row["side"] == Side.BUY:
                    atoms = int(row["price_ticks"]) * open_lots * tick_lot_atoms(symbol)
                    needed[LISTINGS[symbol].quote_asset] += atoms
                else:
                    needed[LISTINGS[symbol].base_asset] += open_lots * lot_atoms(symbol)
            assert {asset: held for asset, (_, held) in balances(accounts, account).items() if held} == needed


def test_the_streams_are_worth_testing_with() -> None:
    """All that may happen to an order or a balance does happen in a few of them."""
    seen = set()
    for seed in range(40):
        for batch in play(seed):
            seen |= {
                (EventKind(kind), EventFlag(flags)) for kind, flags in set(batch.events[["kind", "flags"]].tolist())
            }
    taker, maker, moved = EventFlag.TAKER_DONE, EventFlag.MAKER_DONE, EventFlag.MOVED
    plain = EventFlag.NONE
    every_end = (plain, taker, maker, taker | maker)
    wanted = {(EventKind.TRADE, flags) for flags in every_end} | {(EventKind.PREVENTED, flags) for flags in every_end}
    wanted |= {(EventKind.PREVENTED, moved | flags) for flags in (taker, maker, taker | maker)}
    wanted |= {(EventKind.EXPIRED, plain), (EventKind.EXPIRED, taker), (EventKind.FILLED, taker)}
    wanted |= {(kind, plain) for kind in (EventKind.ACCEPTED, EventKind.AMENDED, EventKind.CANCELED)}
    wanted |= {(EventKind.TRANSFERRED, plain), (EventKind.TRANSFERRED, EventFlag.REPEATED)}
    wanted |= {(EventKind.ACCOUNT_UNFROZEN, EventFlag.TIMER), (EventKind.ACCOUNTS_OPENED, EventFlag.REPEATED)}
    assert wanted <= seen
    assert len(SYMBOLS) == len(LISTINGS)


def test_the_streams_under_rules_2_are_worth_testing_with() -> None:
    """All that conditional orders, icebergs and lists may give does happen in a few of them."""
    seen: set[tuple[EventKind, EventFlag]] = set()
    reasons = set()
    for seed in range(STREAMS):
        for batch in play_conditions(seed):
            seen |= {
                (EventKind(kind), EventFlag(flags)) for kind, flags in set(batch.events[["kind", "flags"]].tolist())
            }
            expired = batch.events[batch.events["kind"] == EventKind.EXPIRED]
            reasons |= {Expiry(reason) for reason in set(expired["reason"].tolist())}
    plain, waiting, pending = EventFlag.NONE, EventFlag.WAITING, EventFlag.PENDING
    wanted = {(EventKind.ACCEPTED, flag) for flag in (plain, waiting, pending)}
    wanted |= {(kind, flag) for kind in (EventKind.CANCELED, EventKind.AMENDED) for flag in (plain, waiting, pending)}
    wanted |= {(EventKind.EXPIRED, flag) for flag in (plain, EventFlag.TAKER_DONE, waiting, pending)}
    wanted |= {(EventKind.STARTED, flag) for flag in (plain, waiting)}
    of_rules_2 = (EventKind.TRIGGERED, EventKind.TRACKING, EventKind.SHOWN, EventKind.LOCKED)
    wanted |= {(kind, plain) for kind in (*of_rules_2, EventKind.LIST_OPENED, EventKind.LIST_DONE)}
    assert wanted <= seen, wanted - seen
    assert {Expiry.OCO_TRIGGER, Expiry.PHASE_ONE_EXPIRED, Expiry.REJECTED} <= reasons, reasons
