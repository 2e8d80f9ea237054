"""Two devices that are offline pay each other, and the ledger settles it: docs/rules/purses.md. Core and model."""

import msgspec
import pytest

from venus.purse.device import PurseRefused
from venus.records.coins import DAY_NS
from venus.records.currency import CloseWallet, OpenWallets
from venus.records.events import EventKind
from venus.records.rejects import Reject
from venus.testing.officials import CENTRAL_BANK, EAST, WEST
from venus.testing.purse_stage import CLAIM_NS, GUARANTEE, LIFE_NS, PurseStage, card_of, copy_of


def test_two_devices_pay_offline_and_the_ledger_settles():
    stage = PurseStage()
    ann, tea = stage.purse("ann", 100), stage.purse("tea", 0)
    assert (stage.money("ann"), stage.offline) == (0, 100 + 2 * GUARANTEE)
    first, second = stage.paid(ann, tea, 30), stage.paid(ann, tea, 20)
    assert (ann.left_atoms, tea.taken_atoms, stage.money("tea")) == (50, 50, 0)
    events = stage.settled(second.payment, first.payment)
    assert [(one.quantity_lots, one.remaining_lots, one.hold_atoms) for one in events] == [(20, 0, 0), (30, 0, 0)]
    tea.settled([one.payment for one in tea.taken])
    assert (stage.money("tea"), tea.taken_atoms) == (50, 0)
    assert stage.settle(first.payment, second.payment) == [Reject.COUNTER_USED] * 2, "nothing is paid twice"
    assert stage.money("tea") == 50


def test_a_copied_device_is_caught_and_the_guarantee_pays():
    stage = PurseStage()
    ann, tea, inn = stage.purse("ann", 100), stage.purse("tea", 0), stage.purse("inn", 0)
    clone = copy_of(ann)
    honest, again = stage.paid(ann, tea, 90), stage.paid(clone, inn, 90)
    assert stage.settle(honest.payment) == [Reject.NONE]
    [*_, caught, _, moved, paid, settled] = stage.ask(stage.settling(again.payment))
    assert (caught.kind, caught.order_id, caught.account) == (
        EventKind.PURSE_CAUGHT,
        card_of(ann).purse,
        stage.account("ann"),
    )
    # 10 that were left, 50 of the guarantee; 30 are the inn's loss.
    assert (paid.quantity_lots, paid.hold_atoms, paid.remaining_lots) == (60, 50, 30)
    assert (moved.quantity_lots, settled.quantity_lots) == (60, 60)
    assert (stage.money("tea"), stage.money("inn")) == (90, 60)
    assert stage.settle(again.payment) == [Reject.COUNTER_USED], "what was paid in part is done"
    stage.person("ann", 10)
    assert stage.reject(stage.funding(ann, 10)) == Reject.PURSE_BLOCKED
    assert stage.reject(stage.opening(stage.account("ann"), stage.device("another"))) == Reject.PURSE_BLOCKED


def test_one_payee_sees_a_double_spend_offline():
    stage = PurseStage()
    ann, tea = stage.purse("ann", 100), stage.purse("tea", 0)
    clone = copy_of(ann)
    stage.paid(ann, tea, 60)
    with pytest.raises(PurseRefused, match="same money twice"):
        stage.paid(clone, tea, 60)


def test_the_same_request_is_answered_with_the_same_payment():
    stage = PurseStage()
    ann, tea = stage.purse("ann", 100), stage.purse("tea", 0)
    request = tea.ask(40, stage.nonce(), stage.time_ns)
    lost, found = ann.pay(request, stage.time_ns), ann.pay(request, stage.time_ns)
    assert lost == found
    tea.receive(found, stage.time_ns)
    tea.receive(lost, stage.time_ns)
    assert (ann.left_atoms, tea.taken_atoms) == (60, 40)


def test_what_was_received_cannot_be_paid_on_before_it_is_settled():
    stage = PurseStage()
    ann, tea, inn = stage.purse("ann", 100), stage.purse("tea", 0), stage.purse("inn", 0)
    stage.paid(ann, tea, 80)
    with pytest.raises(PurseRefused, match="only 0 atoms left"):
        stage.paid(tea, inn, 80)


