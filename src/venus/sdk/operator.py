"""What an operator of a currency asks with its API key: its wallets, their money and their keys."""

import json
from typing import Any
from uuid import uuid4

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from venus.records.commands import encode_cold
from venus.records.purses import OpenPurse, opening_statement
from venus.sdk.connection import ApiKey, Connection
from venus.sdk.currency import BASE, CurrencyFacts


class Operator(CurrencyFacts):
    """Each call has a `client_id`, under which it is done once however often it is sent; without one, a new one."""

    def __init__(self, connection: Connection, keys: ApiKey) -> None:
        self.connection = connection
        self._keys = keys

    def standing(self) -> dict[str, Any]:
        """Quota, what is outstanding, reserves, treasury."""
        return dict(self._send("GET", "operator"))

    def wallet(self, wallet: int) -> dict[str, Any]:
        """One of one's own wallets; not who holds it."""
        return dict(self._send("GET", "operator/wallet", wallet=wallet))

    def open(
        self,
        wallet_class: int,
        phone: str,
        *,
        name: str | None = None,
        document: str | None = None,
        country: str | None = None,
        category: int | None = None,
        client_id: str = "",
    ) -> dict[str, Any]:
        """A wallet of a class; `wallet` is its number. Who needs no identity gives a telephone number only."""
        who = {"phone": phone, "holderName": name, "document": document, "country": country}
        return self._do("wallets", client_id, walletClass=wallet_class, category=category, **who)

    def change_class(
        self,
        wallet: int,
        wallet_class: int,
        phone: str,
        *,
        name: str | None = None,
        document: str | None = None,
        country: str | None = None,
        client_id: str = "",
    ) -> dict[str, Any]:
        """With what is known of the holder now."""
        who = {"phone": phone, "holderName": name, "document": document, "country": country}
        return self._do("wallets/class", client_id, wallet=wallet, walletClass=wallet_class, **who)

    def link_bank(
        self, wallet: int, line: str, *, waterfall: bool, reverse: bool, client_id: str = ""
    ) -> dict[str, Any]:
        """line: what one answers for at the holder's bank account."""
        marks = {"waterfall": str(waterfall).lower(), "reverse": str(reverse).lower()}
        return self._do("wallets/bank", client_id, wallet=wallet, line=line, **marks)

    def close(self, wallet: int, client_id: str = "") -> dict[str, Any]:
        return self._do("wallets/close", client_id, wallet=wallet)

    def add_key(self, wallet: int, *, kind: str | None = None, public_pem: str | None = None) -> dict[str, Any]:
        """An API key for a wallet's holder; its secret is shown this once."""
        return dict(self._send("POST", "wallets/keys", wallet=wallet, keyKind=kind, publicKey=public_pem))

    def revoke_key(self, wallet: int, key: str) -> dict[str, Any]:
        return dict(self._send("DELETE", "wallets/keys", wallet=wallet, apiKey=key))

    def top_up(self, wallet: int, amount: str, client_id: str = "") -> dict[str, Any]:
        """Money at the bank became currency: out of the treasury."""
        return self._do("wallets/topUp", client_id, wallet=wallet, amount=amount)

    def pay_many(self, payments: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Out of the treasury; each has toAccount, amount and clientId, and is done once, for itself."""
        answer: list[dict[str, Any]] = self._send("POST", "operator/batches", payments=json.dumps(payments))
        return answer

    def open_purse(self, key: Ed25519PrivateKey, unsigned: OpenPurse) -> dict[str, Any]:
        """For a device of one of one's wallets; key: of one's purse terms, with which the opening is signed here."""
        bare = msgspec.structs.replace(unsigned, signature=b"")
        said = opening_statement(self.connection.digest(), encode_cold(bare))
        signed = msgspec.structs.replace(bare, signature=key.sign(said))
        return dict(self._send("POST", "operator/purses", encoded=encode_cold(signed).hex()))

    def purses(self, wallet: int) -> list[dict[str, Any]]:
        """Of one of one's wallets, the newest first."""
        answer: list[dict[str, Any]] = self._send("GET", "operator/purses", wallet=wallet)
        return answer

    def transfer(self, message: str) -> str:
        """A pacs.008 of one's own wallets or treasury; the pacs.002 that answers it."""
        return str(self._send("POST", "iso20022/transfers", message=message)["message"])

    def statement(self, wallet: int, start_ms: int | None = None) -> str:
        """A camt.053 of one of one's wallets, from a time until now."""
        return str(self._send("GET", "iso20022/statement", wallet=wallet, startTime=start_ms)["message"])

    def return_payments(self, message: str) -> str:
        """A pacs.004 about payments that came to one's wallets; the pacs.002 that answers it."""
        return str(self._send("POST", "iso20022/returns", message=message)["message"])

    def returns(self, wallet: int, since: int = 0) -> dict[str, Any]:
        """A pacs.004 of what came back after a sequence of what one's messages paid; `nextSequence` for the next."""
        return dict(self._send("GET", "iso20022/returns", wallet=wallet, sinceSequence=since))

    def ask_back(self, message: str) -> str:
        """A camt.056 about transfers of one's own messages; the camt.029 that answers it."""
        return str(self._send("POST", "iso20022/recalls", message=message)["message"])

    def asked_back(self) -> list[str]:
        """What others ask of one's wallets: a camt.056 of each message."""
        return list(self._send("GET", "iso20022/recalls")["messages"])

    def refuse_recalls(self, message: str) -> int:
        """A camt.029 that says why transfers are not given back; how many requests that ends."""
        return int(self._send("POST", "iso20022/recalls/answers", message=message)["rejected"])

    def recall_answers(self, message_id: str) -> str:
        """How a camt.056 of one's own stands, as a camt.029."""
        return str(self._send("GET", "iso20022/recalls/answers", messageId=message_id)["message"])

    def notice(self, wallet: int, since: int = 0) -> dict[str, Any]:
        """A camt.054 of what came and went after a sequence; `nextSequence` is where the next one goes on."""
        return dict(self._send("GET", "iso20022/notice", wallet=wallet, sinceSequence=since))

    def take_over(self, from_operator: str) -> dict[str, Any]:
        """After wallets were moved here: seal their holders under one's own key."""
        return dict(self._send("POST", "operator/takeovers", fromOperator=from_operator))

    def _do(self, path: str, client_id: str, **params: object) -> dict[str, Any]:
        return dict(self._send("POST", path, clientId=client_id or uuid4().hex, **params))

    def _send(self, method: str, path: str, **params: object) -> Any:
        return self.connection.ask_signed(method, f"{BASE}/{path}", self._keys, **params)
