"""Transfers as a bridge makes them: by reference, so that what is done again is done once."""

from typing import NamedTuple

from venus.engine.client import EngineClient
from venus.records.commands import AccountKind, CommandFlag
from venus.records.events import EventKind
from venus.records.rejects import Reject
from venus.records.transfers import open_labelled, open_person, transfer
from venus.views.catalog import CatalogAnswer, CatalogQuestion

RULES_WITH_LINKS = 2


class Leg(NamedTuple):
    """One of several transfers that happen all or not at all."""

    reference: str
    debit: int
    credit: int
    asset: int
    atoms: int


async def post(client: EngineClient, reference: str, *, debit: int, credit: int, asset: int, atoms: int) -> Reject:
    """Move money once for ever under this reference; the reason if it was refused. Raises what the client raises."""
    command, text = transfer(reference, debit=debit, credit=credit, asset=asset, atoms=atoms)
    [*_, event] = (await client.submit(command, text)).events
    if event.kind == EventKind.TRANSFERRED:
        return Reject.NONE
    assert event.kind == EventKind.REJECTED, event
    return Reject(event.reason)


async def post_together(client: EngineClient, *legs: Leg) -> Reject:
    """Move all of these once for ever under their references, or none; the reason if one was refused.

    Only under rules that know linked transfers: earlier ones would move the last alone. Raises what the client raises.
    """
    *linked, last = (transfer(**leg._asdict()) for leg in legs)
    run = [(command._replace(flags=CommandFlag.LINKED), text) for command, text in linked]
    outcomes = await client.submit_linked([*run, last])
    # All were done, or the one that failed has the reason.
    [reason] = {Reject(outcome.events[-1].reason) for outcome in outcomes} - {Reject.LINK_BROKEN}
    return reason


async def knows_linked_transfers(client: EngineClient) -> bool:
    catalog = await client.ask(CatalogQuestion())
    assert isinstance(catalog, CatalogAnswer)
    return catalog.rules >= RULES_WITH_LINKS


async def known_account(client: EngineClient, label: str) -> int | None:
    """The number of the HOUSE or EXTERNAL account of a label, if there is one."""
    catalog = await client.ask(CatalogQuestion())
    assert isinstance(catalog, CatalogAnswer)
    return next((known.account for known in catalog.labels if known.text == label), None)


async def labelled_account(client: EngineClient, kind: AccountKind, label: str) -> int:
    """The number of the HOUSE or EXTERNAL account of a label, opened if there is none."""
    known = await known_account(client, label)
    if known is not None:
        return known
    [*_, event] = (await client.submit_cold(open_labelled(kind, label))).events
    assert event.kind == EventKind.ACCOUNTS_OPENED, (label, event)
    return event.account


async def person_account(client: EngineClient, reference: str) -> int:
    """The number of the account of a person that was opened under a reference, now or before."""
    [*_, event] = (await client.submit_cold(open_person(reference))).events
    assert event.kind == EventKind.ACCOUNTS_OPENED, (reference, event)
    return event.account


async def source_of(client: EngineClient, code: str, outside: int) -> int:
    """Where test money of an asset comes from and goes back to: for a coin the account that a sandbox's issuer filled,
    since nothing but a mint makes coins (its treasury, in a sandbox older than that account); for all else the account
    outside.
    """
    for label in (f"faucet:{code}", f"treasury:{code}"):
        account = await known_account(client, label)
        if account is not None:
            return account
    return outside
