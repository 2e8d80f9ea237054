"""Who must approve a command, and what a quorum is. Source: docs/rules/approvals.md.

Pure, and on the floor of the records, so that a door which waits for a quorum asks what the core asks. The model has an
opinion of its own.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple, Protocol

from venus.records import coins, commands, currency, institutions, p2p, purses
from venus.records.commands import AccountKind, PlainCommand
from venus.records.institutions import SUPERVISOR_INSTITUTION, Role
from venus.records.rejects import Reject


class Need(NamedTuple):
    """All of some institutions, one of some others (if any are named), and one seat of a last one."""

    all_of: tuple[int, ...] = ()
    any_of: tuple[int, ...] = ()
    seat_of: int | None = None


NOBODY = Need()


class Parties(NamedTuple):
    """The institutions that have a say in a coin."""

    issuer: int
    agent: int
    minters: Collection[int]


class CurrencyParties(NamedTuple):
    """The institutions that have a say in a currency: the bank, and its operators by number."""

    central_bank: int
    operators: Sequence[int]


class Known(Protocol):
    """What decides who must approve: the core's state, or what a door was told of it."""

    @property
    def is_founded(self) -> bool: ...

    @property
    def controlled_by(self) -> int:
        """The institution of AdoptControls; -1: none."""

    @property
    def institutions_count(self) -> int: ...

    def parties(self, coin: int) -> Parties | None:
        """None: no such coin; so below."""

    def reserve_parties(self, reserve: int) -> tuple[int, int] | None:
        """Its custodian and its coin."""

    def lawful_parties(self, order: int) -> tuple[int, int] | None:
        """Its authority, and the coin or currency that it is over."""

    def currency_parties(self, currency: int) -> CurrencyParties | None: ...

    @property
    def p2p_arbiter(self) -> int:
        """The institution of SetP2pTerms; -1: no terms."""

    def dispute_parties(self, order: int) -> tuple[int, bool] | None:
        """The arbiter of an order between people, and whether a verdict on it needs a quorum."""


class Place(Protocol):
    """What of a seat counts."""

    @property
    def person(self) -> int: ...

    @property
    def role(self) -> int: ...


class Validity(Protocol):
    """From when until when a seat is valid; until 0: no end."""

    @property
    def from_ns(self) -> int: ...

    @property
    def until_ns(self) -> int: ...


def is_active(seat: Validity, time_ns: int, *, revoked: bool) -> bool:
    return not revoked and seat.from_ns <= time_ns and (seat.until_ns == 0 or time_ns < seat.until_ns)


def is_quorum(seats: Iterable[Place], quorum: int) -> bool:
    """Enough persons, and a maker and a checker who are not the same."""
    persons: dict[int, set[int]] = {Role.MAKER: set(), Role.CHECKER: set()}
    for seat in seats:
        persons[seat.role].add(seat.person)
    makers, checkers = persons[Role.MAKER], persons[Role.CHECKER]
    # With a maker, a checker, and two persons, one can be told from the other.
    return bool(makers and checkers) and len(makers | checkers) >= quorum


def needed(known: Known, command: PlainCommand) -> Reject | Need:
    """Who must approve, or why that cannot be told."""
    if isinstance(command, _CONTROLS | commands.OpenAccounts):
        return _control_needs(known, command)
    if isinstance(command, institutions.FoundExchange | commands.NoteClockJump):
        return NOBODY
    if not known.is_founded:
        return Reject.NOT_FOUNDED
    if isinstance(command, p2p.OfMarket):
        return _of_market(known, command)
    match command:
        case institutions.AddInstitution() | coins.AdoptCalendar():
            return Need((SUPERVISOR_INSTITUTION,))
        case institutions.SetQuorum(institution=number):
            return _if_known(known, (number,), Need((SUPERVISOR_INSTITUTION,)))
        case institutions.SeatPerson(institution=number) | institutions.RevokeSeat(institution=number):
            return _if_known(known, (number,), Need((), (number, SUPERVISOR_INSTITUTION)))
        case institutions.AdoptControls(institution=number):
            return _if_known(known, (number,), Need((number, SUPERVISOR_INSTITUTION)))
        case coins.RegisterCoin(issuer=issuer, agent=agent):
            return _if_known(known, (issuer, agent), Need((issuer, SUPERVISOR_INSTITUTION)))
        case coins.CloseReserve(reserve=number):
            return _of_reserve(known, number, with_issuer=True)
        case coins.AttestReserve(reserve=number) | coins.ConfirmReceipt(reserve=number):
            return _of_reserve(known, number, with_issuer=False)
        case coins.EnforceOrder(order=number):
            return _to_enforce(known, number)
        case coins.LiftOrder(order=number) | coins.DecideAppeal(order=number):
            return _of_order(known, number)
        case currency.RegisterCurrency(central_bank=number):
            return _if_known(known, (number,), Need((number,)))
        case _ if isinstance(command, _OfCurrency):
            found = known.currency_parties(command.currency)
            return Reject.UNKNOWN_CURRENCY if found is None else _of_currency(known, command, found)
        case _ if isinstance(command, _OfCoin):
            parties = known.parties(command.coin)
            return Reject.UNKNOWN_COIN if parties is None else _of_coin(known, command, parties)
        case _:
            return NOBODY


