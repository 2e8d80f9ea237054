"""A sandbox shows what it has beside what it owes: its chains' treasury signs a dated challenge every hour.

One key stands for the treasury on all networks; money of the faucet came in on each asset's usual one. What lies there
is what the outside has given by the ledger, which is all that a sandbox has. Source: docs/rules/reserves.md.
"""

import asyncio
import os
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import structlog

from venus.bridges.reserves import (
    Anchor,
    Claim,
    ReservesRefused,
    challenge,
    check_reserves,
    file_of,
    signed_with,
    write,
)
from venus.bridges.secp256k1 import N
from venus.bridges.signed_messages import address_of, private_key
from venus.bridges.wallet import FAUCET_LABEL
from venus.engine.client import EngineClient, EngineGone, EngineOverloaded, EngineRefused
from venus.journal.failures import JournalDamaged, SnapshotDamaged, StorageFailed
from venus.journal.figures import KeptFigures
from venus.registry.networks import NETWORKS, terms_on
from venus.units import decimal
from venus.views.balance_questions import BALANCE_ROW, BalancesAnswer, BalancesQuestion
from venus.views.catalog import CatalogAnswer, CatalogQuestion

EVERY_S, SOON_S = 3_600.0, 5.0
KEPT = 48
_CHAIN_LABEL = "external:chain:"
_log = structlog.get_logger("reserves")


class ReservesPlaces(NamedTuple):
    """Where a sandbox has its journal, the trees of its checkpoints, its journal's public key, the treasury's key, and
    what is published.
    """

    journal: Path
    liabilities: Path
    verifier: Path
    key: Path
    published: Path


async def keep_showing(
    socket: Path, places: ReservesPlaces, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> None:
    """For ever, over whatever engine listens there; cancel it to end it."""
    while True:
        try:
            client = await EngineClient.connect(socket, EVERY_S)
            try:
                shown = await show(client, places, now())
            finally:
                client.close()
        except (EngineGone, EngineOverloaded, EngineRefused, OSError, StorageFailed):
            shown = False
        except (ReservesRefused, JournalDamaged, SnapshotDamaged) as error:
            _log.error("no reserves are shown", why=str(error))
            shown = True
        await asyncio.sleep(EVERY_S if shown else SOON_S)


async def show(client: EngineClient, places: ReservesPlaces, now: datetime) -> bool:
    """Publish what lies at the treasury; False if there is no checkpoint yet, or nothing lies there.

    Raises ReservesRefused, JournalDamaged, SnapshotDamaged, StorageFailed, OSError, and what the client raises.
    """
    published = await asyncio.to_thread(lambda: KeptFigures(places.liabilities).newest(places.journal))
    if published is None:
        return False
    checkpoint, verifier = published.checkpoint, places.verifier.read_text().strip()
    number = treasury_key(places.key)
    claims = list(_claims(await _inside(client), number))
    if not claims:
        return False
    signed, count = signed_with(challenge(Anchor(verifier, checkpoint.frames, checkpoint.root), now, claims), number)
    assert count == len(claims)
    found = check_reserves(signed, now, verifier)
    places.published.mkdir(exist_ok=True)
    write(file_of(places.published, found), signed)
    for old in sorted(places.published.glob("*Z.json"))[:-KEPT]:
        old.unlink()
    return True


def treasury_key(file: Path) -> int:
    """The number of the key, drawn at the first time: 64 hexadecimal digits, for its owner alone."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as new:
            new.write(f"{secrets.randbelow(N - 1) + 1:064x}\n")
    return int(file.read_text().strip(), 16)


def _claims(inside: dict[tuple[str, str], str], number: int) -> Iterator[Claim]:
    key = private_key(number)
    for (network, asset), amount in sorted(inside.items()):
        yield Claim(network, address_of(NETWORKS[network].form, key), asset, amount)


async def _inside(client: EngineClient) -> dict[tuple[str, str], str]:
    """What the outside has given, by network and asset, in units."""
    catalog = await client.ask(CatalogQuestion())
    assert isinstance(catalog, CatalogAnswer)
    if FAUCET_LABEL not in {label.text for label in catalog.labels}:
        return {}  # no sandbox's journal, whatever lies beside it
    assets = {asset.number: asset for asset in catalog.assets}
    atoms: dict[tuple[str, str], int] = {}
    for label in catalog.labels:
        is_faucet = label.text == FAUCET_LABEL
        if not is_faucet and not label.text.startswith(_CHAIN_LABEL):
            continue
        answer = await client.ask(BalancesQuestion(label.account))
        assert isinstance(answer, BalancesAnswer)
        for number, free, _ in np.frombuffer(answer.rows, BALANCE_ROW).tolist():
            asset = assets[number]
            terms = terms_on(asset.code, None if is_faucet else label.text.removeprefix(_CHAIN_LABEL))
            terms = terms or terms_on(asset.code, None)
            if terms is not None:
                atoms[terms.network, asset.code] = atoms.get((terms.network, asset.code), 0) - free
    scales = {asset.code: asset.scale for asset in catalog.assets}
    return {place: decimal(sum_, scales[place[1]]) for place, sum_ in atoms.items() if sum_ > 0}
