"""The judge of a journal: takes its frames one after the other and names the first thing that is not as the rules say.

It is pure: frames and claims in, a finding out. It opens no file, asks no clock, and writes nothing.
Source: docs/rules/supervision.md, "What is compared".
"""

from collections.abc import Iterable
from typing import NamedTuple

from venus.core.machine import Machine
from venus.journal.frames import GENESIS, SEED_BYTES, Frame, FrameKind, Tip
from venus.journal.merkle import MerkleFrontier
from venus.journal.notes import Checkpoint, Figure, NoteRefused, Verifier, open_note, parse_checkpoint
from venus.records.commands import encode_cold
from venus.records.event_chain import EventChain
from venus.records.marks import Marks
from venus.supervisor.chains import NOTHING_CLAIMED, ChainHere, Claim, MakeChain
from venus.supervisor.disputes import Dispute
from venus.supervisor.execution import BadPayload, Execution, Opinion, work_of
from venus.supervisor.figures import NO_SEED, Figures, Reckoning, ReckoningHere, Wanted
from venus.supervisor.findings import NOTHING, Finding, finding

STATE, LIABILITIES, SUPPLY = "state root", "liabilities root", "supply root"


class Told(NamedTuple):
    """A checkpoint that agrees but for figures which are not found yet: to be compared when they are.

    number      of its frame
    note        as it stands there
    """

    number: int
    checkpoint: Checkpoint
    note: bytes

    @property
    def figures_frames(self) -> int:
        """After so many frames its figures are true."""
        [frames] = {figure[0] for figure in self.figures}
        return frames

    @property
    def figures(self) -> list[Figure]:
        checkpoint = self.checkpoint
        return [one for one in (checkpoint.state, checkpoint.liabilities, checkpoint.supply) if one is not None]


