"""Simulated merchants of a sandbox's market between people, through the same door and limits as everyone.

Each keeps its adverts up and lives its orders by its temperament. Now and then one takes another's advert, so that the
market has a history. Drawn from a seed, but not repeatable: what they meet is what others did.
"""

import asyncio
import random
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx
import structlog

from venus.sdk.connection import signed_query
from venus.testing.merchant_plans import MERCHANTS, UNITS_PER_USD, MerchantPlan, Temperament

_LOOK_S = {Temperament.FAST: 4.0, Temperament.SLOW: 45.0, Temperament.DISHONEST: 10.0, Temperament.ABSENT: 3_600.0}
"""How often one looks at his orders, in the mean."""
_TAKES_S = 600.0  # of one merchant between two adverts of others that he takes, in the mean
_ORDER_USD = (20, 3_000)
_ADVERT_USD = 20_000
_PAY_MINUTES = 15
_BY_WALLET = "central_bank_wallet"
_UNFINISHED = "OPEN,PAID,DISPUTED"
_log = structlog.get_logger("merchants")


class Refused(Exception):
    """The exchange said no, in words."""


class Merchant:
    """One account. keys: apiKey and secret; index_usd: what a unit of each asset is worth, for how much to offer."""

    def __init__(
        self,
        plan: MerchantPlan,
        keys: Mapping[str, str],
        http: httpx.AsyncClient,
        index_usd: Mapping[str, float],
        seed: int,
    ) -> None:
        self._plan = plan
        self._key = keys["apiKey"]
        self._secret = keys["secret"].encode()
        self._http = http
        self._index_usd = index_usd
        self._chance = random.Random(f"{seed}:{plan.name}")
        self._accounts: dict[str, str] = {}  # payment account by method
        self._greeted: set[str] = set()

    async def live(self) -> None:
        """Set the stall up, then look after it until cancelled."""
        is_settled, next_take_s = False, time.monotonic() + self._chance.expovariate(1 / _TAKES_S)
        while True:
            try:
                if not is_settled:
                    await self._settle_in()
                    is_settled = True
                await self._look_after_orders()
                if time.monotonic() >= next_take_s:
                    next_take_s = time.monotonic() + self._chance.expovariate(1 / _TAKES_S)
                    await self._take_one()
            except (Refused, httpx.HTTPError) as failure:
                # Somebody was faster, a limit was met, a fault was injected: a market's daily life.
                _log.debug("not done", merchant=self._plan.name, why=str(failure))
            await asyncio.sleep(self._chance.expovariate(1 / _LOOK_S[self._plan.temperament]))

    async def _settle_in(self) -> None:
        held = (await self._signed("GET", "paymentAccounts"))["rows"]
        self._accounts = {one["method"]: one["paymentAccount"] for one in held}
        mine = (await self._signed("GET", "myAdverts"))["rows"]
        posted = {(one["side"], one["asset"]) for one in mine if one["state"] != "CLOSED"}
        # An advert's side is told as its taker's, and given as its maker's.
        for maker, taker, assets in (("SELL", "BUY", self._plan.sells), ("BUY", "SELL", self._plan.buys)):
            for asset in assets:
                if (taker, asset) not in posted:
                    await self._post(maker, asset)

    async def _post(self, side: str, asset: str) -> None:
        rate = UNITS_PER_USD[self._plan.fiat]
        away = self._plan.margin_percent * (1 if side == "SELL" else -1) * self._chance.uniform(0.7, 1.3)
        decimals = 8 if asset == "BTC" else 4
        try:
            await self._signed(
                "POST",
                "adverts",
                side=side,
                asset=asset,
                fiat=self._plan.fiat,
                amount=f"{_ADVERT_USD / self._index_usd[asset]:.{decimals}f}",
                fiatMin=f"{_ORDER_USD[0] * rate:.0f}",
                fiatMax=f"{_ORDER_USD[1] * rate:.0f}",
                margin=f"{100 + away:.2f}",
                payMinutes=_PAY_MINUTES,
                methods=",".join(self._ways(side)),
                paymentAccounts=",".join(self._ways(side).values()),
                terms="Simulated merchant. Pay from an account in your own name.",
                autoReply="Hello, I am a simulated merchant of this sandbox.",
            )
        except Refused as refusal:
            _log.info("no advert", merchant=self._plan.name, side=side, asset=asset, reply=str(refusal))

    def _ways(self, side: str) -> dict[str, str]:
        """Payment account by method. He has no key of his wallet, so he is paid at it and does not pay from it."""
        return {method: one for method, one in self._accounts.items() if side == "SELL" or method != _BY_WALLET}

    async def _look_after_orders(self) -> None:
        for order in (await self._signed("GET", "orders", state=_UNFINISHED, rows=100))["rows"]:
            await self._live_order(order)

    async def _live_order(self, order: dict[str, Any]) -> None:
        number, buys = order["order"], order["side"] == "BUY"
        dishonest = self._plan.temperament is Temperament.DISHONEST
        if order["state"] == "OPEN" and buys:
            await self._pay(order, dishonest=dishonest)
        elif order["state"] == "PAID" and not buys:
            if dishonest and self._once(number):
                await self._say(number, "I see no payment. Send it again and I will release at once.")
                await self._signed("POST", "order/appeal", order=number, ground="NOT_PAID", text="Nothing came.")
            elif not dishonest:
                await self._say(number, "Received, thank you.")
                await self._signed("POST", "order/release", order=number)
        elif order["state"] == "DISPUTED" and self._once(f"dispute {number}"):
            text = "I have not received it." if not buys else "I have paid."
            await self._signed("POST", "order/evidence", order=number, text=text)

    async def _pay(self, order: dict[str, Any], *, dishonest: bool) -> None:
        number = order["order"]
        if not dishonest:
            await self._say(number, "Paying now.")
            await self._signed("POST", "order/paid", order=number, fiatAmount=order["fiatAmount"])
        elif self._once(number):
            await self._say(number, "Paid. My bank is slow today, please release.")
            await self._signed("POST", "order/paid", order=number, fiatAmount=order["fiatAmount"])

    async def _take_one(self) -> None:
        """Take a small part of another merchant's advert in one's own currency."""
        side = self._chance.choice(("BUY", "SELL"))
        assets = self._plan.buys if side == "BUY" else self._plan.sells
        asset = self._chance.choice(assets)
        found = await self._ask("GET", "adverts", side=side, asset=asset, fiat=self._plan.fiat, rows=20)
        others = [row for row in found["rows"] if row["maker"]["nickname"] != self._plan.nickname]
        usable = [(row, method) for row in others for method in row["methods"] if method in self._ways(side)]
        if not usable:
            return
        advert, method = self._chance.choice(usable)
        least, most = float(advert["fiatMin"]), float(advert["fiatMax"])
        limit = float(advert["price"]) * (1.01 if side == "BUY" else 0.99)
        await self._signed(
            "POST",
            "orders",
            advert=advert["advert"],
            fiatAmount=f"{min(most, least * self._chance.uniform(1.0, 3.0)):.0f}",
            priceLimit=f"{limit:.8f}",
            method=method,
            paymentAccount=self._accounts[method],
            termsHash=advert["termsHash"],
        )

    def _once(self, what: str) -> bool:
        """Whether this is the first time, and from now on it is not."""
        first = what not in self._greeted
        self._greeted.add(what)
        return first

    async def _say(self, order: str, text: str) -> None:
        if self._once(f"{order} {text}"):
            await self._signed("POST", "chat", order=order, text=text)

    async def _ask(self, verb: str, path: str, /, **fields: object) -> Any:
        return _told(await self._http.request(verb, f"/p2p/v1/{path}?{urlencode(fields)}"))

    async def _signed(self, verb: str, path: str, /, **fields: object) -> Any:
        query = signed_query(self._secret, fields, time.time_ns())
        url = f"/p2p/v1/{path}?{query}"
        return _told(await self._http.request(verb, url, headers={"X-MBX-APIKEY": self._key}))


def _told(reply: httpx.Response) -> Any:
    if not reply.is_success:
        raise Refused(reply.text)
    return reply.json()


async def keep_stalls(
    rest: str, keys: Mapping[str, Mapping[str, str]], index_usd: Mapping[str, float], seed: int
) -> None:
    """Live until cancelled.

    keys  by account's name; merchants without keys do not come
    """
    limits = httpx.Limits(max_connections=4)
    async with httpx.AsyncClient(base_url=rest, timeout=30.0, limits=limits) as http, asyncio.TaskGroup() as group:
        for plan in MERCHANTS:
            if plan.name in keys:
                group.create_task(Merchant(plan, keys[plan.name], http, index_usd, seed).live())
