"""A typed client of a sandbox's conveniences, for tests of bots and for the command line.

Every method is one request under /sandbox/ (docs/rules/sandbox.md) and returns its answer as plain dictionaries.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import quote

import httpx

KeyKind = Literal["HMAC", "ED25519", "RSA"]
Json = dict[str, Any]
_PATIENCE_S = 60.0


class SandboxRefused(Exception):
    """The sandbox refused; `status` is HTTP's, the text says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class SandboxClient:
    """rest: "http://HOST:PORT" of a running sandbox. Raises SandboxRefused, or httpx.HTTPError if it is not reached."""

    def __init__(self, rest: str, *, timeout_s: float = _PATIENCE_S) -> None:
        self.rest = rest
        self._http = httpx.Client(base_url=f"{rest}/sandbox/", timeout=timeout_s)

    @classmethod
    def of(cls, data: Path) -> Self:
        """Of the sandbox that runs in a directory; raises FileNotFoundError, KeyError if none ever has."""
        return cls(json.loads((data / "sandbox.json").read_text())["rest"])

    # Accounts and money

    def accounts(self) -> dict[str, Json]:
        """Keys by the accounts' names."""
        return self._ask("GET", "accounts")

    def open_account(
        self,
        name: str,
        *,
        balances: Mapping[str, str] | None = None,
        kind: KeyKind = "HMAC",
        public_key: str = "",
        permissions: Sequence[str] = ("USER_DATA", "TRADE", "USER_STREAM"),
        networks: str = "",
        trade_group: int = -1,
    ) -> Json:
        """A new account with a key and money; apiKey and secret, or privateKey in PEM."""
        return self._post(
            "accounts",
            name=name,
            balances=dict(balances or {}),
            kind=kind,
            publicKey=public_key,
            permissions=list(permissions),
            networks=networks,
            tradeGroup=trade_group,
        )

    def add_key(
        self,
        account: str,
        *,
        kind: KeyKind = "HMAC",
        public_key: str = "",
        permissions: Sequence[str] = ("USER_DATA", "TRADE", "USER_STREAM"),
        networks: str = "",
    ) -> Json:
        return self._post(
            "keys", account=account, kind=kind, publicKey=public_key, permissions=list(permissions), networks=networks
        )

    def revoke_key(self, api_key: str) -> Json:
        return self._ask("DELETE", f"keys/{quote(api_key, safe='')}")

    def give(self, account: str, asset: str, amount: str, reference: str = "") -> Json:
        """Give money, or take it back with a minus; the same reference moves it once."""
        return self._post("balances", account=account, asset=asset, amount=amount, reference=reference)

    def balances(self, account: str) -> dict[str, dict[str, str]]:
        """free and locked by asset."""
        return self._ask("GET", f"balances/{quote(account, safe='')}")

    def deposit(self, account: str, coin: str, amount: str, *, network: str = "", tx_id: str = "") -> Json:
        """Somebody outside pays to the account's address; it is credited some blocks later, by the sandbox's clock."""
        asked = {"account": account, "coin": coin, "amount": amount, "network": network, "txId": tx_id}
        return self._post("deposit", **{name: value for name, value in asked.items() if value})

    def decide_withdrawal(self, number: str, outcome: Literal["approved", "rejected", "failed"], why: str = "") -> Json:
        return self._post("withdrawal", id=number, outcome=outcome, why=why)

    def freeze(self, account: str, until_ms: int = 0) -> Json:
        return self._post("freeze", account=account, untilMs=until_ms)

    def unfreeze(self, account: str) -> Json:
        return self._post("unfreeze", account=account)

    # Symbols and orders

    def pause(self, symbol: str = "") -> Json:
        return self._post("pause", symbol=symbol)

    def resume(self, symbol: str = "") -> Json:
        return self._post("resume", symbol=symbol)

    def list_symbol(self, symbol: str, base: str, quote_asset: str, **figures: object) -> Json:
        """figures: tickSize, stepSize, maxPrice, maxQty, marketMaxQty, minNotional, maxNotional, maxNumOrders."""
        return self._post("symbols", symbol=symbol, baseAsset=base, quoteAsset=quote_asset, **figures)

    def fill(
        self,
        account: str,
        symbol: str,
        quantity: str,
        *,
        order_id: int | None = None,
        client_order_id: str | None = None,
        clear_way: bool = False,
    ) -> Json:
        """Trade against a resting order, at its own price."""
        return self._post(
            "fills",
            account=account,
            symbol=symbol,
            quantity=quantity,
            orderId=order_id,
            clientOrderId=client_order_id,
            clearWay=clear_way,
        )

    # The clock

    def clock(self) -> Json:
        return self._ask("GET", "clock")

    def turn_clock(self, **form: object) -> Json:
        """set, step, frozen, rate, live, timestamps; see docs/rules/sandbox.md."""
        return self._post("clock", **form)

    def set_clock(self, to: int | str, **more: object) -> Json:
        """to: milliseconds since 1970, or ISO 8601; never back."""
        return self._post("clock", set=to, **more)

    def step(self, by: int | str, **more: object) -> Json:
        """by: milliseconds, or "1.5s", "90m", "1d"."""
        return self._post("clock", step=by, **more)

    def freeze_clock(self, **more: object) -> Json:
        return self._post("clock", frozen=True, **more)

    def run_clock(self, rate: float = 1.0, **more: object) -> Json:
        return self._post("clock", rate=rate, **more)

    def live_clock(self) -> Json:
        """Follow the system's clock again."""
        return self._post("clock", live=True)

    def timestamps(self, which: Literal["checked", "any"]) -> Json:
        """Whether signed requests must bear a time near the clock's."""
        return self._post("clock", timestamps=which)

    # Faults

    def fault(self, kind: str, **rule: object) -> Json:
        """rule: when, method, path, account, skip, count, probability, seed, delay_ms, status, code, msg, retry_after,
        every."""
        return self._post("faults", kind=kind, **rule)

    def faults(self) -> list[Json]:
        return self._ask("GET", "faults")["faults"]

    def clear_faults(self, number: int | None = None) -> None:
        self._ask("DELETE", "faults" if number is None else f"faults/{number}")

    def connections(self) -> list[Json]:
        """WebSocket connections that are open."""
        return self._ask("GET", "connections")["connections"]

    def end_connections(self, **which: object) -> int:
        """how ("close", "shutdown" or "cut"), path, code, reason; how many were ended."""
        return self._post("connections/end", **which)["ended"]

    def expire_listen_keys(self, account: str = "") -> int:
        """End an account's listen key, or everyone's, as if nobody had kept it alive; how many there were."""
        return self._post("listen-keys/expire", account=account)["expired"]

    # States

    def snapshot(self, name: str) -> Json:
        return self._post("snapshots", name=name)

    def restore(self, name: str) -> Json:
        return self._post(f"snapshots/{quote(name, safe='')}/restore")

    def reset(self) -> Json:
        """Back to the state in which the sandbox was made."""
        return self._post("reset")

    def snapshots(self) -> Json:
        """All snapshots, and where the journal stands: frames, sequence, event chain."""
        return self._ask("GET", "snapshots")

    def drop_snapshot(self, name: str) -> Json:
        return self._ask("DELETE", f"snapshots/{quote(name, safe='')}")

    # Within

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def _post(self, path: str, /, **form: object) -> Any:
        return self._ask("POST", path, form)

    def _ask(self, method: str, path: str, form: Mapping[str, object] | None = None) -> Any:
        answer = self._http.request(method, path, json=None if form is None else dict(form))
        try:
            said = answer.json()
        except ValueError:
            raise SandboxRefused(answer.status_code, answer.text[:200]) from None
        if not answer.is_success:
            raise SandboxRefused(answer.status_code, said["msg"])
        return said
