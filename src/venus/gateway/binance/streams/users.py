"""The user data streams: what happens to an account goes to whoever listens to it, from any door and for any cause.

The engine sends an excerpt of each frame that touches an account listened to; one fold of those accounts says where
each stands at each event, and every report is written once for each unit of time, however many listen. An account that
nobody listens to costs nothing here. Nothing is kept for who is away: after a new connection REST shows the truth.
Source: [D] user-data-stream.md; docs/rules/user_data.md.
"""

import asyncio
from collections import deque
from typing import Protocol

import numpy as np
import structlog

from venus.engine.client import EngineClient, EngineGone
from venus.gateway.binance.streams.render_user import UserFormat
from venus.gateway.binance.symbols import Symbols
from venus.records.events import EVENT, EventKind
from venus.views.standing import Standing
from venus.views.standing_fold import Fold
from venus.views.user_data import Excerpt, StandingAnswer, StandingQuestion

_log = structlog.get_logger("user_streams")


class UserListener(Protocol):
    """One who listens to one account."""

    unit_ns: int

    def hear(self, payload: bytes) -> None:
        """One event of the stream."""

    def fail(self) -> None:
        """Nothing more can be said of the account; whoever wants it must begin anew."""


class _Audience:
    """Who listens to an account, and the future of its standing until that is known."""

    __slots__ = ("coming_count", "early", "listeners", "ready")

    def __init__(self, ready: asyncio.Future[None]) -> None:
        self.listeners: dict[UserListener, None] = {}
        self.coming_count = 0  # those who wait for the standing
        self.ready = ready
        self.early: list[Excerpt] = []  # came before the standing


class UserStreams:
    """One for each gateway. Everything happens on its loop."""

    def __init__(self, client: EngineClient, symbols: Symbols) -> None:
        self._client = client
        self._symbols = symbols
        self._audiences: dict[int, _Audience] = {}
        self._format = UserFormat()
        self._fold = Fold({}, [])
        self._waiting: deque[Excerpt] = deque()  # for the catalog to be read
        self._learning: asyncio.Task[None] | None = None
        self._learn()
        client.on_excerpt = self._take

    async def join(self, account: int, listener: UserListener) -> None:
        """From when this returns, `listener` hears what happens. Raises what asking the engine raises."""
        audience = self._audiences.get(account)
        if audience is None:
            audience = self._audiences[account] = _Audience(asyncio.get_running_loop().create_future())
            self._client.watch([account])
            asked = asyncio.ensure_future(self._stand(account, audience))
            asked.add_done_callback(lambda task: _pass_on(task, audience.ready))
        audience.coming_count += 1
        try:
            await asyncio.shield(audience.ready)
            if self._audiences.get(account) is not audience:
                raise EngineGone("what the account stands at is not known any more")
            audience.listeners[listener] = None
        finally:
            audience.coming_count -= 1
            self._let_go(account, audience)

    def leave(self, account: int, listener: UserListener) -> None:
        """Safe for one who does not listen."""
        audience = self._audiences.get(account)
        if audience is not None:
            audience.listeners.pop(listener, None)
            self._let_go(account, audience)

    @property
    def accounts_count(self) -> int:
        """Accounts that are listened to."""
        return sum(bool(audience.listeners) for audience in self._audiences.values())

    async def _stand(self, account: int, audience: _Audience) -> None:
        """Ask where an account stands, and catch up with what came meanwhile."""
        answer = await self._client.ask(StandingQuestion(account))
        assert isinstance(answer, StandingAnswer)
        if self._audiences.get(account) is not audience:
            return
        standing = Standing(answer)
        # What happened before anybody listens is folded and not told. What still waits for the catalog comes later.
        for excerpt in audience.early:
            for _ in Fold({account: standing}, self._fold.grids).take(excerpt):
                pass
        audience.early.clear()
        self._fold.standings[account] = standing

    def _let_go(self, account: int, audience: _Audience) -> None:
        if audience.listeners or audience.coming_count or self._audiences.get(account) is not audience:
            return
        del self._audiences[account]
        self._fold.standings.pop(account, None)
        self._client.unwatch([account])

    # What the engine says

    def _take(self, excerpt: Excerpt) -> None:
        if self._learning is not None or not self._knows(excerpt):
            self._waiting.append(excerpt)
            if self._learning is None:
                self._learning = asyncio.get_running_loop().create_task(self._read_catalog())
            return
        self._tell(excerpt)

    def _tell(self, excerpt: Excerpt) -> None:
        standings = self._fold.standings
        if len(standings) != len(self._audiences):
            for account, newcomers in self._audiences.items():
                if account not in standings:
                    newcomers.early.append(excerpt)
        try:
            for report in self._fold.take(excerpt):
                audience = self._audiences[report.account]
                written: dict[int, bytes] = {}
                for listener in list(audience.listeners):
                    unit_ns = listener.unit_ns
                    payload = written.get(unit_ns)
                    if payload is None:
                        payload = written[unit_ns] = self._format.write(report, excerpt.time_ns, unit_ns)
                    listener.hear(payload)
        except Exception:  # noqa: BLE001  logged
            # What the accounts stand at is no longer known. Better no stream than a wrong one.
            _log.exception("the fold of user data failed")
            self._fail()

    def _fail(self) -> None:
        audiences, self._audiences = self._audiences, {}
        self._fold.standings.clear()
        self._client.unwatch(list(audiences))
        for audience in audiences.values():
            for listener in list(audience.listeners):
                listener.fail()

    def _knows(self, excerpt: Excerpt) -> bool:
        """Whether every symbol and asset that it names is in the catalog this door has read."""
        events = np.frombuffer(excerpt.events, EVENT)
        numbers = events["symbol"]
        of_assets = np.isin(events["kind"], (EventKind.TRANSFERRED, EventKind.HELD))
        known = np.where(of_assets, self._format.assets_count, self._format.symbols_count)
        return bool((numbers < known).all())

    async def _read_catalog(self) -> None:
        try:
            await self._symbols.refresh()
            self._learn()
            while self._waiting:
                self._tell(self._waiting.popleft())
        except Exception:  # noqa: BLE001  logged
            _log.exception("the catalog could not be read")
            self._waiting.clear()
            self._fail()
        finally:
            self._learning = None

    def _learn(self) -> None:
        self._format.learn(self._symbols.markets, self._symbols.assets)
        self._fold.grids = [market.listing for market in self._symbols.markets]


def _pass_on(task: "asyncio.Future[None]", ready: asyncio.Future[None]) -> None:
    """Give everyone who waits what came of asking, and say nothing if nobody does any more."""
    if ready.done():
        return
    error = None if task.cancelled() else task.exception()
    if error is None:
        ready.set_result(None)
    else:
        ready.set_exception(error)
        ready.exception()  # looked at, should nobody wait
