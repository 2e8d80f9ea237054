"""venus customer: accounts and API keys of a running exchange, opened by whoever may write in its directory."""

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter
from sqlalchemy.exc import IntegrityError

from venus.cli.words import DATA, fail
from venus.engine.client import EngineClient, EngineGone, EngineOverloaded, EngineRefused
from venus.engine.places import Places
from venus.p2p.names import BadName, checked_name
from venus.records.commands import TRADE_GROUP_NONE, AccountKind, OpenAccounts
from venus.records.events import EventKind
from venus.records.rejects import Reject
from venus.registry.credentials import BadKeyMaterial, KeyKind, Permission
from venus.registry.p2p_market import VerifiedName
from venus.registry.registry import Registry, UnknownSubject
from venus.registry.vault import MasterKey, VaultError
from venus.views.catalog import CatalogAnswer, CatalogQuestion
from venus.views.currency_questions import CurrenciesAnswer, CurrenciesQuestion
from venus.views.issuance_questions import InstitutionsAnswer, InstitutionsQuestion

app = App(name="customer", help="Accounts of a real exchange's customers, and their API keys.")
Data = Annotated[Path, Parameter(help="The exchange's directory.")]
_NAME_CHARS_MAX = 48
_ENGINE_S = 5.0
_USUAL = Permission.USER_DATA | Permission.TRADE | Permission.USER_STREAM


class _Refused(Exception):
    """What was asked for cannot be done; says why."""


@app.command(name="open")
def open_account(name: str, /, *, tier: int = 0, data: Data = DATA) -> int:
    """Open an account for a customer; the same name again finishes what was interrupted, and opens no second one."""

    def ask(places: Places, registry: Registry) -> dict[str, Any]:
        if not 0 < len(name) <= _NAME_CHARS_MAX or name.isdigit() or not name.isprintable():
            raise _Refused(f"a name has 1 to {_NAME_CHARS_MAX} printable characters and is no number")
        if name in {facts.label for facts in registry.accounts()}:
            raise _Refused(f"there is an account {name!r} already")
        # The reference is the name's: if we end between the journal and the registry, the next try finds the account.
        number = asyncio.run(_opened(places, f"customer:{name}", tier))
        try:
            registry.add_account(number, name, registry.person_of(name) or registry.add_person(name))
        except IntegrityError:
            raise _Refused(f"there is an account {name!r} already") from None
        return {"name": name, "account": number}

    return _told(data, ask)


@app.command
def key(
    name: str,
    /,
    *,
    kind: Literal["HMAC", "ED25519", "RSA"] = "HMAC",
    public_key: Annotated[Path | None, Parameter(help="In PEM; ED25519 and RSA keys need one.")] = None,
    withdraw: Annotated[bool, Parameter(negative="", help="It may give money away, too.")] = False,
    networks: Annotated[str, Parameter(help="Where it may be used from, separated by commas; none: anywhere.")] = "",
    data: Data = DATA,
) -> int:
    """One more API key for a customer. Its secret is shown this once."""

    def ask(_places: Places, registry: Registry) -> dict[str, Any]:
        number = _number(registry, name)
        pem = _read(public_key) if public_key is not None else b""
        permissions = _USUAL | (Permission.WITHDRAW | Permission.TRANSFER if withdraw else Permission.NONE)
        made = registry.add_api_key(
            number,
            kind=KeyKind[kind],
            permissions=permissions,
            networks=networks,
            label="customer",
            public_pem=pem,
        )
        return {"name": name, "account": number, "apiKey": made.key, "secret": made.secret}

    return _told(data, ask)


@app.command(name="operator")
def operator_key(
    currency: str,
    operator: str,
    /,
    *,
    kind: Literal["HMAC", "ED25519", "RSA"] = "HMAC",
    public_key: Annotated[Path | None, Parameter(help="In PEM; ED25519 and RSA keys need one.")] = None,
    networks: Annotated[str, Parameter(help="Where it may be used from, separated by commas; none: anywhere.")] = "",
    data: Data = DATA,
) -> int:
    """An API key for an operator of a currency, by its institution's name: of its treasury, to open wallets with."""

    def ask(places: Places, registry: Registry) -> dict[str, Any]:
        treasury = asyncio.run(_treasury(places, currency, operator))
        pem = _read(public_key) if public_key is not None else b""
        registry.know_account(treasury, f"{operator} {currency}"[:_NAME_CHARS_MAX])
        made = registry.add_api_key(
            treasury,
            kind=KeyKind[kind],
            permissions=Permission.USER_DATA | Permission.OPERATOR,
            networks=networks,
            label="operator",
            public_pem=pem,
        )
        return {"operator": operator, "account": treasury, "apiKey": made.key, "secret": made.secret}

    return _told(data, ask)


