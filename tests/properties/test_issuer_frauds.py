"""What an issuer, its bank or its own people may try so that coins outgrow what backs them, or holders wait for ever.

Each test is one fraud, with whatever figures Hypothesis finds for it; core and model play it, and the invariants of
both are checked after every frame: supply ≤ backing, or minting is stopped.
"""

from datetime import date
from functools import cache
from itertools import pairwise

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given, settings

from venus.records.coins import DAY_NS, AdoptCalendar, ConfirmReceipt, PauseMinting, Stop
from venus.records.commands import AccountKind, ListAsset, approved
from venus.records.events import EventFlag, EventKind
from venus.records.rejects import Reject
from venus.testing.business_days import cutoffs_ns, moment_ns
from venus.testing.coin_stage import PLENTY, CoinStage, reject_of
from venus.testing.officials import (
    AGENT,
    BANK,
    BODIES,
    BRANCH,
    COURT,
    ISSUER,
    SUPERVISOR,
    TRUST,
    approval,
    signed_by,
)

EXAMPLES = 10
amounts = st.integers(1, 10**12)
frauds = settings(max_examples=EXAMPLES, deadline=None)


@cache
def _first_stage() -> CoinStage:
    stage = CoinStage()
    stage.account("ann")
    stage.account("mallory")
    return stage


def new_stage() -> CoinStage:
    return _first_stage().branch()


def books(stage: CoinStage) -> tuple[int, int]:
    return stage.supply, stage.backing


# Phantom mint


@frauds
@given(amounts, st.integers(-1, 3), st.integers(-(10**6), 10**6))
def test_a_mint_without_the_money_for_it(atoms: int, receipt: int, more: int):
    """No receipt, somebody else's, another amount, or the same one twice."""
    stage = new_stage()
    stage.attest(10**13)
    number = stage.receipt("ann", atoms)
    before = books(stage)
    if receipt != number:
        assert stage.reject(stage.mint("ann", atoms, receipt), ISSUER) == Reject.UNKNOWN_RECEIPT
    assert stage.reject(stage.mint("mallory", atoms, number), ISSUER) == Reject.RECEIPT_DIFFERS
    if more:
        assert stage.reject(stage.mint("ann", atoms + more, number), ISSUER) == Reject.RECEIPT_DIFFERS
    assert books(stage) == before
    stage.do(stage.mint("ann", atoms, number), ISSUER)
    assert stage.reject(stage.mint("ann", atoms, number), ISSUER) == Reject.UNKNOWN_RECEIPT
    assert stage.supply == atoms


@frauds
@given(amounts)
def test_the_same_wire_is_told_twice(atoms: int):
    stage = new_stage()
    stage.attest(0)
    number = stage.receipt("ann", atoms)
    told = ConfirmReceipt(
        reference=stage.reference(),
        reserve=0,
        account=stage.account("mallory"),
        atoms=atoms,
        bank_reference=f"wire {stage.wires}",
    )
    assert stage.reject(told, BANK) == Reject.RECEIPT_USED
    stage.do(stage.mint("ann", atoms, number), ISSUER)
    assert books(stage) == (atoms, atoms)


@frauds
@given(amounts, st.booleans())
def test_coins_out_of_nothing_by_a_transfer(atoms: int, from_issuer: bool):
    """Neither the account that coins come out of, nor any other of the outside world, gives any but by a mint."""
    stage = new_stage()
    stage.attest(PLENTY)
    stage.fund("ann", atoms)
    outside = stage.play.accounts["issuer:vUSD"] if from_issuer else stage.open(AccountKind.EXTERNAL, "chain")
    stage.play.assets["vUSD"] = stage.coin
    stage.play.accounts["outside"] = outside
    stage.play.lines(f"""
        outside pay mallory {atoms} vUSD   rejected COIN_SUPPLY
        ann pay outside {atoms} vUSD       rejected COIN_SUPPLY
        together ann pay mallory 1 vUSD & outside pay ann {atoms} vUSD   rejected LINK_BROKEN, COIN_SUPPLY
    """)
    assert stage.supply == atoms


# Hidden sale of reserves


