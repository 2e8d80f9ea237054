"""Commands of the market between people: adverts, escrow, disputes, bonds. Source: docs/rules/p2p.md.

Adverts and orders are numbered by the sequence of the command that made them, so that a few frames of the journal, by
themselves, say which order a later command means.
"""

from venus.records.cold import Cold, Part

PRICE_UNIT = 10**8
"""A price is fiat for one whole unit of an asset, times this."""
FEE_PPM_MAX = 3_500
METHODS_MAX = 16
METHOD_BY_WALLET = 9_000
"""The method of a central bank's currency: an order of it is paid by PayEscrow, and not otherwise."""
HASH_BYTES = 32


class Fiat(Part, frozen=True):
    """A currency that people pay each other outside of the exchange."""

    code: str  # ISO 4217
    exponent: int  # decimals of its minor unit, in which amounts are counted


class Tradable(Part, frozen=True):
    """An asset of the market."""

    asset: int
    atoms_min: int  # of an order
    large_atoms: int  # from then on a verdict needs the arbiters' quorum


class SetP2pTerms(Cold, frozen=True, tag=110):
    """What holds in the market from now on; adverts and orders that are there keep what they began with."""

    arbiter: int  # institution
    maker_fee_ppm: int
    taker_fee_ppm: int
    fiats: tuple[Fiat, ...]
    assets: tuple[Tradable, ...]
    pay_ns_min: int  # bounds of an advert's time to pay
    pay_ns_max: int
    release_ns: int  # from "paid" on; then a dispute begins by itself
    evidence_ns: int  # from the beginning of a dispute on; who is silent loses
    aftermath_ns: int  # from an order's end on, how long it may still be claimed
    index_ns: int  # how long a noted price is good
    bond_asset: int
    slash_atoms: int  # of a bond, for a time-out or a fault


class EnrolTrader(Cold, frozen=True, tag=111):
    """Whose account it is, so that nobody trades with, or judges, himself."""

    account: int
    person: int  # the registry's number


class SanctionTrader(Cold, frozen=True, tag=112):
    """No new advert and no new order until then; what is under way goes on. 0 lifts it."""

    account: int
    until_ns: int
    grounds: str


class IndexPrice(Part, frozen=True):
    asset: int
    fiat: str
    price: int  # PRICE_UNIT


class NoteIndex(Cold, frozen=True, tag=113):
    """The exchange's own prices, which floating adverts follow."""

    prices: tuple[IndexPrice, ...]


class PostAdvert(Cold, frozen=True, tag=114):
    """Offer to buy (side 0) or to sell (1); what is to be sold is bound at once. The event names the number."""

    account: int
    side: int
    asset: int
    fiat: str
    atoms: int
    fiat_min: int  # of one order, in minor units
    fiat_max: int
    price: int  # PRICE_UNIT; 0: it floats
    margin_ppm: int  # of the index; 0: it is fixed
    pay_ns: int
    methods: tuple[int, ...]  # numbers of packs/p2p_methods
    text_hash: bytes  # of terms, auto-reply and requirements, as the registry has them


class EditAdvert(Cold, frozen=True, tag=115):
    """All of it anew but side, asset and currency; `atoms` is what it offers from now on."""

    advert: int
    account: int
    atoms: int
    fiat_min: int
    fiat_max: int
    price: int
    margin_ppm: int
    pay_ns: int
    methods: tuple[int, ...]
    text_hash: bytes


class SetAdvertState(Cold, frozen=True, tag=116):
    """ONLINE, RESTING or CLOSED (records/p2p_states.py); closing gives back what is bound, for good."""

    advert: int
    account: int
    state: int


class TakeAdvert(Cold, frozen=True, tag=117):
    """Open an order: the asset is in escrow from here on. The event names the order's number."""

    advert: int
    account: int
    amount: int  # atoms; minor units of fiat if in_fiat
    in_fiat: int  # 0 or 1
    price_limit: int  # the worst price that the taker agrees to
    method: int
    payer_hash: bytes  # of the account that the buyer will pay from, declared before he may
    payee_hash: bytes  # of the account that the seller is paid at
    retain_days: int  # T+1 to T+3: how long the purchase stays with the buyer in value
    terms_hash: bytes  # the advert's text_hash, as the taker saw it


class MarkPaid(Cold, frozen=True, tag=118):
    """By the buyer. `chat` here and below: the head of the order's chat as who acts saw it; empty: nothing was said."""

    order: int
    account: int
    fiat: int  # what he says he paid, in minor units
    proof_hash: bytes  # of a receipt; or empty
    chat: bytes


