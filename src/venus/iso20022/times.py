"""Times of messages: ISO 8601 in, UTC out. Source: docs/rules/iso20022.md."""

from datetime import UTC, datetime, timedelta

from venus.iso20022.documents import BadDocument
from venus.units import NS_PER_S, NS_PER_US

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def time_text(time_ns: int) -> str:
    """UTC to the microsecond; what is finer is cut."""
    moment = _EPOCH + timedelta(microseconds=time_ns // NS_PER_US)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def date_text(time_ns: int) -> str:
    return (_EPOCH + timedelta(seconds=time_ns // NS_PER_S)).date().isoformat()


def time_ns_of(text: str) -> int:
    """A time without an offset is UTC; a date is its midnight. Raises BadDocument."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        since = moment - _EPOCH
    except (ValueError, OverflowError):
        raise BadDocument(f"this time is out of range: {text[:40]}", "DT01") from None
    return (since // timedelta(microseconds=1)) * NS_PER_US
