"""What anybody may read of a currency: supply against reserves, operators and their quotas, the limits of wallets."""

from venus.engine.client import EngineClient
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.currency.facts import CurrencyFacts
from venus.gateway.currency.telling import Telling
from venus.gateway.issuance.ledger_facts import written

BASE = "/currency/v1"


class Reads:
    def __init__(self, client: EngineClient, facts: CurrencyFacts) -> None:
        self._facts = facts
        self._telling = Telling(client, facts)

    def endpoints(self) -> tuple[Endpoint, ...]:
        rows = (
            ("currencies", self.currencies, ""),
            ("operators", self.operators, "currency!"),
            ("regimes", self.regimes, "currency!"),
        )
        return tuple(Endpoint("GET", f"{BASE}/{path}", answer, 2, names(read)) for path, answer, read in rows)

    async def currencies(self, desk: Desk, call: Call) -> bytes:
        """Currencies: supply, reserves, the regime in force and those to come."""
        await self._facts.ledger.refresh()
        return written([self._telling.currency(one, call) for one in self._facts.ledger.currencies])

    async def operators(self, desk: Desk, call: Call) -> bytes:
        """Operators of a currency: quota, what they have outstanding, reserves."""
        await self._facts.ledger.refresh()
        currency = self._facts.named(call.params.required("currency"))
        return written([await self._telling.operator(currency, one) for one in currency.operators])

    async def regimes(self, desk: Desk, call: Call) -> bytes:
        """The regime in force and those to come, with what wallets of each class may hold and pay."""
        await self._facts.ledger.refresh()
        currency = self._facts.named(call.params.required("currency"))
        return written([self._telling.regime(currency, one, call) for one in currency.regimes])
