"""Checks what was fetched of a public record, offline: signatures, cosignatures, the log, and a proof of a balance.

Nothing is believed but the verifiers; who has them from elsewhere gives them. Source: docs/rules/public_record.md.
"""

from collections.abc import Generator, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from venus.journal.cosignatures import CosignatureVerifier, cosignatures_of
from venus.journal.frames import FrameBroken, decode
from venus.journal.merkle import MerkleTree, leaf_hash
from venus.journal.notes import Checkpoint, NoteRefused, Verifier, open_note, parse_checkpoint
from venus.journal.tiles import HASH_BYTES, TILE_WIDTH, Tile
from venus.records.commands import decode_cold
from venus.records.looks import NoteLooks
from venus.registry.looks import NO_LOOK, LookRow, look_hash
from venus.supervisor import verify_balance
from venus.supervisor.record_files import ANCHORS, CHECKPOINT, CHECKPOINTS, COSIGNED, LOOKS, VERIFIERS, tiles_of

LIABILITIES, SUPPLY, PROOF = "liabilities.json", "supply.json", "proof.json"
_ENTRY_LENGTH = HASH_BYTES.to_bytes(2, "big")


class Fault(Exception):
    """What does not hold; the words name the file."""


class Trusted(NamedTuple):
    """Whose signatures count."""

    journal: Verifier
    cosigners: tuple[CosignatureVerifier, ...]


def trusted(text: str) -> Trusted:
    """From lines of verifiers: one plain key, the journal's, and any number of cosigners'. Raises NoteRefused."""
    journal: list[Verifier] = []
    cosigners: list[CosignatureVerifier] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        try:
            journal.append(Verifier.from_text(line))
        except NoteRefused:
            cosigners.append(CosignatureVerifier.from_text(line))
    if len(journal) != 1:
        raise NoteRefused(f"{len(journal)} of the verifiers are plain keys; exactly one is the journal's")
    return Trusted(journal[0], tuple(cosigners))


class Checked(NamedTuple):
    """What a record that holds is made of."""

    keys: Trusted
    tree: MerkleTree  # of the log


def check(folder: Path, known: Trusted | None = None) -> Generator[str, None, Checked]:
    """What holds, line by line as it is found; raises Fault for the first thing that does not, OSError."""
    try:
        keys = known or trusted((folder / VERIFIERS).read_text())
    except NoteRefused as error:
        raise Fault(f"{VERIFIERS}: {error}") from error
    origin = "given to you" if known else "as fetched: compare it with one that you have from elsewhere"
    yield f"key           {keys.journal.text()} ({origin})"
    note = (folder / CHECKPOINT).read_bytes()
    checkpoint = _opened(note, keys, CHECKPOINT)
    yield f"checkpoint    {checkpoint.frames} frames, signed by {keys.journal.name}"
    tree = _log(folder, checkpoint.frames)
    if tree.root() != checkpoint.root:
        raise Fault(f"tile/0: the tiles make the root {tree.root().hex()}, {CHECKPOINT} says {checkpoint.root.hex()}")
    yield f"log           {checkpoint.frames} entries make the checkpoint's root"
    yield from _cosigned(folder, note, keys, tree)
    yield from _earlier(folder, keys, tree)
    yield from _looks(folder, tree)
    yield from _liabilities(folder, keys, tree)
    yield from _supply(folder, keys, tree)
    yield from _balance(folder, keys, tree)
    return Checked(keys, tree)


def _opened(note: bytes, keys: Trusted, name: str) -> Checkpoint:
    try:
        checkpoint = parse_checkpoint(open_note(note, [keys.journal]).text)
    except NoteRefused as error:
        raise Fault(f"{name}: {error}") from error
    if checkpoint.origin != keys.journal.name:
        raise Fault(f"{name}: its log is {checkpoint.origin}, the key is of {keys.journal.name}")
    return checkpoint


