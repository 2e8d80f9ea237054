"""Everything of rules 3 together: who must approve, what comes of a command, what time does. Source: docs/rules."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from venus.model.coins import Coins
from venus.model.currency import Currencies
from venus.model.desk import Desk
from venus.model.events import event
from venus.model.holds import Holders
from venus.model.institutions import SUPERVISOR, Institutions, Needs, Seat
from venus.model.issuance import Came, Issuance
from venus.model.kinds import (
    CONTROLS,
    HOLDERS_KIND_OF,
    KIND_OF_WALLETS,
    OF_CURRENCIES,
    OF_ONE_CURRENCY,
    OF_RULES_5,
    RULES_OF_TREASURY,
    UNAPPROVED,
)
from venus.model.lawful import LawfulOrders
from venus.model.ledger import Ledger
from venus.model.liabilities import CUSTOMERS
from venus.model.p2p import P2p
from venus.model.purposes import Purposes
from venus.model.purses import PURSE_KIND_OF, Purses
from venus.model.refunds import Refunds
from venus.model.spot import Spot
from venus.model.transfers import Transfers
from venus.model.treasury import Treasury
from venus.model.wallets import Wallets
from venus.records import coins as asked
from venus.records import currency, institutions, purses
from venus.records.approvals import Approval
from venus.records.commands import AccountKind, NoteClockJump, OpenAccounts, PlainCommand
from venus.records.events import Event, EventFlag, EventKind
from venus.records.institutions import AdoptControls, FoundExchange
from venus.records.rejects import Reject


class Affairs:
    def __init__(self, ledger: Ledger, desk: Desk, spot: Spot, transfers: Transfers, wallets: Wallets) -> None:
        self._ledger = ledger
        self.institutions = Institutions(desk)
        self.coins = Coins(ledger)
        self._issuance = Issuance(self.coins, self.institutions, ledger, transfers)
        self.holders = Holders(ledger, self.institutions, self._issuance, wallets)
        self._treasury = Treasury(self.coins, ledger, spot, self._issuance)
        self.wallets = wallets
        self.currencies = Currencies(ledger, self.institutions, desk, spot, wallets)
        self.p2p = P2p(ledger, self.institutions, self._issuance, self.currencies, wallets)
        self.purposes = Purposes(ledger, self.institutions, self._issuance, self.currencies, wallets)
        self._lawful = LawfulOrders(
            *(self.coins, self.institutions, ledger, spot, self._issuance, self.holders),
            currencies=self.currencies,
            purposes=self.purposes,
            wallets=wallets,
            market=self.p2p.market,
        )
        self.purses = Purses(ledger, self.currencies, self.institutions, wallets)
        self._refunds = Refunds(ledger, transfers, self._issuance, wallets)
        wallets.has_purse = self.purses.has_open

    def held_atoms(self) -> Mapping[tuple[int, int], int]:
        """What is held but by orders, by account and asset."""
        held = self.coins.held_atoms()
        for hold in self.holders.holds.values():
            held[hold.terms.account, hold.terms.asset] += hold.atoms
        for trade in self.holders.trades.values():
            held[trade.account, trade.give_asset] += trade.give_atoms
        for purpose in self.purposes.all.values():
            held[purpose.terms.account, purpose.terms.asset] += purpose.atoms
        for asset, one in self.currencies.all.items():
            held[one.terms.offline_account, asset] += self.purses.bound_atoms(asset)
        for place, atoms in self.p2p.market.held_atoms().items():
            held[place] += atoms
        return held

    def on_the_way(self) -> Mapping[tuple[int, int], int]:
        """What is with others for an account, by account and asset: docs/rules/liabilities.md, "Leaves"."""
        owed: Counter[tuple[int, int]] = Counter()
        for redemption in self.coins.redemptions.values():
            owed[redemption.account, redemption.coin] += redemption.atoms
        for purse in self.purses.all:
            owed[purse.terms.account, purse.terms.currency] += purse.left_atoms
        accounts = self._ledger.accounts
        for purpose in self.purposes.all.values():
            if accounts[purpose.terms.account].kind not in CUSTOMERS:
                owed[purpose.terms.holder, purpose.terms.asset] += purpose.atoms
        return owed

    # What time does.

    def fire(self, time_ns: int, sequence: int) -> Iterator[Event]:
        """What was due, by docs/rules/issuance.md, "Order in a frame"."""
        coins = self.coins
        coins.time_ns = self.holders.time_ns = self.currencies.time_ns = self.purses.time_ns = time_ns
        self.p2p.market.time_ns = time_ns
        yield from self.currencies.begin_due(sequence)
        self.wallets.begin_frame(time_ns)
        for number in sorted(coins.coins):
            if coins.counts_otherwise(number):
                yield from coins.settled(sequence, number, EventFlag.TIMER)
            coins.looked_ns[number] = time_ns
        while due := self._due():
            _, what, number = due
            if what == 1:
                one = coins.redemptions[number]
                one.overdue = True
                yield event(
                    EventKind.REDEMPTION_OVERDUE,
                    sequence,
                    symbol=one.coin,
                    order_id=number,
                    account=one.account,
                    quantity_lots=one.atoms,
                    price_ticks=one.deadline_ns,
                    flags=EventFlag.TIMER,
                )
                yield from coins.settled(sequence, one.coin, EventFlag.TIMER)
            elif what == 2:
                yield from self._lawful.expire(sequence, number, EventFlag.TIMER)
            elif what == 6:
                yield from self.purposes.end(sequence, number)
            elif what == 7:
                yield from self.p2p.market.fire(sequence, number)
            else:
                yield from self.holders.fire(sequence, what, number)
        yield from self.wallets.sweep(sequence)

    def _due(self) -> tuple[int, int, int] | None:
        """Due time, class and number of what is due next, if anything is."""
        of_all = [*self.coins.due(), *self.holders.due(), *self.purposes.due(), *self.p2p.market.due()]
        return min((one for one in of_all if one[0] <= self.coins.time_ns), default=None)

    def adopt(self, sequence: int, rules: int) -> list[Event]:
        """What a new version of the rules does at once."""
        self.coins.rules = rules
        return self._treasury.close_all(sequence) if rules == RULES_OF_TREASURY else []

    # Who must approve.

    def refusal(self, command: PlainCommand, approvals: Collection[Approval]) -> Reject:
        """Tests 3 to 6 of docs/rules/approvals.md."""
        needs = self._needs(command)
        if isinstance(needs, Reject):
            return needs
        if needs == Needs():
            return Reject.INVALID_COMMAND if approvals else Reject.NONE
        counted = self.institutions.count(self.coins.time_ns, command, approvals)
        if isinstance(counted, Reject):
            return counted
        met = {number for number, seats in counted.items() if self._meets(number, seats)}
        fits = (
            set(needs.all_of) <= met
            and (not needs.one_of or bool(set(needs.one_of) & met))
            and set(needs.seat_of) <= counted.keys()
        )
        return self.p2p.conflict(command, approvals) if fits else Reject.QUORUM_MISSING

    def _meets(self, number: int, seats: list[Seat]) -> bool:
        return self.institutions.all[number].is_fulfilled_by(seats)

    def _needs(self, command: PlainCommand) -> Reject | Needs:
        controls = self.institutions.controls
        match command:
            case OpenAccounts(account_kind=AccountKind.PERSON) | NoteClockJump() | FoundExchange():
                return Needs()
            case OpenAccounts():
                return Needs() if controls < 0 else Needs((controls,))
            case _ if isinstance(command, CONTROLS):
                return Needs() if controls < 0 else Needs((controls,))
        if not self.institutions.exchange:
            return Reject.NOT_FOUNDED
        if isinstance(command, OF_RULES_5):
            return self.p2p.unknown(command) or self.p2p.needs(command, controls)
        unknown = self._unknown(command)
        return unknown or self._needs_of_known(command)

    def _unknown(self, command: PlainCommand) -> Reject:
        """Whether what the command names, and who must approve depends on, is there."""
        if isinstance(command, OF_CURRENCIES) and (reason := self._unknown_of_currency(command)):
            return reason
        coins, named = self.coins, dict[str, int]()
        match command:
            case asked.RequestRedemption() | asked.AppealOrder():
                return Reject.NONE
            case _ if type(command) in HOLDERS_KIND_OF:
                return Reject.NONE
        for name in command.__struct_fields__:
            value = getattr(command, name)
            if isinstance(value, int):
                named[name] = value
        for name, value in named.items():
            if name == "coin" and value not in coins.coins:
                return Reject.UNKNOWN_COIN
            if name == "minter" and isinstance(command, asked.Mint):
                if value not in coins.coins[named["coin"]].minters:
                    return Reject.UNKNOWN_MINTER
            elif name in (
                "institution",
                "issuer",
                "agent",
                "custodian",
                "minter",
                "authority",
                "second",
                "central_bank",
            ):
                if not self.institutions.is_known(value):
                    return Reject.UNKNOWN_INSTITUTION
            elif name == "reserve" and not isinstance(command, asked.PayRedemptions):
                if not 0 <= value < len(coins.reserves):
                    return Reject.UNKNOWN_RESERVE
            elif name == "order" and coins.order(value) is None:
                return Reject.UNKNOWN_LAWFUL_ORDER
        return Reject.NONE

    def _unknown_of_currency(self, command: PlainCommand) -> Reject:
        if not isinstance(command, OF_ONE_CURRENCY):
            return Reject.NONE
        if command.currency not in self.currencies.all:
            return Reject.UNKNOWN_CURRENCY
        operators = self.currencies.all[command.currency].operators
        for name in ("operator", "from_operator", "to_operator"):
            if hasattr(command, name) and not 0 <= getattr(command, name) < len(operators):
                return Reject.UNKNOWN_OPERATOR
        return Reject.NONE

    def _needs_of_currency(self, command: PlainCommand) -> Needs:
        if isinstance(command, currency.RegisterCurrency):
            return Needs((command.central_bank,))
        assert isinstance(command, OF_ONE_CURRENCY), command
        one = self.currencies.all[command.currency]
        bank = one.terms.central_bank

        def at(operator: int) -> int:
            return one.operators[operator].terms.institution

        match command:
            case currency.IssueCurrency() | purses.SetPurseTerms():
                return Needs((bank, at(command.operator)))
            case currency.RedeemCurrency():
                return Needs((at(command.operator),))
            case currency.MoveWallets():
                return Needs((bank, at(command.to_operator)))
            case currency.UnsealIdentity():
                return Needs((at(command.operator),), seat_of=(command.authority,))
            case currency.OrderOverCurrency():
                return Needs((command.authority,), seat_of=(command.second,))
            case _:
                return Needs((bank,))

    def _needs_of_known(self, command: PlainCommand) -> Needs:
        coins = self.coins
        match command:
            case _ if isinstance(command, UNAPPROVED):
                return Needs()
            case _ if isinstance(command, OF_CURRENCIES):
                return self._needs_of_currency(command)
            case institutions.AddInstitution() | institutions.SetQuorum() | asked.AdoptCalendar():
                return Needs((SUPERVISOR,))
            case institutions.SeatPerson() | institutions.RevokeSeat():
                return Needs(one_of=(command.institution, SUPERVISOR))
            case AdoptControls():
                return Needs((command.institution, SUPERVISOR))
            case asked.RegisterCoin():
                return Needs((command.issuer, SUPERVISOR))
            case asked.AdoptPack() | asked.SetMinter():
                return Needs((self._issuer(command.coin), SUPERVISOR))
            case asked.OpenReserve():
                return Needs((self._issuer(command.coin), command.custodian))
            case asked.CloseReserve():
                terms = coins.reserves[command.reserve].terms
                return Needs((self._issuer(terms.coin), terms.custodian))
            case asked.AttestReserve() | asked.ConfirmReceipt():
                return Needs((coins.reserves[command.reserve].terms.custodian,))
            case asked.Mint():
                return Needs((command.minter,))
            case asked.Burn() | asked.PayTreasury():
                return Needs((self._issuer(command.coin),))
            case asked.PauseMinting():
                return Needs(one_of=(self._issuer(command.coin), SUPERVISOR))
            case asked.PayRedemptions():
                return Needs((coins.coins[command.coin].terms.agent,))
            case asked.OrderLawful():
                return Needs((command.authority,), seat_of=(command.second,))
            case asked.EnforceOrder():
                return self._needs_to_enforce(command.order)
            case asked.LiftOrder() | asked.DecideAppeal():
                return Needs((coins.lawful[command.order - 1].terms.authority,))
            case _:
                return Needs()

    def _needs_to_enforce(self, number: int) -> Needs:
        order = self.coins.lawful[number - 1]
        if isinstance(order.terms, asked.OrderLawful):
            return Needs((self._issuer(order.asset),))
        bank = self.currencies.all[order.asset].terms.central_bank
        return Needs(one_of=(bank, order.terms.authority))

    def _issuer(self, coin: int) -> int:
        return self.coins.coins[coin].terms.issuer

    # What comes of a command.

    def run(self, sequence: int, command: PlainCommand) -> Came:
        """The reason why not; or the number that was given, and all that happened, the command's own event last."""
        seats, time_ns = self.institutions, self.coins.time_ns
        if type(command) in HOLDERS_KIND_OF:
            return self.holders.run(sequence, command)
        if type(command) in KIND_OF_WALLETS:
            return self.wallets.run(sequence, command)
        if isinstance(command, currency.BindPurpose | currency.SpendPurpose | currency.UnsealIdentity):
            return self.purposes.run(sequence, command)
        if isinstance(command, currency.RefundPayment):
            return self._refunds.run(sequence, command)
        if type(command) in PURSE_KIND_OF:
            return self.purses.run(sequence, command)
        if isinstance(command, OF_RULES_5):
            return self.p2p.run(sequence, command)
        if isinstance(command, OF_CURRENCIES) and not isinstance(command, currency.OrderOverCurrency):
            return self.currencies.run(sequence, command)
        came: Reject | int
        match command:
            case FoundExchange():
                came = seats.found(time_ns, command)
            case institutions.AddInstitution():
                came = seats.add(command)
            case institutions.SeatPerson():
                came = seats.seat(command)
            case institutions.RevokeSeat():
                came = seats.revoke(time_ns, command)
            case institutions.SetQuorum():
                came = seats.set_quorum(time_ns, command)
            case AdoptControls():
                came = seats.adopt_controls(time_ns, command)
            case _:
                return self._run_of_coins(sequence, command)
        if isinstance(came, Reject):
            return came
        return came, [self._own_of_institutions(sequence, command, came)]

    def _run_of_coins(self, sequence: int, command: PlainCommand) -> Came:
        issuance, lawful = self._issuance, self._lawful
        handlers: dict[type, Callable[[int, Any], Came]] = {
            asked.AdoptCalendar: issuance.adopt_calendar,
            asked.RegisterCoin: issuance.register_coin,
            asked.AdoptPack: issuance.adopt_pack,
            asked.OpenReserve: issuance.open_reserve,
            asked.CloseReserve: issuance.close_reserve,
            asked.AttestReserve: issuance.attest_reserve,
            asked.ConfirmReceipt: issuance.confirm_receipt,
            asked.SetMinter: issuance.set_minter,
            asked.Mint: issuance.mint,
            asked.Burn: issuance.burn,
            asked.PauseMinting: issuance.pause_minting,
            asked.RequestRedemption: issuance.request_redemption,
            asked.WithdrawRedemption: issuance.withdraw_redemption,
            asked.PayRedemptions: issuance.pay_redemptions,
            asked.PayTreasury: self._treasury.pay,
            asked.OrderLawful: lawful.order,
            currency.OrderOverCurrency: lawful.order_over_currency,
            asked.EnforceOrder: lawful.enforce,
            asked.LiftOrder: lawful.lift,
            asked.AppealOrder: lawful.appeal,
            asked.DecideAppeal: lawful.decide,
        }
        came = handlers[type(command)](sequence, command)
        if isinstance(came, Reject):
            return came
        number, happened = came
        if isinstance(command, asked.LiftOrder | asked.WithdrawRedemption):  # what they do is their own event
            return number, happened
        if isinstance(command, asked.RegisterCoin) and self.coins.rules >= RULES_OF_TREASURY:
            happened = self._treasury.close(sequence, command.asset)
        return number, [*happened, self._own(sequence, command, number, happened)]

    def _own_of_institutions(self, sequence: int, command: PlainCommand, number: int) -> Event:
        all_ = self.institutions.all
        match command:
            case FoundExchange():
                return event(EventKind.EXCHANGE_FOUNDED, sequence, quantity_lots=len(all_))
            case institutions.AddInstitution():
                return event(EventKind.INSTITUTION_ADDED, sequence, order_id=number)
            case institutions.SeatPerson(institution=at, terms=terms):
                kind, place, person = EventKind.PERSON_SEATED, number, terms.person
            case institutions.RevokeSeat(institution=at, seat=place):
                kind, person = EventKind.SEAT_REVOKED, all_[at].seats[place].terms.person
            case institutions.SetQuorum():
                return event(
                    EventKind.QUORUM_SET, sequence, order_id=command.institution, quantity_lots=command.persons
                )
            case AdoptControls():
                return event(EventKind.CONTROLS_ADOPTED, sequence, order_id=command.institution)
            case _:
                raise AssertionError(command)
        return event(kind, sequence, order_id=at, maker_order_id=place, price_ticks=person)

    def _own(self, sequence: int, command: PlainCommand, number: int, happened: list[Event]) -> Event:
        """The own event of a coin's command, from what is now."""
        coins = self.coins
        fields: dict[str, int]
        match command:
            case asked.AdoptCalendar():
                return event(EventKind.CALENDAR_ADOPTED, sequence, order_id=number)
            case asked.RegisterCoin():
                kind = EventKind.COIN_REGISTERED
                fields = {"symbol": number, "account": command.issue_account, "maker_account": command.escrow_account}
            case asked.AdoptPack():
                kind, fields = EventKind.PACK_ADOPTED, {"symbol": command.coin}
            case asked.OpenReserve():
                kind = EventKind.RESERVE_OPENED
                fields = {"symbol": command.coin, "order_id": number, "maker_order_id": command.custodian}
            case asked.CloseReserve():
                kind = EventKind.RESERVE_CLOSED
                fields = {"symbol": coins.reserves[command.reserve].terms.coin, "order_id": command.reserve}
            case asked.AttestReserve():
                kind, terms = EventKind.RESERVE_ATTESTED, coins.reserves[command.reserve].terms
                fields = {"symbol": terms.coin, "order_id": command.reserve, "maker_order_id": terms.custodian}
                fields |= {"quantity_lots": command.atoms, "price_ticks": command.as_of_ns}
            case asked.ConfirmReceipt():
                kind, reserve = EventKind.RECEIPT_CONFIRMED, coins.reserves[command.reserve]
                fields = {"symbol": reserve.terms.coin, "order_id": number, "maker_order_id": command.reserve}
                fields |= {"account": command.account, "quantity_lots": command.atoms, "remaining_lots": reserve.atoms}
            case asked.SetMinter():
                kind, left = EventKind.MINTER_SET, coins.coins[command.coin].minters[command.minter].left_atoms
                fields = {"symbol": command.coin, "order_id": command.minter}
                fields |= {"quantity_lots": command.cap_atoms, "remaining_lots": left}
            case asked.Mint():
                kind, supply = EventKind.MINTED, coins.supply_atoms(command.coin)
                fields = {"symbol": command.coin, "order_id": command.receipt, "maker_order_id": command.minter}
                fields |= {"account": command.account, "quantity_lots": command.atoms, "remaining_lots": supply}
            case asked.Burn():
                kind, account = EventKind.BURNED, coins.coins[command.coin].terms.treasury_account
                fields = {"symbol": command.coin, "account": account, "quantity_lots": command.atoms}
                fields |= {"remaining_lots": coins.supply_atoms(command.coin)}
            case asked.PauseMinting():
                kind, fields = EventKind.MINTING_PAUSED, {"symbol": command.coin, "quantity_lots": command.paused}
            case asked.RequestRedemption():
                kind, until_ns = EventKind.REDEMPTION_REQUESTED, coins.redemptions[number].deadline_ns
                fields = {"symbol": command.coin, "order_id": number, "account": command.account}
                fields |= {"quantity_lots": command.atoms, "price_ticks": until_ns}
            case asked.PayRedemptions():
                kind, left = EventKind.REDEMPTIONS_PAID, 0
                if command.reserve != asked.OWN_MONEY:
                    left = coins.reserves[command.reserve].atoms
                fields = {"symbol": command.coin, "order_id": command.reserve, "price_ticks": left}
                fields |= {"quantity_lots": command.atoms, "remaining_lots": coins.supply_atoms(command.coin)}
            case asked.PayTreasury():
                kind, account = EventKind.TREASURY_PAID, coins.coins[command.coin].terms.treasury_account
                fields = {"symbol": command.coin, "order_id": command.asset, "account": account}
                fields |= {"maker_account": command.account, "quantity_lots": command.atoms}
            case _:
                return self._own_of_lawful(sequence, command, number, happened)
        return event(kind, sequence, **fields)

    def _own_of_lawful(self, sequence: int, command: PlainCommand, number: int, happened: list[Event]) -> Event:
        match command:
            case asked.OrderLawful() | currency.OrderOverCurrency():
                return event(
                    EventKind.LAWFUL_ORDERED,
                    sequence,
                    symbol=self.coins.lawful[number - 1].asset,
                    order_id=number,
                    side=command.order_kind,
                    account=command.account,
                    maker_account=command.to_account,
                    quantity_lots=command.atoms,
                    remaining_lots=self.coins.lawful[number - 1].wanted_atoms,
                    price_ticks=command.expires_ns,
                )
            case asked.EnforceOrder():
                kind, order = EventKind.LAWFUL_ENFORCED, self.coins.lawful[command.order - 1]
                taken = sum(one.quantity_lots for one in happened if one.kind == EventKind.LAWFUL_TAKEN)
                fields = {"quantity_lots": taken, "remaining_lots": order.wanted_atoms}
            case asked.AppealOrder():
                kind, order, fields = EventKind.APPEALED, self.coins.lawful[command.order - 1], {}
            case asked.DecideAppeal():
                kind, order = EventKind.APPEAL_DECIDED, self.coins.lawful[command.order - 1]
                fields = {"quantity_lots": command.granted}
            case _:
                raise AssertionError(command)
        return event(
            kind,
            sequence,
            symbol=order.asset,
            order_id=command.order,
            side=order.terms.order_kind,
            account=order.terms.account,
            **fields,
        )
