"""What was bought from people stays with its buyer in value for some days, whatever door value would leave by.

Source: docs/rules/p2p_conduct.md, "T+1"; docs/rules/p2p_door.md, "Value that stays".
"""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from venus.gateway.binance.endpoint import Desk
from venus.gateway.binance.errors import ApiError
from venus.gateway.binance.wallet.reading import amount_text, balances_of
from venus.p2p.retention import DAY_NS, Deal, Priced, may_leave, retained
from venus.p2p.risk import RETAIN_DAYS_MAX
from venus.views.p2p_questions import MarketAnswer, MarketQuestion, RetainedAnswer, RetainedQuestion


class Kept(NamedTuple):
    """deals: of the last days. atoms: what is to stay of them now, by asset."""

    deals: list[Deal]
    atoms: dict[int, int]


async def kept_of(desk: Desk, account: int) -> Kept:
    """What an account bought in the market between people and has to keep in value."""
    now_ns = desk.clock_ns()
    answer = await desk.ask(RetainedQuestion(account, now_ns - RETAIN_DAYS_MAX * DAY_NS), RetainedAnswer)
    deals = [
        Deal(move.asset, move.atoms, move.time_ns, move.retain_days if move.atoms > 0 else 0) for move in answer.moves
    ]
    return Kept(deals, retained(deals, now_ns) if deals else {})


async def refuse_to_part(desk: Desk, account: int, leaving: Mapping[int, int], *, by_sale: bool = False) -> None:
    """Raise ApiError if too little would stay once these atoms, by asset, have left.

    Only what is free counts as staying: what is bound may be bound to somebody else. by_sale: it is sold in the market
    between people, so that of the same asset less is to stay.
    """
    kept = (await kept_of(desk, account)).atoms
    if by_sale:
        kept = {asset: max(0, atoms - leaving.get(asset, 0)) for asset, atoms in kept.items()}
    if not any(kept.values()):
        return
    balances = await balances_of(desk, account)
    free = {asset: balance.free_atoms for asset, balance in balances.items()}
    # Of what is not there the ledger will say so itself.
    if any(free.get(asset, 0) < atoms for asset, atoms in leaving.items()):
        return
    if not may_leave(kept, free, leaving, await _prices(desk)):
        raise _retained(desk, kept)


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


def _retained(desk: Desk, kept: Mapping[int, int]) -> ApiError:
    told = ", ".join(
        f"{amount_text(desk.symbols.assets[asset], atoms)} {desk.symbols.assets[asset].code}"
        for asset, atoms in kept.items()
        if atoms
    )
    return ApiError(-33_015, f"RETAINED: bought from people in the last days, so its value stays for now: {told}.")
