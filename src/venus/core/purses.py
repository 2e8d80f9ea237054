"""Purses that pay offline: opened, loaded, settled, closed. Source: docs/rules/purses.md."""

from bisect import bisect_left
from hashlib import sha256

import msgspec

from venus.core import wallets
from venus.core.affairs import Currency, Operator, Purse, PurseTerms
from venus.core.holds import amount_reject, is_time, money_reject, payer_reject, payment_reject
from venus.core.kernels.payments import BANKS, LIMITS, PAYS
from venus.core.steps import Answer, Applied, Step, is_amount
from venus.records.commands import encode_cold
from venus.records.events import EventKind
from venus.records.institutions import Scheme
from venus.records.purses import (
    COUNTER_MAX,
    KEY_BYTES,
    NONCE_BYTES,
    PAYMENTS_MAX,
    ClosePurse,
    FundPurse,
    OpenPurse,
    PursePayment,
    SetPurseTerms,
    SettlePurse,
    opening_statement,
    payment_statement,
)
from venus.records.rejects import Reject
from venus.records.signatures import ed25519_holds, key_is_sound
from venus.units import ATOMS_MAX

_SETTLES = LIMITS | BANKS
"""What a payment out of the offline account asks and does: the payee's balance limit and bank account."""


def _take_in(step: Step, currency: Currency, payer: int, atoms: int, how: int) -> None:
    """Into the offline account, where it is held: no other command reaches it."""
    step.pay(payer, currency.offline_account, currency.asset, atoms, how)
    step.hold(currency.offline_account, currency.asset, atoms)


def _give_out(step: Step, currency: Currency, payee: int, atoms: int, how: int) -> None:
    step.hold(currency.offline_account, currency.asset, -atoms)
    step.pay(currency.offline_account, payee, currency.asset, atoms, how)


def _is_sound(key: bytes) -> bool:
    return len(key) == KEY_BYTES and key_is_sound(Scheme.ED25519, key)


def _operator(step: Step, asset: int, number: int) -> Reject | tuple[Currency, Operator]:
    """One that still has its wallets."""
    currency = step.affairs.currencies.get(asset)
    if currency is None:
        return Reject.UNKNOWN_CURRENCY
    if not 0 <= number < len(currency.operators) or currency.operators[number].moved_to >= 0:
        return Reject.UNKNOWN_OPERATOR
    return currency, currency.operators[number]


def _heir(currency: Currency, number: int) -> Operator:
    """Who has an operator's wallets now."""
    operator = currency.operators[number]
    while operator.moved_to >= 0:
        operator = currency.operators[operator.moved_to]
    return operator


def set_purse_terms(step: Step, command: SetPurseTerms) -> Answer:
    found = _operator(step, command.currency, command.operator)
    if isinstance(found, Reject):
        return found
    if not _is_sound(command.key):
        return Reject.BAD_KEY
    one = command
    are_fit = is_amount(one.holds_atoms_max) and is_amount(one.payment_atoms_max)
    if not are_fit or not 0 <= one.guarantee_atoms <= ATOMS_MAX or not is_time(one.claim_ns):
        return Reject.INVALID_COMMAND
    if not is_time(one.life_ns_max) or one.life_ns_max == 0:
        return Reject.INVALID_COMMAND
    step.affairs.purse_terms[command.currency, command.operator] = PurseTerms(
        key=one.key,
        holds_atoms_max=one.holds_atoms_max,
        payment_atoms_max=one.payment_atoms_max,
        guarantee_atoms=one.guarantee_atoms,
        life_ns_max=one.life_ns_max,
        claim_ns=one.claim_ns,
    )
    fields = {"symbol": one.currency, "order_id": one.operator, "quantity_lots": one.guarantee_atoms}
    return Applied(EventKind.PURSE_TERMS_SET, 0, fields)


