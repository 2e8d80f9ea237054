"""What there is in the market between people, and how money moves in it. Source: docs/rules/p2p.md.

Numbers of adverts and orders are sequences. Nothing here asks the table of records/p2p_states.py: it is an opinion of
its own.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from venus.model.events import event
from venus.model.issuance import Issuance
from venus.model.ledger import Ledger
from venus.records.commands import HOUSE_ACCOUNT
from venus.records.events import Event, EventFlag, EventKind
from venus.records.p2p import EditAdvert, Fiat, PostAdvert, SetP2pTerms, Tradable
from venus.records.p2p_states import AdvertState, Ending, Ground, OrderState, Party, Spoke
from venus.records.rejects import Reject

MILLION = 10**6
NO_OFFER = -1


@dataclass(slots=True)
class Trader:
    person: int
    until_ns: int = 0  # sanctioned


@dataclass(slots=True)
class Advert:
    number: int
    account: int
    side: int  # 0 buys, 1 sells
    asset: int
    fiat: str
    terms: PostAdvert | EditAdvert  # as they are now, but for atoms
    atoms: int
    fee_ppm: int
    bound: int = 0
    state: int = AdvertState.ONLINE


@dataclass(slots=True)
class Bond:
    asset: int
    atoms: int


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be paid from a wallet."""

    fiat: str
    asset: int
    atoms: int
    wallet: int


@dataclass(slots=True)
class Order:
    """`terms` are those under which it was opened; of a relocked order those of the one that it relocks."""

    number: int
    terms: SetP2pTerms
    asset: int
    atoms: int
    locked_first: int
    buyer: int
    seller: int
    holder: int  # whose balance holds what is locked
    maker: int  # of the two
    buyer_ppm: int
    seller_ppm: int
    large_atoms: int
    pay_due_ns: int
    due_ns: int
    relocks: int = 0
    state: OrderState = OrderState.OPEN
    late: bool = False
    cancel_asked: bool = False
    locked_again: bool = False
    appealed_by: Party = Party.NOBODY
    spoke: Spoke = Spoke.NONE
    offers: dict[Party, int] = field(default_factory=dict)
    buyer_atoms: int = 0  # that it was settled with
    claimant: Party = Party.NOBODY
    due: Due | None = None  # None: it is not paid from a wallet

    @property
    def ended(self) -> bool:
        return self.state in (OrderState.COMPLETED, OrderState.CANCELLED)

    @property
    def locked(self) -> int:
        """What is held for it now."""
        return 0 if self.ended else self.locked_first

    @property
    def in_dispute(self) -> bool:
        return self.state is OrderState.DISPUTED

    def account_of(self, party: Party) -> int:
        return self.buyer if party is Party.BUYER else self.seller

    def party_of(self, account: int) -> Party:
        return {self.seller: Party.SELLER, self.buyer: Party.BUYER}.get(account, Party.NOBODY)


