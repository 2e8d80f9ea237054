"""Parameters as they come: split once from raw bytes, then read by name with the API's own complaints.

Nothing here knows an endpoint; the grids of markets are in symbols.py. Source: [D] rest-api.md, "General Information
on Endpoints"; errors.md.
"""

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, unquote_plus

import msgspec

from venus.gateway.binance import errors
from venus.units import INT64_MAX, NS_PER_MS, NS_PER_US

DECIMAL_RANGE = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
INTEGER_RANGE = "^[0-9]{1,20}$"
CLIENT_ID_RANGE = "^[a-zA-Z0-9-_]{1,36}$"
SYMBOL_RANGE = r"^[\w\-._&&[^a-z]]{1,50}$"
SYMBOLS_MAX = 1_000
TEXTS_REMEMBERED = 1 << 16
"""Prices and quantities come again and again, so what was read of so many of them is kept."""

# \d and $ would admit Arabic digits and a newline at the end.
DECIMAL = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?")
CLIENT_ID = re.compile(r"[a-zA-Z0-9\-_]{1,36}")
_INTEGER_DIGITS_MAX = 20

_MICROSECONDS_FROM = 10**14
"""A time this large is in microseconds: as milliseconds it would be the year 5138."""
TIME_NS_MAX = INT64_MAX - NS_PER_MS
"""Room for the rest of its millisecond."""


class Limit(NamedTuple):
    """How many rows an endpoint gives: if nothing is asked, and at most. A line of names declares it as `{ROWS}`."""

    default: int
    maximum: int
    clamp: bool = False  # more is taken as the maximum, not refused
    least: int = 1

    def __str__(self) -> str:
        return f"limit:{self.least}..{'' if self.clamp else self.maximum}={self.default}"


class Sent(NamedTuple):
    """What a request carried. `payload` is what was signed: raw query then raw body, both without the signature."""

    values: dict[str, str]
    signature: str | None
    payload: bytes


def split(query: bytes, body: bytes, repeated: frozenset[str] = frozenset()) -> Sent:
    """Raw query and form body to parameters; of a name in both, the query's value counts. Raises ApiError.

    repeated: names whose values, if there are several, are joined by commas.
    """
    values, signature, payload = _split(query, repeated)
    if not body:
        return Sent(values, signature, payload)
    body_values, body_signature, body_payload = _split(body, repeated)
    if values:
        body_values.update(values)
    if signature is None:
        signature = body_signature
    return Sent(body_values, signature, payload + body_payload)


def _split(raw: bytes, repeated: frozenset[str]) -> Sent:
    values: dict[str, str] = {}
    if not raw:
        return Sent(values, None, raw)
    try:
        pairs = raw.decode().split("&")
    except UnicodeDecodeError:
        raise errors.ApiError(-1100, "Illegal characters found in a parameter.") from None
    signature = None
    read_count = 0
    for pair in pairs:
        name, _, value = pair.partition("=")
        if name == "signature":
            # Base64 has "+", which clients that do not encode it mean as itself.
            signature = unquote(value)
            continue
        if not pair:
            continue  # "a=1&&b=2": nothing was sent between
        if "%" in pair or "+" in pair:
            name, value = unquote_plus(name), unquote_plus(value)
        if name in repeated and name in values:
            values[name] += "," + value
            continue
        values[name] = value
        read_count += 1
    if len(values) != read_count:
        raise errors.duplicate_parameter()
    return Sent(values, signature, raw if signature is None else _unsigned(raw))


def _unsigned(raw: bytes) -> bytes:
    """The raw bytes without `signature=...` and the ampersand that joined it."""
    if raw.startswith(b"signature="):
        return raw.partition(b"&")[2]
    before, _, after = raw.partition(b"&signature=")
    _, ampersand, rest = after.partition(b"&")
    return before + ampersand + rest