@app.command
def verify(
    name: str,
    /,
    *,
    full_name: Annotated[str, Parameter(help="As the document has it.")],
    country: Annotated[str, Parameter(help="Two letters, of ISO 3166-1.")],
    data: Data = DATA,
) -> int:
    """Write down who a customer was found to be; it is sealed, and the market between people asks for it."""

    def ask(_places: Places, registry: Registry) -> dict[str, Any]:
        number = _number(registry, name)
        person = registry.person_of_account(number)
        if person is None:
            raise _Refused(f"account {name!r} is nobody's")
        if not re.fullmatch("[A-Z]{2}", country):
            raise _Refused("a country is two letters, A-Z")
        registry.market.verify(person, VerifiedName(checked_name(full_name), country))
        return {"name": name, "account": number, "verified": True}

    return _told(data, ask)


@app.command
def drop_factor(name: str, /, *, data: Data = DATA) -> int:
    """End a customer's second factor, once you know by other means that it is he who lost it; he may set up another."""

    def ask(_places: Places, registry: Registry) -> dict[str, Any]:
        number = _number(registry, name)
        if not registry.second_factors.drop(number):
            raise _Refused(f"{name!r} has no second factor")
        return {"name": name, "account": number, "secondFactor": False}

    return _told(data, ask)


@app.command
def revoke(key: str, /, *, data: Data = DATA) -> int:
    """End an API key for ever; doors know within a second."""

    def ask(_places: Places, registry: Registry) -> dict[str, Any]:
        registry.revoke(key)
        return {"revoked": key}

    return _told(data, ask)


@app.command(name="list")
def list_accounts(*, data: Data = DATA) -> int:
    """Customers' accounts with their keys, without what these sign with."""

    def ask(_places: Places, registry: Registry) -> list[dict[str, Any]]:
        return [
            {
                "name": facts.label,
                "account": facts.number,
                "keys": [
                    {
                        "apiKey": one.key,
                        "kind": one.kind.name,
                        "permissions": one.permissions.name,
                        "networks": one.networks,
                        "live": one.revoked_us is None,
                    }
                    for one in registry.keys(facts.number)
                ],
            }
            for facts in registry.accounts()
        ]

    return _told(data, ask)


async def _opened(places: Places, reference: str, tier: int) -> int:
    """The account that the running exchange opened under this reference, now or before. Raises _Refused."""
    client = await EngineClient.connect(places.socket, _ENGINE_S)
    try:
        outcome = await client.submit_cold(
            OpenAccounts(
                reference=reference,
                account_kind=AccountKind.PERSON,
                count=1,
                label="",
                tier=tier,
                trade_group=TRADE_GROUP_NONE,
            )
        )
    finally:
        client.close()
    event = outcome.events[-1]
    if event.kind == EventKind.REJECTED:
        raise _Refused(f"the exchange refuses this with {Reject(event.reason).name}")
    assert event.kind == EventKind.ACCOUNTS_OPENED, event
    return event.account


async def _treasury(places: Places, code: str, name: str) -> int:
    """The treasury account of an operator that still has its wallets. Raises _Refused."""
    client = await EngineClient.connect(places.socket, _ENGINE_S)
    try:
        catalog = await client.ask(CatalogQuestion(known_version=0))
        currencies, who = await client.ask(CurrenciesQuestion()), await client.ask(InstitutionsQuestion())
    finally:
        client.close()
    assert isinstance(catalog, CatalogAnswer) and isinstance(currencies, CurrenciesAnswer)
    assert isinstance(who, InstitutionsAnswer)
    for one in currencies.currencies:
        if catalog.assets[one.asset].code != code:
            continue
        for operator in one.operators:
            if who.institutions[operator.institution].name == name and operator.moved_to < 0:
                return operator.treasury_account
        raise _Refused(f"{code} has no operator {name!r} with wallets of its own")
    raise _Refused(f"there is no currency {code!r}")


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise _Refused(str(error)) from None


def _number(registry: Registry, name: str) -> int:
    for facts in registry.accounts():
        if facts.label == name:
            return facts.number
    raise _Refused(f"there is no account {name!r}")


def _told(data: Path, ask: Callable[[Places, Registry], Any]) -> int:
    """Print the answer as JSON, or say why there is none; the exit code."""
    places = Places(data.resolve())
    if not places.registry.exists():
        return fail(f"{data} is no exchange; `venus founding make` founds one")
    try:
        registry = Registry.open(f"sqlite:///{places.registry}", MasterKey.load(places.master_key))
        try:
            answer = ask(places, registry)
        finally:
            registry.close()
    except (FileNotFoundError, ConnectionRefusedError):
        return fail(f"the exchange in {data} does not run: start it with `venus up --data {data}`")
    except UnknownSubject as error:
        return fail(str(error))
    except (EngineGone, EngineOverloaded, EngineRefused) as error:
        return fail(f"the exchange did not answer; ask again, nothing is done twice: {error}")
    except (_Refused, BadKeyMaterial, BadName, VaultError, OSError) as error:
        return fail(str(error))
    print(json.dumps(answer, indent=2, ensure_ascii=False))
    return 0
