"""Who must approve a command, as far as a door can tell: so that it is handed in when its quorum is there.

The table of docs/rules/approvals.md once more. The core is the one that counts; where this errs, a command goes in too
early and is refused, or it waits.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from venus.gateway.issuance.ledger_facts import LedgerFacts
from venus.gateway.issuance.refusals import refused
from venus.gateway.issuance.signatures import is_active
from venus.records import coins, commands, institutions
from venus.records.approvals import Approval
from venus.records.commands import AccountKind, PlainCommand
from venus.records.institutions import SUPERVISOR_INSTITUTION, Role
from venus.records.rejects import Reject
from venus.views.issuance_questions import Institution, LawfulOrder, Seat


class Need(NamedTuple):
    """All of some institutions, one of some others (if any are named), and one seat of a last one."""

    all_of: tuple[int, ...] = ()
    any_of: tuple[int, ...] = ()
    seat_of: int | None = None

    @property
    def is_nobody(self) -> bool:
        return self == Need()


_CONTROLS = (
    commands.ListAsset,
    commands.ListSymbol,
    commands.SetFeeTier,
    commands.SetAccountTier,
    commands.SetTradeGroup,
    commands.FreezeAccount,
    commands.UnfreezeAccount,
    commands.HaltSymbol,
    commands.ResumeSymbol,
    commands.AdoptRules,
    commands.MoveToRules,
    commands.SetSymbolRules,
    commands.SetExchangeLimits,
    commands.SetAssetLimit,
)


def needed(facts: LedgerFacts, command: PlainCommand, lawful: LawfulOrder | None) -> Need:
    """Raises ApiError if it cannot be told. lawful: the order that the command names, if there is one."""
    match command:
        case commands.OpenAccounts() if command.account_kind == AccountKind.PERSON:
            return Need()
        case commands.OpenAccounts():
            return _controls(facts)
        case institutions.AddInstitution() | coins.AdoptCalendar():
            return Need((SUPERVISOR_INSTITUTION,))
        case institutions.SetQuorum():
            _know(facts, command.institution)
            return Need((SUPERVISOR_INSTITUTION,))
        case institutions.SeatPerson() | institutions.RevokeSeat():
            _know(facts, command.institution)
            return Need((), (command.institution, SUPERVISOR_INSTITUTION))
        case institutions.AdoptControls():
            _know(facts, command.institution)
            return Need((command.institution, SUPERVISOR_INSTITUTION))
        case _ if isinstance(command, _CONTROLS):
            return _controls(facts)
        case coins.EnforceOrder() | coins.LiftOrder() | coins.DecideAppeal():
            return _of_order(facts, command, lawful)
        case _:
            return _of_coin(facts, command)


def _controls(facts: LedgerFacts) -> Need:
    controls = facts.who.controls
    return Need() if controls < 0 else Need((controls,))


def _of_order(facts: LedgerFacts, command: PlainCommand, lawful: LawfulOrder | None) -> Need:
    if lawful is None:
        raise refused(Reject.UNKNOWN_LAWFUL_ORDER)
    return Need((_issuer(facts, lawful.coin) if isinstance(command, coins.EnforceOrder) else lawful.authority,))


def _of_coin(facts: LedgerFacts, command: PlainCommand) -> Need:
    match command:
        case coins.RegisterCoin():
            _know(facts, command.issuer, command.agent)
            return Need((command.issuer, SUPERVISOR_INSTITUTION))
        case coins.AdoptPack():
            return Need((_issuer(facts, command.coin), SUPERVISOR_INSTITUTION))
        case coins.SetMinter():
            issuer = _issuer(facts, command.coin)
            _know(facts, command.minter)
            return Need((issuer, SUPERVISOR_INSTITUTION))
        case coins.OpenReserve():
            issuer = _issuer(facts, command.coin)
            _know(facts, command.custodian)
            return Need((issuer, command.custodian))
        case coins.CloseReserve():
            reserve = _reserve(facts, command.reserve)
            return Need((reserve[0], _issuer(facts, reserve[1])))
        case coins.AttestReserve() | coins.ConfirmReceipt():
            return Need((_reserve(facts, command.reserve)[0],))
        case coins.Mint():
            coin = facts.coin_of(command.coin)
            if coin is None:
                raise refused(Reject.UNKNOWN_COIN)
            if command.minter not in {minter.institution for minter in coin.minters}:
                raise refused(Reject.UNKNOWN_MINTER)
            return Need((command.minter,))
        case coins.Burn():
            return Need((_issuer(facts, command.coin),))
        case coins.PauseMinting():
            return Need((), (_issuer(facts, command.coin), SUPERVISOR_INSTITUTION))
        case coins.PayRedemptions():
            _issuer(facts, command.coin)
            coin = facts.coin_of(command.coin)
            assert coin is not None
            return Need((coin.agent,))
        case coins.OrderLawful():
            _issuer(facts, command.coin)
            _know(facts, command.authority, command.second)
            return Need((command.authority,), (), command.second)
        case _:
            return Need()


def _know(facts: LedgerFacts, *numbers: int) -> None:
    if any(facts.institution(number) is None for number in numbers):
        raise refused(Reject.UNKNOWN_INSTITUTION)


def _issuer(facts: LedgerFacts, asset: int) -> int:
    coin = facts.coin_of(asset)
    if coin is None:
        raise refused(Reject.UNKNOWN_COIN)
    return coin.issuer


def _reserve(facts: LedgerFacts, number: int) -> tuple[int, int]:
    """Its custodian and its coin."""
    reserve = facts.reserve(number)
    if reserve is None:
        raise refused(Reject.UNKNOWN_RESERVE)
    return reserve.custodian, reserve.coin


def is_met(facts: LedgerFacts, need: Need, approvals: Sequence[Approval], now_ns: int) -> bool:
    """Whether these approvals, as far as they are good now, are enough."""
    return not missing(facts, need, approvals, now_ns)


def missing(facts: LedgerFacts, need: Need, approvals: Sequence[Approval], now_ns: int) -> list[str]:
    """Whose approval is still wanted, in words; empty: nobody's."""
    good = good_approvals(facts, approvals, now_ns)
    signed: dict[int, list[Seat]] = {}
    for approval in good:
        seats = facts.institution_numbered(approval.institution).seats
        signed.setdefault(approval.institution, []).append(seats[approval.seat])

    def lacks(number: int) -> bool:
        return not _fulfil(facts.institution_numbered(number), signed.get(number, ()))

    wanted = [f"a quorum of {facts.institution_name(number)}" for number in need.all_of if lacks(number)]
    if need.any_of and all(lacks(number) for number in need.any_of):
        names = " or ".join(facts.institution_name(number) for number in dict.fromkeys(need.any_of))
        wanted.append(f"a quorum of {names}")
    if need.seat_of is not None and need.seat_of not in signed:
        wanted.append(f"one seat of {facts.institution_name(need.seat_of)}")
    return wanted


def good_approvals(facts: LedgerFacts, approvals: Sequence[Approval], now_ns: int) -> list[Approval]:
    """Those that have not expired, of seats that are active."""
    good = []
    for approval in approvals:
        institution = facts.institution(approval.institution)
        if institution is None or not 0 <= approval.seat < len(institution.seats) or approval.expires_ns <= now_ns:
            continue
        if is_active(institution.seats[approval.seat], now_ns):
            good.append(approval)
    return good


def _fulfil(institution: Institution, seats: Iterable[Seat]) -> bool:
    makers = {seat.person for seat in seats if seat.role == Role.MAKER}
    checkers = {seat.person for seat in seats if seat.role == Role.CHECKER}
    return bool(makers and checkers) and len(makers | checkers) >= institution.quorum
