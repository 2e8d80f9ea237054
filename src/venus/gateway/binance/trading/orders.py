"""Orders placed, cancelled and amended: what a trader may ask of the engine.

A new order is answered from its own events, so placing costs one trip. A cancel's answer shows the order as it stood,
which is one question more. Source: [D] rest-api.md, "Trading endpoints"; docs/rules/spot.md.
"""

import asyncio
from typing import Any

import msgspec

from venus.engine.client import Outcome
from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Asked, Call, Desk, Endpoint, carry_out, names
from venus.gateway.binance.params import Params
from venus.gateway.binance.symbols import Market
from venus.gateway.binance.trading.history import find_order, named_order
from venus.gateway.binance.trading.lists import cancelled_list, known_list
from venus.gateway.binance.trading.order_form import ORDER_NAMES, OrderForm, new_client_id, read_order
from venus.gateway.binance.trading.order_trial import trial_reject
from venus.gateway.binance.trading.outcomes import add_up, own_event, reject_of
from venus.gateway.binance.trading.refusals import (
    BY_RULES,
    Operation,
    RefusedByRules,
    feature_refusal,
    features_asked,
    order_refusal,
    refusal,
)
from venus.gateway.binance.trading.render_accounts import order_commission_facts
from venus.gateway.binance.trading.render_lists import list_status_facts
from venus.gateway.binance.trading.render_orders import Row, amended_facts, cancelled_facts
from venus.gateway.binance.trading.render_placed import placed_facts
from venus.records.commands import (
    CONDITIONAL_TYPES,
    Command,
    CommandFlag,
    CommandKind,
    Feature,
    OrderType,
    client_digest,
)
from venus.records.events import EventKind
from venus.records.rejects import Reject
from venus.registry.credentials import Permission
from venus.views.catalog import AccountAnswer, AccountQuestion

RESTRICTIONS = {"ONLY_NEW": CommandFlag.ONLY_NEW, "ONLY_PARTIALLY_FILLED": CommandFlag.ONLY_PARTIALLY_FILLED}

_encode = msgspec.json.Encoder().encode
_OF_RULES_2 = Feature.ICEBERG | Feature.PEG

# New orders


async def place(desk: Desk, call: Call) -> bytes:
    market = await call.market(desk)
    form = read_order(call.params, market, call.account)
    await refuse_unknown_here(desk, form.command, market)
    try:
        return await carry_out(desk, _ask_to_place(desk, call, market, form))
    except RefusedByRules as refused:
        market = await desk.symbols.current_market(market.code)
        raise order_refusal(form.command, market, refused.reason) from None


def ask_to_place(desk: Desk, call: Call) -> Asked | None:
    """As `place`, up to the engine; None if something must be looked up first."""
    market = desk.symbols.known(call.params.required("symbol"))
    if market is None or not market.conditions_known:
        return None
    return _ask_to_place(desk, call, market, read_order(call.params, market, call.account))


def _ask_to_place(desk: Desk, call: Call, market: Market, form: OrderForm) -> Asked:
    call.still_fresh(desk)
    limits = desk.limits
    limits.take_order(call.account, call.now_ns)

    def give_back() -> None:
        limits.credit_orders(call.account, 1)

    def answer(outcome: Outcome) -> bytes:
        reason = reject_of(outcome)
        if reason:
            give_back()
            raise order_refusal(form.command, market, reason)
        limits.note_events(outcome.events)
        call.placed = True
        return _encode(new_order_facts(market, form, outcome, call.unit_ns))

    return Asked(form.command, form.text, answer, give_back)


def new_order_facts(market: Market, form: OrderForm, outcome: Outcome, unit_ns: int) -> dict[str, Any]:
    """The answer to an order that was accepted."""
    placed = add_up(outcome.events, own_event(outcome, EventKind.ACCEPTED).order_id)
    return placed_facts(market, form, placed, outcome.time_ns, unit_ns)


async def market_as_refused(desk: Desk, market: Market, reason: Reject) -> Market:
    """The market with what it allows now, if the words of a refusal depend on it."""
    if reason in BY_RULES:
        return await desk.symbols.current_market(market.code)
    return market


