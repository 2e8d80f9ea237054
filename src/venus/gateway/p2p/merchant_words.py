"""Words and numbers of Binance's C2C calls, and ours.

Source: Binance's reference of its agents' C2C calls (github binance/binance-skills-hub, skills/binance/p2p, commit
7e9cf9b of 2026-08-18), which public clients of the calls beside them bear out; docs/rules/p2p_door.md, "Merchants'
programs", says what nothing public tells.
"""

from collections.abc import Mapping
from typing import Any

from venus.gateway.binance import errors
from venus.packs.p2p_methods import method_of

STATES = {
    "OPEN": (1, "TRADING"),
    "PAID": (2, "BUYER_PAYED"),
    "COMPLETED": (4, "COMPLETED"),
    "DISPUTED": (5, "IN_APPEAL"),
    "CANCELLED": (6, "CANCELLED"),
}
"""By our names: an order's number and its name."""
BY_SYSTEM = (7, "CANCELLED_BY_SYSTEM")
"""Of a CANCELLED one, if it was nobody's act."""
ADVERT_STATES = {"ONLINE": 1, "RESTING": 3, "CLOSED": 4}
FIXED, FLOATING = 1, 2
SIDES = {"BUY": "BUY", "SELL": "SELL", "0": "BUY", "1": "SELL"}
Said = Mapping[str, Any]

_SYSTEMS = ("TIMED_OUT", "LAWFUL", "SILENCE")
_NO_MERCHANT, _MASS, _MERCHANTS = "NONE", "mass", "profession"
_KEYS = {"wechat": "wechat_pay"}
"""Identifiers that are not our keys in other letters."""


def key_of(identifier: str, fiat: str) -> str:
    """Our key of a way to pay in a currency; what is none stays as it is, and is refused as such."""
    key = identifier.lower()
    key = f"bank_{fiat.lower()}" if key == "bank" else _KEYS.get(key, key)
    return key if method_of(key) else identifier


def method_facts(key: str) -> dict[str, Any]:
    return {"identifier": key, "tradeMethodName": method_name(key)}


def side_of(said: Said) -> str | None:
    """Raises ApiError for what is no side."""
    sent = said.get("tradeType")
    if sent is None or sent == "":
        return None
    if str(sent).upper() not in SIDES:
        raise errors.bad_value("tradeType")
    return SIDES[str(sent).upper()]


def states_of(said: Said) -> tuple[list[str], frozenset[int]]:
    """The states of orders that are asked for, by our names, and their numbers; none: all of them."""
    sent = said.get("orderStatusList") or ([said["orderStatus"]] if said.get("orderStatus") not in (None, "") else [])
    wanted = {str(one) for one in sent}
    rows = [*STATES.items(), ("CANCELLED", BY_SYSTEM)]
    found = [(name, number) for name, (number, word) in rows if {str(number), word} & wanted]
    if len(found) < len(wanted):
        raise errors.bad_value("orderStatus")
    return list(dict.fromkeys(name for name, _ in found)), frozenset(number for _, number in found)


def text_of(value: Any) -> str:
    """A JSON value as a parameter: numbers as decimal text, lists with commas."""
    if isinstance(value, list):
        return ",".join(map(str, value))
    if isinstance(value, float):
        return f"{value:.8f}".rstrip("0").rstrip(".")
    return str(value)


def offer_of(said: Said, fiat: str) -> dict[str, Any]:
    """What an advert says, by our names. fiat: its currency."""
    methods = [one for one in said.get("tradeMethods") or [] if isinstance(one, dict)]
    accounts = [one["payId"] for one in methods if one.get("payId")]
    floats = said.get("priceType") == FLOATING or ("priceType" not in said and "priceFloatingRatio" in said)
    return {
        "amount": said.get("initAmount"),
        "fiatMin": said.get("minSingleTransAmount"),
        "fiatMax": said.get("maxSingleTransAmount"),
        "price": None if floats else said.get("price"),
        "margin": said.get("priceFloatingRatio") if floats else None,
        "payMinutes": said.get("payTimeLimit"),
        "paymentAccounts": accounts,
        "methods": [] if accounts else [key_of(str(one.get("identifier")), fiat) for one in methods],
        "terms": said.get("remarks"),
        "autoReply": said.get("autoReplyMsg"),
        "minDays": said.get("buyerRegDaysLimit") or None,
    }


def state_of(said: Said) -> str | None:
    """Our name of `advStatus`; raises ApiError for a number that is none."""
    sent = said.get("advStatus")
    if sent is None:
        return None
    for name, number in ADVERT_STATES.items():
        if str(sent) == str(number):
            return name
    raise errors.bad_value("advStatus")


def advert_facts(row: Said) -> dict[str, Any]:
    return {
        "advNo": row["advert"],
        "classify": _MASS if (row["maker"] or {"tier": _NO_MERCHANT})["tier"] == _NO_MERCHANT else _MERCHANTS,
        # As its maker sees it: who takes an advert to buy takes one that sells.
        "tradeType": "SELL" if row["side"] == "BUY" else "BUY",
        "asset": row["asset"],
        "fiatUnit": row["fiat"],
        "advStatus": ADVERT_STATES[row["state"]],
        "priceType": FLOATING if row["margin"] else FIXED,
        "price": row["price"],
        "priceFloatingRatio": row["margin"],
        "surplusAmount": row["amount"],
        "tradableQuantity": row["amount"],
        "minSingleTransAmount": row["fiatMin"],
        "maxSingleTransAmount": row["fiatMax"],
        "payTimeLimit": row["payMinutes"],
        "tradeMethods": list(map(method_facts, row["methods"])),
        "remarks": row["terms"],
        "autoReplyMsg": row["autoReply"],
        "createTime": row["createTime"],
        "buyerRegDaysLimit": row["requirements"]["minDays"],
    }


def person_facts(row: Said | None) -> dict[str, Any] | None:
    if row is None:
        return None
    percent = row["month"]["completionPercent"]
    return {
        "userNo": row["trader"],
        "nickName": row["nickname"],
        "orderCount": row["life"]["orders"],
        "monthOrderCount": row["month"]["orders"],
        "monthFinishRate": None if percent is None else str(float(percent) / 100),
        "advConfirmTime": row["month"]["releaseSecondsMean"],
        "userType": "user" if row["tier"] == _NO_MERCHANT else "merchant",
    }


def order_facts(row: Said) -> dict[str, Any]:
    number, word = BY_SYSTEM if row["ending"] in _SYSTEMS and row["state"] == "CANCELLED" else STATES[row["state"]]
    buys = row["side"] == "BUY"
    other = row["seller" if buys else "buyer"] or {"nickname": ""}
    return {
        "orderNumber": row["order"],
        "advNo": row["advert"],
        "tradeType": row["side"],
        "asset": row["asset"],
        "fiat": row["fiat"],
        "fiatSymbol": row["fiat"],
        "amount": row["amount"],
        "totalPrice": row["fiatAmount"],
        "unitPrice": row["price"],
        "orderStatus": word,
        "orderStatusNumber": number,
        "createTime": row["createTime"],
        "commission": row["fee"],
        "counterPartNickName": other["nickname"],
        "buyerNickname": (row["buyer"] or {"nickname": ""})["nickname"],
        "sellerNickname": (row["seller"] or {"nickname": ""})["nickname"],
        "notifyPayEndTime": row["payDue"],
        "confirmPayEndTime": row["releaseDue"],
        "payMethodName": method_name(row["method"]),
    }


def method_name(key: str) -> str:
    known = method_of(key)
    return key if known is None else known.name_en
