"""Order lists placed and cancelled.

A list and its orders are one frame: all of them are accepted or none. Source: [D] rest-api.md, "Order lists";
docs/rules/order_lists.md.
"""

from typing import Any

import msgspec

from venus.engine.client import EngineOverloaded, EngineRefused, Outcome
from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.errors import ApiError
from venus.gateway.binance.symbols import Market
from venus.gateway.binance.trading.list_form import NAMES, OLD_OCO_NAMES, ListForm, read_list, read_old_oco
from venus.gateway.binance.trading.list_history import find_list
from venus.gateway.binance.trading.order_form import new_client_id
from venus.gateway.binance.trading.outcomes import add_up, own_event, reject_of
from venus.gateway.binance.trading.refusals import Operation, list_refusal, order_refusal, refusal
from venus.gateway.binance.trading.render_lists import ListShown, cancelled_list_facts, placed_list_facts
from venus.gateway.binance.trading.render_orders import cancelled_facts
from venus.gateway.binance.trading.render_placed import placed_facts
from venus.records.commands import Command, CommandFlag, CommandKind, ListType, client_digest
from venus.records.events import EventKind
from venus.records.rejects import Reject
from venus.registry.credentials import Permission


async def place_oco(desk: Desk, call: Call) -> bytes:
    return await _place_new(desk, call, ListType.OCO)


async def place_oto(desk: Desk, call: Call) -> bytes:
    return await _place_new(desk, call, ListType.OTO)


async def place_otoco(desk: Desk, call: Call) -> bytes:
    return await _place_new(desk, call, ListType.OTOCO)


async def place_opo(desk: Desk, call: Call) -> bytes:
    return await _place_new(desk, call, ListType.OPO)


async def place_opoco(desk: Desk, call: Call) -> bytes:
    return await _place_new(desk, call, ListType.OPOCO)


async def place_old_oco(desk: Desk, call: Call) -> bytes:
    market = await call.market(desk)
    return await _place(desk, call, market, read_old_oco(call.params, market, call.account))


async def _place_new(desk: Desk, call: Call, list_type: ListType) -> bytes:
    market = await call.market(desk)
    return await _place(desk, call, market, read_list(call.params, market, call.account, list_type))


async def _place(desk: Desk, call: Call, market: Market, form: ListForm) -> bytes:
    if not market.conditions_known:
        market = await desk.symbols.current_market(market.code)  # the rules for lists may have been adopted since
    if not market.conditions_known:
        raise list_refusal(form.type, market, Reject.NOT_ALLOWED_ON_SYMBOL)
    call.still_fresh(desk)
    desk.limits.take_orders(call.account, len(form.legs), call.now_ns)
    sent = [(form.command, form.client_id), *((leg.command, leg.text) for leg in form.legs)]
    try:
        outcomes = await desk.client.submit_linked(sent)
    except (EngineOverloaded, EngineRefused):  # nothing was taken
        desk.limits.credit_orders(call.account, len(form.legs))
        raise
    refused = await _refusal_of(desk, market, form, outcomes)
    if refused is not None:
        desk.limits.credit_orders(call.account, len(form.legs))
        raise refused
    events = [event for outcome in outcomes for event in outcome.events]
    desk.limits.note_events(events)
    call.placed = True
    opened = own_event(outcomes[0], EventKind.LIST_OPENED)
    list_id, first_id = opened.order_id, opened.trade_id
    time_ns = outcomes[0].time_ns
    reports = [
        placed_facts(
            market,
            leg,
            add_up(events, first_id + place),
            time_ns,
            call.unit_ns,
            response_type=form.response_type,
            list_number=list_id,
        )
        for place, leg in enumerate(form.legs)
    ]
    is_done = any(event.kind == EventKind.LIST_DONE and event.order_id == list_id for event in events)
    facts = placed_list_facts(
        market, list_id, form.type, form.client_id, time_ns // call.unit_ns, reports, is_done=is_done
    )
    return msgspec.json.encode(facts)


