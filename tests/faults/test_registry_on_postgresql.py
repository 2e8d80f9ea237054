"""The registry on PostgreSQL, by URL: the same tables, and two gateways at once that do nothing twice."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import create_engine, inspect

from venus.p2p import chat
from venus.records.approvals import Approval
from venus.registry.credentials import Permission
from venus.registry.identities import Identity, PhoneTaken
from venus.registry.p2p_chat import Kept, Line
from venus.registry.p2p_market import Feedback, NicknameTaken
from venus.registry.p2p_writings import DocumentKind
from venus.registry.proposals import ProposalState
from venus.registry.registry import Registry
from venus.registry.second_factors import STEP_US, Checked
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


def test_a_chat_of_two_gateways_is_one_chain_and_a_code_is_good_once(gateways: tuple[Registry, Registry]) -> None:
    one, other = gateways

    def say(asked: tuple[int, Registry]) -> None:
        number, registry = asked
        draft = chat.said("5", chat.Sender.BUYER, f"word {number}", 1)
        registry.chats.append(5, 17, chat.writer(draft))
        registry.chats.append(5, 0, chat.writer(chat.told("5", "Paid.", "已付款。", 2)), once="paid")

    with ThreadPoolExecutor(8) as many:
        list(many.map(say, enumerate(gateways * 8)))
    messages = [chat.read(kept.content) for kept in other.chats.messages(5)]
    assert len(messages) == 17 and chat.check_chain("5", messages) == one.chats.head(5)
    assert asyncio.run(other.chats.standing([5, 6], 18)) == {5: (messages[-1].hash, 17), 6: ("", 0)}

    async def tell() -> list[list[Kept]]:
        lines = [Line(0, chat.writer(chat.told("5", f"Step {n}.", f"第{n}步。", 1)), f"step:{n}") for n in range(2)]
        return list(await asyncio.gather(*(gateway.chats.tell(5, lines) for gateway in gateways * 3)))

    assert sorted(len(told) for told in asyncio.run(tell())) == [0, 0, 0, 0, 0, 2]
    assert chat.check_chain("5", [chat.read(kept.content) for kept in one.chats.messages(5)]) == other.chats.head(5)

    now_us = 1_800_000_000_000_000
    totp = pyotp.TOTP(one.second_factors.begin(17, "trader").secret)
    code, next_code = (totp.generate_otp(now_us // STEP_US + step) for step in (0, 1))
    assert other.second_factors.confirm(17, code, now_us) is Checked.GOOD
    with ThreadPoolExecutor(8) as many:
        checked = list(many.map(lambda registry: registry.second_factors.check(17, next_code, now_us), gateways * 2))
    assert checked.count(Checked.GOOD) == 1 and checked.count(Checked.USED) == 3


def test_traders_and_writings_are_kept_there_too(gateways: tuple[Registry, Registry]) -> None:
    one, other = gateways
    trader = one.market.enrol(17, 3, "Ann")
    assert other.market.trader_by_public(trader.public) == trader
    with pytest.raises(NicknameTaken):
        other.market.enrol(18, 4, "ANN")
    digest = one.writings.keep(DocumentKind.EVIDENCE, b"I paid")
    assert digest == other.writings.keep(DocumentKind.EVIDENCE, b"I paid")
    assert other.writings.document(digest) == b"I paid"

    async def ask() -> list[bool]:
        asked = await asyncio.gather(*(gateway.writings.ask(17, "c", b"x", b"command") for gateway in gateways * 3))
        return [told.is_new for told in asked]

    assert asyncio.run(ask()).count(True) == 1
    one.market.give_feedback(Feedback(5, 17, 18, True, "", 1))
    one.market.block(17, 18)
    assert other.market.feedback_counts(18) == (1, 0) and asyncio.run(other.market.apart(18)) == {17}
