"""Who must approve a command, and whether they did. Source: docs/rules/approvals.md."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from venus.core.affairs import Affairs, Institution, Seat
from venus.core.signatures import holds
from venus.core.steps import Step
from venus.records import coins, commands, institutions
from venus.records.approvals import Approval, statement
from venus.records.commands import AccountKind, PlainCommand, encode_cold
from venus.records.events import EventKind
from venus.records.institutions import SUPERVISOR_INSTITUTION, Role
from venus.records.rejects import Reject

_APPROVALS_MAX = 32
_LIFE_NS_MAX = 7 * coins.DAY_NS


class Need(NamedTuple):
    """All of some institutions, one of some others (if any are named), and one seat of a last one."""

    all_of: tuple[int, ...]
    any_of: tuple[int, ...]
    seat_of: int | None


NOBODY = Need((), (), None)


def all_of(*numbers: int) -> Need:
    return Need(numbers, (), None)


def any_of(*numbers: int) -> Need:
    return Need((), numbers, None)


def is_active(seat: Seat, time_ns: int) -> bool:
    terms = seat.terms
    return not seat.revoked and terms.from_ns <= time_ns and (terms.until_ns == 0 or time_ns < terms.until_ns)


def fulfil(institution: Institution, seats: Iterable[Seat]) -> bool:
    """Enough persons, and a maker and a checker who are not the same."""
    roles: dict[int, set[int]] = {Role.MAKER: set(), Role.CHECKER: set()}
    for seat in seats:
        roles[seat.terms.role].add(seat.terms.person)
    makers, checkers = roles[Role.MAKER], roles[Role.CHECKER]
    persons = makers | checkers
    # With a maker, a checker, and two persons, one can be told from the other.
    return bool(makers and checkers) and len(persons) >= institution.quorum


def can_meet(institution: Institution, time_ns: int) -> bool:
    return fulfil(institution, [seat for seat in institution.seats if is_active(seat, time_ns)])


def _coin(affairs: Affairs, number: int, need: Callable[[Any], Need]) -> Reject | Need:
    return need(affairs.coins[number]) if number in affairs.coins else Reject.UNKNOWN_COIN


def _known(affairs: Affairs, numbers: Sequence[int], need: Need) -> Reject | Need:
    count = len(affairs.institutions)
    return need if all(0 <= number < count for number in numbers) else Reject.UNKNOWN_INSTITUTION


def _reserve(affairs: Affairs, number: int, with_issuer: bool) -> Reject | Need:
    if not 0 <= number < len(affairs.reserves):
        return Reject.UNKNOWN_RESERVE
    reserve = affairs.reserves[number]
    return all_of(reserve.custodian, *([affairs.coins[reserve.coin].issuer] if with_issuer else []))


def _mint(affairs: Affairs, command: coins.Mint) -> Reject | Need:
    if command.coin not in affairs.coins:
        return Reject.UNKNOWN_COIN
    is_minter = command.minter in affairs.coins[command.coin].minters
    return all_of(command.minter) if is_minter else Reject.UNKNOWN_MINTER


def _lawful(affairs: Affairs, number: int, *, by_issuer: bool) -> Reject | Need:
    if not 1 <= number <= len(affairs.lawful):
        return Reject.UNKNOWN_LAWFUL_ORDER
    order = affairs.lawful[number - 1]
    return all_of(affairs.coins[order.coin].issuer if by_issuer else order.authority)


def _order_lawful(affairs: Affairs, command: coins.OrderLawful) -> Reject | Need:
    if command.coin not in affairs.coins:
        return Reject.UNKNOWN_COIN
    need = Need((command.authority,), (), command.second)
    return _known(affairs, (command.authority, command.second), need)


def _of_coin_with(affairs: Affairs, command: coins.OpenReserve | coins.SetMinter, other: int) -> Reject | Need:
    if command.coin not in affairs.coins:
        return Reject.UNKNOWN_COIN
    is_reserve = isinstance(command, coins.OpenReserve)
    need = all_of(affairs.coins[command.coin].issuer, other if is_reserve else SUPERVISOR_INSTITUTION)
    return _known(affairs, (other,), need)


def needed(affairs: Affairs, command: PlainCommand) -> Reject | Need:
    """Who must approve, or why that cannot be told."""
    if isinstance(command, (*_CONTROLS, commands.OpenAccounts)):
        return _control_needs(affairs, command)
    if isinstance(command, institutions.FoundExchange | commands.NoteClockJump):
        return NOBODY
    if not affairs.exchange:
        return Reject.NOT_FOUNDED
    supervisor = all_of(SUPERVISOR_INSTITUTION)
    match command:
        case institutions.AddInstitution() | coins.AdoptCalendar():
            return supervisor
        case institutions.SetQuorum(institution=number):
            return _known(affairs, (number,), supervisor)
        case institutions.SeatPerson(institution=number) | institutions.RevokeSeat(institution=number):
            return _known(affairs, (number,), any_of(number, SUPERVISOR_INSTITUTION))
        case institutions.AdoptControls(institution=number):
            return _known(affairs, (number,), all_of(number, SUPERVISOR_INSTITUTION))
        case coins.RegisterCoin(issuer=issuer, agent=agent):
            return _known(affairs, (issuer, agent), all_of(issuer, SUPERVISOR_INSTITUTION))
        case coins.AdoptPack(coin=number):
            return _coin(affairs, number, lambda coin: all_of(coin.issuer, SUPERVISOR_INSTITUTION))
        case coins.OpenReserve(custodian=custodian):
            return _of_coin_with(affairs, command, custodian)
        case coins.SetMinter(minter=minter):
            return _of_coin_with(affairs, command, minter)
        case coins.CloseReserve(reserve=number):
            return _reserve(affairs, number, with_issuer=True)
        case coins.AttestReserve(reserve=number) | coins.ConfirmReceipt(reserve=number):
            return _reserve(affairs, number, with_issuer=False)
        case coins.Mint():
            return _mint(affairs, command)
        case coins.Burn(coin=number):
            return _coin(affairs, number, lambda coin: all_of(coin.issuer))
        case coins.PauseMinting(coin=number):
            return _coin(affairs, number, lambda coin: any_of(coin.issuer, SUPERVISOR_INSTITUTION))
        case coins.PayRedemptions(coin=number):
            return _coin(affairs, number, lambda coin: all_of(coin.agent))
        case coins.OrderLawful():
            return _order_lawful(affairs, command)
        case coins.EnforceOrder(order=number):
            return _lawful(affairs, number, by_issuer=True)
        case coins.LiftOrder(order=number) | coins.DecideAppeal(order=number):
            return _lawful(affairs, number, by_issuer=False)
        case _:
            return NOBODY


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


def _control_needs(affairs: Affairs, command: PlainCommand) -> Need:
    """Nobody before AdoptControls: a sandbox, or an exchange that is being set up."""
    is_person = isinstance(command, commands.OpenAccounts) and command.account_kind == AccountKind.PERSON
    return NOBODY if affairs.controls < 0 or is_person else all_of(affairs.controls)


def refusal(step: Step, command: PlainCommand, approvals: Sequence[Approval]) -> Reject:
    """Tests 3 to 6 of a command's approvals."""
    need = needed(step.affairs, command)
    if isinstance(need, Reject):
        return need
    if need == NOBODY:
        return Reject.INVALID_COMMAND if approvals else Reject.NONE
    if not 1 <= len(approvals) <= _APPROVALS_MAX:
        return Reject.APPROVALS_MISSING
    body = encode_cold(command)
    signed: dict[int, dict[int, Seat]] = {}
    for approval in approvals:
        reject, seat = _one(step, approval, body, signed)
        if seat is None:
            return reject
        signed.setdefault(approval.institution, {})[approval.seat] = seat
    return Reject.NONE if _is_met(step.affairs, need, signed) else Reject.QUORUM_MISSING


