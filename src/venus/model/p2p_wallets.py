"""Orders between people that are paid from a wallet. Source: docs/rules/p2p.md, "Paid from a wallet"."""

from venus.model.currency import Currencies
from venus.model.events import event
from venus.model.issuance import Came
from venus.model.ledger import Ledger
from venus.model.p2p_market import Due, Market, Order
from venus.model.wallets import PAYS, Wallets
from venus.records.events import Event, EventKind
from venus.records.p2p import NameWallet, PayEscrow
from venus.records.p2p_states import Ending
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX

METHOD = 9_000


class WalletOrders:
    def __init__(self, ledger: Ledger, market: Market, currencies: Currencies, wallets: Wallets) -> None:
        self._ledger = ledger
        self._market = market
        self._currencies = currencies
        self._wallets = wallets

    def _decimals_more(self, wallet: int, fiat: str) -> int:
        """How many the wallet's currency has beyond the fiat's; -1: it is not for this fiat."""
        asset = self._wallets.by_account[wallet].currency.asset
        known = self._market.fiat(fiat)
        if known is None or self._currencies.all[asset].terms.currency != fiat:
            return -1
        return max(-1, self._ledger.assets[asset].scale - known.exponent)

    def name(self, sequence: int, command: NameWallet) -> Came:
        market, place, wallet = self._market, (command.account, command.fiat), command.wallet
        if reason := market.refusal_of_account(command.account) or market.refusal_of_standing(command.account):
            return reason
        if market.fiat(command.fiat) is None:
            return Reject.UNKNOWN_FIAT
        if wallet == 0:
            if place not in market.named:
                return Reject.NO_CHANGE
            before = market.named.pop(place)
            return 0, [self._told(sequence, command, before)]
        if reason := self._refusal_to_name(command):
            return reason
        market.named[place] = wallet
        return 0, [self._told(sequence, command, wallet)]

    def _refusal_to_name(self, command: NameWallet) -> Reject:
        market, wallet = self._market, command.wallet
        if not self._ledger.is_open(wallet):
            return Reject.UNKNOWN_COUNTERPARTY
        if wallet not in self._wallets.by_account:
            return Reject.NOT_A_WALLET
        if self._wallets.by_account[wallet].closed:
            return Reject.WALLET_CLOSED
        if self._decimals_more(wallet, command.fiat) < 0:
            return Reject.ACCOUNT_UNSUITED
        if market.named.get((command.account, command.fiat)) == wallet:
            return Reject.NO_CHANGE
        persons = {market.traders[account].person for (account, _), one in market.named.items() if one == wallet}
        return Reject.WALLET_TAKEN if persons - {market.traders[command.account].person} else Reject.NONE

    def _told(self, sequence: int, command: NameWallet, of: int) -> Event:
        asset = self._wallets.by_account[of].currency.asset
        fields = {"account": command.account, "maker_account": command.wallet, "symbol": asset}
        return event(EventKind.WALLET_NAMED, sequence, **fields)

    def due(self, seller: int, fiat: str, minor_units: int) -> Reject | Due:
        """What an order of so much is to be paid with."""
        wallet = self._market.named.get((seller, fiat))
        if wallet is None or self._wallets.by_account[wallet].closed:
            return Reject.NO_WALLET
        more = self._decimals_more(wallet, fiat)
        if more < 0:
            return Reject.NO_WALLET
        atoms = minor_units * 10**more
        if atoms > ATOMS_MAX:
            return Reject.AMOUNT_OUT_OF_RANGE
        return Due(fiat, self._wallets.by_account[wallet].currency.asset, atoms, wallet)

    def pay(self, sequence: int, command: PayEscrow, order: Order) -> Came:
        due, payer, wallets = order.due, command.wallet, self._wallets
        if due is None:
            return Reject.NOT_BY_WALLET
        if self._market.named.get((order.buyer, due.fiat)) != payer:
            return Reject.NO_WALLET
        if self._market.would_take_of_frozen(order, order.atoms):
            return Reject.ACCOUNT_FROZEN
        if wallets.by_account[payer].family is wallets.by_account[due.wallet].family:
            return Reject.INVALID_TRANSFER
        if reason := wallets.refusal(payer, due.wallet, due.asset, due.atoms, PAYS):
            return reason
        happened = wallets.pay(sequence, payer, due.wallet, due.asset, due.atoms, PAYS)
        fields = {"account": payer, "maker_account": due.wallet, "symbol": due.asset, "quantity_lots": due.atoms}
        happened.append(event(EventKind.ESCROW_PAID_BY_WALLET, sequence, order_id=order.number, **fields))
        return 0, [*happened, *self._market.end(sequence, order, order.atoms, Ending.PAID_BY_WALLET)]
