"""A dispute's bundle: it decides the dispute again by itself, and whatever was changed in it is named."""

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from tests.examples.dispute_case import (
    ARBITER,
    BUYER,
    FILE,
    MINUTE_NS,
    SELLER,
    Case,
)
from venus.cli.p2p_bundle import verify_bundle
from venus.journal.notes import Signer
from venus.p2p.bundle import Bundle, BundleRefused, RelockTold, TimerTold, decode_bundle, encode_bundle
from venus.p2p.chat import Sender
from venus.p2p.life import Shares
from venus.records import p2p
from venus.records.p2p_states import Act, CancelReason, Ending, Ground, OrderState, Party
from venus.supervisor.dispute_bundle import Kind, Report, check
from venus.supervisor.dispute_words import report_lines

PAID = 50_000_00  # 0.1 BTC at 500,000 CNY
HOUR_NS = 60 * MINUTE_NS


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    case = Case(tmp_path)
    yield case
    case.close()


@pytest.fixture
def stalled(case: Case) -> Case:
    stall(case)
    return case


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """As stalled, for those that only look at its bundle."""
    case = Case(tmp_path_factory.mktemp("known"))
    stall(case)
    yield case
    case.close()


def stall(case: Case) -> None:
    """The buyer paid, the seller says that nothing came; both bring evidence, and an arbiter finds for the buyer."""
    case.open()
    case.talk(Sender.BUYER, "Paid, reference 4711.")
    case.show(Sender.BUYER)
    case.put(p2p.MarkPaid, order=case.order, account=BUYER, fiat=PAID, proof_hash=bytes.fromhex(FILE), chat=case.head)
    case.strange()
    case.talk(Sender.SELLER, "Nothing arrived.")
    evidence = case.evidence("BUYER", "The bank's receipt.")
    appeal = {"order": case.order, "account": BUYER, "ground": Ground.NOT_RELEASED, "evidence_hash": evidence}
    case.put(p2p.OpenAppeal, chat=case.head, **appeal)
    statement = case.evidence("SELLER", "My statement of the day.")
    case.put(p2p.SubmitEvidence, order=case.order, account=SELLER, evidence_hash=statement, chat=case.head)
    grounds = case.grounds("The payment is on the seller's own statement.")
    verdict = {"order": case.order, "buyer_atoms": 10_000_000, "at_fault": Party.SELLER, "grounds_hash": grounds}
    case.judge(p2p.DecideDispute, 0, chat=case.head, **verdict)


def held(case: Case, bundle: Bundle | None = None) -> Report:
    return check(case.bundle() if bundle is None else bundle, case.journal_key.verifier)


def kinds(case: Case, bundle: Bundle) -> set[Kind]:
    return {fault.kind for fault in held(case, bundle).faults}


def test_a_verdict_is_reached_again_from_the_file_alone(known: Case) -> None:
    report = held(known)
    assert report.faults == [] and report.case is not None
    life = report.case.last
    assert (life.state, life.ending, life.at_fault) == (OrderState.COMPLETED, Ending.DECIDED, Party.SELLER)
    assert life.shares == Shares(buyer=9_980_000, seller=0, house=30_000)
    acts = [happening.act for happening in report.case.timeline]
    assert acts == [None, Act.PAY, Act.APPEAL, Act.EVIDENCE, Act.DECIDE]
    assert life.slashed == [Party.SELLER]


def test_the_file_is_read_as_it_was_written_and_in_no_other_way(known: Case) -> None:
    bundle = known.bundle()
    data = encode_bundle(bundle)
    assert decode_bundle(data) == bundle
    for other in (data[:-1], b" " + data, data + b"\n", data.replace(b'","', b'", "', 1), b"{}", b"\xff", b"[" * 5_000):
        with pytest.raises(BundleRefused):
            decode_bundle(other)
    with pytest.raises(BundleRefused, match="format"):
        decode_bundle(encode_bundle(replace(bundle, format="venus/p2p-bundle/2")))


def test_a_dispute_is_told_in_words(known: Case) -> None:
    bundle = known.bundle()
    lines = list(report_lines(bundle, held(known, bundle)))
    assert lines[0] == ("order 4: account 7 sells 0.10000000 BTC to account 8 for 50000.00 CNY at 500000.00000000")
    assert any("APPEAL by the buyer: DISPUTED (command 7)" in line for line in lines)
    assert "order 4 is COMPLETED (DECIDED): 0.09980000 BTC to the buyer, 0.00000000 BTC to the seller" in lines
    assert "not proven: that no command about this order was left out: only a journal shows it" in lines


