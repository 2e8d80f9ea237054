"""What a parameter's name stands for, as JSON Schema says it: one vocabulary for every endpoint.

A request is read by its endpoint's handler, with no help from here. What may be sent for a name is taken from the
tables and patterns that handlers read it by, and tests hold that none reads a name as another kind than it has here.
A name that means one thing to one endpoint and another to the next has a kind of its own there (endpoint.py, `names`).
"""

import re
from collections.abc import Iterable
from typing import Any

from venus.gateway.binance import tickers
from venus.gateway.binance.auth import RECV_WINDOW, RECV_WINDOW_MS
from venus.gateway.binance.endpoint import Declared, names
from venus.gateway.binance.params import CLIENT_ID, DECIMAL, SYMBOLS_MAX
from venus.gateway.binance.selection import STATUSES, TIME_ZONE
from venus.gateway.binance.symbols import SYMBOL
from venus.gateway.binance.trading import replace
from venus.gateway.binance.trading.order_form import (
    MODES,
    PEG_OFFSET_TYPE,
    PEGS,
    RESPONSE_TYPES,
    SIDES,
    STRATEGY_TYPE_MIN,
    TIMES_IN_FORCE,
    TYPES,
)
from venus.gateway.binance.trading.orders import RESTRICTIONS
from venus.gateway.binance.wallet import assets as wallet_assets
from venus.gateway.binance.wallet import c2c, convert, dust, sub_accounts, sub_transfers
from venus.gateway.binance.wallet import transfers as wallet_transfers
from venus.p2p.reputation import Tier
from venus.records.commands import PEG_OFFSET_MAX, TRAIL_BIPS_MAX
from venus.records.p2p_states import AdvertState, CancelReason, Ground
from venus.registry.owners import WalletKind
from venus.units import INT64_MAX
from venus.views.candles import INTERVAL_CODES
from venus.views.p2p_questions import SORTS as P2P_SORTS
from venus.views.p2p_questions import WAITING

Schema = dict[str, Any]

LEGS = ("pendingAbove", "pendingBelow", "above", "below", "pending", "working", "limit", "stop")
"""Words that an order list puts before the names of an order's parameters; of two that fit, the longer is meant."""


def _text(pattern: re.Pattern[str]) -> Schema:
    return {"type": "string", "pattern": f"^(?:{pattern.pattern})$"}


def _one_of(values: Iterable[str]) -> Schema:
    return {"type": "string", "enum": list(values)}


TEXT: Schema = {"type": "string", "minLength": 1}
WHOLE: Schema = {"type": "integer", "format": "int64", "minimum": 0, "maximum": INT64_MAX}
TIME: Schema = WHOLE | {"description": "Milliseconds since 1970; microseconds are told by their size."}
DECIMAL_TEXT: Schema = _text(DECIMAL) | {"description": "Exact decimal text; what is off the grid is refused."}
BOOLEAN: Schema = {"type": "boolean"}
ID_TEXT: Schema = _text(CLIENT_ID)
SYMBOL_CODE: Schema = _text(SYMBOL)
SYMBOL_CODES: Schema = {
    "type": "array",
    "items": SYMBOL_CODE,
    "uniqueItems": True,
    "minItems": 1,
    "maxItems": SYMBOLS_MAX,
}
COUNT: Schema = WHOLE | {"minimum": 1}

