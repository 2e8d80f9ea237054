"""The market between people, typed: what anybody may read, and what a trader does with an API key.

Amounts are decimal text, times ms. Answers are frozen structs of what docs/rules/p2p_door.md tells, "Shapes"; a member
that a later door adds is passed over. Raises httpx.HTTPError, and Refused of sdk/connection.py.
"""

import hmac
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Required, TypedDict, TypeVar, Unpack
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import msgspec

from venus.sdk.connection import ApiKey, Connection
from venus.sdk.p2p_shapes import (
    Advert,
    Blocked,
    DayOfMarket,
    Market,
    Me,
    Message,
    NamedWallet,
    NewSecret,
    Opinion,
    Order,
    PaymentAccount,
    ReleaseSession,
    Requirements,
    Rows,
    Trader,
)

BASE = "/p2p/v1"
Side = Literal["BUY", "SELL"]
Shape = TypeVar("Shape")


class Offer(TypedDict, total=False):
    """What an advert says besides its amount. Either a price or a margin, the percentage of the index."""

    fiat_min: Required[str]
    fiat_max: Required[str]
    pay_minutes: Required[int]
    price: str | None
    margin: str | None
    methods: Sequence[str]
    payment_accounts: Sequence[str]
    terms: str
    auto_reply: str
    requirements: Requirements | None


class P2pMarket:
    """What anybody may read."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def market(self) -> Market:
        """Currencies, assets, ways to pay, the index, fees and times."""
        return _told(self._ask("market"), Market)

    def adverts(self, side: Side, asset: str, fiat: str, **filters: object) -> Rows[Advert]:
        """That can be taken now, the best first. filters: as of GET adverts, by the door's names."""
        return _told(self._read("adverts", side=side, asset=asset, fiat=fiat, **filters), Rows[Advert])

    def advert(self, number: str) -> Advert:
        return _told(self._read("advert", advert=number), Advert)

    def trader(self, number: str) -> Trader:
        """By the public number."""
        return _told(self._read("trader", trader=number), Trader)

    def feedback_about(self, trader: str, page: int = 1) -> Rows[Opinion]:
        """What others said of a trader, the newest first."""
        return _told(self._read("feedback", trader=trader, page=page), Rows[Opinion])

    def statistics(self, days: int = 1) -> list[DayOfMarket]:
        return _told(self._ask("statistics", days=days), Rows[DayOfMarket]).rows

    def _read(self, path: str, /, **params: object) -> Any:
        """What is told to each as it is for him, if he says who he is."""
        return self._ask(path, **params)

    def _ask(self, path: str, /, **params: object) -> Any:
        return self.connection.ask("GET", f"{BASE}/{path}", **params)


