"""Listing, accounts, tiers, freezes, halts and the timers that end freezes. Source: docs/rules/controls.md."""

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from venus.model.affairs import Affairs
from venus.model.book import Book
from venus.model.desk import Desk
from venus.model.events import event, repeated
from venus.model.filters import figures_fit
from venus.model.kinds import ALWAYS_KNOWN, KIND_OF, OF_RULES_4, OF_RULES_5, RULES_OF_TREASURY
from venus.model.ledger import TIERS, Account, Asset, Ledger, Tier
from venus.model.looks import RULES_OF_LOOKS, noted
from venus.model.spot import Spot
from venus.model.transfers import Applied, Transfers
from venus.records.approvals import Approval
from venus.records.commands import (
    HOUSE_ACCOUNT,
    RULES_LATEST,
    TRADE_GROUP_NONE,
    AccountKind,
    AdoptRules,
    Approved,
    ColdCommand,
    FreezeAccount,
    HaltSymbol,
    ListAsset,
    ListSymbol,
    MoveToRules,
    NoteClockJump,
    OpenAccounts,
    PlainCommand,
    ResumeSymbol,
    SelfTrade,
    SetAccountTier,
    SetAssetLimit,
    SetExchangeLimits,
    SetFeeTier,
    SetSymbolRules,
    SetTradeGroup,
    UnfreezeAccount,
    client_digest,
    encode_cold,
    plain,
)
from venus.records.events import Event, EventFlag, EventKind
from venus.records.looks import NoteLooks
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX, FEE_PPM_MAX, INT64_MAX, SCALE_MAX

REFERENCE_CHARACTERS_MAX = 64
CODE_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
LABEL_CHARACTERS = CODE_CHARACTERS | frozenset(":._-")
LABEL_CHARACTERS_MAX = 64
ASSET_CODE_CHARACTERS_MAX = 12
SYMBOL_CODE_CHARACTERS_MAX = 24
ACCOUNTS_AT_ONCE_MAX = 1_000_000
ACCOUNTS_MAX = 2**32 - 2
TRADE_GROUP_MAX = 2**31 - 1
ORDERS_MAX = 1_000_000
EXCHANGE_LIMIT_MAX = 1_000_000
PRICE_TICKS_LIMIT = 2**60
RULES_OF_ADOPTION = 2
"""The only ones that AdoptRules gives."""
STP_ALL = (1 << len(SelfTrade)) - 1


@dataclass(slots=True)
class Timer:
    due_ns: int
    account: int  # to unfreeze


class Outcome(NamedTuple):
    """What a cold command came to, but for its own event."""

    reason: Reject = Reject.NONE
    result: int = 0  # the number opened or listed
    caused: tuple[Event, ...] = ()


DONE = Outcome()


