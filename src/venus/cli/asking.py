"""What commands of holders, wallets, operators and seats have in common: words of options, keys, times ahead."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from venus.sdk.connection import ApiKey, Connection

ClientId = Annotated[str, Parameter(help="Under what it is done once, however often it is sent.")]
Reference = Annotated[str, Parameter(help="Under what it is done once; the same again is the same proposal.")]
Second = Annotated[str, Parameter(help="The institution whose key must be there too.")]
Basis = Annotated[str, Parameter(help="Court, case and law.")]
Days = Annotated[int, Parameter(help="Until the order ends by itself.")]
FrozenBy = Annotated[int, Parameter(help="The order that froze it, from which it is taken first.")]
HashLock = Annotated[str, Parameter(help="SHA-256 of a secret, in hex.")]
Preimage = Annotated[str, Parameter(help="The hash lock's secret, in hex.")]
KEY_FILE = 'A file with {"apiKey": …, "secret": …} instead.'
_NS_PER_MS, _MS_PER_MINUTE, _NS_PER_DAY = 10**6, 60_000, 86_400 * 10**9


class Unreachable(Exception):
    """What was given does not lead to an exchange, a seat or an account; says why."""


def ahead_ms(connection: Connection, minutes: int) -> int:
    """A time so many minutes from the exchange's now, in milliseconds."""
    return connection.now_ns() // _NS_PER_MS + minutes * _MS_PER_MINUTE


def days_ahead_ns(connection: Connection, days: int) -> int:
    """A time so many days from the exchange's now."""
    return connection.now_ns() + days * _NS_PER_DAY


def keys_of(known: Mapping[str, Any], name: str, option: str, file: Path | None) -> ApiKey:
    """Out of a file, or those of a name in a sandbox. Raises Unreachable."""
    if file is not None:
        facts = json.loads(file.read_text())
    elif name in known:
        facts = known[name]
    else:
        raise Unreachable(f"say whose with {option}; there are {', '.join(known) or 'none'}")
    return ApiKey(facts["apiKey"], facts["secret"])
