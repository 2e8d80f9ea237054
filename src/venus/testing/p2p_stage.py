"""A stage with a market between people: core and model side by side, traders who can be told what they do, arbiters.

stage = P2pStage()
ann, bob = stage.trader("ann"), stage.trader("bob")
order = bob.takes(ann.sells(100), 60)      # USDT, 7.20 CNY each
bob.pays(order)
ann.releases(order)
assert bob.has() == "1059.88"
"""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Self

import msgspec

from venus.core.machine import Machine
from venus.records import p2p
from venus.records.approvals import Approval
from venus.records.coins import DAY_NS
from venus.records.commands import ListAsset, NoteClockJump, PlainCommand, approved
from venus.records.events import Event, EventFlag, EventKind
from venus.records.institutions import AddInstitution
from venus.records.p2p import PRICE_UNIT, Fiat, Tradable
from venus.records.p2p_states import AdvertState, CancelReason, Ground, OrderState, Party
from venus.records.rejects import Reject
from venus.testing.agreement import Opinions
from venus.testing.coin_stage import CoinStage, reject_of
from venus.testing.officials import (
    ALL_BODIES,
    ARBITER,
    CURRENCY_BODIES,
    MARKET_BODIES,
    MINUTE_NS,
    SUPERVISOR,
    approval,
    approvals_of,
)
from venus.testing.play import Play
from venus.testing.worlds import transfer

HOUSE, MINUTES, HOURS = 0, MINUTE_NS, 60 * MINUTE_NS
SCALES = {"vUSD": 0, "USDT": 6, "BTC": 8}
"""Assets of the stage in the order of their numbers, and their decimals."""
TEXT, PAYER, PAYEE, PROOF = (bytes([one]) * 32 for one in range(1, 5))
MAKER_PPM, TAKER_PPM = 1_000, 2_000
_FIRST_UNITS = {"USDT": 1_000, "BTC": 2}
_USUAL: dict[type[PlainCommand], dict[str, Any]] = {
    p2p.MarkPaid: {"fiat": 0, "proof_hash": b""},
    p2p.CancelEscrow: {"reason": CancelReason.CHANGED_MIND},
    p2p.AskCancel: {"reason": CancelReason.TERMS_NOT_MET},
    p2p.RefuseCancel: {"proof_hash": b""},
    p2p.OpenAppeal: {"ground": Ground.NOT_RELEASED, "evidence_hash": b""},
    p2p.SubmitEvidence: {"evidence_hash": PROOF},
}
"""What an act says if a story does not."""


