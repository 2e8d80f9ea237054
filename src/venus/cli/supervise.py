"""venus supervise: a second machine that believes nothing which it has not run itself."""

import json
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cyclopts import App, Parameter, validators

from venus.cli.words import console, fail
from venus.engine.places import Places
from venus.journal.cosignatures import CosignatureVerifier, Cosigner
from venus.journal.failures import JournalDamaged, JournalFull, JournalLocked, SnapshotDamaged, StorageFailed
from venus.journal.notes import NoteRefused
from venus.sdk.keys import BadKeyFile, SeatKey, load_key, save_key
from venus.supervisor.children import ChildFailed
from venus.supervisor.directory_source import DirectorySource
from venus.supervisor.feed_source import FeedSource
from venus.supervisor.findings import Finding
from venus.supervisor.node import Node, Status
from venus.supervisor.node_places import NodeBusy
from venus.supervisor.sources import Source, SourceAway, SourceLost, read_verifier
from venus.supervisor.splits import NothingToCompare, held, keys_of, split

app = App(name="supervise", help="Follow an exchange's journal, run every frame of it again, and say what differs.")
_TOLD_S = 1.0
_AWAY_S = 0.5
_PERCENT = 100


@app.default
def supervise(
    *,
    journal: str,
    follow: Annotated[bool, Parameter(negative="")] = False,
    data: Path | None = None,
    keep_frames: Annotated[bool, Parameter(negative="")] = False,
    key: Path | None = None,
    verifier: Path | None = None,
    seat: str = "",
    seat_key: Path | None = None,
    sandbox: Path | None = None,
    model: Annotated[bool, Parameter(negative="")] = False,
    samples: Annotated[int, Parameter(validator=validators.Number(gte=0))] = 0,
    first: Annotated[int | None, Parameter(validator=validators.Number(gt=0))] = None,
) -> int:
    """Run every frame of a journal again; exit 0 only if all agrees, 1 with the first thing that does not.

    Parameters
    ----------
    journal
        The exchange's directory, or the address of its feed.
    follow
        Go on with what comes, until interrupted.
    data
        Where this node remembers what it was shown, and from where it goes on; without it nothing is remembered.
    keep_frames
        Remember frames whole, not their hashes alone: what is rewritten is then named by command and field. Of a feed
        they always are.
    key
        A key made by `venus supervise key`: checkpoints that agree are cosigned with it.
    verifier
        The journal's public key, if it is known from elsewhere.
    seat
        Of a feed: who reads, as INSTITUTION/SEAT by their numbers; with --sandbox as NAME:ROLE.
    seat_key
        Of a feed: that seat's Ed25519 key in PEM.
    sandbox
        Of a sandbox's feed: its directory, which knows everybody's keys.
    model
        Run the frames by the slow model instead of the exchange's kernels: an opinion of its own.
    samples
        Once a minute run so many frames by the model too, from the state that the kernels have come to.
    first
        Look at so many frames and no more.
    """
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())

    def look(where: Path) -> int:
        """Raises what _TROUBLES names."""
        source = _source(journal, verifier, lambda: _seat(seat, seat_key, sandbox))
        cosigner = None if key is None else _cosigner(key)
        keeps = keep_frames or isinstance(source, FeedSource)
        with Node(source, where, keeps_frames=keeps, cosigner=cosigner, by_model=model, samples=samples) as node:
            return _looked(node, data, lambda told: node.run(follow, stopping, told, first))

    with ExitStack() as stack:
        where = data.resolve() if data else Path(stack.enter_context(tempfile.TemporaryDirectory()))
        return _patiently(lambda: look(where), stopping if follow else None)


def _patiently(look: Callable[[], int], stopping: threading.Event | None) -> int:
    """Look, and look again while the exchange is away, until it stops; without `stopping` look once."""
    is_told = False
    while True:
        try:
            return look()
        except SourceAway as away:
            if stopping is None:
                return fail(str(away))
            if not is_told:
                console.print(f"waiting for the exchange: {away}", highlight=False, soft_wrap=True)
            is_told = True
            if stopping.wait(_AWAY_S):
                return 0
        except _TROUBLES as trouble:
            return fail(str(trouble))


def _looked(node: Node, data: Path | None, run: Callable[[Callable[[Status], None]], Finding | None]) -> int:
    with _Progress() as progress:
        found = run(progress.told)
    return _say(node, found, progress, data)


_TROUBLES = (
    SourceLost,
    NodeBusy,
    JournalDamaged,
    JournalFull,
    JournalLocked,
    StorageFailed,
    SnapshotDamaged,
    NoteRefused,
    BadKeyFile,
    ChildFailed,
    OSError,
)


def _source(journal: str, verifier: Path | None, seat: Callable[[], SeatKey]) -> Source:
    """Raises SourceLost, BadKeyFile, OSError, NoteRefused."""
    known = None if verifier is None else read_verifier(verifier)
    if "://" in journal:
        try:
            return FeedSource(journal, seat(), known)
        except ValueError as error:
            raise SourceLost(str(error)) from error
    places = Places(Path(journal).resolve())
    if not places.journal.is_dir():
        raise SourceLost(f"{journal} holds no journal")
    return DirectorySource(places, known)


