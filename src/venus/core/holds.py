"""Money that holders bind: holds, allowances, their signatures. Source: docs/rules/holds.md."""

from hashlib import sha256

import msgspec

from venus.core import wallets
from venus.core.affairs import Hold, HolderKey
from venus.core.kernels import layout
from venus.core.kernels.payments import BANKS, COUNTS, FREE, LIMITS, PAYS, payment_count
from venus.core.steps import DUE_HOLD, Answer, Applied, Step, is_amount
from venus.records.approvals import holder_statement
from venus.records.commands import AccountKind, encode_cold
from venus.records.events import EventKind
from venus.records.holds import (
    NO_PROOF,
    ApproveSpender,
    BindHolderKey,
    CreateHold,
    ExecuteHold,
    PermitSpender,
    ReclaimHold,
    Release,
    ReleaseHold,
    TransferAuthorized,
    TransferFrom,
)
from venus.records.institutions import Scheme
from venus.records.rejects import Reject
from venus.records.signatures import holds, key_is_sound
from venus.units import ATOMS_MAX

TIME_NS_MAX = 2**62
_LOCK_BYTES = 32
_PREIMAGE_BYTES_MAX = 1024


def payer_reject(step: Step, account: int) -> Reject:
    kind = step.accounts_kind(account)
    if not kind:
        return Reject.UNKNOWN_ACCOUNT
    return Reject.ACCOUNT_UNSUITED if kind == AccountKind.EXTERNAL else Reject.NONE


def other_reject(step: Step, account: int) -> Reject:
    kind = step.accounts_kind(account)
    if not kind:
        return Reject.UNKNOWN_COUNTERPARTY
    return Reject.ACCOUNT_UNSUITED if kind == AccountKind.EXTERNAL else Reject.NONE


def asset_reject(step: Step, asset: int) -> Reject:
    """Reserves at a central bank are bound by nobody: they move by the commands of their currency alone."""
    if not step.is_listed(asset):
        return Reject.UNKNOWN_ASSET
    is_reserves = step.memory["assets"][asset]["coin"] == layout.ASSET_RESERVES
    return Reject.COIN_SUPPLY if is_reserves else Reject.NONE


def amount_reject(step: Step, asset: int, atoms: int) -> Reject:
    reject = asset_reject(step, asset)
    if reject != Reject.NONE:
        return reject
    return Reject.NONE if is_amount(atoms) else Reject.AMOUNT_OUT_OF_RANGE


def money_reject(step: Step, account: int, asset: int, atoms: int) -> Reject:
    """The last two tests of whoever pays."""
    if step.is_frozen(account):
        return Reject.ACCOUNT_FROZEN
    return Reject.NONE if step.free_atoms(account, asset) >= atoms else Reject.INSUFFICIENT_FREE


def payment_reject(step: Step, account: int, to_account: int, asset: int, atoms: int, how: int) -> Reject:
    """The last tests of a payment, or of what will become one; `how`: kernels/payments.py."""
    if step.has_wallet(account, to_account):
        return wallets.payment_reject(step, account, to_account, asset, atoms, how)
    return money_reject(step, account, asset, atoms)


def is_time(time_ns: int) -> bool:
    return 0 <= time_ns <= TIME_NS_MAX


def first_of(*rejects: Reject) -> Reject:
    """Tests that do not depend on each other, in their order."""
    return next((reject for reject in rejects if reject != Reject.NONE), Reject.NONE)


Signed = BindHolderKey | PermitSpender | TransferAuthorized


def _proof_reject(step: Step, command: Signed) -> Reject:
    key = step.affairs.holder_keys.get(command.account)
    if key is None:
        return Reject.NO_HOLDER_KEY
    if command.expires_ns <= step.time_ns:
        return Reject.AUTHORIZATION_EXPIRED
    affairs = step.affairs
    body = encode_cold(msgspec.structs.replace(command, proof=NO_PROOF))
    said = holder_statement(affairs.exchange, command.account, command.expires_ns, body)
    is_signed = holds(key.scheme, key.key, said, command.proof, affairs.relying_party, affairs.page_origin)
    return Reject.NONE if is_signed else Reject.HOLDER_SIGNATURE


