"""What merchants ask to be paid. The core's reference memory sees to it that one is paid once; this says what it was.

A row may say OPEN of a request that was paid, if whoever paid it went away before that was written down: his retry, or
the merchant's question, finds the payment under the request's reference. Methods block for SQL.
"""

import threading
from enum import IntEnum
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.orm import Session, sessionmaker

from venus.registry.alone import Matter, alone
from venus.registry.currency_tables import PaymentRequestRow


class RequestState(IntEnum):
    OPEN = 0
    PAID = 1
    WITHDRAWN = 2
    EXPIRED = 3


class RequestDiffers(Exception):
    """Under this client id another request was made before."""


class PaymentRequests:
    def __init__(self, session: sessionmaker[Session], lock: threading.Lock) -> None:
        self._session = session
        self._lock = lock

    def add(
        self,
        *,
        owner: int,
        client_id: str,
        payee: int,
        asset: int,
        atoms: int,
        memo: str,
        created_us: int,
        expires_us: int,
    ) -> PaymentRequestRow:
        """A new one; the same under the same client id is the one that there is. Raises RequestDiffers."""
        mine = (PaymentRequestRow.owner == owner, PaymentRequestRow.client_id == client_id)
        with self._lock, self._session.begin() as session:
            alone(session, Matter.PAYMENT_REQUESTS)
            known = session.scalar(select(PaymentRequestRow).where(*mine))
            if known is not None:
                if (known.payee, known.asset, known.atoms, known.memo) != (payee, asset, atoms, memo):
                    raise RequestDiffers(client_id)
                return known
            row = PaymentRequestRow(
                id=uuid4().hex,
                owner=owner,
                client_id=client_id,
                payee=payee,
                asset=asset,
                atoms=atoms,
                memo=memo,
                created_us=created_us,
                expires_us=expires_us,
                state=RequestState.OPEN,
                payer=None,
                sequence=None,
            )
            session.add(row)
        return row

    def find(self, number: str, now_us: int) -> PaymentRequestRow | None:
        """As it stands at a time."""
        self._expire(PaymentRequestRow.id == number, now_us)
        with self._session() as session:
            return session.get(PaymentRequestRow, number)

    def note_paid(self, number: str, payer: int, sequence: int) -> None:
        """It was paid, says the core; whatever was thought of it here."""
        query = update(PaymentRequestRow).where(PaymentRequestRow.id == number)
        self._changed(query.values(state=RequestState.PAID, payer=payer, sequence=sequence))

    def withdraw(self, number: str, owner: int) -> bool:
        """Whether it was its owner's and open, and so is withdrawn now."""
        query = update(PaymentRequestRow).where(
            PaymentRequestRow.id == number,
            PaymentRequestRow.owner == owner,
            PaymentRequestRow.state == RequestState.OPEN,
        )
        return self._changed(query.values(state=RequestState.WITHDRAWN)) == 1

    def listing(
        self, owner: int, now_us: int, *, state: RequestState | None, before_us: int | None, limit: int
    ) -> list[PaymentRequestRow]:
        """A merchant's, the newest first, made before a time."""
        self._expire(PaymentRequestRow.owner == owner, now_us)
        query = select(PaymentRequestRow).where(PaymentRequestRow.owner == owner)
        if state is not None:
            query = query.where(PaymentRequestRow.state == state)
        if before_us is not None:
            query = query.where(PaymentRequestRow.created_us < before_us)
        query = query.order_by(PaymentRequestRow.created_us.desc(), PaymentRequestRow.id.desc())
        with self._session() as session:
            return list(session.scalars(query.limit(limit)))

    def open_count(self, owner: int, now_us: int) -> int:
        self._expire(PaymentRequestRow.owner == owner, now_us)
        mine = (PaymentRequestRow.owner == owner, PaymentRequestRow.state == RequestState.OPEN)
        with self._session() as session:
            return session.scalar(select(func.count()).select_from(PaymentRequestRow).where(*mine)) or 0

    def _expire(self, which: Any, now_us: int) -> None:
        stale = (which, PaymentRequestRow.state == RequestState.OPEN, PaymentRequestRow.expires_us <= now_us)
        self._changed(update(PaymentRequestRow).where(*stale).values(state=RequestState.EXPIRED))

    def _changed(self, statement: Any) -> int:
        with self._lock, self._session.begin() as session:
            return cast(CursorResult[Any], session.execute(statement)).rowcount