# Verdicts of other kinds


def paid(case: Case) -> None:
    case.open()
    case.put(p2p.MarkPaid, order=case.order, account=BUYER, fiat=PAID, proof_hash=b"", chat=b"")


def ran_out(case: Case, act: Act, *, behind_ns: int = 5, is_frozen: bool = False) -> None:
    """The clock of the case's order ran out at this moment, and a frame behind it shows that it did."""
    case.strange()
    case.timers.append(TimerTold(order=case.order, act=act.name, time_ns=case.time_ns + behind_ns, is_frozen=is_frozen))


def test_who_does_not_pay_in_time_gets_nothing(case: Case) -> None:
    case.open()
    case.time_ns += 14 * MINUTE_NS
    ran_out(case, Act.PAYMENT_LATE)
    life = held(case).case.last  # type: ignore[union-attr]
    assert (life.state, life.ending, life.slashed) == (OrderState.CANCELLED, Ending.TIMED_OUT, [Party.BUYER])


def test_the_silent_party_loses_by_the_clock(case: Case) -> None:
    paid(case)
    case.time_ns += 14 * MINUTE_NS
    ran_out(case, Act.RELEASE_LATE)
    evidence = case.evidence("BUYER", "The bank's receipt.")
    case.put(p2p.SubmitEvidence, order=case.order, account=BUYER, evidence_hash=evidence, chat=b"")
    case.time_ns += 24 * HOUR_NS
    ran_out(case, Act.EVIDENCE_DUE)
    report = held(case)
    assert report.faults == [] and report.case is not None
    life = report.case.last
    assert (life.state, life.ending, life.late) == (OrderState.COMPLETED, Ending.SILENCE, True)
    assert life.slashed == [Party.SELLER]


def test_both_silent_goes_to_a_person(case: Case) -> None:
    paid(case)
    case.time_ns += 14 * MINUTE_NS
    ran_out(case, Act.RELEASE_LATE)
    case.time_ns += 24 * HOUR_NS
    ran_out(case, Act.EVIDENCE_DUE)
    life = held(case).case.last  # type: ignore[union-attr]
    assert (life.state, life.escalated, life.due) == (OrderState.DISPUTED, True, None)


def test_equal_offers_split_it(case: Case) -> None:
    paid(case)
    appeal = {"order": case.order, "account": SELLER, "ground": Ground.UNDERPAID, "evidence_hash": b"", "chat": b""}
    case.put(p2p.OpenAppeal, **appeal)
    for account, atoms in ((BUYER, 9_000_000), (SELLER, 8_000_000), (BUYER, 8_000_000)):
        case.put(p2p.OfferSplit, order=case.order, account=account, buyer_atoms=atoms, chat=b"")
    life = held(case).case.last  # type: ignore[union-attr]
    assert (life.ending, life.buyer_atoms) == (Ending.AGREED, 8_000_000)
    assert life.shares == Shares(buyer=7_984_000, seller=2_000_000, house=24_000)


def test_a_claim_after_the_end_is_an_order_of_its_own(case: Case) -> None:
    """A chargeback: what the buyer has is locked again, and comes back to the seller."""
    paid(case)
    case.put(p2p.ReleaseEscrow, order=case.order, account=SELLER, chat=b"")
    appeal = {"order": case.order, "account": SELLER, "ground": Ground.CHARGEBACK, "evidence_hash": b"", "chat": b""}
    case.put(p2p.OpenAppeal, **appeal)
    again = case.judge(p2p.RelockEscrow, 1, order=case.order)
    grounds = case.write(b'{"order":"%d","text":"The bank took it back."}' % again)
    verdict = {"order": again, "buyer_atoms": 0, "at_fault": Party.BUYER, "grounds_hash": grounds, "chat": b""}
    case.judge(p2p.DecideDispute, 0, **verdict)
    bundle = case.bundle()
    relocked = (RelockTold(order=again, atoms=9_970_000),)
    bundle = case.sign(replace(bundle, told=replace(bundle.told, relocked=relocked)))
    report = held(case, bundle)
    assert report.faults == [] and report.case is not None
    assert list(report.case.lives) == [case.order, again]
    assert report.case.lives[case.order].state == OrderState.COMPLETED
    assert report.case.last.shares == Shares(buyer=0, seller=9_970_000, house=0)
    for wrong in (0, 10_000_001):
        more = (RelockTold(order=again, atoms=wrong),)
        assert kinds(case, case.sign(replace(bundle, told=replace(bundle.told, relocked=more)))) == {Kind.REPLAY}


