"""All views together: one batch in, every question out, across the wire and across a snapshot."""

import inspect

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.random_exchange import SYMBOLS, TRADERS, play
from venus.records.commands import client_digest
from venus.views import accounts, catalog, house, market_data, orders
from venus.views.house import Views, decode_answer, decode_question, encode_answer, encode_question

seeds = st.integers(0, 2**32 - 1)

QUESTIONS: list[house.Question] = [
    catalog.CatalogQuestion(),
    catalog.CatalogQuestion(known_version=5),
    *(catalog.AccountQuestion(account) for account in range(8)),
    *(accounts.BalancesQuestion(account) for account in range(8)),
    accounts.TotalsQuestion(),
    *(orders.OpenOrdersQuestion(account) for account in TRADERS),
    *(orders.OrdersQuestion(account, symbol, limit=7) for account in TRADERS for symbol in SYMBOLS),
    *(orders.TradesQuestion(account, symbol) for account in TRADERS for symbol in SYMBOLS),
    orders.OrderQuestion(TRADERS[0], 0, order_id=1),
    orders.OrderQuestion(TRADERS[0], 0, 0, *client_digest("left-hand")),
    *(market_data.DepthQuestion(symbol) for symbol in SYMBOLS),
    market_data.TopsQuestion(),
    *(market_data.MarketTradesQuestion(symbol) for symbol in SYMBOLS),
    *(market_data.AggTradesQuestion(symbol) for symbol in SYMBOLS),
    *(market_data.CandlesQuestion(symbol, 0) for symbol in SYMBOLS),
    market_data.TickerQuestion(),
    *(market_data.AveragePriceQuestion(symbol) for symbol in SYMBOLS),
]


def folded(seed: int) -> Views:
    views = Views()
    for batch in play(seed):
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
        for module in (catalog, market_data, orders, accounts)
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if name.endswith("Question") and kind.__module__ == module.__name__
    }
    assert {type(question) for question in QUESTIONS} == named


@settings(max_examples=20)
@given(seeds)
def test_a_snapshot_answers_and_goes_on_like_what_it_was_taken_from(seed: int) -> None:
    batches = play(seed)
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
    views = folded(3)
    publication = views.publication()
    assert publication is not None
    assert np.frombuffer(publication.trades, market_data.TRADE).size > 0
