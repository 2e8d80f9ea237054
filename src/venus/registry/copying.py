"""A registry in SQLite, copied whole while it is open."""

import sqlite3
from contextlib import closing
from pathlib import Path


def copy_sqlite(source: Path, to: Path) -> None:
    """What is committed, in one file; not waited for until it is on the disk. Raises sqlite3.Error."""
    with closing(sqlite3.connect(source)) as reading, closing(sqlite3.connect(to)) as writing:
        writing.execute("PRAGMA synchronous=OFF")
        reading.backup(writing)
