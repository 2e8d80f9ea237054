"""Cancel an order and place another, in one frame; the outcome of each half is told apart.

Source: [D] rest-api.md, "Cancel an Existing Order and Send a New Order"; docs/rules/spot.md, "Cancel-replace".
"""

from typing import Any

import msgspec

from venus.engine.client import EngineOverloaded, EngineRefused, Outcome
from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.errors import ApiError
from venus.gateway.binance.params import Params
from venus.gateway.binance.symbols import Market
from venus.gateway.binance.trading.history import named_order
from venus.gateway.binance.trading.order_form import ORDER_NAMES, new_client_id, read_order
from venus.gateway.binance.trading.orders import (
    cancel_command,
    cancelled_answer,
    market_as_refused,
    new_order_facts,
    refuse_mismatch,
    refuse_unknown_here,
    restrictions,
)
from venus.gateway.binance.trading.outcomes import reject_of
from venus.gateway.binance.trading.refusals import Operation, order_refusal, refusal
from venus.records.commands import CommandFlag
from venus.records.rejects import Reject
from venus.registry.credentials import Permission

REPLACE_MODES = ("STOP_ON_FAILURE", "ALLOW_FAILURE")
OVER_LIMIT_MODES = ("DO_NOTHING", "CANCEL_ONLY")


async def cancel_replace(desk: Desk, call: Call) -> bytes:
    """Cancel an order and place another, in one frame. The outcome of each half is told apart."""
    params = call.params
    market = await call.market(desk)
    mode = _choice(params, "cancelReplaceMode", REPLACE_MODES)
    over_limit = _choice(params, "orderRateLimitExceededMode", OVER_LIMIT_MODES, "DO_NOTHING")
    stop_on_failure = mode == "STOP_ON_FAILURE"
    order_id, client_id = named_order(params, "cancelOrderId", "cancelOrigClientOrderId")
    cancel_id = params.client_id("cancelNewClientOrderId") or new_client_id()
    flags = restrictions(params)
    form = read_order(params, market, call.account)
    await refuse_unknown_here(desk, form.command, market)
    await refuse_mismatch(desk, call, market, order_id, client_id)
    call.still_fresh(desk)
    try:
        desk.limits.take_order(call.account, call.now_ns)
    except ApiError as limit:
        if over_limit == "DO_NOTHING":
            raise
        command = cancel_command(call.account, market, order_id, client_id, cancel_id, flags)
        cancelled = await _half(desk, call, market, cancel_id, await desk.client.submit(command, cancel_id))
        raise _over_limit(cancelled, limit, stop_on_failure=stop_on_failure) from None
    flags |= CommandFlag.REPLACES | (CommandFlag.STOP_ON_FAILURE if stop_on_failure else CommandFlag.NONE)
    command = cancel_command(call.account, market, order_id, client_id, cancel_id, flags)
    try:
        cancel_outcome, order_outcome = await desk.client.submit_linked(
            [(command, cancel_id), (form.command, form.text)]
        )
    except (EngineOverloaded, EngineRefused):  # nothing was taken
        desk.limits.credit_orders(call.account, 1)
        raise
    reason = reject_of(order_outcome)
    if reason and reason is not Reject.NOT_ATTEMPTED:
        desk.limits.credit_orders(call.account, 1)  # a replacement not attempted counts all the same
    if reject_of(cancel_outcome) is Reject.REPLACEMENT_REFUSED:
        raise order_refusal(form.command, await market_as_refused(desk, market, reason), reason, replaces=True)
    cancelled = await _half(desk, call, market, cancel_id, cancel_outcome)
    if reason:
        refused = None
        if reason is not Reject.NOT_ATTEMPTED:
            refused = order_refusal(form.command, await market_as_refused(desk, market, reason), reason)
        raise _both(cancelled, refused)
    desk.limits.note_events(order_outcome.events)
    call.placed = True
    placed = new_order_facts(market, form, order_outcome, call.unit_ns)
    if isinstance(cancelled, ApiError):
        raise _both(cancelled, placed)
    return msgspec.json.encode(_halves(cancelled, placed))


Half = dict[str, Any] | ApiError | None
"""What came of one half: its answer, its refusal, or None if it was not attempted."""


async def _half(desk: Desk, call: Call, market: Market, cancel_id: str, outcome: Outcome) -> dict[str, Any] | ApiError:
    reason = reject_of(outcome)
    if reason:
        return refusal(reason, Operation.CANCEL)
    desk.limits.note_events(outcome.events)
    return await cancelled_answer(desk, call, market, cancel_id, outcome)


def _both(cancelled: Half, placed: Half, *, status: int | None = None) -> ApiError:
    """The refusal that carries both halves: -2021 if one of them worked, else -2022."""
    partly = isinstance(cancelled, dict) or isinstance(placed, dict)
    limit = placed if isinstance(placed, ApiError) else None
    return ApiError(
        -2021 if partly else -2022,
        "Order cancel-replace partially failed." if partly else "Order cancel-replace failed.",
        status=status or (409 if partly else 400),
        retry_after_s=limit.retry_after_s if limit else None,
        data=_halves(cancelled, placed),
    )


def _halves(cancelled: Half, placed: Half) -> dict[str, Any]:
    return {
        "cancelResult": _result(cancelled),
        "newOrderResult": _result(placed),
        "cancelResponse": cancelled.facts() if isinstance(cancelled, ApiError) else cancelled,
        "newOrderResponse": placed.facts() if isinstance(placed, ApiError) else placed,
    }


def _result(half: Half) -> str:
    if half is None:
        return "NOT_ATTEMPTED"
    return "FAILURE" if isinstance(half, ApiError) else "SUCCESS"


def _over_limit(cancelled: Half, limit: ApiError, *, stop_on_failure: bool) -> ApiError:
    """What CANCEL_ONLY says when the account may place no more. Source: [D] rest-api.md, the table of cancelReplace."""
    failed = isinstance(cancelled, ApiError)
    if stop_on_failure:
        return _both(cancelled, None if failed else limit, status=429)
    return _both(cancelled, limit, status=400 if failed else 409)


def _choice(params: Params, name: str, choices: tuple[str, ...], default: str | None = None) -> str:
    value = params.required(name) if default is None else params.optional(name) or default
    if value not in choices:
        raise errors.bad_value(name)
    return value


NAMES = (
    f"{ORDER_NAMES} cancelReplaceMode! cancelOrderId cancelOrigClientOrderId cancelNewClientOrderId cancelRestrictions "
    "orderRateLimitExceededMode"
)

ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/v3/order/cancelReplace",
        cancel_replace,
        1,
        names(NAMES),
        Permission.TRADE,
        free_if_done=True,
    ),
)
