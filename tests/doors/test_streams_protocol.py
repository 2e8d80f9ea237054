"""The stream door from outside: real sockets, a real engine behind it, and clients that behave well or badly."""

import asyncio
import json
from random import Random
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.doors.raw_websocket import client_frame, raw_upgrade
from tests.doors.small_exchange import TRADERS, SmallExchange, order, play
from venus.gateway.binance.streams.session import StreamRules
from venus.gateway.websocket import SocketRules
from venus.records.commands import Command, CommandFlag, CommandKind, Side, TimeInForce
from venus.records.events import EventKind

MIDDLE_TICKS = 6_000_000
PATIENCE_S = 60


async def hear(socket: ClientConnection) -> Any:
    async with asyncio.timeout(PATIENCE_S):
        return json.loads(await socket.recv())


async def ask(socket: ClientConnection, request: dict[str, Any] | str) -> Any:
    await socket.send(request if isinstance(request, str) else json.dumps(request))
    return await hear(socket)


# What is said


def test_each_stream_says_what_is_documented() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        names = (
            "btcusdt@trade/btcusdt@aggTrade/btcusdt@bookTicker/btcusdt@depth5@100ms/btcusdt@kline_1d/btcusdt@miniTicker"
        )
        async with connect(f"{exchange.ws}/stream?streams={names}") as socket:
            await exchange.place(order(2, Side.SELL, MIDDLE_TICKS + i, 10 + i) for i in range(2))
            await exchange.place([order(3, Side.BUY, MIDDLE_TICKS - 1, 5)])
            bought = (await exchange.place([order(4, Side.BUY, MIDDLE_TICKS + 1, 12)]))[0]
            heard: dict[str, list[Any]] = {name: [] for name in names.split("/")}
            # The ticker of a market without trades is told first; what comes after it is what we wait for.
            while not all(heard.values()) or heard["btcusdt@miniTicker"][-1]["q"] == "0.00000000":
                message = await hear(socket)
                heard[message["stream"]].append(message["data"])
        time_ms = bought.time_ns // 1_000_000
        first, second = heard["btcusdt@trade"]
        assert first == {
            "e": "trade",
            "E": time_ms,
            "s": "BTCUSDT",
            "t": 1,
            "p": "60000.00000000",
            "q": "0.00010000",
            "T": time_ms,
            "m": False,
            "M": True,
        }
        assert (second["t"], second["p"], second["q"]) == (2, "60000.01000000", "0.00002000")
        assert [(a["a"], a["f"], a["l"]) for a in heard["btcusdt@aggTrade"]] == [(1, 1, 1), (2, 2, 2)]
        assert heard["btcusdt@bookTicker"][-1] == {
            "u": heard["btcusdt@bookTicker"][-1]["u"],
            "s": "BTCUSDT",
            "b": "59999.99000000",
            "B": "0.00005000",
            "a": "60000.01000000",
            "A": "0.00009000",
        }
        candle = heard["btcusdt@kline_1d"][-1]["k"]
        assert (candle["o"], candle["c"], candle["v"], candle["n"], candle["x"]) == (
            "60000.00000000",
            "60000.01000000",
            "0.00012000",
            2,
            False,
        )
        assert heard["btcusdt@miniTicker"][-1]["q"] == "7.20000020"
        assert heard["btcusdt@depth5@100ms"][-1].keys() == {"lastUpdateId", "bids", "asks"}

    play(scenario)


def test_a_candle_is_told_closed_and_the_next_is_flat() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        async with connect(f"{exchange.ws}/ws/btcusdt@kline_1s") as socket:
            await exchange.place([order(2, Side.SELL, MIDDLE_TICKS, 10), order(3, Side.BUY, MIDDLE_TICKS, 4)])
            closed: list[dict[str, Any]] = []  # from that of the trade on; a flat one may come before it
            while len(closed) < 2:
                candle = (await hear(socket))["k"]
                if candle["x"] and (closed or candle["n"]):
                    closed.append(candle)
        assert [candle["n"] for candle in closed] == [1, 0]
        assert closed[1]["t"] == closed[0]["t"] + 1000 == closed[0]["T"] + 1
        assert closed[1]["o"] == closed[1]["c"] == closed[0]["c"]
        assert closed[1]["v"] == "0.00000000"

    play(scenario)


