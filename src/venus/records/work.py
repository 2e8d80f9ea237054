"""What a frame asks, whoever runs it: hot commands with their texts, or one cold command."""

from typing import NamedTuple

import numpy as np

from venus.records.batch import Batch
from venus.records.commands import COMMAND, ColdCommand, decode_cold, encode_cold, plain

NO_COMMANDS = np.zeros(0, COMMAND)


class Work(NamedTuple):
    """What a frame asks: hot commands with their texts, or one cold command."""

    commands: np.ndarray  # COMMAND[n]
    texts: bytes
    cold: ColdCommand | None

    @property
    def commands_count(self) -> int:
        return len(self.commands) if self.cold is None else 1

    def payload(self) -> tuple[bytes | memoryview, ...]:
        """The frame's payload, as buffers that are not copied."""
        if self.cold is not None:
            return (encode_cold(self.cold),)
        return self.commands.view(np.uint8).data, self.texts


def cold_work(payload: bytes | memoryview) -> Work:
    """The work of a COLD frame; raises msgspec.ValidationError, or DecodeError, for what is no command."""
    return Work(NO_COMMANDS, b"", decode_cold(bytes(payload)))


def hot_work(payload: memoryview, commands_count: int) -> Work:
    """The work of a HOT frame; its arrays are views of the payload. Raises ValueError if it holds fewer commands."""
    records_bytes = commands_count * COMMAND.itemsize
    return Work(np.frombuffer(payload[:records_bytes], COMMAND), bytes(payload[records_bytes:]), None)


def plain_batch(number: int, time_ns: int, first_sequence: int, work: Work, events: np.ndarray) -> Batch:
    """What views fold: a cold command without its approvals."""
    cold = None if work.cold is None else plain(work.cold)
    return Batch(number, time_ns, first_sequence, work.commands, work.texts, cold, events)
