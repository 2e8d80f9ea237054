"""Proposals through the door when things go on at once, too late, or not to their end."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.examples.rest.house import NO_LIMITS, PATIENCE_S, Answer, House, request
from venus.engine.client import EngineClient, Outcome
from venus.gateway.binance.rest import RestDoor
from venus.gateway.issuance.endpoints import coin_endpoints
from venus.records.approvals import Approval
from venus.records.coins import DAY_NS, AdoptCalendar
from venus.records.commands import ColdCommand, approved, encode_cold
from venus.records.events import EventKind
from venus.registry.proposals import ProposalState
from venus.registry.registry import Registry
from venus.registry.vault import MasterKey
from venus.testing.officials import BODIES, SUPERVISOR, approval, founding

PROPOSALS, APPROVALS = "/coins/v1/proposals", "/coins/v1/approvals"
MAKER, CHECKER = 0, 1


class Slow:
    """An engine's client whose answers to cold commands come when they are let come."""

    def __init__(self, client: EngineClient) -> None:
        self._client = client
        self.asked = asyncio.Event()
        self.let = asyncio.Event()

    async def submit_cold(self, command: ColdCommand) -> Outcome:
        outcome = await self._client.submit_cold(command)
        self.asked.set()
        await self.let.wait()
        return outcome

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


