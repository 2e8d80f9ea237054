"""What moves money at an owner's wish and is no order: withdrawals, wallets, sub-accounts, conversions, gifts.

Each is written down in the registry first, then moved under references that hold its number, then noted as done. So
whatever is interrupted, by a crash or a time-out, is either as if it had never been asked or is finished by `resume`,
once. The money of withdrawals on their way waits in an account of the house, so that it cannot be spent twice and what
is given back is always there. The two coins of a conversion change hands at once.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable
from typing import Self

from venus.bridges.posting import (
    Leg,
    knows_linked_transfers,
    labelled_account,
    person_account,
    post,
    post_together,
)
from venus.engine.client import EngineClient, EngineOverloaded, EngineRefused
from venus.records.commands import HOUSE_ACCOUNT, AccountKind
from venus.records.rejects import Reject
from venus.registry.chain_record import WithdrawalState
from venus.registry.moves_record import ConversionState, MoveState
from venus.registry.owners import SubAccount, WalletKind
from venus.registry.registry import Registry
from venus.registry.wallet_tables import ConversionRow, DividendRow, MovementRow, WithdrawalRow
from venus.units import NS_PER_US

ABANDONED_US = 30_000_000
"""Whoever wrote something down has given up on it by then: a request takes 10 s at most."""

PENDING_LABEL = "house:withdrawals"
ESCROW_LABEL = "house:conversions"
DEALER_LABEL = "house:dealer"


class Treasury:
    """One engine's; opened by `Treasury.open`."""

    def __init__(self, client: EngineClient, registry: Registry, clock_ns: Callable[[], int]) -> None:
        self._client = client
        self._registry = registry
        self._clock_ns = clock_ns
        self.pending = self.escrow = self.dealer = -1

    @classmethod
    async def open(cls, client: EngineClient, registry: Registry, clock_ns: Callable[[], int] = time.time_ns) -> Self:
        """Open the house's accounts that it works with, unless they are. Raises what the client raises."""
        treasury = cls(client, registry, clock_ns)
        treasury.pending = await labelled_account(client, AccountKind.HOUSE, PENDING_LABEL)
        treasury.escrow = await labelled_account(client, AccountKind.HOUSE, ESCROW_LABEL)
        treasury.dealer = await labelled_account(client, AccountKind.HOUSE, DEALER_LABEL)
        return treasury

    def now_us(self) -> int:
        return self._clock_ns() // NS_PER_US

    # Wallets and sub-accounts

    async def wallet(self, owner: int, kind: WalletKind) -> int:
        """The core's account of a wallet, opened when it is first asked for."""
        number = await asyncio.to_thread(self._registry.owners.wallet, owner, kind)
        if number is None:
            number = await person_account(self._client, f"open:{kind.name.lower()}:{owner}")
            await asyncio.to_thread(self._registry.owners.add_wallet, number, owner, kind)
        return number

    async def open_sub_account(self, master: int, email: str) -> SubAccount:
        """Raises EmailTaken."""
        digest = hashlib.blake2b(email.encode(), digest_size=16).hexdigest()
        number = await person_account(self._client, f"open:sub:{digest}")
        return await asyncio.to_thread(self._registry.owners.add_sub_account, number, master, email)

    # Withdrawals

    async def request_withdrawal(self, row: WithdrawalRow) -> Reject:
        """Set the money of a withdrawal aside; the reason if there is not enough. Raises DuplicateOrderId."""
        chain = self._registry.chain
        await asyncio.to_thread(chain.add_withdrawal, row)
        try:
            reason = await self.hold(row)
        except (EngineOverloaded, EngineRefused):
            await asyncio.to_thread(chain.drop_withdrawal, row.id, WithdrawalState.REQUESTED)
            raise
        if reason is not Reject.NONE:
            await asyncio.to_thread(chain.drop_withdrawal, row.id, WithdrawalState.REQUESTED)
            return reason
        await asyncio.to_thread(chain.advance_withdrawal, row.id, WithdrawalState.REQUESTED, WithdrawalState.AWAITING)
        return Reject.NONE

    async def hold(self, row: WithdrawalRow) -> Reject:
        """From the wallet to where withdrawals wait."""
        return await self._post(f"withdraw:{row.id}:hold", row.wallet, self.pending, row.asset, _whole(row))

    async def release(self, row: WithdrawalRow) -> None:
        """What was set aside, back to the wallet."""
        await self._must(f"withdraw:{row.id}:return", self.pending, row.wallet, row.asset, _whole(row))

    async def pay_out(self, row: WithdrawalRow, external: int) -> None:
        """What was set aside, to the outside and its fee to the house."""
        send = Leg(f"withdraw:{row.id}:send", self.pending, external, row.asset, row.atoms)
        fee = Leg(f"withdraw:{row.id}:fee", self.pending, HOUSE_ACCOUNT, row.asset, row.fee_atoms)
        if row.fee_atoms and await knows_linked_transfers(self._client):
            reason = await post_together(self._client, send, fee)
            if reason is Reject.NONE:
                return
            # It was sent, and its fee was not taken yet, when transfers were not linked.
            assert reason is Reject.REFERENCE_REUSED, (row.id, reason)
        await self._must(*send)
        if row.fee_atoms:
            await self._must(*fee)

    # Movements between accounts of one owner

    async def move(
        self,
        *,
        owner: int,
        kind: str,
        debit: int,
        credit: int,
        coin: str,
        asset: int,
        atoms: int,
        client_id: str | None = None,
    ) -> tuple[MovementRow, Reject]:
        """Raises DuplicateClientId."""
        moves = self._registry.moves
        row = await asyncio.to_thread(
            lambda: moves.add_movement(
                owner=owner,
                kind=kind,
                client_id=client_id,
                debit=debit,
                credit=credit,
                coin=coin,
                asset=asset,
                atoms=atoms,
                created_us=self.now_us(),
            )
        )
        try:
            reason = await self._carry_out(row, MoveState.PENDING)
        except (EngineOverloaded, EngineRefused):
            await asyncio.to_thread(moves.advance_movement, row.id, MoveState.PENDING, MoveState.FAILED)
            raise
        return row, reason

    async def _carry_out(self, row: MovementRow, before: MoveState) -> Reject:
        reason = await self._post(f"move:{row.id}", row.debit, row.credit, row.asset, row.atoms)
        after = MoveState.CONFIRMED if reason is Reject.NONE else MoveState.FAILED
        await asyncio.to_thread(self._registry.moves.advance_movement, row.id, before, after)
        return reason

    # Conversions

    async def convert(self, row: ConversionRow) -> Reject:
        """Carry out a quote, unless somebody has: NO_CHANGE."""
        moves, quoted = self._registry.moves, ConversionState.QUOTED
        now_us = self.now_us()
        if not await asyncio.to_thread(
            lambda: moves.advance_conversion(row.id, quoted, ConversionState.ACCEPTED, accepted_us=now_us)
        ):
            return Reject.NO_CHANGE
        return await self._exchange(row, ConversionState.ACCEPTED)

    async def _exchange(self, row: ConversionRow, before: ConversionState) -> Reject:
        """One coin into the dealer's stock and the other out of it, both or neither."""
        if not await knows_linked_transfers(self._client):
            return await self._exchange_by_steps(row, before)
        reason = await post_together(
            self._client,
            Leg(f"convert:{row.id}:take", row.wallet, self.dealer, row.from_asset, row.from_atoms),
            Leg(f"convert:{row.id}:give", self.dealer, row.wallet, row.to_asset, row.to_atoms),
        )
        if reason is Reject.REFERENCE_REUSED:
            # Its first coin is in the escrow, since before there were linked transfers: it is ended as it was begun.
            return await self._exchange_by_steps(row, before)
        after = ConversionState.SUCCESS if reason is Reject.NONE else ConversionState.FAILED
        await asyncio.to_thread(self._registry.moves.advance_conversion, row.id, before, after)
        return reason

    async def _exchange_by_steps(self, row: ConversionRow, before: ConversionState) -> Reject:
        """One coin into escrow, the other out of the dealer's stock, then the first into the stock.

        If the dealer is short the first goes back out of the escrow, where nobody else can have spent it; that this is
        so is written down before, so that it is never tried again.
        """
        moves = self._registry.moves
        reason = await self._post(f"convert:{row.id}:take", row.wallet, self.escrow, row.from_asset, row.from_atoms)
        if reason is not Reject.NONE:
            await asyncio.to_thread(moves.advance_conversion, row.id, before, ConversionState.FAILED)
            return reason
        reason = await self._post(f"convert:{row.id}:give", self.dealer, row.wallet, row.to_asset, row.to_atoms)
        if reason is not Reject.NONE:
            if await asyncio.to_thread(moves.advance_conversion, row.id, before, ConversionState.RETURNING):
                await self._give_back(row)
            return reason
        await self._must(f"convert:{row.id}:keep", self.escrow, self.dealer, row.from_asset, row.from_atoms)
        await asyncio.to_thread(moves.advance_conversion, row.id, before, ConversionState.SUCCESS)
        return Reject.NONE

    async def _give_back(self, row: ConversionRow) -> None:
        await self._must(f"convert:{row.id}:back", self.escrow, row.wallet, row.from_asset, row.from_atoms)
        returning = ConversionState.RETURNING
        await asyncio.to_thread(self._registry.moves.advance_conversion, row.id, returning, ConversionState.FAILED)

    # Gifts

    async def give(self, *, owner: int, coin: str, asset: int, atoms: int, info: str, reference: str) -> DividendRow:
        """Something from the house's own money; the same reference gives it once."""
        moves = self._registry.moves
        row = await asyncio.to_thread(
            lambda: moves.add_dividend(
                owner=owner,
                reference=reference,
                coin=coin,
                asset=asset,
                atoms=atoms,
                info=info,
                created_us=self.now_us(),
            )
        )
        await self._pay(row)
        return row

    async def _pay(self, row: DividendRow) -> Reject:
        reason = await self._post(f"gift:{row.id}", self.dealer, row.owner, row.asset, row.atoms)
        if reason is Reject.NONE:
            await asyncio.to_thread(self._registry.moves.note_paid, row.id)
        return reason

    # What was left

    async def resume(self) -> None:
        """Finish what somebody began and left."""
        before_us = self.now_us() - ABANDONED_US
        moves = self._registry.moves
        for movement in await asyncio.to_thread(moves.resume_movements, before_us):
            await self._carry_out(movement, MoveState.RESUMED)
        for conversion in await asyncio.to_thread(moves.resume_conversions, before_us):
            if conversion.state == ConversionState.RETURNING:
                await self._give_back(conversion)
            else:
                await self._exchange(conversion, ConversionState.RESUMED)
        for gift in await asyncio.to_thread(moves.unpaid_dividends):
            await self._pay(gift)
        await asyncio.to_thread(self._registry.chain.resume_withdrawals, before_us)

    async def _post(self, reference: str, debit: int, credit: int, asset: int, atoms: int) -> Reject:
        return await post(self._client, reference, debit=debit, credit=credit, asset=asset, atoms=atoms)

    async def _must(self, reference: str, debit: int, credit: int, asset: int, atoms: int) -> None:
        """A transfer that cannot be refused: its money waits where nobody else spends it."""
        reason = await self._post(reference, debit, credit, asset, atoms)
        assert reason is Reject.NONE, (reference, reason)


def _whole(row: WithdrawalRow) -> int:
    """What a withdrawal takes from its wallet."""
    return row.atoms + row.fee_atoms
