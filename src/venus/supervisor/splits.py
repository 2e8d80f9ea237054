"""Two supervisors compare what they were shown: an exchange that shows each another journal is found by its own notes.

Source: docs/rules/supervision.md, "Split views".
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from venus.journal.merkle import MerkleFrontier
from venus.journal.notes import Checkpoint, NoteRefused, Verifier, open_note, parse_checkpoint
from venus.supervisor.archive import kept_hashes
from venus.supervisor.findings import Finding
from venus.supervisor.node_places import NodePlaces
from venus.supervisor.sources import read_verifier

_HASH_BYTES = 32


class NothingToCompare(Exception):
    """What was given is no note and no node's directory, or bears no known key; the text says which."""


class Held(NamedTuple):
    """What one party holds: checkpoints of the exchange, and the hashes of the frames that it was shown."""

    name: str
    checkpoints: tuple[Checkpoint, ...]
    hashes: bytes  # 32 for each frame; empty: only notes


def held(path: Path, verifiers: Sequence[Verifier]) -> Held:
    """What stands in a note's file, or in a node's directory. Raises NothingToCompare."""
    places = NodePlaces(path)
    if path.is_file():
        return Held(str(path), (_opened(path, verifiers),), b"")
    if not places.cosigned.is_dir():
        raise NothingToCompare(f"{path} is no note and no directory of a supervisor's node")
    notes = tuple(_opened(note, verifiers) for note in sorted(places.cosigned.glob("*.note")))
    return Held(str(path), notes, kept_hashes(places.hashes, places.journal))


def keys_of(paths: Sequence[Path]) -> list[Verifier]:
    """The journal's keys that nodes' directories remember; one each, if all saw the same exchange."""
    files = [NodePlaces(path).verifier for path in paths]
    found = [read_verifier(file) for file in files if file.exists()]
    return list({verifier.text(): verifier for verifier in found}.values())


def _opened(path: Path, verifiers: Sequence[Verifier]) -> Checkpoint:
    try:
        return parse_checkpoint(open_note(path.read_bytes(), verifiers).text)
    except (NoteRefused, OSError) as error:
        raise NothingToCompare(f"{path}: {error}") from error


def split(parties: Sequence[Held]) -> Finding | None:
    """The first frame from which on two of the parties were told different things; None: all fits into one log."""
    found = [*_different_frames(parties), *_different_roots(parties), *_no_prefixes(parties)]
    return min(found, key=lambda one: one.frame, default=None)


def _different_frames(parties: Sequence[Held]) -> Iterator[Finding]:
    """Frames of one number that are not the same to two parties."""
    for place, one in enumerate(parties):
        for other in parties[place + 1 :]:
            both = min(len(one.hashes), len(other.hashes)) // _HASH_BYTES
            if one.hashes[: both * _HASH_BYTES] == other.hashes[: both * _HASH_BYTES]:
                continue
            number = next(number for number in range(both) if _hash(one, number) != _hash(other, number))
            yield _two(number, "hash", one.name, _hash(one, number), other.name, _hash(other, number))


def _hash(party: Held, number: int) -> bytes:
    return party.hashes[number * _HASH_BYTES : (number + 1) * _HASH_BYTES]


def _different_roots(parties: Sequence[Held]) -> Iterator[Finding]:
    """Two checkpoints of as many frames with two roots."""
    first: dict[int, tuple[str, Checkpoint]] = {}
    for party in parties:
        for checkpoint in party.checkpoints:
            name, before = first.setdefault(checkpoint.frames, (party.name, checkpoint))
            for what, recorded, found in (
                ("log root", checkpoint.root, before.root),
                ("event chain", checkpoint.events, before.events),
            ):
                if recorded != found:
                    yield _two(checkpoint.frames, what, party.name, recorded, name, found)
                    break


def _no_prefixes(parties: Sequence[Held]) -> Iterator[Finding]:
    """Checkpoints that are not of the log that another party was shown."""
    for party in parties:
        told = sorted(
            ((checkpoint.frames, other.name, checkpoint) for other in parties for checkpoint in other.checkpoints),
            key=lambda one: one[0],
        )
        frontier = MerkleFrontier()
        for frames, name, checkpoint in told:
            if frames * _HASH_BYTES > len(party.hashes):
                break
            while frontier.size < frames:
                frontier.append(_hash(party, frontier.size))
            if frontier.root() != checkpoint.root:
                yield _two(frames, "log root", name, checkpoint.root, f"the frames of {party.name}", frontier.root())
                break


def _two(frame: int, what: str, name: str, recorded: bytes, other: str, found: bytes) -> Finding:
    """Two values of what can have one."""
    told = f"{recorded.hex()} to {name} and {found.hex()} to {other}"
    words = f"frame {frame}: the exchange shows two journals: {what} is {told}."
    return Finding(frame, None, what, recorded.hex(), found.hex(), words)
