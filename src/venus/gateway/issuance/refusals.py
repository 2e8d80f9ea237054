"""What the core refuses of institutions, coins and holders, in words: one table, which a test proves total.

The code is -30000 - the reject's number, so that a client may go by number; the name stands first in the message.
Where a reject can come from a hot transfer, the words fit it too.
"""

from venus.gateway.binance.errors import ApiError
from venus.records.rejects import Reject

CODE_BASE = -30_000
NOT_HERE = "This cannot come of what was asked here; it is a mistake of ours."

WORDS: dict[Reject, str] = {
    Reject.UNKNOWN_ACCOUNT: "There is no such account.",
    Reject.UNKNOWN_SYMBOL: "There is no such symbol.",
    Reject.UNKNOWN_ASSET: "There is no such asset.",
    Reject.UNKNOWN_ORDER: NOT_HERE,
    Reject.UNKNOWN_COUNTERPARTY: "There is no account of this number to pay to.",
    Reject.ACCOUNT_FROZEN: "The account that pays is frozen.",
    Reject.SYMBOL_HALTED: NOT_HERE,
    Reject.NO_CHANGE: "It is so already: nothing would change.",
    Reject.INSUFFICIENT_FREE: "The account has less free than this.",
    Reject.INVALID_TRANSFER: "Who pays and who is paid, or what is given and what is taken, must differ.",
    Reject.AMOUNT_OUT_OF_RANGE: "The amount is not above 0, or more than there can be.",
    Reject.REFERENCE_MISSING: "A command needs a reference of 1 to 64 characters.",
    Reject.REFERENCE_REUSED: "Another command was applied under this reference.",
    Reject.ASSET_FULL: "There cannot be more of this asset.",
    Reject.LINK_BROKEN: "Another payment of the batch was refused, so none was made.",
    Reject.INVALID_COMMAND: "A field is outside what its rule allows; the rule's page says what.",
    Reject.ALREADY_LISTED: "The code is listed, or the asset is a coin, already.",
    Reject.HOUSE_MISSING: "There is no house account yet.",
    Reject.LISTING_NOT_EXACT: "One lot at one tick is no whole number of quote atoms.",
    Reject.LISTING_OVERFLOWS: "Its limits allow products that no balance could hold.",
    Reject.FEE_OUT_OF_RANGE: "A fee is 0 to 5,000 ppm.",
    Reject.NOT_FOUNDED: "This exchange has no institutions yet.",
    Reject.ALREADY_FOUNDED: "This exchange was founded before; it is founded once.",
    Reject.UNKNOWN_INSTITUTION: "There is no such institution.",
    Reject.WRONG_DUTY: "The institution has not the duty that this needs.",
    Reject.UNKNOWN_SEAT: "There is no such seat.",
    Reject.SEAT_NOT_ACTIVE: "The seat is not active: not yet, not any more, or revoked.",
    Reject.SEAT_TAKEN: "The person sits elsewhere, or the key was used before.",
    Reject.BAD_KEY: "The key is none that only its owner can sign for.",
    Reject.APPROVALS_MISSING: "This needs 1 to 32 approvals.",
    Reject.APPROVAL_EXPIRED: "An approval has expired, or would live longer than seven days.",
    Reject.APPROVAL_DUPLICATE: "One seat approved twice.",
    Reject.BAD_SIGNATURE: "The signature is not this seat's over this very statement.",
    Reject.QUORUM_MISSING: "The approvals are no quorum of whoever must approve, or the supervisor would lose its own.",
    Reject.COIN_SUPPLY: "Coins come and go by mint, burn and redemption alone.",
    Reject.UNKNOWN_COIN: "There is no such coin.",
    Reject.ASSET_IN_USE: "There are units of the asset, so it cannot become a coin.",
    Reject.ACCOUNT_UNSUITED: "The account is of a kind that this cannot use.",
    Reject.UNKNOWN_CALENDAR: "There is no such calendar.",
    Reject.UNKNOWN_RESERVE: "There is no such reserve, or it is closed or another coin's.",
    Reject.RESERVE_SHORT: "The reserve holds less than was paid out of it.",
    Reject.ATTESTATION_OUTDATED: "The reserve was never attested, or the statement is older than what is known.",
    Reject.UNKNOWN_RECEIPT: "No receipt of this number waits to be minted for this coin.",
    Reject.RECEIPT_USED: "The bank's reference was used before.",
    Reject.RECEIPT_DIFFERS: "A mint is for the receipt's account and the whole of its amount.",
    Reject.UNKNOWN_MINTER: "The institution is no minter of this coin.",
    Reject.MINTER_ALLOWANCE: "It is more than the minter may mint now.",
    Reject.MINTING_PAUSED: "Minting is paused.",
    Reject.MINTING_STOPPED: "Minting is stopped: reserves fall short, or a redemption is overdue.",
    Reject.BEYOND_RESERVES: "There would be more coins than the reserves back.",
    Reject.NOTHING_TO_REDEEM: "Less than this waits to be redeemed.",
    Reject.UNKNOWN_REDEMPTION: "There is no such redemption, or it is over.",
    Reject.REDEMPTION_LATE: "The redemption is overdue: it is to be paid, and no longer withdrawn.",
    Reject.UNKNOWN_LAWFUL_ORDER: "There is no such lawful order, or not in force for this account and coin.",
    Reject.ORDER_ENDED: "The lawful order has ended.",
    Reject.APPEAL_PENDING: "The order is under appeal already.",
    Reject.NO_APPEAL: "The order is not under appeal.",
    Reject.UNKNOWN_HOLD: "There is no such hold, or it is over.",
    Reject.NOT_A_PARTY: "The account has no say in this.",
    Reject.TOO_EARLY: "This may be done later, not yet.",
    Reject.WRONG_PREIMAGE: "This is not what the hash lock was made of.",
    Reject.ALLOWANCE_TOO_SMALL: "The spender is allowed less than this.",
    Reject.UNKNOWN_TRADE: "There is no such trade, or it is over.",
    Reject.UNKNOWN_SCHEDULE: "There is no such schedule, or it is over.",
    Reject.NO_HOLDER_KEY: "No key is bound to the account.",
    Reject.HOLDER_SIGNATURE: "The signature is not the holder's over this very statement.",
    Reject.AUTHORIZATION_EXPIRED: "The holder's signature has expired.",
    Reject.UNKNOWN_CURRENCY: "The asset is no currency.",
    Reject.UNKNOWN_OPERATOR: "The currency has no such operator, or its wallets were moved to another.",
    Reject.BEYOND_QUOTA: "The operator would have more outstanding than its quota.",
    Reject.RESERVES_SHORT: "The operator has fewer reserves than this.",
    Reject.UNKNOWN_CLASS: "The regime in force has no such class of wallets.",
    Reject.REGIME_OUTDATED: "A regime begins neither in the past nor before one that was adopted.",
    Reject.NOT_A_WALLET: "The account is no wallet of a currency.",
    Reject.WALLET_CLOSED: "The wallet is closed.",
    Reject.WALLET_NOT_EMPTY: "The wallet, or a sub-wallet of it, has money still.",
    Reject.SUB_WALLETS_FULL: "The wallet's class allows no more sub-wallets.",
    Reject.BALANCE_LIMIT: "Whoever is paid would hold more than a wallet of its class may.",
    Reject.SINGLE_LIMIT: "It is more than a wallet of this class may pay at once.",
    Reject.DAY_LIMIT: "It is more than is left of what a wallet of this class may pay in a day.",
    Reject.YEAR_LIMIT: "It is more than is left of what a wallet of this class may pay in a year.",
    Reject.UNKNOWN_PAYMENT: "No payment of this reference was made to this account in this currency.",
    Reject.REFUND_TOO_LARGE: "With it more would be given back than was paid.",
    Reject.UNKNOWN_PURPOSE: "There is no such money bound to a purpose, or it is spent or expired, or another's.",
    Reject.WRONG_PURPOSE: "The money is not for merchants of this category.",
    Reject.INTEREST_UNDER_WAY: "Interest is being posted already.",
    Reject.NO_PURSE_TERMS: "The operator has not said yet what its purses may be.",
    Reject.UNKNOWN_PURSE: "There is no such purse.",
    Reject.PURSE_SIGNATURE: "The signature does not hold over this very opening or payment.",
    Reject.PURSE_LIMIT: "It is more than the purse may hold or pay, or than its operator's terms allow.",
    Reject.PURSE_EXPIRED: "The purse has expired.",
    Reject.PURSE_OPEN: "The key was a purse's before, or the purse may still be settled.",
    Reject.PURSE_OVER: "The purse is closed.",
    Reject.PURSE_BLOCKED: "A purse of this account paid twice with one counter: it opens and loads none any more.",
    Reject.COUNTER_USED: "A payment of this counter was settled before.",
    Reject.PURSE_SHORT: "The purse was loaded with less than it paid.",
    Reject.NO_P2P_TERMS: "There is no market between people here yet.",
    Reject.NOT_A_TRADER: "The account is not enrolled in the market between people.",
    Reject.TRADER_SANCTIONED: "The account may open nothing new in the market until its sanction is over.",
    Reject.UNKNOWN_FIAT: "The market does not have this currency.",
    Reject.NOT_TRADABLE: "The market does not have this asset.",
    Reject.NO_INDEX: "The price floats, and there is no index that is young enough.",
    Reject.UNKNOWN_ADVERT: "There is no such advert, or it is closed.",
    Reject.ADVERT_NOT_ONLINE: "The advert is not online now.",
    Reject.ADVERT_CHANGED: "The advert's terms are not those that were agreed to: look at it again.",
    Reject.ADVERT_SHORT: "Less than this is left of the advert.",
    Reject.PRICE_MOVED: "The price is worse now than the limit that was sent.",
    Reject.OUTSIDE_LIMITS: "It is less or more than one order of this advert may be.",
    Reject.UNKNOWN_METHOD: "The advert does not have this way to pay.",
    Reject.SAME_PERSON: "Nobody trades with himself.",
    Reject.UNKNOWN_ESCROW: "There is no such order, or it ended too long ago.",
    Reject.WRONG_STATE: "In the state it is in, this cannot be done.",
    Reject.TOO_LATE: "The time for this is over.",
    Reject.CONFLICT_OF_INTEREST: "Whoever approves this is a party to it himself.",
    Reject.NO_CLAIM: "Nobody claims this order.",
    Reject.BOND_IN_USE: "The bond stands for adverts or orders that are not over, or another asset was posted before.",
    Reject.NO_WALLET: "No wallet is named for this currency, or it is another one, or it is closed.",
    Reject.WALLET_TAKEN: "Somebody else has named this wallet.",
    Reject.BY_WALLET_ONLY: "This order is paid from a wallet and not otherwise.",
    Reject.NOT_BY_WALLET: "This order is not one that is paid from a wallet.",
    **dict.fromkeys(
        (
            Reject.INVALID_ORDER,
            Reject.STP_NOT_ALLOWED,
            Reject.PRICE_OUT_OF_RANGE,
            Reject.QUANTITY_OUT_OF_RANGE,
            Reject.NOTIONAL_TOO_LARGE,
            Reject.NOTIONAL_TOO_SMALL,
            Reject.DUPLICATE_CLIENT_ID,
            Reject.TOO_MANY_ORDERS,
            Reject.WOULD_MATCH,
            Reject.WOULD_TRIGGER,
            Reject.ICEBERG_TOO_LARGE,
            Reject.TOO_MANY_PARTS,
            Reject.NO_PEG_PRICE,
            Reject.PERCENT_PRICE,
            Reject.POSITION_TOO_LARGE,
            Reject.TOO_MANY_ALGO_ORDERS,
            Reject.TOO_MANY_ICEBERGS,
            Reject.TRAILING_OUT_OF_RANGE,
            Reject.NO_LAST_PRICE,
            Reject.CANCEL_RESTRICTED,
            Reject.REPLACEMENT_REFUSED,
            Reject.NOT_ATTEMPTED,
            Reject.QUANTITY_INCREASE,
            Reject.BELOW_EXECUTED,
            Reject.TOO_MANY_AMENDS,
            Reject.NOT_STARTED,
            Reject.LIST_REFUSED,
            Reject.BAD_LIST_PRICES,
            Reject.DUPLICATE_LIST_ID,
            Reject.TOO_MANY_LISTS,
            Reject.NOT_ALLOWED_ON_SYMBOL,
            Reject.ASSET_LIMIT,
            Reject.TOO_MANY_ON_EXCHANGE,
            Reject.TOO_MANY_ALGO_ON_EXCHANGE,
            Reject.TOO_MANY_ICEBERGS_ON_EXCHANGE,
            Reject.TOO_MANY_LISTS_ON_EXCHANGE,
        ),
        NOT_HERE,
    ),
}


