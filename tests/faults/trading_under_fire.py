"""Traders who write down what they were told, and what must be so after the exchange was killed and started again."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

from venus.engine.client import EngineClient, EngineGone, EngineRefused
from venus.engine.places import Places
from venus.records.commands import Command, CommandKind, client_digest
from venus.records.events import Event, EventFlag, EventKind
from venus.testing.rest_client import ConnectionEnded, RestClient
from venus.testing.running import RunningExchange
from venus.testing.sandbox_market import FAUCET, FIRST_PERSON, TRADERS

SYMBOL = "BTCUSDT"
BASE, QUOTE = "BTC", "USDT"
USDT_NUMBER = 3
PAGE = 1_000
GIFT_ATOMS = 12_345
GOING_DOWN = (-1006, -1016)
"""What a door says whose engine went away, or that takes nothing more itself."""
SHOWN = Decimal("0.00000001")
"""BTC has nine decimals here, of which the API shows eight: each amount it tells may be off by less than this."""


class Deposit(NamedTuple):
    """A transfer from outside, told apart by its reference."""

    reference: str
    told: int | None  # the sequence at which it was acknowledged

    def command(self) -> Command:
        hi, lo = client_digest(self.reference)
        return Command(
            client_hi=hi,
            client_lo=lo,
            account=FAUCET,
            target_lo=FIRST_PERSON,
            subject=USDT_NUMBER,
            quantity=GIFT_ATOMS,
            kind=CommandKind.TRANSFER,
        )


class Trader:
    """One account: orders and cancels, one after the other, and every answer kept.

    placed     what was answered to new orders, by client order id
    cancelled  client order ids whose cancel was answered
    unknown    client order ids of which nobody said what became of them
    """

    def __init__(self, name: str, keys: dict[str, str], seed: int) -> None:
        self.name = name
        self.keys = keys
        self.random = Random(f"{seed} {name}")
        self.placed: dict[str, dict[str, Any]] = {}
        self.cancelled: set[str] = set()
        self.unknown: set[str] = set()
        self.first: dict[str, Decimal] = {}
        self._resting: list[str] = []
        self._number = 0

    async def trade(self, rest: str, middle: Decimal) -> None:
        """Until the connection ends."""
        client = await RestClient.connect(rest, self.keys)
        try:
            while True:
                if self._resting and (len(self._resting) > 20 or self.random.random() < 0.3):
                    await self._cancel(client)
                else:
                    await self._place(client, middle)
        except ConnectionEnded:
            pass
        finally:
            client.close()

    async def _place(self, client: RestClient, middle: Decimal) -> None:
        self._number += 1
        name = f"{self.name}-{self._number}"
        price = middle + Decimal(round(self.random.gauss(0, 40)))
        quantity = Decimal(self.random.randint(10, 3_000)) / 100_000
        self.unknown.add(name)
        reply = await client.ask(
            "POST",
            "order",
            symbol=SYMBOL,
            side=self.random.choice(["BUY", "SELL"]),
            type="LIMIT",
            timeInForce="GTC",
            quantity=quantity,
            price=price,
            newClientOrderId=name,
            newOrderRespType="FULL",
        )
        if reply.status != 200:
            assert reply.json["code"] in GOING_DOWN, reply
            raise ConnectionEnded("what became of the order is unknown, and stays so")
        self.unknown.discard(name)
        self.placed[name] = reply.json
        if reply.json["status"] in ("NEW", "PARTIALLY_FILLED"):
            self._resting.append(name)

    async def _cancel(self, client: RestClient) -> None:
        name = self._resting.pop(self.random.randrange(len(self._resting)))
        reply = await client.ask("DELETE", "order", symbol=SYMBOL, origClientOrderId=name, newClientOrderId=f"c-{name}")
        if reply.status == 200:
            self.cancelled.add(name)
        else:
            assert reply.json["code"] in (-2011, *GOING_DOWN), reply

    async def check(self, rest: str, gifts: int = 0) -> Counter[str]:
        """Everything told is there, nothing is there twice, and money is what the trades make of it.

        gifts: how many of the deposits this account must have received.
        """
        client = await RestClient.connect(rest, self.keys)
        try:
            orders = await pages(client, "allOrders", "orderId")
            trades = await pages(client, "myTrades", "fromId")
            balances = {one["asset"]: one for one in (await client.ask("GET", "account")).json["balances"]}
        finally:
            client.close()
        named = Counter(one["clientOrderId"] for one in orders)
        assert max(named.values(), default=1) == 1, (
            f"applied twice: {[name for name, count in named.items() if count > 1]}"
        )
        by_id = {one["orderId"]: one for one in orders}
        fills = {one["id"]: one for one in trades}
        assert len(fills) == len(trades), "a trade told twice"
        for name, told in self.placed.items():
            assert told["orderId"] in by_id, f"lost: {name}"
            self._check_order(told, by_id[told["orderId"]], fills, name in self.cancelled)
        ours = {name for name in named if name.startswith(f"{self.name}-")}
        assert ours - self.placed.keys() <= self.unknown, "an order that nobody sent"
        self._check_money(trades, orders, balances, gifts)
        return Counter(
            orders=len(self.placed),
            fills=sum(len(told["fills"]) for told in self.placed.values()),
            cancels=len(self.cancelled),
            unknown=len(self.unknown),
            unknown_applied=len(ours & self.unknown),
        )

    def _check_order(
        self, told: dict[str, Any], kept: dict[str, Any], fills: dict[int, dict[str, Any]], cancelled: bool
    ) -> None:
        for field in ("clientOrderId", "price", "origQty", "side"):
            assert kept[field] == told[field], (told, kept)
        assert Decimal(kept["executedQty"]) >= Decimal(told["executedQty"]), (told, kept)
        if cancelled:
            assert kept["status"] == "CANCELED", (told, kept)
        for fill in told["fills"]:
            trade = fills[fill["tradeId"]]
            assert trade["orderId"] == told["orderId"], (fill, trade)
            for field in ("price", "qty", "commission", "commissionAsset"):
                assert trade[field] == fill[field], (fill, trade)

    def _check_money(
        self,
        trades: list[dict[str, Any]],
        orders: list[dict[str, Any]],
        balances: dict[str, dict[str, str]],
        gifts: int,
    ) -> None:
        """What there was, with every trade booked once, is what there is; what is held is what open orders need."""
        has = {BASE: Decimal(), QUOTE: Decimal(gifts * GIFT_ATOMS) / 10**8}
        for one in trades:
            sign = 1 if one["isBuyer"] else -1
            has[BASE] += sign * Decimal(one["qty"])
            has[QUOTE] -= sign * Decimal(one["quoteQty"])
            has[one["commissionAsset"]] -= Decimal(one["commission"])
        held = {BASE: Decimal(), QUOTE: Decimal()}
        for one in orders:
            if one["status"] in ("NEW", "PARTIALLY_FILLED"):
                left = Decimal(one["origQty"]) - Decimal(one["executedQty"])
                if one["side"] == "BUY":
                    held[QUOTE] += left * Decimal(one["price"])
                else:
                    held[BASE] += left
        for asset in (BASE, QUOTE):
            total = Decimal(balances[asset]["free"]) + Decimal(balances[asset]["locked"])
            began = self.first.setdefault(asset, total - has[asset])
            assert abs(total - began - has[asset]) <= SHOWN * (len(trades) + 1), (asset, total, began, has)
            # Whoever made the books holds money for other markets too, where nothing happens here.
            elsewhere = Decimal(balances[asset]["locked"]) - held[asset]
            assert elsewhere == self.first.setdefault(f"{asset} held elsewhere", elsewhere), (asset, balances, held)


async def pages(client: RestClient, path: str, name: str) -> list[dict[str, Any]]:
    """All rows of an account's list, from the first id on."""
    rows: list[dict[str, Any]] = []
    key = "id" if path == "myTrades" else "orderId"
    while True:
        first = rows[-1][key] + 1 if rows else 0
        reply = await client.ask("GET", path, symbol=SYMBOL, limit=PAGE, **{name: first})
        assert reply.status == 200, reply
        rows += reply.json
        if len(reply.json) < PAGE:
            return rows


