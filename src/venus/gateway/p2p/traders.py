"""What a trader has of his own: his enrolment, payment accounts, blocklist and bond."""

from contextlib import AsyncExitStack
from typing import Any

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.errors import ApiError
from venus.gateway.binance.wallet.retained import kept_of, parting
from venus.gateway.issuance.ledger_facts import written
from venus.gateway.issuance.refusals import refused
from venus.gateway.p2p import refusals
from venus.gateway.p2p.commanding import new_reference
from venus.gateway.p2p.facts import BASE, atoms_sent, hash_sent, number_sent
from venus.gateway.p2p.house import Market, viewer_of
from venus.gateway.p2p.papers import new_salt
from venus.gateway.p2p.people import trader_of
from venus.gateway.p2p.second_factor import session_facts
from venus.p2p.names import BadName, NameMatch, checked_name, compare
from venus.p2p.retention import retained_until
from venus.p2p.texts import BadText, PaymentAccount, checked, encoded
from venus.packs.p2p_methods import BadNumber
from venus.records.p2p import METHOD_BY_WALLET, EnrolTrader, PostBond, WithdrawBond
from venus.records.p2p_states import OrderState
from venus.records.rejects import Reject
from venus.registry.credentials import Permission
from venus.registry.p2p_market import BadNickname, NicknameTaken, VerifiedName
from venus.registry.p2p_writings import TooMany
from venus.units import NS_PER_US
from venus.views.p2p_questions import P2pOrdersAnswer, P2pOrdersQuestion, TradersAnswer, TradersQuestion

_READS, _ACTS = Permission.USER_DATA, Permission.TRADE
_GOES = Permission.WITHDRAW
_ACCOUNT = "method! name! number bank branch qrFile:hexText"