class Controls:
    """`timers` are in the order in which they were set."""

    def __init__(self, ledger: Ledger, desk: Desk, spot: Spot, transfers: Transfers, affairs: Affairs) -> None:
        self.timers: list[Timer] = []
        self._ledger = ledger
        self._desk = desk
        self._spot = spot
        self._references = transfers.references
        self._affairs = affairs

    def fire(self, time_ns: int, sequence: int) -> list[Event]:
        """Unfreeze what is due, by due time, then by the order in which the timers were set; then rules 3's timers."""
        due = sorted((timer for timer in self.timers if timer.due_ns <= time_ns), key=lambda timer: timer.due_ns)
        happened = []
        for timer in due:
            self.timers.remove(timer)
            self._thaw(timer.account)
            happened.append(event(EventKind.ACCOUNT_UNFROZEN, sequence, account=timer.account, flags=EventFlag.TIMER))
        return [*happened, *self._affairs.fire(time_ns, sequence)]

    def apply(self, sequence: int, asked: ColdCommand) -> list[Event]:
        command, approvals = plain(asked), asked.approvals if isinstance(asked, Approved) else None
        if not 1 <= len(asked.reference) <= REFERENCE_CHARACTERS_MAX or asked.reference != command.reference:
            return [event(EventKind.REJECTED, sequence, reason=Reject.INVALID_COMMAND)]
        reference = client_digest(command.reference)
        body = sha256(encode_cold(command)).digest()
        before = self._references.get(reference)
        if before is not None:
            if before.body != body:
                return [event(EventKind.REJECTED, sequence, reason=Reject.REFERENCE_REUSED)]
            return [self._repeated(sequence, command, before)]
        reason = self._unapproved(command, approvals)
        came = (reason, 0, []) if reason else self._came(sequence, command)
        if came[0]:
            return [event(EventKind.REJECTED, sequence, reason=came[0])]
        self._references[reference] = Applied(sequence, came[1], body)
        return [*self._affairs.institutions.told(sequence, approvals or ()), *came[2]]

    def _repeated(self, sequence: int, command: PlainCommand, before: Applied) -> Event:
        if isinstance(command, ALWAYS_KNOWN):
            return repeated(happening(command, before.sequence, before.result), sequence, before.sequence)
        return repeated(event(KIND_OF[type(command)], sequence, order_id=before.result), sequence, before.sequence)

    def _unapproved(self, command: PlainCommand, approvals: Collection[Approval] | None) -> Reject:
        if self._desk.rules < RULES_OF_LOOKS and isinstance(command, NoteLooks):
            return Reject.INVALID_COMMAND
        if self._desk.rules < 4 and isinstance(command, OF_RULES_4):
            return Reject.INVALID_COMMAND
        if self._desk.rules < 5 and isinstance(command, OF_RULES_5):
            return Reject.INVALID_COMMAND
        if self._desk.rules < 3:
            of_rules_3 = approvals is not None or not isinstance(command, ALWAYS_KNOWN)
            return Reject.INVALID_COMMAND if of_rules_3 else Reject.NONE
        return self._affairs.refusal(command, approvals or ())

    def _came(self, sequence: int, command: PlainCommand) -> tuple[Reject, int, list[Event]]:
        """Why not, the number that was given, and all that happened."""
        if isinstance(command, ALWAYS_KNOWN):
            reason, result, caused = self._run(sequence, command)
            return reason, result, [] if reason else [*caused, happening(command, sequence, result)]
        if isinstance(command, NoteLooks):
            return noted(sequence, command)
        came = self._affairs.run(sequence, command)
        return (came, 0, []) if isinstance(came, Reject) else (Reject.NONE, *came)

    def _run(self, sequence: int, command: PlainCommand) -> Outcome:
        match command:
            case ListAsset():
                return self._list_asset(command)
            case ListSymbol():
                return self._list_symbol(command)
            case OpenAccounts():
                return self._open_accounts(command)
            case SetFeeTier():
                return self._set_fee_tier(command)
            case SetAccountTier():
                return self._set_account_tier(command)
            case SetTradeGroup():
                return self._set_trade_group(command)
            case FreezeAccount():
                return self._freeze(sequence, command)
            case UnfreezeAccount():
                return self._unfreeze(command)
            case HaltSymbol():
                return self._set_halted(command.symbol, halted=True)
            case ResumeSymbol():
                return self._set_halted(command.symbol, halted=False)
            case NoteClockJump():
                return DONE
            case AdoptRules() | MoveToRules():
                return self._adopt_rules(sequence, command)
            case SetSymbolRules() | SetExchangeLimits() | SetAssetLimit() if self._desk.rules < 2:
                return Outcome(Reject.INVALID_COMMAND)
            case SetSymbolRules():
                return self._set_symbol_rules(command)
            case SetExchangeLimits():
                return self._set_exchange_limits(command)
            case SetAssetLimit():
                return self._set_asset_limit(command)
            case _:
                raise AssertionError(command)

    def _list_asset(self, command: ListAsset) -> Outcome:
        ledger = self._ledger
        if not is_text(command.code, CODE_CHARACTERS, ASSET_CODE_CHARACTERS_MAX) or not 0 <= command.scale <= SCALE_MAX:
            return Outcome(Reject.INVALID_COMMAND)
        if any(asset.code == command.code for asset in ledger.assets):
            return Outcome(Reject.ALREADY_LISTED)
        if not ledger.is_open(HOUSE_ACCOUNT) or ledger.accounts[HOUSE_ACCOUNT].kind is not AccountKind.HOUSE:
            return Outcome(Reject.HOUSE_MISSING)
        ledger.assets.append(Asset(command.code, command.scale))
        return Outcome(result=len(ledger.assets) - 1)

    def _list_symbol(self, command: ListSymbol) -> Outcome:
        ledger, books = self._ledger, self._desk.books
        if not is_text(command.code, CODE_CHARACTERS, SYMBOL_CODE_CHARACTERS_MAX):
            return Outcome(Reject.INVALID_COMMAND)
        if any(book.listing.code == command.code for book in books):
            return Outcome(Reject.ALREADY_LISTED)
        if not ledger.is_listed(command.base_asset) or not ledger.is_listed(command.quote_asset):
            return Outcome(Reject.UNKNOWN_ASSET)
        if ledger.assets[command.base_asset].is_reserves or ledger.assets[command.quote_asset].is_reserves:
            return Outcome(Reject.COIN_SUPPLY)
        if command.base_asset == command.quote_asset or not figures_in_order(command):
            return Outcome(Reject.INVALID_COMMAND)
        base_unit_atoms = 10 ** ledger.assets[command.base_asset].scale
        if command.tick_atoms * command.lot_atoms % base_unit_atoms != 0:
            return Outcome(Reject.LISTING_NOT_EXACT)
        quote_atoms_per_lot_tick = command.tick_atoms * command.lot_atoms // base_unit_atoms
        if not is_proved(command, quote_atoms_per_lot_tick):
            return Outcome(Reject.LISTING_OVERFLOWS)
        books.append(Book(len(books), command, quote_atoms_per_lot_tick))
        return Outcome(result=len(books) - 1)

    def _open_accounts(self, command: OpenAccounts) -> Outcome:
        accounts, label = self._ledger.accounts, command.label
        if (
            command.account_kind not in (AccountKind.PERSON, AccountKind.EXTERNAL, AccountKind.HOUSE)
            or not 1 <= command.count <= ACCOUNTS_AT_ONCE_MAX
            or not is_tier(command.tier)
            or not is_trade_group(command.trade_group)
        ):
            return Outcome(Reject.INVALID_COMMAND)
        if command.account_kind == AccountKind.PERSON:
            if label:
                return Outcome(Reject.INVALID_COMMAND)
        elif command.count != 1 or not is_text(label, LABEL_CHARACTERS, LABEL_CHARACTERS_MAX):
            return Outcome(Reject.INVALID_COMMAND)
        elif any(account.label == label for account in accounts):
            return Outcome(Reject.ALREADY_LISTED)
        if not accounts and command.account_kind != AccountKind.HOUSE:
            return Outcome(Reject.HOUSE_MISSING)
        if len(accounts) + command.count > ACCOUNTS_MAX:
            return Outcome(Reject.INVALID_COMMAND)
        first = len(accounts)
        kind = AccountKind(command.account_kind)
        accounts += [Account(kind, label, command.tier, command.trade_group) for _ in range(command.count)]
        return Outcome(result=first)

    def _set_fee_tier(self, command: SetFeeTier) -> Outcome:
        if not is_tier(command.tier):
            return Outcome(Reject.INVALID_COMMAND)
        if not 0 <= command.maker_ppm <= FEE_PPM_MAX or not 0 <= command.taker_ppm <= FEE_PPM_MAX:
            return Outcome(Reject.FEE_OUT_OF_RANGE)
        self._ledger.tiers[command.tier] = Tier(command.maker_ppm, command.taker_ppm)
        return DONE

    def _set_account_tier(self, command: SetAccountTier) -> Outcome:
        if not self._ledger.is_open(command.account):
            return Outcome(Reject.UNKNOWN_ACCOUNT)
        if not is_tier(command.tier):
            return Outcome(Reject.INVALID_COMMAND)
        self._ledger.accounts[command.account].tier = command.tier
        return DONE

    def _set_trade_group(self, command: SetTradeGroup) -> Outcome:
        if not self._ledger.is_open(command.account):
            return Outcome(Reject.UNKNOWN_ACCOUNT)
        if not is_trade_group(command.trade_group):
            return Outcome(Reject.INVALID_COMMAND)
        self._ledger.accounts[command.account].trade_group = command.trade_group
        return DONE

    def _freeze(self, sequence: int, command: FreezeAccount) -> Outcome:
        ledger = self._ledger
        if not ledger.is_open(command.account):
            return Outcome(Reject.UNKNOWN_ACCOUNT)
        account = ledger.accounts[command.account]
        if account.kind not in (AccountKind.PERSON, AccountKind.WALLET) or not 0 <= command.until_ns <= INT64_MAX:
            return Outcome(Reject.INVALID_COMMAND)
        expired = self._spot.expire_all_of(sequence, command.account)
        self._stop_timer(command.account)
        account.frozen, account.frozen_until_ns = True, command.until_ns
        if command.until_ns > 0:
            self.timers.append(Timer(command.until_ns, command.account))
        return Outcome(caused=tuple(expired))

    def _unfreeze(self, command: UnfreezeAccount) -> Outcome:
        if not self._ledger.is_open(command.account):
            return Outcome(Reject.UNKNOWN_ACCOUNT)
        account = self._ledger.accounts[command.account]
        if self._desk.rules >= RULES_OF_TREASURY and account.kind is AccountKind.HOUSE:
            return Outcome(Reject.INVALID_COMMAND)
        if not account.frozen:
            return Outcome(Reject.NO_CHANGE)
        self._stop_timer(command.account)
        self._thaw(command.account)
        return DONE

    def _set_halted(self, symbol: int, halted: bool) -> Outcome:
        books = self._desk.books
        if not 0 <= symbol < len(books):
            return Outcome(Reject.UNKNOWN_SYMBOL)
        if books[symbol].halted == halted:
            return Outcome(Reject.NO_CHANGE)
        books[symbol].halted = halted
        return DONE

    def _adopt_rules(self, sequence: int, command: AdoptRules | MoveToRules) -> Outcome:
        if command.rules <= self._desk.rules:
            return Outcome(Reject.NO_CHANGE)
        last = RULES_LATEST if isinstance(command, MoveToRules) else RULES_OF_ADOPTION
        if command.rules != self._desk.rules + 1 or command.rules > last:
            return Outcome(Reject.INVALID_COMMAND)
        self._desk.rules = command.rules
        return Outcome(caused=tuple(self._affairs.adopt(sequence, command.rules)))

    def _set_symbol_rules(self, command: SetSymbolRules) -> Outcome:
        books = self._desk.books
        if not 0 <= command.symbol < len(books):
            return Outcome(Reject.UNKNOWN_SYMBOL)
        if not figures_fit(command, books[command.symbol]):
            return Outcome(Reject.INVALID_COMMAND)
        books[command.symbol].rules = command
        return DONE

    def _set_exchange_limits(self, command: SetExchangeLimits) -> Outcome:
        limits = (
            command.orders_max,
            command.algo_orders_max,
            command.iceberg_orders_max,
            command.order_lists_max,
        )
        if not all(0 <= limit <= EXCHANGE_LIMIT_MAX for limit in limits):
            return Outcome(Reject.INVALID_COMMAND)
        self._desk.limits = command
        return DONE

    def _set_asset_limit(self, command: SetAssetLimit) -> Outcome:
        if not self._ledger.is_listed(command.asset):
            return Outcome(Reject.UNKNOWN_ASSET)
        if not 0 <= command.order_atoms_max <= ATOMS_MAX:
            return Outcome(Reject.INVALID_COMMAND)
        self._ledger.assets[command.asset].order_atoms_max = command.order_atoms_max
        return DONE

    def _stop_timer(self, account: int) -> None:
        self.timers = [timer for timer in self.timers if timer.account != account]

    def _thaw(self, account: int) -> None:
        self._ledger.accounts[account].frozen = False
        self._ledger.accounts[account].frozen_until_ns = 0


