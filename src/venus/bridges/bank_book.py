"""What a bank said of its accounts, in one SQLite file: each payment once, statements without a gap between them.

Source: docs/rules/bank.md, "The book". It decides nothing: what a payment becomes is in bank.py, and what was done is
the journal's. Whatever is read is taken whole or not at all. Methods block for SQL.
"""

import fcntl
import os
from enum import IntEnum
from pathlib import Path
from typing import Any, Self

import msgspec
from sqlalchemy import BigInteger, SmallInteger, String, Text, create_engine, event, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

from venus.iso20022.bank_statements import SCALE, BankEntry, BankNotice, BankStatement
from venus.units import decimal

_NOTICE = 0
"""The number of no statement: a payment that only a notice told."""


class BadBook(Exception):
    """What a bank said cannot be so, or something is missing; says what. Nothing was taken."""


class EntryState(IntEnum):
    NEW = 0
    HANDED = 1  # it was, or is about to be, handed in: ask again under the same reference what became of it
    DONE = 2
    REFUSED = 3  # by the exchange, or nobody knows what it is for: a person decides
    ASIDE = 4  # a person decided that it becomes no command


class _Table(DeclarativeBase):
    pass


class StatementRow(_Table):
    __tablename__ = "statements"

    account: Mapped[str] = mapped_column(String(34), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    opening: Mapped[int] = mapped_column(BigInteger)
    closing: Mapped[int] = mapped_column(BigInteger)
    closed_ns: Mapped[int] = mapped_column(BigInteger)
    attested: Mapped[int] = mapped_column(SmallInteger, default=EntryState.NEW)  # what became of its closing balance
    proposal: Mapped[int | None] = mapped_column(BigInteger)
    why: Mapped[str] = mapped_column(Text, default="")


class EntryRow(_Table):
    """`meant`: the account, or for a payment out the redemption, that a person said it is for."""

    __tablename__ = "entries"

    account: Mapped[str] = mapped_column(String(34), primary_key=True)
    reference: Mapped[str] = mapped_column(String(64), primary_key=True)
    whole: Mapped[str] = mapped_column(String(64), index=True)
    year: Mapped[int] = mapped_column()
    number: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)
    booked_ns: Mapped[int] = mapped_column(BigInteger)
    text: Mapped[str] = mapped_column(Text)
    party: Mapped[str] = mapped_column(Text)
    is_reversal: Mapped[bool] = mapped_column()
    state: Mapped[int] = mapped_column(SmallInteger, default=EntryState.NEW)
    proposal: Mapped[int | None] = mapped_column(BigInteger)
    meant: Mapped[int | None] = mapped_column(BigInteger)
    why: Mapped[str] = mapped_column(Text, default="")


class Taken(msgspec.Struct, frozen=True):
    """What a message brought: payments that were not known before, or nothing."""

    account: str
    what: str
    fresh_count: int


class BankBook:
    """One program at a time has it open; raises BadBook where another does, OSError."""

    def __init__(self, path: Path) -> None:
        self._lock = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise BadBook(f"{path} is in use") from None
        self._engine = create_engine(f"sqlite:///{path}", hide_parameters=True)
        event.listen(self._engine, "connect", _prepare)
        _Table.metadata.create_all(self._engine)
        self._session = sessionmaker(self._engine, expire_on_commit=False)

    def close(self) -> None:
        self._engine.dispose()
        os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # What a bank said

    def take(self, messages: tuple[BankStatement | BankNotice, ...]) -> list[Taken]:
        """All of one file, or none of it. Raises BadBook."""
        with self._session.begin() as session:
            return [_take(session, one) for one in messages]

    # What became of it

    def entries(self, account: str, *states: EntryState) -> list[EntryRow]:
        """In the order in which the bank booked them."""
        query = select(EntryRow).where(EntryRow.account == account)
        if states:
            query = query.where(EntryRow.state.in_(states))
        with self._session() as session:
            return list(session.scalars(query.order_by(EntryRow.booked_ns, EntryRow.reference)))

    def newest(self, account: str) -> StatementRow | None:
        with self._session() as session:
            return _newest(session, account)

    def attested_until(self, account: str) -> tuple[int, int]:
        """Year and number of the newest statement whose closing balance was attested."""
        query = select(StatementRow.year, StatementRow.number).where(StatementRow.account == account)
        query = query.where(StatementRow.attested == EntryState.DONE)
        with self._session() as session:
            found = session.execute(
                query.order_by(StatementRow.year.desc(), StatementRow.number.desc()).limit(1)
            ).first()
        return (0, 0) if found is None else (found.year, found.number)

    def note(self, row: EntryRow, state: EntryState, why: str = "", proposal: int | None = None) -> None:
        """What is known of an entry now; durable when this returns."""
        self._change(EntryRow, row, state=int(state), why=why, proposal=proposal)
        row.state, row.why, row.proposal = int(state), why, proposal

    def note_attested(self, row: StatementRow, state: EntryState, why: str = "", proposal: int | None = None) -> None:
        self._change(StatementRow, row, attested=int(state), why=why, proposal=proposal)
        row.attested, row.why, row.proposal = int(state), why, proposal

    def decide(self, account: str, reference: str, *, meant: int | None, aside: str = "") -> None:
        """What a person says of an entry that is not done. Raises BadBook."""
        with self._session.begin() as session:
            row = session.get(EntryRow, (account, reference))
            if row is None:
                raise BadBook(f"the book knows no entry {reference} of {account}")
            if row.state == EntryState.DONE:
                raise BadBook(f"entry {reference} of {account} is done: the journal has it")
            row.state = int(EntryState.ASIDE if aside else EntryState.NEW)
            row.meant, row.why, row.proposal = meant, aside, None

    def _change(self, kind: type[_Table], row: EntryRow | StatementRow, **values: Any) -> None:
        if isinstance(row, EntryRow):
            which = [EntryRow.account == row.account, EntryRow.reference == row.reference]
        else:
            which = [StatementRow.account == row.account, StatementRow.year == row.year]
            which.append(StatementRow.number == row.number)
        with self._session.begin() as session:
            session.execute(update(kind).where(*which).values(**values))


