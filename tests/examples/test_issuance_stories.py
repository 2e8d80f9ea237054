"""A coin's life, from the first reserve to the last payout: docs/rules/issuance.md. Core and model play every line."""

import msgspec

from venus.records.coins import (
    DAY_NS,
    OWN_MONEY,
    AppealOrder,
    Burn,
    CloseReserve,
    DecideAppeal,
    EnforceOrder,
    Instrument,
    LawfulEnd,
    LawfulKind,
    LiftOrder,
    OrderLawful,
    PauseMinting,
    PayTreasury,
    Stop,
    WithdrawRedemption,
)
from venus.records.commands import (
    RULES_LATEST,
    AccountKind,
    FreezeAccount,
    ListAsset,
    UnfreezeAccount,
    adoption,
)
from venus.records.events import EventFlag, EventKind
from venus.records.holds import CreateHold, ProposeTrade, Release
from venus.records.rejects import Reject
from venus.testing.coin_stage import CUTOFFS_NS, HOUR_NS, CoinStage
from venus.testing.officials import AGENT, BANK, COURT, ISSUER, OPERATOR, SUPERVISOR, TRUST
from venus.units import ATOMS_MAX


def test_money_comes_in_coins_go_round_and_back():
    stage = CoinStage()
    stage.attest(0)
    stage.fund("ann", 600)
    assert (stage.supply, stage.backing, stage.coins("ann")) == (600, 600, 600)
    stage.play.assets["vUSD"] = stage.coin
    stage.play.lines("ann pay bob 250 vUSD")
    request = stage.redeem("bob", 200)
    escrow = stage.play.accounts["escrow:vUSD"]
    assert (stage.coins("bob"), stage.held(escrow), stage.supply) == (50, 200, 600)
    assert request.price_ticks == CUTOFFS_NS[1], "asked on Wednesday morning, to be paid until Thursday evening"
    [paid] = stage.pay(200)
    assert (paid.order_id, paid.quantity_lots, paid.remaining_lots) == (request.order_id, 200, 0)
    assert (stage.supply, stage.backing, stage.held(escrow)) == (400, 400, 0)


def test_coins_in_escrow_are_reached_by_nothing_but_a_payout():
    stage = CoinStage()
    stage.attest(0)
    stage.fund("ann", 100)
    stage.redeem("ann", 100)
    stage.play.assets["vUSD"] = stage.coin
    stage.play.accounts["escrow"] = stage.play.accounts["escrow:vUSD"]
    stage.play.lines("escrow pay ann 1 vUSD   rejected ACCOUNT_FROZEN")
    of_escrow = msgspec.structs.replace(stage.redemption("ann", 1), account=stage.play.accounts["escrow"])
    assert stage.reject(of_escrow) == Reject.ACCOUNT_UNSUITED


def test_payouts_go_down_the_queue_and_the_last_in_part():
    stage = CoinStage()
    stage.attest(0)
    stage.fund("ann", 100)
    stage.fund("bob", 100)
    first, second = stage.redeem("ann", 60), stage.redeem("bob", 100)
    events = [(one.order_id, one.quantity_lots, one.remaining_lots) for one in stage.pay(75)]
    assert events == [(first.order_id, 60, 0), (second.order_id, 15, 85)]
    assert stage.reject(stage.payout(86), AGENT) == Reject.NOTHING_TO_REDEEM
    assert stage.reject(stage.payout(85, reserve=7), AGENT) == Reject.UNKNOWN_RESERVE
    stage.pay(85, OWN_MONEY)
    assert (stage.supply, stage.backing) == (40, 125), "what the issuer paid itself is still at the bank"


def test_a_bill_counts_less_the_longer_it_runs_and_nothing_when_it_is_due():
    stage = CoinStage()
    due_ns = stage.time_ns + 60 * DAY_NS
    stage.do(stage.pack(staleness_ns=100 * DAY_NS), ISSUER, SUPERVISOR)
    stage.do(stage.reserve(TRUST, Instrument.BILL, due_ns), ISSUER, TRUST)
    stage.attest(1_000, reserve=1, custodian=TRUST)
    assert stage.backing == 980, "2 % off above 30 days"
    stage.until(due_ns - 30 * DAY_NS)
    [changed] = stage.timers()
    assert (changed.kind, changed.quantity_lots, changed.flags) == (EventKind.BACKING_CHANGED, 995, EventFlag.TIMER)
    stage.until(due_ns - 1)
    assert not stage.timers()
    stage.until(due_ns)
    assert [one.quantity_lots for one in stage.timers()] == [0], "what it was paid back as must be attested anew"


