"""Wallets of a currency: docs/rules/currency.md. Core and model play every line, and check themselves after it."""

import msgspec
import pytest

from venus.records.coins import DAY_NS
from venus.records.commands import Command, CommandKind, FreezeAccount, OrderType, UnfreezeAccount
from venus.records.events import EventFlag, EventKind
from venus.records.holds import ApproveSpender, CreateHold, ExecuteHold, ProposeTrade, ReclaimHold, TransferFrom
from venus.records.rejects import Reject
from venus.records.transfers import transfer
from venus.testing.coin_stage import HOUR_NS
from venus.testing.currency_stage import CLASSES, wallet_class
from venus.testing.officials import CENTRAL_BANK, WEST
from venus.testing.wallet_stage import DCNY, IDENTITY, INSTITUTION, PHONE, VERIFIED, WalletStage

YEAR_NS = 365 * DAY_NS


@pytest.fixture(scope="module")
def opened() -> WalletStage:
    stage = WalletStage()
    for name, number in (("ann", PHONE), ("bob", IDENTITY), ("eve", VERIFIED), ("mall", INSTITUTION)):
        stage.wallet(name, number, operator=number % 2)
    return stage


@pytest.fixture
def stage(opened: WalletStage) -> WalletStage:
    return opened.branch()


def reasons(events: list) -> list[Reject]:
    return [Reject(one.reason) for one in events if one.kind == EventKind.REJECTED]


def test_a_payment_meets_the_limits_of_payer_and_payee(stage: WalletStage):
    stage.play.lines("""
        east  pay  ann 300 dCNY
        east  pay  ann 1 dCNY    rejected BALANCE_LIMIT
        ann   pay  mall 101 dCNY rejected SINGLE_LIMIT
        ann   pay  mall 100 dCNY
        ann   pay  mall 51 dCNY  rejected DAY_LIMIT
        ann   pay  bob 50 dCNY
        ann   pay  bob 1 dCNY    rejected DAY_LIMIT
        bob   pay  ann 51 dCNY   rejected INSUFFICIENT_FREE
        bob   pay  ann 50 dCNY
        cash  pay  ann 1 dCNY    rejected INSUFFICIENT_FREE
        mall  pay  cash 100 dCNY
        cash  pay  ann 100 dCNY
        cash  pay  ann 1 dCNY    rejected BALANCE_LIMIT
        ann   has  300 free 0 held dCNY
    """)


def test_days_begin_at_the_currency_s_own_midnight(stage: WalletStage):
    stage.play.lines("east pay ann 300 dCNY\nann pay mall 100 dCNY\nann pay mall 50 dCNY")
    midnight = (stage.time_ns + 8 * HOUR_NS) // DAY_NS * DAY_NS + 16 * HOUR_NS
    stage.until(midnight - 1)
    stage.play.lines("ann pay mall 1 dCNY rejected DAY_LIMIT")
    stage.until(midnight)
    stage.play.lines("ann pay mall 100 dCNY\nann pay mall 50 dCNY\nann pay mall 1 dCNY rejected DAY_LIMIT")


def test_a_year_is_counted_too_and_begins_anew(stage: WalletStage):
    for day in range(4):
        stage.play.lines(f"east pay ann {300 if day == 0 else 150} dCNY\nann pay mall 100 dCNY\nann pay mall 50 dCNY")
        stage.later(DAY_NS)
    stage.play.lines("ann pay mall 1 dCNY rejected YEAR_LIMIT")
    stage.later(YEAR_NS)
    stage.play.lines("ann pay mall 100 dCNY")


def test_a_family_counts_together_and_pays_itself_freely(stage: WalletStage):
    stage.sub_wallet("till", "ann")
    stage.sub_wallet("stall", "ann")
    stage.play.lines("""
        east  pay  ann 200 dCNY
        east  pay  till 101 dCNY   rejected BALANCE_LIMIT
        east  pay  till 100 dCNY
        ann   pay  stall 200 dCNY
        stall pay  till 200 dCNY
        till  pay  mall 100 dCNY
        ann   pay  mall 1 dCNY     rejected INSUFFICIENT_FREE
        till  pay  stall 200 dCNY
        stall pay  mall 50 dCNY
        stall pay  mall 1 dCNY     rejected DAY_LIMIT
    """)


