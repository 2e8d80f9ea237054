"""A market between people told by hand: commands with the events that docs/rules/p2p.md says they have.

For the view of the market alone, where a core would only be in the way; that cores tell the same, other tests say.
"""

from typing import Any

import numpy as np

from venus.records import p2p
from venus.records.batch import Batch
from venus.records.cold import Cold
from venus.records.commands import COMMAND, ListAsset, Side
from venus.records.events import EVENT, EventFlag, EventKind
from venus.records.p2p import Fiat, SetP2pTerms, Tradable, fee_atoms, fiat_of
from venus.records.p2p_states import AdvertState, CancelReason, Ending, Ground
from venus.units import NS_PER_S
from venus.views.p2p import P2pView

START_NS = 1_780_000_000 * NS_PER_S
MINUTE_NS, DAY_NS = 60 * NS_PER_S, 24 * 3600 * NS_PER_S
USDT, BTC = 0, 1
ALIPAY, BANK = 1, 2
TERMS_HASH, HASH = b"t" * 32, b"h" * 32
_TERMS: dict[str, Any] = {
    "arbiter": 1,
    "maker_fee_ppm": 1_000,
    "taker_fee_ppm": 2_000,
    "fiats": (Fiat(code="CNY", exponent=2), Fiat(code="JPY", exponent=0)),
    "assets": (
        Tradable(asset=USDT, atoms_min=1_000_000, large_atoms=10**12),
        Tradable(asset=BTC, atoms_min=10_000, large_atoms=10**9),
    ),
    "pay_ns_min": MINUTE_NS,
    "pay_ns_max": 60 * MINUTE_NS,
    "release_ns": 15 * MINUTE_NS,
    "evidence_ns": DAY_NS,
    "aftermath_ns": 7 * DAY_NS,
    "index_ns": 5 * MINUTE_NS,
    "bond_asset": USDT,
    "slash_atoms": 10_000_000,
}


