"""The sandbox's own door: a plain ASGI application for paths under /sandbox/.

There is no money behind it, and still: only peers on this machine are answered (or in the networks that it was told),
under a loopback name, and what changes anything must be JSON and come from no page of another origin: so no page of
the web can have a browser do it by giving its own name this machine's address.
"""

import ipaddress
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NamedTuple

import msgspec
import structlog

from venus.engine.client import EngineGone, EngineOverloaded, EngineRefused
from venus.gateway.sandbox import accounts, fills, money, payments, symbols
from venus.gateway.sandbox.connections import CloseForm, Connections
from venus.gateway.sandbox.desk import SandboxDesk
from venus.gateway.sandbox.faults import FaultForm, Faults
from venus.gateway.sandbox.refusals import Refused
from venus.registry.credentials import Network

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BODY_BYTES_MAX = 64 * 1024
_NOT_FOUND = 404, b'{"code":-1020,"msg":"This operation is not supported."}'
log = structlog.get_logger("sandbox")


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """A form without fields."""


class Route(NamedTuple):
    """A method, a path whose {} stands for one name, the form of its body, and what answers it."""

    method: str
    path: str
    form: type[msgspec.Struct]
    answer: Callable[[Any, str], Awaitable[object]]


class SandboxDoor:
    """Routes under /sandbox/. `networks`: who else may ask, besides this machine itself."""

    def __init__(
        self, desk: SandboxDesk, faults: Faults, connections: Connections, networks: tuple[Network, ...] = ()
    ) -> None:
        self._desk = desk
        self._faults = faults
        self._connections = connections
        self._networks = networks
        self.routes: list[Route] = []
        for method, path, form, handler in (
            ("POST", "accounts", accounts.NewAccount, accounts.open_account),
            ("POST", "keys", accounts.NewKey, accounts.add_key),
            ("POST", "balances", money.Give, money.give),
            ("POST", "deposit", payments.Payment, payments.pay),
            ("POST", "withdrawal", payments.Decision, payments.decide),
            ("POST", "pause", symbols.Pause, symbols.pause),
            ("POST", "resume", symbols.Pause, symbols.resume),
            ("POST", "symbols", symbols.NewSymbol, symbols.list_symbol),
            ("POST", "fills", fills.Fill, fills.fill),
            ("POST", "freeze", accounts.Freeze, accounts.freeze),
            ("POST", "unfreeze", accounts.Freeze, accounts.unfreeze),
        ):
            self._add_of_desk(method, path, form, handler)
        self.add("GET", "accounts", Nothing, self._accounts)
        self.add("DELETE", "keys/{}", Nothing, lambda _, key: accounts.revoke_key(desk, key))
        self.add("GET", "balances/{}", Nothing, self._balances)
        self.add("GET", "faults", Nothing, self._list_faults)
        self.add("POST", "faults", FaultForm, self._add_fault)
        self.add("DELETE", "faults", Nothing, self._clear_faults)
        self.add("DELETE", "faults/{}", Nothing, self._remove_fault)
        self.add("GET", "connections", Nothing, self._list_connections)
        self.add("POST", "connections/end", CloseForm, self._end_connections)

    def add(
        self, method: str, path: str, form: type[msgspec.Struct], answer: Callable[[Any, str], Awaitable[object]]
    ) -> None:
        """Serve one more: `answer` gets the form and the name in the path."""
        self.routes.append(Route(method, f"/sandbox/{path}", form, answer))

    def _add_of_desk(self, method: str, path: str, form: type[msgspec.Struct], handler: Callable[..., Any]) -> None:
        self.add(method, path, form, lambda filled, _: handler(self._desk, filled))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        status, body = await self._answer(scope, receive)
        headers = [
            (b"content-type", b"application/json;charset=UTF-8"),
            (b"cache-control", b"no-store"),
            (b"content-length", b"%d" % len(body)),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, bytes]:
        found = self._find(scope["method"], scope["path"])
        if found is None or not self._may_ask(scope):
            return _NOT_FOUND
        route, name = found
        try:
            form = await _form(route, scope, receive)
            return 200, msgspec.json.encode(await route.answer(form, name))
        except Refused as refused:
            return refused.status, _words(refused.status, refused.message)
        except msgspec.ValidationError as error:
            return 400, _words(400, str(error))
        except msgspec.DecodeError as error:
            return 400, _words(400, f"the body is no JSON: {error}")
        except (EngineGone, EngineOverloaded, EngineRefused) as error:
            return 503, _words(503, f"the engine did not take it: {error}")
        except Exception as error:  # noqa: BLE001  our own bug costs one request, not the door
            log.error("request failed", path=scope["path"], trace="".join(traceback.format_exception(error)))
            return 500, _words(500, "this is a mistake of the sandbox; its log says more")

    def _find(self, method: str, path: str) -> tuple[Route, str] | None:
        for route in self.routes:
            before, hole, after = route.path.partition("{}")
            name = path[len(before) : len(path) - len(after)] if hole else ""
            matches = path == before + name + after and ("/" not in name) and (bool(name) == bool(hole))
            if route.method == method and matches:
                return route, name
        return None

    def _may_ask(self, scope: Scope) -> bool:
        client = scope.get("client")
        headers = dict(scope["headers"])
        if client is None:
            return False
        if is_loopback(client[0]):
            return is_loopback_name(_text(headers, b"host")) and _is_own_origin(headers)
        return _is_in(client[0], self._networks) and _is_own_origin(headers)

    # What is answered here

    async def _accounts(self, _form: Nothing, _name: str) -> object:
        try:
            return self._desk.known().accounts
        except (FileNotFoundError, msgspec.DecodeError):
            raise Refused(404, "there is no sandbox.json with accounts") from None

    async def _balances(self, _form: Nothing, name: str) -> object:
        await self._desk.desk.symbols.refresh()
        return await money.balances_of(self._desk, self._desk.account(name))

    async def _list_faults(self, _form: Nothing, _name: str) -> object:
        return {"faults": self._faults.facts()}

    async def _add_fault(self, form: FaultForm, _name: str) -> object:
        account = self._desk.account(form.account) if form.account else None
        return self._faults.add(form, account).facts()

    async def _clear_faults(self, _form: Nothing, _name: str) -> object:
        self._faults.clear()
        return {"faults": []}

    async def _remove_fault(self, _form: Nothing, name: str) -> object:
        if not (name.isascii() and name.isdigit()):
            raise Refused(400, "a fault has a number")
        self._faults.remove(int(name))
        return {"faults": self._faults.facts()}

    async def _list_connections(self, _form: Nothing, _name: str) -> object:
        return {"connections": self._connections.facts()}

    async def _end_connections(self, form: CloseForm, _name: str) -> object:
        return {"ended": self._connections.end(form)}


