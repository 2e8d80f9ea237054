"""Payments by operators' messages, what came back of them, and who asked for that: what a pacs.004 and a camt.029 tell.

The ledger knows a payment by a digest alone; here stand the message and transaction that others know it by. Methods
block for SQL.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from venus.registry.currency_tables import MessagePaymentRow, MessageRefundRow, RecallRow

Written = TypeVar("Written")
OPEN_MAX = 1_000
"""That are told at once, the oldest first."""


class RecallDiffers(Exception):
    """Under this message and identification something else was asked before."""


class Recall(NamedTuple):
    """A request with the payment that it is about, and how much of that was given back until now."""

    row: RecallRow
    payment: MessagePaymentRow
    returned_atoms: int

    @property
    def is_done(self) -> bool:
        return self.returned_atoms >= self.row.atoms


class Recalls:
    def __init__(self, session: sessionmaker[Session], lock: threading.Lock) -> None:
        self._session = session
        self._lock = lock

    # Payments and refunds

    def note_payments(self, rows: Sequence[MessagePaymentRow]) -> None:
        """What messages paid; what is known stays as it is."""
        with self._lock, self._session.begin() as session:
            for row in rows:
                session.merge(row)

    def payments(self, payments: Iterable[str]) -> dict[str, MessagePaymentRow]:
        query = select(MessagePaymentRow).where(MessagePaymentRow.payment.in_(list(payments)))
        with self._session() as session:
            return {row.payment: row for row in session.scalars(query)}

    def begin_refund(self, refund: str, payment: str, atoms: int, reason: str) -> bool:
        """Note a refund of a payment by a message before it is made; whether it is one."""

        def write() -> bool:
            with self._lock, self._session.begin() as session:
                if session.get(MessagePaymentRow, payment) is None:
                    return False
                if session.get(MessageRefundRow, refund) is None:
                    row = MessageRefundRow(refund=refund, payment=payment, atoms=atoms, reason=reason, done=False)
                    session.add(row)
                return True

        return _twice(write)

    def end_refund(self, refund: str) -> None:
        """The ledger has it."""
        with self._lock, self._session.begin() as session:
            session.execute(update(MessageRefundRow).where(MessageRefundRow.refund == refund).values(done=True))

    def refunds(self, refunds: Iterable[str]) -> dict[str, tuple[MessageRefundRow, MessagePaymentRow]]:
        query = select(MessageRefundRow, MessagePaymentRow).join(
            MessagePaymentRow, MessagePaymentRow.payment == MessageRefundRow.payment
        )
        with self._session() as session:
            found = session.execute(query.where(MessageRefundRow.refund.in_(list(refunds)))).all()
        return {refund.refund: (refund, payment) for refund, payment in found}

    def returned_atoms(self, payment: str) -> int:
        with self._session() as session:
            return _returned(session, payment)

    # Requests

    def add(self, asked: RecallRow) -> None:
        """The same again is the one that there is. Raises RecallDiffers."""

        def write() -> None:
            mine = (RecallRow.agent == asked.agent, RecallRow.message == asked.message)
            query = select(RecallRow).where(*mine, RecallRow.identification == asked.identification)
            with self._lock, self._session.begin() as session:
                known = session.scalar(query)
                if known is None:
                    session.add(asked)
                elif (known.payment, known.atoms) != (asked.payment, asked.atoms):
                    raise RecallDiffers(asked.identification)

        _twice(write)

    def open(self, currency: int) -> list[Recall]:
        """That were neither rejected nor done, the oldest first."""
        return self._open(MessagePaymentRow.currency == currency)

    def open_to(self, payee: int) -> list[Recall]:
        """The same, of what one wallet was paid."""
        return self._open(MessagePaymentRow.payee == payee)

    def _open(self, which: ColumnElement[bool]) -> list[Recall]:
        query = _joined().where(which, RecallRow.rejected.is_(None))
        return [one for one in self._found(query) if not one.is_done][:OPEN_MAX]

    def of_message(self, agent: str, message: str) -> list[Recall]:
        return self._found(_joined().where(RecallRow.agent == agent, RecallRow.message == message))

    def reject(self, recalls: Sequence[Recall], reason: str) -> None:
        numbers = [one.row.id for one in recalls]
        query = update(RecallRow).where(RecallRow.id.in_(numbers), RecallRow.rejected.is_(None))
        with self._lock, self._session.begin() as session:
            session.execute(query.values(rejected=reason))

    def _found(self, query: Select[RecallRow, MessagePaymentRow]) -> list[Recall]:
        with self._session() as session:
            return [
                Recall(row, payment, _returned(session, payment.payment))
                for row, payment in session.execute(query.order_by(RecallRow.id)).all()
            ]


def _joined() -> Select[RecallRow, MessagePaymentRow]:
    return select(RecallRow, MessagePaymentRow).join(MessagePaymentRow, MessagePaymentRow.payment == RecallRow.payment)


def _returned(session: Session, payment: str) -> int:
    query = select(func.sum(MessageRefundRow.atoms)).where(MessageRefundRow.payment == payment, MessageRefundRow.done)
    return int(session.scalar(query) or 0)


def _twice(write: Callable[[], Written]) -> Written:
    """Two gateways may write the same row at once: who comes second finds it at the next try."""
    try:
        return write()
    except IntegrityError:
        return write()
