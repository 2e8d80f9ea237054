"""Cosignatures are C2SP tlog-cosignature: the written format, what bears them, and what of them is refused."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from venus.journal.cosignatures import TIME_S_MAX, CosignatureVerifier, Cosigner, add_cosignature, cosignatures_of
from venus.journal.notes import NoteRefused, Signer, Verifier, open_note, sign_note

TEXT = "venus.example/log\n12\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"


def key(seed: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed.to_bytes(32, "big"))


LOG, WITNESS = Signer("venus.example/log", key(1)), Cosigner("witness.example/w1", key(2))
NOTE = sign_note(TEXT, [LOG])


PUBLISHED = """\
arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev \
zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev \
ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden \
2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— witness1.smartit.nu/witness1 \
pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
— remora.n621.de \
2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu \
Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
""".encode()
"""What a public log published, cosigned by several programs; its first line is of a kind that we do not know."""
PUBLISHED_LOG = "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
PUBLISHED_BY = (
    "transparency.dev/DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM",
    "witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO",
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
    "witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv",
)


def test_cosignatures_of_other_programs_hold() -> None:
    cosigners = [CosignatureVerifier.from_text(text) for text in PUBLISHED_BY]
    assert tuple(one.text() for one in cosigners) == PUBLISHED_BY
    found = cosignatures_of(PUBLISHED, cosigners)
    assert [one.verifier.text() for one in found] == list(PUBLISHED_BY)
    assert {one.time_s for one in found} == {0x6A122120}
    assert open_note(PUBLISHED, [Verifier.from_text(PUBLISHED_LOG)]).signed_by == (PUBLISHED_LOG.split("+")[0],)
    for cosigner in cosigners:
        with pytest.raises(NoteRefused, match="does not hold"):
            cosignatures_of(PUBLISHED.replace(b"1432088532", b"1432088533"), [cosigner])


def test_a_cosignature_is_another_line_that_those_who_do_not_know_it_pass_over() -> None:
    note = add_cosignature(NOTE, WITNESS, 1_679_315_147)
    assert note.startswith(NOTE)
    assert open_note(note, [LOG.verifier]).signed_by == ("venus.example/log",)
    assert open_note(note, [LOG.verifier, WITNESS.verifier]).signed_by == ("venus.example/log", "witness.example/w1")
    (one,) = cosignatures_of(note, [WITNESS.verifier])
    assert (one.verifier.name, one.time_s) == ("witness.example/w1", 1_679_315_147)
    assert (NOTE.decode() + one.line).encode() == note


def test_the_key_is_of_another_type_than_a_log_s() -> None:
    """The same key under the same name has two ids, so that neither kind of line is taken for the other."""
    same = Verifier(WITNESS.verifier.name, key(2).public_key())
    assert same.key_id != WITNESS.verifier.key_id
    text = WITNESS.verifier.text()
    assert CosignatureVerifier.from_text(text).text() == text
    with pytest.raises(NoteRefused, match="type 01"):
        Verifier.from_text(text)
    with pytest.raises(NoteRefused, match="type 04"):
        CosignatureVerifier.from_text(same.text())


@pytest.mark.parametrize("place", [0, 3, 7, 8, 40, 71])
def test_no_bit_of_time_or_signature_can_change(place: int) -> None:
    from base64 import b64decode, b64encode

    head, _, encoded = WITNESS.line(TEXT, 1_679_315_147).rstrip("\n").rpartition(" ")
    data = bytearray(b64decode(encoded))
    data[4 + place] ^= 1
    line = f"{head} {b64encode(data).decode()}\n"
    with pytest.raises(NoteRefused, match=r"witness\.example/w1 does not hold"):
        cosignatures_of(NOTE + line.encode(), [WITNESS.verifier])


def test_one_made_for_another_state_of_the_log_does_not_hold() -> None:
    line = WITNESS.line(TEXT.replace("12", "13"), 1_679_315_147)
    with pytest.raises(NoteRefused, match="does not hold"):
        cosignatures_of(NOTE + line.encode(), [WITNESS.verifier])


def test_of_unknown_keys_nothing_is_said() -> None:
    note = add_cosignature(NOTE, Cosigner("stranger", key(3)), 1)
    assert cosignatures_of(note, [WITNESS.verifier]) == []


@pytest.mark.parametrize("time_s", [-1, TIME_S_MAX + 1])
def test_a_time_that_is_none_is_not_signed(time_s: int) -> None:
    with pytest.raises(ValueError, match="not a POSIX time"):
        WITNESS.line(TEXT, time_s)