def test_what_does_not_count():
    stage = CoinStage()
    stage.do(stage.reserve(TRUST, Instrument.BOND), ISSUER, TRUST)
    stage.do(stage.reserve(TRUST, Instrument.BILL, stage.time_ns + 94 * DAY_NS), ISSUER, TRUST)
    stage.do(stage.reserve(TRUST, currency="EUR"), ISSUER, TRUST)
    for reserve in (1, 2, 3):
        stage.attest(1_000, reserve, TRUST)
    assert stage.backing == 0, "no haircut for bonds, a bill that runs too long, another currency"
    stage.later(DAY_NS)
    assert [one.quantity_lots for one in stage.timers()] == [980], "now the bill runs 93 days"
    stage.do(CloseReserve(reference=stage.reference(), reserve=2), ISSUER, TRUST)
    assert stage.backing == 0
    assert stage.reject(stage.attestation(1_000, 2), TRUST) == Reject.UNKNOWN_RESERVE


def test_an_attestation_that_is_older_than_a_movement_is_none():
    stage = CoinStage()
    stage.attest(0)
    before_ns = stage.time_ns
    stage.later(HOUR_NS)
    stage.fund("ann", 100)
    late = stage.attestation(100, as_of_ns=before_ns + 1)
    assert stage.reject(late, BANK) == Reject.ATTESTATION_OUTDATED
    stage.attest(100)
    assert (stage.backing, stage.supply) == (100, 100)


def test_stops_are_told_and_end():
    stage = CoinStage()
    stage.attest(0)
    stage.fund("ann", 100)
    stage.later(1)
    events = stage.ask(stage.attestation(99), BANK)
    assert [(one.kind, one.reason) for one in events if one.kind != EventKind.APPROVED] == [
        (EventKind.BACKING_CHANGED, 0),
        (EventKind.MINTING_STOPPED, Stop.UNBACKED),
        (EventKind.RESERVE_ATTESTED, 0),
    ]
    stage.redeem("ann", 50)
    stage.later(7 * DAY_NS)
    assert [(one.kind, one.reason) for one in stage.timers()][-1] == (
        EventKind.MINTING_STOPPED,
        Stop.UNBACKED | Stop.OVERDUE,
    )
    events = stage.ask(stage.payout(50, OWN_MONEY), AGENT)
    assert EventKind.MINTING_RESUMED in [one.kind for one in events], "half the supply is gone, and nobody waits"


def test_a_pause_stops_mints_alone():
    stage = CoinStage()
    stage.attest(100)
    receipt = stage.receipt("ann", 10)
    stage.do(PauseMinting(reference=stage.reference(), coin=0, paused=1), SUPERVISOR)
    assert stage.reject(stage.mint("ann", 10, receipt), ISSUER) == Reject.MINTING_PAUSED
    stage.do(PauseMinting(reference=stage.reference(), coin=0, paused=0), ISSUER)
    stage.do(stage.mint("ann", 10, receipt), ISSUER)


def test_the_issuer_burns_what_is_its_own():
    stage = CoinStage()
    stage.attest(0)
    stage.fund("treasury:vUSD", 100)
    stage.fund("ann", 100)
    stage.do(Burn(reference=stage.reference(), coin=0, atoms=60), ISSUER)
    assert (stage.supply, stage.backing) == (140, 200)
    assert stage.reject(Burn(reference=stage.reference(), coin=0, atoms=41), ISSUER) == Reject.INSUFFICIENT_FREE


def test_an_asset_that_is_in_use_becomes_no_coin():
    stage = CoinStage()
    stage.do(ListAsset(reference="eur", code="vEUR", scale=0))
    stage.open(AccountKind.EXTERNAL, "bank")
    stage.play.assets["vEUR"] = 1
    stage.play.lines("bank pay ann 5 vEUR")
    assert stage.reject(stage.registration(1, "vEUR"), ISSUER, SUPERVISOR) == Reject.ASSET_IN_USE
    stage.play.lines("ann pay bank 5 vEUR")
    stage.register(1, "vEUR")
    assert stage.play.model.ledger.assets[1].is_coin


