"""`interest`: payments go on while a regime begins at midnight and interest is paid to millions of wallets.

Batches of 8,000 payments, one a frame, before midnight; then the clock passes it, the first frame begins the regime
that was adopted for it, the central bank posts interest, and every further frame pays 16,384 wallets beside its
payments until the sweep is through; then batches again. Told are payments a second of each of the three parts, what a
batch took, and what the sweep did. Synced is the same through the real engine in this process, with views and without:
what follows the sweep waits for views that are behind by then.
"""

import asyncio
import time
from typing import NamedTuple

import msgspec
import numpy as np

from benchmarks.engine_run import FULL_FRAMES_QUEUED, cold, engine, folder, hot, push
from benchmarks.report import Report, at_least, percentiles, report, rounded
from benchmarks.transfers import prepared
from benchmarks.venus_flow import frames
from benchmarks.wallet_world import BATCH, FRAME_STEP_NS, LIMITS, TIME_FIRST_NS, funding, payments, set_up
from venus.core.machine import Machine
from venus.core.regimes import SWEPT_A_FRAME
from venus.engine.clock import Clock
from venus.engine.wire import FRAME_COMMANDS_MAX
from venus.records.coins import DAY_NS
from venus.records.commands import ColdCommand
from venus.records.currency import AdoptRegime, PostInterest
from venus.records.events import EventKind
from venus.testing.first_tier import DCNY
from venus.testing.officials import CENTRAL_BANK, signed_by

WALLETS_CORE, WALLETS_SYNCED = 10_000_000, 1_000_000
BATCHES_ASIDE = 100  # before midnight, and after the sweep
SYNCED_BATCHES_ASIDE = 16
PAYMENTS_MIN = 300_000
EAST_NS = 8 * 3_600 * 10**9


class Part(NamedTuple):
    """Some batches of payments, and what each took."""

    payments: int
    batches_ns: list[float]

    @property
    def rate(self) -> float:
        return self.payments / (sum(self.batches_ns) / 1e9)


def measure(long: bool) -> Report:
    figures: dict[str, object] = {"batch": BATCH, "wallets_a_frame": SWEPT_A_FRAME}
    figures |= {"core_wallets": WALLETS_CORE, "synced_wallets": WALLETS_SYNCED}
    before, regime_ns, during, after = run_core(WALLETS_CORE)
    for name, part in (("before", before), ("during", during), ("after", after)):
        figures[f"core_{name}_payments_per_s"] = rounded(part.rate)
        figures |= percentiles(part.batches_ns, f"core_{name}_batch")
    figures["core_regime_begins_us"] = rounded(regime_ns / 1_000)
    figures["core_sweep_s"] = rounded(sum(during.batches_ns) / 1e9)
    bounds = [at_least("payments/s in the core while ten million wallets are paid", during.rate, PAYMENTS_MIN)]
    for views in (False, True):
        how = "synced_with_views" if views else "synced"
        rates = run_synced(WALLETS_SYNCED, views)
        figures |= {f"{how}_{name}_payments_per_s": rounded(rate) for name, rate in rates.items()}
        if not views:
            bounds.append(at_least("payments/s, synced, while a million are paid", rates["during"], PAYMENTS_MIN))
    return report("interest", figures, bounds)


def midnight_after(time_ns: int) -> int:
    """The next one in the regime's east."""
    return (time_ns + EAST_NS) // DAY_NS * DAY_NS + DAY_NS - EAST_NS


def tomorrow(now_ns: int) -> ColdCommand:
    """More interest and wider limits, from midnight on."""
    single, ppm = 2 * LIMITS.single_atoms_max, LIMITS.interest_ppm + 20
    wider = msgspec.structs.replace(LIMITS, single_atoms_max=single, interest_ppm=ppm)
    regime = AdoptRegime(
        reference="tomorrow",
        currency=DCNY,
        name="tomorrow",
        from_ns=midnight_after(now_ns),
        day_offset_ns=EAST_NS,
        classes=(wider,),
    )
    return signed_by(regime, now_ns, CENTRAL_BANK)


def interest(now_ns: int) -> ColdCommand:
    return signed_by(PostInterest(reference="interest", currency=DCNY), now_ns, CENTRAL_BANK)


