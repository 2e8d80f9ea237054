"""Registering coins, keeping their reserves, minting, redeeming. Source: docs/rules/issuance.md."""

from venus.model.coins import DAY_NS, MILLION, NEVER, Coin, Coins, Minter, Receipt, Redemption, Reserve
from venus.model.events import event
from venus.model.institutions import Institutions
from venus.model.ledger import Ledger
from venus.model.transfers import Applied, Transfers
from venus.records.coins import (
    OWN_MONEY,
    AdoptCalendar,
    AdoptPack,
    AttestReserve,
    Burn,
    CloseReserve,
    ConfirmReceipt,
    Instrument,
    Mint,
    OpenReserve,
    PauseMinting,
    PayRedemptions,
    RegisterCoin,
    RequestRedemption,
    SetMinter,
    WithdrawRedemption,
    receipt_digest,
)
from venus.records.commands import AccountKind
from venus.records.events import Event, EventKind
from venus.records.holds import Release
from venus.records.institutions import Duty
from venus.records.rejects import Reject
from venus.units import ATOMS_MAX

LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
TIME_NS_MAX = 2**62
RESERVES_MAX = 4096
NO_BODY = bytes(32)

Came = Reject | tuple[int, list[Event]]
"""The reason why not; or the number that was given and what happened besides the command's own event."""