def test_a_reserve_holds_no_more_than_a_balance_can():
    stage = CoinStage()
    assert stage.reject(stage.attestation(ATOMS_MAX + 1), BANK) == Reject.AMOUNT_OUT_OF_RANGE
    stage.attest(ATOMS_MAX)
    assert stage.backing == ATOMS_MAX


# Lawful orders


def lawful(stage: CoinStage, kind: LawfulKind, name: str, atoms: int, to: str = "", frozen_by: int = 0) -> OrderLawful:
    return OrderLawful(
        reference=stage.reference(),
        order_kind=kind,
        coin=stage.coin,
        account=stage.account(name),
        atoms=atoms,
        to_account=stage.play.accounts[to] if to else 0,
        frozen_by=frozen_by,
        authority=COURT,
        second=ISSUER,
        basis="District Court, case 12 of 2026, s. 3",
        expires_ns=stage.time_ns + 30 * DAY_NS,
    )


def stage_with_a_coin(rules: int = RULES_LATEST) -> CoinStage:
    stage = CoinStage(rules=rules)
    stage.attest(0)
    stage.play.assets["vUSD"] = stage.coin
    return stage


def funded_stage(rules: int = RULES_LATEST) -> CoinStage:
    stage = stage_with_a_coin(rules)
    stage.fund("ann", 100)
    return stage


def hold(stage: CoinStage, account: int, target: int, atoms: int) -> CreateHold:
    until_ns = stage.time_ns + 9 * DAY_NS
    return CreateHold(
        reference=stage.reference(),
        account=account,
        target=target,
        notary=target,
        asset=stage.coin,
        atoms=atoms,
        reclaim_ns=until_ns,
        expires_ns=until_ns,
        hash_lock=b"",
    )


def offer(stage: CoinStage, account: int, other: int, atoms: int) -> ProposeTrade:
    return ProposeTrade(
        reference=stage.reference(),
        account=account,
        counterparty=other,
        give_asset=stage.coin,
        give_atoms=atoms,
        take_asset=stage.play.assets["BTC"],
        take_atoms=1,
        expires_ns=stage.time_ns + 9 * DAY_NS,
    )


def withdrawal(stage: CoinStage, name: str, number: int) -> WithdrawRedemption:
    return WithdrawRedemption(reference=stage.reference(), redemption=number, account=stage.account(name))


def treasury_payment(stage: CoinStage, name: str, atoms: int) -> PayTreasury:
    return PayTreasury(
        reference=stage.reference(), coin=stage.coin, asset=stage.coin, account=stage.account(name), atoms=atoms
    )


def test_a_frozen_coin_stays_where_it_is_and_backed_until_the_order_ends():
    stage = funded_stage()
    order = stage.do(lawful(stage, LawfulKind.FREEZE, "ann", 70), COURT, ISSUER)
    assert (order.remaining_lots, stage.coins("ann"), stage.held(stage.account("ann"))) == (0, 30, 70)
    assert (stage.supply, stage.backing) == (100, 100)
    stage.play.lines("ann pay bob 31 vUSD   rejected INSUFFICIENT_FREE")
    stage.later(30 * DAY_NS)
    [*_, ended] = stage.timers()
    assert (ended.kind, ended.reason, ended.quantity_lots) == (EventKind.LAWFUL_ENDED, LawfulEnd.EXPIRED, 70)
    assert stage.coins("ann") == 100


def test_an_order_takes_what_comes_later_when_it_is_enforced():
    stage = funded_stage()
    order = stage.do(lawful(stage, LawfulKind.FREEZE, "ann", 150), COURT, ISSUER)
    assert order.remaining_lots == 50
    enforce = EnforceOrder(reference=stage.reference(), order=order.order_id)
    assert stage.reject(enforce, ISSUER) == Reject.NO_CHANGE
    stage.fund("ann", 80)
    taken = stage.do(enforce, ISSUER)
    assert (taken.quantity_lots, taken.remaining_lots, stage.coins("ann")) == (50, 0, 30)


def test_coins_are_seized_out_of_a_freeze():
    stage = funded_stage()
    stage.open(AccountKind.HOUSE, "custody:court")
    freeze = stage.do(lawful(stage, LawfulKind.FREEZE, "ann", 60), COURT, ISSUER)
    stage.play.lines("ann pay bob 40 vUSD")
    seizure = lawful(stage, LawfulKind.SEIZE, "ann", 50, "custody:court", freeze.order_id)
    stage.do(seizure, COURT, ISSUER)
    assert (stage.coins("custody:court"), stage.held(stage.account("ann")), stage.supply) == (50, 10, 100)
    stage.do(LiftOrder(reference=stage.reference(), order=freeze.order_id), COURT)
    assert stage.coins("ann") == 10


