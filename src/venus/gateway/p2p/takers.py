"""Whether somebody may take an advert, or post one: the facts that conduct's pure functions are given.

Source: docs/rules/p2p_conduct.md.
"""

import asyncio
from typing import NamedTuple

from venus.gateway.binance.endpoint import Call
from venus.gateway.p2p.facts import P2pFacts
from venus.gateway.p2p.house import Market
from venus.gateway.p2p.people import Card, figures_of, tier_of, trader_of
from venus.gateway.p2p.refusals import may_not_post, may_not_take, no_verified_name
from venus.p2p import requirements, risk
from venus.p2p.refusals import Refusal
from venus.p2p.reputation import Tier
from venus.p2p.requirements import unmet
from venus.p2p.texts import Requirements
from venus.packs.p2p_methods import Method
from venus.records.p2p import Fiat
from venus.records.p2p_states import OrderState
from venus.registry.p2p_market import VerifiedName
from venus.units import NS_PER_S, NS_PER_US
from venus.views.p2p_questions import (
    P2pOrdersAnswer,
    P2pOrdersQuestion,
    PairAnswer,
    PairQuestion,
    Trader,
    UsageAnswer,
    UsageQuestion,
)

_HOUR_NS, _DAY_NS = 3_600 * NS_PER_S, 86_400 * NS_PER_S


class Taker(NamedTuple):
    """Who asks, as makers judge him."""

    card: Card
    trader: Trader
    verified: VerifiedName
    apart: list[int]  # accounts that he blocked or that blocked him, and his own
    joined_days: int
    account_days: int
    tier: Tier

    def suits(self, asked: Requirements, fiat_amount: int, *, met_before: bool = True) -> bool:
        return not self.lacks(asked, fiat_amount or None, met_before=met_before)

    def lacks(self, asked: Requirements, fiat_amount: int | None, *, met_before: bool) -> list[Refusal]:
        """What of it he is not. fiat_amount None: nothing is known of the order."""
        me = requirements.Taker(self.joined_days, figures_of(self.trader.month), self.verified.country, met_before)
        return unmet(asked, me, fiat_amount)


class Payment(NamedTuple):
    """What an order would be paid with. fiat_amount: minor units."""

    method: Method
    fiat: Fiat
    fiat_amount: int


class _Limited(NamedTuple):
    """Whom the limits are of. days: since the account was opened."""

    account: int
    days: int
    tier: Tier


class Takers:
    def __init__(self, market: Market) -> None:
        self._market = market

    @property
    def _facts(self) -> P2pFacts:
        return self._market.facts

    async def of(self, call: Call) -> Taker:
        """Raises ApiError for one who is not enrolled."""
        card = await self._market.people.card(call.account)
        trader, apart = await asyncio.gather(
            trader_of(self._facts, call.account), self._market.registry.market.apart(call.account)
        )
        verified = (await self._market.people.names([card.person])).get(card.person)
        account_days = await self._days(call.account, call.now_ns)
        if verified is None:
            raise no_verified_name()
        return Taker(
            card,
            trader,
            verified,
            sorted({call.account, *apart}),
            max(0, call.now_ns - trader.enrolled_ns) // _DAY_NS,
            account_days,
            tier_of(trader, self._facts),
        )

    async def refuse_posting(self, taker: Taker, fiat: str) -> None:
        """Raise ApiError if he may not post adverts in a currency."""
        has_factor = await self._market.registry.second_factors.stands(taker.card.account)
        poster = risk.Poster(
            taker.account_days,
            figures_of(taker.trader.life),
            figures_of(taker.trader.month),
            taker.tier,
            has_factor,
        )
        reasons = risk.may_post(self._market.rules, poster, fiat)
        if reasons:
            raise may_not_post(reasons)

    async def refuse_taking(
        self, taker: Taker, maker: int, asked: Requirements, payment: Payment, now_ns: int, *, buys: bool
    ) -> None:
        """Raise ApiError if he may not take an advert of a maker, who asks for somebody, for so much money."""
        if maker in taker.apart and maker != taker.card.account:
            raise may_not_take([Refusal.BLOCKED])
        met_before = asked.first_time_fiat_max is None or await self._met(taker.card.account, maker)
        reasons = taker.lacks(asked, payment.fiat_amount, met_before=met_before)
        reasons += await self._limits(
            _Limited(taker.card.account, taker.account_days, taker.tier), payment, now_ns, buys=buys
        )
        if reasons:
            raise may_not_take(reasons)

    async def refuse_for_maker(self, maker: Trader, payment: Payment, now_ns: int) -> None:
        """Raise ApiError if a maker may buy so much no more: who buys through his own advert is limited as a taker is.

        Which limit it is, is his own matter.
        """
        limited = _Limited(maker.account, await self._days(maker.account, now_ns), tier_of(maker, self._facts))
        if await self._limits(limited, payment, now_ns, buys=True):
            raise may_not_take([Refusal.MAKER_LIMIT])

    async def _limits(self, who: _Limited, payment: Payment, now_ns: int, *, buys: bool) -> list[Refusal]:
        catalogue = self._market.catalogue
        return risk.may_take(
            self._market.rules,
            await self._pace(who, payment.fiat.code, now_ns, buys=buys),
            risk.Payment(
                catalogue.risk(payment.method),
                payment.fiat_amount,
                catalogue.fiat_max(payment.method, payment.fiat),
                catalogue.unit(payment.fiat),
            ),
            buys=buys,
        )

    async def _met(self, account: int, maker: int) -> bool:
        """Whether they completed an order with each other."""
        return (await self._facts.ask(PairQuestion(account, maker), PairAnswer)).completed > 0

    async def _pace(self, who: _Limited, fiat: str, now_ns: int, *, buys: bool) -> risk.Pace:
        if not risk.is_paced(who.tier, buys=buys):
            return risk.Pace(who.days, who.tier, 0, 0, 0, 0, 0)
        account = who.account
        hour, day, unpaid = await asyncio.gather(
            self._facts.ask(UsageQuestion(account, now_ns - _HOUR_NS), UsageAnswer),
            self._facts.ask(UsageQuestion(account, now_ns - _DAY_NS), UsageAnswer),
            self._facts.ask(P2pOrdersQuestion(account, states=[OrderState.OPEN], side=0, limit=1), P2pOrdersAnswer),
        )
        bought = [row for row in day.rows if row.side == 0 and row.fiat == fiat]
        return risk.Pace(
            days=who.days,
            tier=who.tier,
            buys_open=unpaid.total,
            orders_hour=hour.opened,
            orders_day=day.opened,
            cancels_day=day.cancelled + day.timed_out,
            bought_day=sum(row.fiat_amount - row.cancelled_fiat for row in bought),
        )

    async def retain_days(self, method: Method, buyer: Trader, now_ns: int) -> int:
        """How long a purchase stays with its buyer in value."""
        days = await self._days(buyer.account, now_ns)
        return risk.retain_days(self._market.rules, method.retain_days, days, tier_of(buyer, self._facts))

    async def _days(self, account: int, now_ns: int) -> int:
        """Since the account was opened."""
        return max(0, now_ns - await self._created_us(account) * NS_PER_US) // _DAY_NS

    async def _created_us(self, account: int) -> int:
        owners = self._market.registry.owners
        known = owners.known_created_us(account)
        return await asyncio.to_thread(owners.created_us, account) if known is None else known
