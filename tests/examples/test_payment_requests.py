"""What merchants ask to be paid, as the registry keeps it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from venus.registry.currency_tables import PaymentRequestRow
from venus.registry.payment_requests import PaymentRequests, RequestDiffers, RequestState
from venus.registry.registry import Registry
from venus.registry.vault import MasterKey

SHOP, TILL, PAYER = 60, 61, 70


@pytest.fixture
def record(tmp_path: Path) -> Iterator[PaymentRequests]:
    registry = Registry.open(f"sqlite:///{tmp_path}/registry.sqlite", MasterKey.load(tmp_path / "master.key"))
    yield registry.requests
    registry.close()


def ask(record: PaymentRequests, client_id: str = "bill-1", atoms: int = 500, at_us: int = 100) -> PaymentRequestRow:
    terms = {"memo": "tea", "created_us": at_us, "expires_us": at_us + 1_000}
    return record.add(owner=SHOP, client_id=client_id, payee=TILL, asset=7, atoms=atoms, **terms)


def states(record: PaymentRequests, now_us: int) -> list[tuple[str, str]]:
    rows = record.listing(SHOP, now_us, state=None, before_us=None, limit=10)
    return [(row.client_id, RequestState(row.state).name) for row in rows]


def test_one_bill_is_one_request(record: PaymentRequests) -> None:
    first = ask(record)
    assert ask(record, at_us=200).id == first.id
    with pytest.raises(RequestDiffers):
        ask(record, atoms=501)
    assert len(first.id) == 32 and ask(record, "bill-2").id != first.id


def test_it_ends_paid_withdrawn_or_expired(record: PaymentRequests) -> None:
    paid, taken_back, late = ask(record, "a", at_us=1), ask(record, "b", at_us=2), ask(record, "c", at_us=3)
    record.note_paid(paid.id, PAYER, 1_234)
    assert not record.withdraw(taken_back.id, owner=TILL)
    assert record.withdraw(taken_back.id, owner=SHOP) and not record.withdraw(taken_back.id, owner=SHOP)
    assert not record.withdraw(paid.id, owner=SHOP)
    assert states(record, 1_002) == [("c", "OPEN"), ("b", "WITHDRAWN"), ("a", "PAID")]
    assert record.open_count(SHOP, 1_002) == 1
    assert states(record, 1_003) == [("c", "EXPIRED"), ("b", "WITHDRAWN"), ("a", "PAID")]
    # The core is right: what was paid in the last moment is paid.
    record.note_paid(late.id, PAYER, 1_235)
    found = record.find(late.id, 9_999)
    assert found is not None
    assert (RequestState(found.state), found.payer, found.sequence) == (RequestState.PAID, PAYER, 1_235)


def test_a_long_list_is_turned_over(record: PaymentRequests) -> None:
    for number in range(6):
        ask(record, f"n{number}", at_us=number)
    page = record.listing(SHOP, 10, state=RequestState.OPEN, before_us=4, limit=2)
    assert [row.client_id for row in page] == ["n3", "n2"]
    assert record.listing(PAYER, 10, state=None, before_us=None, limit=10) == []
