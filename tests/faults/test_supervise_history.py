"""A node goes on where it was killed, and remembers: history that was rewritten, cut or shown twice is named."""

import threading
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.faults.supervised import frames_of, supervise, trade, write_again
from venus.engine.places import Places
from venus.journal.cosignatures import Cosigner, cosignatures_of
from venus.journal.frames import Frame, FrameKind
from venus.journal.notes import open_note
from venus.journal.store import JournalReader
from venus.records.commands import COMMAND
from venus.supervisor.directory_source import DirectorySource
from venus.supervisor.node import Node
from venus.supervisor.node_places import NodeBusy, NodePlaces
from venus.supervisor.sources import SourceLost, read_verifier
from venus.supervisor.splits import held, keys_of, split

FRAMES = 30


@dataclass
class Watched:
    """An exchange, and a node that has seen all of it."""

    places: Places
    node: Path


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    places = trade(tmp_path / "exchange", FRAMES)
    return Watched(places, tmp_path / "node")


def cosigner(name: str = "supervisor.example") -> Cosigner:
    return Cosigner(name, Ed25519PrivateKey.generate())


def test_an_honest_journal_agrees_and_its_checkpoint_is_cosigned(watched: Watched) -> None:
    by = cosigner()
    assert supervise(watched.places, watched.node, by) is None
    [note] = NodePlaces(watched.node).cosigned.glob("*.note")
    frames = frames_of(watched.places)
    assert note.stem == f"{frames[-1].number:020d}"
    [signed] = cosignatures_of(note.read_bytes(), [by.verifier])
    assert signed.verifier.name == "supervisor.example"
    assert open_note(note.read_bytes(), [read_verifier(watched.places.journal_verifier)]).text.startswith(
        "venus/journal\n"
    )


def test_a_node_goes_on_where_it_was(watched: Watched) -> None:
    assert supervise(watched.places, watched.node) is None
    seen = len(frames_of(watched.places))
    trade(watched.places.root, FRAMES, seed=2)
    with Node(DirectorySource(watched.places), watched.node) as node:
        assert node.first == seen  # it took a snapshot of its own when it ended
        assert node.run(False, threading.Event(), lambda _: None) is None
        assert node.judge.tip.frames == len(frames_of(watched.places))


@pytest.mark.parametrize("keeps_frames", [False, True])
def test_a_node_whose_snapshots_are_gone_remembers_all_the_same(watched: Watched, keeps_frames: bool) -> None:
    assert supervise(watched.places, watched.node, keeps_frames=keeps_frames) is None
    for path in NodePlaces(watched.node).snapshots.iterdir():
        path.unlink()
    with Node(DirectorySource(watched.places), watched.node, keeps_frames=keeps_frames) as node:
        assert node.first == 0
        assert node.archive.frames == len(frames_of(watched.places))
        assert node.run(False, threading.Event(), lambda _: None) is None


def test_what_is_kept_of_a_feed_is_the_journal_byte_for_byte(watched: Watched) -> None:
    assert supervise(watched.places, watched.node, keeps_frames=True) is None
    kept = list(JournalReader(NodePlaces(watched.node).journal).frames())
    assert [frame.hash for frame in kept] == [frame.hash for frame in frames_of(watched.places)]
    replica = Places(watched.node)
    replica.journal_verifier.parent.mkdir()
    replica.journal_verifier.write_text(watched.places.journal_verifier.read_text())
    assert supervise(replica, watched.node / "second") is None  # and can itself be supervised


def test_two_nodes_do_not_share_a_directory(watched: Watched) -> None:
    with Node(DirectorySource(watched.places), watched.node), pytest.raises(NodeBusy):
        Node(DirectorySource(watched.places), watched.node)


def altered(frames: list[Frame], number: int, quantity: int) -> list[Frame]:
    """The same frames, but the first command of one has another quantity."""
    commands = bytearray(frames[number].payload)
    place = COMMAND.fields["quantity"][1]  # type: ignore[index]
    commands[place : place + 8] = quantity.to_bytes(8, "little")
    return [*frames[:number], frames[number]._replace(payload=memoryview(bytes(commands))), *frames[number + 1 :]]


