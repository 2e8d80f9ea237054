"""How a coin of a founded exchange begins: registered, with a calendar and a pack; each is proposed and approved."""

from datetime import UTC, date, datetime
from typing import Annotated

from cyclopts import Parameter

from venus.cli.asking import Reference
from venus.cli.coin_access import SeatPlace, sign, told
from venus.cli.coin_roles import proposal_facts
from venus.packs.calendars import CALENDARS, CalendarRefused, adopt_calendar
from venus.packs.regimes import PackRefused, adopt_pack, held_on
from venus.records.coins import RegisterCoin
from venus.sdk.official import Official
from venus.sdk.roles import Issuer, Supervisor

_NOBODY = SeatPlace()


def register(
    asset: int,
    currency: str,
    /,
    *,
    issuer: str,
    agent: str,
    issue_account: int,
    escrow_account: int,
    treasury_account: int,
    reference: Reference = "",
    place: SeatPlace = _NOBODY,
) -> int:
    """Issuer and supervisor: make an asset a coin; `founding make` told the numbers of its accounts."""

    def ask(one: Official) -> dict:
        command = RegisterCoin(
            reference=reference or one.reference("register"),
            asset=asset,
            currency=currency,
            issuer=one.institution(issuer),
            agent=one.institution(agent),
            issue_account=issue_account,
            escrow_account=escrow_account,
            treasury_account=treasury_account,
        )
        return proposal_facts(one.propose(command))

    return sign(place, Issuer, ask)


def calendar(
    name: Annotated[str, Parameter(help=f"One of {', '.join(CALENDARS)}.")],
    /,
    *,
    first: date,
    last: date,
    reference: Reference = "",
    place: SeatPlace = _NOBODY,
) -> int:
    """Supervisor: adopt business days, with the holidays that are known; its number stands in the approved proposal."""
    if name not in CALENDARS:
        return told(lambda: _unknown(name))

    def ask(one: Official) -> dict:
        try:
            command = adopt_calendar(CALENDARS[name], reference or one.reference("calendar"), first, last)
        except CalendarRefused as error:
            raise LookupError(str(error)) from None
        return proposal_facts(one.propose(command))

    return sign(place, Supervisor, ask)


def pack(
    coin: str,
    name: str,
    calendar: int,
    /,
    *,
    on: Annotated[date | None, Parameter(help="What holds on that day; today.")] = None,
    reference: Reference = "",
    place: SeatPlace = _NOBODY,
) -> int:
    """Issuer and supervisor: put a coin under a regime's figures and a calendar that was adopted."""

    def ask(one: Official) -> dict:
        try:
            held = held_on(name, on or datetime.now(UTC).date())
        except PackRefused as error:
            raise LookupError(str(error)) from None
        asset = int(one.coin(coin)["asset"])
        return proposal_facts(one.propose(adopt_pack(held, reference or one.reference("pack"), asset, calendar)))

    return sign(place, Issuer, ask)


def _unknown(name: str) -> None:
    raise LookupError(f"there is no calendar {name!r}; there are {', '.join(CALENDARS)}")


COMMANDS = (register, calendar, pack)
