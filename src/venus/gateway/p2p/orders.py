"""Orders: opened over an advert, and looked at by their parties."""

import asyncio
from contextlib import AsyncExitStack

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.params import TIME_NS_MAX
from venus.gateway.binance.wallet.reading import page_wanted
from venus.gateway.binance.wallet.retained import buying, parting
from venus.gateway.issuance.ledger_facts import written
from venus.gateway.issuance.refusals import refused
from venus.gateway.p2p import refusals
from venus.gateway.p2p.facts import (
    BASE,
    atoms_sent,
    hash_sent,
    listed,
    money_sent,
    number_sent,
    price_sent,
    side_sent,
)
from venus.gateway.p2p.house import Market, viewer_of
from venus.gateway.p2p.steps import told_after
from venus.gateway.p2p.takers import Payment, Takers
from venus.p2p.refusals import Refusal
from venus.records.p2p import TakeAdvert, atoms_of, fee_atoms, fiat_of
from venus.records.p2p_states import OrderState
from venus.records.rejects import Reject
from venus.registry.credentials import Permission
from venus.registry.p2p_chat import Standing
from venus.views.p2p_questions import Advert, AdvertAnswer, AdvertQuestion, P2pOrdersAnswer, P2pOrdersQuestion

_TAKE = "advert! amount fiatAmount priceLimit! method! paymentAccount! termsHash:hexText! clientId"
_LIST = "state:orderStates side asset fiat startTime endTime page rows"


