"""All that is ever asked of the core: hot commands as fixed-size records, cold ones as structs.

Both are journaled as they are, ints only. A layout never changes under a version: a new one takes a new version and
the old reader stays.
"""

from enum import IntEnum, IntFlag
from hashlib import blake2b
from struct import Struct
from typing import Annotated, NamedTuple

import msgspec
import numpy as np

from venus.records import coins, currency, holds, institutions, looks, p2p, purses
from venus.records.approvals import Approval
from venus.records.cold import Cold

COMMAND_VERSION = 1
RULES_LATEST = 5
"""The newest rules (docs/rules/versions.md). A journal begins with rules 1 and adopts others by command."""
RULES_BY_MOVING = 3
"""From these on a version is adopted by MoveToRules."""

COMMAND = np.dtype(
    [
        ("client_hi", "i8"),  # digest of the command's own client id or reference
        ("client_lo", "i8"),
        ("target_hi", "i8"),  # digest of the client id of the order meant; an ORDER's trigger price in ticks
        ("target_lo", "i8"),  # or its order id (TARGET_IS_ORDER_ID); a transfer's credit account; an ORDER's terms
        ("price_ticks", "i8"),
        ("quantity", "i8"),  # lots; quote atoms (IN_QUOTE); atoms of a transfer
        ("account", "u4"),
        ("subject", "u4"),  # symbol; asset of a transfer
        ("kind", "u1"),
        ("side", "u1"),
        ("type", "u1"),
        ("tif", "u1"),
        ("stp", "u1"),
        ("flags", "u1"),
        ("text_bytes", "u1"),  # length of the command's text in the frame's text section
        ("peg", "u1"),  # ORDER: 0, or what its price follows; see peg_of()
    ],
    align=True,
)
_STRUCT = Struct("<6q2I8B")
_DIGEST = Struct("<2q")
_BLANK_DIGEST = blake2b(digest_size=16)  # a copy takes less than a new one
assert COMMAND.itemsize == _STRUCT.size == 64


class Command(NamedTuple):
    """One hot command, field for field as COMMAND; what doors build and hand to the engine."""

    client_hi: int = 0
    client_lo: int = 0
    target_hi: int = 0
    target_lo: int = 0
    price_ticks: int = 0
    quantity: int = 0
    account: int = 0
    subject: int = 0
    kind: int = 0
    side: int = 0
    type: int = 0
    tif: int = 0
    stp: int = 0
    flags: int = 0
    text_bytes: int = 0
    peg: int = 0

    def pack(self) -> bytes:
        """The 64 bytes of a COMMAND; raises struct.error if a field does not fit."""
        return _STRUCT.pack(*self)


def unpack_command(data: bytes) -> Command:
    return Command(*_STRUCT.unpack(data))


class CommandKind(IntEnum):
    ORDER = 1
    CANCEL = 2
    CANCEL_ALL = 3
    AMEND = 4
    TRANSFER = 5
    LIST = 6  # heads an order list: the next two or three ORDERs of the frame are its legs
    CANCEL_LIST = 7
    REFUND = 8  # of the payment whose reference is the target, wholly or in part, to who paid it


class Side(IntEnum):
    BUY = 0
    SELL = 1


class OrderType(IntEnum):
    LIMIT = 1
    MARKET = 2
    LIMIT_MAKER = 3
    STOP_LOSS = 4
    STOP_LOSS_LIMIT = 5
    TAKE_PROFIT = 6
    TAKE_PROFIT_LIMIT = 7


CONDITIONAL_TYPES = frozenset(kind for kind in OrderType if kind >= OrderType.STOP_LOSS)
"""They wait for a price before they meet the book."""
PRICED_TYPES = frozenset(OrderType) - {OrderType.MARKET, OrderType.STOP_LOSS, OrderType.TAKE_PROFIT}


class ListType(IntEnum):
    """How the legs of an order list depend on each other; docs/rules/order_lists.md."""

    OCO = 1
    OTO = 2
    OTOCO = 3
    OPO = 4
    OPOCO = 5


LEGS = {ListType.OCO: 2, ListType.OTO: 2, ListType.OTOCO: 3, ListType.OPO: 2, ListType.OPOCO: 3}


class TimeInForce(IntEnum):
    GTC = 0
    IOC = 1
    FOK = 2


class SelfTrade(IntEnum):
    """Self-trade prevention mode."""

    NONE = 0
    EXPIRE_TAKER = 1
    EXPIRE_MAKER = 2
    EXPIRE_BOTH = 3
    DECREMENT = 4
    TRANSFER = 5


class CommandFlag(IntFlag):
    NONE = 0
    IN_QUOTE = 1  # ORDER, MARKET: quantity is in quote atoms
    TARGET_IS_ORDER_ID = 2  # CANCEL, AMEND
    ONLY_NEW = 4  # CANCEL: refuse if anything of the order was executed
    ONLY_PARTIALLY_FILLED = 8  # CANCEL: refuse if nothing of the order was executed
    REPLACES = 16  # CANCEL: the next command is the replacement, tested before anything happens
    STOP_ON_FAILURE = 32  # CANCEL with REPLACES: no replacement without the cancel
    LINKED = 64  # TRANSFER: this one and the next happen both or neither