def refused(reason: Reject) -> ApiError:
    """The core's reject, or what the door knows that it would be, said outside."""
    words = WORDS[reason]
    return ApiError(CODE_BASE - reason, f"{reason.name}: {words}", status=500 if words == NOT_HERE else 400)


# What the door refuses by itself


def not_founded() -> ApiError:
    return refused(Reject.NOT_FOUNDED)


def no_such_coin(code: str) -> ApiError:
    return ApiError(CODE_BASE - Reject.UNKNOWN_COIN, f"UNKNOWN_COIN: there is no coin {code!r}.", status=404)


def no_such_currency(code: str) -> ApiError:
    return ApiError(
        CODE_BASE - Reject.UNKNOWN_CURRENCY, f"UNKNOWN_CURRENCY: there is no currency {code!r}.", status=404
    )


def no_such_institution(number: int) -> ApiError:
    return ApiError(
        CODE_BASE - Reject.UNKNOWN_INSTITUTION, f"UNKNOWN_INSTITUTION: there is no institution {number}.", status=404
    )


def bad_command(why: str) -> ApiError:
    return ApiError(-31_001, f"This is no command: {why}.")


def no_such_proposal() -> ApiError:
    return ApiError(-31_002, "There is no such proposal.", status=404)


def not_open(state: str) -> ApiError:
    return ApiError(-31_003, f"The proposal is not open any more: {state}.", status=409)


