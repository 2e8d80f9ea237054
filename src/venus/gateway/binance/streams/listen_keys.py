"""Listen keys: the older way to a user data stream, kept for clients that still go it.

A key is asked for over REST or the WebSocket API, lives for an hour unless it is kept alive, and is the name of a
stream of its account. They are in memory only: after a restart a client asks for a new one, as after an hour.
Source: docs/rules/user_data.md; [D] CHANGELOG.md, 2025-04-07 and 2026-02 on their end at Binance.
"""

import asyncio
import secrets
from collections.abc import Callable
from typing import NamedTuple

import msgspec
import structlog

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.streams.channels import UNITS_NS, Channel, Listener
from venus.gateway.binance.streams.render_user import listen_key_expired
from venus.gateway.binance.streams.users import UserStreams
from venus.gateway.outbox import Outbox
from venus.registry.credentials import Permission
from venus.registry.registry import Registry
from venus.units import NS_PER_S

_log = structlog.get_logger("listen_keys")

LIFE_NS = 3600 * NS_PER_S
_SWEEP_S = 1.0
_WEIGHT = 2
_PATH = "/api/v3/userDataStream"


class _Lease(NamedTuple):
    account: int
    api_key: str  # that asked for it
    until_ns: int


class ListenKeys:
    """All listen keys that are alive, and the channels of those that somebody listens to."""

    def __init__(self, users: UserStreams, registry: Registry, clock_ns: Callable[[], int]) -> None:
        self._users = users
        self._registry = registry
        self._clock_ns = clock_ns
        self._leases: dict[str, _Lease] = {}
        self._by_account: dict[int, str] = {}
        self._channels: dict[str, UserChannel] = {}
        self._sweeping = asyncio.create_task(self._sweep_for_ever(), name="listen keys")

    def close(self) -> None:
        self._sweeping.cancel()

    def endpoints(self) -> list[Endpoint]:
        """What clients call; a key alone is believed."""
        return [
            Endpoint(method, _PATH, handler, _WEIGHT, names(read), Permission.USER_STREAM, key_only=True)
            for method, handler, read in (
                ("POST", self._start, ""),
                ("PUT", self._keep_alive, "listenKey!"),
                ("DELETE", self._close, "listenKey!"),
            )
        ]

    def open(self, name: str, outbox: Outbox) -> Channel | None:
        """The channel of a listen key; None if `name` is none."""
        lease = self._leases.get(name)
        if lease is None:
            return None
        channel = self._channels[name] = UserChannel(name, outbox, self._users, lease.account)
        return channel

    async def _start(self, _desk: Desk, call: Call) -> bytes:
        """The account's key if it has one, and an hour more for it."""
        key = self._by_account.get(call.account)
        if key is None:
            key = secrets.token_urlsafe(45).replace("-", "A").replace("_", "B")
            self._by_account[call.account] = key
        self._extend(key, call)
        return msgspec.json.encode({"listenKey": key})

    async def _keep_alive(self, _desk: Desk, call: Call) -> bytes:
        self._extend(self._named(call), call)
        return b"{}"

    async def _close(self, _desk: Desk, call: Call) -> bytes:
        self._forget(self._named(call))
        return b"{}"

    def _named(self, call: Call) -> str:
        key = call.params.required("listenKey")
        lease = self._leases.get(key)
        if lease is None or lease.account != call.account:
            raise errors.no_such_listen_key()
        return key

    def _extend(self, key: str, call: Call) -> None:
        self._leases[key] = _Lease(call.account, call.key, call.now_ns + LIFE_NS)

    def _forget(self, key: str) -> "UserChannel | None":
        lease = self._leases.pop(key)
        del self._by_account[lease.account]
        channel = self._channels.pop(key, None)
        if channel is not None:
            channel.end()
        return channel

    async def expire(self, account: int | None) -> int:
        """Let an account's key, or all, end as if nobody had kept it alive; how many did."""
        ended = [key for key, lease in self._leases.items() if account in (None, lease.account)]
        for key in ended:
            self._leases[key] = self._leases[key]._replace(until_ns=0)
        await self._sweep()
        return len(ended)

    async def _sweep_for_ever(self) -> None:
        """Let go of keys that were not kept alive, and of those whose API key may no longer ask for one."""
        while True:
            await asyncio.sleep(_SWEEP_S)
            try:
                await self._sweep()
            except Exception:  # noqa: BLE001  logged
                _log.exception("a sweep of the listen keys failed")

    async def _sweep(self) -> None:
        now_ns = self._clock_ns()
        for key, lease in list(self._leases.items()):
            credential = await self._registry.find(lease.api_key)
            may_ask = credential is not None and Permission.USER_STREAM in credential.permissions
            if self._leases.get(key) != lease or (may_ask and now_ns <= lease.until_ns):
                continue
            channel = self._forget(key)
            if channel is not None:
                channel.say_expired(key, now_ns)


class UserChannel(Channel):
    """The stream of one listen key: whatever happens to its account, bare."""

    def __init__(self, name: str, outbox: Outbox, users: UserStreams, account: int) -> None:
        super().__init__(name, outbox)
        self._users = users
        self._account = account
        self._ears = {unit_ns: _Ear(self, unit_ns) for unit_ns in UNITS_NS}
        self._joining: set[asyncio.Task[None]] = set()
        self._ended = False

    def join(self, listener: Listener) -> None:
        super().join(listener)
        ear = self._ears[listener.unit_ns]
        if not ear.is_open and not self._ended:
            ear.is_open = True
            task = asyncio.get_running_loop().create_task(self._attend(ear))
            self._joining.add(task)
            task.add_done_callback(self._joining.discard)

    def leave(self, listener: Listener) -> None:
        super().leave(listener)
        for unit_ns, ear in self._ears.items():
            if ear.is_open and not self.has_listeners(unit_ns):
                self._close(ear)

    def end(self) -> None:
        """Nothing more is said of the account."""
        self._ended = True
        for ear in self._ears.values():
            self._close(ear)

    def say_expired(self, listen_key: str, time_ns: int) -> None:
        self.say(lambda unit_ns: listen_key_expired(listen_key, time_ns, unit_ns))

    async def _attend(self, ear: "_Ear") -> None:
        await self._users.join(self._account, ear)
        if not ear.is_open:  # everyone has left meanwhile
            self._users.leave(self._account, ear)

    def _close(self, ear: "_Ear") -> None:
        ear.is_open = False
        self._users.leave(self._account, ear)


class _Ear:
    """A channel as those hear it who want times in one unit."""

    def __init__(self, channel: UserChannel, unit_ns: int) -> None:
        self._channel = channel
        self.unit_ns = unit_ns
        self.is_open = False

    def hear(self, payload: bytes) -> None:
        self._channel.say_in(self.unit_ns, payload)

    def fail(self) -> None:
        for listener in self._channel.listeners():
            listener.drop()
