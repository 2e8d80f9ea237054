"""Who trades in the market between people: verified names, nicknames, feedback, blocklists.

Names are sealed under the master key. Methods that are not to be awaited block for SQL.
"""

import secrets
import threading
import time
import unicodedata
from typing import NamedTuple

import msgspec
from sqlalchemy import bindparam, case, func, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from venus.registry.alone import Matter, alone
from venus.registry.gathering import Gathering
from venus.registry.p2p_tables import (
    NICKNAME_CHARS_MAX,
    BlockRow,
    FeedbackRow,
    TraderRow,
    VerifiedRow,
)
from venus.registry.p2p_writings import TooMany
from venus.registry.vault import Vault

NICKNAME_CHARS_MIN = 2
FEEDBACK_CHARS_MAX = 200
BLOCKS_MAX = 1_000
_PUBLIC_MIN, _PUBLIC_MAX = 10**9, 10**10
_SEEN_US_STEP = 30_000_000


class VerifiedName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of an identity that was verified."""

    name: str
    country: str  # ISO 3166-1


class NicknameTaken(Exception):
    """Somebody has this name, or one that looks the same."""


class BadNickname(ValueError):
    """Not a nickname; says why."""


class Trader(NamedTuple):
    account: int
    person: int
    public: int  # what others know him by
    nickname: str
    joined_us: int
    seen_us: int


class Blocked(NamedTuple):
    account: int
    time_us: int


class Feedback(NamedTuple):
    order: int
    by: int
    about: int
    good: bool
    text: str
    time_us: int


class MarketRecord:
    def __init__(self, session: sessionmaker[Session], vault: Vault, lock: threading.Lock, reading: Gathering) -> None:
        self._session = session
        self._vault = vault
        self._lock = lock
        self._reading = reading

    # Verified names

    def verify(self, person: int, verified: VerifiedName) -> None:
        """Who a person is, from now on."""
        sealed = self._vault.seal(msgspec.json.encode(verified), f"p2p_verified.sealed:{person}")
        with self._lock, self._session.begin() as session:
            session.merge(VerifiedRow(person=person, sealed=sealed, verified_us=_now_us()))

    def verified(self, person: int) -> VerifiedName | None:
        with self._session() as session:
            row = session.get(VerifiedRow, person)
        if row is None:
            return None
        return msgspec.json.decode(self._vault.unseal(row.sealed, f"p2p_verified.sealed:{person}"), type=VerifiedName)

    # Traders

    def enrol(self, account: int, person: int, nickname: str) -> Trader:
        """A trader with a public number that says nothing of the account; again, the one that there is, as it was.

        Raises BadNickname, NicknameTaken.
        """
        shown, key = _nickname(nickname)
        with self._lock, self._session.begin() as session:
            alone(session, Matter.TRADERS)
            known = session.get(TraderRow, account)
            if known is not None:
                return _trader(known)
            if session.scalar(select(TraderRow.account).where(TraderRow.nickname_key == key)) is not None:
                raise NicknameTaken(shown)
            public = _PUBLIC_MIN + secrets.randbelow(_PUBLIC_MAX - _PUBLIC_MIN)
            while session.scalar(select(TraderRow.account).where(TraderRow.public == public)) is not None:
                public = _PUBLIC_MIN + secrets.randbelow(_PUBLIC_MAX - _PUBLIC_MIN)
            now_us = _now_us()
            row = TraderRow(
                account=account,
                person=person,
                public=public,
                nickname=shown,
                nickname_key=key,
                joined_us=now_us,
                seen_us=now_us,
            )
            session.add(row)
        return _trader(row)

    def trader(self, account: int) -> Trader | None:
        with self._session() as session:
            row = session.get(TraderRow, account)
        return None if row is None else _trader(row)

    def trader_by_public(self, public: int) -> Trader | None:
        with self._session() as session:
            row = session.scalar(select(TraderRow).where(TraderRow.public == public))
        return None if row is None else _trader(row)

    def traders(self) -> dict[int, Trader]:
        """All by account: for whoever answers searches from memory."""
        with self._session() as session:
            return {row.account: _trader(row) for row in session.scalars(select(TraderRow))}

    def seen(self, account: int) -> None:
        """He is here now; written down twice a minute at most."""
        now_us = _now_us()
        query = update(TraderRow).where(TraderRow.account == account, TraderRow.seen_us < now_us - _SEEN_US_STEP)
        with self._lock, self._session.begin() as session:
            session.execute(query.values(seen_us=now_us))

    # Feedback

    def give_feedback(self, feedback: Feedback) -> None:
        """In the place of what he said of this order before. That he is a party is the door's to know."""
        with self._lock, self._session.begin() as session:
            session.merge(
                FeedbackRow(
                    order_id=feedback.order,
                    by=feedback.by,
                    about=feedback.about,
                    good=feedback.good,
                    text=feedback.text[:FEEDBACK_CHARS_MAX],
                    time_us=feedback.time_us,
                )
            )

    def feedback_counts(self, about: int) -> tuple[int, int]:
        """Good and bad, ever."""
        return self.all_feedback_counts([about]).get(about, (0, 0))

    def all_feedback_counts(self, about: list[int] | None = None) -> dict[int, tuple[int, int]]:
        """Good and bad by account; of everybody who has any, or of some."""
        good = func.sum(case((FeedbackRow.good, 1), else_=0))
        query = select(FeedbackRow.about, good, func.count()).group_by(FeedbackRow.about)
        if about is not None:
            query = query.where(FeedbackRow.about.in_(about))
        with self._session() as session:
            return {account: (int(yes), int(all_) - int(yes)) for account, yes, all_ in session.execute(query)}

    def feedback(self, about: int, limit: int, skip: int = 0) -> list[Feedback]:
        """The newest first."""
        newest = FeedbackRow.time_us.desc(), FeedbackRow.order_id.desc(), FeedbackRow.by
        query = select(FeedbackRow).where(FeedbackRow.about == about).order_by(*newest).limit(limit).offset(skip)
        with self._session() as session:
            return [
                Feedback(row.order_id, row.by, row.about, row.good, row.text, row.time_us)
                for row in session.scalars(query)
            ]

    # Blocklists

    def block(self, account: int, blocked: int) -> None:
        """Raises TooMany beyond BLOCKS_MAX."""
        with self._lock, self._session.begin() as session:
            alone(session, Matter.TRADERS)
            if session.get(BlockRow, (account, blocked)) is not None:
                return
            count = session.scalar(select(func.count()).select_from(BlockRow).where(BlockRow.account == account))
            if (count or 0) >= BLOCKS_MAX:
                raise TooMany(f"at most {BLOCKS_MAX} blocked traders")
            session.add(BlockRow(account=account, blocked=blocked, time_us=_now_us()))

    def unblock(self, account: int, blocked: int) -> bool:
        """Whether he was blocked."""
        with self._lock, self._session.begin() as session:
            row = session.get(BlockRow, (account, blocked))
            if row is not None:
                session.delete(row)
        return row is not None

    def blocks(self, account: int) -> list[Blocked]:
        """Whom an account blocked, the newest first."""
        query = select(BlockRow).where(BlockRow.account == account).order_by(BlockRow.time_us.desc())
        with self._session() as session:
            return [Blocked(row.blocked, row.time_us) for row in session.scalars(query)]

    async def apart(self, account: int) -> set[int]:
        """Whom an account blocked, and who blocked it: neither trades with the other."""
        rows = await self._reading.do(lambda connection: connection.execute(_APART, {"one": account}).all())
        return {row.blocked if row.account == account else row.account for row in rows}


