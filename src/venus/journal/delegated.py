"""Notes by the receipts key, carried together with the note by which the journal's key says that it is that one.

So whoever has the journal's public key can check them, also when the exchange says nothing any more. Source:
docs/rules/receipts.md.
"""

from venus.journal.notes import NoteRefused, Signer, Verifier, open_note, sign_note

DELEGATION = "venus/delegation"
"""First line of a delegation."""
_NOTES_PARTS = 4  # text and signatures, twice


def delegate(receipts: Verifier, journal: Signer) -> bytes:
    """The note by which the journal's key says which key signs receipts."""
    return sign_note(f"{DELEGATION}\n{receipts.text()}\n", [journal])


def sign_delegated(text: str, signer: Signer, delegation: bytes) -> bytes:
    """A note of this text, and the delegation of its key behind an empty line."""
    return sign_note(text, [signer]) + b"\n" + delegation


def open_delegated(data: bytes, journal: Verifier) -> str:
    """The text of the first note, both being checked with the journal's public key; raises NoteRefused."""
    parts = data.split(b"\n\n")
    if len(parts) != _NOTES_PARTS:
        raise NoteRefused("it is not two notes with an empty line between them")
    delegation = open_note(parts[2] + b"\n\n" + parts[3], [journal])
    lines = delegation.text.splitlines()
    if len(lines) != 2 or lines[0] != DELEGATION:
        raise NoteRefused("the second note is no delegation")
    return open_note(parts[0] + b"\n\n" + parts[1] + b"\n", [Verifier.from_text(lines[1])]).text
