"""What merchants' programs call of Binance's C2C API, carried out by this door's own handlers.

Binance documents the history, and the calls of agents under c2c/agent/; those beside them have the same names, as
public clients send and read them (merchant_words.py). A call's parameters are a JSON body beside a signed query, and
nobody signs that body: so it is here. What is not known is passed over.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, Handler, names
from venus.gateway.binance.params import Params
from venus.gateway.p2p.adverts import Adverts
from venus.gateway.p2p.chat import Chat
from venus.gateway.p2p.facts import PRICE_DECIMALS, price_text
from venus.gateway.p2p.house import Market
from venus.gateway.p2p.merchant_words import (
    Said,
    advert_facts,
    key_of,
    method_facts,
    offer_of,
    order_facts,
    person_facts,
    side_of,
    state_of,
    states_of,
    text_of,
)
from venus.gateway.p2p.orders import Orders
from venus.gateway.p2p.reads import Reads
from venus.gateway.p2p.steps import Steps
from venus.packs.p2p_methods import catalogue
from venus.registry.credentials import Permission

PREFIX = "/sapi/v1/c2c"
Ask = Callable[["MerchantApi", Desk, Call, Said], Awaitable[Any]]


class MerchantApi:
    def __init__(
        self, market: Market, reads: Reads, adverts: Adverts, orders: Orders, steps: Steps, chat: Chat
    ) -> None:
        self._market = market
        self._reads = reads
        self._adverts = adverts
        self._orders = orders
        self._steps = steps
        self._chat = chat

    def endpoints(self) -> tuple[Endpoint, ...]:
        def row(prefix: str, one: Row, *, for_agents: bool) -> Endpoint:
            method, path, read, permission, ask = one
            handler = self._asking(ask, for_agents=for_agents)
            return Endpoint(method, f"{prefix}/{path}", handler, 1, names(read), permission, takes_json=True)

        return (
            *(row(PREFIX, one, for_agents=False) for one in TABLE),
            *(
                row(f"{PREFIX}/agent", one, for_agents=True)
                for one in (*TABLE, *AGENTS)
                if one[1] not in NOT_FOR_AGENTS
            ),
        )

    def _asking(self, ask: Ask, *, for_agents: bool) -> Handler:
        async def answer(desk: Desk, call: Call) -> bytes:
            try:
                body = msgspec.json.decode(call.body, type=dict[str, Any]) if call.body.strip() else {}
            except msgspec.MsgspecError:
                raise errors.bad_json("body") from None
            data = await ask(self, desk, call, {**call.params.values, **body})
            if for_agents:
                data = _for_agents(data)
            facts = {"code": "000000", "message": "success", "success": True, "data": data}
            if isinstance(data, _Page):
                facts |= {"data": data.rows, "total": data.total}
            return msgspec.json.encode(facts)

        answer.__doc__ = ask.__doc__
        return answer

    @staticmethod
    async def _own(handler: Handler, desk: Desk, call: Call, **params: Any) -> Any:
        """What one of our own handlers answers to these parameters; those that are None are not sent."""
        sent = {name: text_of(value) for name, value in params.items() if value not in (None, "", [])}
        inner = Call(Params(sent), call.now_ns, call.unit_ns, call.account, call.deadline_ns, call.key)
        return msgspec.json.decode(await handler(desk, inner))

    # Adverts

    async def search(self, desk: Desk, call: Call, said: Said) -> Any:
        """Adverts of others that can be taken."""
        found = await self._own(
            self._reads.adverts,
            desk,
            call,
            side=side_of(said),
            asset=said.get("asset"),
            fiat=said.get("fiat"),
            amount=said.get("transAmount"),
            methods=[key_of(str(one), str(said.get("fiat"))) for one in said.get("payTypes") or []],
            tier="BRONZE" if said.get("publisherType") == "merchant" else None,
            page=said.get("page"),
            rows=said.get("rows"),
        )
        return _Page(
            found["total"],
            [{"adv": advert_facts(row), "advertiser": person_facts(row["maker"])} for row in found["rows"]],
        )

    async def mine(self, desk: Desk, call: Call, said: Said) -> Any:
        """One's own adverts."""
        found = await self._own(
            self._adverts.mine, desk, call, state=state_of(said), page=said.get("page"), rows=said.get("rows")
        )
        rows = [advert_facts(row) for row in found["rows"]]
        wanted = {"tradeType": side_of(said), "asset": said.get("asset"), "fiatUnit": said.get("fiatUnit")}
        kept = [row for row in rows if all(one in (None, row[name]) for name, one in wanted.items())]
        return _Page(found["total"], kept)

    async def advert(self, desk: Desk, call: Call, said: Said) -> Any:
        """One advert."""
        return advert_facts(
            await self._own(self._reads.advert, desk, call, advert=said.get("advNo") or said.get("adsNo"))
        )

    async def post(self, desk: Desk, call: Call, said: Said) -> Any:
        """Post an advert; its number."""
        fiat = said.get("fiatUnit")
        offer = offer_of(said, str(fiat)) | {"side": side_of(said), "asset": said.get("asset"), "fiat": fiat}
        return (await self._own(self._adverts.post, desk, call, **offer))["advert"]

    async def update(self, desk: Desk, call: Call, said: Said) -> Any:
        """Change what is named of an advert."""
        known = await self._own(self._reads.advert, desk, call, advert=said.get("advNo"))
        asked = {name: value for name, value in known["requirements"].items() if value is not None}
        before = {
            name: known[name]
            for name in ("amount", "fiatMin", "fiatMax", "payMinutes", "methods", "terms", "autoReply")
        }
        priced = {"margin": known["margin"]} if known["margin"] else {"price": known["price"]}
        offer = {name: value for name, value in offer_of(said, known["fiat"]).items() if value not in (None, "", [])}
        if "price" in offer or "margin" in offer:
            priced = {}
        if "paymentAccounts" in offer:
            del before["methods"]
        fields = asked | before | priced | offer
        await self._own(self._adverts.edit, desk, call, advert=said.get("advNo"), **fields)
        return True

    async def update_status(self, desk: Desk, call: Call, said: Said) -> Any:
        """Put adverts online, to rest, or close them."""
        numbers, state = said.get("advNos") or [], state_of(said)
        failed = []
        for number in numbers:
            try:
                await self._own(self._adverts.set_state, desk, call, advert=number, state=state)
            except errors.ApiError as error:
                failed.append({"advNo": str(number), "errorCode": str(error.code), "errorMessage": error.message})
        counts = {"total": len(numbers), "success": len(numbers) - len(failed), "fail": len(failed)}
        return counts | {"status": not failed, "failList": failed}

    # Orders

    async def orders(self, desk: Desk, call: Call, said: Said) -> Any:
        """One's own orders."""
        states, numbers = states_of(said)
        found = await self._own(
            self._orders.listing,
            desk,
            call,
            state=states,
            side=side_of(said),
            asset=said.get("asset"),
            startTime=said.get("startDate"),
            endTime=said.get("endDate"),
            page=said.get("page"),
            rows=said.get("rows"),
        )
        rows = list(map(order_facts, found["rows"]))
        return _Page(found["total"], [row for row in rows if not numbers or row["orderStatusNumber"] in numbers])

    async def order(self, desk: Desk, call: Call, said: Said) -> Any:
        """One order, with the accounts that were declared for it."""
        row = await self._own(self._orders.one, desk, call, order=said.get("adOrderNo") or said.get("orderNumber"))
        sides = [("buyer", row["payer"]), ("seller", row["payee"])]
        return order_facts(row) | {
            "payMethods": [
                {
                    "id": int(account["paymentAccount"]),
                    "identifier": account["method"],
                    "side": side,
                    "fields": [{"fieldName": name, "fieldValue": account[name]} for name in ("name", "number", "bank")],
                }
                for side, account in sides
                if account is not None
            ],
            "counterpartName": row["verifiedName"],
            "price": row["price"],
            "fiatUnit": row["fiat"],
            "isComplaintAllowed": "APPEAL" in row["may"],
            "confirmPayTime": row["endTime"] if row["state"] == "COMPLETED" else None,
            "cancelTime": row["endTime"] if row["state"] == "CANCELLED" else None,
        }

    async def mark_paid(self, desk: Desk, call: Call, said: Said) -> Any:
        """Say that one has paid."""
        await self._own(self._steps.handler("paid"), desk, call, order=said.get("orderNumber"))
        return True

    async def release(self, desk: Desk, call: Call, said: Said) -> Any:
        """Release the asset, with the code of the second factor."""
        code = said.get("code") or said.get("googleVerifyCode")
        await self._own(self._steps.handler("release"), desk, call, order=said.get("orderNumber"), code=code)
        return True

    async def cancel(self, desk: Desk, call: Call, said: Said) -> Any:
        """Give an order up, as its buyer."""
        await self._own(self._steps.handler("cancel"), desk, call, order=said.get("orderNumber"), reason="OTHER")
        return True

    async def messages(self, desk: Desk, call: Call, said: Said) -> Any:
        """The chat of an order, page by page."""
        found = await self._own(self._chat.read, desk, call, order=said.get("orderNo"))
        size = min(max(int(said.get("rows") or 20), 1), 100)
        first = (max(int(said.get("page") or 1), 1) - 1) * size
        rows = [
            {
                "id": row["place"],
                "orderNo": row["order"],
                "type": row["kind"].lower(),
                "content": row["text"],
                "createTime": row["time"],
            }
            for row in found["rows"][first : first + size]
        ]
        return _Page(found["total"], rows)

    # What there is

    async def reference_prices(self, desk: Desk, call: Call, said: Said) -> Any:
        """What assets are worth by the index."""
        facts, fiat = self._market.facts, str(said.get("fiatCurrency"))
        await facts.refresh_priced()
        wanted = said.get("assets") or []
        return [
            {
                "asset": facts.asset(one.asset).code,
                "currency": one.fiat,
                "currencyScale": facts.fiat(fiat).exponent,
                "currencySymbol": one.fiat,
                "referencePrice": price_text(one.price),
                "assetScale": facts.asset(one.asset).scale,
                "priceScale": PRICE_DECIMALS,
            }
            for one in facts.index
            if one.fiat == fiat and (not wanted or facts.asset(one.asset).code in wanted)
        ]

    async def own_methods(self, desk: Desk, call: Call, said: Said) -> Any:
        """One's own payment accounts, without what stands in them."""
        accounts = await self._market.registry.writings.payment_accounts(call.account)
        told = [self._market.papers.account_facts(one) for one in accounts]
        return [{"payId": int(one["paymentAccount"])} | method_facts(one["method"]) for one in told]

    async def all_methods(self, desk: Desk, call: Call, said: Said) -> Any:
        """Every way to pay that there is."""
        return [method_facts(one.key) for _, one in sorted(catalogue().methods.items())]


