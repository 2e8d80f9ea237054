"""What kernels must know of currencies: days, classes of wallets, operators. Source: docs/rules/currency.md, "Days"."""

from collections.abc import Sequence

import numpy as np

from venus.core.kernels import layout
from venus.core.kernels.controls import open_balance
from venus.core.kernels.interest import SAID_A_WALLET, sweep_interest
from venus.core.kernels.layout import class_place, operator_place
from venus.core.memory import Memory
from venus.core.steps import Step
from venus.records.currency import WalletClass
from venus.records.events import EventKind
from venus.units import NS_PER_S

DAY_NS = 24 * 3600 * NS_PER_S
INTEREST_PPM_MAX = 100_000
_DAY_MAX = 2**16 - 1
_INDEX_MAX = 2**32 - 1
SWEPT_A_FRAME = 16_384
# A class earns at most so much an atom in a hundred years: what a wallet has seen of it fits 32 bits.
assert INTEREST_PPM_MAX * 36_525 <= _INDEX_MAX


def is_sound(one: WalletClass) -> bool:
    """Whether a class's interest can be reckoned: for a hundred years it does not leave int64."""
    limits = (one.balance_atoms_max, one.single_atoms_max, one.day_atoms_max, one.year_atoms_max)
    return (
        all(0 <= limit <= layout.PAID_MAX for limit in limits)
        and 0 <= one.interest_ppm <= INTEREST_PPM_MAX
        and 0 <= one.sub_wallets_max < 2**16
        and (one.interest_ppm == 0 or one.balance_atoms_max >= 1)
        and one.balance_atoms_max * one.interest_ppm * 36_525 <= layout.PAID_MAX
    )


def has_room(memory: Memory) -> bool:
    return int(memory.counters[layout.CURRENCIES_COUNT]) < layout.CURRENCIES_MAX


def open_currency(memory: Memory, asset: int) -> int:
    """Make room for a currency, its operators and classes; returns the number by which kernels know it."""
    number = int(memory.counters[layout.CURRENCIES_COUNT]) + 1
    memory.grow("currencies", number + 1)
    memory.grow("operators", operator_place(number + 1, 0))
    memory.grow("wallet_classes", class_place(number + 1, 0))
    memory.counters[layout.CURRENCIES_COUNT] = number
    memory["currencies"][number]["asset"] = asset
    return number


def currency_number(memory: Memory, asset: int) -> int:
    """The number of the currency that an asset is, or 0."""
    for number in range(1, int(memory.counters[layout.CURRENCIES_COUNT]) + 1):
        if memory["currencies"][number]["asset"] == asset:
            return number
    return 0


def set_treasury(memory: Memory, currency: int, operator: int, treasury: int) -> None:
    """Where an operator's wallets pour to and draw from, and who pays their interest."""
    asset = int(memory["currencies"][currency]["asset"])
    row = memory["operators"][operator_place(currency, operator)]
    row["treasury_slot"] = open_balance(memory.table, treasury, asset)
    row["treasury"] = treasury


def move_wallets(memory: Memory, currency: int, from_operator: int, to_operator: int) -> None:
    """Let an operator's wallets, and those that once came to it, be another's; none of them is touched."""
    operators = memory["operators"]
    gone, to = operators[operator_place(currency, from_operator)], operators[operator_place(currency, to_operator)]
    gone["moved"] = 1
    first = operator_place(currency, 0)
    for row in operators[first : first + layout.OPERATORS_MAX]:
        if row["moved"] and row["treasury_slot"] == gone["treasury_slot"]:
            row["treasury"], row["treasury_slot"] = to["treasury"], to["treasury_slot"]


