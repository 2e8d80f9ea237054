"""How often power was used: orders of authorities, appeals, unsealings, looks, verdicts, and promises that are late.

Numbers only; whom they were about stands nowhere here.
"""

from typing import Any

from venus.engine.client import EngineClient
from venus.gateway.binance.endpoint import Call, Desk, Endpoint
from venus.gateway.issuance.lawful import told_count
from venus.gateway.issuance.ledger_facts import LedgerFacts, told_time, written
from venus.gateway.record.places import BASE, PUBLIC_WEIGHT
from venus.registry.registry import Registry
from venus.views.currency_questions import UnsealingCountsAnswer, UnsealingCountsQuestion
from venus.views.issuance_questions import LawfulCount
from venus.views.p2p_public_questions import P2pCountsAnswer, P2pCountsQuestion, told_counts


class Counts:
    def __init__(self, client: EngineClient, registry: Registry, ledger: LedgerFacts) -> None:
        self._client = client
        self._registry = registry
        self._ledger = ledger

    def endpoints(self) -> tuple[Endpoint, ...]:
        return (Endpoint("GET", f"{BASE}/counts", self.counts, PUBLIC_WEIGHT),)

    async def counts(self, desk: Desk, call: Call) -> bytes:
        """Lawful orders and appeals by asset, unsealings, readings and looks by whom, late redemptions, disputes."""
        ledger = self._ledger
        await ledger.refresh()
        lawful = await ledger.lawful_orders(ledger.issued)
        unsealings = await self._client.ask(UnsealingCountsQuestion())
        assert isinstance(unsealings, UnsealingCountsAnswer)
        market = await self._client.ask(P2pCountsQuestion())
        assert isinstance(market, P2pCountsAnswer)
        readings = await desk.off_loop(self._registry.identities.look_counts)
        looks = await desk.off_loop(self._registry.looks.counts)
        return written(
            {
                "time": told_time(call.now_ns, call.unit_ns),
                "lawfulOrders": [self._lawful(count) for answer in lawful for count in answer.counts],
                "redemptions": [
                    {
                        "coin": ledger.code(coin.asset),
                        "awaiting": ledger.amount(coin.asset, coin.waiting_atoms),
                        "overdue": coin.overdue_count,
                    }
                    for coin in ledger.coins
                ],
                "identityUnsealings": [
                    {
                        "currency": ledger.code(one.currency),
                        "authority": ledger.institution_name(one.authority),
                        "count": one.count,
                    }
                    for one in unsealings.counts
                ],
                "identityReadings": self._by_institution(readings),
                "journalLooks": self._by_institution(looks),
                "p2p": told_counts(market),
            }
        )

    def _lawful(self, count: LawfulCount) -> dict[str, Any]:
        return {"asset": self._ledger.code(count.coin)} | told_count(count, self._ledger)

    def _by_institution(self, counts: dict[int, int]) -> list[dict[str, Any]]:
        return [
            {"institution": self._ledger.institution_name(institution), "count": count}
            for institution, count in sorted(counts.items())
        ]
