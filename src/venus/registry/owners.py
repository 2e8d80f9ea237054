"""Whose accounts are whose: funding wallets, sub-accounts, and the addresses somebody saved. Methods block for SQL."""

import threading
import time
from enum import IntEnum
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from venus.registry.tables import AccountRow
from venus.registry.wallet_tables import DayRow, SavedAddressRow, SubAccountRow, WalletRow

EMAIL_CHARS_MAX = 64
_CREATED_MAX = 200_000


class WalletKind(IntEnum):
    """Numbers as clients are told."""

    SPOT = 0
    FUNDING = 1


class EmailTaken(Exception):
    """Another account has this address."""


class SubAccount(NamedTuple):
    account: int
    master: int
    email: str
    created_us: int


class Owners:
    def __init__(self, session: sessionmaker[Session], lock: threading.Lock) -> None:
        self._session = session
        self._lock = lock
        self._created_us: dict[int, int] = {}  # which never changes

    # Wallets

    def wallet(self, owner: int, kind: WalletKind) -> int | None:
        """The core's account of a wallet, if it was opened; the spot wallet is the account itself."""
        if kind is WalletKind.SPOT:
            return owner
        query = select(WalletRow.number).where(WalletRow.owner == owner, WalletRow.kind == kind)
        with self._session() as session:
            return session.scalar(query)

    def add_wallet(self, number: int, owner: int, kind: WalletKind) -> None:
        """Enter a wallet that the core has opened; again, nothing changes."""
        with self._lock, self._session.begin() as session:
            if session.get(WalletRow, number) is None:
                session.add(WalletRow(number=number, owner=owner, kind=kind))

    # Sub-accounts

    def add_sub_account(self, number: int, master: int, email: str) -> SubAccount:
        """Enter a sub-account that the core has opened, as an account of its master's person; raises EmailTaken."""
        created_us = time.time_ns() // 1_000
        try:
            with self._lock, self._session.begin() as session:
                known = session.get(SubAccountRow, number)
                if known is not None:
                    return _sub_account(known)
                owner = session.get(AccountRow, master)
                person = owner.person if owner else None
                session.add(AccountRow(number=number, person=person, label=email, created_us=created_us))
                session.flush()
                session.add(SubAccountRow(account=number, master=master, email=email, created_us=created_us))
        except IntegrityError:
            raise EmailTaken(email) from None
        return SubAccount(number, master, email, created_us)

    def sub_accounts(self, master: int) -> list[SubAccount]:
        """The oldest first."""
        query = select(SubAccountRow).where(SubAccountRow.master == master).order_by(SubAccountRow.account)
        with self._session() as session:
            return [_sub_account(row) for row in session.scalars(query)]

    def sub_account(self, account: int) -> SubAccount | None:
        """What an account is to its master; None if it is nobody's."""
        with self._session() as session:
            row = session.get(SubAccountRow, account)
            return _sub_account(row) if row else None

    def sub_account_of(self, email: str) -> SubAccount | None:
        with self._session() as session:
            row = session.scalar(select(SubAccountRow).where(SubAccountRow.email == email))
            return _sub_account(row) if row else None

    def created_us(self, account: int) -> int:
        """When an account was registered, from memory once it was asked; 0 for one that was not."""
        known = self._created_us.get(account)
        if known is not None:
            return known
        with self._session() as session:
            row = session.get(AccountRow, account)
        if row is None:
            return 0
        if len(self._created_us) >= _CREATED_MAX:
            self._created_us.clear()
        self._created_us[account] = row.created_us
        return row.created_us

    def known_created_us(self, account: int) -> int | None:
        """As `created_us`, if memory alone can tell."""
        return self._created_us.get(account)

    # Days

    def accounts_without_day(self, day: int) -> list[int]:
        """Registered accounts of which it is not written down what they had when a day ended."""
        written = select(DayRow.account).where(DayRow.day == day)
        with self._session() as session:
            return list(session.scalars(select(AccountRow.number).where(AccountRow.number.not_in(written))))

    def note_day(self, account: int, day: int, balances: str) -> None:
        """Write down what an account had when a day ended; again, nothing changes."""
        with self._lock, self._session.begin() as session:
            if session.get(DayRow, (account, day)) is None:
                session.add(DayRow(account=account, day=day, balances=balances))

    def days(self, account: int, first: int, last: int, limit: int) -> list[DayRow]:
        """The newest `limit` of the days from first to last, the oldest first."""
        query = select(DayRow).where(DayRow.account == account, DayRow.day >= first, DayRow.day <= last)
        with self._session() as session:
            return list(session.scalars(query.order_by(DayRow.day.desc()).limit(limit)))[::-1]

    # Address books

    def save_address(self, owner: int, coin: str, network: str, address: str, name: str) -> None:
        """Keep an address in an account's book; one that is there takes the new name."""
        query = select(SavedAddressRow).where(
            SavedAddressRow.owner == owner,
            SavedAddressRow.coin == coin,
            SavedAddressRow.network == network,
            SavedAddressRow.address == address,
        )
        with self._lock, self._session.begin() as session:
            known = session.scalar(query)
            if known is not None:
                known.name = name
                return
            session.add(SavedAddressRow(owner=owner, coin=coin, network=network, address=address, name=name))

    def saved_addresses(self, owner: int) -> list[SavedAddressRow]:
        query = select(SavedAddressRow).where(SavedAddressRow.owner == owner).order_by(SavedAddressRow.id)
        with self._session() as session:
            return list(session.scalars(query))


def _sub_account(row: SubAccountRow) -> SubAccount:
    return SubAccount(row.account, row.master, row.email, row.created_us)
