"""What the engine refuses, in the outside's words.

Inside, a refusal is a `Reject`; here one table says it as clients know it, and a test proves the table total. Where the
words depend on what was asked, it is looked at: which filter, which feature.
Source: [D] errors.md; filters.md.
"""

from enum import IntEnum
from typing import NamedTuple

from venus.gateway.binance import errors
from venus.gateway.binance.errors import ApiError
from venus.gateway.binance.symbols import Market
from venus.records.commands import (
    DISPLAY_BITS,
    DISPLAY_LOTS_MAX,
    PRICED_TYPES,
    Command,
    CommandFlag,
    Feature,
    ListType,
)
from venus.records.rejects import Reject


class Operation(IntEnum):
    """What the engine was asked: its refusals carry the operation's code."""

    ORDER = -2010
    CANCEL = -2011
    AMEND = -2038


class Words(NamedTuple):
    """A reject said outside. `code` None: the operation's own code."""

    code: int | None
    message: str
    status: int = 400


_NOT_FROM_AN_ORDER = Words(-1000, "An unknown error occurred while processing the request.", 500)

BINANCE_ERROR: dict[Reject, Words] = {
    Reject.UNKNOWN_ACCOUNT: Words(-2015, "Invalid API-key, IP, or permissions for action.", 401),
    Reject.UNKNOWN_SYMBOL: Words(-1121, "Invalid symbol."),
    Reject.UNKNOWN_ORDER: Words(None, "Unknown order sent."),
    Reject.ACCOUNT_FROZEN: Words(None, "This account may not place or cancel orders."),
    Reject.SYMBOL_HALTED: Words(None, "Market is closed."),
    Reject.INVALID_ORDER: Words(-1014, "Unsupported order combination."),
    Reject.STP_NOT_ALLOWED: Words(-1013, "This symbol does not allow the specified self-trade prevention mode."),
    Reject.PRICE_OUT_OF_RANGE: Words(-1013, "Filter failure: PRICE_FILTER"),
    Reject.QUANTITY_OUT_OF_RANGE: Words(-1013, "Filter failure: LOT_SIZE"),
    Reject.NOTIONAL_TOO_LARGE: Words(-1013, "Filter failure: NOTIONAL"),
    Reject.NOTIONAL_TOO_SMALL: Words(-1013, "Filter failure: NOTIONAL"),
    Reject.DUPLICATE_CLIENT_ID: Words(None, "Duplicate order sent."),
    Reject.TOO_MANY_ORDERS: Words(-1013, "Filter failure: MAX_NUM_ORDERS"),
    Reject.INSUFFICIENT_FREE: Words(None, "Account has insufficient balance for requested action."),
    Reject.WOULD_MATCH: Words(None, "Order would immediately match and take."),
    Reject.WOULD_TRIGGER: Words(None, "Order would trigger immediately."),
    Reject.ICEBERG_TOO_LARGE: Words(None, "IcebergQty exceeds QTY."),
    Reject.TOO_MANY_PARTS: Words(-1013, "Filter failure: ICEBERG_PARTS"),
    Reject.NO_PEG_PRICE: Words(None, "Order book liquidity is too low for this pegged order."),
    Reject.PERCENT_PRICE: Words(-1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
    Reject.POSITION_TOO_LARGE: Words(-1013, "Filter failure: MAX_POSITION"),
    Reject.TOO_MANY_ALGO_ORDERS: Words(-1013, "Filter failure: MAX_NUM_ALGO_ORDERS"),
    Reject.TOO_MANY_ICEBERGS: Words(-1013, "Filter failure: MAX_NUM_ICEBERG_ORDERS"),
    Reject.TRAILING_OUT_OF_RANGE: Words(-1013, "Filter failure: TRAILING_DELTA"),
    Reject.NO_LAST_PRICE: Words(None, "Order book liquidity is less than symbol minimum quantity."),
    Reject.TOO_MANY_AMENDS: Words(None, "Filter failure: MAX_NUM_ORDER_AMENDS"),
    Reject.NOT_STARTED: Words(None, "Order amend (pending OPO order) is not supported."),
    # The order that the list was refused for has its own words; these are never said.
    Reject.LIST_REFUSED: Words(None, "The order list was refused for one of its orders."),
    Reject.BAD_LIST_PRICES: Words(None, "The relationship of the prices for the orders is not correct."),
    Reject.DUPLICATE_LIST_ID: Words(None, "Duplicate order sent."),
    Reject.TOO_MANY_LISTS: Words(-1013, "Filter failure: MAX_NUM_ORDER_LISTS"),
    Reject.NOT_ALLOWED_ON_SYMBOL: Words(None, "Unsupported order combination"),
    Reject.ASSET_LIMIT: Words(-1013, "Filter failure: MAX_ASSET"),
    Reject.TOO_MANY_ON_EXCHANGE: Words(-1013, "Filter failure: EXCHANGE_MAX_NUM_ORDERS"),
    Reject.TOO_MANY_ALGO_ON_EXCHANGE: Words(-1013, "Filter failure: EXCHANGE_MAX_NUM_ALGO_ORDERS"),
    Reject.TOO_MANY_ICEBERGS_ON_EXCHANGE: Words(-1013, "Filter failure: EXCHANGE_MAX_NUM_ICEBERG_ORDERS"),
    Reject.TOO_MANY_LISTS_ON_EXCHANGE: Words(-1013, "Filter failure: EXCHANGE_MAX_NUM_ORDER_LISTS"),
    Reject.CANCEL_RESTRICTED: Words(None, "Order was not canceled due to cancel restrictions."),
    # Both halves of a cancel-replace are told apart by the rest of the answer; these stand for the half not tried.
    Reject.REPLACEMENT_REFUSED: Words(-2022, "Order cancel-replace failed."),
    Reject.NOT_ATTEMPTED: Words(-2022, "Order cancel-replace failed."),
    Reject.QUANTITY_INCREASE: Words(None, "Order amend (quantity increase) is not supported."),
    Reject.NO_CHANGE: Words(None, "The requested action would change no state; rejecting."),
    Reject.BELOW_EXECUTED: Words(-1013, "Filter failure: LOT_SIZE"),
    # No door of this API gives these commands; said here so that a mistake of ours is an honest 500, never silence.
    Reject.UNKNOWN_ASSET: _NOT_FROM_AN_ORDER,
    Reject.UNKNOWN_COUNTERPARTY: _NOT_FROM_AN_ORDER,
    Reject.INVALID_TRANSFER: _NOT_FROM_AN_ORDER,
    Reject.AMOUNT_OUT_OF_RANGE: _NOT_FROM_AN_ORDER,
    Reject.REFERENCE_MISSING: _NOT_FROM_AN_ORDER,
    Reject.REFERENCE_REUSED: _NOT_FROM_AN_ORDER,
    Reject.ASSET_FULL: _NOT_FROM_AN_ORDER,
    Reject.LINK_BROKEN: _NOT_FROM_AN_ORDER,
    Reject.INVALID_COMMAND: _NOT_FROM_AN_ORDER,
    Reject.ALREADY_LISTED: _NOT_FROM_AN_ORDER,
    Reject.HOUSE_MISSING: _NOT_FROM_AN_ORDER,
    Reject.LISTING_NOT_EXACT: _NOT_FROM_AN_ORDER,
    Reject.LISTING_OVERFLOWS: _NOT_FROM_AN_ORDER,
    Reject.FEE_OUT_OF_RANGE: _NOT_FROM_AN_ORDER,
    # Of institutions, coins and holders (gateway/issuance has words for them).
    **{reason: _NOT_FROM_AN_ORDER for reason in Reject if reason >= Reject.NOT_FOUNDED},
}


def refusal(reason: int, operation: Operation) -> ApiError:
    """The engine's reject, said outside."""
    words = BINANCE_ERROR[Reject(reason)]
    return ApiError(operation if words.code is None else words.code, words.message, status=words.status)


BY_RULES = (Reject.NOT_ALLOWED_ON_SYMBOL, Reject.QUANTITY_OUT_OF_RANGE, Reject.PERCENT_PRICE)
"""Rejects whose words depend on what the symbol allows, which may have changed since the door last looked."""


class RefusedByRules(ApiError):
    """Said with what the door knows of the symbol; whoever can look again may say it better."""

    reason: Reject


_FEATURE_WORDS = {
    Feature.ICEBERG: "Iceberg orders are not supported for this symbol.",
    Feature.TRAILING: "Trailing stop orders are not supported for this symbol.",
    Feature.PEG: "Pegged orders are not supported for this symbol.",
    Feature.QUOTE_MARKET: "Quote order qty market orders are not support for this symbol.",
    Feature.CANCEL_REPLACE: "Order cancel-replace is not supported for this symbol.",
    Feature.AMEND: "Order amend is not supported for this symbol.",
    Feature.OCO: "OCO orders are not supported for this symbol",
    Feature.OTO: "OTO orders are not supported for this symbol.",
    Feature.OPO: "OPO orders are not supported for this symbol.",
}
_LIST_FEATURES = {
    ListType.OCO: Feature.OCO,
    ListType.OTO: Feature.OTO,
    ListType.OTOCO: Feature.OTO | Feature.OCO,
    ListType.OPO: Feature.OTO | Feature.OPO,
    ListType.OPOCO: Feature.OTO | Feature.OPO | Feature.OCO,
}


def order_refusal(command: Command, market: Market, reason: Reject, *, replaces: bool = False) -> ApiError:
    """An order that the engine refused; `replaces`: as the second half of a cancel-replace."""
    error = _order_refusal(command, market, reason, replaces=replaces)
    if reason not in BY_RULES:
        return error
    refused = RefusedByRules(error.code, error.message, status=error.status)
    refused.reason = reason
    return refused


def _order_refusal(command: Command, market: Market, reason: Reject, *, replaces: bool) -> ApiError:
    if reason is Reject.QUANTITY_OUT_OF_RANGE and _is_market_lot_size(command, market):
        return errors.filter_failure("MARKET_LOT_SIZE")
    if reason is Reject.PERCENT_PRICE and not market.features & Feature.PERCENT_BY_SIDE:
        return errors.filter_failure("PERCENT_PRICE")
    if reason is Reject.NOT_ALLOWED_ON_SYMBOL:
        asked = features_asked(command) | (Feature.CANCEL_REPLACE if replaces else Feature(0))
        return feature_refusal(asked, market, Operation.ORDER)
    return refusal(reason, Operation.ORDER)


def list_refusal(list_type: ListType, market: Market, reason: Reject) -> ApiError:
    """A list that the engine refused for itself, not for one of its orders."""
    if reason is Reject.NOT_ALLOWED_ON_SYMBOL:
        return feature_refusal(_LIST_FEATURES[list_type], market, Operation.ORDER)
    return refusal(reason, Operation.ORDER)


def feature_refusal(asked: Feature, market: Market, operation: Operation) -> ApiError:
    """The first feature asked for that the symbol does not allow."""
    for feature, words in _FEATURE_WORDS.items():
        if feature & asked & ~market.features:
            return ApiError(operation, words)
    return refusal(Reject.NOT_ALLOWED_ON_SYMBOL, operation)


def features_asked(command: Command) -> Feature:
    """What an order needs its symbol to allow. Source: docs/rules/filters.md, "Features"."""
    asked = Feature(0)
    if command.target_lo & DISPLAY_LOTS_MAX:
        asked |= Feature.ICEBERG
    if command.target_lo >> DISPLAY_BITS:
        asked |= Feature.TRAILING
    if command.peg:
        asked |= Feature.PEG
    if command.flags & CommandFlag.IN_QUOTE:
        asked |= Feature.QUOTE_MARKET
    return asked


def _is_market_lot_size(command: Command, market: Market) -> bool:
    """Whether it is the quantities of market orders that an order by lots is beyond, and not those of all."""
    if command.type in PRICED_TYPES or command.flags & CommandFlag.IN_QUOTE:
        return False
    listing = market.listing
    below = listing.quantity_lots_min <= command.quantity < market.figures.market_lots_min
    return below or command.quantity > listing.market_lots_max
