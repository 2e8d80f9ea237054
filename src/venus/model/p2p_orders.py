"""What buyer, seller and arbiters do with an order between people. Source: docs/rules/p2p.md, "Orders", "Disputes"."""

from collections.abc import Callable
from typing import Any

from venus.model.events import event
from venus.model.issuance import Came
from venus.model.p2p_market import NO_OFFER, Market, Order, spoken_by
from venus.model.p2p_wallets import WalletOrders
from venus.records import p2p as asked
from venus.records.commands import PlainCommand
from venus.records.events import Event, EventKind
from venus.records.p2p_states import CancelReason, Ending, Ground, OrderState, Party
from venus.records.rejects import Reject

MOST = 2**62
OPEN, PAID, DISPUTED, COMPLETED, CANCELLED = OrderState
BUYER, SELLER = Party.BUYER, Party.SELLER
WHO_WHEN: dict[type, tuple[set[Party], set[OrderState]]] = {
    asked.MarkPaid: ({BUYER}, {OPEN}),
    asked.PayEscrow: ({BUYER}, {OPEN}),
    asked.UndoPaid: ({BUYER}, {PAID}),
    asked.ReleaseEscrow: ({SELLER}, {PAID, DISPUTED}),
    asked.CancelEscrow: ({BUYER}, {OPEN, PAID, DISPUTED}),
    asked.AskCancel: ({SELLER}, {OPEN, PAID}),
    asked.RefuseCancel: ({BUYER}, {OPEN, PAID}),
    asked.OpenAppeal: ({BUYER, SELLER}, {PAID, COMPLETED, CANCELLED}),
    asked.SubmitEvidence: ({BUYER, SELLER}, {DISPUTED}),
    asked.WithdrawAppeal: ({BUYER, SELLER}, {DISPUTED}),
    asked.OfferSplit: ({BUYER, SELLER}, {DISPUTED}),
    asked.DecideDispute: (set(), {DISPUTED}),
    asked.RelockEscrow: (set(), {COMPLETED, CANCELLED}),
    asked.RefuseClaim: (set(), {COMPLETED, CANCELLED}),
}
"""Which parties may do it, in which states; of the last three arbiters alone."""


