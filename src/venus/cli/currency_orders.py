"""Lawful orders over a currency from a shell: a court gives, enforces and ends them, a holder objects."""

from collections.abc import Callable
from typing import Any, Literal

from venus.cli.asking import Basis, ClientId, Days, FrozenBy, Reference, Second, days_ahead_ns
from venus.cli.coin_access import Place, SeatPlace, sign
from venus.cli.coin_roles import proposal_facts
from venus.cli.currency_access import WalletPlace, hold, read, wallet_number
from venus.sdk.currency import CurrencyAuthority
from venus.sdk.official import Proposal

_NOWHERE, _NOBODY, _NO_WALLET = Place(), SeatPlace(), WalletPlace()


def _propose(place: SeatPlace, ask: Callable[[CurrencyAuthority], Proposal]) -> int:
    return sign(place, CurrencyAuthority, lambda official: proposal_facts(ask(official)))


def orders(currency: str | None = None, /, *, place: Place = _NOWHERE) -> int:
    """Lawful orders over currencies, and their counts."""
    return read(place, lambda public: public.lawful_orders(currency))


def freeze(
    currency: str,
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
    """Authority: freeze money of a wallet or an account under an order."""

    def ask(one: CurrencyAuthority) -> Proposal:
        return one.freeze(
            *(currency, wallet_number(place, one.connection, account), amount),
            second=second,
            basis=basis,
            expires_ns=days_ahead_ns(one.connection, days),
            reference=reference,
        )

    return _propose(place, ask)


def seize(
    currency: str,
    account: str,
    amount: str,
    to_account: str,
    /,
    *,
    second: Second,
    basis: Basis,
    days: Days = 30,
    frozen_by: FrozenBy = 0,
    reference: Reference = "",
    place: SeatPlace = _NOBODY,
) -> int:
    """Authority: seize money to an account of the house or to a wallet."""

    def ask(one: CurrencyAuthority) -> Proposal:
        number, to_number = (wallet_number(place, one.connection, name) for name in (account, to_account))
        return one.seize(
            *(currency, number, amount, to_number),
            second=second,
            basis=basis,
            expires_ns=days_ahead_ns(one.connection, days),
            frozen_by=frozen_by,
            reference=reference,
        )

    return _propose(place, ask)


def enforce(order: int, /, *, reference: Reference = "", place: SeatPlace = _NOBODY) -> int:
    """Authority, or the central bank: let an order take what came in since."""
    return _propose(place, lambda one: one.enforce(order, reference))


def lift(order: int, /, *, reference: Reference = "", place: SeatPlace = _NOBODY) -> int:
    """Authority: end an order."""
    return _propose(place, lambda one: one.lift(order, reference))


def decide(
    order: int, answer: Literal["grant", "deny"], /, *, reference: Reference = "", place: SeatPlace = _NOBODY
) -> int:
    """Authority: decide the appeal against an order; granted lifts it."""
    return _propose(place, lambda one: one.decide(order, granted=answer == "grant", reference=reference))


def appeal(
    order: int,
    text: str,
    /,
    *,
    client_id: ClientId = "",
    place: WalletPlace = _NO_WALLET,
) -> int:
    """Holder: object to an order over one's money."""
    return hold(place, lambda one: one.appeal(order, text, client_id))


COMMANDS: tuple[Callable[..., Any], ...] = (orders, freeze, seize, enforce, lift, decide, appeal)
