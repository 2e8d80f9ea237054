"""A coin's life written to a journal on disk, in the words of CoinStage: what rules are checked and reports made of.

with CoinJournal(tmp_path) as stage:
    stage.attest(1_000)
    stage.fund("ann", 600)
reread(Places(tmp_path))
"""

from pathlib import Path
from types import TracebackType
from typing import Self

from venus.engine.offline import OfflineWriter
from venus.engine.places import Places
from venus.records.events import Event, EventKind, unpack_events
from venus.testing.coin_stage import CoinStage
from venus.testing.frames import Frame
from venus.testing.play import Play
from venus.testing.worlds import transfer


class JournaledPlay(Play):
    """Core and model side by side as in any play, and an exchange on disk that must say the same."""

    def __init__(self, writer: OfflineWriter) -> None:
        self._writer = writer
        super().__init__(furnished=False, rules=3)

    def _apply(self, frame: Frame) -> list[Event]:
        said = super()._apply(frame)
        if frame.cold is None:
            batch = self._writer.hot(frame.time_ns, frame.commands, frame.texts)
        else:
            batch = self._writer.cold(frame.time_ns, frame.cold)
        assert list(unpack_events(batch.events.tobytes())) == said, frame
        return said


class CoinJournal(CoinStage):
    """A stage whose every act is journaled; durable when its context ends."""

    def __init__(self, data: Path) -> None:
        self._writer = OfflineWriter(Places(data))
        super().__init__(play=JournaledPlay(self._writer))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.__exit__(kind, error, trace)

    def pay_each_other(self, *payments: tuple[str, str, int]) -> None:
        """Coins from one to another by hot transfers in one frame, all of which must be applied."""
        asked = [
            transfer(self.account(giver), self.account(taker), self.coin, atoms, self.reference())
            for giver, taker, atoms in payments
        ]
        events = self.play.hot(*asked)
        assert [event.kind for event in events].count(EventKind.TRANSFERRED) == len(payments), events
