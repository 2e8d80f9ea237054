"""The view of a currency, folded from events alone, against the model's own books on streams around a currency."""

import pytest

from venus.model.exchange import Exchange
from venus.model.wallets import Wallet
from venus.records.batch import Batch
from venus.records.commands import plain
from venus.records.events import EventFlag, EventKind
from venus.testing.agreement import Opinions
from venus.testing.currency_flow import CurrencyFlow
from venus.views.currency_questions import (
    CurrenciesAnswer,
    CurrenciesQuestion,
    PurposesAnswer,
    PurposesQuestion,
    StatementAnswer,
    StatementQuestion,
    UnsealingsAnswer,
    UnsealingsQuestion,
    WalletAnswer,
    WalletQuestion,
)
from venus.views.house import Views

COMMANDS = 200
Moved = tuple[int, int, int, int]
"""Sequence, one account, the other, atoms."""
SAYS_WHY = {
    EventKind.SPENT,
    EventKind.HOLD_EXECUTED,
    EventKind.TRANSFER_AUTHORIZED,
    EventKind.REFUNDED,
    EventKind.INTEREST_PAID,
}
"""They name who paid whom how much, whatever a bank account took of it at once."""


def check_currencies(views: Views, model: Exchange) -> None:
    told = views.answer(CurrenciesQuestion())
    assert isinstance(told, CurrenciesAnswer)
    free = model.ledger.free
    for one, (asset, currency) in zip(told.currencies, model.affairs.currencies.all.items(), strict=True):
        terms = currency.terms
        assert (one.asset, one.supply_atoms) == (asset, model.affairs.currencies.supply_atoms(asset))
        assert one.reserves_atoms == -free[terms.reserve_account, terms.reserve_asset]
        regimes = ([currency.regime] if currency.regime else []) + currency.to_come
        assert [(regime.from_ns, regime.classes) for regime in one.regimes] == [
            (regime.from_ns, list(regime.classes)) for regime in regimes
        ]
        assert one.in_force == (currency.regime is not None)
        assert [
            (each.quota_atoms, each.outstanding_atoms, each.moved_to, each.reserve_atoms, each.treasury_atoms)
            for each in one.operators
        ] == [
            (
                *(each.quota_atoms, each.outstanding_atoms, each.moved_to),
                free[each.terms.reserve_account, terms.reserve_asset],
                free[each.terms.treasury_account, asset],
            )
            for each in currency.operators
        ]


def check_wallet(views: Views, model: Exchange, wallet: Wallet) -> None:
    told = views.answer(WalletQuestion(wallet.account))
    assert isinstance(told, WalletAnswer)
    at = wallet.operator
    while at in wallet.currency.moved:
        at = wallet.currency.moved[at]
    subs = [one.account for one in model.wallets.all if one.root is wallet]
    assert (told.found, told.currency, told.opened_at, told.operator) == (True, 0, wallet.operator, at)
    assert (told.wallet_class, told.root, told.category) == (
        wallet.wallet_class,
        wallet.family.account,
        wallet.category,
    )
    assert (told.closed, told.waterfall, told.reverse) == (wallet.closed, wallet.pours, wallet.draws)
    assert (told.line_atoms, told.sub_wallets) == (wallet.line_atoms, subs)
    paid = (model.wallets.paid_today(wallet), model.wallets.paid_this_year(wallet))
    assert (told.day_paid_atoms, told.year_paid_atoms) == paid, wallet


def check_statement(views: Views, account: int, moved: list[tuple[int, int, int]], why: dict[Moved, int]) -> None:
    """moved: sequence, the other account, atoms, the oldest first. why: what of a movement its own event said."""
    told = views.answer(StatementQuestion(account, before=0, limit=1_000))
    assert isinstance(told, StatementAnswer)
    for one in told.movements:
        assert one.kind == why.get((one.sequence, account, one.other, one.atoms), one.kind), one
    assert [(one.sequence, one.other, one.atoms) for one in told.movements] == moved[::-1]
    if len(moved) > 3:
        before = moved[-2][0]
        page = views.answer(StatementQuestion(account, before=before, limit=2))
        assert isinstance(page, StatementAnswer)
        earlier = [one for one in moved if one[0] < before][::-1][:2]
        assert [(one.sequence, one.other, one.atoms) for one in page.movements] == earlier


def check_bound(views: Views, model: Exchange, account: int) -> None:
    told = views.answer(PurposesQuestion(account))
    assert isinstance(told, PurposesAnswer)
    assert {one.number: (one.atoms, one.holder) for one in told.purposes} == {
        number: (one.atoms, one.terms.holder)
        for number, one in model.affairs.purposes.all.items()
        if account in (one.terms.account, one.terms.holder)
    }


@pytest.mark.parametrize("seed", [1, 2, 3, 5])  # of every fourth the set-up may fail
def test_what_is_told_of_a_currency_is_what_is(seed: int) -> None:
    model, flow, views = Exchange(), CurrencyFlow(seed), Views()
    opinions = Opinions({"model": model})
    moved: dict[int, list[tuple[int, int, int]]] = {}
    unsealed: dict[int, int] = {}
    why: dict[Moved, int] = {}
    for number, frame in enumerate(flow.frames(COMMANDS)):
        events = opinions.apply(frame)
        flow.learn(events)
        cold = plain(frame.cold) if frame.cold is not None else None
        views.apply(Batch(number, frame.time_ns, frame.first_sequence, frame.commands, frame.texts, cold, events))
        for event in events:
            sequence, account, other = int(event["sequence"]), int(event["account"]), int(event["maker_account"])
            if event["flags"] & EventFlag.REPEATED:
                continue
            if event["kind"] == EventKind.TRANSFERRED:
                moved.setdefault(account, []).append((sequence, other, -int(event["quantity_lots"])))
                moved.setdefault(other, []).append((sequence, account, int(event["quantity_lots"])))
            if event["kind"] in SAYS_WHY:
                atoms, payer, payee = int(event["quantity_lots"]), account, other
                if event["kind"] == EventKind.INTEREST_PAID:
                    payer, payee = payee, payer
                why |= {(sequence, payer, payee, -atoms): event["kind"], (sequence, payee, payer, atoms): event["kind"]}
            if event["kind"] == EventKind.IDENTITY_UNSEALED:
                unsealed[account] = unsealed.get(account, 0) + 1
        if number % 40 == 39:
            kept = {name: array.copy() for name, array in views.arrays().items()}
            views = Views()
            views.restore(kept)
        check_currencies(views, model)
        for wallet in model.wallets.all if number % 5 == 0 else model.wallets.all[-2:]:
            check_wallet(views, model, wallet)
            check_statement(views, wallet.account, moved.get(wallet.account, []), why)
            check_bound(views, model, wallet.account)
            told = views.answer(UnsealingsQuestion(wallet.account))
            assert isinstance(told, UnsealingsAnswer)
            assert len(told.unsealings) == unsealed.get(wallet.account, 0)
    assert len(model.wallets.all) >= 8 and sum(map(len, moved.values())) > 20
