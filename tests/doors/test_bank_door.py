"""Money at a bank on a running exchange: a custodian and an agent read files, and the ledger follows, once."""

import json
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.examples.bank_files import IBAN, book_at, entry, notice, statement
from venus.bridges.bank import BankAccount, ReserveDesk, mint_receipts
from venus.bridges.bank_book import BankBook, EntryState
from venus.bridges.bank_references import account_reference, redemption_reference
from venus.cli.bank import payouts, post
from venus.cli.coin_access import SeatPlace
from venus.iso20022.bank_statements import bank_messages_of
from venus.iso20022.times import time_text
from venus.records.rejects import Reject
from venus.sdk.connection import ApiKey, Connection, Refused
from venus.sdk.holder import Holder
from venus.sdk.keys import SeatKey
from venus.sdk.official import Official
from venus.sdk.public import Public
from venus.sdk.roles import Custodian, Issuer
from venus.testing.running import RunningExchange

PLACE = BankAccount(account=IBAN, currency="USD", coin="vUSD", reserve=0)


class Bank:
    """A sandbox's institutions, each seat with a book of its own, and a bank that sends all of them the same files."""

    def __init__(self, running: RunningExchange, folder: Path) -> None:
        self.running, self._folder = running, folder
        self.connection = Connection(running.rest)
        self.public = Public(self.connection)
        self._seats = json.loads((running.data / "sandbox.json").read_text())["institutions"]
        self._numbers = count(1)

    def seat(self, name: str) -> SeatKey:
        institution, _, role = name.partition(":")
        return SeatKey.of(self._seats[institution]["seats"][role])

    def book(self, name: str) -> BankBook:
        return BankBook(self._folder / f"{name.replace(':', '-')}.sqlite")

    def tell(self, data: bytes, *names: str) -> None:
        for name in names:
            with self.book(name) as book:
                book.take(bank_messages_of(data))

    def work(self, *names: str) -> None:
        for name in names:
            with self.book(name) as book:
                ReserveDesk(book, PLACE, Official(self.connection, self.seat(name))).work()

    def states(self, name: str) -> dict[str, tuple[EntryState, str]]:
        with self.book(name) as book:
            return {row.reference: (EntryState(row.state), row.why) for row in book.entries(IBAN)}

    def decide(self, reference: str, *names: str, **said: Any) -> None:
        for name in names:
            with self.book(name) as book:
                book.decide(IBAN, reference, **{"meant": None, **said})

    def attested(self, name: str) -> tuple[EntryState, str]:
        with self.book(name) as book:
            row = book.newest(IBAN)
        assert row is not None
        return EntryState(row.attested), row.why

    def holder(self, name: str) -> Holder:
        keys = self.running.accounts[name]
        return Holder(self.connection, ApiKey(keys["apiKey"], keys["secret"]))

    def number(self, name: str) -> int:
        return int(self.holder(name).account()["account"])

    def receipts(self) -> list[dict[str, Any]]:
        return Custodian(self.connection, self.seat("usd-bank:maker")).receipts("vUSD")

    def reserve(self) -> dict[str, Any]:
        return self.public.reserves("vUSD")[0]

    def mint(self) -> list[str]:
        """The maker's and the checker's; how it stands after both."""
        done = [
            mint_receipts(Issuer(self.connection, self.seat(f"usd-issuer:{role}")), "vUSD")
            for role in ("maker", "checker")
        ]
        return [row["state"] for row in done[1]]


BOTH = ("usd-bank:maker", "usd-bank:checker")
AGENTS = ("agent:maker", "agent:checker")


@pytest.fixture(scope="module")
def running(sandbox: RunningExchange, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningExchange]:
    with sandbox.copy_to(tmp_path_factory.mktemp("bank") / "data", quiet_market=True, open_limits=True) as running:
        yield running


@pytest.fixture
def bank(running: RunningExchange, tmp_path: Path) -> Bank:
    return Bank(running, tmp_path)