def _seat(seat: str, key: Path | None, sandbox: Path | None) -> SeatKey:
    """Raises SourceLost, BadKeyFile, OSError."""
    if sandbox is not None:
        name, _, role = seat.partition(":")
        try:
            known = json.loads((sandbox / "sandbox.json").read_text())
            return SeatKey.of(known["institutions"][name]["seats"][role])
        except (KeyError, ValueError) as error:
            raise SourceLost(f"{sandbox} knows no seat {seat!r}; say whose with --seat, as supervisor:maker") from error
    institution, _, number = seat.partition("/")
    if not (institution.isdecimal() and number.isdecimal()) or key is None:
        raise SourceLost("a feed is read by a seat: say whose with --seat INSTITUTION/SEAT and --seat-key FILE")
    return SeatKey(int(institution), int(number), load_key(key))


class _Progress:
    """A line on stderr that is written over on a terminal, and now and then a new one where it is none."""

    def __init__(self) -> None:
        self.started_s = time.monotonic()
        self._told_s = self.started_s
        self._every_s = _TOLD_S if console.is_terminal else 10 * _TOLD_S
        self._status = console.status("") if console.is_terminal else None
        if self._status is not None:
            self._status.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def told(self, status: Status) -> None:
        now_s = time.monotonic()
        if now_s - self._told_s < self._every_s:
            return
        self._told_s = now_s
        line = status_line(status, now_s - self.started_s)
        if self._status is not None:
            self._status.update(line)
        else:
            console.print(line, highlight=False, soft_wrap=True)

    def end(self) -> None:
        if self._status is not None:
            self._status.stop()


def status_line(status: Status, elapsed_s: float) -> str:
    """What a node says of itself now and then."""
    behind = status.frames_there - status.frames
    words = [
        f"{status.frames} frames judged, {behind} to come"
        if behind > 0
        else f"{status.frames} frames judged, all there are",
        f"{status.commands} commands ({status.commands / max(elapsed_s, 1e-9):.0f}/s)",
        f"{status.checkpoints} checkpoints agree, {status.cosigned} cosigned",
    ]
    if status.lags_s:
        p50_ms, p99_ms = lag_ms(status.lags_s, 50), lag_ms(status.lags_s, 99)
        words.append(f"behind by {p50_ms:.1f} ms, at most {p99_ms:.1f} ms of 99 %")
    if status.away_s >= _TOLD_S:
        words.append(f"the exchange cannot be reached for {status.away_s:.0f} s, and is waited for")
    return "; ".join(words)


def lag_ms(lags_s: tuple[float, ...], percent: int) -> float:
    ordered = sorted(lags_s)
    return 1_000 * ordered[min(len(ordered) * percent // _PERCENT, len(ordered) - 1)]


def _say(node: Node, found: Finding | None, progress: _Progress, data: Path | None) -> int:
    status, judge = node.status(), node.judge
    elapsed_s = time.monotonic() - progress.started_s
    print(f"from frame    {node.first}")
    print(f"frames        {status.frames}")
    print(f"commands      {status.commands} in {elapsed_s:.3f} s")
    print(f"event chain   {judge.chain().value.hex()}")
    print(f"checkpoints   {status.checkpoints} agree, {status.cosigned} cosigned")
    if node.samples.frames or node.samples.passed_over:
        print(f"model         {node.samples.frames} sampled frames agree, {node.samples.passed_over} passed over")
    if node.looks.compared or node.looks.waiting:
        print(f"looks         {node.looks.compared} frames' words of them agree, {node.looks.waiting} not compared")
    if status.lags_s:
        print(f"lag           {lag_ms(status.lags_s, 50):.2f} ms, {lag_ms(status.lags_s, 99):.2f} ms of 99 %")
    if found is None:
        print("agrees")
        return 0
    print(f"DIFFERS: {found.words}")
    if data is not None:
        print(f"{node.places.finding} holds it")
    return 1


@app.command
def key(file: Path, /, *, name: str) -> int:
    """Make a key to cosign checkpoints with: FILE, and FILE.verifier, which others believe it by.

    Parameters
    ----------
    file
        Where the private key is written, for its owner alone.
    name
        Under which the key is known, such as supervisor.example/node-1.
    """
    try:
        made = Ed25519PrivateKey.generate()
        verifier = Cosigner(name, made).verifier.text()
        save_key(file, made)
        _verifier_of(file).write_text(f"{verifier}\n")
    except (OSError, ValueError) as error:
        return fail(str(error))
    print(verifier)
    return 0


def _verifier_of(file: Path) -> Path:
    return file.with_name(f"{file.name}.verifier")


def _cosigner(file: Path) -> Cosigner:
    """Raises OSError, BadKeyFile, or NoteRefused if the two files are not what `key` made."""
    verifier = CosignatureVerifier.from_text(_verifier_of(file).read_text().strip())
    cosigner = Cosigner(verifier.name, load_key(file))
    if cosigner.verifier.text() != verifier.text():
        raise NoteRefused(f"{_verifier_of(file)} is of another key than {file}")
    return cosigner


@app.command
def compare(*paths: Path, verifier: Path | None = None) -> int:
    """Compare what supervisors hold: notes, or nodes' directories; exit 1 if the exchange showed them two journals.

    Parameters
    ----------
    paths
        Two or more.
    verifier
        The journal's public key; by default those that the directories remember.
    """
    try:
        verifiers = keys_of(paths) if verifier is None else [read_verifier(verifier)]
        parties = [held(path, verifiers) for path in paths]
    except (NothingToCompare, NoteRefused, OSError) as error:
        return fail(str(error))
    if len(parties) < 2:
        return fail("there must be two at least")
    for party in parties:
        print(f"{party.name}: {len(party.checkpoints)} checkpoints, {len(party.hashes) // 32} frames")
    found = split(parties)
    if found is None:
        print("agree: all of it fits into one log")
        return 0
    print(f"SPLIT: {found.words}")
    return 1
