"""Cold commands: listing, accounts, tiers, freezes, halts. Source: docs/rules/controls.md."""

import re
from typing import NamedTuple

import msgspec
import numpy as np

from venus.core.kernels import layout
from venus.core.kernels.controls import expire_orders, open_balance
from venus.core.kernels.ladder import DIGIT_BITS
from venus.core.memory import Memory
from venus.records import commands
from venus.records.commands import HOUSE_ACCOUNT, TRADE_GROUP_NONE, AccountKind, SelfTrade
from venus.records.events import EventKind
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX, FEE_PPM_MAX, INT64_MAX, SCALE_MAX

TIERS = 16
_ACCOUNTS_MAX = 2**32 - 2
_COUNT_MAX = 1_000_000
_GROUP_MAX = 2**31 - 1
_ASSET_CODE = re.compile(r"[A-Za-z0-9]{1,12}\Z")
_SYMBOL_CODE = re.compile(r"[A-Za-z0-9]{1,24}\Z")
_LABEL = re.compile(r"[A-Za-z0-9:._-]{1,64}\Z")
RULES_OF_TREASURY = 4
"""From these on a coin's own accounts are closed to everything but its commands."""
_PERCENT_PPM_MAX = 100_000_000
_PARTS_MAX = 10_000
_OPENED = (AccountKind.PERSON, AccountKind.EXTERNAL, AccountKind.HOUSE)
"""Kinds that OpenAccounts opens."""
_STP_KNOWN = sum(1 << mode for mode in SelfTrade)


class Timer(NamedTuple):
    due_ns: int
    set_order: int
    account: int


class Facts(msgspec.Struct):
    """What only cold commands read or write: names, listings as they were commanded, timers."""

    asset_codes: list[str]
    listings: list[commands.ListSymbol]
    labels: dict[int, str]
    timers: list[Timer]
    timers_set: int


class Outcome(NamedTuple):
    """A reject, or what was done: the event's kind and fields, and the number opened or listed."""

    reject: Reject
    kind: EventKind
    account: int
    symbol: int
    quantity: int
    result: int


def refused(reject: Reject) -> Outcome:
    return Outcome(reject, EventKind.REJECTED, 0, 0, 0, 0)


def _done(kind: EventKind, *, account: int, symbol: int, quantity: int, result: int) -> Outcome:
    return Outcome(Reject.NONE, kind, account, symbol, quantity, result)


def _account_is_open(memory: Memory, account: int) -> bool:
    return 0 <= account < memory.counters[layout.ACCOUNTS_COUNT]


def list_asset(memory: Memory, facts: Facts, command: commands.ListAsset, sequence: int, time_ns: int) -> Outcome:
    """Number the next asset and open the house's balance in it."""
    if not _ASSET_CODE.match(command.code) or not 0 <= command.scale <= SCALE_MAX:
        return refused(Reject.INVALID_COMMAND)
    if command.code in facts.asset_codes:
        return refused(Reject.ALREADY_LISTED)
    if not _account_is_open(memory, HOUSE_ACCOUNT):
        return refused(Reject.HOUSE_MISSING)
    number = len(facts.asset_codes)
    facts.asset_codes.append(command.code)
    memory.grow("assets", number + 1)
    memory.counters[layout.ASSETS_COUNT] = number + 1
    asset = memory["assets"][number]
    asset["scale"] = command.scale
    asset["house_slot"] = open_balance(memory.table, HOUSE_ACCOUNT, number)
    return _done(EventKind.ASSET_LISTED, account=0, symbol=number, quantity=0, result=number)


