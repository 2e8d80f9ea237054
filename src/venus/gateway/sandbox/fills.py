"""A fill to order: a house participant trades against one named order, for so much of it, at the order's own price.

It is an ordinary order of an ordinary account and follows price and time like everyone's: what stands before the named
order in the book would be met first, so it is refused unless that is to be traded away as well, and then said.
"""

from typing import Annotated, Any, NamedTuple

import msgspec
import numpy as np

from venus.gateway.binance.symbols import Market
from venus.gateway.binance.trading.history import find_order
from venus.gateway.binance.trading.render_orders import STATUS_NAMES, Row, order_rows
from venus.gateway.sandbox.desk import SandboxDesk
from venus.gateway.sandbox.refusals import Refused, rejected
from venus.records.commands import (
    TRADE_GROUP_NONE,
    AccountKind,
    Command,
    CommandFlag,
    CommandKind,
    OpenAccounts,
    OrderType,
    SelfTrade,
    Side,
    TimeInForce,
    client_digest,
)
from venus.records.events import Event, EventKind
from venus.units import INT64_MAX, OffGrid, steps
from venus.views.balance_questions import BALANCE_ROW, BalancesAnswer, BalancesQuestion
from venus.views.catalog import Asset
from venus.views.kernels.order_facts import OrderStatus
from venus.views.order_questions import OpenOrdersQuestion, OrdersAnswer

COUNTERPARTY = "sandbox-counterparty"
_OPEN = (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED)


class Fill(msgspec.Struct, forbid_unknown_fields=True):
    """The order by its id or its client id; `quantity` in decimal. `clearWay`: trade away what stands before it."""

    account: str
    symbol: str
    quantity: str
    orderId: Annotated[int, msgspec.Meta(ge=0, le=INT64_MAX)] | None = None
    clientOrderId: str | None = None
    clearWay: bool = False


class _Before(NamedTuple):
    order_id: int
    account: int
    lots: int


async def fill(desk: SandboxDesk, form: Fill) -> dict[str, Any]:
    market = await desk.market(form.symbol)
    account = desk.account(form.account)
    row = await _named(desk, market, account, form)
    lots = _lots(market, form.quantity)
    left = _met(row)
    if lots > left:
        raise Refused(409, f"only {market.lots_text(left)} of order {row.order_id} are left to be met, or are shown")
    before = await _before(desk, market, row)
    if before and not form.clearWay:
        total = market.lots_text(sum(one.lots for one in before))
        raise Refused(
            409,
            f"{len(before)} orders of {total} in all stand before order {row.order_id} in the book; "
            "with clearWay they are traded away first",
        )
    trades = await _trade(desk, market, row, lots + sum(one.lots for one in before))
    own = [trade for trade in trades if trade.maker_order_id == row.order_id]
    others = [trade for trade in trades if trade.maker_order_id != row.order_id]
    after = await find_order(desk.desk, account, market, row.order_id, None)
    assert after is not None
    return {
        "symbol": market.code,
        "orderId": row.order_id,
        "filledQty": market.lots_text(sum(trade.quantity_lots for trade in own)),
        "price": market.price_text(_price(row)),
        "tradeIds": [trade.trade_id for trade in own],
        "status": STATUS_NAMES[after[0].status],
        "executedQty": market.lots_text(after[0].executed_lots),
        "tradedAway": [
            {
                "account": trade.maker_account,
                "orderId": trade.maker_order_id,
                "qty": market.lots_text(trade.quantity_lots),
                "price": market.price_text(trade.price_ticks),
            }
            for trade in others
        ],
    }


async def _named(desk: SandboxDesk, market: Market, account: int, form: Fill) -> Row:
    if form.orderId is None and form.clientOrderId is None:
        raise Refused(400, "name the order: orderId or clientOrderId")
    found = await find_order(desk.desk, account, market, form.orderId, form.clientOrderId)
    if found is None:
        raise Refused(404, f"{form.account} has no such order on {market.code}")
    row = found[0]
    if row.status not in _OPEN or not _price(row) or not row.working_ns or row.flags & CommandFlag.IN_QUOTE:
        raise Refused(409, f"order {row.order_id} does not rest in the book: it is {STATUS_NAMES[row.status]}")
    return row


