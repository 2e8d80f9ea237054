"""What was bought from people stays with its buyer in value for some days, whatever door value would leave by.

Source: docs/rules/p2p_conduct.md, "T+1"; docs/rules/p2p_door.md, "Value that stays".
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple
from weakref import WeakKeyDictionary, WeakValueDictionary

from venus.engine.client import EngineClient
from venus.gateway.binance.endpoint import Desk
from venus.gateway.binance.errors import ApiError
from venus.gateway.binance.wallet.reading import amount_text, balances_of
from venus.p2p.retention import DAY_NS, Deal, Priced, covers, may_leave, retained, retained_until
from venus.p2p.risk import RETAIN_DAYS_MAX
from venus.units import INT64_MAX
from venus.views.holdings_questions import PromisedAnswer, PromisedQuestion, Schedule
from venus.views.p2p_questions import MarketAnswer, MarketQuestion, RetainedAnswer, RetainedQuestion

_alone: WeakKeyDictionary[EngineClient, WeakValueDictionary[int, asyncio.Lock]] = WeakKeyDictionary()


class Kept(NamedTuple):
    """deals: of the last days. atoms: what is to stay of them now, by asset. buying: more may come at any moment."""

    deals: list[Deal]
    atoms: dict[int, int]
    buying: bool


async def kept_of(desk: Desk, account: int) -> Kept:
    """What an account bought in the market between people and has to keep in value."""
    now_ns = desk.clock_ns()
    since_ns = now_ns - RETAIN_DAYS_MAX * DAY_NS
    answer = await desk.ask(RetainedQuestion(account, since_ns, from_purchase=True), RetainedAnswer)
    deals = [
        Deal(move.asset, move.atoms, move.time_ns, move.retain_days if move.atoms > 0 else 0) for move in answer.moves
    ]
    return Kept(deals, retained(deals, now_ns) if deals else {}, answer.buying)


@asynccontextmanager
async def parting(
    desk: Desk, account: int, leaving: Mapping[int, int], *, by_sale: bool = False, schedule: Schedule | None = None
) -> AsyncIterator[None]:
    """For as long as a command is handed in by which these atoms, by asset, leave an account. Raises ApiError if too
    little would stay.

    Of one who has something to keep nothing else leaves meanwhile, so that two requests do not each count on what the
    other takes. Only what is free counts as staying: what is bound may be bound to somebody else.

    by_sale   it is sold in the market between people, so that of the same asset less is to stay
    schedule  what it sets up: nothing leaves yet, but what it will pay stays until then beside what was bought
    """
    kept = await kept_of(desk, account)
    if schedule is None and not kept.buying and not any(kept.atoms.values()):
        yield
        return
    async with _alone_with(desk, account):
        await _refuse_to_part(desk, account, leaving, by_sale=by_sale, schedule=schedule)
        yield


@asynccontextmanager
async def buying(desk: Desk, account: int) -> AsyncIterator[bool]:
    """For as long as an order is opened by which an account buys from people: whether it may as to its schedules.

    They pay by themselves, whatever was bought meanwhile: so all that they will ever pay must be there beside it.
    """
    async with _alone_with(desk, account):
        promised = await _promised(desk, account, INT64_MAX)
        if not promised:
            yield True
            return
        to_stay = Counter((await kept_of(desk, account)).atoms) + promised
        yield covers(to_stay, await _free(desk, account), await _prices(desk))


async def _refuse_to_part(
    desk: Desk, account: int, leaving: Mapping[int, int], *, by_sale: bool, schedule: Schedule | None
) -> None:
    kept = await kept_of(desk, account)
    until_ns = INT64_MAX if kept.buying else retained_until(kept.deals, desk.clock_ns()) or 0
    bought = Counter(kept.atoms)
    if by_sale:
        bought -= Counter(leaving)
    promised = await _promised(desk, account, until_ns)
    if schedule is not None:
        promised[schedule.asset] += schedule.due_atoms(until_ns)
    to_stay = bought + promised
    if not to_stay:
        return
    free = await _free(desk, account)
    if any(free.get(asset, 0) < atoms for asset, atoms in leaving.items()):
        if kept.buying:  # it could be there in the next moment
            raise _retained(desk, to_stay)
        return  # the ledger will say so itself
    prices = await _prices(desk)
    may = covers(to_stay, free, prices) if schedule is not None else may_leave(to_stay, free, leaving, prices)
    if not may:
        raise _retained(desk, to_stay)


async def _promised(desk: Desk, account: int, until_ns: int) -> Counter[int]:
    """What the account's schedules will pay before a time, by asset."""
    return Counter((await desk.ask(PromisedQuestion(account, until_ns), PromisedAnswer)).atoms)


async def _free(desk: Desk, account: int) -> dict[int, int]:
    return {asset: balance.free_atoms for asset, balance in (await balances_of(desk, account)).items()}


def _alone_with(desk: Desk, account: int) -> asyncio.Lock:
    """What lets one request after another part with what an account has."""
    locks = _alone.setdefault(desk.client, WeakValueDictionary())
    return locks.setdefault(account, asyncio.Lock())


async def _prices(desk: Desk) -> dict[int, Priced]:
    """By the index of the currency that has the most prices now: nobody's last trade moves it."""
    answer = await desk.ask(MarketQuestion(), MarketAnswer)
    if answer.terms is None:
        return {}
    until_ns = answer.time_ns - answer.terms.index_ns
    good = [one for one in answer.index if one.time_ns > until_ns]
    most = Counter(one.fiat for one in good).most_common(1)
    return {
        one.asset: Priced(one.price, desk.symbols.assets[one.asset].scale)
        for one in good
        if one.fiat == most[0][0] and one.asset < len(desk.symbols.assets)
    }


def _retained(desk: Desk, to_stay: Mapping[int, int]) -> ApiError:
    told = ", ".join(
        f"{amount_text(desk.symbols.assets[asset], atoms)} {desk.symbols.assets[asset].code}"
        for asset, atoms in sorted(to_stay.items())
        if atoms
    )
    return ApiError(
        -33_015,
        f"RETAINED: bought from people in the last days, or promised by a schedule beside it, so its value stays for "
        f"now: {told}.",
    )
