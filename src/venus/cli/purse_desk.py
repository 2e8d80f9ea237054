"""An operator's desk for purses: beside the exchange, by the engine's socket. Source: docs/rules/purses.md."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, cast
from uuid import uuid4

import msgspec
from cyclopts import Parameter

from venus.cli import device_file
from venus.cli.device_file import BadDevice
from venus.cli.words import DATA, fail
from venus.engine.client import EngineClient, EngineGone, EngineOverloaded, EngineRefused
from venus.purse.device import Trust, certify
from venus.purse.messages import Certificate, text_of
from venus.records.commands import PlainCommand, encode_cold
from venus.records.events import Event, EventKind
from venus.records.purses import (
    PAYMENTS_MAX,
    ClosePurse,
    FundPurse,
    OpenPurse,
    PursePayment,
    SettlePurse,
    opening_statement,
)
from venus.records.rejects import Reject
from venus.sdk.keys import BadKeyFile, load_key, public_bytes
from venus.units import NS_PER_S
from venus.views.issuance_questions import InstitutionsAnswer, InstitutionsQuestion
from venus.views.purse_questions import Purse, PursesAnswer, PursesQuestion

_PATIENCE_S = 5.0
_DAY_NS = 86_400 * NS_PER_S
_NEVER_AGAIN = (Reject.PURSE_OVER, Reject.COUNTER_USED)
Key = Annotated[Path, Parameter(help="The key of the operator's purse terms, in PEM.")]


class _Refused(ValueError):
    """What the ledger did not do."""


def trust(*, currency: int, operator: int, key: Key, data: Path = DATA) -> int:
    """Print the trust file that devices need to believe this operator."""

    async def do(desk: "_Desk") -> Any:
        made = Trust(
            exchange=await desk.exchange(), currency=currency, operator=operator, key=public_bytes(load_key(key))
        )
        return msgspec.json.encode(made).decode()

    return _at_desk(data, do)


def open_(
    account: int,
    public_key: str,
    /,
    *,
    currency: int,
    operator: int,
    key: Key,
    holds: int,
    payment: int,
    days: int = 30,
    data: Path = DATA,
) -> int:
    """Open a purse for an account's device; print its number and its certificate."""

    async def do(desk: "_Desk") -> Any:
        signer = load_key(key)
        bare = OpenPurse(
            reference=uuid4().hex,
            account=account,
            currency=currency,
            operator=operator,
            key=bytes.fromhex(public_key),
            holds_atoms_max=holds,
            payment_atoms_max=payment,
            expires_ns=await desk.now_ns() + days * _DAY_NS,
            signature=b"",
        )
        said = opening_statement(await desk.exchange(), encode_cold(bare))
        opened = await desk.do(msgspec.structs.replace(bare, signature=signer.sign(said)))
        return await desk.card(opened.order_id, key)

    return _at_desk(data, do)


def fund(purse: int, atoms: int, /, *, key: Key, data: Path = DATA) -> int:
    """Load a purse from its account; print the certificate that says so."""

    async def do(desk: "_Desk") -> Any:
        account = (await desk.purse(purse)).account
        await desk.do(FundPurse(reference=uuid4().hex, purse=purse, account=account, atoms=atoms))
        return await desk.card(purse, key)

    return _at_desk(data, do)


def card(purse: int, /, *, key: Key, data: Path = DATA) -> int:
    """Print a purse's certificate again."""
    return _at_desk(data, lambda desk: desk.card(purse, key))


def settle(file: Path, /, *, data: Path = DATA) -> int:
    """Settle what a device received; what is paid, or never will be, is forgotten on it."""

    async def do(desk: "_Desk") -> Any:
        with device_file.using(file) as device:
            payments = [one.payment for one in device.taken]
            told = []
            for start in range(0, len(payments), PAYMENTS_MAX):
                some = payments[start : start + PAYMENTS_MAX]
                outcomes = await desk.settle(some)
                told += [_outcome(payment, event) for payment, event in zip(some, outcomes, strict=True)]
                done = [payment for payment, event in zip(some, outcomes, strict=True) if _is_done(event)]
                device.settled(done)
            return told

    return _at_desk(data, do)


