"""How far a journal is durable, looked at while somebody waits for more, and at no other time."""

import asyncio
from pathlib import Path

from venus.journal.following import durable_frames

_LOOK_EVERY_S = 0.005


class Tail:
    """One for all who follow: however many wait, the writer's mark is read once in a while."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._looking: asyncio.Task[None] | None = None
        self.frames = 0  # durable when it was last looked

    def look(self) -> int:
        """So many frames are durable now."""
        self.frames = durable_frames(self._journal)
        return self.frames

    async def moved(self) -> None:
        """Until it was looked once more; a moment."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_later())
        await asyncio.shield(self._looking)

    async def _look_later(self) -> None:
        await asyncio.sleep(_LOOK_EVERY_S)
        self.look()