def test_money_that_came_in_is_minted_when_two_have_read_of_it(bank: Bank) -> None:
    alice = bank.number("alice")
    had = bank.holder("alice").balances()["vUSD"]["free"]
    said = notice(entry("A1", "250.75", f"coins {account_reference(alice)}"))
    bank.tell(said, *BOTH)
    bank.work("usd-bank:maker")
    assert bank.states(BOTH[0])["A1"] == (EntryState.HANDED, "missing: a quorum of usd-bank") and not bank.receipts()
    bank.work("usd-bank:checker")
    bank.work(*BOTH, *BOTH)
    assert [bank.states(name)["A1"][0] for name in BOTH] == [EntryState.DONE] * 2
    [receipt] = bank.receipts()
    assert (receipt["account"], receipt["bankReference"]) == (alice, "A1")
    assert bank.mint() == ["DONE"] and not bank.receipts() and bank.mint() == []
    bank.tell(said, *BOTH)
    bank.work(*BOTH)
    assert not bank.receipts()
    assert float(bank.holder("alice").balances()["vUSD"]["free"]) - float(had) == pytest.approx(250.75)


def test_what_nobody_knows_waits_until_both_have_decided(bank: Bank) -> None:
    alice = bank.number("alice")
    bank.tell(notice(entry("B1", "10", "coins please"), entry("B2", "3", "from a lottery")), *BOTH)
    bank.work(*BOTH)
    assert bank.states(BOTH[0])["B1"] == (EntryState.REFUSED, "it names no account")
    bank.decide("B1", BOTH[0], meant=alice)
    bank.decide("B2", *BOTH, aside="sent back")
    bank.work(*BOTH)
    assert not bank.receipts()
    bank.decide("B1", BOTH[1], meant=alice)
    bank.work(*BOTH[::-1])
    [receipt] = bank.receipts()
    assert receipt["bankReference"] == "B1" and bank.mint() == ["DONE"]
    assert [bank.states(BOTH[1])[one][0] for one in ("B1", "B2")] == [EntryState.DONE, EntryState.ASIDE]


def test_two_who_decide_differently_do_nothing_and_the_bank_reference_counts_once(bank: Bank) -> None:
    alice, bob = bank.number("alice"), bank.number("bob")
    bank.tell(notice(entry("C1", "10")), *BOTH)
    bank.decide("C1", BOTH[0], meant=alice)
    bank.decide("C1", BOTH[1], meant=bob)
    bank.work(*BOTH, *BOTH)
    assert not bank.receipts()
    bank.decide("C1", BOTH[1], meant=alice)
    bank.work(BOTH[1])
    # What the other once proposed for somebody else is approved too late: the bank paid once.
    late = [one for one in Official(bank.connection, bank.seat(BOTH[0])).proposals("OPEN") if "C1" in one.words]
    with pytest.raises(Refused) as said:
        Official(bank.connection, bank.seat(BOTH[0])).approve(late[0])
    assert said.value.reject is Reject.RECEIPT_USED
    [receipt] = bank.receipts()
    assert receipt["account"] == alice and bank.mint() == ["DONE"]


def test_payouts_are_told_in_the_order_of_the_queue(bank: Bank, capsys: pytest.CaptureFixture[str]) -> None:
    holder = bank.holder("alice")
    asset = int(bank.public.coin("vUSD")["asset"])
    first, second = (int(holder.redeem("vUSD", amount, f"DE{amount}")["number"]) for amount in ("30", "20"))
    place = SeatPlace(data=bank.running.data, who="agent:maker")
    assert payouts("vUSD", place=place) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["reference"] for row in told] == [redemption_reference(asset, one) for one in (first, second)]
    had = float(bank.reserve()["amount"])
    bank.tell(notice(entry("D2", "-20", told[1]["reference"]), entry("D9", "-5", "fee")), *AGENTS)
    bank.work(*AGENTS)
    assert bank.states(AGENTS[0])["D2"] == (EntryState.NEW, f"it waits for redemption {first}, which is paid first")
    assert bank.states(AGENTS[0])["D9"] == (EntryState.REFUSED, "it names no redemption")
    bank.tell(notice(entry("D1", "-29", told[0]["reference"]), entry("D3", "-1", told[0]["reference"])), *AGENTS)
    bank.work(*AGENTS, *AGENTS)
    assert [bank.states(AGENTS[0])[one][0] for one in ("D1", "D2", "D3")] == [EntryState.DONE] * 3
    assert bank.public.queue("vUSD") == [] and had - float(bank.reserve()["amount"]) == pytest.approx(50)
    bank.tell(notice(entry("D4", "-1", told[0]["reference"])), *AGENTS)
    bank.work(*AGENTS)
    assert bank.states(AGENTS[0])["D4"] == (EntryState.REFUSED, f"redemption {first} does not wait")


