"""An engine of a sandbox: it is steered, and becomes another state of itself without its process ending.

The process stays, with its kernels loaded; what changes are the directory's contents and the exchange made of them.
"""

import asyncio
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from venus.engine import restore_points
from venus.engine.clock import Clock
from venus.engine.host import Hosted, host
from venus.engine.places import Places
from venus.engine.recovery import Progress, Recovered
from venus.engine.restore_points import NoSuchPoint, Unsynced
from venus.engine.sandbox_clock import SandboxClock, load_face, save_face
from venus.engine.steering import (
    LINE_BYTES_MAX,
    Ask,
    AskState,
    DropPoint,
    EnterPoint,
    Point,
    State,
    SteerClock,
    TakePoint,
)
from venus.engine.writer import Submission
from venus.journal.failures import StorageFailed
from venus.journal.frames import Tip
from venus.journal.snapshots import SnapshotStore
from venus.journal.storage import Storage
from venus.journal.store import FileStore
from venus.records.commands import NoteClockJump

FAUCET_LABEL = "external:faucet"
"""An account that only a sandbox's journal opens."""
_FINISH_S = 10.0  # for who is steering when the end comes
_decoder = msgspec.json.Decoder(Ask)
_Command = SteerClock | TakePoint | EnterPoint | DropPoint


class NotASandbox(Exception):
    """A sandbox.json lies beside a journal that is no sandbox's."""


