"""The market between people as doors ask for it: adverts and their search, orders and disputes, traders and statistics.

Folded from events and the commands that caused them; the core is never looked at. Source: docs/rules/p2p_view.md.
"""

from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Any

import msgspec
import numpy as np

from venus.records.batch import Batch
from venus.records.commands import FreezeAccount, ListAsset, Side
from venus.records.events import Event, EventFlag, EventKind, unpack_events
from venus.records.p2p import (
    METHOD_BY_WALLET,
    EditAdvert,
    NameWallet,
    NoteIndex,
    PostAdvert,
    SanctionTrader,
    SetP2pTerms,
    TakeAdvert,
    fee_atoms,
)
from venus.views import p2p_order_pages as pages
from venus.views.p2p_adverts import Adverts
from venus.views.p2p_books import Offer, Units, price_now
from venus.views.p2p_days import Days
from venus.views.p2p_orders import Due, Moment, Orders, Origin
from venus.views.p2p_public_questions import (
    P2pCountsAnswer,
    P2pCountsQuestion,
    P2pStatisticsAnswer,
    P2pStatisticsQuestion,
)
from venus.views.p2p_questions import (
    NEWS_KEPT,
    ROWS_MAX,
    Advert,
    AdvertAnswer,
    AdvertQuestion,
    AdvertsAnswer,
    AdvertsQuestion,
    Answer,
    DisputesQuestion,
    Found,
    Index,
    MarketAnswer,
    MarketQuestion,
    MarketTerms,
    News,
    NewsAnswer,
    NewsQuestion,
    P2pOrderAnswer,
    P2pOrderQuestion,
    P2pOrdersQuestion,
    PairAnswer,
    PairQuestion,
    Question,
    RetainedQuestion,
    SearchAnswer,
    SearchQuestion,
    Source,
    TradersAnswer,
    TradersQuestion,
    UsageQuestion,
)
from venus.views.p2p_traders import Traders
from venus.views.p2p_wallet_questions import NamedWallet, NamedWalletsAnswer, NamedWalletsQuestion

_FIRST, _LAST = int(EventKind.P2P_TERMS_SET), int(EventKind.WALLET_NAMED)
_LISTED, _FROZEN, _UNFROZEN = (
    int(kind) for kind in (EventKind.ASSET_LISTED, EventKind.ACCOUNT_FROZEN, EventKind.ACCOUNT_UNFROZEN)
)
_TIMER, _REPEATED = int(EventFlag.TIMER), int(EventFlag.REPEATED)
"""Numbers, since arrays are slow with names."""


class _Facts(msgspec.Struct):
    """What is rarely changed."""

    time_ns: int
    scales: list[int]  # by asset
    terms: MarketTerms | None
    terms_at: Source
    index: dict[tuple[int, str], tuple[Index, Source]]
    news_count: int
    wallets: dict[tuple[int, str], tuple[int, int]]  # that accounts have named, by fiat: wallet and its asset


def is_market_news(batch: Batch) -> bool:
    """Whether a frame changed anything of this market."""
    return _chosen(batch) is not None


def _chosen(batch: Batch) -> np.ndarray | None:
    """Which of a frame's events are of this market; None: none. Of a hot frame timers alone, which come before all."""
    events = batch.events
    if batch.cold is None and not (len(events) and events[0]["flags"] & _TIMER):
        return None
    kinds = events["kind"]
    chosen: np.ndarray = (kinds >= _FIRST) & (kinds <= _LAST) & (events["flags"] & _REPEATED == 0)
    return chosen if chosen.any() else None


