"""Commands that wait for a quorum, as the registry keeps them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from venus.records.approvals import Approval
from venus.registry.proposals import ProposalRecord, ProposalState
from venus.registry.registry import Registry
from venus.registry.vault import MasterKey

NOW_US, LATER_US = 1_000_000, 9_000_000


@pytest.fixture
def record(tmp_path: Path) -> Iterator[ProposalRecord]:
    registry = Registry.open(f"sqlite:///{tmp_path}/registry.sqlite", MasterKey.load(tmp_path / "master.key"))
    yield registry.proposals
    registry.close()


def approval(institution: int = 1, seat: int = 0, signature: bytes = b"s") -> Approval:
    return Approval(
        institution=institution,
        seat=seat,
        expires_ns=LATER_US * 1_000,
        signature=signature,
        authenticator_data=b"",
        client_data=b"",
    )


def propose(record: ProposalRecord, command: bytes = b"mint", signed: Approval | None = None) -> int:
    return record.add(command, "Mint", signed or approval(), NOW_US, LATER_US).id


def test_the_same_command_is_one_proposal_with_all_its_approvals(record: ProposalRecord) -> None:
    number = propose(record)
    assert propose(record, signed=approval(seat=1)) == number
    assert propose(record, b"burn") != number
    assert [(one.institution, one.seat) for one in record.approvals(number)] == [(1, 0), (1, 1)]


def test_a_seat_s_later_approval_takes_the_place_of_its_first(record: ProposalRecord) -> None:
    number = propose(record)
    assert record.approve(number, approval(signature=b"t"), NOW_US)
    assert [one.signature for one in record.approvals(number)] == [b"t"]


def test_a_change_of_state_names_the_state_before(record: ProposalRecord) -> None:
    number = propose(record)
    assert record.advance(number, ProposalState.OPEN, ProposalState.SUBMITTED)
    assert not record.advance(number, ProposalState.OPEN, ProposalState.SUBMITTED)
    assert not record.approve(number, approval(seat=1), NOW_US)
    assert record.advance(number, ProposalState.SUBMITTED, ProposalState.DONE, sequence=7, number=3)
    row = record.find(number)
    assert row is not None and (row.sequence, row.number, row.reject) == (7, 3, None)


def test_what_a_crash_left_half_handed_in_is_open_again(record: ProposalRecord) -> None:
    number, done = propose(record), propose(record, b"burn")
    record.advance(number, ProposalState.OPEN, ProposalState.SUBMITTED)
    record.advance(done, ProposalState.OPEN, ProposalState.DONE)
    assert record.reopen() == 1
    assert [row.id for row in record.listing(states=[ProposalState.OPEN], before=None, limit=9)] == [number]


def test_what_waits_too_long_ends(record: ProposalRecord) -> None:
    number = propose(record)
    assert record.expire(LATER_US - 1) == 0
    assert record.expire(LATER_US) == 1
    assert not record.approve(number, approval(seat=1), LATER_US)


@pytest.mark.parametrize("end", [ProposalState.REFUSED, ProposalState.WITHDRAWN, ProposalState.EXPIRED])
def test_what_ended_may_be_proposed_again_without_its_old_approvals(record: ProposalRecord, end: ProposalState) -> None:
    number = propose(record)
    record.approve(number, approval(seat=1), NOW_US)
    record.advance(number, ProposalState.OPEN, end, reject=124)
    assert propose(record, signed=approval(seat=2)) == number
    row = record.find(number)
    assert row is not None and (row.state, row.reject, row.seat) == (ProposalState.OPEN, None, 2)
    assert [one.seat for one in record.approvals(number)] == [2]


def test_what_was_done_stays_done(record: ProposalRecord) -> None:
    number = propose(record)
    record.advance(number, ProposalState.OPEN, ProposalState.DONE, sequence=5)
    assert propose(record, signed=approval(seat=1)) == number
    row = record.find(number)
    assert row is not None and (row.state, row.sequence) == (ProposalState.DONE, 5)
    assert [one.seat for one in record.approvals(number)] == [0]


def test_they_are_listed_page_by_page_the_newest_first(record: ProposalRecord) -> None:
    numbers = [propose(record, b"%d" % one) for one in range(5)]
    first = record.listing(states=None, before=None, limit=2)
    assert [row.id for row in first] == numbers[:2:-1]
    rest = record.listing(states=None, before=first[-1].id, limit=9)
    assert [row.id for row in rest] == numbers[2::-1]
    assert record.open_of(1) == 5 and record.open_of(2) == 0
