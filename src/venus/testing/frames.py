"""Frames as tests build them: what the engine would journal, without its bytes."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from venus.records.commands import COMMAND, LEGS, ColdCommand, Command, CommandFlag, CommandKind, unpack_command


class Frame(NamedTuple):
    time_ns: int
    first_sequence: int
    commands: np.ndarray  # COMMAND[n]; empty if the frame is cold
    texts: bytes
    cold: ColdCommand | None

    @property
    def asked(self) -> int:
        return len(self.commands) if self.cold is None else 1


class Applies(Protocol):
    """What the core and the model have in common."""

    def apply_hot(self, time_ns: int, first_sequence: int, commands: np.ndarray, texts: bytes, /) -> np.ndarray: ...
    def apply_cold(self, time_ns: int, first_sequence: int, command: ColdCommand, /) -> np.ndarray: ...
    def state_root(self) -> bytes: ...
    def liabilities_root(self, frames: int, seed: bytes, /) -> bytes: ...
    def supply_root(self, frames: int, /) -> bytes: ...
    def check(self) -> None: ...


def hot_frame(time_ns: int, first_sequence: int, commands: Sequence[tuple[Command, str]]) -> Frame:
    """A frame of hot commands, each with the text of its own client id."""
    encoded = [text.encode() for _, text in commands]
    records = b"".join(
        command._replace(text_bytes=len(text)).pack() for (command, _), text in zip(commands, encoded, strict=True)
    )
    return Frame(time_ns, first_sequence, np.frombuffer(records, COMMAND), b"".join(encoded), None)


def cold_frame(time_ns: int, first_sequence: int, command: ColdCommand) -> Frame:
    return Frame(time_ns, first_sequence, np.empty(0, COMMAND), b"", command)


def apply(machine: Applies, frame: Frame) -> np.ndarray:
    """EVENT[m], the caller's own copy."""
    if frame.cold is None:
        return machine.apply_hot(frame.time_ns, frame.first_sequence, frame.commands, frame.texts).copy()
    return machine.apply_cold(frame.time_ns, frame.first_sequence, frame.cold).copy()


def commands_of(frame: Frame) -> Iterator[Command]:
    return (unpack_command(record.tobytes()) for record in frame.commands)


def recut(frames: Sequence[Frame], sizes: Iterator[int]) -> Iterator[Frame]:
    """The same commands in other frames: hot frames of one time are joined and cut again to the sizes given.

    What looks at the commands behind it keeps them: whether its frame ends there is part of what it asks.
    """
    joined: list[Frame] = []
    for frame in frames:
        if joined and not (frame.cold is None and joined[-1].cold is None and frame.time_ns == joined[-1].time_ns):
            yield from _cut(joined, sizes)
            joined = []
        joined.append(frame)
    yield from _cut(joined, sizes)


def _cut(frames: list[Frame], sizes: Iterator[int]) -> Iterator[Frame]:
    """Cut hot frames of one time, in a row, anew; cold frames stand alone and pass."""
    if not frames or frames[0].cold is not None:
        yield from frames
        return
    commands = np.concatenate([frame.commands for frame in frames])
    texts = b"".join(frame.texts for frame in frames)
    kept_ends = set(np.cumsum([len(frame.commands) for frame in frames]).tolist())
    watched = _watched_cuts(commands)
    first_sequence = frames[0].first_sequence
    start = text_start = 0
    while start < len(commands):
        end = min(start + next(sizes), len(commands))
        # Where a command looks beyond a cut that was there before, its frame must end there again; at any other it
        # must not end.
        fixed = [cut for cut in range(start + 1, end + 1) if cut in watched and cut in kept_ends]
        if fixed:
            end = fixed[0]
        while end in watched and end not in kept_ends:
            end += 1
        text_end = text_start + int(commands["text_bytes"][start:end].sum())
        yield Frame(frames[0].time_ns, first_sequence + start, commands[start:end], texts[text_start:text_end], None)
        start, text_start = end, text_end


def _watched_cuts(commands: np.ndarray) -> set[int]:
    """Where a cut would part a command from one that it looks at: cut n is before command n."""
    watched = set()
    for index, (kind, flags) in enumerate(zip(commands["kind"].tolist(), commands["flags"].tolist(), strict=True)):
        looks_ahead = 0
        if kind == CommandKind.LIST:
            looks_ahead = max(LEGS.values())
        elif (kind == CommandKind.CANCEL and flags & CommandFlag.REPLACES) or (
            kind == CommandKind.TRANSFER and flags & CommandFlag.LINKED
        ):
            looks_ahead = 1
        watched |= {index + ahead for ahead in range(1, looks_ahead + 1)}
    return watched
