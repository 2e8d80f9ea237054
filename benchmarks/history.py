"""`history`: how fast orders and trades reach the order view, whether the engine waits for it, and how fast pages come.

Ten million orders lie in the exchange first, a million of them of one account, each second one traded with the one
before; they go through the core and all views, without a journal. Then the real engine goes on with them, journal and
all: at an offered rate for a while, and as fast as it can. Pages of the large account are asked for at rest and while
orders flow at the offered rate.
"""

import asyncio
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np

from benchmarks.engine_run import folder
from benchmarks.report import Report, at_least, at_most, percentiles, report, rounded
from benchmarks.venus_flow import (
    BATCH,
    FIRST_TRADER,
    FRAME_STEP_NS,
    TEXT_BYTES,
    TIME_FIRST_NS,
    cold_commands,
    deposits,
    digests,
    frames,
)
from venus.engine.exchange import Exchange
from venus.engine.keys import journal_signer
from venus.engine.places import Places
from venus.engine.wire import Refusal
from venus.engine.writer import Submission, Writer
from venus.journal.store import FileStore
from venus.records.commands import COMMAND, CommandKind, OrderType, SelfTrade, Side, TimeInForce
from venus.records.work import NO_COMMANDS, Work
from venus.views.order_questions import OrderQuestion, OrdersAnswer, OrdersQuestion, TradesAnswer, TradesQuestion
from venus.views.questions import Answer, Question

ORDERS = 10_000_000
ACCOUNTS = 10_000
LARGE_ACCOUNT = FIRST_TRADER
LARGE_EVERY = 10
"""One order in so many is the large account's: a million of ten."""
LIVE, LIVE_LONG = 1_000_000, 10_000_000
OFFERED_PER_S = 200_000
SUBMISSION = 64
PAGES, PAGES_LONG = 1_000, 10_000
PAGE_MS_MAX = 20.0
PRICE_TICKS = 1_000


def measure(long: bool) -> Report:
    started_s = time.perf_counter()
    exchange = filled(ORDERS)
    fill_s = time.perf_counter() - started_s
    with folder() as root:
        live = asyncio.run(lived(exchange, root, LIVE_LONG if long else LIVE, PAGES_LONG if long else PAGES))
    page_ms_max = max(percentiles(pages, "page")["page_p99_us"] for pages in (live.pages_at_rest, live.pages_in_flow))
    return report(
        "history",
        {
            "orders": ORDERS,
            "orders_of_the_large_account": ORDERS // LARGE_EVERY,
            "fill_s": round(fill_s, 1),
            "offered_per_s": OFFERED_PER_S,
            "offered_folded_per_s": rounded(live.offered_folded_per_s),
            "offered_refused": live.offered_refused,
            "offered_views_behind_commands_max": live.offered_behind_max,
            "frames_that_waited_for_views": live.held_back,
            "most_acknowledged_per_s": rounded(live.most_acknowledged_per_s),
            "most_folded_per_s": rounded(live.most_folded_per_s),
        }
        | percentiles(live.acknowledged_ns, "offered_acknowledged")
        | percentiles(live.pages_at_rest, "page_at_rest")
        | percentiles(live.pages_in_flow, "page_in_flow"),
        [
            at_least("orders to history a second, as offered", live.offered_folded_per_s, 0.95 * OFFERED_PER_S),
            at_least("orders to history a second, most", live.most_folded_per_s, OFFERED_PER_S),
            at_most("frames that waited for the views at the offered rate", live.held_back, 0),
            at_most("a page of the large account, p99, ms", page_ms_max / 1_000, PAGE_MS_MAX),
        ],
    )


class Lived(NamedTuple):
    offered_folded_per_s: float
    offered_refused: int
    offered_behind_max: int
    held_back: int
    acknowledged_ns: list[int]
    most_acknowledged_per_s: float
    most_folded_per_s: float
    pages_at_rest: list[int]
    pages_in_flow: list[int]


