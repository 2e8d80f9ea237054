"""All views together: one batch in, every question out, across the wire and across a snapshot."""

import inspect

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.random_conditions import play_either
from tests.properties.random_exchange import SYMBOLS, TRADERS, play
from venus.records.batch import Batch
from venus.records.commands import client_digest
from venus.views import balance_questions as balances
from venus.views import catalog, house
from venus.views import market_questions as market
from venus.views import order_questions as orders
from venus.views.house import Views
from venus.views.kernels import accounts as kernels_accounts
from venus.views.kernels import history, index, order_links, postings
from venus.views.kernels import orders as kernels_orders
from venus.views.kernels.order_store import grown, new_store
from venus.views.kernels.orders import fold_orders
from venus.views.questions import decode_answer, decode_question, encode_answer, encode_question
from venus.views.warm import warm

seeds = st.integers(0, 2**32 - 1)

QUESTIONS: list[house.Question] = [
    catalog.CatalogQuestion(),
    catalog.CatalogQuestion(known_version=5),
    *(catalog.AccountQuestion(account) for account in range(8)),
    *(balances.BalancesQuestion(account) for account in range(8)),
    balances.TotalsQuestion(),
    *(orders.OpenOrdersQuestion(account) for account in TRADERS),
    *(orders.OrdersQuestion(account, symbol, limit=7) for account in TRADERS for symbol in SYMBOLS),
    *(orders.TradesQuestion(account, symbol) for account in TRADERS for symbol in SYMBOLS),
    orders.OrderQuestion(TRADERS[0], 0, order_id=1),
    orders.OrderQuestion(TRADERS[0], 0, 0, *client_digest("left-hand")),
    *(orders.OpenOrderListsQuestion(account) for account in TRADERS),
    *(orders.OrderListsQuestion(account, limit=3) for account in TRADERS),
    orders.OrderListQuestion(TRADERS[0], 1),
    *(orders.PreventionsQuestion(account, 0, match_id=1) for account in TRADERS),
    *(orders.AmendmentsQuestion(account, 0, order_id) for account in TRADERS for order_id in range(1, 9)),
    *(market.DepthQuestion(symbol) for symbol in SYMBOLS),
    market.TopsQuestion(),
    *(market.MarketTradesQuestion(symbol) for symbol in SYMBOLS),
    *(market.AggTradesQuestion(symbol) for symbol in SYMBOLS),
    *(market.CandlesQuestion(symbol, 0) for symbol in SYMBOLS),
    market.TickerQuestion(),
    *(market.AveragePriceQuestion(symbol) for symbol in SYMBOLS),
]


def folded(batches: list[Batch]) -> Views:
    views = Views()
    for batch in batches:
        views.apply(batch)
    return views


def ask_over_the_wire(views: Views, question: house.Question) -> house.Answer:
    """As a door does: the question as bytes there, the answer as bytes back."""
    answer = views.answer(decode_question(encode_question(question)))
    assert decode_answer(encode_answer(answer)) == answer
    return answer


def test_every_question_of_every_view_is_asked_here() -> None:
    named = {
        kind
        for module in (catalog, market, orders, balances)
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if name.endswith("Question") and kind.__module__ == module.__name__
    }
    assert {type(question) for question in QUESTIONS} == named


@settings(max_examples=20)
@given(seeds)
def test_a_snapshot_answers_and_goes_on_like_what_it_was_taken_from(seed: int) -> None:
    batches = play_either(seed)
    whole, first = Views(), Views()
    for batch in batches[: len(batches) // 2]:
        whole.apply(batch)
        first.apply(batch)
    saved = {name: array.copy() for name, array in first.arrays().items()}
    second = Views()
    second.restore(saved)
    assert second.sequence == first.sequence
    for batch in batches[len(batches) // 2 :]:
        whole.apply(batch)
        second.apply(batch)
    assert second.sequence == whole.sequence == int(batches[-1].events[-1]["sequence"])
    assert (second.frame, second.time_ns) == (batches[-1].number, batches[-1].time_ns)
    for question in QUESTIONS:
        assert ask_over_the_wire(second, question) == ask_over_the_wire(whole, question), question
    for name, array in whole.arrays().items():
        assert array.dtype.hasobject is False, f"{name} cannot be written as bytes"


def test_a_frame_left_out_or_given_twice_is_our_bug() -> None:
    batches = play(1)
    views = Views()
    views.apply(batches[0])
    with pytest.raises(AssertionError):
        views.apply(batches[0])
    with pytest.raises(AssertionError):
        views.apply(batches[2])
    assert views.sequence == 1


def test_what_is_no_question_is_refused() -> None:
    for data in (b"", b"\xc1", msgspec.msgpack.encode({"type": "Nobody"}), msgspec.msgpack.encode([1, 2])):
        with pytest.raises(msgspec.DecodeError):
            decode_question(data)


def test_publication_is_the_markets() -> None:
    views = folded(play(3))
    publication = views.publication()
    assert publication is not None
    assert np.frombuffer(publication.trades, market.TRADE).size > 0


def test_views_do_without_reserved_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system refuses them, arrays begin short and are copied to grow; nobody can tell from the answers."""
    batches = play(5)
    usual = folded(batches)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr("venus.views.kernels.reserve.mmap.mmap", refuse)
    short = folded(batches)
    for question in QUESTIONS:
        assert short.answer(question) == usual.answer(question)


def test_a_warm_start_leaves_nothing_to_compile() -> None:
    """Nobody who asks waits for a compiler, and no kernel is compiled twice for arrays that differ in flags only."""
    warm()
    before = compiled()
    assert before[f"{fold_orders.__module__}.{fold_orders.__name__}"] == 1
    views = folded(play(7))
    grown(new_store(1))
    restored = Views()
    restored.restore({name: np.frombuffer(array.tobytes(), array.dtype) for name, array in views.arrays().items()})
    for question in QUESTIONS:
        assert restored.answer(question) == views.answer(question)
    assert compiled() == before


def compiled() -> dict[str, int]:
    """How often each kernel that Python calls has been compiled in this process."""
    return {
        f"{module.__name__}.{name}": len(kernel.signatures)
        for module in (kernels_accounts, kernels_orders, history, index, order_links, postings)
        for name, kernel in inspect.getmembers(module, lambda member: hasattr(member, "signatures"))
    }
