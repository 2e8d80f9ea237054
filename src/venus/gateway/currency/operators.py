"""What an operator asks with its key: open, change and close its wallets, fund them, give them keys.

Its key is that of its treasury. Only wallets that it has now are its own: those of an operator whose wallets were moved
to it are, and its own are not any more once they were moved.
"""

import re
from typing import Any

from venus.engine.client import EngineClient
from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.currency.commanding import command
from venus.gateway.currency.facts import Acting, CurrencyFacts
from venus.gateway.currency.payments import Payments, batch_weight, rows_of, with_room
from venus.gateway.currency.reads import BASE
from venus.gateway.currency.refusals import identity_differs, identity_unsuited, not_taken_over, phone_taken
from venus.gateway.currency.telling import Telling
from venus.gateway.issuance.holders import client_id, reference_of, whole
from venus.gateway.issuance.ledger_facts import atoms_of, written
from venus.records.currency import CloseWallet, LinkBank, OpenWallets, SetWalletClass, WalletClass
from venus.registry.credentials import BadKeyMaterial, KeyKind, Permission
from venus.registry.identities import Identity, IdentityDiffers, PhoneTaken
from venus.registry.registry import Registry

PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
TEXT_CHARS_MAX = 128
WALLET_PERMISSIONS = Permission.USER_DATA | Permission.TRADE | Permission.USER_STREAM | Permission.WITHDRAW
_IDENTITY = "phone! holderName document country"


class Operators:
    def __init__(self, client: EngineClient, registry: Registry, facts: CurrencyFacts) -> None:
        self._client = client
        self._registry = registry
        self._facts = facts
        self._telling = Telling(client, facts)
        self._payments = Payments(client, facts)

    def endpoints(self) -> tuple[Endpoint, ...]:
        rows = (
            ("GET", "operator", self.standing, 2, ""),
            ("GET", "operator/wallet", self.wallet, 2, "wallet!"),
            ("POST", "wallets", self.open, 5, f"walletClass! category {_IDENTITY} clientId!"),
            ("POST", "wallets/class", self.change_class, 5, f"wallet! walletClass! {_IDENTITY} clientId!"),
            ("POST", "wallets/bank", self.link_bank, 5, "wallet! line! waterfall! reverse! clientId!"),
            ("POST", "wallets/close", self.close, 5, "wallet! clientId!"),
            ("POST", "wallets/keys", self.add_key, 5, "wallet! keyKind publicKey"),
            ("DELETE", "wallets/keys", self.revoke_key, 5, "wallet! apiKey!"),
            ("POST", "wallets/topUp", self.top_up, 5, "wallet! amount! clientId!"),
            ("POST", "operator/batches", self.pay_many, batch_weight, "payments!"),
            ("POST", "operator/takeovers", self.take_over, 20, "fromOperator!"),
        )
        made = (
            Endpoint(method, f"{BASE}/{path}", answer, weight, names(read), Permission.OPERATOR)
            for method, path, answer, weight, read in rows
        )
        return tuple(map(with_room, made))

    async def standing(self, desk: Desk, call: Call) -> bytes:
        """One's quota, what one has outstanding, reserves and treasury."""
        acting = await self._facts.acting(call)
        code = self._facts.ledger.code(acting.currency.asset)
        return written({"currency": code} | await self._telling.operator(acting.currency, acting.operator))

    async def wallet(self, desk: Desk, call: Call) -> bytes:
        """A wallet of one's own: class, limits, balance; not who holds it."""
        acting = await self._facts.acting(call)
        return written(await self._telling.wallet(await self._facts.wallet_of(acting, call)))

    async def open(self, desk: Desk, call: Call) -> bytes:
        """Open a wallet for somebody, who is sealed in the registry under one's own key; the journal knows a number."""
        acting, params = await self._facts.acting(call), call.params
        number = whole(params, "walletClass")
        entry = await self._enter(desk, call, acting, self._facts.class_of(acting.currency, number))
        asked = OpenWallets(
            reference=reference_of(call, client_id(params)),
            currency=acting.currency.asset,
            operator=acting.operator.number,
            wallet_class=number,
            count=1,
            category=params.integer("category") or 0,
        )
        answer = await self._bound(desk, call, entry, asked, None)
        return written(answer)

    async def change_class(self, desk: Desk, call: Call) -> bytes:
        """Put a wallet into another class, with what is known of its holder now."""
        acting, params = await self._facts.acting(call), call.params
        number, found = whole(params, "walletClass"), await self._facts.wallet_of(acting, call)
        entry = await self._enter(desk, call, acting, self._facts.class_of(acting.currency, number))
        asked = SetWalletClass(
            reference=reference_of(call, client_id(params)), account=found.account, wallet_class=number
        )
        return written(await self._bound(desk, call, entry, asked, found.account))

    async def link_bank(self, desk: Desk, call: Call) -> bytes:
        """A wallet's bank account here: what it may take in above the balance limit, and what it gives."""
        acting, params = await self._facts.acting(call), call.params
        found = await self._facts.wallet_of(acting, call)
        asked = LinkBank(
            reference=reference_of(call, client_id(params)),
            account=found.account,
            line_atoms=atoms_of(acting.asset, params.required("line"), "line", least=0),
            waterfall=int(params.boolean("waterfall", default=False)),
            reverse=int(params.boolean("reverse", default=False)),
        )
        return written(await command(self._client, desk, call, asked))

    async def close(self, desk: Desk, call: Call) -> bytes:
        """Close a wallet that is empty; its keys end, and its holder stays sealed."""
        found = await self._facts.wallet_of(await self._facts.acting(call), call)
        asked = CloseWallet(reference=reference_of(call, client_id(call.params)), account=found.account)
        answer = await command(self._client, desk, call, asked)
        await desk.off_loop(lambda: self._end(found.account))
        return written(answer)

    async def add_key(self, desk: Desk, call: Call) -> bytes:
        """A new API key for a wallet's holder; the secret of an HMAC key is shown this once."""
        found = await self._facts.wallet_of(await self._facts.acting(call), call)
        made = await desk.off_loop(lambda: add_key(self._registry, call, found.account, WALLET_PERMISSIONS))
        return written(made)

    async def revoke_key(self, desk: Desk, call: Call) -> bytes:
        """End a key of a wallet."""
        found = await self._facts.wallet_of(await self._facts.acting(call), call)
        await desk.off_loop(lambda: revoke_key(self._registry, call, found.account))
        return written({"wallet": found.account, "revoked": True})

    async def top_up(self, desk: Desk, call: Call) -> bytes:
        """Fund a wallet out of the treasury: money at the bank became currency."""
        acting, params = await self._facts.acting(call), call.params
        found, one = await self._facts.wallet_of(acting, call), client_id(call.params)
        paid = await self._payments.pay(
            desk, call, call.account, acting.asset, found.account, params.required("amount"), reference_of(call, one)
        )
        return written({"clientId": one} | paid.facts)

    async def pay_many(self, desk: Desk, call: Call) -> bytes:
        """Pay many out of the treasury, such as subsidies: each row for itself and once, what is refused in its row."""
        acting = await self._facts.acting(call)
        rows, prefix = rows_of(call), reference_of(call, "")
        return written(await self._payments.pay_rows(desk, call, call.account, acting.asset, rows, prefix))

    async def take_over(self, desk: Desk, call: Call) -> bytes:
        """Seal anew, under one's own key, the holders of wallets that were moved here; it may be asked again."""
        acting = await self._facts.acting(call)
        failed = self._facts.operator_named(acting.currency, call.params.required("fromOperator"))
        if failed.moved_to != acting.operator.number:
            raise not_taken_over()
        asset, by, to = acting.currency.asset, failed.number, acting.operator.number
        count = await desk.off_loop(lambda: self._registry.identities.reseal(asset, by, to))
        return written({"resealed": count})

    async def _enter(self, desk: Desk, call: Call, acting: Acting, wanted: WalletClass) -> int:
        """Seal who it is, before anything is asked of the core; the number of the entry."""
        identity = identity_of(call, wanted)
        record, asset, operator = self._registry.identities, acting.currency.asset, acting.operator.number
        phone_once = not wanted.needs_identity
        one = client_id(call.params)
        try:
            return await desk.off_loop(lambda: record.enter(asset, operator, one, identity, phone_once=phone_once))
        except IdentityDiffers:
            raise identity_differs() from None
        except PhoneTaken:
            raise phone_taken() from None

    async def _bound(
        self, desk: Desk, call: Call, entry: int, asked: OpenWallets | SetWalletClass, account: int | None
    ) -> dict[str, Any]:
        """Ask the core, then bind the entry to the wallet; one that the core refuses is forgotten."""
        record = self._registry.identities
        try:
            answer = await command(self._client, desk, call, asked)
        except errors.ApiError:
            await desk.off_loop(lambda: record.drop(entry))
            raise
        wallet = int(answer["number"]) if account is None else account

        def bind() -> None:
            self._registry.know_account(wallet, f"wallet {wallet}")
            record.bind(entry, wallet)

        await desk.off_loop(bind)
        return answer | {"wallet": wallet}

    def _end(self, account: int) -> None:
        self._registry.identities.close(account)
        for facts in self._registry.keys(account):
            if facts.revoked_us is None:
                self._registry.revoke(facts.key)