def test_a_local_book_kept_as_documented_equals_the_exchange() -> None:
    """Two books, one begun before the flow and one in the middle of it; update ids without a gap."""

    async def scenario(exchange: SmallExchange) -> None:
        random = Random(20)
        async with (
            httpx.AsyncClient(base_url=exchange.rest) as http,
            connect(f"{exchange.ws}/ws/btcusdt@depth@100ms") as early,
        ):
            flow = asyncio.create_task(random_flow(exchange, random, 10_000))
            await asyncio.sleep(0.15)
            async with connect(f"{exchange.ws}/ws/btcusdt@depth@100ms") as late:
                books = await asyncio.gather(local_book(early, http, flow), local_book(late, http, flow))
            final = (await http.get("/api/v3/depth", params={"symbol": "BTCUSDT", "limit": 5000})).json()
        assert len(final["bids"]) > 20 and len(final["asks"]) > 20
        for book in books:
            assert book == {side: dict(map(tuple, final[side])) for side in ("bids", "asks")}

    play(scenario)


async def random_flow(exchange: SmallExchange, random: Random, orders_count: int) -> None:
    """Orders around a middle that rest, trade and are cancelled, some at a time."""
    open_ids: list[tuple[int, int]] = []
    placed = 0
    while placed < orders_count:
        commands = []
        for _ in range(random.randint(1, 40)):
            account = random.choice(TRADERS)
            if open_ids and random.random() < 0.35:
                account, order_id = open_ids.pop(random.randrange(len(open_ids)))
                flags = CommandFlag.TARGET_IS_ORDER_ID
                commands.append(Command(account=account, kind=CommandKind.CANCEL, target_lo=order_id, flags=flags))
                continue
            side = random.choice(list(Side))
            away = random.randint(-20, 60)
            price = MIDDLE_TICKS - away if side == Side.BUY else MIDDLE_TICKS + away
            tif = random.choice([TimeInForce.GTC] * 4 + [TimeInForce.IOC])
            commands.append(order(account, side, price, random.randint(1, 50), tif))
        for outcome in await exchange.place(commands):
            accepted = outcome.events[0]
            if accepted.kind == EventKind.ACCEPTED and accepted.remaining_lots:
                open_ids.append((accepted.account, accepted.order_id))
        placed += len(commands)
        await asyncio.sleep(0.005)


async def local_book(
    socket: ClientConnection, http: httpx.AsyncClient, flow: asyncio.Task[None]
) -> dict[str, dict[str, str]]:
    """Binance's procedure, word for word: open, buffer, get a snapshot, drop what is older, apply the rest."""
    buffered = [await hear(socket)]
    while True:
        snapshot = (await http.get("/api/v3/depth", params={"symbol": "BTCUSDT", "limit": 5000})).json()
        if snapshot["lastUpdateId"] >= buffered[0]["U"]:
            break
    local = snapshot["lastUpdateId"]
    book = {side: dict(map(tuple, snapshot[side])) for side in ("bids", "asks")}
    last_update_id, is_first_kept = None, True
    while True:
        for update in buffered:
            assert last_update_id is None or update["U"] == last_update_id + 1
            last_update_id = update["u"]
            if update["u"] <= local:
                continue
            if is_first_kept:
                assert update["U"] <= local + 1 <= update["u"] + 1
                is_first_kept = False
            for side, key in (("bids", "b"), ("asks", "a")):
                for price, quantity in update[key]:
                    if float(quantity) == 0:
                        book[side].pop(price, None)
                    else:
                        book[side][price] = quantity
            local = update["u"]
        try:
            async with asyncio.timeout(0.4):
                buffered = [json.loads(await socket.recv())]
        except TimeoutError:
            buffered = []
            if flow.done():
                await flow
                final = (await http.get("/api/v3/depth", params={"symbol": "BTCUSDT", "limit": 1})).json()
                if local == final["lastUpdateId"]:
                    return book


# Requests


