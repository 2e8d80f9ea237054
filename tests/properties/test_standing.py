"""What is folded for reports against the views that keep everything, and the order in which reports come."""

from collections import defaultdict
from collections.abc import Iterator
from random import Random

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.random_conditions import play_either
from tests.properties.random_exchange import OPENING, TRADERS
from venus.records.batch import Batch
from venus.records.commands import HOUSE_ACCOUNT
from venus.records.events import EventKind
from venus.views.balance_questions import BALANCE_ROW
from venus.views.catalog import CatalogAnswer, CatalogQuestion
from venus.views.house import Views
from venus.views.kernels.order_facts import OrderStatus
from venus.views.standing import OrderReport, PositionReport, Report, Standing
from venus.views.standing_fold import Fold
from venus.views.user_data import Excerpt, StandingAnswer, StandingQuestion, Watched, execution_id

seeds = st.integers(0, 2**32 - 1)
ACCOUNTS = (HOUSE_ACCOUNT, *TRADERS)
OPEN = (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED, OrderStatus.PENDING_NEW)


class Door:
    """Listens to accounts as a gateway does, an engine's views at hand."""

    def __init__(self) -> None:
        self.views = Views()
        self.watched = Watched()
        self.fold = Fold({}, [])

    def join(self, account: int) -> None:
        self.watched.add([account])
        self.fold.standings[account] = self.stand(account)

    def leave(self, account: int) -> None:
        self.watched.discard([account])
        del self.fold.standings[account]

    def stand(self, account: int) -> Standing:
        answer = self.views.answer(StandingQuestion(account))
        assert isinstance(answer, StandingAnswer)
        return Standing(answer)

    def take(self, batch: Batch) -> Iterator[Report]:
        self.views.apply(batch)
        excerpt = self.watched.cut(batch)
        if excerpt is None:
            return
        catalog = self.views.answer(CatalogQuestion())
        assert isinstance(catalog, CatalogAnswer)
        self.fold.grids = catalog.symbols
        yield from self.fold.take(msgspec.msgpack.decode(msgspec.msgpack.encode(excerpt), type=Excerpt))


def facts(standing: Standing) -> tuple[object, ...]:
    """A standing without its history: what it says of every open order and of every balance that is not zero."""
    orders = {
        number: tuple(getattr(order, name) for name in type(order).__slots__)
        for number, order in standing.orders.items()
    }
    lists = {number: (one.type, one.symbol, one.client_id, one.legs) for number, one in standing.lists.items()}
    balances = {asset: tuple(both) for asset, both in standing.balances.items() if any(both)}
    return orders, lists, balances, standing.trade_group


@given(seeds)
def test_a_standing_says_after_every_frame_what_the_views_say(seed: int) -> None:
    chance, door = Random(seed), Door()
    for batch in play_either(seed):
        list(door.take(batch))
        for account, standing in door.fold.standings.items():
            assert facts(standing) == facts(door.stand(account)), (batch.number, account)
        if batch.number < len(OPENING):
            continue  # only who has an account listens to it
        account = chance.choice(ACCOUNTS)
        if account not in door.fold.standings:
            door.join(account)
        elif chance.random() < 0.1:
            door.leave(account)


@given(seeds)
def test_reports_tell_each_order_from_its_beginning_to_its_end_once(seed: int) -> None:
    door = Door()
    batches = play_either(seed)
    for batch in batches[: len(OPENING)]:
        list(door.take(batch))
    for account in ACCOUNTS:
        door.join(account)
    status: dict[int, int] = {}
    executed: dict[int, int] = defaultdict(int)
    executions = set()
    for batch in batches[len(OPENING) :]:
        for report in door.take(batch):
            if not isinstance(report, OrderReport):
                continue
            event, order = report.event, report.order
            number = execution_id(event.sequence, report.place, is_maker=report.is_maker)
            assert number not in executions
            executions.add(number)
            if event.kind == EventKind.ACCEPTED:
                assert order.order_id not in status and order.status in (OrderStatus.NEW, OrderStatus.PENDING_NEW)
            else:
                assert status[order.order_id] in OPEN, "nothing is said of an order that has ended"
            status[order.order_id] = order.status
            if event.kind == EventKind.TRADE:
                executed[order.order_id] += event.quantity_lots
            assert order.executed_lots == executed[order.order_id]
        still_open = {number for number, last in status.items() if last in OPEN}
        assert still_open == {number for one in door.fold.standings.values() for number in one.orders}


@given(seeds)
def test_each_command_ends_with_one_position_of_each_account_whose_balance_it_changed(seed: int) -> None:
    door, batches = Door(), play_either(seed)
    for batch in batches[: len(OPENING)]:
        list(door.take(batch))
    for account in ACCOUNTS:
        door.join(account)
    for batch in batches[len(OPENING) :]:
        before = {account: balances(door, account) for account in ACCOUNTS}
        told = defaultdict(list)
        for report in door.take(batch):
            if isinstance(report, PositionReport):
                told[report.account].append(report)
        for account in ACCOUNTS:
            latest = dict(before[account])
            for report in told[account]:
                latest |= {asset: (free, held) for asset, free, held in report.balances}
            assert {asset: both for asset, both in latest.items() if any(both)} == {
                asset: both for asset, both in balances(door, account).items() if any(both)
            }
            commands = len(batch.commands) + (batch.cold is not None)
            assert len(told[account]) <= commands + 1, "timers count as one"


def balances(door: Door, account: int) -> dict[int, tuple[int, int]]:
    answer = door.views.answer(StandingQuestion(account))
    assert isinstance(answer, StandingAnswer)
    return {asset: (free, held) for asset, free, held in np.frombuffer(answer.balance_rows, BALANCE_ROW).tolist()}
