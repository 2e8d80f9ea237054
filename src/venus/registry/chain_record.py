"""What the wallet knows of the chains: addresses given out, deposits that come in, withdrawals that go out.

Every change of a state names the state that it changes, so of two who try only one succeeds. Methods block for SQL.
"""

import secrets
import threading
from collections.abc import Sequence
from enum import IntEnum
from typing import Any, cast

from sqlalchemy import CursorResult, Select, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from venus.registry.vault import Vault
from venus.registry.wallet_tables import AddressRow, ChainSeedRow, DepositRow, WithdrawalRow

SEED_BYTES = 32


class DepositStatus(IntEnum):
    """As clients are told."""

    PENDING = 0
    SUCCESS = 1
    REJECTED = 2
    CREDITED = 6  # may be traded, and not yet withdrawn


class WithdrawalState(IntEnum):
    """1 to 6 as clients are told; the others are on the way there."""

    REQUESTED = -1  # written down; whether its money was set aside is not known yet
    RESUMED = -2  # the same, and whoever wrote it down has not come back
    AWAITING = 2
    REJECTED = 3
    PROCESSING = 4
    FAILED = 5
    COMPLETED = 6
    REJECTING = 13  # decided; its money is not back yet
    FAILING = 15
    SETTLING = 16  # confirmed; its money is leaving


OPEN_DEPOSITS = (DepositStatus.PENDING, DepositStatus.CREDITED)
OPEN_WITHDRAWALS = (
    WithdrawalState.RESUMED,
    WithdrawalState.AWAITING,
    WithdrawalState.PROCESSING,
    WithdrawalState.REJECTING,
    WithdrawalState.FAILING,
    WithdrawalState.SETTLING,
)
SHOWN_STATE = {
    WithdrawalState.REJECTING: WithdrawalState.AWAITING,
    WithdrawalState.FAILING: WithdrawalState.PROCESSING,
    WithdrawalState.SETTLING: WithdrawalState.PROCESSING,
}
"""States that clients are told as another; those below 0 are not told at all."""


class DuplicateOrderId(Exception):
    """A withdrawal of this account has this withdrawOrderId already."""


