"""How many looks there are, in a frame: docs/rules/public_log.md, "Looks". Core and model play every line."""

from venus.records.commands import MoveToRules
from venus.records.events import EventFlag, EventKind
from venus.records.looks import NoteLooks
from venus.records.rejects import Reject
from venus.testing.coin_stage import CoinStage
from venus.testing.play import Play

HEAD = bytes(range(32))


def note(reference: str, looks: int = 7, head: bytes = HEAD) -> NoteLooks:
    return NoteLooks(reference=reference, looks=looks, head=head)


def test_a_head_is_noted_once_and_another_one_under_its_reference_is_refused() -> None:
    stage = CoinStage(rules=5)
    [noted] = stage.ask(note("looks:7"))
    assert (noted.kind, noted.quantity_lots) == (EventKind.LOOKS_NOTED, 7)
    [again] = stage.ask(note("looks:7"))
    assert (again.kind, again.flags, again.trade_id) == (EventKind.LOOKS_NOTED, EventFlag.REPEATED, noted.sequence)
    assert stage.reject(note("looks:7", head=bytes(32))) == Reject.REFERENCE_REUSED
    for bad in (note("a", looks=0), note("b", head=b"short"), note("c", looks=-1)):
        assert stage.reject(bad) == Reject.INVALID_COMMAND


def test_it_is_known_from_rules_5_on_to_an_exchange_that_has_seats() -> None:
    stage = CoinStage(rules=4)
    assert stage.reject(note("looks:7")) == Reject.INVALID_COMMAND
    stage.do(MoveToRules(reference="5", rules=5))
    assert stage.do(note("looks:7")).kind == EventKind.LOOKS_NOTED
    [event] = Play(rules=5).cold(note("looks:7"))
    assert (event.kind, event.reason) == (EventKind.REJECTED, Reject.NOT_FOUNDED)
