"""What may happen to an order between people, as one table. Source: docs/rules/p2p.md.

The core obeys it, doors ask it what to offer, a dispute bundle is replayed by it, and docs/rules/p2p_states.svg is
drawn from it. The model has an opinion of its own.
"""

from enum import IntEnum, IntFlag
from typing import NamedTuple


class AdvertState(IntEnum):
    ONLINE = 1
    RESTING = 2
    CLOSED = 3


class OrderState(IntEnum):
    OPEN = 1  # the asset is locked, the buyer is to pay
    PAID = 2  # he says that he did
    DISPUTED = 3
    COMPLETED = 4  # the buyer got it, or some of it
    CANCELLED = 5  # the seller got all of it back


ENDED = frozenset({OrderState.COMPLETED, OrderState.CANCELLED})


class Party(IntEnum):
    NOBODY = 0
    BUYER = 1
    SELLER = 2
    ARBITER = 3
    CLOCK = 4
    LAW = 5  # a lawful order


class Act(IntEnum):
    """What is done to an order; the command or the timer that does it."""

    PAY = 1
    UNDO_PAY = 2
    RELEASE = 3
    CANCEL = 4
    ASK_CANCEL = 5
    REFUSE_CANCEL = 6
    APPEAL = 7
    EVIDENCE = 8
    WITHDRAW_APPEAL = 9
    OFFER_SPLIT = 10
    DECIDE = 11
    CLAIM = 12  # OpenAppeal of an order that has ended
    RELOCK = 13
    REFUSE_CLAIM = 14
    PAYMENT_LATE = 15
    RELEASE_LATE = 16
    EVIDENCE_DUE = 17
    SEIZE = 18
    PAY_BY_WALLET = 19


class Ending(IntEnum):
    """Why an order ended; `reason` of ESCROW_COMPLETED and ESCROW_CANCELLED."""

    NONE = 0
    RELEASED = 1
    CANCELLED = 2
    TIMED_OUT = 3
    AGREED = 4  # both sides offered the same split
    SILENCE = 5  # one side said nothing until the evidence was due
    DECIDED = 6
    LAWFUL = 7
    PAID_BY_WALLET = 8


class Ground(IntEnum):
    """Why somebody appeals; `reason` of DISPUTE_OPENED and CLAIM_MADE."""

    NONE = 0
    NOT_RELEASED = 1
    NOT_PAID = 2
    UNDERPAID = 3
    OVERPAID = 4
    THIRD_PARTY = 5  # paid from an account of another name
    CHARGEBACK = 6
    BANK_FROZEN = 7
    PAID_AFTER_CANCEL = 8
    OTHER = 9
    RELEASE_LATE = 10  # the clock's


class CancelReason(IntEnum):
    NONE = 0
    CHANGED_MIND = 1
    TERMS_NOT_MET = 2
    METHOD_FAILS = 3
    ASKED_FOR_MORE = 4
    AGREED_BY_BOTH = 5
    OTHER = 6


class Spoke(IntFlag):
    """Who said something in a dispute before the evidence was due."""

    NONE = 0
    BUYER = 1
    SELLER = 2


class Transition(NamedTuple):
    """In a state, somebody does something; what it may become. More than one: it depends on what he does."""

    state: OrderState
    act: Act
    by: tuple[Party, ...]
    becomes: tuple[OrderState, ...]


_EITHER = (Party.BUYER, Party.SELLER)
_OPEN, _PAID, _DISPUTED, _COMPLETED, _CANCELLED = OrderState

TRANSITIONS = (
    Transition(_OPEN, Act.PAY, (Party.BUYER,), (_PAID,)),
    Transition(_OPEN, Act.PAY_BY_WALLET, (Party.BUYER,), (_COMPLETED,)),
    Transition(_OPEN, Act.CANCEL, (Party.BUYER,), (_CANCELLED,)),
    Transition(_OPEN, Act.ASK_CANCEL, (Party.SELLER,), (_OPEN,)),
    Transition(_OPEN, Act.REFUSE_CANCEL, (Party.BUYER,), (_OPEN,)),
    Transition(_OPEN, Act.PAYMENT_LATE, (Party.CLOCK,), (_CANCELLED,)),
    Transition(_OPEN, Act.SEIZE, (Party.LAW,), (_CANCELLED,)),
    Transition(_PAID, Act.UNDO_PAY, (Party.BUYER,), (_OPEN,)),
    Transition(_PAID, Act.RELEASE, (Party.SELLER,), (_COMPLETED,)),
    Transition(_PAID, Act.CANCEL, (Party.BUYER,), (_CANCELLED,)),
    Transition(_PAID, Act.ASK_CANCEL, (Party.SELLER,), (_PAID,)),
    Transition(_PAID, Act.REFUSE_CANCEL, (Party.BUYER,), (_PAID,)),
    Transition(_PAID, Act.APPEAL, _EITHER, (_DISPUTED,)),
    Transition(_PAID, Act.RELEASE_LATE, (Party.CLOCK,), (_DISPUTED,)),
    Transition(_DISPUTED, Act.RELEASE, (Party.SELLER,), (_COMPLETED,)),
    Transition(_DISPUTED, Act.CANCEL, (Party.BUYER,), (_CANCELLED,)),
    Transition(_DISPUTED, Act.EVIDENCE, _EITHER, (_DISPUTED,)),
    Transition(_DISPUTED, Act.WITHDRAW_APPEAL, _EITHER, (_PAID, _COMPLETED, _CANCELLED)),  # of a relocked one: it ends
    Transition(_DISPUTED, Act.OFFER_SPLIT, _EITHER, (_DISPUTED, _COMPLETED, _CANCELLED)),
    Transition(_DISPUTED, Act.DECIDE, (Party.ARBITER,), (_COMPLETED, _CANCELLED)),
    Transition(_DISPUTED, Act.EVIDENCE_DUE, (Party.CLOCK,), (_DISPUTED, _COMPLETED, _CANCELLED)),
    Transition(_COMPLETED, Act.CLAIM, _EITHER, (_COMPLETED,)),
    Transition(_COMPLETED, Act.RELOCK, (Party.ARBITER,), (_COMPLETED,)),
    Transition(_COMPLETED, Act.REFUSE_CLAIM, (Party.ARBITER,), (_COMPLETED,)),
    Transition(_CANCELLED, Act.CLAIM, _EITHER, (_CANCELLED,)),
    Transition(_CANCELLED, Act.RELOCK, (Party.ARBITER,), (_CANCELLED,)),
    Transition(_CANCELLED, Act.REFUSE_CLAIM, (Party.ARBITER,), (_CANCELLED,)),
)

_BY_STATE_AND_ACT = {(one.state, one.act): one for one in TRANSITIONS}
assert len(_BY_STATE_AND_ACT) == len(TRANSITIONS)


def transition(state: OrderState, act: Act) -> Transition | None:
    """The table's row, or None: in that state it does not happen."""
    return _BY_STATE_AND_ACT.get((state, act))


def acts_of(state: OrderState, party: Party) -> tuple[Act, ...]:
    """What a party may do in a state, in the table's order."""
    return tuple(one.act for one in TRANSITIONS if one.state == state and party in one.by)
