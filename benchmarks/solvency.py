"""`solvency`: what it costs that supply never exceeds reserves, in ns a command.

With 20 coins, each with 10 custodians and 6 tenors. Hot: transfers of a coin beside transfers of an asset that is
none, in the same machine. Cold: the reckoning itself, one reserve's change up to the verdict on its coin, and whole
approved attestations; both beside a world of one coin with one reserve, since the cost must not grow with the number of
reserves.
"""

import time
from functools import partial

import numpy as np

from benchmarks.coin_world import CUSTODIAN_FIRST, ISSUER, PERSONS, PLENTY, CoinWorld
from benchmarks.report import Report, at_most, interleaved, median, ratio, report
from venus.core.backing import count_reserve, settle
from venus.core.machine import Machine
from venus.core.steps import Step
from venus.records.coins import ConfirmReceipt, Mint
from venus.records.commands import COMMAND, CommandKind
from venus.records.events import EventFlag, EventKind
from venus.testing.worlds import transfer
from venus.units import INT64_MAX

TRANSFERS, ROUNDS, ROUNDS_LONG = 100_000, 9, 21
RECKONINGS = 20_000
ATTESTATIONS = 400
BATCH = 4_096
START_NS = 1_780_000_000_000_000_000
HOT_RATIO_MAX = 1.15
GROWTH_MAX = 3.0
"""It grows with the custodians of one coin, whose parts are limited one by one, and not with reserves or coins."""
MANY = CoinWorld(coins=20, custodians=10, tenors=6, time_ns=START_NS)
ONE = CoinWorld(coins=1, custodians=1, tenors=1, time_ns=START_NS)
_SMALL = 10**9


def measure(long: bool) -> Report:
    rounds = ROUNDS_LONG if long else ROUNDS
    many, one = prepared(MANY), prepared(ONE)
    fund(many, MANY)
    hot = interleaved(
        {
            "coin": Transfers(many, MANY, MANY.coins - 1),
            "plain": Transfers(many, MANY, MANY.plain_asset),
        },
        rounds,
    )
    reckoning = interleaved({"many": partial(reckon, many, MANY), "one": partial(reckon, one, ONE)}, rounds)
    attesting = interleaved({"many": Attestations(many, MANY), "one": Attestations(one, ONE)}, rounds)
    shares = {
        "hot": ratio(hot, "coin", "plain"),
        "reckoning": ratio(reckoning, "many", "one"),
        "attesting": ratio(attesting, "many", "one"),
    }
    return report(
        "solvency",
        {
            "coins": MANY.coins,
            "custodians": MANY.custodians,
            "tenors": MANY.tenors,
            "reserves": MANY.reserves,
            "transfer_of_a_coin_ns": median(hot["coin"]),
            "transfer_of_another_asset_ns": median(hot["plain"]),
            "commit_condition_ns": median(reckoning["many"]),
            "commit_condition_with_one_reserve_ns": median(reckoning["one"]),
            "approved_attestation_ns": median(attesting["many"]),
            "approved_attestation_with_one_reserve_ns": median(attesting["one"]),
            "transfer_of_a_coin_over_another": shares["hot"],
        },
        [
            at_most("transfer of a coin / of another asset", shares["hot"], HOT_RATIO_MAX),
            at_most("commit condition, 1,200 reserves / 1", shares["reckoning"], GROWTH_MAX),
            at_most("approved attestation, 1,200 reserves / 1", shares["attesting"], GROWTH_MAX),
        ],
    )


def prepared(world: CoinWorld) -> Machine:
    machine = Machine()
    for command in world.set_up():
        events = machine.apply_cold(START_NS, machine.next_sequence, command)
        assert events[-1]["kind"] != EventKind.REJECTED, (command, events[-1]["reason"])
    return machine


