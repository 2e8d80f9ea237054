"""What a door refuses by itself, in the outside's words: the API's codes, messages and HTTP statuses.

Clients match messages as strings, so a message never changes. What the engine refuses is in refusals.py.
Source: [D] errors.md.
"""

from typing import Any

import msgspec


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


def must_come_together(name: str, other: str) -> ApiError:
    return ApiError(
        -1128, f"Combination of optional fields invalid. Recommendation: '{name}' and '{other}' must both be sent."
    )


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


def unsupported_combination() -> ApiError:
    return ApiError(-1014, "Unsupported order combination.")


def filter_failure(name: str) -> ApiError:
    return ApiError(-1013, f"Filter failure: {name}")


def not_supported_here(what: str) -> ApiError:
    """A kind of order that the API knows and this symbol does not offer."""
    return ApiError(-2010, f"{what} orders are not supported for this symbol.")


def no_routing() -> ApiError:
    return ApiError(-1013, "This symbol has no SOR.")


def bad_peg_price_type() -> ApiError:
    return ApiError(-1210, "Invalid pegPriceType.")


def bad_peg_offset_type() -> ApiError:
    return ApiError(-1211, "Invalid pegOffsetType.")


def peg_of_other_type() -> ApiError:
    return ApiError(-2010, "This order type may not use pegged price.")


def bad_peg_for_type() -> ApiError:
    return ApiError(-2010, "This price peg cannot be used with this order type.")


# Order lists


def bad_type_in_pair() -> ApiError:
    return ApiError(-1158, "Order type not supported in OCO.")


def iceberg_without_gtc(name: str, tif_name: str) -> ApiError:
    return ApiError(-1160, f"Parameter '{name}' is not supported if `{tif_name}` is not GTC.")


def limit_on_wrong_side(*, buying: bool) -> ApiError:
    if buying:
        return ApiError(-1165, "A limit order in a buy OCO must be below.")
    return ApiError(-1166, "A limit order in a sell OCO must be above.")


def pair_of_limits() -> ApiError:
    return ApiError(-1168, "At least one OCO order must be contingent.")


def stop_loss_on_wrong_side(*, buying: bool) -> ApiError:
    if buying:
        return ApiError(-1196, "A stop loss order in a buy OCO must be above.")
    return ApiError(-1197, "A stop loss order in a sell OCO must be below.")


def take_profit_on_wrong_side(*, buying: bool) -> ApiError:
    if buying:
        return ApiError(-1198, "A take profit order in a buy OCO must be below.")
    return ApiError(-1199, "A take profit order in a sell OCO must be above.")


def working_must_buy() -> ApiError:
    return ApiError(-1222, "Working order in an OPO list must be a bid.")


def pending_must_sell() -> ApiError:
    return ApiError(-1223, "Pending orders in an OPO list must be asks.")


# What is asked for


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
