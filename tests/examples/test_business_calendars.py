"""Business days and their ends, from public holidays and time zones. docs/rules/packs.md, "Calendars"."""

from datetime import UTC, date, datetime, time

import pytest

from venus.packs.calendars import CALENDARS, CalendarRefused, adopt_calendar, business_days, cutoff_ns, days_later
from venus.packs.regimes import adopt_pack, held_on
from venus.testing.coin_stage import CoinStage
from venus.testing.officials import ISSUER, SUPERVISOR
from venus.units import NS_PER_S


def ns(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * NS_PER_S


def days(name: str, first: date, last: date) -> list[int]:
    return [day.day for day in business_days(CALENDARS[name], first, last)]


@pytest.mark.parametrize(
    ("name", "first", "last", "open_days"),
    [
        # Good Friday and Easter Monday 2026
        ("euro", date(2026, 4, 1), date(2026, 4, 8), [1, 2, 7, 8]),
        ("hong-kong", date(2026, 4, 1), date(2026, 4, 8), [1, 2, 8]),  # Easter, and Ching Ming observed
        ("singapore", date(2026, 4, 1), date(2026, 4, 8), [1, 2, 6, 7, 8]),
        ("dollar", date(2026, 4, 1), date(2026, 4, 8), [1, 2, 3, 6, 7, 8]),
        # the Fourth of July on a Saturday: the Federal Reserve Banks work on Friday
        ("dollar", date(2026, 7, 1), date(2026, 7, 6), [1, 2, 3, 6]),
        # the year's end
        ("euro", date(2026, 12, 24), date(2027, 1, 5), [24, 28, 29, 30, 31, 4, 5]),
        ("hong-kong", date(2026, 12, 24), date(2027, 1, 5), [24, 28, 29, 30, 31, 4, 5]),
        # a leap day, a Tuesday
        ("euro", date(2028, 2, 28), date(2028, 3, 1), [28, 29, 1]),
        ("dollar", date(2028, 2, 26), date(2028, 3, 1), [28, 29, 1]),
        # new year's holiday in China, paid for with working weekends: 14 and 28 February are Saturdays
        ("china", date(2026, 2, 13), date(2026, 3, 2), [13, 14, 24, 25, 26, 27, 28, 2]),
    ],
)
def test_business_days(name: str, first: date, last: date, open_days: list[int]) -> None:
    assert days(name, first, last) == open_days


@pytest.mark.parametrize(
    ("name", "day", "utc"),
    [
        ("euro", date(2026, 3, 27), "2026-03-27T16:00"),  # Friday before the clocks go forward
        ("euro", date(2026, 3, 30), "2026-03-30T15:00"),
        ("euro", date(2026, 10, 23), "2026-10-23T15:00"),
        ("euro", date(2026, 10, 26), "2026-10-26T16:00"),
        ("dollar", date(2026, 3, 6), "2026-03-06T22:00"),  # America's clocks go three weeks before Europe's
        ("dollar", date(2026, 3, 9), "2026-03-09T21:00"),
        ("hong-kong", date(2026, 7, 2), "2026-07-02T09:00"),
        ("singapore", date(2026, 12, 31), "2026-12-31T09:00"),
        ("dollar", date(2026, 12, 31), "2026-12-31T22:00"),
    ],
)
def test_a_day_ends_by_its_own_clock(name: str, day: date, utc: str) -> None:
    assert cutoff_ns(CALENDARS[name], day) == ns(utc)


def test_an_hour_that_comes_twice_ends_at_its_first() -> None:
    twice = CALENDARS["euro"]._replace(cutoff=time(2, 30))
    assert cutoff_ns(twice, date(2026, 10, 25)) == ns("2026-10-25T00:30"), "summer time's, an hour before winter's"


def test_cutoffs_ascend_over_years_of_clock_changes() -> None:
    for calendar in CALENDARS.values():
        command = adopt_calendar(calendar, "c", date(2024, 1, 1), date(2028, 12, 31))
        assert list(command.cutoffs_ns) == sorted(set(command.cutoffs_ns))
        assert 1_200 < len(command.cutoffs_ns) < 1_305


def test_a_coin_is_redeemed_by_hong_kongs_days() -> None:
    """Asked on Maundy Thursday 2026 after hours: the next business day is Wednesday, and one more is to come."""
    stage = CoinStage()
    calendar = adopt_calendar(CALENDARS["hong-kong"], "hong kong", date(2026, 1, 1), date(2026, 12, 31))
    number = stage.do(calendar, SUPERVISOR).order_id
    stage.do(adopt_pack(held_on("hk", date(2026, 6, 30)), "hk", stage.coin, number), ISSUER, SUPERVISOR)
    stage.until(ns("2026-12-24T08:00"))
    stage.attest(10_000)
    stage.fund("ann", 600)
    asked_in_time = stage.redeem("ann", 100)
    assert asked_in_time.price_ticks == ns("2026-12-28T09:00"), "Christmas is a Friday"
    stage.until(ns("2026-12-24T09:00"))
    assert stage.redeem("ann", 100).price_ticks == ns("2026-12-29T09:00"), "the cut-off has passed"
    stage.pay(200)
    stage.until(ns("2026-12-31T08:00"))
    assert stage.redeem("ann", 100).price_ticks == ns("2027-01-01T09:00"), (
        "the calendar ended: every day counts, New Year's too, so that it never helps the issuer"
    )


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 6, 30), date(2026, 6, 29)),
        (date(2026, 6, 27), date(2026, 6, 28)),
        (date(1990, 1, 1), date(2030, 1, 1)),
    ],
)
def test_days_that_make_no_calendar_are_refused(first: date, last: date) -> None:
    with pytest.raises(CalendarRefused):
        adopt_calendar(CALENDARS["euro"], "c", first, last)


def test_forty_working_days_are_counted_over_holidays() -> None:
    """Forty behind 30 June 2026: no holiday of TARGET lies between."""
    assert days_later(CALENDARS["euro"], date(2026, 6, 30), 40) == date(2026, 8, 25)
    assert days_later(CALENDARS["euro"], date(2026, 12, 23), 2) == date(2026, 12, 28)
