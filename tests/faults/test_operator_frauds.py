"""An operator defrauds, and the supervisor names the first bad entry: frame, command and field."""

import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from venus.core.liabilities import Owed, liability_tree, owed_by
from venus.core.machine import Machine
from venus.core.supply import supply_text
from venus.engine.places import Places
from venus.journal.cosignatures import Cosigner
from venus.journal.delegated import delegate
from venus.journal.figures import KeptFigures
from venus.journal.frames import FrameKind
from venus.journal.notes import Signer, open_note, parse_checkpoint
from venus.journal.receipts import RECEIPTS_KEY, Receipt, open_receipt, sign_receipt
from venus.journal.store import FileStore, JournalReader
from venus.model.exchange import Exchange
from venus.records.commands import COMMAND
from venus.records.sequenced import slice_hot
from venus.registry.looks import look_line
from venus.supervisor.archive import FrameArchive
from venus.supervisor.directory_source import DirectorySource
from venus.supervisor.execution import Opinion
from venus.supervisor.figures import Figures, ReckoningHere
from venus.supervisor.findings import Finding
from venus.supervisor.judge import Judge
from venus.supervisor.node import Node
from venus.supervisor.receipts import judge
from venus.supervisor.splits import held, keys_of, split
from venus.testing.frames import apply
from venus.testing.fraud_books import JOURNAL_KEY, Books, Operator
from venus.testing.fraud_checkpoints import crooked_root
from venus.testing.fraud_days import DAYS, day_of
from venus.testing.fraud_hands import Shown
from venus.testing.fraud_history import altered_amount, run, slipped_in
from venus.testing.frauds import FRAUDS, PAGE, Fraud, Seen, table
from venus.testing.look_lists import day_looks

SEED = 1
MORE_SEEDS = (7, 31)
MEANS = {fraud.name: fraud for fraud in FRAUDS}


def of(*seen: Seen) -> list[str]:
    return [fraud.name for fraud in FRAUDS if fraud.seen in seen]


@cache
def committed(name: str, seed: int = SEED) -> Shown:
    return MEANS[name].shown(seed)


def judged(books: Books, opinion: Opinion | None = None, *, events: bool = True, chains: bool = True) -> Finding | None:
    """What a judge finds who is shown these books, and as much of the claims."""
    node = Judge(JOURNAL_KEY.verifier, opinion)
    for frame, claim in zip(books.journaled(), books.claims, strict=True):
        told = claim._replace(events=claim.events if events else None, chain=claim.chain if chains else None)
        found = node.take(frame, told)
        if found is not None:
            return found
    return None


def watched(books: Books, at: Path, node: Path, *, keeps_frames: bool = False, by: str = "") -> Finding | None:
    """What a node finds in these books when they stand in a directory."""
    books.write(Places(at))
    cosigner = Cosigner(by, Ed25519PrivateKey.generate()) if by else None
    with Node(DirectorySource(Places(at)), node, keeps_frames=keeps_frames, cosigner=cosigner) as looking:
        return looking.run(False, threading.Event(), lambda _: None)


def is_named(found: Finding | None, fraud: Fraud, shown: Shown) -> None:
    assert found is not None, "nothing was found"
    assert (found.frame, found.sequence, found.what) == (shown.frame, shown.sequence, fraud.what), found
    assert f"frame {shown.frame}" in found.words
    assert found.recorded != found.found
    if shown.sequence is not None:
        assert f"command {shown.sequence}" in found.words