def test_a_device_takes_no_more_than_it_may_hold():
    stage = PurseStage()
    ann, bob, tea = stage.purse("ann", 200), stage.purse("bob", 200), stage.purse("tea", 0)
    for payer in (ann, bob):
        stage.paid(payer, tea, 100)
    with pytest.raises(PurseRefused, match="settle first"):
        stage.paid(ann, tea, 1)
    with pytest.raises(PurseRefused, match="1 to 100"):
        stage.paid(ann, stage.purse("inn", 0), 101)


def test_what_no_device_would_have_taken_is_not_paid():
    stage = PurseStage()
    ann, tea = stage.purse("ann", 100), stage.purse("tea", 0)
    good = stage.paid(ann, tea, 30).payment
    changed = msgspec.structs.replace
    forged = [
        changed(good, atoms=31, total_atoms=31),
        changed(good, payee=card_of(ann).purse),
        changed(good, counter=0),
    ]
    assert stage.settle(*forged) == [Reject.PURSE_SIGNATURE, Reject.INVALID_TRANSFER, Reject.INVALID_COMMAND]
    assert stage.settle(changed(good, purse=99), changed(good, payee=99)) == [
        Reject.UNKNOWN_PURSE,
        Reject.UNKNOWN_COUNTERPARTY,
    ]
    lying = copy_of(ann)
    lying.spent_atoms = 0
    stage.certify(lying, card_of(ann).purse, card_of(ann).expires_ns, 150)
    lying.spent_atoms = 60
    beyond = stage.paid(lying, tea, 90).payment
    events = stage.ask(stage.settling(beyond))
    assert [one.kind for one in events] == [EventKind.PURSE_CAUGHT, EventKind.PURSE_REFUSED, EventKind.PURSE_SETTLED]
    assert stage.settle(good) == [Reject.NONE], "who was caught still pays what was honest"


def test_a_purse_is_closed_when_nothing_more_can_come():
    stage = PurseStage()
    ann, tea = stage.purse("ann", 100), stage.purse("tea", 0)
    late = stage.paid(ann, tea, 30)
    treasury = stage.treasury(0)
    stage.later(LIFE_NS)
    with pytest.raises(PurseRefused, match="expired"):
        stage.paid(ann, tea, 1)
    assert stage.reject(stage.funding(ann, 1)) == Reject.PURSE_EXPIRED
    assert stage.settle(late.payment) == [Reject.NONE], "what was paid in time is settled after the expiry"
    assert stage.reject(stage.closing(ann)) == Reject.TOO_EARLY
    stage.later(CLAIM_NS)
    closed = stage.do(stage.closing(ann))
    assert (closed.quantity_lots, closed.remaining_lots) == (70, GUARANTEE)
    assert (stage.money("ann"), stage.treasury(0)) == (70, treasury + GUARANTEE)
    assert stage.reject(stage.closing(ann)) == Reject.PURSE_OVER
    assert stage.settle(late.payment) == [Reject.PURSE_OVER]


def test_the_guarantee_outlives_its_operator():
    stage = PurseStage()
    ann, tea, inn = stage.purse("ann", 100), stage.purse("tea", 0), stage.purse("inn", 0)
    clone = copy_of(ann)
    payments = [stage.paid(ann, tea, 100).payment, stage.paid(clone, inn, 100).payment]
    stage.do(stage.move(0, 1), CENTRAL_BANK, WEST)
    assert stage.settle(*payments) == [Reject.NONE] * 2
    assert (stage.money("tea"), stage.money("inn")) == (100, GUARANTEE)
    stage.later(LIFE_NS + CLAIM_NS)
    west = stage.treasury(1)
    stage.do(stage.closing(tea))
    assert stage.treasury(1) == west + GUARANTEE
    assert stage.reject(stage.opening(stage.account("tea"), stage.device("new"))) == Reject.UNKNOWN_OPERATOR


