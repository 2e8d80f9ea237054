"""What every registered account has when a day ends, written down for those who ask later.

It is taken by the first step after midnight, so a wallet that did not run then has no record of that day.
"""

import asyncio
from collections.abc import Callable

import msgspec
import numpy as np

from venus.engine.client import EngineClient
from venus.registry.registry import Registry
from venus.units import NS_PER_S
from venus.views.balance_questions import BALANCE_ROW, BalancesAnswer, BalancesQuestion

DAY_NS = 86_400 * NS_PER_S
LATE_NS = 600 * NS_PER_S
"""Taken later than this after midnight, it would not be what the account had when the day ended."""


class DayEnds:
    def __init__(self, client: EngineClient, registry: Registry, clock_ns: Callable[[], int]) -> None:
        self._client = client
        self._owners = registry.owners
        self._clock_ns = clock_ns
        self._taken = -1

    async def step(self) -> None:
        """Take the day that ended, unless it is taken, or too long ago."""
        today, since_midnight_ns = divmod(self._clock_ns(), DAY_NS)
        ended = today - 1
        if ended <= self._taken or since_midnight_ns > LATE_NS:
            return
        for account in await asyncio.to_thread(self._owners.accounts_without_day, ended):
            answer = await self._client.ask(BalancesQuestion(account))
            assert isinstance(answer, BalancesAnswer)
            rows = np.frombuffer(answer.rows, BALANCE_ROW).tolist()
            balances = msgspec.json.encode(rows).decode()
            await asyncio.to_thread(self._owners.note_day, account, ended, balances)
        self._taken = ended