def happening(command: PlainCommand, sequence: int, result: int) -> Event:
    """The event of a cold command that was applied, now or when its reference was first used."""
    match command:
        case ListAsset():
            return event(EventKind.ASSET_LISTED, sequence, symbol=result)
        case ListSymbol():
            return event(EventKind.SYMBOL_LISTED, sequence, symbol=result)
        case OpenAccounts():
            return event(EventKind.ACCOUNTS_OPENED, sequence, account=result, quantity_lots=command.count)
        case SetFeeTier():
            return event(EventKind.FEE_TIER_SET, sequence, account=command.tier)
        case SetAccountTier():
            return event(EventKind.ACCOUNT_TIER_SET, sequence, account=command.account)
        case SetTradeGroup():
            return event(EventKind.TRADE_GROUP_SET, sequence, account=command.account)
        case FreezeAccount():
            return event(EventKind.ACCOUNT_FROZEN, sequence, account=command.account)
        case UnfreezeAccount():
            return event(EventKind.ACCOUNT_UNFROZEN, sequence, account=command.account)
        case HaltSymbol():
            return event(EventKind.SYMBOL_HALTED, sequence, symbol=command.symbol)
        case ResumeSymbol():
            return event(EventKind.SYMBOL_RESUMED, sequence, symbol=command.symbol)
        case NoteClockJump():
            return event(EventKind.CLOCK_JUMPED, sequence)
        case AdoptRules() | MoveToRules():
            return event(EventKind.RULES_ADOPTED, sequence, quantity_lots=command.rules)
        case SetSymbolRules():
            return event(EventKind.SYMBOL_RULES_SET, sequence, symbol=command.symbol)
        case SetExchangeLimits():
            return event(EventKind.EXCHANGE_LIMITS_SET, sequence)
        case SetAssetLimit():
            return event(EventKind.ASSET_LIMIT_SET, sequence, symbol=command.asset)
        case _:
            raise AssertionError(command)


