"""A stream that goes wrong, cut down to the few commands that it takes.

Frames are left out, then single commands, as long as what is left still goes wrong: what a person reads first.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from venus.records.commands import ColdCommand, Command
from venus.testing.frames import Frame, cold_frame, commands_of, hot_frame

Asked = tuple[Command, str]
Item = TypeVar("Item")


class Part(NamedTuple):
    """What one frame asks, at its time; without sequences, which change when others leave."""

    time_ns: int
    asked: ColdCommand | tuple[Asked, ...]


def shrunk(frames: Sequence[Frame], goes_wrong: Callable[[list[Frame]], bool]) -> list[Frame]:
    """The shortest stream that was found to go wrong; `frames` must."""
    parts = [part_of(frame) for frame in frames]
    assert goes_wrong(frames_of(parts))
    parts = without_spare(parts, lambda fewer: goes_wrong(frames_of(fewer)))
    for index, part in enumerate(parts):
        if not isinstance(part.asked, tuple):
            continue

        def still_wrong(asked: Sequence[Asked], index: int = index, part: Part = part) -> bool:
            return goes_wrong(frames_of([*parts[:index], part._replace(asked=tuple(asked)), *parts[index + 1 :]]))

        parts[index] = part._replace(asked=tuple(without_spare(part.asked, still_wrong)))
    return frames_of(parts)


def without_spare(items: Sequence[Item], goes_wrong: Callable[[list[Item]], bool]) -> list[Item]:
    """Leave out what can be left out: half at a time, then ever smaller pieces, then one by one until nothing can."""
    kept = list(items)
    size = max(len(kept) // 2, 1)
    while True:
        start, cut = 0, False
        while start < len(kept):
            fewer = kept[:start] + kept[start + size :]
            if goes_wrong(fewer):
                kept, cut = fewer, True
            else:
                start += size
        if size == 1 and not cut:
            return kept
        size = max(size // 2, 1)


def part_of(frame: Frame) -> Part:
    if frame.cold is not None:
        return Part(frame.time_ns, frame.cold)
    asked, start = [], 0
    for command in commands_of(frame):
        end = start + command.text_bytes
        asked.append((command, frame.texts[start:end].decode()))
        start = end
    return Part(frame.time_ns, tuple(asked))


def frames_of(parts: Sequence[Part]) -> list[Frame]:
    frames: list[Frame] = []
    sequence = 1
    for part in parts:
        if isinstance(part.asked, tuple):
            frames.append(hot_frame(part.time_ns, sequence, part.asked))
        else:
            frames.append(cold_frame(part.time_ns, sequence, part.asked))
        sequence += frames[-1].asked
    return frames
