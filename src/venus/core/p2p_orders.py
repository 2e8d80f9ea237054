"""What buyer and seller do with an order before there is a dispute. Source: docs/rules/p2p.md, "Orders"."""

from venus.core.p2p_escrow import act_reject, frozen_reject, is_hash_or_none, settled
from venus.core.p2p_market import Escrow
from venus.core.steps import DUE_ESCROW, Answer, Applied, Step
from venus.records.events import EventKind
from venus.records.p2p import (
    AskCancel,
    CancelEscrow,
    MarkPaid,
    RefuseCancel,
    ReleaseEscrow,
    UndoPaid,
)
from venus.records.p2p_states import Act, CancelReason, Ending, OrderState
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX


def be_paid(step: Step, number: int, order: Escrow) -> None:
    """The seller is to release from now on."""
    order.state = OrderState.PAID
    order.end_dispute()
    order.due_ns = step.time_ns + order.release_ns
    step.wake(order.due_ns, DUE_ESCROW, number)


def mark_paid(step: Step, command: MarkPaid) -> Answer:
    reject = act_reject(step, command, Act.PAY)
    if reject != Reject.NONE:
        return reject
    if not is_hash_or_none(command.proof_hash) or not 0 <= command.fiat <= ATOMS_MAX:
        return Reject.INVALID_COMMAND
    if command.order in step.affairs.market.dues:
        return Reject.BY_WALLET_ONLY
    order = step.affairs.market.orders[command.order]
    be_paid(step, command.order, order)
    fields = _told(command.order, order) | {"remaining_lots": command.fiat, "price_ticks": order.due_ns}
    return Applied(EventKind.ESCROW_PAID, 0, fields)


def _told(number: int, order: Escrow) -> dict[str, int]:
    return {"order_id": number, "account": order.buyer, "maker_account": order.seller}


def undo_paid(step: Step, command: UndoPaid) -> Answer:
    reject = act_reject(step, command, Act.UNDO_PAY)
    if reject != Reject.NONE:
        return reject
    order = step.affairs.market.orders[command.order]
    if step.time_ns >= order.pay_due_ns:
        return Reject.TOO_LATE
    order.state = OrderState.OPEN
    order.due_ns = order.pay_due_ns  # its timer is still there
    return Applied(EventKind.ESCROW_UNPAID, 0, _told(command.order, order))


def release_escrow(step: Step, command: ReleaseEscrow) -> Answer:
    """In a dispute too."""
    reject = act_reject(step, command, Act.RELEASE)
    if reject != Reject.NONE:
        return reject
    order = step.affairs.market.orders[command.order]
    reject = frozen_reject(step, order, order.atoms)
    if reject != Reject.NONE:
        return reject
    kind, fields = settled(step, command.order, order.atoms, Ending.RELEASED)
    return Applied(kind, 0, fields)


def cancel_escrow(step: Step, command: CancelEscrow) -> Answer:
    """After "paid" and in a dispute too: the buyer gives up."""
    reject = act_reject(step, command, Act.CANCEL)
    if reject != Reject.NONE:
        return reject
    if not _is_reason(command.reason):
        return Reject.INVALID_COMMAND
    reject = frozen_reject(step, step.affairs.market.orders[command.order], 0)
    if reject != Reject.NONE:
        return reject
    kind, fields = settled(step, command.order, 0, Ending.CANCELLED)
    return Applied(kind, 0, fields)


def _is_reason(reason: int) -> bool:
    return reason != CancelReason.NONE and reason in set(CancelReason)


def ask_cancel(step: Step, command: AskCancel) -> Answer:
    reject = act_reject(step, command, Act.ASK_CANCEL)
    if reject != Reject.NONE:
        return reject
    if not _is_reason(command.reason):
        return Reject.INVALID_COMMAND
    order = step.affairs.market.orders[command.order]
    if order.cancel_asked:
        return Reject.NO_CHANGE
    order.cancel_asked = True
    fields = {"order_id": command.order, "account": command.account, "reason": command.reason}
    return Applied(EventKind.CANCEL_ASKED, 0, fields)


def refuse_cancel(step: Step, command: RefuseCancel) -> Answer:
    reject = act_reject(step, command, Act.REFUSE_CANCEL)
    if reject != Reject.NONE:
        return reject
    if not is_hash_or_none(command.proof_hash):
        return Reject.INVALID_COMMAND
    order = step.affairs.market.orders[command.order]
    if not order.cancel_asked:
        return Reject.NO_CHANGE
    order.cancel_asked = False
    return Applied(EventKind.CANCEL_REFUSED, 0, {"order_id": command.order, "account": command.account})
