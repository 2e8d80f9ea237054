"""Coins as their events tell them at a moment, taken from the view that folds them."""

from collections.abc import Iterator
from typing import NamedTuple

from venus.views.issuance import Issuance
from venus.views.issuance_questions import (
    Coin,
    CoinsAnswer,
    CoinsQuestion,
    InstitutionsAnswer,
    InstitutionsQuestion,
    LawfulOrdersAnswer,
    LawfulOrdersQuestion,
    QueueAnswer,
    QueueQuestion,
    Redemption,
    Reserve,
    ReservesAnswer,
    ReservesQuestion,
)


class CoinState(NamedTuple):
    coin: Coin
    reserves: tuple[Reserve, ...]  # open ones
    queue: tuple[Redemption, ...]


def coin_states(view: Issuance) -> Iterator[CoinState]:
    """Every coin there is, by asset."""
    coins = view.answer(CoinsQuestion())
    assert isinstance(coins, CoinsAnswer)
    for coin in coins.coins:
        reserves, queue = view.answer(ReservesQuestion(coin.asset)), view.answer(QueueQuestion(coin.asset))
        assert isinstance(reserves, ReservesAnswer) and isinstance(queue, QueueAnswer)
        open_ones = tuple(reserve for reserve in reserves.reserves if not reserve.closed)
        yield CoinState(coin, open_ones, tuple(queue.redemptions))


def lawful_orders(view: Issuance, coin: int) -> LawfulOrdersAnswer:
    """Lawful orders on a coin, and their counts."""
    orders = view.answer(LawfulOrdersQuestion(coin))
    assert isinstance(orders, LawfulOrdersAnswer)
    return orders


def institution_names(view: Issuance) -> list[str]:
    """By number."""
    answer = view.answer(InstitutionsQuestion())
    assert isinstance(answer, InstitutionsAnswer)
    return [institution.name for institution in answer.institutions]
