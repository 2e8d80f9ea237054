"""Freezing, seizing and re-issuing under a lawful order. Source: docs/rules/lawful_orders.md."""

from venus.model.coins import DAY_NS, Coins, Lawful
from venus.model.currency import Currencies
from venus.model.events import event
from venus.model.holds import Holders
from venus.model.institutions import Institutions
from venus.model.issuance import Came, Issuance, amount_refusal
from venus.model.ledger import Ledger
from venus.model.p2p_market import Market
from venus.model.purposes import Purposes
from venus.model.spot import Spot
from venus.model.wallets import Wallets
from venus.records.coins import (
    AppealOrder,
    DecideAppeal,
    EnforceOrder,
    LawfulEnd,
    LawfulKind,
    LiftOrder,
    OrderLawful,
)
from venus.records.commands import AccountKind
from venus.records.currency import OrderOverCurrency
from venus.records.events import Event, EventKind
from venus.records.holds import Release
from venus.records.institutions import Duty
from venus.records.rejects import Reject

LONG_TEXT_MAX = 256
RULES_OF_REACH = 4
YEAR_NS = 366 * DAY_NS


class LawfulOrders:
    def __init__(
        self,
        coins: Coins,
        institutions: Institutions,
        ledger: Ledger,
        spot: Spot,
        issuance: Issuance,
        holders: Holders,
        *,
        currencies: Currencies,
        purposes: Purposes,
        wallets: Wallets,
        market: Market,
    ) -> None:
        self._coins = coins
        self._institutions = institutions
        self._ledger = ledger
        self._spot = spot
        self._issuance = issuance
        self._holders = holders
        self._currencies = currencies
        self._purposes = purposes
        self._wallets = wallets
        self._market = market

    def order(self, sequence: int, command: OrderLawful) -> Came:
        reason = self._refusal(command) or self._target_refusal(command)
        return reason or self._enter(sequence, command)

    def order_over_currency(self, sequence: int, command: OrderOverCurrency) -> Came:
        reason = self._refusal_of_currency(command) or self._target_refusal_of_currency(command)
        return reason or self._enter(sequence, command)

    def _enter(self, sequence: int, command: OrderLawful | OrderOverCurrency) -> Came:
        self._coins.lawful.append(Lawful(command, command.atoms))
        number = len(self._coins.lawful)
        return number, self._take(sequence, number)

    def _refusal(self, command: OrderLawful) -> Reject:
        """Everything but where to."""
        ledger = self._ledger
        is_authority = self._institutions.all[command.authority].has(Duty.AUTHORITY, Duty.SUPERVISOR)
        if not is_authority or command.second == command.authority:
            return Reject.WRONG_DUTY
        if command.order_kind not in set(LawfulKind):
            return Reject.INVALID_COMMAND
        if not ledger.is_open(command.account):
            return Reject.UNKNOWN_ACCOUNT
        if ledger.is_external(command.account) or command.account == self._escrow(command.coin):
            return Reject.ACCOUNT_UNSUITED
        return self._refusal_of_terms(command)

    def _refusal_of_terms(self, command: OrderLawful | OrderOverCurrency) -> Reject:
        if reason := amount_refusal(command.atoms):
            return reason
        is_timely = 0 < command.expires_ns - self._coins.time_ns <= YEAR_NS
        return Reject.NONE if 1 <= len(command.basis) <= LONG_TEXT_MAX and is_timely else Reject.INVALID_COMMAND

    def _target_refusal(self, command: OrderLawful) -> Reject:
        ledger, to = self._ledger, command.to_account
        if command.order_kind == LawfulKind.FREEZE:
            return Reject.NONE if to == command.frozen_by == 0 else Reject.INVALID_COMMAND
        if not ledger.is_open(to):
            return Reject.UNKNOWN_COUNTERPARTY
        if not ledger.trades(to) or to in (command.account, self._escrow(command.coin)):
            return Reject.ACCOUNT_UNSUITED
        if command.order_kind == LawfulKind.SEIZE and ledger.accounts[to].kind is not AccountKind.HOUSE:
            return Reject.ACCOUNT_UNSUITED
        return self._refusal_of_freeze(command, command.coin)

    def _refusal_of_freeze(self, command: OrderLawful | OrderOverCurrency, asset: int) -> Reject:
        if command.frozen_by == 0:
            return Reject.NONE
        freeze = self._coins.order(command.frozen_by)
        if freeze is None or freeze.end or freeze.terms.order_kind != LawfulKind.FREEZE:
            return Reject.UNKNOWN_LAWFUL_ORDER
        is_same = freeze.asset == asset and freeze.terms.account == command.account
        return Reject.NONE if is_same else Reject.UNKNOWN_LAWFUL_ORDER

    def _refusal_of_currency(self, command: OrderOverCurrency) -> Reject:
        """Everything but where to."""
        ledger, currency = self._ledger, self._currencies.all[command.currency]
        parties = [currency.terms.central_bank, *(one.terms.institution for one in currency.operators)]
        is_authority = self._institutions.all[command.authority].has(Duty.AUTHORITY, Duty.SUPERVISOR)
        if not is_authority or command.authority in (*parties, command.second):
            return Reject.WRONG_DUTY
        if command.order_kind not in (LawfulKind.FREEZE, LawfulKind.SEIZE):
            return Reject.INVALID_COMMAND
        if not ledger.is_open(command.account):
            return Reject.UNKNOWN_ACCOUNT
        if ledger.is_external(command.account) or command.account == currency.terms.offline_account:
            return Reject.ACCOUNT_UNSUITED
        return self._unsuited(command.account, command.currency) or self._refusal_of_terms(command)

    def _target_refusal_of_currency(self, command: OrderOverCurrency) -> Reject:
        ledger, to, currency = self._ledger, command.to_account, self._currencies.all[command.currency]
        if command.order_kind == LawfulKind.FREEZE:
            return Reject.NONE if to == command.frozen_by == 0 else Reject.INVALID_COMMAND
        if not ledger.is_open(to):
            return Reject.UNKNOWN_COUNTERPARTY
        others = [currency.terms.backing_account, currency.terms.offline_account, command.account]
        others += [one.terms.reserve_account for one in currency.operators]
        if ledger.accounts[to].kind not in (AccountKind.HOUSE, AccountKind.WALLET) or to in others:
            return Reject.ACCOUNT_UNSUITED
        return self._unsuited(to, command.currency) or self._refusal_of_freeze(command, command.currency)

    def _unsuited(self, account: int, asset: int) -> Reject:
        wallet = self._wallets.by_account.get(account)
        if wallet is None:
            return Reject.NONE
        if wallet.currency.asset != asset:
            return Reject.ACCOUNT_UNSUITED
        return Reject.WALLET_CLOSED if wallet.closed else Reject.NONE

    def _escrow(self, coin: int) -> int:
        return self._coins.coins[coin].terms.escrow_account

    def _take(self, sequence: int, number: int) -> list[Event]:
        """What there is of what the order wants."""
        order, happened = self._coins.lawful[number - 1], list[Event]()
        terms = order.terms
        account, coin = terms.account, order.asset
        if terms.frozen_by:
            freeze = self._coins.lawful[terms.frozen_by - 1]
            thawed = min(order.wanted_atoms, freeze.frozen_atoms)
            if thawed:
                freeze.frozen_atoms -= thawed
                happened.append(self._issuance.hold(sequence, account, coin, -thawed))
                fields = {"symbol": coin, "order_id": terms.frozen_by, "account": account, "quantity_lots": thawed}
                happened.append(event(EventKind.LAWFUL_THAWED, sequence, side=LawfulKind.FREEZE, **fields))
        if self._ledger.free[account, coin] < order.wanted_atoms:
            happened += self._spot.expire_all_of(sequence, account)
        if self._coins.rules >= RULES_OF_REACH:
            happened += self._unbind(sequence, account, coin, order.wanted_atoms)
        taken = min(order.wanted_atoms, self._ledger.free[account, coin])
        if taken == 0:
            return happened
        order.wanted_atoms -= taken
        match terms.order_kind:
            case LawfulKind.FREEZE:
                order.frozen_atoms += taken
                happened.append(self._issuance.hold(sequence, account, coin, taken))
            case LawfulKind.SEIZE:
                happened.append(self._issuance.pay(sequence, account, terms.to_account, coin, taken))
            case LawfulKind.REISSUE:  # of a coin alone
                issuer = self._coins.coins[coin].terms.issue_account
                happened.append(self._issuance.pay(sequence, account, issuer, coin, taken))
                happened.append(self._issuance.pay(sequence, issuer, terms.to_account, coin, taken))
        happened.append(
            event(
                EventKind.LAWFUL_TAKEN,
                sequence,
                symbol=coin,
                order_id=number,
                side=terms.order_kind,
                account=account,
                maker_account=terms.to_account,
                quantity_lots=taken,
                remaining_lots=order.wanted_atoms,
            )
        )
        if terms.order_kind != LawfulKind.FREEZE and order.wanted_atoms == 0:
            happened += self._end(sequence, number, LawfulEnd.FULFILLED)
        return happened

    def _unbind(self, sequence: int, account: int, coin: int, wanted_atoms: int) -> list[Event]:
        """The last bound first: trades whole; holds, redemptions or purposes as far as is needed; then as in p2p.md."""
        happened, holders, free = list[Event](), self._holders, self._ledger.free
        for number in sorted(holders.trades, reverse=True):
            trade = holders.trades[number]
            if (trade.account, trade.give_asset) == (account, coin) and free[account, coin] < wanted_atoms:
                happened += holders.end_trade(sequence, number, Release.LAWFUL)
        for number in sorted(holders.holds, reverse=True):
            hold = holders.holds[number]
            if (hold.terms.account, hold.terms.asset) == (account, coin) and free[account, coin] < wanted_atoms:
                happened += holders.loosen(sequence, number, min(hold.atoms, wanted_atoms - free[account, coin]))
        if coin in self._currencies.all:
            for number in sorted(self._purposes.all, reverse=True):
                given = self._purposes.all[number]
                if (given.terms.account, given.terms.asset) == (account, coin) and free[account, coin] < wanted_atoms:
                    short = wanted_atoms - free[account, coin]
                    happened += self._purposes.loosen(sequence, number, min(given.atoms, short))
            return [*happened, *self._market.give_way(sequence, account, coin, wanted_atoms)]
        for number, one in reversed(self._coins.queue(coin)):
            if one.account == account and free[account, coin] < wanted_atoms:
                atoms = min(one.atoms, wanted_atoms - free[account, coin])
                happened += self._issuance.give_back(sequence, number, atoms, Release.LAWFUL)
        happened += self._market.give_way(sequence, account, coin, wanted_atoms)
        return [*happened, *self._coins.settled(sequence, coin)]

    def _end(self, sequence: int, number: int, end: LawfulEnd, flags: int = 0) -> list[Event]:
        """The last event is LAWFUL_ENDED."""
        order, happened = self._coins.lawful[number - 1], []
        given_back, order.frozen_atoms, order.end = order.frozen_atoms, 0, end
        if given_back:
            happened.append(self._issuance.hold(sequence, order.terms.account, order.asset, -given_back))
        ended = event(
            EventKind.LAWFUL_ENDED,
            sequence,
            symbol=order.asset,
            order_id=number,
            side=order.terms.order_kind,
            account=order.terms.account,
            quantity_lots=given_back,
            reason=end,
        )
        return [one._replace(flags=flags) for one in [*happened, ended]]

    def expire(self, sequence: int, number: int, flags: int) -> list[Event]:
        return self._end(sequence, number, LawfulEnd.EXPIRED, flags)

    def enforce(self, sequence: int, command: EnforceOrder) -> Came:
        order = self._coins.lawful[command.order - 1]
        if order.end:
            return Reject.ORDER_ENDED
        target = self._wallets.by_account.get(order.terms.to_account)
        if order.terms.order_kind == LawfulKind.SEIZE and target is not None and target.closed:
            return Reject.WALLET_CLOSED
        happened = self._take(sequence, command.order)
        return (0, happened) if happened else Reject.NO_CHANGE

    def lift(self, sequence: int, command: LiftOrder) -> Came:
        if self._coins.lawful[command.order - 1].end:
            return Reject.ORDER_ENDED
        return 0, self._end(sequence, command.order, LawfulEnd.LIFTED)

    def appeal(self, sequence: int, command: AppealOrder) -> Came:
        order = self._coins.order(command.order)
        if order is None:
            return Reject.UNKNOWN_LAWFUL_ORDER
        if order.terms.account != command.account:
            return Reject.NOT_A_PARTY
        if order.end:
            return Reject.ORDER_ENDED
        if order.appealed:
            return Reject.APPEAL_PENDING
        if not 1 <= len(command.text) <= LONG_TEXT_MAX:
            return Reject.INVALID_COMMAND
        order.appealed = True
        return 0, []

    def decide(self, sequence: int, command: DecideAppeal) -> Came:
        order = self._coins.lawful[command.order - 1]
        if order.end:
            return Reject.ORDER_ENDED
        if not order.appealed:
            return Reject.NO_APPEAL
        if command.granted not in (0, 1):
            return Reject.INVALID_COMMAND
        order.appealed = False
        return 0, self._end(sequence, command.order, LawfulEnd.APPEAL_GRANTED) if command.granted else []
