"""What people wrote in the market between people, by the hash that commands carry; what they asked under a client id.

venus/p2p/texts.py makes encodings and hashes. All is sealed under the master key: accounts and evidence are personal
data. Methods that are not to be awaited block for SQL.
"""

import contextlib
import threading
import time
from enum import IntEnum
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from venus.registry.alone import Matter, alone
from venus.registry.gathering import Gathering
from venus.registry.p2p_tables import ClientIdRow, DocumentRow, DocumentUseRow, PaymentAccountRow
from venus.registry.vault import Vault

PAYMENT_ACCOUNTS_MAX = 50


class DocumentKind(IntEnum):
    """Stored: a number never changes its meaning."""

    ADVERT = 1
    EVIDENCE = 2
    GROUNDS = 3


class TooMany(Exception):
    """Of a list that has an end."""


class RequestDiffers(Exception):
    """Under this client id something else was asked before."""


class Asked(NamedTuple):
    """What is known of a request."""

    is_new: bool
    sequence: int | None  # what answered it; None: nobody wrote it down yet
    command: bytes  # that was handed in, encoded


class Answered(NamedTuple):
    """What became of a request."""

    account: int
    client_id: str
    sequence: int  # of the event that answered it

    def note(self, connection: Connection) -> None:
        row = {"of": self.account, "under": self.client_id, "answered": self.sequence}
        connection.execute(_ANSWER, row)


class DeclaredAccount(NamedTuple):
    """A payment account: `content` is its encoding by venus/p2p/texts.py, `hash` what commands carry."""

    number: int
    account: int
    method: int  # of packs/p2p_methods
    hash: bytes
    content: bytes
    is_removed: bool


class Brought(NamedTuple):
    """Evidence, encoded by venus/p2p/texts.py."""

    account: int
    time_us: int
    hash: bytes
    content: bytes


