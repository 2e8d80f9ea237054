"""What a bank says is taken once, whole and without gaps; what it cannot have meant is refused in words."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.examples.bank_files import CONFIG, IBAN, book_at, bulk, entry, notice, statement
from venus.bridges.bank import receiver_of, redemption_of
from venus.bridges.bank_book import BadBook, BankBook, EntryState
from venus.bridges.bank_references import (
    _checked,
    account_reference,
    accounts_in,
    redemption_reference,
    redemptions_in,
)
from venus.cli.bank import read, resolve, suspense
from venus.iso20022.bank_statements import bank_messages_of
from venus.iso20022.documents import BadDocument

ANN, BOB = account_reference(1042), account_reference(1043)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[BankBook]:
    with BankBook(tmp_path / "book.sqlite") as opened:
        yield opened


def take(book: BankBook, data: bytes) -> list[int]:
    return [one.fresh_count for one in book.take(bank_messages_of(data))]


def entries(book: BankBook) -> list[tuple[str, int]]:
    return [(row.reference, row.amount) for row in book.entries(IBAN)]


# References


def test_a_reference_is_found_however_a_bank_cut_and_grouped_it() -> None:
    assert ANN == "RF16VA0000001042" and redemption_reference(4, 7) == "RF22VR00040000000007"
    for text in (
        ANN,
        ANN.lower(),
        "rf16 va00 0000 1042",
        f"coins please {ANN} thank you",
        "RF16VA00\n00001042",
        f"{ANN}2026",
    ):
        assert accounts_in(text) == {1042}, text
    assert accounts_in(f"{ANN} {BOB}") == {1042, 1043}
    assert redemptions_in(f"EREF+{redemption_reference(4, 7)}") == {(4, 7)}


def test_check_digits_are_those_of_the_standard() -> None:
    """Source: an example that ISO 11649's users publish, RF18 5390 0754 7034."""
    assert _checked("539007547034") == "RF18539007547034"


def test_a_slip_of_the_pen_names_nobody() -> None:
    body = ANN[4:]
    for place in range(2, len(body)):
        for digit in "0123456789":
            slip = body[:place] + digit + body[place + 1 :]
            assert slip == body or not accounts_in(ANN[:4] + slip)
        swapped = body[: place - 1] + body[place] + body[place - 1] + body[place + 1 :]
        assert swapped == body or place == 2 or not accounts_in(ANN[:4] + swapped)
    assert not accounts_in(ANN[:-1]) and not accounts_in("RF00VA0000001042") and not accounts_in("")


# What is read


def test_a_statement_is_taken_once_whatever_is_read_again(book: BankBook) -> None:
    first = statement(7, "100", "350.50", entry("B1", "300", ANN), entry("B2", "-49.50", "fees"))
    assert take(book, first) == [2] and take(book, first) == [0]
    assert entries(book) == [("B1", 300_00000), ("B2", -49_50000)]
    assert take(book, statement(8, "350.50", "350.50")) == [0]
    assert take(book, first) == [0]


def test_a_notice_is_followed_by_the_statement_that_has_its_payment_too(book: BankBook) -> None:
    assert take(book, notice(entry("B1", "300", ANN))) == [1]
    assert take(book, notice(entry("B1", "300", ANN), entry("B2", "5", BOB))) == [1]
    assert take(book, statement(7, "0", "305", entry("B1", "300", ANN), entry("B2", "5", BOB))) == [0]
    assert take(book, notice(entry("B1", "300", ANN))) == [0]
    assert entries(book) == [("B1", 300_00000), ("B2", 5_00000)]


def test_what_is_pending_or_moves_nothing_is_no_payment(book: BankBook) -> None:
    said = statement(7, "1", "2", entry("B1", "1"), entry("B2", "9", status="PDNG"), entry("B3", "0.00"))
    assert take(book, said) == [1]


