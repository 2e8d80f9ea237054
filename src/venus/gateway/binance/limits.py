"""How much one address may ask, and how many orders one account may leave unfilled: counts in calendar windows.

Windows are aligned to UTC and not sliding: a minute begins on :00, ten seconds on :00, :10, ..., a day at midnight, so
a window's counts are one dictionary, dropped whole. An address that goes on after 429 is banned (418), longer each
time.
Source: [D] rest-api.md, "LIMITS"; faqs/order_count_decrement.md.
"""

from typing import Any

import msgspec

from venus.gateway.binance import errors
from venus.records.events import Event, EventFlag, EventKind
from venus.units import NS_PER_MS, NS_PER_S

# Bits as plain numbers: an IntFlag's "&" builds a flag, ten times as slow.
_MAKER_DONE = int(EventFlag.MAKER_DONE)
_PENDING = int(EventFlag.PENDING)
_ACCEPTED, _TRADE, _PREVENTED = int(EventKind.ACCEPTED), int(EventKind.TRADE), int(EventKind.PREVENTED)
_ENDED = int(EventKind.CANCELED), int(EventKind.EXPIRED)
DAY_S = 86_400
OFFENDERS_MAX = 100_000


class LimitRules(msgspec.Struct, frozen=True):
    """What is allowed; the defaults are what Binance publishes."""

    weight_1m_max: int = 6_000  # request weight of an address
    sapi_weight_1m_max: int = 12_000  # of an address under /sapi/, counted apart
    sapi_uid_weight_1m_max: int = 180_000  # of an account under /sapi/
    requests_5m_max: int = 300_000  # requests of an address, whatever they weigh
    orders_10s_max: int = 100  # unfilled orders of an account
    orders_1d_max: int = 200_000
    refusals_max: int = 10  # refusals within a minute; one more is a ban
    ban_s_min: int = 120  # doubled for each ban before it
    ban_s_max: int = 3 * DAY_S
    maker_credit_count: int = 5  # orders taken off the count when an order first fills as a maker; as a taker it is 1


_NOBODY_COUNTS_SO_FAR = 10**12
USUAL = LimitRules()
OPEN = LimitRules(
    weight_1m_max=_NOBODY_COUNTS_SO_FAR,
    sapi_weight_1m_max=_NOBODY_COUNTS_SO_FAR,
    sapi_uid_weight_1m_max=_NOBODY_COUNTS_SO_FAR,
    requests_5m_max=_NOBODY_COUNTS_SO_FAR,
    orders_10s_max=_NOBODY_COUNTS_SO_FAR,
    orders_1d_max=_NOBODY_COUNTS_SO_FAR,
)
"""For measuring, and for tests that ask more than any client may."""


class _Window:
    """Counts by key in the present calendar window."""

    __slots__ = ("counts", "limit", "number", "seconds")

    def __init__(self, seconds: int, limit: int) -> None:
        self.seconds = seconds
        self.limit = limit
        self.number = -1
        self.counts: dict[Any, int] = {}

    def at(self, now_s: int) -> dict[Any, int]:
        """The counts at a time. Who came before the window turned and is answered now is of the new one; a clock that
        was set back farther begins anew."""
        number = now_s // self.seconds
        if number != self.number and number != self.number - 1:
            self.number = number
            self.counts = {}
        return self.counts

    def left_s(self, now_s: int) -> int:
        """Seconds until the next window."""
        return self.seconds - now_s % self.seconds


class _Offender:
    """An address that was refused: how often in which minute, and how often it was banned."""

    __slots__ = ("bans_count", "minute", "refusals_count", "until_s")

    def __init__(self) -> None:
        self.minute = -1
        self.refusals_count = 0
        self.bans_count = 0
        self.until_s = 0


