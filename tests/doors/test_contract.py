"""Every documented call, made once over REST and once over the WebSocket API; every stream; every event of an account:
the answer has the documented fields, of the documented types, and no others.
"""

import json
import traceback
from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from functools import partial
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from tests.doors.contract.examples import SYMBOL, Scenes
from tests.doors.contract.shapes import SHAPES, breaches
from tests.doors.contract.wires import Answered, RestWire, WebSocketWire
from venus.testing.running import RunningExchange

pytestmark = pytest.mark.heavy

WIRES = ("REST", "WebSocket API")
FORMS = [
    pytest.param(wire, endpoint, form, id=f"{wire} {endpoint} {form}")
    for wire in WIRES
    for endpoint, forms in SHAPES["rest"].items()
    for form in range(len(forms))
]
Found = dict[tuple[str, int], list[str]]


class Notebook:
    """What came of every call: nothing said is nothing wrong."""

    def __init__(self, wire: RestWire | WebSocketWire) -> None:
        self._wire = wire
        self.found: Found = {}
        self.broken: list[str] = []  # scenes that ended early, and why

    def ask(self, endpoint: str, form: int, status: int = 200, **params: Any) -> Any:
        answered: Answered = self._wire(endpoint, params)
        wrong = self.found.setdefault((endpoint, form), [])
        if answered.status != status:
            wrong.append(f"status {answered.status}: {answered.content}")
            raise AssertionError(wrong[-1])
        wrong += breaches(answered.content, SHAPES["rest"][endpoint][form])
        return answered.content

    def play(self, best: Any) -> None:
        for scene in Scenes(self.ask, best).all_of_them():
            try:
                scene()
            except Exception:  # noqa: BLE001  the calls that it did not come to are told as such
                self.broken.append(f"{scene.__name__}: {traceback.format_exc(limit=-1)}")


@pytest.fixture(scope="module")
def notebooks(exchange: RunningExchange) -> Iterator[dict[str, Notebook]]:
    keys = exchange.accounts["alice"]
    with ExitStack() as stack:
        client = stack.enter_context(httpx.Client(base_url=exchange.rest, timeout=60))
        socket = stack.enter_context(connect(exchange.ws.removesuffix("/ws") + "/ws-api/v3"))

        def best() -> tuple[Decimal, Decimal]:
            ticker = client.get("/api/v3/ticker/bookTicker", params={"symbol": SYMBOL}).json()
            return Decimal(ticker["bidPrice"]), Decimal(ticker["askPrice"])

        made = {
            "REST": Notebook(RestWire(client, **keys)),
            "WebSocket API": Notebook(WebSocketWire(socket, **keys)),
        }
        for notebook in made.values():
            notebook.play(best)
        yield made


@pytest.mark.parametrize(("wire", "endpoint", "form"), FORMS)
def test_an_answer_is_as_documented(notebooks: dict[str, Notebook], wire: str, endpoint: str, form: int) -> None:
    notebook = notebooks[wire]
    wrong = notebook.found.get((endpoint, form))
    assert wrong is not None, "no scene came to it: " + "\n".join(notebook.broken)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("wire", WIRES)
def test_every_scene_came_to_its_end(notebooks: dict[str, Notebook], wire: str) -> None:
    assert not notebooks[wire].broken, "\n".join(notebooks[wire].broken)


def test_the_session_is_as_documented(exchange: RunningExchange) -> None:
    with connect(exchange.ws.removesuffix("/ws") + "/ws-api/v3") as socket:
        wire = WebSocketWire(socket, **exchange.accounts["alice"])
        subscribed: dict[str, Any] = {}
        for method, signed in (
            ("session.logon", True),
            ("session.status", False),
            ("userDataStream.subscribe", False),
            ("session.subscriptions", False),
            ("userDataStream.unsubscribe", False),
            ("session.logout", False),
            ("userDataStream.subscribe.signature", True),
        ):
            status, content = wire.ask(method, {}, signed=signed)
            assert status == 200, (method, content)
            assert not list(breaches(content, SHAPES["session"][method])), (method, content)
            subscribed |= content if isinstance(content, dict) else {}
        assert subscribed["subscriptionId"] >= 0


def test_what_an_account_is_told_is_as_documented(exchange: RunningExchange) -> None:
    """An order that rests and is cancelled, one that trades, a list."""
    keys = exchange.accounts["alice"]
    address = exchange.ws.removesuffix("/ws") + "/ws-api/v3"
    with httpx.Client(base_url=exchange.rest) as client, connect(address) as socket, connect(address) as second:
        events = WebSocketWire(socket, **keys)
        assert events.ask("userDataStream.subscribe.signature", {}, signed=True).status == 200
        ticker = client.get("/api/v3/ticker/bookTicker", params={"symbol": SYMBOL}).json()
        best = Decimal(ticker["bidPrice"]), Decimal(ticker["askPrice"])
        scenes = Scenes(Notebook(WebSocketWire(second, **keys)).ask, lambda: best)
        scenes.orders()
        scenes.cancel_list(scenes.place_oco())
        heard: dict[str, list[str]] = {}
        last = ""
        while not heard.keys() >= {"executionReport", "outboundAccountPosition", "listStatus"} or last != "listStatus":
            message = json.loads(socket.recv(timeout=60))
            assert message.keys() == {"subscriptionId", "event"}
            last = message["event"]["e"]
            heard.setdefault(last, []).extend(breaches(message["event"], SHAPES["user data"][last]))
    assert not any(heard.values()), heard


@pytest.mark.parametrize("name", SHAPES["streams"])
def test_a_stream_is_as_documented(exchange: RunningExchange, name: str) -> None:
    stream = name.replace("<symbol>", SYMBOL.lower())
    keys = exchange.accounts["bob"]
    with (
        connect(exchange.ws) as socket,
        httpx.Client(base_url=exchange.rest) as client,
    ):
        socket.send(json.dumps({"method": "SUBSCRIBE", "params": [stream], "id": 1}))
        assert json.loads(socket.recv(timeout=60)) == {"result": None, "id": 1}
        trade = partial(RestWire(client, **keys), "POST /api/v3/order")
        for side in ("BUY", "SELL"):
            fields = {"symbol": SYMBOL, "side": side, "type": "MARKET", "quantity": "0.3"}
            assert trade(fields).status == 200
        message = json.loads(socket.recv(timeout=60))
    assert not list(breaches(message, SHAPES["streams"][name])), message