class Depositor:
    """Deposits straight at the engine, as a bridge does, and asks again what was not answered."""

    def __init__(self) -> None:
        self.deposits: list[Deposit] = []

    async def deposit(self, exchange: RunningExchange) -> None:
        """One after the other, until the engine is gone."""
        client = await EngineClient.connect(Places(exchange.data).socket)
        try:
            while True:
                one = Deposit(f"gift {len(self.deposits)}", None)
                self.deposits.append(one)
                sequence, _ = await self._submit(client, one)
                self.deposits[-1] = one._replace(told=sequence)
                await asyncio.sleep(0.003)
        except (EngineGone, EngineRefused):
            pass
        finally:
            client.close()

    async def check(self, exchange: RunningExchange) -> int:
        """Ask for every deposit again: each moves money once, the first time. How many had had no answer."""
        client = await EngineClient.connect(Places(exchange.data).socket)
        unanswered = 0
        try:
            for i, one in enumerate(self.deposits):
                sequence, event = await self._submit(client, one)
                repeats = bool(event.flags & EventFlag.REPEATED)
                if one.told is None:
                    unanswered += 1
                    self.deposits[i] = one._replace(told=event.trade_id if repeats else sequence)
                else:
                    assert repeats, f"lost: {one.reference}"
                    assert event.trade_id == one.told, (one, event)
        finally:
            client.close()
        return unanswered

    async def _submit(self, client: EngineClient, one: Deposit) -> tuple[int, Event]:
        outcome = await client.submit(one.command(), one.reference)
        [event] = outcome.events
        assert event.kind == EventKind.TRANSFERRED, event
        return outcome.sequence, event


def traders(exchange: RunningExchange, seed: int) -> list[Trader]:
    """alice and bob, and two of those who made the books."""
    participants = json.loads((exchange.data / "keys" / "participants.json").read_text())
    keys: Iterable[tuple[str, dict[str, str]]] = [
        *((name, exchange.accounts[name]) for name in TRADERS),
        *list(participants.items())[:2],
    ]
    return [Trader(name, one, seed) for name, one in keys]