@frauds
@given(amounts, amounts)
def test_reserves_that_were_sold_stop_the_mint_when_the_bank_says_so(minted: int, left: int):
    """And an older statement, from before the sale, brings nothing back."""
    stage = new_stage()
    stage.attest(minted)
    before_ns = stage.time_ns
    stage.fund("ann", minted)
    stage.later(DAY_NS // 24)
    stage.attest(left)
    assert stage.backing == left
    receipt = stage.receipt("mallory", 1)
    refused = stage.ask(stage.mint("mallory", 1, receipt), ISSUER)[-1]
    if left + 1 < minted:
        assert reject_of([refused]) == Reject.MINTING_STOPPED
    elif left + 1 == minted:
        assert reject_of([refused]) == Reject.BEYOND_RESERVES
    else:
        assert refused.kind == EventKind.MINTED
    for old_ns in (before_ns, before_ns + 1):
        assert stage.reject(stage.attestation(PLENTY, as_of_ns=old_ns), BANK) == Reject.ATTESTATION_OUTDATED
    assert stage.redeem("ann", minted).kind == EventKind.REDEMPTION_REQUESTED, "who wants money back is never stopped"


@frauds
@given(st.lists(st.integers(1, 10**9), min_size=2, max_size=5), st.integers(1, 1_000_000))
def test_no_custodian_counts_for_more_than_its_share(atoms: list[int], share_ppm: int):
    """What is beyond a custodian's share of all counts nothing, however it is told among its accounts."""
    stage = new_stage()
    stage.do(stage.pack(concentration_ppm=share_ppm), ISSUER, SUPERVISOR)
    stage.do(stage.reserve(), ISSUER, BANK)
    stage.do(stage.reserve(TRUST), ISSUER, TRUST)
    at = [(0, BANK), (1, BANK), (2, TRUST)]
    held = dict.fromkeys((BANK, TRUST), 0)
    for place, amount in enumerate(atoms):
        reserve, custodian = at[place % len(at)]
        stage.later(1)
        stage.attest(amount, reserve, custodian)
        told = {0: BANK, 1: BANK, 2: TRUST}
        held = dict.fromkeys((BANK, TRUST), 0)
        for number, one in enumerate(stage.play.model.affairs.coins.reserves):
            held[told[number]] += one.atoms
        most = sum(held.values()) * share_ppm // 10**6
        assert stage.backing == sum(min(one, most) for one in held.values())


def test_who_issues_a_coin_holds_none_of_its_reserves():
    """An institution with both duties says nothing of what stands behind its own coin."""
    stage = new_stage()
    stage.do(ListAsset(reference="own", code="vOWN", scale=0))
    registration = msgspec.structs.replace(stage.registration(1, "vOWN"), issuer=BRANCH)
    stage.do(registration, BRANCH, SUPERVISOR)
    own = msgspec.structs.replace(stage.reserve(BRANCH), coin=1)
    assert stage.reject(own, BRANCH) == Reject.WRONG_DUTY
    stage.do(stage.reserve(BRANCH), ISSUER, BRANCH)


# Stale and forged attestations


@frauds
@given(st.integers(1, 60 * DAY_NS), st.integers(0, 60 * DAY_NS))
def test_a_statement_counts_for_so_long_and_no_longer(staleness_ns: int, passed_ns: int):
    """Time alone stops the mint, in the first frame that is not before the limit, and nobody has to say anything."""
    stage = new_stage()
    stage.do(stage.pack(staleness_ns=staleness_ns), ISSUER, SUPERVISOR)
    stage.attest(1_000)
    stage.fund("ann", 600)
    attested_ns = stage.time_ns
    receipt = stage.receipt("mallory", 1)
    stage.later(passed_ns)
    is_stale = stage.time_ns >= attested_ns + staleness_ns
    events = stage.ask(stage.mint("mallory", 1, receipt), ISSUER)
    if not is_stale:
        assert events[-1].kind == EventKind.MINTED
        return
    assert [(one.kind, one.reason, one.flags) for one in events] == [
        (EventKind.BACKING_CHANGED, 0, EventFlag.TIMER),
        (EventKind.MINTING_STOPPED, Stop.UNBACKED, EventFlag.TIMER),
        (EventKind.REJECTED, Reject.MINTING_STOPPED, 0),
    ]
    stage.redeem("ann", 600)
    stage.attest(1_601)
    stage.do(stage.mint("mallory", 1, receipt), ISSUER)


@frauds
@given(amounts, st.sampled_from([ISSUER, SUPERVISOR, AGENT, TRUST, COURT]))
def test_only_the_custodian_says_what_it_holds(atoms: int, forger: int):
    stage = new_stage()
    lie = stage.attestation(atoms)
    assert reject_of(stage.play.cold(signed_by(lie, stage.time_ns, forger))) == Reject.QUORUM_MISSING
    truth = signed_by(msgspec.structs.replace(lie, atoms=atoms - 1), stage.time_ns, BANK)
    assert reject_of(stage.play.cold(approved(lie, *truth.approvals))) == Reject.BAD_SIGNATURE
    from_tomorrow = stage.attestation(atoms, as_of_ns=stage.time_ns + 1)
    assert stage.reject(from_tomorrow, BANK) == Reject.INVALID_COMMAND
    assert stage.backing == 0


# Mint race


@frauds
@given(st.lists(st.integers(1, 500), min_size=1, max_size=8), st.integers(0, 2_000), st.data())
def test_whoever_mints_first_the_last_finds_no_reserves_left(wanted: list[int], sold: int, data: st.DataObject):
    """All have their receipts; then the bank says that some of it is gone, and they race."""
    stage = new_stage()
    stage.attest(0)
    receipts = [stage.receipt("ann", atoms) for atoms in wanted]
    stage.later(1)
    left = max(0, sum(wanted) - sold)
    stage.attest(left)
    order = data.draw(st.permutations(range(len(wanted))))
    minted = 0
    for place in order:
        event = stage.ask(stage.mint("ann", wanted[place], receipts[place]), ISSUER)[-1]
        fits = minted + wanted[place] <= left
        assert (event.kind == EventKind.MINTED) == fits, (event, minted, left)
        minted += wanted[place] if fits else 0
        assert stage.supply == minted <= stage.backing == left


# Redemption after a pause


@frauds
@given(amounts, st.integers(0, 20 * DAY_NS))
def test_no_pause_and_no_stop_holds_up_a_redemption(atoms: int, later_ns: int):
    stage = new_stage()
    stage.attest(0)
    stage.fund("ann", atoms)
    undisturbed = stage.branch()
    stage.do(PauseMinting(reference=stage.reference(), coin=stage.coin, paused=1), ISSUER)
    stage.later(1)
    stage.attest(0)
    undisturbed.later(1)
    deadlines = [one.redeem("ann", atoms).price_ticks for one in (stage, undisturbed)]
    assert deadlines[0] == deadlines[1], "a pause moves no deadline"
    stage.later(1)
    stage.attest(atoms)
    stage.later(later_ns)
    is_overdue = stage.time_ns >= deadlines[0]
    assert [one.kind for one in stage.timers()].count(EventKind.REDEMPTION_OVERDUE) == is_overdue
    [paid] = stage.pay(atoms)
    assert (paid.quantity_lots, paid.remaining_lots, stage.supply) == (atoms, 0, 0)


@frauds
@given(st.lists(st.integers(1, 100), min_size=1, max_size=5), st.lists(st.integers(1, 150), max_size=6))
def test_who_asked_first_is_paid_first(asked: list[int], paid: list[int]):
    """Friends who came later are not paid while anybody before them waits, and nobody is paid twice."""
    stage = new_stage()
    stage.attest(0)
    stage.fund("ann", sum(asked))
    for atoms in asked:
        stage.redeem("ann", atoms)
    waiting = list(asked)
    for atoms in paid:
        if atoms > sum(waiting):
            assert stage.reject(stage.payout(atoms, 0), AGENT) == Reject.NOTHING_TO_REDEEM
            continue
        for event in stage.pay(atoms):
            place = next(index for index, left in enumerate(waiting) if left)
            assert event.order_id == place + 1
            waiting[place] -= event.quantity_lots
            assert event.remaining_lots == waiting[place]
        assert stage.supply == sum(waiting)


def test_an_overdue_redemption_stops_the_mint_until_it_is_paid():
    stage = new_stage()
    stage.attest(1_000)
    stage.fund("ann", 500)
    receipt = stage.receipt("mallory", 1)
    request = stage.redeem("ann", 300)
    stage.until(request.price_ticks)
    assert stage.reject(stage.mint("mallory", 1, receipt), ISSUER) == Reject.MINTING_STOPPED
    stage.pay(299)
    assert stage.reject(stage.mint("mallory", 1, receipt), ISSUER) == Reject.MINTING_STOPPED
    stage.pay(1)
    stage.do(stage.mint("mallory", 1, receipt), ISSUER)


# Allowance splitting


@frauds
@given(
    st.integers(0, 1_000),
    st.integers(0, 1_000),
    st.lists(st.tuples(st.integers(0, 3 * DAY_NS), st.integers(1, 400), st.sampled_from([0, 2])), max_size=12),
)
def test_an_allowance_cut_in_pieces_is_no_larger(cap: int, refill: int, mints: list[tuple[int, int, int]]):
    """Small mints, other makers, the time between: never more than the cap and what has refilled."""
    stage = new_stage()
    stage.attest(PLENTY)
    stage.do(stage.minter(0, 0), ISSUER, SUPERVISOR)
    stage.later(1)
    stage.do(stage.minter(cap, refill), ISSUER, SUPERVISOR)
    assert stage.minter_left == 0, "a larger cap gives no more at once"
    start_ns, minted = stage.time_ns, 0
    for passed_ns, atoms, maker in mints:
        stage.later(passed_ns)
        mint = stage.mint("ann", atoms, stage.receipt("ann", atoms))
        expires_ns = stage.time_ns + DAY_NS
        seats = [approval(mint, ISSUER, seat, BODIES[ISSUER].people[seat], expires_ns) for seat in (maker, 1)]
        last = stage.play.cold(approved(mint, *seats))[-1]
        if last.kind == EventKind.MINTED:
            minted += atoms
        else:
            assert last.reason in (Reject.MINTER_ALLOWANCE, Reject.MINTING_STOPPED)
        assert minted * DAY_NS <= (stage.time_ns - start_ns) * refill
    assert stage.supply == minted


def test_another_institution_of_the_issuers_has_no_allowance_of_its_own():
    stage = new_stage()
    stage.attest(PLENTY)
    stage.do(stage.minter(10, 0), ISSUER, SUPERVISOR)
    receipt = stage.receipt("ann", 11)
    assert stage.reject(stage.mint("ann", 11, receipt), ISSUER) == Reject.MINTER_ALLOWANCE
    assert stage.reject(stage.mint("ann", 11, receipt, minter=BRANCH), BRANCH) == Reject.UNKNOWN_MINTER
    assert stage.reject(stage.mint("ann", 11, receipt), BRANCH) == Reject.QUORUM_MISSING


# The clock


CHRISTMAS, NEW_YEAR = date(2027, 12, 24), date(2027, 12, 31)  # as observed: both Fridays
LUNAR = (date(2028, 1, 26), date(2028, 1, 27), date(2028, 1, 28))
CLOCKS = [
    # zone, holidays, asked on, at, days, to be paid on (always until 17:00)
    ("America/New_York", (CHRISTMAS,), date(2027, 12, 23), 16, 1, date(2027, 12, 27)),
    ("America/New_York", (CHRISTMAS,), date(2027, 12, 23), 18, 1, date(2027, 12, 28)),
    ("America/New_York", (NEW_YEAR,), date(2027, 12, 30), 9, 1, date(2028, 1, 3)),
    ("America/New_York", (NEW_YEAR,), date(2027, 12, 31), 9, 1, date(2028, 1, 4)),
    ("Europe/Berlin", (), date(2028, 2, 28), 9, 1, date(2028, 2, 29)),
    ("Europe/Berlin", (), date(2028, 2, 29), 9, 1, date(2028, 3, 1)),
    ("Europe/Berlin", (), date(2027, 2, 26), 9, 1, date(2027, 3, 1)),
    ("Asia/Hong_Kong", LUNAR, date(2028, 1, 25), 9, 1, date(2028, 1, 31)),
    ("Asia/Hong_Kong", LUNAR, date(2028, 1, 25), 9, 5, date(2028, 2, 4)),
    # The clocks change on the Sunday between: the deadline stays at 17:00 of the zone.
    ("America/New_York", (), date(2028, 3, 10), 9, 1, date(2028, 3, 13)),
    ("Europe/Berlin", (), date(2027, 10, 29), 9, 1, date(2027, 11, 1)),
]


@pytest.mark.parametrize(("zone", "holidays", "asked", "hour", "days", "due"), CLOCKS)
def test_the_clock_knows_holidays_years_ends_leap_days_and_zones(
    zone: str, holidays: tuple[date, ...], asked: date, hour: int, days: int, due: date
):
    stage = new_stage()
    calendar = AdoptCalendar(
        reference=stage.reference(),
        name="business days",
        zone=zone,
        cutoffs_ns=cutoffs_ns(zone, date(2027, 1, 1), date(2028, 12, 31), holidays),
    )
    stage.do(calendar, SUPERVISOR)
    pack = msgspec.structs.replace(stage.pack(redemption_days=days, staleness_ns=900 * DAY_NS), calendar=1)
    stage.do(pack, ISSUER, SUPERVISOR)
    stage.attest(1_000)
    stage.fund("ann", 100)
    stage.until(moment_ns(zone, asked, hour))
    deadline_ns = moment_ns(zone, due, 17)
    assert stage.redeem("ann", 40).price_ticks == deadline_ns
    stage.until(deadline_ns - 1)
    assert not stage.timers()
    stage.until(deadline_ns)
    assert [one.kind for one in stage.timers()] == [EventKind.REDEMPTION_OVERDUE, EventKind.MINTING_STOPPED]


def test_the_same_instant_is_another_business_day_elsewhere():
    """Friday 17:30 in Hong Kong is over, in New York it has hardly begun: the calendar that was adopted decides."""
    instant_ns = moment_ns("Asia/Hong_Kong", date(2028, 5, 5), 17, 30)
    due = {}
    for zone in ("Asia/Hong_Kong", "America/New_York"):
        cutoffs = cutoffs_ns(zone, date(2028, 5, 1), date(2028, 5, 31), ())
        stage = new_stage()
        calendar = AdoptCalendar(reference=stage.reference(), name="days", zone=zone, cutoffs_ns=cutoffs)
        stage.do(calendar, SUPERVISOR)
        pack = msgspec.structs.replace(stage.pack(staleness_ns=900 * DAY_NS), calendar=1)
        stage.do(pack, ISSUER, SUPERVISOR)
        stage.attest(1_000)
        stage.fund("ann", 100)
        stage.until(instant_ns)
        due[zone] = stage.redeem("ann", 1).price_ticks
    assert due["Asia/Hong_Kong"] == moment_ns("Asia/Hong_Kong", date(2028, 5, 9), 17)
    assert due["America/New_York"] == moment_ns("America/New_York", date(2028, 5, 8), 17)


@frauds
@given(
    st.lists(st.integers(1, 20 * DAY_NS), min_size=1, max_size=20, unique=True).map(sorted),
    st.integers(0, 30 * DAY_NS),
    st.integers(0, 30),
)
def test_no_calendar_gives_an_issuer_time_without_end(cutoffs: list[int], after_ns: int, days: int):
    """A new calendar moves no deadline that was given; one that ran out counts every day."""
    stage = new_stage()
    start_ns = stage.time_ns
    calendar = AdoptCalendar(
        reference=stage.reference(), name="few", zone="UTC", cutoffs_ns=tuple(start_ns + one for one in cutoffs)
    )
    stage.do(calendar, SUPERVISOR)
    pack = msgspec.structs.replace(stage.pack(redemption_days=days, staleness_ns=900 * DAY_NS), calendar=1)
    stage.do(pack, ISSUER, SUPERVISOR)
    stage.attest(1_000)
    stage.fund("ann", 100)
    stage.until(start_ns + after_ns)
    deadline_ns = stage.redeem("ann", 1).price_ticks
    behind = [one for one in calendar.cutoffs_ns if one > stage.time_ns]
    if days < len(behind):
        assert deadline_ns == behind[days]
    else:
        last_ns = max(calendar.cutoffs_ns[-1], stage.time_ns)
        assert deadline_ns == last_ns + (days - len(behind) + 1) * DAY_NS
    far = msgspec.structs.replace(calendar, reference=stage.reference(), cutoffs_ns=(stage.time_ns + 3_000 * DAY_NS,))
    stage.do(far, SUPERVISOR)
    stage.do(
        msgspec.structs.replace(stage.pack(redemption_days=30, staleness_ns=900 * DAY_NS), calendar=2),
        ISSUER,
        SUPERVISOR,
    )
    stage.until(deadline_ns)
    assert EventKind.REDEMPTION_OVERDUE in [one.kind for one in stage.timers()]


def test_cutoffs_that_do_not_ascend_are_no_calendar():
    stage = new_stage()
    for cutoffs in ((), (2, 1), (1, 1), (-1, 1)):
        command = AdoptCalendar(reference=stage.reference(), name="n", zone="z", cutoffs_ns=cutoffs)
        assert stage.reject(command, SUPERVISOR) == Reject.INVALID_COMMAND
    assert all(a < b for a, b in pairwise(cutoffs_ns("UTC", date(2028, 1, 1), date(2028, 3, 1), ())))