def _listing_reject(memory: Memory, facts: Facts, command: commands.ListSymbol) -> Reject:
    if not _SYMBOL_CODE.match(command.code):
        return Reject.INVALID_COMMAND
    if any(listing.code == command.code for listing in facts.listings):
        return Reject.ALREADY_LISTED
    assets_count = len(facts.asset_codes)
    if not (0 <= command.base_asset < assets_count and 0 <= command.quote_asset < assets_count):
        return Reject.UNKNOWN_ASSET
    if layout.ASSET_RESERVES in memory["assets"]["coin"][[command.base_asset, command.quote_asset]]:
        return Reject.COIN_SUPPLY
    figures = (
        command.tick_atoms,
        command.lot_atoms,
        command.price_ticks_min,
        command.quantity_lots_min,
        command.market_lots_max,
        command.notional_atoms_max,
        command.orders_max,
    )
    if (
        command.base_asset == command.quote_asset
        or min(figures) < 1
        or command.notional_atoms_min < 0
        or command.price_ticks_min > command.price_ticks_max
        or command.quantity_lots_min > command.quantity_lots_max
        or command.notional_atoms_min > command.notional_atoms_max
        or command.market_lots_max < command.quantity_lots_min
        or command.orders_max > _COUNT_MAX
        or command.stp_allowed < 1
        or command.stp_allowed & ~_STP_KNOWN
        or not 0 <= command.stp_default <= max(SelfTrade)
        or not command.stp_allowed >> command.stp_default & 1
    ):
        return Reject.INVALID_COMMAND
    return _limits_reject(memory, command)


def _limits_reject(memory: Memory, command: commands.ListSymbol) -> Reject:
    """Prove, before any order arrives, that no product of this listing can leave int64."""
    unit = 10 ** int(memory["assets"][command.base_asset]["scale"])
    if command.tick_atoms * command.lot_atoms % unit:
        return Reject.LISTING_NOT_EXACT
    tick_lot_atoms = command.tick_atoms * command.lot_atoms // unit
    greatest = max(
        command.quantity_lots_max * command.lot_atoms,
        command.market_lots_max * command.lot_atoms,
        command.price_ticks_max * tick_lot_atoms,
        command.quantity_lots_max * tick_lot_atoms,
        command.tick_atoms,
        command.notional_atoms_max,
    )
    if greatest > ATOMS_MAX or command.price_ticks_max >= layout.PRICE_LIMIT:
        return Reject.LISTING_OVERFLOWS
    return Reject.NONE


