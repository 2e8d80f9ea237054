"""Signed notes and checkpoints: another implementation's note opens, ours cannot be changed."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from venus.journal.notes import (
    Checkpoint,
    NoteRefused,
    Signer,
    Verifier,
    add_signature,
    open_note,
    parse_checkpoint,
    sign_note,
)

HASH = st.binary(min_size=32, max_size=32)
FIGURE = st.tuples(st.integers(0, 2**62), HASH)
LINE = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40)


def signer(name: str, seed: int = 1) -> Signer:
    return Signer(name, Ed25519PrivateKey.from_private_bytes(seed.to_bytes(32, "big")))


CHECKPOINTS = st.builds(
    Checkpoint,
    origin=LINE,
    frames=st.integers(0, 2**62),
    root=HASH,
    events=HASH,
    state=st.none() | FIGURE,
    liabilities=st.none() | FIGURE,
    supply=st.none() | FIGURE,
    other=st.lists(LINE.map(lambda line: "x " + line), max_size=3).map(tuple),
)


def test_a_note_of_the_go_implementation_opens() -> None:
    """Key and note of the tests of golang.org/x/mod/sumdb/note."""
    verifier = Verifier.from_text("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    line = (
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    assert open_note((text + "\n" + line).encode(), [verifier]) == (text, ("PeterNeumann",))
    assert verifier.text() == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


@given(CHECKPOINTS)
def test_a_checkpoint_survives_signing(checkpoint: Checkpoint) -> None:
    key = signer("venus.example/log")
    note = open_note(sign_note(checkpoint.text(), [key]), [key.verifier])
    assert parse_checkpoint(note.text) == checkpoint


def test_the_text_of_a_checkpoint_is_the_written_one() -> None:
    one, zero = b"\1" * 32, bytes(32)
    checkpoint = Checkpoint(
        "venus.example/log", 12, zero, b"\xff" * 32, (9, one), (9, zero), (9, one), ("clock drifts",)
    )
    assert checkpoint.text() == (
        "venus.example/log\n12\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
        "events //////////////////////////////////////////8=\n"
        "state 9 AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n"
        "liabilities 9 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
        "supply 9 AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\nclock drifts\n"
    )


@given(st.data())
def test_no_bit_of_a_signed_note_can_change(data: st.DataObject) -> None:
    key = signer("venus.example/log")
    text = Checkpoint("venus.example/log", 3, bytes(32), bytes(32)).text()
    note = bytearray(sign_note(text, [key]))
    bit = data.draw(st.integers(0, len(note) * 8 - 1))
    note[bit // 8] ^= 1 << bit % 8
    with pytest.raises(NoteRefused):
        open_note(bytes(note), [key.verifier])


def test_who_signed_is_who_is_trusted() -> None:
    ours, witness, stranger = signer("ours"), signer("witness", 2), signer("stranger", 3)
    note = add_signature(add_signature(sign_note("text\n", [ours]), witness), stranger)
    assert open_note(note, [ours.verifier]).signed_by == ("ours",)
    assert open_note(note, [witness.verifier, ours.verifier]).signed_by == ("ours", "witness")
    with pytest.raises(NoteRefused, match="no trusted key"):
        open_note(note, [signer("ours", 4).verifier])
    with pytest.raises(NoteRefused, match="no trusted key"):
        open_note(note, [signer("other", 1).verifier])
    forged = note.replace(b"text\n", b"lies\n", 1)
    with pytest.raises(NoteRefused, match="does not hold"):
        open_note(forged, [ours.verifier])


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\nnot a signature\n",
        "text\n\n— ours AAAA\n".encode(),
        "text\n\n— ours AAAAAAA\n".encode(),
        "text\n\n— ours AAAAAAB=\n".encode(),
        "text\n\n—  AAAAAAAA\n".encode(),
        "text\n\n— a+b AAAAAAAA\n".encode(),
        "te\x01xt\n\n— ours AAAAAAAA\n".encode(),
        "te\rxt\n\n— ours AAAAAAAA\n".encode(),
        b"te\xffxt\n\nours\n",
        ("text\n\n" + "— ours AAAAAAAA\n" * 101).encode(),
    ],
)
def test_a_malformed_note_is_refused(note: bytes) -> None:
    with pytest.raises(NoteRefused):
        open_note(note, [signer("ours").verifier])


ZERO = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


@pytest.mark.parametrize(
    "text",
    [
        "",
        "origin\n1\n",
        f"origin\n1\n{ZERO}\n",
        f"origin\n01\n{ZERO}\nevents {ZERO}\n",
        f"origin\n-1\n{ZERO}\nevents {ZERO}\n",
        f"origin\n1\n{ZERO[:-2]}\nevents {ZERO}\n",
        f"origin\n1\nAAAA\nevents {ZERO}\n",
        f"\n1\n{ZERO}\nevents {ZERO}\n",
        f"origin\n1\n{ZERO}\n\nevents {ZERO}\n",
        f"origin\n1\n{ZERO}\nevents {ZERO}\nstate x {ZERO}\n",
        f"origin\n1\n{ZERO}\nevents {ZERO}\nliabilities {ZERO}\n",
        f"origin\n1\n{ZERO}\nevents {ZERO}\nsupply 1 AAAA\n",
        f"origin\n1\n{ZERO}\nevents {ZERO}",
    ],
)
def test_a_malformed_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteRefused):
        parse_checkpoint(text)


@pytest.mark.parametrize("text", ["", "name", "name+00000000+AQ==", "a b+c74f20a3+AQ==", "+c74f20a3+AQ=="])
def test_a_malformed_key_is_refused(text: str) -> None:
    with pytest.raises(NoteRefused):
        Verifier.from_text(text)
    good = signer("name").verifier.text()
    with pytest.raises(NoteRefused, match="key id"):
        Verifier.from_text(good.replace("name+" + good.split("+")[1], "name+00000000"))


@pytest.mark.parametrize("text", ["no newline", "a\x00b\n", "a\tb\n"])
def test_a_text_that_a_note_cannot_carry_is_not_signed(text: str) -> None:
    with pytest.raises(ValueError, match="text of a note"):
        sign_note(text, [signer("ours")])
