"""All views under one roof: one batch in, one question out, one set of arrays for snapshots."""

from typing import Any, Protocol, get_args

import msgspec
import numpy as np

from venus.records.batch import Batch
from venus.records.events import EventKind
from venus.views import (
    balance_questions,
    catalog,
    currency_questions,
    holdings_questions,
    issuance_questions,
    market_questions,
    order_questions,
    p2p_questions,
    purse_questions,
)
from venus.views.accounts import Accounts
from venus.views.balance_questions import BALANCE_ROW, BalancesAnswer, BalancesQuestion
from venus.views.catalog import AccountAnswer, AccountQuestion, Catalog
from venus.views.currency import CurrencyView
from venus.views.currency_questions import CurrenciesAnswer, CurrenciesQuestion, Currency
from venus.views.holdings import Holdings
from venus.views.issuance import Issuance
from venus.views.market_data import MarketData
from venus.views.market_questions import Publication
from venus.views.order_questions import OpenOrderListsQuestion, OpenOrdersQuestion, OrderListsAnswer, OrdersAnswer
from venus.views.orders import Orders
from venus.views.p2p import P2pView
from venus.views.purses import Purses
from venus.views.questions import Answer, Question
from venus.views.user_data import StandingAnswer, StandingQuestion


class View(Protocol):
    """What the house asks of a view; which questions are its own, its module's Question says."""

    def apply(self, batch: Batch) -> None: ...

    def answer(self, question: Any) -> Any: ...

    def arrays(self) -> dict[str, np.ndarray]: ...

    def restore(self, arrays: dict[str, np.ndarray]) -> None: ...


_RARE_FROM = EventKind.ASSET_LISTED
"""Events of orders and transfers are of smaller kinds."""
_RARE = ("catalog", "issuance", "holdings")
"""Views that keep nothing of a frame without other events, not even its time."""
_HOUSE = np.dtype([("sequence", "i8"), ("frame", "i8"), ("time_ns", "i8")])


class Views:
    """Each view folds every batch; `sequence` is that of the last command folded: what an answer has seen."""

    def __init__(self) -> None:
        self.sequence = 0
        self.frame = 0
        self.time_ns = 0
        self.catalog = Catalog()
        self.market_data = MarketData()
        self.orders = Orders()
        self.accounts = Accounts()
        self.issuance = Issuance()
        self.holdings = Holdings()
        self.currency = CurrencyView()
        self.purses = Purses()
        self.p2p = P2pView()
        self._views: dict[str, View] = {
            "catalog": self.catalog,
            "market_data": self.market_data,
            "orders": self.orders,
            "accounts": self.accounts,
            "issuance": self.issuance,
            "holdings": self.holdings,
            "currency": self.currency,
            "purses": self.purses,
            "p2p": self.p2p,
        }
        self._of_every_frame = [view for name, view in self._views.items() if name not in _RARE]
        self._view_of: dict[type, View] = {
            **dict.fromkeys(get_args(catalog.Question), self.catalog),
            **dict.fromkeys(get_args(market_questions.Question), self.market_data),
            **dict.fromkeys(get_args(order_questions.Question), self.orders),
            **dict.fromkeys(get_args(balance_questions.Question), self.accounts),
            **dict.fromkeys(get_args(issuance_questions.Question), self.issuance),
            **dict.fromkeys(get_args(holdings_questions.Question), self.holdings),
            **dict.fromkeys(get_args(currency_questions.Question), self.currency),
            **dict.fromkeys(get_args(purse_questions.Question), self.purses),
            **dict.fromkeys(get_args(p2p_questions.Question), self.p2p),
        }

    def apply(self, batch: Batch) -> None:
        """Fold what one frame did; frames come in the journal's order, none twice and none left out."""
        assert batch.first_sequence == self.sequence + 1, (batch.first_sequence, self.sequence)
        is_plain = batch.cold is None and batch.events["kind"].max(initial=0) < _RARE_FROM
        for view in self._of_every_frame if is_plain else self._views.values():
            view.apply(batch)
        self.sequence += len(batch.commands) + (batch.cold is not None)
        self.frame = batch.number
        self.time_ns = batch.time_ns

    def answer(self, question: Question) -> Answer:
        """The answer of the view whose question it is, as of `sequence`."""
        if isinstance(question, StandingQuestion):
            return self._standing(question.account)
        if isinstance(question, CurrenciesQuestion):
            return self._currencies()
        answer: Answer = self._view_of[type(question)].answer(question)
        return answer

    def _currencies(self) -> CurrenciesAnswer:
        """What the view of currencies says, with what operators have free."""
        told = self.currency.answer(CurrenciesQuestion())
        assert isinstance(told, CurrenciesAnswer)

        def free(account: int, asset: int) -> int:
            answer = self.accounts.answer(BalancesQuestion(account))
            assert isinstance(answer, BalancesAnswer)
            rows = np.frombuffer(answer.rows, BALANCE_ROW)
            return int(rows["free_atoms"][rows["asset"] == asset].sum())

        def filled(one: Currency) -> Currency:
            operators = [
                msgspec.structs.replace(
                    operator,
                    reserve_atoms=free(operator.reserve_account, one.reserve_asset),
                    treasury_atoms=free(operator.treasury_account, one.asset),
                )
                for operator in one.operators
            ]
            return msgspec.structs.replace(one, operators=operators)

        return CurrenciesAnswer([filled(one) for one in told.currencies])

    def _standing(self, account: int) -> StandingAnswer:
        """What the views say of an account, with the sequence at which all of them do."""
        orders = self.orders.answer(OpenOrdersQuestion(account))
        lists = self.orders.answer(OpenOrderListsQuestion(account))
        balances = self.accounts.answer(BalancesQuestion(account))
        facts = self.catalog.answer(AccountQuestion(account))
        assert isinstance(orders, OrdersAnswer) and isinstance(lists, OrderListsAnswer)
        assert isinstance(balances, BalancesAnswer) and isinstance(facts, AccountAnswer)
        return StandingAnswer(
            account, self.sequence, orders.rows, orders.texts, lists, balances.rows, facts.trade_group
        )

    def publication(self) -> Publication | None:
        """What changed in the markets since the last call; None if nothing did."""
        return self.market_data.publication()

    def arrays(self) -> dict[str, np.ndarray]:
        """All state as "view.array": array, not copied: to be written before the next batch is folded."""
        position = np.array([(self.sequence, self.frame, self.time_ns)], _HOUSE)
        named = {f"{name}.{part}": array for name, view in self._views.items() for part, array in view.arrays().items()}
        return {"house.position": position} | named

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Become what `arrays` was taken from; they are copied."""
        self.sequence, self.frame, self.time_ns = arrays["house.position"][0].tolist()
        for name, view in self._views.items():
            view.restore(
                {key.removeprefix(name + "."): array for key, array in arrays.items() if key.startswith(name + ".")}
            )
