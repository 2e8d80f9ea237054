"""Wallets of a central bank's currency in the market: which one a trader has named, and that its key agrees.

A wallet and a trader's account have keys of their own, and the exchange does not know that they are one person's. So a
request of the trader bears a signature by the wallet's key besides: over what is asked, by HMAC or as the key is.
Source: docs/rules/p2p_door.md, "Wallets".
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from venus.gateway.binance.auth import identify, is_signed_by
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.issuance.ledger_facts import written
from venus.gateway.p2p import refusals
from venus.gateway.p2p.facts import BASE, P2pFacts, number_sent
from venus.gateway.p2p.house import Market
from venus.gateway.p2p.papers import new_salt
from venus.p2p.texts import PaymentAccount, checked, encoded
from venus.records.p2p import METHOD_BY_WALLET, NameWallet
from venus.registry.credentials import Permission
from venus.registry.p2p_writings import TooMany
from venus.registry.registry import Registry
from venus.views.p2p_wallet_questions import NamedWallet, NamedWalletsAnswer, NamedWalletsQuestion

AGREES = "wallet! walletKey! walletSignature!"
_PATH = "wallet"


async def refuse_unless_agreed(
    registry: Registry, call: Call, path: str, said: Mapping[str, object], wallet: int, permission: Permission
) -> None:
    """Raise ApiError unless the wallet's own key, which may do so much, signed what is asked.

    said  what the signature is over, behind the path, in this order. A key that is bound to addresses is not believed:
          it is the trader's request that came from one
    """
    credential = await identify(registry, call.params.required("walletKey"), "", permission)
    signed = f"{BASE}/{path}?{urlencode(said)}".encode()
    if credential.account != wallet or not is_signed_by(credential, signed, call.params.required("walletSignature")):
        raise refusals.wallet_disagrees()


async def named_wallets(facts: P2pFacts, account: int) -> list[NamedWallet]:
    return (await facts.ask(NamedWalletsQuestion(account), NamedWalletsAnswer)).wallets


class Wallets:
    def __init__(self, market: Market) -> None:
        self._market = market

    def endpoints(self) -> tuple[Endpoint, ...]:
        return (
            Endpoint("GET", f"{BASE}/{_PATH}", self.wallets, 2, names(""), Permission.USER_DATA),
            Endpoint("POST", f"{BASE}/{_PATH}", self.name, 5, names(f"fiat! {AGREES} clientId"), Permission.TRADE),
            Endpoint("DELETE", f"{BASE}/{_PATH}", self.forget, 5, names("fiat! clientId"), Permission.TRADE),
        )

    async def wallets(self, desk: Desk, call: Call) -> bytes:
        """The wallets that one has named, at which one is paid and from which one pays."""
        await self._market.facts.refresh()
        return await self._told(call)

    async def name(self, desk: Desk, call: Call) -> bytes:
        """Name the wallet at which one is paid in a central bank's currency, and from which one pays."""
        market, account = self._market, call.account
        await market.facts.refresh()
        card = await market.people.card(account)
        fiat, wallet = market.facts.fiat_sent(call.params).code, number_sent(call.params, "wallet")
        said = {"trader": card.public, "fiat": fiat, "wallet": wallet}
        await refuse_unless_agreed(market.registry, call, _PATH, said, wallet, Permission.TRADE)

        async def make(reference: str) -> NameWallet:
            return NameWallet(reference=reference, account=account, fiat=fiat, wallet=wallet)

        await market.commanding.once(desk, call, _PATH, make)
        await self._declare(desk, account, card.person, wallet)
        return await self._told(call)

    async def forget(self, desk: Desk, call: Call) -> bytes:
        """Name none any more; orders that were opened keep theirs."""
        market, account = self._market, call.account
        await market.facts.refresh()
        fiat = market.facts.fiat_sent(call.params).code

        async def make(reference: str) -> NameWallet:
            return NameWallet(reference=reference, account=account, fiat=fiat, wallet=0)

        await market.commanding.once(desk, call, f"DELETE {_PATH}", make)
        return await self._told(call)

    async def _declare(self, desk: Desk, account: int, person: int, wallet: int) -> None:
        """It is a payment account like others, so that adverts stand on it and orders name it."""
        registry, number = self._market.registry, str(wallet)
        rows = [self._market.papers.account_facts(one) for one in await registry.writings.payment_accounts(account)]
        method = self._market.catalogue.key_of(METHOD_BY_WALLET)
        if any((row["method"], row["number"]) == (method, number) for row in rows):
            return
        verified = (await self._market.people.names([person])).get(person)
        if verified is None:
            raise refusals.no_verified_name()
        text = PaymentAccount(method, verified.name, number, bank="", branch="", qr_file="", salt=new_salt())
        content = encoded(checked(text))
        try:
            await desk.off_loop(lambda: registry.writings.add_payment_account(account, METHOD_BY_WALLET, content))
        except TooMany as error:
            raise refusals.too_many(str(error)) from None

    async def _told(self, call: Call) -> bytes:
        facts = self._market.facts
        rows = [
            {"fiat": one.fiat, "wallet": one.wallet, "asset": facts.asset(one.asset).code}
            for one in await named_wallets(facts, call.account)
        ]
        return written({"total": len(rows), "rows": rows})
