"""Signed notes and checkpoints: a short text that says what the journal is, and who stands by it.

Source: C2SP signed-note and tlog-checkpoint; docs/rules/journal.md, "Checkpoint".
"""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import ClassVar, NamedTuple, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_KEY_ID_BYTES = 4
_HASH_BYTES = 32
_SIGNATURES_MAX = 100
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f]")
_BAD_NAME = re.compile(r"[\s+]")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class NoteRefused(Exception):
    """A note that is malformed, or that no trusted key stands by, or one that a trusted key did not sign."""


def base64_bytes(text: str) -> bytes:
    """The bytes of a base64 text; raises NoteRefused unless it is the one text of them."""
    try:
        data = b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteRefused(f"not base64: {text!r}") from error
    if b64encode(data).decode() != text:
        raise NoteRefused(f"not the canonical base64: {text!r}")
    return data


def _check_name(name: str) -> None:
    if not name or _BAD_NAME.search(name) or _CONTROL.search(name):
        raise ValueError(f"a key name has no spaces and no plus: {name!r}")


class Verifier:
    """A public key under a name: whom to believe."""

    signature_type: ClassVar[bytes] = b"\x01"  # a plain Ed25519 signature over the text

    def __init__(self, name: str, key: Ed25519PublicKey) -> None:
        _check_name(name)
        self.name = name
        self._key = key
        self.key_bytes = key.public_bytes_raw()
        self.key_id = sha256(self._hashed()).digest()[:_KEY_ID_BYTES]

    def _hashed(self) -> bytes:
        return self.name.encode() + b"\n" + self.signature_type + self.key_bytes

    def text(self) -> str:
        """The key on one line, `<name>+<key id, hex>+<base64 of type and key>`, as auditors exchange it."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(self.signature_type + self.key_bytes).decode()}"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Raises NoteRefused for a line that is malformed, of another type, or whose key id is not its key's."""
        name, _, rest = text.partition("+")
        key_id, _, key = rest.partition("+")
        data = base64_bytes(key)
        if data[:1] != cls.signature_type or len(data) != 1 + _HASH_BYTES:
            raise NoteRefused(f"not an Ed25519 key of signature type {cls.signature_type.hex()}")
        try:
            verifier = cls(name, Ed25519PublicKey.from_public_bytes(data[1:]))
        except ValueError as error:
            raise NoteRefused(str(error)) from error
        if verifier.key_id.hex() != key_id:
            raise NoteRefused(f"the key id of {name} is {verifier.key_id.hex()}, not {key_id}")
        return verifier

    def holds(self, text: str, signature: bytes) -> bool:
        """Whether this is the key's signature over a note's text."""
        return self.signed(signature, text.encode())

    def signed(self, signature: bytes, message: bytes) -> bool:
        """Whether this is the key's Ed25519 signature over these very bytes."""
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


class Signer:
    """A private key under a name."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.verifier = Verifier(name, key.public_key())

    def line(self, text: str) -> str:
        """The signature line over a note's text."""
        return signature_line(self.verifier, self._key.sign(text.encode()))


def signature_line(verifier: Verifier, signature: bytes) -> str:
    """A line that says that this key made this signature."""
    return f"— {verifier.name} {b64encode(verifier.key_id + signature).decode()}\n"


class Note(NamedTuple):
    """A note whose signatures were checked; `signed_by` are the names of the trusted keys that signed it."""

    text: str
    signed_by: tuple[str, ...]


def sign_note(text: str, signers: Sequence[Signer]) -> bytes:
    """The signed note as bytes; raises ValueError for a text that a note cannot carry."""
    if not text.endswith("\n") or _CONTROL.search(text):
        raise ValueError("the text of a note ends in a newline and has no other control characters")
    return (text + "\n" + "".join(signer.line(text) for signer in signers)).encode()


def add_signature(note: bytes, signer: Signer) -> bytes:
    """The same note with one more signature line: how another party joins in."""
    return note + signer.line(text_of(note)).encode()


def open_note(note: bytes, verifiers: Sequence[Verifier]) -> Note:
    """Check a note; raises NoteRefused unless a trusted key signed it and every trusted signature holds."""
    trusted = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    text = text_of(note)
    signed_by: list[str] = []
    for signature in signatures_of(note):
        verifier = trusted.get((signature.name, signature.key_id))
        if verifier is None:
            continue
        if not verifier.holds(text, signature.signature):
            raise NoteRefused(f"the signature of {signature.name} does not hold")
        if signature.name not in signed_by:
            signed_by.append(signature.name)
    if not signed_by:
        raise NoteRefused("no trusted key signed it")
    return Note(text, tuple(signed_by))


