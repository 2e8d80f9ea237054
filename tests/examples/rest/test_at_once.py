"""Orders that are asked at once, without a task: the same replies as by the long way, whatever becomes of them."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tests.examples.rest.house import House, Trader
from tests.examples.rest.test_door import broken_door
from venus.engine.client import EngineGone, EngineOverloaded, EngineRefused, Outcome
from venus.engine.wire import Refusal
from venus.gateway.binance.rest import RestDoor
from venus.gateway.binance.turns import Reply

ADDRESS = "192.0.2.1"
OWN_TO_EACH = {"orderId", "clientOrderId", "transactTime", "workingTime"}


def asked_at_once(
    house: House, door: RestDoor, who: Trader, query: bytes, *more: tuple[bytes, bytes], method: str = "POST"
) -> Reply | None:
    """The reply to an order; None if it was not taken so."""
    headers = [(b"x-mbx-apikey", who.key.encode()), *more]

    async def ask() -> Reply | None:
        replied: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        await house.registry.find(who.key)  # which looks for changes of keys, if that is due
        if not door.ask_at_once(method, "/api/v3/order", query, headers, b"", ADDRESS, replied.set_result):
            assert not replied.done()
            return None
        return await replied

    return house.run(ask())


def order(house: House, who: Trader, market: str, **more: object) -> bytes:
    form = {"symbol": market, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "100"}
    return house.signed(who, form | more)[0]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"quantity": "0.3", "newOrderRespType": "RESULT"},
        {"price": "1"},
        {"price": "-1"},
        {"quantity": "10000"},  # more than she has money for
        {"symbol": "NOBODYKNOWS"},
        {"colour": "red"},
        {"recvWindow": "60001"},
    ],
)
def test_it_is_answered_as_by_the_long_way(
    house: House, alice: Trader, bob: Trader, market: str, more: dict[str, object]
) -> None:
    house.sell(bob, market, "2", "100")
    long = house.buy(alice, **({"symbol": market, "quantity": "1", "price": "100"} | more))
    short = asked_at_once(house, house.door, alice, order(house, alice, market, **more))
    assert short is not None
    content = msgspec.json.decode(short.body)
    assert short.status == long.status
    assert {name: value for name, value in content.items() if name not in (*OWN_TO_EACH, "fills")} == {
        name: value for name, value in long.json.items() if name not in (*OWN_TO_EACH, "fills")
    }
    assert {name.decode() for name, _ in short.headers} == long.headers.keys() - {"content-length"}


def test_what_has_to_be_looked_up_first_is_not_taken_or_answered_later(
    house: House, alice: Trader, market: str
) -> None:
    query = order(house, alice, market)
    assert asked_at_once(house, house.door, alice._replace(key="A" * 64), query) is None  # nobody's
    assert asked_at_once(house, house.door, alice, query, method="DELETE") is None
    fresh = house.new_market()  # listed since the door looked
    reply = asked_at_once(house, house.door, alice, order(house, alice, fresh))
    assert reply is not None and reply.status == 200
    wrong = asked_at_once(house, house.door, alice, query.replace(b"quantity=1", b"quantity=2"))
    assert wrong is not None and msgspec.json.decode(wrong.body)["code"] == -1022


def test_receipts_are_given(house: House, alice: Trader, market: str) -> None:
    reply = asked_at_once(house, house.door, alice, order(house, alice, market), (b"x-venus-receipt", b"1"))
    assert reply is not None and reply.status == 200
    assert b"x-venus-receipt" in dict(reply.headers)


@pytest.mark.parametrize(
    ("outcome", "status", "code", "counted"),
    [
        (EngineOverloaded("full"), 503, -1008, 0),
        (EngineRefused(Refusal.DISK_FULL), 503, -1001, 0),
        (EngineGone("gone"), 503, -1006, 1),  # it may have been placed
        (ZeroDivisionError("ours"), 500, -1000, 1),
        (None, 504, -1007, 1),  # no answer in time
    ],
)
def test_failures(
    house: House, alice: Trader, market: str, outcome: Exception | None, status: int, code: int, counted: int
) -> None:
    house.buy(alice, market, "1", "100")  # the market is known
    kept: list[Callable[[Outcome | Exception], None]] = []

    def submit_to(taker: Callable[[Outcome | Exception], None], *_: object) -> None:
        kept.append(taker)
        if outcome is not None:
            asyncio.get_running_loop().call_soon(taker, outcome)

    door = broken_door(house, "submit_to", submit_to)  # type: ignore[arg-type]
    door.timeout_s = 0.05
    reply = asked_at_once(house, door, alice, order(house, alice, market))
    assert reply is not None
    assert (reply.status, msgspec.json.decode(reply.body)["code"]) == (status, code)
    kept[0](EngineGone("late"))  # told once more, nobody is answered twice
    counts: list[dict[str, Any]] = house.send(alice, "GET", "rateLimit/order", door=door).json
    assert counts[1]["count"] == counted
