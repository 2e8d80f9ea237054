"""A PostgreSQL server of one's own, for as long as a test or a figure needs it; the machine has its programs."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SERVER_USER = "nobody"
"""PostgreSQL refuses to run as root; as another user it runs as that."""
OWNER, DATABASE = "venus", "postgres"
START_S = 30.0


def program(name: str) -> str | None:
    """A server's program, also where Debian keeps it off the PATH; None: there is none."""
    found = shutil.which(name)
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return found or (str(places[-1]) if places else None)


@contextmanager
def server(*settings: str, disk: Path | None = None) -> Iterator[Path]:
    """The folder of its socket; OWNER may do everything. It and all its data end with this.

    settings  NAME=VALUE
    disk      a folder where its data are to be, if it matters on which disk
    """
    initdb, postgres = program("initdb"), program("postgres")
    assert initdb and postgres, "PostgreSQL's programs are not on this machine"
    root = Path(tempfile.mkdtemp(prefix="venus-pg-"))
    data, sockets = (disk or root) / "data", root / "s"
    options: dict[str, Any] = {"cwd": "/"}
    for place in (data, sockets):
        place.mkdir()
    if os.getuid() == 0:
        for folder in (root, disk or root):
            folder.chmod(0o755)
        options |= {"user": SERVER_USER, "group": "nogroup", "extra_groups": []}
        for place in (data, sockets):
            shutil.chown(place, SERVER_USER)
    try:
        made = [initdb, "-D", str(data), "-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync"]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, **options)
        asked = [part for setting in ("listen_addresses=", *settings) for part in ("-c", setting)]
        running = subprocess.Popen(
            [postgres, "-D", str(data), "-k", str(sockets), *asked], stderr=subprocess.DEVNULL, **options
        )
        try:
            _wait_for(running, sockets)
            yield sockets
        finally:
            running.terminate()
            running.wait(60)
    finally:
        shutil.rmtree(data, ignore_errors=True)
        shutil.rmtree(root)


def _wait_for(running: subprocess.Popen[bytes], sockets: Path) -> None:
    ready, until_s = program("pg_isready"), time.monotonic() + START_S
    assert ready
    while time.monotonic() < until_s and running.poll() is None:
        if subprocess.run([ready, "-h", sockets, "-q"], check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise AssertionError("PostgreSQL did not start")


def url(sockets: Path) -> str:
    """As SQLAlchemy has it, by psycopg."""
    return f"postgresql+psycopg://{OWNER}@/{DATABASE}?host={sockets}"
