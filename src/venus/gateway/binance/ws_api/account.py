"""What a connection of the WebSocket API has of its own: who is logged on, and the accounts it listens to.

Source: [D] web-socket-api.md, "Session Authentication", "Authentication requests", "User Data Stream requests".
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Endpoint, names
from venus.gateway.binance.streams.render_user import terminated
from venus.gateway.websocket import CloseCode
from venus.registry.credentials import Permission

if TYPE_CHECKING:
    from venus.gateway.binance.ws_api.session import WsApiSession

SUBSCRIPTIONS_MAX = 1_000
SUBSCRIPTIONS_LIFETIME_MAX = 65_535
_WEIGHT = 2


class Logon(NamedTuple):
    """A key that the connection may use without signing."""

    key: str
    since_ns: int


class Subscription:
    """One account that the connection listens to."""

    __slots__ = ("_head", "_session", "account", "by_logon", "key", "number", "unit_ns")

    def __init__(self, session: "WsApiSession", number: int, account: int, key: str, *, by_logon: bool) -> None:
        self.number = number
        self.account = account
        self.key = key  # that believed it
        self.by_logon = by_logon
        self.unit_ns = session.unit_ns
        self._session = session
        self._head = b'{"subscriptionId":%d,"event":' % number

    def hear(self, payload: bytes) -> None:
        self._session.say(b"%b%b}" % (self._head, payload))

    def fail(self) -> None:
        self._session.close(CloseCode.INTERNAL_ERROR, "")


class Account:
    """The session of one connection, and its subscriptions."""

    def __init__(self, session: "WsApiSession") -> None:
        self.logon: Logon | None = None
        self.subscriptions: dict[int, Subscription] = {}
        self._session = session
        self._coming: set[int] = set()  # accounts whose subscription is being made
        self._next_number = 0

    # Methods

    async def log_on(self, call: Call) -> bytes:
        self.logon = Logon(call.key, call.now_ns)
        return self._status(call)

    async def status(self, call: Call) -> bytes:
        return self._status(call)

    async def log_out(self, call: Call) -> bytes:
        self.forget_logon()
        return self._status(call)

    async def list_subscriptions(self, _call: Call) -> bytes:
        return msgspec.json.encode([{"subscriptionId": number} for number in self.subscriptions])

    async def subscribe(self, call: Call) -> bytes:
        """To the account that is logged on."""
        return await self._subscribe(call, by_logon=True)

    async def subscribe_signed(self, call: Call) -> bytes:
        """To the account whose key has signed."""
        return await self._subscribe(call, by_logon=False)

    async def unsubscribe(self, call: Call) -> bytes:
        number = call.params.integer("subscriptionId")
        if number is None:
            chosen = list(self.subscriptions)
        elif number in self.subscriptions:
            chosen = [number]
        else:
            raise errors.subscription_inactive()
        for each in chosen:
            self.end(each)
        return b"{}"

    # The rest of the connection's life

    def forget_logon(self) -> None:
        """Subscriptions that came with it end with it."""
        self.logon = None
        for number, subscription in list(self.subscriptions.items()):
            if subscription.by_logon:
                self.end(number)

    def end(self, number: int) -> None:
        """End a subscription, and say so as its last event."""
        subscription = self.subscriptions.pop(number)
        door = self._session.door
        door.users.leave(subscription.account, subscription)
        subscription.hear(terminated(door.desk.clock_ns(), subscription.unit_ns))

    def leave(self) -> None:
        """The connection is gone."""
        for subscription in self.subscriptions.values():
            self._session.door.users.leave(subscription.account, subscription)
        self.subscriptions.clear()

    async def _subscribe(self, call: Call, *, by_logon: bool) -> bytes:
        account = call.account
        if account in self._coming or any(one.account == account for one in self.subscriptions.values()):
            raise errors.subscription_active()
        if len(self.subscriptions) + len(self._coming) >= SUBSCRIPTIONS_MAX:
            raise errors.too_many_subscriptions()
        if self._next_number >= SUBSCRIPTIONS_LIFETIME_MAX:
            raise errors.too_many_subscriptions()
        number = self._next_number
        self._next_number = number + 1
        session = self._session
        subscription = Subscription(session, number, account, call.key, by_logon=by_logon)
        self._coming.add(account)
        try:
            await session.door.users.join(account, subscription)
        finally:
            self._coming.discard(account)
        if not session.is_open:
            session.door.users.leave(account, subscription)
            raise errors.subscription_inactive()
        self.subscriptions[number] = subscription
        return msgspec.json.encode({"subscriptionId": number})

    def _status(self, call: Call) -> bytes:
        unit_ns, logon = call.unit_ns, self.logon
        facts: dict[str, Any] = {
            "apiKey": logon.key if logon else None,
            "authorizedSince": logon.since_ns // unit_ns if logon else None,
            "connectedSince": self._session.since_ns // unit_ns,
            "returnRateLimits": self._session.show_limits,
            "serverTime": self._session.door.desk.clock_ns() // unit_ns,
            "userDataStream": bool(self.subscriptions),
        }
        return msgspec.json.encode(facts)


class OwnMethod(NamedTuple):
    """A method of the connection. `endpoint` says what it weighs, reads and needs; its handler is never called."""

    endpoint: Endpoint
    handler: Callable[[Account, Call], Awaitable[bytes]]
    needs_logon: bool = False  # the session's key, and no other
    needs_signature: bool = False  # a key named in the request, whatever it may do


async def _not_called(*_: object) -> bytes:
    raise AssertionError("a method of the connection has no endpoint of its own")


def _endpoint(name: str, read: str, permission: Permission) -> Endpoint:
    return Endpoint("WS", name, _not_called, _WEIGHT, names(read), permission, may_be_signed=True)


OWN_METHODS = {
    "session.logon": OwnMethod(_endpoint("session.logon", "", Permission.NONE), Account.log_on, needs_signature=True),
    "session.status": OwnMethod(_endpoint("session.status", "", Permission.NONE), Account.status),
    "session.logout": OwnMethod(_endpoint("session.logout", "", Permission.NONE), Account.log_out),
    "session.subscriptions": OwnMethod(
        _endpoint("session.subscriptions", "", Permission.NONE), Account.list_subscriptions
    ),
    "userDataStream.subscribe": OwnMethod(
        _endpoint("userDataStream.subscribe", "", Permission.USER_STREAM),
        Account.subscribe,
        needs_logon=True,
    ),
    "userDataStream.subscribe.signature": OwnMethod(
        _endpoint("userDataStream.subscribe.signature", "", Permission.USER_STREAM),
        Account.subscribe_signed,
        needs_signature=True,
    ),
    "userDataStream.unsubscribe": OwnMethod(
        _endpoint("userDataStream.unsubscribe", "subscriptionId", Permission.NONE), Account.unsubscribe
    ),
}
