"""Limits in calendar windows, bans that grow, and fills that give orders back. Source: [D] rest-api.md, "LIMITS"."""

import pytest

from venus.gateway.binance.errors import ApiError
from venus.gateway.binance.limits import LimitRules, Limits
from venus.records.events import Event, EventFlag, EventKind
from venus.units import NS_PER_S

MIDNIGHT_S = 1_800_057_600  # 2027-01-16 00:00:00 UTC
assert MIDNIGHT_S % 86_400 == 0


def at(seconds: float) -> int:
    """Nanoseconds at so many seconds after midnight."""
    return MIDNIGHT_S * NS_PER_S + round(seconds * NS_PER_S)


def event(kind: EventKind, order_id: int, account: int = 1, **fields: int) -> Event:
    return Event(
        **(dict.fromkeys(Event._fields, 0) | {"kind": kind, "order_id": order_id, "account": account} | fields)
    )


def accepted(order_id: int, rests: int = 1) -> Event:
    return event(EventKind.ACCEPTED, order_id, remaining_lots=rests)


def trade(taker: int, maker: int, *, taker_account: int, maker_account: int) -> Event:
    return event(EventKind.TRADE, taker, taker_account, maker_order_id=maker, maker_account=maker_account)


def test_weight_is_counted_by_address_in_whole_minutes() -> None:
    limits = Limits(LimitRules(weight_1m_max=10))
    limits.enter("a", 7, at(59.0))
    limits.enter("a", 3, at(59.9))
    limits.enter("b", 10, at(59.9))
    assert limits.used_weight("a", at(59.9)) == 10
    with pytest.raises(ApiError) as refused:
        limits.enter("a", 1, at(59.9))
    assert (refused.value.status, refused.value.code, refused.value.retry_after_s) == (429, -1003, 1)
    assert refused.value.message == (
        "Too much request weight used; current limit is 10 request weight per 1 MINUTE. "
        "Please use WebSocket Streams for live updates to avoid polling the API."
    )
    limits.enter("a", 1, at(60.0))  # the next minute, though only 0.1 s later
    assert limits.used_weight("a", at(60.0)) == 1
    assert limits.used_weight("b", at(60.0)) == 0


def test_who_asked_before_the_turn_and_is_answered_after_it_takes_no_count_away() -> None:
    limits = Limits(LimitRules())
    limits.enter("a", 3, at(59.9))
    limits.take_order(1, at(59.9))
    limits.enter("a", 4, at(60.1))
    limits.take_order(1, at(60.1))
    assert limits.used_weight("a", at(59.9)) == limits.used_weight("a", at(60.1)) == 4
    assert limits.order_counts(1, at(59.9)) == limits.order_counts(1, at(60.1)) == (1, 2)
    assert limits.used_weight("a", at(-61)) == 0, "a clock that was set back begins anew"


def test_a_request_that_would_pass_the_limit_is_refused_whole() -> None:
    limits = Limits(LimitRules(weight_1m_max=10))
    limits.enter("a", 6, at(0))
    with pytest.raises(ApiError):
        limits.enter("a", 5, at(0))
    assert limits.used_weight("a", at(0)) == 6
    limits.enter("a", 4, at(0))


def test_what_succeeded_gives_its_weight_back() -> None:
    limits = Limits(LimitRules())
    limits.enter("a", 20, at(0))
    limits.enter("a", 1, at(0))
    limits.give_back("a", 1)
    assert limits.used_weight("a", at(0)) == 20
    limits.enter("b", 1, at(60))
    limits.give_back("a", 1)  # its minute has passed
    assert limits.used_weight("a", at(60)) == 0


def test_requests_count_whatever_they_weigh() -> None:
    limits = Limits(LimitRules(requests_5m_max=2))
    limits.enter("a", 0, at(0))
    limits.enter("a", 0, at(240))
    with pytest.raises(ApiError) as refused:
        limits.enter("a", 0, at(299))
    assert (refused.value.status, refused.value.code, refused.value.retry_after_s) == (429, -1003, 1)
    limits.enter("a", 0, at(300))


