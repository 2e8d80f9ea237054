"""What a holder of coins asks from a shell, with an API key: redemption, payments, holds, offers, schedules."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from venus.cli.asking import ClientId, HashLock, Preimage, ahead_ms
from venus.cli.coin_access import AccountPlace, hold, number_of
from venus.records.holds import NO_PROOF, BindHolderKey, PermitSpender, TransferAuthorized
from venus.records.institutions import Scheme
from venus.sdk.holder import Holder
from venus.sdk.keys import SignedByHolder, load_key, prove, public_bytes

_NOBODY = AccountPlace()
_HOUR_NS = 3_600 * 10**9


def account(*, place: AccountPlace = _NOBODY) -> int:
    """Holder: one's account number and what is bound there."""
    return hold(place, lambda one: one.account())


def balances(*, place: AccountPlace = _NOBODY) -> int:
    """Holder: what is free and what is locked."""
    return hold(place, lambda one: one.balances())


def redeem(coin: str, amount: str, payee: str, /, *, client_id: ClientId = "", place: AccountPlace = _NOBODY) -> int:
    """Holder: ask for money for coins, at par, to be paid to a bank account."""
    return hold(place, lambda one: one.redeem(coin, amount, payee, client_id))


def unredeem(redemption: int, /, *, client_id: ClientId = "", place: AccountPlace = _NOBODY) -> int:
    """Holder: take back what of a redemption is not paid yet, before it is overdue."""
    return hold(place, lambda one: one.withdraw_redemption(redemption, client_id))


def transfer(
    to_account: str, asset: str, amount: str, /, *, client_id: ClientId = "", place: AccountPlace = _NOBODY
) -> int:
    """Holder: pay another account."""
    return hold(place, lambda one: one.pay(number_of(place, one.connection, to_account), asset, amount, client_id))


def appeal(order: int, text: str, /, *, client_id: ClientId = "", place: AccountPlace = _NOBODY) -> int:
    """Holder: object to a lawful order over one's account."""
    return hold(place, lambda one: one.appeal(order, text, client_id))


def hold_for(
    target: str,
    asset: str,
    amount: str,
    /,
    *,
    minutes: int = 60,
    notary: str | None = None,
    hash_lock: HashLock = "",
    client_id: ClientId = "",
    place: AccountPlace = _NOBODY,
) -> int:
    """Holder: set money aside for an account, to be executed by a notary or with the secret of a hash lock."""

    def ask(one: Holder) -> Any:
        until_ms = ahead_ms(one.connection, minutes)
        return one.hold(
            number_of(place, one.connection, target),
            asset,
            amount,
            expires_ms=until_ms,
            reclaim_ms=until_ms,
            notary=None if notary is None else number_of(place, one.connection, notary),
            hash_lock=bytes.fromhex(hash_lock),
            client_id=client_id,
        )

    return hold(place, ask)


def execute(
    hold_id: int,
    asset: str,
    amount: str,
    /,
    *,
    preimage: Preimage = "",
    client_id: ClientId = "",
    place: AccountPlace = _NOBODY,
) -> int:
    """Notary or target: pay a hold, wholly or in part."""
    return hold(place, lambda one: one.execute_hold(hold_id, asset, amount, bytes.fromhex(preimage), client_id))


def release(hold_id: int, /, *, client_id: ClientId = "", place: AccountPlace = _NOBODY) -> int:
    """Notary or target: give a hold up."""
    return hold(place, lambda one: one.release_hold(hold_id, client_id))


def reclaim(hold_id: int, /, *, client_id: ClientId = "", place: AccountPlace = _NOBODY) -> int:
    """Holder: take one's hold back, once it may be."""
    return hold(place, lambda one: one.reclaim_hold(hold_id, client_id))


def allow(spender: str, asset: str, amount: str, /, *, client_id: ClientId = "", place: AccountPlace = _NOBODY) -> int:
    """Holder: how much another account may pay out of one's own; 0 ends it."""

    def ask(one: Holder) -> Any:
        return one.approve_spender(number_of(place, one.connection, spender), asset, amount, client_id)

    return hold(place, ask)


def spend(
    from_account: str,
    to_account: str,
    asset: str,
    amount: str,
    /,
    *,
    client_id: ClientId = "",
    place: AccountPlace = _NOBODY,
) -> int:
    """Spender: pay out of an account that allowed it."""

    def ask(one: Holder) -> Any:
        debit, credit = (number_of(place, one.connection, name) for name in (from_account, to_account))
        return one.spend(debit, credit, asset, amount, client_id)

    return hold(place, ask)