def conflict_declared() -> ApiError:
    return ApiError(
        CODE_BASE - Reject.CONFLICT_OF_INTEREST,
        "CONFLICT_OF_INTEREST: the person of this seat said that he cannot judge this order.",
        status=403,
    )


def no_approval_needed() -> ApiError:
    return ApiError(-31_004, "Nobody must approve this, so it cannot be proposed; holders ask for it themselves.")


def not_its_proposer() -> ApiError:
    return ApiError(-31_005, "Only a seat of the institution that proposed it takes it back.")


def too_many_open(most: int) -> ApiError:
    return ApiError(-31_006, f"The institution has {most} open proposals: let them be decided, or withdraw some.")


def reference_not_yours(prefix: str) -> ApiError:
    return ApiError(-31_007, f"References that begin with {prefix!r} are holders'.")


def not_this_command(kinds: str) -> ApiError:
    return ApiError(-31_008, f"Only {kinds} can be handed in here.")


def not_your_account() -> ApiError:
    return ApiError(-31_009, "The command names another account than the key's own.")


def not_your_business() -> ApiError:
    return ApiError(-31_010, "This is for the institutions of this coin that need it for their duty.", status=401)


def not_concerned() -> ApiError:
    return ApiError(-31_011, "The institution has no say in this command.")