def test_wiped_and_issued_anew_in_one_step():
    stage = funded_stage()
    stage.account("heir")
    events = stage.ask(lawful(stage, LawfulKind.REISSUE, "ann", 100, "heir"), COURT, ISSUER)
    assert (stage.coins("ann"), stage.coins("heir"), stage.supply, stage.backing) == (0, 100, 100, 100)
    assert EventKind.MINTING_STOPPED not in [one.kind for one in events]
    ended = next(one for one in events if one.kind == EventKind.LAWFUL_ENDED)
    assert ended.reason == LawfulEnd.FULFILLED


def test_nobody_freezes_coins_without_a_court_and_a_second_key():
    stage = funded_stage()
    order = lawful(stage, LawfulKind.FREEZE, "ann", 70)
    assert stage.reject(order, COURT) == Reject.QUORUM_MISSING
    assert stage.reject(order, ISSUER) == Reject.QUORUM_MISSING
    assert stage.reject(order, ISSUER, SUPERVISOR) == Reject.QUORUM_MISSING
    by_bank = msgspec.structs.replace(order, authority=BANK)
    assert stage.reject(by_bank, BANK, ISSUER) == Reject.WRONG_DUTY
    alone = msgspec.structs.replace(order, second=COURT)
    assert stage.reject(alone, COURT) == Reject.WRONG_DUTY
    without_end = msgspec.structs.replace(order, expires_ns=stage.time_ns + 367 * DAY_NS)
    assert stage.reject(without_end, COURT, ISSUER) == Reject.INVALID_COMMAND
    assert stage.coins("ann") == 100


def test_what_was_bound_is_reached_last_first_and_no_further_than_needed():
    stage = funded_stage()  # ann has 100
    stage.play.assets["BTC"] = 1
    stage.do(ListAsset(reference=stage.reference(), code="BTC", scale=0))
    ann, bob = stage.account("ann"), stage.account("bob")
    stage.redeem("ann", 20)
    stage.redeem("ann", 15)
    first, second = (stage.do(hold(stage, ann, bob, atoms)) for atoms in (10, 12))
    trade = stage.do(offer(stage, ann, bob, 8))
    assert stage.coins("ann") == 35
    told = stage.ask(lawful(stage, LawfulKind.FREEZE, "ann", 70), COURT, ISSUER)
    given_back = [
        (one.kind, one.order_id, one.quantity_lots, one.remaining_lots)
        for one in told
        if one.kind in (EventKind.TRADE_WITHDRAWN, EventKind.HOLD_RELEASED, EventKind.REDEMPTION_WITHDRAWN)
    ]
    assert given_back == [
        (EventKind.TRADE_WITHDRAWN, trade.order_id, 8, 0),
        (EventKind.HOLD_RELEASED, second.order_id, 12, 0),
        (EventKind.HOLD_RELEASED, first.order_id, 10, 0),
        (EventKind.REDEMPTION_WITHDRAWN, 2, 5, 10),
    ]
    assert [one.reason for one in told if one.reason] == [Release.LAWFUL] * 4
    assert (stage.coins("ann"), stage.held(ann), stage.supply) == (0, 70, 100)
    assert [one.quantity_lots for one in stage.pay(30)] == [20, 10]


def test_an_overdue_redemption_that_an_order_takes_stops_minting_no_longer():
    stage = funded_stage()
    stage.redeem("ann", 100)
    stage.later(5 * DAY_NS)
    assert EventKind.REDEMPTION_OVERDUE in [one.kind for one in stage.timers()]
    stage.attest(100)
    events = stage.ask(lawful(stage, LawfulKind.FREEZE, "ann", 100), COURT, ISSUER)
    assert EventKind.MINTING_RESUMED in [one.kind for one in events]


def test_under_rules_3_an_order_reaches_free_coins_alone():
    stage = funded_stage(3)
    stage.redeem("ann", 60)
    order = stage.do(lawful(stage, LawfulKind.FREEZE, "ann", 70), COURT, ISSUER)
    assert order.remaining_lots == 30


