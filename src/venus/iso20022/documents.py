"""XML of messages: read without trusting it, written in the schema's order. Source: docs/rules/iso20022.md."""

from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

import msgspec
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from venus.iso20022.schema import NAMESPACE, SchemaBreach, check
from venus.units import OffGrid, decimal, steps

BYTES_MAX = 4 << 20
ELEMENTS_MAX = 200_000
_PREFIX_MAX = 64


class BadDocument(ValueError):
    """A document that is not taken; says why. `code` is the reason's ISO 20022 external code, as pacs.002 tells it."""

    def __init__(self, why: str, code: str = "FF01") -> None:
        super().__init__(why)
        self.code = code


class Money(msgspec.Struct, frozen=True):
    """What amounts are in: the ISO 4217 code, and how many decimals an atom has."""

    currency: str
    scale: int

    def text(self, atoms: int) -> str:
        return decimal(atoms, self.scale)

    def atoms(self, element: Element) -> int:
        """Of an amount with its Ccy; at least 1. Raises BadDocument."""
        return self.atoms_of(element.text or "", element.get("Ccy", ""))

    def atoms_of(self, text: str, currency: str) -> int:
        if currency != self.currency:
            raise BadDocument(f"an amount is in {currency[:3]}, not in {self.currency}", "AM03")
        try:
            atoms = steps(text.strip(), self.scale)
        except OffGrid:
            raise BadDocument(f"an amount has more than {self.scale} decimals: {text[:40]}", "AM12") from None
        if atoms < 1:
            raise BadDocument("an amount is nothing", "AM01")
        return atoms


class Document:
    """A message that was read: leaves by path, without prefixes."""

    def __init__(self, name: str, root: Element) -> None:
        self.name = name
        self._space = f"{{{NAMESPACE}{name}}}"
        self.root = root

    def _path(self, path: str) -> str:
        return "/".join(self._space + part for part in path.split("/"))

    def all(self, at: Element, path: str) -> list[Element]:
        return at.findall(self._path(path))

    def one(self, at: Element, path: str) -> Element | None:
        return at.find(self._path(path))

    def text(self, at: Element, *paths: str) -> str:
        """Of the first of these that is there; else empty."""
        for path in paths:
            found = self.one(at, path)
            if found is not None and found.text:
                return found.text.strip()
        return ""


def read(data: bytes, *names: str) -> Document:
    """One of these messages, checked against its schema. Raises BadDocument.

    No DTD, no entity, nothing from outside, no more than 4 MiB.
    """
    if len(data) > BYTES_MAX:
        raise BadDocument("the document is larger than 4 MiB")
    try:
        root = fromstring(data, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException:
        raise BadDocument("the document has a DTD or an entity, which is not taken") from None
    except (ParseError, ValueError, LookupError) as error:
        raise BadDocument(f"the document is no XML: {error}") from None
    tag = str(root.tag)
    name = next((name for name in names if tag == f"{{{NAMESPACE}{name}}}Document"), "")
    if not name:
        raise BadDocument(f"the document is none of {', '.join(names)}: {tag[:_PREFIX_MAX]}")
    if sum(1 for _ in root.iter()) > ELEMENTS_MAX:
        raise BadDocument(f"the document has more than {ELEMENTS_MAX} elements")
    try:
        check(root, name)
    except SchemaBreach as error:
        raise BadDocument(str(error)) from None
    return Document(name, root)


Leaf = tuple[str, str | int]
"""A path from the message's element on, a part per level; and the text there. `@Ccy` at the end is an attribute; a part
that begins with `+` opens an element anew."""


def under(path: str, leaves: Iterable[Leaf]) -> Iterator[Leaf]:
    """Leaves of one element, the last of the path, that is opened anew for them."""
    *before, name = path.split("/")
    opens = "+"
    for leaf, text in leaves:
        if text != "":
            yield "/".join([*before, opens + name, leaf]), text
            opens = ""


def write(name: str, message: str, leaves: Iterable[Leaf]) -> bytes:
    """A Document with this message element, as UTF-8; leaves without text are left out. Raises BadDocument."""
    root = Element("Document", {"xmlns": NAMESPACE + name})
    top = SubElement(root, message)
    for path, value in leaves:
        if value != "":
            _put(top, path.split("/"), str(value))
    data: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    read(data, name)
    return data


def _put(at: Element, path: list[str], text: str) -> None:
    for part in path:
        if part.startswith("@"):
            at.set(part[1:], text)
            return
        tag = part.lstrip("+")
        last = at[-1] if len(at) else None
        at = last if last is not None and last.tag == tag and not part.startswith("+") else SubElement(at, tag)
    at.text = text
