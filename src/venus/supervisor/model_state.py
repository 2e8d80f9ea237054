"""A model that begins where the kernels stand: what trades and is paid of a state, read from its sections.

The sections are those that the state root hashes, so nothing of how the kernels lay out their memory is believed, and
the model's own sections must come out the same. Institutions, coins, currencies, wallets and the market between people
are not handed over: they move by cold commands, of which the whole journal is asked (`supervise --model`).
Source: docs/rules/digest.md; docs/rules/supervision.md, "Samples".
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeVar

import numpy as np

from venus.core.digest import state_sections
from venus.core.kernels import layout
from venus.core.machine import Machine
from venus.model.average import WORD
from venus.model.book import Book, Order, State
from venus.model.controls import Timer
from venus.model.desk import OrderList
from venus.model.digest import SECTIONS, SECTIONS_2, STATES, Row
from venus.model.exchange import Exchange
from venus.model.ledger import Account, Asset, Tier
from venus.model.transfers import NO_DIGEST, Applied, Digest
from venus.records.commands import (
    AccountKind,
    ListSymbol,
    ListType,
    OrderType,
    SelfTrade,
    SetExchangeLimits,
    SetSymbolRules,
    Side,
    TimeInForce,
)

HANDED = tuple(SECTIONS_2)
"""What a model begins with, and what it must agree on wherever it ends; REFS as far as they are asked for."""
_Asked = TypeVar("_Asked", ListSymbol, SetSymbolRules, SetExchangeLimits)
_STATE_OF = {number: state for state, number in STATES.items()}


def sections_of(machine: Machine, references: Collection[Digest]) -> dict[str, bytes]:
    """The sections that are handed over, as the state root hashes them; of REFS those rows alone that are wanted."""
    found = state_sections(machine)
    rows = {tag: found[tag] for tag in HANDED if tag in found}
    wanted = np.array([list(digest) for digest in references], np.int64).reshape(-1, 2)
    hi_lo = np.ascontiguousarray(rows["REFS"][:, :2])
    rows["REFS"] = rows["REFS"][_is_in(hi_lo, wanted)]
    return {tag: np.ascontiguousarray(section).tobytes() for tag, section in rows.items()}


def _is_in(pairs: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """bool[n]: which rows of i8[n, 2] are among those of i8[m, 2]."""
    as_one = np.dtype("V16")
    return np.isin(pairs.view(as_one).ravel(), np.ascontiguousarray(wanted).view(as_one).ravel())


def model_of(machine: Machine, references: Collection[Digest]) -> Exchange:
    """A model that stands where the kernels do; `references`: those of payments and refunds that it will be asked."""
    marks = machine.memory["assets"]["coin"][: len(machine.facts.asset_codes)].tolist()
    return _Handover(sections_of(machine, references), marks).model


class _Handover:
    def __init__(self, sections: Mapping[str, bytes], marks: list[int]) -> None:
        """marks: of each asset whether its units come and go by its issuer's commands, as layout.ASSET_..."""
        self._formats = SECTIONS_2 if "WAITING" in sections else SECTIONS
        self._sections = sections
        self.model = Exchange()
        model, desk = self.model, self.model.desk
        [counters] = self._rows("COUNTERS")
        model.next_sequence, time_ns, desk.next_order_id, *later = _numbers(counters)
        model.time_ns = desk.time_ns = time_ns
        if later:
            desk.rules, desk.next_list_id = later
            model.affairs.coins.rules = desk.rules
        self._ledger(marks)
        self._books()
        self._orders()
        if later:
            self._rules_2()
        for hi, lo, sequence, result, body in self._rows("REFS"):
            model.transfers.references[hi, lo] = Applied(sequence, result, body)
        model.controls.timers = [Timer(due_ns, account) for due_ns, account in self._rows("TIMERS")]

    def _rows(self, tag: str) -> Iterator[tuple[Any, ...]]:
        return self._formats[tag].iter_unpack(self._sections[tag])

    def _ledger(self, marks: list[int]) -> None:
        ledger = self.model.ledger
        for mark, (code, scale, _, *order_max) in zip(marks, self._rows("ASSETS"), strict=True):
            [order_atoms_max] = order_max or [0]
            ledger.assets.append(Asset(_text(code), scale, order_atoms_max, mark > 0, mark == layout.ASSET_RESERVES))
        ledger.tiers = [Tier(maker_ppm, taker_ppm) for maker_ppm, taker_ppm in self._rows("TIERS")]
        for kind, tier, trade_group, frozen, until_ns in self._rows("ACCOUNTS"):
            ledger.accounts.append(Account(AccountKind(kind), "", tier, trade_group, bool(frozen), until_ns))
        for account, label in self._rows("LABELS"):
            ledger.accounts[account].label = _text(label)
        for account, asset, free_atoms, held_atoms in self._rows("BALANCES"):
            ledger.free[account, asset], ledger.held[account, asset] = free_atoms, held_atoms

    def _books(self) -> None:
        desk = self.model.desk
        for row in self._rows("SYMBOLS"):
            code, *figures, halted, next_trade_id, next_prevented_id, last_ticks = row
            listing = _made(ListSymbol, _text(code), *figures)
            unit_atoms = 10 ** desk.ledger.assets[listing.base_asset].scale
            worth = listing.tick_atoms * listing.lot_atoms // unit_atoms
            desk.books.append(
                Book(len(desk.books), listing, worth, bool(halted), next_trade_id, next_prevented_id, last_ticks)
            )

    def _orders(self) -> None:
        """Those in a book: within a price the oldest stands first, so they come to rest in this order."""
        desk = self.model.desk
        for row in self._rows("ORDERS"):
            original, executed, remaining, stp, tif, kind, *later = row[7:]
            order = _order(row, original, remaining, stp, tif, kind)
            order.executed_lots, order.state, order.since = executed, State.RESTS, desk.moment()
            order.hold_price_ticks = order.price_ticks
            if later:
                order.display_lots, order.slice_lots, order.list_id, order.amends = later
            desk.book_of(order).side(order.side).append(order)
            desk.keep(order)

    def _rules_2(self) -> None:
        desk = self.model.desk
        for row in self._rows("WAITING"):
            original, remaining, stp, tif, kind = row[7:12]
            order = _order(row, original, remaining, stp, tif, kind)
            order.display_lots, order.trigger_ticks, order.trail_bips, order.extreme_ticks, order.peg = row[12:17]
            order.list_id, order.amends, state, order.hold_price_ticks, order.locked_atoms = row[17:]
            order.state, order.since = _STATE_OF[state], desk.moment()
            desk.keep(order)
        for row in self._rows("LISTS"):
            self._list(*row)
        for symbol, *figures in self._rows("SYMRULES"):
            desk.books[symbol].rules = _made(SetSymbolRules, symbol, *figures)
        [limits] = self._rows("EXLIMITS")
        desk.limits = _made(SetExchangeLimits, *limits)
        for symbol, minute, lots_hi, lots, worth_hi, worth in self._rows("AVERAGES"):
            average = desk.books[symbol].average
            average.lots[minute], average.value[minute] = lots_hi * WORD + lots, worth_hi * WORD + worth

    def _list(self, number: int, account: int, symbol: int, kind: int, hi: int, lo: int, *leg_ids: int) -> None:
        desk = self.model.desk
        legs = [desk.orders.get(one) or _ended(one, account, symbol) for one in leg_ids if one]
        for leg in legs:
            leg.list_id = number
        started = all(leg.state is not State.PENDING for leg in legs)
        desk.lists[number] = OrderList(number, account, symbol, ListType(kind), (hi, lo), legs, started)