def test_a_large_verdict_needs_the_quorum(case: Case) -> None:
    paid_large = 250_000_00 * 100
    case.open(atoms=60_000_000)
    case.put(p2p.MarkPaid, order=case.order, account=BUYER, fiat=paid_large, proof_hash=b"", chat=b"")
    appeal = {"order": case.order, "account": BUYER, "ground": Ground.NOT_RELEASED, "evidence_hash": b"", "chat": b""}
    case.put(p2p.OpenAppeal, **appeal)
    verdict = {"order": case.order, "buyer_atoms": 0, "at_fault": 0, "grounds_hash": b"", "chat": b""}
    alone = case.sequence
    case.judge(p2p.DecideDispute, 0, **verdict)
    assert [fault.words for fault in held(case).faults] == [
        f"command {alone + 1}: DecideDispute: 60000000 atoms need the arbiters' quorum, which is not there"
    ]


def test_two_of_the_arbiters_are_the_quorum(case: Case) -> None:
    case.open(atoms=60_000_000)
    case.put(p2p.MarkPaid, order=case.order, account=BUYER, fiat=PAID, proof_hash=b"", chat=b"")
    appeal = {"order": case.order, "account": BUYER, "ground": Ground.NOT_RELEASED, "evidence_hash": b"", "chat": b""}
    case.put(p2p.OpenAppeal, **appeal)
    verdict = {"order": case.order, "buyer_atoms": 0, "at_fault": 0, "grounds_hash": b"", "chat": b""}
    case.judge(p2p.DecideDispute, 0, 1, **verdict)
    assert held(case).faults == []


def test_an_arbiter_who_is_the_seller_is_named(case: Case) -> None:
    paid(case)
    appeal = {"order": case.order, "account": BUYER, "ground": Ground.NOT_RELEASED, "evidence_hash": b"", "chat": b""}
    case.put(p2p.OpenAppeal, **appeal)
    verdict = {"order": case.order, "buyer_atoms": 0, "at_fault": 0, "grounds_hash": b"", "chat": b""}
    case.judge(p2p.DecideDispute, 2, **verdict)
    assert {fault.kind for fault in held(case).faults} == {Kind.CONFLICT}


# Tampering. Whoever changes the file alone breaks the exchange's signature; these are what an exchange would have to do
# that signs a lie, so each is signed anew and must be found by what it is.


def with_frame(bundle: Bundle, place: int, /, **changes: Any) -> Bundle:
    frames = list(bundle.frames)
    frames[place] = replace(frames[place], **changes)
    return replace(bundle, frames=tuple(frames))


def reversed_bit(text: str, at: int) -> str:
    data = bytearray(b64decode(text))
    data[at] ^= 1
    return b64encode(data).decode()


def with_message(bundle: Bundle, number: int, **changes: Any) -> Bundle:
    chat = list(bundle.chat)
    chat[number] = replace(chat[number], **changes)
    return replace(bundle, chat=tuple(chat))


def with_told(bundle: Bundle, **changes: Any) -> Bundle:
    return replace(bundle, told=replace(bundle.told, **changes))


def with_text(bundle: Bundle, old: str, new: str) -> Bundle:
    return replace(bundle, texts={name: text.replace(old, new) for name, text in bundle.texts.items()})


