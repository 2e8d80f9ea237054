"""What the public record says of money issued here: each coin and each currency beside all that backs it.

The doors of coins and of the currency say the same in parts; here it is whole, so that one file can be kept.
"""

from venus.engine.client import EngineClient
from venus.gateway.binance.endpoint import Call, Desk, Endpoint
from venus.gateway.currency.facts import CurrencyFacts
from venus.gateway.currency.telling import Telling
from venus.gateway.issuance.ledger_facts import LedgerFacts, told_time, written
from venus.gateway.issuance.reads import Reads
from venus.gateway.record.places import BASE, PUBLIC_WEIGHT


class Supply:
    def __init__(self, client: EngineClient, ledger: LedgerFacts) -> None:
        self._ledger = ledger
        self._reads = Reads(client, ledger)
        self._telling = Telling(client, CurrencyFacts(client, ledger))

    def endpoints(self) -> tuple[Endpoint, ...]:
        return (
            Endpoint("GET", f"{BASE}/coins", self.coins, PUBLIC_WEIGHT),
            Endpoint("GET", f"{BASE}/currencies", self.currencies, PUBLIC_WEIGHT),
        )

    async def coins(self, desk: Desk, call: Call) -> bytes:
        """Every coin: what is out, what backs it, each reserve with what was last attested of it."""
        await self._ledger.refresh()
        reserves = self._ledger.reserves.values()
        coins = [
            self._reads.coin_facts(coin, call)
            | {"reserves": [self._reads.reserve_facts(one, call) for one in reserves if one.coin == coin.asset]}
            for coin in self._ledger.coins
        ]
        return written({"time": told_time(call.now_ns, call.unit_ns), "coins": coins})

    async def currencies(self, desk: Desk, call: Call) -> bytes:
        """Every central bank's currency: what is out, its reserves, each operator with its quota and reserves."""
        await self._ledger.refresh()
        currencies = []
        for one in self._ledger.currencies:
            operators = [await self._telling.operator(one, operator) for operator in one.operators]
            currencies.append(self._telling.currency(one, call) | {"operators": operators})
        return written({"time": told_time(call.now_ns, call.unit_ns), "currencies": currencies})
