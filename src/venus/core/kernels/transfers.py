"""Transfers between accounts, once per reference. Source: docs/rules/transfers.md."""

import numpy as np
from numba import njit

from venus.core.kernels.balances import balance_find, balance_open, free_atoms
from venus.core.kernels.events import event_new, reject
from venus.core.kernels.index import index_delete, index_insert, tag_of
from venus.core.kernels.layout import (
    ACCOUNTS_COUNT,
    ASSET_RESERVES,
    ASSETS_COUNT,
    BALANCES_USED,
    EVENTS_COUNT,
    INLINE,
    JIT,
    LINKED_MAX,
    REFERENCES_USED,
    RULES_VERSION,
)
from venus.core.kernels.lookahead import TRANSFERS_GROUP, transfers_ahead
from venus.core.kernels.payments import BANKS, PAYS, SAID_MAX, payment_apply, payment_move, payment_reject
from venus.core.kernels.state import state_at
from venus.core.kernels.wallets import WALLET, root_of, wallet_of
from venus.records.commands import AccountKind, CommandFlag, CommandKind
from venus.records.events import EventFlag, EventKind
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX

_EXTERNAL = int(AccountKind.EXTERNAL)
_TRANSFERRED, _REPEATED = int(EventKind.TRANSFERRED), int(EventFlag.REPEATED)
_ATOMS_MAX = np.int64(ATOMS_MAX)
_NONE, _UNKNOWN_ACCOUNT, _UNKNOWN_ASSET = int(Reject.NONE), int(Reject.UNKNOWN_ACCOUNT), int(Reject.UNKNOWN_ASSET)
_UNKNOWN_COUNTERPARTY, _INVALID_TRANSFER = int(Reject.UNKNOWN_COUNTERPARTY), int(Reject.INVALID_TRANSFER)
_AMOUNT_OUT_OF_RANGE, _REFERENCE_MISSING = int(Reject.AMOUNT_OUT_OF_RANGE), int(Reject.REFERENCE_MISSING)
_REFERENCE_REUSED, _ACCOUNT_FROZEN = int(Reject.REFERENCE_REUSED), int(Reject.ACCOUNT_FROZEN)
_LINK_BROKEN = int(Reject.LINK_BROKEN)
_TRANSFER, _LINKED = int(CommandKind.TRANSFER), int(CommandFlag.LINKED)
_NOT_LINKED = PAYS & ~BANKS
_ASSET_FULL, _INSUFFICIENT_FREE = int(Reject.ASSET_FULL), int(Reject.INSUFFICIENT_FREE)
_COIN_SUPPLY = int(Reject.COIN_SUPPLY)


@njit(**INLINE)
def reference_find(s, hi, lo):
    """Slot of a reference that was applied, or 0."""
    tag = tag_of(lo, hi)
    mask = len(s.reference_index) - 1
    i = tag & mask
    while True:
        entry = s.reference_index[np.uint32(i)]
        if entry.slot == 0:
            return np.int64(0)
        if entry.tag == tag and s.references[entry.slot].lo == lo and s.references[entry.slot].hi == hi:
            return np.int64(entry.slot)
        i = (i + 1) & mask


@njit(**INLINE)
def reference_keep(s, hi, lo, sequence, result, body_0, body_1, body_2, body_3):
    """Remember an applied reference; room was checked."""
    slot = s.counters[REFERENCES_USED]
    s.counters[REFERENCES_USED] = slot + 1
    reference = s.references[np.uint32(slot)]
    reference.hi = hi
    reference.lo = lo
    reference.sequence = sequence
    reference.result = result
    reference.body[0] = body_0
    reference.body[1] = body_1
    reference.body[2] = body_2
    reference.body[3] = body_3
    index_insert(s.reference_index, tag_of(lo, hi), slot)


@njit(**INLINE)
def _parties_reject(s, command, flags):
    """Tests 1 to 6; `flags` may be set."""
    accounts_count = s.counters[ACCOUNTS_COUNT]
    debit, credit = np.int64(command.account), command.target_lo
    if debit >= accounts_count:
        return _UNKNOWN_ACCOUNT
    if credit < 0 or credit >= accounts_count:
        return _UNKNOWN_COUNTERPARTY
    if command.subject >= s.counters[ASSETS_COUNT]:
        return _UNKNOWN_ASSET
    both_external = s.accounts[np.uint32(debit)].kind == _EXTERNAL and s.accounts[np.uint32(credit)].kind == _EXTERNAL
    if debit == credit or both_external or (command.flags & ~flags) != 0:
        return _INVALID_TRANSFER
    if not 1 <= command.quantity <= _ATOMS_MAX:
        return _AMOUNT_OUT_OF_RANGE
    if command.client_hi == 0 and command.client_lo == 0:
        return _REFERENCE_MISSING
    return _NONE