class Params:
    """Parameters of one request, read by name. Every method raises ApiError in the API's words."""

    __slots__ = ("values",)

    def __init__(self, values: dict[str, str]) -> None:
        self.values = values

    def has(self, name: str) -> bool:
        return name in self.values

    def required(self, name: str) -> str:
        value = self.values.get(name)
        if not value:
            raise errors.missing(name)
        return value

    def optional(self, name: str) -> str | None:
        value = self.values.get(name)
        if value == "":
            raise errors.empty(name)
        return value

    def refuse(self, *names: str) -> None:
        """These have no meaning beside what else was sent."""
        for name in names:
            if name in self.values:
                raise errors.not_required(name)

    def integer(self, name: str) -> int | None:
        """A whole number within int64, or None if it was not sent."""
        value = self.optional(name)
        return None if value is None else whole_number(name, value)

    def limit(self, rows: Limit) -> int:
        """`limit`, from the least to the maximum."""
        limit = self.integer("limit")
        if limit is None:
            return rows.default
        if limit < rows.least or (limit > rows.maximum and not rows.clamp):
            raise errors.bad_value("limit")
        return min(limit, rows.maximum)

    def time_ns(self, name: str) -> int | None:
        """A time in milliseconds or microseconds, as nanoseconds."""
        number = self.integer(name)
        return None if number is None else time_ns(number)

    def end_time_ns(self, name: str) -> int | None:
        """The last nanosecond of the millisecond or microsecond sent: ends are inclusive in the unit they come in."""
        number = self.integer(name)
        return None if number is None else time_ns(number) + _unit_ns(number) - 1

    def boolean(self, name: str, default: bool) -> bool:
        value = self.optional(name)
        if value is None:
            return default
        folded = value.lower()
        if folded not in ("true", "false"):
            raise errors.bad_value(name)
        return folded == "true"

    def client_id(self, name: str) -> str | None:
        value = self.optional(name)
        if value is not None and not CLIENT_ID.fullmatch(value):
            raise errors.illegal_characters(name, CLIENT_ID_RANGE)
        return value

    def symbols(self) -> list[str] | None:
        """`symbols`: a JSON array of distinct codes, or None if it was not sent."""
        codes = self.texts("symbols")
        if codes is not None and len(set(codes)) != len(codes):
            raise errors.repeated_symbol()
        return codes

    def texts(self, name: str) -> list[str] | None:
        """A JSON array of texts, not empty."""
        value = self.optional(name)
        if value is None:
            return None
        try:
            texts = msgspec.json.decode(value.encode(), type=list[str])
        except msgspec.MsgspecError:
            raise errors.bad_json(name) from None
        if not 1 <= len(texts) <= SYMBOLS_MAX:
            raise errors.bad_value(name)
        return texts


def whole_number(name: str, text: str) -> int:
    """Text to a whole number within int64."""
    if not (text.isdecimal() and text.isascii()) or len(text) > _INTEGER_DIGITS_MAX:
        raise errors.illegal_characters(name, INTEGER_RANGE)
    number = int(text)
    if number > INT64_MAX:
        raise errors.overflowed(name)
    return number


def time_ns(number: int) -> int:
    """A time in milliseconds or microseconds, told apart by its size, as nanoseconds; later than 2262 is 2262."""
    return min(number * _unit_ns(number), TIME_NS_MAX)


def _unit_ns(number: int) -> int:
    return NS_PER_US if number >= _MICROSECONDS_FROM else NS_PER_MS


def decimal_parts(name: str, text: str) -> tuple[str, str]:
    """Decimal text to its whole and fraction digits, trailing zeros dropped: "1.50" gives ("1", "5")."""
    if not DECIMAL.fullmatch(text):
        raise errors.illegal_characters(name, DECIMAL_RANGE)
    whole, _, fraction = text.partition(".")
    return whole, fraction.rstrip("0")


@lru_cache(TEXTS_REMEMBERED)
def decimal_steps(name: str, text: str, decimals: int) -> int:
    """Decimal text to a whole number of 10**-decimals, exactly; finer text is refused."""
    whole, fraction = decimal_parts(name, text)
    if len(fraction) > decimals:
        raise errors.too_precise(name)
    return int(whole + fraction.ljust(decimals, "0"))
