"""What may be asked of the market between people and what is told: numbers of accounts, never who somebody is.

Times are ns, atoms and minor units of a currency whole numbers, prices PRICE_UNIT (records/p2p.py), hashes bytes, empty
where there is none; a number, a time or an amount that is not there is 0. "Now" is the time of the last frame.
Source: docs/rules/p2p_view.md.
"""

from typing import Literal, get_args

import msgspec

from venus.records.p2p import Fiat, Tradable
from venus.views.p2p_public_questions import (
    P2pCountsAnswer,
    P2pCountsQuestion,
    P2pStatisticsAnswer,
    P2pStatisticsQuestion,
)
from venus.views.p2p_wallet_questions import NamedWalletsAnswer, NamedWalletsQuestion

ROWS_MAX = 1_000  # of any answer that takes a limit
ORDERS_KEPT_NS = 180 * 24 * 3600 * 10**9  # from an order's end on; younger ones are all told
ADVERTS_KEPT_NS = 30 * 24 * 3600 * 10**9  # from an advert's closing on
DAYS_KEPT = 90  # of statistics, the present one included
MONTH_NS = 30 * 24 * 3600 * 10**9  # of a trader's figures
NEWS_KEPT = 1 << 16

# The market


class MarketQuestion(msgspec.Struct, frozen=True, tag=True):
    """The terms in force and the newest prices noted."""


class MarketTerms(msgspec.Struct, frozen=True):
    """As SetP2pTerms."""

    arbiter: int
    maker_fee_ppm: int
    taker_fee_ppm: int
    fiats: tuple[Fiat, ...]
    assets: tuple[Tradable, ...]
    pay_ns_min: int
    pay_ns_max: int
    release_ns: int
    evidence_ns: int
    aftermath_ns: int
    index_ns: int
    bond_asset: int
    slash_atoms: int


class Index(msgspec.Struct, frozen=True):
    asset: int
    fiat: str
    price: int
    time_ns: int  # it is good until time_ns + the terms' index_ns, that moment excluded


class MarketAnswer(msgspec.Struct, frozen=True, tag=True):
    terms: MarketTerms | None  # None: there is no market
    index: list[Index]  # by asset and currency; old ones too
    time_ns: int  # now
    terms_sequence: int  # of the SetP2pTerms in force; 0: there is none


# Traders


class Figures(msgspec.Struct, frozen=True):
    """Of orders that ended, be he buyer or seller; orders that were locked again are not counted anew.

    Completed of completed + failed is what he completed of what was up to him. Where a verdict names him at fault, or
    his silence decided, he failed, whatever became of the order. Else a completed order is completed for both; one that
    was cancelled the buyer failed, or the seller if he had asked for it; nobody did if both agreed or the law took it.
    """

    orders: int = 0
    completed: int = 0
    failed: int = 0
    partners: int = 0  # other persons with whom he completed an order
    late: int = 0  # orders that the clock brought into dispute because he, the seller, had not released
    disputes_lost: int = 0  # verdicts that name him at fault, and disputes decided by his silence
    cancelled: int = 0  # as the buyer, not asked by the seller
    releases: int = 0  # orders whose release times these are: completed, with him the seller
    release_s_median: int = 0  # from "paid" to the end, whoever ended it
    release_s_sum: int = 0
    payments: int = 0  # orders whose times to pay these are: completed, with him the buyer
    pay_s_median: int = 0  # from the opening to the last "paid"
    pay_s_sum: int = 0


class Trader(msgspec.Struct, frozen=True):
    account: int
    person: int
    enrolled_ns: int
    bond_asset: int
    bond_atoms: int  # 0: no bond, whatever the asset
    sanctioned_until_ns: int  # 0, or above now
    sanction_grounds: str
    frozen: bool
    adverts: int  # that are not closed
    open_orders: int  # that have not ended
    month: Figures  # of the last 30 days
    life: Figures


