"""Bonds, which answer for what traders do. Source: docs/rules/p2p.md, "Bonds"."""

from venus.core.p2p_market import Bond, Escrow, Market
from venus.core.p2p_terms import terms_of, trader_reject
from venus.core.steps import Answer, Applied, Step, is_amount
from venus.records.commands import HOUSE_ACCOUNT
from venus.records.events import EventKind
from venus.records.p2p import PostBond, WithdrawBond
from venus.records.rejects import Reject


def post_bond(step: Step, command: PostBond) -> Answer:
    market, account, asset = step.affairs.market, command.account, terms_of(step).bond_asset
    reject = trader_reject(step, account)
    if reject != Reject.NONE:
        return reject
    if not is_amount(command.atoms):
        return Reject.AMOUNT_OUT_OF_RANGE
    bond = market.bonds.get(account)
    if bond is not None and bond.asset != asset:
        return Reject.BOND_IN_USE
    if command.atoms > step.free_atoms(account, asset):
        return Reject.INSUFFICIENT_FREE
    step.hold(account, asset, command.atoms)
    bond = market.bonds.setdefault(account, Bond(asset=asset, atoms=0))
    bond.atoms += command.atoms
    return Applied(EventKind.BOND_POSTED, 0, _told(account, asset, command.atoms, bond.atoms))


def _told(account: int, asset: int, atoms: int, left_atoms: int) -> dict[str, int]:
    return {"account": account, "symbol": asset, "quantity_lots": atoms, "remaining_lots": left_atoms}


def withdraw_bond(step: Step, command: WithdrawBond) -> Answer:
    market, account = step.affairs.market, command.account
    bond = market.bonds.get(account)
    if not is_amount(command.atoms) or bond is None or command.atoms > bond.atoms:
        return Reject.AMOUNT_OUT_OF_RANGE
    if account in market.adverts_of or account in market.orders_of:
        return Reject.BOND_IN_USE
    return Applied(EventKind.BOND_WITHDRAWN, 0, give_back(step, account, command.atoms))


def give_back(step: Step, account: int, atoms: int) -> dict[str, int]:
    """So much of a bond is free again; the fields of BOND_WITHDRAWN."""
    bond = step.affairs.market.bonds[account]
    _lessen(step.affairs.market, account, atoms)
    step.hold(account, bond.asset, -atoms)
    return _told(account, bond.asset, atoms, bond.atoms)


def _lessen(market: Market, account: int, atoms: int) -> None:
    bond = market.bonds[account]
    bond.atoms -= atoms
    if bond.atoms == 0:
        del market.bonds[account]


def slash(step: Step, number: int, order: Escrow, account: int) -> None:
    """Half of it, rounded down, to the other side of the order and the rest to the house. What comes of the order is
    decided elsewhere."""
    market, other = step.affairs.market, order.other(account)
    bond = market.bonds.get(account)
    atoms = min(order.slash_atoms, bond.atoms) if bond else 0
    if bond is None or atoms == 0:
        return
    _lessen(market, account, atoms)
    step.hold(account, bond.asset, -atoms)
    for to_account, part in ((other, atoms // 2), (HOUSE_ACCOUNT, atoms - atoms // 2)):
        if part:
            step.move(account, to_account, bond.asset, part)
    fields = _told(account, bond.asset, atoms, bond.atoms) | {"order_id": number, "maker_account": other}
    step.say(EventKind.BOND_SLASHED, **fields)
