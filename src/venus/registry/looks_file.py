"""The list of looks beside the journal, for whoever reads an exchange's directory: a line for each, and its hash.

It is a copy of the registry's list, written anew whenever a door opens. Source: docs/rules/public_log.md, "Looks".
"""

import re
from pathlib import Path

from venus.registry.looks import Look, LookRecord, look_line

_AT_ONCE = 1_000
_LINE = re.compile(r"(\d{1,18}) (\d{1,18})/(\d{1,18}) (\d{1,18}) ([a-z]{1,32}) (\d{1,18}) ([0-9a-f]{64})", re.ASCII)


class BadLooks(ValueError):
    """A line that says no look."""


class LooksFile:
    """The writer's side. Of one thread at a time; methods block, and raise OSError."""

    def __init__(self, path: Path, record: LookRecord) -> None:
        self._path = path
        self._record = record
        self._last: Look | None = None
        self._is_begun = False

    def extend(self) -> Look | None:
        """Write down every look that is not there yet; the newest of all. After an error all is written anew."""
        try:
            if self._is_begun:
                self._append(self._path)
            else:
                part = self._path.with_suffix(".part")
                part.write_bytes(b"")
                self._append(part)
                part.replace(self._path)
                self._is_begun = True
        except OSError:
            self._is_begun, self._last = False, None
            raise
        return self._last

    def _append(self, path: Path) -> None:
        with path.open("a") as file:
            while looks := self._record.listing(1 if self._last is None else self._last.number + 1, _AT_ONCE):
                file.writelines(f"{look_line(look)} {look.hash}\n" for look in looks)
                self._last = looks[-1]


class LooksReader:
    """Reads it, also while it is written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._next = (1, 0)  # the number of a look, and where its line begins

    def behind(self, first: int) -> list[Look]:
        """Looks from a number on, as they are listed; raises BadLooks, FileNotFoundError."""
        number, offset = self._next if self._next[0] == first else (1, 0)
        with self._path.open("rb") as file:
            file.seek(offset)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]  # the last line may be written just now
        looks = [_look(line) for line in whole.decode(errors="replace").splitlines()]
        found = [look for look in looks if look.number >= first] if number < first else looks
        if found:
            self._next = found[-1].number + 1, offset + len(whole)
        return found


def _look(line: str) -> Look:
    said = _LINE.fullmatch(line)
    if said is None:
        raise BadLooks(f"no look: {line[:80]!r}")
    number, institution, seat, time_us, kind, first_frame, digest = said.groups()
    return Look(int(number), int(institution), int(seat), int(time_us), kind, int(first_frame), digest)
