"""The public record's door: what anybody may read of supply and of the use of power, and receipts of payments."""

from base64 import b64decode
from collections.abc import Iterator

import pytest

from tests.examples.rest.house import Answer, House
from tests.examples.rest.test_currency_door import DCNY, Town
from venus.engine.keys import journal_verifier
from venus.engine.places import Places
from venus.journal.frames import FrameKind
from venus.journal.receipts import Receipt, open_receipt
from venus.journal.store import JournalReader
from venus.records.commands import CommandKind, decode_cold
from venus.records.currency import LinkBank, UnsealIdentity
from venus.records.institutions import Role
from venus.records.sequenced import commands_of
from venus.supervisor.receipts import judge
from venus.testing.sandbox_coins import NUMBERS
from venus.views.currency_questions import UnsealingsQuestion

WANTED = [("x-venus-receipt", "1")]


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    house = House()
    try:
        yield Town(house)
    finally:
        house.close()


def public(town: Town, path: str) -> Answer:
    return town.house.send(None, "GET", f"/record/v1/{path}")


def receipt_of(town: Town, answer: Answer) -> Receipt:
    """It is genuine, and the journal has it there."""
    assert answer.status == 200, answer
    places = Places(town.house.directory)
    receipt = open_receipt(b64decode(answer.headers["x-venus-receipt"]), journal_verifier(places))
    assert judge(receipt, JournalReader(places.journal)).holds
    return receipt


def test_a_currency_is_told_with_its_operators(town: Town) -> None:
    answer = public(town, "currencies").json
    [currency] = answer["currencies"]
    assert (currency["currency"], currency["supply"], currency["iso"]) == ("dCNY", "11000000000.00", "CNY")
    first, second = currency["operators"]
    assert (first["name"], first["quota"], second["reserves"]) == ("first-bank", "20000000000.00", "14000000000.00")
    assert answer["time"] > 1_600_000_000_000
    assert public(town, "coins").json["coins"] == []
    assert town.house.send(None, "GET", "/record/v1/coins", coin="x").status == 400


def test_an_unsealing_and_a_reading_are_counted_and_say_of_nobody(town: Town) -> None:
    before = public(town, "counts").json
    assert before["identityUnsealings"] == before["identityReadings"] == before["lawfulOrders"] == []
    zhao = town.wallet(3)
    unseal = UnsealIdentity(
        reference=town.one(),
        currency=DCNY,
        operator=0,
        account=zhao.account,
        authority=NUMBERS["court"],
        basis="High Court, 26 Civ 2",
        shown_after_ns=3_600 * 10**9,
    )
    seats = (("first-bank", Role.MAKER), ("first-bank", Role.CHECKER), ("court", Role.MAKER))
    assert town.proposed(unseal, *seats)["state"] == "DONE"
    town.identity(zhao.account, "court")
    after = public(town, "counts").json
    assert after["identityUnsealings"] == [{"currency": "dCNY", "authority": "court", "count": 1}]
    assert after["identityReadings"] == [{"institution": "court", "count": 1}]
    # Whom it was about learns of it when he may, and not by asking for the command's receipt.
    [unsealing] = town.house.run(town.house.client.ask(UnsealingsQuestion(zhao.account))).unsealings
    assert town.house.send(zhao, "GET", "/record/v1/receipt", sequence=unsealing.sequence).status == 404


def test_payments_and_what_operators_ask_have_receipts(town: Town) -> None:
    li, wang = town.wallet(units=100), town.wallet()
    form = {"toAccount": wang.account, "amount": "5", "clientId": "tea"}
    paid = town.house.send(li, "POST", "/currency/v1/payments", headers=WANTED, form=form)
    receipt = receipt_of(town, paid)
    [(command, text)] = commands_of(receipt.payload, 1)
    assert (command.kind, command.quantity, text) == (CommandKind.TRANSFER, 500, f"holder:{li.account}:tea")
    again = town.house.send(li, "GET", "/record/v1/receipt", clientId="tea", time=paid.json["time"]).json
    assert [one["sequence"] for one in again] == [receipt.sequence]

    bank = {"wallet": li.account, "line": "10", "waterfall": "true", "reverse": "false", "clientId": "line"}
    linked = town.house.send(town.first, "POST", "/currency/v1/wallets/bank", headers=WANTED, form=bank)
    receipt = receipt_of(town, linked)
    assert (receipt.kind, receipt.account) == (FrameKind.COLD, town.first.account)
    assert isinstance(decode_cold(receipt.payload), LinkBank)
    assert receipt.sequence == linked.json["sequence"]
    # It is about a wallet, and of the operator.
    told = town.house.send(town.first, "GET", "/record/v1/receipt", sequence=receipt.sequence).json
    assert [one["sequence"] for one in told] == [receipt.sequence]
    assert town.house.send(li, "GET", "/record/v1/receipt", sequence=receipt.sequence).status == 404