def _cosigned(folder: Path, note: bytes, keys: Trusted, tree: MerkleTree) -> Iterator[str]:
    """Of the newest checkpoint, and of the newest that anybody cosigned."""
    file = folder / COSIGNED
    notes = {CHECKPOINT: note} | ({COSIGNED: file.read_bytes()} if file.exists() else {})
    count = 0
    for name, one in notes.items():
        checkpoint = _of_log(one, keys, tree, name)
        try:
            found = cosignatures_of(one, keys.cosigners)
        except NoteRefused as error:
            raise Fault(f"{name}: {error}") from error
        if name == COSIGNED and one == note:
            continue
        count += len(found)
        for cosignature in found:
            yield f"cosigned      {checkpoint.frames} frames, by {cosignature.verifier.name} at {cosignature.time_s}"
    if count == 0:
        yield "cosigned      by nobody whose key is among the verifiers"


def _log(folder: Path, size: int) -> MerkleTree:
    """The log's tree from its entries, with which every tile must agree."""
    tree = MerkleTree()
    tiles = list(tiles_of(size))
    for bundle in tiles:
        if bundle.level is None:
            for entry in _entries(folder, bundle):
                tree.append(entry)
    for tile in tiles:
        if tile.level is not None:
            _agrees(folder, tile, tree)
    return tree


def _entries(folder: Path, bundle: Tile) -> list[bytes]:
    data = (folder / bundle.path()).read_bytes()
    size = len(_ENTRY_LENGTH) + HASH_BYTES
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    if len(data) != bundle.width * size or not all(piece.startswith(_ENTRY_LENGTH) for piece in pieces):
        raise Fault(f"{bundle.path()}: not {bundle.width} entries of {HASH_BYTES} bytes")
    return [piece[len(_ENTRY_LENGTH) :] for piece in pieces]


def _agrees(folder: Path, tile: Tile, tree: MerkleTree) -> None:
    assert tile.level is not None
    first = tile.number * TILE_WIDTH
    wanted = b"".join(tree.subtree_root(8 * tile.level, first + at) for at in range(tile.width))
    if (folder / tile.path()).read_bytes() != wanted:
        raise Fault(f"{tile.path()}: not the hashes that the entries make")


def _earlier(folder: Path, keys: Trusted, tree: MerkleTree) -> Iterator[str]:
    """Checkpoints that were fetched before must be of the same log."""
    kept = list((folder / CHECKPOINTS).iterdir()) if (folder / CHECKPOINTS).is_dir() else []
    for file in sorted(kept, key=lambda file: int(file.name) if file.name.isdigit() else -1):
        _of_log(file.read_bytes(), keys, tree, f"{CHECKPOINTS}/{file.name}")
    yield f"history       {len(kept)} checkpoints that were fetched until now are of this log"


def _of_log(note: bytes, keys: Trusted, tree: MerkleTree, name: str) -> Checkpoint:
    """A checkpoint of this log, perhaps an earlier one."""
    checkpoint = _opened(note, keys, name)
    if checkpoint.frames > tree.size:
        raise Fault(f"{name}: it covers {checkpoint.frames} frames; the log has {tree.size} and became shorter")
    if tree.root(checkpoint.frames) != checkpoint.root:
        raise Fault(f"{name}: the log is no continuation of it: frames before {checkpoint.frames} were changed")
    return checkpoint


class _Anchor(msgspec.Struct):
    raw: bytes  # Base64


def _looks(folder: Path, tree: MerkleTree) -> Iterator[str]:
    """Every opening of the feed is chained to the one before, and a frame of the log holds the hash of one of them."""
    file = folder / LOOKS
    if not file.exists():
        return
    try:
        rows = msgspec.json.decode(file.read_bytes(), type=list[LookRow])
    except msgspec.MsgspecError as error:
        raise Fault(f"{LOOKS}: {error}") from error
    before = NO_LOOK
    for number, row in enumerate(rows, start=1):
        if row.number != number or look_hash(before, row.look) != row.hash:
            raise Fault(f"{LOOKS}: look {number} is not chained to the one before")
        before = row.hash
    yield f"looks         {len(rows)}, each chained to the one before; the last is {before}"
    kept = list((folder / ANCHORS).iterdir()) if (folder / ANCHORS).is_dir() else []
    held = [_anchored(file, [row.hash for row in rows], tree) for file in kept]
    if held:
        looks, frame = max(held)
        yield f"looks         {looks} are held by frame {frame} of the log" + (
            "" if frame < tree.size else ", which no checkpoint covers yet"
        )


