"""What an operator may do to checkpoints and to frames: lie about what it has signed, or write what cannot be."""

import struct
from collections.abc import Callable, Sequence
from hashlib import sha256
from random import Random
from typing import NamedTuple

from blake3 import blake3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from venus.core.affairs import Coin
from venus.core.liabilities import owed_by
from venus.core.supply import supply_root, supply_text
from venus.journal.frames import Frame as Journaled
from venus.journal.frames import FrameKind, Header, decode
from venus.journal.notes import Checkpoint, Signer, open_note, parse_checkpoint, sign_note
from venus.records.liabilities import NONCE_BYTES
from venus.testing.frames import apply
from venus.testing.fraud_books import FRAMES_A_CHECKPOINT, JOURNAL_KEY, Bend, Operator, shown_debts
from venus.testing.fraud_hands import NoOccasion, Shown, copy_of
from venus.testing.fraud_market import silent_theft
from venus.testing.recorded_days import Day

OTHER_KEY = Signer(JOURNAL_KEY.verifier.name, Ed25519PrivateKey.from_private_bytes(b"the key of somebody who is else."))

Note = Callable[[Operator, Checkpoint], bytes]
"""The note that is journaled in place of the honest one."""


def by_note(note: Note, what: str, day: Day, random: Random) -> Shown:
    """One of a day's checkpoints lies."""
    operator, wanted = Operator(), random.randrange(1, len(day.frames) // FRAMES_A_CHECKPOINT)
    frame, count = -1, 0
    for asked in day.frames:
        operator.write(asked, apply(operator.machine, asked))
        if operator.checkpoint_is_due:
            honest = operator.checkpoint()
            if count == wanted:
                frame = operator.frames
                operator.write_note(note(operator, honest))
            else:
                operator.sign(honest)
            count += 1
    operator.sign(operator.checkpoint())
    assert frame >= 0
    return Shown(operator.books(), frame, None)


def _signed(checkpoint: Checkpoint) -> bytes:
    return sign_note(checkpoint.text(), [JOURNAL_KEY])


def other_key(operator: Operator, honest: Checkpoint) -> bytes:
    """A checkpoint is signed under the journal's name with a key that is not the journal's."""
    return sign_note(honest.text(), [OTHER_KEY])


def altered_text(operator: Operator, honest: Checkpoint) -> bytes:
    """A checkpoint's text was changed after it was signed."""
    fewer = honest._replace(frames=honest.frames - 1)
    return _signed(honest).replace(honest.text().encode(), fewer.text().encode())


def other_log(operator: Operator, honest: Checkpoint) -> bytes:
    """A checkpoint's root is that of other frames."""
    return _signed(honest._replace(root=_other(honest.root)))


def fewer_frames(operator: Operator, honest: Checkpoint) -> bytes:
    """A checkpoint leaves the last frames out."""
    return _signed(honest._replace(frames=honest.frames - 1))


def other_events(operator: Operator, honest: Checkpoint) -> bytes:
    """A checkpoint's event chain is of other events, though every frame's claim is right."""
    return _signed(honest._replace(events=_other(honest.events)))


def other_journal(operator: Operator, honest: Checkpoint) -> bytes:
    """A checkpoint is one of another log."""
    return _signed(honest._replace(origin="venus/other"))


def state_to_come(operator: Operator, honest: Checkpoint) -> bytes:
    """A checkpoint tells the state after frames that are not there yet."""
    assert honest.state is not None
    return _signed(honest._replace(state=(honest.frames + 1, honest.state[1])))


def shown_again(operator: Operator, honest: Checkpoint) -> bytes:
    """An old checkpoint is journaled again."""
    return bytes(_notes(operator)[0].payload)


def _notes(operator: Operator) -> list[Journaled]:
    """Checkpoints that were journaled before."""
    return [frame for frame in map(_decoded, operator.pen.frames) if frame.kind == FrameKind.CHECKPOINT]


def _decoded(data: bytes) -> Journaled:
    return decode(memoryview(data), 0)


def _other(value: bytes) -> bytes:
    return bytes([value[0] ^ 1]) + value[1:]


def no_figures(operator: Operator, honest: Checkpoint) -> bytes:
    """A checkpoint says nothing of what customers are owed, nor of what is issued."""
    return _signed(honest._replace(liabilities=None, supply=None))


def figures_of_yesterday(operator: Operator, honest: Checkpoint) -> bytes:
    """A checkpoint tells once more what customers were owed behind an earlier seed."""
    before = [parse_checkpoint(open_note(bytes(one.payload), [JOURNAL_KEY.verifier]).text) for one in _notes(operator)]
    return _signed(honest._replace(liabilities=before[-1].liabilities))


def omitted_holder(operator: Operator, honest: Checkpoint) -> bytes:
    """The richest of all customers is left out of the tree."""
    leaves = _leaves(operator)
    del leaves[_richest(leaves)]
    return _with_leaves(operator, honest, leaves)


def understated_balance(operator: Operator, honest: Checkpoint) -> bytes:
    """A customer is owed less in the tree than it has."""
    leaves = _leaves(operator)
    account = _richest(leaves)
    leaves[account] = (leaves[account][0] - 1, *leaves[account][1:])
    return _with_leaves(operator, honest, leaves)


def negative_leaf(operator: Operator, honest: Checkpoint) -> bytes:
    """A customer that is none owes what the exchange would have to have."""
    leaves = _leaves(operator)
    nobody = max(leaves) + 1
    leaves[nobody] = tuple(-atoms for atoms in leaves[_richest(leaves)])
    return _with_leaves(operator, honest, leaves)


def invented_holder(operator: Operator, honest: Checkpoint) -> bytes:
    """A customer that is none is owed much of something."""
    leaves = _leaves(operator)
    leaves[max(leaves) + 1] = tuple(10**9 for _ in leaves[_richest(leaves)])
    return _with_leaves(operator, honest, leaves)


def other_nonces(operator: Operator, honest: Checkpoint) -> bytes:
    """The nonces of the tree are of another seed than the journaled one."""
    return _with_leaves(operator, honest, _leaves(operator), _other(operator.seed_told))


def regrouped_leaves(operator: Operator, honest: Checkpoint) -> bytes:
    """The leaves stand as the operator likes, so that it chooses who sees whose amounts."""
    return _with_root(operator, honest, crooked_root(*_tree(operator), turned=True))


def sum_that_is_none(operator: Operator, honest: Checkpoint) -> bytes:
    """Every leaf is right, and less is told as their sum."""
    return _with_root(operator, honest, crooked_root(*_tree(operator), short_atoms=1))


def understated_supply(operator: Operator, honest: Checkpoint) -> bytes:
    """Less of a coin is said to be out."""
    return _with_supply(operator, honest, lambda coin: setattr(coin, "supply_atoms", coin.supply_atoms - 1))


def overstated_backing(operator: Operator, honest: Checkpoint) -> bytes:
    """More is said to stand behind a coin."""
    return _with_supply(operator, honest, lambda coin: setattr(coin, "backing_atoms", coin.backing_atoms + 1))


def _with_supply(operator: Operator, honest: Checkpoint, change: Callable[[Coin], None]) -> bytes:
    machine = copy_of(operator.machine)
    for coin in machine.affairs.coins.values():
        change(coin)
    frames = operator.frames
    return _signed(honest._replace(supply=(frames, supply_root(supply_text(machine, frames)))))


def _leaves(operator: Operator) -> dict[int, tuple[int, ...]]:
    owed = shown_debts(owed_by(operator.machine, operator.frames))
    return dict(zip(owed.accounts.tolist(), map(tuple, owed.atoms.tolist()), strict=True))


def _richest(leaves: dict[int, tuple[int, ...]]) -> int:
    return max(leaves, key=lambda account: leaves[account])


def _with_leaves(
    operator: Operator, honest: Checkpoint, leaves: dict[int, tuple[int, ...]], seed: bytes | None = None
) -> bytes:
    frames, codes, _, told = _tree(operator)
    return _with_root(operator, honest, crooked_root(frames, codes, leaves, seed or told))


def _with_root(operator: Operator, honest: Checkpoint, root: bytes) -> bytes:
    return _signed(honest._replace(liabilities=(operator.frames, root)))


def _tree(operator: Operator) -> tuple[int, Sequence[str], dict[int, tuple[int, ...]], bytes]:
    """What an honest tree is made of."""
    return operator.frames, operator.machine.facts.asset_codes, _leaves(operator), operator.seed_told


def crooked_root(
    frames: int,
    codes: Sequence[str],
    leaves: dict[int, tuple[int, ...]],
    seed: bytes,
    *,
    turned: bool = False,
    short_atoms: int = 0,
) -> bytes:
    """The root of a tree of whatever anybody is said to be owed, as docs/rules/liabilities.md hashes it, unchecked.

    turned       the leaves stand the other way round
    short_atoms  so much less is told of each sum at the top
    """
    leaf_of: dict[bytes, tuple[bytes, tuple[int, ...]]] = {}
    for account, atoms in leaves.items():
        nonce = blake3(seed).digest(length=NONCE_BYTES, seek=account * NONCE_BYTES)
        leaf_of[nonce] = (sha256(b"\x00" + nonce + _packed(account, *atoms)).digest(), atoms)
    row = [leaf_of[nonce] for nonce in sorted(leaf_of, reverse=turned)]
    while len(row) > 1:
        paired = [row[at : at + 2] for at in range(0, len(row) - 1, 2)]
        above = [
            (
                sha256(b"\x01" + b"".join(hashed + _packed(*atoms) for hashed, atoms in pair)).digest(),
                tuple(sum(both) for both in zip(*(atoms for _, atoms in pair), strict=True)),
            )
            for pair in paired
        ]
        row = [*above, *row[2 * len(paired) :]]
    top, sums = row[0] if row else (bytes(32), tuple(0 for _ in codes))
    sums = tuple(atoms - short_atoms for atoms in sums)
    named = sha256("".join(f"{code}\n" for code in codes).encode()).digest()
    return sha256(b"\x02" + _packed(frames, len(leaves), len(codes)) + named + top + _packed(*sums)).digest()


def _packed(*numbers: int) -> bytes:
    return struct.pack(f"<{len(numbers)}q", *numbers)


def by_theft(what: str, day: Day, random: Random) -> Shown:
    """Between two frames money moves from one customer to another, and no event tells it."""
    operator, first = Operator(), random.randrange(len(day.frames) // 2)
    stolen: int | None = None
    named = -1
    for place, (frame, honest) in enumerate(zip(day.frames, day.happened, strict=True)):
        events = apply(operator.machine, frame)
        operator.write(frame, events)
        if stolen is not None and named < 0 and events.tobytes() != honest.tobytes():
            raise NoOccasion  # what was stolen is missed at once: that is another fraud
        if stolen is None and place >= first and silent_theft(operator.machine):
            stolen = place
        if operator.checkpoint_is_due or place == len(day.frames) - 1:
            checkpoint = operator.checkpoint()
            if stolen is not None and named < 0:
                named = operator.frames
            operator.sign(checkpoint)
    if named < 0:
        raise NoOccasion
    return Shown(operator.books(), named, None)


class Bent(NamedTuple):
    """A frame that is written otherwise than it must be.

    bend      what is done to its header; all that follows continues the bent one
    payload   what is done to its payload
    """

    bend: Bend | None = None
    payload: Callable[[bytes], bytes] | None = None
    cold: bool = False  # a cold frame, else a hot one


def by_bending(bent: Bent, what: str, day: Day, random: Random) -> Shown:
    """One frame of a day is bent, hashed and continued."""
    operator, first = Operator(), random.randrange(2, len(day.frames) // 2)
    frame = -1
    for place, asked in enumerate(day.frames):
        is_meant = frame < 0 and place >= first and (asked.cold is not None) == bent.cold
        if is_meant:
            frame = operator.frames
            operator.write(asked, apply(operator.machine, asked), bent.bend, bent.payload)
        else:
            operator.write(asked, apply(operator.machine, asked))
        if operator.checkpoint_is_due:
            operator.sign(operator.checkpoint())
    operator.sign(operator.checkpoint())
    return Shown(operator.books(), frame, None) if frame >= 0 else _none()


def _none() -> Shown:
    raise NoOccasion


def old_epoch(header: Header) -> Header:
    return header._replace(epoch=0)


def other_before(header: Header) -> Header:
    return header._replace(previous=_other(header.previous))


def skipped_number(header: Header) -> Header:
    return header._replace(number=header.number + 1)


def skipped_sequence(header: Header) -> Header:
    return header._replace(first_sequence=header.first_sequence + 1)


def back_in_time(header: Header) -> Header:
    return header._replace(time_ns=0)


def unknown_kind(header: Header) -> Header:
    return header._replace(kind=9)


def one_command_more(header: Header) -> Header:
    return header._replace(commands_count=header.commands_count + 1)


def more_durable(header: Header) -> Header:
    return header._replace(durable_frames=header.number + 1)


def hidden_tail(payload: bytes) -> bytes:
    """Behind the commands stand bytes that no machine reads."""
    return payload + b"for the friend"


def no_command(payload: bytes) -> bytes:
    return b"\xc1" + payload[1:]
