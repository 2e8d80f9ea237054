"""The process of a sandbox's simulated participants, who come through the same door as everyone."""

import json
from pathlib import Path

import cyclopts
import uvloop

from venus.cli.processes import prepare, say, work_until_stdin_ends
from venus.testing.custodians import keep_attesting
from venus.testing.merchants import keep_stalls
from venus.testing.participants import trade
from venus.testing.sandbox_market import PARTICIPANTS, PRICES_USD
from venus.testing.sandbox_p2p import MERCHANT_NAMES


def participants(*, rest: str, keys: Path, sandbox: Path, seed: int) -> int:
    """Trade, keep stalls in the market between people and attest reserves, until told to stop; the exit code.

    keys, sandbox  files: the participants' API keys; the sandbox's own, which tells the seats of its institutions
    """
    prepare()
    accounts = json.loads(keys.read_text())
    institutions = json.loads(sandbox.read_text()).get("institutions", {})

    async def run() -> None:
        works = [trade(rest, {name: accounts[name] for name in PARTICIPANTS}, seed), keep_attesting(rest, institutions)]
        if any(name in accounts for name in MERCHANT_NAMES):  # a sandbox that was made before there were any has none
            works.append(keep_stalls(rest, accounts, PRICES_USD, seed))
        await work_until_stdin_ends(works)

    say(ready=True)
    uvloop.run(run())
    return 0


if __name__ == "__main__":
    cyclopts.run(participants)
