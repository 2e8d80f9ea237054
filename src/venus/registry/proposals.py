"""Commands that wait for a quorum: written down by whoever proposes, added to by whoever approves, taken once.

The core counts approvals, not this record: what is lost here can be proposed and approved again. As in moves_record.py
a change of a state names the state that it changes. Methods block for SQL.
"""

import threading
from collections.abc import Callable, Sequence
from enum import IntEnum
from hashlib import sha256
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult, Select, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from venus.records.approvals import Approval
from venus.registry.proposal_tables import ApprovalRow, ProposalRow

Written = TypeVar("Written")


class ProposalState(IntEnum):
    OPEN = 0
    SUBMITTED = 1  # it goes to the engine, and whoever took it there has not said what became of it
    DONE = 2
    REFUSED = 3
    WITHDRAWN = 4
    EXPIRED = 5


class ProposalRecord:
    def __init__(self, session: sessionmaker[Session], lock: threading.Lock) -> None:
        self._session = session
        self._lock = lock

    def add(self, command: bytes, kind: str, approval: Approval, now_us: int, expires_us: int) -> ProposalRow:
        """Write down a command with its proposer's approval. One that is known gets the approval, and if it was
        refused, withdrawn or expired it is open once more.
        """
        return self._twice(lambda: self._add(command, kind, approval, now_us, expires_us))

    def _add(self, command: bytes, kind: str, approval: Approval, now_us: int, expires_us: int) -> ProposalRow:
        digest = sha256(command).hexdigest()
        with self._lock, self._session.begin() as session:
            row = session.scalar(select(ProposalRow).where(ProposalRow.digest == digest))
            if row is None:
                row = ProposalRow(
                    digest=digest,
                    kind=kind,
                    command=command,
                    institution=approval.institution,
                    seat=approval.seat,
                    created_us=now_us,
                    expires_us=expires_us,
                    state=ProposalState.OPEN,
                )
                session.add(row)
                session.flush()
            elif row.state in (ProposalState.REFUSED, ProposalState.WITHDRAWN, ProposalState.EXPIRED):
                session.execute(delete(ApprovalRow).where(ApprovalRow.proposal == row.id))
                row.state, row.sequence, row.number, row.reject = ProposalState.OPEN, None, None, None
                row.institution, row.seat = approval.institution, approval.seat
                row.created_us, row.expires_us = now_us, expires_us
            if row.state == ProposalState.OPEN:
                session.merge(_row(row.id, approval, now_us))
        return row

    def approve(self, proposal: int, approval: Approval, now_us: int) -> bool:
        """Whether the proposal is open, and so has the approval now."""
        return self._twice(lambda: self._approve(proposal, approval, now_us))

    def _approve(self, proposal: int, approval: Approval, now_us: int) -> bool:
        with self._lock, self._session.begin() as session:
            row = session.get(ProposalRow, proposal)
            if row is None or row.state != ProposalState.OPEN:
                return False
            session.merge(_row(proposal, approval, now_us))
            return True

    def _twice(self, write: Callable[[], Written]) -> Written:
        """Two gateways may write the same row at once: who comes second finds it at the next try."""
        try:
            return write()
        except IntegrityError:
            return write()

    def advance(self, proposal: int, before: ProposalState, after: ProposalState, **changes: Any) -> bool:
        """Whether it was in the state `before`, and so is in the state `after` now."""
        query = update(ProposalRow).where(ProposalRow.id == proposal, ProposalRow.state == before)
        return self._changed(query.values(state=after, **changes)) == 1

    def expire(self, now_us: int) -> int:
        """End what waited too long; how many."""
        stale = (ProposalRow.state == ProposalState.OPEN, ProposalRow.expires_us <= now_us)
        return self._changed(update(ProposalRow).where(*stale).values(state=ProposalState.EXPIRED))

    def find(self, proposal: int) -> ProposalRow | None:
        with self._session() as session:
            return session.get(ProposalRow, proposal)

    def approvals(self, proposal: int) -> list[Approval]:
        """In the order of institutions and seats."""
        query = select(ApprovalRow).where(ApprovalRow.proposal == proposal)
        query = query.order_by(ApprovalRow.institution, ApprovalRow.seat)
        with self._session() as session:
            return [_approval(row) for row in session.scalars(query)]

    def listing(self, *, states: Sequence[ProposalState] | None, before: int | None, limit: int) -> list[ProposalRow]:
        """The newest first, of numbers below `before`."""
        query: Select[Any] = select(ProposalRow)
        if states is not None:
            query = query.where(ProposalRow.state.in_(states))
        if before is not None:
            query = query.where(ProposalRow.id < before)
        with self._session() as session:
            return list(session.scalars(query.order_by(ProposalRow.id.desc()).limit(limit)))

    def open_of(self, institution: int) -> int:
        """How many proposals of an institution are open."""
        mine = (ProposalRow.institution == institution, ProposalRow.state == ProposalState.OPEN)
        with self._session() as session:
            return session.scalar(select(func.count()).select_from(ProposalRow).where(*mine)) or 0

    def reopen(self) -> int:
        """Open again what went to the engine and was left there by whoever took it: the core knows what it has done."""
        submitted = ProposalRow.state == ProposalState.SUBMITTED
        return self._changed(update(ProposalRow).where(submitted).values(state=ProposalState.OPEN))

    def _changed(self, statement: Any) -> int:
        with self._lock, self._session.begin() as session:
            return cast(CursorResult[Any], session.execute(statement)).rowcount


def _row(proposal: int, approval: Approval, now_us: int) -> ApprovalRow:
    return ApprovalRow(
        proposal=proposal,
        institution=approval.institution,
        seat=approval.seat,
        expires_ns=approval.expires_ns,
        signature=approval.signature,
        authenticator_data=approval.authenticator_data,
        client_data=approval.client_data,
        created_us=now_us,
    )


def _approval(row: ApprovalRow) -> Approval:
    return Approval(
        institution=row.institution,
        seat=row.seat,
        expires_ns=row.expires_ns,
        signature=row.signature,
        authenticator_data=row.authenticator_data,
        client_data=row.client_data,
    )
