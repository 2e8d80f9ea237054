"""Who holds a wallet, as the registry keeps it: sealed per operator, read never without a trace."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from venus.registry.identities import Identity, IdentityDiffers, IdentityRecord, Look, PhoneTaken
from venus.registry.registry import Registry
from venus.registry.vault import MasterKey, VaultError

DCNY, FIRST, SECOND = 7, 0, 1
LI = Identity(phone="+8613800138000", name="Li Wei", document="ID 110101199003070000", country="CN")
PHONE = Identity(phone="+8613800138001")


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    opened = Registry.open(f"sqlite:///{tmp_path}/registry.sqlite", MasterKey.load(tmp_path / "master.key"))
    yield opened
    opened.close()


@pytest.fixture
def record(registry: Registry) -> IdentityRecord:
    return registry.identities


def enter(record: IdentityRecord, client_id: str, identity: Identity, account: int, operator: int = FIRST) -> int:
    number = record.enter(DCNY, operator, client_id, identity, phone_once=not identity.name)
    record.bind(number, account)
    return number


def test_it_is_read_only_with_a_trace(record: IdentityRecord) -> None:
    enter(record, "a", LI, account=50)
    assert record.looks(50) == []
    assert record.read(50, unsealing=901, institution=14, seat=0) == LI
    assert [look._replace(time_us=0) for look in record.looks(50)] == [Look(901, 14, 0, 0)]
    assert record.read(51, unsealing=902, institution=14, seat=0) is None and record.looks(51) == []


def test_nothing_of_it_lies_open_in_the_database(registry: Registry, record: IdentityRecord, tmp_path: Path) -> None:
    enter(record, "a", LI, account=50)
    enter(record, "b", PHONE, account=51)
    registry.close()
    for file in tmp_path.glob("registry.sqlite*"):
        for text in (LI.name, LI.phone, LI.document, PHONE.phone):
            assert text.encode() not in file.read_bytes(), file


def test_one_operators_key_opens_nothing_of_another(record: IdentityRecord, tmp_path: Path) -> None:
    enter(record, "a", LI, account=50, operator=FIRST)
    enter(record, "a", PHONE, account=51, operator=SECOND)
    record.read(50, 1, 14, 0)
    database = sqlite3.connect(tmp_path / "registry.sqlite")
    [first], [second] = database.execute("SELECT sealed FROM operator_keys ORDER BY operator").fetchall()
    assert first != second
    # Whoever writes to the database moves no sealed text to another row, or under another's key.
    database.execute("UPDATE wallet_identities SET sealed = (SELECT sealed FROM wallet_identities WHERE account = 50)")
    database.commit()
    with pytest.raises(VaultError):
        record.read(51, 2, 14, 0)
    assert record.looks(51) == []


def test_a_retry_is_the_same_entry_and_no_other(record: IdentityRecord) -> None:
    number = record.enter(DCNY, FIRST, "a", LI, phone_once=False)
    assert record.enter(DCNY, FIRST, "a", LI, phone_once=False) == number
    with pytest.raises(IdentityDiffers):
        record.enter(DCNY, FIRST, "a", PHONE, phone_once=False)
    assert record.enter(DCNY, SECOND, "a", PHONE, phone_once=False) != number
    record.drop(number)
    assert record.enter(DCNY, FIRST, "a", PHONE, phone_once=False)


def test_a_telephone_number_has_one_wallet_that_needs_nothing_else(record: IdentityRecord) -> None:
    enter(record, "a", PHONE, account=50)
    with pytest.raises(PhoneTaken):
        record.enter(DCNY, FIRST, "b", PHONE, phone_once=True)
    # At another operator, and for somebody who is known, it is no matter: neither can be told from here.
    enter(record, "b", PHONE, account=51, operator=SECOND)
    record.enter(DCNY, FIRST, "c", Identity(phone=PHONE.phone, name="Li", document="x", country="CN"), phone_once=False)
    record.close(50)
    enter(record, "d", PHONE, account=52)


def test_the_newest_entry_of_a_wallet_is_in_force(record: IdentityRecord) -> None:
    enter(record, "a", PHONE, account=50)
    enter(record, "up", LI, account=50)
    assert record.read(50, 1, 14, 0) == LI
    enter(record, "b", PHONE, account=51)  # the number is free again: its wallet is of somebody who is known


def test_a_takeover_seals_everything_anew(record: IdentityRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("venus.registry.identities.RESEALED_AT_ONCE", 3)
    for number in range(8):
        enter(record, f"a{number}", Identity(phone=f"+86{number}"), account=50 + number)
    enter(record, "other", LI, account=90, operator=SECOND)
    assert record.reseal(DCNY, FIRST, SECOND) == 8
    assert (record.sealed_under(DCNY, FIRST), record.sealed_under(DCNY, SECOND)) == (0, 9)
    assert record.reseal(DCNY, FIRST, SECOND) == 0
    assert [record.read(50 + number, 1, 14, 0) for number in range(8)] == [Identity(phone=f"+86{n}") for n in range(8)]
    with pytest.raises(PhoneTaken):
        record.enter(DCNY, SECOND, "z", Identity(phone="+863"), phone_once=True)
