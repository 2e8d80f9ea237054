"""Coins: their reserves and what is minted on them. Source: docs/rules/issuance.md."""

import re

from venus.core.affairs import Coin, Minter, Receipt, Reserve
from venus.core.backing import count_coin, count_reserve, reserve_is_open, settle
from venus.core.controls import RULES_OF_TREASURY
from venus.core.kernels import layout
from venus.core.steps import Answer, Applied, Step, is_amount, is_text
from venus.core.treasury import close_accounts
from venus.records.coins import (
    DAY_NS,
    AdoptPack,
    AttestReserve,
    Burn,
    CloseReserve,
    ConfirmReceipt,
    Instrument,
    Mint,
    OpenReserve,
    PauseMinting,
    RegisterCoin,
    SetMinter,
    receipt_digest,
)
from venus.records.commands import AccountKind
from venus.records.events import EventKind
from venus.records.institutions import Duty
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX, PPM

_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_TIME_NS_MAX = 2**62
_RESERVES_MAX, _STEPS_MAX, _REDEMPTION_DAYS_MAX = 4096, 64, 30


def _has_duty(step: Step, institution: int, duty: Duty) -> bool:
    return bool(step.affairs.institutions[institution].duties & duty)


def register_coin(step: Step, command: RegisterCoin) -> Answer:
    affairs = step.affairs
    if not step.is_listed(command.asset):
        return Reject.UNKNOWN_ASSET
    if step.memory["assets"][command.asset]["coin"]:
        return Reject.ALREADY_LISTED
    if not _has_duty(step, command.issuer, Duty.ISSUER) or not _has_duty(step, command.agent, Duty.AGENT):
        return Reject.WRONG_DUTY
    if not _CURRENCY.match(command.currency):
        return Reject.INVALID_COMMAND
    code = step.facts.asset_codes[command.asset]
    wanted = (
        (command.issue_account, AccountKind.EXTERNAL, f"issuer:{code}"),
        (command.escrow_account, AccountKind.HOUSE, f"escrow:{code}"),
        (command.treasury_account, AccountKind.HOUSE, f"treasury:{code}"),
    )
    for account, _, _ in wanted:
        if not step.accounts_kind(account):
            return Reject.UNKNOWN_ACCOUNT
    for account, kind, label in wanted:
        if step.accounts_kind(account) != kind or step.facts.labels.get(account) != label:
            return Reject.ACCOUNT_UNSUITED
    balances = step.memory["balances"][1 : int(step.memory.counters[layout.BALANCES_USED])]
    of_asset = balances[balances["asset"] == command.asset]
    if of_asset["free_atoms"].any() or of_asset["held_atoms"].any():
        return Reject.ASSET_IN_USE
    step.memory["assets"][command.asset]["coin"] = layout.ASSET_COIN
    affairs.coins[command.asset] = Coin(
        asset=command.asset,
        currency=command.currency,
        issuer=command.issuer,
        agent=command.agent,
        issue_account=command.issue_account,
        escrow_account=command.escrow_account,
        treasury_account=command.treasury_account,
        pack=None,
        paused=False,
        stop=0,
        overdue=0,
        backing_atoms=0,
        supply_atoms=0,
        counted_atoms=0,
        sums={},
        reserves=[],
        minters={},
        queue=[],
        waiting_atoms=0,
    )
    if step.memory.counters[layout.RULES_VERSION] >= RULES_OF_TREASURY:
        close_accounts(step, command.escrow_account, command.treasury_account)
    fields = {"symbol": command.asset, "account": command.issue_account, "maker_account": command.escrow_account}
    return Applied(EventKind.COIN_REGISTERED, command.asset, fields)


def _pack_is_sound(command: AdoptPack) -> bool:
    return (
        is_text(command.name)
        and 1 <= command.staleness_ns <= _TIME_NS_MAX
        and 1 <= command.concentration_ppm <= PPM
        and 0 <= command.redemption_days <= _REDEMPTION_DAYS_MAX
        and 1 <= len(command.haircuts) <= _STEPS_MAX
        and all(
            step.instrument in set(Instrument) and 0 <= step.tenor_ns <= _TIME_NS_MAX and 0 <= step.haircut_ppm <= PPM
            for step in command.haircuts
        )
    )