def test_requests_are_answered_with_the_documented_words() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        async with connect(f"{exchange.ws}/ws") as socket:
            names = ["btcusdt@trade", "btcusdt@depth"]
            assert await ask(socket, {"method": "SUBSCRIBE", "params": names, "id": 1}) == {"result": None, "id": 1}
            listed = await ask(socket, {"method": "LIST_SUBSCRIPTIONS", "id": "3f-a"})
            assert listed == {"result": names, "id": "3f-a"}
            gone = await ask(socket, {"method": "UNSUBSCRIBE", "params": names[:1], "id": None})
            assert gone == {"result": None, "id": None}
            assert (await ask(socket, {"method": "LIST_SUBSCRIPTIONS", "id": 4}))["result"] == names[1:]
            unknown = await ask(socket, {"method": "GET_PROPERTY", "params": ["speed"], "id": 5})
            assert unknown == {"code": 0, "msg": "Unknown property", "id": 5}

    play(scenario)


def test_combined_may_be_set_on_an_open_connection() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        async with connect(f"{exchange.ws}/ws/btcusdt@bookTicker") as socket:
            await exchange.place([order(2, Side.BUY, MIDDLE_TICKS, 1)])
            assert (await hear(socket))["b"] == "60000.00000000"
            assert (await ask(socket, {"method": "GET_PROPERTY", "params": ["combined"], "id": 1}))["result"] is False
            await ask(socket, {"method": "SET_PROPERTY", "params": ["combined", True], "id": 2})
            await exchange.place([order(2, Side.BUY, MIDDLE_TICKS + 1, 1)])
            message = await hear(socket)
            assert message["stream"] == "btcusdt@bookTicker"
            assert message["data"]["b"] == "60000.01000000"
            assert (await ask(socket, {"method": "GET_PROPERTY", "params": ["combined"], "id": 3}))["result"] is True

    play(scenario)


def test_connections_open_on_every_form_of_url() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        forms = {
            "/ws": [],
            "/ws/": [],
            "/ws/0": ["0"],
            "/ws/btcusdt@trade/btcusdt%40depth": ["btcusdt@trade", "btcusdt@depth"],
            "/stream": [],
            "/stream?streams=": [],
            "/stream?streams=btcusdt@kline_1d@+08:00/!miniTicker@arr": ["btcusdt@kline_1d@+08:00", "!miniTicker@arr"],
            "/stream?timeUnit=microsecond&streams=btcusdt@trade": ["btcusdt@trade"],
        }
        for path, names in forms.items():
            async with connect(exchange.ws + path) as socket:
                assert (await ask(socket, {"method": "LIST_SUBSCRIPTIONS", "id": 1}))["result"] == names, path
                combined = await ask(socket, {"method": "GET_PROPERTY", "params": ["combined"], "id": 2})
                assert combined["result"] is path.startswith("/stream"), path
        for path, status in {
            "/ws?timeUnit=SECOND": 400,
            "/streams": 404,
            "/": 404,
            "/stream/btcusdt@trade": 404,
        }.items():
            with pytest.raises(InvalidStatus) as refused:
                await connect(exchange.ws + path)
            assert refused.value.response.status_code == status, path

    play(scenario)


def test_times_may_be_asked_for_in_microseconds() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        async with connect(f"{exchange.ws}/ws/btcusdt@trade?timeUnit=MICROSECOND") as socket:
            traded = (await exchange.place([order(2, Side.SELL, 100, 1), order(3, Side.BUY, 100, 1)]))[1]
            assert (await hear(socket))["T"] == traded.time_ns // 1_000

    play(scenario)


# Limits


def test_too_many_messages_in_a_second_end_the_connection() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        async with connect(f"{exchange.ws}/ws") as socket:
            for number in range(12):  # five may fall before a second of the clock, and five after it
                await socket.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": number}))
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    await hear(socket)
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "Too many requests")

    play(scenario)


