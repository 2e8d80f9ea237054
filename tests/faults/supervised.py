"""A small exchange on disk, and a supervisor's node that reads it: shared by the tests of supervision."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np

from tests.doors.small_exchange import BANK, RICH_ATOMS, TRADERS, listings
from tests.faults.engine_trial import random_command
from venus.engine.offline import OfflineWriter
from venus.engine.places import Places
from venus.journal.cosignatures import Cosigner
from venus.journal.frames import Frame
from venus.journal.store import FileStore, JournalReader
from venus.records.commands import COMMAND, Command, CommandKind, client_digest
from venus.supervisor.directory_source import DirectorySource
from venus.supervisor.findings import Finding
from venus.supervisor.node import Node

DAY_NS = 1_700_000_000_000_000_000
FRAME_COMMANDS = 8


def trade(data: Path, frames: int, seed: int = 1) -> Places:
    """So many frames more of a market in which four people trade; a checkpoint behind them."""
    places, random = Places(data), Random(seed)
    with OfflineWriter(places) as writer:
        machine = writer.exchange.machine
        time_ns = max(machine.time_ns, DAY_NS)
        if machine.next_sequence == 1:
            for command in listings("bank"):
                time_ns += 1_000
                writer.cold(time_ns, command)
            writer.hot(time_ns, records([deposit(account, asset) for account in TRADERS for asset in (0, 1)]), b"")
        for _ in range(frames):
            time_ns += 1_000_000
            names = [f"{machine.next_sequence} {place}" for place in range(FRAME_COMMANDS)]
            commands = [random_command(random, name) for name in names]
            texts = "".join(name for name, one in zip(names, commands, strict=True) if one.text_bytes)
            writer.hot(time_ns, records(commands), texts.encode())
    return places


def records(commands: list[Command]) -> np.ndarray:
    return np.frombuffer(b"".join(command.pack() for command in commands), COMMAND)


def deposit(account: int, asset: int) -> Command:
    hi, lo = client_digest(f"deposit {account} {asset}")
    money = {"subject": asset, "quantity": RICH_ATOMS}
    return Command(client_hi=hi, client_lo=lo, account=BANK, target_lo=account, kind=CommandKind.TRANSFER, **money)


def supervise(
    places: Places, data: Path, cosigner: Cosigner | None = None, *, keeps_frames: bool = False
) -> Finding | None:
    """One look at all there is, by a node that is started and ended for it."""
    with Node(DirectorySource(places), data, keeps_frames=keeps_frames, cosigner=cosigner) as node:
        return node.run(False, threading.Event(), lambda _: None)


def frames_of(places: Places) -> list[Frame]:
    return list(JournalReader(places.journal).frames())


def write_again(places: Places, frames: Iterator[Frame] | list[Frame]) -> None:
    """Write the whole journal anew, each frame chained to the one before: the way of an operator who rewrites it."""
    shutil.rmtree(places.journal)
    with FileStore.open(places.journal, segment_bytes=1 << 20, reserve_bytes=0, prepare_ahead=False) as store:
        for frame in frames:
            store.append(frame.kind, frame.first_sequence, frame.commands_count, frame.time_ns, [frame.payload])
