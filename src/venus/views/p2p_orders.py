"""Orders of the market between people: what each event makes of them, and of their traders' figures.

Source: docs/rules/p2p.md, "Orders" to "Disputes".
"""

from collections.abc import Callable
from typing import NamedTuple

import msgspec
import numpy as np

from venus.records.commands import PlainCommand, Side
from venus.records.events import Event, EventFlag, EventKind
from venus.records.p2p import DecideDispute, MarkPaid, OpenAppeal, RefuseClaim, TakeAdvert
from venus.records.p2p_states import Ending, OrderState, Party, Spoke
from venus.units import NS_PER_S
from venus.views.p2p_adverts import Adverts
from venus.views.p2p_days import Days
from venus.views.p2p_order_rows import NO_HASH, OrderRows
from venus.views.p2p_questions import Advert, Index, MarketTerms, Source, Step
from venus.views.p2p_traders import CANCELLED, COMPLETED, ENDED, FAILED, LATE, LOST, NO_TIME, Deed, Traders

_TIMER = int(EventFlag.TIMER)
_SPOKE = {Party.BUYER: Spoke.BUYER, Party.SELLER: Spoke.SELLER}


class Moment(NamedTuple):
    """When an event happened, and by which command; None: the clock did it."""

    command: PlainCommand | None
    frame: int
    time_ns: int


class Due(NamedTuple):
    """What is paid from a wallet, and to which."""

    asset: int
    atoms: int
    wallet: int


class Origin(NamedTuple):
    """What an order came of, besides its advert."""

    terms: MarketTerms
    terms_at: Source
    price: Index | None  # None: none is good
    price_at: Source
    due: Due | None  # None: it is not paid from a wallet