def test_sub_wallets_belong_to_roots_and_are_few(stage: WalletStage):
    ann, till = stage.play.accounts["ann"], stage.sub_wallet("till", "ann")
    assert stage.reject(stage.sub_opening(till)) == Reject.INVALID_COMMAND
    assert stage.reject(stage.sub_opening(stage.play.accounts["east"])) == Reject.NOT_A_WALLET
    assert stage.reject(stage.sub_opening(9_999)) == Reject.UNKNOWN_ACCOUNT
    for name in ("a", "b", "c"):
        stage.sub_wallet(name, "ann")
    assert stage.reject(stage.sub_opening(ann)) == Reject.SUB_WALLETS_FULL
    stage.do(stage.closing(till))
    stage.sub_wallet("d", "ann")
    assert stage.reject(stage.class_change(till, IDENTITY)) == Reject.WALLET_CLOSED


def test_a_wallet_has_nothing_but_its_currency_and_trades_nothing(stage: WalletStage):
    ann = stage.play.accounts["ann"]
    stage.play.lines("east pay ann 100 dCNY")
    order = Command(kind=CommandKind.ORDER, account=ann, type=OrderType.LIMIT, price_ticks=1, quantity=1)
    for kind, reason in (
        (CommandKind.ORDER, Reject.UNKNOWN_ACCOUNT),
        (CommandKind.CANCEL, Reject.UNKNOWN_SYMBOL),
        (CommandKind.CANCEL_LIST, Reject.UNKNOWN_SYMBOL),
    ):
        assert reasons(stage.play.hot((order._replace(kind=kind), ""))) == [reason]
    trade = ProposeTrade(
        reference=stage.reference(),
        account=ann,
        counterparty=stage.play.accounts["shop"],
        give_asset=DCNY,
        give_atoms=1,
        take_asset=1,
        take_atoms=1,
        expires_ns=stage.time_ns + DAY_NS,
    )
    assert stage.reject(trade) in (Reject.ACCOUNT_UNSUITED, Reject.COIN_SUPPLY)
    stage.play.lines("issuer:dCNY pay ann 1 dCNY rejected COIN_SUPPLY\nann pay issuer:dCNY 1 dCNY rejected COIN_SUPPLY")


def test_a_class_change_resets_nothing(stage: WalletStage):
    ann = stage.play.accounts["ann"]
    stage.play.lines("east pay ann 300 dCNY\nann pay mall 100 dCNY\nann pay mall 50 dCNY")
    stage.do(stage.class_change(ann, IDENTITY))
    stage.play.lines("ann pay mall 150 dCNY\neast pay ann 300 dCNY\nann pay mall 101 dCNY rejected DAY_LIMIT")
    stage.do(stage.class_change(ann, PHONE))
    stage.play.lines("ann pay mall 1 dCNY rejected DAY_LIMIT")
    assert stage.reject(stage.class_change(ann, PHONE)) == Reject.NO_CHANGE
    assert stage.reject(stage.class_change(ann, 4)) == Reject.UNKNOWN_CLASS
    assert stage.reject(stage.opening(-1)) == Reject.UNKNOWN_CLASS
    assert stage.reject(stage.opening(PHONE, operator=2)) == Reject.UNKNOWN_OPERATOR
    assert stage.reject(stage.opening(PHONE, currency=1)) == Reject.UNKNOWN_CURRENCY
    assert stage.reject(stage.opening(PHONE, count=0)) == Reject.INVALID_COMMAND


def test_a_new_regime_resets_nothing_and_takes_nothing(stage: WalletStage):
    stage.play.lines("east pay ann 300 dCNY\nann pay mall 100 dCNY")
    lower = (*CLASSES[:2], wallet_class("by phone", 150, 60, 110, 600), CLASSES[3])
    stage.adopt(lower, stage.time_ns + HOUR_NS)
    stage.play.lines("ann pay mall 20 dCNY")
    stage.later(HOUR_NS)
    stage.play.lines("""
        east pay ann 1 dCNY   rejected BALANCE_LIMIT
        ann  pay mall 1 dCNY  rejected DAY_LIMIT
        ann  has 180 free 0 held dCNY
    """)
    stage.later(DAY_NS)
    stage.play.lines("ann pay mall 61 dCNY rejected SINGLE_LIMIT\nann pay mall 60 dCNY\neast pay ann 30 dCNY")


