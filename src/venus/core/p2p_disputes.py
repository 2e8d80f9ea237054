"""Disputes, verdicts, and claims after the end. Source: docs/rules/p2p.md, "Disputes"."""

import msgspec

from venus.core.p2p_bonds import slash
from venus.core.p2p_escrow import (
    act_reject,
    forget_if_over,
    frozen_reject,
    is_hash_or_none,
    leaves_holder,
    settle,
)
from venus.core.p2p_market import Escrow
from venus.core.p2p_orders import be_paid
from venus.core.steps import DUE_ESCROW, Answer, Applied, Step
from venus.records.events import EventKind
from venus.records.p2p import (
    HASH_BYTES,
    DecideDispute,
    OfferSplit,
    OpenAppeal,
    RefuseClaim,
    RelockEscrow,
    SubmitEvidence,
    WithdrawAppeal,
)
from venus.records.p2p_states import Act, Ending, Ground, OrderState, Party, Spoke, transition
from venus.records.rejects import Reject

_SPOKE = {Party.BUYER: Spoke.BUYER, Party.SELLER: Spoke.SELLER}


def _open(step: Step, number: int, order: Escrow, by: Party, ground: Ground) -> dict[str, int]:
    """A dispute begins and nobody has spoken; the fields of DISPUTE_OPENED."""
    order.state, order.appealed_by = OrderState.DISPUTED, by
    order.due_ns = step.time_ns + order.evidence_ns
    step.wake(order.due_ns, DUE_ESCROW, number)
    account = order.seller if by == Party.SELLER else order.buyer
    return {"order_id": number, "account": account, "reason": ground, "price_ticks": order.due_ns}


def open_appeal(step: Step, command: OpenAppeal) -> Answer:
    order = step.affairs.market.orders.get(command.order)
    act = Act.CLAIM if order is not None and order.has_ended else Act.APPEAL
    reject = act_reject(step, command, act)
    if reject != Reject.NONE:
        return reject
    assert order is not None
    grounds = set(Ground) - {Ground.NONE, Ground.RELEASE_LATE}
    if command.ground not in grounds or not is_hash_or_none(command.evidence_hash):
        return Reject.INVALID_COMMAND
    if command.order in step.affairs.market.dues:
        return Reject.BY_WALLET_ONLY
    party, ground = order.party(command.account), Ground(command.ground)
    if act == Act.CLAIM:
        return _claim(step, command, order, party)
    fields = _open(step, command.order, order, party, ground)
    if command.evidence_hash:
        order.spoke |= _SPOKE[party]
    return Applied(EventKind.DISPUTE_OPENED, 0, fields)


def _claim(step: Step, command: OpenAppeal, order: Escrow, party: Party) -> Answer:
    """It moves nothing until an arbiter locks the order again."""
    if order.relock_of:
        return Reject.WRONG_STATE
    if step.time_ns >= order.due_ns:
        return Reject.TOO_LATE
    if order.claimed_by != Party.NOBODY or order.relocked:
        return Reject.NO_CHANGE
    order.claimed_by = party
    fields = {"order_id": command.order, "account": command.account, "reason": command.ground}
    return Applied(EventKind.CLAIM_MADE, 0, fields)


def submit_evidence(step: Step, command: SubmitEvidence) -> Answer:
    """What comes after the evidence was due does not count as having spoken."""
    reject = act_reject(step, command, Act.EVIDENCE)
    if reject != Reject.NONE:
        return reject
    if len(command.evidence_hash) != HASH_BYTES:
        return Reject.INVALID_COMMAND
    order = step.affairs.market.orders[command.order]
    if step.time_ns < order.due_ns:
        order.spoke |= _SPOKE[order.party(command.account)]
    return Applied(EventKind.EVIDENCE_SUBMITTED, 0, {"order_id": command.order, "account": command.account})


def withdraw_appeal(step: Step, command: WithdrawAppeal) -> Answer:
    reject = act_reject(step, command, Act.WITHDRAW_APPEAL)
    if reject != Reject.NONE:
        return reject
    order = step.affairs.market.orders[command.order]
    appealed_by = Party.BUYER if order.appealed_by == Party.CLOCK else order.appealed_by
    if order.party(command.account) != appealed_by:
        return Reject.NOT_A_PARTY
    if order.relock_of:
        settle(step, command.order, order.atoms if order.holder == order.buyer else 0, Ending.CANCELLED)
    else:
        be_paid(step, command.order, order)
    return Applied(EventKind.DISPUTE_WITHDRAWN, 0, {"order_id": command.order, "account": command.account})


def offer_split(step: Step, command: OfferSplit) -> Answer:
    reject = act_reject(step, command, Act.OFFER_SPLIT)
    if reject != Reject.NONE:
        return reject
    order, atoms = step.affairs.market.orders[command.order], command.buyer_atoms
    if not 0 <= atoms <= order.atoms:
        return Reject.AMOUNT_OUT_OF_RANGE
    buys = order.party(command.account) == Party.BUYER
    is_agreed = atoms == (order.seller_offer if buys else order.buyer_offer)
    if is_agreed and (reject := frozen_reject(step, order, atoms)) != Reject.NONE:
        return reject
    if buys:
        order.buyer_offer = atoms
    else:
        order.seller_offer = atoms
    if is_agreed:
        settle(step, command.order, atoms, Ending.AGREED)
    fields = {"order_id": command.order, "account": command.account, "quantity_lots": atoms}
    return Applied(EventKind.SPLIT_OFFERED, 0, fields)


