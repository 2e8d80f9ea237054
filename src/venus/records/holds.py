"""Commands by which holders bind money without giving it away yet. Source: docs/rules/holds.md."""

from enum import IntEnum

from venus.records.cold import Cold, Part


class Release(IntEnum):
    """`reason` of HOLD_RELEASED, TRADE_WITHDRAWN and REDEMPTION_WITHDRAWN."""

    NONE = 0
    RELEASED = 1  # by its notary or target; a trade: by either side
    RECLAIMED = 2  # by its owner
    TIMED_OUT = 3
    LAWFUL = 4  # a lawful order takes what was bound


class Proof(Part, frozen=True):
    """A holder's signature over the command that carries it, with this part empty."""

    signature: bytes
    authenticator_data: bytes  # of a passkey, else empty
    client_data: bytes


NO_PROOF = Proof(signature=b"", authenticator_data=b"", client_data=b"")


class BindHolderKey(Cold, frozen=True, tag=41):
    """The key that signs for an account from now on; a later one is signed with the one before it."""

    account: int
    scheme: int
    key: bytes
    expires_ns: int  # of the proof; 0 for the first key
    proof: Proof


class CreateHold(Cold, frozen=True, tag=42):
    """Set money aside for a target; the event names the hold's number.

    Who may execute: the notary, or whoever of target and notary shows the preimage of the hash lock if there is one.
    """

    account: int
    target: int
    notary: int  # an account; the target itself if there is nobody else
    asset: int
    atoms: int
    reclaim_ns: int  # from then on its owner may take it back
    expires_ns: int  # then it goes back by itself
    hash_lock: bytes  # SHA-256 of the preimage; empty: none


class ExecuteHold(Cold, frozen=True, tag=43):
    """Pay the target, wholly or in part; what is left stays held."""

    hold: int
    by_account: int
    atoms: int
    preimage: bytes  # empty if there is no lock


class ReleaseHold(Cold, frozen=True, tag=44):
    """Notary or target give it up."""

    hold: int
    by_account: int


class ReclaimHold(Cold, frozen=True, tag=45):
    """Its owner takes it back, once it may."""

    hold: int
    by_account: int


class ApproveSpender(Cold, frozen=True, tag=46):
    """How much a spender may pay out of an account, all told from now on; it replaces what was left before."""

    account: int
    spender: int
    asset: int
    atoms: int


class PermitSpender(Cold, frozen=True, tag=47):
    """ApproveSpender that somebody else hands in, with the holder's signature."""

    account: int
    spender: int
    asset: int
    atoms: int
    expires_ns: int
    proof: Proof


class TransferFrom(Cold, frozen=True, tag=48):
    """A spender pays out of an account that allowed it."""

    spender: int
    account: int
    to_account: int
    asset: int
    atoms: int


class TransferAuthorized(Cold, frozen=True, tag=49):
    """A payment that somebody else hands in, with the holder's signature."""

    account: int
    to_account: int
    asset: int
    atoms: int
    after_ns: int  # valid from then on
    expires_ns: int
    proof: Proof


class ProposeTrade(Cold, frozen=True, tag=50):
    """Delivery versus payment: what is given is held until the other side accepts; the event names its number."""

    account: int
    counterparty: int
    give_asset: int
    give_atoms: int
    take_asset: int
    take_atoms: int
    expires_ns: int


class AcceptTrade(Cold, frozen=True, tag=51):
    """Both assets change hands in this command or neither."""

    trade: int
    account: int


class WithdrawTrade(Cold, frozen=True, tag=52):
    """By either side."""

    trade: int
    account: int


class SchedulePayment(Cold, frozen=True, tag=53):
    """Pay at a time, and again every so often; the event names the schedule's number."""

    account: int
    to_account: int
    asset: int
    atoms: int
    first_ns: int
    every_ns: int  # 0 if it is one payment
    count: int


class CancelSchedule(Cold, frozen=True, tag=54):
    schedule: int
    account: int
