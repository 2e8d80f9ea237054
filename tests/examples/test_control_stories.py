"""Listing, accounts, tiers, freezes, halts and timers: docs/rules/controls.md."""

from typing import Any

import msgspec
import pytest

from venus.records.commands import (
    AccountKind,
    ColdCommand,
    FreezeAccount,
    HaltSymbol,
    ListAsset,
    ListSymbol,
    NoteClockJump,
    OpenAccounts,
    ResumeSymbol,
    SetAccountTier,
    SetFeeTier,
    SetTradeGroup,
    UnfreezeAccount,
)
from venus.records.events import EventFlag, EventKind
from venus.records.rejects import Reject
from venus.testing.play import Play, play
from venus.units import ATOMS_MAX, FEE_PPM_MAX, INT64_MAX

SYMBOL = ListSymbol(
    reference="r",
    code="NEW",
    base_asset=1,
    quote_asset=0,
    tick_atoms=1,
    lot_atoms=1,
    price_ticks_min=1,
    price_ticks_max=100,
    quantity_lots_min=1,
    quantity_lots_max=100,
    market_lots_max=100,
    notional_atoms_min=0,
    notional_atoms_max=1_000,
    orders_max=10,
    stp_allowed=3,
    stp_default=1,
)
ACCOUNTS = OpenAccounts(reference="r", account_kind=AccountKind.PERSON, count=1, label="", tier=0, trade_group=-1)
EXTERNAL = msgspec.structs.replace(ACCOUNTS, account_kind=AccountKind.EXTERNAL, label="external:chain.x_1-a")


def test_freezing_ends_open_orders_by_asset_and_then_the_newest_first():
    play("""
        ann  deposit 1_000 USD
        ann  deposit 10 BTC
        ann  buy  1 @ 10 on ETHUSD     rests     # base ETH, asset 2
        ann  buy  2 @ 20               rests     # base BTC, asset 1
        ann  sell 3 @ 30               rests
        ann  buy  4 @ 1 on ETHBTC      rests
        ann  freeze     expires 3 ACCOUNT_FROZEN, 2 ACCOUNT_FROZEN, 4 ACCOUNT_FROZEN, 1 ACCOUNT_FROZEN
        ann  has  1_000 free 0 held USD
        ann  has  10 free 0 held BTC
        ann  buy  1 @ 10               rejected ACCOUNT_FROZEN
        ann  amend #1 to 1             rejected ACCOUNT_FROZEN
        ann  cancel #1                 rejected UNKNOWN_ORDER
        ann  unfreeze
        ann  unfreeze                  rejected NO_CHANGE
        ann  buy  1 @ 10               rests
    """)


def test_a_freeze_with_an_end_thaws_at_the_first_frame_that_has_reached_it():
    stage = play("""
        ann  deposit 1_000 USD
        bob  deposit 1_000 USD
        at 10
        ann  freeze until 20
        bob  freeze until 15
        at 14
        bob  buy  1 @ 10               rejected ACCOUNT_FROZEN
        at 19
        ann  buy  1 @ 10               rejected ACCOUNT_FROZEN
        bob  buy  1 @ 10               rests
        at 20
        ann  buy  1 @ 10               rests
        ann  unfreeze                  rejected NO_CHANGE
        ann  freeze until 20                                      # already past: until the next frame
        ann  buy  1 @ 10               rests
    """)
    stage.lines("ann freeze until 30")
    stage.lines("bob freeze until 25")
    stage.time_ns = 40
    thawed_first, thawed_then, jumped = stage.cold(NoteClockJump(reference="jump", by_ns=-3))
    assert [thawed_first.account, thawed_then.account] == [stage.accounts["bob"], stage.accounts["ann"]]
    assert thawed_first.kind == thawed_then.kind == EventKind.ACCOUNT_UNFROZEN
    assert thawed_first.flags == thawed_then.flags == EventFlag.TIMER
    assert thawed_first.sequence == jumped.sequence
    assert jumped.kind == EventKind.CLOCK_JUMPED


def test_freezing_again_replaces_the_end_and_unfreezing_drops_it():
    play("""
        ann  deposit 1_000 USD
        ann  freeze until 20
        ann  freeze until 30
        at 29
        ann  buy  1 @ 10               rejected ACCOUNT_FROZEN
        ann  freeze                                               # now without an end
        at 1_000
        ann  buy  1 @ 10               rejected ACCOUNT_FROZEN
        ann  freeze until 2_000
        ann  unfreeze
        ann  freeze
        at 3_000
        ann  buy  1 @ 10               rejected ACCOUNT_FROZEN    # the old timer is gone
    """)