class P2pStage(CoinStage):
    """A coin, USDT and BTC; 30 minutes to pay, an hour to release, two for evidence, a week to claim."""

    def __init__(self, *, furnished: bool = True, play: Play | None = None) -> None:
        self._people = 1_000
        super().__init__(furnished=furnished, play=play)

    def _found(self) -> None:
        super()._found()
        for body in CURRENCY_BODIES + MARKET_BODIES:
            self.do(AddInstitution(reference=self.reference(), terms=body.terms()), SUPERVISOR)
        for code in ("USDT", "BTC"):
            self.do(ListAsset(reference=code, code=code, scale=SCALES[code]))
        self.attest(10_000)
        self.play.assets |= {code: number for number, code in enumerate(SCALES)}
        self.do(self.terms())

    def branch(self) -> Self:
        """A stage that goes on from here by itself: what is done there is not done here."""
        other = type(self)(furnished=False)
        core, machine, play = self.play.opinions.machines["core"], Machine(), other.play
        assert isinstance(core, Machine)
        machine.restore({name: array.copy() for name, array in core.arrays().items()})
        play.model = deepcopy(self.play.model)
        play.opinions = Opinions({"model": play.model, "core": machine}, roots_every=8)
        play.accounts, play.assets = dict(self.play.accounts), dict(self.play.assets)
        play.time_ns, play._references = self.play.time_ns, self.play._references
        other.coin, other._banked, other._people = self.coin, self._banked, self._people
        return other

    def terms(self, **changed: Any) -> p2p.SetP2pTerms:
        usual = p2p.SetP2pTerms(
            reference=self.reference(),
            arbiter=ARBITER,
            maker_fee_ppm=MAKER_PPM,
            taker_fee_ppm=TAKER_PPM,
            fiats=(Fiat(code="CNY", exponent=2), Fiat(code="JPY", exponent=0)),
            assets=(
                Tradable(asset=0, atoms_min=1, large_atoms=500),
                Tradable(asset=1, atoms_min=10**6, large_atoms=500 * 10**6),
                Tradable(asset=2, atoms_min=10_000, large_atoms=10**8),
            ),
            pay_ns_min=MINUTES,
            pay_ns_max=60 * MINUTES,
            release_ns=60 * MINUTES,
            evidence_ns=2 * HOURS,
            aftermath_ns=7 * DAY_NS,
            index_ns=5 * MINUTES,
            bond_asset=1,
            slash_atoms=30 * 10**6,
        )
        return msgspec.structs.replace(usual, **changed)

    def trader(self, name: str, person: int = 0) -> "Trader":
        """Enrolled, with some of everything. person: 0 for one of his own"""
        account = self.account(name)
        chain = self.play.accounts["issuer:vUSD"]
        for code, units in _FIRST_UNITS.items():
            asset = self.play.assets[code]
            self.play.hot(transfer(chain, account, asset, units * 10 ** SCALES[code], self.reference()))
        self._people += 1
        self.do(p2p.EnrolTrader(reference=self.reference(), account=account, person=person or self._people))
        return Trader(self, name, account)

    def passes(self, ns: int) -> list[Event]:
        """Time goes by; what it did."""
        self.later(ns)
        events = self.play.cold(NoteClockJump(reference=self.reference(), by_ns=0))
        return [event for event in events if event.flags & EventFlag.TIMER]

    def price(self, asset: str, fiat: str, price: str) -> None:
        """The exchange notes it."""
        number = p2p.IndexPrice(asset=self.play.assets[asset], fiat=fiat, price=priced(price))
        self.do(p2p.NoteIndex(reference=self.reference(), prices=(number,)))

    def order(self, number: int) -> Any:
        """As the model knows it, which agrees with the core."""
        return self.play.model.affairs.p2p.market.orders[number]

    def state(self, number: int) -> OrderState:
        return OrderState(self.order(number).state)

    def knows(self, number: int) -> bool:
        return number in self.play.model.affairs.p2p.market.orders

    def house_has(self, asset: str = "USDT") -> str:
        return told(self.play.model.ledger.free[HOUSE, self.play.assets[asset]], asset)

    # Arbiters.

    def by_seats(self, command: PlainCommand, *seats: int) -> list[Event]:
        """With the approvals of these of the arbiter's seats."""
        return self.play.cold(approved(command, *self._approvals(command, seats)))

    def _approvals(self, command: PlainCommand, seats: tuple[int, ...]) -> tuple[Approval, ...]:
        people, until_ns = ALL_BODIES[ARBITER].people, self.time_ns + 5 * MINUTES
        return tuple(approval(command, ARBITER, seat, people[seat], until_ns) for seat in seats)

    def verdict(self, number: int, buyer: int, at_fault: Party = Party.NOBODY) -> p2p.DecideDispute:
        """buyer: whole units of the order's asset"""
        return p2p.DecideDispute(
            reference=self.reference(),
            order=number,
            buyer_atoms=buyer * 10 ** list(SCALES.values())[self.order(number).asset],
            at_fault=at_fault,
            grounds_hash=PROOF,
            chat=b"",
        )

    def decide(self, number: int, buyer: int, at_fault: Party = Party.NOBODY, seats: tuple[int, ...] = (0,)) -> Event:
        return applied(self.by_seats(self.verdict(number, buyer, at_fault), *seats))

    def relock(self, number: int) -> Event:
        """An arbiter lets a claim; `order_id` is the new order."""
        return applied(self.by_seats(p2p.RelockEscrow(reference=self.reference(), order=number), 0))

    def refuse_claim(self, number: int) -> Event:
        return applied(self.by_seats(p2p.RefuseClaim(reference=self.reference(), order=number, grounds_hash=PROOF), 0))

    def sanction(self, trader: "Trader", ns: int) -> Event:
        command = p2p.SanctionTrader(
            reference=self.reference(), account=trader.account, until_ns=self.time_ns + ns, grounds="stalled six buyers"
        )
        return applied(self.play.cold(approved(command, *approvals_of(command, self.time_ns, ARBITER))))


