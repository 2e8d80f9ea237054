"""Views that are slow: no acknowledgement waits for them, what is asked sees everything, and memory is bounded."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import cast

import pytest

from tests.doors.small_exchange import TRADERS
from tests.faults.engine_trial import Told, furnish, open_small, places_for, random_command, submit
from venus.engine import reckoning
from venus.engine import writer as writer_room
from venus.engine.keys import journal_signer
from venus.engine.recovery import recover
from venus.engine.wire import Refusal
from venus.engine.writer import Writer
from venus.journal.snapshots import SnapshotStore
from venus.records.batch import Batch
from venus.records.commands import Command
from venus.views.balance_questions import BalancesAnswer, BalancesQuestion
from venus.views.house import Views
from venus.views.market_questions import Publication
from venus.views.questions import Answer, Question


class SlowViews(Views):
    """Views that fold nothing while `folding` is not set."""

    def __init__(self) -> None:
        super().__init__()
        self.folding = threading.Event()
        self.folding.set()

    def apply(self, batch: Batch) -> None:
        assert self.folding.wait(60)
        super().apply(batch)


@asynccontextmanager
async def furnished(root: Path, told: Told) -> AsyncIterator[tuple[Writer, SlowViews]]:
    """A writer with slow views, a market and rich traders."""
    places = places_for(root)
    recovered = recover(places, None, None, open_small)
    views = SlowViews()
    recovered.exchange.views = views
    writer = Writer(places, recovered.exchange, recovered.store, journal_signer(places))
    await furnish(writer, told)
    await asyncio.wait_for(caught_up(writer), 60)
    try:
        yield writer, views
    finally:
        views.folding.set()
        await writer.stop()


async def caught_up(writer: Writer) -> None:
    await asked(writer, BalancesQuestion(TRADERS[0]))


def asked(writer: Writer, question: Question) -> asyncio.Future[Answer]:
    future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def answered(answer: Answer | Exception) -> None:
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)

    writer.ask(question, answered)
    return future


def order(number: int) -> tuple[Command, str]:
    return random_command(Random(number), f"order {number}"), f"order {number}"


def test_acknowledgements_come_while_views_stand_still_and_answers_see_all_of_them(tmp_path: Path) -> None:
    async def scenario() -> None:
        told = Told()
        async with furnished(tmp_path, told) as (writer, views):
            published: list[Publication] = []
            writer.on_publication = published.append
            seen = published.__len__
            views.folding.clear()
            for number in range(10):
                assert await submit(writer, told, *order(number))
            assert writer.views_behind_commands == 10
            question = asked(writer, BalancesQuestion(TRADERS[0]))
            await asyncio.sleep(0.05)
            assert not question.done() and seen() == 0, "answered or published before it was folded"
            before = views.sequence
            views.folding.set()
            answer = await question
            assert views.sequence == before + 10
            assert answer == views.answer(BalancesQuestion(TRADERS[0]))
            assert isinstance(answer, BalancesAnswer)
            assert seen() >= 1
            assert writer.views_behind_commands == 0

    asyncio.run(scenario())


def test_views_too_far_behind_stop_frames_and_then_the_queue_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        told = Told()
        async with furnished(tmp_path, told) as (writer, views):
            monkeypatch.setattr(writer_room, "VIEWS_BEHIND_COMMANDS_MAX", 20)
            monkeypatch.setattr(writer_room, "QUEUE_COMMANDS_MAX", 30)
            views.folding.clear()
            waiting = [asyncio.ensure_future(submit(writer, told, *order(number))) for number in range(20)]
            assert all(await asyncio.gather(*waiting))
            more = [asyncio.ensure_future(submit(writer, told, *order(number))) for number in range(20, 100)]
            await asyncio.sleep(0.05)
            assert told.refused == {Refusal.OVERLOADED: 50}
            assert writer.views_behind_commands == 20
            views.folding.set()
            assert sum(await asyncio.gather(*more)) == 30

    asyncio.run(scenario())


def test_a_snapshot_waits_for_the_views_and_holds_the_same_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        told = Told()
        async with furnished(tmp_path, told) as (writer, views):
            views.folding.clear()
            assert await submit(writer, told, *order(0))
            monkeypatch.setattr(reckoning, "SNAPSHOT_COMMANDS", 5)
            due = asyncio.ensure_future(submit(writer, told, *order(1)))
            await asyncio.sleep(0.05)
            assert not due.done(), "it set out though a snapshot was due and the views stood still"
            views.folding.set()
            assert await due
            for number in range(2, 40):
                assert await submit(writer, told, *order(number))
                await asyncio.sleep(0.005)

    asyncio.run(scenario())
    snapshots = SnapshotStore(places_for(tmp_path).snapshots)
    assert len(snapshots.numbers()) == 2
    for _ in range(2):
        recovered = recover(places_for(tmp_path), None, None, open_small)
        recovered.store.close()
        core = recovered.exchange.machine
        assert recovered.exchange.views.sequence == core.next_sequence - 1
        snapshots.drop(snapshots.numbers()[-1])


def test_an_answer_that_fails_is_its_askers_trouble_alone(tmp_path: Path) -> None:
    async def scenario() -> None:
        told = Told()
        async with furnished(tmp_path, told) as (writer, views):
            views.folding.clear()
            assert await submit(writer, told, *order(0))
            broken = asked(writer, cast(Question, "no question"))
            views.folding.set()
            with pytest.raises(KeyError):
                await broken
            assert not writer.halted.done()
            assert await submit(writer, told, *order(1))

    asyncio.run(scenario())