def test_equal_ends_come_in_the_order_in_which_they_were_set():
    stage = play("""
        ann  freeze until 50
        bob  freeze until 50
        ann  freeze until 50
        at 50
    """)
    events = stage.cold(NoteClockJump(reference="jump", by_ns=0))
    assert [event.account for event in events[:2]] == [stage.accounts["bob"], stage.accounts["ann"]]


def test_on_a_halted_symbol_orders_rest_and_may_be_cancelled():
    play("""
        ann  deposit 1_000 USD
        ann  buy  2 @ 100 id a1        rests
        ann  buy  2 @ 100 id a2        rests
        halt BTCUSD
        ann  buy  1 @ 100              rejected SYMBOL_HALTED
        ann  amend a1 to 1             rejected SYMBOL_HALTED
        ann  replace a1 with buy 1 @ 1 rejected REPLACEMENT_REFUSED, SYMBOL_HALTED
        ann  buy  1 @ 100 on ETHUSD    rests
        ann  cancel a1                 cancels 2 @ 100
        book BTCUSD buys 2 @ 100
        resume BTCUSD
        ann  amend a2 to 1             amended to 1
    """)


def test_a_retry_of_a_control_gives_its_first_outcome():
    stage = Play()
    command = msgspec.structs.replace(ACCOUNTS, reference="three", count=3)
    [first] = stage.cold(command)
    stage.cold(msgspec.structs.replace(ACCOUNTS, reference="more"))
    [again] = stage.cold(command)
    assert again == first._replace(sequence=again.sequence, trade_id=first.sequence, flags=EventFlag.REPEATED)
    [reused] = stage.cold(msgspec.structs.replace(command, count=4))
    assert reused.reason == Reject.REFERENCE_REUSED


def test_a_reference_is_counted_in_characters():
    stage = Play()
    [event] = stage.cold(ListAsset(reference="é" * 64, code="EUR", scale=2))
    assert event.kind == EventKind.ASSET_LISTED
    [event] = stage.cold(ListAsset(reference="é" * 65, code="GBP", scale=2))
    assert event.reason == Reject.INVALID_COMMAND


