"""Payments at a bank become commands, each once: receipts and attestations of custodians, payouts of agents, deposits.

Source: docs/rules/bank.md, "What becomes of a payment". A command of institutions is handed in with the approval of one
seat, as everywhere; who else must approve reads the bank's files for himself and hands in the same. What the exchange
has it knows by the command's reference, so that this may end anywhere and begin again.
"""

import hashlib
from typing import Any

import msgspec

from venus.bridges.bank_book import BankBook, EntryRow, EntryState, StatementRow
from venus.bridges.bank_references import accounts_in, redemptions_in
from venus.bridges.posting import post
from venus.engine.client import EngineClient
from venus.iso20022.bank_statements import SCALE
from venus.records.coins import AttestReserve, ConfirmReceipt, PayRedemptions
from venus.records.commands import PlainCommand
from venus.records.rejects import Reject
from venus.sdk.connection import Refused
from venus.sdk.official import Official, Proposal
from venus.sdk.roles import Issuer
from venus.units import OffGrid, decimal, steps

_OPEN = (EntryState.NEW, EntryState.HANDED)


class BankAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account at a bank and what it is on the ledger: a coin's reserve, or money of an asset outside."""

    account: str  # IBAN, or what the bank calls it
    currency: str
    coin: str = ""
    reserve: int = -1
    asset: str = ""
    outside: str = ""  # label of the EXTERNAL account


class NotConcerned(LookupError):
    """The seat's institution has nothing to do with this account; says so."""


