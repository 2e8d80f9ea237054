"""What is listed, what it costs, and who an account is: a fold over cold commands and what came of them.

The catalog has a version that grows with every change of it, so that a door can keep the whole and ask "anything
since?". Facts of accounts are not part of it: ten million accounts are 80 MB here and are asked for one by one.
"""

import msgspec
import numpy as np

from venus.records.batch import Batch
from venus.records.commands import (
    TRADE_GROUP_NONE,
    AccountKind,
    AdoptRules,
    ColdCommand,
    FreezeAccount,
    HaltSymbol,
    ListAsset,
    ListSymbol,
    MoveToRules,
    OpenAccounts,
    ResumeSymbol,
    SetAccountTier,
    SetAssetLimit,
    SetExchangeLimits,
    SetFeeTier,
    SetSymbolRules,
    SetTradeGroup,
    UnfreezeAccount,
)
from venus.records.currency import OpenSubWallet, OpenWallets
from venus.records.events import EventFlag, EventKind

FEE_TIERS_COUNT = 16

_OF_CATALOG = (
    ListAsset,
    ListSymbol,
    SetFeeTier,
    HaltSymbol,
    ResumeSymbol,
    AdoptRules,
    MoveToRules,
    SetSymbolRules,
    SetExchangeLimits,
    SetAssetLimit,
)
"""Commands that change it."""

ACCOUNT = np.dtype(
    [("trade_group", "i4"), ("kind", "u1"), ("tier", "u1"), ("frozen", "u1"), ("reserved", "u1")], align=True
)
UNTIL = np.dtype([("account", "i8"), ("until_ns", "i8")])


class CatalogQuestion(msgspec.Struct, frozen=True, tag=True):
    """The whole catalog, if it is not the one of `known_version` (0: none is known)."""

    known_version: int = 0


class Asset(msgspec.Struct, frozen=True):
    number: int
    code: str
    scale: int  # decimals: one unit is 10**scale atoms
    order_atoms_max: int = 0  # the most of it that one order may move; 0: off


class Symbol(msgspec.Struct, frozen=True):
    """A listing as docs/rules/controls.md names it, with what follows from it."""

    number: int
    code: str
    base_asset: int
    quote_asset: int
    tick_atoms: int
    lot_atoms: int  # base atoms of one lot: B of docs/rules/spot.md
    tick_lot_atoms: int  # quote atoms that one lot costs per tick: K of docs/rules/spot.md
    price_ticks_min: int
    price_ticks_max: int
    quantity_lots_min: int
    quantity_lots_max: int
    market_lots_max: int
    notional_atoms_min: int
    notional_atoms_max: int
    orders_max: int
    stp_allowed: int  # bit 1 << SelfTrade for each mode
    stp_default: int
    halted: bool
    rules: SetSymbolRules | None = None  # as they were set last; None: never


class FeeTier(msgspec.Struct, frozen=True):
    maker_ppm: int
    taker_ppm: int


class Label(msgspec.Struct, frozen=True):
    """The name of an EXTERNAL or HOUSE account."""

    account: int
    kind: int
    text: str


class CatalogAnswer(msgspec.Struct, frozen=True, tag=True):
    """`changed` is False, and all that follows is empty, if the version is the one known."""

    version: int
    changed: bool
    assets: list[Asset]  # by number
    symbols: list[Symbol]  # by number
    fee_tiers: list[FeeTier]  # by tier, FEE_TIERS_COUNT of them
    labels: list[Label]  # by account
    rules: int = 1  # the version of the rules that is in force
    limits: SetExchangeLimits | None = None  # as they were set last; None: never


class AccountQuestion(msgspec.Struct, frozen=True, tag=True):
    account: int


class AccountAnswer(msgspec.Struct, frozen=True, tag=True):
    """`known` is False for an account that was never opened; the rest is then zero."""

    known: bool
    account: int
    kind: int = 0
    tier: int = 0
    maker_ppm: int = 0
    taker_ppm: int = 0
    trade_group: int = TRADE_GROUP_NONE
    frozen: bool = False
    frozen_until_ns: int = 0  # 0: not frozen, or until unfrozen
    label: str = ""


