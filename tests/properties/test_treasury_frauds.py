"""A treasury emptied by one alone, and coins hidden from a court, as core and model play them."""

import hypothesis.strategies as st
from hypothesis import given

from tests.properties.test_issuer_frauds import PLENTY, amounts, frauds, new_stage
from venus.records.coins import DAY_NS, LawfulKind, OrderLawful, PayTreasury, RequestRedemption
from venus.records.commands import ListAsset, PlainCommand, approved
from venus.records.holds import CreateHold, ProposeTrade, SchedulePayment
from venus.records.rejects import Reject
from venus.testing.coin_stage import reject_of
from venus.testing.officials import BANK, BODIES, BRANCH, COURT, ISSUER, SUPERVISOR, approval


@frauds
@given(amounts, st.sampled_from([BANK, SUPERVISOR, COURT, BRANCH]), st.integers(0, 10))
def test_nobody_but_the_issuers_quorum_takes_coins_out_of_its_treasury(atoms: int, forger: int, seat: int):
    stage = new_stage()
    stage.attest(PLENTY)
    stage.fund("treasury:vUSD", atoms)
    stage.play.assets["vUSD"] = stage.coin
    treasury, mallory = stage.account("treasury:vUSD"), stage.account("mallory")
    payment = PayTreasury(reference=stage.reference(), coin=stage.coin, asset=stage.coin, account=mallory, atoms=atoms)
    assert stage.reject(payment, forger) == Reject.QUORUM_MISSING
    until_ns = stage.time_ns + DAY_NS
    alone = seat % len(BODIES[ISSUER].people)
    signature = approval(payment, ISSUER, alone, BODIES[ISSUER].people[alone], until_ns)
    assert reject_of(stage.play.cold(approved(payment, signature))) == Reject.QUORUM_MISSING
    stage.play.lines(f"treasury:vUSD pay mallory {atoms} vUSD   rejected ACCOUNT_FROZEN")
    terms = {"reference": stage.reference(), "asset": stage.coin, "atoms": atoms}
    ways = (
        CreateHold(
            **terms, account=treasury, target=mallory, notary=mallory, reclaim_ns=0, expires_ns=until_ns, hash_lock=b""
        ),
        SchedulePayment(**terms, account=treasury, to_account=mallory, first_ns=stage.time_ns + 1, every_ns=0, count=1),
        RequestRedemption(
            reference=stage.reference(), coin=stage.coin, account=treasury, atoms=atoms, payee="mallory's bank"
        ),
    )
    for way in ways:
        stage.ask(way)
    stage.later(DAY_NS)
    stage.timers()
    assert (stage.coins("treasury:vUSD"), stage.coins("mallory"), stage.supply) == (atoms, 0, atoms)


@frauds
@given(st.lists(st.tuples(st.sampled_from(["hold", "trade", "redeem"]), st.integers(1, 400)), max_size=6), st.data())
def test_no_coin_is_out_of_a_courts_reach(bound: list[tuple[str, int]], data: st.DataObject):
    """However a holder binds its coins, an order gets all it asks for, as far as they are there, and no more."""
    stage = new_stage()
    stage.do(ListAsset(reference=stage.reference(), code="GOLD", scale=0))
    stage.attest(0)
    stage.fund("ann", 1_000)
    ann, mallory, until_ns = stage.account("ann"), stage.account("mallory"), stage.time_ns + 9 * DAY_NS
    for way, atoms in bound:
        common = {"reference": stage.reference(), "account": ann, "expires_ns": until_ns}
        command: PlainCommand = stage.redemption("ann", atoms)
        if way == "hold":
            command = CreateHold(
                **common,
                target=mallory,
                notary=mallory,
                asset=stage.coin,
                atoms=atoms,
                reclaim_ns=until_ns,
                hash_lock=bytes(32),
            )
        elif way == "trade":
            command = ProposeTrade(
                **common, counterparty=mallory, give_asset=stage.coin, give_atoms=atoms, take_asset=1, take_atoms=1
            )
        stage.ask(command)
    wanted = data.draw(st.integers(1, 1_500))
    order = OrderLawful(
        reference=stage.reference(),
        order_kind=LawfulKind.FREEZE,
        coin=stage.coin,
        account=ann,
        atoms=wanted,
        to_account=0,
        frozen_by=0,
        authority=COURT,
        second=ISSUER,
        basis="a case",
        expires_ns=until_ns,
    )
    assert stage.do(order, COURT, ISSUER).remaining_lots == max(0, wanted - 1_000)
    assert stage.supply == 1_000
