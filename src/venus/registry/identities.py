"""Who holds a wallet: sealed under a key of the operator that knows it, read only under an unsealing of the journal.

An operator's key is random and lies here under the master key, so that a leak of one opens no other operator's wallets,
and so that wallets of an operator that failed can be sealed anew for the one that takes them over. Who may read is the
door's question, which asks the journal's view; that somebody read is written down before he is answered. Methods block.
"""

import hmac
import os
import threading
import time
from typing import NamedTuple

import msgspec
from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from venus.registry.alone import Matter, alone
from venus.registry.currency_tables import IdentityRow, LookRow, OperatorKeyRow
from venus.registry.vault import MASTER_KEY_BYTES, MasterKey, Vault

RESEALED_AT_ONCE = 500
UNBOUND_US_MAX = 60_000_000


class Identity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an operator knows of somebody; a wallet of the lowest class has a telephone number and nothing else."""

    phone: str
    name: str = ""
    document: str = ""  # kind and number
    country: str = ""  # ISO 3166-1


class IdentityDiffers(Exception):
    """Under this client id somebody else was entered before."""


class PhoneTaken(Exception):
    """The telephone number has a wallet that needs nothing else, at this operator."""


class Look(NamedTuple):
    unsealing: int  # sequence of the event in the journal
    institution: int
    seat: int
    time_us: int


class _OperatorKey(NamedTuple):
    vault: Vault
    mark_key: bytes


class IdentityRecord:
    def __init__(self, session: sessionmaker[Session], vault: Vault, lock: threading.Lock) -> None:
        self._session = session
        self._vault = vault
        self._lock = lock
        self._keys: dict[tuple[int, int], _OperatorKey] = {}

    def enter(self, currency: int, operator: int, client_id: str, identity: Identity, *, phone_once: bool) -> int:
        """Seal an identity before its wallet is opened, or gets another class; its number. The same again is the same.

        phone_once: the number must have no other open wallet that was entered so at this operator.
        Raises IdentityDiffers, PhoneTaken.
        """
        with self._lock, self._session.begin() as session:
            alone(session, Matter.IDENTITIES)
            key = self._key(session, currency, operator)
            plain = msgspec.json.encode(identity)
            mark = _mark(key, plain)
            phone_mark = _mark(key, identity.phone.encode()) if phone_once else ""
            known = session.scalar(
                select(IdentityRow).where(
                    IdentityRow.currency == currency,
                    IdentityRow.entered_by == operator,
                    IdentityRow.client_id == client_id,
                )
            )
            if known is not None:
                # After a takeover the mark is of another key, under which the entry is made anew.
                if known.sealed_by == operator and known.mark != mark:
                    raise IdentityDiffers(client_id)
                return known.id
            if phone_once and self._is_taken(session, currency, operator, phone_mark):
                raise PhoneTaken
            row = IdentityRow(
                currency=currency,
                entered_by=operator,
                client_id=client_id,
                sealed_by=operator,
                account=None,
                sealed=b"",
                mark=mark,
                phone_mark=phone_mark,
                created_us=time.time_ns() // 1_000,
                closed_us=None,
            )
            session.add(row)
            session.flush()
            row.sealed = key.vault.seal(plain, _context(currency, operator, row.id))
            return row.id

    def bind(self, number: int, account: int) -> None:
        """The entry is this wallet's now; again, nothing changes. An older one of it is history."""
        with self._lock, self._session.begin() as session:
            row = session.get(IdentityRow, number)
            assert row is not None, number
            if row.account is None:
                older = update(IdentityRow).where(IdentityRow.account == account, IdentityRow.closed_us.is_(None))
                session.execute(older.values(closed_us=time.time_ns() // 1_000))
                row.account = account

    def drop(self, number: int) -> None:
        """Forget an entry whose wallet was not opened."""
        with self._lock, self._session.begin() as session:
            row = session.get(IdentityRow, number)
            if row is not None and row.account is None:
                session.delete(row)

    def close(self, account: int) -> None:
        """The wallet is closed: its telephone number is free again. What was sealed stays sealed here."""
        with self._lock, self._session.begin() as session:
            query = update(IdentityRow).where(IdentityRow.account == account, IdentityRow.closed_us.is_(None))
            session.execute(query.values(closed_us=time.time_ns() // 1_000))

    def read(self, account: int, unsealing: int, institution: int, seat: int) -> Identity | None:
        """Who holds a wallet, or held it last; None if nobody was entered. Written down before it is told.

        unsealing: sequence of the event by which the journal allows it; that it does is the caller's to know.
        """
        with self._lock, self._session.begin() as session:
            query = select(IdentityRow).where(IdentityRow.account == account).order_by(IdentityRow.id.desc())
            row = session.scalars(query.limit(1)).first()
            if row is None:
                return None
            key = self._key(session, row.currency, row.sealed_by)
            plain = key.vault.unseal(row.sealed, _context(row.currency, row.sealed_by, row.id))
            session.add(
                LookRow(
                    account=account,
                    unsealing=unsealing,
                    institution=institution,
                    seat=seat,
                    time_us=time.time_ns() // 1_000,
                )
            )
        return msgspec.json.decode(plain, type=Identity)

    def looks(self, account: int) -> list[Look]:
        """Every reading, the oldest first."""
        query = select(LookRow).where(LookRow.account == account).order_by(LookRow.id)
        with self._session() as session:
            return [Look(row.unsealing, row.institution, row.seat, row.time_us) for row in session.scalars(query)]

    def look_counts(self) -> dict[int, int]:
        """How many readings there were ever, by institution that read."""
        query = select(LookRow.institution, func.count()).group_by(LookRow.institution).order_by(LookRow.institution)
        with self._session() as session:
            return dict(session.execute(query).all())

    def reseal(self, currency: int, from_operator: int, to_operator: int) -> int:
        """Seal anew, under the key of the operator that took wallets over, what was sealed under the other's; how many.

        RESEALED_AT_ONCE in one transaction, so it may be ended at any time and done again; nobody waits long for it.
        """
        count = 0
        while changed := self._reseal_some(currency, from_operator, to_operator):
            count += changed
        return count

    def sealed_under(self, currency: int, operator: int) -> int:
        """How many entries are sealed under an operator's key."""
        query = select(func.count()).select_from(IdentityRow)
        with self._session() as session:
            return session.scalar(query.where(IdentityRow.currency == currency, IdentityRow.sealed_by == operator)) or 0

    def _reseal_some(self, currency: int, from_operator: int, to_operator: int) -> int:
        with self._lock, self._session.begin() as session:
            old, new = (self._key(session, currency, operator) for operator in (from_operator, to_operator))
            query = select(IdentityRow).where(IdentityRow.currency == currency, IdentityRow.sealed_by == from_operator)
            rows = list(session.scalars(query.order_by(IdentityRow.id).limit(RESEALED_AT_ONCE)))
            for row in rows:
                plain = old.vault.unseal(row.sealed, _context(currency, from_operator, row.id))
                row.sealed = new.vault.seal(plain, _context(currency, to_operator, row.id))
                row.sealed_by, row.mark = to_operator, _mark(new, plain)
                if row.phone_mark:
                    row.phone_mark = _mark(new, msgspec.json.decode(plain, type=Identity).phone.encode())
        return len(rows)

    @staticmethod
    def _is_taken(session: Session, currency: int, operator: int, phone_mark: str) -> bool:
        query = select(IdentityRow.id).where(
            IdentityRow.currency == currency,
            IdentityRow.sealed_by == operator,
            IdentityRow.phone_mark == phone_mark,
            IdentityRow.closed_us.is_(None),
            # What a crash left without a wallet holds the number for as long as its retry may take, not for ever.
            or_(IdentityRow.account.is_not(None), IdentityRow.created_us > time.time_ns() // 1_000 - UNBOUND_US_MAX),
        )
        return session.scalars(query.limit(1)).first() is not None

    def _key(self, session: Session, currency: int, operator: int) -> _OperatorKey:
        """An operator's key, made when it is first needed."""
        known = self._keys.get((currency, operator))
        if known is not None:
            return known
        context = f"operator_keys.sealed:{currency}:{operator}"
        row = session.get(OperatorKeyRow, (currency, operator))
        if row is None:
            raw = os.urandom(MASTER_KEY_BYTES)
            sealed = self._vault.seal(raw, context)
            session.add(
                OperatorKeyRow(currency=currency, operator=operator, sealed=sealed, created_us=time.time_ns() // 1_000)
            )
            # Not remembered yet: the transaction that makes it may fail.
            return _operator_key(raw)
        found = _operator_key(self._vault.unseal(row.sealed, context))
        self._keys[currency, operator] = found
        return found


def _operator_key(raw: bytes) -> _OperatorKey:
    return _OperatorKey(MasterKey(raw).vault(), hmac.digest(raw, b"marks", "sha256"))


def _mark(key: _OperatorKey, plain: bytes) -> str:
    return hmac.digest(key.mark_key, plain, "sha256").hex()


def _context(currency: int, operator: int, number: int) -> str:
    """What binds a sealed identity to its row and to whose key it is sealed under."""
    return f"wallet_identities.sealed:{currency}:{operator}:{number}"
