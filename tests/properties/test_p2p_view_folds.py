"""The view of a market between people, folded from events and commands, against the model's own books and slow sums."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from random import Random
from statistics import median_low
from typing import Any

import pytest

from venus.model.exchange import Exchange
from venus.model.p2p_market import Advert, Market, Order, atoms_for, fiat_for, floated
from venus.records.batch import Batch
from venus.records.commands import plain
from venus.records.p2p_states import AdvertState, Ending, OrderState, Party
from venus.testing.agreement import Opinions
from venus.testing.p2p_flow import P2pFlow
from venus.testing.p2p_wallet_flow import P2pWalletFlow
from venus.units import INT64_MAX, NS_PER_S
from venus.views import p2p_questions as asked
from venus.views.currency import CurrencyView
from venus.views.currency_questions import WalletQuestion
from venus.views.p2p import P2pView
from venus.views.p2p_questions import MONTH_NS, P2pOrder, SearchQuestion

COMMANDS = 400
CHOSEN = ("fiat_min", "fiat_max", "price", "margin_ppm", "pay_ns", "methods", "text_hash")


def ask(view: P2pView, question: asked.Question) -> Any:
    return view.answer(question)


def check_advert(view: P2pView, advert: Advert) -> None:
    told = ask(view, asked.AdvertQuestion(advert.number)).advert
    assert (told.account, told.side, told.asset, told.fiat) == (advert.account, advert.side, advert.asset, advert.fiat)
    assert (told.atoms, told.bound_atoms, told.fee_ppm) == (advert.atoms, advert.bound, advert.fee_ppm)
    assert told.state == advert.state
    assert [getattr(told, name) for name in CHOSEN] == [getattr(advert.terms, name) for name in CHOSEN]


def check_order(view: P2pView, order: Order) -> None:
    told = ask(view, asked.P2pOrderQuestion(order.number)).order
    assert (told.buyer, told.seller, told.maker) == (order.buyer, order.seller, order.maker)
    assert (told.asset, told.atoms, told.locked_atoms) == (order.asset, order.atoms, order.locked_first)
    assert (told.state, told.late, told.relocks) == (order.state, order.late, order.relocks)
    assert told.holder == order.party_of(order.holder)
    assert told.claim_by == order.claimant and bool(told.relocked_as) == order.locked_again
    if not order.relocks:
        assert (told.buyer_fee_ppm, told.seller_fee_ppm) == (order.buyer_ppm, order.seller_ppm)
        assert told.pay_due_ns == order.pay_due_ns
    due = order.due
    assert (told.due_asset, told.due_atoms, told.payee_wallet) == (
        (due.asset, due.atoms, due.wallet) if due else (0, 0, 0)
    )
    assert bool(told.payer_wallet) == (told.ending == Ending.PAID_BY_WALLET)
    if order.ended:
        assert told.buyer_atoms == order.buyer_atoms
        assert order.relocks or told.claim_until_ns == order.due_ns
        return
    assert bool(told.cancel_asked) == order.cancel_asked
    due_ns = {
        OrderState.OPEN: told.pay_due_ns,
        OrderState.PAID: told.release_due_ns,
        OrderState.DISPUTED: told.evidence_due_ns,
    }
    assert due_ns[order.state] == order.due_ns
    if order.in_dispute:
        assert (told.appealed_by, told.spoke) == (order.appealed_by, order.spoke)
        assert told.escalated == (order.due_ns == 0)
        offers = [order.offers.get(party, -1) for party in (Party.BUYER, Party.SELLER)]
        assert [told.buyer_offer, told.seller_offer] == offers


def check_books(view: P2pView, market: Market) -> None:
    for advert in market.adverts.values():
        check_advert(view, advert)
    for order in market.orders.values():
        check_order(view, order)
    disputed = [one.number for one in market.orders.values() if one.in_dispute]
    assert sorted(one.number for one in ask(view, asked.DisputesQuestion("disputes")).orders) == sorted(disputed)
    claimed = [one.number for one in market.orders.values() if one.claimant is not Party.NOBODY]
    assert sorted(one.number for one in ask(view, asked.DisputesQuestion("claims")).orders) == sorted(claimed)
    for trader in ask(view, asked.TradersQuestion(list(market.traders))).traders:
        account, known = trader.account, market.traders[trader.account]
        assert trader.person == known.person
        assert trader.sanctioned_until_ns == (known.until_ns if known.until_ns > market.time_ns else 0)
        frozen_until_ns = market.ledger.accounts[account].frozen_until_ns or INT64_MAX
        is_frozen = market.ledger.accounts[account].frozen and frozen_until_ns > market.time_ns  # the next command's
        assert trader.frozen == is_frozen
        bond = market.bonds.get(account)
        assert trader.bond_atoms == (bond.atoms if bond else 0)
        assert bond is None or trader.bond_asset == bond.asset
        assert trader.adverts == sum(one.account == account for one in market.adverts.values())
        mine = [one for one in market.orders.values() if account in (one.buyer, one.seller) and not one.ended]
        assert trader.open_orders == len(mine)


# Search, slowly


def price_of(market: Market, advert: Advert) -> int:
    if advert.terms.price:
        return advert.terms.price
    assert market.terms is not None
    price, noted_ns = market.index.get((advert.asset, advert.fiat), (0, 0))
    is_good = market.time_ns < noted_ns + market.terms.index_ns
    price = floated(price, advert.terms.margin_ppm) if is_good else 0
    return price if price <= 2**62 else 0


def can_be_taken(market: Market, advert: Advert, question: SearchQuestion) -> bool:
    tradable, fiat = market.tradable(advert.asset), market.fiat(advert.fiat)
    price = price_of(market, advert)
    if advert.state != AdvertState.ONLINE or not tradable or not fiat or not price:
        return False
    if market.refusal_of_standing(advert.account) or advert.account in question.not_makers:
        return False
    bond = market.bonds.get(advert.account)
    bonded = bond.atoms if bond and market.terms and bond.asset == market.terms.bond_asset else 0
    if bonded < question.bond_atoms_min:
        return False
    if question.methods and not set(question.methods) & set(advert.terms.methods):
        return False
    scale = market.ledger.assets[advert.asset].scale
    low, high = advert.terms.fiat_min, advert.terms.fiat_max
    if question.fiat_amount:
        atoms = atoms_for(question.fiat_amount, price, scale, fiat.exponent)
        return low <= question.fiat_amount <= high and tradable.atoms_min <= atoms <= advert.atoms
    if question.atoms:
        worth = fiat_for(question.atoms, price, scale, fiat.exponent)
        return low <= worth <= high and tradable.atoms_min <= question.atoms <= advert.atoms
    least, most = (fiat_for(atoms, price, scale, fiat.exponent) for atoms in (tradable.atoms_min, advert.atoms))
    return advert.atoms >= tradable.atoms_min and most >= low and least <= high


def check_searches(view: P2pView, market: Market, chance: Random) -> None:
    assert market.terms is not None
    some = [*market.adverts.values(), None]
    for side, asset, code in product((0, 1), (0, 2, 3), ("USD", "JPY", "KWD")):
        like = chance.choice(some)
        question = SearchQuestion(
            side,
            asset,
            code,
            methods=chance.choice([[], [], [1, 3]]),
            fiat_amount=chance.choice([0, 0, like.terms.fiat_min, like.terms.fiat_max]) if like is not None else 0,
            atoms=chance.choice([0, 0, like.atoms]) if like is not None else 0,
            bond_atoms_min=chance.choice([0, 0, 0, 50]),
            not_makers=[like.account] if like is not None and chance.random() < 0.2 else [],
        )
        fits = [
            one
            for one in market.adverts.values()
            if (one.side, one.asset, one.fiat) == (side, asset, code) and can_be_taken(market, one, question)
        ]
        fits.sort(key=lambda one: (price_of(market, one) if side else -price_of(market, one), one.number))
        told = ask(view, question)
        assert [one.advert.number for one in told.found] == [one.number for one in fits], question
        assert [one.price_now for one in told.found] == [price_of(market, one) for one in fits]


# Figures, slowly: from what is told of all orders there ever were


def party_failing(order: P2pOrder) -> int:
    if order.ending in (Ending.DECIDED, Ending.SILENCE):
        return order.at_fault
    if order.ending == Ending.CANCELLED:
        return Party.SELLER if order.cancel_asked else Party.BUYER
    return Party.BUYER if order.ending == Ending.TIMED_OUT else Party.NOBODY


def check_figures(view: P2pView, persons: dict[int, int], numbers: list[int], now_ns: int) -> None:
    orders = [ask(view, asked.P2pOrderQuestion(number)).order for number in numbers]
    for trader in ask(view, asked.TradersQuestion(list(persons))).traders:
        for told, since_ns in ((trader.life, 0), (trader.month, now_ns - MONTH_NS)):
            mine = [
                (one, Party.BUYER if trader.account == one.buyer else Party.SELLER)
                for one in orders
                if trader.account in (one.buyer, one.seller) and one.ended_ns > since_ns
            ]
            ended = [(one, party) for one, party in mine if not one.relocks]
            done = [
                (one, party)
                for one, party in ended
                if one.state == OrderState.COMPLETED and party_failing(one) != party
            ]
            assert told.orders == len(ended)
            assert told.completed == len(done)
            assert told.failed == sum(party_failing(one) == party for one, party in ended)
            assert told.partners == len({persons[other(one, party)] for one, party in done})
            assert told.disputes_lost == sum(one.at_fault == party for one, party in mine)
            releases, payments = (
                list(times(ended, *which))
                for which in ((Party.SELLER, "paid_ns", "ended_ns"), (Party.BUYER, "opened_ns", "paid_ns"))
            )
            assert (told.releases, told.release_s_sum) == (len(releases), sum(releases))
            assert (told.payments, told.pay_s_sum) == (len(payments), sum(payments))
            if len(releases) % 2:
                assert told.release_s_median == median_low(releases)
        late = sum(one.late and one.seller == trader.account for one in orders)
        assert trader.life.late == late


def other(order: P2pOrder, party: Party) -> int:
    return order.seller if party == Party.BUYER else order.buyer


def times(ended: list[tuple[P2pOrder, Party]], of: Party, begins: str, ends: str) -> Iterator[int]:
    for one, party in ended:
        if party == of and one.state == OrderState.COMPLETED and one.paid_ns:
            yield int(Fraction(getattr(one, ends) - getattr(one, begins), NS_PER_S))


@pytest.mark.parametrize("seed", [1, 3])
def test_what_is_told_of_a_market_is_what_is(seed: int) -> None:
    play(P2pFlow(seed), COMMANDS)


def test_what_is_told_of_orders_that_are_paid_from_wallets_is_what_is() -> None:
    """Also what their wallets paid, by the view of currencies."""
    wallets = CurrencyView()
    assert play(P2pWalletFlow(10), COMMANDS, wallets) > 10


@pytest.mark.heavy
def test_what_is_told_of_many_markets_is_what_is() -> None:
    orders = sum(play(P2pFlow(seed), 600) for seed in range(4, 8))
    assert orders > 40


def check_paid(wallets: CurrencyView, model: Exchange) -> None:
    for wallet in model.wallets.all:
        told = wallets.answer(WalletQuestion(wallet.account))
        paid = model.wallets.paid_today(wallet), model.wallets.paid_this_year(wallet)
        assert (told.day_paid_atoms, told.year_paid_atoms) == paid, wallet


def play(flow: P2pFlow, commands: int, wallets: CurrencyView | None = None) -> int:
    """How many orders there were. wallets: folded and looked at beside it"""
    model, view, chance = Exchange(), P2pView(), Random(flow.seed)
    opinions = Opinions({"model": model})
    numbers: dict[int, None] = {}
    for number, frame in enumerate(flow.frames(commands)):
        events = opinions.apply(frame)
        flow.learn(events)
        cold = plain(frame.cold) if frame.cold is not None else None
        batch = Batch(number, frame.time_ns, frame.first_sequence, frame.commands, frame.texts, cold, events)
        view.apply(batch)
        if wallets is not None:
            wallets.apply(batch)
            check_paid(wallets, model)
        market = model.affairs.p2p.market
        numbers |= dict.fromkeys(market.orders)
        if number % 40 == 39:
            kept = {name: array.copy() for name, array in view.arrays().items()}
            view = P2pView()
            view.restore(kept)
        if market.terms is None:
            continue
        if number % 4 == 0:
            check_books(view, market)
            check_searches(view, market, chance)
        if number % 50 == 0:
            persons = {account: one.person for account, one in market.traders.items()}
            check_figures(view, persons, list(numbers), market.time_ns)
    assert len(numbers) > 5
    return len(numbers)
