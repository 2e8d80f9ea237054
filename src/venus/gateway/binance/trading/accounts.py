"""What an account owns, what it pays, and how many orders it has left."""

import msgspec

from venus.gateway.binance.endpoint import Call, Desk, Endpoint, names
from venus.gateway.binance.render_filters import asset_filters, exchange_filters, symbol_filters
from venus.gateway.binance.trading.render_accounts import account_facts, commission_facts
from venus.registry.credentials import Permission
from venus.views.balance_questions import BalancesAnswer, BalancesQuestion
from venus.views.catalog import AccountAnswer, AccountQuestion


async def account(desk: Desk, call: Call) -> bytes:
    omit_zero = call.params.boolean("omitZeroBalances", default=False)
    await desk.symbols.refresh()
    facts = await desk.ask(AccountQuestion(call.account), AccountAnswer)
    balances = await desk.ask(BalancesQuestion(call.account), BalancesAnswer)
    return msgspec.json.encode(account_facts(facts, balances, desk.symbols.assets, call.unit_ns, omit_zero=omit_zero))


async def commission(desk: Desk, call: Call) -> bytes:
    market = await call.market(desk)
    facts = await desk.ask(AccountQuestion(call.account), AccountAnswer)
    return msgspec.json.encode(commission_facts(market.code, facts))


async def my_filters(desk: Desk, call: Call) -> bytes:
    """The filters that an account's orders on a symbol meet; none depends on the account."""
    market = await desk.symbols.current_market(call.params.required("symbol"))
    facts = {
        "exchangeFilters": exchange_filters(desk.symbols.limits),
        "symbolFilters": symbol_filters(market),
        "assetFilters": asset_filters([market.base, market.quote]),
    }
    return msgspec.json.encode(facts)


async def order_counts(desk: Desk, call: Call) -> bytes:
    return msgspec.json.encode(desk.limits.order_descriptions(call.account, call.now_ns))


ENDPOINTS = tuple(
    Endpoint("GET", f"/api/v3/{path}", handler, weight, names(read), Permission.USER_DATA)
    for path, handler, weight, read in (
        ("account", account, 20, "omitZeroBalances"),
        ("account/commission", commission, 20, "symbol!"),
        ("rateLimit/order", order_counts, 40, ""),
        ("myFilters", my_filters, 40, "symbol!"),
    )
)
