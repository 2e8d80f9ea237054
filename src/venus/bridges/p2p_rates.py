"""The file of rates between currencies, which whoever runs an exchange keeps. Source: docs/rules/p2p_door.md, "Index".

{"asOf": "2026-11-27T08:00:00Z", "unitsPerUsd": {"CNY": "7.1"}, "anchors": {"USDT": "USD"}}
"""

import re
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import msgspec

from venus.units import NS_PER_S

AGE_NS_MAX = 86_400 * NS_PER_S
"""Older rates than a day are none."""
_DECIMAL = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?\Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadRates(ValueError):
    """Not such a file, or too old; says why."""


class RatesFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """asOf: null is for a sandbox, whose rates do not age; anchors: assets that are taken for a currency, by code."""

    as_of: datetime | None
    units_per_usd: dict[str, str]
    anchors: dict[str, str] = {}


class Rates(NamedTuple):
    units_per_dollar: dict[str, Fraction]
    anchors: dict[str, str]


def read_rates(file: Path) -> RatesFile:
    """No file says as much as one without rates. Raises BadRates."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=RatesFile)
    except FileNotFoundError:
        return RatesFile(None, {})
    except (OSError, msgspec.DecodeError) as error:
        raise BadRates(str(error)) from None


def fresh_rates(file: RatesFile, now_ns: int, *, is_sandbox: bool) -> Rates:
    """Raises BadRates."""
    if file.as_of is None:
        if not is_sandbox and (file.units_per_usd or file.anchors):
            raise BadRates("asOf: null is for a sandbox; say when these rates were so, such as 2026-01-01T00:00:00Z")
    else:
        if file.as_of.tzinfo is None:
            raise BadRates("asOf: a time needs its zone, such as 2026-01-01T00:00:00Z")
        age_ns = now_ns - int((file.as_of - _EPOCH).total_seconds()) * NS_PER_S
        if age_ns > AGE_NS_MAX:
            raise BadRates(f"asOf: rates of {file.as_of.isoformat()} are older than a day")
    return Rates({code: _rate(code, text) for code, text in file.units_per_usd.items()}, file.anchors)


def _rate(code: str, text: str) -> Fraction:
    if not _DECIMAL.match(text) or not (rate := Fraction(text)):
        raise BadRates(f"unitsPerUsd.{code}: {text!r} is no decimal above 0")
    return rate