class ReserveDesk:
    """One seat at the account of a coin's reserve. Raises NotConcerned, Refused, httpx.HTTPError."""

    def __init__(self, book: BankBook, place: BankAccount, official: Official) -> None:
        self._book, self._place, self._official = book, place, official
        coin = official.coin(place.coin)
        reserve = next((one for one in official.reserves(place.coin) if one["reserve"] == place.reserve), None)
        if reserve is None:
            raise NotConcerned(f"{place.coin} has no reserve {place.reserve}")
        self._asset, self._scale = int(coin["asset"]), int(coin["scale"])
        self.is_custodian = official.institution(reserve["custodian"]) == official.number
        self.is_agent = official.institution(coin["agent"]) == official.number
        if not (self.is_custodian or self.is_agent):
            raise NotConcerned(f"institution {official.number} is neither custodian nor agent of {place.account}")

    def work(self) -> None:
        """Hand in all that can be."""
        if self.is_custodian:
            for row in self._open(came_in=True):
                self._receive(row)
            self._attest()
        if self.is_agent:
            self._pay_out()

    def _open(self, *, came_in: bool) -> list[EntryRow]:
        return [row for row in self._book.entries(self._place.account, *_OPEN) if (row.amount > 0) == came_in]

    # What came in

    def _receive(self, row: EntryRow) -> None:
        account, atoms = receiver_of(row), atoms_of(row.amount, self._scale)
        if isinstance(account, str) or isinstance(atoms, str):
            self._book.note(row, EntryState.REFUSED, account if isinstance(account, str) else str(atoms))
            return
        self._hand_in(
            row,
            ConfirmReceipt(
                reference=reference_of(row, account),
                reserve=self._place.reserve,
                account=account,
                atoms=atoms,
                bank_reference=row.reference,
            ),
        )

    # What was paid out

    def _pay_out(self) -> None:
        """Payments of redemptions, in the order of the queue: what was paid out of turn waits for those before it."""
        left: dict[int, int] = {}
        new: dict[int, list[tuple[EntryRow, int]]] = {}
        handed: list[tuple[int, int]] = []
        for row in self._open(came_in=False):
            number, atoms = redemption_of(row, self._asset), atoms_of(row.amount, self._scale)
            if isinstance(number, str) or isinstance(atoms, str):
                self._book.note(row, EntryState.REFUSED, number if isinstance(number, str) else str(atoms))
            elif row.state == EntryState.HANDED:
                self._hand_in(row, self._payout(row, number, atoms))
                if row.state == EntryState.HANDED:
                    handed.append((number, atoms))
            else:
                new.setdefault(number, []).append((row, atoms))
        for one in self._official.queue(self._place.coin):
            left[int(one["redemptionId"])] = steps(str(one["waiting"]), self._scale)
        for number, atoms in handed:
            left[number] = left.get(number, 0) - atoms
        for number in sorted(new.keys() - left.keys()):
            for row, _ in new[number]:
                self._book.note(row, EntryState.REFUSED, f"redemption {number} does not wait")
        self._pay_in_turn(left, new)

    def _pay_in_turn(self, left: dict[int, int], new: dict[int, list[tuple[EntryRow, int]]]) -> None:
        before = 0
        for number in sorted(left):
            for row, atoms in new.get(number, []):
                if atoms > left[number]:
                    self._book.note(row, EntryState.REFUSED, f"redemption {number} waits for less than was paid")
                elif before:
                    self._book.note(row, EntryState.NEW, f"it waits for redemption {before}, which is paid first")
                else:
                    left[number] -= atoms
                    self._hand_in(row, self._payout(row, number, atoms))
            if left[number] > 0 and not before:
                before = number

    def _payout(self, row: EntryRow, number: int, atoms: int) -> PayRedemptions:
        return PayRedemptions(
            reference=reference_of(row, number),
            coin=self._asset,
            reserve=self._place.reserve,
            atoms=atoms,
            bank_reference=row.reference,
        )

    # What there is

    def _attest(self) -> None:
        """The newest closing balance, once all that led to it is on the ledger or was put aside."""
        row = self._book.newest(self._place.account)
        if row is None or row.attested not in _OPEN:
            return
        atoms = atoms_of(row.closing, self._scale) if row.closing >= 0 else "the account is overdrawn"
        why = self._unsettled(row) if isinstance(atoms, int) else atoms
        if why or isinstance(atoms, str):
            self._book.note_attested(row, EntryState.NEW, why)
            return
        command = AttestReserve(
            reference=_reference(f"{row.account}\0{row.year}\0{row.number}"),
            reserve=self._place.reserve,
            as_of_ns=row.closed_ns,
            atoms=atoms,
        )
        self._hand_in(row, command)

    def _unsettled(self, row: StatementRow) -> str:
        """Why a closing balance is not attested yet.

        What was paid out an agent may do from a book of its own: then the ledger's own figure tells that it did.
        """
        if not row.closed_ns:
            return "the bank says of its closing balance no time of day"
        attested = self._book.attested_until(row.account)
        waiting = [one for one in self._book.entries(row.account, *_OPEN, EntryState.REFUSED) if one.number]
        came_in = [one for one in waiting if one.amount > 0]
        went_out = [one for one in waiting if one.amount < 0 and (one.year, one.number) > attested]
        if came_in:
            return f"{len(came_in)} payments that came in are not on the ledger"
        on_ledger = next(
            one for one in self._official.reserves(self._place.coin) if one["reserve"] == self._place.reserve
        )
        if went_out and steps(str(on_ledger["amount"]), self._scale) != atoms_of(row.closing, self._scale):
            return f"{len(went_out)} payments that went out are not on the ledger, which has {on_ledger['amount']}"
        return ""

    # How it is handed in

    def _hand_in(self, row: EntryRow | StatementRow, command: PlainCommand) -> None:
        """Noted before and after: what nobody knows the outcome of is handed in again, and is the same command."""
        known = None if row.proposal is None else self._official.proposal(row.proposal)
        if known is None or known.state == "EXPIRED":
            self._note(row, EntryState.HANDED, "", row.proposal)
            try:
                known = self._official.propose(command)
            except Refused as refused:
                if refused.reject is None:
                    raise
                self._note(row, EntryState.REFUSED, refused.reject.name, None)
                return
        self._note(row, *_standing(known))

    def _note(self, row: EntryRow | StatementRow, state: EntryState, why: str, proposal: int | None) -> None:
        if isinstance(row, EntryRow):
            self._book.note(row, state, why, proposal)
        else:
            self._book.note_attested(row, state, why, proposal)


