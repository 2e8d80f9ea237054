"""Money that is bound before it is given: docs/rules/holds.md. Core and model play every line."""

from hashlib import sha256

import msgspec
import pytest

from venus.records.coins import DAY_NS
from venus.records.commands import AccountKind, FreezeAccount, ListAsset
from venus.records.events import Event, EventKind
from venus.records.holds import (
    NO_PROOF,
    AcceptTrade,
    ApproveSpender,
    BindHolderKey,
    CancelSchedule,
    CreateHold,
    ExecuteHold,
    PermitSpender,
    ProposeTrade,
    ReclaimHold,
    Release,
    ReleaseHold,
    SchedulePayment,
    TransferAuthorized,
    TransferFrom,
    WithdrawTrade,
)
from venus.records.institutions import Role, Scheme
from venus.records.rejects import Reject
from venus.testing.coin_stage import HOUR_NS, CoinStage
from venus.testing.officials import Person, holder_proof, public_key

GOLD = 1


@pytest.fixture
def stage() -> CoinStage:
    """ann has 100 vUSD, bob 5 of an asset that is no coin."""
    stage = CoinStage()
    stage.attest(0)
    stage.fund("ann", 100)
    stage.do(ListAsset(reference="gold", code="GOLD", scale=0))
    stage.open(AccountKind.EXTERNAL, "bank")
    stage.play.assets |= {"vUSD": 0, "GOLD": GOLD}
    stage.play.lines("bank pay bob 5 GOLD")
    stage.account("carl")
    return stage


def gold(stage: CoinStage, name: str) -> int:
    return stage.play.model.ledger.free[stage.account(name), GOLD]


def held_for_bob(stage: CoinStage, hash_lock: bytes = b"") -> Event:
    command = CreateHold(
        reference=stage.reference(),
        account=stage.account("ann"),
        target=stage.account("bob"),
        notary=stage.account("carl"),
        asset=0,
        atoms=40,
        reclaim_ns=stage.time_ns + HOUR_NS,
        expires_ns=stage.time_ns + DAY_NS,
        hash_lock=hash_lock,
    )
    return stage.do(command)


def execution(stage: CoinStage, hold: int, by: str, atoms: int, preimage: bytes = b"") -> ExecuteHold:
    return ExecuteHold(
        reference=stage.reference(), hold=hold, by_account=stage.account(by), atoms=atoms, preimage=preimage
    )


def test_a_notary_pays_a_hold_out_in_parts_and_lets_the_rest_go(stage: CoinStage):
    hold = held_for_bob(stage).order_id
    assert (stage.coins("ann"), stage.held(stage.account("ann"))) == (60, 40)
    assert stage.reject(execution(stage, hold, "bob", 1)) == Reject.NOT_A_PARTY
    assert stage.reject(execution(stage, hold, "carl", 41)) == Reject.AMOUNT_OUT_OF_RANGE
    assert stage.do(execution(stage, hold, "carl", 30)).remaining_lots == 10
    released = stage.do(ReleaseHold(reference=stage.reference(), hold=hold, by_account=stage.account("carl")))
    assert (released.quantity_lots, released.reason) == (10, Release.RELEASED)
    assert (stage.coins("ann"), stage.coins("bob")) == (70, 30)


def test_a_hold_is_reclaimed_when_it_may_be_and_ends_by_itself(stage: CoinStage):
    hold = held_for_bob(stage).order_id
    reclaim = ReclaimHold(reference=stage.reference(), hold=hold, by_account=stage.account("ann"))
    assert stage.reject(reclaim) == Reject.TOO_EARLY
    stage.later(HOUR_NS)
    other = held_for_bob(stage).order_id
    assert stage.do(reclaim).reason == Release.RECLAIMED
    stage.later(DAY_NS)
    [*_, released] = stage.timers()
    assert (released.order_id, released.reason) == (other, Release.TIMED_OUT)
    assert stage.coins("ann") == 100


