"""The view of what holders bound, folded from events alone, against the model's own books on streams around coins."""

import pytest

from venus.model.exchange import Exchange
from venus.records.batch import Batch
from venus.records.commands import plain
from venus.testing.agreement import Opinions
from venus.testing.coin_flow import CoinFlow
from venus.views.holdings import REDEMPTIONS_KEPT, Holdings
from venus.views.holdings_questions import HoldingsAnswer, HoldingsQuestion

COMMANDS = 200


def check(view: Holdings, model: Exchange) -> int:
    """Every account's, and how many rows were compared."""
    holders, rows = model.affairs.holders, 0
    for account in range(len(model.ledger.accounts)):
        answer = view.answer(HoldingsQuestion(account))
        assert (answer.key_scheme, answer.key) == holders.keys.get(account, (0, b""))
        rows += check_bound(answer, model, account)
        waits = {
            number: one
            for coin in model.affairs.coins.coins
            for number, one in model.affairs.coins.queue(coin)
            if one.account == account
        }
        assert {row.number: row.waiting_atoms for row in answer.redemptions if not row.paid_ns} == {
            number: one.atoms for number, one in waits.items()
        }
        assert sum(bool(row.paid_ns) for row in answer.redemptions) <= REDEMPTIONS_KEPT
    return rows


def check_bound(answer: HoldingsAnswer, model: Exchange, account: int) -> int:
    holders = model.affairs.holders
    held = {
        number: (hold.terms.asset, hold.atoms, hold.terms.hash_lock)
        for number, hold in holders.holds.items()
        if account in (hold.terms.account, hold.terms.target, hold.terms.notary)
    }
    assert {row.number: (row.asset, row.atoms, row.hash_lock) for row in answer.holds} == held
    trades = {
        number: (terms.give_asset, terms.give_atoms, terms.take_asset, terms.take_atoms, terms.expires_ns)
        for number, terms in holders.trades.items()
        if account in (terms.account, terms.counterparty)
    }
    assert {
        row.number: (row.give_asset, row.give_atoms, row.take_asset, row.take_atoms, row.expires_ns)
        for row in answer.trades
    } == trades
    schedules = {
        number: (one.next_ns, one.terms.count - one.made, one.terms.atoms)
        for number, one in holders.schedules.items()
        if account in (one.terms.account, one.terms.to_account)
    }
    assert {row.number: (row.next_ns, row.left, row.atoms) for row in answer.schedules} == schedules
    allowed = {key: atoms for key, atoms in holders.allowances.items() if atoms and account in key[:2]}
    assert {(row.account, row.spender, row.asset): row.atoms for row in answer.allowances} == allowed
    return len(held) + len(trades) + len(schedules) + len(allowed)


@pytest.mark.parametrize("seed", range(5))
def test_what_is_told_of_a_holder_is_what_is(seed: int) -> None:
    model, flow, view = Exchange(), CoinFlow(seed), Holdings()
    opinions = Opinions({"model": model})
    rows = 0
    for number, frame in enumerate(flow.frames(COMMANDS)):
        events = opinions.apply(frame)
        flow.learn(events)
        cold = plain(frame.cold) if frame.cold is not None else None
        view.apply(Batch(number, frame.time_ns, frame.first_sequence, frame.commands, frame.texts, cold, events))
        if number % 40 == 39:
            kept = {name: array.copy() for name, array in view.arrays().items()}
            view = Holdings()
            view.restore(kept)
        rows += check(view, model)
    assert rows > 0
