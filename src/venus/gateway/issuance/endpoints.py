"""The door of coins: what is served under /coins/v1/, by the same limits, keys and words of refusal as the exchange.

For institutions (signed by seats), for holders (with API keys) and for everybody.
"""

from venus.engine.client import EngineClient
from venus.gateway.binance.endpoint import Endpoint
from venus.gateway.binance.symbols import Symbols
from venus.gateway.issuance.holders import Holders
from venus.gateway.issuance.holdings import Holdings
from venus.gateway.issuance.lawful import LawfulOrders
from venus.gateway.issuance.ledger_facts import LedgerFacts
from venus.gateway.issuance.proposals import Proposals
from venus.gateway.issuance.reads import BASE, Reads
from venus.registry.registry import Registry

PREFIX = "/coins/"


def coin_endpoints(client: EngineClient, registry: Registry, symbols: Symbols) -> tuple[Endpoint, ...]:
    """All of them, for one engine. What a crash left half handed in may be handed in again."""
    registry.proposals.reopen()
    facts = LedgerFacts(client, symbols)
    return (
        *Reads(client, facts).endpoints(),
        *LawfulOrders(facts, "coin").endpoints(BASE),
        *Proposals(client, registry, facts).endpoints(),
        *Holders(client, facts).endpoints(),
        *Holdings(client, facts).endpoints(),
    )
