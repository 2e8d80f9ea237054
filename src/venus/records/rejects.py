"""Every expected refusal of the core, by number.

A number is journaled in events and so never changes its meaning; a new reject takes a new number.
Source of each: docs/rules/, "Refused".
"""

from enum import IntEnum


class Reject(IntEnum):
    NONE = 0
    # Who and what
    UNKNOWN_ACCOUNT = 1
    UNKNOWN_SYMBOL = 2
    UNKNOWN_ASSET = 3
    UNKNOWN_ORDER = 4
    UNKNOWN_COUNTERPARTY = 5
    ACCOUNT_FROZEN = 6
    SYMBOL_HALTED = 7
    # Orders
    INVALID_ORDER = 20
    STP_NOT_ALLOWED = 21
    PRICE_OUT_OF_RANGE = 22
    QUANTITY_OUT_OF_RANGE = 23
    NOTIONAL_TOO_LARGE = 24
    NOTIONAL_TOO_SMALL = 25
    DUPLICATE_CLIENT_ID = 26
    TOO_MANY_ORDERS = 27
    INSUFFICIENT_FREE = 28
    WOULD_MATCH = 29
    WOULD_TRIGGER = 30
    ICEBERG_TOO_LARGE = 31
    TOO_MANY_PARTS = 32
    NO_PEG_PRICE = 33
    PERCENT_PRICE = 34
    POSITION_TOO_LARGE = 35
    TOO_MANY_ALGO_ORDERS = 36
    TOO_MANY_ICEBERGS = 37
    TRAILING_OUT_OF_RANGE = 38
    NO_LAST_PRICE = 39
    # Cancels, replacements, amendments
    CANCEL_RESTRICTED = 40
    REPLACEMENT_REFUSED = 41
    NOT_ATTEMPTED = 42
    QUANTITY_INCREASE = 43
    NO_CHANGE = 44
    BELOW_EXECUTED = 45
    TOO_MANY_AMENDS = 46
    NOT_STARTED = 47
    # Order lists and what a symbol allows
    LIST_REFUSED = 50
    BAD_LIST_PRICES = 51
    DUPLICATE_LIST_ID = 52
    TOO_MANY_LISTS = 53
    NOT_ALLOWED_ON_SYMBOL = 54
    ASSET_LIMIT = 55
    TOO_MANY_ON_EXCHANGE = 56
    TOO_MANY_ALGO_ON_EXCHANGE = 57
    TOO_MANY_ICEBERGS_ON_EXCHANGE = 58
    TOO_MANY_LISTS_ON_EXCHANGE = 59
    # Transfers and references
    INVALID_TRANSFER = 60
    AMOUNT_OUT_OF_RANGE = 61
    REFERENCE_MISSING = 62
    REFERENCE_REUSED = 63
    ASSET_FULL = 64
    LINK_BROKEN = 65
    # Listing and controls
    INVALID_COMMAND = 80
    ALREADY_LISTED = 81
    HOUSE_MISSING = 82
    LISTING_NOT_EXACT = 83
    LISTING_OVERFLOWS = 84
    FEE_OUT_OF_RANGE = 85