def test_a_missing_statement_is_named_and_nothing_taken(book: BankBook) -> None:
    take(book, statement(7, "0", "10", entry("B1", "10")))
    for number in (9, 6, 1):
        with pytest.raises(BadBook, match=f"ends with statement 7 of 2026; {number} of 2026 does not follow"):
            take(book, statement(number, "10", "11", entry("B9", "1")))
    with pytest.raises(BadBook, match=r"opens with 9\.00000, and the one before closed with 10\.00000"):
        take(book, statement(8, "9", "11", entry("B9", "2")))
    assert entries(book) == [("B1", 10_00000)]
    take(book, statement(8, "10", "11", entry("B9", "1")))


def test_a_bank_may_count_anew_with_a_year_or_go_on(book: BankBook) -> None:
    take(book, statement(250, "0", "10", entry("B1", "10"), closed="2025-12-31T17:00:00Z"))
    take(book, statement(1, "10", "11", entry("B2", "1"), closed="2026-01-02T17:00:00Z"))
    take(book, statement(2, "11", "12", entry("B3", "1"), closed="2027-01-04T17:00:00Z"))
    assert book.newest(IBAN).number == 2  # type: ignore[union-attr]


def test_what_was_said_before_is_not_said_otherwise(book: BankBook) -> None:
    take(book, notice(entry("B1", "10", ANN)))
    with pytest.raises(BadBook, match=r"entry B1 of .* was told before with another amount"):
        take(book, statement(7, "0", "11", entry("B1", "11", ANN)))
    take(book, statement(7, "0", "10", entry("B1", "10", ANN)))
    with pytest.raises(BadBook, match="was read before, and said otherwise"):
        take(book, statement(7, "0", "10", entry("B2", "10", ANN)))
    with pytest.raises(BadBook, match=r"entry B1 of .* stands in statement 7 of 2026 already"):
        take(book, statement(8, "10", "20", entry("B1", "10", ANN)))
    assert entries(book) == [("B1", 10_00000)]


def test_a_bulk_entry_is_each_of_its_payments_and_never_also_their_sum(book: BankBook) -> None:
    parts = (("t1", "10", ANN), ("t2", "20.5", BOB))
    assert take(book, notice(bulk("B1", "30.50", *parts))) == [2]
    assert entries(book) == [("B1/t1", 10_00000), ("B1/t2", 20_50000)]
    with pytest.raises(BadBook, match="or in other parts"):
        take(book, statement(7, "0", "30.50", entry("B1", "30.50")))
    assert take(book, statement(7, "0", "30.50", bulk("B1", "30.50", *parts))) == [0]
    with pytest.raises(BadDocument, match="do not come to its amount"):
        take(book, notice(bulk("B2", "30.51", *parts)))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"no XML", "no XML"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "a DTD or an entity"),
        (statement(7, "0", "10", entry("B1", "10"))[:-40], "no XML"),
        (statement(7, "0", "10", entry("B1", "10")).replace(b"CLBD", b"CLAV"), "lacks its opening .* or closing"),
        (statement(7, "0", "10", entry("B1", "10")).replace(b"ElctrncSeqNb", b"Unknown"), "unknown there"),
        (
            statement(7, "0", "10", entry("B1", "10")).replace(b"<ElctrncSeqNb>7</ElctrncSeqNb>", b""),
            "has no number",
        ),
        (statement(7, "0", "10.01", entry("B1", "10")), "does not add up"),
        (statement(7, "0", "10", entry("NONREF", "10")), "has no reference of the bank's"),
        (statement(7, "0", "20", entry("B1", "10"), entry("B1", "10")), "have one reference"),
        (
            statement(7, "0", "10", entry("B1", "10")).replace(b'Ccy="USD">10<', b'Ccy="EUR">10<'),
            "is in EUR, not in USD",
        ),
        (
            statement(
                7,
                "0",
                "10",
                entry("B1", "10"),
                more=[("Stmt/StmtPgntn/PgNb", "1"), ("Stmt/StmtPgntn/LastPgInd", "false")],
            ),
            "one page of several",
        ),
    ],
)
def test_a_malformed_file_is_refused_with_its_reason(book: BankBook, data: bytes, why: str) -> None:
    with pytest.raises(BadDocument, match=why):
        take(book, data)
    assert not entries(book)