def orders(first: int, count: int) -> np.ndarray:
    """COMMAND[count]: a bid that rests, an ask that takes it, and so on; buyers and sellers are never the same."""
    number = np.arange(first, first + count)
    commands = np.zeros(count, COMMAND)
    trader = number * 7_919 % (ACCOUNTS // 2 - 1)
    commands["kind"] = CommandKind.ORDER
    commands["account"] = FIRST_TRADER + np.where(number % 2 == 0, 1 + trader, ACCOUNTS // 2 + trader)
    commands["account"][number % LARGE_EVERY == 0] = LARGE_ACCOUNT
    commands["side"] = np.where(number % 2 == 0, Side.BUY, Side.SELL)
    commands["type"] = OrderType.LIMIT
    commands["tif"] = TimeInForce.GTC
    commands["stp"] = SelfTrade.EXPIRE_TAKER
    commands["price_ticks"] = PRICE_TICKS + number // 2 % 64
    commands["quantity"] = 1
    commands["text_bytes"] = TEXT_BYTES
    commands["client_hi"], commands["client_lo"] = digests(number)
    return commands


def filled(count: int) -> Exchange:
    """An exchange with so many orders in its history."""
    exchange = Exchange()
    number = 0

    def run(work: Work) -> None:
        nonlocal number
        exchange.views.apply(exchange.run(number, TIME_FIRST_NS + number * FRAME_STEP_NS, work))
        exchange.views.publication()
        number += 1

    for command in cold_commands(1, ACCOUNTS):
        run(Work(NO_COMMANDS, b"", command))
    for frame in frames(deposits(1, ACCOUNTS)):
        run(Work(frame.commands, frame.texts, None))
    texts = b"x" * (TEXT_BYTES * BATCH)
    for first in range(0, count, BATCH):
        commands = orders(first, min(BATCH, count - first))
        run(Work(commands, texts[: TEXT_BYTES * len(commands)], None))
    last = exchange.views.answer(OrderQuestion(LARGE_ACCOUNT, 0, order_id=count - LARGE_EVERY + 1))
    assert isinstance(last, OrdersAnswer) and last.rows, "an order was refused: the history is shorter than it says"
    return exchange


async def lived(exchange: Exchange, root: Path, live: int, pages: int) -> Lived:
    places = Places(root)
    writer = Writer(places, exchange, FileStore.open(places.journal), journal_signer(places))
    pages_at_rest = [await page_ns(writer, question) for question in questions(pages)]
    flow = Flow(writer, ORDERS)
    paging = asyncio.ensure_future(paged_while(writer, flow, questions(pages)))
    await flow.at_rate(live, OFFERED_PER_S)
    folded_s = await flow.folded()
    pages_in_flow = await paging
    offered = Flow(writer, ORDERS + live)
    await offered.at_most(live)
    acknowledged_s = time.perf_counter() - offered.started_s
    most_folded_s = await offered.folded()
    await writer.stop()
    return Lived(
        (live - flow.refused) / folded_s,
        flow.refused,
        flow.behind_max,
        flow.held_back,
        flow.acknowledged_ns,
        live / acknowledged_s,
        live / most_folded_s,
        pages_at_rest,
        pages_in_flow,
    )


class Flow:
    """Orders from a number on, sent to a writer, and what became of them."""

    def __init__(self, writer: Writer, first: int) -> None:
        self.started_s = time.perf_counter()
        self.behind_max = 0
        self.held_back = 0
        self.acknowledged_ns: list[int] = []
        self.ended = False
        self._writer = writer
        self._first = first
        self.refused = 0
        self._submitted = self._answered = 0
        self._nothing_waits = asyncio.Event()

    def submit(self, count: int, answered: Callable[[], None]) -> None:
        """The next so many orders, in one submission."""
        commands = orders(self._first + self._submitted, count)
        self._submitted += count
        started_ns = time.perf_counter_ns()

        def done(*_: Any) -> None:
            self.acknowledged_ns.append(time.perf_counter_ns() - started_ns)
            end()

        def refused(refusal: Refusal) -> None:
            assert refusal == Refusal.OVERLOADED, refusal
            self.refused += count
            end()

        def end() -> None:
            self._answered += count
            if self._answered == self._submitted:
                self._nothing_waits.set()
            answered()

        self._nothing_waits.clear()
        texts = b"x" * (TEXT_BYTES * count)
        self._writer.submit(Submission(commands.tobytes(), texts, None, count, done, refused))

    async def at_rate(self, count: int, rate: float) -> None:
        """Submissions by the clock, whether or not those before are answered."""
        self.started_s = time.perf_counter()
        while self._submitted < count:
            due = min(int((time.perf_counter() - self.started_s) * rate) + SUBMISSION, count)
            while self._submitted < due:
                self.submit(min(SUBMISSION, due - self._submitted), lambda: None)
            self.behind_max = max(self.behind_max, self._writer.views_behind_commands)
            self.held_back += self._writer.views_hold_back
            await asyncio.sleep(SUBMISSION / rate)
        await self._nothing_waits.wait()

    async def at_most(self, count: int) -> None:
        """Full frames, as many waiting as the queue takes."""
        finished = asyncio.Event()

        def next_frame() -> None:
            if self._submitted < count:
                self.submit(min(BATCH, count - self._submitted), next_frame)
            elif self._answered == self._submitted:
                finished.set()

        for _ in range(8):
            next_frame()
        await finished.wait()

    async def folded(self) -> float:
        """When the views have seen everything: the seconds since the first submission."""
        self.ended = True
        await page_ns(self._writer, OrdersQuestion(LARGE_ACCOUNT, 0, limit=1))
        return time.perf_counter() - self.started_s


def questions(count: int) -> list[Question]:
    """Pages of the large account's orders and trades: the newest, from an id on, between two times."""
    random = Random(count)
    asked: list[Question] = []
    for number in range(count):
        order_id = random.randrange(1, ORDERS)
        at_ns = TIME_FIRST_NS + random.randrange(ORDERS // BATCH) * FRAME_STEP_NS
        until_ns = at_ns + 1_000 * FRAME_STEP_NS
        asked.append(
            (
                OrdersQuestion(LARGE_ACCOUNT, 0, limit=500),
                OrdersQuestion(LARGE_ACCOUNT, 0, order_id_min=order_id, limit=1_000, newest=False),
                OrdersQuestion(LARGE_ACCOUNT, 0, start_ns=at_ns, end_ns=until_ns, limit=1_000),
                TradesQuestion(LARGE_ACCOUNT, 0, limit=500),
                TradesQuestion(LARGE_ACCOUNT, 0, trade_id_min=order_id // 2, limit=1_000, newest=False),
                TradesQuestion(LARGE_ACCOUNT, 0, start_ns=at_ns, end_ns=until_ns, limit=1_000),
            )[number % 6]
        )
    return asked


async def page_ns(writer: Writer, question: Question) -> int:
    """From the question to its answer, which must hold rows."""
    answered: asyncio.Future[Answer | Exception] = asyncio.get_running_loop().create_future()
    started_ns = time.perf_counter_ns()
    writer.ask(question, answered.set_result)
    answer = await answered
    taken_ns = time.perf_counter_ns() - started_ns
    assert isinstance(answer, OrdersAnswer | TradesAnswer) and answer.rows, question
    return taken_ns


async def paged_while(writer: Writer, flow: Flow, asked: list[Question]) -> list[int]:
    """Page after page as long as orders flow."""
    taken = []
    for question in cycle(asked):
        if flow.ended:
            break
        taken.append(await page_ns(writer, question))
        await asyncio.sleep(0.002)
    return taken