def bind_holder_key(step: Step, command: BindHolderKey) -> Answer:
    reject = payer_reject(step, command.account)
    if reject != Reject.NONE:
        return reject
    if command.scheme not in set(Scheme):
        return Reject.INVALID_COMMAND
    if not key_is_sound(command.scheme, command.key):
        return Reject.BAD_KEY
    if not is_time(command.expires_ns):
        return Reject.INVALID_COMMAND
    if command.account in step.affairs.holder_keys:
        reject = _proof_reject(step, command)
    elif command.expires_ns or command.proof != NO_PROOF:
        reject = Reject.INVALID_COMMAND
    if reject != Reject.NONE:
        return reject
    step.affairs.holder_keys[command.account] = HolderKey(command.scheme, command.key)
    return Applied(EventKind.HOLDER_KEY_BOUND, 0, {"account": command.account})


def _spender_reject(step: Step, command: ApproveSpender | PermitSpender) -> Reject:
    reject = first_of(payer_reject(step, command.account), other_reject(step, command.spender))
    if reject != Reject.NONE:
        return reject
    reject = asset_reject(step, command.asset)
    if reject != Reject.NONE:
        return reject
    if not 0 <= command.atoms <= ATOMS_MAX:
        return Reject.AMOUNT_OUT_OF_RANGE
    if isinstance(command, PermitSpender) and not is_time(command.expires_ns):
        return Reject.INVALID_COMMAND
    return Reject.NONE if command.account != command.spender else Reject.INVALID_COMMAND


def approve_spender(step: Step, command: ApproveSpender | PermitSpender) -> Answer:
    reject = _spender_reject(step, command)
    if reject == Reject.NONE and isinstance(command, PermitSpender):
        reject = _proof_reject(step, command)
    if reject != Reject.NONE:
        return reject
    key = (command.account, command.spender, command.asset)
    if command.atoms:
        step.affairs.allowances[key] = command.atoms
    else:
        step.affairs.allowances.pop(key, None)
    fields = {
        "account": command.account,
        "maker_account": command.spender,
        "symbol": command.asset,
        "quantity_lots": command.atoms,
    }
    return Applied(EventKind.SPENDER_APPROVED, 0, fields)


def transfer_from(step: Step, command: TransferFrom) -> Answer:
    reject = first_of(
        payer_reject(step, command.spender),
        other_reject(step, command.account),
        other_reject(step, command.to_account),
        amount_reject(step, command.asset, command.atoms),
    )
    if reject != Reject.NONE:
        return reject
    if command.account == command.to_account:
        return Reject.INVALID_TRANSFER
    key = (command.account, command.spender, command.asset)
    allowed = step.affairs.allowances.get(key, 0)
    if allowed < command.atoms:
        return Reject.ALLOWANCE_TOO_SMALL
    reject = payment_reject(step, command.account, command.to_account, command.asset, command.atoms, PAYS)
    if reject != Reject.NONE:
        return reject
    if allowed == command.atoms:
        del step.affairs.allowances[key]
    else:
        step.affairs.allowances[key] = allowed - command.atoms
    step.pay(command.account, command.to_account, command.asset, command.atoms, PAYS)
    fields = {
        "order_id": command.spender,
        "account": command.account,
        "maker_account": command.to_account,
        "symbol": command.asset,
        "quantity_lots": command.atoms,
        "remaining_lots": allowed - command.atoms,
    }
    return Applied(EventKind.SPENT, 0, fields)


def transfer_authorized(step: Step, command: TransferAuthorized) -> Answer:
    reject = first_of(
        payer_reject(step, command.account),
        other_reject(step, command.to_account),
        amount_reject(step, command.asset, command.atoms),
    )
    if reject != Reject.NONE:
        return reject
    if not is_time(command.after_ns) or not is_time(command.expires_ns):
        return Reject.INVALID_COMMAND
    if command.account == command.to_account:
        return Reject.INVALID_TRANSFER
    if command.after_ns > step.time_ns:
        return Reject.TOO_EARLY
    reject = _proof_reject(step, command)
    if reject == Reject.NONE:
        reject = payment_reject(step, command.account, command.to_account, command.asset, command.atoms, PAYS)
    if reject != Reject.NONE:
        return reject
    step.pay(command.account, command.to_account, command.asset, command.atoms, PAYS)
    fields = {
        "account": command.account,
        "maker_account": command.to_account,
        "symbol": command.asset,
        "quantity_lots": command.atoms,
    }
    return Applied(EventKind.TRANSFER_AUTHORIZED, 0, fields)


