"""Lawful orders over coins and currencies, and their counts, as anybody may read them: no account stands there."""

from collections.abc import Sequence
from typing import Any, Literal

from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.params import Limit
from venus.gateway.issuance.ledger_facts import LedgerFacts, told_time, written
from venus.records.coins import LawfulEnd, LawfulKind
from venus.views.currency_questions import Currency
from venus.views.issuance_questions import Coin, LawfulCount, LawfulOrder

ROWS = Limit(100, 1_000)
Subject = Literal["coin", "currency"]
"""What the orders are over, and the parameter that names it."""


class LawfulOrders:
    """One endpoint under a door's base."""

    def __init__(self, facts: LedgerFacts, subject: Subject) -> None:
        self._facts = facts
        self._subject: Subject = subject

    def endpoints(self, base: str) -> tuple[Endpoint, ...]:
        read = f"{self._subject} fromId {ROWS}"
        return (Endpoint("GET", f"{base}/lawfulOrders", self.lawful_orders, 5, names(read)),)

    async def lawful_orders(self, desk: Desk, call: Call) -> bytes:
        """Lawful orders, the newest first, and their counts; without accounts."""
        await self._facts.refresh()
        params = call.params
        first, limit = params.integer("fromId") or 0, params.limit(ROWS)
        answers = await self._facts.lawful_orders(self._chosen(params.optional(self._subject)))
        orders = [order for answer in answers for order in answer.orders if order.number >= first]
        orders.sort(key=lambda order: order.number, reverse=True)
        return written(
            {
                "counts": [
                    {self._subject: self._facts.code(count.coin)} | told_count(count, self._facts)
                    for answer in answers
                    for count in answer.counts
                ],
                "orders": [told_order(order, self._facts, call) for order in orders[:limit]],
            }
        )

    def _chosen(self, code: str | None) -> Sequence[Coin | Currency]:
        facts = self._facts
        if self._subject == "coin":
            return facts.coins if code is None else [facts.coin_named(code)]
        return facts.currencies if code is None else [facts.currency_named(code)]


def told_count(count: LawfulCount, facts: LedgerFacts) -> dict[str, Any]:
    """How many orders of a kind there were over one asset, all but its name."""
    return {
        "kind": LawfulKind(count.order_kind).name,
        "ordered": count.ordered,
        "inForce": count.in_force,
        "appeals": count.appeals,
        "granted": count.granted,
        "taken": facts.amount(count.coin, count.taken_atoms),
    }


def told_order(order: LawfulOrder, facts: LedgerFacts, call: Call) -> dict[str, Any]:
    subject = "coin" if facts.currency_of(order.coin) is None else "currency"
    return {
        "orderId": order.number,
        "kind": LawfulKind(order.order_kind).name,
        subject: facts.code(order.coin),
        "amount": facts.amount(order.coin, order.atoms),
        "outstanding": facts.amount(order.coin, order.wanted_atoms),
        "authority": facts.institution_name(order.authority),
        "second": facts.institution_name(order.second),
        "time": told_time(order.ordered_ns, call.unit_ns),
        "expiresAt": told_time(order.expires_ns, call.unit_ns),
        "ended": LawfulEnd(order.end).name,
        "underAppeal": order.appealed,
    }