def _opening_reject(step: Step, command: OpenPurse, terms: PurseTerms) -> Reject:
    one = command
    if not _is_sound(one.key):
        return Reject.BAD_KEY
    if one.key in step.affairs.purse_keys:
        return Reject.PURSE_OPEN
    is_within = 1 <= one.holds_atoms_max <= terms.holds_atoms_max
    if not is_within or not 1 <= one.payment_atoms_max <= terms.payment_atoms_max:
        return Reject.PURSE_LIMIT
    if not step.time_ns < one.expires_ns <= step.time_ns + terms.life_ns_max:
        return Reject.PURSE_EXPIRED
    unsigned = encode_cold(msgspec.structs.replace(one, signature=b""))
    if not ed25519_holds(terms.key, one.signature, opening_statement(step.affairs.exchange, unsigned)):
        return Reject.PURSE_SIGNATURE
    return Reject.PURSE_BLOCKED if one.account in step.affairs.purse_caught else Reject.NONE


def open_purse(step: Step, command: OpenPurse) -> Answer:
    """The guarantee goes to the offline account, where it stays whatever becomes of the operator."""
    reject = payer_reject(step, command.account)
    if reject != Reject.NONE:
        return reject
    found = _operator(step, command.currency, command.operator)
    if isinstance(found, Reject):
        return found
    currency, operator = found
    if command.account == currency.offline_account:
        return Reject.ACCOUNT_UNSUITED
    terms = step.affairs.purse_terms.get((command.currency, command.operator))
    if terms is None:
        return Reject.NO_PURSE_TERMS
    reject = _opening_reject(step, command, terms)
    if reject != Reject.NONE:
        return reject
    guarantee_atoms = terms.guarantee_atoms
    if guarantee_atoms:
        reject = money_reject(step, operator.treasury_account, currency.asset, guarantee_atoms)
        if reject != Reject.NONE:
            return reject
        _take_in(step, currency, operator.treasury_account, guarantee_atoms, 0)
    affairs = step.affairs
    number = len(affairs.purses) + 1
    affairs.purse_keys[command.key] = number
    affairs.purses_open[command.account] = affairs.purses_open.get(command.account, 0) + 1
    affairs.purses.append(
        Purse(
            account=command.account,
            currency=command.currency,
            operator=command.operator,
            key=command.key,
            holds_atoms_max=command.holds_atoms_max,
            payment_atoms_max=command.payment_atoms_max,
            expires_ns=command.expires_ns,
            closes_ns=command.expires_ns + terms.claim_ns,
            loaded_atoms=0,
            paid_atoms=0,
            guarantee_atoms=guarantee_atoms,
            caught=False,
            closed=False,
            payments=[],
        )
    )
    fields = {
        "order_id": number,
        "maker_order_id": command.operator,
        "account": command.account,
        "symbol": command.currency,
        "quantity_lots": command.holds_atoms_max,
        "remaining_lots": guarantee_atoms,
        "price_ticks": command.expires_ns,
    }
    return Applied(EventKind.PURSE_OPENED, number, fields)


def _purse(step: Step, number: int) -> Purse | Reject:
    """One that is not over."""
    if not 1 <= number <= len(step.affairs.purses):
        return Reject.UNKNOWN_PURSE
    purse = step.affairs.purses[number - 1]
    return Reject.PURSE_OVER if purse.closed else purse


