"""Whether an XML tree is what a message's schema allows. Source: docs/rules/iso20022.md, "The schema".

The schemas are those of pyiso20022: classes made from the published ones, with every field's name, place, number and
facets. What they do not say themselves follows from how ISO 20022 writes schemas: a type is a sequence in the order of
its fields, and a choice if its name ends so.
"""

import dataclasses
import re
import types
import typing
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

from xsdata.models.datatype import XmlDate, XmlDateTime, XmlPeriod, XmlTime

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
_SCHEMA_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
_LOCATIONS = {_SCHEMA_INSTANCE + "schemaLocation", _SCHEMA_INSTANCE + "noNamespaceSchemaLocation"}
_SPACE = " \t\r\n"
_LEXICAL: dict[Any, Callable[[str], object]] = {
    XmlDate: XmlDate.from_string,
    XmlDateTime: XmlDateTime.from_string,
    XmlTime: XmlTime.from_string,
    XmlPeriod: XmlPeriod,
}
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_OCCURS_MAX = 10**9


class SchemaBreach(ValueError):
    """Says where, and what is wrong there."""


class _Field(NamedTuple):
    name: str
    what: str  # "Element", "Attribute", "Wildcard", or "" for the text itself
    type: Any
    least: int
    most: int
    facets: Mapping[str, Any]


@cache
def document_class(name: str) -> type:
    """Of a message by its name, such as pacs.008.001.08; raises LookupError if there is none."""
    group, _, _ = name.partition(".")
    module = name.replace(".", "_")
    try:
        return import_module(f"pyiso20022.{group}.{module}").Document
    except ImportError:
        raise LookupError(name) from None


def check(root: Element, name: str) -> None:
    """Raises SchemaBreach unless `root` is a Document of this message."""
    if root.tag != f"{{{NAMESPACE}{name}}}Document":
        raise SchemaBreach(f"this is no Document of {name}")
    _check_element(root, document_class(name), f"{{{NAMESPACE}{name}}}", "Document")


@cache
def _fields_of(cls: type) -> tuple[_Field, ...]:
    hints = typing.get_type_hints(cls)
    found = []
    for field in dataclasses.fields(cls):
        facets, type_ = field.metadata, hints[field.name]
        many = typing.get_origin(type_) is list
        if many:
            [type_] = typing.get_args(type_)
        elif isinstance(type_, types.UnionType):
            [type_] = [one for one in typing.get_args(type_) if one is not type(None)]
        least = facets.get("min_occurs", 1 if facets.get("required") else 0)
        most = facets.get("max_occurs", _OCCURS_MAX if many else 1)
        found.append(_Field(facets.get("name", field.name), facets.get("type", ""), type_, least, most, facets))
    return tuple(found)


def _check_element(element: Element, cls: type, space: str, path: str) -> None:
    fields = _fields_of(cls)
    _check_attributes(element, fields, path)
    text = [field for field in fields if field.what == ""]
    if text:
        if len(element):
            raise SchemaBreach(f"{path} holds elements, where there must be text")
        _check_value(element.text or "", text[0], path)
        return
    if any((part or "").strip(_SPACE) for part in (element.text, *(child.tail for child in element))):
        raise SchemaBreach(f"{path} holds text between its elements")
    if any(field.what == "Wildcard" for field in fields):
        return  # SupplementaryData: whatever two parties agreed on
    _check_children(element, [field for field in fields if field.what == "Element"], cls, space, path)


def _check_attributes(element: Element, fields: tuple[_Field, ...], path: str) -> None:
    known = {field.name: field for field in fields if field.what == "Attribute"}
    for name, value in element.attrib.items():
        if name in known:
            _check_value(value, known[name], f"{path}@{name}")
        elif name not in _LOCATIONS:
            raise SchemaBreach(f"{path} has an attribute that is unknown there: {name}")
    for name, field in known.items():
        if field.least and name not in element.attrib:
            raise SchemaBreach(f"{path} lacks its attribute {name}")


