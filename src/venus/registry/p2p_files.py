"""Files of chats and evidence: on disk under their content's hash, sealed; who brought them and who may read them.

What may be a file is venus/p2p/attachments.py's to know. A file is written whole before its row, so that a row is never
without its file. Methods block.
"""

import os
import threading
import time
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from venus.registry.alone import Matter, alone
from venus.registry.p2p_tables import FileOwnerRow, FileRow, FileUseRow
from venus.registry.p2p_writings import TooMany
from venus.registry.vault import Vault

FILES_DAY_MAX = 100
"""Of one account."""
_DAY_US = 86_400_000_000


class FileFacts(NamedTuple):
    hash: str  # SHA-256 as hex
    type: str  # media type
    bytes: int
    name: str  # as who brought it calls it; empty: he did not bring it


class FileRecord:
    def __init__(self, directory: Path, session: sessionmaker[Session], vault: Vault, lock: threading.Lock) -> None:
        self._directory = directory
        self._session = session
        self._vault = vault
        self._lock = lock
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)

    def keep(self, account: int, content: bytes, media_type: str, name: str) -> FileFacts:
        """Keep a file that was let in. The same bytes again are the same file. Raises TooMany, OSError."""
        digest = sha256(content).hexdigest()
        now_us = time.time_ns() // 1_000
        with self._lock, self._session.begin() as session:
            alone(session, Matter.FILES)
            owner = session.get(FileOwnerRow, (digest, account))
            if owner is None:
                lately = (FileOwnerRow.account == account, FileOwnerRow.created_us > now_us - _DAY_US)
                count = session.scalar(select(func.count()).select_from(FileOwnerRow).where(*lately))
                if (count or 0) >= FILES_DAY_MAX:
                    raise TooMany(f"at most {FILES_DAY_MAX} files a day")
                session.add(FileOwnerRow(hash=digest, account=account, name=name, created_us=now_us))
            else:
                owner.name = name
            row = session.get(FileRow, digest)
            if row is None:
                self._write(digest, self._vault.seal(content, _context(digest)))
                row = FileRow(hash=digest, type=media_type, bytes=len(content), created_us=now_us)
                session.add(row)
        return FileFacts(digest, row.type, row.bytes, name)

    def facts(self, digest: str, account: int) -> FileFacts | None:
        """Of a file that is there, and what an account that brought it calls it."""
        with self._session() as session:
            row, owner = session.get(FileRow, digest), session.get(FileOwnerRow, (digest, account))
        return None if row is None else FileFacts(row.hash, row.type, row.bytes, owner.name if owner else "")

    def is_of(self, digest: str, account: int) -> bool:
        """Whether an account brought it, and so may show it."""
        with self._session() as session:
            return session.get(FileOwnerRow, (digest, account)) is not None

    def use(self, digest: str, order: int) -> None:
        """It was shown in an order: its parties and the arbiter may read it from now on."""
        with self._lock, self._session.begin() as session:
            session.merge(FileUseRow(hash=digest, order_id=order))

    def is_used(self, digest: str, order: int) -> bool:
        with self._session() as session:
            return session.get(FileUseRow, (digest, order)) is not None

    def read(self, digest: str) -> bytes | None:
        """Its bytes, as they were brought. Raises VaultError if they were changed on the disk, OSError."""
        with self._session() as session:
            if session.get(FileRow, digest) is None:
                return None
        return self._vault.unseal(self._path(digest).read_bytes(), _context(digest))

    def _path(self, digest: str) -> Path:
        return self._directory / digest[:2] / digest

    def _write(self, digest: str, sealed: bytes) -> None:
        """Whole or not at all, and on the disk before anybody is told."""
        path = self._path(digest)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        part = path.with_suffix(f".{os.getpid()}.part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        for directory in (path.parent, self._directory):
            opened = os.open(directory, os.O_RDONLY)
            try:
                os.fsync(opened)
            finally:
                os.close(opened)


def _context(digest: str) -> str:
    return f"p2p_files:{digest}"