class P2pView:
    """The fold. Without terms there is nothing but what the first terms will need."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._facts = _Facts(0, [], None, Source(0, 0), {}, 0, {})
        self._traders = Traders()
        self._adverts = Adverts(self._traders)
        self._days = Days()
        self._orders = Orders(self._adverts, self._traders, self._days)
        self._news: deque[News] = deque(maxlen=NEWS_KEPT)  # the last of news_count

    def apply(self, batch: Batch) -> None:
        """Fold what one frame did."""
        self._facts.time_ns = self._orders.rows.now_ns = batch.time_ns
        if batch.cold is not None:
            self._learn(batch)
        elif self._facts.terms is None:
            return
        chosen = _chosen(batch)
        if chosen is None:
            return
        self._traders.expire(batch.time_ns)
        for event in unpack_events(batch.events[chosen].tobytes()):
            command = None if event.flags & _TIMER else batch.cold
            at = Moment(command, batch.number, batch.time_ns)
            _STEPS.get(event.kind, P2pView._of_order)(self, event, at)

    def answer(self, question: Question) -> Answer:
        self._traders.expire(self._facts.time_ns)
        self._adverts.forget(self._facts.time_ns)
        return _ANSWERS[type(question)](self, question)

    def arrays(self) -> dict[str, np.ndarray]:
        """All state, not copied: to be written before the next batch is folded. News is not state."""
        facts = np.frombuffer(msgspec.msgpack.encode(self._facts), np.uint8)
        parts = self._traders, self._adverts, self._days, self._orders.rows
        return {"facts": facts} | {name: array for part in parts for name, array in part.arrays().items()}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Become what `arrays` was taken from; they are copied. Snapshots that are older than this view have none."""
        self._begin()
        if not arrays:
            return
        self._facts = msgspec.msgpack.decode(arrays["facts"].tobytes(), type=_Facts)
        for part in (self._traders, self._adverts, self._days, self._orders):
            part.restore(arrays)
        self._orders.rows.now_ns = self._facts.time_ns

    def _learn(self, batch: Batch) -> None:
        """From commands of other subjects: what an asset's atoms are, and who is frozen until when."""
        command, kinds = batch.cold, batch.events["kind"]
        if isinstance(command, ListAsset):
            if (kinds == _LISTED).any() and not batch.events[-1]["flags"] & _REPEATED:
                self._facts.scales.append(command.scale)
            return
        chosen = ((kinds == _FROZEN) | (kinds == _UNFROZEN)) & (batch.events["flags"] & _REPEATED == 0)
        if not chosen.any():
            return
        until_ns = command.until_ns if isinstance(command, FreezeAccount) else 0
        for account, kind in batch.events[["account", "kind"]][chosen].tolist():
            self._traders.freeze(account, until_ns if kind == _FROZEN else -1)

    def _tell(self, event: Event, at: Moment, order: int, advert: int, parties: tuple[int, ...]) -> None:
        self._news.append(News(event.kind, order, advert, parties, at.time_ns, at.frame))
        self._facts.news_count += 1

    # Terms, prices, traders

    def _terms_set(self, event: Event, at: Moment) -> None:
        assert isinstance(at.command, SetP2pTerms)
        terms = {name: getattr(at.command, name) for name in MarketTerms.__struct_fields__}
        self._facts.terms, self._facts.terms_at = MarketTerms(**terms), Source(event.sequence, at.frame)

    def _index_noted(self, event: Event, at: Moment) -> None:
        assert isinstance(at.command, NoteIndex)
        for one in at.command.prices:
            noted = Index(one.asset, one.fiat, one.price, at.time_ns)
            self._facts.index[one.asset, one.fiat] = noted, Source(event.sequence, at.frame)

    def _enrolled(self, event: Event, at: Moment) -> None:
        self._traders.enrol(event.account, event.order_id, at.time_ns)

    def _sanctioned(self, event: Event, at: Moment) -> None:
        assert isinstance(at.command, SanctionTrader)
        self._traders.sanction(event.account, event.price_ticks, at.command.grounds)

    def _wallet_named(self, event: Event, at: Moment) -> None:
        assert isinstance(at.command, NameWallet)
        key = event.account, at.command.fiat
        if event.maker_account:
            self._facts.wallets[key] = event.maker_account, event.symbol
        else:
            del self._facts.wallets[key]

    def _bond_changed(self, event: Event, at: Moment) -> None:
        self._traders.bond(event.account, event.symbol, event.remaining_lots)
        if event.kind == EventKind.BOND_SLASHED:
            self._days.counts.slashed += 1
            self._of_order(event, at)

    def _good_index(self, asset: int, fiat: str) -> tuple[Index | None, Source]:
        terms, noted = self._facts.terms, self._facts.index.get((asset, fiat))
        if terms is None or noted is None or self._facts.time_ns >= noted[0].time_ns + terms.index_ns:
            return None, Source(0, 0)
        return noted

    # Adverts and orders

    def _posted(self, event: Event, at: Moment) -> None:
        command = at.command
        assert isinstance(command, PostAdvert)
        source = Source(event.sequence, at.frame)
        self._adverts.post(command, event.order_id, source, at.time_ns, *self._bound(command, event.side))
        self._days.counts.adverts += 1
        self._tell(event, at, 0, event.order_id, (event.account,))

    def _edited(self, event: Event, at: Moment) -> None:
        command = at.command
        assert isinstance(command, EditAdvert)
        source = Source(event.sequence, at.frame)
        self._adverts.edit(command, source, at.time_ns, *self._bound(command, event.side))
        self._tell(event, at, 0, event.order_id, (event.account,))

    def _bound(self, command: PostAdvert | EditAdvert, side: int) -> tuple[int, int]:
        """The maker's fee by the present terms, and what the advert holds."""
        assert self._facts.terms is not None
        ppm = self._facts.terms.maker_fee_ppm
        return ppm, command.atoms + fee_atoms(command.atoms, ppm) if side == Side.SELL else 0

    def _state_set(self, event: Event, at: Moment) -> None:
        self._adverts.set_state(event.order_id, event.reason, at.time_ns)
        self._tell(event, at, 0, event.order_id, (event.account,))

    def _opened(self, event: Event, at: Moment) -> None:
        advert, terms = self._adverts.one(event.maker_order_id), self._facts.terms
        assert advert is not None and terms is not None
        due = self._due(event, at, advert.fiat)
        origin = Origin(terms, self._facts.terms_at, *self._good_index(advert.asset, advert.fiat), due)
        self._orders.open(event, at, origin)
        self._tell(event, at, event.order_id, 0, (event.account, event.maker_account))
        self._tell(event, at, 0, event.maker_order_id, (event.maker_account,))

    def _due(self, event: Event, at: Moment, fiat: str) -> Due | None:
        assert isinstance(at.command, TakeAdvert) and self._facts.terms is not None
        if at.command.method != METHOD_BY_WALLET:
            return None
        seller = event.account if event.side == Side.SELL else event.maker_account
        wallet, asset = self._facts.wallets[seller, fiat]
        exponent = next(one.exponent for one in self._facts.terms.fiats if one.code == fiat)
        return Due(asset, event.remaining_lots * 10 ** (self._facts.scales[asset] - exponent), wallet)

    def _relocked(self, event: Event, at: Moment) -> None:
        parties = event.account, event.maker_account
        self._orders.relock(event, at)
        self._tell(event, at, event.order_id, 0, parties)
        self._tell(event, at, event.maker_order_id, 0, parties)

    def _of_order(self, event: Event, at: Moment) -> None:
        row = self._orders.apply(event, at)
        self._tell(event, at, event.order_id, 0, (int(row["buyer"]), int(row["seller"])))

    # Answers

    def _market(self, question: MarketQuestion) -> MarketAnswer:
        index = [noted for _, (noted, _) in sorted(self._facts.index.items())]
        return MarketAnswer(self._facts.terms, index, self._facts.time_ns, self._facts.terms_at.sequence)

    def _named_wallets(self, question: NamedWalletsQuestion) -> NamedWalletsAnswer:
        found = sorted(
            (fiat, *named) for (account, fiat), named in self._facts.wallets.items() if account == question.account
        )
        return NamedWalletsAnswer([NamedWallet(*one) for one in found])

    def _told_traders(self, question: TradersQuestion) -> TradersAnswer:
        return TradersAnswer(self._traders.told(question.accounts[:ROWS_MAX], self._facts.time_ns))

    def _pair(self, question: PairQuestion) -> PairAnswer:
        month, life = self._traders.pair(question.account, question.other)
        return PairAnswer(life, month)

    def _price_now(self, advert: Advert) -> int:
        index, _ = self._good_index(advert.asset, advert.fiat)
        return price_now(advert, index.price if index else 0)

    def _advert(self, question: AdvertQuestion) -> AdvertAnswer:
        advert = self._adverts.one(question.number)
        if advert is None:
            return AdvertAnswer(None, 0, None, self._facts.terms_at.sequence)
        maker = self._traders.one(advert.account, self._facts.time_ns)
        return AdvertAnswer(advert, self._price_now(advert), maker, self._facts.terms_at.sequence)

    def _own_adverts(self, question: AdvertsQuestion) -> AdvertsAnswer:
        adverts = self._adverts.of(question)
        told = adverts[pages.page(question.skip, question.limit)]
        return AdvertsAnswer(len(adverts), told, [self._price_now(advert) for advert in told])

    def _search(self, question: SearchQuestion) -> SearchAnswer:
        now_ns, units = self._facts.time_ns, self._units(question.asset, question.fiat)
        book = self._adverts.book(question.side, question.asset, question.fiat)
        if units is None or book is None:
            return SearchAnswer(0, [], [], now_ns)
        self._traders.refresh()
        total, numbers = book.search(question, units, self._traders.rows, now_ns)
        adverts = [advert for number in numbers if (advert := self._adverts.one(number)) is not None]
        makers = dict.fromkeys(advert.account for advert in adverts)
        return SearchAnswer(
            total, [_found(advert, units) for advert in adverts], self._traders.told(makers, now_ns), now_ns
        )

    def _units(self, asset: int, code: str) -> Units | None:
        """None: by the present terms they are not of the market."""
        terms = self._facts.terms
        tradable = next((one for one in terms.assets if one.asset == asset), None) if terms else None
        fiat = next((one for one in terms.fiats if one.code == code), None) if terms else None
        if terms is None or tradable is None or fiat is None:
            return None
        index, _ = self._good_index(asset, code)
        scale, price = self._facts.scales[asset], index.price if index else 0
        return Units(tradable.atoms_min, scale, fiat.exponent, price, terms.bond_asset)

    def _order(self, question: P2pOrderQuestion) -> P2pOrderAnswer:
        rows = self._orders.rows
        row = rows.known(question.number)
        if row is None:
            return P2pOrderAnswer(None, self._facts.terms_at.sequence)
        order, now_ns = rows.order(row), self._facts.time_ns
        return P2pOrderAnswer(
            order,
            self._facts.terms_at.sequence,
            rows.steps(row),
            terms=rows.source(row, "terms"),
            posted=rows.source(row, "posted"),
            advert=rows.source(row, "advert"),
            index=rows.source(row, "index"),
            buyer=self._traders.one(order.buyer, now_ns),
            seller=self._traders.one(order.seller, now_ns),
        )

    def _news_since(self, question: NewsQuestion) -> NewsAnswer:
        place, after, terms = self._facts.news_count, question.after, self._facts.terms_at.sequence
        if after < 0 or after >= place:
            return NewsAnswer(place, [], terms, missed=after > place)
        first = place - len(self._news)
        start = max(after, first)
        news = list(islice(self._news, start - first, start - first + ROWS_MAX))
        return NewsAnswer(start + len(news), news, terms, missed=after < first)

    def _counts(self, question: P2pCountsQuestion) -> P2pCountsAnswer:
        now_ns = self._facts.time_ns
        return P2pCountsAnswer(
            traders=len(self._traders.slots),
            sanctioned=self._traders.sanctioned(now_ns),
            online=self._adverts.online(),
            **msgspec.structs.asdict(self._days.counts),
        )