class Limits:
    """Counts of one door. Every method takes the time; refusals are raised as ApiError."""

    def __init__(self, rules: LimitRules) -> None:
        self.rules = rules
        self._weights = _Window(60, rules.weight_1m_max)
        self._sapi_weights = _Window(60, rules.sapi_weight_1m_max)
        self._sapi_uid_weights = _Window(60, rules.sapi_uid_weight_1m_max)
        self._requests = _Window(300, rules.requests_5m_max)
        self._orders_10s = _Window(10, rules.orders_10s_max)
        self._orders_1d = _Window(DAY_S, rules.orders_1d_max)
        self._turning = (self._weights, self._requests, self._orders_10s, self._orders_1d)
        self._now_s = -1  # of the last turn
        self._offenders: dict[str, _Offender] = {}
        # Resting orders that nothing has filled yet: whose first fill as a maker is still to be credited.
        self._unfilled: set[int] = set()

    # As a whole, for a sandbox's restore points

    def state(self) -> dict[str, Any]:
        """All counts, as JSON can hold them."""
        return {
            "windows": [[window.number, list(window.counts.items())] for window in self._turning],
            "offenders": [
                [address, one.minute, one.refusals_count, one.bans_count, one.until_s]
                for address, one in self._offenders.items()
            ],
            "unfilled": sorted(self._unfilled),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Become what `state` told; nothing told is nothing counted."""
        self._now_s = -1
        for window, (number, counts) in zip(self._turning, state.get("windows", ()), strict=False):
            window.number, window.counts = number, dict(counts)
        for address, *figures in state.get("offenders", ()):
            offender = self._offenders[address] = _Offender()
            offender.minute, offender.refusals_count, offender.bans_count, offender.until_s = figures
        self._unfilled = set(state.get("unfilled", ()))

    def _turn(self, now_s: int) -> None:
        """Look whether windows have turned: once in a second is enough."""
        self._now_s = now_s
        for window in self._turning:
            window.at(now_s)

    # Addresses

    def enter(self, address: str, weight: int, now_ns: int, *, sapi: bool = False) -> None:
        """Count a request; raises 418 for a banned address and 429 for one over a limit.

        sapi: its weight is one of the wallet's, which are counted apart.
        """
        now_s = now_ns // NS_PER_S
        if self._offenders:
            self._refuse_banned(address, now_s)
        if now_s != self._now_s:
            self._turn(now_s)
        window, requests = self._weights, self._requests.counts
        weights = window.counts
        if sapi:
            window = self._sapi_weights
            weights = window.at(now_s)
        requests_count = requests.get(address, 0) + 1
        if requests_count > self._requests.limit:
            self._note_refusal(address, now_s)
            left_s = self._requests.left_s(now_s)
            raise errors.too_many_requests(self._requests.limit, 5, left_s)
        used = weights.get(address, 0) + weight
        if used > window.limit:
            self._note_refusal(address, now_s)
            raise errors.too_much_weight(window.limit, window.left_s(now_s))
        requests[address] = requests_count
        weights[address] = used

    def give_back(self, address: str, weight: int) -> None:
        """A successful placement or cancel weighs nothing in the end."""
        used = self._weights.counts.get(address, 0)
        if used:  # else the minute has changed in between
            self._weights.counts[address] = max(0, used - weight)

    def used_weight(self, address: str, now_ns: int) -> int:
        now_s = now_ns // NS_PER_S
        if now_s != self._now_s:
            self._turn(now_s)
        return self._weights.counts.get(address, 0)

    def used_sapi_weight(self, address: str, now_ns: int) -> int:
        return self._sapi_weights.at(now_ns // NS_PER_S).get(address, 0)

    def used_uid_weight(self, account: int, now_ns: int) -> int:
        return self._sapi_uid_weights.at(now_ns // NS_PER_S).get(account, 0)

    def enter_uid(self, account: int, weight: int, now_ns: int) -> None:
        """Count a wallet's request for an account; raises 429 over the limit."""
        now_s = now_ns // NS_PER_S
        window = self._sapi_uid_weights
        used = window.at(now_s).get(account, 0) + weight
        if used > window.limit:
            raise errors.too_much_weight(window.limit, window.left_s(now_s))
        window.counts[account] = used

    def _refuse_banned(self, address: str, now_s: int) -> None:
        offender = self._offenders.get(address)
        if offender is not None and offender.until_s > now_s:
            raise errors.banned(offender.until_s * (NS_PER_S // NS_PER_MS), offender.until_s - now_s)

    def _note_refusal(self, address: str, now_s: int) -> None:
        if address not in self._offenders and len(self._offenders) >= OFFENDERS_MAX:
            self._forget_offenders(now_s)
        offender = self._offenders.setdefault(address, _Offender())
        if offender.minute != now_s // 60:
            offender.minute = now_s // 60
            offender.refusals_count = 0
        offender.refusals_count += 1
        if offender.refusals_count <= self.rules.refusals_max:
            return
        ban_s = min(self.rules.ban_s_min << min(offender.bans_count, 16), self.rules.ban_s_max)
        offender.bans_count += 1
        offender.refusals_count = 0
        offender.until_s = now_s + ban_s
        self._refuse_banned(address, now_s)

    def _forget_offenders(self, now_s: int) -> None:
        """Keep who is banned; whoever is left has to offend again."""
        self._offenders = {address: who for address, who in self._offenders.items() if who.until_s > now_s}

    # Accounts

    def order_counts(self, account: int, now_ns: int) -> tuple[int, int]:
        """Unfilled orders of an account in the present ten seconds and day."""
        now_s = now_ns // NS_PER_S
        if now_s != self._now_s:
            self._turn(now_s)
        return self._orders_10s.counts.get(account, 0), self._orders_1d.counts.get(account, 0)

    def take_order(self, account: int, now_ns: int) -> None:
        """Count an order before it is sent, so that orders in flight count too; raises 429."""
        self.take_orders(account, 1, now_ns)

    def take_orders(self, account: int, count: int, now_ns: int) -> None:
        """Count the orders of a list, all or none; raises 429."""
        now_s = now_ns // NS_PER_S
        if now_s != self._now_s:
            self._turn(now_s)
        short, long = self._orders_10s, self._orders_1d
        short_count, long_count = short.counts.get(account, 0), long.counts.get(account, 0)
        if short_count + count > short.limit:
            raise errors.too_many_orders(short.limit, "10 SECOND", short.left_s(now_s))
        if long_count + count > long.limit:
            raise errors.too_many_orders(long.limit, "1 DAY", long.left_s(now_s))
        short.counts[account] = short_count + count
        long.counts[account] = long_count + count

    def credit_orders(self, account: int, count: int) -> None:
        """Take orders off an account's counts: it was refused after all, or it traded. Never below 0."""
        for window in (self._orders_10s, self._orders_1d):
            counted = window.counts.get(account, 0)
            if counted:
                window.counts[account] = max(0, counted - count)

    def note_events(self, events: list[Event]) -> None:
        """Credit the first fills among a command's events, and forget what is no longer open.

        Among them are orders of others that it triggered: each that trades as a taker is credited to its own account.
        """
        takers: set[int] = set()
        for event in events:
            kind = event.kind
            if kind == _ACCEPTED:
                if event.remaining_lots or event.flags & _PENDING:
                    self._unfilled.add(event.order_id)
            elif kind == _TRADE:
                self._note_taker(event, takers)
                if event.maker_order_id in self._unfilled:
                    self._unfilled.discard(event.maker_order_id)
                    self.credit_orders(event.maker_account, self.rules.maker_credit_count)
            elif kind in _ENDED:
                self._unfilled.discard(event.order_id)
            elif kind == _PREVENTED and event.flags & _MAKER_DONE:
                self._unfilled.discard(event.maker_order_id)

    def _note_taker(self, event: Event, takers: set[int]) -> None:
        """A taker's first fill is credited once; `takers` are those whose first fill these events hold.

        One that rested before and was not filled then (it waited) is known as unfilled, one that rests now is too.
        """
        if event.order_id in takers:
            return
        takers.add(event.order_id)
        self._unfilled.discard(event.order_id)
        self.credit_orders(event.account, 1)

    def descriptions(self) -> list[dict[str, Any]]:
        """The limits in force, as exchangeInfo lists them."""
        return [
            _description("REQUEST_WEIGHT", "MINUTE", 1, self.rules.weight_1m_max),
            _description("ORDERS", "SECOND", 10, self.rules.orders_10s_max),
            _description("ORDERS", "DAY", 1, self.rules.orders_1d_max),
            _description("RAW_REQUESTS", "MINUTE", 5, self.rules.requests_5m_max),
        ]

    def order_descriptions(self, account: int, now_ns: int) -> list[dict[str, Any]]:
        """The limits on orders with an account's counts."""
        counts = self.order_counts(account, now_ns)
        orders = [limit for limit in self.descriptions() if limit["rateLimitType"] == "ORDERS"]
        return [limit | {"count": count} for limit, count in zip(orders, counts, strict=True)]


def _description(kind: str, interval: str, interval_num: int, limit: int) -> dict[str, Any]:
    return {"rateLimitType": kind, "interval": interval, "intervalNum": interval_num, "limit": limit}