def test_a_refund_goes_back_once_and_counts_nowhere(stage: WalletStage):
    stage.play.lines("east pay ann 300 dCNY\nann pay mall 100 dCNY as coffee\nann pay mall 50 dCNY as cake")
    back = stage.refund("mall", "coffee", 60, reference="back")
    assert [one.kind for one in back] == [EventKind.TRANSFERRED, EventKind.REFUNDED]
    assert (back[1].maker_account, back[1].quantity_lots, back[1].remaining_lots) == (
        stage.play.accounts["ann"],
        *(60, 40),
    )
    again = stage.refund("mall", "coffee", 60, reference="back")
    assert [one.flags for one in again] == [EventFlag.REPEATED] and stage.has("ann") == 210
    assert reasons(stage.refund("mall", "coffee", 41)) == [Reject.REFUND_TOO_LARGE]
    assert reasons(stage.refund("mall", "coffee", 59, reference="back")) == [Reject.REFERENCE_REUSED]
    assert reasons(stage.refund("mall", "coffee", 1, reference="cake")) == [Reject.REFERENCE_REUSED]
    assert reasons(stage.refund("bob", "coffee", 1)) == [Reject.UNKNOWN_PAYMENT]
    assert reasons(stage.refund("mall", "nothing", 1)) == [Reject.UNKNOWN_PAYMENT]
    assert reasons(stage.refund("mall", "back", 1)) == [Reject.UNKNOWN_PAYMENT]
    assert reasons(stage.refund("ann", "back", 1)) == [Reject.UNKNOWN_PAYMENT]
    assert reasons(stage.refund("mall", "coffee", 1, asset=1)) == [Reject.UNKNOWN_PAYMENT]
    assert reasons(stage.refund("mall", "coffee", 0)) == [Reject.AMOUNT_OUT_OF_RANGE]
    assert reasons(stage.refund("mall", "coffee", 1, flags=1)) == [Reject.INVALID_TRANSFER]
    stage.play.lines("ann pay mall 1 dCNY rejected DAY_LIMIT\neast pay ann 90 dCNY")
    assert reasons(stage.refund("mall", "coffee", 1)) == [Reject.BALANCE_LIMIT]


def test_what_a_wallet_may_not_hold_pours_into_its_bank(stage: WalletStage):
    stage.do(stage.bank(stage.play.accounts["ann"], 0, waterfall=1))
    stage.play.lines("east pay ann 290 dCNY\neast pay mall 500 dCNY")
    events = stage.send("mall", "ann", 60)
    assert [(one.kind, one.quantity_lots) for one in events] == [
        (EventKind.TRANSFERRED, 60),
        (EventKind.TRANSFERRED, 50),
        (EventKind.POURED, 50),
    ]
    assert events[2].remaining_lots == 50 and stage.has("ann") == 300
    linked = stage.play.hot(
        *(
            (command._replace(flags=flag), text)
            for flag, (command, text) in zip(
                (64, 0), (_transfer(stage, "mall", "ann", 1), _transfer(stage, "mall", "bob", 1)), strict=True
            )
        )
    )
    assert reasons(linked) == [Reject.BALANCE_LIMIT, Reject.LINK_BROKEN]


def _transfer(stage: WalletStage, payer: str, payee: str, atoms: int):
    accounts = stage.play.accounts
    return transfer(stage.reference(), debit=accounts[payer], credit=accounts[payee], asset=DCNY, atoms=atoms)