def _anchored(file: Path, hashes: list[str], tree: MerkleTree) -> tuple[int, int]:
    """A frame that says how many looks there were, of the log, and with what the list says; both numbers."""
    name = f"{ANCHORS}/{file.name}"
    try:
        anchor = msgspec.json.decode(file.read_bytes(), type=_Anchor)
        frame = decode(memoryview(anchor.raw), 0)
        command = decode_cold(bytes(frame.payload))
    except (msgspec.MsgspecError, FrameBroken) as error:
        raise Fault(f"{name}: {error}") from error
    if not isinstance(command, NoteLooks) or not 1 <= command.looks <= len(hashes):
        raise Fault(f"{name}: its frame says nothing of the {len(hashes)} looks that {LOOKS} lists")
    if hashes[command.looks - 1] != command.head.hex():
        raise Fault(
            f"{LOOKS}: look {command.looks} is not the one that frame {frame.number} says: the list was changed"
        )
    if frame.number < tree.size and tree.subtree_root(0, frame.number) != leaf_hash(frame.hash):
        raise Fault(f"{name}: frame {frame.number} of the log is another one")
    return command.looks, frame.number


# What is sealed under a checkpoint of its own


def _told(folder: Path, name: str) -> dict[str, Any] | None:
    file = folder / name
    if not file.exists():
        return None
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise Fault(f"{name}: {error}") from error


def _sealed(told: dict[str, Any], keys: Trusted, tree: MerkleTree, name: str) -> tuple[bytes, Checkpoint]:
    note = str(told.get("checkpoint", "")).encode()
    return note, _of_log(note, keys, tree, f"{name}, its checkpoint")


def _liabilities(folder: Path, keys: Trusted, tree: MerkleTree) -> Iterator[str]:
    told = _told(folder, LIABILITIES)
    if told is None:
        return
    _, checkpoint = _sealed(told, keys, tree, LIABILITIES)
    if checkpoint.liabilities is None or (told.get("frames"), told.get("root")) != (
        checkpoint.liabilities[0],
        checkpoint.liabilities[1].hex(),
    ):
        raise Fault(f"{LIABILITIES}: not the root that its checkpoint seals")
    yield f"liabilities   have the root that the checkpoint behind frame {checkpoint.frames} seals"


def _supply(folder: Path, keys: Trusted, tree: MerkleTree) -> Iterator[str]:
    told = _told(folder, SUPPLY)
    if told is None:
        return
    _, checkpoint = _sealed(told, keys, tree, SUPPLY)
    digest = sha256(str(told.get("text")).encode()).digest()
    if checkpoint.supply is None or (told.get("frames"), digest) != checkpoint.supply:
        raise Fault(f"{SUPPLY}: its text is not the one that its checkpoint seals")
    yield f"supply        is the text that the checkpoint behind frame {checkpoint.frames} seals"


def _balance(folder: Path, keys: Trusted, tree: MerkleTree) -> Iterator[str]:
    """One's own proof, if it was put there."""
    told = _told(folder, PROOF)
    if told is None:
        yield f"balance       no proof was put into {PROOF}"
        return
    note = str(told.get("checkpoint", "")).encode()
    frames = _opened(note, keys, f"{PROOF}, its checkpoint").frames
    if frames <= tree.size:
        _of_log(note, keys, tree, f"{PROOF}, its checkpoint")
    try:
        held = verify_balance.check(told["proof"], note.decode(), keys.journal.text())
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise Fault(f"{PROOF}: {error}") from error
    balances = ", ".join(f"{atoms} atoms of {code}" for code, atoms in held.items() if atoms)
    yield f"balance       proved: {balances}"
    if frames > tree.size:
        yield f"balance       its checkpoint of {frames} frames is newer than this record: fetch again"
