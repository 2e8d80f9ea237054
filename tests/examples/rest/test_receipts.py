"""Receipts: what a customer is told of his command's place, and what a journal that lost or moved it is told by."""

from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.examples.rest.house import Answer, House, Trader
from venus.cli.receipts import check
from venus.engine.keys import journal_verifier
from venus.engine.places import Places
from venus.journal.delegated import delegate
from venus.journal.frames import FrameKind
from venus.journal.notes import NoteRefused, Signer, Verifier
from venus.journal.receipts import RECEIPTS_KEY, Receipt, open_receipt, sign_receipt
from venus.journal.sequences import Sequences
from venus.journal.store import FileStore, JournalReader
from venus.records.commands import COMMAND, CommandKind
from venus.records.sequenced import commands_of
from venus.supervisor.receipts import judge

WANTED = [("x-venus-receipt", "1")]
RECEIPT = "/record/v1/receipt"


class Copy(NamedTuple):
    """A journal rewritten by whoever holds it, from one that was told."""

    places: Places

    def judge(self, receipt: Receipt) -> tuple[bool | None, str]:
        verdict = judge(receipt, JournalReader(self.places.journal))
        return verdict.holds, verdict.words


@pytest.fixture
def places(house: House) -> Places:
    return Places(house.directory)


@pytest.fixture
def key(places: Places) -> Verifier:
    return journal_verifier(places)


