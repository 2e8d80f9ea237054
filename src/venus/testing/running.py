"""A whole exchange as `venus up` runs it, from the outside: start it, trade on it, kill it, start it again.

For tests of our own and of whoever builds on Venus: an exchange on a free port in a directory, without a stub in it.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

STOP_S = 60.0
GONE_S = 30.0  # for children that go by themselves
_LOOK_S = 0.01


class NotRunning(Exception):
    """The exchange ended before it served; says with what and why."""


class RunningExchange:
    """One `venus up`. Use as a context, or call start and stop.

    rest, ws   where it serves
    accounts   of a sandbox: apiKey and secret by name
    said       what its start printed, line by line
    """

    def __init__(
        self,
        data: Path,
        *,
        port: int = 0,
        quiet_market: bool = False,
        open_limits: bool = False,
        seed: int = 1,
        frozen_at: str = "",
    ) -> None:
        self.data = data
        self.port = port
        self.rest = self.ws = ""
        self.accounts: dict[str, dict[str, str]] = {}
        self.said: list[str] = []
        self._options = ["--quiet-market"] * quiet_market + ["--limits", "open"] * open_limits + ["--seed", str(seed)]
        # Of a new sandbox; one that is there has its own.
        self._options_new = ["--frozen-at", frozen_at] if frozen_at else []
        self._log = data.with_name(f"{data.name}.log")
        self._process: subprocess.Popen[str] | None = None
        self._children: dict[str, int] = {}

    @property
    def pid(self) -> int:
        return self._running().pid

    @property
    def log(self) -> str:
        """What all its processes wrote to stderr, of all starts."""
        return self._log.read_text()

    def start(self) -> Self:
        """Serve: on the port of the last start, if there was one. Raises NotRunning if it does not come to that."""
        assert self._process is None, "it is running"
        command = [sys.executable, "-P", "-m", "venus.cli", "up", "--data", str(self.data), "--port", str(self.port)]
        options = self._options if self.data.exists() else self._options + self._options_new
        with self._log.open("a") as stderr:
            process = subprocess.Popen(
                command + options, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr, text=True
            )
        assert process.stdout is not None
        self.said = []
        for line in process.stdout:
            self.said.append(line.rstrip("\n"))
            if line.startswith("ready "):
                break
        else:
            process.stdout.close()
            raise NotRunning(f"venus up ended with {process.wait()}:\n{self.log}")
        self.rest = self.said[-1].removeprefix("ready ")
        self.ws = self.rest.replace("http", "ws", 1) + "/ws"
        sandbox = self.data / "sandbox.json"
        self.accounts = json.loads(sandbox.read_text())["accounts"] if sandbox.exists() else {}
        self.port = int(self.rest.rpartition(":")[2])
        self._process = process
        self._children = _children(process.pid)
        return self

    def stop(self) -> int:
        """Ask it to end, as SIGTERM does; its exit code. Nothing if it is not running."""
        if self._process is None:
            return 0
        self._process.terminate()
        return self._ended()

    def kill(self) -> None:
        """SIGKILL the parent alone; its children must go by themselves."""
        self._running().kill()
        self._ended()

    def kill_child(self, name: str) -> int:
        """SIGKILL "engine", "gateway" or "participants"; the others must follow. The exit code of the whole."""
        process_id = self.child(name)
        os.kill(process_id, signal.SIGKILL)
        return self._ended()

    def kill_engine(self) -> int:
        """SIGKILL the engine; the exit code of the whole."""
        return self.kill_child("engine")

    def child(self, name: str) -> int:
        """Process id of "engine", "gateway" or "participants"."""
        self._running()
        return self._children[name]

    def copy_to(self, data: Path, *, quiet_market: bool = False, open_limits: bool = False) -> Self:
        """An exchange on a copy of this one's directory, not started; this one must not be running."""
        assert self._process is None, "it is running"
        shutil.copytree(self.data, data, ignore=shutil.ignore_patterns("*.sock"))
        return type(self)(data, quiet_market=quiet_market, open_limits=open_limits)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.stop()

    def _running(self) -> subprocess.Popen[str]:
        assert self._process is not None, "it is not running"
        return self._process

    def _ended(self) -> int:
        """Wait for the parent, then for every child: all of them let go of the port and of the journal."""
        process = self._running()
        try:
            code = process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        finally:
            self._process = None
            assert process.stdout is not None
            process.stdout.close()
        deadline_s = time.monotonic() + GONE_S
        while left := [name for name, process_id in self._children.items() if _is_alive(process_id)]:
            assert time.monotonic() < deadline_s, f"outlived its parent: {left}"
            time.sleep(_LOOK_S)
        return code


def _children(process_id: int) -> dict[str, int]:
    """The processes of an exchange by what they are: the last name of the module that each runs."""
    found = {}
    for line in Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split():
        words = Path(f"/proc/{line}/cmdline").read_bytes().decode().split("\0")
        found[words[words.index("-m") + 1].rpartition(".")[2]] = int(line)
    return found


def _is_alive(process_id: int) -> bool:
    """Whether a process runs; one that ended and was not waited for does not."""
    try:
        stat = Path(f"/proc/{process_id}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"
