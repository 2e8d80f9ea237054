"""Orders between people that are paid from a wallet of a central bank's currency, against what is in escrow.

Source: docs/rules/p2p.md, "Paid from a wallet".
"""

from venus.core import wallets
from venus.core.kernels.payments import PAYS
from venus.core.p2p_escrow import act_reject, frozen_reject, settled
from venus.core.p2p_market import WalletDue
from venus.core.p2p_terms import trader_reject
from venus.core.steps import Answer, Applied, Step
from venus.records.commands import AccountKind
from venus.records.events import EventKind
from venus.records.p2p import NameWallet, PayEscrow
from venus.records.p2p_states import Act, Ending
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX


def _fits(step: Step, wallet: int, fiat: str) -> bool:
    """Whether sums of a fiat can be told in a wallet's currency, exactly."""
    asset, found = wallets.currency_asset(step, wallet), step.affairs.market.fiat(fiat)
    if found is None or step.affairs.currencies[asset].currency != fiat:
        return False
    return int(step.memory["assets"][asset]["scale"]) >= found.exponent


def _naming_reject(step: Step, command: NameWallet) -> Reject:
    market, wallet = step.affairs.market, command.wallet
    if not (kind := step.accounts_kind(wallet)):
        return Reject.UNKNOWN_COUNTERPARTY
    if kind != AccountKind.WALLET:
        return Reject.NOT_A_WALLET
    if wallets.is_closed(step, wallet):
        return Reject.WALLET_CLOSED
    if not _fits(step, wallet, command.fiat):
        return Reject.ACCOUNT_UNSUITED
    if market.wallets.get((command.account, command.fiat)) == wallet:
        return Reject.NO_CHANGE
    person = market.traders[command.account].person
    others = (account for (account, _), named in market.wallets.items() if named == wallet)
    is_taken = any(market.traders[account].person != person for account in others)
    return Reject.WALLET_TAKEN if is_taken else Reject.NONE


def name_wallet(step: Step, command: NameWallet) -> Answer:
    market, key = step.affairs.market, (command.account, command.fiat)
    reject = trader_reject(step, command.account)
    if reject == Reject.NONE and market.fiat(command.fiat) is None:
        reject = Reject.UNKNOWN_FIAT
    if reject != Reject.NONE:
        return reject
    if command.wallet:
        reject = _naming_reject(step, command)
        if reject != Reject.NONE:
            return reject
        market.wallets[key] = last = command.wallet
    elif key in market.wallets:
        last = market.wallets.pop(key)
    else:
        return Reject.NO_CHANGE
    fields = {"account": command.account, "maker_account": command.wallet}
    return Applied(EventKind.WALLET_NAMED, 0, fields | {"symbol": wallets.currency_asset(step, last)})


def due_of(step: Step, seller: int, fiat: str, amount: int) -> Reject | WalletDue:
    """What an order of so many minor units asks the buyer's wallet for."""
    market = step.affairs.market
    wallet = market.wallets.get((seller, fiat))
    if wallet is None or wallets.is_closed(step, wallet) or not _fits(step, wallet, fiat):
        return Reject.NO_WALLET
    asset, found = wallets.currency_asset(step, wallet), market.fiat(fiat)
    assert found is not None
    atoms = amount * 10 ** (int(step.memory["assets"][asset]["scale"]) - found.exponent)
    return WalletDue(fiat, asset, atoms, wallet) if atoms <= ATOMS_MAX else Reject.AMOUNT_OUT_OF_RANGE


def pay_escrow(step: Step, command: PayEscrow) -> Answer:
    reject = act_reject(step, command, Act.PAY_BY_WALLET)
    if reject != Reject.NONE:
        return reject
    market, payer = step.affairs.market, command.wallet
    order, due = market.orders[command.order], market.dues.get(command.order)
    if due is None:
        return Reject.NOT_BY_WALLET
    if market.wallets.get((order.buyer, due.fiat)) != payer:
        return Reject.NO_WALLET
    reject = frozen_reject(step, order, order.atoms)
    if reject == Reject.NONE and wallets.root_slot(step, payer) == wallets.root_slot(step, due.wallet):
        reject = Reject.INVALID_TRANSFER
    if reject == Reject.NONE:
        reject = wallets.payment_reject(step, payer, due.wallet, due.asset, due.atoms, PAYS)
    if reject != Reject.NONE:
        return reject
    step.pay(payer, due.wallet, due.asset, due.atoms, PAYS)
    fields = {"account": payer, "maker_account": due.wallet, "symbol": due.asset, "quantity_lots": due.atoms}
    step.say(EventKind.ESCROW_PAID_BY_WALLET, order_id=command.order, **fields)
    kind, told = settled(step, command.order, order.atoms, Ending.PAID_BY_WALLET)
    return Applied(kind, 0, told)
