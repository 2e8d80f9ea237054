"""Payments that were no TRANSFER go back to who made them. Source: docs/rules/currency.md, "Refunds".

Nothing of a payment is kept but its reference, with a hash of what was asked: so who wants it back says all of it.
"""

from hashlib import sha256
from typing import NamedTuple

import msgspec
import numpy as np

from venus.core import wallets
from venus.core.holds import money_reject
from venus.core.kernels.controls import find_reference
from venus.core.kernels.payments import REFUNDS
from venus.core.steps import Answer, Applied, Step, is_amount
from venus.records.commands import ColdCommand, client_digest, decode_cold
from venus.records.currency import RefundPayment
from venus.records.events import EventKind
from venus.records.holds import CreateHold, ExecuteHold, TransferAuthorized, TransferFrom
from venus.records.rejects import Reject

_BYTES_MAX = 4_096


class _Paid(NamedTuple):
    """A payment that was made. slot: of its reference, whose result is what of it went back."""

    payer: int
    payee: int
    asset: int
    atoms: int
    slot: int


def _applied(step: Step, encoded: bytes) -> tuple[ColdCommand, int] | None:
    """The command that is encoded so, and the slot of its reference, if it was applied."""
    try:
        command = decode_cold(encoded)
    except msgspec.MsgspecError:
        return None
    slot = find_reference(step.memory.table, *client_digest(command.reference))
    if not slot or step.memory["references"][slot]["body"].tobytes() != sha256(encoded).digest():
        return None
    return command, int(slot)


def _paid(step: Step, asked: RefundPayment) -> _Paid | None:
    found = _applied(step, asked.payment)
    if found is None:
        return None
    command, slot = found
    if isinstance(command, TransferFrom | TransferAuthorized):
        is_one = not asked.hold
        return _Paid(command.account, command.to_account, command.asset, command.atoms, slot) if is_one else None
    created = _applied(step, asked.hold)
    if not isinstance(command, ExecuteHold) or created is None:
        return None
    hold, hold_slot = created
    if not isinstance(hold, CreateHold) or step.memory["references"][hold_slot]["result"] != command.hold:
        return None
    return _Paid(hold.account, hold.target, hold.asset, command.atoms, slot)


def _money_reject(step: Step, paid: _Paid, atoms: int) -> Reject:
    if step.has_wallet(paid.payee, paid.payer):
        return wallets.payment_reject(step, paid.payee, paid.payer, paid.asset, atoms, REFUNDS)
    return money_reject(step, paid.payee, paid.asset, atoms)


def refund_payment(step: Step, command: RefundPayment) -> Answer:
    if not step.accounts_kind(command.account):
        return Reject.UNKNOWN_ACCOUNT
    if not is_amount(command.atoms):
        return Reject.AMOUNT_OUT_OF_RANGE
    if max(len(command.payment), len(command.hold)) > _BYTES_MAX:
        return Reject.INVALID_COMMAND
    paid = _paid(step, command)
    if paid is None or paid.payee != command.account:
        return Reject.UNKNOWN_PAYMENT
    reference: np.void = step.memory["references"][paid.slot]
    if command.atoms > paid.atoms - int(reference["result"]):
        return Reject.REFUND_TOO_LARGE
    reject = _money_reject(step, paid, command.atoms)
    if reject != Reject.NONE:
        return reject
    reference["result"] += command.atoms
    fields = {
        "order_id": int(reference["sequence"]),
        "account": paid.payee,
        "maker_account": paid.payer,
        "symbol": paid.asset,
        "quantity_lots": command.atoms,
        "remaining_lots": paid.atoms - int(reference["result"]),
    }
    step.pay(paid.payee, paid.payer, paid.asset, command.atoms, REFUNDS)
    return Applied(EventKind.REFUNDED, 0, fields)