async def _form(route: Route, scope: Scope, receive: Receive) -> Any:
    """The body as the route's form; no body is an empty one. Raises Refused, msgspec.DecodeError."""
    if route.method == "GET":
        return route.form()
    kind = _text(dict(scope["headers"]), b"content-type").partition(";")[0].strip()
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > BODY_BYTES_MAX:
            raise Refused(413, f"a body has at most {BODY_BYTES_MAX} bytes")
        if not message.get("more_body", False):
            break
    if kind != "application/json" and (body or route.method == "POST"):
        # A page of another origin may post anything but JSON without asking first.
        raise Refused(415, "send JSON, with Content-Type: application/json")
    return msgspec.json.decode(body or b"{}", type=route.form)


def _words(status: int, message: str) -> bytes:
    return msgspec.json.encode({"code": -status, "msg": message})


def _text(headers: dict[bytes, bytes], name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1")


def _is_own_origin(headers: dict[bytes, bytes]) -> bool:
    """Whether this comes from no page, or from one that this very server gave."""
    origin = _text(headers, b"origin")
    return not origin or origin == f"http://{_text(headers, b'host')}"


def is_loopback_name(host: str) -> bool:
    """Whether a Host header names this machine itself."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    return name == "localhost" or is_loopback(name.strip("[]"))


def is_loopback(address: str) -> bool:
    """Whether a numeric address is this machine's own; a name is not numeric."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _is_in(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)