class Officials:
    """A gateway on the house's engine and registry, and the supervisor's two people."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.late_ns = 0
        self._calendars = 0

    async def _open(self, client: Any = None, registry: Registry | None = None) -> RestDoor:
        client, registry = client or self.house.client, registry or self.house.registry
        door = await RestDoor.open(client, registry, NO_LIMITS, lambda: time.time_ns() + self.late_ns, PATIENCE_S)
        for endpoint in coin_endpoints(client, registry, door.desk.symbols):
            door.add(endpoint)
        return door

    def gateway(self, client: Any = None, registry: Registry | None = None) -> RestDoor:
        return self.house.run(self._open(client, registry))

    def calendar(self) -> AdoptCalendar:
        self._calendars += 1
        name = f"door {id(self)} {self._calendars}"
        return AdoptCalendar(reference=name, name=name, zone="UTC", cutoffs_ns=(DAY_NS,))

    def signed(self, command: AdoptCalendar, seat: int, life_s: float = 60.0) -> Approval:
        expires_ns = time.time_ns() + int(life_s * 10**9)
        return approval(command, SUPERVISOR, seat, BODIES[SUPERVISOR].people[seat], expires_ns)

    async def send(self, door: RestDoor, method: str, path: str, by: Approval, **params: object) -> Answer:
        form = {"institution": by.institution, "seat": by.seat, "expiresNs": by.expires_ns}
        query, headers = self.house.signed(None, {**form, "approval": by.signature.hex(), **params})
        return await request(door, method, path, query, headers, b"", "192.0.2.1")

    def propose(self, door: RestDoor, command: AdoptCalendar, life_s: float = 60.0) -> Answer:
        by = self.signed(command, MAKER, life_s)
        return self.house.run(self.send(door, "POST", PROPOSALS, by, encoded=encode_cold(command).hex()))

    async def approve(self, door: RestDoor, command: AdoptCalendar, number: int, seat: int = CHECKER) -> Answer:
        return await self.send(door, "POST", APPROVALS, self.signed(command, seat), proposalId=number)

    def approves(self, door: RestDoor, command: AdoptCalendar, number: int, seat: int = CHECKER) -> Answer:
        return self.house.run(self.approve(door, command, number, seat))

    def number_of_next(self) -> int:
        """Calendars are numbered one after the other: how many there are, and one more."""
        command = self.calendar()
        signatures = (self.signed(command, MAKER), self.signed(command, CHECKER))
        event = self.house.run(self.house.client.submit_cold(approved(command, *signatures))).events[-1]
        assert event.kind == EventKind.CALENDAR_ADOPTED
        return event.order_id


@pytest.fixture(scope="module")
def officials(house: House) -> Iterator[Officials]:
    event = house.run(house.client.submit_cold(founding())).events[-1]
    assert event.kind == EventKind.EXCHANGE_FOUNDED
    yield Officials(house)


def test_a_proposal_that_waited_too_long_has_expired(officials: Officials) -> None:
    door, command = officials.gateway(), officials.calendar()
    number = officials.propose(door, command, life_s=30).json["proposalId"]
    officials.late_ns = 31 * 10**9
    try:
        refused = officials.approves(door, command, number)
        assert refused.refusal == (409, -31_003, "The proposal is not open any more: EXPIRED.")
        again = officials.propose(door, command)
        assert (again.json["proposalId"], again.json["state"], len(again.json["approvals"])) == (number, "OPEN", 1)
        assert officials.approves(door, command, number).json["state"] == "DONE"
    finally:
        officials.late_ns = 0


def test_what_a_crash_left_between_hand_over_and_answer_is_done_once(officials: Officials) -> None:
    door, command, house = officials.gateway(), officials.calendar(), officials.house
    number = officials.propose(door, command).json["proposalId"]
    # The gateway wrote down that it hands in, the engine did it, and nobody was there for the answer.
    assert house.registry.proposals.advance(number, ProposalState.OPEN, ProposalState.SUBMITTED)
    both = (officials.signed(command, MAKER), officials.signed(command, CHECKER))
    done = house.run(house.client.submit_cold(approved(command, *both)))
    started_again = officials.gateway()
    answer = officials.approves(started_again, command, number).json
    assert (answer["state"], answer["number"]) == ("DONE", done.events[-1].order_id)
    assert answer["sequence"] == done.sequence
    assert officials.number_of_next() == answer["number"] + 1


def test_what_a_crash_left_before_the_hand_over_is_done_by_the_next_approval(officials: Officials) -> None:
    door, command, house = officials.gateway(), officials.calendar(), officials.house
    number = officials.propose(door, command).json["proposalId"]
    assert house.registry.proposals.advance(number, ProposalState.OPEN, ProposalState.SUBMITTED)
    assert officials.approves(door, command, number).json["state"] == "SUBMITTED", "somebody may still hand it in"
    assert officials.approves(officials.gateway(), command, number).json["state"] == "DONE"


def test_two_approvals_at_the_same_moment_hand_in_once(officials: Officials) -> None:
    door, command = officials.gateway(), officials.calendar()
    number = officials.propose(door, command).json["proposalId"]
    first_free = officials.number_of_next() + 1

    async def both() -> list[Answer]:
        return await asyncio.gather(*(officials.approve(door, command, number, seat) for seat in (MAKER, CHECKER) * 4))

    answers = officials.house.run(both())
    assert {answer.status for answer in answers} == {200}
    assert {answer.json["state"] for answer in answers} <= {"OPEN", "SUBMITTED", "DONE"}
    row = officials.house.registry.proposals.find(number)
    assert row is not None and (row.state, row.number) == (ProposalState.DONE, first_free)
    assert officials.number_of_next() == first_free + 1


def test_two_gateways_on_one_registry_hand_in_once(officials: Officials) -> None:
    house, command = officials.house, officials.calendar()
    other_registry = Registry.open(str(house.registry._engine.url), MasterKey.load(house.directory / "master.key"))
    try:
        one, other = officials.gateway(), officials.gateway(registry=other_registry)
        number = officials.propose(one, command).json["proposalId"]
        first_free = officials.number_of_next() + 1

        async def both() -> list[Answer]:
            doors = (one, other) * 3
            return await asyncio.gather(*(officials.approve(door, command, number) for door in doors))

        assert {answer.status for answer in house.run(both())} == {200}
        row = other_registry.proposals.find(number)
        assert row is not None and (row.state, row.number) == (ProposalState.DONE, first_free)
        assert officials.number_of_next() == first_free + 1
    finally:
        other_registry.close()


def test_a_gateway_that_starts_while_another_hands_in_leaves_it_done(officials: Officials) -> None:
    house, command = officials.house, officials.calendar()

    async def slow() -> Slow:
        return Slow(house.client)

    client = house.run(slow())
    door = officials.gateway(client)
    number = officials.propose(door, command).json["proposalId"]

    async def overlap() -> Answer:
        approving = asyncio.ensure_future(officials.approve(door, command, number))
        await client.asked.wait()
        await officials._open()  # it takes what is being handed in for what a crash left behind
        client.let.set()
        return await approving

    assert house.run(overlap()).json["state"] == "DONE"
