"""Chats of orders between people, sealed, each message behind the last. What a message is, venus/p2p/chat.py knows.

Methods that are not to be awaited block for SQL.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, case, func, insert, select
from sqlalchemy.orm import Session, aliased, sessionmaker

from venus.registry.alone import Matter, after_others, alone
from venus.registry.gathering import Gathering
from venus.registry.p2p_tables import MessageRow, ReadRow
from venus.registry.p2p_writings import Answered
from venus.registry.vault import Vault

MESSAGES_MAX = 2_000
"""Of one order: a chat is not a store."""
Writer = Callable[[int, str], tuple[bytes, str]]
"""Of a place and the hash of the message before it (empty: it is the first): the message and its hash as hex."""


class ChatFull(Exception):
    """The order has as many messages as it may have."""


class Kept(NamedTuple):
    place: int
    sender: int  # account; 0: the exchange or the arbiter
    hash: str
    content: bytes


class Line(NamedTuple):
    """What is to be said."""

    sender: int  # account; 0: the exchange or the arbiter. What the exchange says is said however full the chat is
    write: Writer
    once: str | None = None  # it is said one time under this


class Standing(NamedTuple):
    """How a chat stands for who looks."""

    head: str  # hash of the last message as hex; empty if nothing was said
    unread: int  # messages of others that he has not read


class ChatRecord:
    def __init__(
        self,
        session: sessionmaker[Session],
        vault: Vault,
        lock: threading.Lock,
        writing: Gathering,
        reading: Gathering,
    ) -> None:
        self._session = session
        self._vault = vault
        self._lock = lock
        self._writing = writing
        self._reading = reading

    def append(self, order: int, sender: int, write: Writer, *, once: str | None = None) -> Kept:
        """Put a message behind the last. With `once`, what was said under it before is the answer, and all there is.

        Raises ChatFull.
        """
        return after_others(lambda: self._append(order, Line(sender, write, once)))

    def _append(self, order: int, line: Line) -> Kept:
        with self._lock, self._session.begin() as session:
            alone(session, Matter.CHATS)
            made = self._put(session.connection(), order, [line])
            if made:
                return made[0]
            known = None
            if line.once is not None:
                query = select(MessageRow).where(MessageRow.order_id == order, MessageRow.once == line.once)
                known = session.scalar(query)
            if known is None:
                raise ChatFull(f"at most {MESSAGES_MAX} messages")
            return self._kept(known)

    def tell(self, order: int, lines: Sequence[Line], answered: Answered | None = None) -> "asyncio.Future[list[Kept]]":
        """Put messages behind the last, but those that were said under their `once` before; what is new in the chat.

        A party's that finds no place is left out. With them is noted what became of the request that they tell of.
        """

        def write(connection: Connection) -> list[Kept]:
            if answered is not None:
                answered.note(connection)
            return self._put(connection, order, lines)

        matters = (Matter.CHATS,) if answered is None else (Matter.CHATS, Matter.CLIENT_IDS)
        return self._writing.do(write, *matters)

    def _put(self, connection: Connection, order: int, lines: Sequence[Line]) -> list[Kept]:
        place, head, known = _begun(connection, order, [line.once for line in lines if line.once is not None])
        made: list[Kept] = []
        rows: list[dict[str, Any]] = []
        for line in lines:
            if line.once in known or (line.sender and place >= MESSAGES_MAX):
                continue
            content, head = line.write(place + 1, head)
            place += 1
            made.append(Kept(place, line.sender, head, content))
            rows.append(
                {
                    "order_id": order,
                    "place": place,
                    "sender": line.sender,
                    "hash": head,
                    "once": line.once,
                    "sealed": self._vault.seal(content, _context(order, place)),
                }
            )
        if rows:
            connection.execute(_PUT, rows)
        return made

    async def standing(self, orders: Sequence[int], account: int) -> dict[int, Standing]:
        """Of some orders, for one who looks."""

        def read(connection: Connection) -> dict[int, Standing]:
            rows = connection.execute(_STANDING, {"orders": list(orders), "account": account})
            found = {order: Standing(head, unread) for order, head, unread in rows}
            return {order: found.get(order, Standing("", 0)) for order in orders}

        return await self._reading.do(read)

    def look(self, order: int, account: int) -> "asyncio.Future[Standing]":
        """As `standing`, of one order; asked at once, before anybody waits for it."""

        def read(connection: Connection) -> Standing:
            row = connection.execute(_LOOK, {"order": order, "account": account}).first()
            return Standing("", 0) if row is None else Standing(row.hash, row.unread)

        return self._reading.do(read)

    def head(self, order: int) -> str:
        """Hash of the last message as hex; empty if nothing was said."""
        with self._session() as session:
            return _end(session.connection(), order)[1]

    def messages(self, order: int, after_place: int = 0, limit: int = MESSAGES_MAX * 2) -> list[Kept]:
        """In order."""
        query = select(MessageRow).where(MessageRow.order_id == order, MessageRow.place > after_place)
        with self._session() as session:
            rows = list(session.scalars(query.order_by(MessageRow.place).limit(limit)))
        return [self._kept(row) for row in rows]

    def note_read(self, order: int, account: int, place: int) -> None:
        """He read up to there; never less than before."""
        with self._lock, self._session.begin() as session:
            row = session.get(ReadRow, (order, account))
            if row is None:
                session.add(ReadRow(order_id=order, account=account, place=place))
            else:
                row.place = max(row.place, place)

    def _kept(self, row: MessageRow) -> Kept:
        content = self._vault.unseal(row.sealed, _context(row.order_id, row.place))
        return Kept(row.place, row.sender, row.hash, content)


def _end(connection: Connection, order: int) -> tuple[int, str]:
    """Place and hash of the last message."""
    last = connection.execute(_END, {"order": order}).first()
    return (0, "") if last is None else (last.place, last.hash)


def _begun(connection: Connection, order: int, wanted: Sequence[str]) -> tuple[int, str, set[str | None]]:
    """Place and hash of the last message, and which of these were said before."""
    place, head = 0, ""
    known: set[str | None] = set()
    for first in range(0, max(1, len(wanted)), _ONCE_AT_A_TIME):
        keys = dict(zip(_ONCE_KEYS, wanted[first : first + _ONCE_AT_A_TIME], strict=False))
        for row in connection.execute(_BEGUN, {"order": order} | dict.fromkeys(_ONCE_KEYS) | keys):
            known.add(row.once)
            if row.place > place:
                place, head = row.place, row.hash
    return place, head, known - {None}


# Put together once: making a statement takes longer than having it carried out.
_PUT = insert(MessageRow.__table__)  # type: ignore[arg-type]
_ONCE_AT_A_TIME = 8
_ONCE_KEYS = tuple(f"once_{place}" for place in range(_ONCE_AT_A_TIME))
_LAST = select(func.max(MessageRow.place)).where(MessageRow.order_id == bindparam("order")).scalar_subquery()
_BEGUN = select(MessageRow.place, MessageRow.hash, MessageRow.once).where(
    MessageRow.order_id == bindparam("order"),
    MessageRow.once.in_([bindparam(key) for key in _ONCE_KEYS]) | (MessageRow.place == _LAST),
)
_END = (
    select(MessageRow.place, MessageRow.hash)
    .where(MessageRow.order_id == bindparam("order"))
    .order_by(MessageRow.place.desc())
    .limit(1)
)
_is_unread = (MessageRow.sender != bindparam("account")) & (MessageRow.place > func.coalesce(ReadRow.place, 0))
_READ = (
    select(ReadRow.place)
    .where(ReadRow.order_id == bindparam("order"), ReadRow.account == bindparam("account"))
    .scalar_subquery()
)
_Other = aliased(MessageRow)
_UNREAD = (
    select(func.count())
    .where(
        _Other.order_id == bindparam("order"),
        _Other.sender != bindparam("account"),
        _Other.place > func.coalesce(_READ, 0),
    )
    .scalar_subquery()
)
_LOOK = (
    select(MessageRow.hash, _UNREAD.label("unread"))
    .where(MessageRow.order_id == bindparam("order"))
    .order_by(MessageRow.place.desc())
    .limit(1)
)
_COUNTED = (
    select(
        MessageRow.order_id,
        func.max(MessageRow.place).label("place"),
        func.sum(case((_is_unread, 1), else_=0)).label("unread"),
    )
    .outerjoin(ReadRow, (ReadRow.order_id == MessageRow.order_id) & (ReadRow.account == bindparam("account")))
    .where(MessageRow.order_id.in_(bindparam("orders", expanding=True)))
    .group_by(MessageRow.order_id)
    .subquery()
)
_STANDING = select(_COUNTED.c.order_id, MessageRow.hash, _COUNTED.c.unread).join(
    MessageRow, (MessageRow.order_id == _COUNTED.c.order_id) & (MessageRow.place == _COUNTED.c.place)
)


def _context(order: int, place: int) -> str:
    return f"p2p_messages.sealed:{order}:{place}"
