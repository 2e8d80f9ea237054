"""What happened to an account, as JSON says it to those who listen.

Each kind of report has its function, each kind of event its execution type, and each field that only some reports bear
its place in a table, so that a new kind of event or order is a row.
Source: [D] user-data-stream.md, "User Data Stream Events"; docs/rules/user_data.md.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from venus.gateway.binance.streams.decimals import SymbolFormat
from venus.gateway.binance.symbols import Market, writer
from venus.gateway.binance.trading.render_lists import CONTINGENCY
from venus.gateway.binance.trading.render_orders import (
    EXPIRY_REASON,
    MODE_NAMES,
    NOT_IN_A_LIST,
    NOT_YET,
    SIDE_NAMES,
    STATUS_NAMES,
    TIF_NAMES,
    TYPE_NAMES,
    ZERO,
)
from venus.records.commands import Side, peg_parts
from venus.records.events import EventKind
from venus.records.rejects import Reject
from venus.views.catalog import Asset
from venus.views.kernels.order_facts import NO_STRATEGY, OrderStatus, Working
from venus.views.standing import REFUSED, ListReport, OrderReport, PositionReport, RefusalReport, Report, TransferReport
from venus.views.user_data import execution_id

EXECUTION_TYPES: dict[int, str] = {
    EventKind.ACCEPTED: "NEW",
    EventKind.TRADE: "TRADE",
    EventKind.CANCELED: "CANCELED",
    EventKind.EXPIRED: "EXPIRED",
    EventKind.AMENDED: "REPLACED",
    EventKind.PREVENTED: "TRADE_PREVENTION",
    EventKind.FILLED: "EXPIRED",  # an order by quote that ends with nothing of its own: its status says FILLED
    EventKind.REJECTED: "REJECTED",
    EventKind.TRIGGERED: "NEW",  # it works from now on
    EventKind.STARTED: "NEW",
}
_LIST_STATUS: dict[int, tuple[str, str]] = {
    EventKind.LIST_OPENED: ("EXEC_STARTED", "EXECUTING"),
    EventKind.AMENDED: ("UPDATED", "EXECUTING"),
    EventKind.LIST_DONE: ("ALL_DONE", "ALL_DONE"),
}
_REJECT_REASONS: dict[int, str] = {
    Reject.INSUFFICIENT_FREE: "INSUFFICIENT_BALANCES",
    Reject.WOULD_MATCH: "WOULD_MATCH_IMMEDIATELY",
    Reject.WOULD_TRIGGER: "STOP_PRICE_WOULD_TRIGGER_IMMEDIATELY",
    Reject.BAD_LIST_PRICES: "OCO_BAD_PRICES",
}
_EXPIRY_REASONS = {int(reason): name for reason, name in EXPIRY_REASON.items()}
_STATUS_NAMES = STATUS_NAMES | {REFUSED: "REJECTED"}
_ON_THE_BOOK = frozenset({int(OrderStatus.NEW), int(OrderStatus.PARTIALLY_FILLED)})
_WORKING = int(Working.WORKING)
_NONE = "NONE"
_TRADE, _CANCELED, _AMENDED = int(EventKind.TRADE), int(EventKind.CANCELED), int(EventKind.AMENDED)
_BUY = int(Side.BUY)

_encode = msgspec.json.Encoder().encode


class UserFormat:
    """Writes reports. `learn` is told what is listed; a report never names more than that."""

    def __init__(self) -> None:
        self._markets: list[Market] = []
        self._forms: list[SymbolFormat] = []  # by symbol number
        self._assets: list[tuple[str, Callable[[int], str]]] = []  # by asset number: code, and writer of atoms

    @property
    def symbols_count(self) -> int:
        return len(self._markets)

    @property
    def assets_count(self) -> int:
        return len(self._assets)

    def learn(self, markets: Sequence[Market], assets: Sequence[Asset]) -> None:
        self._forms += [SymbolFormat(market) for market in markets[len(self._forms) :]]
        self._assets += [(asset.code, writer(1, asset.scale)) for asset in assets[len(self._assets) :]]
        self._markets = list(markets)

    def write(self, report: Report, time_ns: int, unit_ns: int) -> bytes:
        """One event of the stream; `time_ns` is the frame's."""
        match report:
            case OrderReport():
                return _encode(self._execution(report, time_ns // unit_ns, unit_ns))
            case PositionReport():
                return _encode(self._position(report, time_ns // unit_ns))
            case TransferReport():
                return _encode(self._transfer(report, time_ns // unit_ns))
            case ListReport():
                return _encode(self._list(report, time_ns // unit_ns))
            case RefusalReport():
                return _encode(self._refusal(report, time_ns // unit_ns, unit_ns))

    def _execution(self, report: OrderReport, time: int, unit_ns: int) -> dict[str, Any]:
        order, event = report.order, report.event
        facts = self._order(report, time, unit_ns)
        facts["I"] = execution_id(event.sequence, report.place, is_maker=report.is_maker)
        kind = event.kind
        if kind == _TRADE:
            self._add_fill(facts, report)
        elif kind == _CANCELED:
            facts["c"], facts["C"] = report.own_id or order.client_id, order.client_id
        elif kind == _AMENDED:
            facts["C"] = report.own_id
        for has, add in _CONDITIONAL:
            if has(report):
                add(facts, report, self._forms[order.symbol], unit_ns)
        return facts

    def _order(self, report: OrderReport | RefusalReport, time: int, unit_ns: int) -> dict[str, Any]:
        """What every executionReport says."""
        order, event = report.order, report.event
        form, market = self._forms[order.symbol], self._markets[order.symbol]
        executed = form.quantity(order.executed_lots)
        return {
            "e": "executionReport",
            "E": time,
            "s": form.code,
            "c": order.client_id,
            "S": SIDE_NAMES[order.side],
            "o": TYPE_NAMES[order.type],
            "f": TIF_NAMES[order.tif],
            "q": executed if order.in_quote else form.quantity(order.quantity),
            "p": form.price(order.price_ticks),
            "P": form.price(order.trigger_ticks),
            "F": form.quantity(order.display_lots),
            "g": order.list_id or NOT_IN_A_LIST,
            "C": "",
            "x": EXECUTION_TYPES[event.kind],
            "X": _STATUS_NAMES[order.status],
            "r": _NONE,
            "i": order.order_id,
            "l": ZERO,
            "z": executed,
            "L": ZERO,
            "n": "0",
            "N": None,
            "T": time,
            "t": -1,
            "I": 0,
            "w": order.status in _ON_THE_BOOK and order.working == _WORKING,
            "m": False,
            "M": False,
            "O": order.time_ns // unit_ns,
            "Z": form.quote(order.executed_tick_lots),
            "Y": ZERO,
            "Q": market.quote_text(order.quantity) if order.in_quote else ZERO,
            "V": MODE_NAMES[order.stp],
        }

    def _add_fill(self, facts: dict[str, Any], report: OrderReport) -> None:
        """The last execution, and what it cost: a fee is taken from what the order received."""
        event, is_maker = report.event, report.is_maker
        form, market = self._forms[event.symbol], self._markets[event.symbol]
        facts["l"] = form.quantity(event.quantity_lots)
        facts["L"] = form.price(event.price_ticks)
        facts["Y"] = form.quote(event.price_ticks * event.quantity_lots)
        facts["t"] = event.trade_id
        facts["m"], facts["M"] = is_maker, True
        fee_atoms = event.maker_fee_atoms if is_maker else event.taker_fee_atoms
        if (event.side == _BUY) is not is_maker:
            facts["n"], facts["N"] = market.base_text(fee_atoms), market.base.code
        else:
            facts["n"], facts["N"] = market.quote_text(fee_atoms), market.quote.code

    def _refusal(self, report: RefusalReport, time: int, unit_ns: int) -> dict[str, Any]:
        facts = self._order(report, time, unit_ns)
        facts["r"] = _REJECT_REASONS.get(report.event.reason, _NONE)
        facts["I"] = execution_id(report.event.sequence, report.place)
        return facts

    def _list(self, report: ListReport, time: int) -> dict[str, Any]:
        order_list, code = report.order_list, self._forms[report.order_list.symbol].code
        list_status, order_status = _LIST_STATUS[report.event.kind]
        return {
            "e": "listStatus",
            "E": time,
            "s": code,
            "g": order_list.list_id,
            "c": CONTINGENCY[order_list.type],
            "l": list_status,
            "L": order_status,
            "r": _NONE,
            "C": order_list.client_id,
            "T": time,
            "O": [{"s": code, "i": number, "c": client_id} for number, client_id in order_list.legs.items()],
        }

    def _position(self, report: PositionReport, time: int) -> dict[str, Any]:
        balances = []
        for asset, free_atoms, held_atoms in report.balances:
            code, text = self._assets[asset]
            balances.append({"a": code, "f": text(free_atoms), "l": text(held_atoms)})
        return {"e": "outboundAccountPosition", "E": time, "u": time, "B": balances}

    def _transfer(self, report: TransferReport, time: int) -> dict[str, Any]:
        code, text = self._assets[report.asset]
        return {"e": "balanceUpdate", "E": time, "a": code, "d": text(report.atoms), "T": time}


# Fields that only some reports bear


def _was_prevented(report: OrderReport) -> bool:
    return report.order.prevented_lots != 0


def _add_prevented(facts: dict[str, Any], report: OrderReport, form: SymbolFormat, _unit_ns: int) -> None:
    facts["v"] = report.order.prevented_match_id
    facts["A"] = form.quantity(report.order.prevented_lots)


def _is_prevention(report: OrderReport) -> bool:
    return report.event.kind == EventKind.PREVENTED


def _add_prevention(facts: dict[str, Any], report: OrderReport, form: SymbolFormat, _unit_ns: int) -> None:
    event = report.event
    facts["B"] = form.quantity(event.remaining_lots if report.is_maker else event.quantity_lots)
    facts["u"] = report.trade_group
    facts["U"] = event.order_id if report.is_maker else event.maker_order_id
    facts["Cs"] = form.code
    facts["pl"] = form.quantity(report.counter_lots)
    facts["pL"] = form.price(event.price_ticks)
    facts["pY"] = form.quote(event.price_ticks * report.counter_lots)


def _has_expired(report: OrderReport) -> bool:
    return report.event.kind == EventKind.EXPIRED


def _add_expiry(facts: dict[str, Any], report: OrderReport, _form: SymbolFormat, _unit_ns: int) -> None:
    facts["eR"] = _EXPIRY_REASONS[report.event.reason]


Has = Callable[[OrderReport], bool]
Add = Callable[[dict[str, Any], OrderReport, SymbolFormat, int], None]


def _works(report: OrderReport) -> bool:
    return report.order.working_ns != 0


def _add_working_time(facts: dict[str, Any], report: OrderReport, _form: SymbolFormat, unit_ns: int) -> None:
    facts["W"] = report.order.working_ns // unit_ns


def _trails(report: OrderReport) -> bool:
    return report.order.trail_bips != 0


def _add_trail(facts: dict[str, Any], report: OrderReport, _form: SymbolFormat, unit_ns: int) -> None:
    order = report.order
    facts["d"] = order.trail_bips
    facts["D"] = order.trailing_ns // unit_ns if order.trailing_ns else NOT_YET


def _has_strategy(report: OrderReport) -> bool:
    return report.order.strategy_id != NO_STRATEGY or report.order.strategy_type != NO_STRATEGY


def _add_strategy(facts: dict[str, Any], report: OrderReport, _form: SymbolFormat, _unit_ns: int) -> None:
    order = report.order
    if order.strategy_id != NO_STRATEGY:
        facts["j"] = order.strategy_id
    if order.strategy_type != NO_STRATEGY:
        facts["J"] = order.strategy_type


def _is_pegged(report: OrderReport) -> bool:
    return report.order.peg != 0


def _add_peg(facts: dict[str, Any], report: OrderReport, form: SymbolFormat, _unit_ns: int) -> None:
    is_market_peg, offset = peg_parts(report.order.peg)
    facts["gP"] = "MARKET_PEG" if is_market_peg else "PRIMARY_PEG"
    if offset:
        facts["gOT"], facts["gOV"] = "PRICE_LEVEL", offset
    if report.order.pegged_ticks:
        facts["gp"] = form.price(report.order.pegged_ticks)


_CONDITIONAL: Sequence[tuple[Has, Add]] = (
    (_works, _add_working_time),
    (_trails, _add_trail),
    (_has_strategy, _add_strategy),
    (_is_pegged, _add_peg),
    (_was_prevented, _add_prevented),
    (_is_prevention, _add_prevention),
    (_has_expired, _add_expiry),
)


# Events of the stream itself


def terminated(time_ns: int, unit_ns: int) -> bytes:
    """A subscription ended."""
    return _encode({"e": "eventStreamTerminated", "E": time_ns // unit_ns})


def listen_key_expired(listen_key: str, time_ns: int, unit_ns: int) -> bytes:
    return _encode({"e": "listenKeyExpired", "E": time_ns // unit_ns, "listenKey": listen_key})