@pytest.fixture
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that keeps frames allocates no more than these books need."""

    def opened(kind: type[FrameArchive], directory: Path) -> FrameArchive:
        return kind(FileStore.open(directory, segment_bytes=1 << 18, reserve_bytes=0, prepare_ahead=False))

    monkeypatch.setattr(FrameArchive, "open", classmethod(opened))


def test_there_are_frauds_enough_and_each_has_its_name() -> None:
    assert len(FRAUDS) == len(MEANS) >= 25
    assert {fraud.seen for fraud in FRAUDS} == set(Seen)
    assert {fraud.day for fraud in FRAUDS} == set(DAYS)


@pytest.mark.parametrize("name", of(Seen.RULES, Seen.FIGURES, Seen.FORM))
def test_the_first_bad_frame_command_and_field_are_named(name: str) -> None:
    shown = committed(name)
    is_named(judged(shown.books), MEANS[name], shown)


def test_with_the_event_chain_alone_the_frame_is_named() -> None:
    for name in of(Seen.RULES):
        shown = committed(name)
        found = judged(shown.books, events=False)
        assert found is not None
        assert (found.frame, found.what) == (shown.frame, "event chain"), name


def test_with_no_claim_at_all_the_next_checkpoint_is_named() -> None:
    for name in of(Seen.RULES)[::4]:
        shown = committed(name)
        found = judged(shown.books, events=False, chains=False)
        assert found is not None
        later = [one.number for one in shown.books.journaled() if one.kind == FrameKind.CHECKPOINT]
        assert found.what == "event chain"
        assert found.frame == next(number for number in later if number > shown.frame), name


@pytest.mark.parametrize("name", ["altered fee", "phantom mint"])
def test_a_node_asks_for_the_events_behind_a_false_chain(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator tells what it claims to have done, so command and field are named; and if it does not, that is."""
    monkeypatch.setattr("venus.supervisor.disputes.PAUSE_S", 0.01)
    shown = committed(name)
    is_named(watched(shown.books, tmp_path / "telling", tmp_path / "a"), MEANS[name], shown)
    silent = shown.books._replace(claims=tuple(claim._replace(events=None) for claim in shown.books.claims))
    found = watched(silent, tmp_path / "silent", tmp_path / "b")
    assert found is not None
    assert (found.frame, found.what) == (shown.frame, "event chain")
    assert "Asked for the events of this frame, the exchange does not tell them" in found.words
    honest, _ = run(day_of(MEANS[name].day, SEED).frames)
    lying = [one._replace(events=two.events) for one, two in zip(shown.books.claims, honest.claims, strict=False)]
    found = watched(shown.books._replace(claims=tuple(lying)), tmp_path / "lying", tmp_path / "c")
    assert found is not None
    assert (found.frame, found.what) == (shown.frame, "event chain")
    assert "the exchange gives such as do not make its own event chain" in found.words


def owed_behind(books: Books, frames: int) -> tuple[Owed, bytes]:
    """What customers truly are owed behind so many frames, and the seed that is the last of them."""
    node = Judge(JOURNAL_KEY.verifier)
    for frame in books.journaled():
        node.take(frame)
        if node.tip.frames == frames:
            assert isinstance(node.opinion, Machine)
            return owed_by(node.opinion, frames), bytes(frame.payload)
    raise AssertionError(frames)


def changed(owed: Owed, by: str) -> Iterator[tuple[int, Owed]]:
    """Each account, and what is said if it is the one that the fraud is about."""
    for row, account in enumerate(owed.accounts.tolist()):
        if by == "omitted holder":
            yield account, owed._replace(accounts=np.delete(owed.accounts, row), atoms=np.delete(owed.atoms, row, 0))
        else:
            less = owed.atoms.copy()
            less[row, 0] -= 1
            yield account, owed._replace(atoms=less)


