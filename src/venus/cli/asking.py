"""What commands of holders, wallets and operators have in common: words of options, keys, times ahead."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from venus.sdk.connection import ApiKey, Connection

ClientId = Annotated[str, Parameter(help="Under what it is done once, however often it is sent.")]
HashLock = Annotated[str, Parameter(help="SHA-256 of a secret, in hex.")]
Preimage = Annotated[str, Parameter(help="The hash lock's secret, in hex.")]
KEY_FILE = 'A file with {"apiKey": …, "secret": …} instead.'
_NS_PER_MS, _MS_PER_MINUTE = 10**6, 60_000


class Unreachable(Exception):
    """What was given does not lead to an exchange, a seat or an account; says why."""


def ahead_ms(connection: Connection, minutes: int) -> int:
    """A time so many minutes from the exchange's now, in milliseconds."""
    return connection.now_ns() // _NS_PER_MS + minutes * _MS_PER_MINUTE


def keys_of(known: Mapping[str, Any], name: str, option: str, file: Path | None) -> ApiKey:
    """Out of a file, or those of a name in a sandbox. Raises Unreachable."""
    if file is not None:
        facts = json.loads(file.read_text())
    elif name in known:
        facts = known[name]
    else:
        raise Unreachable(f"say whose with {option}; there are {', '.join(known) or 'none'}")
    return ApiKey(facts["apiKey"], facts["secret"])