def test_a_message_of_two_accounts_is_taken_whole_or_not(book: BankBook) -> None:
    one, two = (
        bank_messages_of(statement(7, "0", "1", entry("B1", "1"), account=account))
        for account in (IBAN, "GB94BARC10201530093459")
    )
    book.take(two)
    gap = bank_messages_of(statement(9, "1", "1", account="GB94BARC10201530093459"))
    with pytest.raises(BadBook):
        book.take(one + gap)
    assert not entries(book)


# What it means


def test_who_a_payment_is_for_is_told_by_one_reference_alone(book: BankBook) -> None:
    paid = redemption_reference(4, 7)
    take(
        book,
        notice(
            entry("1", "10", f"for {ANN}"),
            entry("2", "10", f"{ANN} and {BOB}"),
            entry("3", "10", "coins please"),
            entry("4", "-10", paid),
            entry("5", "-10", redemption_reference(5, 7)),
            entry("6", "-1", "fee"),
            [*entry("7", "10", ANN)[:3], ("RvslInd", "true"), *entry("7", "10", ANN)[3:]],
        ),
    )
    rows = {row.reference: row for row in book.entries(IBAN)}
    assert [receiver_of(rows[one]) for one in "1237"] == [
        1042,
        "it names several accounts",
        "it names no account",
        "the bank reversed a payment",
    ]
    assert [redemption_of(rows[one], 4) for one in "456"] == [
        7,
        "it names a redemption of another coin",
        "it names no redemption",
    ]


# From a shell


def test_files_are_read_from_a_directory_and_a_person_decides_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, files = book_at(tmp_path / "book"), tmp_path / "in"
    files.mkdir()
    (files / "a.xml").write_bytes(notice(entry("B1", "10", "coins please")))
    (files / "b.xml").write_bytes(statement(7, "0", "10", entry("B1", "10", "coins please")))
    assert read(files, book=folder) == 0 and read(files, book=folder) == 0
    (files / "c.xml").write_bytes(statement(9, "10", "10"))
    assert read(files, book=folder) == 1
    assert "c.xml: of GB33BUKB20201555555555 the book ends with statement 7" in capsys.readouterr().err.replace(
        "\n", ""
    )
    with BankBook(folder / "book.sqlite") as book:
        assert suspense(book=folder) == 1 and "is in use" in capsys.readouterr().err
        [row] = book.entries(IBAN)
        book.note(row, EntryState.REFUSED, "it names no account")
    assert suspense(book=folder) == 0 and '"it names no account"' in capsys.readouterr().out
    assert resolve(IBAN, "B1", to=1042, book=folder) == 0 and suspense(book=folder) == 0
    assert resolve(IBAN, "B1", aside="sent back", to=1042, book=folder) == 1
    assert resolve(IBAN, "B1", aside="sent back", book=folder) == 0 and '"ASIDE"' in capsys.readouterr().out
    assert resolve(IBAN, "B2", aside="?", book=folder) == 1


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ("", "missing required field"),
        ("[[accounts]]\naccount = 'A'\ncurrency = 'USD'\n", "either a reserve"),
        (CONFIG + CONFIG, "an account is there twice"),
        (CONFIG + "iban = 'x'\n", "unknown field"),
        (CONFIG.replace("USD", "EUR"), "is told in USD, not in EUR"),
        (CONFIG.replace("GB33", "GB34"), "is none of the accounts"),
    ],
)
def test_the_accounts_are_said_without_doubt(
    tmp_path: Path, config: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = book_at(tmp_path / "book", config)
    (tmp_path / "a.xml").write_bytes(statement(7, "0", "10", entry("B1", "10")))
    assert read(tmp_path / "a.xml", book=folder) == 1
    assert why in capsys.readouterr().err.replace("\n", " ")
