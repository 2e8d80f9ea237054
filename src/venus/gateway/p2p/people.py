"""Who trades: what the registry knows of traders, kept in memory for as long as it hardly changes; and who is here."""

import asyncio
import time
from collections.abc import Iterable
from typing import NamedTuple

from venus.gateway.binance.endpoint import Call
from venus.gateway.p2p.facts import P2pFacts
from venus.gateway.p2p.refusals import no_such_trader, not_enrolled
from venus.p2p import reputation
from venus.p2p.reputation import Tier
from venus.registry.p2p_market import MarketRecord, VerifiedName
from venus.registry.p2p_market import Trader as TraderRecord
from venus.views.p2p_questions import Figures, Trader, TradersAnswer, TradersQuestion

ONLINE_S = 180.0
"""For so long after he last asked for something, or listened, a trader is here."""
_FRESH_S = 30.0
"""How old feedback may be told, and a name that was verified anew; what was changed at this door is told at once."""
_NAMES_MAX = 100_000
_SEEN_EVERY_S = 60.0


class Card(NamedTuple):
    """What others see of a trader besides his figures."""

    account: int
    person: int
    public: int
    nickname: str
    online: bool
    good: int
    bad: int


class _Known(NamedTuple):
    record: TraderRecord
    good: int
    bad: int
    until_s: float


class People:
    """One for each door."""

    def __init__(self, record: MarketRecord) -> None:
        self._record = record
        self._known: dict[int, _Known] = {}
        self._names: dict[int, tuple[VerifiedName, float]] = {}  # by person, and until when
        self._seen_s: dict[int, float] = {}
        self._written_s: dict[int, float] = {}
        self._listening: dict[int, int] = {}  # connections by account

    # Who is here

    async def came(self, account: int) -> None:
        """He asks for something now."""
        now_s = time.monotonic()
        self._seen_s[account] = now_s
        if now_s - self._written_s.get(account, -_SEEN_EVERY_S) >= _SEEN_EVERY_S:
            self._written_s[account] = now_s
            await asyncio.to_thread(self._record.seen, account)

    def listens(self, account: int, more: int) -> None:
        """One connection more, or less."""
        count = self._listening.get(account, 0) + more
        if count:
            self._listening[account] = count
        else:
            self._listening.pop(account, None)
        self._seen_s[account] = time.monotonic()

    def is_here(self, account: int) -> bool:
        return account in self._listening or time.monotonic() - self._seen_s.get(account, -ONLINE_S) < ONLINE_S

    # Who is who

    async def cards(self, accounts: Iterable[int]) -> dict[int, Card]:
        """Of those that are enrolled."""
        now_s, wanted = time.monotonic(), set(accounts)
        stale = [one for one in wanted if one not in self._known or self._known[one].until_s < now_s]
        if stale:
            await asyncio.to_thread(self._read, stale, now_s + _FRESH_S)
        return {
            account: Card(
                account,
                known.record.person,
                known.record.public,
                known.record.nickname,
                self.is_here(account),
                known.good,
                known.bad,
            )
            for account in wanted
            if (known := self._known.get(account)) is not None
        }

    async def card(self, account: int) -> Card:
        """Raises ApiError for one who is not enrolled."""
        card = (await self.cards([account])).get(account)
        if card is None:
            raise not_enrolled()
        return card

    async def named(self, call: Call, name: str = "trader") -> Card:
        """By the public number that was sent; raises ApiError."""
        call.params.required(name)
        public = call.params.integer(name)
        assert public is not None
        found = await asyncio.to_thread(self._record.trader_by_public, public)
        if found is None:
            raise no_such_trader()
        return await self.card(found.account)

    async def names(self, persons: Iterable[int]) -> dict[int, VerifiedName]:
        """Verified names, of those who have one."""
        now_s, wanted = time.monotonic(), set(persons)
        stale = [one for one in wanted if one not in self._names or self._names[one][1] < now_s]
        if stale:
            await asyncio.to_thread(self._read_names, stale, now_s + _FRESH_S)
        return {one: self._names[one][0] for one in wanted if one in self._names}

    def forget(self, account: int) -> None:
        """What is known of him changed."""
        self._known.pop(account, None)

    def _read(self, accounts: list[int], until_s: float) -> None:
        counts = self._record.all_feedback_counts(accounts)
        for account in accounts:
            record = self._record.trader(account)
            if record is not None:
                self._known[account] = _Known(record, *counts.get(account, (0, 0)), until_s)

    def _read_names(self, persons: list[int], until_s: float) -> None:
        if len(self._names) + len(persons) > _NAMES_MAX:
            self._names.clear()
        for person in persons:
            found = self._record.verified(person)
            if found is not None:
                self._names[person] = found, until_s


async def trader_of(facts: P2pFacts, account: int) -> Trader:
    """His figures; raises ApiError for one whom the journal does not know as a trader."""
    answer = await facts.ask(TradersQuestion([account]), TradersAnswer)
    if not answer.traders:
        raise not_enrolled()
    return answer.traders[0]


def tier_of(trader: Trader, facts: P2pFacts) -> Tier:
    """A bond in another asset than that of the terms secures nothing now."""
    terms = facts.terms
    atoms = trader.bond_atoms if trader.bond_asset == terms.bond_asset else 0
    return reputation.tier(atoms, terms.slash_atoms)


def figures_of(of: Figures) -> reputation.Figures:
    """As conduct reads them: orders are those whose end was up to him."""
    return reputation.Figures(
        orders=of.completed + of.failed,
        completed=of.completed,
        release_s_median=of.release_s_median if of.releases else None,
        release_s_mean=of.release_s_sum // of.releases if of.releases else None,
        pay_s_median=of.pay_s_median if of.payments else None,
        pay_s_mean=of.pay_s_sum // of.payments if of.payments else None,
        partners=of.partners,
        late=of.late,
        disputes_lost=of.disputes_lost,
    )