def test_a_closing_balance_is_attested_when_all_that_led_to_it_is_on_the_ledger(bank: Bank) -> None:
    """The bank's day: a payment in the morning, its notice; the day's statement, with one that no notice told."""
    alice = bank.number("alice")
    opening, was_as_of = bank.reserve()["amount"], bank.reserve()["asOf"]
    morning = entry("E1", "10", account_reference(alice))
    bank.tell(notice(morning), *BOTH)
    bank.work(*BOTH, *BOTH)
    closed = time_text(bank.connection.now_ns())
    later = entry("E2", "1", "interest")
    said = statement(1, opening, f"{float(opening) + 11:.2f}", morning, later, closed=closed)
    bank.tell(said, *BOTH)
    bank.work(*BOTH)
    assert bank.attested(BOTH[0]) == (EntryState.NEW, "1 payments that came in are not on the ledger")
    bank.decide("E2", *BOTH, aside="interest")
    bank.work(*BOTH, *BOTH)
    assert [bank.attested(name)[0] for name in BOTH] == [EntryState.DONE] * 2
    reserve = bank.reserve()
    assert reserve["asOf"] > was_as_of and float(reserve["attested"]) == pytest.approx(float(opening) + 11)
    assert bank.mint() == ["DONE"]


def test_whenever_it_is_killed_each_payment_is_on_the_ledger_once(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ended behind every note that it makes, and before it: what is then begun anew is finished, and nothing twice."""
    alice, maker = bank.number("alice"), BOTH[0]
    said = notice(*(entry(f"F{number}", "1", account_reference(alice)) for number in range(2)))
    bank.tell(said, *BOTH)
    note = BankBook.note
    for ends_at in range(8):
        noted = count()

        def killed(
            self: BankBook, *args: Any, noted: Iterator[int] = noted, ends_at: int = ends_at, **more: Any
        ) -> None:
            number = next(noted)
            if number == ends_at // 2 and ends_at % 2:
                raise KeyboardInterrupt
            note(self, *args, **more)
            if number == ends_at // 2:
                raise KeyboardInterrupt

        monkeypatch.setattr(BankBook, "note", killed)
        for name in (maker, BOTH[1]):
            with suppress(KeyboardInterrupt):
                bank.work(name)
            bank.tell(said, name)
    monkeypatch.setattr(BankBook, "note", note)
    bank.work(*BOTH, *BOTH)
    assert [state for state, _ in bank.states(maker).values()] == [EntryState.DONE] * 2
    assert sorted(row["bankReference"] for row in bank.receipts()) == ["F0", "F1"]
    assert bank.mint() == ["DONE"] * 2


def test_from_a_shell_and_by_nobody_else(bank: Bank, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = book_at(tmp_path / "book")
    with BankBook(folder / "book.sqlite") as book:
        book.take(bank_messages_of(notice(entry("G1", "10", "coins please"))))
    place = SeatPlace(data=bank.running.data, who="usd-bank:maker")
    assert post(book=folder, place=place) == 0
    [told] = json.loads(capsys.readouterr().out)
    assert told["payments"]["refused"] == 1 and told["waiting"][0]["why"] == "it names no account"
    assert post(book=folder, place=SeatPlace(data=bank.running.data, who="eur-bank:maker")) == 1
    assert "is neither custodian nor agent" in capsys.readouterr().err.replace("\n", " ")
