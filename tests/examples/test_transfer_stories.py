"""Deposits, withdrawals and payments, and why a retry is harmless: docs/rules/transfers.md."""

import pytest

from venus.records.commands import AccountKind, Command, CommandFlag, CommandKind, ListAsset, OpenAccounts
from venus.records.events import EventFlag, EventKind
from venus.records.rejects import Reject
from venus.testing.play import Play, play
from venus.testing.worlds import transfer
from venus.units import ATOMS_MAX, INT64_MAX


def test_money_comes_from_the_bank_and_goes_back_to_it():
    play("""
        ann  deposit 100 USD
        bank has -100 free 0 held USD
        ann  withdraw 101 USD   rejected INSUFFICIENT_FREE
        ann  withdraw 40 USD
        ann  has  60 free 0 held USD
        ann  pay bob 10 USD
        bob  has  10 free 0 held USD
        bank has -60 free 0 held USD
    """)


def test_what_is_held_cannot_be_spent_twice():
    play("""
        ann  deposit 100 USD
        ann  buy  1 @ 70        rests
        ann  withdraw 31 USD    rejected INSUFFICIENT_FREE
        ann  withdraw 30 USD
        ann  pay bob 1 USD      rejected INSUFFICIENT_FREE
        ann  cancel all
        ann  pay bob 70 USD
    """)


def test_a_retry_gives_the_first_outcome_and_moves_nothing():
    stage = play("""
        ann  deposit 100 USD as d1
        ann  deposit 100 USD as d1   repeated
        ann  has  100 free 0 held USD
        ann  deposit 101 USD as d1   rejected REFERENCE_REUSED
        ann  deposit 100 BTC as d1   rejected REFERENCE_REUSED
        bob  deposit 100 USD as d1   rejected REFERENCE_REUSED
        ann  withdraw 100 USD as w1
        ann  withdraw 100 USD as w1  repeated                      # though nothing is left to withdraw
        ann  freeze
        ann  withdraw 100 USD as w1  repeated                      # and though it is frozen by now
    """)
    [first] = stage.hot(transfer(1, stage.accounts["ann"], 0, 5, "d2"))
    [again] = stage.hot(transfer(1, stage.accounts["ann"], 0, 5, "d2"))
    assert again == first._replace(sequence=again.sequence, flags=EventFlag.REPEATED, trade_id=first.sequence), (
        "the retry names the sequence of the first"
    )


def test_a_refused_transfer_may_be_tried_again_under_its_reference():
    play("""
        ann  withdraw 10 USD as w1   rejected INSUFFICIENT_FREE
        ann  deposit 10 USD
        ann  withdraw 10 USD as w1
    """)


def test_transfers_and_controls_share_one_memory_of_references():
    stage = Play()
    stage.lines("ann deposit 1 USD as r1")
    [refused] = stage.cold(ListAsset(reference="r1", code="EUR", scale=2))
    assert refused.reason == Reject.REFERENCE_REUSED
    stage.cold(ListAsset(reference="r2", code="EUR", scale=2))
    stage.lines("ann deposit 1 USD as r2  rejected REFERENCE_REUSED")


def test_a_frozen_account_can_receive_but_not_pay():
    play("""
        ann  deposit 100 USD
        ann  freeze
        ann  pay bob 1 USD     rejected ACCOUNT_FROZEN
        ann  deposit 5 USD
        ann  unfreeze
        ann  pay bob 105 USD
    """)


def test_an_asset_holds_no_more_than_two_to_the_62():
    play(f"""
        ann  deposit {ATOMS_MAX} USD
        bob  deposit 1 USD              rejected ASSET_FULL
        ann  withdraw 1 USD
        bob  deposit 1 USD
        ann  deposit {ATOMS_MAX + 1} BTC  rejected AMOUNT_OUT_OF_RANGE
    """)


