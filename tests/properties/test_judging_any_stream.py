"""Judges and reports on streams around coins, hostile ones too: nothing surprises them, and their own reckoning of
what backs a coin is the core's.
"""

from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from typing import NamedTuple

import pytest

from venus.cli.rules import day_ns
from venus.core.machine import Machine
from venus.journal.merkle import verify_inclusion
from venus.packs.regimes import held_on, regimes
from venus.records.batch import Batch
from venus.records.commands import plain
from venus.supervisor.judging import Ask, Judge
from venus.supervisor.month_fold import MonthFold
from venus.supervisor.report_files import as_csv, as_json
from venus.supervisor.report_pdf import as_pdf
from venus.supervisor.state_checks import CHECKS
from venus.testing.coin_flow import CoinFlow
from venus.testing.frames import apply
from venus.units import NS_PER_S

COMMANDS = 250
SEEDS = 4
SEEDS_HEAVY = 40
ON = date(2027, 2, 1)
"""A day on which every regime holds."""


class Read(NamedTuple):
    """A frame as the engine rereads it, without a journal."""

    number: int
    time_ns: int
    hash: bytes
    batch: Batch | None
    note: str
    event_chain: bytes


def readings(seed: int, machine: Machine) -> Iterator[Read]:
    flow = CoinFlow(seed)
    for number, frame in enumerate(flow.frames(COMMANDS)):
        events = apply(machine, frame)
        flow.learn(events)
        cold = None if frame.cold is None else plain(frame.cold)
        batch = Batch(number, frame.time_ns, frame.first_sequence, frame.commands, frame.texts, cold, events)
        yield Read(number, frame.time_ns, sha256(b"%d" % number).digest(), batch, "", bytes(32))


def look(seed: int) -> None:
    machine = Machine()
    read = list(readings(seed, machine))
    last_ns = read[-1].time_ns
    judges = [Judge(held_on(name, ON), Ask({}, {})) for name in regimes()]
    codes = machine.facts.asset_codes
    folds = {coin: MonthFold(codes[coin], "all of it", 0, last_ns + 1) for coin in machine.affairs.coins}
    assert folds
    for reading in read:
        assert reading.batch is not None
        for judge in judges:
            judge.apply(reading.batch)
        for fold in folds.values():
            fold.apply(reading)
    for judge in judges:
        judge.finish(last_ns + NS_PER_S)
        assert judge.coins == sorted(machine.affairs.coins)
        for finding in judge.findings:
            assert finding.until_ns < 0 or finding.time_ns <= finding.until_ns <= last_ns + NS_PER_S
            assert 0 <= finding.frame <= read[-1].number and finding.amount >= 0
    for number, fold in folds.items():
        check_report(fold, machine, number)


def check_report(fold: MonthFold, machine: Machine, number: int) -> None:
    """At the time of the last frame; timers that are due have fired with it."""
    coin = machine.affairs.coins[number]
    report = fold.report()
    assert (
        report.closing_atoms == coin.supply_atoms == report.minted_atoms - report.redeemed_atoms - report.burned_atoms
    )
    assert report.backing_atoms == coin.backing_atoms
    assert {row.number: row.atoms for row in report.reserves} == {
        reserve: machine.affairs.reserves[reserve].atoms for reserve in coin.reserves
    }
    assert report.waiting_atoms == coin.waiting_atoms
    assert sum(row.atoms - row.paid_atoms for row in report.redemptions) == coin.waiting_atoms
    root = bytes.fromhex(report.proof.log_root)
    for cited in report.proof.cited:
        path = [bytes.fromhex(node) for node in cited.path]
        assert verify_inclusion(bytes.fromhex(cited.hash), cited.number, report.proof.frames, path, root)
    assert as_json(report) and as_csv(report) and as_pdf(report).startswith(b"%PDF")


@pytest.mark.parametrize("seed", range(SEEDS))
def test_on_a_stream(seed: int) -> None:
    look(seed)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(SEEDS, SEEDS_HEAVY))
def test_on_another_stream(seed: int) -> None:
    look(seed)


@pytest.mark.heavy
def test_streams_break_rules_of_every_kind_that_a_state_can_break() -> None:
    """Otherwise the streams say nothing about them."""
    missing = set(CHECKS)
    kinds = {rule.id: rule.kind for regime in regimes().values() for rule in regime.rules}
    for seed in range(60):
        judges = [Judge(held_on(name, ON), Ask({}, {})) for name in ("genius", "mica", "mas")]
        for reading in readings(seed, Machine()):
            for judge in judges:
                assert reading.batch is not None
                judge.apply(reading.batch)
        for judge in judges:
            judge.finish(day_ns(ON))
            missing -= {kinds[finding.rule] for finding in judge.findings}
        if not missing:
            break
    assert not missing