Tamper = Callable[[Bundle], Bundle]
PAY, APPEAL, EVIDENCE, DECIDE = 3, 4, 5, 6  # places in bundle.frames, after terms, advert and taking
TAMPERED: dict[str, tuple[Tamper, set[Kind]]] = {
    "a frame's last byte": (
        lambda one: with_frame(one, PAY, frame=reversed_bit(one.frames[PAY].frame, -1)),
        {Kind.PROOF},
    ),
    "a frame's time": (
        lambda one: with_frame(one, PAY, frame=reversed_bit(one.frames[PAY].frame, 24)),
        {Kind.FRAME, Kind.REPLAY},
    ),
    "a frame that is no base64": (lambda one: with_frame(one, PAY, frame="?"), {Kind.FRAME, Kind.REPLAY}),
    "a frame's number": (lambda one: with_frame(one, PAY, number=99), {Kind.FRAME, Kind.REPLAY}),
    "a proof": (
        lambda one: with_frame(
            one, DECIDE, path=(reversed_bit(one.frames[DECIDE].path[0], 0), *one.frames[DECIDE].path[1:])
        ),
        {Kind.PROOF},
    ),
    "a proof cut short": (lambda one: with_frame(one, DECIDE, path=one.frames[DECIDE].path[1:]), {Kind.PROOF}),
    "two frames in another order": (
        lambda one: replace(
            one, frames=(*one.frames[:APPEAL], one.frames[EVIDENCE], one.frames[APPEAL], *one.frames[DECIDE:])
        ),
        {Kind.FRAME, Kind.REPLAY},
    ),
    "a frame twice": (
        lambda one: replace(one, frames=(*one.frames[: PAY + 1], *one.frames[PAY:])),
        {Kind.FRAME, Kind.REPLAY},
    ),
    "the payment left out": (
        lambda one: replace(one, frames=one.frames[:PAY] + one.frames[APPEAL:]),
        {Kind.REPLAY},
    ),
    "the terms left out": (lambda one: replace(one, frames=one.frames[1:]), {Kind.REPLAY}),
    "the advert left out": (lambda one: replace(one, frames=(one.frames[0], *one.frames[2:])), {Kind.REPLAY}),
    "words of a message": (lambda one: with_message(one, 1, text="Never paid."), {Kind.CHAT}),
    "who said it": (lambda one: with_message(one, 1, sender=Sender.SELLER), {Kind.CHAT}),
    "when it was said": (lambda one: with_message(one, 1, time=1), {Kind.CHAT}),
    "the file of a message": (lambda one: with_message(one, 2, file="cd" * 32), {Kind.CHAT}),
    "a message left out": (lambda one: replace(one, chat=one.chat[:1] + one.chat[2:]), {Kind.CHAT}),
    "the last message left out": (lambda one: replace(one, chat=one.chat[:-1]), {Kind.HEAD}),
    "the whole chat left out": (lambda one: replace(one, chat=()), {Kind.HEAD}),
    "the words of evidence": (lambda one: with_text(one, "receipt", "excuse"), {Kind.TEXT}),
    "the grounds of the verdict": (lambda one: with_text(one, "own statement", "word"), {Kind.TEXT}),
    "the advert's terms": (lambda one: with_text(one, "Only from your own", "From any"), {Kind.TEXT}),
    "an arbiter's key": (
        lambda one: with_told(one, seats=(replace(one.told.seats[0], key=one.told.seats[1].key), *one.told.seats[1:])),
        {Kind.SEATS},
    ),
    "an arbiter's place": (
        lambda one: with_told(one, seats=(replace(one.told.seats[0], institution=ARBITER + 1),)),
        {Kind.SEATS},
    ),
    "an arbiter who had left": (
        lambda one: with_told(one, seats=(replace(one.told.seats[0], until_ns=1),)),
        {Kind.SEATS},
    ),
    "an arbiter's person": (
        lambda one: with_told(one, seats=(replace(one.told.seats[0], person=80), *one.told.seats[1:])),
        {Kind.CONFLICT},
    ),
    "the exchange that approvals are for": (
        lambda one: with_told(one, exchange=b64encode(b"x" * 32).decode()),
        {Kind.SEATS},
    ),
    "a clock that never ran": (
        lambda one: with_told(
            one, timers=(TimerTold(order=one.order, act="RELEASE_LATE", time_ns=1, is_frozen=False),)
        ),
        {Kind.REPLAY},
    ),
    "a clock that there is not": (
        lambda one: with_told(one, timers=(TimerTold(order=one.order, act="NOON", time_ns=1, is_frozen=False),)),
        {Kind.REPLAY},
    ),
    "the maker's fee": (lambda one: with_told(one, maker_fee_ppm=0), {Kind.REPLAY}),
    "the asset's decimals": (
        lambda one: with_told(one, assets=(replace(one.told.assets[0], scale=2),)),
        {Kind.REPLAY},
    ),
    "another order's number": (lambda one: replace(one, order=one.order + 1), {Kind.REPLAY}),
    "a checkpoint that nobody signed": (
        lambda one: replace(one, checkpoint=one.checkpoint.replace("\n\n", "x\n\n", 1)),
        {Kind.CHECKPOINT},
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_lie_that_the_exchange_signed_is_named(known: Case, what: str) -> None:
    tamper, found = TAMPERED[what]
    assert kinds(known, known.sign(tamper(known.bundle()))) == found


@pytest.mark.parametrize("what", TAMPERED)
def test_whoever_changes_the_file_breaks_its_signature(known: Case, what: str) -> None:
    tamper, _ = TAMPERED[what]
    assert Kind.SIGNATURE in kinds(known, tamper(known.bundle()))


def test_another_key_is_not_the_exchanges(known: Case) -> None:
    other = Signer("venus/journal", Ed25519PrivateKey.generate())
    found = {fault.kind for fault in check(known.bundle(), other.verifier).faults}
    assert found == {Kind.SIGNATURE, Kind.CHECKPOINT}


def test_a_strangers_command_has_no_place_in_it(stalled: Case) -> None:
    stalled.append(p2p.EnrolTrader(reference="stranger", account=9, person=90))
    assert kinds(stalled, stalled.bundle()) == {Kind.COMMAND}


def test_what_the_table_does_not_have_is_impossible(stalled: Case) -> None:
    """The exchange wrote it into its journal and proves it; the rules still do not allow it."""
    again = stalled.put(p2p.MarkPaid, order=stalled.order, account=BUYER, fiat=1, proof_hash=b"", chat=b"")
    [fault] = held(stalled).faults
    assert fault == (Kind.REPLAY, f"command {again}: PAY is not possible while order 4 is COMPLETED")


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        (p2p.MarkPaid, {"account": SELLER, "fiat": 1, "proof_hash": b""}, "PAY is not for the seller"),
        (p2p.ReleaseEscrow, {"account": BUYER}, "RELEASE is not possible while order 4 is OPEN"),
        (p2p.CancelEscrow, {"account": SELLER, "reason": CancelReason.OTHER}, "CANCEL is not for the seller"),
        (p2p.CancelEscrow, {"account": 99, "reason": 1}, "account 99 is neither the buyer nor the seller of order 4"),
        (p2p.RefuseCancel, {"account": BUYER, "proof_hash": b""}, "a cancel is refused that nobody asked for"),
        (p2p.OfferSplit, {"account": BUYER, "buyer_atoms": 1}, "OFFER_SPLIT is not possible while order 4 is OPEN"),
    ],
)
def test_who_may_do_what_is_the_tables(case: Case, kind: Any, fields: dict[str, Any], words: str) -> None:
    case.open()
    sequence = case.put(kind, order=case.order, chat=b"", **fields)
    assert [fault.words for fault in held(case).faults] == [f"command {sequence}: {words}"]


