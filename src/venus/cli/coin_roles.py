"""What an issuer, a custodian, a redemption agent, the supervisor and an authority propose from a shell."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from venus.cli.asking import Basis, Days, FrozenBy, Reference, Second, days_ahead_ns
from venus.cli.coin_access import SeatPlace, number_of, sign
from venus.records.coins import OWN_MONEY, Instrument
from venus.records.institutions import Role
from venus.sdk.keys import load_key, seat_terms
from venus.sdk.official import Proposal
from venus.sdk.roles import Agent, Authority, Custodian, Issuer, Supervisor

_NOBODY = SeatPlace()


def proposal_facts(proposal: Proposal) -> dict[str, Any]:
    """What a shell is told of it."""
    return {
        "proposal": proposal.id,
        "state": proposal.state,
        "words": proposal.words,
        "wanted": proposal.wanted,
        "number": proposal.number,
    }


def _propose(place: SeatPlace, kind: type[Any], ask: Callable[[Any], Proposal]) -> int:
    return sign(place, kind, lambda official: proposal_facts(ask(official)))


# Custodian


def attest(coin: str, reserve: int, amount: str, /, *, reference: Reference = "", place: SeatPlace = _NOBODY) -> int:
    """Custodian: so much is on a reserve now."""
    return _propose(place, Custodian, lambda one: one.attest(coin, reserve, amount, reference=reference))


def confirm(
    coin: str,
    reserve: int,
    account: str,
    amount: str,
    bank_reference: str,
    /,
    *,
    reference: Reference = "",
    place: SeatPlace = _NOBODY,
) -> int:
    """Custodian: funds came in on a reserve for an account; once approved its number is the receipt's."""

    def ask(one: Custodian) -> Proposal:
        number = number_of(place, one.connection, account)
        return one.confirm(coin, reserve, number, amount, bank_reference, reference)

    return _propose(place, Custodian, ask)


# Issuer


def receipts(coin: str, /, *, place: SeatPlace = _NOBODY) -> int:
    """Issuer or custodian: receipts that wait to be minted."""
    return sign(place, Issuer, lambda one: one.receipts(coin))


def mint(coin: str, receipt: int, /, *, reference: Reference = "", place: SeatPlace = _NOBODY) -> int:
    """Issuer: mint the whole of a receipt, at par."""
    return _propose(place, Issuer, lambda one: one.mint(coin, receipt, reference))


def burn(coin: str, amount: str, /, *, reference: Reference = "", place: SeatPlace = _NOBODY) -> int:
    """Issuer: burn coins out of its treasury."""
    return _propose(place, Issuer, lambda one: one.burn(coin, amount, reference))


def pay_treasury(
    coin: str, account: str, amount: str, /, *, reference: Reference = "", place: SeatPlace = _NOBODY
) -> int:
    """Issuer: pay coins out of its treasury."""

    def ask(one: Issuer) -> Proposal:
        return one.pay_treasury(coin, number_of(place, one.connection, account), amount, reference)

    return _propose(place, Issuer, ask)


def pause(coin: str, /, *, reference: Reference = "", place: SeatPlace = _NOBODY) -> int:
    """Issuer or supervisor: stop minting; redemption goes on."""
    return _propose(place, Issuer, lambda one: one.pause(coin, paused=True, reference=reference))


def unpause(coin: str, /, *, reference: Reference = "", place: SeatPlace = _NOBODY) -> int:
    """Issuer or supervisor: let minting go on."""
    return _propose(place, Issuer, lambda one: one.pause(coin, paused=False, reference=reference))


def open_reserve(
    coin: str,
    custodian: str,
    account: str,
    /,
    *,
    instrument: Literal["deposit", "bill", "repo", "fund", "bond", "central_bank"] = "deposit",
    maturity_ns: int = 0,
    reference: Reference = "",
    place: SeatPlace = _NOBODY,
) -> int:
    """Issuer, and the custodian named: open a reserve there."""
    kind = Instrument[instrument.upper()]
    return _propose(
        place,
        Issuer,
        lambda one: one.open_reserve(coin, custodian, account, kind, maturity_ns=maturity_ns, reference=reference),
    )


def close_reserve(reserve: int, /, *, reference: Reference = "", place: SeatPlace = _NOBODY) -> int:
    """Issuer and custodian: a reserve counts no more."""
    return _propose(place, Issuer, lambda one: one.close_reserve(reserve, reference))


def minter(
    coin: str,
    institution: str,
    cap: str,
    refill_a_day: str,
    /,
    *,
    reference: Reference = "",
    place: SeatPlace = _NOBODY,
) -> int:
    """Issuer and supervisor: how much an institution may mint at once, and what refills a day."""
    return _propose(place, Issuer, lambda one: one.set_minter(coin, institution, cap, refill_a_day, reference))