def close(purse: int, /, *, data: Path = DATA) -> int:
    """Give back what a purse did not pay, once nothing more can come."""

    async def do(desk: "_Desk") -> Any:
        closed = await desk.do(ClosePurse(reference=uuid4().hex, purse=purse))
        return {"purse": purse, "back": closed.quantity_lots}

    return _at_desk(data, do)


def ledger(account: int, /, *, data: Path = DATA) -> int:
    """What the ledger knows of an account's purses."""

    async def do(desk: "_Desk") -> Any:
        return [msgspec.to_builtins(one) | {"key": one.key.hex()} for one in await desk.purses(account=account)]

    return _at_desk(data, do)


open_.__name__ = "open"
COMMANDS = (trust, open_, fund, card, settle, close, ledger)


class _Desk:
    def __init__(self, client: EngineClient) -> None:
        self._client = client

    async def exchange(self) -> bytes:
        answer = cast(InstitutionsAnswer, await self._client.ask(InstitutionsQuestion()))
        return answer.exchange

    async def now_ns(self) -> int:
        """The exchange's time, as far as it has come."""
        answer = cast(PursesAnswer, await self._client.ask(PursesQuestion(account=0)))
        return answer.time_ns

    async def purses(self, *, account: int = -1, number: int = 0) -> list[Purse]:
        answer = cast(PursesAnswer, await self._client.ask(PursesQuestion(account=account, number=number)))
        return answer.purses

    async def purse(self, number: int) -> Purse:
        found = await self.purses(number=number)
        if not found:
            raise _Refused(f"there is no purse {number}")
        return found[0]

    async def do(self, command: PlainCommand) -> Event:
        """Its own event; raises _Refused."""
        [*_, own] = (await self._client.submit_cold(command)).events
        if own.kind == EventKind.REJECTED:
            raise _Refused(f"the ledger refused it: {Reject(own.reason).name}")
        return own

    async def settle(self, payments: list[PursePayment]) -> list[Event]:
        """One PURSE_PAID or PURSE_REFUSED for each."""
        outcome = await self._client.submit_cold(SettlePurse(reference=uuid4().hex, payments=tuple(payments)))
        kinds = (EventKind.PURSE_PAID, EventKind.PURSE_REFUSED)
        return [event for event in outcome.events if event.kind in kinds]

    async def card(self, number: int, key: Path) -> str:
        one = await self.purse(number)
        bare = Certificate(
            exchange=await self.exchange(),
            currency=one.currency,
            operator=one.operator,
            purse=one.number,
            key=one.key,
            payment_atoms_max=one.payment_atoms_max,
            holds_atoms_max=one.holds_atoms_max,
            loaded_atoms=one.loaded_atoms,
            expires_ns=one.expires_ns,
            signature=b"",
        )
        return text_of(certify(load_key(key), bare))


def _is_done(event: Event) -> bool:
    return event.kind == EventKind.PURSE_PAID or event.reason in _NEVER_AGAIN


def _outcome(payment: PursePayment, event: Event) -> dict[str, Any]:
    is_paid = event.kind == EventKind.PURSE_PAID
    return {
        "purse": payment.purse,
        "counter": payment.counter,
        "atoms": payment.atoms,
        "paid": event.quantity_lots if is_paid else 0,
        "fromGuarantee": event.hold_atoms if is_paid else 0,
        "reason": None if is_paid else Reject(event.reason).name,
    }


def _at_desk(data: Path, do: Callable[[_Desk], Awaitable[Any]]) -> int:
    async def run() -> Any:
        client = await EngineClient.connect(data / "engine.sock", _PATIENCE_S)
        try:
            return await do(_Desk(client))
        finally:
            client.close()

    try:
        came = asyncio.run(run())
    except (EngineGone, EngineOverloaded, EngineRefused) as error:
        return fail(f"the engine did not do it: {error!r}")
    except (_Refused, BadDevice, BadKeyFile, ValueError, OSError) as error:
        return fail(str(error))
    print(came if isinstance(came, str) else msgspec.json.format(msgspec.json.encode(came)).decode())
    return 0
