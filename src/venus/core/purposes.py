"""Money that a wallet may pay to some merchants only; whose holder may be looked up. Source: docs/rules/currency.md.

It stays with who gave it, held, until it is spent or its time is over. For limits it is its holder's: it counts in what
the holder's family has, and what is spent of it in what the family paid.
"""

from itertools import pairwise

from venus.core import wallets
from venus.core.affairs import Purpose
from venus.core.holds import first_of, is_time, payer_reject
from venus.core.kernels import layout
from venus.core.kernels.payments import BANKS, COUNTS, FREE, LIMITS, payment_count
from venus.core.steps import DUE_PURPOSE, Answer, Applied, Step, is_amount, is_long_text
from venus.records.coins import DAY_NS
from venus.records.commands import AccountKind
from venus.records.currency import BindPurpose, SpendPurpose, UnsealIdentity
from venus.records.events import EventKind
from venus.records.institutions import Duty
from venus.records.rejects import Reject

_CATEGORIES_MAX = 64
_DELAY_NS_MAX = 366 * DAY_NS


def _root(step: Step, account: int) -> int:
    """Slot of the root of an account's family; 0: no wallet."""
    if step.accounts_kind(account) != AccountKind.WALLET:
        return 0
    return int(step.memory["wallets"][wallets.wallet_slot(step, account)]["root"])


def _wait_for(step: Step, holder: int, atoms: int) -> None:
    """Count what waits for a wallet, no more if negative."""
    step.memory["wallets"][_root(step, holder)]["counted_atoms"] += atoms


def _holder_reject(step: Step, holder: int) -> Reject:
    kind = step.accounts_kind(holder)
    if not kind:
        return Reject.UNKNOWN_COUNTERPARTY
    return Reject.NONE if kind == AccountKind.WALLET else Reject.NOT_A_WALLET


def _terms_reject(step: Step, command: BindPurpose) -> Reject:
    categories = command.categories
    if command.asset not in step.affairs.currencies:
        return Reject.UNKNOWN_CURRENCY
    if not is_amount(command.atoms):
        return Reject.AMOUNT_OUT_OF_RANGE
    if not 1 <= len(categories) <= _CATEGORIES_MAX or not all(1 <= one <= wallets.CATEGORY_MAX for one in categories):
        return Reject.INVALID_COMMAND
    if any(a >= b for a, b in pairwise(categories)):
        return Reject.INVALID_COMMAND
    if not is_time(command.expires_ns) or command.expires_ns <= step.time_ns:
        return Reject.INVALID_COMMAND
    return Reject.NONE


def bind_purpose(step: Step, command: BindPurpose) -> Answer:
    account, holder, asset, atoms = command.account, command.holder, command.asset, command.atoms
    reject = first_of(payer_reject(step, account), _holder_reject(step, holder), _terms_reject(step, command))
    if reject != Reject.NONE:
        return reject
    if _root(step, account) == _root(step, holder):
        return Reject.INVALID_TRANSFER
    reject = wallets.payment_reject(step, account, holder, asset, atoms, LIMITS | COUNTS | FREE)
    if reject != Reject.NONE:
        return reject
    affairs = step.affairs
    affairs.purposes_count += 1
    number = affairs.purposes_count
    affairs.purposes[number] = Purpose(
        account=account,
        holder=holder,
        asset=asset,
        atoms=atoms,
        expires_ns=command.expires_ns,
        categories=command.categories,
    )
    payment_count(step.memory.table, account, holder, atoms)
    step.hold(account, asset, atoms)
    _wait_for(step, holder, atoms)
    step.wake(command.expires_ns, DUE_PURPOSE, number)
    fields = {"account": account, "maker_account": holder, "symbol": asset, "quantity_lots": atoms}
    fields |= {"order_id": number, "price_ticks": command.expires_ns}
    return Applied(EventKind.PURPOSE_BOUND, number, fields)


def _payee_reject(step: Step, purpose: Purpose, payee: int) -> Reject:
    if not step.accounts_kind(payee):
        return Reject.UNKNOWN_COUNTERPARTY
    if step.accounts_kind(payee) != AccountKind.WALLET:
        return Reject.WRONG_PURPOSE
    category = int(step.memory["wallets"][wallets.wallet_slot(step, payee)]["category"])
    if category not in purpose.categories:
        return Reject.WRONG_PURPOSE
    families = (_root(step, purpose.holder), _root(step, purpose.account))
    return Reject.INVALID_TRANSFER if _root(step, payee) in families else Reject.NONE