def _prepare(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _take(session: Session, said: BankStatement | BankNotice) -> Taken:
    if isinstance(said, BankNotice):
        return Taken(said.account, "notice", _take_entries(session, said, 0, _NOTICE))
    what = f"statement {said.number} of {said.year}"
    known = session.get(StatementRow, (said.account, said.year, said.number))
    if known is not None:
        _check_same(session, said, known)
        return Taken(said.account, what, 0)
    last = _newest(session, said.account)
    if last is not None:
        _check_follows(said, last)
    fresh_count = _take_entries(session, said, said.year, said.number)
    session.add(
        StatementRow(
            account=said.account,
            year=said.year,
            number=said.number,
            opening=said.opening,
            closing=said.closing,
            closed_ns=said.closed_ns,
            attested=EntryState.NEW,
        )
    )
    session.flush()
    return Taken(said.account, what, fresh_count)


def _newest(session: Session, account: str) -> StatementRow | None:
    query = select(StatementRow).where(StatementRow.account == account)
    return session.scalar(query.order_by(StatementRow.year.desc(), StatementRow.number.desc()).limit(1))


def _check_same(session: Session, said: BankStatement, known: StatementRow) -> None:
    of_it = (EntryRow.year == said.year, EntryRow.number == said.number)
    rows = session.scalars(select(EntryRow).where(EntryRow.account == said.account, *of_it))
    is_same = {(one.reference, one.amount) for one in rows} == {(one.reference, one.amount) for one in said.entries}
    if not is_same or (known.opening, known.closing) != (said.opening, said.closing):
        raise BadBook(f"statement {said.number} of {said.year} of {said.account} was read before, and said otherwise")


def _check_follows(said: BankStatement, last: StatementRow) -> None:
    is_next = said.number == last.number + 1 and said.year >= last.year
    begins_anew = said.number == 1 and said.year > last.year
    if not (is_next or begins_anew):
        raise BadBook(
            f"of {said.account} the book ends with statement {last.number} of {last.year}; {said.number} of {said.year}"
            " does not follow it: read those between first, or begin a new book"
        )
    if said.opening != last.closing:
        raise BadBook(
            f"statement {said.number} of {said.year} of {said.account} opens with {decimal(said.opening, SCALE)}, and"
            f" the one before closed with {decimal(last.closing, SCALE)}"
        )


def _take_entries(session: Session, said: BankStatement | BankNotice, year: int, number: int) -> int:
    """How many were not known. Those that a notice told before become the statement's."""
    fresh_count = 0
    wholes: dict[str, list[BankEntry]] = {}
    for one in said.entries:
        wholes.setdefault(one.whole, []).append(one)
    for whole, parts in wholes.items():
        query = select(EntryRow).where(EntryRow.account == said.account, EntryRow.whole == whole)
        rows = list(session.scalars(query))
        if rows:
            _check_known(said.account, whole, rows, parts, number)
            for row in rows:
                row.year, row.number = (year, number) if number != _NOTICE else (row.year, row.number)
            continue
        fresh_count += len(parts)
        session.add_all(_row(said.account, one, year, number) for one in parts)
        session.flush()
    return fresh_count


def _check_known(account: str, whole: str, rows: list[EntryRow], parts: list[BankEntry], number: int) -> None:
    if {(row.reference, row.amount) for row in rows} != {(one.reference, one.amount) for one in parts}:
        raise BadBook(f"entry {whole} of {account} was told before with another amount or in other parts")
    if number != _NOTICE and rows[0].number != _NOTICE:
        raise BadBook(f"entry {whole} of {account} stands in statement {rows[0].number} of {rows[0].year} already")


def _row(account: str, one: BankEntry, year: int, number: int) -> EntryRow:
    return EntryRow(
        account=account,
        reference=one.reference,
        whole=one.whole,
        year=year,
        number=number,
        amount=one.amount,
        booked_ns=one.booked_ns,
        text=one.text,
        party=one.party,
        is_reversal=one.is_reversal,
        state=EntryState.NEW,
        why="",
    )
