"""What was asked to be moved inside: between wallets, to and from sub-accounts, from one coin to another, and gifts.

As in chain_record.py a change of a state names the state that it changes. Methods block for SQL.
"""

import threading
from collections.abc import Sequence
from enum import IntEnum
from typing import Any, cast

from sqlalchemy import CursorResult, Select, and_, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from venus.registry.alone import Matter, alone
from venus.registry.wallet_tables import ConversionRow, DividendRow, MovementRow

FIRST_NUMBER = 10_000_000_000
"""Numbers of movements and conversions begin here: clients take them for transaction ids, and expect long ones."""


class MoveState(IntEnum):
    PENDING = 0
    CONFIRMED = 1
    FAILED = 2
    RESUMED = 3  # pending, and whoever wrote it down has not come back


class ConversionKind(IntEnum):
    CONVERT = 1
    DUST = 2


class ConversionState(IntEnum):
    QUOTED = 0
    ACCEPTED = 1
    SUCCESS = 2
    FAILED = 3
    RESUMED = 4  # accepted, and whoever did so has not come back
    RETURNING = 5  # the house could not pay; what it took goes back


class DuplicateClientId(Exception):
    """A movement of this owner has this client id already."""


class MovesRecord:
    def __init__(self, session: sessionmaker[Session], lock: threading.Lock) -> None:
        self._session = session
        self._lock = lock

    # Movements

    def add_movement(self, **facts: Any) -> MovementRow:
        """Write down a movement before its transfer; raises DuplicateClientId."""
        row = MovementRow(state=MoveState.PENDING, **facts)
        try:
            with self._lock, self._session.begin() as session:
                row.id = self._next_number(session, MovementRow)
                session.add(row)
        except IntegrityError:
            raise DuplicateClientId(row.client_id) from None
        return row

    def advance_movement(self, number: int, before: MoveState, after: MoveState) -> bool:
        """Whether it was in the state `before`, and so is in the state `after` now."""
        query = update(MovementRow).where(MovementRow.id == number, MovementRow.state == before)
        return self._changed(query.values(state=after)) == 1

    def resume_movements(self, before_us: int) -> list[MovementRow]:
        """Take over movements that were written down before then and left; all that are taken over."""
        stale = (MovementRow.state == MoveState.PENDING, MovementRow.created_us < before_us)
        self._changed(update(MovementRow).where(*stale).values(state=MoveState.RESUMED))
        return self._all(select(MovementRow).where(MovementRow.state == MoveState.RESUMED).order_by(MovementRow.id))

    def movements(
        self,
        *,
        since_us: int,
        until_us: int,
        kinds: Sequence[str] | None = None,
        owner: int | None = None,
        debits: Sequence[int] | None = None,
        credits_: Sequence[int] | None = None,
        client_id: str | None = None,
        coin: str | None = None,
        offset: int,
        limit: int,
    ) -> tuple[list[MovementRow], int]:
        """The newest first, and how many there are in all. Debits and credits: one of either."""
        query = select(MovementRow).where(MovementRow.created_us >= since_us, MovementRow.created_us <= until_us)
        if kinds is not None:
            query = query.where(MovementRow.kind.in_(kinds))
        sides = []
        if debits is not None:
            sides.append(MovementRow.debit.in_(debits))
        if credits_ is not None:
            sides.append(MovementRow.credit.in_(credits_))
        if sides:
            query = query.where(or_(*sides))
        for column, wanted in (
            (MovementRow.owner, owner),
            (MovementRow.client_id, client_id),
            (MovementRow.coin, coin),
        ):
            if wanted is not None:
                query = query.where(column == wanted)
        return self._page(query, MovementRow.id.desc(), offset, limit)

    # Conversions

    def add_conversions(self, rows: Sequence[ConversionRow]) -> None:
        """Write down quotes, numbered; those of one batch that is None yet take the first's number."""
        with self._lock, self._session.begin() as session:
            first = self._next_number(session, ConversionRow)
            for number, row in enumerate(rows, first):
                row.id = number
                if row.kind == ConversionKind.DUST:
                    row.batch = first
                session.add(row)

    def conversion(self, owner: int, *, number: int | None = None, quote_id: str | None = None) -> ConversionRow | None:
        query = select(ConversionRow).where(ConversionRow.owner == owner)
        if number is not None:
            query = query.where(ConversionRow.id == number)
        if quote_id is not None:
            query = query.where(ConversionRow.quote_id == quote_id)
        with self._session() as session:
            return session.scalar(query)

    def advance_conversion(self, number: int, before: ConversionState, after: ConversionState, **changes: Any) -> bool:
        """Whether it was in the state `before`, and so is in the state `after` now."""
        query = update(ConversionRow).where(ConversionRow.id == number, ConversionRow.state == before)
        return self._changed(query.values(state=after, **changes)) == 1

    def resume_conversions(self, before_us: int) -> list[ConversionRow]:
        """Take over conversions that were accepted before then and left; all that are taken over."""
        stale = (ConversionRow.state == ConversionState.ACCEPTED, ConversionRow.accepted_us < before_us)
        self._changed(update(ConversionRow).where(*stale).values(state=ConversionState.RESUMED))
        left = or_(
            ConversionRow.state == ConversionState.RESUMED,
            and_(ConversionRow.state == ConversionState.RETURNING, ConversionRow.accepted_us < before_us),
        )
        query = select(ConversionRow).where(left)
        return self._all(query.order_by(ConversionRow.id))

    def conversions(
        self, owner: int, kind: ConversionKind, *, since_us: int, until_us: int, offset: int, limit: int
    ) -> tuple[list[ConversionRow], int]:
        """Those that were accepted, the newest first, and how many there are in all."""
        query = select(ConversionRow).where(
            ConversionRow.owner == owner,
            ConversionRow.kind == kind,
            ConversionRow.accepted_us >= since_us,
            ConversionRow.accepted_us <= until_us,
        )
        return self._page(query, ConversionRow.id.desc(), offset, limit)

    # Gifts

    def add_dividend(self, **facts: Any) -> DividendRow:
        """Write down a gift before its transfer; the same reference gives the one there is."""
        row = DividendRow(is_paid=False, **facts)
        same = (DividendRow.owner == row.owner, DividendRow.reference == row.reference)
        with self._lock, self._session.begin() as session:
            alone(session, Matter.MOVES)
            known = session.scalar(select(DividendRow).where(*same))
            if known is not None:
                return known
            row.id = self._next_number(session, DividendRow)
            session.add(row)
        return row

    def note_paid(self, number: int) -> None:
        self._changed(update(DividendRow).where(DividendRow.id == number).values(is_paid=True))

    def unpaid_dividends(self) -> list[DividendRow]:
        return self._all(select(DividendRow).where(DividendRow.is_paid.is_(False)).order_by(DividendRow.id))

    def dividends(
        self, owner: int, *, since_us: int, until_us: int, coin: str | None, limit: int
    ) -> tuple[list[DividendRow], int]:
        """The newest first, and how many there are in all."""
        query = select(DividendRow).where(
            DividendRow.owner == owner,
            DividendRow.is_paid.is_(True),
            DividendRow.created_us >= since_us,
            DividendRow.created_us <= until_us,
        )
        if coin is not None:
            query = query.where(DividendRow.coin == coin)
        return self._page(query, DividendRow.id.desc(), 0, limit)

    def _next_number(self, session: Session, table: type[MovementRow | ConversionRow | DividendRow]) -> int:
        alone(session, Matter.MOVES)
        return max(int(session.scalar(select(func.max(table.id))) or 0) + 1, FIRST_NUMBER)

    def _page(self, query: Select[Any], order: Any, offset: int, limit: int) -> tuple[list[Any], int]:
        with self._session() as session:
            count = session.scalar(select(func.count()).select_from(query.subquery())) or 0
            return list(session.scalars(query.order_by(order).offset(offset).limit(limit))), count

    def _all(self, query: Select[Any]) -> list[Any]:
        with self._session() as session:
            return list(session.scalars(query))

    def _changed(self, statement: Any) -> int:
        """Rows that a statement changed."""
        with self._lock, self._session.begin() as session:
            return cast(CursorResult[Any], session.execute(statement)).rowcount