def _found(advert: Advert, units: Units) -> Found:
    price = price_now(advert, units.index_price)
    offer = Offer(advert.atoms, advert.fiat_min, advert.fiat_max, price, units)
    return Found(advert, price, offer.fiat_max_now())


_STEPS: dict[int, Callable[[P2pView, Event, Moment], None]] = {
    EventKind.P2P_TERMS_SET: P2pView._terms_set,
    EventKind.INDEX_NOTED: P2pView._index_noted,
    EventKind.TRADER_ENROLLED: P2pView._enrolled,
    EventKind.TRADER_SANCTIONED: P2pView._sanctioned,
    EventKind.WALLET_NAMED: P2pView._wallet_named,
    EventKind.BOND_POSTED: P2pView._bond_changed,
    EventKind.BOND_WITHDRAWN: P2pView._bond_changed,
    EventKind.BOND_SLASHED: P2pView._bond_changed,
    EventKind.ADVERT_POSTED: P2pView._posted,
    EventKind.ADVERT_EDITED: P2pView._edited,
    EventKind.ADVERT_STATE_SET: P2pView._state_set,
    EventKind.ESCROW_OPENED: P2pView._opened,
    EventKind.ESCROW_RELOCKED: P2pView._relocked,
}
"""All others are of an order that is there."""
_ANSWERS: dict[type, Callable[[P2pView, Any], Answer]] = {
    MarketQuestion: P2pView._market,
    NamedWalletsQuestion: P2pView._named_wallets,
    TradersQuestion: P2pView._told_traders,
    UsageQuestion: lambda view, question: pages.usage(view._orders.rows, question),
    PairQuestion: P2pView._pair,
    RetainedQuestion: lambda view, question: pages.retained(view._orders.rows, question),
    AdvertQuestion: P2pView._advert,
    AdvertsQuestion: P2pView._own_adverts,
    SearchQuestion: P2pView._search,
    P2pOrderQuestion: P2pView._order,
    P2pOrdersQuestion: lambda view, question: pages.orders_of(view._orders.rows, question),
    DisputesQuestion: lambda view, question: pages.disputes(view._orders, question),
    NewsQuestion: P2pView._news_since,
    P2pStatisticsQuestion: lambda view, question: P2pStatisticsAnswer(
        view._days.rows(question.days, view._facts.time_ns)
    ),
    P2pCountsQuestion: P2pView._counts,
}
