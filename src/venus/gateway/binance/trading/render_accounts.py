"""An account's standing and rates as JSON says them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from venus.gateway.binance.general import PERMISSION
from venus.gateway.binance.symbols import writer
from venus.units import PPM
from venus.views.balance_questions import BALANCE_ROW, BalancesAnswer
from venus.views.catalog import AccountAnswer, Asset

DISCOUNT_ASSET = "BNB"

_PPM_PER_BASIS_POINT = PPM // 10_000
_PPM_DECIMALS = 6
rate_text = writer(1, _PPM_DECIMALS)
_ZERO_RATE = rate_text(0)


def account_facts(
    account: AccountAnswer, balances: BalancesAnswer, assets: Sequence[Asset], unit_ns: int, *, omit_zero: bool
) -> dict[str, Any]:
    return {
        "makerCommission": account.maker_ppm // _PPM_PER_BASIS_POINT,
        "takerCommission": account.taker_ppm // _PPM_PER_BASIS_POINT,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": _rates(account),
        "canTrade": not account.frozen,
        "canWithdraw": not account.frozen,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": balances.updated_ns // unit_ns,
        "accountType": PERMISSION,
        "balances": balance_facts(balances, assets, omit_zero=omit_zero),
        "permissions": [PERMISSION],
        "uid": account.account,
    }


def balance_facts(answer: BalancesAnswer, assets: Sequence[Asset], *, omit_zero: bool) -> list[dict[str, str]]:
    """Every asset listed, in the order of listing, or those of which the account has any."""
    held = {
        asset: (free_atoms, held_atoms)
        for asset, free_atoms, held_atoms in np.frombuffer(answer.rows, BALANCE_ROW).tolist()
    }
    facts = []
    for asset in assets:
        free_atoms, held_atoms = held.get(asset.number, (0, 0))
        if omit_zero and not free_atoms and not held_atoms:
            continue
        text = writer(1, asset.scale)
        facts.append({"asset": asset.code, "free": text(free_atoms), "locked": text(held_atoms)})
    return facts


def commission_facts(symbol: str, account: AccountAnswer) -> dict[str, Any]:
    """Rates of an account on a symbol: the same on all, and nothing beside the standard ones."""
    none = dict.fromkeys(("maker", "taker", "buyer", "seller"), _ZERO_RATE)
    return {
        "symbol": symbol,
        "standardCommission": _rates(account),
        "specialCommission": none,
        "taxCommission": none,
        "discount": _no_discount(),
    }


def order_commission_facts(account: AccountAnswer) -> dict[str, Any]:
    """Rates that an order of the account would trade at."""
    none = {"maker": _ZERO_RATE, "taker": _ZERO_RATE}
    return {
        "standardCommissionForOrder": {"maker": rate_text(account.maker_ppm), "taker": rate_text(account.taker_ppm)},
        "specialCommissionForOrder": none,
        "taxCommissionForOrder": none,
        "discount": _no_discount(),
    }


def _rates(account: AccountAnswer) -> dict[str, str]:
    return {
        "maker": rate_text(account.maker_ppm),
        "taker": rate_text(account.taker_ppm),
        "buyer": _ZERO_RATE,
        "seller": _ZERO_RATE,
    }


def _no_discount() -> dict[str, Any]:
    return {
        "enabledForAccount": False,
        "enabledForSymbol": False,
        "discountAsset": DISCOUNT_ASSET,
        "discount": _ZERO_RATE,
    }