def create_hold(step: Step, command: CreateHold) -> Answer:
    reject = first_of(
        payer_reject(step, command.account),
        other_reject(step, command.target),
        other_reject(step, command.notary),
        amount_reject(step, command.asset, command.atoms),
    )
    if reject != Reject.NONE:
        return reject
    if not is_time(command.reclaim_ns) or not is_time(command.expires_ns):
        return Reject.INVALID_COMMAND
    if command.account == command.target:
        return Reject.INVALID_TRANSFER
    if not step.time_ns < command.expires_ns or command.reclaim_ns > command.expires_ns:
        return Reject.INVALID_COMMAND
    if len(command.hash_lock) not in (0, _LOCK_BYTES):
        return Reject.INVALID_COMMAND
    reject = payment_reject(step, command.account, command.target, command.asset, command.atoms, COUNTS | FREE)
    if reject != Reject.NONE:
        return reject
    affairs = step.affairs
    affairs.holds_count += 1
    number = affairs.holds_count
    affairs.holds[number] = Hold(
        account=command.account,
        target=command.target,
        notary=command.notary,
        asset=command.asset,
        atoms=command.atoms,
        reclaim_ns=command.reclaim_ns,
        expires_ns=command.expires_ns,
        hash_lock=command.hash_lock,
    )
    payment_count(step.memory.table, command.account, command.target, command.atoms)
    step.hold(command.account, command.asset, command.atoms)
    step.wake(command.expires_ns, DUE_HOLD, number)
    fields = {
        "order_id": number,
        "account": command.account,
        "maker_account": command.target,
        "symbol": command.asset,
        "quantity_lots": command.atoms,
        "price_ticks": command.expires_ns,
    }
    return Applied(EventKind.HOLD_CREATED, number, fields)


def execute_hold(step: Step, command: ExecuteHold) -> Answer:
    hold = step.affairs.holds.get(command.hold)
    if hold is None:
        return Reject.UNKNOWN_HOLD
    if command.by_account != hold.notary and not (hold.hash_lock and command.by_account == hold.target):
        return Reject.NOT_A_PARTY
    if not 1 <= command.atoms <= hold.atoms:
        return Reject.AMOUNT_OUT_OF_RANGE
    if len(command.preimage) > _PREIMAGE_BYTES_MAX:
        return Reject.INVALID_COMMAND
    opens = sha256(command.preimage).digest() == hold.hash_lock if hold.hash_lock else not command.preimage
    if not opens:
        return Reject.WRONG_PREIMAGE
    if step.is_frozen(hold.account):
        return Reject.ACCOUNT_FROZEN
    if step.has_wallet(hold.account, hold.target):
        reject = wallets.payment_reject(step, hold.account, hold.target, hold.asset, command.atoms, LIMITS | BANKS)
        if reject != Reject.NONE:
            return reject
    hold.atoms -= command.atoms
    if hold.atoms == 0:
        del step.affairs.holds[command.hold]
    step.hold(hold.account, hold.asset, -command.atoms)
    step.pay(hold.account, hold.target, hold.asset, command.atoms, LIMITS | BANKS)
    fields = {
        "order_id": command.hold,
        "account": hold.account,
        "maker_account": hold.target,
        "symbol": hold.asset,
        "quantity_lots": command.atoms,
        "remaining_lots": hold.atoms,
    }
    return Applied(EventKind.HOLD_EXECUTED, 0, fields)


def _let_go(step: Step, number: int, reason: Release) -> dict[str, int]:
    """What is left goes back; the fields of HOLD_RELEASED."""
    hold = step.affairs.holds.pop(number)
    step.hold(hold.account, hold.asset, -hold.atoms)
    return {
        "order_id": number,
        "account": hold.account,
        "maker_account": hold.target,
        "symbol": hold.asset,
        "quantity_lots": hold.atoms,
        "reason": reason,
    }


def release_hold(step: Step, command: ReleaseHold) -> Answer:
    hold = step.affairs.holds.get(command.hold)
    if hold is None:
        return Reject.UNKNOWN_HOLD
    if command.by_account not in (hold.notary, hold.target):
        return Reject.NOT_A_PARTY
    return Applied(EventKind.HOLD_RELEASED, 0, _let_go(step, command.hold, Release.RELEASED))


def reclaim_hold(step: Step, command: ReclaimHold) -> Answer:
    hold = step.affairs.holds.get(command.hold)
    if hold is None:
        return Reject.UNKNOWN_HOLD
    if command.by_account != hold.account:
        return Reject.NOT_A_PARTY
    if step.time_ns < hold.reclaim_ns:
        return Reject.TOO_EARLY
    return Applied(EventKind.HOLD_RELEASED, 0, _let_go(step, command.hold, Release.RECLAIMED))


def hold_due(step: Step, number: int) -> None:
    """A timer at a hold's end; one that is done is passed over."""
    if number in step.affairs.holds:
        step.say(EventKind.HOLD_RELEASED, **_let_go(step, number, Release.TIMED_OUT))
