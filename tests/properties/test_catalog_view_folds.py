"""The catalog against a fold over dicts, on cold commands that are applied, refused, repeated and undone by time."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.random_conditions import play_either
from tests.properties.random_exchange import BANK, OPENING, STRANGER, SYMBOLS, TRADERS, play
from venus.records.batch import Batch
from venus.records.commands import (
    HOUSE_ACCOUNT,
    AccountKind,
    AdoptRules,
    FreezeAccount,
    HaltSymbol,
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
from venus.records.events import EventFlag, EventKind
from venus.views.catalog import AccountAnswer, AccountQuestion, Catalog, CatalogQuestion

seeds = st.integers(0, 2**32 - 1)


class SlowCatalog:
    """Account facts and halts in dicts."""

    def __init__(self) -> None:
        self.facts: dict[int, dict[str, int]] = {}
        self.ppm: dict[int, tuple[int, int]] = {}
        self.labels: dict[int, str] = {}
        self.halted: set[int] = set()
        self.rules = 1
        self.limits: SetExchangeLimits | None = None
        self.symbol_rules: dict[int, SetSymbolRules] = {}
        self.asset_limits: dict[int, int] = {}

    def apply(self, batch: Batch) -> None:
        for event in batch.events:
            if event["kind"] == EventKind.ACCOUNT_UNFROZEN:
                self.facts[int(event["account"])].update(frozen=False, frozen_until_ns=0)
        if batch.cold is None or batch.events[-1]["flags"] & EventFlag.REPEATED:
            return
        if batch.events[-1]["kind"] == EventKind.REJECTED:
            return
        match batch.cold:
            case OpenAccounts(account_kind=kind, count=count, label=label, tier=tier, trade_group=group):
                for account in range(len(self.facts), len(self.facts) + count):
                    self.facts[account] = {
                        "kind": kind, "tier": tier, "trade_group": group, "frozen": False, "frozen_until_ns": 0,
                    }  # fmt: skip
                    self.labels[account] = label
            case SetFeeTier(tier=tier, maker_ppm=maker_ppm, taker_ppm=taker_ppm):
                self.ppm[tier] = maker_ppm, taker_ppm
            case SetAccountTier(account=account, tier=tier):
                self.facts[account]["tier"] = tier
            case SetTradeGroup(account=account, trade_group=group):
                self.facts[account]["trade_group"] = group
            case FreezeAccount(account=account, until_ns=until_ns):
                self.facts[account].update(frozen=True, frozen_until_ns=until_ns)
            case UnfreezeAccount(account=account):
                self.facts[account].update(frozen=False, frozen_until_ns=0)
            case HaltSymbol(symbol=symbol):
                self.halted.add(symbol)
            case ResumeSymbol(symbol=symbol):
                self.halted.discard(symbol)
            case AdoptRules(rules=rules):
                self.rules = rules
            case SetExchangeLimits():
                self.limits = batch.cold
            case SetSymbolRules(symbol=symbol):
                self.symbol_rules[symbol] = batch.cold
            case SetAssetLimit(asset=asset, order_atoms_max=atoms):
                self.asset_limits[asset] = atoms

    def account(self, account: int) -> AccountAnswer:
        if account not in self.facts:
            return AccountAnswer(False, account)
        facts = self.facts[account]
        maker_ppm, taker_ppm = self.ppm.get(facts["tier"], (0, 0))
        return AccountAnswer(
            True, account, maker_ppm=maker_ppm, taker_ppm=taker_ppm, label=self.labels[account], **facts
        )


@given(seeds)
def test_the_catalog_is_what_was_listed_and_an_account_what_was_said_of_it(seed: int) -> None:
    view, slow = Catalog(), SlowCatalog()
    batches = play_either(seed)
    for number, batch in enumerate(batches):
        if number == len(batches) // 2:
            before = {name: array.copy() for name, array in view.arrays().items()}
            view = Catalog()
            view.restore(before)
            after = view.arrays()
            assert before.keys() == after.keys()
            assert all(np.array_equal(before[name], after[name]) for name in before)
        known = view.answer(CatalogQuestion())
        view.apply(batch)
        slow.apply(batch)
        again = view.answer(CatalogQuestion(known.version))
        changed = view.answer(CatalogQuestion()) != known
        # A limit may be set to what it was; a door then hears of it all the same.
        assert again.changed == changed or isinstance(batch.cold, SetAssetLimit), (
            "a door must hear of a change, and only of one"
        )
        for account in (HOUSE_ACCOUNT, BANK, *TRADERS, STRANGER, -1):
            assert view.answer(AccountQuestion(account)) == slow.account(account)
    catalog = view.answer(CatalogQuestion())
    assert [(asset.number, asset.code, asset.scale) for asset in catalog.assets] == [
        (0, "USD", 6),
        (1, "ONE", 2),
        (2, "TWO", 4),
    ]
    assert [symbol.halted for symbol in catalog.symbols] == [symbol in slow.halted for symbol in SYMBOLS]
    assert (catalog.rules, catalog.limits) == (slow.rules, slow.limits)
    assert [symbol.rules for symbol in catalog.symbols] == [slow.symbol_rules.get(symbol) for symbol in SYMBOLS]
    assert [asset.order_atoms_max for asset in catalog.assets] == [slow.asset_limits.get(i, 0) for i in range(3)]
    assert [(tier.maker_ppm, tier.taker_ppm) for tier in catalog.fee_tiers[:3]] == [(0, 1_000), (300, 3_333), (0, 0)]
    assert [(label.account, label.kind, label.text) for label in catalog.labels] == [
        (HOUSE_ACCOUNT, AccountKind.HOUSE, "house"),
        (BANK, AccountKind.EXTERNAL, "bank"),
    ]


def test_a_symbol_is_its_listing_and_what_a_lot_costs_per_tick() -> None:
    view = Catalog()
    for batch in play(0)[: len(OPENING)]:
        view.apply(batch)
    one, two = view.answer(CatalogQuestion()).symbols
    assert (one.number, one.code, one.base_asset, one.quote_asset) == (0, "ONEUSD", 1, 0)
    assert (one.tick_atoms, one.lot_atoms, one.tick_lot_atoms) == (100, 3, 3)
    assert (two.number, two.tick_atoms, two.lot_atoms, two.tick_lot_atoms) == (1, 10**4, 7, 7)
    assert (one.price_ticks_min, one.price_ticks_max, one.orders_max, one.stp_allowed) == (1, 1_000, 8, 63)