@pytest.mark.parametrize("name", ["omitted holder", "understated balance"])
def test_a_node_names_who_is_left_out_of_what_is_owed(name: str, tmp_path: Path) -> None:
    """The exchange's own leaves tell it, if they make the root that it signed; and if it tells none, that is named."""
    shown = committed(name)
    silent = watched(shown.books, tmp_path / "silent", tmp_path / "a")
    is_named(silent, MEANS[name], shown)
    assert silent is not None
    assert "Asked for the leaves of its tree, the exchange does not tell them" in silent.words
    frames = shown.frame
    owed, seed = owed_behind(shown.books, frames)
    tried = (
        (account, said, liability_tree(said, seed)) for account, said in changed(owed, name) if (said.atoms >= 0).all()
    )
    account, _, tree = next(one for one in tried if one[2].root.hex() == silent.recorded)
    KeptFigures(tmp_path / "telling" / "liabilities").keep(tree, "")
    found = watched(shown.books, tmp_path / "telling", tmp_path / "b")
    assert found is not None
    assert (found.frame, found.what) == (frames, f"liabilities of account {account}")
    assert ("in no leaf" if name == "omitted holder" else "atoms of") in found.recorded
    assert f"account {account} is" in found.words and found.found in found.words
    KeptFigures(tmp_path / "lying" / "liabilities").keep(liability_tree(owed, seed), "")
    lying = watched(shown.books, tmp_path / "lying", tmp_path / "c")
    assert lying is not None
    assert "gives such as do not make the root that it signed" in lying.words


def test_a_node_names_the_line_of_what_is_issued_and_who_lost_what_was_stolen(tmp_path: Path) -> None:
    for name, changed in (("understated supply", -1), ("overstated backing", 1)):
        shown, at = committed(name), tmp_path / name
        silent = watched(shown.books, at / "silent", at / "a")
        is_named(silent, MEANS[name], shown)
        assert silent is not None and "Asked for the text that it sealed, the exchange does not tell" in silent.words
        owed, seed = owed_behind(shown.books, shown.frame)
        machine = machine_behind(shown.books, shown.frame)
        for coin in machine.affairs.coins.values():
            coin.supply_atoms += min(changed, 0)
            coin.backing_atoms += max(changed, 0)
        KeptFigures(at / "telling" / "liabilities").keep(liability_tree(owed, seed), supply_text(machine, shown.frame))
        found = watched(shown.books, at / "telling", at / "b")
        assert found is not None
        assert (found.frame, found.what) == (shown.frame, "supply of coin vUSD")
        assert found.recorded.startswith("coin vUSD ") and found.found.startswith("coin vUSD ")
    stolen = committed("silent theft")
    asked = watched(stolen.books, tmp_path / "stolen", tmp_path / "node")
    is_named(asked, MEANS["silent theft"], stolen)
    assert asked is not None and "Asked for the leaves of its tree" in asked.words
    owed, seed = owed_behind(stolen.books, stolen.frame)
    [root] = {
        parse_checkpoint(open_note(bytes(one.payload), [JOURNAL_KEY.verifier]).text).liabilities
        for one in stolen.books.journaled()
        if one.number == stolen.frame
    }
    assert root is not None and root[0] == stolen.frame
    robbed = next(said for said in thefts(owed) if liability_tree(said, seed).root == root[1])
    KeptFigures(tmp_path / "stolen later" / "liabilities").keep(liability_tree(robbed, seed), "")
    found = watched(stolen.books, tmp_path / "stolen later", tmp_path / "other node")
    is_named(found, MEANS["silent theft"], stolen)
    assert found is not None and "By its own leaves account " in found.words


class LateReckoning(ReckoningHere):
    """Finds the figures behind so many frames after those behind more."""

    def __init__(self, late_frames: int) -> None:
        super().__init__()
        self.late_frames = late_frames

    def found(self, frames: int) -> Figures | None:
        return None if frames == self.late_frames else super().found(frames)


def test_figures_are_compared_in_the_order_in_which_they_were_told() -> None:
    shown = committed("silent theft")
    reckoning = LateReckoning(shown.frame)
    node = Judge(JOURNAL_KEY.verifier, reckoning=reckoning)
    assert [node.take(frame) for frame in shown.books.journaled() if node.tip.frames < shown.frame + 40][-1] is None
    first, *later = node.told
    assert first.figures_frames == shown.frame and later
    made = ReckoningHere.found(reckoning, shown.frame)
    assert made is not None
    is_named(node.confirm(first, made), MEANS["silent theft"], shown)


