"""What the market's door tells, by the names that it tells it under. Source: docs/rules/p2p_door.md, "Shapes"."""

from typing import Generic, Literal, TypeVar

import msgspec

Row = TypeVar("Row")
Party = Literal["BUYER", "SELLER"]


class _Shape(msgspec.Struct, frozen=True):
    """Members that are not named here are passed over."""


class Rows(msgspec.Struct, Generic[Row], frozen=True):
    total: int  # of all pages
    rows: list[Row]


class Figures(_Shape, frozen=True):
    orders: int
    completed: int
    completionPercent: str | None
    releaseSecondsMedian: int | None
    releaseSecondsMean: int | None
    paySecondsMedian: int | None
    paySecondsMean: int | None
    partners: int
    late: int
    disputesLost: int


class Feedback(_Shape, frozen=True):
    good: int
    bad: int


class Trader(_Shape, frozen=True):
    trader: str
    nickname: str
    tier: Literal["NONE", "BRONZE", "SILVER", "GOLD"]
    bond: str
    bondAsset: str | None
    joinedTime: int
    online: bool
    month: Figures
    life: Figures
    score: int
    feedback: Feedback
    sanctionedUntil: int | None


class Requirements(_Shape, frozen=True):
    """What a taker must be; None: it does not matter."""

    minCompletionPercent: str | None = None
    minOrders: int | None = None
    minDays: int | None = None
    firstTimeFiatMax: str | None = None
    countries: list[str] | None = None


class Advert(_Shape, frozen=True):
    advert: str
    side: Literal["BUY", "SELL"]  # the taker's
    asset: str
    fiat: str
    price: str | None  # None: it floats, and there is no index
    margin: str | None
    amount: str
    fiatMin: str
    fiatMax: str
    payMinutes: int
    methods: list[str]
    terms: str
    autoReply: str
    requirements: Requirements
    termsHash: str
    state: Literal["ONLINE", "RESTING", "CLOSED"]
    createTime: int
    updateTime: int
    maker: Trader | None


class PaymentAccount(_Shape, frozen=True):
    paymentAccount: str
    method: str
    name: str
    number: str
    bank: str | None
    branch: str | None
    qrFile: str | None


class Appeal(_Shape, frozen=True):
    by: Literal["BUYER", "SELLER", "CLOCK"]
    ground: str
    buyerOffer: str | None
    sellerOffer: str | None
    spoke: list[Party]
    escalated: bool


class ByWallet(_Shape, frozen=True):
    """What is paid from a wallet: of a central bank's currency, between which wallets."""

    asset: str
    amount: str
    payer: int | None  # once it is paid
    payee: int


class NamedWallet(_Shape, frozen=True):
    """At which a trader is paid in a currency, and from which he pays."""

    fiat: str
    wallet: int
    asset: str


class Order(_Shape, frozen=True):
    order: str
    advert: str
    side: Literal["BUY", "SELL"]  # of who asks
    state: Literal["OPEN", "PAID", "DISPUTED", "COMPLETED", "CANCELLED"]
    ending: str | None
    asset: str
    fiat: str
    amount: str
    fiatAmount: str
    price: str
    fee: str
    method: str
    createTime: int
    payDue: int | None
    releaseDue: int | None
    evidenceDue: int | None
    endTime: int | None
    late: bool
    buyer: Trader | None
    seller: Trader | None
    payer: PaymentAccount | None
    payee: PaymentAccount | None
    verifiedName: str | None
    nameMatch: Literal["EXACT", "CLOSE", "DIFFERENT"] | None
    paidFiat: str | None
    buyerAmount: str | None
    byWallet: ByWallet | None
    cancelAsked: bool
    appeal: Appeal | None
    claim: bool
    relocks: str | None
    relockedAs: str | None
    may: list[str]
    chatHead: str | None
    unread: int


class Message(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    order: str
    place: int
    sender: Literal["BUYER", "SELLER", "ARBITER", "SYSTEM"]
    kind: Literal["TEXT", "FILE", "SYSTEM"]
    text: str
    textZh: str | None
    file: str | None
    fileName: str | None
    fileType: str | None
    time: int
    hash: str


class Fiat(_Shape, frozen=True):
    code: str
    exponent: int
    nameEn: str
    nameZh: str


class Tradable(_Shape, frozen=True):
    asset: str
    decimals: int
    amountMin: str
    largeAmount: str


class Method(_Shape, frozen=True):
    method: str
    nameEn: str
    nameZh: str
    fiats: list[str]
    risk: Literal["NONE", "LOW", "MEDIUM", "HIGH"]
    retainDays: int
    fiatMax: str
    fields: list[str]
    required: list[str]


class IndexPrice(_Shape, frozen=True):
    asset: str
    fiat: str
    price: str
    time: int


class Market(_Shape, frozen=True):
    fiats: list[Fiat]
    assets: list[Tradable]
    methods: list[Method]
    index: list[IndexPrice]
    makerFee: str  # a fraction
    takerFee: str
    payMinutesMin: int
    payMinutesMax: int
    releaseMinutes: int
    evidenceHours: float
    aftermathDays: float
    bondAsset: str
    slashAmount: str


class Retained(_Shape, frozen=True):
    asset: str
    amount: str
    until: int


class ReleaseSession(_Shape, frozen=True):
    """What one code stands for by this key: so much of a currency, until then."""

    fiat: str
    amountLeft: str
    until: int


class Me(_Shape, frozen=True):
    trader: Trader | None
    verifiedName: str | None
    secondFactor: bool
    releaseSession: ReleaseSession | None
    retained: list[Retained]
    waiting: int


class Blocked(_Shape, frozen=True):
    trader: str
    nickname: str
    time: int


class Opinion(_Shape, frozen=True):
    """Of one who had an order with a trader."""

    good: bool
    text: str | None
    time: int


class DayOfMarket(_Shape, frozen=True):
    day: str
    fiat: str
    asset: str
    method: str
    orders: int
    amount: str
    fiatAmount: str
    spreadPercent: str | None


class NewSecret(_Shape, frozen=True):
    secret: str
    uri: str

    def __repr__(self) -> str:
        return "NewSecret(hidden)"