def adopt_pack(step: Step, command: AdoptPack) -> Answer:
    if not _pack_is_sound(command):
        return Reject.INVALID_COMMAND
    if not 0 <= command.calendar < len(step.affairs.calendars):
        return Reject.UNKNOWN_CALENDAR
    coin = step.affairs.coins[command.coin]
    coin.pack = command
    count_coin(step, coin)
    settle(step, coin)
    return Applied(EventKind.PACK_ADOPTED, 0, {"symbol": command.coin})


def open_reserve(step: Step, command: OpenReserve) -> Answer:
    affairs, coin = step.affairs, step.affairs.coins[command.coin]
    # Who issues must not be the one who says what is there.
    if not _has_duty(step, command.custodian, Duty.CUSTODIAN) or command.custodian == coin.issuer:
        return Reject.WRONG_DUTY
    if (
        not is_text(command.account)
        or not _CURRENCY.match(command.currency)
        or command.instrument not in set(Instrument)
        or not (command.maturity_ns == 0 or step.time_ns < command.maturity_ns <= _TIME_NS_MAX)
        or len(coin.reserves) >= _RESERVES_MAX
    ):
        return Reject.INVALID_COMMAND
    number = len(affairs.reserves)
    coin.reserves.append(number)
    affairs.reserves.append(
        Reserve(
            coin=command.coin,
            custodian=command.custodian,
            account=command.account,
            instrument=command.instrument,
            currency=command.currency,
            maturity_ns=command.maturity_ns,
            closed=False,
            atoms=0,
            as_of_ns=-1,
            moved_ns=-1,
            counted_atoms=0,
            due_ns=0,
        )
    )
    fields = {"symbol": command.coin, "order_id": number, "maker_order_id": command.custodian}
    return Applied(EventKind.RESERVE_OPENED, number, fields)


def close_reserve(step: Step, command: CloseReserve) -> Answer:
    reserve = step.affairs.reserves[command.reserve]
    if reserve.closed:
        return Reject.NO_CHANGE
    coin = step.affairs.coins[reserve.coin]
    reserve.closed = True
    count_reserve(step, command.reserve)
    coin.reserves.remove(command.reserve)
    settle(step, coin)
    return Applied(EventKind.RESERVE_CLOSED, 0, {"symbol": reserve.coin, "order_id": command.reserve})


def attest_reserve(step: Step, command: AttestReserve) -> Answer:
    """What the custodian says was there replaces what was reckoned."""
    if not reserve_is_open(step.affairs, command.reserve):
        return Reject.UNKNOWN_RESERVE
    if not 0 <= command.atoms <= ATOMS_MAX:
        return Reject.AMOUNT_OUT_OF_RANGE
    if not 0 <= command.as_of_ns <= step.time_ns:
        return Reject.INVALID_COMMAND
    reserve = step.affairs.reserves[command.reserve]
    if command.as_of_ns <= reserve.as_of_ns or command.as_of_ns < reserve.moved_ns:
        return Reject.ATTESTATION_OUTDATED
    reserve.atoms, reserve.as_of_ns = command.atoms, command.as_of_ns
    count_reserve(step, command.reserve)
    settle(step, step.affairs.coins[reserve.coin])
    fields = {
        "symbol": reserve.coin,
        "order_id": command.reserve,
        "maker_order_id": reserve.custodian,
        "quantity_lots": command.atoms,
        "price_ticks": command.as_of_ns,
    }
    return Applied(EventKind.RESERVE_ATTESTED, 0, fields)


def confirm_receipt(step: Step, command: ConfirmReceipt) -> Answer:
    affairs = step.affairs
    if not reserve_is_open(affairs, command.reserve):
        return Reject.UNKNOWN_RESERVE
    reserve = affairs.reserves[command.reserve]
    coin = affairs.coins[reserve.coin]
    if not (kind := step.accounts_kind(command.account)):
        return Reject.UNKNOWN_ACCOUNT
    if kind in (AccountKind.EXTERNAL, AccountKind.WALLET) or command.account == coin.escrow_account:
        return Reject.ACCOUNT_UNSUITED
    if not is_amount(command.atoms):
        return Reject.AMOUNT_OUT_OF_RANGE
    if not is_text(command.bank_reference):
        return Reject.INVALID_COMMAND
    digest = receipt_digest(command.reserve, command.bank_reference)
    if step.is_remembered(digest):
        return Reject.RECEIPT_USED
    if reserve.as_of_ns < 0:
        return Reject.ATTESTATION_OUTDATED
    if reserve.atoms + command.atoms > ATOMS_MAX:
        return Reject.AMOUNT_OUT_OF_RANGE
    step.remember(digest)
    reserve.atoms += command.atoms
    reserve.moved_ns = step.time_ns
    count_reserve(step, command.reserve)
    settle(step, coin)
    affairs.receipts_count += 1
    number = affairs.receipts_count
    affairs.receipts[number] = Receipt(command.reserve, command.account, command.atoms)
    fields = {
        "symbol": coin.asset,
        "order_id": number,
        "maker_order_id": command.reserve,
        "account": command.account,
        "quantity_lots": command.atoms,
        "remaining_lots": reserve.atoms,
    }
    return Applied(EventKind.RECEIPT_CONFIRMED, number, fields)


