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
    # Cancels, replacements, amendments
    CANCEL_RESTRICTED = 40
    REPLACEMENT_REFUSED = 41
    NOT_ATTEMPTED = 42
    QUANTITY_INCREASE = 43
    NO_CHANGE = 44
    BELOW_EXECUTED = 45
    # Transfers and references
    INVALID_TRANSFER = 60
    AMOUNT_OUT_OF_RANGE = 61
    REFERENCE_MISSING = 62
    REFERENCE_REUSED = 63
    ASSET_FULL = 64
    # Listing and controls
    INVALID_COMMAND = 80
    ALREADY_LISTED = 81
    HOUSE_MISSING = 82
    LISTING_NOT_EXACT = 83
    LISTING_OVERFLOWS = 84
    FEE_OUT_OF_RANGE = 85