class P2pTrader(P2pMarket):
    """Whose key it is. Each act has a `client_id`, under which it is done once however often it is sent."""

    def __init__(self, connection: Connection, keys: ApiKey) -> None:
        super().__init__(connection)
        self._keys = keys

    def _read(self, path: str, /, **params: object) -> Any:
        return self._send("GET", path, **params)

    # Oneself

    def me(self) -> Me:
        return _told(self._send("GET", "me"), Me)

    def enrol(self, nickname: str) -> Trader:
        return _told(self._send("POST", "enrol", nickname=nickname), Trader)

    def payment_accounts(self) -> list[PaymentAccount]:
        return _told(self._send("GET", "paymentAccounts"), Rows[PaymentAccount]).rows

    def add_payment_account(
        self, method: str, name: str, number: str = "", *, bank: str = "", branch: str = "", qr_file: str = ""
    ) -> PaymentAccount:
        """In one's own verified name."""
        fields = {"number": number, "bank": bank, "branch": branch, "qrFile": qr_file}
        sent = {key: value or None for key, value in fields.items()}
        return _told(self._send("POST", "paymentAccounts", method=method, name=name, **sent), PaymentAccount)

    def remove_payment_account(self, number: str) -> None:
        self._send("DELETE", "paymentAccounts", paymentAccount=number)

    def wallets(self) -> list[NamedWallet]:
        """That one has named."""
        return _told(self._send("GET", "wallet"), Rows[NamedWallet]).rows

    def name_wallet(self, fiat: str, wallet: int, wallet_keys: ApiKey, client_id: str = "") -> list[NamedWallet]:
        """At which one is paid in a central bank's currency, and from which one pays; its own key agrees."""
        trader = self.me().trader
        said = {"trader": trader.trader if trader else "", "fiat": fiat, "wallet": wallet}
        agreed = _agreed("wallet", said, wallet_keys)
        sent = {"fiat": fiat, "wallet": wallet} | agreed
        return _told(self._do("wallet", client_id, **sent), Rows[NamedWallet]).rows

    def forget_wallet(self, fiat: str, client_id: str = "") -> None:
        self._send("DELETE", "wallet", fiat=fiat, clientId=client_id or uuid4().hex)

    def block(self, trader: str) -> None:
        self._send("POST", "blocks", trader=trader)

    def unblock(self, trader: str) -> None:
        self._send("DELETE", "blocks", trader=trader)

    def blocks(self) -> list[Blocked]:
        return _told(self._send("GET", "blocks"), Rows[Blocked]).rows

    def post_bond(self, amount: str, client_id: str = "") -> Trader:
        return _told(self._do("bond", client_id, amount=amount), Trader)

    def withdraw_bond(self, amount: str, client_id: str = "") -> Trader:
        return _told(self._do("bondWithdraw", client_id, amount=amount), Trader)

    def begin_second_factor(self) -> NewSecret:
        """Shown once; it counts once it is confirmed."""
        return _told(self._send("POST", "secondFactor"), NewSecret)

    def confirm_second_factor(self, code: str) -> None:
        self._send("POST", "secondFactor/confirm", code=code)

    def begin_release_session(self, code: str, fiat: str, amount: str, minutes: int) -> ReleaseSession:
        """Let one code stand for releases by this key, for some minutes and up to a sum."""
        sent = {"code": code, "fiat": fiat, "amount": amount, "minutes": minutes}
        return _told(self._send("POST", "secondFactor/session", **sent), ReleaseSession)

    def end_release_sessions(self) -> None:
        """Of every key of the account."""
        self._send("DELETE", "secondFactor/session")

    # Adverts

    def my_adverts(self, states: Sequence[str] = (), page: int = 1) -> Rows[Advert]:
        return _told(self._send("GET", "myAdverts", state=",".join(states) or None, page=page), Rows[Advert])

    def post_advert(
        self, side: Side, asset: str, fiat: str, amount: str, *, client_id: str = "", **offer: Unpack[Offer]
    ) -> Advert:
        """side: one's own."""
        sent = {"side": side, "asset": asset, "fiat": fiat, "amount": amount} | _offered(offer)
        return _told(self._do("adverts", client_id, **sent), Advert)

    def edit_advert(self, number: str, amount: str, *, client_id: str = "", **offer: Unpack[Offer]) -> Advert:
        """All of it anew; amount: left from now on."""
        sent = {"advert": number, "amount": amount, "clientId": client_id or uuid4().hex} | _offered(offer)
        return _told(self._send("PUT", "adverts", **sent), Advert)

    def set_advert_state(self, number: str, state: str) -> Advert:
        """ONLINE, RESTING, or CLOSED for good."""
        return _told(self._send("POST", "advertState", advert=number, state=state), Advert)

    def rest(self) -> Rows[Advert]:
        """All of one's adverts that are online."""
        return _told(self._send("POST", "advertState", state="RESTING"), Rows[Advert])

    # Orders

    def take(
        self,
        advert: Advert,
        payment_account: str,
        *,
        method: str,
        fiat_amount: str | None = None,
        amount: str | None = None,
        price_limit: str | None = None,
        client_id: str = "",
    ) -> Order:
        """Take an advert as it was read, at its price or price_limit; so much money, or so much of the asset."""
        return _told(
            self._do(
                "orders",
                client_id,
                advert=advert.advert,
                fiatAmount=fiat_amount,
                amount=amount,
                priceLimit=price_limit or advert.price,
                method=method,
                paymentAccount=payment_account,
                termsHash=advert.termsHash,
            ),
            Order,
        )

    def orders(self, states: Sequence[str] = (), page: int = 1, **filters: object) -> Rows[Order]:
        return _told(self._send("GET", "orders", state=",".join(states) or None, page=page, **filters), Rows[Order])

    def order(self, number: str) -> Order:
        return _told(self._send("GET", "order", order=number), Order)

    def paid(self, number: str, fiat_amount: str | None = None, proof: str | None = None, client_id: str = "") -> Order:
        return self._step("paid", number, client_id, fiatAmount=fiat_amount, proof=proof)

    def pay_by_wallet(self, number: str, wallet: int, wallet_keys: ApiKey, client_id: str = "") -> Order:
        """Pay what is due from a wallet that one has named, and have what is in escrow. Its own key agrees."""
        due = self.order(number).byWallet
        said = {"order": number, "wallet": wallet, "amount": due.amount if due else ""}
        agreed = _agreed("order/payByWallet", said, wallet_keys)
        return self._step("payByWallet", number, client_id, wallet=wallet, **agreed)

    def undo_paid(self, number: str, client_id: str = "") -> Order:
        return self._step("undoPaid", number, client_id)

    def release(self, number: str, code: str | None = None, client_id: str = "") -> Order:
        """For good; code: of the second factor."""
        return self._step("release", number, client_id, code=code)

    def cancel(self, number: str, reason: str, client_id: str = "") -> Order:
        return self._step("cancel", number, client_id, reason=reason)

    def ask_cancel(self, number: str, reason: str, client_id: str = "") -> Order:
        return self._step("askCancel", number, client_id, reason=reason)

    def refuse_cancel(self, number: str, proof: str | None = None, client_id: str = "") -> Order:
        return self._step("refuseCancel", number, client_id, proof=proof)

    def appeal(
        self, number: str, ground: str, text: str | None = None, files: Sequence[str] = (), client_id: str = ""
    ) -> Order:
        return self._step("appeal", number, client_id, ground=ground, text=text, files=",".join(files) or None)

    def evidence(self, number: str, text: str | None = None, files: Sequence[str] = (), client_id: str = "") -> Order:
        return self._step("evidence", number, client_id, text=text, files=",".join(files) or None)

    def withdraw_appeal(self, number: str, client_id: str = "") -> Order:
        return self._step("withdrawAppeal", number, client_id)

    def offer(self, number: str, buyer_amount: str, client_id: str = "") -> Order:
        """How much the buyer shall have; once both sides offer the same it is so."""
        return self._step("offer", number, client_id, buyerAmount=buyer_amount)

    def feedback(self, number: str, *, good: bool, text: str = "") -> None:
        self._send("POST", "feedback", order=number, good="true" if good else "false", text=text or None)

    # Chat

    def chat(self, number: str, after_place: int = 0) -> list[Message]:
        """What is told counts as read."""
        return _told(self._send("GET", "chat", order=number, afterPlace=after_place), Rows[Message]).rows

    def say(self, number: str, text: str) -> Message:
        return _told(self._send("POST", "chat", order=number, text=text), Message)

    def show(self, number: str, file: str) -> Message:
        """A file that was brought."""
        return _told(self._send("POST", "chat", order=number, file=file), Message)

    def bundle(self, number: str) -> bytes:
        """The dispute bundle of an order, as `venus p2p verify-bundle` takes it; refused for seconds after a step."""
        return self.connection.fetch_file(f"{BASE}/bundle", self._keys, order=number)

    def bring(self, content: bytes, content_type: str, name: str = "") -> str:
        """A picture or PDF; its hash, under which it is shown."""
        answer = self.connection.send_file(f"{BASE}/files", self._keys, content, content_type, name=name or None)
        return str(answer["file"])

    def stream_url(self) -> str:
        """A WebSocket that tells what happens, good for one connection within a minute."""
        token = self._send("POST", "streamToken")["token"]
        rest = urlsplit(self.connection.rest)
        return f"{'wss' if rest.scheme == 'https' else 'ws'}://{rest.netloc}{BASE}/stream?token={token}"

    def _step(self, path: str, number: str, client_id: str, /, **params: object) -> Order:
        return _told(self._do(f"order/{path}", client_id, order=number, **params), Order)

    def _do(self, path: str, client_id: str, /, **params: object) -> Any:
        return self._send("POST", path, clientId=client_id or uuid4().hex, **params)

    def _send(self, method: str, path: str, /, **params: object) -> Any:
        return self.connection.ask_signed(method, f"{BASE}/{path}", self._keys, **params)


