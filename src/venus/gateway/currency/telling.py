"""How currencies, operators, regimes and wallets are told: amounts in decimal text, times in the request's unit."""

from typing import Any

import numpy as np

from venus.engine.client import EngineClient
from venus.gateway.binance.endpoint import Call
from venus.gateway.currency.facts import CurrencyFacts
from venus.gateway.issuance.ledger_facts import told_time
from venus.records.currency import WalletClass
from venus.units import NS_PER_MS
from venus.views.balance_questions import BALANCE_ROW, BalancesAnswer, BalancesQuestion
from venus.views.currency_questions import Currency, Operator, Purpose, Regime, WalletAnswer


class Telling:
    def __init__(self, client: EngineClient, facts: CurrencyFacts) -> None:
        self._client = client
        self._facts = facts

    def currency(self, currency: Currency, call: Call) -> dict[str, Any]:
        ledger = self._facts.ledger
        return {
            "currency": ledger.code(currency.asset),
            "asset": currency.asset,
            "scale": self._facts.asset_of(currency).scale,
            "iso": currency.currency,
            "reserveAsset": ledger.code(currency.reserve_asset),
            "centralBank": ledger.institution_name(currency.central_bank),
            "supply": ledger.amount(currency.asset, currency.supply_atoms),
            "reserves": ledger.amount(currency.asset, currency.reserves_atoms),
            "operators": len(currency.operators),
            "interestUnderWay": currency.sweeping,
            "regime": currency.regimes[0].name if currency.in_force else None,
            "regimesToCome": [
                {"name": regime.name, "from": told_time(regime.from_ns, call.unit_ns)}
                for regime in currency.regimes[int(currency.in_force) :]
            ],
        }

    async def operator(self, currency: Currency, operator: Operator) -> dict[str, Any]:
        ledger, asset = self._facts.ledger, currency.asset
        reserves, _ = await self.balance(operator.reserve_account, currency.reserve_asset)
        treasury, _ = await self.balance(operator.treasury_account, asset)
        moved = currency.operators[operator.moved_to] if operator.moved_to >= 0 else None
        return {
            "operator": operator.number,
            "name": ledger.institution_name(operator.institution),
            "institution": operator.institution,
            "quota": ledger.amount(asset, operator.quota_atoms),
            "outstanding": ledger.amount(asset, operator.outstanding_atoms),
            "reserves": ledger.amount(asset, reserves),
            "treasury": ledger.amount(asset, treasury),
            "treasuryAccount": operator.treasury_account,
            "movedTo": None if moved is None else ledger.institution_name(moved.institution),
        }

    def regime(self, currency: Currency, regime: Regime, call: Call) -> dict[str, Any]:
        return {
            "name": regime.name,
            "from": told_time(regime.from_ns, call.unit_ns),
            "dayOffsetMs": regime.day_offset_ns // NS_PER_MS,
            "classes": [self.wallet_class(currency, number, one) for number, one in enumerate(regime.classes)],
        }

    def wallet_class(self, currency: Currency, number: int, one: WalletClass) -> dict[str, Any]:
        """A limit that is none is null."""

        def limit(atoms: int) -> str | None:
            return self._facts.ledger.amount(currency.asset, atoms) if atoms else None

        return {
            "walletClass": number,
            "name": one.name,
            "balanceMax": limit(one.balance_atoms_max),
            "singleMax": limit(one.single_atoms_max),
            "dayMax": limit(one.day_atoms_max),
            "yearMax": limit(one.year_atoms_max),
            "interestPpm": one.interest_ppm,
            "needsIdentity": bool(one.needs_identity),
            "subWalletsMax": one.sub_wallets_max,
        }

    async def wallet(self, found: WalletAnswer) -> dict[str, Any]:
        """After `ledger.refresh`."""
        ledger = self._facts.ledger
        currency = ledger.currency_of(found.currency)
        assert currency is not None, found
        free, held = await self.balance(found.account, currency.asset)
        classes = currency.regimes[0].classes if currency.in_force else []
        known = classes[found.wallet_class] if found.wallet_class < len(classes) else None
        return {
            "wallet": found.account,
            "currency": ledger.code(currency.asset),
            "operator": ledger.operator_name(currency.asset, found.operator),
            "free": ledger.amount(currency.asset, free),
            "held": ledger.amount(currency.asset, held),
            "class": None if known is None else self.wallet_class(currency, found.wallet_class, known),
            "paidToday": ledger.amount(currency.asset, found.day_paid_atoms),
            "paidThisYear": ledger.amount(currency.asset, found.year_paid_atoms),
            "root": found.root,
            "category": found.category,
            "closed": found.closed,
            "bank": {
                "line": ledger.amount(currency.asset, found.line_atoms),
                "waterfall": found.waterfall,
                "reverse": found.reverse,
            },
            "subWallets": found.sub_wallets,
        }

    def purpose(self, purpose: Purpose, call: Call) -> dict[str, Any]:
        ledger = self._facts.ledger
        return {
            "purposeId": purpose.number,
            "account": purpose.account,
            "holder": purpose.holder,
            "currency": ledger.code(purpose.asset),
            "amount": ledger.amount(purpose.asset, purpose.atoms),
            "categories": list(purpose.categories),
            "expiresAt": told_time(purpose.expires_ns, call.unit_ns),
        }

    async def balance(self, account: int, asset: int) -> tuple[int, int]:
        """Free and held atoms."""
        answer = await self._client.ask(BalancesQuestion(account))
        assert isinstance(answer, BalancesAnswer)
        for number, free_atoms, held_atoms in np.frombuffer(answer.rows, BALANCE_ROW).tolist():
            if number == asset:
                return free_atoms, held_atoms
        return 0, 0