async def _refusal_of(desk: Desk, market: Market, form: ListForm, outcomes: list[Outcome]) -> ApiError | None:
    """Why the list was refused: the one command of it that did not fail because another had."""
    for place, outcome in enumerate(outcomes):
        reason = reject_of(outcome)
        if reason in (Reject.NONE, Reject.LIST_REFUSED):
            continue
        market = await desk.symbols.current_market(market.code)  # what it allows may have changed
        if place == 0:
            return list_refusal(form.type, market, reason)
        return order_refusal(form.legs[place - 1].command, market, reason)
    return None


# Cancels


async def cancel_list(desk: Desk, call: Call) -> bytes:
    """Cancel a whole list, by its id, its client id, or both."""
    params = call.params
    market = await call.market(desk)
    list_id, client_id = params.integer("orderListId"), params.client_id("listClientOrderId")
    if list_id is None and client_id is None:
        raise errors.missing_either("orderListId", "listClientOrderId")
    cancel_id = params.client_id("newClientOrderId") or new_client_id()
    if list_id is not None and client_id is not None:
        shown = await find_list(desk, call.account, list_id, None)
        if shown is not None and shown.client_id != client_id:
            raise errors.client_id_mismatch()
    call.still_fresh(desk)
    outcome = await desk.client.submit(_cancel_command(call.account, market, list_id, client_id, cancel_id), cancel_id)
    reason = reject_of(outcome)
    if reason:
        raise refusal(reason, Operation.CANCEL)
    desk.limits.note_events(outcome.events)
    done = own_event(outcome, EventKind.LIST_DONE)
    shown = await known_list(desk, call.account, done.order_id)
    return msgspec.json.encode(cancelled_list(market, shown, cancel_id, outcome, call.unit_ns))


async def known_list(desk: Desk, account: int, list_id: int) -> ListShown:
    """A list that an acknowledged event has named: the view has seen it."""
    shown = await find_list(desk, account, list_id, None)
    assert shown is not None, list_id
    return shown


def cancelled_list(market: Market, shown: ListShown, cancel_id: str, outcome: Outcome, unit_ns: int) -> dict[str, Any]:
    """The answer to a command that cancelled a list, with those of its orders that were still open."""
    cancelled = {event.order_id for event in outcome.events if event.kind == EventKind.CANCELED}
    reports = [
        cancelled_facts(market, row, client_id, cancel_id, outcome, unit_ns)
        for row, client_id in shown.orders
        if row.order_id in cancelled
    ]
    return cancelled_list_facts(market, shown, outcome.time_ns, unit_ns, reports)


def _cancel_command(
    account: int, market: Market, list_id: int | None, client_id: str | None, cancel_id: str
) -> Command:
    """By list id if there is one, else by the list's client id; it bears its own id as text."""
    client_hi, client_lo = client_digest(cancel_id)
    target_hi, target_lo = (0, list_id) if list_id is not None else client_digest(client_id or "")
    return Command(
        client_hi=client_hi,
        client_lo=client_lo,
        target_hi=target_hi,
        target_lo=target_lo,
        account=account,
        subject=market.number,
        kind=CommandKind.CANCEL_LIST,
        flags=CommandFlag.NONE if list_id is None else CommandFlag.TARGET_IS_ORDER_ID,
        text_bytes=len(cancel_id),
    )


_PLACED = (
    ("orderList/oco", place_oco, NAMES[ListType.OCO]),
    ("orderList/oto", place_oto, NAMES[ListType.OTO]),
    ("orderList/otoco", place_otoco, NAMES[ListType.OTOCO]),
    ("orderList/opo", place_opo, NAMES[ListType.OPO]),
    ("orderList/opoco", place_opoco, NAMES[ListType.OPOCO]),
    ("order/oco", place_old_oco, OLD_OCO_NAMES),
)
ENDPOINTS = (
    *(
        Endpoint("POST", f"/api/v3/{path}", handler, 1, names(read), Permission.TRADE, free_if_done=True)
        for path, handler, read in _PLACED
    ),
    Endpoint(
        "DELETE",
        "/api/v3/orderList",
        cancel_list,
        1,
        names("symbol! orderListId listClientOrderId newClientOrderId"),
        Permission.TRADE,
        free_if_done=True,
    ),
)