def _told(answer: Any, kind: type[Shape]) -> Shape:
    return msgspec.convert(answer, kind)


def _agreed(path: str, said: Mapping[str, object], keys: ApiKey) -> dict[str, str]:
    """What a wallet's key says to a request of a trader's."""
    signed = f"{BASE}/{path}?{urlencode(said)}".encode()
    return {"walletKey": keys.key, "walletSignature": hmac.digest(keys.secret.encode(), signed, "sha256").hex()}


def _offered(offer: Offer) -> dict[str, object]:
    """By the door's names."""
    asked = offer.get("requirements")
    sent = {
        "fiatMin": offer["fiat_min"],
        "fiatMax": offer["fiat_max"],
        "payMinutes": offer["pay_minutes"],
        "price": offer.get("price"),
        "margin": offer.get("margin"),
        "methods": ",".join(offer.get("methods", ())) or None,
        "paymentAccounts": ",".join(offer.get("payment_accounts", ())) or None,
        "terms": offer.get("terms") or None,
        "autoReply": offer.get("auto_reply") or None,
    }
    return sent if asked is None else sent | _asked(asked)


def _asked(one: Requirements) -> dict[str, object]:
    fields = msgspec.structs.asdict(one)
    return fields | {"countries": ",".join(one.countries) if one.countries else None}