class Orders:
    def __init__(self, market: Market, by_wallet: WalletOrders) -> None:
        self._market = market
        self._by_wallet = by_wallet

    def run(self, sequence: int, command: Any) -> Came:
        """All that happened, the command's own event last."""
        order = self._market.orders.get(command.order)
        if order is None:
            return Reject.UNKNOWN_ESCROW
        parties, states = WHO_WHEN[type(command)]
        party = order.party_of(command.account) if parties else Party.NOBODY
        if parties and party is Party.NOBODY:
            return Reject.NOT_A_PARTY
        if order.state not in states:
            return Reject.WRONG_STATE
        if parties and party not in parties:
            return Reject.NOT_A_PARTY
        if reason := self._malformed(command, order):
            return reason
        if order.due is not None and isinstance(command, asked.MarkPaid | asked.OpenAppeal):
            return Reject.BY_WALLET_ONLY
        handlers: dict[type, Callable[[int, Any, Order, Party], Came]] = {
            asked.MarkPaid: self._mark_paid,
            asked.PayEscrow: self._pay_by_wallet,
            asked.UndoPaid: self._undo_paid,
            asked.ReleaseEscrow: self._release,
            asked.CancelEscrow: self._cancel,
            asked.AskCancel: self._ask_cancel,
            asked.RefuseCancel: self._refuse_cancel,
            asked.OpenAppeal: self._appeal,
            asked.SubmitEvidence: self._submit,
            asked.WithdrawAppeal: self._withdraw,
            asked.OfferSplit: self._offer,
            asked.DecideDispute: self._decide,
            asked.RelockEscrow: self._relock,
            asked.RefuseClaim: self._refuse_claim,
        }
        return handlers[type(command)](sequence, command, order, party)

    def _malformed(self, command: PlainCommand, order: Order) -> Reject:
        """What is of the wrong form; whether a claim is there; then amounts and the party at fault."""
        for name in command.__struct_fields__:
            value = getattr(command, name)
            fits = True
            match name:
                case "fiat":
                    fits = 0 <= value <= MOST
                case "reason":
                    fits = value in set(CancelReason) and value != CancelReason.NONE
                case "ground":
                    fits = value in set(Ground) and value not in (Ground.NONE, Ground.RELEASE_LATE)
                case "grounds_hash":
                    fits = len(value) == 32
                case "evidence_hash" if isinstance(command, asked.SubmitEvidence):
                    fits = len(value) == 32
                case "chat" | "proof_hash" | "evidence_hash":
                    fits = len(value) in (0, 32)
            if not fits:
                return Reject.INVALID_COMMAND
        if isinstance(command, asked.RelockEscrow | asked.RefuseClaim) and order.claimant is Party.NOBODY:
            return Reject.NO_CLAIM
        if isinstance(command, asked.OfferSplit | asked.DecideDispute) and not 0 <= command.buyer_atoms <= order.atoms:
            return Reject.AMOUNT_OUT_OF_RANGE
        if isinstance(command, asked.DecideDispute) and command.at_fault not in (Party.NOBODY, BUYER, SELLER):
            return Reject.INVALID_COMMAND
        return Reject.NONE

    def _mark_paid(self, sequence: int, command: asked.MarkPaid, order: Order, party: Party) -> Came:
        order.state, order.due_ns = PAID, self._market.time_ns + order.terms.release_ns
        fields = {"remaining_lots": command.fiat, "price_ticks": order.due_ns}
        return 0, [_between(EventKind.ESCROW_PAID, sequence, order, **fields)]

    def _pay_by_wallet(self, sequence: int, command: asked.PayEscrow, order: Order, party: Party) -> Came:
        return self._by_wallet.pay(sequence, command, order)

    def _undo_paid(self, sequence: int, command: asked.UndoPaid, order: Order, party: Party) -> Came:
        if self._market.time_ns >= order.pay_due_ns:
            return Reject.TOO_LATE
        order.state, order.due_ns = OPEN, order.pay_due_ns
        return 0, [_between(EventKind.ESCROW_UNPAID, sequence, order)]

    def _release(self, sequence: int, command: asked.ReleaseEscrow, order: Order, party: Party) -> Came:
        if self._market.would_take_of_frozen(order, order.atoms):
            return Reject.ACCOUNT_FROZEN
        return 0, self._market.end(sequence, order, order.atoms, Ending.RELEASED)

    def _cancel(self, sequence: int, command: asked.CancelEscrow, order: Order, party: Party) -> Came:
        if self._market.would_take_of_frozen(order, 0):
            return Reject.ACCOUNT_FROZEN
        return 0, self._market.end(sequence, order, 0, Ending.CANCELLED)

    def _ask_cancel(self, sequence: int, command: asked.AskCancel, order: Order, party: Party) -> Came:
        if order.cancel_asked:
            return Reject.NO_CHANGE
        order.cancel_asked = True
        return 0, [_by(EventKind.CANCEL_ASKED, sequence, order, party, reason=command.reason)]

    def _refuse_cancel(self, sequence: int, command: asked.RefuseCancel, order: Order, party: Party) -> Came:
        if not order.cancel_asked:
            return Reject.NO_CHANGE
        order.cancel_asked = False
        return 0, [_by(EventKind.CANCEL_REFUSED, sequence, order, party)]

    def _appeal(self, sequence: int, command: asked.OpenAppeal, order: Order, party: Party) -> Came:
        with_evidence = command.evidence_hash != b""
        if not order.ended:
            return 0, self._market.dispute(sequence, order, party, command.ground, with_evidence)
        if order.relocks:
            return Reject.WRONG_STATE
        if self._market.time_ns >= order.due_ns:
            return Reject.TOO_LATE
        if order.claimant is not Party.NOBODY or order.locked_again:
            return Reject.NO_CHANGE
        order.claimant = party
        return 0, [_by(EventKind.CLAIM_MADE, sequence, order, party, reason=command.ground)]

    def _submit(self, sequence: int, command: asked.SubmitEvidence, order: Order, party: Party) -> Came:
        if order.due_ns:
            order.spoke |= spoken_by(party)
        return 0, [_by(EventKind.EVIDENCE_SUBMITTED, sequence, order, party)]

    def _withdraw(self, sequence: int, command: asked.WithdrawAppeal, order: Order, party: Party) -> Came:
        if party is not (BUYER if order.appealed_by is Party.CLOCK else order.appealed_by):
            return Reject.NOT_A_PARTY
        happened = list[Event]()
        if order.relocks:
            kept_by_buyer = order.atoms if order.holder == order.buyer else 0
            happened = self._market.end(sequence, order, kept_by_buyer, Ending.CANCELLED)
        else:
            order.state, order.due_ns = PAID, self._market.time_ns + order.terms.release_ns
        return 0, [*happened, _by(EventKind.DISPUTE_WITHDRAWN, sequence, order, party)]

    def _offer(self, sequence: int, command: asked.OfferSplit, order: Order, party: Party) -> Came:
        other = SELLER if party is BUYER else BUYER
        agrees = order.offers.get(other, NO_OFFER) == command.buyer_atoms
        if agrees and self._market.would_take_of_frozen(order, command.buyer_atoms):
            return Reject.ACCOUNT_FROZEN
        order.offers[party] = command.buyer_atoms
        happened = list[Event]()
        if agrees:
            happened = self._market.end(sequence, order, command.buyer_atoms, Ending.AGREED)
        told = _by(EventKind.SPLIT_OFFERED, sequence, order, party, quantity_lots=command.buyer_atoms)
        return 0, [*happened, told]

    def _decide(self, sequence: int, command: asked.DecideDispute, order: Order, party: Party) -> Came:
        happened = self._market.end(sequence, order, command.buyer_atoms, Ending.DECIDED)
        if command.at_fault:
            happened += self._market.slash(sequence, order, Party(command.at_fault))
        fields = {"quantity_lots": command.buyer_atoms, "reason": command.at_fault}
        return 0, [*happened, event(EventKind.DISPUTE_DECIDED, sequence, order_id=order.number, **fields)]

    def _relock(self, sequence: int, command: asked.RelockEscrow, order: Order, party: Party) -> Came:
        market = self._market
        holder, other, has = order.seller, order.buyer, order.atoms
        if order.state is COMPLETED:
            holder, other, has = order.buyer, order.seller, order.buyer_atoms
        atoms = min(has, market.ledger.free[holder, order.asset])
        if atoms < 1:
            return Reject.INSUFFICIENT_FREE
        claimant, order.claimant, order.locked_again = order.claimant, Party.NOBODY, True
        due_ns = market.time_ns + order.terms.evidence_ns
        market.orders[sequence] = Order(
            number=sequence,
            terms=order.terms,
            asset=order.asset,
            atoms=atoms,
            locked_first=atoms,
            buyer=order.buyer,
            seller=order.seller,
            holder=holder,
            maker=order.maker,
            buyer_ppm=0,
            seller_ppm=0,
            large_atoms=order.large_atoms,
            pay_due_ns=0,
            due_ns=due_ns,
            relocks=order.number,
            state=DISPUTED,
            appealed_by=claimant,
        )
        self._forget_if_over(order)
        told = event(
            EventKind.ESCROW_RELOCKED,
            sequence,
            order_id=sequence,
            maker_order_id=order.number,
            account=holder,
            maker_account=other,
            symbol=order.asset,
            quantity_lots=atoms,
            price_ticks=due_ns,
        )
        return sequence, [*market.bind(sequence, holder, order.asset, atoms), told]

    def _refuse_claim(self, sequence: int, command: asked.RefuseClaim, order: Order, party: Party) -> Came:
        claimant, order.claimant = order.claimant, Party.NOBODY
        self._forget_if_over(order)
        return 0, [_by(EventKind.CLAIM_REFUSED, sequence, order, claimant)]

    def _forget_if_over(self, order: Order) -> None:
        """Its aftermath may have ended while the claim waited."""
        if self._market.time_ns >= order.due_ns:
            del self._market.orders[order.number]


def _between(kind: EventKind, sequence: int, order: Order, **fields: int) -> Event:
    return event(kind, sequence, order_id=order.number, account=order.buyer, maker_account=order.seller, **fields)


def _by(kind: EventKind, sequence: int, order: Order, party: Party, **fields: int) -> Event:
    return event(kind, sequence, order_id=order.number, account=order.account_of(party), **fields)
