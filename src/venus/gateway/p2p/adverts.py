"""Adverts as their makers post, edit and rest them."""

from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import NamedTuple

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.errors import ApiError
from venus.gateway.binance.wallet.reading import page_wanted
from venus.gateway.binance.wallet.retained import parting
from venus.gateway.issuance.ledger_facts import written
from venus.gateway.p2p import refusals
from venus.gateway.p2p.commanding import Made, new_reference
from venus.gateway.p2p.facts import (
    BASE,
    atoms_sent,
    listed,
    money_sent,
    number_sent,
    ppm_sent,
    price_sent,
    side_sent,
)
from venus.gateway.p2p.house import Market, viewer_of
from venus.gateway.p2p.takers import Takers
from venus.p2p.texts import AdvertText, BadText, Requirements, checked, encoded
from venus.records.p2p import EditAdvert, Fiat, PostAdvert, SetAdvertState, fee_atoms
from venus.records.p2p_states import AdvertState
from venus.registry.credentials import Permission
from venus.registry.p2p_writings import DeclaredAccount, DocumentKind
from venus.units import NS_PER_S
from venus.views.catalog import Asset
from venus.views.p2p_questions import Advert, AdvertAnswer, AdvertQuestion, AdvertsAnswer, AdvertsQuestion, Found

_MINUTE_NS = 60 * NS_PER_S
ADVERTS_MAX = 200
"""That are not closed, of one account. Source: docs/rules/p2p.md, "Adverts"."""
_FIGURES = "amount! fiatMin! fiatMax! price margin payMinutes! methods paymentAccounts terms autoReply"
_ASKED = "minCompletionPercent minOrders minDays firstTimeFiatMax countries"


class _Offer(NamedTuple):
    """What a maker says of an advert; the text is kept under its hash."""

    atoms: int
    fiat_min: int
    fiat_max: int
    price: int
    margin_ppm: int
    pay_ns: int
    accounts: list[DeclaredAccount]
    text_hash: bytes