def fund(machine: Machine, world: CoinWorld) -> None:
    """The same money of the last coin, minted, and of the plain asset, deposited, for every person."""
    coin = world.coins - 1
    reserve = world.reserve(coin, 0, 0)
    for person in range(PERSONS):
        account = world.first_person + person
        receipt = ConfirmReceipt(
            reference=f"receipt {person}",
            reserve=reserve,
            account=account,
            atoms=_SMALL,
            bank_reference=f"wire {person}",
        )
        mint = Mint(
            reference=f"mint {person}",
            coin=coin,
            minter=ISSUER,
            receipt=person + 1,
            account=account,
            atoms=_SMALL,
        )
        for command, institution in ((receipt, CUSTODIAN_FIRST), (mint, ISSUER)):
            signed = world.signed(command, institution)
            assert machine.apply_cold(START_NS, machine.next_sequence, signed)[-1]["kind"] != EventKind.REJECTED
        deposit, _ = transfer(world.outside_account, account, world.plain_asset, _SMALL, f"deposit {person}")
        record = np.frombuffer(deposit.pack(), COMMAND)
        machine.apply_hot(START_NS, machine.next_sequence, record, b"")


class Transfers:
    """Called, it makes so many transfers between persons, each with a reference of its own; ns for one, of CPU time."""

    def __init__(self, machine: Machine, world: CoinWorld, asset: int) -> None:
        self._machine = machine
        self._random = np.random.default_rng(asset)
        number = np.arange(TRANSFERS)
        self._commands = np.zeros(TRANSFERS, COMMAND)
        self._commands["kind"] = CommandKind.TRANSFER
        self._commands["account"] = world.first_person + number % PERSONS
        self._commands["target_lo"] = world.first_person + (number + 1) % PERSONS
        self._commands["subject"] = asset
        self._commands["quantity"] = 1

    def __call__(self) -> float:
        for half in ("client_hi", "client_lo"):  # as digests of texts are
            self._commands[half] = self._random.integers(1, INT64_MAX, TRANSFERS)
        machine = self._machine
        started_ns = time.thread_time_ns()
        for start in range(0, TRANSFERS, BATCH):
            batch = self._commands[start : start + BATCH]
            events = machine.apply_hot(START_NS, machine.next_sequence, batch, b"")
            assert events[-1]["kind"] == EventKind.TRANSFERRED, events[-1]
        return (time.thread_time_ns() - started_ns) / TRANSFERS


def reckon(machine: Machine, world: CoinWorld) -> float:
    """ns from a change of one reserve to the verdict on its coin: what every command on reserves pays."""
    affairs = machine.affairs
    step = Step(machine.memory, machine.facts, affairs, machine.next_sequence, START_NS, EventFlag.NONE)
    numbers = [number * 7 % world.reserves for number in range(RECKONINGS)]
    began = machine.memory.counters.copy()
    elapsed_ns = 0
    for number in numbers:
        reserve = affairs.reserves[number]
        reserve.atoms += 1 if reserve.atoms == PLENTY else -1
        machine.memory.counters[:] = began
        started_ns = time.perf_counter_ns()
        count_reserve(step, number)
        settle(step, affairs.coins[reserve.coin])
        elapsed_ns += time.perf_counter_ns() - started_ns
    machine.memory.counters[:] = began
    return elapsed_ns / RECKONINGS


class Attestations:
    """Called, it applies so many approved attestations; ns for one, two signatures and all."""

    def __init__(self, machine: Machine, world: CoinWorld) -> None:
        self._machine, self._world = machine, world
        self._as_of_ns = START_NS

    def __call__(self) -> float:
        machine, world = self._machine, self._world
        commands = []
        for number in range(ATTESTATIONS):
            self._as_of_ns += 1
            reserve = number * 7 % world.reserves
            commands.append(
                world.attestation(f"attestation {self._as_of_ns}", reserve, self._as_of_ns, PLENTY - number % 2)
            )
        started_ns = time.thread_time_ns()
        for command in commands:
            events = machine.apply_cold(self._as_of_ns, machine.next_sequence, command)
            assert events[-1]["kind"] == EventKind.RESERVE_ATTESTED, events[-1]
        return (time.thread_time_ns() - started_ns) / ATTESTATIONS