def enforce(order: int, /, *, reference: Reference = "", place: SeatPlace = _NOBODY) -> int:
    """Issuer: let a lawful order take what came in since."""
    return _propose(place, Issuer, lambda one: one.enforce(order, reference))


# Redemption agent


def payouts(coin: str, /, *, place: SeatPlace = _NOBODY) -> int:
    """Agent: who waits for money, and whom to pay."""
    return sign(place, Agent, lambda one: one.payouts(coin))


def pay(
    coin: str,
    amount: str,
    bank_reference: str,
    /,
    *,
    reserve: int = OWN_MONEY,
    reference: Reference = "",
    place: SeatPlace = _NOBODY,
) -> int:
    """Agent: so much was paid to those who wait longest.

    Parameters
    ----------
    reserve
        Out of which it was paid; without it, of the issuer's own money.
    """
    return _propose(
        place, Agent, lambda one: one.pay(coin, amount, bank_reference, reserve=reserve, reference=reference)
    )


# Supervisor


def seat(
    institution: str,
    person: int,
    role: Literal["maker", "checker"],
    key_file: Path,
    /,
    *,
    reference: Reference = "",
    place: SeatPlace = _NOBODY,
) -> int:
    """Supervisor or the institution: seat a person with the public half of a key."""

    def ask(one: Supervisor) -> Proposal:
        return one.seat(institution, seat_terms(person, Role[role.upper()], load_key(key_file)), reference)

    return _propose(place, Supervisor, ask)


def revoke(institution: str, seat: int, /, *, reference: Reference = "", place: SeatPlace = _NOBODY) -> int:
    """Supervisor or the institution: a seat signs no more."""
    return _propose(place, Supervisor, lambda one: one.revoke(institution, seat, reference))


def quorum(institution: str, persons: int, /, *, reference: Reference = "", place: SeatPlace = _NOBODY) -> int:
    """Supervisor: how many persons approve for an institution."""
    return _propose(place, Supervisor, lambda one: one.set_quorum(institution, persons, reference))


def controls(institution: str, /, *, reference: Reference = "", place: SeatPlace = _NOBODY) -> int:
    """Supervisor and operator: from now on listings, fees, rules and freezes need the operator's quorum."""
    return _propose(place, Supervisor, lambda one: one.adopt_controls(institution, reference))


# Authority


def freeze(
    coin: str,
    account: str,
    amount: str,
    /,
    *,
    second: Second,
    basis: Basis,
    days: Days = 30,
    reference: Reference = "",
    place: SeatPlace = _NOBODY,
) -> int:
    """Authority: freeze coins of an account under an order."""

    def ask(one: Authority) -> Proposal:
        number = number_of(place, one.connection, account)
        until = days_ahead_ns(one.connection, days)
        return one.freeze(coin, number, amount, second=second, basis=basis, expires_ns=until, reference=reference)

    return _propose(place, Authority, ask)


def seize(
    coin: str,
    account: str,
    amount: str,
    to_account: str,
    /,
    *,
    second: Second,
    basis: Basis,
    days: Days = 30,
    frozen_by: FrozenBy = 0,
    reissue: Annotated[bool, Parameter(negative="", help="Wipe and issue anew.")] = False,
    reference: Reference = "",
    place: SeatPlace = _NOBODY,
) -> int:
    """Authority: seize coins to an account of the house, or wipe them and issue them anew to any account."""

    def ask(one: Authority) -> Proposal:
        number, to_number = (number_of(place, one.connection, name) for name in (account, to_account))
        return one.seize(
            coin,
            number,
            amount,
            to_number,
            second=second,
            basis=basis,
            expires_ns=days_ahead_ns(one.connection, days),
            frozen_by=frozen_by,
            reissue=reissue,
            reference=reference,
        )

    return _propose(place, Authority, ask)


def lift(order: int, /, *, reference: Reference = "", place: SeatPlace = _NOBODY) -> int:
    """Authority: end a lawful order."""
    return _propose(place, Authority, lambda one: one.lift(order, reference))


def decide(
    order: int, answer: Literal["grant", "deny"], /, *, reference: Reference = "", place: SeatPlace = _NOBODY
) -> int:
    """Authority: decide the appeal against an order; granted lifts it."""
    return _propose(place, Authority, lambda one: one.decide(order, granted=answer == "grant", reference=reference))


COMMANDS: tuple[Callable[..., int], ...] = (
    *(
        attest,
        confirm,
        receipts,
        mint,
        burn,
        pay_treasury,
        pause,
        unpause,
        open_reserve,
        close_reserve,
        minter,
        enforce,
    ),
    *(payouts, pay, seat, revoke, quorum, controls, freeze, seize, lift, decide),
)
