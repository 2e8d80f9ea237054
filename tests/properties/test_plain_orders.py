"""A plain order whose words came before is read as if it were the first with them."""

from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from venus.gateway.binance.errors import ApiError
from venus.gateway.binance.params import Params
from venus.gateway.binance.symbols import Market
from venus.gateway.binance.trading import order_form
from venus.gateway.binance.trading.order_form import OrderForm, read_order
from venus.views.catalog import Asset, Symbol

ACCOUNT = 7
PLAIN = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "price": "1", "quantity": "2"}
NUMBERS = st.sampled_from(("1", "0.5", "2.00", "0.001", "0.00000001", "0", "", "-1", "1e3", "x", "9" * 20))
IDS = st.sampled_from(("a", "my-order_1", "", "with space", "x" * 36, "x" * 37))
VALUES: dict[str, st.SearchStrategy[str]] = {
    "symbol": st.just("BTCUSDT"),
    "side": st.sampled_from(("BUY", "SELL", "buy", "")),
    "type": st.sampled_from(("LIMIT", "MARKET", "LIMIT_MAKER", "STOP_LOSS_LIMIT", "STOP_LOSS", "HOLD", "")),
    "timeInForce": st.sampled_from(("GTC", "IOC", "FOK", "GTX", "")),
    "newOrderRespType": st.sampled_from(("ACK", "RESULT", "FULL", "ALL", "")),
    "selfTradePreventionMode": st.sampled_from(("NONE", "EXPIRE_MAKER", "OTHER", "")),
    "newClientOrderId": IDS,
    "timestamp": st.just("1"),
    "pegPriceType": st.sampled_from(("PRIMARY_PEG", "")),
    **dict.fromkeys(("price", "quantity", "quoteOrderQty", "stopPrice", "trailingDelta", "icebergQty"), NUMBERS),
    **dict.fromkeys(("strategyId", "strategyType"), st.sampled_from(("1", "1000000", "x"))),
}


WORDS: dict[str, st.SearchStrategy[str]] = {
    "side": st.sampled_from(("BUY", "SELL")),
    "type": st.sampled_from(("LIMIT", "LIMIT", "LIMIT", "HOLD")),
    "timeInForce": st.sampled_from(("GTC", "IOC", "FOK")),
    "newOrderRespType": st.sampled_from(("ACK", "RESULT", "FULL")),
    "selfTradePreventionMode": st.sampled_from(("NONE", "EXPIRE_MAKER", "EXPIRE_BOTH")),
}


@st.composite
def alike(draw: st.DrawFn) -> list[dict[str, str]]:
    """Plain orders that name the same things and say other words and numbers."""
    unsaid = draw(st.sets(st.sampled_from(sorted(WORDS)), max_size=2))
    words = {name: said for name, said in WORDS.items() if name not in unsaid}
    said = st.fixed_dictionaries(words, optional={"newClientOrderId": IDS})
    texts = st.sampled_from(("1", "2", "3")) | NUMBERS
    numbers = st.fixed_dictionaries({}, optional={"price": texts, "quantity": texts})
    orders = st.tuples(said, numbers).map(lambda drawn: PLAIN | drawn[0] | drawn[1])
    return draw(st.lists(orders, min_size=10, max_size=20))


@st.composite
def spoiled(draw: st.DrawFn) -> dict[str, str]:
    """A plain order of which some parameters are others, missing or too many."""
    changed = draw(st.lists(st.sampled_from(sorted(VALUES)), max_size=4, unique=True))
    asked = PLAIN | {name: draw(VALUES[name]) for name in changed}
    for name in draw(st.lists(st.sampled_from(sorted(asked)), max_size=2, unique=True)):
        del asked[name]
    return asked


@pytest.fixture(autouse=True, scope="module")
def ids_that_are_no_secret() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(order_form, "_draw", lambda: "drawn")
        yield


def market() -> Market:
    listing = Symbol(
        number=3,
        code="BTCUSDT",
        base_asset=0,
        quote_asset=1,
        tick_atoms=1_000_000,
        lot_atoms=100_000,
        tick_lot_atoms=1_000,
        price_ticks_min=1,
        price_ticks_max=10**9,
        quantity_lots_min=1,
        quantity_lots_max=10**9,
        market_lots_max=10**9,
        notional_atoms_min=0,
        notional_atoms_max=0,
        orders_max=200,
        stp_allowed=63,
        stp_default=2,
        halted=False,
    )
    return Market(listing, [Asset(0, "BTC", 8), Asset(1, "USDT", 8)], rules=5)


def read(where: Market, asked: dict[str, str]) -> OrderForm | tuple[int, int, str]:
    try:
        return read_order(Params(dict(asked)), where, ACCOUNT)
    except ApiError as error:
        return error.status, error.code, error.message


@given(alike())
@example([PLAIN, PLAIN | {"price": "3", "newClientOrderId": "a"}, PLAIN | {"quantity": "0.00001"}])
def test_what_was_said_before_changes_nothing(asked: list[dict[str, str]]) -> None:
    read_again(asked)


@given(st.lists(spoiled(), min_size=1, max_size=20))
def test_what_was_wrong_before_changes_nothing(asked: list[dict[str, str]]) -> None:
    read_again(asked)


def read_again(asked: list[dict[str, str]]) -> None:
    """By a market that knows them, twice, as by one that knows nothing."""
    known = market()
    for one in [*asked, *asked]:
        assert read(known, one) == read(market(), one), one


def test_what_is_remembered_is_plain_and_bounded() -> None:
    known = market()
    for number in range(5_000):
        assert isinstance(read(known, PLAIN | {f"name{number}": ""}), OrderForm)
        assert len(known.plain_orders) <= 1_024
    known = market()
    for more in ({"icebergQty": "1"}, {"strategyId": "1"}, {"type": "MARKET", "quoteOrderQty": "1"}):
        assert isinstance(read(known, _of(PLAIN | more)), OrderForm), more
    assert not known.plain_orders
    read(known, PLAIN)
    assert len(known.plain_orders) == 1


def _of(asked: dict[str, str]) -> dict[str, str]:
    """A market order by amount has neither price nor quantity."""
    if "quoteOrderQty" not in asked:
        return asked
    return {name: text for name, text in asked.items() if name not in ("price", "quantity", "timeInForce")}
