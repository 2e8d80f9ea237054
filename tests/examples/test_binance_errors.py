"""Every reject has words, and parameters are refused in the words clients match. Source: [D] errors.md."""

from collections.abc import Callable

import msgspec
import pytest

from venus.gateway.binance.errors import ApiError
from venus.gateway.binance.params import Limit, Params, decimal_steps, split
from venus.gateway.binance.trading.refusals import BINANCE_ERROR, Operation, refusal
from venus.records.rejects import Reject


def test_every_reject_has_words() -> None:
    assert set(BINANCE_ERROR) == set(Reject) - {Reject.NONE}


@pytest.mark.parametrize(
    ("reason", "operation", "code", "message"),
    [
        (Reject.INSUFFICIENT_FREE, Operation.ORDER, -2010, "Account has insufficient balance for requested action."),
        (Reject.DUPLICATE_CLIENT_ID, Operation.ORDER, -2010, "Duplicate order sent."),
        (Reject.WOULD_MATCH, Operation.ORDER, -2010, "Order would immediately match and take."),
        (Reject.SYMBOL_HALTED, Operation.ORDER, -2010, "Market is closed."),
        (Reject.PRICE_OUT_OF_RANGE, Operation.ORDER, -1013, "Filter failure: PRICE_FILTER"),
        (Reject.QUANTITY_OUT_OF_RANGE, Operation.ORDER, -1013, "Filter failure: LOT_SIZE"),
        (Reject.NOTIONAL_TOO_SMALL, Operation.ORDER, -1013, "Filter failure: NOTIONAL"),
        (Reject.TOO_MANY_ORDERS, Operation.ORDER, -1013, "Filter failure: MAX_NUM_ORDERS"),
        (Reject.UNKNOWN_ORDER, Operation.CANCEL, -2011, "Unknown order sent."),
        (Reject.CANCEL_RESTRICTED, Operation.CANCEL, -2011, "Order was not canceled due to cancel restrictions."),
        (Reject.UNKNOWN_ORDER, Operation.AMEND, -2038, "Unknown order sent."),
        (Reject.QUANTITY_INCREASE, Operation.AMEND, -2038, "Order amend (quantity increase) is not supported."),
        (Reject.NO_CHANGE, Operation.AMEND, -2038, "The requested action would change no state; rejecting."),
    ],
)
def test_rejects_in_the_operations_words(reason: Reject, operation: Operation, code: int, message: str) -> None:
    error = refusal(reason, operation)
    assert (error.code, error.message, error.status) == (code, message, 400)
    assert msgspec.json.decode(error.body()) == {"code": code, "msg": message}


def test_no_refusal_is_a_success() -> None:
    for reason in set(Reject) - {Reject.NONE}:
        for operation in Operation:
            error = refusal(reason, operation)
            assert error.code < 0 and error.status >= 400 and error.message


Read = Callable[[Params], object]
INTEGERS = "^[0-9]{1,20}$"
CLIENT_IDS = "^[a-zA-Z0-9-_]{1,36}$"


def mandatory(name: str) -> str:
    return f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."


def illegal(name: str, legal_range: str) -> str:
    return f"Illegal characters found in parameter '{name}'; legal range is '{legal_range}'."


