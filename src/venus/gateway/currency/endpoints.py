"""The door of a central bank's currency: what is served under /currency/v1/, by the same limits, keys and words.

For seats of the central bank, operators and authorities (proposals), for operators, merchants and people (API keys).
"""

from venus.engine.client import EngineClient
from venus.gateway.binance.endpoint import Endpoint
from venus.gateway.binance.symbols import Symbols
from venus.gateway.currency.facts import CurrencyFacts
from venus.gateway.currency.identities import Identities
from venus.gateway.currency.messages import Messages
from venus.gateway.currency.operators import Operators
from venus.gateway.currency.purses import Purses
from venus.gateway.currency.reads import BASE, Reads
from venus.gateway.currency.recalls import RecallMessages
from venus.gateway.currency.requests import Requests
from venus.gateway.currency.wallets import Wallets
from venus.gateway.issuance.holders import Holders
from venus.gateway.issuance.holdings import Holdings
from venus.gateway.issuance.lawful import LawfulOrders
from venus.gateway.issuance.ledger_facts import LedgerFacts
from venus.gateway.issuance.proposals import Proposals
from venus.registry.registry import Registry

PREFIX = "/currency/"


def currency_endpoints(client: EngineClient, registry: Registry, symbols: Symbols) -> tuple[Endpoint, ...]:
    """All of them, for one engine."""
    ledger = LedgerFacts(client, symbols)
    facts = CurrencyFacts(client, ledger)
    return (
        *Reads(client, facts).endpoints(),
        *Proposals(client, registry, ledger, BASE).endpoints(),
        *Operators(client, registry, facts).endpoints(),
        *Wallets(client, registry, facts).endpoints(),
        *Requests(client, registry, facts).endpoints(),
        *Identities(client, registry, facts).endpoints(),
        *Purses(client, facts).endpoints(),
        *Messages(client, registry, facts).endpoints(),
        *RecallMessages(client, registry, facts).endpoints(),
        *Holders(client, ledger).bindings(BASE),
        *LawfulOrders(ledger, "currency").endpoints(BASE),
        *Holdings(client, ledger).endpoints(f"{BASE}/bindings"),
    )
