"""The process of a quiet sandbox's custodians: without them it could not mint any more after a week."""

import asyncio
import json
from pathlib import Path

import cyclopts

from venus.cli.processes import prepare, say, work_until_stdin_ends

FIRST_LOOK_S = 60.0
"""Behind the start, which it does not make slower; most sandboxes do not live that long."""


def custodians(*, rest: str, socket: Path, sandbox: Path) -> int:
    """Attest reserves whose attestations are old, until told to stop; the exit code.

    sandbox  the sandbox's own file, which tells the seats of its institutions
    """
    prepare()
    institutions = json.loads(sandbox.read_text()).get("institutions", {})

    async def work() -> None:
        await asyncio.sleep(FIRST_LOOK_S)
        from venus.testing.custodians import keep_attesting_quietly  # it takes a second, which few wait for

        await keep_attesting_quietly(rest, socket, institutions)

    say(ready=True)
    asyncio.run(work_until_stdin_ends([work()]))
    return 0


if __name__ == "__main__":
    cyclopts.run(custodians)