def test_a_hash_lock_opens_to_who_knows_the_preimage(stage: CoinStage):
    hold = held_for_bob(stage, sha256(b"open").digest()).order_id
    assert stage.reject(execution(stage, hold, "bob", 40)) == Reject.WRONG_PREIMAGE
    assert stage.reject(execution(stage, hold, "ann", 40, b"open")) == Reject.NOT_A_PARTY
    stage.do(execution(stage, hold, "bob", 40, b"open"))
    assert stage.coins("bob") == 40


def test_an_allowance_is_spent_and_no_more(stage: CoinStage):
    ann, bob, carl = (stage.account(name) for name in ("ann", "bob", "carl"))
    stage.do(ApproveSpender(reference=stage.reference(), account=ann, spender=bob, asset=0, atoms=50))

    def pay(atoms: int) -> TransferFrom:
        return TransferFrom(
            reference=stage.reference(), spender=bob, account=ann, to_account=carl, asset=0, atoms=atoms
        )

    assert stage.do(pay(30)).remaining_lots == 20
    assert stage.reject(pay(21)) == Reject.ALLOWANCE_TOO_SMALL
    stage.do(ApproveSpender(reference=stage.reference(), account=ann, spender=bob, asset=0, atoms=0))
    assert stage.reject(pay(1)) == Reject.ALLOWANCE_TOO_SMALL
    assert stage.coins("carl") == 30


@pytest.mark.parametrize("scheme", list(Scheme))
def test_a_holder_signs_and_somebody_else_hands_it_in(stage: CoinStage, scheme: Scheme):
    ann, bob, signer = stage.account("ann"), stage.account("bob"), Person(501, Role.MAKER, scheme)
    bind = BindHolderKey(
        reference=stage.reference(),
        account=ann,
        scheme=scheme,
        key=public_key(501, scheme),
        expires_ns=0,
        proof=NO_PROOF,
    )
    stage.do(bind)
    expires_ns = stage.time_ns + HOUR_NS
    permit = PermitSpender(
        reference=stage.reference(), account=ann, spender=bob, asset=0, atoms=5, expires_ns=expires_ns, proof=NO_PROOF
    )
    assert stage.reject(permit) == Reject.HOLDER_SIGNATURE
    good = msgspec.structs.replace(permit, proof=holder_proof(permit, ann, expires_ns, signer))
    assert stage.reject(msgspec.structs.replace(good, atoms=6)) == Reject.HOLDER_SIGNATURE
    stage.do(good)
    payment = TransferAuthorized(
        reference=stage.reference(),
        account=ann,
        to_account=bob,
        asset=0,
        atoms=25,
        after_ns=stage.time_ns + 1,
        expires_ns=expires_ns,
        proof=NO_PROOF,
    )
    payment = msgspec.structs.replace(payment, proof=holder_proof(payment, ann, expires_ns, signer))
    assert stage.reject(payment) == Reject.TOO_EARLY
    stage.later(1)
    stage.do(payment)
    assert stage.ask(payment)[-1].trade_id, "handed in again, it is told and not done again"
    assert stage.coins("bob") == 25
    late = msgspec.structs.replace(payment, reference=stage.reference())
    stage.later(HOUR_NS)
    assert stage.reject(late) == Reject.AUTHORIZATION_EXPIRED


def test_a_key_is_replaced_by_who_holds_the_one_before(stage: CoinStage):
    ann, first, second = stage.account("ann"), Person(501, Role.MAKER), Person(502, Role.MAKER)
    key = public_key(501, Scheme.ED25519)
    bind = BindHolderKey(reference="first", account=ann, scheme=Scheme.ED25519, key=key, expires_ns=0, proof=NO_PROOF)
    stage.do(bind)
    expires_ns = stage.time_ns + HOUR_NS
    new = BindHolderKey(
        reference="second",
        account=ann,
        scheme=Scheme.ED25519,
        key=public_key(502, Scheme.ED25519),
        expires_ns=expires_ns,
        proof=NO_PROOF,
    )
    by_thief = msgspec.structs.replace(new, proof=holder_proof(new, ann, expires_ns, second))
    assert stage.reject(by_thief) == Reject.HOLDER_SIGNATURE
    stage.do(msgspec.structs.replace(new, proof=holder_proof(new, ann, expires_ns, first)))