def bind_key(key_file: Path, /, *, client_id: ClientId, place: AccountPlace = _NOBODY) -> int:
    """Holder: bind the public half of a key to the account, which then signs permits and authorizations."""

    def ask(one: Holder) -> Any:
        number = int(one.account()["account"])
        key = public_bytes(load_key(key_file))
        reference = f"holder:{number}:{client_id}"
        scheme = int(Scheme.ED25519)
        return one.hand_in(
            BindHolderKey(reference=reference, account=number, scheme=scheme, key=key, expires_ns=0, proof=NO_PROOF)
        )

    return hold(place, ask)


def permit(
    owner: str,
    key_file: Path,
    spender: str,
    asset: str,
    amount: str,
    /,
    *,
    client_id: ClientId,
    place: AccountPlace = _NOBODY,
) -> int:
    """Anybody: hand in an allowance that its owner signs with the key that is bound to the account."""

    def ask(one: Holder) -> Any:
        number, to_number = (number_of(place, one.connection, name) for name in (owner, spender))
        unsigned = PermitSpender(
            reference=f"permit:{number}:{client_id}",
            account=number,
            spender=to_number,
            asset=_asset(one, asset),
            atoms=one.atoms(asset, amount),
            expires_ns=one.connection.now_ns() + _HOUR_NS,
            proof=NO_PROOF,
        )
        return one.hand_in(_proved(one, key_file, unsigned))

    return hold(place, ask)


def authorize(
    owner: str,
    key_file: Path,
    to_account: str,
    asset: str,
    amount: str,
    /,
    *,
    client_id: ClientId,
    place: AccountPlace = _NOBODY,
) -> int:
    """Anybody: hand in a payment that its owner signs with the key that is bound to the account."""

    def ask(one: Holder) -> Any:
        number, to_number = (number_of(place, one.connection, name) for name in (owner, to_account))
        unsigned = TransferAuthorized(
            reference=f"authorization:{number}:{client_id}",
            account=number,
            to_account=to_number,
            asset=_asset(one, asset),
            atoms=one.atoms(asset, amount),
            after_ns=0,
            expires_ns=one.connection.now_ns() + _HOUR_NS,
            proof=NO_PROOF,
        )
        return one.hand_in(_proved(one, key_file, unsigned))

    return hold(place, ask)


def _asset(one: Holder, coin: str) -> int:
    return int(one.coin(coin)["asset"])


def _proved(one: Holder, key_file: Path, unsigned: SignedByHolder) -> SignedByHolder:
    return prove(one.connection.digest(), load_key(key_file), unsigned)


def offer(
    counterparty: str,
    give: str,
    give_amount: str,
    take: str,
    take_amount: str,
    /,
    *,
    minutes: int = 60,
    client_id: ClientId = "",
    place: AccountPlace = _NOBODY,
) -> int:
    """Holder: offer an account one asset for another; both change hands at once or neither."""

    def ask(one: Holder) -> Any:
        return one.propose_trade(
            number_of(place, one.connection, counterparty),
            (give, give_amount),
            (take, take_amount),
            expires_ms=ahead_ms(one.connection, minutes),
            client_id=client_id,
        )

    return hold(place, ask)


def accept(trade: int, /, *, client_id: ClientId = "", place: AccountPlace = _NOBODY) -> int:
    """Holder: accept an offer."""
    return hold(place, lambda one: one.accept_trade(trade, client_id))


def decline(trade: int, /, *, client_id: ClientId = "", place: AccountPlace = _NOBODY) -> int:
    """Holder: take one's offer back, or decline another's."""
    return hold(place, lambda one: one.withdraw_trade(trade, client_id))


def schedule(
    to_account: str,
    asset: str,
    amount: str,
    /,
    *,
    in_seconds: int,
    every_seconds: int = 0,
    count: int = 1,
    client_id: ClientId = "",
    place: AccountPlace = _NOBODY,
) -> int:
    """Holder: pay an account later, once or again and again."""

    def ask(one: Holder) -> Any:
        return one.schedule(
            number_of(place, one.connection, to_account),
            asset,
            amount,
            first_ms=one.connection.now_ns() // 10**6 + in_seconds * 1_000,
            every_ms=every_seconds * 1_000,
            count=count,
            client_id=client_id,
        )

    return hold(place, ask)


def cancel_schedule(schedule: int, /, *, client_id: ClientId = "", place: AccountPlace = _NOBODY) -> int:
    """Holder: end a scheduled payment."""
    return hold(place, lambda one: one.cancel_schedule(schedule, client_id))


COMMANDS: tuple[Callable[..., int], ...] = (
    *(account, balances, redeem, unredeem, transfer, appeal, hold_for, execute, release, reclaim, allow, spend),
    *(bind_key, permit, authorize, offer, accept, decline, schedule, cancel_schedule),
)
