"""Questions about many orders between people: a trader's, disputed ones, what was used of limits, what is retained."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from venus.records.commands import Side
from venus.records.p2p_states import Ending, OrderState, Party
from venus.units import INT64_MAX
from venus.views.p2p_order_rows import OrderRows
from venus.views.p2p_orders import Orders
from venus.views.p2p_questions import (
    ROWS_MAX,
    DisputesAnswer,
    DisputesQuestion,
    Move,
    P2pOrder,
    P2pOrdersAnswer,
    P2pOrdersQuestion,
    RetainedAnswer,
    RetainedQuestion,
    Usage,
    UsageAnswer,
    UsageQuestion,
)


def page(skip: int, limit: int) -> slice:
    """What of a list is told."""
    first = max(0, skip)
    return slice(first, first + min(max(0, limit), ROWS_MAX))


def orders_of(rows: OrderRows, question: P2pOrdersQuestion) -> P2pOrdersAnswer:
    places = rows.of(question.account)[::-1]
    fits = np.ones(len(places), np.bool_)
    if question.states:
        fits &= np.isin(rows.column("state")[places], question.states)
    if question.side >= 0:
        party = "buyer" if question.side == Side.BUY else "seller"
        fits &= rows.column(party)[places] == question.account
    if question.asset >= 0:
        fits &= rows.column("asset")[places] == question.asset
    if question.fiat:
        known = question.fiat in rows.codes
        fits &= rows.column("fiat")[places] == rows.codes.index(question.fiat) if known else False
    if question.advert:
        fits &= rows.column("advert")[places] == question.advert
    if question.start_ns:
        fits &= rows.column("opened_ns")[places] >= question.start_ns
    if question.end_ns:
        fits &= rows.column("opened_ns")[places] < question.end_ns
    found = places[fits]
    return P2pOrdersAnswer(
        len(found), [rows.told(place) for place in found[page(question.skip, question.limit)].tolist()]
    )


def disputes(orders: Orders, question: DisputesQuestion) -> DisputesAnswer:
    numbers: Iterable[int] = orders.claimed if question.what == "claims" else orders.disputed
    since = "claim_ns" if question.what == "claims" else "disputed_ns"
    found = [row for row in map(orders.rows.row, numbers) if row is not None]
    if question.what == "escalated":
        found = [row for row in found if row["escalated"]]
    found.sort(key=lambda row: (int(row[since]), int(row["number"])))
    told: list[P2pOrder] = [orders.rows.order(row) for row in found[page(question.skip, question.limit)]]
    return DisputesAnswer(len(found), told)


def usage(rows: OrderRows, question: UsageQuestion) -> UsageAnswer:
    places = rows.of(question.account)
    buys = rows.column("buyer")[places] == question.account
    ended, ending = rows.column("ended_ns")[places] >= question.since_ns, rows.column("ending")[places]
    by_himself = (ending == Ending.CANCELLED) & (rows.column("cancel_asked")[places] == 0)
    by_himself &= rows.column("relocks")[places] == 0
    opened = places[(rows.column("opened_ns")[places] >= question.since_ns) & (rows.column("relocks")[places] == 0)]
    sums: dict[tuple[int, int, int], list[int]] = {}
    names = ("buyer", "fiat", "method", "fiat_amount", "state")
    for buyer, fiat, method, fiat_amount, state in zip(
        *(rows.column(name)[opened].tolist() for name in names), strict=True
    ):
        side = Side.BUY if buyer == question.account else Side.SELL
        one = sums.setdefault((side, fiat, method), [0, 0, 0])
        one[0] += 1
        one[1] += fiat_amount
        one[2] += fiat_amount if state == OrderState.CANCELLED else 0
    return UsageAnswer(
        rows=[
            Usage(side, rows.codes[fiat], method, count, min(amount, INT64_MAX), min(cancelled, INT64_MAX))
            for (side, fiat, method), (count, amount, cancelled) in sorted(sums.items())
        ],
        opened=len(opened),
        cancelled=int(np.count_nonzero(buys & ended & by_himself)),
        timed_out=int(np.count_nonzero(buys & ended & (ending == Ending.TIMED_OUT))),
    )


def retained(rows: OrderRows, question: RetainedQuestion) -> RetainedAnswer:
    places = rows.ended_since(question.account, question.since_ns)
    ended_ns = rows.column("ended_ns")[places]
    places = places[np.lexsort((places, ended_ns))]
    if question.from_purchase:
        bought = (rows.column("buyer")[places] == question.account) & (rows.column("buyer_atoms")[places] > 0)
        places = places[np.argmax(bought) if bought.any() else len(places) :]
    ended = map(_Ended._make, zip(*(rows.column(name)[places].tolist() for name in _Ended._fields), strict=True))
    moves = (_move(order, question.account, rows.codes[order.fiat]) for order in ended)
    return RetainedAnswer([move for move in moves if move is not None], rows.buys(question.account))


class _Ended(NamedTuple):
    """Of an order that ended, columns of its row."""

    number: int
    buyer: int
    asset: int
    fiat: int
    method: int
    holder: int
    atoms: int
    fiat_amount: int
    buyer_atoms: int
    buyer_fee_atoms: int
    seller_fee_atoms: int
    ended_ns: int
    retain_days: int


def _move(order: _Ended, account: int, fiat: str) -> Move | None:
    """What it brought an account, or took from it; None: nothing."""
    buys = order.buyer == account
    if order.holder == Party.BUYER:  # a completed order that was locked again: the rest goes back to the seller
        atoms = order.buyer_atoms - order.atoms
    elif buys:
        atoms = order.buyer_atoms - order.buyer_fee_atoms
    else:
        atoms = order.buyer_atoms + order.seller_fee_atoms
    if not atoms:
        return None
    signed = atoms if buys else -atoms
    moved = abs(order.buyer_atoms - order.atoms) if order.holder == Party.BUYER else order.buyer_atoms
    fiat_amount = order.fiat_amount * moved // order.atoms
    return Move(
        order=order.number,
        asset=order.asset,
        atoms=signed,
        fiat=fiat,
        fiat_amount=fiat_amount if signed > 0 else -fiat_amount,
        time_ns=order.ended_ns,
        method=order.method,
        retain_days=order.retain_days if buys and atoms > 0 else 0,
    )
