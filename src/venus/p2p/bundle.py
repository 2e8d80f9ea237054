"""The file that a dispute is carried in: frames with their proofs, chat, texts, and who stands by it.

Source: docs/rules/p2p_bundle.md. Bytes are base64 with padding, hashes of texts and files hex; times are nanoseconds,
but of messages.
"""

from base64 import b64encode
from hashlib import sha256
from typing import Any

import msgspec

from venus.p2p.chat import Message

FORMAT = "venus/p2p-bundle/1"
BUNDLE_BYTES_MAX = 64 << 20


class BundleRefused(Exception):
    """The file is no bundle of this format."""


class _Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="camel"):
    """A part of the file; every field stands there."""


class FrameProof(_Shape, frozen=True):
    """A frame of the journal, and the way from it to the checkpoint's root.

    frame  its header and payload; its hash is theirs
    path   audit path, lowest first [RFC 6962, 2.1.1]
    """

    number: int
    frame: str
    path: tuple[str, ...]


class AssetTold(_Shape, frozen=True):
    asset: int
    code: str
    scale: int


class PersonTold(_Shape, frozen=True):
    """Whose an account is: a number, of which the exchange alone knows more."""

    account: int
    person: int


class SeatTold(_Shape, frozen=True):
    """A seat whose approval is in the frames."""

    institution: int
    seat: int
    person: int
    role: int
    scheme: int
    key: str
    from_ns: int
    until_ns: int


class InstitutionTold(_Shape, frozen=True):
    institution: int
    name: str
    quorum: int


class TimerTold(_Shape, frozen=True):
    """When a clock of an order ran out: the time of the first frame that was not before it.

    act        as records/p2p_states.py names it; SEIZE: a lawful order took what was in escrow
    is_frozen  nothing could leave who held it, so that silence decided nothing
    """

    order: int
    act: str
    time_ns: int
    is_frozen: bool


class RelockTold(_Shape, frozen=True):
    """How many atoms were free to be locked again."""

    order: int
    atoms: int


class Told(_Shape, frozen=True):
    """What the exchange adds to the commands and stands by with its signature.

    exchange       digest that approvals are signed for (records/approvals.py), with the two texts that passkeys need
    maker_fee_ppm  of the advert, as its maker last wrote it
    arbiter        institution that judged: of the order's terms, or of later ones
    """

    exchange: str
    relying_party: str
    page_origin: str
    maker_fee_ppm: int
    arbiter: int
    assets: tuple[AssetTold, ...]
    persons: tuple[PersonTold, ...]
    institutions: tuple[InstitutionTold, ...]
    seats: tuple[SeatTold, ...]
    timers: tuple[TimerTold, ...]
    relocked: tuple[RelockTold, ...]


class Declared(_Shape, frozen=True):
    """An account that was declared for paying or being paid at, masked; `hash` is what the order has."""

    party: str
    method: str
    name: str
    number: str
    hash: str


class FileTold(_Shape, frozen=True):
    """A file that chat, evidence or a command names. The file itself is not in the bundle."""

    hash: str
    type: str
    bytes: int


class Bundle(_Shape, frozen=True):
    """All of it.

    verifier    the journal's public key, to be compared with the one that was told elsewhere
    checkpoint  its signed note, as the journal has it
    frames      of the commands that were obeyed, in the journal's order
    chat        of the order, then of the one that locked it again
    texts       what people wrote, in its one encoding (venus.p2p.texts), by its hash
    signature   the receipts key's note over everything else here, and the delegation of that key
    """

    format: str
    order: int
    verifier: str
    checkpoint: str
    frames: tuple[FrameProof, ...]
    told: Told
    chat: tuple[Message, ...]
    texts: dict[str, str]
    files: tuple[FileTold, ...]
    declared: tuple[Declared, ...]
    signature: str


def canonical(value: Any) -> bytes:
    """JSON of which there is one: keys in order, nothing between, UTF-8."""
    return msgspec.json.encode(value, order="sorted")


def signed_text(bundle: Bundle) -> str:
    """The text of the note by which the exchange stands by a bundle."""
    bare = canonical(msgspec.structs.replace(bundle, signature=""))
    return f"{FORMAT}\norder {bundle.order}\nsha256 {b64encode(sha256(bare).digest()).decode()}\n"


def encode_bundle(bundle: Bundle) -> bytes:
    return canonical(bundle) + b"\n"


def decode_bundle(data: bytes) -> Bundle:
    """Raises BundleRefused for what is none, and for one that is written in another way."""
    if len(data) > BUNDLE_BYTES_MAX:
        raise BundleRefused(f"it has more than {BUNDLE_BYTES_MAX >> 20} MiB")
    try:
        bundle = msgspec.json.decode(data, type=Bundle)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BundleRefused(f"it is no dispute bundle: {error}") from error
    if bundle.format != FORMAT:
        raise BundleRefused(f"its format is {bundle.format!r}, not {FORMAT!r}")
    if encode_bundle(bundle) != data:
        raise BundleRefused("it is not written as a bundle is: keys in order, no spaces, nothing twice, one newline")
    return bundle
