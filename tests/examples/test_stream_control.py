"""Requests on a stream connection, and each documented refusal in its documented words."""

from typing import Any

import msgspec
import pytest

from venus.gateway.binance.streams.control import BadRequest, Request, parse_request, reply

VARIANTS = "`SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`"


@pytest.mark.parametrize(
    ("message", "request_read"),
    [
        (b'{"method":"SUBSCRIBE","params":["a@trade"],"id":1}', Request("SUBSCRIBE", ["a@trade"], 1)),
        (b'{"id":"x-1","method":"UNSUBSCRIBE","params":["0"]}', Request("UNSUBSCRIBE", ["0"], "x-1")),
        (b'{"method":"LIST_SUBSCRIPTIONS","id":null}', Request("LIST_SUBSCRIPTIONS", [], None)),
        (
            b'{"method":"LIST_SUBSCRIPTIONS","params":[],"id":-9223372036854775808}',
            Request("LIST_SUBSCRIPTIONS", [], -(2**63)),
        ),
        (
            b'{"method":"SET_PROPERTY","params":["combined",true],"id":5}',
            Request("SET_PROPERTY", ["combined", True], 5),
        ),
        (b'{"method":"GET_PROPERTY","params":["combined"],"id":2}', Request("GET_PROPERTY", ["combined"], 2)),
    ],
)
def test_a_request_is_read(message: bytes, request_read: Request) -> None:
    assert parse_request(message) == request_read


@pytest.mark.parametrize(
    ("message", "refusal"),
    [
        (b'{"method":"GET_PROPERTY","params":["speed"],"id":7}', {"code": 0, "msg": "Unknown property", "id": 7}),
        (
            b'{"method":"SET_PROPERTY","params":["combined","yes"],"id":7}',
            {"code": 1, "msg": "Invalid value type: expected Boolean", "id": 7},
        ),
        (
            b'{"method":"SET_PROPERTY","params":["combined"],"id":7}',
            {"code": 1, "msg": "Invalid value type: expected Boolean", "id": 7},
        ),
        (
            b'{"method":"GET_PROPERTY","params":[],"id":7}',
            {"code": 2, "msg": "Invalid request: property name must be a string", "id": 7},
        ),
        (
            b'{"method":"SET_PROPERTY","params":[3,true],"id":7}',
            {"code": 2, "msg": "Invalid request: property name must be a string", "id": 7},
        ),
        (
            b'{"method":"LIST_SUBSCRIPTIONS","params":["a"],"id":7}',
            {"code": 2, "msg": "Invalid request: too many parameters", "id": 7},
        ),
        (
            b'{"method":"GET_PROPERTY","params":["combined",true],"id":7}',
            {"code": 2, "msg": "Invalid request: too many parameters", "id": 7},
        ),
        (
            b'{"method":"SUBSCRIBED","params":["a"],"id":7}',
            {
                "code": 2,
                "msg": f"Invalid request: unknown variant `SUBSCRIBED`, expected one of {VARIANTS} at line 1 column 22",
            },
        ),
        (
            b'{"params":["a"],\n"id":7}',
            {"code": 2, "msg": "Invalid request: missing field `method` at line 2 column 7"},
        ),
        (b"hello", {"code": 3, "msg": "Invalid JSON: expected value at line 1 column 1"}),
        (b'{"id":1,\n "method":oops}', {"code": 3, "msg": "Invalid JSON: expected value at line 2 column 11"}),
        (b'"\xff"', {"code": 3, "msg": "Invalid JSON: expected value at line 1 column 3"}),
    ],
)
def test_each_refusal_says_why_and_where(message: bytes, refusal: dict[str, Any]) -> None:
    with pytest.raises(BadRequest) as refused:
        parse_request(message)
    assert msgspec.json.decode(refused.value.reply) == refusal


@pytest.mark.parametrize(
    "request_id", ["1.5", "true", '"' + "x" * 37 + '"', '"a b"', '""', "[]", "9223372036854775808"]
)
def test_an_id_is_a_number_a_short_text_or_null(request_id: str) -> None:
    message = f'{{"method":"LIST_SUBSCRIPTIONS","id":{request_id}}}'
    for data in (message, '{"method":"LIST_SUBSCRIPTIONS"}'):
        with pytest.raises(BadRequest) as refused:
            parse_request(data.encode())
        assert msgspec.json.decode(refused.value.reply) == {
            "code": 2,
            "msg": "Invalid request: request ID must be an unsigned integer",
        }


@pytest.mark.parametrize("params", ["null", "[]", '"btcusdt@trade"', "[1]", '{"a":1}'])
def test_subscribing_takes_names(params: str) -> None:
    with pytest.raises(BadRequest) as refused:
        parse_request(f'{{"method":"SUBSCRIBE","params":{params},"id":1}}'.encode())
    assert msgspec.json.decode(refused.value.reply)["code"] == 2


def test_a_reply_gives_the_result_and_the_id() -> None:
    assert reply(None, 1) == b'{"result":null,"id":1}'
    assert reply(["a@trade"], "x") == b'{"result":["a@trade"],"id":"x"}'