class Tape:
    """USDT of 6 decimals and BTC of 8; `view` has folded whatever was done. Each deed is a frame of its own."""

    def __init__(self) -> None:
        self.view = P2pView()
        self.sequence = 0
        self.frame = 0
        self.time_ns = START_NS
        self._references = 0
        self.list_asset("USDT", 6)
        self.list_asset("BTC", 8)
        self.set_terms()

    def wait(self, ns: int) -> None:
        """An empty hot frame later."""
        self.time_ns += ns
        self._fold(None, [])

    def do(self, command: Cold, *before: dict[str, Any], **own: Any) -> int:
        """A command with its own event, and those that are told before it; its sequence."""
        self.sequence += 1
        self._fold(command, [*before, own])
        return self.sequence

    def clock(self, *events: dict[str, Any]) -> None:
        """What time does, at the start of a hot frame."""
        self._fold(None, [one | {"flags": EventFlag.TIMER} for one in events])

    def _fold(self, command: Any, events: list[dict[str, Any]]) -> None:
        self.frame += 1
        rows = np.zeros(len(events), EVENT)
        for row, fields in zip(rows, events, strict=True):
            row["sequence"] = self.sequence if command is not None else self.sequence + 1
            for name, value in fields.items():
                row[name] = value
        self.view.apply(Batch(self.frame, self.time_ns, self.sequence, np.zeros(0, COMMAND), b"", command, rows))

    def _reference(self) -> str:
        self._references += 1
        return f"tape-{self._references}"

    def list_asset(self, code: str, scale: int) -> None:
        self.do(ListAsset(code=code, scale=scale, reference=self._reference()), kind=EventKind.ASSET_LISTED)

    # The market

    def set_terms(self, **changed: Any) -> None:
        self.terms = SetP2pTerms(**_TERMS | changed, reference=self._reference())
        self.do(self.terms, kind=EventKind.P2P_TERMS_SET, order_id=self.terms.arbiter)

    def enrol(self, *accounts: int) -> None:
        """The person has the account's number."""
        for account in accounts:
            command = p2p.EnrolTrader(account=account, person=account, reference=self._reference())
            self.do(command, kind=EventKind.TRADER_ENROLLED, account=account, order_id=account)

    def sanction(self, account: int, until_ns: int) -> None:
        command = p2p.SanctionTrader(account=account, until_ns=until_ns, grounds="late", reference=self._reference())
        self.do(command, kind=EventKind.TRADER_SANCTIONED, account=account, price_ticks=until_ns)

    def bond(self, account: int, atoms: int, left_atoms: int) -> None:
        command = p2p.PostBond(account=account, atoms=atoms, reference=self._reference())
        told = {"symbol": self.terms.bond_asset, "quantity_lots": atoms, "remaining_lots": left_atoms}
        self.do(command, kind=EventKind.BOND_POSTED, account=account, **told)

    def note_index(self, asset: int, fiat: str, price: int) -> None:
        prices = (p2p.IndexPrice(asset=asset, fiat=fiat, price=price),)
        self.do(p2p.NoteIndex(prices=prices, reference=self._reference()), kind=EventKind.INDEX_NOTED, quantity_lots=1)

    # Adverts

    def post(self, account: int, side: int = Side.SELL, **changed: Any) -> int:
        """An advert of 1,000 USDT at 7.00 CNY, of orders of 100 to 10,000 CNY, unless it is said otherwise."""
        fields: dict[str, Any] = {
            "asset": USDT,
            "fiat": "CNY",
            "atoms": 1_000_000_000,
            "fiat_min": 100_00,
            "fiat_max": 10_000_00,
            "price": 700_000_000,
            "margin_ppm": 0,
            "pay_ns": 15 * MINUTE_NS,
            "methods": (ALIPAY,),
            "text_hash": TERMS_HASH,
        } | changed
        command = p2p.PostAdvert(account=account, side=side, **fields, reference=self._reference())
        told = {"account": account, "side": side, "symbol": command.asset, "quantity_lots": command.atoms}
        self.do(command, kind=EventKind.ADVERT_POSTED, order_id=self.sequence + 1, price_ticks=command.price, **told)
        return self.sequence

    def set_state(self, advert: int, account: int, state: AdvertState, side: int = Side.SELL) -> None:
        command = p2p.SetAdvertState(advert=advert, account=account, state=state, reference=self._reference())
        told = {"order_id": advert, "account": account, "side": side, "reason": state}
        self.do(command, kind=EventKind.ADVERT_STATE_SET, **told)

    def take(self, advert: int, taker: int, maker: int, atoms: int, side: int = Side.BUY, **changed: Any) -> int:
        """side  the taker's"""
        fields = {"price": 700_000_000, "asset": USDT, "method": ALIPAY, "retain_days": 1, "exponent": 2} | changed
        command = p2p.TakeAdvert(
            advert=advert,
            account=taker,
            amount=atoms,
            in_fiat=0,
            price_limit=fields["price"],
            method=fields["method"],
            payer_hash=b"p" * 32,
            payee_hash=b"",
            retain_days=fields["retain_days"],
            terms_hash=TERMS_HASH,
            reference=self._reference(),
        )
        maker_fee, taker_fee = fee_atoms(atoms, self.terms.maker_fee_ppm), fee_atoms(atoms, self.terms.taker_fee_ppm)
        self.do(
            command,
            kind=EventKind.ESCROW_OPENED,
            order_id=self.sequence + 1,
            maker_order_id=advert,
            account=taker,
            maker_account=maker,
            side=side,
            symbol=fields["asset"],
            quantity_lots=atoms,
            price_ticks=fields["price"],
            remaining_lots=fiat_of(atoms, fields["price"], 6 if fields["asset"] == USDT else 8, fields["exponent"]),
            taker_fee_atoms=taker_fee,
            maker_fee_atoms=maker_fee,
            hold_atoms=atoms + (maker_fee if side == Side.BUY else taker_fee),
        )
        return self.sequence

    # Orders

    def mark_paid(self, order: int, buyer: int, seller: int, fiat: int) -> None:
        command = p2p.MarkPaid(
            order=order, account=buyer, fiat=fiat, proof_hash=HASH, chat=b"", reference=self._reference()
        )
        due_ns = self.time_ns + self.terms.release_ns
        told = {"account": buyer, "maker_account": seller, "remaining_lots": fiat, "price_ticks": due_ns}
        self.do(command, kind=EventKind.ESCROW_PAID, order_id=order, **told)

    def ended(self, order: int, buyer: int, seller: int, got: int, back: int, ending: Ending) -> dict[str, Any]:
        """An order without fees at its end; where it has fees, a test says them."""
        kind = EventKind.ESCROW_COMPLETED if got else EventKind.ESCROW_CANCELLED
        told = {"account": buyer, "maker_account": seller, "quantity_lots": got, "remaining_lots": back}
        return {"kind": kind, "order_id": order, "reason": ending, **told}

    def release(self, order: int, buyer: int, seller: int, atoms: int, **fees: int) -> None:
        command = p2p.ReleaseEscrow(order=order, account=seller, chat=b"c" * 32, reference=self._reference())
        self.do(command, **self.ended(order, buyer, seller, atoms, 0, Ending.RELEASED) | fees)

    def cancel(self, order: int, buyer: int, seller: int, atoms: int) -> None:
        reason = CancelReason.CHANGED_MIND
        command = p2p.CancelEscrow(order=order, account=buyer, reason=reason, chat=b"", reference=self._reference())
        self.do(command, **self.ended(order, buyer, seller, 0, atoms, Ending.CANCELLED))

    def ask_cancel(self, order: int, seller: int) -> None:
        reason = CancelReason.METHOD_FAILS
        command = p2p.AskCancel(order=order, account=seller, reason=reason, chat=b"", reference=self._reference())
        self.do(command, kind=EventKind.CANCEL_ASKED, order_id=order, account=seller, reason=reason)

    def appeal(self, order: int, account: int, ground: Ground, evidence: bytes = b"") -> None:
        command = p2p.OpenAppeal(
            order=order, account=account, ground=ground, evidence_hash=evidence, chat=b"", reference=self._reference()
        )
        due_ns = self.time_ns + self.terms.evidence_ns
        told = {"order_id": order, "account": account, "reason": ground, "price_ticks": due_ns}
        self.do(command, kind=EventKind.DISPUTE_OPENED, **told)

    def claim(self, order: int, account: int, ground: Ground) -> None:
        command = p2p.OpenAppeal(
            order=order, account=account, ground=ground, evidence_hash=b"", chat=b"", reference=self._reference()
        )
        self.do(command, kind=EventKind.CLAIM_MADE, order_id=order, account=account, reason=ground)

    def relock(self, order: int, holder: int, other: int, atoms: int) -> int:
        command = p2p.RelockEscrow(order=order, reference=self._reference())
        due_ns = self.time_ns + self.terms.evidence_ns
        told = {"order_id": self.sequence + 1, "maker_order_id": order, "account": holder, "maker_account": other}
        self.do(command, kind=EventKind.ESCROW_RELOCKED, **told, quantity_lots=atoms, price_ticks=due_ns)
        return self.sequence

    def decide(self, order: int, buyer: int, seller: int, atoms: int, of_atoms: int, at_fault: int) -> None:
        command = p2p.DecideDispute(
            order=order,
            buyer_atoms=atoms,
            at_fault=at_fault,
            grounds_hash=b"g" * 32,
            chat=b"",
            reference=self._reference(),
        )
        ended = self.ended(order, buyer, seller, atoms, of_atoms - atoms, Ending.DECIDED)
        told = {"order_id": order, "quantity_lots": atoms, "reason": at_fault}
        self.do(command, ended, kind=EventKind.DISPUTE_DECIDED, **told)

    def trade(self, advert: int, taker: int, maker: int, atoms: int, pay_ns: int, release_ns: int) -> int:
        """The taker buys, pays after a while, and gets it after another."""
        order = self.take(advert, taker, maker, atoms)
        self.time_ns += pay_ns
        self.mark_paid(order, taker, maker, 7 * atoms // 10_000)
        self.time_ns += release_ns
        fees = {"taker_fee_atoms": fee_atoms(atoms, self.terms.taker_fee_ppm)}
        fees["maker_fee_atoms"] = fee_atoms(atoms, self.terms.maker_fee_ppm)
        self.release(order, taker, maker, atoms, **fees)
        return order
