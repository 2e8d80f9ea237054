"""Orders on the wire: whichever way a request comes in, each is answered once and in its order."""

import asyncio
import hmac
import time

import msgspec
import uvloop

from tests.doors.small_exchange import TRADERS, SmallExchange, small_exchange
from venus.registry.registry import NewKey


def request(made: NewKey, *, price: str = "100.00", in_body: bool = False, more: str = "") -> bytes:
    text = f"symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price={price}"
    text += f"&recvWindow=60000&timestamp={time.time_ns() // 10**6}"
    text += "&signature=" + hmac.digest(made.secret.encode(), text.encode(), "sha256").hex()
    query, body = ("", text) if in_body else (f"?{text}", "")
    return (
        f"POST /api/v3/order{query} HTTP/1.1\r\nHost: venus\r\nX-MBX-APIKEY: {made.key}\r\n{more}"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


class Connected:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def answer(self) -> tuple[int, dict[str, str], dict[str, object]]:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await self.reader.readexactly(int(headers["content-length"]))
        return int(head[0].split()[1]), headers, msgspec.json.decode(body)


async def connected(exchange: SmallExchange) -> Connected:
    return Connected(*await asyncio.open_connection(exchange.gateway.host, exchange.gateway.port))


def test_however_a_request_comes_it_is_answered_once_and_in_its_order() -> None:
    async def main() -> None:
        async with small_exchange() as exchange:
            exchange.gateway.registry.add_account(TRADERS[0], "a trader")
            made = exchange.gateway.registry.add_api_key(TRADERS[0])
            one = await connected(exchange)
            one.writer.write(request(made))  # her key is looked up
            assert (await one.answer())[0] == 200
            one.writer.write(request(made, in_body=True))
            status, headers, first = await one.answer()
            assert (status, first["status"]) == (200, "NEW")
            assert headers["x-mbx-order-count-1d"] == "2" and "date" in headers

            prices = ["101.00", "102.00", "bad", "103.00"]
            one.writer.write(b"".join(request(made, price=price) for price in prices))  # in one packet
            answers = [await one.answer() for _ in prices]
            assert [status for status, _, _ in answers] == [200, 200, 400, 200]
            assert [str(said.get("price", ""))[:6] for _, _, said in answers] == ["101.00", "102.00", "", "103.00"]

            whole = request(made, in_body=True)
            one.writer.write(whole[:-20])  # its body comes in two
            await one.writer.drain()
            await asyncio.sleep(0.05)
            one.writer.write(whole[-20:])
            assert (await one.answer())[0] == 200

            # Behind a proxy on this machine it is the proxy's word that counts for who asks.
            one.writer.write(request(made, more="X-Forwarded-For: 198.51.100.7\r\n"))
            assert (await one.answer())[1]["x-mbx-used-weight-1m"] == "0"

            one.writer.write(request(made, more="Connection: close\r\n"))
            status, headers, _ = await one.answer()
            assert (status, headers["connection"]) == (200, "close")
            assert await one.reader.read() == b""

            gone, two = await connected(exchange), await connected(exchange)
            gone.writer.write(request(made))  # who does not wait for his answer harms nobody
            await gone.writer.drain()
            gone.writer.transport.abort()
            two.writer.write(request(made))
            assert (await two.answer())[0] == 200

    uvloop.run(main())