def _order(row: Row, original: int, remaining: int, stp: int, tif: int, kind: int) -> Order:
    """What ORDERS and WAITING tell first, and in the same order."""
    symbol, side, number, account, hi, lo, price_ticks = _numbers(row[:7])
    return Order(
        id=number,
        account=account,
        symbol=symbol,
        side=Side(side),
        type=OrderType(kind),
        tif=TimeInForce(tif),
        stp=SelfTrade(stp),
        price_ticks=price_ticks,
        client=(hi, lo),
        original_lots=original,
        remaining_lots=remaining,
    )


def _ended(number: int, account: int, symbol: int) -> Order:
    """A leg that is no more: of it nothing but its number is told, or asked."""
    order = Order(number, account, symbol, Side.BUY, OrderType.LIMIT, TimeInForce.GTC, SelfTrade.NONE, 0, NO_DIGEST, 0)
    order.state = State.ENDED
    return order


def _made(kind: type[_Asked], *figures: int | str) -> _Asked:
    """A cold command as the journal would hold it, but for its reference; figures in the order of its fields."""
    names = [name for name in kind.__struct_fields__ if name != "reference"]
    fields: dict[str, Any] = dict(zip(names, figures, strict=True))
    return kind(reference="", **fields)


def _numbers(row: Row) -> list[int]:
    return [value for value in row if isinstance(value, int)]


def _text(padded: bytes) -> str:
    return padded.rstrip(b"\0").decode()