def begin(memory: Memory, currency: int, classes: Sequence[WalletClass], day_offset_ns: int, from_ns: int) -> None:
    """Let a regime hold from a time on. Wallets name classes by number, so that none is touched."""
    _turn_days(memory, currency, from_ns)
    if not memory["wallet_classes"][class_place(currency, 0)]["known"]:
        memory["currencies"][currency]["today"] = 0  # nobody has lived a day of it yet: it begins by its own offset
    for number in range(layout.CLASSES_MAX):
        row = memory["wallet_classes"][class_place(currency, number)]
        row["known"] = number < len(classes)
        row["interest_ppm"] = 0
        if number < len(classes):
            for field in (
                "balance_atoms_max",
                "single_atoms_max",
                "day_atoms_max",
                "year_atoms_max",
                "interest_ppm",
                "sub_wallets_max",
            ):
                row[field] = getattr(classes[number], field)
    memory["currencies"][currency]["day_offset_ns"] = day_offset_ns
    _turn_days(memory, currency, from_ns)


def _year_first(day: int) -> int:
    """The first day of a day's year; both in days since 1970."""
    first, year = 0, 1970
    while day >= first + (length := 366 if _is_leap(year) else 365):
        first, year = first + length, year + 1
    return first


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _turn_days(memory: Memory, currency: int, time_ns: int) -> None:
    """What midnights passed until a time; a day never comes twice."""
    row = memory["currencies"][currency]
    today = max(0, (time_ns + int(row["day_offset_ns"])) // DAY_NS)
    assert today <= _DAY_MAX
    passed = today - int(row["today"])
    if passed <= 0:
        return
    row["today"] = today
    row["year_first"] = _year_first(today)
    for number in range(layout.CLASSES_MAX):
        one = memory["wallet_classes"][class_place(currency, number)]
        one["interest_index"] = min(_INDEX_MAX, int(one["interest_index"]) + passed * int(one["interest_ppm"]))


def turn_days(memory: Memory, time_ns: int) -> None:
    """At the start of a frame: every currency's day."""
    for currency in range(1, int(memory.counters[layout.CURRENCIES_COUNT]) + 1):
        _turn_days(memory, currency, time_ns)


def midnights_ns(memory: Memory) -> list[int]:
    """When the day of each currency ends."""
    rows = memory["currencies"][1 : int(memory.counters[layout.CURRENCIES_COUNT]) + 1]
    return ((rows["today"].astype(np.int64) + 1) * DAY_NS - rows["day_offset_ns"]).tolist()


def is_sweeping(memory: Memory) -> bool:
    """Whether any currency's interest is being paid."""
    return bool(memory["currencies"]["sweep_next"][1 : int(memory.counters[layout.CURRENCIES_COUNT]) + 1].any())


def begin_sweep(memory: Memory, currency: int) -> None:
    row = memory["currencies"][currency]
    row["sweep_next"], row["sweep_stop"] = 1, int(memory.counters[layout.WALLETS_COUNT]) + 1
    row["swept_atoms"] = row["owed_atoms"] = row["swept_count"] = 0


def go_on_sweeping(step: Step) -> None:
    """At the start of a frame: pay interest to the next wallets of each sweep, and say when it is done."""
    memory = step.memory
    for currency in range(1, int(memory.counters[layout.CURRENCIES_COUNT]) + 1):
        row = memory["currencies"][currency]
        if not row["sweep_next"]:
            continue
        wanted = int(memory.counters[layout.EVENTS_COUNT]) + SAID_A_WALLET * SWEPT_A_FRAME + 1
        if len(memory["events"]) < wanted:
            memory.grow("events", wanted)
        left = sweep_interest(memory.table, currency, SWEPT_A_FRAME, step.sequence, step.flags)
        if left:
            continue
        row["sweep_next"] = row["sweep_stop"] = 0
        step.say(
            EventKind.INTEREST_DONE,
            symbol=int(row["asset"]),
            order_id=int(row["swept_count"]),
            quantity_lots=int(row["swept_atoms"]),
            remaining_lots=int(row["owed_atoms"]),
        )
        row["swept_atoms"] = row["owed_atoms"] = row["swept_count"] = 0