def _check_children(element: Element, fields: list[_Field], cls: type, space: str, path: str) -> None:
    places = {space + field.name: place for place, field in enumerate(fields)}
    counts = [0] * len(fields)
    latest = 0
    for child in element:
        place = places.get(child.tag, -1)
        name = str(child.tag).removeprefix(space)
        if place < 0:
            raise SchemaBreach(f"{path} holds an element that is unknown there: {name}")
        if place < latest:
            raise SchemaBreach(f"{path}/{name} is not in its place")
        latest = place
        counts[place] += 1
        if counts[place] > fields[place].most:
            raise SchemaBreach(f"{path}/{name} is there too often")
        field = fields[place]
        if dataclasses.is_dataclass(field.type):
            _check_element(child, typing.cast(type, field.type), space, f"{path}/{name}")
        else:
            _check_simple(child, field, f"{path}/{name}")
    if cls.__name__.endswith("Choice"):
        if sum(count > 0 for count in counts) != 1:
            raise SchemaBreach(f"{path} must hold exactly one of {', '.join(field.name for field in fields)}")
        return
    for field, count in zip(fields, counts, strict=True):
        if count < field.least:
            raise SchemaBreach(f"{path} lacks {field.name}")


def _check_simple(element: Element, field: _Field, path: str) -> None:
    if len(element):
        raise SchemaBreach(f"{path} holds elements, where there must be text")
    for name in element.attrib:
        if name not in _LOCATIONS:
            raise SchemaBreach(f"{path} has an attribute that is unknown there: {name}")
    _check_value(element.text or "", field, path)


def _check_value(text: str, field: _Field, path: str) -> None:
    type_, facets = field.type, field.facets
    if type_ is str:
        if not facets.get("min_length", 0) <= len(text) <= facets.get("max_length", len(text)):
            raise SchemaBreach(f"{path} has {len(text)} characters, which is too few or too many")
        if "pattern" in facets and not re.fullmatch(facets["pattern"], text):
            raise SchemaBreach(f"{path} is not of the form {facets['pattern']}")
    elif type_ is Decimal:
        _check_decimal(text.strip(_SPACE), facets, path)
    elif type_ is bool:
        if text.strip(_SPACE) not in ("true", "false", "0", "1"):
            raise SchemaBreach(f"{path} is neither true nor false")
    elif isinstance(type_, type) and issubclass(type_, Enum):
        if text not in {one.value for one in type_}:
            raise SchemaBreach(f"{path} is none of its codes")
    elif type_ in _LEXICAL:
        try:
            _LEXICAL[type_](text.strip(_SPACE))
        except ValueError:
            raise SchemaBreach(f"{path} is no {type_.__name__.removeprefix('Xml').lower()}") from None
    elif type_ is bytes:
        if not re.fullmatch(r"[A-Za-z0-9+/=\s]*", text):
            raise SchemaBreach(f"{path} is no base64")
    else:
        raise AssertionError(f"{path}: {type_}")


def _check_decimal(text: str, facets: Mapping[str, Any], path: str) -> None:
    if not _DECIMAL.fullmatch(text):
        raise SchemaBreach(f"{path} is no number")
    whole, _, fraction = text.lstrip("+-").partition(".")
    whole, fraction = whole.lstrip("0"), fraction.rstrip("0")
    if len(fraction) > facets.get("fraction_digits", len(fraction)):
        raise SchemaBreach(f"{path} has more decimals than it may")
    if len(whole) + len(fraction) > facets.get("total_digits", len(whole) + len(fraction)):
        raise SchemaBreach(f"{path} has more digits than it may")
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise SchemaBreach(f"{path} is no number") from None
    if "min_inclusive" in facets and value < facets["min_inclusive"]:
        raise SchemaBreach(f"{path} is too small")
