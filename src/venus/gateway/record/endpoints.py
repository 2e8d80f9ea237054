"""The door of the public record: what is served under /record/v1/ in JSON, by the limits and words of all doors."""

from pathlib import Path

from venus.engine.client import EngineClient
from venus.gateway.binance.endpoint import Endpoint
from venus.gateway.binance.symbols import Symbols
from venus.gateway.issuance.ledger_facts import LedgerFacts
from venus.gateway.receipts import Receipts
from venus.gateway.record.counts import Counts
from venus.gateway.record.figures import Figures
from venus.gateway.record.receipts import Lookup
from venus.gateway.record.reserves import Reserves
from venus.gateway.record.supply import Supply
from venus.journal.store import JournalReader
from venus.registry.registry import Registry


def record_endpoints(
    client: EngineClient,
    registry: Registry,
    symbols: Symbols,
    receipts: Receipts | None = None,
    journal: Path | None = None,
    liabilities: Path | None = None,
    reserves: Path | None = None,
) -> tuple[Endpoint, ...]:
    """All of them, for one engine. Without receipts or the journal's files none is looked up afterwards, and no balance
    is proved without the trees."""
    ledger = LedgerFacts(client, symbols)
    looked_up = () if receipts is None or journal is None else Lookup(receipts, JournalReader(journal)).endpoints()
    figures = () if journal is None or liabilities is None else Figures(journal, liabilities).endpoints()
    counts = Counts(client, registry, ledger).endpoints()
    shown = () if reserves is None else Reserves(reserves).endpoints()
    return (*Supply(client, ledger).endpoints(), *counts, *looked_up, *figures, *shown)
