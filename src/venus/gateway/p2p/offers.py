"""Which payment account of its maker stands behind an advert's way to pay."""

import asyncio

from venus.gateway.binance.endpoint import Call
from venus.gateway.p2p import refusals
from venus.gateway.p2p.facts import P2pFacts, listed
from venus.gateway.p2p.methods import Methods
from venus.records.p2p_states import AdvertState
from venus.registry.p2p_offers import OfferRecord
from venus.registry.p2p_writings import DeclaredAccount, WritingsRecord
from venus.views.p2p_questions import AdvertAnswer, AdvertQuestion


class Offers:
    def __init__(self, record: OfferRecord, writings: WritingsRecord, facts: P2pFacts, catalogue: Methods) -> None:
        self._record = record
        self._writings = writings
        self._facts = facts
        self._catalogue = catalogue

    async def wanted(self, call: Call, fiat: str) -> list[DeclaredAccount]:
        """The accounts that `paymentAccounts` names, or one for each of `methods`: one for a way to pay, by its number.

        Raises ApiError.
        """
        params = call.params
        own = await self._writings.payment_accounts(call.account)
        numbers, keys = listed(params, "paymentAccounts"), listed(params, "methods")
        chosen: dict[int, DeclaredAccount] = {}
        for text in numbers:
            found = next((one for one in own if str(one.number) == text), None)
            if found is None:
                raise refusals.no_such_payment_account()
            self._catalogue.named(self._catalogue.key_of(found.method), fiat)
            if found.method in chosen:
                raise refusals.unsuited_payment_account("an advert has one for each way to pay")
            chosen[found.method] = found
        for key in keys:
            method = self._catalogue.named(key, fiat).number
            # The newest is what he means who names none.
            found = next((one for one in reversed(own) if one.method == method), None)
            if found is None:
                raise refusals.no_payment_account_for(key)
            chosen.setdefault(method, found)
        if not chosen:
            params.required("methods")
        return [chosen[method] for method in sorted(chosen)]

    async def note(self, advert: int, accounts: list[DeclaredAccount]) -> None:
        await asyncio.to_thread(self._record.note, advert, [one.number for one in accounts])

    async def behind(self, advert: int, maker: int, method: int) -> DeclaredAccount:
        """The maker's account for a way to pay; raises ApiError if he has none any more."""
        offered, standing = await asyncio.gather(self._record.of(advert), self._writings.payment_accounts(maker))
        own = [one for one in standing if one.method == method]
        # Of an advert that was posted and then not noted, as of one posted past this door, the newest is meant.
        found = next((one for one in own if one.number in offered), own[-1] if own else None)
        if found is None:
            raise refusals.maker_has_no_account()
        return found

    async def own(self, call: Call, method: int) -> DeclaredAccount:
        """The asking one's account that `paymentAccount` names, for a way to pay; raises ApiError."""
        call.params.required("paymentAccount")
        number = call.params.integer("paymentAccount")
        assert number is not None
        found = await self._writings.payment_account(call.account, number)
        if found is None:
            raise refusals.no_such_payment_account()
        if found.method != method:
            raise refusals.unsuited_payment_account("it is of another way to pay")
        return found

    async def is_offered(self, payment_account: int) -> bool:
        """Whether an advert that is not closed stands on it."""
        for number in await asyncio.to_thread(self._record.adverts_with, payment_account):
            answer = await self._facts.ask(AdvertQuestion(number), AdvertAnswer)
            if answer.advert is not None and answer.advert.state != AdvertState.CLOSED:
                return True
        return False
