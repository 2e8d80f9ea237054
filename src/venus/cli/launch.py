"""venus up: make a sandbox if there is nothing, start the processes, say what to open, stop them in order."""

import json
import os
import selectors
import shlex
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Annotated, Any, NamedTuple

from cyclopts import Parameter, validators

from venus.cli.processes import Rules
from venus.cli.words import DATA, console, fail, progress_bar
from venus.engine.places import Places
from venus.journal.events_files import KEPT_BYTES, MB
from venus.registry.credentials import BadKeyMaterial, parse_networks
from venus.registry.private import write_private

_STOP_S = 30.0
_START_S = 600.0


PORT = 8000


class Child:
    """One process; closing its stdin asks it to stop."""

    def __init__(self, name: str, module: str, *arguments: str, doing: str = "starting") -> None:
        self.name = name
        self._title = f"{doing} the {name}"
        command = [sys.executable, "-P", "-m", f"venus.cli.processes.{module}", *arguments]
        # A process group of its own: Ctrl-C reaches the parent, which stops its children in order.
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )

    @property
    def output(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout

    def ready(self) -> dict[str, Any]:
        """What it says when it serves; raises ChildFailed if it does not come to that."""
        with progress_bar(self._title) as progress:
            for line in self.output:
                facts: dict[str, Any] = json.loads(line)
                if facts.get("ready"):
                    return facts
                if "total" in facts:
                    progress(facts["done"], facts["total"])
                else:
                    raise ChildFailed(f"the {self.name} does not start: {facts['why']}")
        raise ChildFailed(f"the {self.name} ended with {self.process.wait()} before it served")

    def stop(self) -> int:
        """Ask, wait, and after half a minute insist; the exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            return self.process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            self.output.close()


class ChildFailed(Exception):
    """A process did not start."""


class Door(NamedTuple):
    """Where the gateway listens, and to whom."""

    host: str
    port: int
    sandbox_networks: str  # separated by commas
    limits: Rules

    def arguments(self) -> tuple[str, ...]:
        told = ("--host", self.host, "--port", str(self.port), "--limits", self.limits)
        return (*told, "--sandbox-networks", self.sandbox_networks) if self.sandbox_networks else told


def up(
    *,
    data: Path = DATA,
    port: int = PORT,
    host: str = "127.0.0.1",
    quiet_market: Annotated[bool, Parameter(negative="")] = False,
    seed: int = 1,
    frozen_at: datetime | None = None,
    sandbox_networks: str = "",
    keep_events: Annotated[int, Parameter(validator=validators.Number(gte=1))] = KEPT_BYTES // MB,
    limits: Annotated[Rules, Parameter(show=False)] = "usual",
) -> int:
    """Start the exchange; on an empty directory, make a sandbox first.

    Parameters
    ----------
    data
        Where everything is kept.
    port
        Port of REST, WebSocket and web console; 0 takes a free one.
    host
        Address to listen on; anything but loopback lets others in.
    quiet_market
        No simulated participants, but custodians that attest.
    seed
        Of the sandbox's history and participants.
    frozen_at
        A time (UTC) at which a new sandbox is made, with its clock frozen there: the same seed gives the same exchange.
    sandbox_networks
        Who may use the conveniences under /sandbox/ besides this machine: networks separated by commas.
    keep_events
        Megabytes of what each of the newest frames came to: where a supervisor finds another outcome, they tell which
        command and field.
    limits
        Of requests and orders; open ones are for tests.
    """
    door = Door(host, port, sandbox_networks, limits)
    places = Places(data.resolve(), keep_events * MB)
    return _up(places, door, quiet_market, seed, None if frozen_at is None else nanoseconds(frozen_at))


def nanoseconds(moment: datetime) -> int:
    """Since 1970; a time that says nothing of its zone is UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp()) * 10**9 + aware.microsecond * 1_000