def test_a_holder_takes_a_redemption_back_until_it_is_overdue():
    stage = funded_stage()
    stage.account("bob")
    number = stage.redeem("ann", 60).order_id
    stage.pay(20)
    assert stage.reject(withdrawal(stage, "bob", number)) == Reject.NOT_A_PARTY
    taken = stage.do(withdrawal(stage, "ann", number))
    assert (taken.kind, taken.quantity_lots, taken.remaining_lots) == (EventKind.REDEMPTION_WITHDRAWN, 40, 0)
    assert (stage.coins("ann"), stage.supply) == (80, 80)
    assert stage.reject(withdrawal(stage, "ann", number)) == Reject.UNKNOWN_REDEMPTION
    late = stage.redeem("ann", 10).order_id
    stage.later(5 * DAY_NS)
    assert stage.reject(withdrawal(stage, "ann", late)) == Reject.REDEMPTION_LATE


def test_a_treasury_pays_under_its_issuers_quorum_and_in_no_other_way():
    stage = stage_with_a_coin()
    treasury = stage.account("treasury:vUSD")
    stage.fund("treasury:vUSD", 100)
    stage.account("ann")
    stage.play.lines("treasury:vUSD pay ann 10 vUSD rejected ACCOUNT_FROZEN")
    assert stage.reject(stage.redemption("treasury:vUSD", 10)) == Reject.ACCOUNT_FROZEN
    assert stage.reject(hold(stage, treasury, stage.account("ann"), 10)) == Reject.ACCOUNT_FROZEN
    unfreeze = UnfreezeAccount(reference=stage.reference(), account=treasury)
    assert stage.reject(unfreeze) == Reject.INVALID_COMMAND
    payment = treasury_payment(stage, "ann", 40)
    assert stage.reject(payment, BANK) == Reject.QUORUM_MISSING
    stage.do(payment, ISSUER)
    assert (stage.coins("ann"), stage.coins("treasury:vUSD"), stage.supply) == (40, 60, 100)
    assert stage.reject(treasury_payment(stage, "ann", 61), ISSUER) == Reject.INSUFFICIENT_FREE
    assert stage.reject(treasury_payment(stage, "escrow:vUSD", 1), ISSUER) == Reject.ACCOUNT_UNSUITED


def test_a_coin_of_rules_3_is_closed_by_the_move_to_rules_4():
    stage = stage_with_a_coin(3)
    stage.fund("treasury:vUSD", 100)
    stage.account("ann")
    stage.play.lines("treasury:vUSD pay ann 10 vUSD")
    assert stage.reject(treasury_payment(stage, "ann", 1), ISSUER) == Reject.INVALID_COMMAND
    frozen = [one.account for one in stage.play.cold(adoption("rules 4", 4)) if one.kind == EventKind.ACCOUNT_FROZEN]
    assert frozen == [stage.account("escrow:vUSD"), stage.account("treasury:vUSD")]
    stage.play.lines("treasury:vUSD pay ann 10 vUSD rejected ACCOUNT_FROZEN")
    stage.do(treasury_payment(stage, "ann", 40), ISSUER)
    assert stage.coins("ann") == 50


def test_an_appeal_is_heard_and_granted():
    stage = funded_stage()
    number = stage.do(lawful(stage, LawfulKind.FREEZE, "ann", 70), COURT, ISSUER).order_id
    stage.account("bob")
    for who, expected in (("bob", Reject.NOT_A_PARTY), ("ann", None), ("ann", Reject.APPEAL_PENDING)):
        appeal = AppealOrder(reference=stage.reference(), order=number, account=stage.account(who), text="not me")
        event = stage.ask(appeal)[-1]
        assert event.reason == (expected or 0)
    decide = DecideAppeal(reference=stage.reference(), order=number, granted=1)
    stage.do(decide, COURT)
    assert stage.coins("ann") == 100
    again = DecideAppeal(reference=stage.reference(), order=number, granted=1)
    assert stage.reject(again, COURT) == Reject.ORDER_ENDED


def test_who_is_frozen_redeems_when_the_freeze_is_over():
    stage = funded_stage()
    stage.do(FreezeAccount(reference=stage.reference(), account=stage.account("ann"), until_ns=stage.time_ns + 5))
    assert stage.reject(stage.redemption("ann", 1)) == Reject.ACCOUNT_FROZEN
    stage.later(5)
    stage.redeem("ann", 1)
    assert stage.reject(stage.minter(1, 1), OPERATOR) == Reject.QUORUM_MISSING