class Orders:
    """The fold."""

    def __init__(self, adverts: Adverts, traders: Traders, days: Days) -> None:
        self.rows = OrderRows()
        self.disputed: set[int] = set()
        self.claimed: set[int] = set()
        self._adverts = adverts
        self._traders = traders
        self._days = days

    def apply(self, event: Event, at: Moment) -> np.void:
        """What an event of an order that is there made of it."""
        row = self.rows.row(event.order_id)
        assert row is not None, event.order_id
        if event.kind in _STEPS:
            _STEPS[event.kind](self, row, event, at)
        self._finish(row, event, at)
        return row

    def open(self, event: Event, at: Moment, origin: Origin) -> np.void:
        command, terms = at.command, origin.terms
        assert isinstance(command, TakeAdvert)
        taker_sells = event.side == Side.SELL
        advert = self._adverts.take(command.advert, event.quantity_lots, 0 if taker_sells else event.hold_atoms)
        row = self.rows.add(event.order_id)
        buyer, seller = event.maker_account, event.account
        ppms, fees = [advert.fee_ppm, terms.taker_fee_ppm], [event.maker_fee_atoms, event.taker_fee_atoms]
        if not taker_sells:
            buyer, seller = seller, buyer
            ppms.reverse()
            fees.reverse()
        row["buyer"], row["seller"], row["maker"] = buyer, seller, event.maker_account
        row["buyer_fee_ppm"], row["seller_fee_ppm"] = ppms
        row["buyer_fee_atoms"], row["seller_fee_atoms"] = fees
        row["advert"], row["asset"], row["fiat"] = command.advert, event.symbol, self.rows.code(advert.fiat)
        row["atoms"], row["fiat_amount"], row["price"] = event.quantity_lots, event.remaining_lots, event.price_ticks
        row["locked_atoms"], row["method"], row["retain_days"] = event.hold_atoms, command.method, command.retain_days
        row["opened_ns"], row["pay_due_ns"] = at.time_ns, at.time_ns + advert.pay_ns
        row["payer_hash"], row["terms_hash"] = command.payer_hash, command.terms_hash
        row["payee_hash"] = command.payee_hash or NO_HASH
        row["release_ns"], row["aftermath_ns"] = terms.release_ns, terms.aftermath_ns
        row["large_atoms"] = next(one.large_atoms for one in terms.assets if one.asset == event.symbol)
        if origin.due is not None:
            row["due_asset"], row["due_atoms"], row["payee_wallet"] = origin.due
        row["state"], row["holder"] = OrderState.OPEN, Party.SELLER
        row["buyer_offer"] = row["seller_offer"] = -1
        self._note_sources(row, advert, origin)
        self._enter(row)
        self._days.counts.orders += 1
        self._finish(row, event, at)
        return row

    def relock(self, event: Event, at: Moment) -> np.void:
        """A claim is let: an order of what is locked of it, with the same parties, in dispute from the beginning."""
        row = self.rows.add(event.order_id)
        claimed = self.rows.row(event.maker_order_id)
        assert claimed is not None, event.maker_order_id
        for name in ("buyer", "seller", "maker", "asset", "fiat", "method", "price", "retain_days", "index_price"):
            row[name] = claimed[name]
        row["large_atoms"] = claimed["large_atoms"]
        for name in ("payer_hash", "payee_hash", "terms_hash", "terms_source", "posted_source", "advert_source"):
            row[name] = claimed[name]
        row["atoms"] = row["locked_atoms"] = event.quantity_lots
        row["fiat_amount"] = share(claimed, event.quantity_lots)
        row["opened_ns"] = row["disputed_ns"] = at.time_ns
        row["evidence_due_ns"] = event.price_ticks
        row["release_ns"] = claimed["release_ns"]
        row["state"] = OrderState.DISPUTED
        row["appealed_by"], row["ground"] = claimed["claim_by"], claimed["claim_ground"]
        row["holder"] = Party.BUYER if event.account == claimed["buyer"] else Party.SELLER
        row["relocks"], claimed["relocked_as"] = event.maker_order_id, event.order_id
        row["buyer_offer"] = row["seller_offer"] = -1
        self._settle_claim(claimed)
        self._note(claimed, event, at)
        self._enter(row)
        self._days.counts.relocked += 1
        self._finish(row, event, at)
        return row

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        self.rows.restore(arrays)
        numbers = self.rows.column("number")
        self.disputed = set(numbers[self.rows.column("state") == OrderState.DISPUTED].tolist())
        self.claimed = set(numbers[self.rows.column("claim_by") != Party.NOBODY].tolist())

    def _enter(self, row: np.void) -> None:
        self.rows.enter(row)
        for name in ("buyer", "seller"):
            self._traders.count_open_orders(int(row[name]), 1)

    def _note_sources(self, row: np.void, advert: Advert, origin: Origin) -> None:
        row["posted_source"] = advert.number, advert.posted_frame
        row["advert_source"] = advert.sequence, advert.frame
        row["terms_source"] = msgspec.structs.astuple(origin.terms_at)
        if origin.price is not None:
            row["index_price"] = origin.price.price
            if not advert.price:
                row["index_source"] = msgspec.structs.astuple(origin.price_at)

    def _finish(self, row: np.void, event: Event, at: Moment) -> None:
        """What every event of an order leaves behind."""
        number = int(row["number"])
        (self.disputed.add if row["state"] == OrderState.DISPUTED else self.disputed.discard)(number)
        chat = getattr(at.command, "chat", b"")
        if chat:
            row["chat"] = chat
        self._note(row, event, at)

    def _note(self, row: np.void, event: Event, at: Moment) -> None:
        amount = event.remaining_lots if event.kind == EventKind.ESCROW_PAID else event.quantity_lots
        is_timer = bool(event.flags & _TIMER)
        account = int(row["buyer"]) if event.kind == EventKind.ESCROW_PAID_BY_WALLET else event.account
        step = Step(event.sequence, at.frame, at.time_ns, event.kind, account, event.reason, amount, is_timer)
        self.rows.note(row, step)

    # Paying and ending

    def _paid(self, row: np.void, event: Event, at: Moment) -> None:
        assert isinstance(at.command, MarkPaid)
        row["state"], row["paid_ns"], row["release_due_ns"] = OrderState.PAID, at.time_ns, event.price_ticks
        row["paid_fiat"], row["proof_hash"] = event.remaining_lots, at.command.proof_hash or NO_HASH

    def _paid_by_wallet(self, row: np.void, event: Event, at: Moment) -> None:
        """It ends in the same command: nobody waits for a release."""
        row["paid_ns"], row["payer_wallet"] = at.time_ns, event.account

    def _unpaid(self, row: np.void, event: Event, at: Moment) -> None:
        row["state"], row["paid_ns"], row["release_due_ns"] = OrderState.OPEN, 0, 0
        row["paid_fiat"], row["proof_hash"] = 0, NO_HASH

    def _ended(self, row: np.void, event: Event, at: Moment) -> None:
        completed = event.kind == EventKind.ESCROW_COMPLETED
        fees = event.maker_fee_atoms, event.taker_fee_atoms
        buyer_is_maker = row["buyer"] == row["maker"]
        row["buyer_fee_atoms"], row["seller_fee_atoms"] = fees if buyer_is_maker else fees[::-1]
        row["state"] = OrderState.COMPLETED if completed else OrderState.CANCELLED
        row["ending"], row["buyer_atoms"], row["ended_ns"] = event.reason, event.quantity_lots, at.time_ns
        self.rows.end(row)
        row["release_due_ns"] = row["evidence_due_ns"] = 0
        if event.reason == Ending.DECIDED:
            assert isinstance(at.command, DecideDispute)
            row["at_fault"], row["grounds_hash"] = at.command.at_fault, at.command.grounds_hash
            self._count_verdict(row)
        elif event.reason == Ending.SILENCE:
            row["at_fault"] = Party.SELLER if completed else Party.BUYER
            self._days.counts.silences += 1
        for name in ("buyer", "seller"):
            self._traders.count_open_orders(int(row[name]), -1)
        if row["relocks"]:
            self._note_loser(row, at)
            return
        row["claim_until_ns"] = at.time_ns + row["aftermath_ns"]
        self._note_deeds(row, at)
        counts = self._days.counts
        if completed:
            counts.completed += 1
            self._adverts.complete(int(row["advert"]))
            atoms, fiat = event.quantity_lots, self.rows.codes[row["fiat"]]
            self._days.complete(row, fiat, atoms, share(row, atoms), at.time_ns)
        else:
            counts.cancelled += 1

    def _count_verdict(self, row: np.void) -> None:
        counts = self._days.counts
        counts.verdicts += 1
        counts.for_buyer += bool(row["buyer_atoms"] == row["atoms"])
        counts.for_seller += bool(row["buyer_atoms"] == 0)

    def _note_deeds(self, row: np.void, at: Moment) -> None:
        """What an order that ended says of both sides."""
        completed = row["state"] == OrderState.COMPLETED
        fails = failing(row)
        for party, account, other in _sides(row):
            marks, times = ENDED, (NO_TIME, NO_TIME)
            if fails == party:
                marks |= FAILED
            elif completed:
                marks |= COMPLETED
            if row["at_fault"] == party:
                marks |= LOST
            if party == Party.BUYER and cancelled_alone(row):
                marks |= CANCELLED
            if completed and row["paid_ns"]:
                paid_ns = int(row["paid_ns"])
                if party == Party.BUYER:
                    times = NO_TIME, (paid_ns - int(row["opened_ns"])) // NS_PER_S
                else:
                    times = (at.time_ns - paid_ns) // NS_PER_S, NO_TIME
            self._traders.note(Deed(account, other, marks, *times), at.time_ns)

    def _note_loser(self, row: np.void, at: Moment) -> None:
        for party, account, other in _sides(row):
            if row["at_fault"] == party:
                self._traders.note(Deed(account, other, LOST), at.time_ns)

    # Asking for a cancel, disputes, claims

    def _cancel_asked(self, row: np.void, event: Event, at: Moment) -> None:
        row["cancel_asked"] = event.reason

    def _cancel_refused(self, row: np.void, event: Event, at: Moment) -> None:
        row["cancel_asked"] = 0

    def _disputed(self, row: np.void, event: Event, at: Moment) -> None:
        by_clock = bool(event.flags & _TIMER)
        party = Party.BUYER if event.account == row["buyer"] else Party.SELLER
        row["state"], row["disputed_ns"], row["ground"] = OrderState.DISPUTED, at.time_ns, event.reason
        row["evidence_due_ns"], row["release_due_ns"] = event.price_ticks, 0
        row["appealed_by"], row["escalated"], row["spoke"] = Party.CLOCK if by_clock else party, 0, Spoke.NONE
        row["buyer_offer"] = row["seller_offer"] = -1
        if by_clock:
            self._days.counts.disputes_by_clock += 1
            self._be_late(row, at)
        else:
            self._days.counts.disputes += 1
            assert isinstance(at.command, OpenAppeal)
            if at.command.evidence_hash:
                row["spoke"] = _SPOKE[party]

    def _be_late(self, row: np.void, at: Moment) -> None:
        """Once an order, however often."""
        if not row["late"]:
            row["late"] = 1
            self._traders.note(Deed(int(row["seller"]), int(row["buyer"]), LATE), at.time_ns)

    def _evidence(self, row: np.void, event: Event, at: Moment) -> None:
        """After the evidence was due it does not count as having spoken."""
        if at.time_ns < row["evidence_due_ns"]:
            row["spoke"] |= Spoke.BUYER if event.account == row["buyer"] else Spoke.SELLER

    def _withdrawn(self, row: np.void, event: Event, at: Moment) -> None:
        """A relocked order has ended before this is said."""
        row["appealed_by"], row["evidence_due_ns"], row["escalated"] = Party.NOBODY, 0, 0
        if not row["ended_ns"]:
            row["state"], row["release_due_ns"] = OrderState.PAID, at.time_ns + row["release_ns"]

    def _offered(self, row: np.void, event: Event, at: Moment) -> None:
        side = "buyer_offer" if event.account == row["buyer"] else "seller_offer"
        row[side] = event.quantity_lots

    def _escalated(self, row: np.void, event: Event, at: Moment) -> None:
        row["escalated"], row["evidence_due_ns"] = 1, 0

    def _claim_made(self, row: np.void, event: Event, at: Moment) -> None:
        row["claim_by"] = Party.BUYER if event.account == row["buyer"] else Party.SELLER
        row["claim_ground"], row["claim_ns"] = event.reason, at.time_ns
        self.claimed.add(int(row["number"]))
        self._days.counts.claims += 1

    def _claim_refused(self, row: np.void, event: Event, at: Moment) -> None:
        assert isinstance(at.command, RefuseClaim)
        row["grounds_hash"] = at.command.grounds_hash
        self._settle_claim(row)

    def _settle_claim(self, row: np.void) -> None:
        row["claim_by"], row["claim_ground"], row["claim_ns"] = Party.NOBODY, 0, 0
        self.claimed.discard(int(row["number"]))


