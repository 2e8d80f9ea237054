"""What a supervisor finds: the first frame, command and field that are not what the rules make of the journal.

Source: docs/rules/supervision.md, "Findings".
"""

from itertools import zip_longest
from typing import NamedTuple

import msgspec
import numpy as np

from venus.journal.frames import Frame
from venus.records.commands import unpack_command
from venus.records.events import Event, EventKind, unpack_events
from venus.records.words import cold_words, command_words, event_words, name
from venus.records.work import Work

NOTHING = "nothing"
_ENUMERATED = {"kind": EventKind}
_IDENTITY = ("sequence", "kind")  # an event that differs here is another event, not the same with another figure


class Finding(NamedTuple):
    """The first thing that does not agree.

    frame     its number; of a figure, the number of frames that it covers
    sequence  of the command, if it can be told
    what      the field: of a frame, an event, a command or a checkpoint; "event" if a whole one is missing or another
    recorded  what the exchange says
    found     what this machine comes to
    words     all of it in a sentence
    """

    frame: int
    sequence: int | None
    what: str
    recorded: str
    found: str
    words: str


def finding(frame: int, what: str, recorded: object, found: object, words: str = "") -> Finding:
    """One about a frame as a whole. `words` stand behind the sentence."""
    sentence = f"frame {frame}: {what} is {shown(recorded)}, but must be {shown(found)}"
    return Finding(frame, None, what, shown(recorded), shown(found), f"{sentence}. {words}".rstrip(". ") + ".")


def shown(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def asked_words(work: Work, first_sequence: int, sequence: int) -> str:
    """The command with a sequence, in words."""
    if work.cold is not None:
        return cold_words(work.cold)
    place = sequence - first_sequence
    if not 0 <= place < len(work.commands):
        return f"no command of this frame, which holds {len(work.commands)} from {first_sequence} on"
    return command_words(unpack_command(work.commands[place].tobytes()))


def differing_events(frame: Frame, work: Work, recorded: np.ndarray, found: np.ndarray) -> Finding | None:
    """The first event that the exchange tells otherwise than the rules: EVENT[n] beside EVENT[m]."""
    told, made = recorded.tobytes(), found.tobytes()
    if told == made:
        return None
    pairs = zip_longest(unpack_events(told), unpack_events(made))
    theirs, ours = next(pair for pair in pairs if pair[0] != pair[1])
    sequence = min(event.sequence for event in (theirs, ours) if event is not None)
    what, recorded_text, found_text = _what_differs(theirs, ours)
    asked = asked_words(work, frame.first_sequence, sequence)
    sentence = (
        f"frame {frame.number}, command {sequence} ({asked}): the exchange says "
        f"{event_words(theirs) if theirs else NOTHING}, the rules give {event_words(ours) if ours else NOTHING}"
    )
    if what != "event":
        sentence += f"; {what} is {recorded_text}, but must be {found_text}"
    return Finding(frame.number, sequence, what, recorded_text, found_text, sentence + ".")


def _what_differs(theirs: Event | None, ours: Event | None) -> tuple[str, str, str]:
    """(field, as told, as made); the field is "event" where one is missing or another stands in its place."""
    if theirs is None or ours is None or any(getattr(theirs, key) != getattr(ours, key) for key in _IDENTITY):
        return "event", event_words(theirs) if theirs else NOTHING, event_words(ours) if ours else NOTHING
    field = next(key for key in Event._fields if getattr(theirs, key) != getattr(ours, key))
    return field, _field_words(field, theirs), _field_words(field, ours)


def _field_words(field: str, event: Event) -> str:
    value: int = getattr(event, field)
    return name(value, _ENUMERATED[field]) if field in _ENUMERATED else str(value)


def differing_frames(kept: Frame, told: Frame, kept_work: Work | None, told_work: Work | None) -> Finding | None:
    """The first thing in which a frame is another than it was: `kept` was shown once, `told` stands there now."""
    for field in Frame._fields:
        if field in ("payload", "previous", "hash"):
            continue
        before, now = getattr(kept, field), getattr(told, field)
        if before != now:
            return _rewritten(kept.number, None, field, now, before, "")
    if kept_work is not None and told_work is not None:
        found = _differing_work(kept, kept_work, told_work)
        if found is not None:
            return found
    for field in ("payload", "previous", "hash"):
        before, now = bytes(getattr(kept, field)), bytes(getattr(told, field))
        if before != now:
            return _rewritten(kept.number, None, field, now, before, "")
    return None


def _differing_work(kept: Frame, before: Work, now: Work) -> Finding | None:
    if before.cold is not None and now.cold is not None:
        return _differing_cold(kept, before, now)
    for place, (old, new) in enumerate(zip(before.commands, now.commands, strict=False)):
        if old.tobytes() != new.tobytes():
            field = next(key for key in old.dtype.names if old[key] != new[key])
            sequence = kept.first_sequence + place
            asked = f"It was: {asked_words(before, kept.first_sequence, sequence)}"
            return _rewritten(kept.number, sequence, field, new[field], old[field], asked)
    if before.texts != now.texts:
        shown_once, told = (work.texts.decode(errors="replace") for work in (before, now))
        return _rewritten(kept.number, None, "texts", told, shown_once, "")
    return None


def _differing_cold(kept: Frame, before: Work, now: Work) -> Finding | None:
    sequence = kept.first_sequence
    if type(before.cold) is not type(now.cold):
        return _rewritten(kept.number, sequence, "command", type(now.cold).__name__, type(before.cold).__name__, "")
    old, new = (msgspec.structs.asdict(work.cold) for work in (before, now) if work.cold is not None)
    for field, value in old.items():
        if new[field] != value:
            asked = f"It was: {asked_words(before, sequence, sequence)}"
            return _rewritten(kept.number, sequence, field, repr(new[field]), repr(value), asked)
    return None


def _rewritten(frame: int, sequence: int | None, field: str, now: object, before: object, words: str) -> Finding:
    where = f"frame {frame}" if sequence is None else f"frame {frame}, command {sequence}"
    sentence = f"{where} was rewritten: {field} was {shown(before)} when it was shown, and is {shown(now)} now. {words}"
    return Finding(frame, sequence, field, shown(now), shown(before), sentence.rstrip(". ") + ".")