class AccountKind(IntEnum):
    PERSON = 1
    EXTERNAL = 2
    HOUSE = 3
    WALLET = 4  # of a central-bank currency; docs/rules/currency.md


class Feature(IntFlag):
    """What a symbol may allow or not; SetSymbolRules."""

    ICEBERG = 1
    OCO = 2
    OTO = 4
    OPO = 8
    TRAILING = 16
    PEG = 32
    AMEND = 64
    CANCEL_REPLACE = 128
    QUOTE_MARKET = 256
    APPLY_MIN_TO_MARKET = 512
    APPLY_MAX_TO_MARKET = 1024
    PERCENT_BY_SIDE = 2048  # how the percent filter is shown: by side, or as one range


FEATURES_ALL = sum(Feature)

DISPLAY_BITS = 48
DISPLAY_LOTS_MAX = 2**DISPLAY_BITS - 1
TRAIL_BIPS_MAX = 2**15 - 1
PEG_OFFSET_MAX = 100


def order_terms(display_lots: int, trail_bips: int) -> int:
    """`target_lo` of an ORDER: the lots an iceberg shows (0: all) and a trailing stop's distance (0: none)."""
    assert 0 <= display_lots <= DISPLAY_LOTS_MAX and 0 <= trail_bips <= TRAIL_BIPS_MAX
    return trail_bips << DISPLAY_BITS | display_lots


def peg_of(*, market: bool, offset: int) -> int:
    """`peg` of an ORDER: its own side's best price (primary) or the other's (market), `offset` levels deeper."""
    assert 0 <= offset <= PEG_OFFSET_MAX
    return 1 + offset + (PEG_OFFSET_MAX + 1 if market else 0)


def peg_parts(peg: int) -> tuple[bool, int]:
    """(market, offset) of a peg that is not 0."""
    return peg > PEG_OFFSET_MAX + 1, (peg - 1) % (PEG_OFFSET_MAX + 1)


PEG_LAST = peg_of(market=True, offset=PEG_OFFSET_MAX)

HOUSE_ACCOUNT = 0
"""The first account opened; it receives the fees."""
TRADE_GROUP_NONE = -1


def client_digest(text: str) -> tuple[int, int]:
    """Client id or reference to its 128-bit digest, as two int64; the empty text is (0, 0)."""
    if not text:
        return 0, 0
    digest = _BLANK_DIGEST.copy()
    digest.update(text.encode())
    client_hi, client_lo = _DIGEST.unpack(digest.digest())
    return client_hi, client_lo


class ListAsset(Cold, frozen=True, tag=1):
    code: str
    scale: int  # decimals: one unit is 10**scale atoms


class ListSymbol(Cold, frozen=True, tag=2):
    code: str
    base_asset: int
    quote_asset: int
    tick_atoms: int  # quote atoms that one tick adds to the price of one whole base unit
    lot_atoms: int  # base atoms of one lot
    price_ticks_min: int
    price_ticks_max: int
    quantity_lots_min: int
    quantity_lots_max: int
    market_lots_max: int
    notional_atoms_min: int
    notional_atoms_max: int
    orders_max: int  # open orders an account may have on the symbol
    stp_allowed: int  # bit 1 << SelfTrade for each mode
    stp_default: int


class OpenAccounts(Cold, frozen=True, tag=3):
    """Open `count` accounts in a row; the event names the first. `label` names an EXTERNAL or HOUSE account."""

    account_kind: int
    count: int
    label: str
    tier: int
    trade_group: int


class SetFeeTier(Cold, frozen=True, tag=4):
    tier: int
    maker_ppm: int
    taker_ppm: int


class SetAccountTier(Cold, frozen=True, tag=5):
    account: int
    tier: int


class SetTradeGroup(Cold, frozen=True, tag=6):
    account: int
    trade_group: int


class FreezeAccount(Cold, frozen=True, tag=7):
    account: int
    until_ns: int  # 0: until unfrozen


class UnfreezeAccount(Cold, frozen=True, tag=8):
    account: int


class HaltSymbol(Cold, frozen=True, tag=9):
    symbol: int


class ResumeSymbol(Cold, frozen=True, tag=10):
    symbol: int


class NoteClockJump(Cold, frozen=True, tag=11):
    """The system clock moved against the journal's by this much; journaled so that it can be seen."""

    by_ns: int


class AdoptRules(Cold, frozen=True, tag=12):
    """From the next command on the exchange follows rules 2 (docs/rules/versions.md); later ones by MoveToRules."""

    rules: int


class MoveToRules(Cold, frozen=True, tag=55):
    """From the next command on the exchange follows these rules. A program that does not know them cannot read it."""

    rules: Annotated[int, msgspec.Meta(ge=3, le=RULES_LATEST)]


