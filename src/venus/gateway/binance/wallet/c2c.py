"""Orders between people, as the C2C SDK asks for them. Source: the C2C SDK's "listUserOrderHistory"; it sends its key
and no signature.
"""

from typing import Any

import msgspec

from venus.gateway.binance import errors
from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.params import Params
from venus.gateway.binance.wallet import refusals
from venus.gateway.binance.wallet.reading import amount_text, page_wanted
from venus.packs.p2p_methods import catalogue
from venus.records.p2p import PRICE_UNIT, Fiat
from venus.records.p2p_states import Ending, OrderState
from venus.registry.credentials import Permission
from venus.units import NS_PER_S, decimal
from venus.views.p2p_questions import MarketAnswer, MarketQuestion, P2pOrder, P2pOrdersAnswer, P2pOrdersQuestion

SPAN_DAYS_MAX = 30
KEPT_DAYS = 180
ROWS_DEFAULT = ROWS_MAX = 100
TRADE_TYPES = ("BUY", "SELL")
"""By the number of a command's side."""
STATES = {
    OrderState.OPEN: "TRADING",
    OrderState.PAID: "BUYER_PAYED",
    OrderState.DISPUTED: "IN_APPEAL",
    OrderState.COMPLETED: "COMPLETED",
    OrderState.CANCELLED: "CANCELLED",
}
BY_SYSTEM = "CANCELLED_BY_SYSTEM"
_NOT_ASKED, _SHOWN_CHARS, _PPM_DECIMALS = 0, 3, 6
_SYSTEMS = (Ending.TIMED_OUT, Ending.LAWFUL, Ending.SILENCE)
_DAY_NS = 86_400 * NS_PER_S


async def order_history(desk: Desk, call: Call) -> bytes:
    """Orders between people of at most 30 days within the last six months, the newest first."""
    params = call.params
    trade_type = params.optional("tradeType")
    if trade_type not in (None, *TRADE_TYPES):
        raise errors.bad_value("tradeType")
    start_ns, end_ns = _span(params, call.now_ns)
    skip, limit = page_wanted(params, page="page", size="rows", size_default=ROWS_DEFAULT, size_max=ROWS_MAX)
    question = P2pOrdersQuestion(
        account=call.account,
        side=-1 if trade_type is None else TRADE_TYPES.index(trade_type),
        start_ns=max(start_ns, call.now_ns - KEPT_DAYS * _DAY_NS),
        end_ns=end_ns + 1,
        skip=skip,
        limit=limit,
    )
    answer = await desk.ask(question, P2pOrdersAnswer)
    rows = await _told(desk, call, answer.orders) if answer.orders else []
    return msgspec.json.encode(
        {"code": "000000", "message": "success", "data": rows, "total": answer.total, "success": True}
    )


def _span(params: Params, now_ns: int) -> tuple[int, int]:
    """From and to, both included; as many days as there may be, from or to what was sent, else the last ones."""
    start_ns, end_ns = params.time_ns("startTimestamp"), params.end_time_ns("endTimestamp")
    days_ns = SPAN_DAYS_MAX * _DAY_NS
    if start_ns is None:
        end_ns = now_ns if end_ns is None else end_ns
        return max(0, end_ns - days_ns), end_ns
    if end_ns is None:
        return start_ns, start_ns + days_ns
    if not 0 <= end_ns - start_ns <= days_ns:
        raise refusals.bad_interval(SPAN_DAYS_MAX)
    return start_ns, end_ns


async def _told(desk: Desk, call: Call, orders: list[P2pOrder]) -> list[dict[str, Any]]:
    market = await desk.ask(MarketQuestion(), MarketAnswer)
    fiats = {} if market.terms is None else {fiat.code: fiat for fiat in market.terms.fiats}
    others = {one.seller if one.buyer == call.account else one.buyer for one in orders}
    registry = desk.registry

    def read() -> dict[int, str]:
        known = {account: registry.market.trader(account) for account in others}
        return {account: trader.nickname for account, trader in known.items() if trader is not None}

    nicknames = await desk.off_loop(read)
    if any(one.asset >= len(desk.symbols.assets) for one in orders):
        await desk.symbols.refresh()
    return [_facts(desk, call, one, fiats.get(one.fiat, Fiat(code=one.fiat, exponent=2)), nicknames) for one in orders]


def _facts(desk: Desk, call: Call, one: P2pOrder, fiat: Fiat, nicknames: dict[int, str]) -> dict[str, Any]:
    buys, is_maker = one.buyer == call.account, one.maker == call.account
    asset, method = desk.symbols.assets[one.asset], catalogue().methods.get(one.method)
    fee_atoms = one.buyer_fee_atoms if buys else one.seller_fee_atoms
    fee_ppm = one.buyer_fee_ppm if buys else one.seller_fee_ppm
    nickname = nicknames.get(one.seller if buys else one.buyer, "")
    taker = {}
    if not is_maker:
        got = max(0, one.buyer_atoms - fee_atoms) if buys else one.buyer_atoms + fee_atoms
        taker = {
            "takerCommissionRate": decimal(fee_ppm, _PPM_DECIMALS),
            "takerCommission": amount_text(asset, fee_atoms),
            "takerAmount": amount_text(asset, got if one.ended_ns else one.atoms),
        }
    return {
        "orderNumber": str(one.number),
        "advNo": str(one.advert),
        "tradeType": TRADE_TYPES[0 if buys else 1],
        "asset": asset.code,
        "fiat": one.fiat,
        "fiatSymbol": one.fiat,
        "amount": amount_text(asset, one.atoms),
        "totalPrice": decimal(one.fiat_amount, fiat.exponent),
        "unitPrice": decimal(one.price, len(str(PRICE_UNIT)) - 1),
        "orderStatus": BY_SYSTEM
        if one.state == OrderState.CANCELLED and one.ending in _SYSTEMS
        else STATES[OrderState(one.state)],
        "createTime": one.opened_ns // call.unit_ns,
        "commission": amount_text(asset, fee_atoms),
        "counterPartNickName": nickname[:_SHOWN_CHARS] + "***",
        "payMethodName": str(one.method) if method is None else method.name_en,
        "additionalKycVerify": _NOT_ASKED,
        "advertisementRole": "MAKER" if is_maker else "TAKER",
        **taker,
    }


_NAMES = names("tradeType startTimestamp endTimestamp page rows")

ENDPOINTS = (
    Endpoint(
        "GET",
        "/sapi/v1/c2c/orderMatch/listUserOrderHistory",
        order_history,
        1,
        _NAMES,
        Permission.USER_DATA,
        key_is_enough=True,
    ),
)