def test_what_a_payer_is_short_of_comes_from_its_bank(stage: WalletStage):
    ann = stage.play.accounts["ann"]
    stage.do(stage.bank(ann, 70, reverse=1))
    stage.play.lines("east pay ann 20 dCNY")
    assert reasons(stage.send("ann", "bob", 91)) == [Reject.INSUFFICIENT_FREE]
    assert reasons(stage.send("ann", "bob", 101)) == [Reject.SINGLE_LIMIT]
    events = stage.send("ann", "bob", 80)
    assert [(one.kind, one.quantity_lots) for one in events] == [
        (EventKind.TRANSFERRED, 60),
        (EventKind.POURED, -60),
        (EventKind.TRANSFERRED, 80),
    ]
    assert (events[1].remaining_lots, stage.has("ann"), stage.has("bob")) == (10, 0, 80)
    assert stage.reject(stage.bank(ann, -1)) == Reject.AMOUNT_OUT_OF_RANGE
    assert stage.reject(stage.bank(ann, 1, reverse=2)) == Reject.INVALID_COMMAND


def test_linked_payments_count_together_or_not_at_all(stage: WalletStage):
    stage.play.lines("""
        east pay ann 300 dCNY
        together ann pay mall 100 dCNY & ann pay mall 60 dCNY    rejected LINK_BROKEN, DAY_LIMIT
        together ann pay mall 100 dCNY & ann pay bob 50 dCNY
        ann pay mall 1 dCNY  rejected DAY_LIMIT
        bob has 50 free 0 held dCNY
    """)


def _hold(stage: WalletStage, payer: str, target: str, atoms: int) -> CreateHold:
    accounts = stage.play.accounts
    return CreateHold(
        reference=stage.reference(),
        account=accounts[payer],
        target=accounts[target],
        notary=accounts["shop"],
        asset=DCNY,
        atoms=atoms,
        reclaim_ns=0,
        expires_ns=stage.time_ns + 2 * DAY_NS,
        hash_lock=b"",
    )


def test_a_hold_counts_when_it_is_made_and_fits_when_it_is_executed(stage: WalletStage):
    accounts = stage.play.accounts
    stage.play.lines("east pay bob 300 dCNY\neast pay ann 200 dCNY")
    assert stage.reject(_hold(stage, "bob", "ann", 201)) == Reject.SINGLE_LIMIT
    number = stage.do(_hold(stage, "bob", "ann", 200)).order_id
    execute = ExecuteHold(
        reference=stage.reference(), hold=number, by_account=accounts["shop"], atoms=150, preimage=b""
    )
    assert stage.reject(execute) == Reject.BALANCE_LIMIT
    stage.do(msgspec.structs.replace(execute, reference=stage.reference(), atoms=100))
    stage.do(ReclaimHold(reference=stage.reference(), hold=number, by_account=accounts["bob"]))
    stage.play.lines("bob has 200 free 0 held dCNY\nbob pay mall 200 dCNY\neast pay bob 50 dCNY")
    assert stage.reject(_hold(stage, "bob", "mall", 1)) == Reject.DAY_LIMIT


def test_an_allowance_is_no_way_around(stage: WalletStage):
    accounts = stage.play.accounts
    stage.play.lines("east pay ann 300 dCNY")
    stage.do(
        ApproveSpender(
            reference=stage.reference(), account=accounts["ann"], spender=accounts["shop"], asset=DCNY, atoms=1_000
        )
    )
    spend = TransferFrom(
        reference=stage.reference(),
        account=accounts["ann"],
        spender=accounts["shop"],
        to_account=accounts["mall"],
        asset=DCNY,
        atoms=100,
    )
    stage.do(spend)
    again = msgspec.structs.replace(spend, reference=stage.reference(), atoms=51)
    assert stage.reject(again) == Reject.DAY_LIMIT
    assert stage.reject(msgspec.structs.replace(again, atoms=101)) == Reject.SINGLE_LIMIT


def test_a_frozen_wallet_pays_nothing(stage: WalletStage):
    ann = stage.play.accounts["ann"]
    stage.play.lines("east pay ann 300 dCNY")
    stage.do(FreezeAccount(reference=stage.reference(), account=ann, until_ns=0))
    stage.play.lines("ann pay bob 1 dCNY rejected ACCOUNT_FROZEN")
    stage.do(UnfreezeAccount(reference=stage.reference(), account=ann))
    stage.play.lines("ann pay bob 1 dCNY")