class TradersQuestion(msgspec.Struct, frozen=True, tag=True):
    """Those of these accounts that are enrolled; ROWS_MAX at most."""

    accounts: list[int]


class TradersAnswer(msgspec.Struct, frozen=True, tag=True):
    traders: list[Trader]  # in the order asked for


class UsageQuestion(msgspec.Struct, frozen=True, tag=True):
    """What an account did from a time on: orders opened and cancelled, for limits by method and by day."""

    account: int
    since_ns: int


class Usage(msgspec.Struct, frozen=True):
    """Orders of one side, currency and method that were opened since, those that were cancelled included."""

    side: int  # of the account: 0 buys
    fiat: str
    method: int
    orders: int
    fiat_amount: int
    cancelled_fiat: int  # of it, what was cancelled again


class UsageAnswer(msgspec.Struct, frozen=True, tag=True):
    rows: list[Usage]
    opened: int
    cancelled: int  # ended since, by himself as the buyer, not asked by the seller, whenever they were opened
    timed_out: int  # ended since, because he did not pay


class PairQuestion(msgspec.Struct, frozen=True, tag=True):
    """What two traders had with each other, for first-time limits and feedback."""

    account: int
    other: int


class PairAnswer(msgspec.Struct, frozen=True, tag=True):
    completed: int  # ever
    completed_month: int


class RetainedQuestion(msgspec.Struct, frozen=True, tag=True):
    """What came to an account and left it in the market during the last days, for the retained value (T+n).

    from_purchase  only from the first purchase on: what was sold before it takes nothing from it
    """

    account: int
    since_ns: int
    from_purchase: bool = False


class Move(msgspec.Struct, frozen=True):
    """By an order that ended: what the buyer got (after his fee), or what the seller gave (below 0, fees too)."""

    order: int
    asset: int
    atoms: int  # of a relocked order only what changes hands by it
    fiat: str
    fiat_amount: int  # what it cost, in the same proportion, below 0 for a seller
    time_ns: int
    method: int
    retain_days: int  # of what a buyer got; else 0


class RetainedAnswer(msgspec.Struct, frozen=True, tag=True):
    moves: list[Move]  # the oldest first
    buying: bool  # he is the buyer of an order that has not ended


# Adverts

Sort = Literal["price", "completion", "release", "orders"]
SORTS: tuple[Sort, ...] = get_args(Sort)


class Advert(msgspec.Struct, frozen=True):
    number: int
    account: int  # its maker
    side: int  # the maker's: 0 buys, 1 sells
    asset: int
    fiat: str
    atoms: int  # left
    fiat_min: int
    fiat_max: int  # as posted; what is left may be worth less
    price: int  # 0: it floats
    margin_ppm: int  # 0: it is fixed
    pay_ns: int
    methods: tuple[int, ...]
    text_hash: bytes
    fee_ppm: int  # the maker's
    bound_atoms: int  # what it holds
    state: int  # AdvertState
    posted_ns: int
    changed_ns: int  # by its maker
    sequence: int  # of the command that made it what it is: PostAdvert or EditAdvert
    frame: int  # of it
    posted_frame: int
    opened: int  # orders
    completed: int


class AdvertQuestion(msgspec.Struct, frozen=True, tag=True):
    number: int


class AdvertAnswer(msgspec.Struct, frozen=True, tag=True):
    advert: Advert | None
    price_now: int  # fixed, or by the index; 0: it floats and no index is good
    maker: Trader | None
    terms_sequence: int  # as MarketAnswer's


class AdvertsQuestion(msgspec.Struct, frozen=True, tag=True):
    """An account's own, the newest first; closed ones for ADVERTS_KEPT_NS."""

    account: int
    states: list[int] = []  # AdvertState; empty: all
    skip: int = 0
    limit: int = 100


class AdvertsAnswer(msgspec.Struct, frozen=True, tag=True):
    total: int
    adverts: list[Advert]
    prices_now: list[int]  # as AdvertAnswer's


