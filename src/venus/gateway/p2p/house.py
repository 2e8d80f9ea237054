"""All that the endpoints of the market work with."""

from collections.abc import Callable
from typing import NamedTuple

from venus.engine.client import EngineClient
from venus.gateway.binance.endpoint import Call
from venus.gateway.binance.symbols import Symbols
from venus.gateway.p2p.commanding import Commanding
from venus.gateway.p2p.facts import NoteIndex, P2pFacts
from venus.gateway.p2p.methods import Methods
from venus.gateway.p2p.offers import Offers
from venus.gateway.p2p.order_chats import OrderChats
from venus.gateway.p2p.papers import Papers
from venus.gateway.p2p.people import People
from venus.gateway.p2p.showing import Showing, Viewer
from venus.gateway.p2p.telling import Telling
from venus.p2p.release_sessions import ReleaseSessions
from venus.p2p.risk import RiskRules
from venus.registry.p2p_files import FileRecord
from venus.registry.registry import Registry


class Market(NamedTuple):
    """One for each door; `facts` are to be fresh before anything is read."""

    registry: Registry
    files: FileRecord
    rules: RiskRules
    catalogue: Methods
    facts: P2pFacts
    people: People
    papers: Papers
    telling: Telling
    showing: Showing
    commanding: Commanding
    offers: Offers
    sessions: ReleaseSessions
    chats: OrderChats


def open_market(
    client: EngineClient,
    registry: Registry,
    files: FileRecord,
    symbols: Symbols,
    rules: RiskRules,
    note_index: NoteIndex | None = None,
    is_live: Callable[[], bool] | None = None,
) -> Market:
    facts, catalogue = P2pFacts(client, symbols, note_index, is_live), Methods()
    people, papers = People(registry.market), Papers(registry.writings, catalogue)
    telling = Telling(facts, catalogue)
    showing = Showing(registry, facts, people, papers, telling)
    commanding = Commanding(client, registry.writings)
    offers = Offers(registry.offers, registry.writings, facts, catalogue)
    sessions = ReleaseSessions()
    chats = OrderChats(registry.chats, facts, people, papers)
    return Market(
        registry, files, rules, catalogue, facts, people, papers, telling, showing, commanding, offers, sessions, chats
    )


def viewer_of(call: Call) -> Viewer:
    return Viewer(call.account, call.unit_ns, call.now_ns)
