"""Reading the bodies of requests, of which no more is in memory at once than a bound, however many send them.

Any request may send 64 KiB. More is read for a few endpoints alone, from whoever's key may use them, a few at a time,
and within some seconds: so that neither a stranger nor a slow client fills the memory or keeps others waiting.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Protocol

from venus.registry.credentials import Credential, Permission

BODY_BYTES_MAX = 64 * 1024
LARGE_BYTES_MAX = 5 * 1024 * 1024
"""The most that any endpoint may let in."""
LARGE_AT_ONCE = 4
LARGE_S = 10.0
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Keys(Protocol):
    async def find(self, key: str) -> Credential | None: ...


class Wanted(Protocol):
    """What of an endpoint counts."""

    @property
    def body_bytes_max(self) -> int: ...

    @property
    def permission(self) -> Permission: ...


class Begun(NamedTuple):
    """The beginning of a body, and whether there is more."""

    body: bytes
    more: bool

    @property
    def is_small(self) -> bool:
        return not self.more and len(self.body) <= BODY_BYTES_MAX


NO_BODY = Begun(b"", False)


class Bodies:
    """One for each door."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)

    @asynccontextmanager
    async def large(
        self, endpoint: Wanted | None, key: str | None, begun: Begun, receive: Receive
    ) -> AsyncIterator[bytes | None]:
        """The whole of what was begun, or None if it is larger than it may be; it counts until it was dealt with."""
        body, more = begun
        if endpoint is None or endpoint.body_bytes_max <= BODY_BYTES_MAX or not await self._may(endpoint, key):
            yield None
            return
        async with self._large:
            try:
                async with asyncio.timeout(LARGE_S):
                    body, more = await _read(receive, body, endpoint.body_bytes_max, more=more)
            except TimeoutError:
                yield None
                return
            yield body if not more and len(body) <= endpoint.body_bytes_max else None

    async def _may(self, endpoint: Wanted, key: str | None) -> bool:
        """Whether such a key is known; who really sends it, the signature will say."""
        credential = None if key is None else await self._keys.find(key)
        return credential is not None and endpoint.permission in credential.permissions


async def begin(receive: Receive) -> Begun:
    """What nearly every request sends is all of it."""
    return await _read(receive, b"", BODY_BYTES_MAX)


async def _read(receive: Receive, body: bytes, most: int, *, more: bool = True) -> Begun:
    """What came, until it is more than `most` or all of it."""
    parts, length = [body], len(body)
    while more and length <= most:
        message = await receive()
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        more = message.get("more_body", False)
    return Begun(b"".join(parts), more)
