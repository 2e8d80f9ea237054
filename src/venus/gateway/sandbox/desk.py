"""What the sandbox's handlers work with: the rooms as they are now, and everything of value as a journaled command."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from venus.engine.client import EngineClient, Outcome
from venus.gateway.binance.endpoint import Desk
from venus.gateway.binance.symbols import Market
from venus.gateway.rooms import Rooms, ServedWallet
from venus.gateway.sandbox.refusals import Refused, rejected
from venus.records.commands import ColdCommand, Command, CommandKind, client_digest
from venus.records.events import Event, EventFlag, EventKind
from venus.registry.private import write_private
from venus.registry.registry import Registry
from venus.units import ATOMS_MAX, OffGrid, steps
from venus.views.catalog import Asset, CatalogAnswer, CatalogQuestion

FAUCET_LABEL = "external:faucet"
"""The account outside that test money comes from; no other exchange has one of this name."""


async def faucet_of(client: EngineClient) -> int | None:
    """The account that test money comes from; None if the journal is no sandbox's."""
    catalog = await client.ask(CatalogQuestion())
    assert isinstance(catalog, CatalogAnswer)
    return next((label.account for label in catalog.labels if label.text == FAUCET_LABEL), None)


class SandboxFile(msgspec.Struct):
    """DIR/sandbox.json."""

    accounts: dict[str, dict[str, Any]]
    institutions: dict[str, Any] = {}  # test keys of their seats
    rest: str = ""
    ws: str = ""


class SandboxDesk:
    """One for each gateway of a sandbox. `references` numbers what is asked without a reference of its own."""

    def __init__(self, rooms: Callable[[], Rooms], file: Path) -> None:
        self._rooms = rooms
        self._file = file
        self._faucet: int | None = None
        self._numbered = 0
        self.origin = 0  # sequence at which this state of the exchange was entered; keeps references apart

    @property
    def client(self) -> EngineClient:
        return self._rooms().client

    @property
    def registry(self) -> Registry:
        return self._rooms().registry

    @property
    def desk(self) -> Desk:
        return self._rooms().desk

    @property
    def wallet(self) -> ServedWallet | None:
        return self._rooms().wallet

    def entered(self, origin: int) -> None:
        """The exchange is another one from here on: nothing remembered of the last holds."""
        self.origin = origin
        self._numbered = 0
        self._faucet = None

    def reference(self, what: str) -> str:
        """A reference that no command has used; the same again after a restore, so that a run can be repeated."""
        self._numbered += 1
        return f"sandbox:{what}:{self.origin}:{self._numbered}"

    # Who and what

    def account(self, name: str) -> int:
        """An account by the name in sandbox.json, or by its number."""
        if name.isascii() and name.isdigit():
            number = int(name)
            if any(facts.number == number for facts in self.registry.accounts()):
                return number
        for facts in self.registry.accounts():
            if facts.label == name:
                return facts.number
        raise Refused(404, f"there is no account {name!r}")

    async def asset(self, code: str) -> Asset:
        await self.desk.symbols.refresh()
        for asset in self.desk.symbols.assets:
            if asset.code == code:
                return asset
        known = ", ".join(asset.code for asset in self.desk.symbols.assets)
        raise Refused(404, f"there is no asset {code!r}; there are {known}")

    async def market(self, code: str) -> Market:
        await self.desk.symbols.refresh()
        for market in self.desk.symbols.markets:
            if market.code == code:
                return market
        known = ", ".join(market.code for market in self.desk.symbols.markets)
        raise Refused(404, f"there is no symbol {code!r}; there are {known}")

    async def faucet(self) -> int:
        """The account that test money comes from. Raises Refused if this exchange is no sandbox."""
        if self._faucet is None:
            self._faucet = await faucet_of(self.client)
            if self._faucet is None:
                raise Refused(403, f"this exchange is no sandbox: its journal opens no account {FAUCET_LABEL}")
        return self._faucet

    async def source(self, asset: Asset) -> int:
        """Where test money of an asset comes from: of a coin from what its issuer set aside, or in a sandbox of rules 3
        from its treasury, and of a central bank's currency from its first operator's.
        """
        faucet = await self.faucet()
        catalog = await self.client.ask(CatalogQuestion())
        assert isinstance(catalog, CatalogAnswer)
        known = {label.text: label.account for label in catalog.labels}
        of_operators = (one.account for one in catalog.labels if one.text.startswith(f"treasury:{asset.code}:"))
        own = next(of_operators, known.get(f"treasury:{asset.code}", faucet))
        return known.get(f"faucet:{asset.code}", own)

    # Commands

    async def cold(self, command: ColdCommand, what: str) -> Event:
        """Journal a cold command; its event. Raises Refused if the core refuses it."""
        await self.faucet()
        try:
            outcome = await self.client.submit_cold(command)
        except OverflowError:
            raise Refused(400, f"{what}: a number is larger than any that a command can hold") from None
        return _done(outcome, what)

    async def transfer(self, debit: int, credit: int, asset: Asset, atoms: int, reference: str) -> Event:
        """Move money between two accounts. Raises Refused."""
        await self.faucet()
        hi, lo = client_digest(reference)
        command = Command(
            kind=CommandKind.TRANSFER,
            account=debit,
            target_lo=credit,
            subject=asset.number,
            quantity=atoms,
            client_hi=hi,
            client_lo=lo,
        )
        return _done(await self.client.submit(command, reference), f"transfer {reference!r}")

    # The file that tests read their keys from

    def known(self) -> SandboxFile:
        """Raises FileNotFoundError, msgspec.DecodeError."""
        return msgspec.json.decode(self._file.read_bytes(), type=SandboxFile)

    def serve_at(self, rest: str, ws: str) -> None:
        """Say in the file where this exchange is reached, whatever state it was put in."""
        known = self.known()
        known.rest, known.ws = rest, ws
        write_private(self._file, known)

    def remember(self, name: str, facts: dict[str, Any]) -> None:
        """Add an account's keys, or replace them."""
        known = self.known()
        known.accounts[name] = facts
        write_private(self._file, known)


def _done(outcome: Outcome, what: str) -> Event:
    event = next(event for event in reversed(outcome.events) if not event.flags & EventFlag.TIMER)
    if event.kind == EventKind.REJECTED:
        raise rejected(event.reason, what)
    return event


def atoms_of(asset: Asset, amount: str) -> int:
    """An exact amount above 0, in atoms. Raises Refused."""
    try:
        atoms = steps(amount, asset.scale)
    except OffGrid:
        raise Refused(400, f"{amount!r} is no amount of {asset.code}, which has {asset.scale} decimals") from None
    if not 0 < atoms <= ATOMS_MAX:
        raise Refused(400, f"{amount!r} {asset.code} is not above 0, or more than there can be")
    return atoms
