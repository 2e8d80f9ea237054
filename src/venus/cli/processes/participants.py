"""The process of a sandbox's simulated participants, who come through the same door as everyone."""

import asyncio
import json
from pathlib import Path

import cyclopts
import uvloop

from venus.cli.processes import prepare, say, until_stdin_ends
from venus.testing.participants import trade


def participants(*, rest: str, keys: Path, seed: int) -> int:
    """Trade until told to stop; the exit code."""
    prepare()
    accounts = json.loads(keys.read_text())

    async def run() -> None:
        trading = asyncio.ensure_future(trade(rest, accounts, seed))
        ended = asyncio.ensure_future(until_stdin_ends())
        done, _ = await asyncio.wait([trading, ended], return_when=asyncio.FIRST_COMPLETED)
        if trading in done:
            trading.result()
        trading.cancel()

    say(ready=True)
    uvloop.run(run())
    return 0


if __name__ == "__main__":
    cyclopts.run(participants)
