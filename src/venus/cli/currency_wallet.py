"""What holders of wallets ask from a shell, with an API key: people, and merchants."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from venus.cli.asking import ClientId, HashLock, Preimage, ahead_ms
from venus.cli.currency_access import WalletPlace, hold, payments_of, wallet_number
from venus.registry.private import write_private
from venus.sdk.wallet import Wallet

_NOBODY = WalletPlace()
Sub = Annotated[str | None, Parameter(name="--from", help="A sub-wallet of one's own.")]


def _own(place: WalletPlace, one: Wallet, sub: str | None) -> int | None:
    return None if sub is None else wallet_number(place, one.connection, sub)


def wallet(*, sub: Sub = None, place: WalletPlace = _NOBODY) -> int:
    """Holder: balance, class and limits, what was paid today and this year."""
    return hold(place, lambda one: one.standing(_own(place, one, sub)))


def statement(*, sub: Sub = None, limit: int | None = None, place: WalletPlace = _NOBODY) -> int:
    """Holder: what came in and went out, the newest first."""
    return hold(place, lambda one: one.statement(wallet=_own(place, one, sub), limit=limit))


def pay(to: str, amount: str, /, *, sub: Sub = None, client_id: ClientId = "", place: WalletPlace = _NOBODY) -> int:
    """Holder: pay a wallet, or an account of the exchange."""

    def ask(one: Wallet) -> Any:
        number = wallet_number(place, one.connection, to)
        return one.pay(number, amount, client_id, wallet=_own(place, one, sub))

    return hold(place, ask)


def salaries(file: Path, /, *, sub: Sub = None, place: WalletPlace = _NOBODY) -> int:
    """Holder: pay many; the file has lines of wallet, amount, clientId. Each is done once, for itself."""
    return hold(place, lambda one: one.pay_many(payments_of(place, one.connection, file), wallet=_own(place, one, sub)))


def pay_request(request: str, /, *, place: WalletPlace = _NOBODY) -> int:
    """Holder: pay what somebody asks for, by the request's id or the text of its code."""
    return hold(place, lambda one: one.pay_request(_request_id(request)))


def purposes(*, place: WalletPlace = _NOBODY) -> int:
    """Holder: money for a purpose that one gave or holds."""
    return hold(place, lambda one: one.purposes())


def bind(
    holder: str,
    currency: str,
    amount: str,
    categories: str,
    /,
    *,
    hours: int = 24,
    client_id: ClientId = "",
    place: WalletPlace = _NOBODY,
) -> int:
    """Holder: give somebody money for merchants of some categories alone, such as 5812,8211.

    Parameters
    ----------
    hours
        Until what is left comes back.
    """

    def ask(one: Wallet) -> Any:
        until_ms = ahead_ms(one.connection, 60 * hours)
        number = wallet_number(place, one.connection, holder)
        codes = [int(code) for code in categories.split(",")]
        return one.bind_purpose(number, currency, amount, codes, expires_ms=until_ms, client_id=client_id)

    return hold(place, ask)


def spend(purpose: int, to: str, amount: str, /, *, client_id: ClientId = "", place: WalletPlace = _NOBODY) -> int:
    """Holder: pay a merchant out of money for a purpose."""
    return hold(
        place, lambda one: one.spend_purpose(purpose, wallet_number(place, one.connection, to), amount, client_id)
    )


def hold_for(
    to: str,
    currency: str,
    amount: str,
    /,
    *,
    minutes: int = 60,
    hash_lock: HashLock = "",
    client_id: ClientId = "",
    place: WalletPlace = _NOBODY,
) -> int:
    """Holder: set money aside for somebody, who is paid by the secret of a hash lock."""

    def ask(one: Wallet) -> Any:
        until_ms = ahead_ms(one.connection, minutes)
        number, lock = wallet_number(place, one.connection, to), bytes.fromhex(hash_lock)
        times: dict[str, Any] = {"expires_ms": until_ms, "reclaim_ms": until_ms}
        return one.hold(number, currency, amount, hash_lock=lock, client_id=client_id, **times)

    return hold(place, ask)


def execute(
    hold_id: int,
    currency: str,
    amount: str,
    /,
    *,
    preimage: Preimage = "",
    client_id: ClientId = "",
    place: WalletPlace = _NOBODY,
) -> int:
    """Target: take what was set aside, with the secret."""
    return hold(place, lambda one: one.execute_hold(hold_id, currency, amount, bytes.fromhex(preimage), client_id))


def asked_back(*, sub: Sub = None, place: WalletPlace = _NOBODY) -> int:
    """Holder: what payers' operators ask back of what one was paid; a refund of the payment gives it."""
    return hold(place, lambda one: one.asked_back(_own(place, one, sub)))


def looks(*, place: WalletPlace = _NOBODY) -> int:
    """Holder: who had one's identity unsealed and read it, as far as it may be told by now."""
    return hold(place, lambda one: one.looks())


# Merchants


def sub_wallet(*, category: int | None = None, client_id: ClientId = "", place: WalletPlace = _NOBODY) -> int:
    """Merchant: open a wallet below one's own, such as of a till."""
    return hold(place, lambda one: one.open_sub_wallet(category, client_id))


def till_key(sub: str, file: Path, /, *, place: WalletPlace = _NOBODY) -> int:
    """Merchant: a key for a sub-wallet, which reads and asks to be paid, into a file of its own."""

    def ask(one: Wallet) -> Any:
        made = one.add_sub_key(wallet_number(place, one.connection, sub))
        write_private(file, {"apiKey": made["apiKey"], "secret": made["secret"]})
        return {"wallet": made["wallet"], "apiKey": made["apiKey"], "file": str(file)}

    return hold(place, ask)


def ask_for(
    amount: str,
    memo: str | None = None,
    /,
    *,
    sub: Sub = None,
    minutes: int = 15,
    client_id: ClientId = "",
    place: WalletPlace = _NOBODY,
) -> int:
    """Merchant: ask to be paid; the answer has the text of the QR code."""

    def ask(one: Wallet) -> Any:
        until_ms = ahead_ms(one.connection, minutes)
        return one.ask(amount, memo, wallet=_own(place, one, sub), expires_ms=until_ms, client_id=client_id)

    return hold(place, ask)


def requests(*, state: str | None = None, place: WalletPlace = _NOBODY) -> int:
    """Merchant: one's requests, the newest first."""
    return hold(place, lambda one: one.requests(state))


def cancel_request(request: str, /, *, place: WalletPlace = _NOBODY) -> int:
    """Merchant: take a request back that was not paid."""
    return hold(place, lambda one: one.withdraw_request(_request_id(request)))


def refund(
    payment: str, amount: str, /, *, sub: Sub = None, client_id: ClientId = "", place: WalletPlace = _NOBODY
) -> int:
    """Merchant: give a payment back, wholly or in part, named by its paymentId."""
    return hold(place, lambda one: one.refund(payment, amount, client_id, wallet=_own(place, one, sub)))


def _request_id(text: str) -> str:
    """Out of a request's id, or of what is in its code; raises ValueError."""
    from venus.sdk.payment_requests import parse

    return parse(text).reference if ":" in text else text


COMMANDS: tuple[Callable[..., int], ...] = (
    *(wallet, statement, pay, salaries, pay_request, purposes, bind, spend, hold_for, execute, asked_back, looks),
    *(sub_wallet, till_key, ask_for, requests, cancel_request, refund),
)