def test_the_outside_accounts_have_their_own_limits():
    stage = Play()
    [opened] = stage.cold(
        OpenAccounts(
            reference="chain", account_kind=AccountKind.EXTERNAL, count=1, label="chain", tier=0, trade_group=-1
        )
    )
    stage.accounts["chain"] = opened.account
    stage.lines(f"""
        ann   deposit {ATOMS_MAX} USD
        ann   pay chain {ATOMS_MAX} USD                # the bank is down to its least, the chain up to its most
        bank  has -{ATOMS_MAX} free 0 held USD
        ann   deposit 1 USD                 rejected ASSET_FULL
        chain pay ann 1 USD
        ann   pay chain 1 USD
        bank  pay chain 1 USD               rejected INVALID_TRANSFER
        chain pay ann {ATOMS_MAX} USD
        ann   pay bank {ATOMS_MAX} USD
        bank  has 0 free 0 held USD
    """)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"account": 99}, Reject.UNKNOWN_ACCOUNT),
        ({"account": 2**32 - 1}, Reject.UNKNOWN_ACCOUNT),
        ({"target_lo": 99}, Reject.UNKNOWN_COUNTERPARTY),
        ({"target_lo": -1}, Reject.UNKNOWN_COUNTERPARTY),
        ({"target_lo": 2**32}, Reject.UNKNOWN_COUNTERPARTY),
        ({"subject": 99}, Reject.UNKNOWN_ASSET),
        ({"target_lo": 1}, Reject.INVALID_TRANSFER),
        ({"flags": CommandFlag.IN_QUOTE}, Reject.INVALID_TRANSFER),
        ({"flags": 128}, Reject.INVALID_TRANSFER),
        ({"quantity": 0}, Reject.AMOUNT_OUT_OF_RANGE),
        ({"quantity": -1}, Reject.AMOUNT_OUT_OF_RANGE),
        ({"quantity": -INT64_MAX - 1}, Reject.AMOUNT_OUT_OF_RANGE),
        ({"quantity": INT64_MAX}, Reject.AMOUNT_OUT_OF_RANGE),
        ({"client_hi": 0, "client_lo": 0}, Reject.REFERENCE_MISSING),
    ],
)
def test_a_malformed_transfer_says_what_is_wrong(change: dict[str, int], reason: Reject):
    stage = play("ann deposit 1 USD")
    command, text = transfer(1, stage.accounts["ann"], 0, 5, "r")
    [event] = stage.hot((command._replace(**change), text))
    assert (event.kind, event.reason) == (EventKind.REJECTED, reason)


def test_a_record_of_no_known_kind_is_refused():
    [event] = Play().hot((Command(kind=CommandKind.TRANSFER + 1, account=1, side=9), ""))
    assert (event.kind, event.reason, event.side) == (EventKind.REJECTED, Reject.INVALID_COMMAND, 9)


def test_linked_transfers_happen_all_or_not_at_all():
    play(
        """
        ann  deposit 100 USD
        bob  deposit 5 BTC
        together ann pay bob 90 USD as d1 & bob pay ann 6 BTC as p1     rejected LINK_BROKEN, INSUFFICIENT_FREE
        ann  has 100 free 0 held USD
        together ann pay bob 90 USD as d1 & bob pay ann 5 BTC as p1
        ann  has 5 free 0 held BTC
        bob  has 90 free 0 held USD
        together ann pay bob 90 USD as d1 & bob pay ann 5 BTC as p1     repeated
        together ann pay bob 90 USD as d1 & bob pay ann 4 BTC as p1     rejected LINK_BROKEN, REFERENCE_REUSED
        together ann pay bob 10 USD as d2 & bob pay ann 5 BTC as p1     rejected LINK_BROKEN, REFERENCE_REUSED
        together bob pay cat 90 USD & cat pay ann 90 USD & ann pay bob 90 USD      # each sees what was done before it
        bob  has 90 free 0 held USD
    """,
        2,
    )


def test_a_run_of_linked_transfers_must_end_and_be_short():
    stage = play(
        """
        ann  deposit 100 USD
        bob  deposit 1 USD
    """,
        2,
    )
    ann, bob = stage.accounts["ann"], stage.accounts["bob"]
    to_bob = [transfer(ann, bob, 0, 1, f"r{number}") for number in range(17)]
    linked = [(command._replace(flags=CommandFlag.LINKED), text) for command, text in to_bob]
    refused = {(EventKind.REJECTED, Reject.INVALID_TRANSFER)}
    open_ended = stage.hot(*linked[:2])
    assert {(event.kind, event.reason) for event in open_ended} == refused
    too_long = stage.hot(*linked[:16], to_bob[16])
    assert len(too_long) == 17
    assert {(event.kind, event.reason) for event in too_long} == refused
    longest = stage.hot(*linked[:15], to_bob[15])
    assert [event.kind for event in longest] == [EventKind.TRANSFERRED] * 16
