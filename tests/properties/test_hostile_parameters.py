"""Whatever stands in a parameter, of whichever endpoint: a refusal in the API's own codes, never a failure of ours, and
what is refused has changed nothing.
"""

import hmac
import time
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples.rest.house import Answer, House, Trader, request
from venus.gateway.binance.endpoint import Endpoint, names
from venus.registry.credentials import Permission

CODES = frozenset(
    number
    for first, last in (
        (-1008, -1000), (-1016, -1013), (-1022, -1020), (-1106, -1100), (-1108, -1108), (-1112, -1111), (-1122, -1114),
        (-1125, -1125), (-1128, -1127), (-1130, -1130), (-1135, -1134), (-1139, -1139), (-1145, -1145), (-1151, -1151),
        (-1158, -1158), (-1160, -1160), (-1166, -1165), (-1168, -1168), (-1199, -1194), (-1211, -1210), (-1220, -1220),
        (-1225, -1222), (-2016, -2010), (-2022, -2021), (-2026, -2026), (-2036, -2035), (-2039, -2038), (-2043, -2042),
    )
    for number in range(first, last + 1)
)  # fmt: skip
"""[D] errors.md. The wallet says -4000 to -5999 beyond them, conversions -20127 to -20130, snapshots -7002."""
WALLET_CODES = frozenset({*range(-5999, -3999), *range(-20130, -20126), -7002})

NEVER_A_NUMBER = [
    "NaN",
    "-nan",
    "Infinity",
    "-inf",
    "1e999",
    "1e5",
    "-0",
    "-1",
    "+1",
    "0x10",
    "1_000",
    "1,5",
    ".5",
    "1.",
    "1 ",
    " 1",
    "1\n",
    "٣",
    "１２",
    "²",
    "1" * 39,
    "0." + "0" * 38 + "1",
    "null",
    "true",
    "[]",
    "{}",
    "\0",
]
ODD = [
    *NEVER_A_NUMBER,
    "",
    "0",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    '["BTCUSDT"]',
    '["BTCUSDT","BTCUSDT"]',
    "[1]",
    "[[[[[[",
    '"',
    "'; DROP TABLE orders; --",
    "../../etc/passwd",
    "%",
    "💰",
    "é" * 50,
    "A" * 5_000,
]
USUAL = {
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "1",
    "price": "100",
    "limit": "10",
    "orderId": "1",
    "interval": "1m",
    "windowSize": "1h",
    "fromId": "0",
    "newQty": "0.5",
    "cancelReplaceMode": "STOP_ON_FAILURE",
    "cancelOrderId": "1",
    "startTime": "1700000000000",
    "endTime": "1700000060000",
}
NUMBERS = names(
    "quantity price stopPrice icebergQty quoteOrderQty trailingDelta strategyId strategyType limit orderId fromId "
    "startTime endTime newQty cancelOrderId orderListId pegOffsetValue recvWindow abovePrice belowPrice workingPrice "
    "workingQuantity pendingPrice pendingQuantity aboveStopPrice belowStopPrice fromExecutionId"
)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    opened = House()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def trader(house: House) -> Trader:
    return house.new_trader()


@pytest.fixture(scope="module")
def market(house: House) -> str:
    return house.new_market(orders_max=100_000)


def usual(endpoint: Endpoint, market: str) -> dict[str, str]:
    """Parameters with which the endpoint can be asked, as far as it reads them."""
    values = USUAL | {"symbol": market}
    return {name: values[name] for name in sorted(endpoint.names) if name in values}


def standing(house: House, trader: Trader) -> tuple[object, object]:
    """All that a request of the trader could have changed."""
    account = house.send(trader, "GET", "account").json["balances"]
    return account, house.send(trader, "GET", "openOrders").json


def assert_refused_in_words(answer: Answer) -> None:
    assert 400 <= answer.status < 500, answer
    code = answer.json["code"]
    assert code in CODES or code in WALLET_CODES, answer
    assert isinstance(answer.json["msg"], str)


@given(data=st.data())
def test_an_odd_value_is_never_our_failure(house: House, trader: Trader, market: str, data: st.DataObject) -> None:
    endpoint = data.draw(st.sampled_from(list(house.door.endpoints.values())))
    params: dict[str, str] = usual(endpoint, market)
    known = sorted(endpoint.names | {"recvWindow", "noSuchParameter"})
    changed = data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))
    for name in changed:
        params[name] = data.draw(st.sampled_from(ODD) | st.text(max_size=40))
    who = None if endpoint.permission is Permission.NONE else trader
    before = standing(house, trader)
    answer = house.send(who, endpoint.method, endpoint.path, **params)
    if answer.status == 200:
        return
    assert_refused_in_words(answer)
    assert standing(house, trader) == before, (endpoint, params)


@given(data=st.data())
def test_what_is_no_number_is_never_taken_for_one(
    house: House, trader: Trader, market: str, data: st.DataObject
) -> None:
    numeric = [endpoint for endpoint in house.door.endpoints.values() if endpoint.names & NUMBERS]
    endpoint = data.draw(st.sampled_from(numeric))
    name = data.draw(st.sampled_from(sorted(endpoint.names & NUMBERS)))
    params = usual(endpoint, market) | {name: data.draw(st.sampled_from(NEVER_A_NUMBER))}
    who = None if endpoint.permission is Permission.NONE else trader
    before = standing(house, trader)
    assert_refused_in_words(house.send(who, endpoint.method, endpoint.path, **params))
    assert standing(house, trader) == before


@given(data=st.data())
def test_a_name_sent_twice_is_refused(house: House, trader: Trader, market: str, data: st.DataObject) -> None:
    """But for names that an endpoint reads as a list."""
    endpoint = data.draw(st.sampled_from([one for one in house.door.endpoints.values() if one.names - one.repeated]))
    params = usual(endpoint, market)
    twice = data.draw(st.sampled_from(sorted(endpoint.names - endpoint.repeated)))
    second = data.draw(st.sampled_from(ODD))
    text = f"{urlencode({twice: '1'} | params)}&{twice}={quote(second)}".encode()
    if endpoint.permission is not Permission.NONE:
        text += b"&timestamp=%d" % (time.time_ns() // 10**6)
        text += b"&signature=" + hmac.digest(trader.secret.encode(), text, "sha256").hex().encode()
    headers = [(b"x-mbx-apikey", trader.key.encode())]
    before = standing(house, trader)
    query, body = (text, b"") if endpoint.method == "GET" or data.draw(st.booleans()) else (b"", text)
    answer = house.run(request(house.door, endpoint.method, endpoint.path, query, headers, body, "192.0.2.1"))
    assert answer.refusal == (400, -1101, "Duplicate values for a parameter detected.")
    assert standing(house, trader) == before


@given(raw=st.binary(max_size=200), path=st.sampled_from(["order", "account", "klines", "openOrders", "myTrades"]))
def test_bytes_that_are_no_query_are_refused(house: House, trader: Trader, raw: bytes, path: str) -> None:
    method = "DELETE" if path == "openOrders" else "GET"
    headers = [(b"x-mbx-apikey", trader.key.encode())]
    answer = house.run(request(house.door, method, f"/api/v3/{path}", raw, headers, b"", "192.0.2.1"))
    assert_refused_in_words(answer)
