"""What people write in the market, in one encoding, whose hash the journal's commands carry. docs/rules/p2p_conduct.md.

Every text is JSON with all its fields, their names sorted, no spaces, UTF-8, strings in Unicode's composed form (NFC):
so two programs that hold the same text find the same hash.
"""

import re
import unicodedata
from hashlib import sha256
from typing import Any, TypeVar

import msgspec

TERMS_CHARS_MAX = 1_000
REPLY_CHARS_MAX = 500
FIELD_CHARS_MAX = 128
EVIDENCE_CHARS_MAX = 2_000
GROUNDS_CHARS_MAX = 4_000
FILES_MAX = 10
COUNTRIES_MAX = 64

_COUNTRY = re.compile(r"[A-Z]{2}\Z")
_HASH = re.compile(r"[0-9a-f]{64}\Z")
_SALT = re.compile(r"[0-9a-f]{32}\Z")


class BadText(ValueError):
    """Too long, with characters that cannot be shown, or not of its form; says which."""


class _Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Something people wrote."""


class Requirements(_Text, frozen=True):
    """What a taker must be; None: it does not matter."""

    min_completion_percent: int | None = None  # 1..100, of the last 30 days
    min_orders: int | None = None  # completed in the last 30 days
    min_days: int | None = None  # since he joined
    first_time_fiat_max: int | None = None  # minor units, for who never traded with this maker
    countries: tuple[str, ...] | None = None  # ISO 3166-1, of the verified identity


class AdvertText(_Text, frozen=True):
    """What an advert says besides its numbers."""

    terms: str
    auto_reply: str
    requirements: Requirements


class PaymentAccount(_Text, frozen=True):
    """Where somebody pays from or is paid at. The salt keeps who only has the hash from trying numbers."""

    method: str  # key of packs/p2p_methods
    name: str  # of its holder
    number: str
    bank: str
    branch: str
    qr_file: str  # hash of a picture as hex; or empty
    salt: str  # 16 random bytes as hex


class Evidence(_Text, frozen=True):
    """What a party brings before the arbiter."""

    order: str
    by: str  # BUYER or SELLER
    text: str
    files: tuple[str, ...]  # hashes as hex


class Grounds(_Text, frozen=True):
    """Why the arbiter decides so."""

    order: str
    text: str


Written = TypeVar("Written", AdvertText, PaymentAccount, Evidence, Grounds)


def encoded(text: _Text) -> bytes:
    """The one encoding of a text that `checked` let through."""
    return msgspec.json.encode(text, order="sorted")


def decoded(content: bytes, kind: type[Written]) -> Written:
    """Of an encoding. Raises BadText, also for one that says the same in other bytes."""
    try:
        text = msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadText(str(error)) from None
    if encoded(checked(text)) != content:
        raise BadText("not in the one encoding")
    return text


def text_hash(content: bytes) -> bytes:
    """The 32 bytes that stand in a command."""
    return sha256(content).digest()


def checked(text: Written) -> Written:
    """The same text in NFC, without space around it. Raises BadText."""
    changes: dict[str, Any] = {}
    match text:
        case AdvertText():
            changes = _advert_changes(text)
        case PaymentAccount():
            changes = _account_changes(text)
        case Evidence():
            changes = _evidence_changes(text)
        case Grounds():
            if not text.text.strip():
                raise BadText("text: empty")
            changes = {"text": plain_lines("text", text.text, GROUNDS_CHARS_MAX)}
    return msgspec.structs.replace(text, **changes)


def plain_lines(name: str, text: str, chars_max: int) -> str:
    """A text of some lines in NFC, without what cannot be shown. Raises BadText."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
    if len(composed) > chars_max:
        raise BadText(f"{name}: {len(composed)} characters, at most {chars_max}")
    for char in composed:
        if char != "\n" and not _can_be_shown(char):
            raise BadText(f"{name}: U+{ord(char):04X} cannot be shown")
    return composed


def _advert_changes(text: AdvertText) -> dict[str, Any]:
    _check_requirements(text.requirements)
    countries = text.requirements.countries
    return {
        "terms": plain_lines("terms", text.terms, TERMS_CHARS_MAX),
        "auto_reply": plain_lines("autoReply", text.auto_reply, REPLY_CHARS_MAX),
        "requirements": msgspec.structs.replace(
            text.requirements, countries=None if countries is None else tuple(sorted(countries))
        ),
    }


def _account_changes(text: PaymentAccount) -> dict[str, Any]:
    if not _SALT.match(text.salt):
        raise BadText("salt: 16 bytes as hex")
    if text.qr_file and not _HASH.match(text.qr_file):
        raise BadText("qrFile: a file's hash as hex")
    lines = {name: _line(name, getattr(text, name)) for name in ("method", "name", "number", "bank", "branch")}
    if not lines["method"] or not lines["name"]:
        raise BadText("a payment account has a method and its holder's name")
    return lines


def _evidence_changes(text: Evidence) -> dict[str, Any]:
    if text.by not in ("BUYER", "SELLER"):
        raise BadText("by: BUYER or SELLER")
    _check_files(text.files)
    if not text.text.strip() and not text.files:
        raise BadText("evidence has a text or a file")
    return {"text": plain_lines("text", text.text, EVIDENCE_CHARS_MAX)}


def _line(name: str, text: str) -> str:
    line = plain_lines(name, text, FIELD_CHARS_MAX)
    if "\n" in line:
        raise BadText(f"{name}: one line")
    return line


def _can_be_shown(char: str) -> bool:
    """Neither control nor a mark that turns the direction of what follows, by which a text could say two things."""
    category = unicodedata.category(char)
    # Joiners make emoji and some scripts what they are.
    return category not in ("Cc", "Cs", "Cn", "Co") and (category != "Cf" or char in "\u200c\u200d")


def _check_requirements(asked: Requirements) -> None:
    if asked.min_completion_percent is not None and not 1 <= asked.min_completion_percent <= 100:
        raise BadText("minCompletionPercent: 1..100")
    for name, figure in (("minOrders", asked.min_orders), ("minDays", asked.min_days)):
        if figure is not None and not 1 <= figure <= 100_000:
            raise BadText(f"{name}: 1..100000")
    if asked.first_time_fiat_max is not None and not 1 <= asked.first_time_fiat_max <= 2**62:
        raise BadText("firstTimeFiatMax: above 0")
    if asked.countries is not None:
        if not 1 <= len(asked.countries) <= COUNTRIES_MAX or len(set(asked.countries)) != len(asked.countries):
            raise BadText(f"countries: 1..{COUNTRIES_MAX}, none twice")
        if not all(_COUNTRY.match(country) for country in asked.countries):
            raise BadText("countries: two letters each, A-Z")


def _check_files(files: tuple[str, ...]) -> None:
    if len(files) > FILES_MAX or len(set(files)) != len(files):
        raise BadText(f"files: at most {FILES_MAX}, none twice")
    if not all(_HASH.match(file) for file in files):
        raise BadText("files: hashes as hex")