Question = CatalogQuestion | AccountQuestion
Answer = CatalogAnswer | AccountAnswer


class _Listing(msgspec.Struct, frozen=True):
    """All of a catalog that is not an array, for snapshots."""

    version: int
    assets: list[Asset]
    symbols: list[Symbol]
    fee_tiers: list[FeeTier]
    labels: list[Label]
    rules: int
    limits: SetExchangeLimits | None


class Catalog:
    """The fold. `accounts` is ACCOUNT[n] by account number, with room to grow behind `accounts_count`."""

    def __init__(self) -> None:
        self.version = 0
        self.accounts_count = 0
        self._rules = 1
        self._limits: SetExchangeLimits | None = None
        self._assets: list[Asset] = []
        self._symbols: list[Symbol] = []
        self._fee_tiers = [FeeTier(0, 0)] * FEE_TIERS_COUNT
        self._labels: dict[int, Label] = {}
        self._accounts = np.zeros(1024, ACCOUNT)
        self._frozen_until_ns: dict[int, int] = {}

    def apply(self, batch: Batch) -> None:
        """Fold what one frame did. Of hot frames only timers concern it: they fire before all else, flagged TIMER."""
        by_time = (batch.events["flags"] & EventFlag.TIMER) > 0
        for event in batch.events[by_time & (batch.events["kind"] == EventKind.ACCOUNT_UNFROZEN)]:
            self._set_frozen(int(event["account"]), frozen=False, until_ns=0)
        if batch.cold is None or len(batch.events) == 0:
            return
        outcome = batch.events[-1]  # a cold command's own event is its last
        if outcome["kind"] == EventKind.REJECTED or outcome["flags"] & (EventFlag.REPEATED | EventFlag.TIMER):
            return
        self._apply_cold(batch.cold, outcome)

    def answer(self, question: Question) -> Answer:
        """The whole catalog, or one account's facts."""
        if isinstance(question, AccountQuestion):
            return self._answer_account(question.account)
        if question.known_version == self.version:
            return CatalogAnswer(self.version, False, [], [], [], [])
        listing = self._listing()
        return CatalogAnswer(
            self.version,
            True,
            list(listing.assets),
            list(listing.symbols),
            list(listing.fee_tiers),
            listing.labels,
            listing.rules,
            listing.limits,
        )

    def _listing(self) -> _Listing:
        labels = [self._labels[account] for account in sorted(self._labels)]
        return _Listing(self.version, self._assets, self._symbols, self._fee_tiers, labels, self._rules, self._limits)

    def arrays(self) -> dict[str, np.ndarray]:
        """All state, as arrays: what was listed as msgpack bytes, then accounts, then the ends of freezes."""
        return {
            "listing": np.frombuffer(msgspec.msgpack.encode(self._listing()), np.uint8),
            "accounts": self._accounts[: self.accounts_count],
            "frozen_until": np.array(sorted(self._frozen_until_ns.items()), UNTIL),
        }

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Become what `arrays` was taken from; raises msgspec.ValidationError if the listing is not one."""
        listing = msgspec.msgpack.decode(arrays["listing"].tobytes(), type=_Listing)
        self.version = listing.version
        self._assets = list(listing.assets)
        self._symbols = list(listing.symbols)
        self._fee_tiers = list(listing.fee_tiers)
        self._labels = {label.account: label for label in listing.labels}
        self._rules = listing.rules
        self._limits = listing.limits
        self.accounts_count = len(arrays["accounts"])
        self._accounts = np.zeros(max(1024, self.accounts_count), ACCOUNT)
        self._accounts[: self.accounts_count] = arrays["accounts"]
        self._frozen_until_ns = dict(arrays["frozen_until"].tolist())

    def _apply_cold(self, command: ColdCommand, outcome: np.void) -> None:
        match command:
            case ListAsset():
                assert outcome["symbol"] == len(self._assets)
                self._assets.append(Asset(len(self._assets), command.code, command.scale))
            case ListSymbol():
                assert outcome["symbol"] == len(self._symbols)
                self._symbols.append(self._listed(command))
            case OpenAccounts():
                opened = self._open(int(outcome["account"]), command.count)
                opened["kind"] = command.account_kind
                opened["tier"] = command.tier
                opened["trade_group"] = command.trade_group
                if command.label:
                    account = int(outcome["account"])
                    self._labels[account] = Label(account, command.account_kind, command.label)
            case OpenWallets() | OpenSubWallet():
                opened = self._open(int(outcome["account"]), int(outcome["quantity_lots"]))
                opened["kind"] = AccountKind.WALLET
                opened["trade_group"] = TRADE_GROUP_NONE
            case SetFeeTier():
                self._fee_tiers[command.tier] = FeeTier(command.maker_ppm, command.taker_ppm)
            case HaltSymbol() | ResumeSymbol():
                self._change_symbol(command.symbol, halted=isinstance(command, HaltSymbol))
            case AdoptRules() | MoveToRules():
                self._rules = command.rules
            case SetSymbolRules():
                self._change_symbol(command.symbol, rules=command)
            case SetExchangeLimits():
                self._limits = command
            case SetAssetLimit():
                asset = self._assets[command.asset]
                self._assets[command.asset] = msgspec.structs.replace(asset, order_atoms_max=command.order_atoms_max)
            case SetAccountTier():
                self._accounts["tier"][command.account] = command.tier
            case SetTradeGroup():
                self._accounts["trade_group"][command.account] = command.trade_group
            case FreezeAccount():
                self._set_frozen(command.account, frozen=True, until_ns=command.until_ns)
            case UnfreezeAccount():
                self._set_frozen(command.account, frozen=False, until_ns=0)
        self.version += isinstance(command, _OF_CATALOG) or (
            isinstance(command, OpenAccounts) and command.account_kind != AccountKind.PERSON
        )

    def _change_symbol(self, number: int, **changed: bool | SetSymbolRules) -> None:
        self._symbols[number] = msgspec.structs.replace(self._symbols[number], **changed)

    def _listed(self, command: ListSymbol) -> Symbol:
        tick_lot_atoms = command.tick_atoms * command.lot_atoms // 10 ** self._assets[command.base_asset].scale
        facts = {name: getattr(command, name) for name in ListSymbol.__struct_fields__ if name != "reference"}
        return Symbol(number=len(self._symbols), tick_lot_atoms=tick_lot_atoms, halted=False, **facts)

    def _open(self, first: int, count: int) -> np.ndarray:
        """Records of accounts that are opened in a row."""
        assert first == self.accounts_count, (first, self.accounts_count)
        self.accounts_count += count
        if self.accounts_count > len(self._accounts):
            grown = np.zeros(max(2 * len(self._accounts), self.accounts_count), ACCOUNT)
            grown[:first] = self._accounts[:first]
            self._accounts = grown
        return self._accounts[first : self.accounts_count]

    def _set_frozen(self, account: int, *, frozen: bool, until_ns: int) -> None:
        self._accounts["frozen"][account] = frozen
        self._frozen_until_ns.pop(account, None)
        if until_ns:
            self._frozen_until_ns[account] = until_ns

    def _answer_account(self, account: int) -> AccountAnswer:
        if not 0 <= account < self.accounts_count:
            return AccountAnswer(False, account)
        facts = self._accounts[account]
        tier = self._fee_tiers[facts["tier"]]
        label = self._labels.get(account)
        return AccountAnswer(
            known=True,
            account=account,
            kind=int(facts["kind"]),
            tier=int(facts["tier"]),
            maker_ppm=tier.maker_ppm,
            taker_ppm=tier.taker_ppm,
            trade_group=int(facts["trade_group"]),
            frozen=bool(facts["frozen"]),
            frozen_until_ns=self._frozen_until_ns.get(account, 0),
            label=label.text if label else "",
        )
