"""Conveniences of a sandbox: whoever sits at the machine itself may ask for the keys of its test accounts.

There is no money behind them, and still: only peers on loopback are answered, and only if they asked for a loopback
name, so that no page of the web can have a browser fetch them by giving its own name this machine's address.
"""

import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import msgspec

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_NOT_FOUND = 404, b'{"code":-1020,"msg":"This operation is not supported."}'


class SandboxFile(msgspec.Struct):
    """What is read of DIR/sandbox.json: the accounts as they stand there."""

    accounts: msgspec.Raw


class SandboxDoor:
    """A plain ASGI application for paths under /sandbox/."""

    def __init__(self, sandbox_file: Path) -> None:
        self._sandbox_file = sandbox_file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        status, body = self._answer(scope)
        headers = [
            (b"content-type", b"application/json;charset=UTF-8"),
            (b"cache-control", b"no-store"),
            (b"content-length", b"%d" % len(body)),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _answer(self, scope: Scope) -> tuple[int, bytes]:
        if (scope["method"], scope["path"]) != ("GET", "/sandbox/accounts") or not _is_local(scope):
            return _NOT_FOUND
        try:
            # Read each time: the file is made when the sandbox first is, which may be after this door opened.
            data = self._sandbox_file.read_bytes()
            return 200, bytes(msgspec.json.decode(data, type=SandboxFile).accounts)
        except (FileNotFoundError, msgspec.DecodeError):
            return _NOT_FOUND


def _is_local(scope: Scope) -> bool:
    client = scope.get("client")
    host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    return client is not None and is_loopback(client[0]) and (name == "localhost" or is_loopback(name.strip("[]")))


def is_loopback(address: str) -> bool:
    """Whether a numeric address is this machine's own; a name is not numeric."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
