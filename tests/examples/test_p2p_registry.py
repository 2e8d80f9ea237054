"""What the registry keeps of the market between people: traders, writings, chats, files, second factors."""

import asyncio
import threading
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import create_engine, text

from venus.cli.customers import drop_factor, verify
from venus.engine.places import Places
from venus.p2p import chat
from venus.registry.p2p_chat import ChatFull, Kept, Line, Standing, Writer
from venus.registry.p2p_market import BadNickname, Feedback, NicknameTaken, VerifiedName, nickname_key
from venus.registry.p2p_writings import Answered, Asked, DocumentKind, RequestDiffers, TooMany
from venus.registry.registry import Registry
from venus.registry.second_factors import FAILURES_MAX, LOCKED_US, STEP_US, Checked, FactorStands
from venus.registry.vault import MasterKey, VaultError

ANN, BOB, CAT = 1, 2, 3
NOW_US = 1_800_000_000_000_000


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("p2p_registry")


def open_registry(place: Path) -> Registry:
    places = Places(place)
    places.master_key.parent.mkdir(exist_ok=True)
    return Registry.open(f"sqlite:///{places.registry}", MasterKey.load(places.master_key))


@pytest.fixture(scope="module")
def registry(place: Path) -> Iterator[Registry]:
    opened = open_registry(place)
    yield opened
    opened.close()


# Traders


def test_a_trader_has_a_number_that_says_nothing_of_his_account(registry: Registry) -> None:
    ann = registry.market.enrol(ANN, 11, "  Ann   Trades ")
    assert ann.nickname == "Ann Trades" and ann.public >= 10**9
    assert registry.market.enrol(ANN, 11, "Another") == ann
    assert registry.market.trader(ANN) == ann == registry.market.trader_by_public(ann.public)
    bob = registry.market.enrol(BOB, 12, "Bob")
    assert registry.market.traders() == {ANN: ann, BOB: bob} and registry.market.trader(CAT) is None


@pytest.mark.parametrize("nickname", ["ANN trades", "ann_trades", "Ａｎｎ-Trades", "a.n.n.t.r.a.d.e.s"])
def test_no_two_nicknames_look_the_same(registry: Registry, nickname: str) -> None:
    registry.market.enrol(ANN, 11, "Ann Trades")
    assert nickname_key(nickname) == nickname_key("Ann Trades")
    with pytest.raises(NicknameTaken):
        registry.market.enrol(CAT, 13, nickname)


@pytest.mark.parametrize("nickname", ["", "a", "._", "x" * 21, "a\u202eb", "<b>", "a\nb\0"])
def test_what_is_no_nickname_is_refused(registry: Registry, nickname: str) -> None:
    with pytest.raises(BadNickname):
        registry.market.enrol(CAT, 13, nickname)


def test_a_verified_name_is_sealed(registry: Registry, place: Path) -> None:
    registry.market.verify(11, VerifiedName("张伟", "CN"))
    registry.market.verify(11, VerifiedName("章伟", "CN"))
    assert registry.market.verified(11) == VerifiedName("章伟", "CN") and registry.market.verified(99) is None
    engine = create_engine(f"sqlite:///{place}/registry.sqlite")
    with engine.begin() as sql:
        (sealed,) = sql.execute(text("SELECT sealed FROM p2p_verified WHERE person = 11")).scalars()
        assert "章伟".encode() not in sealed
        # Moved to another person, it is nobody's.
        sql.execute(text("INSERT INTO p2p_verified VALUES (77, :sealed, 0)"), {"sealed": sealed})
    engine.dispose()
    with pytest.raises(VaultError):
        registry.market.verified(77)


