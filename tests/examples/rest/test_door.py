"""The door itself: routes, headers, units of time, limits, and what it says when the engine cannot answer."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.examples.rest.house import NO_LIMITS, House, Trader, request
from venus.engine.client import EngineGone, EngineOverloaded, EngineRefused
from venus.engine.wire import Refusal
from venus.gateway.binance.bodies import BODY_BYTES_MAX
from venus.gateway.binance.endpoint import Desk
from venus.gateway.binance.limits import LimitRules, Limits
from venus.gateway.binance.rest import RestDoor
from venus.registry.credentials import Permission

FORM = {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "100"}


def test_ping_and_time(house: House) -> None:
    assert house.send(None, "GET", "ping").json == {}
    answered = house.send(None, "GET", "time").json["serverTime"]
    assert abs(answered - time.time_ns() // 10**6) < 5_000
    assert house.send(None, "GET", "/api/v1/ping").json == {}


def test_what_is_not_there(house: House) -> None:
    assert house.send(None, "GET", "nothing").refusal == (404, -1020, "This operation is not supported.")
    wrong = house.send(None, "PUT", "order")
    assert wrong.status == 405
    assert sorted(wrong.headers["allow"].split(", ")) == ["DELETE", "GET", "POST"]


def test_every_answer_says_how_much_was_used(house: House, alice: Trader, market: str) -> None:
    def used(*call: Any, **params: object) -> int:
        answer = house.send(*call, address="203.0.113.50", **params)
        assert answer.headers["x-mbx-used-weight"] == answer.headers["x-mbx-used-weight-1m"]
        assert answer.headers["content-type"] == "application/json;charset=UTF-8"
        return int(answer.headers["x-mbx-used-weight"])

    if time.time() % 60 > 55:
        time.sleep(60 - time.time() % 60)  # not across the turn of the minute
    assert used(None, "GET", "ping") == 1
    assert used(None, "GET", "exchangeInfo") == 21
    assert used(None, "GET", "nothing") == 22
    assert used(alice, "POST", "order", symbol=market, **FORM) == 22  # what succeeds weighs nothing
    assert used(alice, "POST", "order", symbol=market, **(FORM | {"price": "0"})) == 23
    assert used(alice, "DELETE", "openOrders", symbol=market) == 23
    assert used(alice, "DELETE", "openOrders", symbol=market) == 24
    assert used(None, "GET", "depth", limit="deep", symbol=market) == 25  # what cannot be read weighs 1


def test_placements_say_how_many_orders_are_unfilled(house: House, alice: Trader, market: str) -> None:
    placed = house.buy(alice, market, "1", "100")
    assert placed.headers["x-mbx-order-count-1d"] == "1"
    assert placed.headers["x-mbx-order-count-10s"] in ("0", "1")  # 0: the ten seconds have just turned
    refused = house.buy(alice, market, "1", "0")
    assert not [name for name in refused.headers if name.startswith("x-mbx-order-count")]
    assert house.buy(alice, market, "1", "100").headers["x-mbx-order-count-1d"] == "2"


def test_limits_and_bans(house: House) -> None:
    minute_ns = [1_800_000_000 * 10**9]
    rules = LimitRules(weight_1m_max=20, refusals_max=1)
    door = house.run(RestDoor.open(house.client, house.registry, rules, clock_ns=lambda: minute_ns[0]))
    assert house.send(None, "GET", "exchangeInfo", door=door).status == 200
    limited = house.send(None, "GET", "ping", door=door)
    assert (limited.status, limited.json["code"], limited.headers["retry-after"]) == (429, -1003, "60")
    assert limited.headers["x-mbx-used-weight-1m"] == "20"
    banned = house.send(None, "GET", "ping", door=door)
    assert (banned.status, banned.json["code"], banned.headers["retry-after"]) == (418, -1003, "120")
    assert house.send(None, "GET", "ping", door=door, address="203.0.113.7").status == 200
    minute_ns[0] += 119 * 10**9
    assert house.send(None, "GET", "ping", door=door).status == 418
    minute_ns[0] += 10**9
    assert house.send(None, "GET", "ping", door=door).status == 200


def test_the_order_limit_spares_who_trades(house: House, alice: Trader, bob: Trader, market: str) -> None:
    door = house.run(RestDoor.open(house.client, house.registry, LimitRules(orders_1d_max=2)))
    assert house.buy(alice, market, "3", "100", door=door).status == 200
    for _ in range(3):  # each trades at once, so none counts
        assert house.sell(bob, market, "1", "100", door=door).status == 200
    assert house.sell(bob, market, "1", "0", door=door).status == 400  # nor does a refused one
    assert [house.buy(bob, market, "1", "50", door=door).status for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize("unit", ["MICROSECOND", "microsecond"])
def test_times_in_microseconds(house: House, alice: Trader, market: str, unit: str) -> None:
    wanted = [("x-mbx-time-unit", unit)]
    placed = house.buy(alice, market, "1", "100", headers=wanted).json
    assert placed["transactTime"] == placed["workingTime"] > 10**15
    assert house.send(None, "GET", "time", headers=wanted).json["serverTime"] > 10**15
    in_ms = house.send(alice, "GET", "order", symbol=market, orderId=placed["orderId"]).json
    assert in_ms["time"] == placed["transactTime"] // 1_000
    house.sell(house.new_trader(), market, "1", "100")
    [row] = house.send(None, "GET", "klines", symbol=market, interval="1d", headers=wanted).json
    assert row[6] - row[0] == 86_400 * 10**6 - 1
    [trade] = house.send(None, "GET", "aggTrades", symbol=market, endTime=placed["transactTime"] + 10**7).json
    assert trade["T"] < 10**15


def test_another_unit_of_time(house: House) -> None:
    refused = house.send(None, "GET", "time", headers=[("x-mbx-time-unit", "NANOSECOND")])
    assert refused.refusal == (
        400,
        -1194,
        "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.",
    )


def test_parameters_that_nothing_reads(house: House, alice: Trader, market: str) -> None:
    assert house.send(None, "GET", "ping", x=1).refusal == (
        400,
        -1101,
        "Too many parameters; expected '0' and received '1'.",
    )
    unread = house.send(None, "GET", "depth", symbol=market, colour="red")
    assert unread.refusal == (
        400,
        -1104,
        "Not all sent parameters were read; read '1' parameter(s) but was sent '2'.",
    )
    assert house.send(None, "GET", "depth", symbol=market, signature="ab").json["code"] == -1104
    assert house.send(alice, "GET", "account", recvWindow=6000).status == 200
    assert house.send(alice, "GET", "account", colour="red").json["code"] == -1104


def test_signed_endpoints_need_a_key_with_the_permission(house: House, alice: Trader, market: str) -> None:
    assert house.send(None, "GET", "account").refusal == (401, -2014, "API-key format invalid.")
    reader = house.registry.add_api_key(alice.account, permissions=Permission.USER_DATA)
    only_reads = alice._replace(key=reader.key, secret=reader.secret)
    assert house.send(only_reads, "GET", "account").status == 200
    assert house.buy(only_reads, market, "1", "100").refusal == (
        401,
        -2015,
        "Invalid API-key, IP, or permissions for action.",
    )
    house.registry.revoke(reader.key)
    assert house.send(only_reads, "GET", "account").status == 401


def test_bodies_come_in_pieces_and_have_an_end(house: House) -> None:
    async def send(body: bytes, piece_bytes: int) -> tuple[int, int]:
        answer = await request(house.door, "POST", "/api/v3/order", b"", [], body, "192.0.2.1", piece_bytes)
        return answer.status, answer.json["code"]

    assert house.run(send(b"symbol=A&symbol=A", 3)) == (400, -1101)
    assert house.run(send(b"a=" + b"x" * BODY_BYTES_MAX, 4096))[0] == 413


def broken_door(house: House, name: str, fail: Callable[..., Awaitable[Any]]) -> RestDoor:
    """A door whose engine fails in one way; all else is the real one's."""

    class Broken:
        def __getattr__(self, wanted: str) -> Any:
            return fail if wanted == name else getattr(house.client, wanted)

    door = RestDoor(house.door.desk, house.registry)
    limits = Limits(NO_LIMITS)
    door.desk = Desk(Broken(), house.door.desk.symbols, limits, time.time_ns)  # type: ignore[arg-type]
    return door