def list_symbol(memory: Memory, facts: Facts, command: commands.ListSymbol, sequence: int, time_ns: int) -> Outcome:
    """Number the next symbol and open its two empty books, and the two ladders of triggers."""
    reject = _listing_reject(memory, facts, command)
    if reject != Reject.NONE:
        return refused(reject)
    number = len(facts.listings)
    facts.listings.append(command)
    memory.grow("symbols", number + 1)
    memory.grow("books", 2 * number + 2)
    memory.grow("triggers", 2 * number + 2)
    memory.grow("rules", number + 1)
    memory.grow("averages", layout.AVERAGE_MINUTES * (number + 1))
    memory.counters[layout.SYMBOLS_COUNT] = number + 1
    symbol = memory["symbols"][number]
    for field in (
        "price_ticks_min",
        "price_ticks_max",
        "quantity_lots_min",
        "quantity_lots_max",
        "market_lots_max",
        "notional_atoms_min",
        "notional_atoms_max",
        "lot_atoms",
        "orders_max",
        "base_asset",
        "quote_asset",
        "stp_allowed",
        "stp_default",
    ):
        symbol[field] = getattr(command, field)
    assets = memory["assets"]
    symbol["tick_lot_atoms"] = command.tick_atoms * command.lot_atoms // 10 ** int(assets[command.base_asset]["scale"])
    symbol["next_trade_id"] = symbol["next_prevented_id"] = 1
    symbol["house_base_slot"] = assets[command.base_asset]["house_slot"]
    symbol["house_quote_slot"] = assets[command.quote_asset]["house_slot"]
    symbol["features"] = commands.FEATURES_ALL
    # Triggers that wait below fire from the highest on, as bids do; those above from the lowest on, as asks.
    for side, no_price in enumerate((layout.NO_BID, layout.NO_ASK)):
        for ladders in ("books", "triggers"):
            book = memory[ladders][2 * number + side]
            book["best_ticks"] = no_price
            book["side"] = side
            book["digits"] = max(1, -(-command.price_ticks_max.bit_length() // DIGIT_BITS))
    _ask_filters(memory)
    return _done(EventKind.SYMBOL_LISTED, account=0, symbol=number, quantity=0, result=number)


def open_accounts(memory: Memory, facts: Facts, command: commands.OpenAccounts, sequence: int, time_ns: int) -> Outcome:
    """Open accounts in a row; the first ever is the house."""
    first = int(memory.counters[layout.ACCOUNTS_COUNT])
    if command.account_kind not in _OPENED or not 1 <= command.count <= _COUNT_MAX:
        return refused(Reject.INVALID_COMMAND)
    if not 0 <= command.tier < TIERS or not TRADE_GROUP_NONE <= command.trade_group <= _GROUP_MAX:
        return refused(Reject.INVALID_COMMAND)
    is_person = command.account_kind == AccountKind.PERSON
    if (is_person and command.label) or (not is_person and (command.count != 1 or not _LABEL.match(command.label))):
        return refused(Reject.INVALID_COMMAND)
    if command.label in facts.labels.values():
        return refused(Reject.ALREADY_LISTED)
    if first == HOUSE_ACCOUNT and command.account_kind != AccountKind.HOUSE:
        return refused(Reject.HOUSE_MISSING)
    if first + command.count > _ACCOUNTS_MAX:
        return refused(Reject.INVALID_COMMAND)
    memory.grow("accounts", first + command.count)
    memory.counters[layout.ACCOUNTS_COUNT] = first + command.count
    opened = memory["accounts"][first : first + command.count]
    opened["kind"] = command.account_kind
    opened["tier"] = command.tier
    opened["trade_group"] = command.trade_group
    if not is_person:
        facts.labels[first] = command.label
    return _done(EventKind.ACCOUNTS_OPENED, account=first, symbol=0, quantity=command.count, result=first)


def set_fee_tier(memory: Memory, facts: Facts, command: commands.SetFeeTier, sequence: int, time_ns: int) -> Outcome:
    if not 0 <= command.tier < TIERS:
        return refused(Reject.INVALID_COMMAND)
    if not (0 <= command.maker_ppm <= FEE_PPM_MAX and 0 <= command.taker_ppm <= FEE_PPM_MAX):
        return refused(Reject.FEE_OUT_OF_RANGE)
    memory["tiers"][command.tier] = (command.maker_ppm, command.taker_ppm)
    return _done(EventKind.FEE_TIER_SET, account=command.tier, symbol=0, quantity=0, result=0)


def set_account_tier(
    memory: Memory, facts: Facts, command: commands.SetAccountTier, sequence: int, time_ns: int
) -> Outcome:
    if not _account_is_open(memory, command.account):
        return refused(Reject.UNKNOWN_ACCOUNT)
    if not 0 <= command.tier < TIERS:
        return refused(Reject.INVALID_COMMAND)
    memory["accounts"][command.account]["tier"] = command.tier
    return _done(EventKind.ACCOUNT_TIER_SET, account=command.account, symbol=0, quantity=0, result=0)


def set_trade_group(
    memory: Memory, facts: Facts, command: commands.SetTradeGroup, sequence: int, time_ns: int
) -> Outcome:
    if not _account_is_open(memory, command.account):
        return refused(Reject.UNKNOWN_ACCOUNT)
    if not TRADE_GROUP_NONE <= command.trade_group <= _GROUP_MAX:
        return refused(Reject.INVALID_COMMAND)
    memory["accounts"][command.account]["trade_group"] = command.trade_group
    return _done(EventKind.TRADE_GROUP_SET, account=command.account, symbol=0, quantity=0, result=0)


def _forget_timer(facts: Facts, account: int) -> None:
    facts.timers = [timer for timer in facts.timers if timer.account != account]


def freeze_account(
    memory: Memory, facts: Facts, command: commands.FreezeAccount, sequence: int, time_ns: int
) -> Outcome:
    """Expire the account's open orders, then freeze it, until a time if one is given."""
    if not _account_is_open(memory, command.account):
        return refused(Reject.UNKNOWN_ACCOUNT)
    account = memory["accounts"][command.account]
    if account["kind"] not in (AccountKind.PERSON, AccountKind.WALLET) or not 0 <= command.until_ns <= INT64_MAX:
        return refused(Reject.INVALID_COMMAND)
    expire_orders(memory.table, command.account, sequence)
    account["frozen"] = 1
    account["frozen_until_ns"] = command.until_ns
    _forget_timer(facts, command.account)
    if command.until_ns > 0:
        facts.timers.append(Timer(command.until_ns, facts.timers_set, command.account))
        facts.timers.sort()
        facts.timers_set += 1
    return _done(EventKind.ACCOUNT_FROZEN, account=command.account, symbol=0, quantity=0, result=0)


def _thaw(account: np.void) -> None:
    account["frozen"] = 0
    account["frozen_until_ns"] = 0


def unfreeze_account(
    memory: Memory, facts: Facts, command: commands.UnfreezeAccount, sequence: int, time_ns: int
) -> Outcome:
    if not _account_is_open(memory, command.account):
        return refused(Reject.UNKNOWN_ACCOUNT)
    account = memory["accounts"][command.account]
    # A coin's own accounts are closed for good: docs/rules/issuance.md, "Treasury".
    if account["kind"] == AccountKind.HOUSE and memory.counters[layout.RULES_VERSION] >= RULES_OF_TREASURY:
        return refused(Reject.INVALID_COMMAND)
    if not account["frozen"]:
        return refused(Reject.NO_CHANGE)
    _thaw(account)
    _forget_timer(facts, command.account)
    return _done(EventKind.ACCOUNT_UNFROZEN, account=command.account, symbol=0, quantity=0, result=0)


def timers_due(memory: Memory, facts: Facts, time_ns: int) -> list[int]:
    """Lift the freezes whose time has come; returns their accounts in the order of firing."""
    due = [timer for timer in facts.timers if timer.due_ns <= time_ns]
    for timer in due:
        _thaw(memory["accounts"][timer.account])
    facts.timers = facts.timers[len(due) :]
    return [timer.account for timer in due]


def _set_halted(memory: Memory, symbol: int, halted: int, kind: EventKind) -> Outcome:
    if not 0 <= symbol < memory.counters[layout.SYMBOLS_COUNT]:
        return refused(Reject.UNKNOWN_SYMBOL)
    if memory["symbols"][symbol]["halted"] == halted:
        return refused(Reject.NO_CHANGE)
    memory["symbols"][symbol]["halted"] = halted
    return _done(kind, account=0, symbol=symbol, quantity=0, result=0)


def halt_symbol(memory: Memory, facts: Facts, command: commands.HaltSymbol, sequence: int, time_ns: int) -> Outcome:
    return _set_halted(memory, command.symbol, 1, EventKind.SYMBOL_HALTED)


def resume_symbol(memory: Memory, facts: Facts, command: commands.ResumeSymbol, sequence: int, time_ns: int) -> Outcome:
    return _set_halted(memory, command.symbol, 0, EventKind.SYMBOL_RESUMED)


def note_clock_jump(
    memory: Memory, facts: Facts, command: commands.NoteClockJump, sequence: int, time_ns: int
) -> Outcome:
    return _done(EventKind.CLOCK_JUMPED, account=0, symbol=0, quantity=0, result=0)


def adopt_rules(
    memory: Memory, facts: Facts, command: commands.AdoptRules | commands.MoveToRules, sequence: int, time_ns: int
) -> Outcome:
    """From the next command on the next version of the rules holds; docs/rules/versions.md."""
    present = int(memory.counters[layout.RULES_VERSION])
    moves = isinstance(command, commands.MoveToRules)
    # One that is not known never gets here: what a program cannot do it must not write down as refused.
    assert not moves or commands.RULES_BY_MOVING <= command.rules <= commands.RULES_LATEST, command
    if command.rules <= present:
        return refused(Reject.NO_CHANGE)
    if command.rules != present + 1 or moves != (command.rules >= commands.RULES_BY_MOVING):
        return refused(Reject.INVALID_COMMAND)
    memory.counters[layout.RULES_VERSION] = command.rules
    return _done(EventKind.RULES_ADOPTED, account=0, symbol=0, quantity=command.rules, result=0)


def _rules_are_sound(command: commands.SetSymbolRules) -> bool:
    figures = [getattr(command, name) for name in layout.RULE_FIGURES]
    percents = ((command.bid_down_ppm, command.bid_up_ppm), (command.ask_down_ppm, command.ask_up_ppm))
    trails = (
        (command.trail_above_bips_min, command.trail_above_bips_max),
        (command.trail_below_bips_min, command.trail_below_bips_max),
    )
    return (
        command.features & ~commands.FEATURES_ALL == 0
        and all(0 <= figure <= ATOMS_MAX for figure in figures)
        and all(max(percent) <= _PERCENT_PPM_MAX for percent in percents)
        and command.average_minutes <= layout.AVERAGE_MINUTES
        and all(lowest <= highest or highest == 0 for lowest, highest in (*percents, *trails))
        and all(max(trail) <= commands.TRAIL_BIPS_MAX for trail in trails)
        and command.iceberg_parts_max <= _PARTS_MAX
    )


def _ask_filters(memory: Memory) -> None:
    """Keep, for each symbol, whether an order must be shown to the filters at all."""
    count = int(memory.counters[layout.SYMBOLS_COUNT])
    symbols, limited = memory["symbols"][:count], memory["assets"]["order_atoms_max"] > 0
    symbols["filtered"] = (symbols["ruled"] > 0) | limited[symbols["base_asset"]] | limited[symbols["quote_asset"]]


def set_symbol_rules(
    memory: Memory, facts: Facts, command: commands.SetSymbolRules, sequence: int, time_ns: int
) -> Outcome:
    """What a symbol allows and its filters; all that was set before is replaced."""
    if not 0 <= command.symbol < len(facts.listings):
        return refused(Reject.UNKNOWN_SYMBOL)
    symbol = memory["symbols"][command.symbol]
    if not _rules_are_sound(command) or command.market_lots_min > symbol["market_lots_max"]:
        return refused(Reject.INVALID_COMMAND)
    memory["rules"][command.symbol] = tuple(getattr(command, name) for name in layout.RULE_FIGURES)
    symbol["features"] = command.features
    symbol["ruled"] = 1
    _ask_filters(memory)
    return _done(EventKind.SYMBOL_RULES_SET, account=0, symbol=command.symbol, quantity=0, result=0)


def set_exchange_limits(
    memory: Memory, facts: Facts, command: commands.SetExchangeLimits, sequence: int, time_ns: int
) -> Outcome:
    figures = (command.orders_max, command.algo_orders_max, command.iceberg_orders_max, command.order_lists_max)
    if not all(0 <= figure <= _COUNT_MAX for figure in figures):
        return refused(Reject.INVALID_COMMAND)
    for place, figure in zip(layout.EXCHANGE_LIMITS, figures, strict=True):
        memory.counters[place] = figure
    return _done(EventKind.EXCHANGE_LIMITS_SET, account=0, symbol=0, quantity=0, result=0)


def set_asset_limit(
    memory: Memory, facts: Facts, command: commands.SetAssetLimit, sequence: int, time_ns: int
) -> Outcome:
    if not 0 <= command.asset < len(facts.asset_codes):
        return refused(Reject.UNKNOWN_ASSET)
    if not 0 <= command.order_atoms_max <= ATOMS_MAX:
        return refused(Reject.INVALID_COMMAND)
    memory["assets"][command.asset]["order_atoms_max"] = command.order_atoms_max
    _ask_filters(memory)
    return _done(EventKind.ASSET_LIMIT_SET, account=0, symbol=command.asset, quantity=0, result=0)
