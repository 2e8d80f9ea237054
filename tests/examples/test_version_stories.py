"""How an exchange moves to the next rules, and what that does not change: docs/rules/versions.md."""

from venus.records.commands import RULES_LATEST, AdoptRules, Command, CommandKind
from venus.records.events import EventFlag, EventKind
from venus.records.rejects import Reject
from venus.testing.play import Play


def adopt(stage: Play, rules: int) -> tuple[int, int, int]:
    """Kind, reason, version of what comes of it."""
    [event] = stage.cold(AdoptRules(reference=stage.reference(), rules=rules))
    return event.kind, event.reason, event.quantity_lots


def test_rules_are_adopted_one_after_the_other_and_never_given_up():
    stage = Play()
    assert adopt(stage, 1) == (EventKind.REJECTED, Reject.NO_CHANGE, 0)
    assert adopt(stage, 3) == (EventKind.REJECTED, Reject.INVALID_COMMAND, 0)
    assert adopt(stage, 2) == (EventKind.RULES_ADOPTED, 0, 2)
    assert adopt(stage, 2) == (EventKind.REJECTED, Reject.NO_CHANGE, 0)
    assert adopt(stage, RULES_LATEST + 1) == (EventKind.REJECTED, Reject.INVALID_COMMAND, 0)


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
