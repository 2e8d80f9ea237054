"""A sandbox's chains: addresses, blocks on a clock, payments that gain confirmations; nothing leaves this machine.

A block's number follows from the time, so there is nothing to lose: what a chain holds are the rows of its record. Each
step reads what is open, moves the money that is due under references that name the payment, then notes it; killed in
between, the next step does it again and nothing moves twice. A withdrawal to an address that was given out here comes
in as a deposit of its owner, as it would on any chain.
"""

import asyncio
import contextlib
import hashlib
import time
from collections.abc import Callable
from typing import NamedTuple, Self

import structlog

from venus.bridges.addresses import canonical, derived, is_address
from venus.bridges.day_ends import DayEnds
from venus.bridges.posting import labelled_account, post, source_of
from venus.bridges.treasury import Treasury
from venus.engine.client import EngineClient, EngineGone, EngineOverloaded, EngineRefused
from venus.records.commands import AccountKind
from venus.records.rejects import Reject
from venus.registry.chain_record import DepositStatus, WithdrawalState
from venus.registry.networks import NETWORKS, AddressForm, Terms, terms_on
from venus.registry.registry import Registry
from venus.registry.wallet_tables import DepositRow, WithdrawalRow
from venus.units import NS_PER_MS, NS_PER_S, NS_PER_US, OffGrid, steps
from venus.views.catalog import Asset, CatalogAnswer, CatalogQuestion

_log = structlog.get_logger("chain")
_SEED = "sandbox"


class ChainRules(NamedTuple):
    """How fast a sandbox's chains are."""

    step_s: float = 0.25
    approval_s: float = 1.0  # that a withdrawal waits for its approval
    speed: int = 1  # blocks come so many times as fast


class BadDeposit(ValueError):
    """A payment that no chain would carry; says why."""