class SetSymbolRules(Cold, frozen=True, tag=13):
    """What a symbol allows and its filters; docs/rules/filters.md. A figure of 0 is off."""

    symbol: int
    features: int  # Feature bits
    bid_up_ppm: int  # percent price: a buy's price is at most average × this
    bid_down_ppm: int
    ask_up_ppm: int
    ask_down_ppm: int
    average_minutes: int  # of the average price; 0: the last price
    market_lots_min: int
    iceberg_parts_max: int
    algo_orders_max: int  # open conditional orders an account may have on the symbol
    iceberg_orders_max: int
    order_lists_max: int
    amends_max: int  # of one order
    position_atoms_max: int  # of the base asset
    trail_above_bips_min: int
    trail_above_bips_max: int
    trail_below_bips_min: int
    trail_below_bips_max: int


class SetExchangeLimits(Cold, frozen=True, tag=14):
    """What an account may have open on all symbols together; 0 is off."""

    orders_max: int
    algo_orders_max: int
    iceberg_orders_max: int
    order_lists_max: int


class SetAssetLimit(Cold, frozen=True, tag=15):
    """The most of an asset that one order may move; 0 is off."""

    asset: int
    order_atoms_max: int


PlainCommand = (
    ListAsset
    | ListSymbol
    | OpenAccounts
    | SetFeeTier
    | SetAccountTier
    | SetTradeGroup
    | FreezeAccount
    | UnfreezeAccount
    | HaltSymbol
    | ResumeSymbol
    | NoteClockJump
    | AdoptRules
    | MoveToRules
    | SetSymbolRules
    | SetExchangeLimits
    | SetAssetLimit
    | institutions.FoundExchange
    | institutions.AddInstitution
    | institutions.SeatPerson
    | institutions.RevokeSeat
    | institutions.SetQuorum
    | institutions.AdoptControls
    | coins.AdoptCalendar
    | coins.RegisterCoin
    | coins.AdoptPack
    | coins.OpenReserve
    | coins.CloseReserve
    | coins.AttestReserve
    | coins.ConfirmReceipt
    | coins.SetMinter
    | coins.Mint
    | coins.Burn
    | coins.PauseMinting
    | coins.RequestRedemption
    | coins.WithdrawRedemption
    | coins.PayRedemptions
    | coins.PayTreasury
    | coins.OrderLawful
    | coins.EnforceOrder
    | coins.LiftOrder
    | coins.AppealOrder
    | coins.DecideAppeal
    | holds.BindHolderKey
    | holds.CreateHold
    | holds.ExecuteHold
    | holds.ReleaseHold
    | holds.ReclaimHold
    | holds.ApproveSpender
    | holds.PermitSpender
    | holds.TransferFrom
    | holds.TransferAuthorized
    | holds.ProposeTrade
    | holds.AcceptTrade
    | holds.WithdrawTrade
    | holds.SchedulePayment
    | holds.CancelSchedule
    | currency.RegisterCurrency
    | currency.AdmitOperator
    | currency.SetQuota
    | currency.GrantReserves
    | currency.WithdrawReserves
    | currency.IssueCurrency
    | currency.RedeemCurrency
    | currency.AdoptRegime
    | currency.OpenWallets
    | currency.OpenSubWallet
    | currency.SetWalletClass
    | currency.CloseWallet
    | currency.LinkBank
    | currency.PostInterest
    | currency.MoveWallets
    | currency.BindPurpose
    | currency.SpendPurpose
    | currency.UnsealIdentity
    | currency.OrderOverCurrency
    | currency.RefundPayment
    | purses.SetPurseTerms
    | purses.OpenPurse
    | purses.FundPurse
    | purses.SettlePurse
    | purses.ClosePurse
    | p2p.OfMarket
    | looks.NoteLooks
)


class Approved(Cold, frozen=True, tag=16):
    """A plain command with the signatures of those who approve it; its reference is the plain command's."""

    command: PlainCommand
    approvals: tuple[Approval, ...]


ColdCommand = PlainCommand | Approved


def approved(command: PlainCommand, *approvals: Approval) -> Approved:
    return Approved(reference=command.reference, command=command, approvals=approvals)


def adoption(reference: str, rules: int) -> AdoptRules | MoveToRules:
    """The command that moves an exchange to a version from the one before it."""
    kind = AdoptRules if rules < RULES_BY_MOVING else MoveToRules
    return kind(reference=reference, rules=rules)


def plain(command: ColdCommand) -> PlainCommand:
    """The command without its approvals: what views fold."""
    return command.command if isinstance(command, Approved) else command


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(ColdCommand)


def encode_cold(command: ColdCommand) -> bytes:
    return _encoder.encode(command)


def decode_cold(payload: bytes) -> ColdCommand:
    """Raises msgspec.ValidationError for anything that is not a known cold command."""
    return _decoder.decode(payload)