def test_bans_grow_from_two_minutes_to_three_days() -> None:
    limits = Limits(LimitRules(weight_1m_max=1, refusals_max=3))
    now_s = 0
    for expected_s in (
        120,
        240,
        480,
        960,
        1920,
        3840,
        7680,
        15_360,
        30_720,
        61_440,
        122_880,
        245_760,
        259_200,
        259_200,
    ):
        limits.enter("a", 1, at(now_s))
        for _ in range(3):
            with pytest.raises(ApiError) as refused:
                limits.enter("a", 1, at(now_s))
            assert refused.value.status == 429
        with pytest.raises(ApiError) as refused:
            limits.enter("a", 1, at(now_s))
        assert (refused.value.status, refused.value.retry_after_s) == (418, expected_s)
        until_ms = (MIDNIGHT_S + now_s + expected_s) * 1_000
        assert f"IP banned until {until_ms}." in refused.value.message
        with pytest.raises(ApiError) as refused:
            limits.enter("a", 0, at(now_s + expected_s - 1))
        assert (refused.value.status, refused.value.retry_after_s) == (418, 1)
        limits.enter("b", 1, at(now_s + expected_s - 1))
        now_s += expected_s + 60


def test_backing_off_is_not_punished() -> None:
    limits = Limits(LimitRules(weight_1m_max=1, refusals_max=3))
    for minute in range(20):
        limits.enter("a", 1, at(60 * minute))
        for _ in range(3):
            with pytest.raises(ApiError) as refused:
                limits.enter("a", 1, at(60 * minute))
            assert refused.value.status == 429


def test_orders_are_counted_by_account_in_ten_seconds_and_in_a_day() -> None:
    limits = Limits(LimitRules(orders_10s_max=2, orders_1d_max=3))
    limits.take_order(1, at(8))
    limits.take_order(1, at(9))
    limits.take_order(2, at(9))
    assert limits.order_counts(1, at(9)) == (2, 2)
    with pytest.raises(ApiError) as refused:
        limits.take_order(1, at(9))
    assert (refused.value.code, refused.value.status, refused.value.retry_after_s) == (-1015, 429, 1)
    assert refused.value.message == "Too many new orders; current limit is 2 orders per 10 SECOND."
    limits.take_order(1, at(10))
    with pytest.raises(ApiError) as refused:
        limits.take_order(1, at(20))
    assert refused.value.message == "Too many new orders; current limit is 3 orders per 1 DAY."
    assert refused.value.retry_after_s == 86_400 - 20
    limits.take_order(1, at(86_400))
    assert limits.order_counts(1, at(86_400)) == (1, 1)


def test_first_fills_give_orders_back() -> None:
    """The two documented examples: a taker's first fill gives one back, a maker's first fill five, later fills none."""
    limits = Limits(LimitRules())

    def place(order_id: int, *fills: Event) -> int:
        limits.take_order(1, at(0))
        limits.note_events([accepted(order_id), *fills])
        return limits.order_counts(1, at(0))[0]

    assert place(1) == 1
    assert place(2, trade(2, 90, taker_account=1, maker_account=9)) == 1
    assert [place(order_id) for order_id in (3, 4, 5, 6)] == [2, 3, 4, 5]
    # Somebody else's order fills order 2 again: its first fill was as a taker. Then order 1, for the first time.
    limits.note_events([accepted(50, 0), trade(50, 2, taker_account=5, maker_account=1)])
    assert limits.order_counts(1, at(0)) == (5, 5)
    limits.note_events([accepted(51, 0), trade(51, 1, taker_account=5, maker_account=1)])
    assert limits.order_counts(1, at(0)) == (0, 0)
    assert place(7) == 1
    limits.note_events([accepted(52, 0), trade(52, 1, taker_account=5, maker_account=1)])
    assert limits.order_counts(1, at(0)) == (1, 1)


def test_cancels_and_expiries_give_nothing_back() -> None:
    limits = Limits(LimitRules())
    for order_id in (1, 2):
        limits.take_order(1, at(0))
        limits.note_events([accepted(order_id)])
    limits.note_events([event(EventKind.CANCELED, 1)])
    done = event(EventKind.PREVENTED, 8, maker_order_id=2, maker_account=1, flags=EventFlag.MAKER_DONE)
    limits.note_events([accepted(8, 0), done])
    assert limits.order_counts(1, at(0)) == (2, 2)
    assert not limits._unfilled


def test_exchange_info_lists_what_is_in_force() -> None:
    limits = Limits(LimitRules(weight_1m_max=1, orders_10s_max=2, orders_1d_max=3, requests_5m_max=4))
    limits.take_order(5, at(0))
    assert [(d["rateLimitType"], d["interval"], d["intervalNum"], d["limit"]) for d in limits.descriptions()] == [
        ("REQUEST_WEIGHT", "MINUTE", 1, 1),
        ("ORDERS", "SECOND", 10, 2),
        ("ORDERS", "DAY", 1, 3),
        ("RAW_REQUESTS", "MINUTE", 5, 4),
    ]
    assert [(d["interval"], d["count"]) for d in limits.order_descriptions(5, at(0))] == [("SECOND", 1), ("DAY", 1)]
