"""What anybody may read: the market, adverts, traders, statistics. Who sends a key is shown what he could take."""

from datetime import UTC, datetime, timedelta
from typing import Any

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.params import Params
from venus.gateway.binance.wallet.reading import page_wanted
from venus.gateway.issuance.ledger_facts import written
from venus.gateway.p2p.facts import (
    BASE,
    P2pFacts,
    atoms_sent,
    listed,
    money_sent,
    number_sent,
    percent_text,
    ppm_sent,
    side_sent,
)
from venus.gateway.p2p.house import Market, viewer_of
from venus.gateway.p2p.refusals import no_such_trader
from venus.gateway.p2p.takers import Takers
from venus.p2p.reputation import TIER_SLASHES, Tier
from venus.registry.credentials import Permission
from venus.units import NS_PER_S, NS_PER_US
from venus.views.p2p_public_questions import P2pStatisticsAnswer, P2pStatisticsQuestion
from venus.views.p2p_questions import DAYS_KEPT, ROWS_MAX, SORTS, Found, SearchAnswer, SearchQuestion, Trader

ROWS_DEFAULT = 20
PAGE_ROWS_MAX = 100
TIERS = tuple(tier.value for tier in Tier)
_DAY_NS = 86_400 * NS_PER_S
_SCANNED_MAX = 5 * ROWS_MAX
"""Of adverts whose makers' requirements are compared for one search."""
_SEARCH = "side! asset! fiat! methods amount assetAmount tier minDays minCompletionPercent takeable sort page rows"


