"""The wallet of a sandbox, joined: what moves money inside, and the chains it comes from and goes to."""

import asyncio
import time
from collections.abc import Callable
from typing import Self

import numpy as np

from venus.bridges.posting import known_account, post, source_of
from venus.bridges.sandbox_chain import ChainRules, SandboxChain
from venus.bridges.sweeping import sweep_through
from venus.bridges.treasury import Treasury
from venus.engine.client import EngineClient
from venus.records.rejects import Reject
from venus.registry.registry import Registry
from venus.units import ATOMS_MAX
from venus.views.balance_questions import BALANCE_ROW, BalancesAnswer, BalancesQuestion
from venus.views.catalog import CatalogAnswer, CatalogQuestion
from venus.views.currency_questions import CurrenciesAnswer, CurrenciesQuestion

FAUCET_LABEL = "external:faucet"
STOCK_UNITS = 1_000_000
"""What the dealer of a sandbox begins with, of each coin."""


class SandboxWallet:
    """Opened by `open`, which also begins the chains' steps; ended by `stop`."""

    def __init__(self, client: EngineClient, registry: Registry, treasury: Treasury, chain: SandboxChain) -> None:
        self._client = client
        self.registry = registry
        self.treasury = treasury
        self.chain = chain
        self._running: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls,
        client: EngineClient,
        registry: Registry,
        rules: ChainRules | None = None,
        clock_ns: Callable[[], int] = time.time_ns,
        *,
        runs: bool = True,
        is_frozen: Callable[[], bool] | None = None,
    ) -> Self:
        """Raises what the engine's client raises. Not `runs`: whoever opened it takes the chain's steps.

        is_frozen: while it is so, steps are taken by `settle` alone.
        """
        treasury = await Treasury.open(client, registry, clock_ns)
        await _stock(client, treasury.dealer)
        chain = await SandboxChain.open(client, registry, treasury, rules, clock_ns)
        wallet = cls(client, registry, treasury, chain)
        if runs:
            wallet._running = asyncio.create_task(chain.run(is_frozen), name="chain")
        return wallet

    async def settle(self) -> None:
        """Take the steps that are due now, and bring interest that is under way to its end."""
        await self.chain.step()
        await sweep_through(self._client)

    async def stop(self) -> None:
        """Take no further step; one that is under way is given up, and done again by the next start."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)


async def open_sandbox_wallet(
    client: EngineClient, registry: Registry, clock_ns: Callable[[], int], is_frozen: Callable[[], bool]
) -> SandboxWallet | None:
    """The wallet of a sandbox; None where the journal is no sandbox's, so that no test money can come into it."""
    return (
        None
        if await known_account(client, FAUCET_LABEL) is None
        else await SandboxWallet.open(client, registry, clock_ns=clock_ns, is_frozen=is_frozen)
    )


async def _stock(client: EngineClient, dealer: int) -> None:
    """Test money for the dealer, once for each coin, if there is a faucet. A start that finds it adds no command."""
    faucet = await known_account(client, FAUCET_LABEL)
    if faucet is None:
        return
    catalog = await client.ask(CatalogQuestion())
    assert isinstance(catalog, CatalogAnswer)
    balances = await client.ask(BalancesQuestion(dealer))
    assert isinstance(balances, BalancesAnswer)
    stocked = set(np.frombuffer(balances.rows, BALANCE_ROW)["asset"].tolist())
    currencies = await client.ask(CurrenciesQuestion())
    assert isinstance(currencies, CurrenciesAnswer)
    # A central bank's money comes from its operators alone, who give the house none.
    stocked |= {asset for one in currencies.currencies for asset in (one.asset, one.reserve_asset)}
    for asset in catalog.assets:
        if asset.number in stocked:
            continue
        atoms = min(STOCK_UNITS * 10**asset.scale, ATOMS_MAX // 1_000)
        source = await source_of(client, asset.code, faucet)
        reason = await post(client, f"stock:{asset.code}", debit=source, credit=dealer, asset=asset.number, atoms=atoms)
        assert reason is Reject.NONE, (asset, reason)
