"""How an exchange moves to the next rules, and what that does not change: docs/rules/versions.md."""

import msgspec
import pytest

from venus.records.commands import (
    RULES_LATEST,
    AdoptRules,
    Command,
    CommandKind,
    MoveToRules,
    decode_cold,
    encode_cold,
)
from venus.records.events import EventFlag, EventKind
from venus.records.rejects import Reject
from venus.testing.play import Play


def adopt(stage: Play, rules: int) -> tuple[int, int, int]:
    """Kind, reason, version of what comes of it."""
    return outcome(stage, AdoptRules(reference=stage.reference(), rules=rules))


def move(stage: Play, rules: int) -> tuple[int, int, int]:
    return outcome(stage, MoveToRules(reference=stage.reference(), rules=rules))


def outcome(stage: Play, command: AdoptRules | MoveToRules) -> tuple[int, int, int]:
    [event] = stage.cold(command)
    return event.kind, event.reason, event.quantity_lots


def test_rules_are_adopted_one_after_the_other_and_never_given_up():
    stage = Play()
    assert adopt(stage, 1) == (EventKind.REJECTED, Reject.NO_CHANGE, 0)
    assert adopt(stage, 3) == (EventKind.REJECTED, Reject.INVALID_COMMAND, 0)
    assert adopt(stage, 2) == (EventKind.RULES_ADOPTED, 0, 2)
    assert adopt(stage, 2) == (EventKind.REJECTED, Reject.NO_CHANGE, 0)
    assert adopt(stage, 3) == (EventKind.REJECTED, Reject.INVALID_COMMAND, 0), "rules 3 take another command"
    assert move(stage, 3) == (EventKind.RULES_ADOPTED, 0, 3)
    assert move(stage, 3) == (EventKind.REJECTED, Reject.NO_CHANGE, 0)
    assert adopt(stage, 3) == (EventKind.REJECTED, Reject.NO_CHANGE, 0)


def test_a_move_takes_no_step_over_a_version():
    assert move(Play(), 3) == (EventKind.REJECTED, Reject.INVALID_COMMAND, 0)


def test_rules_that_a_program_does_not_know_are_no_command():
    """It would write a refusal down, and a later program, which knows them, would replay it as a move."""
    data = encode_cold(MoveToRules(reference="later", rules=RULES_LATEST + 1))
    with pytest.raises(msgspec.ValidationError):
        decode_cold(data)


def test_a_retry_of_an_adoption_names_the_first():
    stage = Play()
    command = AdoptRules(reference="once", rules=2)
    [first], [again] = stage.cold(command), stage.cold(command)
    assert again == first._replace(sequence=again.sequence, flags=EventFlag.REPEATED, trade_id=first.sequence)


def test_orders_that_rest_stay_as_they_are():
    stage = Play()
    stage.lines("""
        ann  deposit 1_000 USD
        bob  deposit 5 BTC
        ann  buy 2 @ 90 id a     rests
        ann  buy 1 @ 90          rests
        ann  amend a to 1        amended to 1
    """)
    adopt(stage, 2)
    stage.lines("""
        bob  sell 1 @ 90         fills 1 @ 90
        book BTCUSD buys 1 @ 90
        bob  take-sell 1 @ 95    waits 1
        ann  cancel all          cancels 1 @ 90
    """)


def test_lists_are_unknown_before():
    stage = Play()
    cancel = Command(kind=CommandKind.CANCEL_LIST)
    [before] = stage.hot((cancel, ""))
    assert before.reason == Reject.INVALID_COMMAND
    adopt(stage, 2)
    [after] = stage.hot((cancel, ""))
    assert after.reason == Reject.UNKNOWN_ORDER