def test_a_connection_has_so_many_streams_and_no_more() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        names = [f"s{number}@trade" for number in range(1024)]
        async with connect(f"{exchange.ws}/ws") as socket:
            assert "result" in await ask(socket, {"method": "SUBSCRIBE", "params": names, "id": 1})
            assert "result" in await ask(socket, {"method": "SUBSCRIBE", "params": names[:1], "id": 2})
            refused = await ask(socket, {"method": "SUBSCRIBE", "params": ["btcusdt@trade"], "id": 3})
            assert (refused["code"], refused["id"]) == (2, 3)

    play(scenario)


def test_an_address_has_so_many_attempts_and_no_more() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        statuses = []
        for _ in range(7):  # three may fall into five minutes, and three into the next
            try:
                async with connect(f"{exchange.ws}/ws"):
                    statuses.append(101)
            except InvalidStatus as refused:
                statuses.append(refused.response.status_code)
                assert 0 < int(refused.response.headers["Retry-After"]) <= 300
        assert 3 <= statuses.count(101) <= 6
        assert statuses[-1] == 429

    play(scenario, StreamRules(connections_5m_max=3))


def test_pings_are_answered_or_the_connection_is_dropped() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        reader, writer = await raw_upgrade(exchange, "/ws")
        async with connect(f"{exchange.ws}/ws") as lively:  # the library answers pings by itself
            async with asyncio.timeout(PATIENCE_S):
                with pytest.raises(ConnectionResetError):
                    while await reader.read(1000):
                        writer.write(client_frame(0xA, b"not what was asked"))
                        await asyncio.sleep(0)
                    raise ConnectionResetError
            assert (await ask(lively, {"method": "LIST_SUBSCRIPTIONS", "id": 1}))["result"] == []
        writer.close()

    play(scenario, StreamRules(SocketRules(messages_1s_max=50, ping_every_s=0.1, pong_within_s=2.0)))


def test_a_connection_ends_at_its_age_limit() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        async with connect(f"{exchange.ws}/ws") as socket:
            with pytest.raises(ConnectionClosed) as closed:
                await hear(socket)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1001

    play(scenario, StreamRules(SocketRules(messages_1s_max=50, ping_every_s=0.1, life_s=0.25)))


def test_who_does_not_read_is_dropped_and_the_others_are_not() -> None:
    """The reader's backlog is bounded; beyond it the connection is cut, and the rest hear every trade."""

    async def scenario(exchange: SmallExchange) -> None:
        names = "/".join(f"btcusdt@{kind}" for kind in ("trade", "aggTrade", "bookTicker", "depth@100ms"))
        reader, writer = await raw_upgrade(exchange, f"/stream?streams={names}")
        writer.transport.pause_reading()
        trades = 0
        async with connect(f"{exchange.ws}/ws/btcusdt@trade", max_queue=None) as healthy:
            while exchange.gateway.streams.sessions_count == 2:
                pair = [order(2, Side.SELL, MIDDLE_TICKS, 1), order(3, Side.BUY, MIDDLE_TICKS, 1)]
                await exchange.place(pair * 1_000)
                trades += 1_000
                assert trades < 100_000, "a reader that does not read was never dropped"
            for number in range(1, trades + 1):
                assert (await hear(healthy))["t"] == number
        writer.transport.resume_reading()
        with pytest.raises(ConnectionResetError):
            while await reader.read(1 << 20):
                pass
            raise ConnectionResetError
        writer.close()

    play(scenario, StreamRules(SocketRules(backlog_bytes_max=64 * 1024)))


# The end


def test_a_stop_is_announced_and_takes_nobody_new() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        async with connect(f"{exchange.ws}/ws") as raw, connect(f"{exchange.ws}/stream") as combined:
            stopping = asyncio.create_task(exchange.gateway.stop())
            event = await hear(raw)
            assert (event["e"], event.keys()) == ("serverShutdown", {"e", "E"})
            wrapped = await hear(combined)
            assert (wrapped["stream"], wrapped["data"]["e"]) == ("!serverShutdown", "serverShutdown")
            for socket in (raw, combined):
                with pytest.raises(ConnectionClosed) as closed:
                    await hear(socket)
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 1001
            await stopping
            with pytest.raises(OSError):
                await connect(f"{exchange.ws}/ws")

    play(scenario)
