"""Every refusal in the outside's words: the API's codes, messages and HTTP statuses.

Inside, a refusal is a `Reject`; here one table says it as clients know it, and a test proves the table total. What a
door refuses by itself (parameters, signatures, limits) is an `ApiError` from the start. Clients match messages as
strings, so a message never changes.
Source: [D] errors.md.
"""

from enum import IntEnum
from typing import Any, NamedTuple

import msgspec

from venus.records.rejects import Reject


class ApiError(Exception):
    """A refused request. `data` is an extra member of the body, `retry_after_s` the header of a limit."""

    def __init__(
        self, code: int, message: str, *, status: int = 400, retry_after_s: int | None = None, data: Any = None
    ) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.status = status
        self.retry_after_s = retry_after_s
        self.data = data

    def facts(self) -> dict[str, Any]:
        """As it stands inside another answer (cancel-replace) or, with `data`, as the whole body."""
        facts: dict[str, Any] = {"code": self.code, "msg": self.message}
        if self.data is not None:
            facts["data"] = self.data
        return facts

    def body(self) -> bytes:
        return msgspec.json.encode(self.facts())


# General


def unknown_failure() -> ApiError:
    return ApiError(-1000, "An unknown error occurred while processing the request.", status=500)


def outcome_unknown() -> ApiError:
    """The engine went away with the request: it may have been done."""
    return ApiError(
        -1006, "An unexpected response was received from the message bus. Execution status unknown.", status=503
    )


def timed_out() -> ApiError:
    return ApiError(
        -1007,
        "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
        status=504,
    )


def overloaded() -> ApiError:
    """Nothing was taken; the same request may be sent again."""
    return ApiError(
        -1008,
        "Server is currently overloaded with other requests. Please try again in a few minutes.",
        status=503,
        retry_after_s=1,
    )


def not_now(*, stopping: bool) -> ApiError:
    """The engine takes no commands: it stops, or has no room to journal them. Nothing was taken."""
    if stopping:
        return ApiError(-1016, "This service is no longer available.", status=503)
    return ApiError(-1001, "Internal error; unable to process your request. Please try again.", status=503)


def unsupported(status: int = 404) -> ApiError:
    return ApiError(-1020, "This operation is not supported.", status=status)


# Parameters


def illegal_characters(name: str, legal_range: str) -> ApiError:
    return ApiError(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal_range}'.")


def too_many(expected_count: int, received_count: int) -> ApiError:
    return ApiError(-1101, f"Too many parameters; expected '{expected_count}' and received '{received_count}'.")


def duplicate_parameter() -> ApiError:
    return ApiError(-1101, "Duplicate values for a parameter detected.")


def missing(name: str) -> ApiError:
    return ApiError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def missing_either(name: str, other: str) -> ApiError:
    return ApiError(-1102, f"Param '{name}' or '{other}' must be sent, but both were empty/null!")


def above_maximum(name: str, maximum: int) -> ApiError:
    return ApiError(-1102, f"'{name}' contains unexpected value. Cannot be greater than {maximum}.")


def unread(read_count: int, sent_count: int) -> ApiError:
    return ApiError(
        -1104, f"Not all sent parameters were read; read '{read_count}' parameter(s) but was sent '{sent_count}'."
    )


def empty(name: str) -> ApiError:
    return ApiError(-1105, f"Parameter '{name}' was empty.")


def not_required(name: str) -> ApiError:
    return ApiError(-1106, f"Parameter '{name}' sent when not required.")


def overflowed(name: str) -> ApiError:
    return ApiError(-1108, f"Parameter '{name}' overflowed.")


def too_precise(name: str) -> ApiError:
    return ApiError(-1111, f"Parameter '{name}' has too much precision.")


def bad_time_in_force() -> ApiError:
    return ApiError(-1115, "Invalid timeInForce.")


def bad_order_type() -> ApiError:
    return ApiError(-1116, "Invalid orderType.")


def bad_side() -> ApiError:
    return ApiError(-1117, "Invalid side.")


def bad_interval() -> ApiError:
    return ApiError(-1120, "Invalid interval.")


def bad_symbol() -> ApiError:
    return ApiError(-1121, "Invalid symbol.")


def bad_symbol_status() -> ApiError:
    return ApiError(-1122, "Invalid symbolStatus.")


def lookup_too_long(hours: int) -> ApiError:
    return ApiError(-1127, f"More than {hours} hours between startTime and endTime.")


def bad_combination() -> ApiError:
    return ApiError(-1128, "Combination of optional parameters invalid.")


def bad_value(name: str) -> ApiError:
    return ApiError(-1130, f"Data sent for parameter '{name}' is not valid.")


def bad_strategy_type() -> ApiError:
    return ApiError(-1134, "`strategyType` was less than 1000000.")


def bad_json(name: str) -> ApiError:
    return ApiError(-1135, f"JSON sent for parameter '{name}' is not valid")


def bad_ticker_type() -> ApiError:
    return ApiError(-1139, "Invalid ticker type.")


def bad_cancel_restrictions() -> ApiError:
    return ApiError(-1145, "Invalid cancelRestrictions")


