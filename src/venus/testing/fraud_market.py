"""What an operator may do in its markets and to balances, behind the rules' back."""

import numpy as np

from venus.core.kernels import layout
from venus.core.machine import Machine
from venus.records.commands import HOUSE_ACCOUNT, Command, CommandKind, OrderType, Side
from venus.records.events import EventFlag, EventKind
from venus.records.rejects import Reject
from venus.testing.frames import Frame, apply, commands_of, hot_frame
from venus.testing.fraud_hands import Bite, Borrow, balance, first_of, move, rejected

_FREE_OF_FEES_TIER = 7
_PLENTY = 10**15
_LARGE = 10**12
_ENDS = (EventKind.CANCELED, EventKind.EXPIRED, EventKind.FILLED)
_LIMITS = (Reject.TOO_MANY_ORDERS, Reject.NOTIONAL_TOO_SMALL, Reject.QUANTITY_OUT_OF_RANGE, Reject.ASSET_LIMIT)


def altered_fee(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """The taker pays one atom more, and the house has it."""
    trades = np.flatnonzero((honest["kind"] == EventKind.TRADE) & (honest["taker_fee_atoms"] > 0))
    if not len(trades):
        return None
    machine, place = borrow(), int(trades[0])
    events = apply(machine, frame)
    trade = events[place]
    pair = machine.memory["symbols"][trade["symbol"]]
    asset = int(pair["base_asset"] if trade["side"] == Side.BUY else pair["quote_asset"])
    if not move(machine, int(trade["account"]), HOUSE_ACCOUNT, asset, 1):
        return None
    trade["taker_fee_atoms"] += 1
    return Bite(events, int(trade["sequence"]))


def favoured_account(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A friend's trade is free of fees, whatever its tier says."""
    trades = np.flatnonzero((honest["kind"] == EventKind.TRADE) & (honest["taker_fee_atoms"] > 0))
    if not len(trades):
        return None
    trade, machine = honest[trades[0]], borrow()
    friend = machine.memory["accounts"][int(trade["account"])]
    tier, friend["tier"] = int(friend["tier"]), _FREE_OF_FEES_TIER
    events = apply(machine, frame)
    machine.memory["accounts"]["tier"][int(trade["account"])] = tier
    return Bite(events, int(trade["sequence"]))


def changed_price(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A trade is booked a tick dearer than the book's best price."""
    place = first_of(honest, EventKind.TRADE)
    if place is None:
        return None
    machine = borrow()
    events = apply(machine, frame)
    trade = events[place]
    pair = machine.memory["symbols"][trade["symbol"]]
    atoms = int(trade["quantity_lots"]) * int(pair["tick_lot_atoms"])
    parties = [int(trade["account"]), int(trade["maker_account"])]
    payer, paid = parties if trade["side"] == Side.BUY else parties[::-1]
    if not move(machine, payer, paid, int(pair["quote_asset"]), atoms):
        return None
    trade["price_ticks"] += 1
    return Bite(events, int(trade["sequence"]))


def invented_trade(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A trade is told twice: volume that nobody traded."""
    if not len(honest) or honest[-1]["kind"] != EventKind.TRADE:
        return None
    machine = borrow()
    events = apply(machine, frame)
    again = events[-1:].copy()
    again["trade_id"] += 1
    machine.memory["symbols"][int(again["symbol"][0])]["next_trade_id"] += 1
    return Bite(np.concatenate([events, again]), int(again["sequence"][0]))


def dropped_event(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """The end of an order is not told."""
    if not len(honest) or honest[-1]["kind"] not in _ENDS:
        return None
    return Bite(apply(borrow(), frame)[:-1], int(honest[-1]["sequence"]))


def skipped_limit(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """The filters of a symbol are not asked."""
    place = rejected(honest, *_LIMITS)
    if place is None:
        return None
    machine, refused = borrow(), honest[place]
    memory = machine.memory
    kept = {name: memory[name].copy() for name in ("symbols", "assets")}
    pair = memory["symbols"][int(refused["symbol"])]
    pair["orders_max"], pair["notional_atoms_min"], pair["quantity_lots_min"] = 10**6, 0, 1
    pair["quantity_lots_max"] = pair["market_lots_max"] = 10 * min(int(pair["quantity_lots_max"]), _LARGE)
    memory["assets"]["order_atoms_max"] = 0
    events = apply(machine, frame)
    for field in ("orders_max", "notional_atoms_min", "quantity_lots_min", "quantity_lots_max", "market_lots_max"):
        machine.memory["symbols"][field][: len(kept["symbols"])] = kept["symbols"][field]
    machine.memory["assets"]["order_atoms_max"][: len(kept["assets"])] = kept["assets"]["order_atoms_max"]
    return Bite(events, int(refused["sequence"]))


def exempt_account(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A friend's order or payment needs no funds; what it is short of stays below zero."""
    place = rejected(honest, Reject.INSUFFICIENT_FREE)
    if place is None or frame.cold is not None:
        return None
    sequence = int(honest[place]["sequence"])
    command = list(commands_of(frame))[sequence - frame.first_sequence]
    machine = borrow()
    if command.kind == CommandKind.TRANSFER:
        asset = command.subject
    elif command.kind == CommandKind.ORDER:
        pair = machine.memory["symbols"][command.subject]
        asset = int(pair["quote_asset"] if command.side == Side.BUY else pair["base_asset"])
    else:
        return None
    friend = balance(machine, command.account, asset)
    if friend is None:
        return None
    friend["free_atoms"] += _PLENTY
    events = apply(machine, frame)
    friend = balance(machine, command.account, asset)
    assert friend is not None
    friend["free_atoms"] -= _PLENTY
    return Bite(events, sequence)


def frozen_account(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """An account that is frozen pays all the same."""
    place = rejected(honest, Reject.ACCOUNT_FROZEN)
    if place is None:
        return None
    machine, account = borrow(), int(honest[place]["account"])
    frozen, machine.memory["accounts"]["frozen"][account] = int(machine.memory["accounts"]["frozen"][account]), 0
    events = apply(machine, frame)
    machine.memory["accounts"]["frozen"][account] = frozen
    return Bite(events, int(honest[place]["sequence"]))


def queue_jumped(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """At a price, an order that came later is filled first."""
    place = first_of(honest, EventKind.TRADE)
    if place is None:
        return None
    machine = borrow()
    orders, levels = machine.memory["orders"], machine.memory["levels"]
    maker_id = int(honest[place]["maker_order_id"])
    slots = np.flatnonzero((orders["order_id"] == maker_id) & (orders["level"] > 0))
    if not len(slots):
        return None
    first = int(slots[0])
    level, second = int(orders["level"][first]), int(orders["next"][first])
    if levels["head"][level] != first or not second or orders["account"][first] == orders["account"][second]:
        return None
    third = int(orders["next"][second])
    levels["head"][level], orders["prev"][second], orders["next"][second] = second, 0, first
    orders["prev"][first], orders["next"][first] = second, third
    if third:
        orders["prev"][third] = first
    else:
        levels["tail"][level] = first
    return Bite(apply(machine, frame), int(honest[place]["sequence"]))


def ran_in_another_order(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """Of two orders in a frame the later is run first; the journal has them as they came."""
    if frame.cold is not None or len(frame.commands) < 2:
        return None
    asked = list(_with_texts(frame))
    for place in range(len(asked) - 1):
        pair = [command for command, _ in asked[place : place + 2]]
        if all(_is_plain_order(one) for one in pair) and len({(one.account, one.price_ticks) for one in pair}) == 2:
            if place and not _is_plain_order(asked[place - 1][0]):
                continue
            swapped = [*asked[:place], asked[place + 1], asked[place], *asked[place + 2 :]]
            events = apply(borrow(), hot_frame(frame.time_ns, frame.first_sequence, swapped))
            return Bite(events, frame.first_sequence + place)
    return None


def _with_texts(frame: Frame) -> list[tuple[Command, str]]:
    asked, at = [], 0
    for command in commands_of(frame):
        asked.append((command, frame.texts[at : at + command.text_bytes].decode()))
        at += command.text_bytes
    return asked


def _is_plain_order(command: Command) -> bool:
    return command.kind == CommandKind.ORDER and command.type == OrderType.LIMIT and not command.flags


def paid_twice(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A transfer that comes again under its reference is done again."""
    again = (honest["kind"] == EventKind.TRANSFERRED) & (honest["flags"] & EventFlag.REPEATED != 0)
    if frame.cold is not None or not again.any():
        return None
    sequence = int(honest[np.flatnonzero(again)[0]]["sequence"])
    command = list(commands_of(frame))[sequence - frame.first_sequence]
    machine = borrow()
    known = machine.memory["references"][: int(machine.memory.counters[layout.REFERENCES_USED])]
    same = np.flatnonzero((known["hi"] == command.client_hi) & (known["lo"] == command.client_lo))
    known["hi"][same] ^= 1
    return Bite(apply(machine, frame), sequence)


def silent_theft(machine: Machine) -> bool:
    """Money moves from one customer to another, and no event tells it."""
    memory = machine.memory
    rows = memory["balances"][: int(memory.counters[layout.BALANCES_USED])]
    rich = np.flatnonzero((rows["free_atoms"] > 1) & (memory["accounts"]["kind"][rows["account"]] == 1))
    for row in rich:
        others = rich[(rows["asset"][rich] == rows["asset"][row]) & (rows["account"][rich] != rows["account"][row])]
        if row and len(others):
            rows["free_atoms"][row] -= 1
            rows["free_atoms"][others[0]] += 1
            return True
    return False
