"""Ends of business days as a calendar of the journal wants them, reckoned from a zone's own clock."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_SATURDAY = 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment_ns(zone: str, day: date, hour: int, minute: int = 0) -> int:
    """UTC nanoseconds of a time of day on a zone's clock."""
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone))
    return (local - _EPOCH) // timedelta(seconds=1) * 10**9


def cutoffs_ns(zone: str, first: date, last: date, holidays: Collection[date], hour: int = 17) -> tuple[int, ...]:
    """The end, at `hour` of the zone's clock, of each day that is neither a weekend nor a holiday."""
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(moment_ns(zone, day, hour) for day in days if day.weekday() < _SATURDAY and day not in holidays)
