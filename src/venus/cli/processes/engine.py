"""The engine's process: core, journal and views."""

import asyncio
from pathlib import Path

import cyclopts
import uvloop

from venus.cli.processes import HALTED, prepare, say, spare_the_collector, until_stdin_ends
from venus.engine.host import serve as serve_engine
from venus.engine.places import Places
from venus.engine.recovery import Recovered
from venus.engine.sandbox import NotASandbox
from venus.engine.sandbox import serve as serve_sandbox
from venus.journal.events_files import KEPT_BYTES, MB
from venus.journal.failures import JournalDamaged, JournalFull, JournalLocked, StorageFailed


def engine(*, data: Path, events_mb: int = KEPT_BYTES // MB) -> int:
    """Serve an exchange's directory on its socket; the exit code. events_mb: of frames' events that are kept."""
    prepare()

    def ready(recovered: Recovered) -> None:
        spare_the_collector()
        say(
            ready=True,
            snapshot_frames=recovered.snapshot_frames,
            frames=recovered.frames_replayed,
            commands=recovered.commands_replayed,
            cut_bytes=recovered.cut.bytes if recovered.cut else 0,
            unusable_snapshots=recovered.unusable_snapshots,
            seconds=recovered.duration_s,
        )

    async def run() -> BaseException | None:
        stop = asyncio.Event()
        ended = asyncio.ensure_future(until_stdin_ends())
        ended.add_done_callback(lambda _: stop.set())
        places = Places(data, events_mb * MB)
        # Only here does a sandbox's engine become another thing than an exchange's.
        serve = serve_sandbox if places.sandbox.exists() else serve_engine
        return await serve(places, ready, stop, lambda done, total: say(done=done, total=total))

    try:
        halted = uvloop.run(run())
    except (JournalDamaged, JournalFull, JournalLocked, StorageFailed, NotASandbox, OSError) as error:
        say(ready=False, why=str(error))
        return 1
    return HALTED if halted else 0


if __name__ == "__main__":
    cyclopts.run(engine)