class SearchQuestion(msgspec.Struct, frozen=True, tag=True):
    """Adverts that somebody could take now: online, with a price, the maker in good standing, and enough left for one
    order. Ties go by price, then by number.

    side            of the adverts' makers: 1 finds sellers
    methods         any of these; empty: all
    fiat_amount     an order of so much is possible; or atoms; 0: not asked
    bond_atoms_min  of the terms' bond asset
    completion_ppm_min, orders_min  of the maker's month; who has no order yet has no completion, and passes 0 alone
    enrolled_before_ns              0: not asked
    not_makers      accounts that are left out: one's own, and those blocked on either side
    not_adverts     adverts that are left out, such as those whose requirements the taker does not meet
    sort            by price: the best for the taker first; by release: the fastest; by what the maker completed
    """

    side: int
    asset: int
    fiat: str
    methods: list[int] = []
    fiat_amount: int = 0
    atoms: int = 0
    bond_atoms_min: int = 0
    completion_ppm_min: int = 0
    orders_min: int = 0
    enrolled_before_ns: int = 0
    not_makers: list[int] = []
    not_adverts: list[int] = []
    sort: Sort = "price"
    skip: int = 0
    limit: int = 100


class Found(msgspec.Struct, frozen=True):
    advert: Advert
    price_now: int
    fiat_max_now: int  # of one order: fiat_max, or what is left


class SearchAnswer(msgspec.Struct, frozen=True, tag=True):
    total: int
    found: list[Found]
    makers: list[Trader]  # of these, none twice
    time_ns: int


# Orders


class Step(msgspec.Struct, frozen=True):
    """One thing that happened to an order, as its event says (docs/rules/p2p.md)."""

    sequence: int  # of the command; of the first in the frame if the clock did it
    frame: int
    time_ns: int
    kind: int  # EventKind
    account: int  # as the event has it; 0 where it has none
    reason: int
    amount: int  # the event's quantity_lots; ESCROW_PAID: what he says he paid
    timer: bool


class Source(msgspec.Struct, frozen=True):
    """Where in the journal something was said."""

    sequence: int
    frame: int


class P2pOrder(msgspec.Struct, frozen=True):
    number: int
    advert: int  # 0: a relocked one
    buyer: int
    seller: int
    maker: int
    asset: int
    fiat: str
    method: int
    state: int  # OrderState
    ending: int  # Ending
    atoms: int
    fiat_amount: int  # owed
    price: int
    locked_atoms: int  # as it began
    buyer_fee_ppm: int
    seller_fee_ppm: int
    buyer_fee_atoms: int  # that it would be; once ended, that it is
    seller_fee_atoms: int
    buyer_atoms: int  # once ended, before his fee
    opened_ns: int
    pay_due_ns: int
    release_due_ns: int  # PAID alone
    evidence_due_ns: int  # DISPUTED alone, and not escalated
    paid_ns: int
    ended_ns: int
    claim_until_ns: int  # once ended: when it may be claimed no more
    late: bool
    paid_fiat: int
    payer_hash: bytes
    payee_hash: bytes
    terms_hash: bytes
    proof_hash: bytes  # of the last MarkPaid
    chat: bytes  # the newest head that a command named
    retain_days: int
    cancel_asked: int  # CancelReason; 0: nobody asks
    appealed_by: int  # Party: BUYER, SELLER, CLOCK; 0: never in dispute, or withdrawn
    ground: int
    disputed_ns: int
    buyer_offer: int  # atoms for the buyer; -1: none
    seller_offer: int
    spoke: int  # Spoke
    escalated: bool
    at_fault: int  # Party, of a verdict
    grounds_hash: bytes  # of a verdict, or of the refusal of a claim
    claim_by: int  # Party; 0: no claim
    claim_ground: int
    claim_ns: int
    relocks: int  # the order that was claimed; 0: none
    relocked_as: int  # the order that locked it again
    holder: int  # of a relocked order: Party whose balance it is held in
    index_price: int  # as it was good at the opening; 0: none was
    large_atoms: int  # from so many on a verdict needs the arbiters' quorum; of the terms at its opening
    due_asset: int  # this and the next three: of an order that is paid from a wallet; else 0
    due_atoms: int
    payer_wallet: int  # once it is paid
    payee_wallet: int