def test_a_refused_control_may_be_tried_again_under_its_reference():
    stage = Play()
    command = SetAccountTier(reference="tier", account=2, tier=1)
    assert stage.cold(command)[0].reason == Reject.UNKNOWN_ACCOUNT
    stage.lines("ann deposit 1 USD")
    assert stage.cold(command)[0].kind == EventKind.ACCOUNT_TIER_SET


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (ListAsset(reference="", code="EUR", scale=2), Reject.INVALID_COMMAND),
        (ListAsset(reference="x" * 65, code="EUR", scale=2), Reject.INVALID_COMMAND),
        (ListAsset(reference="r", code="", scale=2), Reject.INVALID_COMMAND),
        (ListAsset(reference="r", code="A" * 13, scale=2), Reject.INVALID_COMMAND),
        (ListAsset(reference="r", code="EU R", scale=2), Reject.INVALID_COMMAND),
        (ListAsset(reference="r", code="É", scale=2), Reject.INVALID_COMMAND),
        (ListAsset(reference="r", code="٣", scale=2), Reject.INVALID_COMMAND),
        (ListAsset(reference="r", code="EUR", scale=-1), Reject.INVALID_COMMAND),
        (ListAsset(reference="r", code="EUR", scale=19), Reject.INVALID_COMMAND),
        (ListAsset(reference="r", code="USD", scale=2), Reject.ALREADY_LISTED),
        (SetFeeTier(reference="r", tier=16, maker_ppm=0, taker_ppm=0), Reject.INVALID_COMMAND),
        (SetFeeTier(reference="r", tier=-1, maker_ppm=0, taker_ppm=0), Reject.INVALID_COMMAND),
        (SetFeeTier(reference="r", tier=0, maker_ppm=FEE_PPM_MAX + 1, taker_ppm=0), Reject.FEE_OUT_OF_RANGE),
        (SetFeeTier(reference="r", tier=0, maker_ppm=0, taker_ppm=-1), Reject.FEE_OUT_OF_RANGE),
        (SetAccountTier(reference="r", account=99, tier=0), Reject.UNKNOWN_ACCOUNT),
        (SetAccountTier(reference="r", account=0, tier=16), Reject.INVALID_COMMAND),
        (SetTradeGroup(reference="r", account=-1, trade_group=0), Reject.UNKNOWN_ACCOUNT),
        (SetTradeGroup(reference="r", account=0, trade_group=-2), Reject.INVALID_COMMAND),
        (SetTradeGroup(reference="r", account=0, trade_group=2**31), Reject.INVALID_COMMAND),
        (FreezeAccount(reference="r", account=99, until_ns=0), Reject.UNKNOWN_ACCOUNT),
        (FreezeAccount(reference="r", account=0, until_ns=0), Reject.INVALID_COMMAND),
        (FreezeAccount(reference="r", account=1, until_ns=0), Reject.INVALID_COMMAND),
        (FreezeAccount(reference="r", account=2, until_ns=-1), Reject.INVALID_COMMAND),
        (FreezeAccount(reference="r", account=2, until_ns=INT64_MAX + 1), Reject.INVALID_COMMAND),
        (UnfreezeAccount(reference="r", account=99), Reject.UNKNOWN_ACCOUNT),
        (UnfreezeAccount(reference="r", account=0), Reject.INVALID_COMMAND),
        (UnfreezeAccount(reference="r", account=2), Reject.NO_CHANGE),
        (HaltSymbol(reference="r", symbol=99), Reject.UNKNOWN_SYMBOL),
        (HaltSymbol(reference="r", symbol=-1), Reject.UNKNOWN_SYMBOL),
        (ResumeSymbol(reference="r", symbol=0), Reject.NO_CHANGE),
    ],
)
def test_what_a_control_refuses(command: ColdCommand, reason: Reject):
    stage = play("ann deposit 1 USD")
    [event] = stage.cold(command)
    assert (event.kind, event.reason) == (EventKind.REJECTED, reason)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, Reject.NONE),
        ({"code": "A" * 24}, Reject.NONE),
        ({"code": "A" * 25}, Reject.INVALID_COMMAND),
        ({"code": "BTC/USD"}, Reject.INVALID_COMMAND),
        ({"code": "BTCUSD"}, Reject.ALREADY_LISTED),
        ({"base_asset": 9}, Reject.UNKNOWN_ASSET),
        ({"quote_asset": -1}, Reject.UNKNOWN_ASSET),
        ({"quote_asset": 1}, Reject.INVALID_COMMAND),
        ({"tick_atoms": 0}, Reject.INVALID_COMMAND),
        ({"lot_atoms": 0}, Reject.INVALID_COMMAND),
        ({"price_ticks_min": 0}, Reject.INVALID_COMMAND),
        ({"price_ticks_min": 101}, Reject.INVALID_COMMAND),
        ({"quantity_lots_min": 101}, Reject.INVALID_COMMAND),
        ({"quantity_lots_min": 0}, Reject.INVALID_COMMAND),
        ({"quantity_lots_min": 50, "market_lots_max": 49}, Reject.INVALID_COMMAND),
        ({"notional_atoms_min": -1}, Reject.INVALID_COMMAND),
        ({"notional_atoms_max": 0}, Reject.INVALID_COMMAND),
        ({"notional_atoms_min": 1_001}, Reject.INVALID_COMMAND),
        ({"orders_max": 0}, Reject.INVALID_COMMAND),
        ({"orders_max": 10**6 + 1}, Reject.INVALID_COMMAND),
        ({"stp_allowed": 0}, Reject.INVALID_COMMAND),
        ({"stp_allowed": 64 + 2}, Reject.INVALID_COMMAND),
        ({"stp_default": 2}, Reject.INVALID_COMMAND),
        ({"price_ticks_max": 2**60 - 1}, Reject.NONE),
        ({"price_ticks_max": 2**60}, Reject.LISTING_OVERFLOWS),
        ({"price_ticks_max": 2**60 - 1, "tick_atoms": 5}, Reject.LISTING_OVERFLOWS),
        ({"quantity_lots_max": ATOMS_MAX}, Reject.NONE),
        ({"quantity_lots_max": ATOMS_MAX + 1}, Reject.LISTING_OVERFLOWS),
        ({"quantity_lots_max": ATOMS_MAX // 2 + 1, "lot_atoms": 2}, Reject.LISTING_OVERFLOWS),
        ({"quantity_lots_max": ATOMS_MAX // 2 + 1, "tick_atoms": 2}, Reject.LISTING_OVERFLOWS),
        ({"market_lots_max": ATOMS_MAX + 1}, Reject.LISTING_OVERFLOWS),
        ({"notional_atoms_max": ATOMS_MAX + 1}, Reject.LISTING_OVERFLOWS),
    ],
)
def test_listing_a_symbol_proves_its_limits(changes: dict[str, Any], reason: Reject):
    [event] = Play().cold(msgspec.structs.replace(SYMBOL, **changes))
    assert event.reason == reason
    assert event.kind == (EventKind.REJECTED if reason else EventKind.SYMBOL_LISTED)


def test_a_grid_on_which_a_trade_would_need_rounding_is_not_listed():
    stage = Play()
    stage.cold(ListAsset(reference="fine", code="FINE", scale=3))
    listing = msgspec.structs.replace(SYMBOL, base_asset=3)
    [refused] = stage.cold(msgspec.structs.replace(listing, tick_atoms=10, lot_atoms=50))
    assert refused.reason == Reject.LISTING_NOT_EXACT
    [listed] = stage.cold(msgspec.structs.replace(listing, tick_atoms=20, lot_atoms=50))
    assert listed.kind == EventKind.SYMBOL_LISTED


def test_a_tick_itself_is_limited_however_small_the_lot():
    stage = Play()
    stage.cold(ListAsset(reference="finest", code="FINEST", scale=18))
    listing = msgspec.structs.replace(SYMBOL, base_asset=3, tick_atoms=5 * 10**18)
    [refused] = stage.cold(listing)
    assert refused.reason == Reject.LISTING_OVERFLOWS
    [listed] = stage.cold(msgspec.structs.replace(listing, tick_atoms=4 * 10**18))
    assert listed.kind == EventKind.SYMBOL_LISTED


@pytest.mark.parametrize(
    ("command", "changes", "reason"),
    [
        (ACCOUNTS, {}, Reject.NONE),
        (ACCOUNTS, {"count": 0}, Reject.INVALID_COMMAND),
        (ACCOUNTS, {"count": 10**6 + 1}, Reject.INVALID_COMMAND),
        (ACCOUNTS, {"account_kind": 0}, Reject.INVALID_COMMAND),
        (ACCOUNTS, {"account_kind": 4}, Reject.INVALID_COMMAND),
        (ACCOUNTS, {"tier": 16}, Reject.INVALID_COMMAND),
        (ACCOUNTS, {"trade_group": -2}, Reject.INVALID_COMMAND),
        (ACCOUNTS, {"trade_group": 2**31 - 1}, Reject.NONE),
        (ACCOUNTS, {"trade_group": 2**31}, Reject.INVALID_COMMAND),
        (ACCOUNTS, {"label": "me"}, Reject.INVALID_COMMAND),
        (EXTERNAL, {}, Reject.NONE),
        (EXTERNAL, {"count": 2}, Reject.INVALID_COMMAND),
        (EXTERNAL, {"label": ""}, Reject.INVALID_COMMAND),
        (EXTERNAL, {"label": "a b"}, Reject.INVALID_COMMAND),
        (EXTERNAL, {"label": "x" * 64}, Reject.NONE),
        (EXTERNAL, {"label": "x" * 65}, Reject.INVALID_COMMAND),
        (EXTERNAL, {"label": "bank"}, Reject.ALREADY_LISTED),
        (EXTERNAL, {"label": "bank", "account_kind": AccountKind.HOUSE}, Reject.ALREADY_LISTED),
    ],
)
def test_opening_accounts(command: OpenAccounts, changes: dict[str, Any], reason: Reject):
    [event] = Play().cold(msgspec.structs.replace(command, **changes))
    assert event.reason == reason
    assert event.kind == (EventKind.REJECTED if reason else EventKind.ACCOUNTS_OPENED)


def test_nothing_is_listed_or_opened_before_the_house():
    stage = Play(furnished=False)
    [asset] = stage.cold(ListAsset(reference="r", code="USD", scale=2))
    [person] = stage.cold(ACCOUNTS)
    [external] = stage.cold(EXTERNAL)
    assert asset.reason == person.reason == external.reason == Reject.HOUSE_MISSING
    [house] = stage.cold(msgspec.structs.replace(EXTERNAL, account_kind=AccountKind.HOUSE, label="house"))
    assert (house.kind, house.account) == (EventKind.ACCOUNTS_OPENED, 0)