def spend_purpose(step: Step, command: SpendPurpose) -> Answer:
    """A payment of the holder's, out of what another account holds for it."""
    purpose, atoms, payee = step.affairs.purposes.get(command.purpose), command.atoms, command.payee
    if purpose is None:
        return Reject.UNKNOWN_PURPOSE
    if command.by_account != purpose.holder:
        return Reject.NOT_A_PARTY
    if not is_amount(atoms):
        return Reject.AMOUNT_OUT_OF_RANGE
    reject = _payee_reject(step, purpose, payee)
    if reject != Reject.NONE:
        return reject
    if atoms > purpose.atoms:
        return Reject.INSUFFICIENT_FREE
    reject = wallets.payment_reject(step, purpose.holder, payee, purpose.asset, atoms, LIMITS | COUNTS | BANKS)
    if reject != Reject.NONE:
        return reject
    purpose.atoms -= atoms
    if purpose.atoms == 0:
        del step.affairs.purposes[command.purpose]
    payment_count(step.memory.table, purpose.holder, payee, atoms)
    _wait_for(step, purpose.holder, -atoms)
    step.hold(purpose.account, purpose.asset, -atoms)
    step.pay(purpose.account, payee, purpose.asset, atoms, LIMITS | BANKS)
    fields = {"account": purpose.holder, "maker_account": payee, "symbol": purpose.asset, "quantity_lots": atoms}
    fields |= {"order_id": command.purpose, "remaining_lots": purpose.atoms}
    return Applied(EventKind.PURPOSE_SPENT, 0, fields)


def purpose_due(step: Step, number: int) -> None:
    """A timer when its time is over; one that was spent is passed over."""
    purpose = step.affairs.purposes.pop(number, None)
    if purpose is None:
        return
    _wait_for(step, purpose.holder, -purpose.atoms)
    step.hold(purpose.account, purpose.asset, -purpose.atoms)
    step.say(
        EventKind.PURPOSE_ENDED,
        order_id=number,
        account=purpose.account,
        maker_account=purpose.holder,
        symbol=purpose.asset,
        quantity_lots=purpose.atoms,
    )


def loosen(step: Step, number: int, wanted_atoms: int) -> None:
    """For a lawful order: so much of it, or all of it, is its giver's again and waits for nobody."""
    purpose = step.affairs.purposes[number]
    taken = min(wanted_atoms, purpose.atoms)
    purpose.atoms -= taken
    if purpose.atoms == 0:
        del step.affairs.purposes[number]
    _wait_for(step, purpose.holder, -taken)
    step.hold(purpose.account, purpose.asset, -taken)
    step.say(
        EventKind.PURPOSE_LOOSENED,
        order_id=number,
        account=purpose.account,
        maker_account=purpose.holder,
        symbol=purpose.asset,
        quantity_lots=taken,
        remaining_lots=purpose.atoms,
    )


def _operator_now(step: Step, account: int) -> tuple[int, int]:
    """A wallet's currency, and the operator that it is at now."""
    memory = step.memory
    place = int(memory["wallets"][wallets.wallet_slot(step, account)]["operator"])
    asset = int(memory["currencies"][place >> layout.OPERATOR_BITS]["asset"])
    number = place & (layout.OPERATORS_MAX - 1)
    moved_to = step.affairs.currencies[asset].operators[number].moved_to
    return asset, number if moved_to < 0 else moved_to


def unseal_identity(step: Step, command: UnsealIdentity) -> Answer:
    """Nothing of the ledger changes: that it was asked, by whom and why, stands in the journal for ever."""
    operator = step.affairs.currencies[command.currency].operators[command.operator]
    authority = step.affairs.institutions[command.authority]
    if not authority.duties & (Duty.AUTHORITY | Duty.SUPERVISOR) or command.authority == operator.institution:
        return Reject.WRONG_DUTY
    if not (kind := step.accounts_kind(command.account)):
        return Reject.UNKNOWN_ACCOUNT
    if kind != AccountKind.WALLET:
        return Reject.NOT_A_WALLET
    if _operator_now(step, command.account) != (command.currency, command.operator):
        return Reject.NOT_A_PARTY
    if not is_long_text(command.basis) or not 0 <= command.shown_after_ns <= _DELAY_NS_MAX:
        return Reject.INVALID_COMMAND
    fields = {"symbol": command.currency, "order_id": command.authority, "maker_order_id": command.operator}
    fields |= {"account": command.account, "price_ticks": step.time_ns + command.shown_after_ns}
    return Applied(EventKind.IDENTITY_UNSEALED, 0, fields)
