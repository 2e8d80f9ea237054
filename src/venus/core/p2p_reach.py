"""What a lawful order reaches of the market between people. Source: docs/rules/p2p.md, "Lawful orders"."""

from collections.abc import Callable

from venus.core.p2p import close
from venus.core.p2p_bonds import give_back
from venus.core.p2p_escrow import settle
from venus.core.steps import Step
from venus.records.events import EventKind
from venus.records.p2p_states import Act, Ending, transition


def unbind_market(step: Step, account: int, asset: int, short_atoms: Callable[[], int]) -> None:
    """Adverts, then orders that nobody paid, then the bond; no further than until nothing is short."""
    market = step.affairs.market
    for number in sorted(market.adverts_of.get(account, ()), reverse=True):
        advert = market.adverts[number]
        if advert.asset == asset and advert.bound_atoms and short_atoms():
            step.say(EventKind.ADVERT_STATE_SET, **close(step, number))
    orders = market.orders_of.get(account, {})
    for number in sorted(orders, reverse=True):
        order = market.orders[number]
        is_its = (order.seller, order.asset) == (account, asset) and transition(order.state, Act.SEIZE)
        if is_its and short_atoms():
            settle(step, number, 0, Ending.LAWFUL)
    bond = market.bonds.get(account)
    if bond is None or bond.asset != asset or not all(market.orders[number].has_ended for number in orders):
        return
    if short := short_atoms():
        fields = give_back(step, account, min(short, bond.atoms))
        step.say(EventKind.BOND_WITHDRAWN, **fields, reason=Ending.LAWFUL)