class SandboxChain:
    """All networks of a sandbox. `run` it in the background, or take each `step` yourself."""

    def __init__(
        self,
        client: EngineClient,
        registry: Registry,
        treasury: Treasury,
        rules: ChainRules,
        clock_ns: Callable[[], int],
    ) -> None:
        self._client = client
        self._registry = registry
        self._record = registry.chain
        self._treasury = treasury
        self._rules = rules
        self._clock_ns = clock_ns
        self._day_ends = DayEnds(client, registry, clock_ns)
        self._seed = b""
        self._stepping = asyncio.Lock()
        self._external: dict[str, int] = {}  # accounts of the outside, by network

    @classmethod
    async def open(
        cls,
        client: EngineClient,
        registry: Registry,
        treasury: Treasury,
        rules: ChainRules | None = None,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> Self:
        """Open the outside's accounts, unless they are. Raises what the client raises."""
        chain = cls(client, registry, treasury, rules or ChainRules(), clock_ns)
        chain._seed = await asyncio.to_thread(registry.chain.seed, _SEED)
        for network in NETWORKS:
            label = f"external:chain:{network}"
            chain._external[network] = await labelled_account(client, AccountKind.EXTERNAL, label)
        return chain

    # What a door asks

    async def address(self, account: int, network: str) -> str:
        """Where to pay to an account on a network; it is listened to from now on."""
        address = derived(self._seed, network, account)
        await asyncio.to_thread(self._record.give_address, account, network, address)
        return address

    def read_address(self, network: str, text: str) -> str | None:
        """An address as the network writes it; None for a text that is none."""
        form = NETWORKS[network].form
        return canonical(form, text) if is_address(form, text) else None

    def external(self, network: str) -> int:
        """The core's account of what is outside on a network."""
        return self._external[network]

    # What only a sandbox can

    async def arrive(
        self, account: int, coin: str, amount: str, network: str | None = None, tx_id: str | None = None
    ) -> DepositRow:
        """Have somebody outside pay to an account's address: the next block holds it. The same `tx_id` pays once.

        amount: decimal text in the coin's units. Raises BadDeposit.
        """
        terms = terms_on(coin, network)
        asset = await self._asset(coin)
        if terms is None or asset is None:
            raise BadDeposit(f"{coin} does not travel on {network or 'any network'}")
        try:
            atoms, atoms_min = steps(amount, asset.scale), steps(terms.deposit_min, asset.scale)
        except OffGrid:
            raise BadDeposit(f"{amount!r} is no amount with at most {asset.scale} decimals") from None
        if atoms < atoms_min:
            raise BadDeposit(f"{terms.network} carries no less than {terms.deposit_min} {coin}")
        address = await self.address(account, terms.network)
        now_ns = self._clock_ns()
        tx_id = tx_id or transaction_id(terms.network, f"{account}:{coin}:{amount}:{now_ns}")
        source = derived(hashlib.sha256(tx_id.encode()).digest(), terms.network, 0)
        row = self._deposit(terms, asset, account, atoms, address, source, tx_id)
        await asyncio.to_thread(self._record.add_deposit, row)
        return row

    async def decide(self, number: str, *, approved: bool, why: str = "") -> bool:
        """Approve or reject a withdrawal at once; False if it does not await that any more."""
        row = await asyncio.to_thread(self._record.withdrawal, number)
        if row is None or row.state != WithdrawalState.AWAITING:
            return False
        return await (self._send(row) if approved else self._give_up(row, WithdrawalState.REJECTING, why))

    async def fail(self, number: str, why: str) -> bool:
        """Have the network refuse a withdrawal that is on its way; False if it is not."""
        row = await asyncio.to_thread(self._record.withdrawal, number)
        return row is not None and await self._give_up(row, WithdrawalState.FAILING, why)

    # Time

    async def run(self, is_frozen: Callable[[], bool] | None = None) -> None:
        """Step until cancelled or the engine is gone; not while the clock is frozen: then whoever turns it does."""
        with contextlib.suppress(EngineGone):
            while True:
                try:
                    if is_frozen is None or not is_frozen():
                        await self.step()
                except (EngineOverloaded, EngineRefused) as refused:
                    _log.warning("the engine takes nothing now; tried again", why=str(refused))
                await asyncio.sleep(self._rules.step_s)

    async def step(self) -> None:
        """Do all that is due. Raises what the client raises; whatever was not done is done by the next step."""
        async with self._stepping:
            await self._day_ends.step()
            await self._treasury.resume()
            for withdrawal in await asyncio.to_thread(self._record.open_withdrawals):
                await self._further(withdrawal)
            for deposit in await asyncio.to_thread(self._record.open_deposits):
                await self._confirm(deposit)

    def height(self, network: str) -> int:
        """The number of the newest block."""
        return self._clock_ns() * self._rules.speed // (NETWORKS[network].block_ms * NS_PER_MS)

    def _confirmations(self, network: str, block: int) -> int:
        return max(0, self.height(network) - block + 1)

    # Deposits

    async def _confirm(self, row: DepositRow) -> None:
        confirmations = self._confirmations(row.network, row.block)
        if confirmations > row.confirmations:
            shown = min(confirmations, row.unlock_at)
            await asyncio.to_thread(self._record.note_confirmations, row, shown)
        status = DepositStatus(row.status)
        if status is DepositStatus.PENDING and confirmations >= row.credit_at:
            status = await self._credit(row)
        if status is DepositStatus.CREDITED and confirmations >= row.unlock_at:
            await asyncio.to_thread(self._record.advance_deposit, row.id, DepositStatus.CREDITED, DepositStatus.SUCCESS)

    async def _credit(self, row: DepositRow) -> DepositStatus:
        reason = await post(
            self._client,
            f"deposit:{row.network}:{row.tx_id}:{row.id}",
            debit=await source_of(self._client, row.coin, self._external[row.network]),
            credit=row.account,
            asset=row.asset,
            atoms=row.atoms,
        )
        if reason is not Reject.NONE:
            _log.error("a deposit was refused", deposit=row.id, why=reason.name)
        status = DepositStatus.CREDITED if reason is Reject.NONE else DepositStatus.REJECTED
        completed_us = self._treasury.now_us()
        await asyncio.to_thread(
            lambda: self._record.advance_deposit(row.id, DepositStatus.PENDING, status, completed_us=completed_us)
        )
        return status

    # Withdrawals

    async def _further(self, row: WithdrawalRow) -> None:
        match row.state:
            case WithdrawalState.RESUMED:
                await self._hold_again(row)
            case WithdrawalState.AWAITING:
                if self._treasury.now_us() - row.applied_us >= self._rules.approval_s * NS_PER_S // NS_PER_US:
                    await self._send(row)
            case WithdrawalState.PROCESSING:
                await self._carry(row)
            case WithdrawalState.SETTLING:
                await self._settle(row)
            case WithdrawalState.REJECTING:
                await self._return(row, WithdrawalState.REJECTING, WithdrawalState.REJECTED)
            case WithdrawalState.FAILING:
                await self._return(row, WithdrawalState.FAILING, WithdrawalState.FAILED)

    async def _hold_again(self, row: WithdrawalRow) -> None:
        resumed = WithdrawalState.RESUMED
        if await self._treasury.hold(row) is Reject.NONE:
            await asyncio.to_thread(self._record.advance_withdrawal, row.id, resumed, WithdrawalState.AWAITING)
        else:
            await asyncio.to_thread(self._record.drop_withdrawal, row.id, resumed)

    async def _send(self, row: WithdrawalRow) -> bool:
        """Into the next block."""
        tx_id, block = transaction_id(row.network, row.id), self.height(row.network) + 1
        awaiting, processing = WithdrawalState.AWAITING, WithdrawalState.PROCESSING
        return await asyncio.to_thread(
            lambda: self._record.advance_withdrawal(row.id, awaiting, processing, tx_id=tx_id, block=block)
        )

    async def _carry(self, row: WithdrawalRow) -> None:
        confirmations = self._confirmations(row.network, row.block)
        if confirmations > row.confirmations:
            await asyncio.to_thread(self._record.note_confirmations, row, min(confirmations, row.settle_at))
        if confirmations < row.settle_at:
            return
        # Claimed first: from here on nobody can have it refused, and its money belongs to the outside.
        processing, settling = WithdrawalState.PROCESSING, WithdrawalState.SETTLING
        if await asyncio.to_thread(self._record.advance_withdrawal, row.id, processing, settling):
            await self._settle(row)

    async def _settle(self, row: WithdrawalRow) -> None:
        outside = await source_of(self._client, row.coin, self._external[row.network])
        await self._treasury.pay_out(row, outside)
        await self._come_in(row)
        completed_us = self._treasury.now_us()
        settling, completed = WithdrawalState.SETTLING, WithdrawalState.COMPLETED
        await asyncio.to_thread(
            lambda: self._record.advance_withdrawal(row.id, settling, completed, completed_us=completed_us)
        )

    async def _come_in(self, row: WithdrawalRow) -> None:
        """If it was paid to an address given out here, it is somebody's deposit."""
        account = await asyncio.to_thread(self._record.owner_of, row.network, row.address)
        asset, terms = await self._asset(row.coin), terms_on(row.coin, row.network)
        if account is None or asset is None or terms is None:
            return
        source = await self.address(row.owner, row.network)
        deposit = self._deposit(terms, asset, account, row.atoms, row.address, source, row.tx_id)
        deposit.block = row.block
        await asyncio.to_thread(self._record.add_deposit, deposit)

    async def _give_up(self, row: WithdrawalRow, after: WithdrawalState, why: str) -> bool:
        before = WithdrawalState.AWAITING if after is WithdrawalState.REJECTING else WithdrawalState.PROCESSING
        return await asyncio.to_thread(lambda: self._record.advance_withdrawal(row.id, before, after, info=why))

    async def _return(self, row: WithdrawalRow, before: WithdrawalState, after: WithdrawalState) -> None:
        await self._treasury.release(row)
        completed_us = self._treasury.now_us()
        await asyncio.to_thread(
            lambda: self._record.advance_withdrawal(row.id, before, after, completed_us=completed_us)
        )

    def _deposit(
        self, terms: Terms, asset: Asset, account: int, atoms: int, address: str, source: str, tx_id: str
    ) -> DepositRow:
        return DepositRow(
            account=account,
            coin=terms.coin,
            asset=asset.number,
            network=terms.network,
            atoms=atoms,
            address=address,
            source=source,
            tx_id=tx_id,
            block=self.height(terms.network) + 1,
            confirmations=0,
            credit_at=terms.confirmations_to_credit,
            unlock_at=terms.confirmations_to_unlock,
            status=DepositStatus.PENDING,
            inserted_us=self._treasury.now_us(),
            completed_us=None,
        )

    async def _asset(self, coin: str) -> Asset | None:
        answer = await self._client.ask(CatalogQuestion())
        assert isinstance(answer, CatalogAnswer)
        return next((asset for asset in answer.assets if asset.code == coin), None)


def transaction_id(network: str, about: str) -> str:
    """As the network writes the number of a transaction; the same for the same."""
    digest = hashlib.sha256(f"{network}:{about}".encode()).hexdigest()
    return f"0x{digest}" if NETWORKS[network].form is AddressForm.EIP55 else digest
