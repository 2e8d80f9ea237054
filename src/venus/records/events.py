"""What the core says happened: one fixed-size record per event, in the order in which it happened.

Events alone are enough to rebuild every view: books, candles, execution reports, balances. Which fields an event uses
is written in docs/rules/events.md; the rest are zero.
"""

from collections.abc import Callable, Iterator
from enum import IntEnum, IntFlag
from functools import partial
from struct import Struct
from typing import NamedTuple

import numpy as np

EVENT_VERSION = 1

EVENT = np.dtype(
    [
        ("sequence", "i8"),  # of the command that caused it
        ("order_id", "i8"),  # the command's own order: the taker of a trade
        ("maker_order_id", "i8"),
        ("price_ticks", "i8"),
        ("quantity_lots", "i8"),
        ("remaining_lots", "i8"),
        ("hold_atoms", "i8"),  # change of the order owner's held balance
        ("taker_fee_atoms", "i8"),
        ("maker_fee_atoms", "i8"),
        ("trade_id", "i8"),
        ("account", "u4"),
        ("maker_account", "u4"),
        ("symbol", "u4"),
        ("kind", "u1"),
        ("side", "u1"),
        ("reason", "u1"),
        ("flags", "u1"),
    ],
    align=True,
)
_STRUCT = Struct("<10q3I4B")
assert EVENT.itemsize == _STRUCT.size == 96


class Event(NamedTuple):
    """One event, field for field as EVENT; what doors read replies from."""

    sequence: int
    order_id: int
    maker_order_id: int
    price_ticks: int
    quantity_lots: int
    remaining_lots: int
    hold_atoms: int
    taker_fee_atoms: int
    maker_fee_atoms: int
    trade_id: int
    account: int
    maker_account: int
    symbol: int
    kind: int
    side: int
    reason: int
    flags: int


_event: Callable[[tuple[int, ...]], Event] = partial(tuple.__new__, Event)
"""As Event._make, without its second look at the length."""


def unpack_events(data: bytes) -> Iterator[Event]:
    """Events of a reply; `data` is a whole number of 96-byte records."""
    return map(_event, _STRUCT.iter_unpack(data))