def test_an_operator_enters_whom_he_found_somebody_to_be(
    registry: Registry, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    person = registry.add_person("dan")
    registry.add_account(4, "dan", person)
    registry.add_account(5, "house", None)
    assert verify("dan", full_name=" José  García ", country="ES", data=place) == 0
    assert registry.market.verified(person) == VerifiedName("José García", "ES")
    for who, name, country in (
        ("dan", "J*** G***", "ES"),
        ("dan", "Ana", "Spain"),
        ("house", "Ana", "ES"),
        ("eve", "A", "ES"),
    ):
        assert verify(who, full_name=name, country=country, data=place) == 1
    assert "nobody's" in capsys.readouterr().err
    # Who lost the device that his codes were on has no other help.
    assert drop_factor("dan", data=place) == 1
    code = pyotp.TOTP(registry.second_factors.begin(4, "dan").secret).generate_otp(NOW_US // STEP_US)
    assert registry.second_factors.confirm(4, code, NOW_US) is Checked.GOOD
    assert drop_factor("dan", data=place) == 0 and not asyncio.run(registry.second_factors.stands(4))


def test_feedback_is_given_once_and_may_be_changed(registry: Registry) -> None:
    registry.market.give_feedback(Feedback(500, ANN, BOB, False, "slow", 1))
    registry.market.give_feedback(Feedback(500, ANN, BOB, True, "fast after all", 2))
    registry.market.give_feedback(Feedback(501, CAT, BOB, False, "", 3))
    assert registry.market.feedback_counts(BOB) == (1, 1) and registry.market.feedback_counts(ANN) == (0, 0)
    assert registry.market.all_feedback_counts() == {BOB: (1, 1)}
    assert [one.text for one in registry.market.feedback(BOB, 10)] == ["", "fast after all"]


def test_a_block_holds_both_ways(registry: Registry) -> None:
    registry.market.block(ANN, BOB)
    registry.market.block(ANN, BOB)
    registry.market.block(CAT, ANN)
    assert [one.account for one in registry.market.blocks(ANN)] == [BOB]
    assert asyncio.run(registry.market.apart(ANN)) == {BOB, CAT} and asyncio.run(registry.market.apart(BOB)) == {ANN}
    assert registry.market.unblock(ANN, BOB) and not registry.market.unblock(ANN, BOB)
    assert asyncio.run(registry.market.apart(BOB)) == set()


# Writings


def test_a_text_is_found_by_its_hash(registry: Registry) -> None:
    content = b'{"terms":"pay fast"}'
    digest = registry.writings.keep(DocumentKind.ADVERT, content)
    assert digest == sha256(content).digest() == registry.writings.keep(DocumentKind.ADVERT, content)
    assert registry.writings.document(digest) == content and registry.writings.document(bytes(32)) is None


def test_what_was_declared_stays_though_it_was_removed(registry: Registry) -> None:
    made = registry.writings.add_payment_account(ANN, 101, b'{"number":"138"}')
    assert asyncio.run(registry.writings.payment_accounts(ANN)) == [made]
    assert asyncio.run(registry.writings.payment_account(ANN, made.number)) == made
    assert asyncio.run(registry.writings.payment_account(BOB, made.number)) is None
    assert not registry.writings.remove_payment_account(BOB, made.number)
    assert registry.writings.remove_payment_account(ANN, made.number)
    assert (
        asyncio.run(registry.writings.payment_accounts(ANN)) == []
        and asyncio.run(registry.writings.payment_account(ANN, made.number)) is None
    )
    assert registry.writings.declared(made.hash) == made._replace(is_removed=True)


def test_a_retry_is_told_and_something_else_is_refused(registry: Registry) -> None:
    async def live() -> None:
        assert await registry.writings.asked(ANN, "order-1", b"buy 5") is None
        asked = await registry.writings.ask(ANN, "order-1", b"buy 5", b"command")
        assert asked == (True, None, b"command") and await registry.writings.ask(
            ANN, "order-1", b"buy 5", b"command"
        ) == (False, None, b"command")
        await registry.writings.answer(Answered(ANN, "order-1", 777))
        assert await registry.writings.ask(ANN, "order-1", b"buy 5", b"command") == (False, 777, b"command")
        assert (await registry.writings.ask(BOB, "order-1", b"sell 5", b"command")).is_new
        with pytest.raises(RequestDiffers):
            await registry.writings.ask(ANN, "order-1", b"buy 6", b"command")
        with pytest.raises(RequestDiffers):
            await registry.writings.asked(ANN, "order-1", b"buy 6")
        # The first command stands.
        assert await registry.writings.ask(BOB, "order-1", b"sell 5", b"other") == (False, None, b"command")
        assert await registry.writings.asked(BOB, "order-1", b"sell 5") == (False, None, b"command")
        await registry.writings.forget(BOB, "order-1")
        assert (await registry.writings.ask(BOB, "order-1", b"sell 6", b"command")).is_new
        await registry.writings.forget(ANN, "order-1")  # what was answered is not forgotten
        assert await registry.writings.ask(ANN, "order-1", b"buy 5", b"command") == (False, 777, b"command")

    asyncio.run(live())


def test_of_many_who_ask_at_once_one_is_first(registry: Registry, place: Path) -> None:
    other = open_registry(place)

    async def live() -> list[Asked | BaseException]:
        asked = (
            door.writings.ask(CAT, f"order-{n % 5}", b"buy", b"command")
            for n in range(20)
            for door in (registry, other)
        )
        differs = registry.writings.ask(ANN, "order-1", b"buy 7", b"command")
        return list(await asyncio.gather(*asked, differs, return_exceptions=True))

    *told, differs = asyncio.run(live())
    assert told.count(Asked(True, None, b"command")) == 5 and told.count(Asked(False, None, b"command")) == 35
    assert isinstance(differs, RequestDiffers)
    other.close()


# Gathered writing


def test_one_who_fails_undoes_nobody_elses(registry: Registry, place: Path) -> None:
    """All share a transaction, and what was answered is found by whoever opens the registry anew."""

    def fails(_: chat.Draft) -> Writer:
        def write(place: int, before: str) -> tuple[bytes, str]:
            raise ValueError("no message")

        return write

    async def live() -> list[list[Kept] | BaseException]:
        draft = chat.told("930", "Open.", "已创建。", 1)
        told = (registry.chats.tell(930 + n, [Line(0, (fails if n == 3 else chat.writer)(draft))]) for n in range(6))
        return list(await asyncio.gather(*told, return_exceptions=True))

    told = asyncio.run(live())
    assert [isinstance(one, ValueError) for one in told] == [n == 3 for n in range(6)]
    other = open_registry(place)
    assert [len(other.chats.messages(930 + n)) for n in range(6)] == [1, 1, 1, 0, 1, 1]
    other.close()


# Chat


def say(registry: Registry, order: int, sender: int, words: str) -> str:
    draft = chat.said(str(order), chat.Sender.BUYER, words, 1_000)
    return registry.chats.append(order, sender, chat.writer(draft)).hash


def test_a_chat_is_a_chain(registry: Registry) -> None:
    assert registry.chats.head(900) == ""
    opened = chat.writer(chat.told("900", "Open.", "已创建。", 1))
    first = registry.chats.append(900, 0, opened, once="opened")
    assert registry.chats.append(900, 0, opened, once="opened") == first
    head = say(registry, 900, ANN, "Hello")
    assert registry.chats.head(900) == head
    messages = [chat.read(kept.content) for kept in registry.chats.messages(900)]
    assert [message.text for message in messages] == ["Open.", "Hello"] and chat.check_chain("900", messages) == head
    assert [kept.place for kept in registry.chats.messages(900, after_place=1)] == [2]
    assert standing(registry, BOB) == {900: (head, 2), 901: ("", 0)} and standing(registry, ANN)[900].unread == 1
    registry.chats.note_read(900, BOB, 2)
    registry.chats.note_read(900, BOB, 1)
    assert standing(registry, BOB)[900].unread == 0 and registry.chats.head(900) == head


def standing(registry: Registry, account: int) -> dict[int, Standing]:
    return asyncio.run(registry.chats.standing([900, 901], account))


def test_two_doors_write_one_chain(registry: Registry, place: Path) -> None:
    other = open_registry(place)
    doors = (registry, other)
    threads = [
        threading.Thread(target=lambda door=door: [say(door, 910, ANN, f"word {n}") for n in range(8)])
        for door in doors
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    async def tell() -> list[list[Kept]]:
        lines = [Line(0, chat.writer(chat.told("910", f"Step {n}.", f"第{n}步。", 1)), f"step:{n}") for n in range(2)]
        return list(await asyncio.gather(*(door.chats.tell(910, lines) for door in doors * 3)))

    assert sorted(len(told) for told in asyncio.run(tell())) == [0, 0, 0, 0, 0, 2]
    messages = [chat.read(kept.content) for kept in registry.chats.messages(910)]
    assert len(messages) == 18 and chat.check_chain("910", messages) == other.chats.head(910)
    other.close()


def test_a_full_chat_hears_the_exchange_alone(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("venus.registry.p2p_chat.MESSAGES_MAX", 2)
    say(registry, 920, ANN, "one")
    say(registry, 920, ANN, "two")
    with pytest.raises(ChatFull):
        say(registry, 920, ANN, "three")
    registry.chats.append(920, 0, chat.writer(chat.told("920", "Released.", "已放行。", 1)))
    assert len(registry.chats.messages(920)) == 3


# Files


def test_a_file_lies_sealed_under_its_hash(registry: Registry, place: Path) -> None:
    files = registry.files(place / "files")
    receipt = b"\x89PNG paid by Zhang Wei"
    facts = files.keep(ANN, receipt, "image/png", "receipt.png")
    assert facts.hash == sha256(receipt).hexdigest() and files.read(facts.hash) == receipt
    on_disk = place / "files" / facts.hash[:2] / facts.hash
    assert b"Zhang Wei" not in on_disk.read_bytes() and on_disk.stat().st_mode & 0o077 == 0
    assert files.keep(BOB, receipt, "image/png", "mine.png").hash == facts.hash
    assert files.facts(facts.hash, BOB) == facts._replace(name="mine.png") and files.facts("00" * 32, ANN) is None
    assert files.is_of(facts.hash, ANN) and not files.is_of(facts.hash, CAT)
    assert not files.is_used(facts.hash, 900)
    files.use(facts.hash, 900)
    files.use(facts.hash, 900)
    assert files.is_used(facts.hash, 900) and files.read("00" * 32) is None
    on_disk.write_bytes(on_disk.read_bytes()[:-1] + b"x")
    with pytest.raises(VaultError):
        files.read(facts.hash)


def test_a_day_has_so_many_files(registry: Registry, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("venus.registry.p2p_files.FILES_DAY_MAX", 2)
    files = registry.files(place / "files")
    for number in range(2):
        files.keep(CAT, b"file %d" % number, "image/png", "")
    files.keep(CAT, b"file 1", "image/png", "again")
    with pytest.raises(TooMany):
        files.keep(CAT, b"file 2", "image/png", "")


# Second factors


def test_a_code_is_good_once(registry: Registry) -> None:
    factors = registry.second_factors
    assert factors.check(ANN, "123456", NOW_US) is Checked.NONE and not asyncio.run(factors.stands(ANN))
    made = factors.begin(ANN, "Ann Trades")
    assert made.uri.startswith("otpauth://totp/Venus:Ann%20Trades?") and "hidden" in repr(made)
    totp = pyotp.TOTP(made.secret)

    def code(steps: int) -> str:
        return totp.generate_otp(NOW_US // STEP_US + steps)

    assert factors.check(ANN, code(0), NOW_US) is Checked.NONE  # not confirmed yet
    assert factors.confirm(ANN, code(-2), NOW_US) is Checked.WRONG  # too old
    assert factors.confirm(ANN, code(-1), NOW_US) is Checked.GOOD and asyncio.run(factors.stands(ANN))
    assert factors.confirm(ANN, code(0), NOW_US) is Checked.NONE
    with pytest.raises(FactorStands):
        factors.begin(ANN, "thief")
    assert factors.check(ANN, code(-1), NOW_US) is Checked.USED
    assert factors.check(ANN, f" {code(1)} ", NOW_US) is Checked.GOOD
    assert factors.check(ANN, code(0), NOW_US) is Checked.USED  # a later one was good
    assert factors.check(ANN, "", NOW_US) is Checked.WRONG
    assert factors.drop(ANN) and not factors.drop(ANN) and not asyncio.run(factors.stands(ANN))


def test_wrong_codes_lock_all_codes_for_a_time(registry: Registry) -> None:
    factors = registry.second_factors
    totp = pyotp.TOTP(factors.begin(BOB, "Bob").secret)
    assert factors.confirm(BOB, totp.generate_otp(NOW_US // STEP_US), NOW_US) is Checked.GOOD
    for _ in range(FAILURES_MAX):
        assert factors.check(BOB, "not it", NOW_US) is Checked.WRONG
    later_us = NOW_US + LOCKED_US
    assert factors.check(BOB, totp.generate_otp(NOW_US // STEP_US + 1), NOW_US) is Checked.LOCKED
    assert factors.check(BOB, totp.generate_otp(later_us // STEP_US), later_us) is Checked.GOOD
