"""No sequence of deposits, withdrawals, transfers, conversions and restarts makes or loses a unit.

A restart is the worst that a kill leaves: the wallet's own steps stop after any transfer, before the row that should
say so is written, and a new wallet on the same registry goes on. Beside it a plain account of who should have what.
"""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples.rest.house import BTC, House, Trader
from venus.bridges import sandbox_chain, treasury
from venus.bridges.wallet import SandboxWallet
from venus.registry.networks import NETWORKS
from venus.views.balance_questions import BALANCE_ROW, TotalsAnswer, TotalsQuestion

OUTSIDE = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"


class Killed(BaseException):
    """The process ends here; nothing after it is done."""


class Bomb:
    """Counts transfers and ends the process after some of them: the money has moved, and nobody has noted it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left: int | None = None
        for module in (sandbox_chain, treasury):
            monkeypatch.setattr(module, "post", self._wrapped(module.post))

    def _wrapped(self, post: Any) -> Any:
        async def counting(*args: Any, **kwargs: Any) -> Any:
            reason = await post(*args, **kwargs)
            if self.left is not None:
                self.left -= 1
                if self.left < 0:
                    self.left = None
                    raise Killed
            return reason

        return counting


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    opened = House()
    opened.bomb = Bomb(monkeypatch)  # type: ignore[attr-defined]
    yield opened
    opened.close()


KILLED_AFTER = st.sampled_from([None, None, 0, 0, 1, 2])
"""Transfers before the process ends, if the action makes so many."""


def _action(kind: str, amounts: st.SearchStrategy[int]) -> st.SearchStrategy[tuple[str, int, int, int | None]]:
    return st.tuples(st.just(kind), st.integers(0, 1), amounts, KILLED_AFTER)


ACTIONS = st.lists(
    st.one_of(
        _action("deposit", st.integers(600, 10**9)),
        _action("withdraw", st.integers(50_000, 10**8)),
        _action("withdraw to the other", st.integers(50_000, 10**8)),
        _action("reject", st.just(0)),
        _action("fail", st.just(0)),
        _action("later", st.integers(0, 40)),
        _action("later", st.integers(0, 4)),
        _action("fund", st.integers(1, 10**9)),
        _action("unfund", st.integers(1, 10**9)),
    ),
    min_size=4,
    max_size=20,
)


@pytest.mark.heavy
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=ACTIONS)
def test_nothing_is_made_or_lost(house: House, actions: list[tuple[str, int, int, int | None]]) -> None:
    traders = [house.new_trader(btc=1, usdt=0) for _ in range(2)]
    inside_before = inside(house)
    for action, number, amount, killed_after in actions:
        house.bomb.left = killed_after  # type: ignore[attr-defined]
        tried(house, lambda: act(house, traders, action, number, amount))  # noqa: B023
        house.bomb.left = None  # type: ignore[attr-defined]
        assert totals(house) == 0
    settle(house)
    chain = house.registry.chain
    assert not chain.open_deposits() and not chain.open_withdrawals()
    assert house.balance(house.wallet.treasury.pending, BTC) == (0, 0)
    came_in, went_out, fees = booked(house, traders)
    owned = sum(wealth(house, trader) for trader in traders)
    assert owned == 2 * 10**8 + came_in - went_out - fees
    # What left to the outside came back in if it was paid to an address given out here: then it is counted in both.
    assert inside(house) - inside_before == came_in - went_out


def act(house: House, traders: list[Trader], action: str, number: int, amount: int) -> None:
    text = f"{amount // 10**8}.{amount % 10**8:08d}"
    chain, who = house.wallet.chain, traders[number % 2]
    match action:
        case "deposit":
            house.run(chain.arrive(who.account, "BTC", text))
        case "withdraw" | "withdraw to the other":
            address = OUTSIDE
            if action != "withdraw":
                address = house.run(chain.address(traders[1 - number].account, "BTC"))
            form = {"coin": "BTC", "address": address, "amount": text}
            house.send(who, "POST", "/sapi/v1/capital/withdraw/apply", form=form)
        case "fund" | "unfund":
            kind = "MAIN_FUNDING" if action == "fund" else "FUNDING_MAIN"
            form = {"type": kind, "asset": "BTC", "amount": text}
            house.send(who, "POST", "/sapi/v1/asset/transfer", form=form)
        case "reject" | "fail":
            for row in house.registry.chain.open_withdrawals():
                if row.owner == who.account:
                    house.run(chain.decide(row.id, approved=action == "fail"))
                    house.run(chain.fail(row.id, "the network refused it"))
            house.later(0)
        case "later":
            house.later(amount)


def tried(house: House, work: Any) -> None:
    """Do it; if the process is killed in it, another one goes on from what is written."""
    try:
        work()
    except Killed:
        house.wallet = house.run(
            SandboxWallet.open(
                house.client, house.registry, clock_ns=lambda: time.time_ns() + house.ahead_ns, runs=False
            )
        )
        house.door.desk = house.door.desk._replace(wallet=house.wallet)


def settle(house: House) -> None:
    """Let everything come to its end: what was left is taken over, what is on its way arrives, twice over."""
    house.bomb.left = None  # type: ignore[attr-defined]
    for _ in range(6):
        house.later(60)


def totals(house: House) -> int:
    answer = house.run(house.client.ask(TotalsQuestion()))
    assert isinstance(answer, TotalsAnswer)
    row = np.frombuffer(answer.rows, BALANCE_ROW)[BTC]
    return int(row["free_atoms"] + row["held_atoms"])


def inside(house: House) -> int:
    """What the chains' accounts of the outside owe: all that came in by them and did not leave."""
    return -sum(house.balance(house.wallet.chain.external(network), BTC)[0] for network in NETWORKS)


def wealth(house: House, trader: Trader) -> int:
    funding = house.registry.owners.wallet(trader.account, treasury.WalletKind.FUNDING)
    return sum(sum(house.balance(number, BTC)) for number in (trader.account, funding) if number is not None)


def booked(house: House, traders: list[Trader]) -> tuple[int, int, int]:
    """Atoms that came in, went out, and were paid in fees, as the clients are told."""
    came_in = went_out = fees = 0
    for trader in traders:
        for deposit in house.send(trader, "GET", "/sapi/v1/capital/deposit/hisrec").json:
            came_in += atoms(deposit["amount"])
        for withdrawal in house.send(trader, "GET", "/sapi/v1/capital/withdraw/history").json:
            if withdrawal["status"] == 6:
                went_out += atoms(withdrawal["amount"])
                fees += atoms(withdrawal["transactionFee"])
    return came_in, went_out, fees


def atoms(text: str) -> int:
    return int(text.replace(".", ""))
