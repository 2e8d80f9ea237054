"""What only cold commands of rules 3 read or write: institutions, coins, what is held. Beside Facts in snapshots."""

import msgspec

from venus.core.p2p_market import Market, no_market
from venus.records.coins import AdoptCalendar, AdoptPack
from venus.records.currency import AdoptRegime
from venus.records.institutions import SeatTerms
from venus.records.quorums import CurrencyParties, Parties


class Seat(msgspec.Struct):
    terms: SeatTerms
    revoked: bool


class Institution(msgspec.Struct):
    name: str
    duties: int
    quorum: int
    seats: list[Seat]


class Minter(msgspec.Struct):
    """What an institution may still mint of a coin: left_atoms at since_ns, and what has refilled since."""

    cap_atoms: int
    refill_atoms_a_day: int
    left_atoms: int
    since_ns: int


class Coin(msgspec.Struct):
    """`sums` and `counted_atoms` are kept so that a change of one reserve is reckoned without the others."""

    asset: int
    currency: str
    issuer: int
    agent: int
    issue_account: int
    escrow_account: int
    treasury_account: int
    pack: AdoptPack | None
    paused: bool
    stop: int  # Stop bits
    overdue: int  # redemptions
    backing_atoms: int
    supply_atoms: int
    counted_atoms: int  # of all reserves
    sums: dict[int, int]  # of them, by custodian
    reserves: list[int]  # the open ones, ascending
    minters: dict[int, Minter]
    queue: list[int]  # redemptions, who waits longest first
    waiting_atoms: int  # of the queue


class Reserve(msgspec.Struct):
    coin: int
    custodian: int
    account: str
    instrument: int
    currency: str
    maturity_ns: int  # 0: on demand
    closed: bool
    atoms: int
    as_of_ns: int  # -1: never attested
    moved_ns: int  # -1: never
    counted_atoms: int
    due_ns: int  # when it counts otherwise; 0: never without a command


class Receipt(msgspec.Struct):
    """Funds that came in and were not yet minted for."""

    reserve: int
    account: int
    atoms: int


class Redemption(msgspec.Struct):
    coin: int
    account: int
    atoms: int  # that still wait
    deadline_ns: int
    overdue: bool
    payee: str


class Lawful(msgspec.Struct):
    """A lawful order that was given; an ended one stays, so that it is never forgotten."""

    order_kind: int
    coin: int  # or a currency, by its asset
    account: int
    wanted_atoms: int  # that it may still take
    frozen_atoms: int  # of a FREEZE: what it holds
    to_account: int
    frozen_by: int
    authority: int
    second: int
    basis: str
    expires_ns: int
    end: int  # LawfulEnd
    appealed: bool


class HolderKey(msgspec.Struct):
    scheme: int
    key: bytes


class Hold(msgspec.Struct):
    """As it was created; `atoms` is what is still held."""

    account: int
    target: int
    notary: int
    asset: int
    atoms: int
    reclaim_ns: int
    expires_ns: int
    hash_lock: bytes


class Trade(msgspec.Struct):
    account: int
    counterparty: int
    give_asset: int
    give_atoms: int
    take_asset: int
    take_atoms: int
    expires_ns: int


class Schedule(msgspec.Struct):
    account: int
    to_account: int
    asset: int
    atoms: int
    next_ns: int
    every_ns: int
    left: int  # payments


class Operator(msgspec.Struct):
    institution: int
    treasury_account: int
    reserve_account: int
    quota_atoms: int
    outstanding_atoms: int  # issued less redeemed; below 0 where it redeemed what others issued
    moved_to: int  # the operator that has its wallets now; -1: it has them itself


class Currency(msgspec.Struct):
    """Operators are numbered by their places."""

    asset: int
    reserve_asset: int
    currency: str
    central_bank: int
    issue_account: int
    reserve_account: int
    backing_account: int
    offline_account: int
    operators: list[Operator]
    regimes: list[AdoptRegime]  # the one in force, then those to come, by time
    in_force: bool  # whether the first of them is
    regimes_count: int  # ever


class Purpose(msgspec.Struct):
    """`atoms` is what is left."""

    account: int  # who gave it
    holder: int
    asset: int
    atoms: int
    expires_ns: int
    categories: tuple[int, ...]


class PurseTerms(msgspec.Struct):
    key: bytes
    holds_atoms_max: int
    payment_atoms_max: int
    guarantee_atoms: int
    life_ns_max: int
    claim_ns: int