def _one(step: Step, approval: Approval, body: bytes, signed: dict[int, dict[int, Seat]]) -> tuple[Reject, Seat | None]:
    """Test 5 of one approval."""
    affairs, number = step.affairs, approval.institution
    if not 0 <= number < len(affairs.institutions):
        return Reject.UNKNOWN_SEAT, None
    seats = affairs.institutions[number].seats
    if not 0 <= approval.seat < len(seats):
        return Reject.UNKNOWN_SEAT, None
    seat = seats[approval.seat]
    if not is_active(seat, step.time_ns):
        return Reject.SEAT_NOT_ACTIVE, None
    if not step.time_ns < approval.expires_ns <= step.time_ns + _LIFE_NS_MAX:
        return Reject.APPROVAL_EXPIRED, None
    if approval.seat in signed.get(number, {}):
        return Reject.APPROVAL_DUPLICATE, None
    said = statement(affairs.exchange, number, approval.seat, approval.expires_ns, body)
    terms = seat.terms
    if not holds(terms.scheme, terms.key, said, approval, affairs.relying_party, affairs.page_origin):
        return Reject.BAD_SIGNATURE, None
    return Reject.NONE, seat


def _is_met(affairs: Affairs, need: Need, signed: dict[int, dict[int, Seat]]) -> bool:
    def meets(number: int) -> bool:
        return fulfil(affairs.institutions[number], signed.get(number, {}).values())

    return (
        all(meets(number) for number in need.all_of)
        and (not need.any_of or any(meets(number) for number in need.any_of))
        and (need.seat_of is None or need.seat_of in signed)
    )


def say_approvals(step: Step, approvals: Sequence[Approval]) -> None:
    for approval in approvals:
        person = step.affairs.institutions[approval.institution].seats[approval.seat].terms.person
        step.say(EventKind.APPROVED, order_id=approval.institution, maker_order_id=approval.seat, price_ticks=person)