@dataclass(frozen=True, slots=True)
class Trader:
    """Somebody who does what a story tells of him. Amounts are whole units."""

    stage: P2pStage
    name: str
    account: int

    def has(self, asset: str = "USDT") -> str:
        """What is free, in units."""
        return told(self.stage.play.model.ledger.free[self.account, self.stage.play.assets[asset]], asset)

    def holds(self, asset: str = "USDT") -> str:
        return told(self.stage.play.model.ledger.held[self.account, self.stage.play.assets[asset]], asset)

    def offer(
        self, units: int, *, side: int = 1, asset: str = "USDT", at: str = "7.20", **changed: Any
    ) -> p2p.PostAdvert:
        usual = p2p.PostAdvert(
            reference=self.stage.reference(),
            account=self.account,
            side=side,
            asset=self.stage.play.assets[asset],
            fiat="CNY",
            atoms=units * 10 ** SCALES[asset],
            fiat_min=1,
            fiat_max=10**12,
            price=priced(at),
            margin_ppm=0,
            pay_ns=30 * MINUTES,
            methods=(1, 2),
            text_hash=TEXT,
        )
        return msgspec.structs.replace(usual, **changed)

    def sells(self, units: int, **how: Any) -> int:
        """An advert; its number."""
        return self.stage.do(self.offer(units, **how)).order_id

    def buys(self, units: int, **how: Any) -> int:
        return self.stage.do(self.offer(units, side=0, **how)).order_id

    def edit(self, advert: int, units: int, **changed: Any) -> p2p.EditAdvert:
        fields = msgspec.structs.asdict(self.offer(units, **changed))
        del fields["side"], fields["asset"], fields["fiat"]
        return p2p.EditAdvert(advert=advert, **fields)

    def puts(self, advert: int, state: AdvertState) -> Event:
        return self.stage.do(
            p2p.SetAdvertState(reference=self.stage.reference(), advert=advert, account=self.account, state=state)
        )

    def taking(self, advert: int, units: int, *, asset: str = "USDT", **changed: Any) -> p2p.TakeAdvert:
        found = self.stage.play.model.affairs.p2p.market.adverts.get(advert)
        usual = p2p.TakeAdvert(
            reference=self.stage.reference(),
            advert=advert,
            account=self.account,
            amount=units * 10 ** SCALES[asset],
            in_fiat=0,
            price_limit=1 if found and found.side == 0 else 2**62,
            method=1,
            payer_hash=PAYER,
            payee_hash=PAYEE,
            retain_days=1,
            terms_hash=TEXT,
        )
        return msgspec.structs.replace(usual, **changed)

    def takes(self, advert: int, units: int, **how: Any) -> int:
        """An order; its number."""
        return self.stage.do(self.taking(advert, units, **how)).order_id

    def cannot_take(self, advert: int, units: int, **how: Any) -> Reject:
        return self.stage.reject(self.taking(advert, units, **how))

    def _asks(self, kind: type[Any], order: int, fields: dict[str, Any]) -> PlainCommand:
        said = _USUAL.get(kind, {}) | {"chat": b""} | fields
        command: PlainCommand = kind(reference=self.stage.reference(), order=order, account=self.account, **said)
        return command

    def does(self, kind: type[Any], order: int, **fields: Any) -> list[Event]:
        events = self.stage.ask(self._asks(kind, order, fields))
        applied(events)
        return events

    def cannot(self, kind: type[Any], order: int, **fields: Any) -> Reject:
        return reject_of(self.stage.ask(self._asks(kind, order, fields)))

    def pays(self, order: int, fiat: int = 0) -> None:
        """Says so, at least."""
        self.does(p2p.MarkPaid, order, fiat=fiat)

    def names(self, wallet: int, fiat: str = "CNY") -> p2p.NameWallet:
        return p2p.NameWallet(reference=self.stage.reference(), account=self.account, fiat=fiat, wallet=wallet)

    def pays_from(self, wallet: int, order: int) -> list[Event]:
        """What is due, against what is in escrow."""
        return self.does(p2p.PayEscrow, order, wallet=wallet)

    def cannot_pay_from(self, wallet: int, order: int) -> Reject:
        return self.cannot(p2p.PayEscrow, order, wallet=wallet)

    def releases(self, order: int) -> None:
        self.does(p2p.ReleaseEscrow, order)

    def cancels(self, order: int, reason: CancelReason = CancelReason.CHANGED_MIND) -> None:
        self.does(p2p.CancelEscrow, order, reason=reason)

    def appeals(self, order: int, ground: Ground = Ground.NOT_RELEASED, evidence: bytes = b"") -> Event:
        return self.does(p2p.OpenAppeal, order, ground=ground, evidence_hash=evidence)[-1]

    def proves(self, order: int) -> None:
        self.does(p2p.SubmitEvidence, order)

    def offers_split(self, order: int, buyer: int) -> list[Event]:
        """buyer: whole USDT"""
        return self.does(p2p.OfferSplit, order, buyer_atoms=buyer * 10 ** SCALES["USDT"])

    def posts_bond(self, units: int) -> None:
        self.stage.do(p2p.PostBond(reference=self.stage.reference(), account=self.account, atoms=units * 10**6))

    def bond_back(self, units: int) -> p2p.WithdrawBond:
        return p2p.WithdrawBond(reference=self.stage.reference(), account=self.account, atoms=units * 10**6)


def priced(text: str) -> int:
    """A price with at most eight decimals."""
    whole, _, fraction = text.partition(".")
    return int(whole) * PRICE_UNIT + int(fraction.ljust(8, "0") or 0)


def told(atoms: int, asset: str) -> str:
    """Units as a decimal, without zeros that say nothing."""
    whole, rest = divmod(atoms, 10 ** SCALES[asset])
    decimals = f"{rest:0{SCALES[asset]}d}".rstrip("0") if rest else ""
    return f"{whole}.{decimals}" if decimals else str(whole)


def applied(events: list[Event]) -> Event:
    """The own event of what must not have been refused."""
    own = events[-1]
    assert own.kind != EventKind.REJECTED, Reject(own.reason).name
    return own
