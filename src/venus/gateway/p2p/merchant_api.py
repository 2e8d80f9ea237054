"""What merchants' programs call of Binance's C2C API, carried out by this door's own handlers.

Binance documents its history alone; the paths, names and numbers here are those that public clients send and read. A
call's parameters are a JSON body beside a signed query, and nobody signs that body: so it is here. What is not known is
passed over.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, Handler, names
from venus.gateway.binance.params import Params
from venus.gateway.p2p.adverts import Adverts
from venus.gateway.p2p.chat import Chat
from venus.gateway.p2p.house import Market
from venus.gateway.p2p.orders import Orders
from venus.gateway.p2p.reads import Reads
from venus.gateway.p2p.steps import Steps
from venus.packs.p2p_methods import method_of
from venus.registry.credentials import Permission

PREFIX = "/sapi/v1/c2c"
STATES = {
    "OPEN": (1, "TRADING"),
    "PAID": (2, "BUYER_PAYED"),
    "COMPLETED": (4, "COMPLETED"),
    "DISPUTED": (5, "IN_APPEAL"),
    "CANCELLED": (6, "CANCELLED"),
}
"""By our names: an order's number in requests and its name in answers."""
ADVERT_STATES = {"ONLINE": 1, "RESTING": 3, "CLOSED": 4}
FIXED, FLOATING = 1, 2
Said = Mapping[str, Any]
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
        return tuple(
            Endpoint(method, f"{PREFIX}/{path}", self._asking(ask), 1, names(read), permission, takes_json=True)
            for method, path, read, permission, ask in TABLE
        )

    def _asking(self, ask: Ask) -> Handler:
        async def answer(desk: Desk, call: Call) -> bytes:
            try:
                body = msgspec.json.decode(call.body, type=dict[str, Any]) if call.body.strip() else {}
            except msgspec.MsgspecError:
                raise errors.bad_json("body") from None
            data = await ask(self, desk, call, {**call.params.values, **body})
            facts = {"code": "000000", "message": "success", "success": True, "data": data}
            if isinstance(data, _Page):
                facts |= {"data": data.rows, "total": data.total}
            return msgspec.json.encode(facts)

        answer.__doc__ = ask.__doc__
        return answer

    @staticmethod
    async def _own(handler: Handler, desk: Desk, call: Call, **params: Any) -> Any:
        """What one of our own handlers answers to these parameters; those that are None are not sent."""
        sent = {name: _text(value) for name, value in params.items() if value not in (None, "", [])}
        inner = Call(Params(sent), call.now_ns, call.unit_ns, call.account, call.deadline_ns, call.key)
        return msgspec.json.decode(await handler(desk, inner))

    # Adverts

    async def search(self, desk: Desk, call: Call, said: Said) -> Any:
        """Adverts of others that can be taken."""
        found = await self._own(
            self._reads.adverts,
            desk,
            call,
            side=said.get("tradeType"),
            asset=said.get("asset"),
            fiat=said.get("fiat"),
            amount=said.get("transAmount"),
            methods=[key for key in said.get("payTypes") or [] if method_of(key)],
            page=said.get("page"),
            rows=said.get("rows"),
        )
        return _Page(
            found["total"], [{"adv": _advert(row), "advertiser": _person(row["maker"])} for row in found["rows"]]
        )

    async def mine(self, desk: Desk, call: Call, said: Said) -> Any:
        """One's own adverts."""
        found = await self._own(
            self._adverts.mine, desk, call, state=_state(said), page=said.get("page"), rows=said.get("rows")
        )
        rows = [_advert(row) for row in found["rows"]]
        kept = ("tradeType", "asset", "fiatUnit")
        return _Page(found["total"], [row for row in rows if all(said.get(name) in (None, row[name]) for name in kept)])

    async def advert(self, desk: Desk, call: Call, said: Said) -> Any:
        """One advert."""
        return _advert(await self._own(self._reads.advert, desk, call, advert=said.get("adsNo")))

    async def post(self, desk: Desk, call: Call, said: Said) -> Any:
        """Post an advert; its number."""
        offer = _offer(said) | {"side": said.get("tradeType"), "asset": said.get("asset"), "fiat": said.get("fiatUnit")}
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
        offer = {name: value for name, value in _offer(said).items() if value not in (None, "", [])}
        if "price" in offer or "margin" in offer:
            priced = {}
        if "paymentAccounts" in offer:
            del before["methods"]
        fields = asked | before | priced | offer
        await self._own(self._adverts.edit, desk, call, advert=said.get("advNo"), **fields)
        return True

    async def update_status(self, desk: Desk, call: Call, said: Said) -> Any:
        """Put adverts online, to rest, or close them."""
        numbers, state = said.get("advNos") or [], _state(said)
        for number in numbers:
            await self._own(self._adverts.set_state, desk, call, advert=number, state=state)
        return {"total": len(numbers), "success": len(numbers), "fail": 0, "failList": []}

    # Orders

    async def orders(self, desk: Desk, call: Call, said: Said) -> Any:
        """One's own orders."""
        wanted = said.get("orderStatusList") or ([said["orderStatus"]] if said.get("orderStatus") else [])
        states = [name for name, (number, word) in STATES.items() if number in wanted or word in wanted]
        found = await self._own(
            self._orders.listing,
            desk,
            call,
            state=states,
            side=said.get("tradeType"),
            asset=said.get("asset"),
            startTime=said.get("startDate"),
            endTime=said.get("endDate"),
            page=said.get("page"),
            rows=said.get("rows"),
        )
        return _Page(found["total"], [_order(row) for row in found["rows"]])

    async def order(self, desk: Desk, call: Call, said: Said) -> Any:
        """One order, with the accounts that were declared for it."""
        row = await self._own(self._orders.one, desk, call, order=said.get("adOrderNo") or said.get("orderNumber"))
        sides = [("buyer", row["payer"]), ("seller", row["payee"])]
        return _order(row) | {
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
            "notifyPayEndTime": row["payDue"],
            "counterpartName": row["verifiedName"],
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


class _Page(msgspec.Struct, frozen=True):
    total: int
    rows: list[Any]


_READS, _ACTS, _MOVES = Permission.USER_DATA, Permission.TRADE, Permission.WITHDRAW
TABLE: tuple[tuple[str, str, str, Permission, Ask], ...] = (
    ("POST", "ads/search", "", _READS, MerchantApi.search),
    ("POST", "ads/listWithPagination", "", _READS, MerchantApi.mine),
    ("POST", "ads/getDetailByNo", "adsNo:advert", _READS, MerchantApi.advert),
    ("POST", "ads/post", "", _ACTS, MerchantApi.post),
    ("POST", "ads/update", "", _ACTS, MerchantApi.update),
    ("POST", "ads/updateStatus", "", _ACTS, MerchantApi.update_status),
    ("POST", "orderMatch/listOrders", "", _READS, MerchantApi.orders),
    ("POST", "orderMatch/getUserOrderDetail", "adOrderNo:order", _READS, MerchantApi.order),
    ("POST", "orderMatch/markOrderAsPaid", "", _ACTS, MerchantApi.mark_paid),
    ("POST", "orderMatch/releaseCoin", "", _MOVES, MerchantApi.release),
    ("POST", "orderMatch/cancelOrder", "", _ACTS, MerchantApi.cancel),
    ("GET", "chat/retrieveChatMessagesWithPagination", "orderNo:order page rows", _READS, MerchantApi.messages),
)
"""Method, path, what the query may hold, what the key must be allowed, and who answers."""


def _text(value: Any) -> str:
    """A JSON value as a parameter: numbers as decimal text, lists with commas."""
    if isinstance(value, list):
        return ",".join(map(str, value))
    if isinstance(value, float):
        return f"{value:.8f}".rstrip("0").rstrip(".")
    return str(value)


def _offer(said: Said) -> dict[str, Any]:
    """What an advert says, by our names."""
    methods = said.get("tradeMethods") or []
    accounts = [one["payId"] for one in methods if isinstance(one, dict) and one.get("payId")]
    floats = said.get("priceType") == FLOATING or ("priceType" not in said and "priceFloatingRatio" in said)
    return {
        "amount": said.get("initAmount"),
        "fiatMin": said.get("minSingleTransAmount"),
        "fiatMax": said.get("maxSingleTransAmount"),
        "price": None if floats else said.get("price"),
        "margin": said.get("priceFloatingRatio") if floats else None,
        "payMinutes": said.get("payTimeLimit"),
        "paymentAccounts": accounts,
        "methods": [] if accounts else [one["identifier"] for one in methods if isinstance(one, dict)],
        "terms": said.get("remarks"),
        "autoReply": said.get("autoReplyMsg"),
        "minDays": said.get("buyerRegDaysLimit") or None,
    }


def _state(said: Said) -> str | None:
    """Our name of `advStatus`; raises ApiError for a number that is none."""
    sent = said.get("advStatus")
    if sent is None:
        return None
    for name, number in ADVERT_STATES.items():
        if str(sent) == str(number):
            return name
    raise errors.bad_value("advStatus")


def _advert(row: Said) -> dict[str, Any]:
    return {
        "advNo": row["advert"],
        # As its maker sees it: who takes an advert to buy takes one that sells.
        "tradeType": "SELL" if row["side"] == "BUY" else "BUY",
        "asset": row["asset"],
        "fiatUnit": row["fiat"],
        "advStatus": ADVERT_STATES[row["state"]],
        "priceType": FLOATING if row["margin"] else FIXED,
        "price": row["price"],
        "priceFloatingRatio": row["margin"],
        "surplusAmount": row["amount"],
        "minSingleTransAmount": row["fiatMin"],
        "maxSingleTransAmount": row["fiatMax"],
        "payTimeLimit": row["payMinutes"],
        "tradeMethods": [{"identifier": key, "tradeMethodName": _method_name(key)} for key in row["methods"]],
        "remarks": row["terms"],
        "autoReplyMsg": row["autoReply"],
        "createTime": row["createTime"],
    }


def _person(row: Said | None) -> dict[str, Any] | None:
    if row is None:
        return None
    percent = row["month"]["completionPercent"]
    return {
        "userNo": row["trader"],
        "nickName": row["nickname"],
        "monthOrderCount": row["month"]["orders"],
        "monthFinishRate": None if percent is None else str(float(percent) / 100),
        "userType": "user" if row["tier"] == "NONE" else "merchant",
    }


def _order(row: Said) -> dict[str, Any]:
    number, word = STATES[row["state"]]
    buys = row["side"] == "BUY"
    other = row["seller" if buys else "buyer"] or {"nickname": ""}
    return {
        "orderNumber": row["order"],
        "advNo": row["advert"],
        "tradeType": row["side"],
        "asset": row["asset"],
        "fiat": row["fiat"],
        "amount": row["amount"],
        "totalPrice": row["fiatAmount"],
        "unitPrice": row["price"],
        "orderStatus": word,
        "orderStatusNumber": number,
        "createTime": row["createTime"],
        "commission": row["fee"],
        "counterPartNickName": other["nickname"],
        "payMethodName": _method_name(row["method"]),
    }


def _method_name(key: str) -> str:
    known = method_of(key)
    return key if known is None else known.name_en
