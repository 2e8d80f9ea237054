"""Customers' money at a bank: what came in for an account is credited once, and the rest waits for a person."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.examples.bank_files import IBAN, entry, notice, statement
from tests.examples.rest.house import BANK, USDT, House
from venus.bridges.bank import BankAccount, deposit
from venus.bridges.bank_book import BankBook, EntryState
from venus.bridges.bank_references import account_reference
from venus.iso20022.bank_statements import bank_messages_of

PLACE = BankAccount(account=IBAN, currency="USD", asset="USDT", outside="bank")
SCALE = 6


class Ended(Exception):
    """Where a process would have been killed."""


@pytest.fixture
def book(tmp_path: Path) -> Iterator[BankBook]:
    with BankBook(tmp_path / "book.sqlite") as opened:
        yield opened


def credit(house: House, book: BankBook) -> dict[str, tuple[EntryState, str]]:
    house.run(deposit(house.client, book, PLACE, outside=BANK, asset=USDT, scale=SCALE))
    return {row.reference: (EntryState(row.state), row.why) for row in book.entries(IBAN)}


def test_money_comes_in_once_and_what_nobody_knows_waits(house: House, book: BankBook) -> None:
    ann, bob = house.new_trader(usdt=0).account, house.new_trader(usdt=0).account
    said = notice(
        entry("B1", "250.75", f"deposit {account_reference(ann)}"),
        entry("B2", "10", "deposit"),
        entry("B3", "-5", account_reference(ann)),
        entry("B4", "7", account_reference(9_999_999_999)),
    )
    book.take(bank_messages_of(said))
    told = credit(house, book)
    assert told == {
        "B1": (EntryState.DONE, ""),
        "B2": (EntryState.REFUSED, "it names no account"),
        "B3": (EntryState.REFUSED, "nothing is paid out from here"),
        "B4": (EntryState.REFUSED, "UNKNOWN_COUNTERPARTY"),
    }
    book.decide(IBAN, "B2", meant=bob)
    assert credit(house, book)["B2"] == (EntryState.DONE, "")
    book.take(bank_messages_of(said))
    credit(house, book)
    assert (house.balance(ann, USDT), house.balance(bob, USDT)) == ((250_750_000, 0), (10_000_000, 0))


def test_a_book_that_lost_what_it_had_noted_credits_nothing_twice(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ended before it noted what was done, and begun anew from the bank's files."""
    ann = house.new_trader(usdt=0).account
    said = bank_messages_of(statement(7, "0", "30", entry("C1", "30", account_reference(ann))))
    with BankBook(tmp_path / "first.sqlite") as first:
        first.take(said)
        note = BankBook.note

        def killed(self: BankBook, row: Any, state: EntryState, *more: Any) -> None:
            if state is EntryState.DONE:
                raise Ended
            note(self, row, state, *more)

        monkeypatch.setattr(BankBook, "note", killed)
        with pytest.raises(Ended):
            credit(house, first)
        monkeypatch.setattr(BankBook, "note", note)
        assert house.balance(ann, USDT) == (30_000_000, 0)
        assert credit(house, first) == {"C1": (EntryState.DONE, "")}
    with BankBook(tmp_path / "second.sqlite") as second:
        second.take(said)
        assert credit(house, second) == {"C1": (EntryState.DONE, "")}
    assert house.balance(ann, USDT) == (30_000_000, 0)