@dataclass(slots=True)
class Market:
    ledger: Ledger
    issuance: Issuance
    time_ns: int = 0
    terms: SetP2pTerms | None = None
    traders: dict[int, Trader] = field(default_factory=dict)
    index: dict[tuple[int, str], tuple[int, int]] = field(default_factory=dict)  # price, when it was noted
    adverts: dict[int, Advert] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    bonds: dict[int, Bond] = field(default_factory=dict)
    named: dict[tuple[int, str], int] = field(default_factory=dict)  # wallets, by account and fiat

    def tradable(self, asset: int) -> Tradable | None:
        assert self.terms is not None
        return next((one for one in self.terms.assets if one.asset == asset), None)

    def fiat(self, code: str) -> Fiat | None:
        assert self.terms is not None
        return next((one for one in self.terms.fiats if one.code == code), None)

    def refusal_of_account(self, account: int) -> Reject:
        if not self.ledger.is_open(account):
            return Reject.UNKNOWN_ACCOUNT
        return Reject.NONE if self.ledger.trades(account) else Reject.ACCOUNT_UNSUITED

    def refusal_of_standing(self, account: int) -> Reject:
        """Why it is not a trader in good standing."""
        if account not in self.traders:
            return Reject.NOT_A_TRADER
        if self.time_ns < self.traders[account].until_ns:
            return Reject.TRADER_SANCTIONED
        return Reject.ACCOUNT_FROZEN if self.ledger.accounts[account].frozen else Reject.NONE

    def held_atoms(self) -> dict[tuple[int, int], int]:
        """What it holds, by account and asset."""
        held: defaultdict[tuple[int, int], int] = defaultdict(int)
        for advert in self.adverts.values():
            held[advert.account, advert.asset] += advert.bound
        for order in self.orders.values():
            held[order.holder, order.asset] += order.locked
        for account, bond in self.bonds.items():
            held[account, bond.asset] += bond.atoms
        return held

    def check(self) -> None:
        """What must hold after every command."""
        for advert in self.adverts.values():
            needed = advert.atoms + fee_of(advert.atoms, advert.fee_ppm) if advert.side else 0
            assert advert.bound >= needed, advert
            assert advert.side or advert.bound == 0, advert
        for order in self.orders.values():
            assert order.locked >= (0 if order.ended else order.atoms), order
            assert order.claimant is Party.NOBODY or order.ended, order
            assert order.due is None or (not order.in_dispute and order.claimant is Party.NOBODY), order
        assert all(bond.atoms > 0 for bond in self.bonds.values())

    # Money. Each tells what it did.

    def bind(self, sequence: int, account: int, asset: int, atoms: int) -> list[Event]:
        """From free to held, back if negative; nothing of 0."""
        return [self.issuance.hold(sequence, account, asset, atoms)] if atoms else []

    def pay(self, sequence: int, debit: int, credit: int, asset: int, atoms: int) -> list[Event]:
        return [self.issuance.pay(sequence, debit, credit, asset, atoms)] if atoms else []

    def end(self, sequence: int, order: Order, buyer_atoms: int, ending: Ending) -> list[Event]:
        """Settle it: the last event is ESCROW_COMPLETED or ESCROW_CANCELLED."""
        locked, buyer_fee, seller_fee = order.locked, 0, 0
        happened = self.bind(sequence, order.holder, order.asset, -locked)
        if order.relocks:
            to_other = buyer_atoms if order.holder == order.seller else order.atoms - buyer_atoms
            other = order.buyer if order.holder == order.seller else order.seller
            happened += self.pay(sequence, order.holder, other, order.asset, to_other)
        else:
            buyer_fee, seller_fee = fee_of(buyer_atoms, order.buyer_ppm), fee_of(buyer_atoms, order.seller_ppm)
            happened += self.pay(sequence, order.seller, order.buyer, order.asset, buyer_atoms - buyer_fee)
            happened += self.pay(sequence, order.seller, HOUSE_ACCOUNT, order.asset, buyer_fee + seller_fee)
        order.buyer_atoms, order.cancel_asked = buyer_atoms, False
        order.state = OrderState.COMPLETED if buyer_atoms else OrderState.CANCELLED
        order.due_ns = self.time_ns + order.terms.aftermath_ns
        taker_buys = order.maker == order.seller
        told = event(
            EventKind.ESCROW_COMPLETED if buyer_atoms else EventKind.ESCROW_CANCELLED,
            sequence,
            order_id=order.number,
            account=order.buyer,
            maker_account=order.seller,
            symbol=order.asset,
            quantity_lots=buyer_atoms,
            remaining_lots=locked - buyer_atoms - seller_fee,
            taker_fee_atoms=buyer_fee if taker_buys else seller_fee,
            maker_fee_atoms=seller_fee if taker_buys else buyer_fee,
            price_ticks=order.late,
            reason=ending,
        )
        return [*happened, told]

    def dispute(self, sequence: int, order: Order, by: Party, ground: int, with_evidence: bool) -> list[Event]:
        order.state, order.due_ns = OrderState.DISPUTED, self.time_ns + order.terms.evidence_ns
        order.appealed_by, order.offers = by, {}
        order.spoke = spoken_by(by) if with_evidence else Spoke.NONE
        return [
            event(
                EventKind.DISPUTE_OPENED,
                sequence,
                order_id=order.number,
                account=order.account_of(Party.BUYER if by is Party.CLOCK else by),
                reason=ground,
                price_ticks=order.due_ns,
            )
        ]

    def slash(self, sequence: int, order: Order, party: Party) -> list[Event]:
        account = order.account_of(party)
        other = order.seller if party is Party.BUYER else order.buyer
        bond = self.bonds.get(account)
        atoms = min(order.terms.slash_atoms, bond.atoms) if bond else 0
        if bond is None or atoms == 0:
            return []
        happened = self._unbond(sequence, account, atoms)
        happened += self.pay(sequence, account, other, bond.asset, atoms // 2)
        happened += self.pay(sequence, account, HOUSE_ACCOUNT, bond.asset, atoms - atoms // 2)
        fields = {"symbol": bond.asset, "quantity_lots": atoms, "remaining_lots": bond.atoms}
        told = event(
            EventKind.BOND_SLASHED, sequence, order_id=order.number, account=account, maker_account=other, **fields
        )
        return [*happened, told]

    def give_bond_back(self, sequence: int, account: int, atoms: int, reason: int) -> list[Event]:
        bond = self.bonds[account]
        happened = self._unbond(sequence, account, atoms)
        fields = {"symbol": bond.asset, "quantity_lots": atoms, "remaining_lots": bond.atoms}
        return [*happened, event(EventKind.BOND_WITHDRAWN, sequence, account=account, reason=reason, **fields)]

    def _unbond(self, sequence: int, account: int, atoms: int) -> list[Event]:
        bond = self.bonds[account]
        bond.atoms -= atoms
        if bond.atoms == 0:
            del self.bonds[account]
        return self.bind(sequence, account, bond.asset, -atoms)

    def close(self, sequence: int, advert: Advert) -> list[Event]:
        """Give back what it binds, for good."""
        del self.adverts[advert.number]
        advert.state = AdvertState.CLOSED
        happened = self.bind(sequence, advert.account, advert.asset, -advert.bound)
        return [*happened, advert_state_set(sequence, advert, advert.bound)]

    # What a lawful order reaches.

    def give_way(self, sequence: int, account: int, asset: int, wanted: int) -> list[Event]:
        """Unbind of this account and asset until so much is free, if there is so much."""
        happened, free = list[Event](), self.ledger.free
        for number in sorted(self.adverts, reverse=True):
            advert = self.adverts[number]
            if (advert.account, advert.asset) == (account, asset) and advert.bound and free[account, asset] < wanted:
                happened += self.close(sequence, advert)
        for number in sorted(self.orders, reverse=True):
            order = self.orders[number]
            is_his = (order.seller, order.asset, order.state) == (account, asset, OrderState.OPEN)
            if is_his and free[account, asset] < wanted:
                happened += self.end(sequence, order, 0, Ending.LAWFUL)
        bond, short = self.bonds.get(account), wanted - free[account, asset]
        is_open = any(account in (one.buyer, one.seller) and not one.ended for one in self.orders.values())
        if bond and bond.asset == asset and short > 0 and not is_open:
            happened += self.give_bond_back(sequence, account, min(bond.atoms, short), Ending.LAWFUL)
        return happened

    # What time does.

    def due(self) -> list[tuple[int, int, int]]:
        """Due time, class and number of all that time will do."""
        waits = [one for one in self.orders.values() if one.due_ns and one.claimant is Party.NOBODY]
        return [(one.due_ns, 7, one.number) for one in waits]

    def fire(self, sequence: int, number: int) -> list[Event]:
        if self.orders[number].ended:
            del self.orders[number]
            return []
        return [one._replace(flags=EventFlag.TIMER) for one in self._too_late(sequence, self.orders[number])]

    def would_take_of_frozen(self, order: Order, buyer_atoms: int) -> bool:
        """Whether so much for the buyer, which no arbiter decides, leaves a frozen holder less than he has."""
        loses = buyer_atoms if order.holder == order.seller else order.atoms - buyer_atoms
        return loses > 0 and self.ledger.accounts[order.holder].frozen

    def _too_late(self, sequence: int, order: Order) -> list[Event]:
        match order.state:
            case OrderState.OPEN:
                ended = self.end(sequence, order, 0, Ending.TIMED_OUT)
                return [*ended, *self.slash(sequence, order, Party.BUYER)]
            case OrderState.PAID:
                was_late, order.late = order.late, True
                happened = self.dispute(sequence, order, Party.CLOCK, Ground.RELEASE_LATE, with_evidence=False)
                return happened if was_late else [*happened, *self.slash(sequence, order, Party.SELLER)]
            case _:
                won = order.atoms if order.spoke == Spoke.BUYER else 0
                one_spoke = order.spoke in (Spoke.BUYER, Spoke.SELLER)
                if one_spoke and not self.would_take_of_frozen(order, won):
                    return self.end(sequence, order, won, Ending.SILENCE)
                order.due_ns = 0
                return [event(EventKind.DISPUTE_ESCALATED, sequence, order_id=order.number, reason=order.spoke)]


def spoken_by(party: Party) -> Spoke:
    return {Party.BUYER: Spoke.BUYER, Party.SELLER: Spoke.SELLER}.get(party, Spoke.NONE)


def advert_state_set(sequence: int, advert: Advert, given_back: int) -> Event:
    return event(
        EventKind.ADVERT_STATE_SET,
        sequence,
        order_id=advert.number,
        account=advert.account,
        side=advert.side,
        symbol=advert.asset,
        reason=advert.state,
        quantity_lots=given_back,
        remaining_lots=advert.atoms,
    )


def fee_of(atoms: int, ppm: int) -> int:
    return atoms * ppm // MILLION


def fiat_for(atoms: int, price: int, scale: int, exponent: int) -> int:
    """Minor units: whole assets times what one costs, a price being in 10^-8 of the currency."""
    whole, rest = divmod(atoms * price * 10**exponent, 10 ** (scale + 8))
    return whole + 1 if rest else whole


def atoms_for(fiat: int, price: int, scale: int, exponent: int) -> int:
    return fiat * 10 ** (scale + 8) // (price * 10**exponent)


def floated(index: int, margin_ppm: int) -> int:
    return index * margin_ppm // MILLION