def _lots(market: Market, quantity: str) -> int:
    try:
        lots, off_grid = divmod(steps(quantity, market.base.scale), market.listing.lot_atoms)
    except OffGrid:
        raise Refused(400, f"{quantity!r} is no quantity of {market.base.code}") from None
    if off_grid or not 0 < lots <= INT64_MAX:
        raise Refused(400, f"{quantity} is no whole number of lots of {market.lots_text(1)}")
    return lots


async def _before(desk: SandboxDesk, market: Market, row: Row) -> list[_Before]:
    """Open orders on its side that a taker would meet first: at better prices, or older at the same."""
    found = []
    for facts in desk.registry.accounts():
        answer = await desk.client.ask(OpenOrdersQuestion(facts.number, market.number))
        assert isinstance(answer, OrdersAnswer)
        for other, _ in order_rows(answer):
            is_there = other.status in _OPEN and other.working_ns and _price(other)
            if other.side != row.side or other.order_id == row.order_id or not is_there:
                continue
            ahead = _price(other) - _price(row) if row.side == Side.BUY else _price(row) - _price(other)
            if ahead > 0:
                found.append(_Before(other.order_id, other.account, _left(other)))
            elif ahead == 0 and (other.working_ns, other.order_id) < (row.working_ns, row.order_id):
                found.append(_Before(other.order_id, other.account, _met(other)))
    return found


def _price(row: Row) -> int:
    return row.pegged_ticks or row.price_ticks


def _left(row: Row) -> int:
    return row.quantity - row.executed_lots - row.prevented_lots


def _met(row: Row) -> int:
    """Lots that a taker meets before this order goes behind the others at its price: of an iceberg its slice."""
    return min(_left(row), row.display_lots) if row.display_lots else _left(row)


async def _trade(desk: SandboxDesk, market: Market, row: Row, lots: int) -> list[Event]:
    """Send the order that takes so many lots; what it traded. Raises Refused."""
    counterparty = await _counterparty(desk)
    side = Side.SELL if row.side == Side.BUY else Side.BUY
    if side == Side.SELL:
        await _provide(desk, counterparty, market.base, lots * market.listing.lot_atoms)
    else:
        await _provide(desk, counterparty, market.quote, lots * _price(row) * market.listing.tick_lot_atoms)
    text = desk.reference("fill").replace(":", "-")
    hi, lo = client_digest(text)
    command = Command(
        kind=CommandKind.ORDER,
        account=counterparty,
        subject=market.number,
        side=side,
        type=OrderType.LIMIT,
        tif=TimeInForce.IOC,
        stp=SelfTrade.NONE,
        price_ticks=_price(row),
        quantity=lots,
        client_hi=hi,
        client_lo=lo,
    )
    outcome = await desk.client.submit(command, text)
    desk.desk.limits.note_events(outcome.events)
    for event in outcome.events:
        if event.kind == EventKind.REJECTED:
            raise rejected(event.reason, f"the order that would fill {row.order_id}")
    return [event for event in outcome.events if event.kind == EventKind.TRADE]


async def _counterparty(desk: SandboxDesk) -> int:
    """The account that trades on demand, opened when it is first needed."""
    for facts in desk.registry.accounts():
        if facts.label == COUNTERPARTY:
            return facts.number
    command = OpenAccounts(
        reference=desk.reference("open"),
        account_kind=AccountKind.PERSON,
        count=1,
        label="",
        tier=0,
        trade_group=TRADE_GROUP_NONE,
    )
    event = await desk.cold(command, "opening the counterparty")
    desk.registry.add_account(event.account, COUNTERPARTY)
    return event.account


async def _provide(desk: SandboxDesk, account: int, asset: Asset, atoms: int) -> None:
    """Give the counterparty what is missing to so much."""
    answer = await desk.client.ask(BalancesQuestion(account))
    assert isinstance(answer, BalancesAnswer)
    missing = atoms - _free_atoms(answer, asset.number)
    if missing > 0:
        await desk.transfer(await desk.source(asset), account, asset, missing, desk.reference("fill"))


def _free_atoms(answer: BalancesAnswer, asset: int) -> int:
    rows = np.frombuffer(answer.rows, BALANCE_ROW)
    return int(rows["free_atoms"][rows["asset"] == asset].sum())
