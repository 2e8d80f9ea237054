"""What must hold of the market between people after every command. Source: docs/rules/p2p.md, "Must hold"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from venus.core.p2p_market import Market
from venus.core.steps import DUE_ESCROW
from venus.records.commands import AccountKind, Side
from venus.records.p2p import fee_atoms
from venus.records.p2p_states import AdvertState, OrderState, Party

if TYPE_CHECKING:
    from venus.core.machine import Machine


def market_held(market: Market) -> Iterator[tuple[int, int, int]]:
    """Account, asset, atoms of all that adverts, orders and bonds hold."""
    for advert in market.adverts.values():
        yield advert.account, advert.asset, advert.bound_atoms
    for order in market.orders.values():
        if not order.has_ended:
            yield order.holder, order.asset, order.locked_atoms
    for account, bond in market.bonds.items():
        yield account, bond.asset, bond.atoms


def check_market(machine: Machine) -> None:
    """Held in full it is by the ledger's own check; here, that each part is sound by itself."""
    market = machine.affairs.market
    timers = set(machine.affairs.due)
    for number, advert in market.adverts.items():
        covers = advert.atoms + fee_atoms(advert.atoms, advert.fee_ppm) if advert.side == Side.SELL else 0
        assert advert.bound_atoms >= covers and advert.atoms >= 0, ("bound", number, advert)
        assert advert.side == Side.SELL or advert.bound_atoms == 0, ("a buyer's is bound", number)
        assert advert.state != AdvertState.CLOSED, ("closed and not forgotten", number)
    for number, order in market.orders.items():
        assert order.locked_atoms == order.atoms + fee_atoms(order.atoms, order.seller_ppm), ("locked", number)
        assert order.buyer != order.seller and order.maker in (order.buyer, order.seller), ("parties", number)
        assert order.holder == order.seller or order.relock_of, ("holder", number)
        waits = order.due_ns > machine.time_ns and (order.due_ns, DUE_ESCROW, number) in timers
        for_a_person = order.state == OrderState.DISPUTED and order.due_ns == 0
        assert waits or for_a_person or order.claimed_by != Party.NOBODY, ("no timer", number, order)
        assert order.has_ended or order.claimed_by == Party.NOBODY, ("a claim before the end", number)
    for number in market.dues:
        state = market.orders[number].state
        assert state not in (OrderState.PAID, OrderState.DISPUTED), ("paid from a wallet and open to dispute", number)
        assert market.orders[number].claimed_by == Party.NOBODY, ("claimed, though paid from a wallet", number)
    _check_wallets(machine)
    for account, bond in market.bonds.items():
        assert bond.atoms > 0 and account in market.traders, ("bond", account)
    _check_accounts(market)


def _check_wallets(machine: Machine) -> None:
    """What is named is a wallet, and one person's."""
    market, kinds = machine.affairs.market, machine.memory["accounts"]["kind"]
    person_of: dict[int, int] = {}
    for (account, _), wallet in market.wallets.items():
        assert kinds[wallet] == AccountKind.WALLET, ("no wallet", wallet)
        person = market.traders[account].person
        assert person_of.setdefault(wallet, person) == person, ("two persons' wallet", wallet)


def _check_accounts(market: Market) -> None:
    """The dicts by account are what they stand for."""
    adverts_of: dict[int, list[int]] = {}
    for number, advert in sorted(market.adverts.items()):
        adverts_of.setdefault(advert.account, []).append(number)
    orders_of: dict[int, list[int]] = {}
    for number, order in sorted(market.orders.items()):
        for account in (order.buyer, order.seller):
            orders_of.setdefault(account, []).append(number)
    assert {account: list(numbers) for account, numbers in market.adverts_of.items()} == adverts_of, "adverts of"
    assert {account: list(numbers) for account, numbers in market.orders_of.items()} == orders_of, "orders of"
