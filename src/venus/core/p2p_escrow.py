"""How an order ends and is forgotten, whoever ends it. Source: docs/rules/p2p.md, "Orders"."""

from typing import Protocol

from venus.core.p2p_market import Escrow
from venus.core.steps import DUE_ESCROW, Step
from venus.records.commands import HOUSE_ACCOUNT
from venus.records.events import EventKind
from venus.records.p2p import HASH_BYTES, fee_atoms
from venus.records.p2p_states import Act, Ending, OrderState, Party, transition
from venus.records.rejects import Reject


def is_hash_or_none(data: bytes) -> bool:
    return len(data) in (0, HASH_BYTES)


class OfOrder(Protocol):
    """A command of one of an order's parties."""

    @property
    def order(self) -> int: ...

    @property
    def account(self) -> int: ...

    @property
    def chat(self) -> bytes: ...


def act_reject(step: Step, command: OfOrder, act: Act) -> Reject:
    """The tests that all commands of an order's parties begin with."""
    order = step.affairs.market.orders.get(command.order)
    if order is None:
        return Reject.UNKNOWN_ESCROW
    party = order.party(command.account)
    if party == Party.NOBODY:
        return Reject.NOT_A_PARTY
    row = transition(order.state, act)
    if row is None:
        return Reject.WRONG_STATE
    if party not in row.by:
        return Reject.NOT_A_PARTY
    return Reject.NONE if is_hash_or_none(command.chat) else Reject.INVALID_COMMAND


def leaves_holder(order: Escrow, buyer_atoms: int) -> bool:
    """Whether anything leaves who holds it, if the buyer gets so much."""
    return buyer_atoms > 0 if order.holder == order.seller else buyer_atoms < order.atoms


def frozen_reject(step: Step, order: Escrow, buyer_atoms: int) -> Reject:
    """Nothing leaves a frozen account but by a verdict."""
    is_stopped = leaves_holder(order, buyer_atoms) and step.is_frozen(order.holder)
    return Reject.ACCOUNT_FROZEN if is_stopped else Reject.NONE


def settled(step: Step, number: int, buyer_atoms: int, ending: Ending) -> tuple[EventKind, dict[str, int]]:
    """End an order: the buyer gets so much, less his fee, and the rest is free again. The event that says so."""
    order = step.affairs.market.orders[number]
    seller_fee, buyer_fee = fee_atoms(buyer_atoms, order.seller_ppm), fee_atoms(buyer_atoms, order.buyer_ppm)
    step.hold(order.holder, order.asset, -order.locked_atoms)
    if order.holder == order.seller:
        moved = [(order.buyer, buyer_atoms - buyer_fee), (HOUSE_ACCOUNT, buyer_fee + seller_fee)]
    else:
        moved = [(order.seller, order.atoms - buyer_atoms)]
    for to_account, atoms in moved:
        if atoms:
            step.move(order.holder, to_account, order.asset, atoms)
    order.end_dispute()
    order.cancel_asked = False
    order.state = OrderState.COMPLETED if buyer_atoms else OrderState.CANCELLED
    order.buyer_got_atoms = buyer_atoms
    order.due_ns = step.time_ns + order.aftermath_ns
    step.wake(order.due_ns, DUE_ESCROW, number)
    buyer_makes = order.maker == order.buyer
    return EventKind.ESCROW_COMPLETED if buyer_atoms else EventKind.ESCROW_CANCELLED, {
        "order_id": number,
        "account": order.buyer,
        "maker_account": order.seller,
        "symbol": order.asset,
        "quantity_lots": buyer_atoms,
        "remaining_lots": order.locked_atoms - buyer_atoms - seller_fee,
        "taker_fee_atoms": seller_fee if buyer_makes else buyer_fee,
        "maker_fee_atoms": buyer_fee if buyer_makes else seller_fee,
        "reason": ending,
        "price_ticks": int(order.late),
    }


def settle(step: Step, number: int, buyer_atoms: int, ending: Ending) -> None:
    """As settled(), and said."""
    kind, fields = settled(step, number, buyer_atoms, ending)
    step.say(kind, **fields)


def forget_if_over(step: Step, number: int) -> None:
    """After its aftermath, unless somebody waits for an arbiter's word on it."""
    order = step.affairs.market.orders[number]
    if order.has_ended and order.claimed_by == Party.NOBODY and order.due_ns <= step.time_ns:
        step.affairs.market.forget_order(number)