def test_a_clock_that_ran_out_must_be_told(case: Case) -> None:
    """Else the payment after the time to pay would count."""
    case.open()
    late = {"order": case.order, "account": BUYER, "fiat": PAID, "proof_hash": b"", "chat": b""}
    case.put(p2p.MarkPaid, after_ns=15 * MINUTE_NS, **late)
    [fault] = held(case).faults
    assert fault.kind == Kind.REPLAY and "PAYMENT_LATE was due at" in fault.words


def test_a_clock_cannot_run_out_early(case: Case) -> None:
    case.open()
    ran_out(case, Act.PAYMENT_LATE)
    assert {fault.kind for fault in held(case).faults} == {Kind.REPLAY}


# The command


def told_by(bundle: Bundle, folder: Path, capsys: pytest.CaptureFixture[str], **more: Any) -> tuple[int, str]:
    path = folder / "dispute.json"
    path.write_bytes(encode_bundle(bundle))
    code = verify_bundle(path, **more)
    return code, capsys.readouterr().out


def test_the_command_says_whether_it_holds(known: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = tmp_path / "journal.verifier"
    key.write_text(known.journal_key.verifier.text() + "\n")
    code, told = told_by(known.bundle(), tmp_path, capsys, verifier=key)
    assert code == 0 and told.endswith("holds\n")
    code, told = told_by(known.bundle(), tmp_path, capsys)
    assert code == 2 and "if this is the exchange's key" in told
    lie = known.sign(with_message(known.bundle(), 1, text="Never paid."))
    code, told = told_by(lie, tmp_path, capsys, verifier=key)
    assert code == 1 and "DOES NOT HOLD: CHAT" in told


def test_files_are_known_by_their_bytes(known: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "other.png").write_bytes(b"something else")
    code, told = told_by(known.bundle(), tmp_path, capsys, files=folder)
    assert code == 2 and "other.png: IS NOT a file of this dispute" in told
