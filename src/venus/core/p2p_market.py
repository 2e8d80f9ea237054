"""State of the market between people, beside that of institutions and coins. Source: docs/rules/p2p.md."""

from typing import NamedTuple

import msgspec

from venus.records.p2p import DecideDispute, Fiat, RefuseClaim, RelockEscrow, SanctionTrader, SetP2pTerms, Tradable
from venus.records.p2p_states import ENDED, AdvertState, OrderState, Party


class Trader(msgspec.Struct):
    person: int
    until_ns: int  # of a sanction; 0: never had one, or it was lifted


class IndexNote(NamedTuple):
    price: int
    time_ns: int


class Advert(msgspec.Struct):
    account: int
    side: int
    asset: int
    fiat: str
    atoms: int  # left
    bound_atoms: int  # held for it; 0 if it buys
    fiat_min: int
    fiat_max: int
    price: int
    margin_ppm: int
    pay_ns: int
    methods: tuple[int, ...]
    text_hash: bytes
    fee_ppm: int  # of its maker, as the terms were
    state: AdvertState


class Escrow(msgspec.Struct):
    """An order: what is locked for it is held by `holder`, who is the seller unless it is a relocked one."""

    buyer: int
    seller: int
    maker: int  # of the two
    holder: int
    asset: int
    atoms: int
    locked_atoms: int  # with the seller's fee
    buyer_ppm: int
    seller_ppm: int
    release_ns: int  # this and the next four: as the terms were when it began
    evidence_ns: int
    aftermath_ns: int
    slash_atoms: int
    large_atoms: int
    relock_of: int  # the order that had ended; 0: none
    state: OrderState
    pay_due_ns: int
    due_ns: int  # of its state: to pay, to release, evidence, to be forgotten; 0: it waits for a person
    late: bool  # it was once not released in time
    cancel_asked: bool
    appealed_by: Party  # this and the next three: in a dispute that is under way
    spoke: int  # Spoke bits
    buyer_offer: int  # -1: none
    seller_offer: int
    buyer_got_atoms: int  # once it has ended, before his fee
    claimed_by: Party
    relocked: bool  # once a claim was let

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    def end_dispute(self) -> None:
        """Nothing that was said in it counts any more."""
        self.appealed_by, self.spoke = Party.NOBODY, 0
        self.buyer_offer = self.seller_offer = -1

    def party(self, account: int) -> Party:
        if account == self.buyer:
            return Party.BUYER
        return Party.SELLER if account == self.seller else Party.NOBODY

    def other(self, account: int) -> int:
        return self.seller if account == self.buyer else self.buyer


class WalletDue(msgspec.Struct, frozen=True):
    """What an order that is paid from a wallet asks for."""

    fiat: str
    asset: int  # a currency of this code
    atoms: int
    wallet: int  # the seller's


class Bond(msgspec.Struct):
    asset: int
    atoms: int


class Market(msgspec.Struct):
    """Adverts and orders are numbered by the sequence that made them; the dicts by account are kept, not told."""

    terms: SetP2pTerms | None
    traders: dict[int, Trader]  # by account
    index: dict[tuple[int, str], IndexNote]  # by asset and currency
    adverts: dict[int, Advert]  # that are not closed
    orders: dict[int, Escrow]  # that are not forgotten
    bonds: dict[int, Bond]  # by account; none of 0
    wallets: dict[tuple[int, str], int]  # that accounts have named, by account and fiat
    dues: dict[int, WalletDue]  # by order, of those that are paid from a wallet
    adverts_of: dict[int, dict[int, None]]  # by account, its numbers ascending
    orders_of: dict[int, dict[int, None]]

    def tradable(self, asset: int) -> Tradable | None:
        return next((one for one in self._terms.assets if one.asset == asset), None)

    def fiat(self, code: str) -> Fiat | None:
        return next((one for one in self._terms.fiats if one.code == code), None)

    @property
    def _terms(self) -> SetP2pTerms:
        assert self.terms is not None, "no command gets here without terms"
        return self.terms

    def judged(self, command: object) -> tuple[int, ...]:
        """Persons over whom a command decides, and so must not approve it."""
        accounts: tuple[int, ...] = ()
        if isinstance(command, SanctionTrader):
            accounts = (command.account,)
        elif isinstance(command, DecideDispute | RelockEscrow | RefuseClaim):
            order = self.orders[command.order]
            accounts = (order.buyer, order.seller)
        return tuple(self.traders[account].person for account in accounts if account in self.traders)

    # Adverts and orders come and go here alone, so that the dicts by account are right.

    def add_advert(self, number: int, advert: Advert) -> None:
        self.adverts[number] = advert
        self.adverts_of.setdefault(advert.account, {})[number] = None

    def remove_advert(self, number: int) -> None:
        _strike(self.adverts_of, self.adverts.pop(number).account, number)

    def add_order(self, number: int, order: Escrow) -> None:
        self.orders[number] = order
        for account in (order.buyer, order.seller):
            self.orders_of.setdefault(account, {})[number] = None

    def forget_order(self, number: int) -> None:
        order = self.orders.pop(number)
        self.dues.pop(number, None)
        for account in (order.buyer, order.seller):
            _strike(self.orders_of, account, number)


def _strike(numbers_of: dict[int, dict[int, None]], account: int, number: int) -> None:
    numbers = numbers_of[account]
    del numbers[number]
    if not numbers:
        del numbers_of[account]


def no_market() -> Market:
    return Market(
        terms=None,
        traders={},
        index={},
        adverts={},
        orders={},
        bonds={},
        wallets={},
        dues={},
        adverts_of={},
        orders_of={},
    )