class ChainRecord:
    def __init__(self, session: sessionmaker[Session], vault: Vault, lock: threading.Lock) -> None:
        self._session = session
        self._vault = vault
        self._lock = lock

    def seed(self, name: str) -> bytes:
        """The secret that addresses are derived from, made when it is first asked for."""
        context = f"chain_seeds.sealed:{name}"
        with self._lock, self._session.begin() as session:
            row = session.get(ChainSeedRow, name)
            if row is None:
                seed = secrets.token_bytes(SEED_BYTES)
                session.add(ChainSeedRow(name=name, sealed=self._vault.seal(seed, context)))
                return seed
            return self._vault.unseal(row.sealed, context)

    # Addresses

    def give_address(self, account: int, network: str, address: str) -> None:
        """Write down an address that is about to be given out; again, nothing changes."""
        with self._lock, self._session.begin() as session:
            if session.get(AddressRow, (account, network)) is None:
                session.add(AddressRow(account=account, network=network, address=address))

    def owner_of(self, network: str, address: str) -> int | None:
        """The account that an address was given to."""
        query = select(AddressRow.account).where(AddressRow.network == network, AddressRow.address == address)
        with self._session() as session:
            return session.scalar(query)

    # Deposits

    def add_deposit(self, row: DepositRow) -> None:
        """Note a payment that a block will hold; the same one again changes nothing."""
        try:
            with self._lock, self._session.begin() as session:
                session.add(row)
        except IntegrityError:
            if self._deposit_of(row) is None:
                raise

    def open_deposits(self) -> list[DepositRow]:
        query = select(DepositRow).where(DepositRow.status.in_(OPEN_DEPOSITS)).order_by(DepositRow.id)
        return self._all(query)

    def advance_deposit(self, number: int, before: DepositStatus, after: DepositStatus, **changes: Any) -> bool:
        """Whether it was in the state `before`, and so is in the state `after` now."""
        query = update(DepositRow).where(DepositRow.id == number, DepositRow.status == before)
        return self._changed(query.values(status=after, **changes)) == 1

    def locked_atoms(self, account: int, asset: int) -> int:
        """What is credited and may not leave yet."""
        query = select(func.coalesce(func.sum(DepositRow.atoms), 0)).where(
            DepositRow.account == account, DepositRow.asset == asset, DepositRow.status == DepositStatus.CREDITED
        )
        with self._session() as session:
            return int(session.scalar(query) or 0)

    def deposits(
        self,
        account: int,
        *,
        since_us: int,
        until_us: int,
        coin: str | None = None,
        status: int | None = None,
        tx_id: str | None = None,
        offset: int,
        limit: int,
    ) -> list[DepositRow]:
        """The newest first."""
        query = select(DepositRow).where(
            DepositRow.account == account, DepositRow.inserted_us >= since_us, DepositRow.inserted_us <= until_us
        )
        for column, wanted in ((DepositRow.coin, coin), (DepositRow.status, status), (DepositRow.tx_id, tx_id)):
            if wanted is not None:
                query = query.where(column == wanted)
        return self._all(query.order_by(DepositRow.id.desc()).offset(offset).limit(limit))

    def _deposit_of(self, row: DepositRow) -> DepositRow | None:
        query = select(DepositRow).where(
            DepositRow.network == row.network,
            DepositRow.tx_id == row.tx_id,
            DepositRow.address == row.address,
            DepositRow.coin == row.coin,
        )
        with self._session() as session:
            return session.scalar(query)

    # Withdrawals

    def add_withdrawal(self, row: WithdrawalRow) -> None:
        """Write down a request before its money is set aside; raises DuplicateOrderId."""
        try:
            with self._lock, self._session.begin() as session:
                session.add(row)
        except IntegrityError:
            raise DuplicateOrderId(row.order_id) from None

    def withdrawal(self, number: str) -> WithdrawalRow | None:
        with self._session() as session:
            return session.get(WithdrawalRow, number)

    def drop_withdrawal(self, number: str, before: WithdrawalState) -> bool:
        """Forget a request whose money could not be set aside, if it is in this state."""
        query = delete(WithdrawalRow).where(WithdrawalRow.id == number, WithdrawalRow.state == before)
        return self._changed(query) == 1

    def open_withdrawals(self) -> list[WithdrawalRow]:
        query = select(WithdrawalRow).where(WithdrawalRow.state.in_(OPEN_WITHDRAWALS))
        return self._all(query.order_by(WithdrawalRow.applied_us, WithdrawalRow.id))

    def resume_withdrawals(self, before_us: int) -> int:
        """Take over requests that were written down before then and left."""
        query = update(WithdrawalRow).where(
            WithdrawalRow.state == WithdrawalState.REQUESTED, WithdrawalRow.applied_us < before_us
        )
        return self._changed(query.values(state=WithdrawalState.RESUMED))

    def advance_withdrawal(self, number: str, before: WithdrawalState, after: WithdrawalState, **changes: Any) -> bool:
        """Whether it was in the state `before`, and so is in the state `after` now."""
        query = update(WithdrawalRow).where(WithdrawalRow.id == number, WithdrawalRow.state == before)
        return self._changed(query.values(state=after, **changes)) == 1

    def note_confirmations(self, row: DepositRow | WithdrawalRow, confirmations: int) -> None:
        table = type(row)
        query = update(table).where(table.id == row.id, table.confirmations < confirmations)
        self._changed(query.values(confirmations=confirmations))

    def withdrawals(
        self,
        owner: int,
        *,
        since_us: int,
        until_us: int,
        coin: str | None = None,
        state: int | None = None,
        order_id: str | None = None,
        numbers: Sequence[str] | None = None,
        offset: int,
        limit: int,
    ) -> list[WithdrawalRow]:
        """The newest first; of those that are on the way to being known, none."""
        query = select(WithdrawalRow).where(
            WithdrawalRow.owner == owner,
            WithdrawalRow.state >= 0,
            WithdrawalRow.applied_us >= since_us,
            WithdrawalRow.applied_us <= until_us,
        )
        if state is not None:
            shown_as = [told for told in WithdrawalState if SHOWN_STATE.get(told, told) == state]
            query = query.where(WithdrawalRow.state.in_(shown_as))
        for column, wanted in ((WithdrawalRow.coin, coin), (WithdrawalRow.order_id, order_id)):
            if wanted is not None:
                query = query.where(column == wanted)
        if numbers is not None:
            query = query.where(WithdrawalRow.id.in_(numbers))
        newest = query.order_by(WithdrawalRow.applied_us.desc(), WithdrawalRow.id)
        return self._all(newest.offset(offset).limit(limit))

    def withdrawing_atoms(self, wallet: int) -> dict[int, int]:
        """By asset, what a wallet has set aside for withdrawals that are under way."""
        query = (
            select(WithdrawalRow.asset, func.sum(WithdrawalRow.atoms + WithdrawalRow.fee_atoms))
            .where(
                WithdrawalRow.wallet == wallet,
                WithdrawalRow.state.in_([state for state in OPEN_WITHDRAWALS if state > 0]),
            )
            .group_by(WithdrawalRow.asset)
        )
        with self._session() as session:
            return {asset: int(atoms) for asset, atoms in session.execute(query)}

    def _all(self, query: Select[Any]) -> list[Any]:
        with self._session() as session:
            return list(session.scalars(query))

    def _changed(self, statement: Any) -> int:
        """Rows that a statement changed."""
        with self._lock, self._session.begin() as session:
            return cast(CursorResult[Any], session.execute(statement)).rowcount