@njit(**INLINE)
def _money_reject(s, command):
    """Tests 8 to 11."""
    amount = command.quantity
    debit, credit = s.accounts[command.account], s.accounts[np.uint32(command.target_lo)]
    asset = s.assets[command.subject]
    debit_free = free_atoms(s, balance_find(s, command.account, command.subject))
    if debit.frozen != 0:
        return _ACCOUNT_FROZEN
    if asset.coin == ASSET_RESERVES:
        return _COIN_SUPPLY
    if asset.coin != 0 and (debit.kind == _EXTERNAL or credit.kind == _EXTERNAL):
        return _COIN_SUPPLY
    if debit.kind == _EXTERNAL:
        if asset.inside_atoms > _ATOMS_MAX - amount or debit_free < amount - _ATOMS_MAX:
            return _ASSET_FULL
        return _NONE
    if credit.kind == _EXTERNAL:
        credit_free = free_atoms(s, balance_find(s, np.uint32(command.target_lo), command.subject))
        if credit_free > _ATOMS_MAX - amount:
            return _ASSET_FULL
    return _NONE if debit_free >= amount else _INSUFFICIENT_FREE


@njit(**INLINE)
def _reference_slot(s, command):
    """(slot of the reference if it was applied, whether by the same transfer)."""
    slot = reference_find(s, command.client_hi, command.client_lo)
    if slot == 0:
        return slot, False
    body = s.references[np.uint32(slot)].body
    same = (
        body[0] == command.account
        and body[1] == command.target_lo
        and body[2] == command.subject
        and body[3] == command.quantity
    )
    return slot, same


@njit(**INLINE)
def _say(s, command, sequence):
    i = event_new(s, _TRANSFERRED, sequence, command.account, command.subject, 0)
    s.events[i].quantity_lots = command.quantity
    s.events[i].maker_account = command.target_lo
    return i


@njit(**INLINE)
def _say_repeated(s, command, sequence, first_sequence):
    i = _say(s, command, sequence)
    s.events[i].trade_id = first_sequence
    s.events[i].flags = _REPEATED


@njit(**INLINE)
def _move(s, command, amount):
    """Move an amount that was tested; a negative one moves it back."""
    s.balances[np.uint32(balance_open(s, command.account, command.subject))].free_atoms -= amount
    s.balances[np.uint32(balance_open(s, np.uint32(command.target_lo), command.subject))].free_atoms += amount
    asset = s.assets[command.subject]
    if s.accounts[command.account].kind == _EXTERNAL:
        asset.inside_atoms += amount
    elif s.accounts[np.uint32(command.target_lo)].kind == _EXTERNAL:
        asset.inside_atoms -= amount


@njit(**INLINE)
def _keep(s, command, sequence):
    reference_keep(
        s, command.client_hi, command.client_lo, sequence, 0,
        np.int64(command.account), command.target_lo, np.int64(command.subject), command.quantity,
    )  # fmt: skip


@njit(**INLINE)
def _has_wallet(s, command):
    return s.accounts[command.account].kind == WALLET or s.accounts[np.uint32(command.target_lo)].kind == WALLET


@njit(**INLINE)
def _transfer(s, command, sequence):
    """Run a TRANSFER."""
    reason = _parties_reject(s, command, 0)
    if reason == _NONE:
        slot, same = _reference_slot(s, command)
        if same:
            _say_repeated(s, command, sequence, s.references[np.uint32(slot)].sequence)
            return
        if slot != 0:
            reason = _REFERENCE_REUSED
        elif _has_wallet(s, command):
            _pay(s, command, sequence)
            return
        else:
            reason = _money_reject(s, command)
    if reason != _NONE:
        reject(s, command, sequence, reason)
        return
    _say(s, command, sequence)
    _move(s, command, command.quantity)
    _keep(s, command, sequence)


@njit(**INLINE)
def _pay(s, command, sequence):
    """The rest of a TRANSFER to or from a wallet."""
    payer, payee, asset = np.int64(command.account), command.target_lo, np.int64(command.subject)
    reason = payment_reject(s, payer, payee, asset, command.quantity, PAYS)
    if reason != _NONE:
        reject(s, command, sequence, reason)
        return
    payment_apply(s, payer, payee, asset, command.quantity, PAYS, sequence, 0)
    _keep(s, command, sequence)