_APART = select(BlockRow.account, BlockRow.blocked).where(
    or_(BlockRow.account == bindparam("one"), BlockRow.blocked == bindparam("one"))
)


def nickname_key(nickname: str) -> str:
    """As two nicknames compare: neither case nor width nor space nor sign tells them apart."""
    folded = unicodedata.normalize("NFKC", nickname).casefold()
    return "".join(char for char in folded if unicodedata.category(char)[0] in "LN")


def _nickname(said: str) -> tuple[str, str]:
    shown = " ".join(unicodedata.normalize("NFC", said).split())
    if not NICKNAME_CHARS_MIN <= len(shown) <= NICKNAME_CHARS_MAX:
        raise BadNickname(f"{NICKNAME_CHARS_MIN}..{NICKNAME_CHARS_MAX} characters")
    if any(unicodedata.category(char)[0] not in "LNM" and char not in " ._-" for char in shown):
        raise BadNickname("letters, digits, space, dot, dash and underscore")
    key = nickname_key(shown)
    if len(key) < NICKNAME_CHARS_MIN:
        raise BadNickname("at least two letters or digits")
    return shown, key


def _trader(row: TraderRow) -> Trader:
    return Trader(row.account, row.person, row.public, row.nickname, row.joined_us, row.seen_us)


def _now_us() -> int:
    return time.time_ns() // 1_000