def test_a_closed_wallet_is_closed(stage: WalletStage):
    ann = stage.play.accounts["ann"]
    stage.play.lines("east pay ann 10 dCNY")
    assert stage.reject(stage.closing(ann)) == Reject.WALLET_NOT_EMPTY
    till = stage.sub_wallet("till", "ann")
    stage.play.lines("ann pay bob 10 dCNY")
    assert stage.reject(stage.closing(ann)) == Reject.WALLET_NOT_EMPTY
    stage.do(stage.closing(till))
    stage.do(stage.closing(ann))
    assert stage.reject(stage.closing(ann)) == Reject.WALLET_CLOSED
    stage.play.lines("bob pay ann 1 dCNY rejected WALLET_CLOSED\nann pay bob 1 dCNY rejected WALLET_CLOSED")
    assert stage.reject(stage.closing(stage.play.accounts["shop"])) == Reject.NOT_A_WALLET


def test_interest_is_a_day_s_for_every_midnight(stage: WalletStage):
    """One per cent a year on 3,650 is a tenth of an atom a day."""
    eve = stage.play.accounts["eve"]
    stage.play.lines("east pay eve 3650 dCNY\neast pay ann 300 dCNY")
    stage.later(9 * DAY_NS)
    stage.do(stage.interest(), CENTRAL_BANK)
    assert stage.reject(stage.closing(eve)) == Reject.WALLET_NOT_EMPTY
    stage.later(DAY_NS)
    stage.do(stage.interest(), CENTRAL_BANK)
    assert stage.has("eve") == 3_650
    events = stage.send("east", "mall", 1)
    paid = [one for one in events if one.kind == EventKind.INTEREST_PAID]
    done = [one for one in events if one.kind == EventKind.INTEREST_DONE]
    assert [(one.account, one.quantity_lots, one.flags) for one in paid] == [(eve, 1, EventFlag.TIMER)]
    assert [(one.order_id, one.quantity_lots, one.remaining_lots) for one in done] == [(1, 1, 0)]
    stage.later(20 * DAY_NS)
    stage.do(stage.interest(), CENTRAL_BANK)
    stage.do(stage.interest(), CENTRAL_BANK)  # the frame of this one ended the sweep of the one before it
    assert stage.has("eve") == 3_653


def test_interest_that_a_treasury_cannot_pay_stays_owed(stage: WalletStage):
    stage.play.lines("east pay eve 3650 dCNY")
    west = stage.treasury(0)
    stage.play.lines(f"east pay west {west} dCNY")
    stage.later(10 * DAY_NS)
    stage.do(stage.interest(), CENTRAL_BANK)
    done = stage.send("west", "east", 1)[0]
    assert (done.kind, done.order_id, done.quantity_lots, done.remaining_lots) == (EventKind.INTEREST_DONE, 0, 0, 1)
    stage.do(stage.interest(), CENTRAL_BANK)
    stage.send("west", "east", 1)
    assert (stage.has("eve"), stage.treasury(0)) == (3_651, 1)


def test_a_regime_that_a_late_frame_begins_pays_each_midnight_by_its_own(stage: WalletStage):
    stage.play.lines("east pay eve 3650 dCNY")
    double = wallet_class("verified", 5_000, 500, 1_000, 0, interest_ppm=20_000)
    stage.adopt((double, *CLASSES[1:]), stage.time_ns + 5 * DAY_NS)
    stage.later(15 * DAY_NS)
    begun = stage.ask(stage.interest(), CENTRAL_BANK)
    assert begun[0].kind == EventKind.REGIME_BEGUN
    stage.send("east", "mall", 1)
    assert stage.has("eve") == 3_650 + 2, "5 days of a tenth, 10 of two tenths"


def test_wallets_follow_their_operator(stage: WalletStage):
    stage.do(stage.bank(stage.play.accounts["ann"], 10, waterfall=1, reverse=1))
    stage.play.lines("east pay ann 300 dCNY")
    stage.do(stage.move(0, 1), CENTRAL_BANK, WEST)
    assert stage.reject(stage.opening(PHONE, operator=0)) == Reject.UNKNOWN_OPERATOR
    before = stage.treasury(1)
    stage.play.lines("west pay ann 7 dCNY")
    assert (stage.has("ann"), stage.treasury(1)) == (300, before)
