"""A month's report as JSON and CSV: the same report gives the same bytes. docs/rules/reports.md."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from venus.supervisor.month import Month


def as_json(month: Month) -> bytes:
    """Fields in their order, two blanks of indent, a newline at the end."""
    return msgspec.json.format(msgspec.json.encode(month), indent=2) + b"\n"


def as_csv(month: Month) -> bytes:
    """Four columns: section, row, field, value; RFC 4180, UTF-8. What is not in a list is of the section "coin"."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["section", "row", "field", "value"])
    writer.writerows(_cells(msgspec.to_builtins(month)))
    return text.getvalue().encode()


def _cells(whole: dict[str, Any]) -> Iterator[tuple[str, int, str, object]]:
    for name, value in whole.items():
        match value:
            case dict():
                yield from _part(name, value)
            case list() | tuple():
                yield from _rows(name, value)
            case _:
                yield "coin", 0, name, _cell(value)


def _part(section: str, part: dict[str, Any]) -> Iterator[tuple[str, int, str, object]]:
    for name, value in part.items():
        if isinstance(value, list | tuple):
            yield from _rows(f"{section}.{name}", value)
        else:
            yield section, 0, name, _cell(value)


def _rows(section: str, rows: Sequence[Any]) -> Iterator[tuple[str, int, str, object]]:
    for number, row in enumerate(rows):
        if isinstance(row, dict):
            for name, value in row.items():
                yield section, number, name, _cell(value)
        else:
            yield section, number, "value", _cell(row)


def _cell(value: object) -> object:
    """Text that a spreadsheet would take for a formula is marked as text."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, list | tuple):
        return " ".join(str(part) for part in value)
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value