class P2pOrderQuestion(msgspec.Struct, frozen=True, tag=True):
    number: int


class P2pOrderAnswer(msgspec.Struct, frozen=True, tag=True):
    """One order with its history, and where the journal has what it came of."""

    order: P2pOrder | None
    terms_sequence: int  # as MarketAnswer's
    steps: list[Step] = []
    terms: Source = Source(0, 0)  # SetP2pTerms in force at its opening
    posted: Source = Source(0, 0)  # PostAdvert
    advert: Source = Source(0, 0)  # the last PostAdvert or EditAdvert before its opening
    index: Source = Source(0, 0)  # NoteIndex, if the advert floated
    buyer: Trader | None = None
    seller: Trader | None = None


class P2pOrdersQuestion(msgspec.Struct, frozen=True, tag=True):
    """An account's, the newest first, of what was opened from start_ns to before end_ns (0: open)."""

    account: int
    states: list[int] = []  # OrderState; empty: all
    side: int = -1  # of the account: 0 buys, 1 sells
    asset: int = -1
    fiat: str = ""
    advert: int = 0
    start_ns: int = 0
    end_ns: int = 0
    skip: int = 0
    limit: int = 100


class P2pOrdersAnswer(msgspec.Struct, frozen=True, tag=True):
    total: int
    orders: list[P2pOrder]


Waiting = Literal["disputes", "escalated", "claims"]
WAITING: tuple[Waiting, ...] = get_args(Waiting)


class DisputesQuestion(msgspec.Struct, frozen=True, tag=True):
    """Orders in dispute and orders claimed, of all traders, the oldest dispute or claim first.

    what  escalated: those in dispute that wait for a person
    """

    what: Waiting
    skip: int = 0
    limit: int = 100


class DisputesAnswer(msgspec.Struct, frozen=True, tag=True):
    total: int
    orders: list[P2pOrder]


class NewsQuestion(msgspec.Struct, frozen=True, tag=True):
    """What changed since: to be asked again with the place that was told. after -1: nothing but the place."""

    after: int


class News(msgspec.Struct, frozen=True):
    """An order or an advert changed; `parties` are its accounts."""

    kind: int  # EventKind that changed it
    order: int  # 0: it is an advert
    advert: int  # 0: it is an order
    parties: tuple[int, ...]
    time_ns: int
    frame: int


class NewsAnswer(msgspec.Struct, frozen=True, tag=True):
    place: int
    news: list[News]  # the oldest first, ROWS_MAX at most: ask again
    terms_sequence: int  # as MarketAnswer's
    missed: bool  # some of what changed since is not kept any more (NEWS_KEPT): look at all


Question = (
    MarketQuestion
    | TradersQuestion
    | UsageQuestion
    | PairQuestion
    | RetainedQuestion
    | AdvertQuestion
    | AdvertsQuestion
    | SearchQuestion
    | P2pOrderQuestion
    | P2pOrdersQuestion
    | DisputesQuestion
    | NewsQuestion
    | P2pStatisticsQuestion
    | P2pCountsQuestion
    | NamedWalletsQuestion
)
Answer = (
    MarketAnswer
    | TradersAnswer
    | UsageAnswer
    | PairAnswer
    | RetainedAnswer
    | AdvertAnswer
    | AdvertsAnswer
    | SearchAnswer
    | P2pOrderAnswer
    | P2pOrdersAnswer
    | DisputesAnswer
    | NewsAnswer
    | P2pStatisticsAnswer
    | P2pCountsAnswer
    | NamedWalletsAnswer
)