def machine_behind(books: Books, frames: int) -> Machine:
    node = Judge(JOURNAL_KEY.verifier)
    for frame in books.journaled():
        if node.tip.frames == frames:
            break
        node.take(frame)
    assert isinstance(node.opinion, Machine)
    return node.opinion


def thefts(owed: Owed) -> Iterator[Owed]:
    """What is owed if an atom of somebody's were another's."""
    for loser, asset in np.argwhere(owed.atoms > 0):
        for finder in range(len(owed.accounts)):
            moved = owed.atoms.copy()
            moved[loser, asset] -= 1
            moved[finder, asset] += 1
            yield owed._replace(atoms=moved)


def test_a_lie_about_events_is_found_though_the_chain_is_honest() -> None:
    """Who is asked for events and invents them contradicts what the rules give, whatever its chain says."""
    books, _ = run(day_of("market", SEED).frames)
    lying = committed("altered fee").books
    number = committed("altered fee").frame
    mixed = [one._replace(events=lie.events) for one, lie in zip(books.claims, lying.claims, strict=False)]
    found = judged(Books(books.frames[: len(mixed)], tuple(mixed)))
    assert found is not None
    assert (found.frame, found.what) == (number, "taker_fee_atoms")


@pytest.mark.usefixtures("small_files")
@pytest.mark.parametrize("name", of(Seen.MEMORY))
def test_history_that_was_shown_otherwise_is_named(name: str, tmp_path: Path) -> None:
    """It agrees with itself, and whoever sees it for the first time finds nothing."""
    shown = committed(name)
    assert shown.seen is not None
    assert judged(shown.books) is None
    assert watched(shown.seen, tmp_path / "shown", tmp_path / "node", keeps_frames=True) is None
    found = watched(shown.books, tmp_path / "shown later", tmp_path / "node", keeps_frames=True)
    is_named(found, MEANS[name], shown)


@pytest.mark.parametrize("name", of(Seen.FORM))
def test_what_may_not_stand_in_a_journal_is_named_in_its_directory(name: str, tmp_path: Path) -> None:
    shown = committed(name)
    is_named(watched(shown.books, tmp_path / "exchange", tmp_path / "node"), MEANS[name], shown)


@pytest.mark.parametrize("name", of(Seen.LIST))
def test_a_list_of_looks_that_was_changed_is_named_by_who_reads_both(name: str, tmp_path: Path) -> None:
    """The journal is honest, so who has that alone finds nothing."""
    shown = committed(name)
    assert judged(shown.books) is None
    is_named(watched(shown.books, tmp_path / "exchange", tmp_path / "node"), MEANS[name], shown)
    honest = shown.books._replace(looks="".join(f"{look_line(one)} {one.hash}\n" for one in day_looks()))
    assert watched(honest, tmp_path / "honest", tmp_path / "other") is None


def receipts_of(books: Books, frame: int) -> Iterator[Receipt]:
    """What customers were given for each command of a frame and of the one before it, as they can show it."""
    signer = Signer(RECEIPTS_KEY, Ed25519PrivateKey.generate())
    delegation = delegate(signer.verifier, JOURNAL_KEY)
    for one in books.journaled():
        if one.kind == FrameKind.HOT and one.number in (frame - 1, frame):
            for place, command in enumerate(np.frombuffer(one.payload, COMMAND, one.commands_count)):
                asked = slice_hot(one.payload, one.commands_count, place, 1).payload
                sequence, account = one.first_sequence + place, int(command["account"])
                receipt = Receipt.of(sequence, 1, one.time_ns, account, FrameKind.HOT, bytes(asked))
                yield open_receipt(sign_receipt(receipt, signer, delegation), JOURNAL_KEY.verifier)