def decide_dispute(step: Step, command: DecideDispute) -> Answer:
    order, atoms = step.affairs.market.orders[command.order], command.buyer_atoms
    if transition(order.state, Act.DECIDE) is None:
        return Reject.WRONG_STATE
    if len(command.grounds_hash) != HASH_BYTES or not is_hash_or_none(command.chat):
        return Reject.INVALID_COMMAND
    if not 0 <= atoms <= order.atoms:
        return Reject.AMOUNT_OUT_OF_RANGE
    if command.at_fault not in (Party.NOBODY, Party.BUYER, Party.SELLER):
        return Reject.INVALID_COMMAND
    settle(step, command.order, atoms, Ending.DECIDED)
    if command.at_fault != Party.NOBODY:
        slash(step, command.order, order, order.buyer if command.at_fault == Party.BUYER else order.seller)
    fields = {"order_id": command.order, "quantity_lots": atoms, "reason": command.at_fault}
    return Applied(EventKind.DISPUTE_DECIDED, 0, fields)


def relock_escrow(step: Step, command: RelockEscrow) -> Answer:
    """Of a claim: what there is of it is in escrow again, and who has it is its holder."""
    market, number = step.affairs.market, step.sequence
    ended = market.orders[command.order]
    if transition(ended.state, Act.RELOCK) is None:
        return Reject.WRONG_STATE
    if ended.claimed_by == Party.NOBODY:
        return Reject.NO_CLAIM
    completed = ended.state == OrderState.COMPLETED
    holder = ended.buyer if completed else ended.seller
    atoms = min(ended.buyer_got_atoms if completed else ended.atoms, step.free_atoms(holder, ended.asset))
    if atoms == 0:
        return Reject.INSUFFICIENT_FREE
    step.hold(holder, ended.asset, atoms)
    order = msgspec.structs.replace(
        ended,
        holder=holder,
        atoms=atoms,
        locked_atoms=atoms,
        buyer_ppm=0,
        seller_ppm=0,
        relock_of=command.order,
        pay_due_ns=0,
        late=False,
        buyer_got_atoms=0,
        claimed_by=Party.NOBODY,
    )
    market.add_order(number, order)
    _open(step, number, order, ended.claimed_by, Ground.NONE)
    ended.claimed_by, ended.relocked = Party.NOBODY, True
    forget_if_over(step, command.order)
    fields = {"order_id": number, "maker_order_id": command.order, "account": holder}
    fields |= {"maker_account": order.other(holder), "symbol": order.asset, "quantity_lots": atoms}
    return Applied(EventKind.ESCROW_RELOCKED, number, fields | {"price_ticks": order.due_ns})


def refuse_claim(step: Step, command: RefuseClaim) -> Answer:
    order = step.affairs.market.orders[command.order]
    if transition(order.state, Act.REFUSE_CLAIM) is None:
        return Reject.WRONG_STATE
    if len(command.grounds_hash) != HASH_BYTES:
        return Reject.INVALID_COMMAND
    if order.claimed_by == Party.NOBODY:
        return Reject.NO_CLAIM
    account = order.buyer if order.claimed_by == Party.BUYER else order.seller
    order.claimed_by = Party.NOBODY
    forget_if_over(step, command.order)
    return Applied(EventKind.CLAIM_REFUSED, 0, {"order_id": command.order, "account": account})


# What the clock does


def escrow_due(step: Step, number: int, due_ns: int) -> None:
    """A timer of an order; one that no longer holds is passed over."""
    order = step.affairs.market.orders.get(number)
    if order is None or order.due_ns != due_ns:
        return
    if order.state == OrderState.OPEN:
        settle(step, number, 0, Ending.TIMED_OUT)
        slash(step, number, order, order.buyer)
    elif order.state == OrderState.PAID:
        _release_is_late(step, number, order)
    elif order.state == OrderState.DISPUTED:
        _evidence_is_due(step, number, order)
    else:
        forget_if_over(step, number)


def _release_is_late(step: Step, number: int, order: Escrow) -> None:
    """Whatever comes of it, it is late for ever; the bond answers for it once."""
    was_late, order.late = order.late, True
    step.say(EventKind.DISPUTE_OPENED, **_open(step, number, order, Party.CLOCK, Ground.RELEASE_LATE))
    if not was_late:
        slash(step, number, order, order.seller)


def _evidence_is_due(step: Step, number: int, order: Escrow) -> None:
    """Who is silent loses; otherwise, and where it would leave a frozen account, a person decides."""
    buyer_atoms = order.atoms if order.spoke == Spoke.BUYER else 0
    one_is_silent = order.spoke in (Spoke.BUYER, Spoke.SELLER)
    if one_is_silent and not (leaves_holder(order, buyer_atoms) and step.is_frozen(order.holder)):
        settle(step, number, buyer_atoms, Ending.SILENCE)
    else:
        order.due_ns = 0
        step.say(EventKind.DISPUTE_ESCALATED, order_id=number, reason=order.spoke)