class SandboxEngine:
    """Started by `start`; `halted` is the end of whichever exchange it hosts."""

    def __init__(self, places: Places) -> None:
        self.halted: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()
        self._places = places
        self._loop = asyncio.get_running_loop()
        self._turn = asyncio.Lock()  # one is steering at a time
        self._hosted: Hosted
        self._clock: SandboxClock
        self._is_lost = False  # between two states, and could not come to the next
        self._steering: asyncio.Server | None = None
        self._asking: set[asyncio.Task[None]] = set()

    async def start(self, progress: Progress | None = None) -> Recovered:
        """Raises what recovery raises, and NotASandbox."""
        restore_points.enter_staged(self._places)
        await self._host(progress)
        self._places.steering.unlink(missing_ok=True)
        self._steering = await asyncio.start_unix_server(self._answer, str(self._places.steering), limit=LINE_BYTES_MAX)
        self._places.steering.chmod(0o600)
        return self._hosted.recovered

    async def stop(self) -> None:
        if self._steering is not None:
            self._steering.close()
        if self._asking:
            _, left = await asyncio.wait(self._asking, timeout=_FINISH_S)
            for asking in left:
                asking.cancel()
        if not self._is_lost:
            save_face(self._places.sandbox_clock, self._clock.face)
            await self._hosted.server.stop()

    async def _host(self, progress: Progress | None = None) -> None:
        self._hosted = await host(self._places, progress, open_store=_open_store, make_clock=self._make_clock)
        labels = self._hosted.writer.exchange.machine.facts.labels
        if FAUCET_LABEL not in labels.values():
            await self._hosted.server.stop(leaves_snapshot=False)
            raise NotASandbox(
                f"{self._places.sandbox} lies beside a journal that is no sandbox's: it opens no {FAUCET_LABEL}; "
                "remove the file if this is an exchange"
            )
        self._hosted.writer.halted.add_done_callback(self._was_halted)

    def _make_clock(self, last_ns: int) -> Clock:
        self._clock = SandboxClock(last_ns, load_face(self._places.sandbox_clock, last_ns))
        return self._clock

    def _was_halted(self, halted: asyncio.Future[BaseException]) -> None:
        if not halted.cancelled() and not self.halted.done():
            self.halted.set_result(halted.result())

    # Being asked

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._asking.add(task)
        try:
            line = await reader.readline()
            if line.endswith(b"\n"):
                writer.write(msgspec.json.encode(await self._obey(line)) + b"\n")
                await writer.drain()
        except ConnectionError:
            pass  # who asked went away
        finally:
            self._asking.discard(task)
            writer.close()

    async def _obey(self, line: bytes) -> State:
        started_s = time.perf_counter()
        refusal = ""
        try:
            ask = _decoder.decode(line)
            if not isinstance(ask, AskState):
                async with self._turn:
                    await self._do(ask)
        except (msgspec.DecodeError, ValueError, NoSuchPoint, StorageFailed, OSError) as error:
            refusal = str(error)
        seconds = time.perf_counter() - started_s
        await self._rest()
        return self._state(refusal, seconds)

    async def _do(self, ask: _Command) -> None:
        match ask:
            case SteerClock():
                await self._steer(ask)
            case TakePoint(name):
                await self._take(name)
            case EnterPoint(name):
                await self._enter(name)
            case DropPoint(name):
                restore_points.drop(self._places, name)

    async def _rest(self) -> None:
        """Until what was acknowledged is in the event chain too, which its thread may only be about to do."""
        rested: asyncio.Future[None] = self._loop.create_future()
        self._hosted.writer.at_rest(partial(rested.set_result, None))
        await asyncio.wait((rested, self._hosted.writer.halted), return_when=asyncio.FIRST_COMPLETED)

    def _state(self, refusal: str, seconds: float) -> State:
        exchange = self._hosted.writer.exchange
        return State(
            self._clock.face,
            exchange.machine.next_sequence - 1,
            exchange.frontier.size,
            exchange.machine.time_ns,
            exchange.chain.value.hex(),
            restore_points.points(self._places),
            seconds,
            refusal,
        )

    # The clock

    async def _steer(self, ask: SteerClock) -> None:
        jump_ns = self._clock.steer(ask)
        save_face(self._places.sandbox_clock, self._clock.face)
        if jump_ns:
            # A frame at the new time, so that timers fire and everybody who looks sees it, also when nobody trades.
            done: asyncio.Future[None] = self._loop.create_future()
            reference = f"clock:{self._clock.face.now_ns()}:{self._hosted.writer.exchange.machine.next_sequence}"
            command = NoteClockJump(reference=reference, by_ns=jump_ns)
            self._hosted.writer.submit(
                Submission(
                    b"",
                    b"",
                    command,
                    1,
                    lambda *_: done.set_result(None),
                    lambda refusal: done.set_exception(OSError(f"the jump was not journaled: {refusal.name}")),
                )
            )
            await done

    # Restore points

    async def _take(self, name: str) -> None:
        restore_points.check_name(name)
        save_face(self._places.restore_points / ".making" / self._places.sandbox_clock.name, self._clock.face)
        written: asyncio.Future[Point] = self._loop.create_future()
        self._hosted.writer.at_rest(partial(self._fork, name, written))
        restore_points.finish(self._places, await written)

    def _fork(self, name: str, written: asyncio.Future[Point]) -> None:
        """Begin to write this state; the child sees it as it is now, while we go on."""
        writer, store = self._hosted.writer, self._hosted.recovered.store
        machine = writer.exchange.machine
        point = Point(name, store.tip.frames, machine.next_sequence - 1, machine.time_ns, 0)
        used_bytes = store.last_segment_bytes
        reading, writing = os.pipe()
        process = os.fork()
        if process == 0:
            self._in_child(writing, point, used_bytes)
        os.close(writing)
        self._loop.add_reader(reading, self._child_ended, process, reading, written, point)

    def _in_child(self, writing: int, point: Point, used_bytes: int) -> None:
        """Write, say so through the pipe, and end without running anything of the parent's."""
        status = 1
        try:
            exchange, store = self._hosted.writer.exchange, self._hosted.recovered.store
            folder = self._places.restore_points / ".making"
            restore_points.copy_journal(self._places, folder, point.frames, used_bytes)
            marks = exchange.marks(store.tip)
            snapshots = SnapshotStore(folder / "snapshots", Unsynced(), hashers=2)
            snapshots.write(marks.frames, msgspec.msgpack.encode(marks), exchange.arrays())
            os.write(writing, b"ok")
            status = 0
        except (OSError, StorageFailed) as error:
            os.write(writing, str(error).encode()[:1_000])
        finally:
            os._exit(status)

    def _child_ended(self, process: int, reading: int, written: asyncio.Future[Point], point: Point) -> None:
        said = os.read(reading, 1_024)
        self._loop.remove_reader(reading)
        os.close(reading)
        os.waitpid(process, 0)
        if said == b"ok":
            written.set_result(point)
        else:
            written.set_exception(OSError(said.decode() or "the process that wrote the snapshot died"))

    async def _enter(self, name: str) -> None:
        restore_points.stage(self._places, name)
        # What was asked of the state that we leave is finished and answered; then its directory is another's.
        self._hosted.writer.halted.remove_done_callback(self._was_halted)
        await self._hosted.server.stop(leaves_snapshot=False)
        self._hosted.writer.exchange.forget()
        try:
            restore_points.enter_staged(self._places)
            await self._host()
        except BaseException as error:
            self._is_lost = True
            if not self.halted.done():
                self.halted.set_result(error)
            raise


def _open_store(directory: Path, storage: Storage | None, start: Tip) -> FileStore:
    """Without a segment made ahead: a sandbox is opened often, and seldom fills one."""
    return FileStore.open(directory, storage, start, prepare_ahead=False)


async def serve(
    places: Places, ready: Callable[[Recovered], None], stop: asyncio.Event, progress: Progress | None = None
) -> BaseException | None:
    """As venus.engine.host.serve, for a sandbox."""
    engine = SandboxEngine(places)
    ready(await engine.start(progress))
    stopping = asyncio.ensure_future(stop.wait())
    either: list[asyncio.Future[Any]] = [stopping, engine.halted]
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    halted = engine.halted.result() if engine.halted.done() else None
    await engine.stop()
    return halted