async def deposit(
    client: EngineClient, book: BankBook, place: BankAccount, *, outside: int, asset: int, scale: int
) -> None:
    """Credit accounts with what came in for them; of what went out a person decides. Raises what the client raises."""
    for row in book.entries(place.account, *_OPEN):
        account, atoms = receiver_of(row), atoms_of(row.amount, scale)
        if row.amount < 0 or isinstance(account, str) or isinstance(atoms, str):
            why = (
                "nothing is paid out from here"
                if row.amount < 0
                else account
                if isinstance(account, str)
                else str(atoms)
            )
            book.note(row, EntryState.REFUSED, why)
            continue
        book.note(row, EntryState.HANDED)
        reference = reference_of(row, account)
        reason = await post(client, reference, debit=outside, credit=account, asset=asset, atoms=atoms)
        is_done = reason is Reject.NONE
        book.note(row, EntryState.DONE if is_done else EntryState.REFUSED, "" if is_done else reason.name)


def mint_receipts(issuer: Issuer, coin: str) -> list[dict[str, Any]]:
    """Propose the minting of all receipts that wait; of each how it stands, or why it is refused."""
    told: list[dict[str, Any]] = []
    for row in issuer.receipts(coin):
        facts = {"receipt": row["receiptId"], "account": row["account"], "amount": row["amount"]}
        try:
            made = issuer.mint(coin, int(row["receiptId"]))
        except Refused as refused:
            if refused.reject is None:
                raise
            told.append(facts | {"state": "REFUSED", "why": refused.reject.name})
        else:
            told.append(facts | {"state": made.state, "why": _missing(made.wanted)})
    return told


def receiver_of(row: EntryRow) -> int | str:
    """The account that money came in for, or why nobody knows."""
    if row.meant is not None:
        return row.meant
    if row.is_reversal:
        return "the bank reversed a payment"
    found = accounts_in(row.text)
    if len(found) == 1:
        return found.pop()
    return "it names several accounts" if found else "it names no account"


def redemption_of(row: EntryRow, asset: int) -> int | str:
    """The redemption that was paid, or why nobody knows."""
    if row.meant is not None:
        return row.meant
    if row.is_reversal:
        return "the bank reversed a payment"
    found = redemptions_in(row.text)
    if len(found) != 1:
        return "it names several redemptions" if found else "it names no redemption"
    [(of_asset, number)] = found
    return number if of_asset == asset else "it names a redemption of another coin"


def atoms_of(amount: int, scale: int) -> int | str:
    """Of an amount at a bank, whichever its sign; or why there are none."""
    try:
        return steps(decimal(abs(amount), SCALE), scale)
    except OffGrid:
        return f"it is finer than the ledger's {scale} decimals"


def reference_of(row: EntryRow, meaning: int) -> str:
    """What makes the command one, on whosever machine it is made."""
    return _reference(f"{row.account}\0{row.reference}\0{meaning}")


def _reference(what: str) -> str:
    return f"bank:{hashlib.blake2b(what.encode(), digest_size=16).hexdigest()}"


def _standing(known: Proposal) -> tuple[EntryState, str, int]:
    if known.state == "DONE":
        return EntryState.DONE, "", known.id
    if known.state in ("REFUSED", "WITHDRAWN"):
        return EntryState.REFUSED, known.reject or "the proposal was withdrawn", known.id
    return EntryState.HANDED, _missing(known.wanted), known.id


def _missing(wanted: list[str]) -> str:
    return f"missing: {', '.join(wanted)}" if wanted else ""