def test_what_an_opening_must_be():
    stage = PurseStage()
    ann, device = stage.person("ann", 100), stage.device("ann")
    good, changed = stage.opening(ann, device), msgspec.structs.replace
    assert stage.reject(changed(good, account=999)) == Reject.UNKNOWN_ACCOUNT
    assert stage.reject(changed(good, currency=5)) == Reject.UNKNOWN_CURRENCY
    assert stage.reject(changed(good, operator=5)) == Reject.UNKNOWN_OPERATOR
    assert stage.reject(changed(good, operator=1)) == Reject.NO_PURSE_TERMS
    assert stage.reject(changed(good, key=bytes(32))) == Reject.BAD_KEY
    assert stage.reject(changed(good, holds_atoms_max=201)) == Reject.PURSE_LIMIT
    assert stage.reject(changed(good, expires_ns=stage.time_ns + LIFE_NS + 1)) == Reject.PURSE_EXPIRED
    assert stage.reject(changed(good, holds_atoms_max=199)) == Reject.PURSE_SIGNATURE
    assert stage.do(good).order_id == 1
    assert stage.reject(stage.opening(ann, device)) == Reject.PURSE_OPEN
    assert stage.reject(stage.terms(0), CENTRAL_BANK) == Reject.QUORUM_MISSING
    assert stage.reject(changed(stage.terms(0), key=bytes(32)), CENTRAL_BANK, EAST) == Reject.BAD_KEY


def test_what_a_load_must_be():
    stage = PurseStage()
    ann = stage.purse("ann", 150)
    stage.person("ann", 100)
    good, changed = stage.funding(ann, 51), msgspec.structs.replace
    assert stage.reject(good) == Reject.PURSE_LIMIT
    assert stage.reject(changed(good, account=stage.account("bob"))) == Reject.NOT_A_PARTY
    assert stage.reject(changed(good, purse=0)) == Reject.UNKNOWN_PURSE
    assert stage.reject(changed(good, atoms=0)) == Reject.AMOUNT_OUT_OF_RANGE
    stage.load(ann, 50)
    tea = stage.purse("tea", 0)
    stage.settle(stage.paid(ann, tea, 100).payment)
    assert stage.reject(stage.funding(ann, 100)) == Reject.INSUFFICIENT_FREE
    stage.later(DAY_NS)
    stage.load(ann, 50)
    assert (ann.left_atoms, stage.money("ann")) == (150, 0)


def test_limits_of_wallets_hold_for_purses():
    """Of the class by phone: 300 to hold, 100 at once, 150 a day."""
    stage = PurseStage()
    opened = stage.do(
        OpenWallets(reference=stage.reference(), currency=0, operator=0, wallet_class=2, count=2, category=0)
    )
    stage.play.accounts |= {"ann": opened.account, "tea": opened.account + 1}
    ann, tea = stage.purse("ann", 90), stage.purse("tea", 0)
    stage.play.lines("east pay ann 200 dCNY")
    assert stage.reject(stage.funding(ann, 101)) == Reject.SINGLE_LIMIT
    assert stage.reject(stage.funding(ann, 61)) == Reject.DAY_LIMIT
    stage.load(ann, 60)
    stage.play.lines("east pay tea 250 dCNY")
    fits, too_much = stage.paid(ann, tea, 50).payment, stage.paid(ann, tea, 60).payment
    assert stage.settle(fits, too_much) == [Reject.NONE, Reject.BALANCE_LIMIT]
    stage.play.lines("tea pay east 60 dCNY")
    assert stage.settle(too_much) == [Reject.NONE], "nothing was lost: it had only to wait"
    stage.play.lines("ann pay east 1 dCNY   rejected DAY_LIMIT")


def test_a_wallet_with_an_open_purse_is_not_closed():
    stage = PurseStage()
    opened = stage.do(
        OpenWallets(reference=stage.reference(), currency=0, operator=0, wallet_class=2, count=1, category=0)
    )
    stage.play.accounts["ann"] = opened.account
    ann = stage.purse("ann", 0)
    close = CloseWallet(reference=stage.reference(), account=opened.account)
    assert stage.reject(close) == Reject.WALLET_NOT_EMPTY
    stage.later(LIFE_NS + CLAIM_NS)
    stage.do(stage.closing(ann))
    stage.do(close)
