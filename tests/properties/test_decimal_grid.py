"""Numbers cross the door exactly: out and in again on any grid, and in only if they are on it."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venus.gateway.binance.errors import ApiError
from venus.gateway.binance.symbols import Market
from venus.views.catalog import Asset, Symbol

SCALES = st.integers(0, 18)
STEPS = st.integers(0, 12).flatmap(lambda power: st.sampled_from([1, 2, 5, 25]).map(lambda n: n * 10**power))


def market_of(base_scale: int, quote_scale: int, tick_atoms: int, lot_atoms: int) -> Market:
    """A market of any grid; what else a listing must satisfy is no matter here."""
    listing = Symbol(
        number=0,
        code="AB",
        base_asset=0,
        quote_asset=1,
        tick_atoms=tick_atoms,
        lot_atoms=lot_atoms,
        tick_lot_atoms=3,
        price_ticks_min=1,
        price_ticks_max=1,
        quantity_lots_min=1,
        quantity_lots_max=1,
        market_lots_max=1,
        notional_atoms_min=1,
        notional_atoms_max=1,
        orders_max=1,
        stp_allowed=1,
        stp_default=0,
        halted=False,
    )
    return Market(listing, [Asset(0, "A", base_scale), Asset(1, "B", quote_scale)])


MARKETS = st.builds(market_of, SCALES, SCALES, STEPS, STEPS)


@given(MARKETS, st.integers(0, 2**53))
def test_what_is_written_is_exact_and_reads_back(market: Market, steps: int) -> None:
    with localcontext() as context:
        context.prec = 60
        price, lots = market.price_text(steps), market.lots_text(steps)
        assert Decimal(price) * 10**market.quote.scale == steps * market.listing.tick_atoms
        assert Decimal(lots) * 10**market.base.scale == steps * market.listing.lot_atoms
        assert Decimal(market.notional_text(steps)) * 10**market.quote.scale == steps * 3
        assert market.price_text(-steps) == (f"-{price}" if steps else price)
    for text in (price, lots):
        places = len(text.partition(".")[2])
        assert places >= 8
        assert places == 8 or not text.endswith("0")
    if len(price.partition(".")[0]) <= 20:
        assert market.price_ticks(price) == steps
    if len(lots.partition(".")[0]) <= 20:
        assert market.lots("quantity", lots) == steps


@given(MARKETS, st.from_regex(r"[0-9]{1,20}(\.[0-9]{1,20})?", fullmatch=True))
def test_what_is_read_is_on_the_grid_or_refused(market: Market, text: str) -> None:
    with localcontext() as context:
        context.prec = 60
        ticks = Decimal(text) * 10**market.quote.scale / market.listing.tick_atoms
        fraction = text.partition(".")[2].rstrip("0")
        if len(fraction) > market.price_decimals:
            expected = -1111
        elif ticks != int(ticks) or ticks >= 2**63:
            expected = -1013
        else:
            assert market.price_ticks(text) == ticks
            return
    with pytest.raises(ApiError) as refused:
        market.price_ticks(text)
    assert refused.value.code == expected
