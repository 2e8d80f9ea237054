"""`p2p_search`: how long a search over 100,000 adverts takes, from the question's bytes to the answer's.

In two markets: spread over six assets and twenty currencies, as makers do; and all in one book, the worst there can be.
Between two searches the market moves: an order is opened, or the index. Each page has 20 adverts with their makers.
"""

import random
import time
from typing import cast

from benchmarks.report import Report, at_least, at_most, percentiles, report, rounded
from venus.records.commands import Side
from venus.records.p2p import Fiat, Tradable
from venus.testing.p2p_tape import DAY_NS, MINUTE_NS, Tape
from venus.views.p2p import P2pView
from venus.views.p2p_questions import Question, SearchAnswer, SearchQuestion
from venus.views.questions import decode_question, encode_answer, encode_question

ADVERTS, MAKERS, TRADES = 100_000, 1_000, 4_000
SEARCHES, SEARCHES_LONG = 2_000, 20_000
CODES = ["CNY", "JPY", "USD", "EUR", "GBP", "INR", "VND", "PHP", "IDR", "THB"]
CODES += ["BRL", "ARS", "MXN", "NGN", "KES", "ZAR", "TRY", "RUB", "UAH", "PLN"]
ASSETS = 6
P99_MS_MAX, P99_MS_MAX_ONE_BOOK = 5.0, 20.0
SEED = 20261127
_UNIT = 1_000_000
_PRICE = 700_000_000


def measure(long: bool) -> Report:
    searches = SEARCHES_LONG if long else SEARCHES
    figures: dict[str, object] = {"adverts": ADVERTS, "makers": MAKERS, "searches": searches}
    spread = _measured("spread", CODES, ASSETS, searches)
    one_book = _measured("one_book", CODES[:1], 1, searches)
    return report(
        "p2p_search",
        figures | spread | one_book,
        [
            at_least("adverts", ADVERTS, 100_000),
            at_most("p99 of a spread market, ms", spread["spread_p99_us"] / 1_000, P99_MS_MAX),
            at_most("p99 in one book, ms", one_book["one_book_p99_us"] / 1_000, P99_MS_MAX_ONE_BOOK),
        ],
    )


def _measured(name: str, codes: list[str], assets: int, searches: int) -> dict[str, float]:
    chance = random.Random(SEED)
    started_s = time.perf_counter()
    market = Market(chance, codes, assets)
    folded_s = time.perf_counter() - started_s
    times_ns, found = [], 0
    for _ in range(searches):
        market.move()
        question = encode_question(market.question())
        started_ns = time.perf_counter_ns()
        answer = market.tape.view.answer(cast(Question, decode_question(question)))
        encode_answer(answer)
        times_ns.append(time.perf_counter_ns() - started_ns)
        assert isinstance(answer, SearchAnswer)
        found += answer.total
    arrays = {part: array.copy() for part, array in market.tape.view.arrays().items()}
    started_s = time.perf_counter()
    P2pView().restore(arrays)
    return percentiles(times_ns, name) | {
        f"{name}_found_mean": rounded(found / searches),
        f"{name}_folded_s": rounded(folded_s),
        f"{name}_restored_s": rounded(time.perf_counter() - started_s),
        f"{name}_snapshot_mb": rounded(sum(array.nbytes for array in arrays.values()) / 1e6),
    }


class Market:
    """Of adverts whose makers have some history, half of them floating."""

    def __init__(self, chance: random.Random, codes: list[str], assets: int) -> None:
        self.tape = Tape()
        self._chance, self._codes, self._assets = chance, codes, range(assets)
        self._sides = [Side.SELL] if len(codes) == 1 else [Side.BUY, Side.SELL]
        self.tape.set_terms(
            fiats=tuple(Fiat(code=code, exponent=2) for code in codes),
            assets=tuple(Tradable(asset=asset, atoms_min=_UNIT, large_atoms=10**12) for asset in self._assets),
            index_ns=DAY_NS,
        )
        for asset in self._assets[2:]:
            self.tape.list_asset(f"A{asset}", 6)
        self.tape.enrol(*range(1, MAKERS + 2))
        for place in range(MAKERS):
            self.tape.bond(place + 1, _UNIT * (place % 500), _UNIT * (place % 500))
        self._note_index()
        self._posted = [self._post(1 + place % MAKERS) for place in range(ADVERTS)]
        for _ in range(TRADES):
            self._trade()

    def move(self) -> None:
        """Something happens: an order, or one currency's index."""
        if self._chance.random() < 0.5:
            self._trade()
        else:
            self._note_index(self._chance.choice(self._codes))

    def question(self) -> SearchQuestion:
        chance = self._chance
        return SearchQuestion(
            side=chance.choice(self._sides),
            asset=chance.choice(self._assets),
            fiat=chance.choice(self._codes),
            methods=chance.choice([[], [3], [1, 2, 4]]),
            fiat_amount=chance.choice([0, 0, 500_00, 5_000_00]),
            bond_atoms_min=chance.choice([0, 0, 100 * _UNIT]),
            completion_ppm_min=chance.choice([0, 0, 900_000]),
            not_makers=[chance.randrange(1, MAKERS) for _ in range(chance.choice([0, 5]))],
            sort=chance.choice(["price", "price", "completion", "release", "orders"]),
            skip=chance.choice([0, 0, 0, 20, 200]),
            limit=20,
        )

    def _post(self, maker: int) -> tuple[int, int, Side, int, int]:
        chance = self._chance
        side, asset = chance.choice(self._sides), chance.choice(self._assets)
        floats = chance.random() < 0.5
        price = 0 if floats else _PRICE + chance.randrange(-30_000_000, 30_000_000)
        number = self.tape.post(
            maker,
            side,
            asset=asset,
            fiat=chance.choice(self._codes),
            atoms=_UNIT * chance.randrange(50, 5_000),
            fiat_min=chance.choice([50_00, 100_00, 1_000_00]),
            fiat_max=chance.choice([2_000_00, 10_000_00, 50_000_00]),
            price=price,
            margin_ppm=chance.randrange(960_000, 1_040_000) if floats else 0,
            methods=tuple(sorted(chance.sample(range(1, 12), 3))),
        )
        return number, maker, side, asset, price or _PRICE

    def _trade(self) -> None:
        """A whole order of one of the adverts; it takes one unit, of which each has 50 or more."""
        number, maker, side, asset, price = self._chance.choice(self._posted)
        taker = MAKERS + 1
        buyer, seller = (taker, maker) if side == Side.SELL else (maker, taker)
        side_of_taker = Side.BUY if side == Side.SELL else Side.SELL
        order = self.tape.take(number, taker, maker, _UNIT, side_of_taker, asset=asset, price=price)
        self.tape.time_ns += self._chance.randrange(MINUTE_NS)
        self.tape.mark_paid(order, buyer, seller, 7_00)
        self.tape.time_ns += self._chance.randrange(MINUTE_NS)
        if self._chance.random() < 0.1:
            self.tape.cancel(order, buyer, seller, _UNIT)
        else:
            self.tape.release(order, buyer, seller, _UNIT)

    def _note_index(self, *codes: str) -> None:
        for code in codes or self._codes:
            for asset in self._assets:
                self.tape.note_index(asset, code, _PRICE + self._chance.randrange(-1_000_000, 1_000_000))
