"""venus inspect: a journal in words."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from venus.cli.words import fail
from venus.engine.exchange import work_of
from venus.engine.places import Places
from venus.journal.failures import FrameMissing, JournalDamaged
from venus.journal.frames import Frame, FrameKind
from venus.journal.snapshots import SnapshotStore
from venus.journal.store import JournalReader
from venus.records.commands import CommandFlag, CommandKind, OrderType, SelfTrade, Side, TimeInForce
from venus.units import NS_PER_S


def inspect(data: Path, /, *, frame: int | None = None) -> int:
    """Say what is in a journal: frames, kinds, times, sizes.

    Parameters
    ----------
    data
        The exchange's directory.
    frame
        Show this frame in words.
    """
    data = data.resolve()
    places = Places(data)
    if not places.journal.is_dir():
        return fail(f"{data} holds no journal")
    reader = JournalReader(places.journal)
    try:
        if frame is None:
            _summary(reader, places)
        else:
            _frame(reader.frame(frame))
    except (JournalDamaged, FrameMissing) as error:
        return fail(str(error))
    return 0


def when(time_ns: int) -> str:
    moment = datetime.fromtimestamp(time_ns // NS_PER_S, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{time_ns % NS_PER_S:09d} UTC"


def _kind(kind: int) -> str:
    return FrameKind(kind).name if kind in set(FrameKind) else f"kind {kind}"


def _summary(reader: JournalReader, places: Places) -> None:
    frames: Counter[int] = Counter()
    commands: Counter[int] = Counter()
    payload_bytes: Counter[int] = Counter()
    largest = epoch = 0
    first = last = None
    for place in reader.headers(reader.first_number):
        header = place.header
        first = first or header
        last = header
        frames[header.kind] += 1
        commands[header.kind] += header.commands_count
        payload_bytes[header.kind] += header.payload_bytes
        largest = max(largest, header.payload_bytes)
        epoch = header.epoch
    if first is None or last is None:
        print("the journal is empty")
        return
    print(f"frames        {first.number} to {last.number}, {reader.durable_frames()} known to be durable")
    print(f"sequences     {first.first_sequence} to {last.first_sequence + last.commands_count - 1}")
    print(f"time          {when(first.time_ns)} to {when(last.time_ns)}")
    print(f"epochs        {epoch} (times it was opened for writing)")
    print(f"largest frame {largest} bytes of payload")
    for kind in sorted(frames):
        print(f"{_kind(kind):<13} {frames[kind]} frames, {commands[kind]} commands, {payload_bytes[kind]} bytes")
    print(f"snapshots     {', '.join(map(str, SnapshotStore(places.snapshots).numbers())) or 'none'}")


def _frame(frame: Frame) -> None:
    print(f"frame         {frame.number}, {_kind(frame.kind)}, epoch {frame.epoch}")
    print(f"time          {when(frame.time_ns)}")
    print(f"hash          {frame.hash.hex()}")
    print(f"previous      {frame.previous.hex()}")
    if frame.kind == FrameKind.CHECKPOINT:
        print(bytes(frame.payload).decode())
        return
    if frame.kind == FrameKind.SEED:
        print("a secret: the nonces of the liabilities of the next checkpoint follow from it")
        return
    work = work_of(frame)
    if work.cold is not None:
        fields = ", ".join(f"{name}={value!r}" for name, value in msgspec.structs.asdict(work.cold).items())
        print(f"{frame.first_sequence:>12}  {type(work.cold).__name__}: {fields}")
        return
    at = 0
    for offset, row in enumerate(work.commands):
        text = work.texts[at : at + int(row["text_bytes"])].decode(errors="replace")
        at += int(row["text_bytes"])
        print(f"{frame.first_sequence + offset:>12}  {_command(row, text)}")


def _name(names: type, value: int) -> str:
    return names(value).name if value in set(names) else str(value)  # type: ignore[call-overload]


def _command(row, text: str) -> str:  # type: ignore[no-untyped-def]  # one COMMAND record
    kind, account, subject = int(row["kind"]), int(row["account"]), int(row["subject"])
    flags = CommandFlag(int(row["flags"]))
    meant = f"order {row['target_lo']}" if flags & CommandFlag.TARGET_IS_ORDER_ID else "order by client id"
    own = f" as {text!r}" if text else ""
    match kind:
        case CommandKind.ORDER:
            unit = "quote atoms" if flags & CommandFlag.IN_QUOTE else "lots"
            price = f" at {row['price_ticks']} ticks" if row["price_ticks"] else ""
            return (
                f"account {account}: {_name(Side, int(row['side']))} {row['quantity']} {unit}{price} "
                f"on symbol {subject}, {_name(OrderType, int(row['type']))} {_name(TimeInForce, int(row['tif']))}, "
                f"self-trade {_name(SelfTrade, int(row['stp']))}{own}"
            )
        case CommandKind.CANCEL:
            return f"account {account}: CANCEL {meant} on symbol {subject}, {flags!r}{own}"
        case CommandKind.CANCEL_ALL:
            return f"account {account}: CANCEL ALL on symbol {subject}{own}"
        case CommandKind.AMEND:
            return f"account {account}: AMEND {meant} on symbol {subject} to {row['quantity']} lots{own}"
        case CommandKind.TRANSFER:
            to = row["target_lo"]
            return f"account {account}: TRANSFER {row['quantity']} atoms of asset {subject} to account {to}{own}"
    return f"account {account}: unknown command {kind}"
