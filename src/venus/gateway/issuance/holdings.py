"""What concerns one holder: account number, key, redemptions, lawful orders, holds, offers, schedules, allowances."""

from typing import Any

from venus.engine.client import EngineClient
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.params import Limit
from venus.gateway.issuance.lawful import told_order
from venus.gateway.issuance.ledger_facts import LedgerFacts, told_time, written
from venus.records.institutions import Scheme
from venus.registry.credentials import Permission
from venus.units import NS_PER_MS
from venus.views.holdings_questions import HoldingsAnswer, HoldingsQuestion, Redemption
from venus.views.issuance_questions import LawfulOrder

ROWS = Limit(100, 1_000)
PATH = "/coins/v1/account"


class Holdings:
    """One endpoint: all that a holder has to know besides balances, which the exchange's own API tells."""

    def __init__(self, client: EngineClient, facts: LedgerFacts) -> None:
        self._client = client
        self._facts = facts

    def endpoints(self, path: str = PATH) -> tuple[Endpoint, ...]:
        return (Endpoint("GET", path, self.account, 10, names(f"{ROWS}"), Permission.USER_DATA),)

    async def account(self, desk: Desk, call: Call) -> bytes:
        """One's account number and what is bound there, the newest first."""
        await self._facts.refresh()
        answer = await self._client.ask(HoldingsQuestion(call.account, call.params.limit(ROWS)))
        assert isinstance(answer, HoldingsAnswer)
        key = {"scheme": Scheme(answer.key_scheme).name, "key": answer.key.hex()} if answer.key_scheme else None
        return written(
            {
                "account": call.account,
                "holderKey": key,
                "redemptions": [self._redemption(row, call) for row in answer.redemptions],
                "lawfulOrders": [
                    told_order(row, self._facts, call) | {"basis": row.basis}
                    for row in await self._lawful(call.account)
                ],
                "holds": self._holds(answer, call),
                "trades": self._trades(answer, call),
                "schedules": self._schedules(answer, call),
                "allowances": [
                    {
                        "account": row.account,
                        "spender": row.spender,
                        "asset": self._facts.code(row.asset),
                        "amount": self._facts.amount(row.asset, row.atoms),
                    }
                    for row in answer.allowances
                ],
            }
        )

    async def _lawful(self, account: int) -> list[LawfulOrder]:
        answers = await self._facts.lawful_orders(self._facts.issued)
        return [order for answer in answers for order in answer.orders if order.account == account]

    def _redemption(self, row: Redemption, call: Call) -> dict[str, Any]:
        return {
            "redemptionId": row.number,
            "coin": self._facts.code(row.coin),
            "amount": self._facts.amount(row.coin, row.asked_atoms),
            "waiting": self._facts.amount(row.coin, row.waiting_atoms),
            "withdrawn": self._facts.amount(row.coin, row.withdrawn_atoms),
            "time": told_time(row.asked_ns, call.unit_ns),
            "deadline": told_time(row.deadline_ns, call.unit_ns),
            "overdue": row.overdue,
            "paidAt": told_time(row.paid_ns, call.unit_ns) if row.paid_ns else None,
            "payee": row.payee,
        }

    def _holds(self, answer: HoldingsAnswer, call: Call) -> list[dict[str, Any]]:
        return [
            {
                "holdId": row.number,
                "account": row.account,
                "target": row.target,
                "notary": row.notary,
                "asset": self._facts.code(row.asset),
                "amount": self._facts.amount(row.asset, row.atoms),
                "reclaimAt": told_time(row.reclaim_ns, call.unit_ns),
                "expiresAt": told_time(row.expires_ns, call.unit_ns),
                "hashLock": row.hash_lock.hex(),
            }
            for row in answer.holds
        ]

    def _trades(self, answer: HoldingsAnswer, call: Call) -> list[dict[str, Any]]:
        return [
            {
                "dvpId": row.number,
                "account": row.account,
                "counterparty": row.counterparty,
                "giveAsset": self._facts.code(row.give_asset),
                "giveAmount": self._facts.amount(row.give_asset, row.give_atoms),
                "takeAsset": self._facts.code(row.take_asset),
                "takeAmount": self._facts.amount(row.take_asset, row.take_atoms),
                "expiresAt": told_time(row.expires_ns, call.unit_ns),
            }
            for row in answer.trades
        ]

    def _schedules(self, answer: HoldingsAnswer, call: Call) -> list[dict[str, Any]]:
        return [
            {
                "scheduleId": row.number,
                "account": row.account,
                "toAccount": row.to_account,
                "asset": self._facts.code(row.asset),
                "amount": self._facts.amount(row.asset, row.atoms),
                "nextAt": told_time(row.next_ns, call.unit_ns),
                "everyMs": row.every_ns // NS_PER_MS,
                "left": row.left,
            }
            for row in answer.schedules
        ]