def identity_of(call: Call, wanted: WalletClass) -> Identity:
    """What a request says of a person, as the class wants it: neither less nor more. Raises ApiError."""
    params = call.params
    phone = params.required("phone")
    if not PHONE.fullmatch(phone):
        raise errors.bad_value("phone")
    more = {name: params.optional(name) or "" for name in ("holderName", "document", "country")}
    if any(len(text) > TEXT_CHARS_MAX for text in more.values()):
        raise identity_unsuited(f"texts have at most {TEXT_CHARS_MAX} characters")
    if not wanted.needs_identity and any(more.values()):
        raise identity_unsuited("a wallet of this class is opened with a telephone number and nothing else")
    if wanted.needs_identity and not all(more.values()):
        raise identity_unsuited("a wallet of this class needs holderName, document and country")
    return Identity(phone=phone, name=more["holderName"], document=more["document"], country=more["country"])


def add_key(registry: Registry, call: Call, account: int, permissions: Permission) -> dict[str, Any]:
    """A key as a request asks for it; raises ApiError."""
    kind = call.params.optional("keyKind") or "HMAC"
    if kind not in KeyKind.__members__:
        raise errors.bad_value("keyKind")
    public = (call.params.optional("publicKey") or "").encode()
    registry.know_account(account, f"wallet {account}")
    try:
        made = registry.add_api_key(account, kind=KeyKind[kind], permissions=permissions, public_pem=public)
    except BadKeyMaterial:
        raise errors.bad_value("publicKey") from None
    return {"wallet": account, "apiKey": made.key, "secret": made.secret}


def revoke_key(registry: Registry, call: Call, account: int) -> None:
    """Raises ApiError if the wallet has no such live key."""
    known = {facts.key for facts in registry.keys(account) if facts.revoked_us is None}
    key = call.params.required("apiKey")
    if key not in known:
        raise errors.bad_value("apiKey")
    registry.revoke(key)