class Orders:
    def __init__(self, market: Market, takers: Takers) -> None:
        self._market = market
        self._takers = takers

    def endpoints(self) -> tuple[Endpoint, ...]:
        return (
            Endpoint("POST", f"{BASE}/orders", self.take, 5, names(_TAKE), Permission.TRADE),
            Endpoint("GET", f"{BASE}/orders", self.listing, 5, names(_LIST), Permission.USER_DATA),
            Endpoint("GET", f"{BASE}/order", self.one, 2, names("order!"), Permission.USER_DATA),
        )

    async def take(self, desk: Desk, call: Call) -> bytes:
        """Take an advert: the asset is in escrow when this is answered."""
        market = self._market
        await market.facts.have_noted()
        await market.people.came(call.account)

        async def make(reference: str) -> TakeAdvert:
            return await self._command(desk, call, reference, held)

        async with AsyncExitStack() as held:
            made = await market.commanding.undertake(desk, call, "orders", make)
        # Nothing was said yet of one that was opened just now.
        chat = await market.registry.chats.look(made.number, call.account) if not made.is_first else Standing("", 0)
        return await told_after(market, call, made, made.number, chat)

    async def _command(self, desk: Desk, call: Call, reference: str, held: AsyncExitStack) -> TakeAdvert:
        """Every test that is the door's; raises ApiError. held: what stays as it was tested until it is handed in."""
        market, params = self._market, call.params
        question = AdvertQuestion(number_sent(params, "advert"))
        answer, taker = await asyncio.gather(market.facts.ask_dated(question, AdvertAnswer), self._takers.of(call))
        advert, maker = answer.advert, answer.maker
        if advert is None or maker is None:
            raise refusals.no_such_advert()
        if answer.price_now == 0:
            raise refused(Reject.NO_INDEX)
        buys = advert.side == 1
        fiat = market.facts.fiat(advert.fiat)
        method = market.catalogue.named(params.required("method"), advert.fiat)
        amount, in_fiat = self._amount(call, advert)
        atoms, minor = self._both(advert, answer.price_now, amount, in_fiat=in_fiat)
        asked = (await market.papers.text(advert.text_hash)).requirements
        payment = Payment(method, fiat, minor)
        await self._takers.refuse_taking(taker, advert.account, asked, payment, call.now_ns, buys=buys)
        if not buys:
            await self._takers.refuse_for_maker(maker, payment, call.now_ns)
        mine, makers = await asyncio.gather(
            market.offers.own(call, method.number),
            market.offers.behind(advert.number, advert.account, method.number),
        )
        buyer = taker.trader if buys else maker
        locked = 0 if buys else atoms + fee_atoms(atoms, market.facts.terms.taker_fee_ppm)
        await self._hold_both(desk, held, buyer.account, call.account, {advert.asset: locked})
        return TakeAdvert(
            reference=reference,
            advert=advert.number,
            account=call.account,
            amount=amount,
            in_fiat=int(in_fiat),
            price_limit=price_sent(params.required("priceLimit"), "priceLimit"),
            method=method.number,
            payer_hash=mine.hash if buys else makers.hash,
            payee_hash=makers.hash if buys else mine.hash,
            retain_days=await self._takers.retain_days(method, buyer, call.now_ns),
            terms_hash=hash_sent(params, "termsHash"),
        )

    @staticmethod
    async def _hold_both(desk: Desk, held: AsyncExitStack, buyer: int, taker: int, leaving: dict[int, int]) -> None:
        """Keep the buyer's schedules, and what a taker who sells has, as they are for now. Raises ApiError."""
        # By number, so that two who take each other's adverts do not wait for each other.
        for account in sorted({buyer, taker}):
            if account != buyer:
                await held.enter_async_context(parting(desk, account, leaving, by_sale=True))
            elif not await held.enter_async_context(buying(desk, account)):
                raise refusals.may_not_take([Refusal.PROMISED if buyer == taker else Refusal.MAKER_LIMIT])

    def _amount(self, call: Call, advert: Advert) -> tuple[int, bool]:
        """What was asked for, and whether it is money: `fiatAmount`, or `amount` of the asset."""
        facts, params = self._market.facts, call.params
        amount, money = params.optional("amount"), params.optional("fiatAmount")
        if (amount is None) == (money is None):
            raise errors.missing_either("amount", "fiatAmount") if amount is None else errors.bad_combination()
        if money is not None:
            return money_sent(facts.fiat(advert.fiat), money, "fiatAmount"), True
        assert amount is not None
        return atoms_sent(facts.asset(advert.asset), amount), False

    def _both(self, advert: Advert, price: int, amount: int, *, in_fiat: bool) -> tuple[int, int]:
        """Atoms and minor units at a price; the core reckons them again at its own."""
        facts = self._market.facts
        scale, exponent = facts.asset(advert.asset).scale, facts.fiat(advert.fiat).exponent
        if in_fiat:
            return atoms_of(amount, price, scale, exponent), amount
        return amount, fiat_of(amount, price, scale, exponent)

    async def listing(self, desk: Desk, call: Call) -> bytes:
        """One's own orders of six months, the newest first."""
        market, params = self._market, call.params
        await market.facts.refresh()
        await market.people.came(call.account)
        states = []
        for text in listed(params, "state"):
            if text not in OrderState.__members__:
                raise errors.bad_value("state")
            states.append(int(OrderState[text]))
        skip, limit = page_wanted(params, page="page", size="rows", size_default=20, size_max=100)
        end_ns = params.end_time_ns("endTime")
        question = P2pOrdersQuestion(
            account=call.account,
            states=states,
            side=side_sent(params) if params.has("side") else -1,
            asset=market.facts.asset_sent(params).number if params.has("asset") else -1,
            fiat=params.optional("fiat") or "",
            start_ns=params.time_ns("startTime") or 0,
            end_ns=0 if end_ns is None else min(end_ns + 1, TIME_NS_MAX),
            skip=skip,
            limit=limit,
        )
        answer = await market.facts.ask(question, P2pOrdersAnswer)
        return written({"total": answer.total, "rows": await market.showing.orders(answer.orders, viewer_of(call))})

    async def one(self, desk: Desk, call: Call) -> bytes:
        """One order, as its party may see it."""
        await self._market.people.came(call.account)
        return written(await self._market.showing.order(number_sent(call.params, "order"), viewer_of(call)))
