"""What an operator may do with escrow, verdicts and bonds of a market between people, behind the rules' back."""

from heapq import heappush
from unittest.mock import patch

import numpy as np

from venus.core import p2p_disputes, p2p_terms, wallets
from venus.core.steps import DUE_ESCROW
from venus.records.commands import HOUSE_ACCOUNT, plain
from venus.records.events import EventKind
from venus.records.p2p import AskCancel, CancelEscrow, DecideDispute, MarkPaid, PayEscrow, ReleaseEscrow, TakeAdvert
from venus.records.p2p_states import CancelReason, Ending, OrderState
from venus.records.rejects import Reject
from venus.testing.frames import Frame, apply
from venus.testing.fraud_hands import Bite, Borrow, asked_by, first_of, move, nobody_is_asked, rejected, run_cold


def phantom_release(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A buyer says that he paid, and has it all: no seller released it."""
    if first_of(honest, EventKind.ESCROW_PAID) is None or frame.cold is None:
        return None
    machine, paid = borrow(), plain(frame.cold)
    assert isinstance(paid, MarkPaid)
    order = machine.affairs.market.orders[paid.order]
    order.state = OrderState.PAID
    release = ReleaseEscrow(reference=paid.reference, order=paid.order, account=order.seller, chat=b"")
    return Bite(run_cold(machine, frame, release), frame.first_sequence)


def refund_after_the_payment(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A seller asks to cancel what is paid, and has it all back: no buyer let it go."""
    if first_of(honest, EventKind.CANCEL_ASKED) is None or frame.cold is None:
        return None
    machine, asked = borrow(), plain(frame.cold)
    assert isinstance(asked, AskCancel)
    order = machine.affairs.market.orders[asked.order]
    if order.state != OrderState.PAID:
        return None
    cancel = CancelEscrow(
        reference=asked.reference, order=asked.order, account=order.buyer, reason=CancelReason.AGREED_BY_BOTH, chat=b""
    )
    return Bite(run_cold(machine, frame, cancel), frame.first_sequence)


def verdict_without_a_seat(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """The exchange's own officers decide a dispute; no arbiter signed."""
    return _unasked(borrow, frame, honest, Reject.QUORUM_MISSING)


def judge_in_his_own_cause(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """An arbiter who is the buyer decides for himself."""
    return _unasked(borrow, frame, honest, Reject.CONFLICT_OF_INTEREST)


def spared_bond(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A friend did not pay in time, and keeps his bond."""
    if first_of(honest, EventKind.BOND_SLASHED) is None:
        return None
    with patch.object(p2p_disputes, "slash", lambda *_: None):
        return Bite(apply(borrow(), frame), frame.first_sequence)


def bond_to_a_friend(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """The half of a bond that is the honest side's goes to the house."""
    place = first_of(honest, EventKind.BOND_SLASHED)
    if place is None:
        return None
    machine = borrow()
    events = apply(machine, frame)
    paid = events[place - 2]
    if not move(machine, int(paid["maker_account"]), 0, int(paid["symbol"]), int(paid["quantity_lots"])):
        return None
    paid["maker_account"] = 0
    return Bite(events, frame.first_sequence)


def release_to_a_third(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A seller releases, and the house has what was the buyer's."""
    place = first_of(honest, EventKind.ESCROW_COMPLETED)
    if place is None or not asked_by(frame, ReleaseEscrow):
        return None
    machine = borrow()
    events = apply(machine, frame)
    buyer, asset = int(events[place]["account"]), int(events[place]["symbol"])
    paid = next(one for one in events if one["kind"] == EventKind.TRANSFERRED and one["maker_account"] == buyer)
    if not move(machine, buyer, HOUSE_ACCOUNT, asset, int(paid["quantity_lots"])):
        return None
    paid["maker_account"] = HOUSE_ACCOUNT
    return Bite(events, frame.first_sequence)


def fee_of_a_friend(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A buyer pays no fee, whatever the terms say."""
    if first_of(honest, EventKind.ESCROW_COMPLETED) is None or frame.cold is None:
        return None
    machine, asked = borrow(), plain(frame.cold)
    if not isinstance(asked, ReleaseEscrow):
        return None
    machine.affairs.market.orders[asked.order].buyer_ppm = 0
    return Bite(apply(machine, frame), frame.first_sequence)


def timer_unheard(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A friend who did not pay in time keeps the escrow open: the clock is not heard."""
    place = first_of(honest, EventKind.ESCROW_CANCELLED)
    if place is None or honest[place]["reason"] != Ending.TIMED_OUT:
        return None
    with patch.object(p2p_disputes, "escrow_due", lambda *_: None):
        return Bite(apply(borrow(), frame), frame.first_sequence)


def timer_before_its_time(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """An order is cancelled as unpaid while there is time to pay."""
    if frame.cold is None:
        return None
    machine = borrow()
    market, affairs = machine.affairs.market, machine.affairs
    for number, order in market.orders.items():
        if order.state == OrderState.OPEN and order.due_ns > frame.time_ns:
            order.due_ns = frame.time_ns
            heappush(affairs.due, (frame.time_ns, DUE_ESCROW, number))
            return Bite(apply(machine, frame), frame.first_sequence)
    return None


def index_of_its_own(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A floating advert is taken at another price than the index that was noted gives."""
    if first_of(honest, EventKind.ESCROW_OPENED) is None or frame.cold is None:
        return None
    machine, taken = borrow(), plain(frame.cold)
    if not isinstance(taken, TakeAdvert):
        return None
    market = machine.affairs.market
    advert = market.adverts[taken.advert]
    if advert.price:
        return None
    note = market.index[advert.asset, advert.fiat]
    market.index[advert.asset, advert.fiat] = note._replace(price=note.price * 2)
    return Bite(apply(machine, frame), frame.first_sequence)


def sanction_ignored(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A friend who is barred takes an advert all the same."""
    if rejected(honest, Reject.TRADER_SANCTIONED) is None or not asked_by(frame, TakeAdvert):
        return None
    with patch.object(p2p_terms, "standing_reject", lambda *_: Reject.NONE):
        return Bite(apply(borrow(), frame), frame.first_sequence)


def delivery_without_payment(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A friend's wallet has too little, and he has what is in escrow all the same."""
    if rejected(honest, Reject.INSUFFICIENT_FREE) is None or frame.cold is None:
        return None
    machine, asked = borrow(), plain(frame.cold)
    if not isinstance(asked, PayEscrow):
        return None
    order = machine.affairs.market.orders[asked.order]
    order.state = OrderState.PAID
    release = ReleaseEscrow(reference=asked.reference, order=asked.order, account=order.seller, chat=b"")
    return Bite(run_cold(machine, frame, release), frame.first_sequence)


def payment_beyond_a_limit(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A friend's wallet pays for an order more than its class lets it."""
    if rejected(honest, Reject.SINGLE_LIMIT) is None or not asked_by(frame, PayEscrow):
        return None
    with patch.object(wallets, "payment_reject", lambda *_: Reject.NONE):
        return Bite(apply(borrow(), frame), frame.first_sequence)


def payment_to_a_third(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A buyer pays from his wallet, and the operator's treasury has what was the seller's."""
    place = first_of(honest, EventKind.ESCROW_PAID_BY_WALLET)
    if place is None or not asked_by(frame, PayEscrow):
        return None
    machine = borrow()
    events = apply(machine, frame)
    paid = events[place - 1]
    asset = int(paid["symbol"])
    treasury = machine.affairs.currencies[asset].operators[0].treasury_account
    if not move(machine, int(paid["maker_account"]), treasury, asset, int(paid["quantity_lots"])):
        return None
    paid["maker_account"] = treasury
    return Bite(events, frame.first_sequence)


def _unasked(borrow: Borrow, frame: Frame, honest: np.ndarray, reason: Reject) -> Bite | None:
    if rejected(honest, reason) is None or not asked_by(frame, DecideDispute):
        return None
    with nobody_is_asked():
        return Bite(apply(borrow(), frame), frame.first_sequence)
