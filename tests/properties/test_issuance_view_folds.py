"""The views of coins and of balances, folded from events alone, against the model's books on streams around coins."""

import numpy as np
import pytest

from venus.model.exchange import Exchange
from venus.records.batch import Batch
from venus.records.commands import COMMAND, plain
from venus.testing.agreement import Opinions
from venus.testing.coin_flow import CoinFlow
from venus.views.accounts import Accounts
from venus.views.balance_questions import BALANCE_ROW, BalancesQuestion
from venus.views.issuance import Issuance
from venus.views.issuance_questions import (
    CoinsQuestion,
    InstitutionsQuestion,
    LawfulOrdersQuestion,
    QueueQuestion,
    ReservesQuestion,
)

COMMANDS = 150
NO_COMMANDS = np.zeros(0, COMMAND)


def check_coins(view: Issuance, model: Exchange) -> None:
    coins = model.affairs.coins
    told = view.answer(CoinsQuestion()).coins
    assert [coin.asset for coin in told] == sorted(coins.coins)
    for coin in told:
        own, queue = coins.coins[coin.asset], coins.queue(coin.asset)
        assert (coin.supply_atoms, coin.backing_atoms) == (coins.supply_atoms(coin.asset), own.backing_atoms)
        assert coin.supply_atoms == coin.minted_atoms - coin.redeemed_atoms - coin.burned_atoms
        assert (coin.stop, coin.paused, coin.pack) == (own.stop, own.paused, own.pack)
        assert coin.waiting_atoms == sum(one.atoms for _, one in queue)
        assert coin.overdue_count == sum(one.overdue for _, one in queue)
        assert {one.institution: (one.left_atoms, one.since_ns) for one in coin.minters} == {
            number: (one.left_atoms, one.since_ns) for number, one in own.minters.items()
        }
        rows = view.answer(QueueQuestion(coin.asset)).redemptions
        assert [(row.number, row.waiting_atoms, row.deadline_ns, row.overdue, row.payee) for row in rows] == [
            (number, one.atoms, one.deadline_ns, one.overdue, one.payee) for number, one in queue
        ]


def check_reserves(view: Issuance, model: Exchange) -> None:
    coins = model.affairs.coins
    for coin in coins.coins:
        answer = view.answer(ReservesQuestion(coin))
        assert [(row.number, row.closed, row.atoms, row.as_of_ns, row.moved_ns) for row in answer.reserves] == [
            (number, one.closed, one.atoms, one.as_of_ns, one.moved_ns)
            for number, one in enumerate(coins.reserves)
            if one.terms.coin == coin
        ]
        assert [(row.number, row.reserve, row.account, row.atoms) for row in answer.receipts] == [
            (number, one.reserve, one.account, one.atoms)
            for number, one in sorted(coins.receipts.items())
            if coins.reserves[one.reserve].terms.coin == coin
        ]


def check_orders(view: Issuance, model: Exchange) -> None:
    coins = model.affairs.coins
    for coin in coins.coins:
        answer = view.answer(LawfulOrdersQuestion(coin))
        own = [(number, one) for number, one in enumerate(coins.lawful, 1) if one.terms.coin == coin]
        assert [
            (row.number, row.wanted_atoms, row.frozen_atoms, row.end, row.appealed, row.basis) for row in answer.orders
        ] == [
            (number, one.wanted_atoms, one.frozen_atoms, one.end, one.appealed, one.terms.basis) for number, one in own
        ]
        for count in answer.counts:
            of_kind = [one for _, one in own if one.terms.order_kind == count.order_kind]
            assert count.ordered == len(of_kind)
            assert count.in_force == sum(not one.end for one in of_kind)
            assert count.taken_atoms == sum(one.terms.atoms - one.wanted_atoms for one in of_kind)


def check_institutions(view: Issuance, model: Exchange) -> None:
    seats = model.affairs.institutions
    answer = view.answer(InstitutionsQuestion())
    assert (answer.exchange, answer.controls) == (seats.exchange, seats.controls)
    assert [(one.name, one.quorum, [seat.revoked for seat in one.seats]) for one in answer.institutions] == [
        (one.name, one.quorum, [seat.revoked for seat in one.seats]) for one in seats.all
    ]


def check_balances(view: Accounts, model: Exchange) -> None:
    ledger = model.ledger
    for account in range(len(ledger.accounts)):
        rows = np.frombuffer(view.answer(BalancesQuestion(account)).rows, BALANCE_ROW).tolist()
        told = {asset: (free, held) for asset, free, held in rows if free or held}
        own = {asset: (ledger.free[account, asset], ledger.held[account, asset]) for asset in range(len(ledger.assets))}
        assert told == {asset: both for asset, both in own.items() if any(both)}, account


@pytest.mark.parametrize("seed", range(6))
def test_what_is_told_is_what_is(seed: int):
    model, flow = Exchange(), CoinFlow(seed)
    opinions = Opinions({"model": model})
    view, accounts = Issuance(), Accounts(rows_reserved=64)
    for number, frame in enumerate(flow.frames(COMMANDS)):
        events = opinions.apply(frame)
        flow.learn(events)
        cold = plain(frame.cold) if frame.cold is not None else None
        batch = Batch(number, frame.time_ns, frame.first_sequence, frame.commands, frame.texts, cold, events)
        view.apply(batch)
        accounts.apply(batch)
        if number % 40 == 39:
            kept = {name: array.copy() for name, array in view.arrays().items()}
            view = Issuance()
            view.restore(kept)
        for check in (check_coins, check_reserves, check_orders, check_institutions):
            check(view, model)
        check_balances(accounts, model)