def raising(error: BaseException) -> Callable[..., Awaitable[Any]]:
    async def fail(*_: object) -> Any:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "status", "code", "counted"),
    [
        (EngineOverloaded("full"), 503, -1008, "0"),
        (EngineRefused(Refusal.DISK_FULL), 503, -1001, "0"),
        (EngineRefused(Refusal.STOPPING), 503, -1016, "0"),
        (EngineGone("gone"), 503, -1006, "1"),  # it may have been placed
        (ZeroDivisionError("ours"), 500, -1000, "1"),
    ],
)
def test_the_engines_failures_in_the_apis_words(
    house: House, alice: Trader, market: str, error: BaseException, status: int, code: int, counted: str
) -> None:
    house.buy(alice, market, "1", "100")  # the market is known to the door
    door = broken_door(house, "submit", raising(error))
    refused = house.buy(alice, market, "1", "100", door=door)
    assert (refused.status, refused.json["code"]) == (status, code)
    counts = house.send(alice, "GET", "rateLimit/order", door=door).json
    assert str(counts[1]["count"]) == counted


def test_an_engine_that_does_not_answer(house: House, alice: Trader, market: str) -> None:
    house.buy(alice, market, "1", "100")

    async def never(*_: object) -> None:
        await asyncio.sleep(3_600)

    door = broken_door(house, "submit", never)
    door.timeout_s = 0.05
    refused = house.buy(alice, market, "1", "100", door=door)
    assert (refused.status, refused.json["code"]) == (504, -1007)


def test_a_request_that_grew_old_inside_is_not_sent(house: House, alice: Trader, market: str) -> None:
    """The receive window is tested again just before the engine."""
    house.buy(alice, market, "1", "100")
    ticks = iter([0, 6_000 * 10**6])  # when it came in, and when it was about to leave
    door = broken_door(house, "submit", raising(AssertionError("it was sent")))
    began_ns = time.time_ns()
    door.desk = door.desk._replace(clock_ns=lambda: began_ns + next(ticks))
    refused = house.buy(alice, market, "1", "100", door=door)
    assert refused.refusal == (400, -1021, "Timestamp for this request is outside of the recvWindow.")


def test_no_secret_and_no_parameter_is_logged(
    house: House, alice: Trader, market: str, capsys: pytest.CaptureFixture[str]
) -> None:
    house.buy(alice, market, "1", "100")
    door = broken_door(house, "submit", raising(ZeroDivisionError("ours")))
    house.buy(alice, market, "1", "100", door=door, newClientOrderId="private-id")
    out = "".join(capsys.readouterr())
    assert "/api/v3/order" in out and "ZeroDivisionError" in out
    assert alice.secret not in out and alice.key not in out and "signature" not in out and "private-id" not in out
