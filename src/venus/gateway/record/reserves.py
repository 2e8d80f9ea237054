"""What the exchange shows of its own chain addresses: the newest published challenges, as they were signed.

They are not believed here either: whoever reads them checks them. Source: docs/rules/reserves.md.
"""

from pathlib import Path
from typing import Any

import msgspec

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint
from venus.gateway.issuance.ledger_facts import written
from venus.gateway.record.places import BASE, PUBLIC_WEIGHT

_NAMES = "*Z.json"


class Reserves:
    """Files of one directory, named by their time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def endpoints(self) -> tuple[Endpoint, ...]:
        return (Endpoint("GET", f"{BASE}/reserves", self.reserves, PUBLIC_WEIGHT),)

    async def reserves(self, desk: Desk, call: Call) -> bytes:
        """The newest challenges, each with its text and signature, and when others were published."""
        published, newest = await desk.off_loop(self._newest)
        return written({"published": published, "challenges": newest})

    def _newest(self) -> tuple[list[str], list[dict[str, Any]]]:
        """Raises ApiError if what lies there cannot be read."""
        names = sorted(path.name for path in self._folder.glob(_NAMES)) if self._folder.is_dir() else []
        published = [name.removesuffix(".json") for name in names]
        if not names:
            return published, []
        try:
            found = msgspec.json.decode((self._folder / names[-1]).read_bytes())
            return published, [{"text": one["text"], "signature": one["signature"]} for one in found["challenges"]]
        except (OSError, msgspec.DecodeError, KeyError, TypeError) as error:
            raise errors.unknown_failure() from error