async def refuse_unknown_here(desk: Desk, command: Command, market: Market) -> None:
    """What an exchange knows that has not adopted the rules for it: there are such journals."""
    if market.conditions_known:
        return
    asked = features_asked(command) & _OF_RULES_2
    if not asked and command.type not in CONDITIONAL_TYPES:
        return
    market = await desk.symbols.current_market(market.code)  # it may have since
    if market.conditions_known:
        return
    if command.type in CONDITIONAL_TYPES:
        raise errors.not_supported_here(OrderType(command.type).name.replace("_", " ").capitalize())
    raise feature_refusal(asked, market, Operation.ORDER)


async def try_out(desk: Desk, call: Call) -> bytes:
    """Test a new order without placing it; nothing of it reaches the engine."""
    rates_wanted = call.params.boolean("computeCommissionRates", default=False)
    market = await desk.symbols.current_market(call.params.required("symbol"))
    form = read_order(call.params, market, call.account)
    await refuse_unknown_here(desk, form.command, market)
    reason = trial_reject(form.command, market)
    if reason:
        raise order_refusal(form.command, market, reason)
    if not rates_wanted:
        return b"{}"
    return msgspec.json.encode(order_commission_facts(await desk.ask(AccountQuestion(call.account), AccountAnswer)))


# Cancels


async def cancel(desk: Desk, call: Call) -> bytes:
    params = call.params
    market = await call.market(desk)
    order_id, client_id = named_order(params, "orderId", "origClientOrderId")
    cancel_id = params.client_id("newClientOrderId") or new_client_id()
    flags = restrictions(params)
    await refuse_mismatch(desk, call, market, order_id, client_id)
    call.still_fresh(desk)
    command = cancel_command(call.account, market, order_id, client_id, cancel_id, flags)
    outcome = await desk.client.submit(command, cancel_id)
    reason = reject_of(outcome)
    if reason:
        raise refusal(reason, Operation.CANCEL)
    desk.limits.note_events(outcome.events)
    return msgspec.json.encode(await cancelled_answer(desk, call, market, cancel_id, outcome))


async def cancel_all(desk: Desk, call: Call) -> bytes:
    """Cancel every open order of the account on a symbol; the answer lists them by order id."""
    market = await call.market(desk)
    call.still_fresh(desk)
    cancel_id = new_client_id()  # of all of them, here and in what listeners are told
    command = Command(account=call.account, subject=market.number, kind=CommandKind.CANCEL_ALL)
    outcome = await desk.client.submit(command, cancel_id)
    reason = reject_of(outcome)
    if reason:
        raise refusal(reason, Operation.CANCEL)
    desk.limits.note_events(outcome.events)
    order_ids = sorted(event.order_id for event in outcome.events if event.kind == EventKind.CANCELED)
    rows = await asyncio.gather(*(_own_row(desk, call, market, order_id) for order_id in order_ids))
    alone = [
        cancelled_facts(market, row, text, cancel_id, outcome, call.unit_ns) for row, text in rows if not row.list_id
    ]
    list_ids = sorted({row.list_id for row, _ in rows if row.list_id})
    lists = await asyncio.gather(*(known_list(desk, call.account, list_id) for list_id in list_ids))
    of_lists = [cancelled_list(market, shown, cancel_id, outcome, call.unit_ns) for shown in lists]
    return msgspec.json.encode(alone + of_lists)


def restrictions(params: Params) -> CommandFlag:
    name = params.optional("cancelRestrictions")
    if name is None:
        return CommandFlag.NONE
    flag = RESTRICTIONS.get(name)
    if flag is None:
        raise errors.bad_cancel_restrictions()
    return flag


def cancel_command(
    account: int, market: Market, order_id: int | None, client_id: str | None, cancel_id: str, flags: CommandFlag
) -> Command:
    """A cancel by order id if there is one, else by client id; it bears its own id as text."""
    client_hi, client_lo = client_digest(cancel_id)
    target_hi, target_lo, flags = _target(order_id, client_id, flags)
    return Command(
        client_hi=client_hi,
        client_lo=client_lo,
        target_hi=target_hi,
        target_lo=target_lo,
        account=account,
        subject=market.number,
        kind=CommandKind.CANCEL,
        flags=flags,
        text_bytes=len(cancel_id),
    )


