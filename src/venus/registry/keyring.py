"""Credentials in memory: how the hot path knows a key without SQL.

A key is read once, when it is first used. Every change of a key leaves a row in key_changes; once in REFRESH_S those
rows are read and what they name is forgotten, so a revocation in any process holds in all within that time. If they
cannot be read no key is believed: better no trade than one on a stolen key.
"""

import asyncio
import threading
import time

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from venus.registry.credentials import Credential, KeyKind, Permission, parse_networks, parse_public_key
from venus.registry.tables import ChangeRow, KeyRow
from venus.registry.vault import Vault

REFRESH_S = 1.0
REMEMBERED_MAX = 100_000
UNKNOWN_MAX = 10_000
CHANGES_OVERLAP = 100


class Keyring:
    """Live keys by their text. Its methods may be called from any thread."""

    def __init__(self, session: sessionmaker[Session], vault: Vault) -> None:
        self._session = session
        self._vault = vault
        self._remembered: dict[str, Credential] = {}
        self._unknown: set[str] = set()
        self._lock = threading.Lock()  # over changes of the two; looking up needs none
        self._forgotten_count = 0
        self._change = self._last_change()
        self._changes_seen: set[int] = set()
        self._refreshed_s = time.monotonic()
        self._refreshing: asyncio.Future[None] | None = None

    async def find(self, key: str) -> Credential | None:
        """A live key's credential from memory; SQL, in a thread, for a key not seen before and once in REFRESH_S."""
        known = self.known(key)
        if known is not None:
            return known
        if time.monotonic() - self._refreshed_s > REFRESH_S:
            await asyncio.shield(self._refresh_soon())
        credential = self._remembered.get(key)
        if credential is None and key not in self._unknown:
            credential = await asyncio.to_thread(self._load, key)
        return credential

    def known(self, key: str) -> Credential | None:
        """A live key's credential, if memory alone can tell: None for a key not seen before, and when changes have not
        been looked for in REFRESH_S. It has them looked for in time, so that hardly anybody has to wait for it."""
        age_s = time.monotonic() - self._refreshed_s
        if age_s > REFRESH_S:
            return None
        if age_s > REFRESH_S / 2:
            _ = self._refresh_soon()  # not waited for
        return self._remembered.get(key)

    def _refresh_soon(self) -> "asyncio.Future[None]":
        """One refresh for all who wait, which none of them ends by giving up."""
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.ensure_future(asyncio.to_thread(self.refresh))
            self._refreshing.add_done_callback(_look_at)
        return self._refreshing

    def credential(self, key: str) -> Credential | None:
        """As `find`, for callers without a loop; blocks for SQL on a key not seen before."""
        if time.monotonic() - self._refreshed_s > REFRESH_S:
            self.refresh()
        credential = self._remembered.get(key)
        if credential is None and key not in self._unknown:
            credential = self._load(key)
        return credential

    def refresh(self) -> None:
        """Forget the keys that any process has changed since the last time."""
        # The clock first: what changes while the rows are read belongs to the next refresh.
        started_s = time.monotonic()
        # Numbers are given when a row is written and seen when it is committed, so a lower one may come later.
        query = select(ChangeRow.id, ChangeRow.key).where(ChangeRow.id > self._change - CHANGES_OVERLAP)
        with self._session() as session:
            changes = session.execute(query).all()
        for number, key in changes:
            if number not in self._changes_seen:
                self.forget(key)
                self._change = max(self._change, number)
        self._changes_seen = {number for number, _ in changes}
        self._refreshed_s = started_s

    def _load(self, key: str) -> Credential | None:
        forgotten_count = self._forgotten_count
        with self._session() as session:
            row = session.get(KeyRow, key)
        if row is None or row.revoked_us is not None:
            self._remember(key, None, forgotten_count)
            return None
        kind = KeyKind(row.kind)
        credential = Credential(
            key=key,
            account=row.account,
            kind=kind,
            permissions=Permission(row.permissions),
            networks=parse_networks(row.networks),
            secret=self._vault.unseal(row.material, seal_context(key)) if kind is KeyKind.HMAC else b"",
            public=None if kind is KeyKind.HMAC else parse_public_key(kind, row.material),
        )
        self._remember(key, credential, forgotten_count)
        return credential

    def _remember(self, key: str, credential: Credential | None, forgotten_count: int) -> None:
        with self._lock:
            # If anything was forgotten while the row was read, it may be this key: do not remember what it was.
            if forgotten_count != self._forgotten_count:
                return
            if credential is not None:
                if len(self._remembered) >= REMEMBERED_MAX:
                    self._remembered.pop(next(iter(self._remembered)))
                self._remembered[key] = credential
                return
            if len(self._unknown) >= UNKNOWN_MAX:
                self._unknown.clear()  # strangers' guesses must not fill memory
            self._unknown.add(key)

    def forget(self, key: str) -> None:
        with self._lock:
            self._forgotten_count += 1
            self._remembered.pop(key, None)
            self._unknown.discard(key)

    def _last_change(self) -> int:
        with self._session() as session:
            return session.scalar(select(func.max(ChangeRow.id))) or 0


def _look_at(refreshing: "asyncio.Future[None]") -> None:
    """A refresh that failed and that nobody waited for is told to the next who asks, when the second is over."""
    if not refreshing.cancelled():
        refreshing.exception()


def seal_context(key: str) -> str:
    """What binds a sealed secret to its key's row."""
    return f"api_keys.material:{key}"
