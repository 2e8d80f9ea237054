"""A merchant's request for a payment as a line of text and as its QR picture. Source: docs/rules/payment_requests.md.

venus-pay:1?to=2002&asset=dCNY&amount=12.50&ref=order-77&until=1795748400&name=Tea+House
"""

import io
import re
from urllib.parse import parse_qsl, quote_plus

import msgspec
import segno

from venus.units import ATOMS_MAX, OffGrid, decimal, steps

TEXT_CHARS_MAX = 600
_PREFIX = "venus-pay:1?"
_NUMBER = re.compile(r"0|[1-9][0-9]{0,9}")
_ASSET = re.compile(r"[A-Za-z0-9]{1,16}")
_REFERENCE = re.compile(r"[A-Za-z0-9._-]{1,36}")
_SECONDS = re.compile(r"[1-9][0-9]{0,11}")
_ACCOUNT_MAX = 2**32 - 1
_WORDS_MAX = 64
_NAMES = ("to", "asset", "amount", "ref", "until", "name", "note")
_NEEDED = ("to", "asset", "ref")


class BadRequest(ValueError):
    """Text that is no request for a payment; says why."""


class PaymentRequest(msgspec.Struct, frozen=True):
    """`amount` is decimal text, so that who reads it needs no scale; empty: the payer says how much.
    `until_s` is Unix time; 0: no end."""

    to: int
    asset: str
    reference: str
    amount: str = ""
    until_s: int = 0
    name: str = ""
    note: str = ""

    def atoms(self, scale: int) -> int:
        """Raises BadRequest where the amount is finer than the asset, or none is said."""
        try:
            return steps(self.amount, scale)
        except OffGrid:
            raise BadRequest(f"the amount is not one of an asset with {scale} decimals: {self.amount}") from None


def request(
    to: int, asset: str, reference: str, atoms: int, scale: int, *, until_s: int = 0, name: str = ""
) -> PaymentRequest:
    """A request for so many atoms; 0: the payer says how much. Raises BadRequest."""
    amount = _short(decimal(atoms, scale)) if atoms else ""
    made = PaymentRequest(to=to, asset=asset, reference=reference, amount=amount, until_s=until_s, name=name)
    return parse(text_of(made))


def text_of(one: PaymentRequest) -> str:
    values = (
        str(one.to),
        one.asset,
        one.amount,
        one.reference,
        str(one.until_s) if one.until_s else "",
        one.name,
        one.note,
    )
    pairs = zip(_NAMES, values, strict=True)
    return _PREFIX + "&".join(f"{name}={quote_plus(value, safe='')}" for name, value in pairs if value)


def parse(text: str) -> PaymentRequest:
    """Exactly what `text_of` writes. Raises BadRequest."""
    if len(text) > TEXT_CHARS_MAX:
        raise BadRequest("the text is too long")
    if not text.startswith(_PREFIX):
        raise BadRequest(f"a request begins with {_PREFIX}")
    try:
        pairs = parse_qsl(text.removeprefix(_PREFIX), keep_blank_values=True, strict_parsing=True, errors="strict")
    except (ValueError, UnicodeDecodeError):
        raise BadRequest("the text cannot be taken apart") from None
    found = dict(pairs)
    unknown = found.keys() - set(_NAMES)
    if unknown or len(found) != len(pairs):
        raise BadRequest(f"a name is unknown or there twice: {', '.join(sorted(unknown)) or text}")
    missing = [name for name in _NEEDED if name not in found]
    if missing:
        raise BadRequest(f"this is missing: {', '.join(missing)}")
    one = PaymentRequest(
        to=int(_matched(found, "to", _NUMBER)),
        asset=_matched(found, "asset", _ASSET),
        reference=_matched(found, "ref", _REFERENCE),
        amount=_amount(found.get("amount", "")),
        until_s=int(_matched(found, "until", _SECONDS) or 0),
        name=_words(found, "name"),
        note=_words(found, "note"),
    )
    if one.to > _ACCOUNT_MAX:
        raise BadRequest("there is no such account")
    if text_of(one) != text:
        raise BadRequest("the text is not written as it must be")
    return one


def picture(one: PaymentRequest, kind: str = "svg", *, scale: int = 4) -> bytes:
    """The QR code, level M; kind is svg or png, scale the pixels a module."""
    return qr_picture(text_of(one), kind, scale=scale)


def qr_picture(text: str, kind: str, *, scale: int = 4) -> bytes:
    """Any text's QR code, level M. Raises ValueError for another kind, and for text that no QR code holds."""
    if kind not in ("svg", "png"):
        raise ValueError(f"a picture is svg or png, not {kind}")
    out = io.BytesIO()
    segno.make_qr(text, error="m").save(out, kind=kind, scale=scale, border=4)
    return out.getvalue()


def _short(amount: str) -> str:
    return amount.rstrip("0").removesuffix(".") if "." in amount else amount


def _amount(text: str) -> str:
    """Decimal text without needless zeros, above nothing and below what any balance can be."""
    if text == "":
        return ""
    whole, _, fraction = text.partition(".")
    try:
        atoms = steps(text, len(fraction))
    except OffGrid:
        raise BadRequest(f"the amount is no decimal number: {text}") from None
    if not 1 <= atoms <= ATOMS_MAX or text != _short(text) or (len(whole) > 1 and whole[0] == "0"):
        raise BadRequest(f"the amount is out of range, or not written as it must be: {text}")
    return text


def _matched(found: dict[str, str], name: str, pattern: re.Pattern[str]) -> str:
    """Empty if it is not there."""
    text = found.get(name)
    if text is None:
        return ""
    if not pattern.fullmatch(text):
        raise BadRequest(f"{name} is not of its form: {text}")
    return text


def _words(found: dict[str, str], name: str) -> str:
    text = found.get(name, "")
    if len(text) > _WORDS_MAX or not text.isprintable():
        raise BadRequest(f"{name} is too long, or holds what cannot be shown")
    return text