def fund_purse(step: Step, command: FundPurse) -> Answer:
    purse = _purse(step, command.purse)
    if isinstance(purse, Reject):
        return purse
    if purse.account != command.account:
        return Reject.NOT_A_PARTY
    reject = amount_reject(step, purse.currency, command.atoms)
    if reject != Reject.NONE:
        return reject
    if purse.account in step.affairs.purse_caught:
        return Reject.PURSE_BLOCKED
    if step.time_ns >= purse.expires_ns:
        return Reject.PURSE_EXPIRED
    if purse.loaded_atoms - purse.paid_atoms + command.atoms > purse.holds_atoms_max:
        return Reject.PURSE_LIMIT
    if purse.loaded_atoms + command.atoms > ATOMS_MAX:
        return Reject.PURSE_LIMIT
    currency = step.affairs.currencies[purse.currency]
    reject = payment_reject(step, purse.account, currency.offline_account, purse.currency, command.atoms, PAYS)
    if reject != Reject.NONE:
        return reject
    _take_in(step, currency, purse.account, command.atoms, PAYS)
    purse.loaded_atoms += command.atoms
    fields = {
        "order_id": command.purse,
        "account": purse.account,
        "symbol": purse.currency,
        "quantity_lots": command.atoms,
        "remaining_lots": purse.loaded_atoms,
        "price_ticks": purse.expires_ns,
    }
    return Applied(EventKind.PURSE_FUNDED, command.purse, fields)


def close_purse(step: Step, command: ClosePurse) -> Answer:
    """What was loaded and not paid goes back to its account, what is left of the guarantee to the operator's heir."""
    purse = _purse(step, command.purse)
    if isinstance(purse, Reject):
        return purse
    if step.time_ns < purse.closes_ns:
        return Reject.TOO_EARLY
    currency = step.affairs.currencies[purse.currency]
    back_atoms, guarantee_atoms = purse.loaded_atoms - purse.paid_atoms, purse.guarantee_atoms
    if back_atoms:
        _give_out(step, currency, purse.account, back_atoms, 0)
    if guarantee_atoms:
        treasury = _heir(currency, purse.operator).treasury_account
        _give_out(step, currency, treasury, guarantee_atoms, 0)
    purse.paid_atoms, purse.guarantee_atoms, purse.closed, purse.payments = purse.loaded_atoms, 0, True, []
    step.affairs.purses_open[purse.account] -= 1
    if step.affairs.purses_open[purse.account] == 0:
        del step.affairs.purses_open[purse.account]
    fields = {
        "order_id": command.purse,
        "account": purse.account,
        "symbol": purse.currency,
        "quantity_lots": back_atoms,
        "remaining_lots": guarantee_atoms,
    }
    return Applied(EventKind.PURSE_CLOSED, 0, fields)


# Settlement


def settle_purse(step: Step, command: SettlePurse) -> Answer:
    """Each payment by itself: one that is refused changes nothing, and may be shown again."""
    if not 1 <= len(command.payments) <= PAYMENTS_MAX:
        return Reject.INVALID_COMMAND
    paid_atoms = count = 0
    for payment in command.payments:
        step.memory.make_room()
        got = _settle(step, payment)
        if isinstance(got, Reject):
            _say_refused(step, payment, got)
        else:
            paid_atoms, count = paid_atoms + got, count + 1
    fields = {"quantity_lots": paid_atoms, "order_id": count, "maker_order_id": len(command.payments)}
    return Applied(EventKind.PURSE_SETTLED, count, fields)


def _say_refused(step: Step, payment: PursePayment, reject: Reject) -> None:
    known = 1 <= payment.purse <= len(step.affairs.purses)
    step.say(
        EventKind.PURSE_REFUSED,
        order_id=payment.purse if known else 0,
        price_ticks=payment.counter if 1 <= payment.counter <= COUNTER_MAX else 0,
        symbol=step.affairs.purses[payment.purse - 1].currency if known else 0,
        quantity_lots=payment.atoms if is_amount(payment.atoms) else 0,
        reason=reject,
    )


def _payment_reject(step: Step, payment: PursePayment, payer: Purse, payee: Purse) -> Reject:
    """What of a payment does not depend on others."""
    one = payment
    if one.purse == one.payee or payer.currency != payee.currency:
        return Reject.INVALID_TRANSFER
    if not 1 <= one.counter <= COUNTER_MAX or len(one.nonce) != NONCE_BYTES:
        return Reject.INVALID_COMMAND
    if not 1 <= one.atoms <= one.total_atoms <= ATOMS_MAX:
        return Reject.AMOUNT_OUT_OF_RANGE
    if one.atoms > payer.payment_atoms_max:
        return Reject.PURSE_LIMIT
    said = payment_statement(step.affairs.exchange, payer.currency, one)
    return Reject.NONE if ed25519_holds(payer.key, one.signature, said) else Reject.PURSE_SIGNATURE


