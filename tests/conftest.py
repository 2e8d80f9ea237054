"""What all tests share: the heavy mark, Hypothesis's profiles, a running exchange, and that nothing is left running."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import hypothesis
import pytest

from venus.testing.running import RunningExchange

SESSION_VARIABLE = "VENUS_TEST_SESSION"
GRACE_S = 3.0  # for processes that are already ending

# A shared machine is no place for a deadline; a failing example prints the line that brings it back. The usual run asks
# the same everywhere and every time; the long one looks for something new, but where a variable CI says that it decides
# over somebody's change.
hypothesis.settings.register_profile("usual", deadline=None, print_blob=True, max_examples=50, derandomize=True)
hypothesis.settings.register_profile("all", deadline=None, print_blob=True, max_examples=1_000)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="also the tests marked heavy, and twenty times the examples")


def pytest_configure(config: pytest.Config) -> None:
    hypothesis.settings.load_profile("all" if config.getoption("--all") else "usual")
    # Inherited by every process that a test starts, and by theirs: how a forgotten server is found at the end.
    if not is_worker():
        os.environ[SESSION_VARIABLE] = uuid4().hex


def is_worker() -> bool:
    """One of several processes that share one run's tests."""
    return "PYTEST_XDIST_WORKER" in os.environ


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--all") or "heavy" in (config.option.markexpr or ""):
        return
    heavy = [item for item in items if item.get_closest_marker("heavy")]
    if heavy:
        config.hook.pytest_deselected(items=heavy)
        items[:] = [item for item in items if not item.get_closest_marker("heavy")]


@pytest.hookimpl(trylast=True)  # the workers have ended
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A server left running is a failure of the run: it would hold its port and a core until someone wonders."""
    if is_worker():
        return
    token = os.environ[SESSION_VARIABLE]
    deadline_s = time.monotonic() + GRACE_S
    while (left := descendants(token)) and time.monotonic() < deadline_s:
        time.sleep(0.05)
    for process_id, command in left.items():
        os.write(2, f"\nleft running by the tests: {process_id} {command}\n".encode())
        os.kill(process_id, signal.SIGKILL)
    if left and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def descendants(token: str) -> dict[int, str]:
    """Live processes but this one that carry the session's token, with their command lines."""
    mark = f"{SESSION_VARIABLE}={token}".encode()
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int(folder.name) != os.getpid() and mark in (folder / "environ").read_bytes().split(b"\0"):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                # Python's own helper of multiprocessing lives as long as we do, by design.
                if command and "multiprocessing.resource_tracker" not in command:
                    found[int(folder.name)] = command
        except OSError:
            continue  # it ended while we looked, or is another user's
    return found


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of Debian's browser; ./venus test installs it. A missing browser fails the test."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.fail("no Chromium on the PATH: run ./venus test as root, or apt-get install chromium", pytrace=False)
    return path


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> RunningExchange:
    """What `venus up` makes of an empty directory, stopped again. Never started: tests take copies of it."""
    made = RunningExchange(tmp_path_factory.mktemp("sandbox") / "data", quiet_market=True).start()
    assert made.stop() == 0, made.log
    return made


@pytest.fixture(scope="module")
def exchange(sandbox: RunningExchange, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningExchange]:
    """`venus up` with its simulated participants; not longer than a module needs it, since they never rest."""
    data = tmp_path_factory.mktemp("exchange") / "data"
    with sandbox.copy_to(data) as running:
        yield running
    shutil.rmtree(data)


@pytest.fixture
def own_exchange(sandbox: RunningExchange, tmp_path: Path) -> Iterator[RunningExchange]:
    """An exchange for one test to hurt: not started, without participants and without limits on requests."""
    own = sandbox.copy_to(tmp_path / "data", quiet_market=True, open_limits=True)
    yield own
    own.stop()
