"""The market between people: terms, traders, prices, adverts, bonds, opening an order. Source: docs/rules/p2p.md."""

from collections.abc import Callable, Iterable
from typing import Any

from venus.model.currency import Currencies
from venus.model.events import event
from venus.model.institutions import Institutions, Needs
from venus.model.issuance import Came, Issuance, amount_refusal
from venus.model.ledger import Ledger
from venus.model.p2p_market import (
    Advert,
    Bond,
    Due,
    Market,
    Order,
    Trader,
    advert_state_set,
    atoms_for,
    fee_of,
    fiat_for,
    floated,
)
from venus.model.p2p_orders import Orders
from venus.model.p2p_wallets import METHOD, WalletOrders
from venus.model.wallets import Wallets
from venus.records import p2p as asked
from venus.records.approvals import Approval
from venus.records.commands import PlainCommand
from venus.records.events import Event, EventKind
from venus.records.institutions import Duty
from venus.records.p2p_states import AdvertState
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX

MOST = 2**62
MINUTE_NS = 60 * 10**9
FEE_PPM_MAX = 3_500
ADVERTS_MAX = 200
CAPITALS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
OF_ARBITERS = asked.SanctionTrader | asked.DecideDispute | asked.RelockEscrow | asked.RefuseClaim
OVER_AN_ORDER = asked.DecideDispute | asked.RelockEscrow | asked.RefuseClaim