def _up(places: Places, door: Door, quiet_market: bool, seed: int, frozen_ns: int | None) -> int:
    """Serve until SIGTERM or Ctrl-C, or until a process ends by itself."""
    data = places.root
    if data.exists() and not data.is_dir():
        return fail(f"{data} is no directory")
    if frozen_ns is not None and data.exists() and not is_empty(data):
        return fail("--frozen-at is for a new sandbox; one that there is has `venus sandbox clock`")
    try:
        parse_networks(door.sandbox_networks)
    except BadKeyMaterial as error:
        return fail(f"--sandbox-networks: {error}")
    stop_on_sigterm()
    children: list[Child] = []
    try:
        if not data.exists() or is_empty(data):
            started_s = time.perf_counter()
            _make(data, seed, frozen_ns)
            print(f"made a sandbox in {data} ({time.perf_counter() - started_s:.1f} s)", flush=True)
        children += _start(places, door, quiet_market, seed)
        return _watch(children)
    except KeyboardInterrupt:
        print("stopping", flush=True)
        return 0
    except ChildFailed as error:
        return fail(str(error))
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for child in reversed(children):
            child.stop()


def _make(data: Path, seed: int, frozen_ns: int | None) -> None:
    """Make a sandbox of a directory that is empty or missing. Raises ChildFailed."""
    arguments = ("--data", str(data), "--seed", str(seed), "--frozen-ns", str(frozen_ns or 0))
    maker = Child("sandbox", "making", *arguments, doing="making")
    try:
        maker.ready()
    except BaseException:
        maker.process.kill()  # it does not look at its stdin: what it made so far is of no use
        raise
    finally:
        maker.stop()


def is_empty(folder: Path) -> bool:
    return not any(folder.iterdir())


def stop_on_sigterm() -> None:
    """Let SIGTERM end this process as Ctrl-C does."""
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _start(places: Places, door: Door, quiet_market: bool, seed: int) -> list[Child]:
    engine = Child("engine", "engine", "--data", str(places.root), "--events-mb", str(places.events_bytes // MB))
    gateway = Child("gateway", "gateway", "--data", str(places.root), *door.arguments())
    children = [engine, gateway]
    try:
        _say_recovery(engine.ready())
        served = gateway.ready()
        if places.sandbox.exists():
            known = json.loads(places.sandbox.read_text())
            write_private(places.sandbox, known | {"rest": served["rest"], "ws": served["ws"]})
            # The world of a recording has no participants but its own two.
            if places.participants.exists():
                common = ("--rest", served["rest"], "--sandbox", str(places.sandbox))
                if quiet_market:
                    children.append(Child("custodians", "custodians", *common, "--socket", str(places.socket)))
                else:
                    arguments = (*common, "--keys", str(places.participants), "--seed", str(seed))
                    children.append(Child("simulated participants", "participants", *arguments))
                children[-1].ready()
    except BaseException:
        for child in reversed(children):
            child.stop()
        raise
    _say_what_to_try(places, served["rest"])
    return children


def _say_recovery(facts: dict[str, Any]) -> None:
    behind = f"a snapshot of {facts['snapshot_frames']} frames and " if facts["snapshot_frames"] else ""
    print(
        f"recovered in {facts['seconds']:.3f} s: {behind}{facts['frames']} frames replayed, "
        f"{facts['commands']} commands",
        flush=True,
    )
    if facts["cut_bytes"]:
        print(f"a torn tail of {facts['cut_bytes']} bytes was cut off: it had never been acknowledged", flush=True)
    for unusable in facts["unusable_snapshots"]:
        console.print(f"a snapshot was not used: {unusable}", style="yellow", highlight=False, soft_wrap=True)


def _say_what_to_try(places: Places, rest: str) -> None:
    if places.sandbox.exists():
        print(f"open   {rest}/  in a browser; test accounts and their keys are in {places.sandbox}")
        print(f"try    curl '{rest}/api/v3/depth?symbol=BTCUSDT&limit=5'")
    print(f"check  ./venus replay {shlex.quote(str(places.root))}")
    print(f"ready {rest}", flush=True)


def _watch(children: list[Child]) -> int:
    """Until one of them ends, which none should."""
    with selectors.DefaultSelector() as selector:
        for child in children:
            os.set_blocking(child.output.fileno(), False)
            selector.register(child.output, selectors.EVENT_READ, child)
        while True:
            for key, _ in selector.select():
                if not os.read(key.fd, 65_536):
                    child = key.data
                    return fail(f"the {child.name} ended by itself with {child.process.wait()}; the others are stopped")
