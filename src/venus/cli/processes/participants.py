"""The process of a sandbox's simulated participants, who come through the same door as everyone."""

import asyncio
import json
from pathlib import Path

import cyclopts
import uvloop

from venus.cli.processes import prepare, say, until_stdin_ends
from venus.testing.custodians import keep_attesting
from venus.testing.participants import trade


def participants(*, rest: str, keys: Path, sandbox: Path, seed: int) -> int:
    """Trade, and attest reserves, until told to stop; the exit code.

    keys, sandbox  files: the participants' API keys; the sandbox's own, which tells the seats of its institutions
    """
    prepare()
    accounts = json.loads(keys.read_text())
    institutions = json.loads(sandbox.read_text()).get("institutions", {})

    async def run() -> None:
        trading = asyncio.ensure_future(trade(rest, accounts, seed))
        attesting = asyncio.ensure_future(keep_attesting(rest, institutions))
        ended = asyncio.ensure_future(until_stdin_ends())
        done, _ = await asyncio.wait([trading, attesting, ended], return_when=asyncio.FIRST_COMPLETED)
        for working in (trading, attesting):
            if working in done:
                working.result()
            working.cancel()

    say(ready=True)
    uvloop.run(run())
    return 0


if __name__ == "__main__":
    cyclopts.run(participants)
