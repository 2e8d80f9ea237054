"""Journals that are kept for ever, and what replaying them gives.

    python tests/golden/journals.py NAME SEED COMMANDS hostile | fair | coins | currency | p2p | p2p_wallets

makes one more, when the rules or a format get a new version. It never writes over one that exists: a golden journal
that no longer replays to its digest is a broken promise, and to make it anew would only hide that.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from venus.journal.frames import FrameKind, frame_bytes
from venus.journal.store import FileStore, JournalReader
from venus.records.commands import COMMAND, decode_cold, encode_cold
from venus.records.event_chain import EventChain
from venus.testing.agreement import core_and_model
from venus.testing.coin_flow import CoinFlow
from venus.testing.currency_flow import CurrencyFlow
from venus.testing.frames import Applies, Frame, apply, cold_frame
from venus.testing.generator import Flow
from venus.testing.p2p_flow import P2pFlow
from venus.testing.p2p_wallet_flow import P2pWalletFlow
from venus.testing.simulate import simulate

FOLDER = Path(__file__).resolve().parent
RESULT_NAME = "result.json"


class Result(NamedTuple):
    """What a replay of a whole journal comes to; the digests in hex."""

    frames: int
    commands: int
    events: int
    event_chain: str
    state_root: str
    journal_tip: str  # hash of the last frame


def golden_names() -> list[str]:
    return sorted(path.parent.name for path in FOLDER.glob(f"*/{RESULT_NAME}"))


def read_result(name: str) -> Result:
    return Result(**json.loads((FOLDER / name / RESULT_NAME).read_text()))


def replay(name: str, machine: Applies) -> Result:
    """Run a golden journal through a machine that is new."""
    chain, commands, events, tip, frames = EventChain(), 0, 0, b"", 0
    for frame, frame_hash in read_frames(FOLDER / name):
        happened = apply(machine, frame)
        chain.add(happened)
        frames, commands, events, tip = frames + 1, commands + frame.asked, events + len(happened), frame_hash
    return Result(frames, commands, events, chain.value.hex(), machine.state_root().hex(), tip.hex())


def read_frames(directory: Path) -> Iterator[tuple[Frame, bytes]]:
    """Each frame and its hash."""
    for kept in JournalReader(directory).frames():
        if kept.kind == FrameKind.COLD:
            frame = cold_frame(kept.time_ns, kept.first_sequence, decode_cold(bytes(kept.payload)))
        else:
            assert kept.kind == FrameKind.HOT, kept.kind
            end = kept.commands_count * COMMAND.itemsize
            commands = np.frombuffer(kept.payload[:end], COMMAND)
            frame = Frame(kept.time_ns, kept.first_sequence, commands, bytes(kept.payload[end:]), None)
        assert frame.asked == kept.commands_count
        yield frame, kept.hash


def payload_of(frame: Frame) -> bytes:
    return encode_cold(frame.cold) if frame.cold is not None else frame.commands.tobytes() + frame.texts


def make(name: str, flow: Flow | CoinFlow, commands: int) -> Result:
    """Write a stream on which core and model agree as a journal, and beside it what its replay gives."""
    directory = FOLDER / name
    if directory.exists():
        raise SystemExit(f"{name} is golden already: give the new one another name")
    frames = simulate(flow, commands, core_and_model()).frames
    # One segment without a zero behind it.
    segment_bytes = sum(frame_bytes(len(payload_of(frame))) for frame in frames)
    with FileStore.open(directory, segment_bytes=segment_bytes, prepare_ahead=False) as store:
        for frame in frames:
            kind = FrameKind.HOT if frame.cold is None else FrameKind.COLD
            store.append(kind, frame.first_sequence, frame.asked, frame.time_ns, [payload_of(frame)])
    result = replay(name, core_and_model().machines["model"])
    (directory / RESULT_NAME).write_text(json.dumps(result._asdict(), indent=4) + "\n")
    return result


if __name__ == "__main__":
    asked_name, asked_seed, asked_commands, character = sys.argv[1:]
    number = int(asked_seed)
    around = {"coins": CoinFlow, "currency": CurrencyFlow, "p2p": P2pFlow, "p2p_wallets": P2pWalletFlow}
    asked_flow = (
        around[character](number) if character in around else Flow(number, {"hostile": False, "fair": True}[character])
    )
    print(make(asked_name, asked_flow, int(asked_commands)))