def proposal(stage: CoinStage) -> int:
    command = ProposeTrade(
        reference=stage.reference(),
        account=stage.account("ann"),
        counterparty=stage.account("bob"),
        give_asset=0,
        give_atoms=80,
        take_asset=GOLD,
        take_atoms=4,
        expires_ns=stage.time_ns + DAY_NS,
    )
    return stage.do(command).order_id


def accept(stage: CoinStage, trade: int, who: str) -> AcceptTrade:
    return AcceptTrade(reference=stage.reference(), trade=trade, account=stage.account(who))


def test_delivery_versus_payment(stage: CoinStage):
    trade = proposal(stage)
    assert stage.coins("ann") == 20
    assert stage.reject(accept(stage, trade, "carl")) == Reject.NOT_A_PARTY
    stage.do(accept(stage, trade, "bob"))
    assert (stage.coins("ann"), stage.coins("bob"), gold(stage, "ann"), gold(stage, "bob")) == (20, 80, 4, 1)
    assert stage.reject(accept(stage, trade, "bob")) == Reject.UNKNOWN_TRADE
    second = stage.reject(
        ProposeTrade(
            reference=stage.reference(),
            account=stage.account("ann"),
            counterparty=stage.account("bob"),
            give_asset=0,
            give_atoms=21,
            take_asset=GOLD,
            take_atoms=1,
            expires_ns=stage.time_ns + 1,
        )
    )
    assert second == Reject.INSUFFICIENT_FREE


def test_a_side_that_cannot_deliver_moves_nothing(stage: CoinStage):
    trade = proposal(stage)
    stage.play.lines("bob pay carl 2 GOLD")
    assert stage.reject(accept(stage, trade, "bob")) == Reject.INSUFFICIENT_FREE
    assert (stage.coins("ann"), gold(stage, "bob")) == (20, 3)
    withdrawn = stage.do(WithdrawTrade(reference=stage.reference(), trade=trade, account=stage.account("bob")))
    assert (withdrawn.reason, stage.coins("ann")) == (Release.RELEASED, 100)
    proposal(stage)
    stage.later(DAY_NS)
    assert stage.timers()[-1].reason == Release.TIMED_OUT


def test_payments_at_their_times(stage: CoinStage):
    """Three of 30 and one that fails: it is told, and not made up for."""
    ann, bob = stage.account("ann"), stage.account("bob")
    command = SchedulePayment(
        reference=stage.reference(),
        account=ann,
        to_account=bob,
        asset=0,
        atoms=30,
        first_ns=stage.time_ns + HOUR_NS,
        every_ns=DAY_NS,
        count=5,
    )
    schedule = stage.do(command).order_id
    stage.later(HOUR_NS + 2 * DAY_NS)
    kinds = [one.kind for one in stage.timers() if one.kind != EventKind.TRANSFERRED]
    assert kinds == [EventKind.SCHEDULE_PAID] * 3, "all that fell due between two frames"
    stage.later(DAY_NS)
    [failed] = stage.timers()
    assert (failed.kind, failed.reason, failed.remaining_lots) == (
        EventKind.SCHEDULE_FAILED,
        Reject.INSUFFICIENT_FREE,
        1,
    )
    cancel = CancelSchedule(reference=stage.reference(), schedule=schedule, account=ann)
    assert stage.do(cancel).remaining_lots == 1
    stage.later(DAY_NS)
    assert not stage.timers()
    assert (stage.coins("ann"), stage.coins("bob")) == (10, 90)


def test_who_is_frozen_pays_nothing_by_any_way(stage: CoinStage):
    ann, bob = stage.account("ann"), stage.account("bob")
    hold = held_for_bob(stage).order_id
    stage.do(ApproveSpender(reference=stage.reference(), account=ann, spender=bob, asset=0, atoms=50))
    stage.do(FreezeAccount(reference=stage.reference(), account=ann, until_ns=0))
    assert stage.reject(execution(stage, hold, "carl", 1)) == Reject.ACCOUNT_FROZEN
    spend = TransferFrom(reference=stage.reference(), spender=bob, account=ann, to_account=bob, asset=0, atoms=1)
    assert stage.reject(spend) == Reject.ACCOUNT_FROZEN
