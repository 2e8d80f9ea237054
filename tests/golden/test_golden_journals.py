"""Committed journals replay to the digests that were committed with them, for ever, on any machine."""

import shutil
from pathlib import Path

import pytest

from tests.golden.journals import FOLDER, Result, golden_names, read_frames, read_result, replay
from venus.core.machine import Machine
from venus.journal.store import FileStore, JournalReader
from venus.model.exchange import Exchange
from venus.records.commands import ColdCommand, CommandKind, plain


def test_there_are_golden_journals_and_they_ask_for_everything():
    kinds, colds = set(), set()
    for name in golden_names():
        for frame, _ in read_frames(FOLDER / name):
            kinds |= set(frame.commands["kind"].tolist())
            colds.add(type(frame.cold))
            if frame.cold is not None:
                colds.add(type(plain(frame.cold)))
    assert set(CommandKind) <= kinds
    assert set(ColdCommand.__args__) <= colds


@pytest.mark.parametrize("name", golden_names())
@pytest.mark.parametrize("machine", [Machine, Exchange], ids=["core", "model"])
def test_a_golden_journal_replays_to_its_digest(name: str, machine: type[Machine | Exchange]):
    assert replay(name, machine()) == read_result(name)


@pytest.mark.parametrize("name", golden_names())
def test_a_golden_journal_can_be_continued(name: str, tmp_path: Path):
    """Today's writer takes up what was written then, cuts nothing, and goes on behind it."""
    result: Result = read_result(name)
    directory = tmp_path / name
    shutil.copytree(FOLDER / name, directory)
    with FileStore.open(directory, segment_bytes=1 << 16, prepare_ahead=False) as store:
        assert store.tip.frames == result.frames
        assert store.tip.hash.hex() == result.journal_tip
        last = JournalReader(directory).frame(result.frames - 1)
        store.append(
            last.kind, last.first_sequence + last.commands_count, last.commands_count, last.time_ns, [last.payload]
        )
        store.sync()
    assert JournalReader(directory).frame(result.frames).previous.hex() == result.journal_tip