def bid(house: House, who: Trader, market: str, **more: object) -> Answer:
    form = {"symbol": market, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.5", "price": "100"}
    return house.send(who, "POST", "order", headers=WANTED, **(form | more))


def receipts_in(answer: Answer, key: Verifier) -> list[Receipt]:
    header = answer.headers["x-venus-receipt"]
    return [open_receipt(b64decode(part), key) for part in header.split(",")]


def test_an_order_is_answered_with_its_place_in_the_journal(
    house: House, alice: Trader, market: str, places: Places, key: Verifier
) -> None:
    answer = bid(house, alice, market, newClientOrderId="mine")
    [receipt] = receipts_in(answer, key)
    [(command, text)] = commands_of(receipt.payload, receipt.commands_count)
    assert (command.kind, command.account, text) == (CommandKind.ORDER, alice.account, "mine")
    assert (command.price_ticks, command.quantity) == (10_000, 5_000)
    assert (receipt.account, receipt.time_ns // 10**6) == (alice.account, answer.json["transactTime"])
    verdict = judge(receipt, JournalReader(places.journal))
    assert verdict.holds and "side BUY" in verdict.words and "'mine'" in verdict.words
    assert "x-venus-receipt" not in house.buy(alice, market, "0.5", "100").headers


def test_a_refusal_has_its_place_too_and_what_the_door_refuses_has_none(
    house: House, alice: Trader, market: str, places: Places, key: Verifier
) -> None:
    poor = bid(house, alice, market, quantity="100", price="99999")
    assert poor.status == 400
    [receipt] = receipts_in(poor, key)
    assert judge(receipt, JournalReader(places.journal)).holds
    assert "x-venus-receipt" not in bid(house, alice, market, quantity="0.00001").headers
    refused = house.send(alice, "DELETE", "openOrders", headers=[("x-venus-receipt", "yes")], symbol=market)
    assert refused.refusal == (400, -1130, "Data sent for parameter 'X-VENUS-RECEIPT' is not valid.")


def test_a_cancel_and_its_replacement_are_one_receipt(
    house: House, alice: Trader, market: str, places: Places, key: Verifier
) -> None:
    placed = bid(house, alice, market).json
    form = {"cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrderId": placed["orderId"], "price": "101"}
    form |= {"side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.5"}
    replaced = house.send(alice, "POST", "order/cancelReplace", headers=WANTED, symbol=market, **form)
    [receipt] = receipts_in(replaced, key)
    kinds = [command.kind for command, _ in commands_of(receipt.payload, receipt.commands_count)]
    assert kinds == [CommandKind.CANCEL, CommandKind.ORDER]
    assert judge(receipt, JournalReader(places.journal)).holds


def test_a_receipt_is_given_afterwards_to_its_owner_alone(
    house: House, alice: Trader, bob: Trader, market: str, key: Verifier
) -> None:
    answer = bid(house, alice, market, newClientOrderId="later")
    [receipt] = receipts_in(answer, key)
    [by_sequence] = house.send(alice, "GET", RECEIPT, sequence=receipt.sequence).json
    when = {"clientId": "later", "time": answer.json["transactTime"]}
    [by_id] = house.send(alice, "GET", RECEIPT, **when).json
    for told in (by_sequence, by_id):
        assert told["sequence"] == receipt.sequence
        assert open_receipt(b64decode(told["receipt"]), key) == receipt
    none = (404, -33001, "The journal has no command of yours there.")
    assert house.send(bob, "GET", RECEIPT, sequence=receipt.sequence).refusal == none
    assert house.send(bob, "GET", RECEIPT, **when).refusal == none
    assert house.send(alice, "GET", RECEIPT, sequence=10**9).refusal == none
    assert house.send(alice, "GET", RECEIPT, sequence=0).refusal == none
    assert house.send(alice, "GET", RECEIPT, clientId="later").status == 400
    assert house.send(alice, "GET", RECEIPT, sequence=1, clientId="later").status == 400


def test_every_command_is_found_by_its_sequence_and_its_time(places: Places, house: House, alice: Trader) -> None:
    reader = JournalReader(places.journal)
    sequences = Sequences(reader)
    frames = [frame for frame in reader.frames() if frame.commands_count and frame.number < reader.durable_frames()]
    for frame in [*frames[::7], *frames[-3:], *frames[:3]]:
        last = frame.first_sequence + frame.commands_count - 1
        for sequence in (frame.first_sequence, last):
            found = sequences.holding(sequence)
            assert found is not None and found.number == frame.number
        same = [one.number for one in sequences.within(frame.time_ns, frame.time_ns + 1)]
        assert same == [one.number for one in frames if one.time_ns == frame.time_ns]
    assert sequences.holding(frames[-1].first_sequence + frames[-1].commands_count) is None


Forge = Callable[[bytes], bytes]


def rewritten(places: Places, to: Path, sequence: int, forge: Forge, *, leave_out: bool = False) -> Copy:
    """The journal as it is, but that the frame of one command has another payload, or is not there."""
    copy = Places(to)
    with FileStore.open(copy.journal) as store:
        first = 1
        for frame in JournalReader(places.journal).frames():
            payload, count = bytes(frame.payload), frame.commands_count
            if frame.kind == FrameKind.CHECKPOINT:
                continue
            if frame.first_sequence <= sequence < frame.first_sequence + count:
                if leave_out:
                    continue
                payload = forge(payload)
            store.append(frame.kind, first, count, frame.time_ns, [payload])
            first += count
        store.sync()
    return Copy(copy)


def test_a_journal_that_does_not_have_the_order_there_is_named(
    house: House, alice: Trader, bob: Trader, market: str, places: Places, key: Verifier, tmp_path: Path
) -> None:
    [receipt] = receipts_in(bid(house, alice, market), key)
    assert house.buy(bob, market, "0.5", "99").status == 200
    sequence, price_at = receipt.sequence, COMMAND.fields["price_ticks"][1]

    def dearer(payload: bytes) -> bytes:
        return payload[:price_at] + (9_999).to_bytes(8, "little") + payload[price_at + 8 :]

    changed = rewritten(places, tmp_path / "changed", sequence, dearer)
    holds, words = changed.judge(receipt)
    assert holds is False and "price_ticks 9999" in words and "the receipt says ORDER" in words and "10000" in words
    # Left out: what came after stands in its place, at another time.
    holds, words = rewritten(places, tmp_path / "shorter", sequence, bytes, leave_out=True).judge(receipt)
    assert holds is False and "time" in words
    assert rewritten(places, tmp_path / "same", 0, bytes).judge(receipt)[0] is True
    beyond = receipt._replace(sequence=10**9)
    assert changed.judge(beyond) == (None, "this journal ends before the command 1000000000: ask a newer copy of it")


def test_nobody_else_can_sign_one(house: House, alice: Trader, market: str, key: Verifier) -> None:
    [receipt] = receipts_in(bid(house, alice, market), key)
    own = Signer(RECEIPTS_KEY, Ed25519PrivateKey.generate())
    forged = receipt._replace(sequence=receipt.sequence + 1)
    impostor = Signer(key.name, Ed25519PrivateKey.generate())
    for delegation in (delegate(own.verifier, own), delegate(own.verifier, impostor)):
        with pytest.raises(NoteRefused):
            open_receipt(sign_receipt(forged, own, delegation), key)
    header = b64decode(bid(house, alice, market).headers["x-venus-receipt"])
    with pytest.raises(NoteRefused, match="does not hold"):
        open_receipt(header.replace(b"\ntime 1", b"\ntime 2", 1), key)
    with pytest.raises(NoteRefused, match="two notes"):
        open_receipt(header.rpartition(b"\n\n")[0], key)


def test_large_runs_are_told_by_their_digest() -> None:
    many = Receipt.of(7, 100, 5, 3, FrameKind.HOT, bytes(6_400))
    signer = Signer("venus/journal", Ed25519PrivateKey.generate())
    own = Signer(RECEIPTS_KEY, Ed25519PrivateKey.generate())
    data = sign_receipt(many, own, delegate(own.verifier, signer))
    assert open_receipt(data, signer.verifier) == many
    assert many.payload == b"" and len(data) < 1_024


def test_the_command_says_what_it_found(
    house: House, alice: Trader, market: str, places: Places, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header = bid(house, alice, market).headers["x-venus-receipt"]
    file = tmp_path / "receipt"
    file.write_text(header)
    assert check(file, journal=places.root) == 0
    assert "agrees" in capsys.readouterr().out
    assert check(file, verifier=places.journal_verifier) == 2
    assert "genuine" in capsys.readouterr().out
    file.write_bytes(b64decode(header))
    assert check(file, journal=places.root) == 0
    other = tmp_path / "other.verifier"
    other.write_text(Verifier("venus/journal", Ed25519PrivateKey.generate().public_key()).text())
    assert check(file, verifier=other) == 1
    file.write_text("not one")
    assert check(file, journal=places.root) == 1
    assert check(file) == 1