def run_core(wallets: int) -> tuple[Part, float, Part, Part]:
    """Before midnight, ns of the command that finds the regime due, while interest is paid, and after."""
    machine = prepared(wallets)
    time_ns = TIME_FIRST_NS
    events = machine.apply_cold(time_ns, machine.next_sequence, tomorrow(time_ns))
    assert events[-1]["kind"] == EventKind.REGIME_ADOPTED
    sweep_frames = -(-wallets // SWEPT_A_FRAME)
    work = iter(frames(payments((sweep_frames + 2 * BATCHES_ASIDE) * BATCH, wallets, skewed=True, seed=2), BATCH))
    paid = 0

    def pay(count: int, sweeps: bool) -> Part:
        nonlocal time_ns, paid
        batches_ns, transferred = list[float](), 0
        for _ in range(count):
            frame = next(work)
            time_ns += FRAME_STEP_NS
            began_ns = time.perf_counter_ns()
            events = machine.apply_hot(time_ns, machine.next_sequence, frame.commands, frame.texts)
            batches_ns.append(time.perf_counter_ns() - began_ns)
            kinds = np.bincount(events["kind"], minlength=256)
            transferred += int(kinds[EventKind.TRANSFERRED] - kinds[EventKind.INTEREST_PAID])
            paid += int(kinds[EventKind.INTEREST_PAID])
            assert not kinds[EventKind.REJECTED]
        assert transferred == count * BATCH, "not all were paid"
        assert bool(paid) == sweeps
        return Part(count * BATCH, batches_ns)

    before = pay(BATCHES_ASIDE, sweeps=False)
    time_ns = midnight_after(TIME_FIRST_NS) + FRAME_STEP_NS
    began_ns = time.perf_counter_ns()
    events = machine.apply_cold(time_ns, machine.next_sequence, interest(time_ns))
    regime_ns = time.perf_counter_ns() - began_ns
    assert [*events["kind"][[0, -1]]] == [EventKind.REGIME_BEGUN, EventKind.INTEREST_BEGUN]
    during = pay(sweep_frames, sweeps=True)
    assert paid == wallets, paid
    paid = 0
    return before, regime_ns, during, pay(BATCHES_ASIDE, sweeps=False)


def run_synced(wallets: int, with_views: bool) -> dict[str, float]:
    """Payments per second from the first submission to the last durable answer, of each part."""
    frames_swept = -(-wallets // SWEPT_A_FRAME)
    many = payments((2 * SYNCED_BATCHES_ASIDE + frames_swept) * FRAME_COMMANDS_MAX, wallets, skewed=True)
    works = [hot(frame) for frame in frames(many, FRAME_COMMANDS_MAX)]
    cuts = {"before": slice(0, SYNCED_BATCHES_ASIDE)}
    cuts["during"] = slice(SYNCED_BATCHES_ASIDE, SYNCED_BATCHES_ASIDE + frames_swept)
    cuts["after"] = slice(SYNCED_BATCHES_ASIDE + frames_swept, None)
    rates = {}

    async def measured() -> None:
        clock = Clock(0)
        with folder() as root:
            async with engine(root, with_views, clock) as writer:
                now_ns = time.time_ns()
                await push(writer, map(cold, [*set_up(wallets, now_ns), tomorrow(now_ns)]))
                await push(writer, map(hot, funding(wallets, batch=FRAME_COMMANDS_MAX)), FULL_FRAMES_QUEUED)
                for name, cut in cuts.items():
                    if name == "during":
                        clock.last_ns = midnight_after(now_ns)  # where it stands from now on
                        await push(writer, [cold(interest(clock.last_ns))])
                    started_s = time.perf_counter()
                    await push(writer, works[cut], FULL_FRAMES_QUEUED)
                    rates[name] = len(works[cut]) * FRAME_COMMANDS_MAX / (time.perf_counter() - started_s)
                assert not sweeping(writer.exchange.machine), "interest is still under way"

    asyncio.run(measured())
    return rates


def sweeping(machine: Machine) -> bool:
    lines = machine.memory["currencies"]
    return bool((lines["sweep_next"] < lines["sweep_stop"]).any())
