"""A sandbox's custodians: they attest what they hold again before it is stale, through the same door as everyone.

Else a sandbox that is left alone could not mint any more once its packs' staleness limits have passed.
"""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import structlog

from venus.engine.client import EngineClient, EngineGone, EngineOverloaded
from venus.sdk.connection import Connection, Refused
from venus.sdk.keys import SeatKey
from venus.sdk.official import Official
from venus.sdk.public import Public
from venus.sdk.roles import Custodian
from venus.units import NS_PER_MS
from venus.views.issuance_questions import LedgerAnswer, LedgerQuestion

LOOK_S = 30.0
QUIET_LOOK_S = 600.0
_ENGINE_S = 5.0
AGE_MS_MAX = 86_400_000
"""An attestation that is older is made again: well before the shortest limit, of seven days."""
_log = structlog.get_logger("custodians")

Institutions = Mapping[str, Mapping[str, Any]]
"""As sandbox.json tells them."""


def attest_old(connection: Connection, institutions: Institutions) -> int:
    """Attest anew whatever was not attested for a day, by the exchange's clock; how many reserves that were.

    Raises httpx.HTTPError if the exchange cannot be reached, Refused for what it does not take.
    """
    public, done = Public(connection), 0
    now_ms = connection.now_ns() // 1_000_000
    for coin in public.coins():
        for reserve in public.reserves(coin["coin"]):
            is_old = reserve["asOf"] is None or now_ms - reserve["asOf"] > AGE_MS_MAX
            if is_old and not reserve["closed"] and reserve["custodian"] in institutions:
                _attest(connection, institutions[reserve["custodian"]], coin["coin"], reserve)
                done += 1
    return done


def _attest(connection: Connection, institution: Mapping[str, Any], coin: str, reserve: Mapping[str, Any]) -> None:
    """What is there by what the custodian itself said since: the last statement, and what came in and left."""
    maker, checker = (SeatKey.of(institution["seats"][role]) for role in ("maker", "checker"))
    proposal = Custodian(connection, maker).attest(coin, int(reserve["reserve"]), reserve["amount"])
    Official(connection, checker).approve(proposal)


async def keep_attesting(rest: str, institutions: Institutions) -> None:
    """Until cancelled."""
    with Connection(rest) as connection:
        while True:
            try:
                await asyncio.to_thread(attest_old, connection, institutions)
            except (Refused, httpx.HTTPError) as error:
                # Somebody else moved the reserve meanwhile, or a test's fault was met: the next look is soon.
                _log.info("not attested", why=str(error))
            await asyncio.sleep(LOOK_S)


async def keep_attesting_quietly(rest: str, socket: Path, institutions: Institutions) -> None:
    """The same in a quiet market, until cancelled."""
    with Connection(rest) as connection:
        while True:
            try:
                await look_quietly(connection, socket, institutions, time.time_ns())
            except (Refused, httpx.HTTPError, EngineGone, EngineOverloaded, OSError) as error:
                _log.info("not attested", why=str(error))
            await asyncio.sleep(QUIET_LOOK_S)


async def look_quietly(connection: Connection, socket: Path, institutions: Institutions, now_ns: int) -> int:
    """Attest what is old, asking nothing of the doors unless something is; how many reserves that were.

    now_ns  the world's time: nothing is attested behind the back of whoever steers the exchange's
    """
    client = await EngineClient.connect(socket, _ENGINE_S)
    try:
        answer = await client.ask(LedgerQuestion(0))
    finally:
        client.close()
    assert isinstance(answer, LedgerAnswer)
    oldest_ns = now_ns - AGE_MS_MAX * NS_PER_MS
    if all(reserve.closed or reserve.as_of_ns >= oldest_ns for reserve in answer.reserves):
        return 0
    return await asyncio.to_thread(attest_old, connection, institutions)
