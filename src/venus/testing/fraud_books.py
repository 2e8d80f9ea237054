"""An operator who runs the exchange as it likes, and all that it shows of it: a journal, and claims beside it.

It signs with the journal's key and hashes what it wrote, so what it shows agrees with itself wherever it wants it to.
What it has not are the keys of others.
"""

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import NamedTuple

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from venus.core.liabilities import Owed, liability_tree, owed_by
from venus.core.machine import Machine
from venus.core.supply import supply_root, supply_text
from venus.engine.keys import ORIGIN
from venus.engine.places import Places
from venus.journal.chain_file import VALUE_BYTES
from venus.journal.events_files import EventsFiles
from venus.journal.frames import GENESIS, SEED_BYTES, FrameKind, Header, Tip, decode, encode, version_of
from venus.journal.frames import Frame as Journaled
from venus.journal.merkle import MerkleFrontier
from venus.journal.notes import Checkpoint, Signer, sign_note
from venus.journal.segments import segment_path
from venus.journal.writer_mark import MARK_NAME, Mark, encode_mark
from venus.records.commands import encode_cold
from venus.records.event_chain import EventChain
from venus.supervisor.chains import Claim
from venus.testing.frames import Frame

JOURNAL_KEY = Signer(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"the key of a journal of a fraud."))
FRAMES_A_CHECKPOINT = 16

Bend = Callable[[Header], Header]


class Books(NamedTuple):
    """What is shown: the journal's bytes frame by frame, and what is claimed of each.

    looks: the list of who looked, as it lies beside the journal; empty: none does.
    """

    frames: tuple[bytes, ...]
    claims: tuple[Claim, ...]
    looks: str = ""

    def journaled(self) -> Iterator[Journaled]:
        """The frames, read; where one cannot be, a journal's reader has stopped before."""
        return (decode(memoryview(data), 0) for data in self.frames)

    def write(self, places: Places) -> None:
        """As files, where an exchange has them."""
        places.journal.mkdir(parents=True)
        segment_path(places.journal, 0).write_bytes(b"".join(self.frames))
        (places.journal / MARK_NAME).write_bytes(encode_mark(Mark(1, len(self.frames))))
        places.event_chain.write_bytes(b"".join(claim.chain or bytes(VALUE_BYTES) for claim in self.claims))
        events = EventsFiles(places.events, 0)
        for number, claim in enumerate(self.claims):
            if claim.events is not None:
                events.add(number, claim.events.tobytes())
        events.close()
        if self.looks:
            places.looks.write_text(self.looks)
        places.journal_verifier.parent.mkdir(parents=True, exist_ok=True)
        places.journal_verifier.write_text(JOURNAL_KEY.verifier.text() + "\n")


class Pen:
    """Writes frames; each continues the one before unless its header is bent."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.tip: Tip = GENESIS
        self.frontier = MerkleFrontier()

    def write(
        self,
        kind: int,
        first_sequence: int,
        commands_count: int,
        time_ns: int,
        payload: bytes,
        bend: Bend | None = None,
    ) -> None:
        number, previous = self.tip
        header = Header(
            version=version_of(kind),
            kind=kind,
            number=number,
            first_sequence=first_sequence,
            time_ns=time_ns,
            durable_frames=number,
            commands_count=commands_count,
            epoch=1,
            payload_bytes=len(payload),
            previous=previous,
        )
        frame_hash, buffers = encode(bend(header) if bend else header, (payload,))
        self.frames.append(b"".join(bytes(buffer) for buffer in buffers))
        self.frontier.append(frame_hash)
        self.tip = Tip(number + 1, frame_hash)


class Operator:
    """The machine is its own: it may hold anything. Everything that is written follows from it, unless it is bent."""

    def __init__(self) -> None:
        self.machine = Machine()
        self.pen = Pen()
        self.chain = EventChain()
        self.seed_told = b""
        self._claims: list[Claim] = []
        self._since_checkpoint = 0

    @property
    def frames(self) -> int:
        """Written so far."""
        return self.pen.tip.frames

    def write(
        self,
        frame: Frame,
        events: np.ndarray,
        bend: Bend | None = None,
        other: Callable[[bytes], bytes] | None = None,
    ) -> None:
        """Journal what was asked, and tell that these were its events."""
        kind = FrameKind.HOT if frame.cold is None else FrameKind.COLD
        payload = encode_cold(frame.cold) if frame.cold is not None else frame.commands.tobytes() + frame.texts
        if other is not None:
            payload = other(payload)
        self.pen.write(kind, frame.first_sequence, frame.asked, frame.time_ns, payload, bend)
        self.chain.add(events)
        self._claims.append(Claim(self.chain.value, events))
        self._since_checkpoint += 1

    @property
    def checkpoint_is_due(self) -> bool:
        return self._since_checkpoint >= FRAMES_A_CHECKPOINT

    def checkpoint(self) -> Checkpoint:
        """Of everything written so far, and of a SEED that is written now."""
        self.seed(self.new_seed())
        return self.checkpoint_behind_seed()

    def new_seed(self) -> bytes:
        """Drawn, as far as anybody can tell who does not know this program."""
        return sha256(b"seed %d" % self.frames).digest()

    def seed(self, seed: bytes) -> None:
        """Journal a SEED."""
        assert len(seed) == SEED_BYTES
        self.seed_told = seed
        self._bare(FrameKind.SEED, seed)

    def checkpoint_behind_seed(self) -> Checkpoint:
        frontier, frames, machine = self.pen.frontier, self.frames, self.machine
        return Checkpoint(
            ORIGIN,
            frontier.size,
            frontier.root(),
            self.chain.value,
            (frames, machine.state_root()),
            (frames, liability_tree(shown_debts(owed_by(machine, frames)), self.seed_told).root),
            (frames, supply_root(supply_text(machine, frames))),
        )

    def sign(self, checkpoint: Checkpoint, signer: Signer = JOURNAL_KEY) -> None:
        self.write_note(sign_note(checkpoint.text(), [signer]))

    def write_note(self, note: bytes) -> None:
        """Journal the note of a checkpoint."""
        self._bare(FrameKind.CHECKPOINT, note)
        self._since_checkpoint = 0

    def _bare(self, kind: FrameKind, payload: bytes) -> None:
        """A frame without commands."""
        self.pen.write(kind, self.machine.next_sequence, 0, self.machine.time_ns, payload)
        self._claims.append(Claim(self.chain.value))

    def books(self) -> Books:
        return Books(tuple(self.pen.frames), tuple(self._claims))


def shown_debts(owed: Owed) -> Owed:
    """Nobody has less than nothing in a tree: who does is shown as having nothing."""
    return owed._replace(atoms=np.maximum(owed.atoms, 0))