class UndoPaid(Cold, frozen=True, tag=119):
    order: int
    account: int
    chat: bytes


class ReleaseEscrow(Cold, frozen=True, tag=120):
    """By the seller; the buyer gets it all. A second factor was asked at the door."""

    order: int
    account: int
    chat: bytes


class CancelEscrow(Cold, frozen=True, tag=121):
    """By the buyer; the seller gets it back."""

    order: int
    account: int
    reason: int  # CancelReason
    chat: bytes


class AskCancel(Cold, frozen=True, tag=122):
    """The seller asks; he can't cancel alone."""

    order: int
    account: int
    reason: int
    chat: bytes


class RefuseCancel(Cold, frozen=True, tag=123):
    """The buyer refuses; if he agrees he cancels."""

    order: int
    account: int
    proof_hash: bytes
    chat: bytes


class OpenAppeal(Cold, frozen=True, tag=124):
    """By either side; of an order that has ended it is a claim, which moves nothing until an arbiter locks it again."""

    order: int
    account: int
    ground: int  # Ground
    evidence_hash: bytes  # empty: it follows
    chat: bytes


class SubmitEvidence(Cold, frozen=True, tag=125):
    order: int
    account: int
    evidence_hash: bytes
    chat: bytes


class WithdrawAppeal(Cold, frozen=True, tag=126):
    """By who appealed."""

    order: int
    account: int
    chat: bytes


class OfferSplit(Cold, frozen=True, tag=127):
    """How much the buyer shall have; once both sides offer the same it is so."""

    order: int
    account: int
    buyer_atoms: int
    chat: bytes


class DecideDispute(Cold, frozen=True, tag=128):
    """The arbiters' verdict: all to the buyer, all back, or split."""

    order: int
    buyer_atoms: int
    at_fault: int  # Party; 0: nobody
    grounds_hash: bytes
    chat: bytes


class RelockEscrow(Cold, frozen=True, tag=129):
    """An arbiter lets a claim: what there is of the order's asset is in escrow again, as a new order in dispute."""

    order: int


class RefuseClaim(Cold, frozen=True, tag=130):
    """An arbiter does not let it."""

    order: int
    grounds_hash: bytes


class PostBond(Cold, frozen=True, tag=131):
    account: int
    atoms: int


class WithdrawBond(Cold, frozen=True, tag=132):
    account: int
    atoms: int


class NameWallet(Cold, frozen=True, tag=133):
    """At which wallet an account is paid in a central bank's currency of this code, and from which it pays."""

    account: int
    fiat: str
    wallet: int  # 0: none from now on


class PayEscrow(Cold, frozen=True, tag=134):
    """By the buyer, whose wallet's key was asked at the door: his wallet pays the seller's, and the escrow is his."""

    order: int
    account: int
    wallet: int  # that the buyer has named
    chat: bytes


def fee_atoms(atoms: int, ppm: int) -> int:
    """Rounded down, unlike a trade's: so what an advert binds at the beginning covers the fees of all its orders."""
    return atoms * ppm // 1_000_000


def fiat_of(atoms: int, price: int, scale: int, exponent: int) -> int:
    """Minor units that so many atoms cost, rounded up: in favour of who sells.

    scale  decimals of the asset; exponent  of the currency
    """
    return -(-atoms * price * 10**exponent // (10**scale * PRICE_UNIT))


def atoms_of(fiat: int, price: int, scale: int, exponent: int) -> int:
    """Atoms that so many minor units buy, rounded down."""
    return fiat * 10**scale * PRICE_UNIT // (price * 10**exponent)


def floating_price(index: int, margin_ppm: int) -> int:
    """Rounded down; the index is a PRICE_UNIT price."""
    return index * margin_ppm // 1_000_000


OfMarket = (
    SetP2pTerms
    | EnrolTrader
    | SanctionTrader
    | NoteIndex
    | PostAdvert
    | EditAdvert
    | SetAdvertState
    | TakeAdvert
    | MarkPaid
    | UndoPaid
    | ReleaseEscrow
    | CancelEscrow
    | AskCancel
    | RefuseCancel
    | OpenAppeal
    | SubmitEvidence
    | WithdrawAppeal
    | OfferSplit
    | DecideDispute
    | RelockEscrow
    | RefuseClaim
    | PostBond
    | WithdrawBond
    | NameWallet
    | PayEscrow
)
"""Every command of the market."""