class Judge:
    """Takes every frame from the first on, or from where a snapshot stands.

        judge = Judge(verifier)
        for frame in frames:
            found = judge.take(frame)

    opinion   the machine that runs them, by default the exchange's kernels; the model is as good
    tip       frames taken, and the hash of the last
    told      checkpoints whose figures are not found yet; whoever finds them gives them to `confirm`
    note      the newest checkpoint that agrees in all, as it stands in the journal
    owed      root of what customers are owed that a checkpoint tells beside another figure that is not so; empty: none
    """

    def __init__(
        self,
        verifier: Verifier,
        opinion: Opinion | None = None,
        marks: Marks | None = None,
        make_chain: MakeChain = ChainHere,
        reckoning: Reckoning | None = None,
    ) -> None:
        """marks: where the opinion already stands; None: at nothing."""
        self._verifier = verifier
        self._execution = Execution(opinion or Machine())
        self.tip = GENESIS if marks is None else Tip(marks.frames, marks.tip_hash)
        self.frontier = MerkleFrontier() if marks is None else MerkleFrontier.from_state(marks.frontier)
        self._chain = make_chain(EventChain() if marks is None else EventChain(marks.chain, marks.rules))
        self._time_ns = self.opinion.time_ns
        self._epoch = 0
        self.reckoning = reckoning or ReckoningHere()
        self._wanted: set[int] | None = None  # None: nobody looked ahead
        self._seeded = 0 if marks is None else marks.seeded
        self.told: list[Told] = []
        self.note = self.owed = b""
        self.commands = self.events = self.checkpoints = self.state_roots = 0

    @property
    def opinion(self) -> Opinion:
        return self._execution.opinion

    def expect_figures(self, frames: Iterable[int]) -> None:
        """Reckon the figures after these numbers of frames: some later checkpoint tells them."""
        self._wanted = {number for number in frames if number >= self.tip.frames}
        self._reckon(NO_SEED)

    def begin_behind(self, frame: Frame) -> None:
        """Where it begins at a snapshot: the last frame that this covers, of which figures may still be told."""
        assert frame.number + 1 == self.tip.frames
        if frame.kind == FrameKind.SEED:
            self._reckon(bytes(frame.payload))

    def take(self, frame: Frame, claim: Claim = NOTHING_CLAIMED) -> Finding | None:
        """Judge the next frame; after a finding the judge is done.

        The finding may be of an earlier frame, where the chain is compared beside.
        """
        found = self._continues(frame)
        if found is None:
            found = self._judged(frame, claim)
        if found is None:
            self._pass(frame)
            return self._chain.finding
        return self._chain.settled()[1] or found

    def claimed(self, frame: int, chain: bytes) -> Finding | None:
        """Take a claim of a frame that was taken before: the event chain after it."""
        self._chain.claimed(frame, chain)
        return self._chain.finding

    @property
    def dispute(self) -> Dispute | None:
        """What the events of would tell more of the finding, if the exchange told them; after `settle`."""
        return self._chain.dispute

    def settle(self) -> Finding | None:
        """What is found when everything is compared that was taken."""
        return self._chain.settled()[1]

    def chain(self) -> EventChain:
        """The event chain after what was taken."""
        return self._chain.settled()[0]

    def marks(self) -> Marks:
        """Where the judge stands; without the state root."""
        chain = self.chain()
        return Marks(self.tip.frames, self.tip.hash, chain.value, self.frontier.state(), b"", chain.rules, self._seeded)

    def close(self) -> None:
        self._chain.close()

    def _continues(self, frame: Frame) -> Finding | None:
        """Whether a frame may stand behind the one before it."""
        number = self.tip.frames
        if frame.number != number:
            return finding(number, "number", frame.number, number)
        if frame.previous != self.tip.hash:
            words = "It does not continue the frame before it: one of the two was exchanged"
            return finding(number, "previous", frame.previous, self.tip.hash, words)
        if frame.first_sequence != self.opinion.next_sequence:
            words = "A command is missing, or was added"
            return finding(number, "first_sequence", frame.first_sequence, self.opinion.next_sequence, words)
        if frame.time_ns < self._time_ns:
            return finding(number, "time_ns", frame.time_ns, f"at least {self._time_ns}", "It was dated back")
        if frame.epoch < self._epoch:
            words = "It was written by a writer that another had followed"
            return finding(number, "epoch", frame.epoch, f"at least {self._epoch}", words)
        if not 0 <= frame.durable_frames <= number:
            return finding(number, "durable_frames", frame.durable_frames, f"at most {number}")
        return None

    def _judged(self, frame: Frame, claim: Claim) -> Finding | None:
        match frame.kind:
            case FrameKind.HOT | FrameKind.COLD:
                return self._run(frame, claim)
            case FrameKind.CHECKPOINT:
                return self._compare(frame)
            case FrameKind.SEED:
                return _seed_refused(frame)
            case _:
                known = ", ".join(f"{kind.value} {kind.name}" for kind in FrameKind)
                return finding(frame.number, "kind", frame.kind, f"one of {known}", "What it asks cannot be judged")

    def _run(self, frame: Frame, claim: Claim) -> Finding | None:
        try:
            work = work_of(frame)
        except BadPayload as bad:
            return finding(frame.number, "payload", f"{len(frame.payload)} bytes", "what the header says", str(bad))
        if work.cold is not None and (encoding := encode_cold(work.cold)) != frame.payload:
            return finding(frame.number, "payload", bytes(frame.payload), encoding, "A command has one encoding")
        try:
            events = self._execution.run(frame, work)
        except AssertionError as broken:
            return finding(frame.number, "commands", "journaled", "such as can be run", f"The machine stops: {broken}")
        self.commands += work.commands_count
        self.events += len(events)
        self._chain.add(frame, work, events, claim)
        return None

    def _compare(self, frame: Frame) -> Finding | None:
        """What of a checkpoint is not so."""
        number = frame.number
        if frame.commands_count:
            return finding(number, "commands_count", frame.commands_count, 0, "A checkpoint holds no command")
        try:
            checkpoint = read_checkpoint(frame, self._verifier)
        except NoteRefused as refused:
            key = f"a checkpoint signed by {self._verifier.name}+{self._verifier.key_id.hex()}"
            return finding(number, "checkpoint", "refused", key, str(refused))
        chain, found = self._chain.settled()
        if found is not None:
            return found
        for what, recorded, made in (
            ("origin", checkpoint.origin, self._verifier.name),
            ("frames covered", checkpoint.frames, number),
            ("log root", checkpoint.root, self.frontier.root()),
            ("event chain", checkpoint.events, chain.value),
        ):
            if recorded != made:
                return finding(number, what, recorded, made, "So its checkpoint says")
        told = Told(number, checkpoint, bytes(frame.payload))
        found = self._told_wrongly(told)
        if found is not None:
            return found
        if not told.figures:
            self._confirmed(told)
            return None
        frames = told.figures_frames
        if frames == number and checkpoint.liabilities is None and not self.reckoning.is_begun(frames):
            self.reckoning.begin(Wanted(frames, NO_SEED, True), self.opinion)
        figures = self.reckoning.found(frames)
        lacks_state = figures is not None and figures.state is None and checkpoint.state is not None
        if figures is None or lacks_state or self.told:  # those before it come first
            self.told.append(told)
            return None
        return self.confirm(told, figures)

    def _told_wrongly(self, told: Told) -> Finding | None:
        """Whether a checkpoint tells other figures than those behind the newest SEED, or not all of them."""
        number, checkpoint = told.number, told.checkpoint
        for what, figure in (("liabilities", checkpoint.liabilities), ("supply", checkpoint.supply)):
            must = NOTHING if self._seeded == 0 else f"told after {self._seeded} frames"
            says = NOTHING if figure is None else f"told after {figure[0]} frames"
            if says != must and self._seeded >= 0:
                words = "Figures are told of what was when their seed was journaled, and all of them"
                return finding(number, what, says, must, words)
        after = sorted({figure[0] for figure in told.figures})
        if len(after) > 1 or (after and after[0] > number):
            says = f"after {' and '.join(map(str, after))} frames"
            words = "Its checkpoint tells what is still to come, or of two times"
            return finding(number, "state", says, f"after one number of frames, at most {number}", words)
        return None

    def confirm(self, told: Told, made: Figures) -> Finding | None:
        """Compare the figures of a checkpoint with those that its frames gave."""
        checkpoint = told.checkpoint
        self.state_roots += checkpoint.state is not None
        for what, figure, root in (
            (STATE, checkpoint.state, made.state),
            (LIABILITIES, checkpoint.liabilities, made.liabilities),
            (SUPPLY, checkpoint.supply, made.supply),
        ):
            if figure is not None and figure[1] != root:
                self.owed = checkpoint.liabilities[1] if checkpoint.liabilities is not None else b""
                words = f"So the checkpoint in frame {told.number} says, after {figure[0]} frames"
                return finding(figure[0], what, figure[1], NOTHING if root is None else root, words)
        self._confirmed(told)
        return None

    def _confirmed(self, told: Told) -> None:
        self.checkpoints += 1
        self.note = told.note

    def _pass(self, frame: Frame) -> None:
        """The frame agrees: it is in the log."""
        self.frontier.append(frame.hash)
        self.tip = Tip(frame.number + 1, frame.hash)
        self._time_ns, self._epoch = frame.time_ns, frame.epoch
        if frame.kind == FrameKind.SEED:
            self._reckon(bytes(frame.payload))
        elif self._wanted:
            self._reckon(NO_SEED)

    def _reckon(self, seed: bytes) -> None:
        """Begin to find what is told of this place, or may be."""
        frames, wanted = self.tip.frames, self._wanted
        if seed:
            self._seeded = frames
        is_told = wanted is not None and frames in wanted
        if is_told or seed:
            self.reckoning.begin(Wanted(frames, seed, is_told or wanted is None), self.opinion)


def _seed_refused(frame: Frame) -> Finding | None:
    if frame.commands_count:
        return finding(frame.number, "commands_count", frame.commands_count, 0, "A seed holds no command")
    if len(frame.payload) != SEED_BYTES:
        return finding(frame.number, "payload", f"{len(frame.payload)} bytes", f"{SEED_BYTES} bytes", "It is a seed")
    return None


def read_checkpoint(frame: Frame, verifier: Verifier) -> Checkpoint:
    """The checkpoint in a frame; raises NoteRefused if it is not signed by this journal's key."""
    note = open_note(bytes(frame.payload), [verifier])
    return parse_checkpoint(note.text)