class P2p:
    def __init__(
        self,
        ledger: Ledger,
        institutions: Institutions,
        issuance: Issuance,
        currencies: Currencies,
        wallets: Wallets,
    ) -> None:
        self.market = Market(ledger, issuance)
        self._ledger = ledger
        self._institutions = institutions
        self._by_wallet = WalletOrders(ledger, self.market, currencies, wallets)
        self._orders = Orders(self.market, self._by_wallet)

    # Who must approve.

    def unknown(self, command: PlainCommand) -> Reject:
        """Whether it can be told who must approve."""
        if isinstance(command, asked.SetP2pTerms):
            return Reject.NONE
        if self.market.terms is None:
            return Reject.NO_P2P_TERMS
        is_known = not isinstance(command, OVER_AN_ORDER) or command.order in self.market.orders
        return Reject.NONE if is_known else Reject.UNKNOWN_ESCROW

    def needs(self, command: PlainCommand, controls: int) -> Needs:
        """controls  the institution of AdoptControls, -1 if none"""
        if isinstance(command, asked.SetP2pTerms):
            return Needs() if controls < 0 else Needs((controls,))
        if not isinstance(command, OF_ARBITERS):
            return Needs()
        assert self.market.terms is not None
        arbiter = self.market.terms.arbiter
        if isinstance(command, asked.SanctionTrader):
            return Needs(one_of=(arbiter,) if controls < 0 else (arbiter, controls))
        order = self.market.orders[command.order]
        is_large = isinstance(command, asked.DecideDispute) and order.atoms >= order.large_atoms
        return Needs((arbiter,)) if is_large else Needs(seat_of=(arbiter,))

    def conflict(self, command: PlainCommand, approvals: Iterable[Approval]) -> Reject:
        """Nobody judges what is his own."""
        if not isinstance(command, OF_ARBITERS):
            return Reject.NONE
        accounts = [command.account] if isinstance(command, asked.SanctionTrader) else []
        if isinstance(command, OVER_AN_ORDER):
            order = self.market.orders[command.order]
            accounts = [order.buyer, order.seller]
        judged = [self.market.traders[one].person for one in accounts if one in self.market.traders]
        for approval in approvals:
            if self._institutions.all[approval.institution].seats[approval.seat].terms.person in judged:
                return Reject.CONFLICT_OF_INTEREST
        return Reject.NONE

    # What comes of a command.

    def run(self, sequence: int, command: PlainCommand) -> Came:
        """The reason why not; or the number that was given, and all that happened, the command's own event last."""
        if isinstance(command, asked.SetP2pTerms):
            return self._set_terms(sequence, command)
        handlers: dict[type, Callable[[int, Any], Came]] = {
            asked.EnrolTrader: self._enrol,
            asked.SanctionTrader: self._sanction,
            asked.NoteIndex: self._note_index,
            asked.PostAdvert: self._post,
            asked.EditAdvert: self._edit,
            asked.SetAdvertState: self._set_state,
            asked.TakeAdvert: self._take,
            asked.PostBond: self._post_bond,
            asked.WithdrawBond: self._withdraw_bond,
            asked.NameWallet: self._by_wallet.name,
        }
        if type(command) in handlers:
            return handlers[type(command)](sequence, command)
        return self._orders.run(sequence, command)

    def _set_terms(self, sequence: int, terms: asked.SetP2pTerms) -> Came:
        if reason := self._refusal_of_terms(terms):
            return reason
        self.market.terms = terms
        return 0, [event(EventKind.P2P_TERMS_SET, sequence, order_id=terms.arbiter)]

    def _refusal_of_terms(self, terms: asked.SetP2pTerms) -> Reject:
        if not self._institutions.is_known(terms.arbiter):
            return Reject.UNKNOWN_INSTITUTION
        if not self._institutions.all[terms.arbiter].has(Duty.ARBITER):
            return Reject.WRONG_DUTY
        if not 0 <= terms.maker_fee_ppm <= FEE_PPM_MAX or not 0 <= terms.taker_fee_ppm <= FEE_PPM_MAX:
            return Reject.FEE_OUT_OF_RANGE
        codes = [one.code for one in terms.fiats]
        well_named = all(len(code) == 3 and set(code) <= CAPITALS for code in codes) and len(set(codes)) == len(codes)
        if not 1 <= len(codes) <= 64 or not well_named or not all(0 <= one.exponent <= 4 for one in terms.fiats):
            return Reject.INVALID_COMMAND
        before = {one.code: one.exponent for one in self.market.terms.fiats} if self.market.terms else {}
        if any(before.get(one.code, one.exponent) != one.exponent for one in terms.fiats):
            return Reject.INVALID_COMMAND
        if not 1 <= len(terms.assets) <= 64:
            return Reject.INVALID_COMMAND
        for place, one in enumerate(terms.assets):
            if reason := self._refusal_of_asset(one.asset):
                return reason
            is_new = one.asset not in [other.asset for other in terms.assets[:place]]
            if not is_new or not 1 <= one.atoms_min <= one.large_atoms <= ATOMS_MAX:
                return Reject.INVALID_COMMAND
        times = (terms.pay_ns_min, terms.pay_ns_max, terms.release_ns, terms.evidence_ns, terms.aftermath_ns)
        if not all(MINUTE_NS <= one <= MOST for one in (*times, terms.index_ns)):
            return Reject.INVALID_COMMAND
        if terms.pay_ns_min > terms.pay_ns_max:
            return Reject.INVALID_COMMAND
        if reason := self._refusal_of_asset(terms.bond_asset):
            return reason
        return Reject.NONE if 0 <= terms.slash_atoms <= ATOMS_MAX else Reject.INVALID_COMMAND

    def _refusal_of_asset(self, asset: int) -> Reject:
        if not self._ledger.is_listed(asset):
            return Reject.UNKNOWN_ASSET
        return Reject.COIN_SUPPLY if self._ledger.assets[asset].is_reserves else Reject.NONE

    def _enrol(self, sequence: int, command: asked.EnrolTrader) -> Came:
        if reason := self.market.refusal_of_account(command.account):
            return reason
        if not 1 <= command.person <= MOST:
            return Reject.INVALID_COMMAND
        if command.account in self.market.traders:
            return Reject.NO_CHANGE
        self.market.traders[command.account] = Trader(command.person)
        return 0, [event(EventKind.TRADER_ENROLLED, sequence, account=command.account, order_id=command.person)]

    def _sanction(self, sequence: int, command: asked.SanctionTrader) -> Came:
        time_ns = self.market.time_ns
        if reason := self.market.refusal_of_account(command.account):
            return reason
        if command.account not in self.market.traders:
            return Reject.NOT_A_TRADER
        trader = self.market.traders[command.account]
        if command.until_ns != 0 and not time_ns < command.until_ns <= MOST:
            return Reject.INVALID_COMMAND
        if not 1 <= len(command.grounds) <= 256:
            return Reject.INVALID_COMMAND
        if command.until_ns == 0 and trader.until_ns <= time_ns:
            return Reject.NO_CHANGE
        trader.until_ns = command.until_ns
        return 0, [event(EventKind.TRADER_SANCTIONED, sequence, account=command.account, price_ticks=command.until_ns)]

    def _note_index(self, sequence: int, command: asked.NoteIndex) -> Came:
        if not 1 <= len(command.prices) <= 4_096:
            return Reject.INVALID_COMMAND
        noted = dict[tuple[int, str], tuple[int, int]]()
        for one in command.prices:
            if self.market.tradable(one.asset) is None:
                return Reject.NOT_TRADABLE
            if self.market.fiat(one.fiat) is None:
                return Reject.UNKNOWN_FIAT
            if not 1 <= one.price <= MOST or (one.asset, one.fiat) in noted:
                return Reject.INVALID_COMMAND
            noted[one.asset, one.fiat] = one.price, self.market.time_ns
        self.market.index |= noted
        return 0, [event(EventKind.INDEX_NOTED, sequence, quantity_lots=len(noted))]

    # Adverts.

    def _refusal_of_advert(self, asset: int, fiat: str, terms: asked.PostAdvert | asked.EditAdvert) -> Reject:
        """Field by field, from the asset on."""
        market = self.market
        assert market.terms is not None
        tradable = market.tradable(asset)
        if tradable is None:
            return Reject.NOT_TRADABLE
        if market.fiat(fiat) is None:
            return Reject.UNKNOWN_FIAT
        if not tradable.atoms_min <= terms.atoms <= ATOMS_MAX:
            return Reject.AMOUNT_OUT_OF_RANGE
        is_fixed = terms.margin_ppm == 0 and 1 <= terms.price <= MOST
        floats = terms.price == 0 and 500_000 <= terms.margin_ppm <= 2_000_000
        methods = list(terms.methods)
        fits = (
            1 <= terms.fiat_min <= terms.fiat_max <= MOST
            and (is_fixed or floats)
            and market.terms.pay_ns_min <= terms.pay_ns <= market.terms.pay_ns_max
            and 1 <= len(methods) <= 16
            and methods == sorted(set(methods))
            and all(1 <= method <= 9_999 for method in methods)
            and len(terms.text_hash) == 32
        )
        return Reject.NONE if fits else Reject.INVALID_COMMAND

    def _post(self, sequence: int, command: asked.PostAdvert) -> Came:
        market, account = self.market, command.account
        assert market.terms is not None
        if reason := market.refusal_of_account(account):
            return reason
        if command.side not in (0, 1):
            return Reject.INVALID_COMMAND
        if reason := self._refusal_of_advert(command.asset, command.fiat, command):
            return reason
        if reason := market.refusal_of_standing(account):
            return reason
        if sum(one.account == account for one in market.adverts.values()) >= ADVERTS_MAX:
            return Reject.TOO_MANY_ORDERS
        fee_ppm = market.terms.maker_fee_ppm
        bound = command.atoms + fee_of(command.atoms, fee_ppm) if command.side else 0
        if bound > self._ledger.free[account, command.asset]:
            return Reject.INSUFFICIENT_FREE
        place = (sequence, account, command.side, command.asset, command.fiat)
        advert = market.adverts[sequence] = Advert(*place, command, command.atoms, fee_ppm, bound)
        return sequence, [
            *market.bind(sequence, account, command.asset, bound),
            _told(EventKind.ADVERT_POSTED, sequence, advert, price_ticks=command.price),
        ]

    def _edit(self, sequence: int, command: asked.EditAdvert) -> Came:
        market = self.market
        assert market.terms is not None
        advert = market.adverts.get(command.advert)
        if advert is None:
            return Reject.UNKNOWN_ADVERT
        if advert.account != command.account:
            return Reject.NOT_A_PARTY
        reason = self._refusal_of_advert(advert.asset, advert.fiat, command) or market.refusal_of_standing(
            command.account
        )
        if reason:
            return reason
        fee_ppm = market.terms.maker_fee_ppm
        bound = command.atoms + fee_of(command.atoms, fee_ppm) if advert.side else 0
        more = bound - advert.bound
        if more > self._ledger.free[advert.account, advert.asset]:
            return Reject.INSUFFICIENT_FREE
        advert.terms, advert.atoms, advert.fee_ppm, advert.bound = command, command.atoms, fee_ppm, bound
        return 0, [
            *market.bind(sequence, advert.account, advert.asset, more),
            _told(EventKind.ADVERT_EDITED, sequence, advert),
        ]

    def _set_state(self, sequence: int, command: asked.SetAdvertState) -> Came:
        market = self.market
        advert = market.adverts.get(command.advert)
        if advert is None:
            return Reject.UNKNOWN_ADVERT
        if advert.account != command.account:
            return Reject.NOT_A_PARTY
        if command.state not in set(AdvertState):
            return Reject.INVALID_COMMAND
        if command.state == advert.state:
            return Reject.NO_CHANGE
        if command.state == AdvertState.ONLINE and (reason := market.refusal_of_standing(command.account)):
            return reason
        if command.state == AdvertState.CLOSED:
            return 0, market.close(sequence, advert)
        advert.state = command.state
        return 0, [advert_state_set(sequence, advert, 0)]

    # Opening an order.

    def _take(self, sequence: int, command: asked.TakeAdvert) -> Came:
        market, account = self.market, command.account
        advert = market.adverts.get(command.advert)
        if advert is None:
            return Reject.UNKNOWN_ADVERT
        if reason := market.refusal_of_account(account) or market.refusal_of_standing(account):
            return reason
        if not _is_well_formed(command, maker_sells=advert.side == 1):
            return Reject.INVALID_COMMAND
        if reason := self._refusal_to_meet(command, advert):
            return reason
        price = self._price(advert)
        if not 1 <= price <= MOST:
            return Reject.NO_INDEX
        taker_buys = advert.side == 1
        if (price > command.price_limit) if taker_buys else (price < command.price_limit):
            return Reject.PRICE_MOVED
        atoms, fiat = self._amounts(command, advert, price)
        if reason := self._refusal_of_amounts(advert, atoms, fiat):
            return reason
        return self._open(sequence, command, advert, price, atoms, fiat)

    def _refusal_to_meet(self, command: asked.TakeAdvert, advert: Advert) -> Reject:
        """Whether this taker and this advert come together at all."""
        market = self.market
        if market.refusal_of_standing(advert.account) or advert.state != AdvertState.ONLINE:
            return Reject.ADVERT_NOT_ONLINE
        if market.tradable(advert.asset) is None:
            return Reject.NOT_TRADABLE
        if market.fiat(advert.fiat) is None:
            return Reject.UNKNOWN_FIAT
        if market.traders[advert.account].person == market.traders[command.account].person:
            return Reject.SAME_PERSON
        if command.terms_hash != advert.terms.text_hash:
            return Reject.ADVERT_CHANGED
        return Reject.NONE if command.method in advert.terms.methods else Reject.UNKNOWN_METHOD

    def _price(self, advert: Advert) -> int:
        """0: there is none."""
        market = self.market
        assert market.terms is not None
        if advert.terms.price:
            return advert.terms.price
        index, noted_ns = market.index.get((advert.asset, advert.fiat), (0, 0))
        is_good = index and market.time_ns < noted_ns + market.terms.index_ns
        return floated(index, advert.terms.margin_ppm) if is_good else 0

    def _amounts(self, command: asked.TakeAdvert, advert: Advert, price: int) -> tuple[int, int]:
        """Atoms and fiat."""
        fiat, scale = self.market.fiat(advert.fiat), self._ledger.assets[advert.asset].scale
        assert fiat is not None
        if command.in_fiat:
            return atoms_for(command.amount, price, scale, fiat.exponent), command.amount
        return command.amount, fiat_for(command.amount, price, scale, fiat.exponent)

    def _refusal_of_amounts(self, advert: Advert, atoms: int, fiat: int) -> Reject:
        tradable = self.market.tradable(advert.asset)
        assert tradable is not None
        if not tradable.atoms_min <= atoms <= ATOMS_MAX:
            return Reject.AMOUNT_OUT_OF_RANGE
        if not advert.terms.fiat_min <= fiat <= advert.terms.fiat_max:
            return Reject.OUTSIDE_LIMITS
        return Reject.ADVERT_SHORT if atoms > advert.atoms else Reject.NONE

    def _open(
        self, sequence: int, command: asked.TakeAdvert, advert: Advert, price: int, atoms: int, fiat: int
    ) -> Came:
        market, maker, taker = self.market, advert.account, command.account
        terms, tradable = market.terms, market.tradable(advert.asset)
        assert terms is not None and tradable is not None
        maker_ppm, taker_ppm = advert.fee_ppm, terms.taker_fee_ppm
        maker_sells = advert.side == 1
        due: Due | None = None
        if command.method == METHOD:
            found = self._by_wallet.due(maker if maker_sells else taker, advert.fiat, fiat)
            if isinstance(found, Reject):
                return found
            due = found
        locked = atoms + fee_of(atoms, maker_ppm if maker_sells else taker_ppm)
        happened = list[Event]()
        if maker_sells:
            advert.bound -= locked
        elif locked > self._ledger.free[taker, advert.asset]:
            return Reject.INSUFFICIENT_FREE
        else:
            happened += market.bind(sequence, taker, advert.asset, locked)
        advert.atoms -= atoms
        pay_due_ns = market.time_ns + advert.terms.pay_ns
        market.orders[sequence] = Order(
            number=sequence,
            terms=terms,
            asset=advert.asset,
            atoms=atoms,
            locked_first=locked,
            buyer=taker if maker_sells else maker,
            seller=maker if maker_sells else taker,
            holder=maker if maker_sells else taker,
            maker=maker,
            buyer_ppm=taker_ppm if maker_sells else maker_ppm,
            seller_ppm=maker_ppm if maker_sells else taker_ppm,
            large_atoms=tradable.large_atoms,
            pay_due_ns=pay_due_ns,
            due_ns=pay_due_ns,
            due=due,
        )
        opened = event(
            EventKind.ESCROW_OPENED,
            sequence,
            order_id=sequence,
            maker_order_id=advert.number,
            account=taker,
            maker_account=maker,
            side=0 if maker_sells else 1,
            symbol=advert.asset,
            quantity_lots=atoms,
            price_ticks=price,
            remaining_lots=fiat,
            taker_fee_atoms=fee_of(atoms, taker_ppm),
            maker_fee_atoms=fee_of(atoms, maker_ppm),
            hold_atoms=locked,
        )
        return sequence, [*happened, opened]

    # Bonds.

    def _post_bond(self, sequence: int, command: asked.PostBond) -> Came:
        market, account = self.market, command.account
        assert market.terms is not None
        asset = market.terms.bond_asset
        reason = market.refusal_of_account(account) or market.refusal_of_standing(account)
        if reason := reason or amount_refusal(command.atoms):
            return reason
        bond = market.bonds.get(account)
        if bond is not None and bond.asset != asset:
            return Reject.BOND_IN_USE
        if command.atoms > self._ledger.free[account, asset]:
            return Reject.INSUFFICIENT_FREE
        bond = market.bonds.setdefault(account, Bond(asset, 0))
        bond.atoms += command.atoms
        fields = {"symbol": asset, "quantity_lots": command.atoms, "remaining_lots": bond.atoms}
        return 0, [
            *market.bind(sequence, account, asset, command.atoms),
            event(EventKind.BOND_POSTED, sequence, account=account, **fields),
        ]

    def _withdraw_bond(self, sequence: int, command: asked.WithdrawBond) -> Came:
        market, account = self.market, command.account
        bond = market.bonds.get(account)
        if bond is None or not 1 <= command.atoms <= bond.atoms:
            return Reject.AMOUNT_OUT_OF_RANGE
        has_advert = any(one.account == account for one in market.adverts.values())
        has_order = any(account in (one.buyer, one.seller) for one in market.orders.values())
        if has_advert or has_order:
            return Reject.BOND_IN_USE
        return 0, market.give_bond_back(sequence, account, command.atoms, 0)


def _is_well_formed(command: asked.TakeAdvert, *, maker_sells: bool) -> bool:
    payee_fits = len(command.payee_hash) == 32 or (maker_sells and command.payee_hash == b"")
    return (
        command.in_fiat in (0, 1)
        and len(command.payer_hash) == len(command.terms_hash) == 32
        and payee_fits
        and (command.method != METHOD) <= command.retain_days <= 3
        and 1 <= command.price_limit <= MOST
        and 1 <= command.amount <= MOST
    )


def _told(kind: EventKind, sequence: int, advert: Advert, **fields: int) -> Event:
    return event(
        kind,
        sequence,
        order_id=advert.number,
        account=advert.account,
        side=advert.side,
        symbol=advert.asset,
        quantity_lots=advert.atoms,
        **fields,
    )