@pytest.mark.parametrize(
    ("query", "read", "code", "message"),
    [
        ("", lambda p: p.required("symbol"), -1102, mandatory("symbol")),
        ("symbol=", lambda p: p.required("symbol"), -1102, mandatory("symbol")),
        ("price=", lambda p: p.optional("price"), -1105, "Parameter 'price' was empty."),
        ("price=1", lambda p: p.refuse("price"), -1106, "Parameter 'price' sent when not required."),
        ("limit=x", lambda p: p.limit(Limit(5, 9)), -1100, illegal("limit", INTEGERS)),
        ("limit=-1", lambda p: p.limit(Limit(5, 9)), -1100, illegal("limit", INTEGERS)),
        ("limit=0", lambda p: p.limit(Limit(5, 9)), -1130, "Data sent for parameter 'limit' is not valid."),
        ("limit=10", lambda p: p.limit(Limit(5, 9)), -1130, "Data sent for parameter 'limit' is not valid."),
        ("orderId=9223372036854775808", lambda p: p.integer("orderId"), -1108, "Parameter 'orderId' overflowed."),
        ("orderId=%D9%A1", lambda p: p.integer("orderId"), -1100, illegal("orderId", INTEGERS)),
        ("orderId=1%0A", lambda p: p.integer("orderId"), -1100, illegal("orderId", INTEGERS)),
        ("flag=yes", lambda p: p.boolean("flag", default=False), -1130, "Data sent for parameter 'flag' is not valid."),
        ("id=a%20b", lambda p: p.client_id("id"), -1100, illegal("id", CLIENT_IDS)),
        ("id=" + "a" * 37, lambda p: p.client_id("id"), -1100, illegal("id", CLIENT_IDS)),
        ("symbols=BTC", lambda p: p.symbols(), -1135, "JSON sent for parameter 'symbols' is not valid"),
        ("symbols=[1]", lambda p: p.symbols(), -1135, "JSON sent for parameter 'symbols' is not valid"),
        ("symbols=[]", lambda p: p.symbols(), -1130, "Data sent for parameter 'symbols' is not valid."),
        ('symbols=["A","A"]', lambda p: p.symbols(), -1151, "Symbol is present multiple times in the list."),
    ],
)
def test_parameters_are_refused_in_known_words(query: str, read: Read, code: int, message: str) -> None:
    with pytest.raises(ApiError) as refused:
        read(Params(split(query.encode(), b"").values))
    assert (refused.value.code, refused.value.message) == (code, message)


def test_the_query_wins_over_the_body() -> None:
    sent = split(b"symbol=A&side=BUY", b"symbol=B&price=1")
    assert sent.values == {"symbol": "A", "side": "BUY", "price": "1"}


@pytest.mark.parametrize(("query", "body"), [(b"a=1&a=1", b""), (b"", b"a=1&b=2&a=3"), (b"%61=1&a=2", b"")])
def test_a_name_twice_in_one_place_is_refused(query: bytes, body: bytes) -> None:
    with pytest.raises(ApiError, match="Duplicate values"):
        split(query, body)


def test_arrays_come_raw_or_encoded() -> None:
    for text in (b'["BTCUSDT","BNBUSDT"]', b"%5B%22BTCUSDT%22,%22BNBUSDT%22%5D"):
        assert Params(split(b"symbols=" + text, b"").values).symbols() == ["BTCUSDT", "BNBUSDT"]


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(ApiError) as refused:
        split(b"symbol=\xff\xfe", b"")
    assert refused.value.code == -1100


def test_times_come_in_either_unit_and_ends_are_inclusive_in_theirs() -> None:
    params = Params({"ms": "1499827319559", "us": "1499827319559123", "far": "9999999999999"})
    assert params.time_ns("ms") == 1_499_827_319_559_000_000
    assert params.time_ns("us") == 1_499_827_319_559_123_000
    assert params.end_time_ns("ms") == 1_499_827_319_559_999_999
    assert params.end_time_ns("us") == 1_499_827_319_559_123_999
    assert 0 < (params.end_time_ns("far") or 0) < 2**63  # clients send such a number for "no end"


@pytest.mark.parametrize(
    ("text", "decimals", "steps"),
    [("1", 8, 10**8), ("0.00000001", 8, 1), ("1.50", 1, 15), ("1.500000000", 1, 15), ("007", 0, 7), ("0.10", 8, 10**7)],
)
def test_decimal_text_is_read_exactly(text: str, decimals: int, steps: int) -> None:
    assert decimal_steps("price", text, decimals) == steps


@pytest.mark.parametrize(
    "text", ["", ".5", "5.", "1e5", "+1", "-1", "1,5", " 1", "1\n", "٣", "0x1", "NaN", "1" * 21, "1.5.5"]
)
def test_text_that_is_no_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(ApiError) as refused:
        decimal_steps("price", text, 8)
    assert refused.value.message == (
        r"Illegal characters found in parameter 'price'; legal range is '^([0-9]{1,20})(\.[0-9]{1,20})?$'."
    )


def test_too_fine_is_refused_not_rounded() -> None:
    with pytest.raises(ApiError, match=r"Parameter 'quantity' has too much precision\."):
        decimal_steps("quantity", "0.000000001", 8)