def _for_agents(data: Any) -> Any:
    """The same as agents are told it: an order's status is a number."""
    if isinstance(data, _Page):
        return _Page(data.total, [_for_agents(row) for row in data.rows])
    if isinstance(data, dict) and "orderStatusNumber" in data:
        others = {name: value for name, value in data.items() if name != "orderStatusNumber"}
        return others | {"orderStatus": data["orderStatusNumber"]}
    return data


class _Page(msgspec.Struct, frozen=True):
    total: int
    rows: list[Any]


_READS, _ACTS, _MOVES = Permission.USER_DATA, Permission.TRADE, Permission.WITHDRAW
Row = tuple[str, str, str, Permission, Ask]
TABLE: tuple[Row, ...] = (
    ("POST", "ads/search", "", _READS, MerchantApi.search),
    ("POST", "ads/listWithPagination", "", _READS, MerchantApi.mine),
    ("POST", "ads/getDetailByNo", "adsNo:advert advNo:advert", _READS, MerchantApi.advert),
    ("POST", "ads/post", "", _ACTS, MerchantApi.post),
    ("POST", "ads/update", "", _ACTS, MerchantApi.update),
    ("POST", "ads/updateStatus", "", _ACTS, MerchantApi.update_status),
    ("POST", "ads/getReferencePrice", "", _READS, MerchantApi.reference_prices),
    ("POST", "orderMatch/listOrders", "", _READS, MerchantApi.orders),
    ("POST", "orderMatch/getUserOrderDetail", "adOrderNo:order", _READS, MerchantApi.order),
    ("POST", "orderMatch/markOrderAsPaid", "", _ACTS, MerchantApi.mark_paid),
    ("POST", "orderMatch/releaseCoin", "", _MOVES, MerchantApi.release),
    ("POST", "orderMatch/cancelOrder", "", _ACTS, MerchantApi.cancel),
    ("GET", "chat/retrieveChatMessagesWithPagination", "orderNo:order page rows", _READS, MerchantApi.messages),
)
"""Method, path, what the query may hold, what the key must be allowed, and who answers."""
AGENTS: tuple[Row, ...] = (
    ("GET", "ads/getPayMethodByUserId", "", _READS, MerchantApi.own_methods),
    ("POST", "ads/listAllTradeMethods", "", _READS, MerchantApi.all_methods),
)
"""The same of what is documented for agents alone."""
NOT_FOR_AGENTS = frozenset(
    {
        "orderMatch/markOrderAsPaid",
        "orderMatch/releaseCoin",
        "orderMatch/cancelOrder",
        "chat/retrieveChatMessagesWithPagination",
    }
)
"""What agents are not to do."""
