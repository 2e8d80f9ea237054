"""What the wallet's endpoints read alike: coins, amounts, windows of time, and balances of one account."""

from typing import NamedTuple

import numpy as np

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk
from venus.gateway.binance.params import Params, decimal_steps
from venus.gateway.binance.symbols import precision, writer
from venus.gateway.binance.wallet import refusals
from venus.units import ATOMS_MAX, NS_PER_US
from venus.views.balance_questions import BALANCE_ROW, BalancesAnswer, BalancesQuestion
from venus.views.catalog import Asset

DAY_US = 86_400 * 1_000_000
_PAGE_MAX = 10**9


class Balance(NamedTuple):
    free_atoms: int
    held_atoms: int


class Span(NamedTuple):
    """A window of time, both ends in it."""

    since_us: int
    until_us: int


async def coin_named(desk: Desk, name: str, text: str) -> Asset:
    """The asset that a parameter names; a new one may just have been listed."""
    for _ in range(2):
        for asset in desk.symbols.assets:
            if asset.code == text:
                return asset
        await desk.symbols.refresh()
    raise refusals.no_such_coin()


async def coin_wanted(desk: Desk, params: Params, name: str = "coin") -> Asset | None:
    """The coin asked for, if one was."""
    text = params.optional(name)
    return None if text is None else await coin_named(desk, name, text)


def atoms_of(asset: Asset, name: str, text: str) -> int:
    """An amount in atoms, from 0 to the most there can be; finer than the asset is refused."""
    finer = precision(asset) - asset.scale
    atoms, rest = divmod(decimal_steps(name, text, precision(asset)), 10**finer)
    if rest:
        raise errors.too_precise(name)
    if atoms > ATOMS_MAX:
        raise errors.bad_value(name)
    return atoms


def amount_text(asset: Asset, atoms: int) -> str:
    """Atoms as decimal text with the usual places."""
    return writer(1, asset.scale)(atoms)


async def balances_of(desk: Desk, account: int) -> dict[int, Balance]:
    """By asset number, for the assets of which the account ever had any."""
    answer = await desk.ask(BalancesQuestion(account), BalancesAnswer)
    rows = np.frombuffer(answer.rows, BALANCE_ROW).tolist()
    return {asset: Balance(free_atoms, held_atoms) for asset, free_atoms, held_atoms in rows}


def span_wanted(call: Call, *, days_default: int, days_max: int) -> Span:
    """`startTime` to `endTime`; without either the last days, with one as many days from or to it."""
    since_ns, until_ns = call.params.time_ns("startTime"), call.params.end_time_ns("endTime")
    now_us, days_us = call.now_ns // NS_PER_US, days_default * DAY_US
    if since_ns is None and until_ns is None:
        return Span(now_us - days_us, now_us + DAY_US)
    if until_ns is None:
        assert since_ns is not None
        return Span(since_ns // NS_PER_US, since_ns // NS_PER_US + days_max * DAY_US)
    until_us = until_ns // NS_PER_US
    if since_ns is None:
        return Span(until_us - days_us, until_us)
    since_us = since_ns // NS_PER_US
    if not 0 <= until_us - since_us <= days_max * DAY_US:
        raise refusals.bad_interval(days_max)
    return Span(since_us, until_us)


def page_wanted(params: Params, *, page: str, size: str, size_default: int, size_max: int) -> tuple[int, int]:
    """Offset and limit of a page counted from 1; a larger size is the largest."""
    number, rows = params.integer(page), params.integer(size)
    if number == 0 or rows == 0:
        raise errors.bad_value(page if number == 0 else size)
    limit = min(size_default if rows is None else rows, size_max)
    return (min(number or 1, _PAGE_MAX) - 1) * limit, limit