class Issuance:
    def __init__(self, coins: Coins, institutions: Institutions, ledger: Ledger, transfers: Transfers) -> None:
        self._coins = coins
        self._institutions = institutions
        self._ledger = ledger
        self._references = transfers.references

    def register_coin(self, sequence: int, command: RegisterCoin) -> Came:
        ledger, institutions = self._ledger, self._institutions.all
        if not ledger.is_listed(command.asset):
            return Reject.UNKNOWN_ASSET
        if ledger.assets[command.asset].is_coin:
            return Reject.ALREADY_LISTED
        if not institutions[command.issuer].has(Duty.ISSUER) or not institutions[command.agent].has(Duty.AGENT):
            return Reject.WRONG_DUTY
        if not is_currency(command.currency):
            return Reject.INVALID_COMMAND
        code = ledger.assets[command.asset].code
        accounts = [command.issue_account, command.escrow_account, command.treasury_account]
        kinds = [AccountKind.EXTERNAL, AccountKind.HOUSE, AccountKind.HOUSE]
        labels = [f"issuer:{code}", f"escrow:{code}", f"treasury:{code}"]
        if not all(ledger.is_open(account) for account in accounts):
            return Reject.UNKNOWN_ACCOUNT
        found = [ledger.accounts[account] for account in accounts]
        if [one.kind for one in found] != kinds or [one.label for one in found] != labels:
            return Reject.ACCOUNT_UNSUITED
        balances = ledger.free | ledger.held
        if any(ledger.free[key] or ledger.held[key] for key in balances if key[1] == command.asset):
            return Reject.ASSET_IN_USE
        self._coins.coins[command.asset] = Coin(command)
        ledger.assets[command.asset].is_coin = True
        return command.asset, []

    def adopt_calendar(self, sequence: int, command: AdoptCalendar) -> Came:
        cutoffs = list(command.cutoffs_ns)
        if not is_short(command.name) or not is_short(command.zone) or not 1 <= len(cutoffs) <= 8192:
            return Reject.INVALID_COMMAND
        if sorted(set(cutoffs)) != cutoffs or cutoffs[0] < 0 or cutoffs[-1] > TIME_NS_MAX:
            return Reject.INVALID_COMMAND
        self._coins.calendars.append(command)
        return len(self._coins.calendars) - 1, []

    def adopt_pack(self, sequence: int, command: AdoptPack) -> Came:
        figures = (
            (command.staleness_ns, 1, TIME_NS_MAX),
            (command.concentration_ppm, 1, MILLION),
            (command.redemption_days, 0, 30),
            (len(command.haircuts), 1, 64),
            *((step.tenor_ns, 0, TIME_NS_MAX) for step in command.haircuts),
            *((step.haircut_ppm, 0, MILLION) for step in command.haircuts),
        )
        known = all(step.instrument in set(Instrument) for step in command.haircuts)
        if not is_short(command.name) or not known or not all(low <= one <= high for one, low, high in figures):
            return Reject.INVALID_COMMAND
        if not 0 <= command.calendar < len(self._coins.calendars):
            return Reject.UNKNOWN_CALENDAR
        self._coins.coins[command.coin].pack = command
        return 0, self._coins.settled(sequence, command.coin)

    def open_reserve(self, sequence: int, command: OpenReserve) -> Came:
        if not self._institutions.all[command.custodian].has(Duty.CUSTODIAN):
            return Reject.WRONG_DUTY
        if self._coins.coins[command.coin].terms.issuer == command.custodian:
            return Reject.WRONG_DUTY
        if not is_short(command.account) or not is_currency(command.currency):
            return Reject.INVALID_COMMAND
        if command.instrument not in set(Instrument):
            return Reject.INVALID_COMMAND
        if command.maturity_ns and not self._coins.time_ns < command.maturity_ns <= TIME_NS_MAX:
            return Reject.INVALID_COMMAND
        if sum(not one.closed for one in self._coins.reserves_of(command.coin)) >= RESERVES_MAX:
            return Reject.INVALID_COMMAND
        self._coins.reserves.append(Reserve(command))
        return len(self._coins.reserves) - 1, []

    def close_reserve(self, sequence: int, command: CloseReserve) -> Came:
        reserve = self._coins.reserves[command.reserve]
        if reserve.closed:
            return Reject.NO_CHANGE
        reserve.closed = True
        return 0, self._coins.settled(sequence, reserve.terms.coin)

    def attest_reserve(self, sequence: int, command: AttestReserve) -> Came:
        if not self._coins.is_open_reserve(command.reserve):
            return Reject.UNKNOWN_RESERVE
        if not 0 <= command.atoms <= ATOMS_MAX:
            return Reject.AMOUNT_OUT_OF_RANGE
        if not 0 <= command.as_of_ns <= self._coins.time_ns:
            return Reject.INVALID_COMMAND
        reserve = self._coins.reserves[command.reserve]
        if command.as_of_ns <= reserve.as_of_ns or command.as_of_ns < reserve.moved_ns:
            return Reject.ATTESTATION_OUTDATED
        reserve.as_of_ns, reserve.atoms = command.as_of_ns, command.atoms
        return 0, self._coins.settled(sequence, reserve.terms.coin)

    def confirm_receipt(self, sequence: int, command: ConfirmReceipt) -> Came:
        coins = self._coins
        if not coins.is_open_reserve(command.reserve):
            return Reject.UNKNOWN_RESERVE
        reserve = coins.reserves[command.reserve]
        reason = self._holder_refusal(command.account, reserve.terms.coin) or amount_refusal(command.atoms)
        if reason:
            return reason
        if not is_short(command.bank_reference):
            return Reject.INVALID_COMMAND
        memory = receipt_digest(command.reserve, command.bank_reference)
        if memory in self._references:
            return Reject.RECEIPT_USED
        if reserve.as_of_ns == NEVER:
            return Reject.ATTESTATION_OUTDATED
        if reserve.atoms + command.atoms > ATOMS_MAX:
            return Reject.AMOUNT_OUT_OF_RANGE
        self._references[memory] = Applied(sequence, 0, NO_BODY)
        reserve.atoms += command.atoms
        reserve.moved_ns = coins.time_ns
        coins.receipts_count += 1
        coins.receipts[coins.receipts_count] = Receipt(command.reserve, command.account, command.atoms)
        return coins.receipts_count, coins.settled(sequence, reserve.terms.coin)

    def set_minter(self, sequence: int, command: SetMinter) -> Came:
        if not self._institutions.all[command.minter].has(Duty.ISSUER):
            return Reject.WRONG_DUTY
        if not 0 <= command.cap_atoms <= ATOMS_MAX or not 0 <= command.refill_atoms_a_day <= ATOMS_MAX:
            return Reject.INVALID_COMMAND
        minters, time_ns = self._coins.coins[command.coin].minters, self._coins.time_ns
        left = command.cap_atoms
        if command.minter in minters:
            left = min(left, minters[command.minter].allowance_atoms(time_ns))
        minters[command.minter] = Minter(command.cap_atoms, command.refill_atoms_a_day, left, time_ns)
        return 0, []

    def mint(self, sequence: int, command: Mint) -> Came:
        coins = self._coins
        coin, supply = coins.coins[command.coin], coins.supply_atoms(command.coin)
        receipt = coins.receipts.get(command.receipt)
        if receipt is None or coins.reserves[receipt.reserve].terms.coin != command.coin:
            return Reject.UNKNOWN_RECEIPT
        if receipt.account != command.account or receipt.atoms != command.atoms:
            return Reject.RECEIPT_DIFFERS
        if coin.paused:
            return Reject.MINTING_PAUSED
        if coin.stop:
            return Reject.MINTING_STOPPED
        minter = coin.minters[command.minter]
        allowance = minter.allowance_atoms(coins.time_ns)
        if allowance < command.atoms:
            return Reject.MINTER_ALLOWANCE
        if supply + command.atoms > coins.reckoned_backing_atoms(command.coin):
            return Reject.BEYOND_RESERVES
        if supply + command.atoms > ATOMS_MAX:
            return Reject.ASSET_FULL
        minter.left_atoms, minter.since_ns = allowance - command.atoms, coins.time_ns
        del coins.receipts[command.receipt]
        paid = self.pay(sequence, coin.terms.issue_account, command.account, command.coin, command.atoms)
        return 0, [paid, *coins.settled(sequence, command.coin)]

    def burn(self, sequence: int, command: Burn) -> Came:
        terms = self._coins.coins[command.coin].terms
        if reason := amount_refusal(command.atoms):
            return reason
        if self._ledger.free[terms.treasury_account, command.coin] < command.atoms:
            return Reject.INSUFFICIENT_FREE
        paid = self.pay(sequence, terms.treasury_account, terms.issue_account, command.coin, command.atoms)
        return 0, [paid, *self._coins.settled(sequence, command.coin)]

    def pause_minting(self, sequence: int, command: PauseMinting) -> Came:
        coin = self._coins.coins[command.coin]
        if command.paused not in (0, 1):
            return Reject.INVALID_COMMAND
        if coin.paused == command.paused:
            return Reject.NO_CHANGE
        coin.paused = command.paused == 1
        return 0, []

    def request_redemption(self, sequence: int, command: RequestRedemption) -> Came:
        coins, ledger = self._coins, self._ledger
        if command.coin not in coins.coins:
            return Reject.UNKNOWN_COIN
        reason = self._holder_refusal(command.account, command.coin) or amount_refusal(command.atoms)
        if reason:
            return reason
        if not is_short(command.payee):
            return Reject.INVALID_COMMAND
        if ledger.accounts[command.account].frozen:
            return Reject.ACCOUNT_FROZEN
        if ledger.free[command.account, command.coin] < command.atoms:
            return Reject.INSUFFICIENT_FREE
        coin = coins.coins[command.coin]
        assert coin.pack is not None, "coins are there"
        cutoffs = list(coins.calendars[coin.pack.calendar].cutoffs_ns)
        until_ns = deadline_ns(cutoffs, coin.pack.redemption_days, coins.time_ns)
        escrow = coin.terms.escrow_account
        paid = self.pay(sequence, command.account, escrow, command.coin, command.atoms)
        held = self.hold(sequence, escrow, command.coin, command.atoms)
        coins.redemptions_count += 1
        redemption = Redemption(command.coin, command.account, command.atoms, until_ns, command.payee)
        coins.redemptions[coins.redemptions_count] = redemption
        return coins.redemptions_count, [paid, held]

    def withdraw_redemption(self, sequence: int, command: WithdrawRedemption) -> Came:
        """Whatever of it is not paid yet, by who asked, in time."""
        if command.redemption not in self._coins.redemptions:
            return Reject.UNKNOWN_REDEMPTION
        one = self._coins.redemptions[command.redemption]
        if one.account != command.account:
            return Reject.NOT_A_PARTY
        if one.overdue:
            return Reject.REDEMPTION_LATE
        return 0, self.give_back(sequence, command.redemption, one.atoms, Release.RECLAIMED)

    def give_back(self, sequence: int, number: int, atoms: int, reason: Release) -> list[Event]:
        """Some of the coins that a request waits with; the last event is REDEMPTION_WITHDRAWN."""
        one = self._coins.redemptions[number]
        escrow = self._coins.coins[one.coin].terms.escrow_account
        one.atoms -= atoms
        if one.atoms == 0:
            del self._coins.redemptions[number]
        return [
            self.hold(sequence, escrow, one.coin, -atoms),
            self.pay(sequence, escrow, one.account, one.coin, atoms),
            event(
                EventKind.REDEMPTION_WITHDRAWN,
                sequence,
                symbol=one.coin,
                order_id=number,
                account=one.account,
                quantity_lots=atoms,
                remaining_lots=one.atoms,
                reason=reason,
            ),
        ]

    def pay_redemptions(self, sequence: int, command: PayRedemptions) -> Came:
        coins = self._coins
        if reason := amount_refusal(command.atoms):
            return reason
        if command.atoms > sum(one.atoms for _, one in coins.queue(command.coin)):
            return Reject.NOTHING_TO_REDEEM
        if not is_short(command.bank_reference):
            return Reject.INVALID_COMMAND
        reserve, place = None, -1 - command.coin
        if command.reserve != OWN_MONEY:
            place = command.reserve
            if not coins.is_open_reserve(place) or coins.reserves[place].terms.coin != command.coin:
                return Reject.UNKNOWN_RESERVE
            reserve = coins.reserves[place]
            if reserve.atoms < command.atoms:
                return Reject.RESERVE_SHORT
        memory = receipt_digest(place, command.bank_reference)
        if memory in self._references:
            return Reject.RECEIPT_USED
        self._references[memory] = Applied(sequence, 0, NO_BODY)
        happened = self._pay_queue(sequence, command.coin, command.atoms)
        if reserve is not None:
            reserve.atoms -= command.atoms
            reserve.moved_ns = coins.time_ns
        return 0, happened + coins.settled(sequence, command.coin)

    def _pay_queue(self, sequence: int, coin: int, atoms: int) -> list[Event]:
        terms, happened = self._coins.coins[coin].terms, []
        for number, one in self._coins.queue(coin):
            paid = min(one.atoms, atoms)
            if paid == 0:
                break
            atoms -= paid
            one.atoms -= paid
            happened += [
                self.hold(sequence, terms.escrow_account, coin, -paid),
                self.pay(sequence, terms.escrow_account, terms.issue_account, coin, paid),
                event(
                    EventKind.REDEMPTION_PAID,
                    sequence,
                    symbol=coin,
                    order_id=number,
                    account=one.account,
                    quantity_lots=paid,
                    remaining_lots=one.atoms,
                ),
            ]
            if one.atoms == 0:
                del self._coins.redemptions[number]
        return happened

    def pay(self, sequence: int, debit: int, credit: int, asset: int, atoms: int) -> Event:
        self._ledger.pay(debit, credit, asset, atoms)
        return event(
            EventKind.TRANSFERRED, sequence, account=debit, maker_account=credit, symbol=asset, quantity_lots=atoms
        )

    def hold(self, sequence: int, account: int, asset: int, atoms: int) -> Event:
        self._ledger.hold(account, asset, atoms)
        return event(EventKind.HELD, sequence, account=account, symbol=asset, hold_atoms=atoms)

    def _holder_refusal(self, account: int, coin: int) -> Reject:
        if not self._ledger.is_open(account):
            return Reject.UNKNOWN_ACCOUNT
        is_escrow = account == self._coins.coins[coin].terms.escrow_account
        return Reject.ACCOUNT_UNSUITED if is_escrow or not self._ledger.trades(account) else Reject.NONE


def is_short(text: str) -> bool:
    return 1 <= len(text) <= 64


def is_currency(text: str) -> bool:
    return len(text) == 3 and all(sign in LETTERS for sign in text)


def amount_refusal(atoms: int) -> Reject:
    return Reject.NONE if 1 <= atoms <= ATOMS_MAX else Reject.AMOUNT_OUT_OF_RANGE


def deadline_ns(cutoffs_ns: list[int], days: int, time_ns: int) -> int:
    """The end of the day of asking, then so many ends of days further; each 24 hours once the calendar has no more."""
    ends = [cutoff for cutoff in cutoffs_ns if cutoff > time_ns]
    last = max(cutoffs_ns[-1], time_ns)
    while len(ends) <= days:
        last += DAY_NS
        ends.append(last)
    return ends[days]