class Traders:
    def __init__(self, market: Market) -> None:
        self._market = market

    def endpoints(self) -> tuple[Endpoint, ...]:
        rows = (
            ("GET", "me", self.me, 2, "", _READS),
            ("POST", "enrol", self.enrol, 5, "nickname!", _ACTS),
            ("GET", "paymentAccounts", self.payment_accounts, 2, "", _READS),
            ("POST", "paymentAccounts", self.add_payment_account, 5, _ACCOUNT, _ACTS),
            ("DELETE", "paymentAccounts", self.remove_payment_account, 2, "paymentAccount!", _ACTS),
            ("GET", "blocks", self.blocks, 2, "", _READS),
            ("POST", "blocks", self.block, 2, "trader!", _ACTS),
            ("DELETE", "blocks", self.unblock, 2, "trader!", _ACTS),
            ("POST", "bond", self.post_bond, 5, "amount! clientId", _ACTS),
            ("POST", "bondWithdraw", self.withdraw_bond, 5, "amount! clientId", _GOES),
        )
        return tuple(
            Endpoint(method, f"{BASE}/{path}", answer, weight, names(read), permission)
            for method, path, answer, weight, read, permission in rows
        )

    async def me(self, desk: Desk, call: Call) -> bytes:
        """Who one is in the market, what waits for one's own act, and what must stay for now."""
        market, account = self._market, call.account
        await market.facts.refresh()
        await market.people.came(account)
        verified = await self._verified(desk, call)
        has_factor = await market.registry.second_factors.stands(account)
        answer = await market.facts.ask(TradersQuestion([account]), TradersAnswer)
        told = await market.showing.traders(answer.traders, viewer_of(call))
        kept = await kept_of(desk, account)
        waiting = 0
        for side, state in ((0, OrderState.OPEN), (1, OrderState.PAID)):
            rows = await market.facts.ask(
                P2pOrdersQuestion(account, states=[state], side=side, limit=1), P2pOrdersAnswer
            )
            waiting += rows.total
        facts: dict[str, Any] = {
            "trader": told.get(account),
            "verifiedName": None if verified is None else verified.name,
            "secondFactor": has_factor,
            "releaseSession": session_facts(market, call),
            "retained": [
                {
                    "asset": market.facts.asset(asset).code,
                    "amount": market.facts.amount(asset, atoms),
                    "until": (retained_until([one for one in kept.deals if one.asset == asset], call.now_ns) or 0)
                    // call.unit_ns,
                }
                for asset, atoms in kept.atoms.items()
            ],
            "waiting": waiting,
        }
        return written(facts)

    async def enrol(self, desk: Desk, call: Call) -> bytes:
        """Become a trader under a nickname; who he is must have been verified."""
        market, account, nickname = self._market, call.account, call.params.required("nickname")
        await market.facts.refresh()
        registry = market.registry
        person = await desk.off_loop(lambda: registry.person_of_account(account))
        if person is None or await self._verified(desk, call) is None:
            raise refusals.no_verified_name()
        try:
            await desk.off_loop(lambda: registry.market.enrol(account, person, nickname))
        except BadNickname as error:
            raise refusals.bad_nickname(str(error)) from None
        except NicknameTaken:
            raise refusals.nickname_taken() from None
        command = EnrolTrader(reference=new_reference(call), account=account, person=person)
        try:
            await market.commanding.hand_in(desk, call, command)
        except ApiError as error:
            # The journal may have had him before the registry; the other way round is what a retry finds.
            if error.code != refused(Reject.NO_CHANGE).code:
                raise
        market.people.forget(account)
        await market.people.came(account)
        return written(await market.showing.trader(account, viewer_of(call)))

    async def _verified(self, desk: Desk, call: Call) -> VerifiedName | None:
        registry = self._market.registry

        def read() -> VerifiedName | None:
            person = registry.person_of_account(call.account)
            return None if person is None else registry.market.verified(person)

        return await desk.off_loop(read)

    # Payment accounts

    async def payment_accounts(self, desk: Desk, call: Call) -> bytes:
        """One's own accounts outside, from which one pays and at which one is paid."""
        found = await self._market.registry.writings.payment_accounts(call.account)
        rows = [self._market.papers.account_facts(one) for one in found]
        return written({"total": len(rows), "rows": rows})

    async def add_payment_account(self, desk: Desk, call: Call) -> bytes:
        """Declare an account outside, in one's own verified name."""
        market, params = self._market, call.params
        await market.people.card(call.account)
        key = params.required("method")
        method = market.catalogue.known(key)
        if method.number == METHOD_BY_WALLET:
            raise refusals.unsuited_payment_account("a wallet is named, with its own key")
        fields = {name: params.optional(name) or "" for name in ("number", "bank", "branch")}
        picture = hash_sent(params, "qrFile").hex()
        sent = fields | {"qrFile": picture, "name": params.required("name")}
        for field in method.fields:
            if field.is_required and not sent[field.field]:
                raise errors.missing(field.field)
        if picture and not await desk.off_loop(lambda: market.files.is_of(picture, call.account)):
            raise refusals.no_such_file()
        verified = await self._verified(desk, call)
        if verified is None:
            raise refusals.no_verified_name()
        try:
            fields["number"] = method.checked_number(fields["number"])
            name = checked_name(sent["name"])
            if await desk.off_loop(lambda: compare(verified.name, name)) is NameMatch.DIFFERENT:
                raise refusals.name_differs()
            text = checked(PaymentAccount(key, name, **fields, qr_file=picture, salt=new_salt()))
        except (BadName, BadNumber, BadText) as error:
            raise refusals.unsuited_payment_account(str(error)) from None
        content = encoded(text)
        writings = market.registry.writings
        try:
            made = await desk.off_loop(lambda: writings.add_payment_account(call.account, method.number, content))
        except TooMany as error:
            raise refusals.too_many(str(error)) from None
        return written(market.papers.account_facts(made))

    async def remove_payment_account(self, desk: Desk, call: Call) -> bytes:
        """Forget one; orders that it was declared for keep it."""
        number, writings = number_sent(call.params, "paymentAccount"), self._market.registry.writings
        if await writings.payment_account(call.account, number) is None:
            raise refusals.no_such_payment_account()
        if await self._market.offers.is_offered(number):
            raise refusals.account_in_use()
        await desk.off_loop(lambda: writings.remove_payment_account(call.account, number))
        return b"{}"

    # Blocklist

    async def blocks(self, desk: Desk, call: Call) -> bytes:
        """Whom one has blocked, the newest first."""
        blocked = await desk.off_loop(lambda: self._market.registry.market.blocks(call.account))
        cards = await self._market.people.cards(one.account for one in blocked)
        rows = [
            {
                "trader": str(cards[one.account].public),
                "nickname": cards[one.account].nickname,
                "time": one.time_us * NS_PER_US // call.unit_ns,
            }
            for one in blocked
            if one.account in cards
        ]
        return written({"total": len(rows), "rows": rows})

    async def block(self, desk: Desk, call: Call) -> bytes:
        """Have nothing to do with a trader any more: neither takes the other's adverts. Orders under way go on."""
        other = (await self._market.people.named(call)).account
        if other == call.account:
            raise errors.bad_value("trader")
        try:
            await desk.off_loop(lambda: self._market.registry.market.block(call.account, other))
        except TooMany as error:
            raise refusals.too_many(str(error)) from None
        return b"{}"

    async def unblock(self, desk: Desk, call: Call) -> bytes:
        """Take a trader off one's blocklist."""
        other = (await self._market.people.named(call)).account
        if not await desk.off_loop(lambda: self._market.registry.market.unblock(call.account, other)):
            raise refused(Reject.NO_CHANGE)
        return b"{}"

    # Bond

    async def post_bond(self, desk: Desk, call: Call) -> bytes:
        """Bind money that is slashed for time-outs and faults: what a merchant's tier stands on."""
        return await self._bond(desk, call, PostBond)

    async def withdraw_bond(self, desk: Desk, call: Call) -> bytes:
        """Take it back, once nothing is open that it stands for."""
        return await self._bond(desk, call, WithdrawBond)

    async def _bond(self, desk: Desk, call: Call, kind: type[PostBond] | type[WithdrawBond]) -> bytes:
        market = self._market
        await market.facts.refresh()

        async def make(reference: str) -> PostBond | WithdrawBond:
            trader = await trader_of(market.facts, call.account)
            # A bond stays in the asset that it was posted in.
            asset = market.facts.asset(trader.bond_asset if trader.bond_atoms else market.facts.terms.bond_asset)
            atoms = atoms_sent(asset, call.params.required("amount"))
            if kind is PostBond:  # half of it may come to be somebody else's
                await held.enter_async_context(parting(desk, call.account, {asset.number: atoms}))
            return kind(reference=reference, account=call.account, atoms=atoms)

        async with AsyncExitStack() as held:
            await market.commanding.once(desk, call, kind.__name__, make)
        return written(await market.showing.trader(call.account, viewer_of(call)))
