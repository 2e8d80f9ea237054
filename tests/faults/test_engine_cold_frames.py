"""Cold commands have a frame each: many that come at once share a sync, and none is answered before it is durable."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.faults.engine_trial import open_small, places_for
from venus.engine.keys import journal_signer
from venus.engine.recovery import recover
from venus.engine.writer import COLD_FRAMES_ON_THEIR_WAY, Submission, Writer
from venus.records.commands import ListAsset
from venus.supervisor.audit import audit

COMMANDS = 3 * COLD_FRAMES_ON_THEIR_WAY
SLOW_SYNC_S = 0.03


def test_cold_commands_that_come_at_once_share_syncs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    syncs: list[int] = []
    answers: list[tuple[int, int]] = []  # first sequence, and frames durable when it was answered

    async def scenario() -> None:
        places = places_for(tmp_path)
        recovered = recover(places, None, None, open_small)
        store = recovered.store
        sync = store.sync

        def slow_sync() -> None:
            time.sleep(SLOW_SYNC_S)
            sync()
            syncs.append(store.durable_frames)

        monkeypatch.setattr(store, "sync", slow_sync)
        writer = Writer(places, recovered.exchange, store, journal_signer(places))
        finished = asyncio.get_running_loop().create_future()

        def done(first_sequence: int, *_: object) -> None:
            answers.append((first_sequence, store.durable_frames))
            if len(answers) == COMMANDS:
                finished.set_result(None)

        for number in range(COMMANDS):
            command = ListAsset(reference=f"asset {number}", code=f"A{number}", scale=2)
            writer.submit(Submission(b"", b"", command, 1, done, finished.set_exception))
        await asyncio.wait_for(finished, 60)
        await writer.stop()

    asyncio.run(scenario())
    assert [sequence for sequence, _ in answers] == list(range(1, COMMANDS + 1)), "each answered once, in order"
    assert all(durable >= sequence for sequence, durable in answers), "frame n-1 is durable when n is answered"
    assert len(syncs) <= COMMANDS // 8, f"{len(syncs)} syncs for {COMMANDS} frames"
    assert audit(places_for(tmp_path), False, lambda *_: None).agrees