_NUMBERS = (
    "orderId cancelOrderId orderListId fromId fromExecutionId preventedMatchId fromPreventedMatchId fromAllocationId "
    "strategyId offset status"
)
_SWITCHES = (
    "computeCommissionRates omitZeroBalances showPermissionSets includeSource transactionFeeFlag isFreeze "
    "needBtcValuation needBalanceDetail returnFailHistory"
)
_IDS = (
    "clientOrderId newClientOrderId origClientOrderId listClientOrderId cancelOrigClientOrderId cancelNewClientOrderId "
    "withdrawOrderId clientTranId"
)
_TEXTS = (
    "asset quoteAsset fromAsset toAsset coin network address addressTag name email fromEmail toEmail txId idList "
    "quoteId listenKey permissions fromSymbol toSymbol"
)
HEX_TEXT: Schema = {"type": "string", "pattern": "^([0-9a-fA-F]{2})*$"}
JSON_TEXT: Schema = {"type": "string", "minLength": 2, "description": "JSON."}
_COIN_NUMBERS = (
    "institution seat account accountNumber wholeNumber proposalId beforeId redemptionId lawfulOrderId holdId dvpId "
    "scheduleId expiresNs"
)
_CURRENCY_NUMBERS = "wallet walletClass category purposeId purseId holder beforeSequence sinceSequence"
_RECORD_NUMBERS = "from sequence"
_P2P_NUMBERS = "advert order trader paymentAccount afterPlace payMinutes minOrders minDays minCompletionPercent days"
_P2P_DECIMALS = "assetAmount fiatAmount fiatMin fiatMax margin priceLimit firstTimeFiatMax buyerAmount"
_P2P_TEXTS = (
    "fiat nickname method methods number bank branch paymentAccounts terms autoReply countries files code advertStates "
    "orderStates walletKey walletSignature"
)
_CURRENCY_TEXTS = (
    "currency phone holderName document country keyKind publicKey apiKey fromOperator memo requestId requestState "
    "categories message messageId"
)
_KINDS: tuple[tuple[str, Schema], ...] = (
    (_COIN_NUMBERS, WHOLE),
    (_CURRENCY_NUMBERS, WHOLE),
    (_RECORD_NUMBERS, WHOLE),
    (_CURRENCY_TEXTS, TEXT),
    (_P2P_NUMBERS, WHOLE),
    (_P2P_DECIMALS, DECIMAL_TEXT),
    (_P2P_TEXTS, TEXT),
    ("takeable good", BOOLEAN),
    ("tier", _one_of(Tier)),
    ("sort", _one_of(P2P_SORTS)),
    ("waiting", _one_of(WAITING)),
    ("advertState", _one_of(AdvertState.__members__)),
    ("cancelReason", _one_of(name for name in CancelReason.__members__ if name != "NONE")),
    ("ground", _one_of(name for name in Ground.__members__ if name not in ("NONE", "RELEASE_LATE"))),
    ("waterfall reverse", BOOLEAN),
    ("line", DECIMAL_TEXT),
    ("paymentId", HEX_TEXT),
    ("encoded approval authenticatorData clientData hexText", HEX_TEXT),
    ("command payments", JSON_TEXT),
    ("moment", TIME),
    ("clientId", ID_TEXT),
    ("payee text proposalState", TEXT),
    ("symbol", SYMBOL_CODE),
    ("symbols", SYMBOL_CODES),
    (_NUMBERS, WHOLE),
    ("page rows size current pageSize", COUNT),
    ("startTime endTime startTimestamp endTimestamp timestamp", TIME),
    ("quantity price stopPrice icebergQty quoteOrderQty newQty amount fromAmount toAmount", DECIMAL_TEXT),
    (_SWITCHES, BOOLEAN),
    (_IDS, ID_TEXT),
    (_TEXTS, TEXT),
    ("side", _one_of(SIDES)),
    ("type", _one_of(TYPES)),
    ("timeInForce", _one_of(TIMES_IN_FORCE)),
    ("selfTradePreventionMode", _one_of(MODES)),
    ("newOrderRespType", _one_of(RESPONSE_TYPES)),
    ("cancelRestrictions", _one_of(RESTRICTIONS)),
    ("cancelReplaceMode", _one_of(replace.REPLACE_MODES)),
    ("orderRateLimitExceededMode", _one_of(replace.OVER_LIMIT_MODES)),
    ("pegPriceType", _one_of(PEGS)),
    ("pegOffsetType", _one_of([PEG_OFFSET_TYPE])),
    ("pegOffsetValue", WHOLE | {"maximum": PEG_OFFSET_MAX}),
    ("trailingDelta", WHOLE | {"minimum": 1, "maximum": TRAIL_BIPS_MAX}),
    ("strategyType", WHOLE | {"minimum": STRATEGY_TYPE_MIN}),
    ("symbolStatus", _one_of(STATUSES)),
    ("interval", _one_of(INTERVAL_CODES)),
    ("windowSize", _one_of(tickers.WINDOWS)),
    ("tickerType", _one_of(tickers.TICKER_TYPES)),
    ("timeZone", _text(TIME_ZONE)),
    ("recvWindow", _text(RECV_WINDOW) | {"description": f"Milliseconds; {RECV_WINDOW_MS} if it is not sent."}),
    ("subAccountString", _text(sub_accounts.NAME)),
    ("fromAccountType toAccountType", _one_of([sub_transfers.ACCOUNT_TYPE])),
    ("direction", {"type": "integer", "enum": list(sub_transfers.DIRECTIONS)}),
    ("transferType", _one_of(wallet_transfers.KINDS)),
    ("transferTypeKnown", _one_of(sorted(wallet_transfers.KNOWN))),
    ("snapshotType", _one_of(wallet_assets.SNAPSHOT_KINDS)),
    ("walletType", _one_of(convert.WALLETS)),
    ("walletNumber", {"type": "integer", "enum": [int(kind) for kind in WalletKind]}),
    ("validTime", _one_of(convert.VALID_US)),
    ("accountType", _one_of([dust.ACCOUNT_TYPE])),
    ("tradeType", _one_of(c2c.TRADE_TYPES)),
)
KINDS = {name: schema for line, schema in _KINDS for name in line.split()}
SIGNED = names("timestamp! recvWindow")
"""What every signed request bears beside its signature."""


def schema_of(declared: Declared) -> Schema:
    """Raises KeyError for a name that stands for nothing."""
    least, dots, rest = declared.kind.partition("..")
    if dots:  # what a Limit says of itself
        maximum, _, default = rest.partition("=")
        bounds = {"maximum": int(maximum)} if maximum else {}
        return COUNT | {"minimum": int(least)} | bounds | {"default": int(default)}
    return KINDS[declared.kind or base_name(declared.name)]


def base_name(name: str) -> str:
    """A name without the words of the leg that it belongs to: of pendingAbovePrice it is price."""
    if name in KINDS:
        return name
    for leg in LEGS:
        rest = name.removeprefix(leg)
        if rest and rest != name:
            return base_name(rest[0].lower() + rest[1:])
    return name