def is_text(text: str, characters: frozenset[str], length_max: int) -> bool:
    return 1 <= len(text) <= length_max and all(character in characters for character in text)


def is_tier(tier: int) -> bool:
    return 0 <= tier < TIERS


def is_trade_group(group: int) -> bool:
    return TRADE_GROUP_NONE <= group <= TRADE_GROUP_MAX


def figures_in_order(listing: ListSymbol) -> bool:
    """Each figure by itself, and minima against maxima."""
    return (
        listing.tick_atoms >= 1
        and listing.lot_atoms >= 1
        and 1 <= listing.price_ticks_min <= listing.price_ticks_max
        and 1 <= listing.quantity_lots_min <= listing.quantity_lots_max
        and listing.quantity_lots_min <= listing.market_lots_max
        and 0 <= listing.notional_atoms_min <= listing.notional_atoms_max
        and listing.notional_atoms_max >= 1
        and 1 <= listing.orders_max <= ORDERS_MAX
        and 1 <= listing.stp_allowed <= STP_ALL
        and 0 <= listing.stp_default < len(SelfTrade)
        and bool(listing.stp_allowed & 1 << listing.stp_default)
    )


def is_proved(listing: ListSymbol, quote_atoms_per_lot_tick: int) -> bool:
    """The proof of limits: no product that a later command needs can leave int64."""
    products = (
        listing.quantity_lots_max * listing.lot_atoms,
        listing.market_lots_max * listing.lot_atoms,
        listing.price_ticks_max * quote_atoms_per_lot_tick,
        listing.quantity_lots_max * quote_atoms_per_lot_tick,
        listing.tick_atoms,
        listing.notional_atoms_max,
    )
    return all(product <= ATOMS_MAX for product in products) and listing.price_ticks_max < PRICE_TICKS_LIMIT
