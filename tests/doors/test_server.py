"""One port for everything: which door answers which path, and what the sandbox and the console give to whom."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvloop

from tests.doors.small_exchange import SmallExchange, small_exchange
from venus.console.door import ConsoleDoor
from venus.gateway.server import Router, bind


def ask(app: Any, path: str, method: str = "GET", client: str = "127.0.0.1", **headers: str) -> httpx.Response:
    """What an ASGI application answers, without a server."""

    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(client, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as http:
            return await http.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    return asyncio.run(call())


def app_saying(word: str) -> Callable[..., Awaitable[None]]:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": word.encode()})

    return app


def test_the_longest_prefix_answers() -> None:
    router = Router()
    assert ask(router, "/api/v3/ping").status_code == 404
    for prefix, word in {"/": "console", "/api/": "rest", "/api/p2p/": "p2p"}.items():
        router.mount(prefix, app_saying(word))
    answers = {path: ask(router, path).text for path in ("/", "/api", "/api/v3/ping", "/api/p2p/adverts", "/apis")}
    assert answers == {
        "/": "console",
        "/api": "console",
        "/api/v3/ping": "rest",
        "/api/p2p/adverts": "p2p",
        "/apis": "console",
    }


def test_a_gateway_answers_on_one_port_and_a_taken_port_is_named() -> None:
    async def scenario(exchange: SmallExchange) -> None:
        async with httpx.AsyncClient(base_url=exchange.rest) as http:
            assert (await http.get("/api/v3/ping")).json() == {}
            symbols = (await http.get("/api/v3/exchangeInfo")).json()["symbols"]
            assert [symbol["symbol"] for symbol in symbols] == ["BTCUSDT"]
            assert (await http.get("/sandbox/accounts")).status_code == 404  # there is no sandbox.json
            assert (await http.get("/nothing")).status_code == 404
        with pytest.raises(OSError, match=str(exchange.gateway.port)):
            bind("127.0.0.1", exchange.gateway.port)

    async def main() -> None:
        async with small_exchange() as exchange:
            await scenario(exchange)

    uvloop.run(main())


def test_bind_takes_any_free_port() -> None:
    with bind("127.0.0.1", 0) as listener:
        assert listener.family == socket.AF_INET
        assert listener.getsockname()[1] > 0


# The console


def console(folder: Path) -> ConsoleDoor:
    (folder / "assets").mkdir()
    (folder / "index.html").write_text("<!doctype html><title>Venus</title>")
    (folder / "record.html").write_text("<!doctype html><title>Record</title>")
    (folder / "assets" / "index-3fa2.js").write_text("// venus\n" * 500)
    (folder / "assets" / "logo-1b.png").write_bytes(b"\x89PNG" + bytes(2_000))
    return ConsoleDoor(folder)


def test_the_index_is_asked_for_anew_and_what_has_a_hash_never(tmp_path: Path) -> None:
    door = console(tmp_path)
    index, script = ask(door, "/"), ask(door, "/assets/index-3fa2.js")
    assert index.content == ask(door, "/index.html").content == (tmp_path / "index.html").read_bytes()
    assert (index.headers["cache-control"], index.headers["content-type"]) == ("no-cache", "text/html; charset=utf-8")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert {index.headers["x-content-type-options"], script.headers["x-content-type-options"]} == {"nosniff"}
    same = ask(door, "/", If_None_Match=f'"other", {index.headers["etag"]}')
    assert (same.status_code, same.content) == (304, b"")
    assert ask(door, "/", If_None_Match='"other"').status_code == 200


def test_a_page_has_an_address_without_its_ending(tmp_path: Path) -> None:
    door = console(tmp_path)
    record = ask(door, "/record")
    assert record.content == ask(door, "/record.html").content == (tmp_path / "record.html").read_bytes()
    assert (record.headers["cache-control"], record.headers["content-type"]) == ("no-cache", "text/html; charset=utf-8")
    assert ask(door, "/record/").status_code == 404


def test_text_is_packed_for_who_can_unpack_it(tmp_path: Path) -> None:
    door = console(tmp_path)
    packed = ask(door, "/assets/index-3fa2.js", Accept_Encoding="br, gzip;q=0.9")
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < 200
    assert packed.content == (tmp_path / "assets" / "index-3fa2.js").read_bytes()  # the client unpacked it
    for path, encoding in {"/assets/index-3fa2.js": "identity", "/assets/logo-1b.png": "gzip", "/": "gzip"}.items():
        assert "content-encoding" not in ask(door, path, Accept_Encoding=encoding).headers


def test_nothing_else_is_there(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("s")
    (tmp_path / "pages").mkdir()
    door = console(tmp_path / "pages")
    for path in ("/secret.txt", "/../secret.txt", "/%2e%2e/secret.txt", "/assets", "/assets/", "/trade"):
        assert ask(door, path).status_code == 404, path
    refused = ask(door, "/", method="POST")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
    assert ask(ConsoleDoor(tmp_path / "nowhere"), "/").status_code == 404