class EventKind(IntEnum):
    ACCEPTED = 1
    TRADE = 2
    CANCELED = 3
    EXPIRED = 4
    REJECTED = 5
    AMENDED = 6
    PREVENTED = 7
    FILLED = 8
    TRANSFERRED = 9
    TRIGGERED = 10  # a conditional order met its price and goes to the book
    TRACKING = 11  # a trailing order met its stop price and follows the market from here
    SHOWN = 12  # the next slice of an iceberg, last in time at its price
    LIST_OPENED = 13
    LIST_DONE = 14
    STARTED = 15  # a pending leg goes to work, its working order being filled
    LOCKED = 16  # what a working order received is held for its pending legs
    ASSET_LISTED = 20
    SYMBOL_LISTED = 21
    ACCOUNTS_OPENED = 22
    FEE_TIER_SET = 23
    ACCOUNT_TIER_SET = 24
    TRADE_GROUP_SET = 25
    ACCOUNT_FROZEN = 26
    ACCOUNT_UNFROZEN = 27
    SYMBOL_HALTED = 28
    SYMBOL_RESUMED = 29
    CLOCK_JUMPED = 30
    RULES_ADOPTED = 31
    SYMBOL_RULES_SET = 32
    EXCHANGE_LIMITS_SET = 33
    ASSET_LIMIT_SET = 34
    # Approvals: docs/rules/approvals.md
    APPROVED = 40  # one seat's approval was counted
    EXCHANGE_FOUNDED = 41
    INSTITUTION_ADDED = 42
    PERSON_SEATED = 43
    SEAT_REVOKED = 44
    QUORUM_SET = 45
    CONTROLS_ADOPTED = 46
    # Coins: docs/rules/issuance.md
    HELD = 47  # moves hold_atoms of an asset from free to held, back if negative
    CALENDAR_ADOPTED = 50
    COIN_REGISTERED = 51
    PACK_ADOPTED = 52
    RESERVE_OPENED = 53
    RESERVE_CLOSED = 54
    RESERVE_ATTESTED = 55
    RECEIPT_CONFIRMED = 56
    MINTER_SET = 57
    MINTED = 58
    BURNED = 59
    MINTING_PAUSED = 60
    REDEMPTION_REQUESTED = 61
    REDEMPTION_PAID = 62  # one request, wholly or in part
    REDEMPTIONS_PAID = 63
    REDEMPTION_OVERDUE = 64
    BACKING_CHANGED = 65
    MINTING_STOPPED = 66
    MINTING_RESUMED = 67
    REDEMPTION_WITHDRAWN = 68  # by its holder, or for a lawful order, which may leave a part
    TREASURY_PAID = 69
    # Lawful orders: docs/rules/lawful_orders.md
    LAWFUL_ORDERED = 70
    LAWFUL_TAKEN = 71
    LAWFUL_ENFORCED = 72
    LAWFUL_ENDED = 73
    APPEALED = 74
    APPEAL_DECIDED = 75
    LAWFUL_THAWED = 76  # a freeze gave some of what it holds to the order that takes it
    # Holds and what is like them: docs/rules/holds.md
    HOLDER_KEY_BOUND = 80
    HOLD_CREATED = 81
    HOLD_EXECUTED = 82
    HOLD_RELEASED = 83
    SPENDER_APPROVED = 84
    SPENT = 85
    TRANSFER_AUTHORIZED = 86
    TRADE_PROPOSED = 87
    TRADE_SETTLED = 88
    TRADE_WITHDRAWN = 89
    PAYMENT_SCHEDULED = 90
    SCHEDULE_PAID = 91
    SCHEDULE_FAILED = 92
    SCHEDULE_ENDED = 93
    # Currency: docs/rules/currency.md
    CURRENCY_REGISTERED = 100
    OPERATOR_ADMITTED = 101
    QUOTA_SET = 102
    RESERVES_GRANTED = 103
    RESERVES_WITHDRAWN = 104
    CURRENCY_ISSUED = 105
    CURRENCY_REDEEMED = 106
    REGIME_ADOPTED = 107
    REGIME_BEGUN = 108  # a timer's
    WALLETS_OPENED = 109
    WALLET_CLASS_SET = 110
    WALLET_CLOSED = 111
    BANK_LINKED = 112
    INTEREST_BEGUN = 113
    INTEREST_PAID = 114  # to one wallet
    INTEREST_DONE = 115
    WALLETS_MOVED = 116
    PURPOSE_BOUND = 117
    PURPOSE_SPENT = 118
    PURPOSE_ENDED = 119
    IDENTITY_UNSEALED = 120
    REFUNDED = 121
    POURED = 122  # above a wallet's limit to its bank account; from there, if negative
    PURPOSE_LOOSENED = 140  # a lawful order took of it, or all of it
    # Offline purses: docs/rules/purses.md
    PURSE_TERMS_SET = 130
    PURSE_OPENED = 131
    PURSE_FUNDED = 132
    PURSE_PAID = 133  # one payment
    PURSE_REFUSED = 134  # one payment
    PURSE_CAUGHT = 135  # one counter, two payments; or more than was loaded
    PURSE_SETTLED = 136  # all of a command
    PURSE_CLOSED = 137
    # Market between people: docs/rules/p2p.md
    P2P_TERMS_SET = 150
    TRADER_ENROLLED = 151
    TRADER_SANCTIONED = 152
    INDEX_NOTED = 153
    ADVERT_POSTED = 154
    ADVERT_EDITED = 155
    ADVERT_STATE_SET = 156
    ESCROW_OPENED = 157
    ESCROW_PAID = 158
    ESCROW_UNPAID = 159
    ESCROW_COMPLETED = 160
    ESCROW_CANCELLED = 161
    CANCEL_ASKED = 162
    CANCEL_REFUSED = 163
    DISPUTE_OPENED = 164
    EVIDENCE_SUBMITTED = 165
    DISPUTE_WITHDRAWN = 166
    SPLIT_OFFERED = 167
    DISPUTE_ESCALATED = 168  # the evidence is due and both sides spoke, or neither: a person decides
    DISPUTE_DECIDED = 169
    CLAIM_MADE = 170
    CLAIM_REFUSED = 171
    ESCROW_RELOCKED = 172
    BOND_POSTED = 173
    BOND_WITHDRAWN = 174
    BOND_SLASHED = 175
    ESCROW_PAID_BY_WALLET = 176
    WALLET_NAMED = 177
    # Who looks: docs/rules/public_log.md
    LOOKS_NOTED = 180


class EventFlag(IntFlag):
    NONE = 0
    TAKER_DONE = 1  # the command's own order is finished by this event
    MAKER_DONE = 2  # the resting order is finished by this event
    MOVED = 4  # PREVENTED in mode TRANSFER: quantity and notional changed hands without a trade
    REPEATED = 8  # a retry: the first outcome, at sequence trade_id, is given again
    TIMER = 16  # fired by time, at the start of its frame
    WAITING = 32  # it waits for its trigger, in no book: ACCEPTED, STARTED; it waited: CANCELED, EXPIRED, AMENDED
    PENDING = 64  # the same for an order that waits for its list's working order


class Expiry(IntEnum):
    """Reason of EXPIRED."""

    NONE = 0
    UNFILLED_IOC = 1
    UNFILLED_FOK = 2
    NO_LIQUIDITY = 3
    FUNDS_EXHAUSTED = 4
    ACCOUNT_FROZEN = 5
    OCO_TRIGGER = 6  # the other leg of the pair was met or triggered
    PHASE_ONE_EXPIRED = 7  # the list's working order ended without being filled
    REJECTED = 8  # it could not go to work when its turn came