class NoteSignature(NamedTuple):
    """A signature line, read and not checked."""

    name: str
    key_id: bytes
    signature: bytes
    line: str  # with its newline


def text_of(note: bytes) -> str:
    """The text of a note, whoever signed it; raises NoteRefused if it is malformed."""
    return _split(note)[0]


def signatures_of(note: bytes) -> list[NoteSignature]:
    """The signature lines of a note, none of them checked; raises NoteRefused for one that is malformed."""
    found = []
    for line in _split(note)[1]:
        dash, _, rest = line.partition(" ")
        name, space, encoded = rest.partition(" ")
        if dash != "—" or not space or not name or _BAD_NAME.search(name):
            raise NoteRefused(f"not a signature line: {line!r}")
        data = base64_bytes(encoded)
        if len(data) <= _KEY_ID_BYTES:
            raise NoteRefused(f"an empty signature: {line!r}")
        found.append(NoteSignature(name, data[:_KEY_ID_BYTES], data[_KEY_ID_BYTES:], line + "\n"))
    return found


def _split(note: bytes) -> tuple[str, list[str]]:
    """Text and signature lines of a note; the last empty line parts them."""
    try:
        whole = note.decode()
    except UnicodeDecodeError as error:
        raise NoteRefused("not UTF-8") from error
    if _CONTROL.search(whole):
        raise NoteRefused("a control character")
    head, parted, tail = whole.rpartition("\n\n")
    if not parted or not tail.endswith("\n"):
        raise NoteRefused("no signatures")
    lines = tail[:-1].split("\n")
    if len(lines) > _SIGNATURES_MAX:
        raise NoteRefused(f"more than {_SIGNATURES_MAX} signatures")
    return head + "\n", lines


Figure = tuple[int, bytes]
"""(frames, root): what was true after so many frames, at most as many as the checkpoint covers."""
_FIGURES = ("state", "liabilities", "supply")


class Checkpoint(NamedTuple):
    """What the journal and the exchange were after `frames` frames.

    root         Merkle root over the hashes of those frames
    events       event chain after the last of them
    state        (frames, state root), if one was taken
    liabilities  (frames, root of what customers are owed)
    supply       (frames, root of what is issued and what backs it)
    other        further extension lines, as they are
    """

    origin: str
    frames: int
    root: bytes
    events: bytes
    state: Figure | None = None
    liabilities: Figure | None = None
    supply: Figure | None = None
    other: tuple[str, ...] = ()

    def text(self) -> str:
        """The note's text; raises ValueError for lines that it cannot carry."""
        lines = [self.origin, str(self.frames), b64encode(self.root).decode()]
        lines.append(f"events {b64encode(self.events).decode()}")
        for word, figure in zip(_FIGURES, (self.state, self.liabilities, self.supply), strict=True):
            if figure is not None:
                lines.append(f"{word} {figure[0]} {b64encode(figure[1]).decode()}")
        lines.extend(self.other)
        if any(not line or "\n" in line or _CONTROL.search(line) for line in lines) or self.frames < 0:
            raise ValueError("an empty line, a control character or a negative size")
        return "\n".join(lines) + "\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Raises NoteRefused for a text that is not a checkpoint with an `events` line."""
    if not text.endswith("\n"):
        raise NoteRefused("the text does not end in a newline")
    lines = text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise NoteRefused("fewer than three lines, or an empty one")
    origin, size, root, *extensions = lines
    events: bytes | None = None
    figures: dict[str, Figure] = {}
    other: list[str] = []
    for line in extensions:
        word, _, rest = line.partition(" ")
        if word == "events" and events is None:
            events = _hash(rest)
        elif word in _FIGURES and word not in figures:
            frames, _, figure_root = rest.partition(" ")
            figures[word] = (_size(frames), _hash(figure_root))
        else:
            other.append(line)
    if events is None:
        raise NoteRefused("no line says what the event chain is")
    return Checkpoint(origin, _size(size), _hash(root), events, **figures, other=tuple(other))


def _size(text: str) -> int:
    if not _SIZE.fullmatch(text):
        raise NoteRefused(f"not a size: {text!r}")
    return int(text)


def _hash(text: str) -> bytes:
    data = base64_bytes(text)
    if len(data) != _HASH_BYTES:
        raise NoteRefused(f"not a hash: {text!r}")
    return data