class WritingsRecord:
    def __init__(
        self, session: sessionmaker[Session], vault: Vault, lock: threading.Lock, writing: Gathering, reading: Gathering
    ) -> None:
        self._session = session
        self._vault = vault
        self._lock = lock
        self._writing = writing
        self._reading = reading

    # Documents

    def keep(self, kind: DocumentKind, content: bytes) -> bytes:
        """Keep a text; its SHA-256, under which it is found again. The same text is kept once."""
        digest = sha256(content).digest()
        sealed = self._vault.seal(content, _document_context(digest))
        # Another process may keep it in this moment.
        with self._lock, contextlib.suppress(IntegrityError), self._session.begin() as session:
            if session.get(DocumentRow, digest.hex()) is None:
                session.add(DocumentRow(hash=digest.hex(), kind=int(kind), sealed=sealed, created_us=_now_us()))
        return digest

    def document(self, digest: bytes) -> bytes | None:
        with self._session() as session:
            row = session.get(DocumentRow, digest.hex())
        return None if row is None else self._vault.unseal(row.sealed, _document_context(digest))

    def bring(self, order: int, account: int, content: bytes) -> bytes:
        """Keep a text as evidence of a party in an order; its SHA-256."""
        digest = self.keep(DocumentKind.EVIDENCE, content)
        with self._lock, contextlib.suppress(IntegrityError), self._session.begin() as session:
            if session.get(DocumentUseRow, (order, digest.hex())) is None:
                session.add(DocumentUseRow(order_id=order, hash=digest.hex(), account=account, time_us=_now_us()))
        return digest

    def brought(self, order: int) -> list[Brought]:
        """Evidence in an order, the oldest first."""
        query = select(DocumentUseRow).where(DocumentUseRow.order_id == order).order_by(DocumentUseRow.time_us)
        with self._session() as session:
            rows = list(session.scalars(query))
        found = ((row, self.document(bytes.fromhex(row.hash))) for row in rows)
        return [
            Brought(row.account, row.time_us, bytes.fromhex(row.hash), content)
            for row, content in found
            if content is not None
        ]

    # Payment accounts

    def add_payment_account(self, account: int, method: int, content: bytes) -> DeclaredAccount:
        """Raises TooMany beyond PAYMENT_ACCOUNTS_MAX."""
        digest = sha256(content).digest()
        with self._lock, self._session.begin() as session:
            alone(session, Matter.TRADERS)
            count = session.scalar(select(func.count()).select_from(PaymentAccountRow).where(*_standing(account)))
            if (count or 0) >= PAYMENT_ACCOUNTS_MAX:
                raise TooMany(f"at most {PAYMENT_ACCOUNTS_MAX} payment accounts")
            row = PaymentAccountRow(
                account=account,
                method=method,
                hash=digest.hex(),
                sealed=self._vault.seal(content, _payment_context(account, digest.hex())),
                created_us=_now_us(),
                removed_us=None,
            )
            session.add(row)
        return self._declared(row)

    async def payment_accounts(self, account: int) -> list[DeclaredAccount]:
        """Those that stand, the oldest first."""
        rows = await self._reading.do(lambda connection: connection.execute(_STANDING, {"of": account}).all())
        return [self._declared(row) for row in rows]

    async def payment_account(self, account: int, number: int) -> DeclaredAccount | None:
        """One that stands and is this account's."""
        return next((one for one in await self.payment_accounts(account) if one.number == number), None)

    def declared(self, digest: bytes) -> DeclaredAccount | None:
        """What was declared under a hash, removed since or not."""
        with self._session() as session:
            row = session.scalar(select(PaymentAccountRow).where(PaymentAccountRow.hash == digest.hex()).limit(1))
        return None if row is None else self._declared(row)

    def remove_payment_account(self, account: int, number: int) -> bool:
        """Whether it was there. Orders that it was declared for keep it."""
        with self._lock, self._session.begin() as session:
            row = session.scalar(select(PaymentAccountRow).where(*_standing(account), PaymentAccountRow.id == number))
            if row is not None:
                row.removed_us = _now_us()
        return row is not None

    # Client ids

    async def asked(self, account: int, client_id: str, said: bytes) -> Asked | None:
        """What is known of a request, if it came before. Raises RequestDiffers."""
        one = {"of": account, "under": client_id}
        row = await self._reading.do(lambda connection: connection.execute(_ASKED, one).first())
        if row is None:
            return None
        if row.digest != sha256(said).hexdigest():
            raise RequestDiffers(client_id)
        return Asked(False, row.sequence, row.command)

    async def ask(self, account: int, client_id: str, said: bytes, command: bytes) -> Asked:
        """Note a request and its command before that is sent. One that is not new and has no answer may have been
        carried out: of it the first command is sent again, which is done once. Raises RequestDiffers.
        """
        digest = sha256(said).hexdigest()

        def note(connection: Connection) -> Asked | None:
            row = connection.execute(_ASKED, {"of": account, "under": client_id}).first()
            if row is not None:
                return Asked(False, row.sequence, row.command) if row.digest == digest else None
            connection.execute(
                _ASK,
                {
                    "account": account,
                    "client_id": client_id,
                    "digest": digest,
                    "sequence": None,
                    "command": command,
                    "created_us": _now_us(),
                },
            )
            return Asked(True, None, command)

        asked = await self._writing.do(note, Matter.CLIENT_IDS)
        if asked is None:
            raise RequestDiffers(client_id)
        return asked

    async def answer(self, answered: Answered) -> None:
        """Note what became of a request."""
        await self._writing.do(answered.note, Matter.CLIENT_IDS)

    async def forget(self, account: int, client_id: str) -> None:
        """It was refused: the client id is free again."""
        row = {"of": account, "under": client_id}
        await self._writing.do(lambda connection: connection.execute(_FORGET, row), Matter.CLIENT_IDS)

    def _declared(self, row: PaymentAccountRow | Row[Any]) -> DeclaredAccount:
        content = self._vault.unseal(row.sealed, _payment_context(row.account, row.hash))
        return DeclaredAccount(
            row.id, row.account, row.method, bytes.fromhex(row.hash), content, row.removed_us is not None
        )


# Put together once: making a statement takes longer than having it carried out.
_STANDING = (
    select(PaymentAccountRow.__table__)
    .where(PaymentAccountRow.account == bindparam("of"), PaymentAccountRow.removed_us.is_(None))
    .order_by(PaymentAccountRow.id)
)
_CLIENT_IDS = ClientIdRow.__table__
_OF_ONE = (ClientIdRow.account == bindparam("of"), ClientIdRow.client_id == bindparam("under"))
_ASKED = select(ClientIdRow.digest, ClientIdRow.sequence, ClientIdRow.command).where(*_OF_ONE)
_ASK = insert(_CLIENT_IDS)  # type: ignore[arg-type]
_ANSWER = update(_CLIENT_IDS).where(*_OF_ONE).values(sequence=bindparam("answered"))  # type: ignore[arg-type]
_FORGET = delete(_CLIENT_IDS).where(*_OF_ONE, ClientIdRow.sequence.is_(None))  # type: ignore[arg-type]


def _standing(account: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return PaymentAccountRow.account == account, PaymentAccountRow.removed_us.is_(None)


def _document_context(digest: bytes) -> str:
    return f"p2p_documents.sealed:{digest.hex()}"


def _payment_context(account: int, digest: str) -> str:
    return f"p2p_payment_accounts.sealed:{account}:{digest}"


def _now_us() -> int:
    return time.time_ns() // 1_000
