"""What a central bank, and seats of its operators and of authorities, propose from a shell."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

from cyclopts import Parameter

from venus.cli.asking import Reference
from venus.cli.coin_access import SeatPlace, sign
from venus.cli.coin_roles import proposal_facts
from venus.cli.currency_access import wallet_number
from venus.cli.launch import nanoseconds
from venus.packs.wallet_regimes import adopt_regime, edition_on
from venus.records.coins import DAY_NS
from venus.records.currency import RegisterCurrency
from venus.sdk.currency import CentralBank, CurrencySeat, OperatorSeat
from venus.sdk.official import Proposal

_NOBODY = SeatPlace()
_SECOND_NS = 10**9


def _propose(place: SeatPlace, kind: type[Any], ask: Callable[[Any], Proposal]) -> int:
    return sign(place, kind, lambda official: proposal_facts(ask(official)))


# Central bank


def register(
    asset: int,
    reserves: int,
    iso: str,
    /,
    *,
    issue_account: int,
    reserve_account: int,
    backing_account: int,
    offline_account: int,
    reference: Reference = "",
    place: SeatPlace = _NOBODY,
) -> int:
    """Central bank: make an asset its currency, on reserves; the founding told the numbers of assets and accounts.

    Parameters
    ----------
    iso
        ISO 4217, such as CNY.
    """

    def ask(one: CentralBank) -> Proposal:
        return one.register(
            RegisterCurrency(
                reference=reference or one.reference("register"),
                asset=asset,
                reserve_asset=reserves,
                currency=iso,
                central_bank=one.number,
                issue_account=issue_account,
                reserve_account=reserve_account,
                backing_account=backing_account,
                offline_account=offline_account,
            )
        )

    return _propose(place, CentralBank, ask)


def admit(
    currency: str,
    institution: str,
    quota: str,
    /,
    *,
    treasury_account: int,
    reserve_account: int,
    reference: Reference = "",
    place: SeatPlace = _NOBODY,
) -> int:
    """Central bank: admit an operator, with the accounts that the founding told the numbers of."""

    def ask(one: CentralBank) -> Proposal:
        return one.admit(
            *(currency, institution, quota),
            treasury_account=treasury_account,
            reserve_account=reserve_account,
            reference=reference,
        )

    return _propose(place, CentralBank, ask)


def quota(
    currency: str, operator: str, amount: str, /, *, reference: Reference = "", place: SeatPlace = _NOBODY
) -> int:
    """Central bank: how much an operator may have outstanding."""
    return _propose(place, CentralBank, lambda one: one.set_quota(currency, operator, amount, reference))


def grant(
    currency: str, operator: str, amount: str, /, *, reference: Reference = "", place: SeatPlace = _NOBODY
) -> int:
    """Central bank: credit an operator's reserves."""
    return _propose(place, CentralBank, lambda one: one.grant_reserves(currency, operator, amount, reference))


def withdraw_reserves(
    currency: str, operator: str, amount: str, /, *, reference: Reference = "", place: SeatPlace = _NOBODY
) -> int:
    """Central bank: debit an operator's reserves."""
    return _propose(place, CentralBank, lambda one: one.withdraw_reserves(currency, operator, amount, reference))


def issue(
    currency: str, operator: str, amount: str, /, *, reference: Reference = "", place: SeatPlace = _NOBODY
) -> int:
    """Central bank, and the operator: issue against as much of its reserves."""
    return _propose(place, CentralBank, lambda one: one.issue(currency, operator, amount, reference))


