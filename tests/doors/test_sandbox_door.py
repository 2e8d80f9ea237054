"""Who may use a sandbox's conveniences, and that nothing of them is on an exchange that is none."""

import asyncio
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvloop

from tests.doors.small_exchange import small_exchange
from venus.gateway.sandbox.connections import Connections
from venus.gateway.sandbox.desk import SandboxDesk
from venus.gateway.sandbox.door import SandboxDoor, is_loopback
from venus.gateway.sandbox.faults import Faults
from venus.gateway.sandbox.turnstile import Turnstile
from venus.registry.credentials import parse_networks

ACCOUNTS = {"alice": {"apiKey": "a", "secret": "s"}}
CONVENIENCES = [
    ("POST", "balances", {"account": "2", "asset": "BTC", "amount": "1"}),
    ("POST", "accounts", {"name": "carol"}),
    ("POST", "pause", {}),
    ("POST", "faults", {"kind": "latency", "delay_ms": 5}),
    ("POST", "connections/end", {}),
    ("GET", "accounts", None),
]


def ask(
    door: Any, path: str, method: str = "GET", client: str = "127.0.0.1", body: bytes = b"", **headers: str
) -> httpx.Response:
    """What the door answers, without a server."""

    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(door, client=(client, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as http:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            return await http.request(method, path, content=body, headers=names)

    return asyncio.run(call())


def door(folder: Path, networks: str = "", content: bytes | None = None) -> SandboxDoor:
    if content is None:
        content = b'{"rest":"http://127.0.0.1:1","ws":"x","accounts":{"alice":{"apiKey":"a","secret":"s"}}}'
    (folder / "sandbox.json").write_bytes(content)

    def no_rooms() -> Any:
        raise AssertionError("these tests never come to the engine")

    faults = Faults()
    connections = Connections(lambda _: pytest.fail("no sockets here"), faults, Turnstile(), time.time_ns)
    return SandboxDoor(SandboxDesk(no_rooms, folder / "sandbox.json"), faults, connections, parse_networks(networks))


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "localhost", "[::1]:8000", "127.1.2.3"])
def test_the_sandbox_gives_its_accounts_to_this_machine(tmp_path: Path, host: str) -> None:
    answer = ask(door(tmp_path), "/sandbox/accounts", Host=host)
    assert (answer.status_code, answer.json()) == (200, ACCOUNTS)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("what", "asked"),
    [
        ("another machine", {"client": "192.0.2.7"}),
        ("a page whose name was given this address", {"Host": "evil.example:8000"}),
        ("a name that begins well", {"Host": "localhost.evil.example"}),
        ("no name at all", {"Host": ""}),
        ("a page of another origin", {"Origin": "http://evil.example"}),
        ("a page without an origin", {"Origin": "null"}),
        ("another method", {"method": "PUT"}),
        ("another path", {"path": "/sandbox/secrets"}),
        ("a path below", {"path": "/sandbox/accounts/alice"}),
    ],
)
def test_the_sandbox_gives_nothing_to_anyone_else(tmp_path: Path, what: str, asked: dict[str, str]) -> None:
    answer = ask(door(tmp_path), **{"path": "/sandbox/accounts", **asked})
    assert answer.status_code == 404, what
    assert b"alice" not in answer.content


def test_a_network_that_was_told_may_ask_and_no_other(tmp_path: Path) -> None:
    told = door(tmp_path, networks="192.0.2.0/24")
    assert ask(told, "/sandbox/accounts", client="192.0.2.7", Host="venus:8000").json() == ACCOUNTS
    assert ask(told, "/sandbox/accounts", client="198.51.100.7", Host="venus:8000").status_code == 404
    assert ask(told, "/sandbox/accounts", client="192.0.2.7", Origin="http://evil.example").status_code == 404


def test_a_form_that_a_page_may_send_unasked_is_no_command(tmp_path: Path) -> None:
    """Any page may post text or a form to this machine; JSON it may not, without asking first."""
    fault = b'{"kind":"latency","delay_ms":5}'
    own = door(tmp_path)
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        assert ask(own, "/sandbox/faults", "POST", body=fault, Content_Type=kind).status_code == 415, kind
    assert ask(own, "/sandbox/faults", "POST", body=fault, Content_Type="application/json").status_code == 200


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "no JSON"),
        (b"[]", "Expected `object`"),
        (b'{"kind":"earthquake"}', "earthquake"),
        (b'{"kind":"latency","delay":5}', "delay"),
        (b'{"kind":"latency"}', "give delay_ms"),
        (b'{"kind":"disconnect","probability":2}', "from 0 to 1"),
        (b'{"kind":"disconnect","count":0}', "at least 1"),
        (b'{"kind":"status","status":200}', "from 400 to 599"),
    ],
)
def test_a_mistake_is_named_and_changes_nothing(tmp_path: Path, body: bytes, says: str) -> None:
    own = door(tmp_path)
    answer = ask(own, "/sandbox/faults", "POST", body=body, Content_Type="application/json")
    assert answer.status_code == 400
    assert says in answer.json()["msg"]
    assert ask(own, "/sandbox/faults").json() == {"faults": []}


@pytest.mark.parametrize("content", [b"", b"{}", b"not json"])
def test_a_sandbox_without_accounts_has_none(tmp_path: Path, content: bytes) -> None:
    assert ask(door(tmp_path, content=content), "/sandbox/accounts").status_code == 404


def test_loopback_is_an_address_not_a_name() -> None:
    assert is_loopback("127.0.0.1") and is_loopback("::1")
    assert not is_loopback("localhost") and not is_loopback("10.0.0.1") and not is_loopback("")


def test_an_exchange_that_is_no_sandbox_has_no_such_door() -> None:
    async def main() -> None:
        async with small_exchange() as exchange, httpx.AsyncClient(base_url=exchange.rest) as http:
            assert exchange.gateway.annex is None
            assert not [prefix for prefix, _ in exchange.gateway.router._mounts if "sandbox" in prefix]
            for method, path, body in CONVENIENCES:
                assert (await http.request(method, f"/sandbox/{path}", json=body)).status_code == 404

    uvloop.run(main())


def test_a_file_alone_makes_no_sandbox_of_an_exchange() -> None:
    """Whoever puts a sandbox.json into a real exchange's directory still cannot give himself money."""

    async def main() -> None:
        async with small_exchange(sandbox=True) as exchange, httpx.AsyncClient(base_url=exchange.rest) as http:
            assert exchange.gateway.annex is None
            for method, path, body in CONVENIENCES:
                assert (await http.request(method, f"/sandbox/{path}", json=body)).status_code == 404

    uvloop.run(main())
