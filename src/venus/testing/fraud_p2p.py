"""What an operator may do with escrow, verdicts and bonds of a market between people, behind the rules' back."""

from unittest.mock import patch

import numpy as np

from venus.core import p2p_disputes
from venus.records.commands import plain
from venus.records.events import EventKind
from venus.records.p2p import AskCancel, CancelEscrow, DecideDispute, MarkPaid, ReleaseEscrow
from venus.records.p2p_states import CancelReason, OrderState
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


def _unasked(borrow: Borrow, frame: Frame, honest: np.ndarray, reason: Reject) -> Bite | None:
    if rejected(honest, reason) is None or not asked_by(frame, DecideDispute):
        return None
    with nobody_is_asked():
        return Bite(apply(borrow(), frame), frame.first_sequence)
