"""Business calendars as their cut-offs, made from public holidays and time zones. docs/rules/packs.md, "Calendars".

The core knows neither: it is given the moments in UTC at which business days end, by AdoptCalendar.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import holidays

from venus.records.coins import AdoptCalendar
from venus.units import NS_PER_S

CUTOFFS_MAX = 8192
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class CalendarRefused(Exception):
    """The days asked for give no calendar that could be adopted; the text says why."""


class BusinessCalendar(NamedTuple):
    """Whose holidays are kept, and when a business day ends."""

    name: str
    country: str  # ISO 3166-1, or empty
    market: str  # ISO 10383 code as `holidays` has it, or empty
    categories: tuple[str, ...]  # of the country's holidays, as `holidays` has them
    weekend: frozenset[int]  # days of the week without business, Monday 0
    zone: str
    cutoff: time  # local; what comes later belongs to the next business day


_WEEKEND = frozenset({5, 6})
_PUBLIC = (holidays.PUBLIC,)
_GENERAL = (holidays.PUBLIC, holidays.OPTIONAL)
CALENDARS = {
    calendar.name: calendar
    for calendar in (
        BusinessCalendar("euro", "", "XECB", _PUBLIC, _WEEKEND, "Europe/Berlin", time(17)),
        BusinessCalendar("dollar", "", "XFED", _PUBLIC, _WEEKEND, "America/New_York", time(17)),
        BusinessCalendar("hong-kong", "HK", "", _GENERAL, _WEEKEND, "Asia/Hong_Kong", time(17)),
        BusinessCalendar("singapore", "SG", "", _PUBLIC, _WEEKEND, "Asia/Singapore", time(17)),
        BusinessCalendar("china", "CN", "", _PUBLIC, _WEEKEND, "Asia/Shanghai", time(17)),
    )
}
"""The hour is the house's. Euro: TARGET's days. Dollar: those of the Federal Reserve Banks. China works on some
weekends in the place of bridge days; `holidays` knows them. Hong Kong: banks keep the general holidays, of which the
statutory ones ("public") are some: Good Friday is only general until 2028. On its Saturdays banks do not pay."""


def business_days(calendar: BusinessCalendar, first: date, last: date) -> Iterator[date]:
    """The days from first to last on which there is business. Raises CalendarRefused for holidays nobody knows."""
    kept = _holidays(calendar, first, last)
    moved = kept.weekend_workdays
    day = first
    while day <= last:
        if day in moved or not (day.weekday() in calendar.weekend or day in kept):
            yield day
        day += timedelta(days=1)


def _holidays(calendar: BusinessCalendar, first: date, last: date) -> holidays.HolidayBase:
    if last < first:
        raise CalendarRefused(f"{last} is before {first}")
    years = range(first.year, last.year + 1)
    if calendar.market:
        found = holidays.financial_holidays(calendar.market, years=years, language="en_US")
    else:
        found = holidays.country_holidays(
            calendar.country, years=years, language="en_US", categories=calendar.categories
        )
    bare = [year for year in years if not any(day.year == year for day in found)]
    if bare:
        raise CalendarRefused(f"no holidays of {calendar.name} are known for {bare[0]}")
    return found


def cutoff_ns(calendar: BusinessCalendar, day: date) -> int:
    """When a day ends there, in ns since the epoch; of an hour that a clock shows twice the first, so not later."""
    local = datetime.combine(day, calendar.cutoff, ZoneInfo(calendar.zone))
    return round((local.astimezone(UTC) - _EPOCH).total_seconds()) * NS_PER_S


def adopt_calendar(calendar: BusinessCalendar, reference: str, first: date, last: date) -> AdoptCalendar:
    """The command that gives the core this calendar. Raises CalendarRefused: too many days, none, or unknown ones.

    Holidays that are proclaimed late are not in it: adopt a new calendar when they are, and behind `last` the core
    takes every day for a business day.
    """
    cutoffs = tuple(cutoff_ns(calendar, day) for day in business_days(calendar, first, last))
    if not 1 <= len(cutoffs) <= CUTOFFS_MAX:
        raise CalendarRefused(f"{len(cutoffs)} business days; a calendar has 1 to {CUTOFFS_MAX}")
    return AdoptCalendar(
        reference=reference,
        name=f"{calendar.name} {first} to {last}",
        zone=calendar.zone,
        cutoffs_ns=cutoffs,
    )


def days_later(calendar: BusinessCalendar, start: date, days: int) -> date:
    """The business day that comes so many behind a day."""
    later = business_days(calendar, start + timedelta(days=1), start + timedelta(days=14 + 2 * days))
    for _ in range(days - 1):
        next(later)
    return next(later)