class Purse(msgspec.Struct):
    """`payments` that were paid, sorted: counter, total, atoms, and a digest of the rest."""

    account: int
    currency: int
    operator: int
    key: bytes
    holds_atoms_max: int
    payment_atoms_max: int
    expires_ns: int
    closes_ns: int
    loaded_atoms: int
    paid_atoms: int  # of what was loaded; all of it once closed
    guarantee_atoms: int  # left
    caught: bool
    closed: bool
    payments: list[tuple[int, int, int, bytes]]


class Affairs(msgspec.Struct):
    """Numbers of institutions, calendars and reserves are places in their lists; receipts, redemptions, lawful orders
    and all that holders make count from 1."""

    exchange: bytes  # digest of who this exchange is; empty before FoundExchange
    relying_party: str
    page_origin: str
    institutions: list[Institution]
    persons: dict[int, int]  # at which institution each sits
    keys: dict[bytes, int]  # every key that ever was, and whose
    controls: int  # the institution of AdoptControls; -1: none
    calendars: list[AdoptCalendar]
    coins: dict[int, Coin]  # by asset
    reserves: list[Reserve]
    receipts: dict[int, Receipt]
    receipts_count: int  # ever
    redemptions: dict[int, Redemption]
    redemptions_count: int
    lawful: list[Lawful]
    holder_keys: dict[int, HolderKey]  # by account
    allowances: dict[tuple[int, int, int], int]  # atoms by account, spender, asset
    holds: dict[int, Hold]
    holds_count: int
    trades: dict[int, Trade]
    trades_count: int
    schedules: dict[int, Schedule]
    schedules_count: int
    currencies: dict[int, Currency]  # by asset
    purposes: dict[int, Purpose]
    purposes_count: int  # ever
    purse_terms: dict[tuple[int, int], PurseTerms]  # by currency and operator
    purses: list[Purse]  # numbered from 1
    purse_keys: dict[bytes, int]
    purses_open: dict[int, int]  # how many, by account; none: not there
    purse_caught: dict[int, int]  # by account, the first that was
    market: Market
    counts_due: list[tuple[int, int]]  # a heap of (due_ns, coin): a reserve of it will count otherwise
    due: list[tuple[int, int, int]]  # a heap of (due_ns, class, number); one that no longer holds is passed over

    # What records/quorums.py asks

    @property
    def is_founded(self) -> bool:
        return bool(self.exchange)

    @property
    def controlled_by(self) -> int:
        return self.controls

    @property
    def institutions_count(self) -> int:
        return len(self.institutions)

    def parties(self, coin: int) -> Parties | None:
        found = self.coins.get(coin)
        return Parties(found.issuer, found.agent, found.minters.keys()) if found else None

    def reserve_parties(self, reserve: int) -> tuple[int, int] | None:
        if not 0 <= reserve < len(self.reserves):
            return None
        found = self.reserves[reserve]
        return found.custodian, found.coin

    def lawful_parties(self, order: int) -> tuple[int, int] | None:
        if not 1 <= order <= len(self.lawful):
            return None
        found = self.lawful[order - 1]
        return found.authority, found.coin

    def currency_parties(self, currency: int) -> CurrencyParties | None:
        found = self.currencies.get(currency)
        return CurrencyParties(found.central_bank, [one.institution for one in found.operators]) if found else None

    @property
    def p2p_arbiter(self) -> int:
        return self.market.terms.arbiter if self.market.terms else -1

    def dispute_parties(self, order: int) -> tuple[int, bool] | None:
        found = self.market.orders.get(order)
        return (self.p2p_arbiter, found.atoms >= found.large_atoms) if found else None


def no_affairs() -> Affairs:
    return Affairs(
        exchange=b"",
        relying_party="",
        page_origin="",
        institutions=[],
        persons={},
        keys={},
        controls=-1,
        calendars=[],
        coins={},
        reserves=[],
        receipts={},
        receipts_count=0,
        redemptions={},
        redemptions_count=0,
        lawful=[],
        holder_keys={},
        allowances={},
        holds={},
        holds_count=0,
        trades={},
        trades_count=0,
        schedules={},
        schedules_count=0,
        currencies={},
        purposes={},
        purposes_count=0,
        purse_terms={},
        purses=[],
        purse_keys={},
        purses_open={},
        purse_caught={},
        market=no_market(),
        counts_due=[],
        due=[],
    )