@pytest.mark.parametrize("name", of(Seen.RECEIPT))
def test_a_customers_receipt_names_what_no_supervisor_has_seen(name: str, tmp_path: Path) -> None:
    shown = committed(name)
    assert shown.seen is not None
    assert judged(shown.books) is None
    shown.books.write(Places(tmp_path))
    reader = JournalReader(Places(tmp_path).journal)
    asked = [(receipt, judge(receipt, reader)) for receipt in receipts_of(shown.seen, shown.frame)]
    receipt, verdict = next((receipt, verdict) for receipt, verdict in asked if not verdict.holds)
    first = shown.sequence or next(one.first_sequence for one in shown.seen.journaled() if one.number == shown.frame)
    assert (verdict.holds, verdict.frame, receipt.sequence) == (False, shown.frame, first)
    assert verdict.words.startswith(f"frame {shown.frame}: ")


@pytest.mark.parametrize("rewrite", [altered_amount, slipped_in])
def test_two_who_were_shown_two_journals_find_it_when_they_compare(rewrite, tmp_path: Path) -> None:
    """Each of the two agrees with itself, down to its checkpoints."""
    day = day_of("market", SEED)
    other = rewrite(day, Random(SEED))
    for name, frames in (("one", day.frames), ("two", other.frames)):
        books, numbers = run(frames)
        assert watched(books, tmp_path / f"to {name}", tmp_path / name, by=f"{name}.example") is None
    nodes = [tmp_path / "one", tmp_path / "two"]
    found = split([held(node, keys_of(nodes)) for node in nodes])
    assert found is not None
    assert (found.frame, found.what) == (numbers[other.place], "hash")
    # Who has nothing but the other's notes sees it too, at the first checkpoint behind.
    notes = sorted((tmp_path / "two" / "cosigned").glob("*.note"))
    found = split([held(nodes[0], keys_of(nodes)), *(held(note, keys_of(nodes)) for note in notes)])
    assert found is not None
    assert found.what == "log root"
    assert found.frame > numbers[other.place]


def test_an_operators_own_tree_is_the_exchanges_if_it_is_honest() -> None:
    """What the frauds of liabilities are built with hashes as the exchange does."""
    operator = Operator()
    for frame in day_of("wallets", SEED).frames:
        apply(operator.machine, frame)
    owed, seed = owed_by(operator.machine, 5), bytes(range(32))
    leaves = dict(zip(owed.accounts.tolist(), map(tuple, owed.atoms.tolist()), strict=True))
    assert len(leaves) > 3
    assert crooked_root(5, owed.codes, leaves, seed) == liability_tree(owed, seed).root


@pytest.mark.parametrize("kind", DAYS)
@pytest.mark.parametrize("opinion", [None, Exchange], ids=["kernels", "model"])
def test_an_honest_day_is_no_fraud(kind: str, opinion: type[Exchange] | None) -> None:
    books, _ = run(day_of(kind, SEED).frames)
    assert judged(books, opinion() if opinion else None) is None


def test_the_table_of_frauds_is_the_one_in_the_docs() -> None:
    """`python -m venus.testing.frauds` prints it."""
    assert table() in PAGE.read_text()


@pytest.mark.heavy
@pytest.mark.parametrize("seed", MORE_SEEDS)
def test_frauds_of_other_days_are_named(seed: int) -> None:
    for name in of(Seen.RULES, Seen.FIGURES, Seen.FORM):
        shown = MEANS[name].shown(seed)
        is_named(judged(shown.books), MEANS[name], shown)


@pytest.mark.heavy
def test_the_model_names_the_same() -> None:
    """An opinion of its own, written from the rules' pages: the frauds are frauds, whatever the kernels say."""
    for name in of(Seen.RULES, Seen.FIGURES, Seen.FORM):
        shown = committed(name)
        is_named(judged(shown.books, Exchange()), MEANS[name], shown)


@pytest.mark.heavy
@pytest.mark.parametrize("name", of(Seen.RULES, Seen.FIGURES))
def test_a_node_in_its_own_process_names_them_from_files(name: str, tmp_path: Path) -> None:
    shown = committed(name)
    is_named(watched(shown.books, tmp_path / "exchange", tmp_path / "node"), MEANS[name], shown)