@njit(**INLINE)
def _run_max(s):
    """Transfers in a row for which all pools have room."""
    c = s.counters
    balances, references = len(s.balances) - c[BALANCES_USED], len(s.references) - c[REFERENCES_USED]
    return min(min(balances // 2, references), (len(s.events) - c[EVENTS_COUNT]) // SAID_MAX)


@njit(**JIT)
def transfers(table, start, sequence):
    """Run the TRANSFERs that follow each other from commands[start] on, linked ones aside; returns how many."""
    s = state_at(table)
    stop = min(len(s.commands), start + _run_max(s))
    refused = np.uint8(0) if s.counters[RULES_VERSION] == 1 else np.uint8(_LINKED)
    i = start
    while i < stop:
        if (i - start) % TRANSFERS_GROUP == 0:
            transfers_ahead(s, i)
        command = s.commands[np.uint32(i)]
        if command.kind != _TRANSFER or command.flags & refused != 0:
            break
        _transfer(s, command, sequence + i - start)
        i += 1
    return i - start


@njit(**INLINE)
def linked_length(s, start):
    """Commands of the run of linked transfers that begins at commands[start]."""
    stop = len(s.commands)
    i = start
    while i < stop and s.commands[np.uint32(i)].kind == _TRANSFER and s.commands[np.uint32(i)].flags & _LINKED != 0:
        i += 1
    if i < stop and s.commands[np.uint32(i)].kind == _TRANSFER:
        i += 1
    return i - start


@njit(**INLINE)
def _linked_reject(s, command, is_retry):
    """Tests of one transfer of a run, those before it done."""
    reason = _parties_reject(s, command, _LINKED)
    if reason != _NONE:
        return reason
    slot, same = _reference_slot(s, command)
    if is_retry:
        return _NONE if same else _REFERENCE_REUSED
    if slot != 0:
        return _REFERENCE_REUSED
    if not _has_wallet(s, command):
        return _money_reject(s, command)
    payer, asset = np.int64(command.account), np.int64(command.subject)
    return payment_reject(s, payer, command.target_lo, asset, command.quantity, _NOT_LINKED)


@njit(**INLINE)
def _apply_linked(s, command, place, sequence):
    """One of a run, so that it can be taken back; bank accounts neither take nor give."""
    if _has_wallet(s, command):
        payer = np.int64(command.account)
        root = s.wallets[np.uint32(root_of(s, wallet_of(s, payer)))]
        s.paid_before[3 * place] = root.day
        s.paid_before[3 * place + 1] = root.day_paid_atoms
        s.paid_before[3 * place + 2] = root.year_paid_atoms
        payment_move(s, payer, command.target_lo, np.int64(command.subject), command.quantity, True)
    else:
        _move(s, command, command.quantity)
    _keep(s, command, sequence)


@njit(**INLINE)
def _take_back(s, start, count):
    """Undo the first transfers of a run, the last first: nothing has moved."""
    for i in range(start + count - 1, start - 1, -1):
        command = s.commands[np.uint32(i)]
        if _has_wallet(s, command):
            payer, place = np.int64(command.account), i - start
            payment_move(s, payer, command.target_lo, np.int64(command.subject), -command.quantity, False)
            wallet = wallet_of(s, payer)
            if wallet != 0:
                root = s.wallets[np.uint32(root_of(s, wallet))]
                root.day = s.paid_before[3 * place]
                root.day_paid_atoms = s.paid_before[3 * place + 1]
                root.year_paid_atoms = s.paid_before[3 * place + 2]
        else:
            _move(s, command, -command.quantity)
        slot = s.counters[REFERENCES_USED] - 1
        index_delete(s.reference_index, tag_of(command.client_lo, command.client_hi), slot)
        s.counters[REFERENCES_USED] = slot


@njit(**JIT)
def transfers_linked(table, start, length, sequence):
    """Run a run of linked transfers: all or none. `sequence` is that of commands[start]."""
    s = state_at(table)
    last = s.commands[np.uint32(start + length - 1)]
    whole = length <= LINKED_MAX and last.flags & _LINKED == 0
    first = s.commands[np.uint32(start)]
    is_retry, failing, reason = False, np.int64(-1), _NONE
    if whole:
        slot, same = _reference_slot(s, first)
        is_retry = slot != 0 and same
        for place in range(length):
            command = s.commands[np.uint32(start + place)]
            reason = _linked_reject(s, command, is_retry)
            if reason != _NONE:
                failing = np.int64(place)
                break
            if not is_retry:
                _apply_linked(s, command, np.int64(place), sequence + place)
        if failing > 0 and not is_retry:
            _take_back(s, start, failing)
    for place in range(length):
        command = s.commands[np.uint32(start + place)]
        if not whole:
            reject(s, command, sequence + place, _INVALID_TRANSFER)
        elif failing >= 0:
            reject(s, command, sequence + place, reason if place == failing else _LINK_BROKEN)
        elif is_retry:
            slot, same = _reference_slot(s, command)
            _say_repeated(s, command, sequence + place, s.references[np.uint32(slot)].sequence)
        else:
            _say(s, command, sequence + place)
