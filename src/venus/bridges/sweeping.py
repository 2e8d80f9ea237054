"""Interest goes on being credited while nobody pays: a sweep over wallets needs frames, and a frame a command.

What is sent is a PostInterest that nobody approved: it is refused and changes nothing, but for the frame that it is in.
Source: docs/rules/currency.md, "Interest".
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from venus.engine.client import EngineClient, EngineGone, EngineOverloaded, EngineRefused
from venus.records.currency import PostInterest
from venus.views.currency_questions import CurrenciesAnswer, CurrenciesQuestion

LOOK_S = 1.0
STEP_S = 0.005
"""Between two commands: whoever pays meanwhile comes first, and brings the sweep on as well."""
_REFERENCE = "interest goes on"


async def keep_sweeping(socket: Path, is_live: Callable[[], bool], patience_s: float = 30.0) -> None:
    """For ever, over whatever engine listens there; cancel it to end it.

    is_live: while the clock is not the system's, nothing is sent, since the journal is to follow from requests alone:
    whoever turns the clock lets sweeps come to their end, and so does the next command of anybody.
    """
    while True:
        try:
            client = await EngineClient.connect(socket, patience_s)
        except OSError:
            await asyncio.sleep(LOOK_S)
            continue
        try:
            while True:
                if is_live():
                    await sweep_through(client)
                await asyncio.sleep(LOOK_S)
        except (EngineGone, EngineOverloaded, EngineRefused, OSError):
            await asyncio.sleep(LOOK_S)
        finally:
            client.close()


async def sweep_through(client: EngineClient) -> int:
    """Let every sweep that is under way come to its end; how many commands it took."""
    count = 0
    while (asset := await _swept(client)) is not None:
        await client.submit_cold(PostInterest(reference=_REFERENCE, currency=asset))
        count += 1
        await asyncio.sleep(STEP_S)
    return count


async def _swept(client: EngineClient) -> int | None:
    """A currency whose interest is under way."""
    answer = await client.ask(CurrenciesQuestion())
    assert isinstance(answer, CurrenciesAnswer)
    return next((one.asset for one in answer.currencies if one.sweeping), None)
