"""What an operator may do with coins, a currency, purses and what courts order, behind the rules' back."""

from typing import TypeVar
from unittest.mock import patch

import msgspec
import numpy as np

from venus.core import purses
from venus.core.affairs import Coin
from venus.core.machine import Machine
from venus.records.coins import AttestReserve, Mint, OrderLawful, Stop
from venus.records.commands import Approved, PlainCommand, plain
from venus.records.currency import IssueCurrency, SpendPurpose, UnsealIdentity
from venus.records.events import EventKind
from venus.records.rejects import Reject
from venus.testing.frames import Frame, apply
from venus.testing.fraud_hands import (
    Bite,
    Borrow,
    asked_by,
    balance,
    first_of,
    move,
    nobody_is_asked,
    rejected,
    run_cold,
)
from venus.testing.officials import COURT

_PLENTY = 10**15
_T = TypeVar("_T")


def phantom_mint(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """More coins come out than money came in."""
    place = first_of(honest, EventKind.MINTED)
    if place is None:
        return None
    machine, more = borrow(), 7
    events = apply(machine, frame)
    paid, minted = events[place - 1], events[place]
    coin = machine.affairs.coins[int(minted["symbol"])]
    move(machine, coin.issue_account, int(minted["account"]), coin.asset, more)
    coin.supply_atoms += more
    machine.memory["assets"]["inside_atoms"][coin.asset] += more
    paid["quantity_lots"] += more
    minted["quantity_lots"] += more
    minted["remaining_lots"] += more
    return Bite(events, int(minted["sequence"]))


def stolen_mint(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """The coins for one customer's money go to another."""
    place = first_of(honest, EventKind.MINTED)
    if place is None:
        return None
    machine = borrow()
    events = apply(machine, frame)
    paid, minted = events[place - 1], events[place]
    friend = int(minted["account"]) + 1
    if not move(machine, int(minted["account"]), friend, int(minted["symbol"]), int(minted["quantity_lots"])):
        return None
    paid["maker_account"] = minted["account"] = friend
    return Bite(events, int(minted["sequence"]))


def mint_beyond_its_receipt(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """The issuer's quorum asks for more than the bank received, and gets it."""
    if rejected(honest, Reject.RECEIPT_DIFFERS) is None:
        return None
    machine, command = borrow(), _plain(frame, Mint)
    machine.affairs.receipts[command.receipt].atoms = command.atoms
    return Bite(apply(machine, frame), frame.first_sequence)


def mint_beyond_its_allowance(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """Nobody asks what the issuer may still mint."""
    if rejected(honest, Reject.MINTER_ALLOWANCE) is None:
        return None
    machine, command = borrow(), _plain(frame, Mint)
    minter = machine.affairs.coins[command.coin].minters[command.minter]
    minter.cap_atoms = minter.left_atoms = _PLENTY
    return Bite(apply(machine, frame), frame.first_sequence)


def mint_while_stopped(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """Reserves no longer suffice, and the mint goes on."""
    if rejected(honest, Reject.MINTING_STOPPED) is None:
        return None
    machine, command = borrow(), _plain(frame, Mint)
    coin = machine.affairs.coins[command.coin]
    stop, backing_atoms, counted_atoms, sums = coin.stop, coin.backing_atoms, coin.counted_atoms, dict(coin.sums)
    coin.stop, coin.backing_atoms, coin.counted_atoms, coin.sums = 0, _PLENTY, _PLENTY, {0: _PLENTY}
    events = apply(machine, frame)
    coin.stop, coin.backing_atoms, coin.counted_atoms, coin.sums = stop, backing_atoms, counted_atoms, sums
    return Bite(events, frame.first_sequence)


def mint_without_a_quorum(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """The issuer did not sign; somebody else's signatures do."""
    return _unsigned(borrow, frame, honest, Mint)


def forged_attestation(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """The issuer says what the bank has, and the bank is not asked."""
    return _unsigned(borrow, frame, honest, AttestReserve)


def look_without_a_court(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A wallet's holder is looked up on the operator's signature alone."""
    return _unsigned(borrow, frame, honest, UnsealIdentity)


def _unsigned(borrow: Borrow, frame: Frame, honest: np.ndarray, kind: type[PlainCommand]) -> Bite | None:
    if rejected(honest, Reject.QUORUM_MISSING) is None or not asked_by(frame, kind):
        return None
    with nobody_is_asked():
        return Bite(apply(borrow(), frame), frame.first_sequence)


def hidden_sale(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """The bank says that less is left, and the machine takes down what was there before."""
    place = first_of(honest, EventKind.RESERVE_ATTESTED)
    if place is None:
        return None
    machine, command = borrow(), _plain(frame, AttestReserve)
    before_atoms = machine.affairs.reserves[command.reserve].atoms
    if before_atoms <= command.atoms:
        return None
    lie = msgspec.structs.replace(command, atoms=before_atoms)
    return Bite(run_cold(machine, frame, _with_approvals(frame, lie)), frame.first_sequence)


def reserves_told_twice(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """What was paid out of a reserve is still counted in it."""
    place, changed = first_of(honest, EventKind.REDEMPTIONS_PAID), first_of(honest, EventKind.BACKING_CHANGED)
    if place is None or changed is None:
        return None
    machine = borrow()
    events = apply(machine, frame)
    paid = events[place]
    atoms, coin = int(paid["quantity_lots"]), machine.affairs.coins[int(paid["symbol"])]
    reserve = machine.affairs.reserves[int(paid["order_id"])]
    reserve.atoms += atoms
    reserve.counted_atoms += atoms
    _count(coin, reserve.custodian, atoms)
    paid["price_ticks"] += atoms
    events[changed]["quantity_lots"] += atoms
    return Bite(events, frame.first_sequence)


def _count(coin: Coin, custodian: int, atoms: int) -> None:
    coin.counted_atoms += atoms
    coin.sums[custodian] += atoms
    coin.backing_atoms += atoms


def redemption_queue_jumped(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """Who asked last is paid first."""
    place = first_of(honest, EventKind.REDEMPTION_PAID)
    if place is None:
        return None
    machine = borrow()
    queue = machine.affairs.coins[int(honest[place]["symbol"])].queue
    queue.reverse()
    events = apply(machine, frame)
    queue.reverse()
    return Bite(events, frame.first_sequence)


def hidden_default(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A redemption is overdue, and nothing says so."""
    place = first_of(honest, EventKind.REDEMPTION_OVERDUE)
    if place is None:
        return None
    machine = borrow()
    events = apply(machine, frame)
    coin = machine.affairs.coins[int(honest[place]["symbol"])]
    coin.overdue, coin.stop = 0, coin.stop & ~Stop.OVERDUE
    for number in coin.queue:
        machine.affairs.redemptions[number].overdue = False
    told = ~np.isin(events["kind"], (EventKind.REDEMPTION_OVERDUE, EventKind.MINTING_STOPPED))
    return Bite(events[told], frame.first_sequence)


def more_than_the_court_ordered(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """More is frozen than the order says."""
    if first_of(honest, EventKind.LAWFUL_ORDERED) is None:
        return None
    command = _plain(frame, OrderLawful)
    lie = msgspec.structs.replace(command, atoms=command.atoms + 5)
    return Bite(run_cold(borrow(), frame, _with_approvals(frame, lie)), frame.first_sequence)


def ignored_court(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A friend is warned: the court's order is refused, as if its seats were revoked."""
    if first_of(honest, EventKind.LAWFUL_ORDERED) is None:
        return None
    machine = borrow()
    seats = machine.affairs.institutions[COURT].seats
    for seat in seats:
        seat.revoked = True
    events = apply(machine, frame)
    for seat in seats:
        seat.revoked = False
    return Bite(events, frame.first_sequence)


def erased_appeal(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A holder objects, and nobody hears of it."""
    place = first_of(honest, EventKind.APPEALED)
    if place is None:
        return None
    machine = borrow()
    events = apply(machine, frame)
    machine.affairs.lawful[int(honest[place]["order_id"]) - 1].appealed = False
    return Bite(events[:-1], frame.first_sequence)


def erased_look(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A wallet's holder was looked up, and no event says so."""
    if first_of(honest, EventKind.IDENTITY_UNSEALED) is None:
        return None
    events = apply(borrow(), frame)
    return Bite(events[events["kind"] != EventKind.IDENTITY_UNSEALED], frame.first_sequence)


def issue_beyond_the_quota(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A bank gets more of the currency than the central bank allows it."""
    if rejected(honest, Reject.BEYOND_QUOTA) is None:
        return None
    machine, command = borrow(), _plain(frame, IssueCurrency)
    operator = machine.affairs.currencies[command.currency].operators[command.operator]
    quota_atoms, operator.quota_atoms = operator.quota_atoms, _PLENTY
    events = _with_reserves(machine, frame, command)
    operator.quota_atoms = quota_atoms
    return Bite(events, frame.first_sequence)


def issue_without_reserves(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A bank gets the currency and does not pay for it."""
    if rejected(honest, Reject.RESERVES_SHORT) is None:
        return None
    return Bite(_with_reserves(borrow(), frame, _plain(frame, IssueCurrency)), frame.first_sequence)


def _with_reserves(machine: Machine, frame: Frame, command: IssueCurrency) -> np.ndarray:
    """Run a frame while an operator has plenty of reserves; afterwards they are not there."""
    currency = machine.affairs.currencies[command.currency]
    account = currency.operators[command.operator].reserve_account
    reserves = balance(machine, account, currency.reserve_asset)
    assert reserves is not None
    reserves["free_atoms"] += _PLENTY
    events = apply(machine, frame)
    reserves = balance(machine, account, currency.reserve_asset)
    assert reserves is not None
    reserves["free_atoms"] -= _PLENTY
    return events


def wallet_without_limits(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A friend's wallet pays more at once than its class may."""
    place = rejected(honest, Reject.SINGLE_LIMIT)
    if place is None:
        return None
    machine = borrow()
    kept = {field: machine.memory["wallet_classes"][field].copy() for field in _CLASS_LIMITS}
    for field in kept:
        machine.memory["wallet_classes"][field] = 0
    events = apply(machine, frame)
    for field, values in kept.items():
        machine.memory["wallet_classes"][field] = values
    return Bite(events, int(honest[place]["sequence"]))


_CLASS_LIMITS = ("single_atoms_max", "day_atoms_max", "year_atoms_max")


def interest_for_a_friend(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """One wallet earns an atom more, out of its bank's treasury."""
    place = first_of(honest, EventKind.INTEREST_PAID)
    if place is None:
        return None
    machine = borrow()
    events = apply(machine, frame)
    paid = events[place]
    move(machine, int(paid["maker_account"]), int(paid["account"]), int(paid["symbol"]), 1)
    events["quantity_lots"][place - 1] += 1
    paid["quantity_lots"] += 1
    return Bite(events, frame.first_sequence)


def purpose_forgotten(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """Money that was bound for one category of shops is spent elsewhere."""
    if rejected(honest, Reject.WRONG_PURPOSE) is None:
        return None
    machine, command = borrow(), _plain(frame, SpendPurpose)
    purpose = machine.affairs.purposes[command.purpose]
    categories, purpose.categories = purpose.categories, (0,)
    events = apply(machine, frame)
    purpose.categories = categories
    return Bite(events, frame.first_sequence)


def unsigned_purse_payment(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A payment that no purse signed is settled."""
    if first_of(honest, EventKind.PURSE_REFUSED) is None:
        return None
    with patch.object(purses, "ed25519_holds", lambda *_: True):
        return Bite(apply(borrow(), frame), frame.first_sequence)


def hidden_double_spending(borrow: Borrow, frame: Frame, honest: np.ndarray) -> Bite | None:
    """A purse paid twice with the same money, and is not told of."""
    place = first_of(honest, EventKind.PURSE_CAUGHT)
    if place is None:
        return None
    machine = borrow()
    events = apply(machine, frame)
    machine.affairs.purses[int(honest[place]["order_id"]) - 1].caught = False
    return Bite(np.delete(events, place), frame.first_sequence)


def _plain(frame: Frame, kind: type[_T]) -> _T:
    """The command of a cold frame."""
    assert frame.cold is not None
    command = plain(frame.cold)
    assert isinstance(command, kind), command
    return command


def _with_approvals(frame: Frame, command: PlainCommand) -> Approved:
    """A command under the approvals that were given for another."""
    assert isinstance(frame.cold, Approved)
    return Approved(reference=command.reference, command=command, approvals=frame.cold.approvals)