def regime(
    currency: str,
    name: str,
    edition: datetime,
    /,
    *,
    begins: datetime | None = None,
    in_seconds: int = 0,
    reference: Reference = "",
    place: SeatPlace = _NOBODY,
) -> int:
    """Central bank: adopt an edition of a regime, such as cny 2026-01-01, for the wallets of a currency.

    Parameters
    ----------
    edition
        A day; the edition is the one that holds on it.
    begins
        When it begins here (UTC); without it, at once.
    in_seconds
        So many seconds from now, instead.
    """

    def ask(one: CentralBank) -> Proposal:
        facts = one.currency(currency)
        day = date(edition.year, edition.month, edition.day)
        begins_ns = one.connection.now_ns() + in_seconds * _SECOND_NS if in_seconds else 0
        if begins is not None:
            begins_ns = nanoseconds(begins)
        found, held = edition_on(name, day)
        return one.adopt_regime(
            adopt_regime(
                found,
                held,
                reference=reference or one.reference("regime"),
                currency=int(facts["asset"]),
                scale=int(facts["scale"]),
                from_ns=begins_ns,
            )
        )

    return _propose(place, CentralBank, ask)


def interest(currency: str, /, *, reference: Reference = "", place: SeatPlace = _NOBODY) -> int:
    """Central bank: credit what every wallet earned until now."""
    return _propose(place, CentralBank, lambda one: one.post_interest(currency, reference))


def move(
    currency: str, from_operator: str, to_operator: str, /, *, reference: Reference = "", place: SeatPlace = _NOBODY
) -> int:
    """Central bank, and the operator that takes them over: move all wallets of one that failed."""
    return _propose(place, CentralBank, lambda one: one.move_wallets(currency, from_operator, to_operator, reference))


# Operators' seats, and authorities'


def redeem(currency: str, amount: str, /, *, reference: Reference = "", place: SeatPlace = _NOBODY) -> int:
    """Operator's seats: give currency of the treasury back for reserves."""
    return _propose(place, OperatorSeat, lambda one: one.redeem(currency, amount, reference))


def offer_purses(
    currency: str,
    public_key: str,
    /,
    *,
    holds: str,
    payment: str,
    guarantee: str,
    days: int = 30,
    claim_days: int = 7,
    reference: Reference = "",
    place: SeatPlace = _NOBODY,
) -> int:
    """Operator's seats, and the central bank: what purses that pay offline may be from now on.

    Parameters
    ----------
    public_key
        In hex, of the key that signs openings and certificates.
    holds
        The most that a purse has unsettled.
    payment
        The most that one payment of it is.
    guarantee
        What the operator answers for, a purse, if its device pays twice.
    days
        How long a purse lives at most.
    claim_days
        From its end on, how long it is still settled.
    """

    def ask(one: OperatorSeat) -> Proposal:
        return one.offer_purses(
            currency,
            bytes.fromhex(public_key),
            holds_max=holds,
            payment_max=payment,
            guarantee=guarantee,
            life_ns_max=days * DAY_NS,
            claim_ns=claim_days * DAY_NS,
            reference=reference,
        )

    return _propose(place, OperatorSeat, ask)


def unseal(
    currency: str,
    wallet: str,
    authority: str,
    /,
    *,
    basis: str,
    shown_after_seconds: Annotated[int, Parameter(help="How long the holder is not told.")] = 0,
    reference: Reference = "",
    place: SeatPlace = _NOBODY,
) -> int:
    """Operator's seats, and a seat of an authority: let both look up who holds a wallet.

    Parameters
    ----------
    basis
        Court, case and law.
    """

    def ask(one: OperatorSeat) -> Proposal:
        number = wallet_number(place, one.connection, wallet)
        delay_ns = shown_after_seconds * _SECOND_NS
        return one.unseal(currency, number, authority, basis, shown_after_ns=delay_ns, reference=reference)

    return _propose(place, OperatorSeat, ask)


def identity(wallet: str, /, *, place: SeatPlace = _NOBODY) -> int:
    """Operator's or authority's seat: who holds a wallet that was unsealed. It is written down, and the holder told."""
    return sign(place, CurrencySeat, lambda one: one.identity(wallet_number(place, one.connection, wallet)))


COMMANDS: tuple[Callable[..., int], ...] = (
    *(register, admit, quota, grant, withdraw_reserves, issue, regime, interest, move),
    *(redeem, offer_purses, unseal, identity),
)
