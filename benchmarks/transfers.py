"""`transfers`: payments a second between wallets whose limits are all asked, in the core and with every frame synced.

In the core it is measured with few wallets and with ten million whose load is skewed, in batches of 8,000: what a batch
takes is told too. The memory of references begins as long as it is after sixteen million payments, so that it does not
double meanwhile; what a doubling takes, for which one batch waits, is told by itself. So is what the system takes to
hand out memory that was never touched, of which each payment needs 64 bytes: the measured ones find it touched. A guest
whose host has that memory still to find can need more for it than for the payment.

Durable is the real engine in this process, from the first submission to the last synced answer: without views, and with
them, of which answers may run ahead by VIEWS_BEHIND_COMMANDS_MAX.
"""

import asyncio
import mmap
import time
from functools import partial

import numpy as np

from benchmarks.engine_run import FULL_FRAMES_QUEUED, cold, engine, folder, hot, push
from benchmarks.report import Report, at_least, interleaved, median, percentiles, report, rounded
from benchmarks.venus_flow import HotFrame, frames
from benchmarks.wallet_world import BATCH, FRAME_STEP_NS, TIME_FIRST_NS, funding, payments, set_up
from venus.core.machine import Machine
from venus.core.memory import CAPACITY
from venus.engine.wire import FRAME_COMMANDS_MAX
from venus.records.events import EventKind
from venus.records.rejects import Reject

WALLETS, WALLETS_MANY = 100_000, 10_000_000
PAYMENTS = 2_000_000
REFERENCES = 1 << 24
PAYMENTS_KEPT = 1 << 21
ROUNDS, ROUNDS_LONG = 3, 7
CORE_MIN, DURABLE_MIN = 5_000_000, 1_000_000


def measure(long: bool) -> Report:
    rounds = ROUNDS_LONG if long else ROUNDS
    figures: dict[str, object] = {
        "batch": BATCH,
        "payments": PAYMENTS,
        "wallets": WALLETS,
        "wallets_many": WALLETS_MANY,
    }
    few, batches_ns = run_core(WALLETS, rounds, skewed=False)
    figures |= {"core_payments_per_s": median(few)} | percentiles(batches_ns, "core_batch")
    durable = interleaved(
        {"durable": partial(run_durable, False), "durable_with_views": partial(run_durable, True)}, rounds
    )
    figures |= {f"{name}_payments_per_s": median(rates) for name, rates in durable.items()}
    many, batches_ns = run_core(WALLETS_MANY, rounds, skewed=True)
    figures["references_doubling_ms"] = rounded(doubling_ms())
    figures["reference_first_touch_ns"] = rounded(touch(Machine.sized(CAPACITY._replace(references=REFERENCES))))
    figures |= {"core_many_skewed_payments_per_s": median(many)} | percentiles(batches_ns, "core_many_batch")
    return report(
        "transfers",
        figures,
        [
            at_least("payments/s in the core", median(few), CORE_MIN),
            at_least("payments/s in the core, ten million wallets, skewed", median(many), CORE_MIN),
            at_least("payments/s, every frame synced", median(durable["durable"]), DURABLE_MIN),
            at_least(
                "payments/s, every frame synced, with all views folded in the same time",
                median(durable["durable_with_views"]),
                DURABLE_MIN,
            ),
        ],
    )


def prepared(wallets: int) -> Machine:
    """Wallets that have money."""
    machine = Machine.sized(CAPACITY._replace(references=REFERENCES))
    touch(machine)
    for command in set_up(wallets):
        said = machine.apply_cold(TIME_FIRST_NS, machine.next_sequence, command)
        assert said[-1]["kind"] != EventKind.REJECTED, (command, Reject(said[-1]["reason"]).name)
    for frame in funding(wallets):
        machine.apply_hot(TIME_FIRST_NS, machine.next_sequence, frame.commands, frame.texts)
    return machine


def touch(machine: Machine) -> float:
    """Take every page of the references from the system; the ns of this thread that one of them needs for it."""
    references = machine.memory["references"]
    started_ns = time.thread_time_ns()
    references.view(np.uint8)[:: mmap.PAGESIZE] = 0
    return (time.thread_time_ns() - started_ns) / len(references)


def run_core(wallets: int, rounds: int, *, skewed: bool) -> tuple[list[float], list[float]]:
    """Payments per second of this thread's CPU time, round by round, and what each batch took by the clock."""
    machine = prepared(wallets)
    time_ns, rates, batches_ns = TIME_FIRST_NS, list[float](), list[float]()
    for number in range(rounds):
        batches = frames(payments(PAYMENTS, wallets, skewed=skewed, seed=2 + number), BATCH)
        said = np.zeros(256, np.int64)
        started_s = time.thread_time()
        for frame in batches:
            time_ns += FRAME_STEP_NS
            began_ns = time.perf_counter_ns()
            events = machine.apply_hot(time_ns, machine.next_sequence, frame.commands, frame.texts)
            batches_ns.append(time.perf_counter_ns() - began_ns)
            said += np.bincount(events["kind"], minlength=256)
        rates.append(PAYMENTS / (time.thread_time() - started_s))
        assert said[EventKind.TRANSFERRED] == said.sum() == PAYMENTS, "not all were paid"
    return rates, batches_ns


def doubling_ms() -> float:
    """Of the references of two million payments; it takes as much longer as there are more."""
    machine = Machine.sized(CAPACITY._replace(references=PAYMENTS_KEPT))
    for command in set_up(WALLETS):
        machine.apply_cold(TIME_FIRST_NS, machine.next_sequence, command)
    started_s = time.perf_counter()
    machine.memory.grow("references", 2 * PAYMENTS_KEPT)
    return (time.perf_counter() - started_s) * 1_000


def run_durable(with_views: bool) -> float:
    """Payments per second from the first submission to the last durable answer."""
    batches: list[HotFrame] = frames(payments(PAYMENTS, WALLETS, skewed=False), FRAME_COMMANDS_MAX)

    async def measured() -> float:
        with folder() as root:
            async with engine(root, with_views) as writer:
                await push(writer, map(cold, set_up(WALLETS, time.time_ns())))
                await push(writer, map(hot, funding(WALLETS, batch=FRAME_COMMANDS_MAX)), FULL_FRAMES_QUEUED)
                works = [hot(frame) for frame in batches]
                started_s = time.perf_counter()
                await push(writer, works, FULL_FRAMES_QUEUED)
                return PAYMENTS / (time.perf_counter() - started_s)

    return asyncio.run(measured())
