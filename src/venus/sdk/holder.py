"""What a holder asks, with an API key of the exchange. Amounts are decimal text; times are milliseconds."""

import json
from typing import Any
from uuid import uuid4

from venus.records.commands import PlainCommand, encode_cold
from venus.sdk.connection import ApiKey, Connection
from venus.sdk.public import BASE, Public


class Holder(Public):
    """Each call has a `client_id`, under which it is done once however often it is sent; without one, a new one."""

    def __init__(self, connection: Connection, keys: ApiKey) -> None:
        super().__init__(connection)
        self._keys = keys

    def account(self) -> dict[str, Any]:
        """One's account number and what is bound there."""
        return self._send("GET", "account")

    def balances(self) -> dict[str, dict[str, str]]:
        """Free and locked by asset, as the exchange's own API tells them."""
        answer = self.connection.ask_signed("GET", "/api/v3/account", self._keys)
        return {row["asset"]: {"free": row["free"], "locked": row["locked"]} for row in answer["balances"]}

    def redeem(self, coin: str, amount: str, payee: str, client_id: str = "") -> dict[str, Any]:
        return self._do("redemptions", client_id, coin=coin, amount=amount, payee=payee)

    def withdraw_redemption(self, redemption: int, client_id: str = "") -> dict[str, Any]:
        """Take back what of it is not paid yet, before it is overdue."""
        return self._send("DELETE", "redemptions", redemptionId=redemption, clientId=client_id or uuid4().hex)

    def pay(self, to_account: int, asset: str, amount: str, client_id: str = "") -> dict[str, Any]:
        return self._do("transfers", client_id, toAccount=to_account, asset=asset, amount=amount)

    def pay_many(self, payments: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """All or none; each has toAccount, asset, amount and clientId."""
        answer: list[dict[str, Any]] = self._send("POST", "transfers/batch", payments=json.dumps(payments))
        return answer

    def appeal(self, order: int, text: str, client_id: str = "") -> dict[str, Any]:
        return self._do("appeals", client_id, lawfulOrderId=order, text=text)

    def hold(
        self,
        target: int,
        asset: str,
        amount: str,
        *,
        expires_ms: int,
        reclaim_ms: int,
        notary: int | None = None,
        hash_lock: bytes = b"",
        client_id: str = "",
    ) -> dict[str, Any]:
        return self._do(
            "holds",
            client_id,
            target=target,
            asset=asset,
            amount=amount,
            expiresAt=expires_ms,
            reclaimAt=reclaim_ms,
            notary=notary,
            hashLock=hash_lock.hex() or None,
        )

    def execute_hold(
        self, hold: int, asset: str, amount: str, preimage: bytes = b"", client_id: str = ""
    ) -> dict[str, Any]:
        lock = preimage.hex() or None
        return self._do("holds/execute", client_id, holdId=hold, asset=asset, amount=amount, preimage=lock)

    def release_hold(self, hold: int, client_id: str = "") -> dict[str, Any]:
        return self._do("holds/release", client_id, holdId=hold)

    def reclaim_hold(self, hold: int, client_id: str = "") -> dict[str, Any]:
        return self._do("holds/reclaim", client_id, holdId=hold)

    def approve_spender(self, spender: int, asset: str, amount: str, client_id: str = "") -> dict[str, Any]:
        return self._do("allowances", client_id, spender=spender, asset=asset, amount=amount)

    def spend(self, from_account: int, to_account: int, asset: str, amount: str, client_id: str = "") -> dict[str, Any]:
        return self._do(
            "allowances/spend", client_id, fromAccount=from_account, toAccount=to_account, asset=asset, amount=amount
        )

    def propose_trade(
        self,
        counterparty: int,
        give: tuple[str, str],
        take: tuple[str, str],
        *,
        expires_ms: int,
        client_id: str = "",
    ) -> dict[str, Any]:
        """give, take: asset and amount."""
        return self._do(
            "trades",
            client_id,
            counterparty=counterparty,
            giveAsset=give[0],
            giveAmount=give[1],
            takeAsset=take[0],
            takeAmount=take[1],
            expiresAt=expires_ms,
        )

    def accept_trade(self, trade: int, client_id: str = "") -> dict[str, Any]:
        return self._do("trades/accept", client_id, dvpId=trade)

    def withdraw_trade(self, trade: int, client_id: str = "") -> dict[str, Any]:
        return self._do("trades/withdraw", client_id, dvpId=trade)

    def schedule(
        self,
        to_account: int,
        asset: str,
        amount: str,
        *,
        first_ms: int,
        every_ms: int = 0,
        count: int = 1,
        client_id: str = "",
    ) -> dict[str, Any]:
        return self._do(
            "schedules",
            client_id,
            toAccount=to_account,
            asset=asset,
            amount=amount,
            firstAt=first_ms,
            everyMs=every_ms,
            count=count,
        )

    def cancel_schedule(self, schedule: int, client_id: str = "") -> dict[str, Any]:
        return self._send("DELETE", "schedules", scheduleId=schedule, clientId=client_id or uuid4().hex)

    def hand_in(self, command: PlainCommand) -> dict[str, Any]:
        """A key, permit or authorization that its holder signed (keys.py, `prove`)."""
        paths = {"BindHolderKey": "holderKeys", "PermitSpender": "permits", "TransferAuthorized": "authorizations"}
        return self._send("POST", paths[type(command).__name__], encoded=encode_cold(command).hex())

    def _do(self, path: str, client_id: str, **params: object) -> dict[str, Any]:
        return self._send("POST", path, clientId=client_id or uuid4().hex, **params)

    def _send(self, method: str, path: str, **params: object) -> Any:
        return self.connection.ask_signed(method, f"{BASE}/{path}", self._keys, **params)
