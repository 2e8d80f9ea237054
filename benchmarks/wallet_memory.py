"""What a wallet takes: what the process grew by when wallets were opened, and when each got its first money."""

from typing import cast

from benchmarks import wallet_world as world
from benchmarks.engine_run import NoViews
from benchmarks.machine import resident_bytes
from benchmarks.venus_flow import HotFrame
from venus.engine.exchange import Exchange
from venus.records.commands import ColdCommand
from venus.records.currency import OpenWallets
from venus.records.events import EventKind
from venus.records.work import NO_COMMANDS, Work
from venus.testing.first_tier import DCNY
from venus.views.house import Views

_WARM = 10


class GrownWallets:
    """An exchange with a currency, that is fed."""

    def __init__(self, with_views: bool) -> None:
        self._exchange = Exchange()
        if not with_views:
            self._exchange.views = cast(Views, NoViews())
        self._frames = 0
        for command in world.set_up(_WARM):
            self.cold(command)
        # Everything has run once before the first measure: code is no part of a wallet.
        for frame in world.funding(_WARM):
            self.hot(frame)

    def cold(self, command: ColdCommand) -> None:
        self._run(Work(NO_COMMANDS, b"", command))

    def hot(self, frame: HotFrame) -> None:
        self._run(Work(frame.commands, frame.texts, None))

    def _run(self, work: Work) -> None:
        time_ns = world.TIME_FIRST_NS + self._frames * world.FRAME_STEP_NS
        batch = self._exchange.run(self._frames, time_ns, work)
        assert (batch.events["kind"] != EventKind.REJECTED).all(), "refused"
        self._exchange.views.apply(batch)
        self._frames += 1


def grow_wallets(with_views: bool, wallets: int) -> dict[str, float]:
    """Bytes of one more wallet, and of the balance and the reference that its first money adds."""
    grown = GrownWallets(with_views)
    before = resident_bytes()
    for first in range(0, wallets, world.OPENED_AT_ONCE):
        count = min(world.OPENED_AT_ONCE, wallets - first)
        grown.cold(
            OpenWallets(reference=f"more {first}", currency=DCNY, operator=0, wallet_class=0, count=count, category=0)
        )
    opened = resident_bytes()
    for frame in world.funding(wallets, from_wallet=_WARM):
        grown.hot(frame)
    return {
        "bytes_a_wallet": (opened - before) / wallets,
        "bytes_of_its_first_money": (resident_bytes() - opened) / wallets,
    }