_OfCoin = (
    coins.AdoptPack
    | coins.OpenReserve
    | coins.SetMinter
    | coins.Mint
    | coins.Burn
    | coins.PauseMinting
    | coins.PayRedemptions
    | coins.PayTreasury
    | coins.OrderLawful
)
_OfCurrency = (
    currency.AdmitOperator
    | currency.SetQuota
    | currency.GrantReserves
    | currency.WithdrawReserves
    | currency.IssueCurrency
    | currency.RedeemCurrency
    | currency.AdoptRegime
    | currency.PostInterest
    | currency.MoveWallets
    | currency.UnsealIdentity
    | currency.OrderOverCurrency
    | purses.SetPurseTerms
)
_CONTROLS = (
    commands.ListAsset
    | commands.ListSymbol
    | commands.SetFeeTier
    | commands.SetAccountTier
    | commands.SetTradeGroup
    | commands.FreezeAccount
    | commands.UnfreezeAccount
    | commands.HaltSymbol
    | commands.ResumeSymbol
    | commands.AdoptRules
    | commands.MoveToRules
    | commands.SetSymbolRules
    | commands.SetExchangeLimits
    | commands.SetAssetLimit
)


def _of_coin(known: Known, command: _OfCoin, parties: Parties) -> Reject | Need:
    match command:
        case coins.AdoptPack():
            return Need((parties.issuer, SUPERVISOR_INSTITUTION))
        case coins.OpenReserve(custodian=custodian):
            return _if_known(known, (custodian,), Need((parties.issuer, custodian)))
        case coins.SetMinter(minter=minter):
            return _if_known(known, (minter,), Need((parties.issuer, SUPERVISOR_INSTITUTION)))
        case coins.Mint(minter=minter):
            return Need((minter,)) if minter in parties.minters else Reject.UNKNOWN_MINTER
        case coins.Burn():
            return Need((parties.issuer,))
        case coins.PauseMinting():
            return Need((), (parties.issuer, SUPERVISOR_INSTITUTION))
        case coins.PayRedemptions():
            return Need((parties.agent,))
        case coins.PayTreasury():
            return Need((parties.issuer,))
        case coins.OrderLawful(authority=authority, second=second):
            return _if_known(known, (authority, second), Need((authority,), (), second))


def _of_currency(known: Known, command: _OfCurrency, parties: CurrencyParties) -> Reject | Need:
    bank = Need((parties.central_bank,))
    match command:
        case currency.AdmitOperator(institution=number):
            return _if_known(known, (number,), bank)
        case currency.AdoptRegime() | currency.PostInterest():
            return bank
        case currency.MoveWallets(from_operator=number, to_operator=to):
            if not (_is_operator(parties, number) and _is_operator(parties, to)):
                return Reject.UNKNOWN_OPERATOR
            return Need((parties.central_bank, parties.operators[to]))
        case currency.OrderOverCurrency(authority=authority, second=second):
            return _if_known(known, (authority, second), Need((authority,), (), second))
    if not _is_operator(parties, command.operator):
        return Reject.UNKNOWN_OPERATOR
    operator = parties.operators[command.operator]
    match command:
        case currency.IssueCurrency() | purses.SetPurseTerms():
            return Need((parties.central_bank, operator))
        case currency.RedeemCurrency():
            return Need((operator,))
        case currency.UnsealIdentity(authority=authority):
            return _if_known(known, (authority,), Need((operator,), (), authority))
        case _:
            return bank


def _of_market(known: Known, command: p2p.OfMarket) -> Reject | Need:
    if isinstance(command, p2p.SetP2pTerms):
        return _control_needs(known, command)
    arbiter = known.p2p_arbiter
    if arbiter < 0:
        return Reject.NO_P2P_TERMS
    match command:
        case p2p.SanctionTrader():
            operator = known.controlled_by
            return Need((), (arbiter,) if operator < 0 else (arbiter, operator))
        case p2p.DecideDispute(order=order) | p2p.RelockEscrow(order=order) | p2p.RefuseClaim(order=order):
            found = known.dispute_parties(order)
            if found is None:
                return Reject.UNKNOWN_ESCROW
            is_large = found[1] and isinstance(command, p2p.DecideDispute)
            return Need((arbiter,)) if is_large else Need((), (), arbiter)
        case _:
            return NOBODY


def _is_operator(parties: CurrencyParties, number: int) -> bool:
    return 0 <= number < len(parties.operators)


def _if_known(known: Known, numbers: tuple[int, ...], need: Need) -> Reject | Need:
    return need if all(0 <= number < known.institutions_count for number in numbers) else Reject.UNKNOWN_INSTITUTION


def _of_reserve(known: Known, number: int, *, with_issuer: bool) -> Reject | Need:
    found = known.reserve_parties(number)
    if found is None:
        return Reject.UNKNOWN_RESERVE
    custodian, coin = found
    return Need((custodian, _issuer(known, coin))) if with_issuer else Need((custodian,))


def _of_order(known: Known, number: int) -> Reject | Need:
    found = known.lawful_parties(number)
    return Reject.UNKNOWN_LAWFUL_ORDER if found is None else Need((found[0],))


def _to_enforce(known: Known, number: int) -> Reject | Need:
    """A coin's issuer; a currency has two tiers, so its central bank or who gave the order."""
    found = known.lawful_parties(number)
    if found is None:
        return Reject.UNKNOWN_LAWFUL_ORDER
    authority, asset = found
    of_currency = known.currency_parties(asset)
    return Need((_issuer(known, asset),)) if of_currency is None else Need((), (of_currency.central_bank, authority))


def _issuer(known: Known, coin: int) -> int:
    parties = known.parties(coin)
    assert parties is not None, coin
    return parties.issuer


def _control_needs(known: Known, command: PlainCommand) -> Need:
    """Nobody before AdoptControls: a sandbox, or an exchange that is being set up."""
    is_person = isinstance(command, commands.OpenAccounts) and command.account_kind == AccountKind.PERSON
    return NOBODY if known.controlled_by < 0 or is_person else Need((known.controlled_by,))