def left_atoms(minter: Minter, time_ns: int) -> int:
    """What a minter may mint at a time."""
    refilled = (time_ns - minter.since_ns) * minter.refill_atoms_a_day // DAY_NS
    return min(minter.cap_atoms, minter.left_atoms + refilled)


def set_minter(step: Step, command: SetMinter) -> Answer:
    if not _has_duty(step, command.minter, Duty.ISSUER):
        return Reject.WRONG_DUTY
    cap, refill = command.cap_atoms, command.refill_atoms_a_day
    if not (0 <= cap <= ATOMS_MAX and 0 <= refill <= ATOMS_MAX):
        return Reject.INVALID_COMMAND
    minters = step.affairs.coins[command.coin].minters
    before = minters.get(command.minter)
    left = min(cap, left_atoms(before, step.time_ns)) if before else cap
    minters[command.minter] = Minter(cap, refill, left, step.time_ns)
    fields = {"symbol": command.coin, "order_id": command.minter, "quantity_lots": cap, "remaining_lots": left}
    return Applied(EventKind.MINTER_SET, 0, fields)


def mint(step: Step, command: Mint) -> Answer:
    """Supply never exceeds what backs it: test and mint are one command."""
    affairs, coin = step.affairs, step.affairs.coins[command.coin]
    receipt = affairs.receipts.get(command.receipt)
    if receipt is None or affairs.reserves[receipt.reserve].coin != command.coin:
        return Reject.UNKNOWN_RECEIPT
    if (command.account, command.atoms) != (receipt.account, receipt.atoms):
        return Reject.RECEIPT_DIFFERS
    if coin.paused:
        return Reject.MINTING_PAUSED
    if coin.stop:
        return Reject.MINTING_STOPPED
    minter = coin.minters[command.minter]
    left = left_atoms(minter, step.time_ns)
    if command.atoms > left:
        return Reject.MINTER_ALLOWANCE
    supply_atoms = coin.supply_atoms + command.atoms
    if supply_atoms > coin.backing_atoms:
        return Reject.BEYOND_RESERVES
    if supply_atoms > ATOMS_MAX:
        return Reject.ASSET_FULL
    minter.left_atoms, minter.since_ns = left - command.atoms, step.time_ns
    del affairs.receipts[command.receipt]
    coin.supply_atoms = supply_atoms
    step.move(coin.issue_account, command.account, command.coin, command.atoms)
    settle(step, coin)
    fields = {
        "symbol": command.coin,
        "order_id": command.receipt,
        "maker_order_id": command.minter,
        "account": command.account,
        "quantity_lots": command.atoms,
        "remaining_lots": supply_atoms,
    }
    return Applied(EventKind.MINTED, 0, fields)


def burn(step: Step, command: Burn) -> Answer:
    coin = step.affairs.coins[command.coin]
    if not is_amount(command.atoms):
        return Reject.AMOUNT_OUT_OF_RANGE
    if step.free_atoms(coin.treasury_account, coin.asset) < command.atoms:
        return Reject.INSUFFICIENT_FREE
    coin.supply_atoms -= command.atoms
    step.move(coin.treasury_account, coin.issue_account, coin.asset, command.atoms)
    settle(step, coin)
    fields = {
        "symbol": coin.asset,
        "account": coin.treasury_account,
        "quantity_lots": command.atoms,
        "remaining_lots": coin.supply_atoms,
    }
    return Applied(EventKind.BURNED, 0, fields)


def pause_minting(step: Step, command: PauseMinting) -> Answer:
    coin = step.affairs.coins[command.coin]
    if command.paused not in (0, 1):
        return Reject.INVALID_COMMAND
    if coin.paused == bool(command.paused):
        return Reject.NO_CHANGE
    coin.paused = bool(command.paused)
    return Applied(EventKind.MINTING_PAUSED, 0, {"symbol": coin.asset, "quantity_lots": command.paused})