class Reads:
    def __init__(self, market: Market, takers: Takers) -> None:
        self._market = market
        self._takers = takers

    def endpoints(self) -> tuple[Endpoint, ...]:
        rows = (
            ("market", self.market, 2, "", False),
            ("adverts", self.adverts, 5, _SEARCH, True),
            ("advert", self.advert, 2, "advert!", True),
            ("trader", self.trader, 2, "trader!", True),
            ("feedback", self.feedback, 2, "trader! page rows", True),
            ("statistics", self.statistics, 10, "days", False),
        )
        return tuple(
            Endpoint(
                "GET",
                f"{BASE}/{path}",
                answer,
                weight,
                names(read),
                Permission.USER_DATA if keyed else Permission.NONE,
                key_optional=keyed,
            )
            for path, answer, weight, read, keyed in rows
        )

    async def market(self, desk: Desk, call: Call) -> bytes:
        """Currencies, assets, ways to pay, the index, fees and times."""
        await self._market.facts.refresh_priced()
        return written(self._market.telling.market(call.unit_ns))

    async def adverts(self, desk: Desk, call: Call) -> bytes:
        """Adverts that can be taken now, the best first."""
        facts = self._market.facts
        await facts.refresh_priced()
        question = self._question(call, facts)
        if call.params.boolean("takeable", default=False):
            if call.account < 0:
                raise errors.not_required("takeable")
            total, found, makers = await self._takeable(call, question)
        else:
            answer = await facts.ask(question, SearchAnswer)
            total, found, makers = answer.total, answer.found, answer.makers
        return written({"total": total, "rows": await self._market.showing.found(found, makers, viewer_of(call))})

    def _question(self, call: Call, facts: P2pFacts) -> SearchQuestion:
        params = call.params
        asset, _ = facts.tradable(params)
        fiat = facts.fiat_sent(params)
        amount, asset_amount = params.optional("amount"), params.optional("assetAmount")
        if amount is not None and asset_amount is not None:
            raise errors.bad_combination()
        days = params.integer("minDays") or 0
        completion = params.optional("minCompletionPercent")
        sort = next((one for one in SORTS if one == (params.optional("sort") or SORTS[0])), None)
        if sort is None:
            raise errors.bad_value("sort")
        skip, limit = page_wanted(params, page="page", size="rows", size_default=ROWS_DEFAULT, size_max=PAGE_ROWS_MAX)
        return SearchQuestion(
            side=1 - side_sent(params),
            asset=asset.number,
            fiat=fiat.code,
            methods=[self._market.catalogue.named(key, fiat.code).number for key in listed(params, "methods")],
            fiat_amount=0 if amount is None else money_sent(fiat, amount, "amount"),
            atoms=0 if asset_amount is None else atoms_sent(asset, asset_amount, "assetAmount"),
            bond_atoms_min=_bond_atoms(params, facts),
            completion_ppm_min=0 if completion is None else ppm_sent(completion, "minCompletionPercent"),
            enrolled_before_ns=max(1, call.now_ns - min(days, 36_500) * _DAY_NS) if days else 0,
            sort=sort,
            skip=skip,
            limit=limit,
        )

    async def _takeable(self, call: Call, question: SearchQuestion) -> tuple[int, list[Found], list[Trader]]:
        """The same, without one's own, those of blocked makers, and those whose makers ask for somebody else."""
        facts = self._market.facts
        taker = await self._takers.of(call)
        skip, limit = question.skip, question.limit
        fields = {name: getattr(question, name) for name in question.__struct_fields__}
        found: list[Found] = []
        makers: dict[int, Trader] = {}
        for scanned in range(0, _SCANNED_MAX, ROWS_MAX):
            part = SearchQuestion(**fields | {"not_makers": taker.apart, "skip": scanned, "limit": ROWS_MAX})
            answer = await facts.ask(part, SearchAnswer)
            texts = await self._market.papers.texts(one.advert.text_hash for one in answer.found)
            found += [
                one
                for one in answer.found
                if taker.suits(texts[one.advert.text_hash].requirements, question.fiat_amount)
            ]
            makers |= {one.account: one for one in answer.makers}
            if scanned + ROWS_MAX >= answer.total:
                break
        page = found[skip : skip + limit]
        return len(found), page, [makers[account] for account in {one.advert.account for one in page}]

    async def advert(self, desk: Desk, call: Call) -> bytes:
        """One advert, as it is now."""
        await self._market.facts.refresh_priced()
        number = number_sent(call.params, "advert")
        return written(await self._market.showing.advert(number, viewer_of(call)))

    async def trader(self, desk: Desk, call: Call) -> bytes:
        """A trader, by the public number."""
        await self._market.facts.refresh()
        card = await self._market.people.named(call)
        told = await self._market.showing.trader(card.account, viewer_of(call))
        if told is None:
            raise no_such_trader()
        return written(told)

    async def feedback(self, desk: Desk, call: Call) -> bytes:
        """What others said of a trader, the newest first; of whom it is is not told."""
        skip, limit = page_wanted(
            call.params, page="page", size="rows", size_default=ROWS_DEFAULT, size_max=PAGE_ROWS_MAX
        )
        about = (await self._market.people.named(call)).account
        record = self._market.registry.market
        good, bad = await desk.off_loop(lambda: record.feedback_counts(about))
        said = await desk.off_loop(lambda: record.feedback(about, limit, skip))
        rows = [
            {"good": one.good, "text": one.text or None, "time": one.time_us * NS_PER_US // call.unit_ns}
            for one in said
        ]
        return written({"total": good + bad, "rows": rows})

    async def statistics(self, desk: Desk, call: Call) -> bytes:
        """Completed orders a day, currency, asset and way to pay, and how far their prices were from the index."""
        facts = self._market.facts
        await facts.refresh()
        days = call.params.integer("days")
        if days is not None and not 1 <= days <= DAYS_KEPT:
            raise errors.bad_value("days")
        answer = await facts.ask(P2pStatisticsQuestion(days or 1), P2pStatisticsAnswer)
        rows: list[dict[str, Any]] = [
            {
                "day": str((datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=row.day)).date()),
                "fiat": row.fiat,
                "asset": facts.asset(row.asset).code,
                "method": self._market.catalogue.key_of(row.method),
                "orders": row.orders,
                "amount": facts.amount(row.asset, row.atoms),
                "fiatAmount": facts.money(row.fiat, row.fiat_amount),
                "spreadPercent": percent_text(row.spread_ppm) if row.index_fiat else None,
            }
            for row in answer.rows
        ]
        return written({"total": len(rows), "rows": rows})


def _bond_atoms(params: Params, facts: P2pFacts) -> int:
    """What a maker of at least this tier has posted."""
    text = params.optional("tier")
    if text is None or text == Tier.NONE:
        return 0
    if text not in TIERS:
        raise errors.bad_value("tier")
    return max(1, TIER_SLASHES[Tier(text)] * facts.terms.slash_atoms)
