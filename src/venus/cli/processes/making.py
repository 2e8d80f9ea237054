"""The process that makes a sandbox of an empty directory, and ends."""

import os
import shutil
import time
from pathlib import Path

import cyclopts

from venus.cli.processes import prepare, say
from venus.engine import restore_points
from venus.engine.places import Places
from venus.engine.sandbox_clock import save_face
from venus.engine.steering import LIVE, ClockFace
from venus.registry.copying import copy_sqlite
from venus.registry.private import write_private
from venus.registry.registry import Registry
from venus.registry.vault import MasterKey
from venus.testing.sandbox import issue_keys, make_sandbox
from venus.testing.sandbox_coins import institutions_facts
from venus.testing.sandbox_currency import currency_facts
from venus.testing.sandbox_market import PARTICIPANTS, TRADERS
from venus.testing.sandbox_p2p import MERCHANT_NAMES, made_up_rates, relaxed_rules


def making(*, data: Path, seed: int, frozen_ns: int = 0) -> int:
    """Make it beside its place, then move it there whole: a start that is killed leaves nothing half-made.

    frozen_ns  of its clock; 0: it goes with the world's
    """
    prepare()
    beside = data.with_name(f".{data.name}.making")
    try:
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        _make(Places(beside), seed, frozen_ns)
        if data.exists():
            data.rmdir()
        beside.rename(data)
    except BrokenPipeError:
        return 1  # our parent is gone
    except OSError as error:
        say(ready=False, why=str(error))
        return 1
    say(ready=True)
    return 0


def _make(places: Places, seed: int, frozen_ns: int) -> None:
    places.master_key.parent.mkdir()
    registry = Registry.open(f"sqlite:///{places.registry}", MasterKey.load(places.master_key), durable=False)
    try:
        now_ns = frozen_ns or time.time_ns()
        make_sandbox(places, registry, now_ns, seed, lambda done, total: say(done=done, total=total))
        traders = {name: keys._asdict() for name, keys in issue_keys(registry, TRADERS).items()}
        currency = currency_facts(registry)
        simulated = issue_keys(registry, PARTICIPANTS + MERCHANT_NAMES)
        participants = {name: keys._asdict() for name, keys in simulated.items()}
    finally:
        registry.close()
    _sync(places.registry)
    write_private(places.participants, participants)
    write_private(places.sandbox, {"accounts": traders, "institutions": institutions_facts(seed)} | currency)
    places.p2p_rules.parent.mkdir()
    places.p2p_rules.write_bytes(relaxed_rules())
    places.p2p_rates.write_bytes(made_up_rates())
    _keep_fresh(places, frozen_ns)


def _sync(file: Path) -> None:
    with file.open("rb") as written:
        os.fsync(written.fileno())


def _keep_fresh(places: Places, frozen_ns: int) -> None:
    """Keep what was made as the state that a reset returns to."""
    face = ClockFace(False, frozen_ns, time.monotonic_ns(), 0) if frozen_ns else LIVE
    save_face(places.sandbox_clock, face)
    folder = restore_points.making(places)
    copy_sqlite(places.registry, folder / places.registry.name)
    for beside in (places.sandbox, places.sandbox_clock):
        shutil.copy2(beside, folder / beside.name)
    (folder / "doors.json").write_bytes(b'{"any_timestamp":true}' if frozen_ns else b"{}")
    restore_points.keep_closed(places, restore_points.FRESH)


if __name__ == "__main__":
    cyclopts.run(making)