class Adverts:
    def __init__(self, market: Market, takers: Takers) -> None:
        self._market = market
        self._takers = takers

    def endpoints(self) -> tuple[Endpoint, ...]:
        posted = f"side! asset! fiat! {_FIGURES} {_ASKED} clientId"
        rows = (
            ("GET", "myAdverts", self.mine, 5, "state:advertStates page rows", Permission.USER_DATA),
            ("POST", "adverts", self.post, 5, posted, Permission.TRADE),
            ("PUT", "adverts", self.edit, 5, f"advert! {_FIGURES} {_ASKED} clientId", Permission.TRADE),
            ("POST", "advertState", self.set_state, 5, "advert state:advertState!", Permission.TRADE),
        )
        return tuple(
            Endpoint(method, f"{BASE}/{path}", answer, weight, names(read), permission)
            for method, path, answer, weight, read, permission in rows
        )

    async def mine(self, desk: Desk, call: Call) -> bytes:
        """One's own adverts, the newest first; closed ones for a month."""
        market = self._market
        await market.facts.refresh_priced()
        states = [_state(text) for text in listed(call.params, "state")]
        skip, limit = page_wanted(call.params, page="page", size="rows", size_default=20, size_max=100)
        question = AdvertsQuestion(call.account, [int(one) for one in states], skip, limit)
        answer = await market.facts.ask(question, AdvertsAnswer)
        found = [
            Found(advert, price_now, advert.fiat_max)
            for advert, price_now in zip(answer.adverts, answer.prices_now, strict=True)
        ]
        makers = [(await self._takers.of(call)).trader] if found else []
        return written({"total": answer.total, "rows": await market.showing.found(found, makers, viewer_of(call))})

    async def post(self, desk: Desk, call: Call) -> bytes:
        """Post an advert; what it sells is bound at once."""
        market = self._market
        await market.facts.refresh_priced()
        await market.people.came(call.account)
        noted: list[DeclaredAccount] = []

        async def make(reference: str) -> PostAdvert:
            side, fiat = side_sent(call.params), market.facts.fiat_sent(call.params)
            asset, _ = market.facts.tradable(call.params)
            await self._takers.refuse_posting(await self._takers.of(call), fiat.code)
            offer = await self._offer(desk, call, asset, fiat)
            noted.extend(offer.accounts)
            if side == 1:
                await held.enter_async_context(self._selling(desk, call, asset, offer.atoms))
            return PostAdvert(
                reference=reference,
                account=call.account,
                side=side,
                asset=asset.number,
                fiat=fiat.code,
                atoms=offer.atoms,
                fiat_min=offer.fiat_min,
                fiat_max=offer.fiat_max,
                price=offer.price,
                margin_ppm=offer.margin_ppm,
                pay_ns=offer.pay_ns,
                methods=tuple(one.method for one in offer.accounts),
                text_hash=offer.text_hash,
            )

        async with AsyncExitStack() as held:
            made = await market.commanding.once(desk, call, "adverts", make)
        await self._note(call, made, noted)
        return written(await market.showing.advert(made.number, viewer_of(call)))

    async def edit(self, desk: Desk, call: Call) -> bytes:
        """Change an advert; orders that were opened keep what they began with."""
        market = self._market
        await market.facts.refresh_priced()
        number = number_sent(call.params, "advert")
        noted: list[DeclaredAccount] = []

        async def make(reference: str) -> EditAdvert:
            advert = await self._own(call, number)
            asset, fiat = market.facts.asset(advert.asset), market.facts.fiat(advert.fiat)
            await self._takers.refuse_posting(await self._takers.of(call), fiat.code)
            offer = await self._offer(desk, call, asset, fiat)
            noted.extend(offer.accounts)
            if advert.side == 1 and offer.atoms > advert.atoms:
                await held.enter_async_context(self._selling(desk, call, asset, offer.atoms - advert.atoms))
            return EditAdvert(
                reference=reference,
                advert=number,
                account=call.account,
                atoms=offer.atoms,
                fiat_min=offer.fiat_min,
                fiat_max=offer.fiat_max,
                price=offer.price,
                margin_ppm=offer.margin_ppm,
                pay_ns=offer.pay_ns,
                methods=tuple(one.method for one in offer.accounts),
                text_hash=offer.text_hash,
            )

        async with AsyncExitStack() as held:
            made = await market.commanding.once(desk, call, "PUT adverts", make)
        await self._note(call, Made(number, made.is_known), noted)
        return written(await market.showing.advert(number, viewer_of(call)))

    async def set_state(self, desk: Desk, call: Call) -> bytes:
        """Put an advert online, to rest, or close it for good; without one, all of one's own."""
        market = self._market
        await market.facts.refresh_priced()
        state = _state(call.params.required("state"))
        if call.params.has("advert"):
            adverts = [await self._own(call, number_sent(call.params, "advert"))]
        else:
            if state is AdvertState.CLOSED:
                raise errors.missing("advert")
            other = AdvertState.ONLINE if state is AdvertState.RESTING else AdvertState.RESTING
            question = AdvertsQuestion(call.account, [int(other)], 0, ADVERTS_MAX)
            adverts = (await market.facts.ask(question, AdvertsAnswer)).adverts
        for advert in adverts:
            if advert.state == state:  # as one finds who did not hear that it was done
                continue
            command = SetAdvertState(
                reference=new_reference(call), advert=advert.number, account=call.account, state=int(state)
            )
            await market.commanding.hand_in(desk, call, command)
        rows = [await market.showing.advert(advert.number, viewer_of(call)) for advert in adverts]
        return written({"total": len(rows), "rows": rows} if not call.params.has("advert") else rows[0])

    async def _note(self, call: Call, made: Made, accounts: list[DeclaredAccount]) -> None:
        """Note the accounts behind an advert; of one that was handed in again as it was they are looked for anew."""
        if made.is_known:
            return
        offers = self._market.offers
        if not accounts:
            try:
                accounts = await offers.wanted(call, (await self._own(call, made.number)).fiat)
            except ApiError:  # one was removed since: the newest of a way to pay is meant
                return
        await offers.note(made.number, accounts)

    async def _own(self, call: Call, number: int) -> Advert:
        answer = await self._market.facts.ask(AdvertQuestion(number), AdvertAnswer)
        if answer.advert is None or answer.advert.account != call.account:
            raise refusals.no_such_advert()
        return answer.advert

    def _selling(self, desk: Desk, call: Call, asset: Asset, atoms: int) -> AbstractAsyncContextManager[None]:
        bound = atoms + fee_atoms(atoms, self._market.facts.terms.maker_fee_ppm)
        return parting(desk, call.account, {asset.number: bound}, by_sale=True)

    async def _offer(self, desk: Desk, call: Call, asset: Asset, fiat: Fiat) -> _Offer:
        """Read what was sent, and keep its text. Raises ApiError."""
        params = call.params
        price, margin = params.optional("price"), params.optional("margin")
        if (price is None) == (margin is None):
            raise errors.missing_either("price", "margin") if price is None else errors.bad_combination()
        minutes = number_sent(params, "payMinutes")
        text = self._text(call, fiat)
        accounts = await self._market.offers.wanted(call, fiat.code)
        writings = self._market.registry.writings
        return _Offer(
            atoms=atoms_sent(asset, params.required("amount")),
            fiat_min=money_sent(fiat, params.required("fiatMin"), "fiatMin"),
            fiat_max=money_sent(fiat, params.required("fiatMax"), "fiatMax"),
            price=0 if price is None else price_sent(price),
            margin_ppm=0 if margin is None else ppm_sent(margin, "margin"),
            pay_ns=min(minutes, 10**6) * _MINUTE_NS,
            accounts=accounts,
            text_hash=await desk.off_loop(lambda: writings.keep(DocumentKind.ADVERT, text)),
        )

    @staticmethod
    def _text(call: Call, fiat: Fiat) -> bytes:
        params = call.params
        first = params.optional("firstTimeFiatMax")
        countries = listed(params, "countries")
        asked = Requirements(
            min_completion_percent=params.integer("minCompletionPercent"),
            min_orders=params.integer("minOrders"),
            min_days=params.integer("minDays"),
            first_time_fiat_max=None if first is None else money_sent(fiat, first, "firstTimeFiatMax"),
            countries=tuple(countries) if countries else None,
        )
        terms, reply = params.values.get("terms", ""), params.values.get("autoReply", "")
        try:
            return encoded(checked(AdvertText(terms=terms, auto_reply=reply, requirements=asked)))
        except BadText as error:
            raise refusals.bad_text(str(error)) from None


def _state(text: str) -> AdvertState:
    if text not in AdvertState.__members__:
        raise errors.bad_value("state")
    return AdvertState[text]