@pytest.mark.parametrize("keeps_frames", [False, True])
def test_history_rewritten_behind_a_nodes_back_is_named(watched: Watched, keeps_frames: bool) -> None:
    """With frames kept: command, field, and both values. Everything behind it is chained anew, so all of it differs."""
    assert supervise(watched.places, watched.node, keeps_frames=keeps_frames) is None
    frames = frames_of(watched.places)
    number = next(frame.number for frame in frames[len(frames) // 2 :] if frame.kind == FrameKind.HOT)
    was = int.from_bytes(frames[number].payload[40:48], "little")
    write_again(watched.places, altered(frames, number, 77_777))
    found = supervise(watched.places, watched.node, keeps_frames=keeps_frames)
    assert found is not None
    assert found.frame == number
    if keeps_frames:
        assert (found.sequence, found.what) == (frames[number].first_sequence, "quantity")
        assert (found.recorded, found.found) == ("77777", str(was))
    else:
        assert (found.what, found.found) == ("hash", frames[number].hash.hex())
    assert f"frame {number}" in found.words and "rewritten" in found.words


def test_what_was_found_is_not_forgotten(watched: Watched) -> None:
    assert supervise(watched.places, watched.node) is None
    frames = frames_of(watched.places)
    write_again(watched.places, altered(frames, len(frames) - 2, 77_777))
    first = supervise(watched.places, watched.node)
    write_again(watched.places, frames)  # as if nothing had been
    assert first is not None
    assert supervise(watched.places, watched.node) == first


def test_frames_that_are_gone_are_named(watched: Watched) -> None:
    assert supervise(watched.places, watched.node) is None
    frames = frames_of(watched.places)
    write_again(watched.places, frames[:-5])
    found = supervise(watched.places, watched.node)
    assert found is not None
    assert (found.frame, found.recorded) == (len(frames) - 5, "missing")  # the first that is gone


def test_another_key_of_the_journal_is_refused(watched: Watched, tmp_path: Path) -> None:
    assert supervise(watched.places, watched.node) is None
    other = trade(tmp_path / "other", 1)
    watched.places.journal_verifier.write_text(other.journal_verifier.read_text())
    with pytest.raises(SourceLost, match="when it was first seen"):
        supervise(watched.places, watched.node)


def test_a_bit_that_flipped_is_damage_with_its_place(watched: Watched) -> None:
    [segment] = watched.places.journal.glob("*.frames")
    at = 20_000
    data = bytearray(segment.read_bytes())
    data[at] ^= 1
    segment.write_bytes(data)
    found = supervise(watched.places, watched.node)
    assert found is not None
    assert found.what == "frame"
    assert str(segment) in found.words


def test_claims_of_another_event_chain_name_the_frame(watched: Watched) -> None:
    frames = frames_of(watched.places)
    number = next(frame.number for frame in frames[10:] if frame.kind == FrameKind.HOT)
    claims = bytearray(watched.places.event_chain.read_bytes())
    claims[number * 32] ^= 1
    watched.places.event_chain.write_bytes(claims)
    found = supervise(watched.places, watched.node)
    assert found is not None
    assert (found.frame, found.what) == (number, "event chain")
    assert "The rules give:" in found.words
    assert "the exchange gives such as do not make its own event chain" in found.words


def test_claims_that_come_late_are_compared_too(watched: Watched) -> None:
    claims = watched.places.event_chain.read_bytes()
    frames = frames_of(watched.places)
    number = next(frame.number for frame in frames[10:] if frame.kind == FrameKind.HOT)
    watched.places.event_chain.write_bytes(claims[: number * 32])
    stopping = threading.Event()

    def claim_falsely(_: object) -> None:
        if node.judge.tip.frames == len(frames):
            watched.places.event_chain.write_bytes(claims[: number * 32] + bytes([1]) * 32)

    with Node(DirectorySource(watched.places), watched.node) as node:
        found = node.run(True, stopping, claim_falsely)
    assert found is not None
    assert (found.frame, found.what, found.recorded) == (number, "event chain", "01" * 32)


def test_two_nodes_that_were_shown_two_journals_find_it_out(watched: Watched, tmp_path: Path) -> None:
    """Each journal is honest by itself: the operator runs two and signs both."""
    twin = Places(tmp_path / "twin")
    twin.journal_key.parent.mkdir(parents=True)
    twin.journal_key.write_bytes(watched.places.journal_key.read_bytes())
    trade(twin.root, FRAMES, seed=2)
    nodes = watched.node, tmp_path / "other node"
    assert supervise(watched.places, nodes[0], cosigner()) is None
    assert supervise(twin, nodes[1], cosigner("other.example")) is None
    parties = [held(node, keys_of(nodes)) for node in nodes]
    found = split(parties)
    assert found is not None
    ours, theirs = frames_of(watched.places), frames_of(twin)
    first = next(number for number, frame in enumerate(ours) if frame.hash != theirs[number].hash)
    assert (found.frame, found.what) == (first, "hash")
    # A note alone is enough: it is no prefix of the log that the other was shown.
    [note] = NodePlaces(nodes[1]).cosigned.glob("*.note")
    found = split([parties[0], held(note, keys_of(nodes))])
    assert found is not None
    assert found.what == "log root"
    assert split([parties[0], held(nodes[0], keys_of(nodes))]) is None
