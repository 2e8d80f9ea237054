"""What a client's day says of itself, one line of JSON for each capability.

A day is a program of its own, run by the interpreter of the client's environment, and reads where the exchange is from
a file. A capability that fails costs the day nothing but that line: the day goes on.
"""

import asyncio
import json
import signal
import sys
import time
import traceback
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Any

from tests.doors.clients.capabilities import CAPABILITIES, NAMES

PATIENCE_S = 60
_HERE = str(Path(__file__).parent)
_DETAIL_MAX = 400


class NoCall(Exception):
    """The client has no call for it: a fact about the client, and no fault of the exchange."""


class Place:
    """Where the exchange of today is.

    rest, ws, ws_api   addresses without a slash at the end
    accounts           apiKey and secret by name
    """

    def __init__(self, file: Path) -> None:
        content = json.loads(file.read_text())
        self.rest: str = content["rest"]
        self.ws: str = content["ws"]
        self.accounts: dict[str, dict[str, str]] = content["accounts"]
        self.host = self.rest.removeprefix("http://")
        self.ws_api = f"ws://{self.host}/ws-api/v3"
        self.folder = file.parent

    @classmethod
    def of_arguments(cls) -> "Place":
        return cls(Path(sys.argv[1]))

    def cut(self) -> None:
        """Have every open WebSocket connection broken off, without a goodbye."""
        url = f"{self.rest}/sandbox/connections/end"
        request = urllib.request.Request(url, b'{"how":"cut"}', {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as reply:
            assert json.load(reply)["ended"] > 0, "nothing was connected"


class Diary:
    """Of one column of the page. `distribution` is the package whose version the column shows."""

    def __init__(self, column: str, distribution: str) -> None:
        self.column = column
        self._written: set[str] = set()
        self._file = Path(sys.argv[2])
        self._write({"column": column, "client": distribution, "version": version(distribution)})

    @contextmanager
    def entry(self, *capabilities: str, seconds: float = PATIENCE_S) -> Iterator[None]:
        """What is done within shows these to work: for code that blocks."""
        started_s = time.monotonic()
        previous = signal.signal(signal.SIGALRM, _too_long)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        except Exception as error:  # noqa: BLE001  whatever it is, it is what the day has to say
            signal.setitimer(signal.ITIMER_REAL, 0)
            self._failed(capabilities, error, started_s)
        else:
            signal.setitimer(signal.ITIMER_REAL, 0)
            self._worked(capabilities, started_s)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous)

    @asynccontextmanager
    async def waiting(self, *capabilities: str, seconds: float = PATIENCE_S) -> AsyncIterator[None]:
        """The same for code that runs in an event loop."""
        started_s = time.monotonic()
        try:
            async with asyncio.timeout(seconds):
                yield
        except Exception as error:  # noqa: BLE001
            self._failed(capabilities, error, started_s)
        else:
            self._worked(capabilities, started_s)

    def absent(self, reason: str, *names: str) -> None:
        """The client cannot be asked for these capabilities, or for whole headings, because of `reason`."""
        for name in names:
            for capability in CAPABILITIES.get(name, (name,)):
                self._result(capability, None, reason, time.monotonic())

    def has(self, capability: str) -> bool:
        return capability in self._written

    def close(self, reason: str) -> None:
        """Whatever this column did not come to is absent because of `reason`."""
        self.absent(reason, *(name for name in NAMES if name not in self._written))

    def _worked(self, capabilities: tuple[str, ...], started_s: float) -> None:
        for capability in capabilities:
            self._result(capability, True, "", started_s)

    def _failed(self, capabilities: tuple[str, ...], error: Exception, started_s: float) -> None:
        works = None if isinstance(error, NoCall) else False
        for capability in capabilities:
            self._result(capability, works, str(error) if works is None else _detail(error), started_s)

    def _result(self, capability: str, works: bool | None, detail: str, started_s: float) -> None:
        assert capability in NAMES, capability
        assert capability not in self._written, f"{capability} twice"
        self._written.add(capability)
        seconds = round(time.monotonic() - started_s, 2)
        self._write(
            {
                "column": self.column,
                "capability": capability,
                "works": works,
                "detail": detail,
                "seconds": seconds,
            }
        )

    def _write(self, line: dict[str, Any]) -> None:
        with self._file.open("a") as file:
            file.write(json.dumps(line) + "\n")


def _too_long(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError("it took too long")


def _detail(error: Exception) -> str:
    """The error, and where in the day it was: an assertion of ours has no words of its own."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(_HERE)]
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno} `{frames[-1].line}`" if frames else ""
    words = f"{type(error).__name__}: {error}".replace("\n", " ")
    return words[:_DETAIL_MAX] + where