def repeated_symbol() -> ApiError:
    return ApiError(-1151, "Symbol is present multiple times in the list.")


def bad_time_unit() -> ApiError:
    return ApiError(-1194, "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.")


def status_mismatch() -> ApiError:
    return ApiError(-1220, "The symbol's status does not match the requested symbolStatus.")


# Identity and limits


def late() -> ApiError:
    return ApiError(-1021, "Timestamp for this request is outside of the recvWindow.")


def early() -> ApiError:
    return ApiError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")


def bad_signature() -> ApiError:
    return ApiError(-1022, "Signature for this request is not valid.")


def bad_key_format() -> ApiError:
    return ApiError(-2014, "API-key format invalid.", status=401)


def bad_key() -> ApiError:
    return ApiError(-2015, "Invalid API-key, IP, or permissions for action.", status=401)


def too_much_weight(limit: int, retry_after_s: int) -> ApiError:
    return ApiError(
        -1003,
        f"Too much request weight used; current limit is {limit} request weight per 1 MINUTE. "
        "Please use WebSocket Streams for live updates to avoid polling the API.",
        status=429,
        retry_after_s=retry_after_s,
    )


def too_many_requests(limit: int, minutes: int, retry_after_s: int) -> ApiError:
    return ApiError(
        -1003,
        f"Too many requests; current limit is {limit} requests per {minutes} MINUTE. "
        "Please use WebSocket Streams for live updates to avoid polling the API.",
        status=429,
        retry_after_s=retry_after_s,
    )


def banned(until_ms: int, retry_after_s: int) -> ApiError:
    return ApiError(
        -1003,
        f"Way too much request weight used; IP banned until {until_ms}. "
        "Please use WebSocket Streams for live updates to avoid bans.",
        status=418,
        retry_after_s=retry_after_s,
    )


def too_many_orders(limit: int, interval: str, retry_after_s: int) -> ApiError:
    return ApiError(
        -1015,
        f"Too many new orders; current limit is {limit} orders per {interval}.",
        status=429,
        retry_after_s=retry_after_s,
    )


# Markets


def no_reference_price() -> ApiError:
    return ApiError(-2043, "This symbol doesn't have a reference price.")


# Orders


def filter_failure(name: str) -> ApiError:
    return ApiError(-1013, f"Filter failure: {name}")


def not_supported_here(what: str) -> ApiError:
    """A kind of order that the API knows and this symbol does not offer."""
    return ApiError(-2010, f"{what} orders are not supported for this symbol.")


def no_such_order() -> ApiError:
    return ApiError(-2013, "Order does not exist.")


def no_such_listen_key() -> ApiError:
    return ApiError(-1125, "This listenKey does not exist.")


# User data streams


def subscription_active() -> ApiError:
    return ApiError(-2035, "User Data Stream subscription already active.")


def subscription_inactive() -> ApiError:
    return ApiError(-2036, "User Data Stream subscription not active.")


def too_many_subscriptions() -> ApiError:
    return ApiError(-2042, "Maximum subscription ID reached for this connection.")


def client_id_mismatch() -> ApiError:
    return ApiError(-2039, "Client order ID is not correct for this order ID.")


class Operation(IntEnum):
    """What the engine was asked: its refusals carry the operation's code."""

    ORDER = -2010
    CANCEL = -2011
    AMEND = -2038


class Words(NamedTuple):
    """A reject said outside. `code` None: the operation's own code."""

    code: int | None
    message: str
    status: int = 400


_NOT_FROM_AN_ORDER = Words(-1000, "An unknown error occurred while processing the request.", 500)

