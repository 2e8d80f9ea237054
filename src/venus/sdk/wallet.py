"""What a wallet's holder asks with an API key: people pay; merchants ask to be paid, too, and give back."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from venus.sdk.connection import ApiKey, Connection
from venus.sdk.currency import BASE, CurrencyFacts


class Wallet(CurrencyFacts):
    """Each call has a `client_id`, under which it is done once however often it is sent; without one, a new one.

    wallet: a sub-wallet of one's own; without it, the key's own wallet
    """

    def __init__(self, connection: Connection, keys: ApiKey) -> None:
        self.connection = connection
        self._keys = keys

    def standing(self, wallet: int | None = None) -> dict[str, Any]:
        """Balance, class and limits, what was paid today and this year."""
        return dict(self._send("GET", "wallet", wallet=wallet))

    def statement(
        self, *, wallet: int | None = None, before: int | None = None, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """What came in and went out, the newest first."""
        answer: list[dict[str, Any]] = self._send("GET", "statement", wallet=wallet, beforeSequence=before, limit=limit)
        return answer

    def pay(self, to_account: int, amount: str, client_id: str = "", *, wallet: int | None = None) -> dict[str, Any]:
        """Settled when it is answered; `paymentId` is what a refund names."""
        return self._do("payments", client_id, toAccount=to_account, amount=amount, wallet=wallet)

    def pay_many(self, payments: list[dict[str, Any]], *, wallet: int | None = None) -> list[dict[str, Any]]:
        """Each has toAccount, amount and clientId, and is done once, for itself; what is refused says so in its row."""
        answer: list[dict[str, Any]] = self._send(
            "POST", "payments/batch", payments=json.dumps(payments), wallet=wallet
        )
        return answer

    def pay_request(self, request: str) -> dict[str, Any]:
        """Pay what somebody asks for, once."""
        return dict(self._send("POST", "payments/request", requestId=request))

    def appeal(self, order: int, text: str, client_id: str = "") -> dict[str, Any]:
        """Object to a lawful order over one's money; all orders over it stand in `bindings`."""
        return self._do("appeals", client_id, lawfulOrderId=order, text=text)

    def purposes(self) -> list[dict[str, Any]]:
        """Purpose-bound money that one gave or holds."""
        answer: list[dict[str, Any]] = self._send("GET", "purposes")
        return answer

    def bind_purpose(
        self,
        holder: int,
        currency: str,
        amount: str,
        categories: Iterable[int],
        *,
        expires_ms: int,
        client_id: str = "",
    ) -> dict[str, Any]:
        """Money that its holder can pay to merchants of some categories alone (ISO 18245)."""
        return self._do(
            "purposes",
            client_id,
            holder=holder,
            currency=currency,
            amount=amount,
            categories=",".join(map(str, categories)),
            expiresAt=expires_ms,
        )

    def spend_purpose(self, purpose: int, to_account: int, amount: str, client_id: str = "") -> dict[str, Any]:
        return self._do("purposes/spend", client_id, purposeId=purpose, toAccount=to_account, amount=amount)

    def looks(self) -> list[dict[str, Any]]:
        """Who had one's identity unsealed and read it, as far as it may be told by now."""
        answer: list[dict[str, Any]] = self._send("GET", "looks")
        return answer

    def asked_back(self, wallet: int | None = None) -> list[dict[str, Any]]:
        """What payers' operators ask back of what one was paid; a refund of the paymentId gives it."""
        answer: list[dict[str, Any]] = self._send("GET", "recalls", wallet=wallet)
        return answer

    # What binds money

    def bindings(self) -> dict[str, Any]:
        """Holds, offers, schedules, allowances."""
        return dict(self._send("GET", "bindings"))

    def hold(
        self,
        target: int,
        currency: str,
        amount: str,
        *,
        expires_ms: int,
        reclaim_ms: int,
        hash_lock: bytes = b"",
        client_id: str = "",
    ) -> dict[str, Any]:
        """Set money aside for somebody, whom the preimage of the lock pays."""
        times = {"expiresAt": expires_ms, "reclaimAt": reclaim_ms, "hashLock": hash_lock.hex() or None}
        return self._do("holds", client_id, target=target, asset=currency, amount=amount, **times)

    def execute_hold(
        self, hold: int, currency: str, amount: str, preimage: bytes = b"", client_id: str = ""
    ) -> dict[str, Any]:
        lock = preimage.hex() or None
        return self._do("holds/execute", client_id, holdId=hold, asset=currency, amount=amount, preimage=lock)

    # Purses that pay offline

    def purses(self, wallet: int | None = None) -> list[dict[str, Any]]:
        """The newest first."""
        answer: list[dict[str, Any]] = self._send("GET", "purses", wallet=wallet)
        return answer

    def fund_purse(self, purse: int, amount: str, client_id: str = "") -> dict[str, Any]:
        """Load it; its operator then gives its device a new certificate."""
        return self._do("purses/fund", client_id, purseId=purse, amount=amount)

    def settle_purses(self, paid: Iterable[str], client_id: str = "") -> dict[str, Any]:
        """What devices were paid offline, as the messages they got: each is paid or refused for itself."""
        return self._do("purses/settle", client_id, payments=json.dumps(list(paid)))

    def close_purse(self, purse: int, client_id: str = "") -> dict[str, Any]:
        """What it did not pay comes back, once nobody can show a payment of it any more."""
        return self._do("purses/close", client_id, purseId=purse)

    # Merchants

    def open_sub_wallet(self, category: int | None = None, client_id: str = "") -> dict[str, Any]:
        """Such as of a till; its limits are one's own, counted together."""
        return self._do("subWallets", client_id, category=category)

    def add_sub_key(self, wallet: int) -> dict[str, Any]:
        """For a till: it reads and asks to be paid, and gives nothing away."""
        return dict(self._send("POST", "subWallets/keys", wallet=wallet))

    def ask(
        self,
        amount: str,
        memo: str | None = None,
        *,
        wallet: int | None = None,
        expires_ms: int | None = None,
        client_id: str = "",
    ) -> dict[str, Any]:
        """A payment request; `code` is what stands in its QR code."""
        return self._do("requests", client_id, amount=amount, memo=memo, wallet=wallet, expiresAt=expires_ms)

    def requests(self, state: str | None = None) -> list[dict[str, Any]]:
        """The newest first. state: OPEN, PAID, WITHDRAWN, EXPIRED."""
        answer: list[dict[str, Any]] = self._send("GET", "requests", requestState=state)
        return answer

    def withdraw_request(self, request: str) -> dict[str, Any]:
        return dict(self._send("DELETE", "requests", requestId=request))

    def refund(self, payment: str, amount: str, client_id: str = "", *, wallet: int | None = None) -> dict[str, Any]:
        """Of a payment that was made here, wholly or in part, to who made it."""
        return self._do("refunds", client_id, paymentId=payment, amount=amount, wallet=wallet)

    def _do(self, path: str, client_id: str, **params: object) -> dict[str, Any]:
        return dict(self._send("POST", path, clientId=client_id or uuid4().hex, **params))

    def _send(self, method: str, path: str, **params: object) -> Any:
        return self.connection.ask_signed(method, f"{BASE}/{path}", self._keys, **params)