def _target(order_id: int | None, client_id: str | None, flags: CommandFlag) -> tuple[int, int, CommandFlag]:
    if order_id is not None:
        return 0, order_id, flags | CommandFlag.TARGET_IS_ORDER_ID
    target_hi, target_lo = client_digest(client_id or "")
    return target_hi, target_lo, flags


async def refuse_mismatch(desk: Desk, call: Call, market: Market, order_id: int | None, client_id: str | None) -> None:
    """With both ids sent, the order of that id must bear that client id. An unknown order is left to the engine."""
    if order_id is None or client_id is None:
        return
    found = await find_order(desk, call.account, market, order_id, None)
    if found is not None and found[1] != client_id:
        raise errors.client_id_mismatch()


async def cancelled_answer(desk: Desk, call: Call, market: Market, cancel_id: str, outcome: Outcome) -> dict[str, Any]:
    """The order as it stood; of a leg, whose cancel is its list's, the list."""
    row, text = await _own_row(desk, call, market, own_event(outcome, EventKind.CANCELED).order_id)
    if row.list_id:
        shown = await known_list(desk, call.account, row.list_id)
        return cancelled_list(market, shown, cancel_id, outcome, call.unit_ns)
    return cancelled_facts(market, row, text, cancel_id, outcome, call.unit_ns)


async def _own_row(desk: Desk, call: Call, market: Market, order_id: int) -> tuple[Row, str]:
    """An order that an acknowledged event has named: the view has seen it."""
    found = await find_order(desk, call.account, market, order_id, None)
    assert found is not None, order_id
    return found


# Amendments


async def amend(desk: Desk, call: Call) -> bytes:
    """Reduce an order's quantity; its place in time stays."""
    params = call.params
    market = await call.market(desk)
    order_id, client_id = named_order(params, "orderId", "origClientOrderId")
    lots = market.lots("newQty", params.required("newQty"))
    new_id = params.client_id("newClientOrderId") or new_client_id()
    # The answer names the id that the order bore before, which the engine's event does not.
    found = await find_order(desk, call.account, market, order_id, client_id)
    if found is None:
        raise refusal(Reject.UNKNOWN_ORDER, Operation.AMEND)
    former_id = found[1]
    if order_id is not None and client_id is not None and former_id != client_id:
        raise errors.client_id_mismatch()
    client_hi, client_lo = client_digest(new_id)
    call.still_fresh(desk)
    outcome = await desk.client.submit(
        Command(
            client_hi=client_hi,
            client_lo=client_lo,
            target_lo=found[0].order_id,
            quantity=lots,
            account=call.account,
            subject=market.number,
            kind=CommandKind.AMEND,
            flags=CommandFlag.TARGET_IS_ORDER_ID,
            text_bytes=len(new_id),
        ),
        new_id,
    )
    reason = reject_of(outcome)
    if reason is Reject.NOT_ALLOWED_ON_SYMBOL:
        raise feature_refusal(Feature.AMEND, await market_as_refused(desk, market, reason), Operation.AMEND)
    if reason:
        raise refusal(reason, Operation.AMEND)
    row, text = await _own_row(desk, call, market, found[0].order_id)
    facts = amended_facts(market, row, text, former_id, outcome, call.unit_ns)
    if row.list_id:
        facts["listStatus"] = list_status_facts(market, await known_list(desk, call.account, row.list_id))
    return msgspec.json.encode(facts)


def _test_weight(params: Params) -> int:
    return 20 if params.boolean("computeCommissionRates", default=False) else 1


_CANCEL = "symbol! orderId origClientOrderId newClientOrderId cancelRestrictions"
_AMEND = "symbol! orderId origClientOrderId newClientOrderId newQty!"
ENDPOINTS = tuple(
    Endpoint(method, f"/api/v3/{path}", handler, weight, names(read), Permission.TRADE, free_if_done=free, ask=ask)
    for method, path, handler, weight, read, free, ask in (
        ("POST", "order", place, 1, ORDER_NAMES, True, ask_to_place),
        ("POST", "order/test", try_out, _test_weight, f"{ORDER_NAMES} computeCommissionRates", False, None),
        ("DELETE", "order", cancel, 1, _CANCEL, True, None),
        ("DELETE", "openOrders", cancel_all, 1, "symbol!", True, None),
        ("PUT", "order/amend/keepPriority", amend, 4, _AMEND, False, None),
    )
)
