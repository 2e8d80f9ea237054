"""Why the door does not let something be done that the core would; each has its words in system_texts.py."""

from enum import StrEnum


class Refusal(StrEnum):
    """docs/rules/p2p_conduct.md, "Refusals"."""

    # Who may post
    ACCOUNT_TOO_YOUNG = "ACCOUNT_TOO_YOUNG"
    TOO_FEW_ORDERS = "TOO_FEW_ORDERS"
    COMPLETION_TOO_LOW = "COMPLETION_TOO_LOW"
    TOO_FEW_PARTNERS = "TOO_FEW_PARTNERS"
    SECOND_FACTOR_MISSING = "SECOND_FACTOR_MISSING"
    MERCHANT_ONLY = "MERCHANT_ONLY"
    # Limits
    METHOD_LIMIT = "METHOD_LIMIT"
    METHOD_TOO_RISKY = "METHOD_TOO_RISKY"
    AGE_LIMIT = "AGE_LIMIT"
    DAY_LIMIT = "DAY_LIMIT"
    TOO_MANY_OPEN = "TOO_MANY_OPEN"
    TOO_FAST = "TOO_FAST"
    TOO_MANY_CANCELS = "TOO_MANY_CANCELS"
    PROMISED = "PROMISED"
    MAKER_LIMIT = "MAKER_LIMIT"
    # What a maker asks of a taker
    TAKER_COMPLETION = "TAKER_COMPLETION"
    TAKER_ORDERS = "TAKER_ORDERS"
    TAKER_DAYS = "TAKER_DAYS"
    TAKER_FIRST_TIME = "TAKER_FIRST_TIME"
    TAKER_COUNTRY = "TAKER_COUNTRY"
    # Between two people
    BLOCKED = "BLOCKED"