def _settle(step: Step, payment: PursePayment) -> Reject | int:
    """Pay one, as far as its purse's money and then its guarantee reach; what was paid."""
    payer = _purse(step, payment.purse)
    if isinstance(payer, Reject):
        return payer
    if not 1 <= payment.payee <= len(step.affairs.purses):
        return Reject.UNKNOWN_COUNTERPARTY
    payee = step.affairs.purses[payment.payee - 1]
    reject = _payment_reject(step, payment, payer, payee)
    if reject != Reject.NONE:
        return reject
    entry = (payment.counter, payment.total_atoms, payment.atoms, _digest(payment))
    if entry in payer.payments[bisect_left(payer.payments, entry) :][:1]:
        return Reject.COUNTER_USED
    is_beyond = payment.total_atoms > payer.loaded_atoms
    if not payer.caught and (is_beyond or _overlaps(payer, entry)):
        _catch(step, payment.purse, payer)
    if is_beyond:
        return Reject.PURSE_SHORT
    own_atoms = payer.loaded_atoms - payer.paid_atoms
    atoms = min(payment.atoms, own_atoms + payer.guarantee_atoms)
    if atoms == 0:
        return Reject.PURSE_SHORT
    currency = step.affairs.currencies[payer.currency]
    if step.has_wallet(currency.offline_account, payee.account):
        reject = wallets.payment_reject(step, currency.offline_account, payee.account, payer.currency, atoms, _SETTLES)
        if reject != Reject.NONE:
            return reject
    from_guarantee = max(0, atoms - own_atoms)
    assert payer.caught or from_guarantee == 0, "an honest purse never needs its guarantee"
    payer.paid_atoms += atoms - from_guarantee
    payer.guarantee_atoms -= from_guarantee
    payer.payments.insert(bisect_left(payer.payments, entry), entry)
    _give_out(step, currency, payee.account, atoms, _SETTLES)
    step.say(
        EventKind.PURSE_PAID,
        order_id=payment.purse,
        maker_order_id=payment.payee,
        price_ticks=payment.counter,
        account=payee.account,
        maker_account=payer.account,
        symbol=payer.currency,
        quantity_lots=atoms,
        remaining_lots=payment.atoms - atoms,
        hold_atoms=from_guarantee,
    )
    return atoms


def _digest(payment: PursePayment) -> bytes:
    """Of what was said, not of how it is signed."""
    return sha256(payment.payee.to_bytes(8, "little") + payment.nonce).digest()


def _overlaps(purse: Purse, entry: tuple[int, int, int, bytes]) -> bool:
    """Whether this and what was paid before cannot all be honest: each payment begins where one before it ended."""
    counter, total_atoms, atoms, _ = entry
    place = bisect_left(purse.payments, entry)
    for other_counter, other_total, other_atoms, _ in purse.payments[max(0, place - 1) : place + 1]:
        if other_counter == counter:
            return True
        if other_counter < counter and other_total > total_atoms - atoms:
            return True
        if other_counter > counter and total_atoms > other_total - other_atoms:
            return True
    return False


def _catch(step: Step, number: int, purse: Purse) -> None:
    """Its account opens and loads no more purses; what it paid is still settled."""
    purse.caught = True
    step.affairs.purse_caught[purse.account] = number
    step.say(
        EventKind.PURSE_CAUGHT,
        order_id=number,
        maker_order_id=purse.operator,
        account=purse.account,
        symbol=purse.currency,
        quantity_lots=purse.loaded_atoms - purse.paid_atoms,
        remaining_lots=purse.guarantee_atoms,
    )