def share(row: np.void, atoms: int) -> int:
    """What so many atoms of an order cost."""
    return int(row["fiat_amount"]) * atoms // int(row["atoms"])


def cancelled_alone(row: np.void) -> bool:
    """By the buyer, whom the seller had not asked."""
    return bool(row["ending"] == Ending.CANCELLED and not row["cancel_asked"] and not row["relocks"])


def failing(row: np.void) -> Party:
    """Whose doing it is that an order that ended did not do what it was for."""
    if row["at_fault"]:
        return Party(row["at_fault"])
    match row["ending"]:
        case Ending.TIMED_OUT:
            return Party.BUYER
        case Ending.CANCELLED:
            return Party.SELLER if row["cancel_asked"] else Party.BUYER
    return Party.NOBODY


def _sides(row: np.void) -> tuple[tuple[Party, int, int], ...]:
    """Party, account, the other's account."""
    buyer, seller = int(row["buyer"]), int(row["seller"])
    return (Party.BUYER, buyer, seller), (Party.SELLER, seller, buyer)


_STEPS: dict[int, Callable[[Orders, np.void, Event, Moment], None]] = {
    EventKind.ESCROW_PAID: Orders._paid,
    EventKind.ESCROW_PAID_BY_WALLET: Orders._paid_by_wallet,
    EventKind.ESCROW_UNPAID: Orders._unpaid,
    EventKind.ESCROW_COMPLETED: Orders._ended,
    EventKind.ESCROW_CANCELLED: Orders._ended,
    EventKind.CANCEL_ASKED: Orders._cancel_asked,
    EventKind.CANCEL_REFUSED: Orders._cancel_refused,
    EventKind.DISPUTE_OPENED: Orders._disputed,
    EventKind.EVIDENCE_SUBMITTED: Orders._evidence,
    EventKind.DISPUTE_WITHDRAWN: Orders._withdrawn,
    EventKind.SPLIT_OFFERED: Orders._offered,
    EventKind.DISPUTE_ESCALATED: Orders._escalated,
    EventKind.CLAIM_MADE: Orders._claim_made,
    EventKind.CLAIM_REFUSED: Orders._claim_refused,
}
"""What they change; DISPUTE_DECIDED only says who decided, since the order has ended by then."""
