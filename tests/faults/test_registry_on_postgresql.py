"""The registry on PostgreSQL, by URL: the same tables, and two gateways at once that do nothing twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from venus.records.approvals import Approval
from venus.registry.credentials import Permission
from venus.registry.identities import Identity, PhoneTaken
from venus.registry.proposals import ProposalState
from venus.registry.registry import Registry
from venus.registry.tables import Table
from venus.registry.vault import MasterKey, VaultError
from venus.testing import postgresql

LI = Identity(phone="+8613800000001", name="李伟", document="ID 1", country="CN")
APPROVAL = Approval(
    institution=1, seat=0, expires_ns=10**18, signature=b"\0\xff", authenticator_data=b"", client_data=b""
)
pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with postgresql.server("fsync=off") as sockets:
        yield postgresql.url(sockets)


@pytest.fixture
def gateways(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Registry, Registry]]:
    """Two processes' registries on one database."""
    key = MasterKey.load(tmp_path_factory.getbasetemp() / "postgresql.key")
    opened = Registry.open(url, key), Registry.open(url, key)
    yield opened
    for one in opened:
        one.close()


def test_the_migrations_make_the_same_tables(gateways: tuple[Registry, Registry], url: str) -> None:
    engine = create_engine(url)
    made = inspect(engine)
    for table in Table.metadata.sorted_tables:
        assert {column["name"] for column in made.get_columns(table.name)} == {column.name for column in table.columns}
    engine.dispose()


def test_another_master_key_is_refused(gateways: tuple[Registry, Registry], url: str, tmp_path: Path) -> None:
    with pytest.raises(VaultError):
        Registry.open(url, MasterKey.load(tmp_path / "other.key"))


def test_a_key_that_one_gateway_makes_the_other_finds_and_loses(gateways: tuple[Registry, Registry]) -> None:
    one, other = gateways
    one.add_account(7, "alice", one.add_person("alice"))
    made = one.add_api_key(7, permissions=Permission.USER_DATA)
    found = other.credential(made.key)
    assert found is not None and found.secret == made.secret.encode()
    one.revoke(made.key)
    other._keyring.refresh()
    assert other.credential(made.key) is None


def test_one_of_two_who_hand_a_proposal_in_does(gateways: tuple[Registry, Registry]) -> None:
    one, other = gateways
    row = one.proposals.add(b"\x01\x00command", "Mint", APPROVAL, 1, 10**15)
    assert other.proposals.approvals(row.id) == [APPROVAL]
    assert other.proposals.add(b"\x01\x00command", "Mint", APPROVAL, 2, 10**15).id == row.id

    def advance(registry: Registry) -> bool:
        return registry.proposals.advance(row.id, ProposalState.OPEN, ProposalState.SUBMITTED)

    with ThreadPoolExecutor(8) as many:
        assert sum(many.map(advance, gateways * 8)) == 1


def test_a_telephone_number_has_one_wallet_whoever_asks(gateways: tuple[Registry, Registry]) -> None:
    phone = Identity(phone="+8613800000002", name="", document="", country="")

    def enter(asked: tuple[int, Registry]) -> bool:
        number, registry = asked
        try:
            registry.identities.enter(3, 0, f"client {number}", phone, phone_once=True)
        except PhoneTaken:
            return False
        return True

    with ThreadPoolExecutor(8) as many:
        assert sum(many.map(enter, enumerate(gateways * 8))) == 1


def test_who_holds_a_wallet_is_sealed_and_read_and_resealed(gateways: tuple[Registry, Registry]) -> None:
    one, other = gateways
    number = one.identities.enter(3, 1, "c", LI, phone_once=False)
    one.know_account(70, "wallet 70")
    one.identities.bind(number, 70)
    assert other.identities.read(70, unsealing=9, institution=2, seat=0) == LI
    assert [look.institution for look in one.identities.looks(70)] == [2]
    assert other.identities.reseal(3, 1, 2) == 1
    assert one.identities.read(70, unsealing=9, institution=2, seat=1) == LI


def test_movements_of_two_gateways_have_numbers_of_their_own(gateways: tuple[Registry, Registry]) -> None:
    gateways[0].know_account(17, "one of many")
    facts = {
        "kind": "MAIN_FUNDING",
        "coin": "dCNY",
        "owner": 17,
        "debit": 7,
        "credit": 8,
        "asset": 0,
        "atoms": 1,
        "created_us": 1,
    }

    def add(asked: tuple[int, Registry]) -> int:
        number, registry = asked
        return registry.moves.add_movement(client_id=f"move {number}", **facts).id

    with ThreadPoolExecutor(8) as many:
        assert len(set(many.map(add, enumerate(gateways * 8)))) == 16