BINANCE_ERROR: dict[Reject, Words] = {
    Reject.UNKNOWN_ACCOUNT: Words(-2015, "Invalid API-key, IP, or permissions for action.", 401),
    Reject.UNKNOWN_SYMBOL: Words(-1121, "Invalid symbol."),
    Reject.UNKNOWN_ORDER: Words(None, "Unknown order sent."),
    Reject.ACCOUNT_FROZEN: Words(None, "This account may not place or cancel orders."),
    Reject.SYMBOL_HALTED: Words(None, "Market is closed."),
    Reject.INVALID_ORDER: Words(-1014, "Unsupported order combination."),
    Reject.STP_NOT_ALLOWED: Words(-1013, "This symbol does not allow the specified self-trade prevention mode."),
    Reject.PRICE_OUT_OF_RANGE: Words(-1013, "Filter failure: PRICE_FILTER"),
    Reject.QUANTITY_OUT_OF_RANGE: Words(-1013, "Filter failure: LOT_SIZE"),
    Reject.NOTIONAL_TOO_LARGE: Words(-1013, "Filter failure: NOTIONAL"),
    Reject.NOTIONAL_TOO_SMALL: Words(-1013, "Filter failure: NOTIONAL"),
    Reject.DUPLICATE_CLIENT_ID: Words(None, "Duplicate order sent."),
    Reject.TOO_MANY_ORDERS: Words(-1013, "Filter failure: MAX_NUM_ORDERS"),
    Reject.INSUFFICIENT_FREE: Words(None, "Account has insufficient balance for requested action."),
    Reject.WOULD_MATCH: Words(None, "Order would immediately match and take."),
    Reject.WOULD_TRIGGER: Words(None, "Order would trigger immediately."),
    Reject.ICEBERG_TOO_LARGE: Words(None, "IcebergQty exceeds QTY."),
    Reject.TOO_MANY_PARTS: Words(-1013, "Filter failure: ICEBERG_PARTS"),
    Reject.NO_PEG_PRICE: Words(None, "Order book liquidity is too low for this pegged order."),
    Reject.PERCENT_PRICE: Words(-1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
    Reject.POSITION_TOO_LARGE: Words(-1013, "Filter failure: MAX_POSITION"),
    Reject.TOO_MANY_ALGO_ORDERS: Words(-1013, "Filter failure: MAX_NUM_ALGO_ORDERS"),
    Reject.TOO_MANY_ICEBERGS: Words(-1013, "Filter failure: MAX_NUM_ICEBERG_ORDERS"),
    Reject.TRAILING_OUT_OF_RANGE: Words(-1013, "Filter failure: TRAILING_DELTA"),
    Reject.NO_LAST_PRICE: Words(None, "Order book liquidity is less than symbol minimum quantity."),
    Reject.TOO_MANY_AMENDS: Words(None, "Filter failure: MAX_NUM_ORDER_AMENDS"),
    Reject.NOT_STARTED: Words(None, "Order amend (pending OPO order) is not supported."),
    Reject.LIST_REFUSED: Words(None, "The order list was refused for one of its orders."),
    Reject.BAD_LIST_PRICES: Words(None, "The relationship of the prices for the orders is not correct."),
    Reject.DUPLICATE_LIST_ID: Words(None, "Duplicate order sent."),
    Reject.TOO_MANY_LISTS: Words(-1013, "Filter failure: MAX_NUM_ORDER_LISTS"),
    Reject.NOT_ALLOWED_ON_SYMBOL: Words(None, "Unsupported order combination"),
    Reject.ASSET_LIMIT: Words(-1013, "Filter failure: MAX_ASSET"),
    Reject.TOO_MANY_ON_EXCHANGE: Words(-1013, "Filter failure: EXCHANGE_MAX_NUM_ORDERS"),
    Reject.TOO_MANY_ALGO_ON_EXCHANGE: Words(-1013, "Filter failure: EXCHANGE_MAX_NUM_ALGO_ORDERS"),
    Reject.TOO_MANY_ICEBERGS_ON_EXCHANGE: Words(-1013, "Filter failure: EXCHANGE_MAX_NUM_ICEBERG_ORDERS"),
    Reject.TOO_MANY_LISTS_ON_EXCHANGE: Words(-1013, "Filter failure: EXCHANGE_MAX_NUM_ORDER_LISTS"),
    Reject.CANCEL_RESTRICTED: Words(None, "Order was not canceled due to cancel restrictions."),
    # Both halves of a cancel-replace are told apart by the rest of the answer; these stand for the half not tried.
    Reject.REPLACEMENT_REFUSED: Words(-2022, "Order cancel-replace failed."),
    Reject.NOT_ATTEMPTED: Words(-2022, "Order cancel-replace failed."),
    Reject.QUANTITY_INCREASE: Words(None, "Order amend (quantity increase) is not supported."),
    Reject.NO_CHANGE: Words(None, "The requested action would change no state; rejecting."),
    Reject.BELOW_EXECUTED: Words(-1013, "Filter failure: LOT_SIZE"),
    # No door of this API gives these commands; said here so that a mistake of ours is an honest 500, never silence.
    Reject.UNKNOWN_ASSET: _NOT_FROM_AN_ORDER,
    Reject.UNKNOWN_COUNTERPARTY: _NOT_FROM_AN_ORDER,
    Reject.INVALID_TRANSFER: _NOT_FROM_AN_ORDER,
    Reject.AMOUNT_OUT_OF_RANGE: _NOT_FROM_AN_ORDER,
    Reject.REFERENCE_MISSING: _NOT_FROM_AN_ORDER,
    Reject.REFERENCE_REUSED: _NOT_FROM_AN_ORDER,
    Reject.ASSET_FULL: _NOT_FROM_AN_ORDER,
    Reject.LINK_BROKEN: _NOT_FROM_AN_ORDER,
    Reject.INVALID_COMMAND: _NOT_FROM_AN_ORDER,
    Reject.ALREADY_LISTED: _NOT_FROM_AN_ORDER,
    Reject.HOUSE_MISSING: _NOT_FROM_AN_ORDER,
    Reject.LISTING_NOT_EXACT: _NOT_FROM_AN_ORDER,
    Reject.LISTING_OVERFLOWS: _NOT_FROM_AN_ORDER,
    Reject.FEE_OUT_OF_RANGE: _NOT_FROM_AN_ORDER,
}


def refusal(reason: int, operation: Operation) -> ApiError:
    """The engine's reject, said outside."""
    words = BINANCE_ERROR[Reject(reason)]
    return ApiError(operation if words.code is None else words.code, words.message, status=words.status)
