"""Operators' ISO 20022 messages on a real engine: transfers, returns, what is asked back, and those who cheat."""

import time
from collections.abc import Iterator

import msgspec
import pytest

from tests.examples.rest.house import House, Trader
from tests.examples.rest.town import Town
from venus.gateway.currency.payments import payment_id
from venus.iso20022.documents import Money
from venus.iso20022.resolutions import Resolution, Resolutions, Resolved, resolutions_document, resolutions_of
from venus.iso20022.returns import (
    Cancellation,
    Cancellations,
    Return,
    Returns,
    cancellations_document,
    cancellations_of,
    returns_document,
    returns_of,
)
from venus.iso20022.statements import notice_of, statement_of
from venus.iso20022.statuses import State, report_of
from venus.iso20022.transfers import CreditTransfer, CreditTransfers, Party, transfers_document, transfers_of

CNY = Money("CNY", 2)


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    house = House()
    try:
        yield Town(house)
    finally:
        house.close()


def transfers(town: Town, agent: str, payer: int, *payees: tuple[int, int]) -> str:
    """A pacs.008 of some payments in cents."""
    said = CreditTransfers(
        message=town.one(),
        created_ns=time.time_ns(),
        transfers=tuple(
            CreditTransfer(
                transaction=f"T{number}",
                end_to_end=f"E{number}",
                atoms=atoms,
                debtor=Party(agent, str(payer)),
                creditor=Party("second-bank", str(payee)),
            )
            for number, (payee, atoms) in enumerate(payees)
        ),
    )
    return transfers_document(Money("CNY", 2), said).decode()


def test_an_operators_messages_become_payments_once(town: Town) -> None:
    li, chen, phone = town.wallet(units=50_000), town.wallet(operator=town.second), town.wallet(3)
    message = transfers(town, "first-bank", li.account, (chen.account, 1_250), (phone.account, 2_000_000))
    for _ in range(2):
        answer = town.ask(town.first, "POST", "iso20022/transfers", message=message).json
        settled, refused = report_of(answer["message"].encode()).statuses
        assert (settled.state, refused.state, refused.words) == (State.SETTLED, State.REJECTED, "BALANCE_LIMIT")
    assert (town.free(li), town.free(chen)) == ("49987.50", "12.50")
    # Another operator's wallet, or one's own under another's name, is not paid from.
    stolen = transfers(town, "second-bank", li.account, (chen.account, 1))
    [status] = report_of(
        town.ask(town.second, "POST", "iso20022/transfers", message=stolen).json["message"].encode()
    ).statuses
    assert (status.state, town.free(li)) == (State.REJECTED, "49987.50")
    bad = town.ask(town.first, "POST", "iso20022/transfers", message="<Document/>")
    assert bad.status == 400 and bad.json["code"] == -32_016 and "FF01" in bad.json["msg"]
    told = town.ask(town.first, "GET", "iso20022/statement", wallet=li.account).json["message"]
    statement = statement_of(told.encode(), Money("CNY", 2))
    assert (statement.opening_atoms, statement.closing_atoms) == (0, 4_998_750)
    assert [entry.atoms for entry in statement.entries] == [5_000_000, -1_250]


def test_a_return_gives_back_what_the_message_paid(town: Town) -> None:
    """By the operator of who got it; what came and went stands in its camt.054, once."""
    li, chen = town.wallet(units=100), town.wallet(operator=town.second)
    message = transfers(town, "first-bank", li.account, (chen.account, 4_000))
    said = transfers_of(message.encode(), CNY)
    town.ask(town.first, "POST", "iso20022/transfers", message=message)
    fields = {"about": said.message, "transaction": said.transfers[0].transaction, "end_to_end": "e"}
    fields |= {"debtor_agent": "first-bank", "creditor_account": str(chen.account)}

    def given_back(operator: Trader, *returns: Return) -> list[tuple[State, str]]:
        document = returns_document(CNY, Returns(message="back", created_ns=time.time_ns(), returns=returns)).decode()
        answer = town.ask(operator, "POST", "iso20022/returns", message=document).json["message"]
        return [(status.state, status.words) for status in report_of(answer.encode()).statuses]

    one = Return(identification="r1", atoms=1_500, **fields)
    more = Return(identification="r2", atoms=2_501, **fields)
    unknown = Return(identification="r3", atoms=1, **fields | {"transaction": "another"})
    for _ in range(2):
        told = given_back(town.second, one, more, unknown)
        assert told == [
            (State.SETTLED, ""),
            (State.REJECTED, "REFUND_TOO_LARGE"),
            (State.REJECTED, "UNKNOWN_PAYMENT"),
        ]
    assert given_back(town.first, one) == [(State.REJECTED, "UNKNOWN_COUNTERPARTY")]
    assert (town.free(li), town.free(chen)) == ("75.00", "25.00")
    first = town.ask(town.second, "GET", "iso20022/notice", wallet=chen.account).json
    assert [(entry.atoms, entry.kind) for entry in notice_of(first["message"].encode(), CNY).entries] == [
        (4_000, "TRANSFERRED"),
        (-1_500, "REFUNDED"),
    ]
    again = town.ask(
        town.second, "GET", "iso20022/notice", wallet=chen.account, sinceSequence=first["nextSequence"]
    ).json
    assert again["message"] is None


def recall(
    town: Town, said: CreditTransfers, *requests: Cancellation, by: str = "first-bank", to: str = "second-bank"
) -> str:
    asked = Cancellations(message=town.one(), created_ns=time.time_ns(), by=by, to=to, cancellations=requests)
    return cancellations_document(CNY, asked).decode()


def test_a_transfer_that_is_asked_back_is_given_back_or_it_is_said_why_not(town: Town) -> None:
    """camt.056 to the payee's operator; a pacs.004 or the payee himself gives back, or a camt.029 says no."""
    li, chen = town.wallet(units=100), town.wallet(operator=town.second)
    message = transfers(town, "first-bank", li.account, (chen.account, 4_000), (chen.account, 500), (chen.account, 300))
    said = transfers_of(message.encode(), CNY)
    town.ask(town.first, "POST", "iso20022/transfers", message=message)

    def about(number: int, atoms: int, message: str = said.message) -> Cancellation:
        one = said.transfers[number]
        return Cancellation(
            identification=f"C{number}",
            about=message,
            transaction=one.transaction,
            end_to_end="e",
            atoms=atoms,
            reason="DUPL",
        )

    document = recall(town, said, about(0, 4_000), about(1, 500), about(2, 301))
    for _ in range(2):
        answer = town.ask(town.first, "POST", "iso20022/recalls", message=document).json["message"]
        resolved = resolutions_of(answer.encode())
        assert (resolved.by, resolved.to, resolved.confirmation) == ("second-bank", "first-bank", "PDCR")
        assert [(one.state, one.reason) for one in resolved.resolved] == [
            (Resolution.PENDING, ""),
            (Resolution.PENDING, ""),
            (Resolution.REJECTED, "AM09"),
        ]
    [asked] = town.ask(town.second, "GET", "iso20022/recalls").json["messages"]
    told = cancellations_of(asked.encode(), CNY)
    assert (told.by, told.to, told.message) == ("first-bank", "second-bank", resolved.message.removeprefix("answer-"))
    assert [(one.identification, one.atoms, one.reason) for one in told.cancellations] == [
        ("C0", 4_000, "DUPL"),
        ("C1", 500, "DUPL"),
    ]
    assert town.ask(town.first, "GET", "iso20022/recalls").json["messages"] == []
    # The payee gives the first back by himself, in two parts; his operator says no to the second.
    paid = payment_id(said.reference(said.transfers[0]))
    town.do(chen, "refunds", paymentId=paid, amount="15", clientId="part")
    town.do(chen, "refunds", paymentId=paid, amount="15", clientId="part")
    town.do(chen, "refunds", paymentId=paid, amount="25")
    no = Resolved("x", said.message, said.transfers[1].transaction, "e", Resolution.REJECTED, reason="CUST")
    refused = Resolutions(
        message=town.one(), created_ns=time.time_ns(), by="second-bank", to="first-bank", resolved=(no,)
    )
    assert town.ask(
        town.second, "POST", "iso20022/recalls/answers", message=resolutions_document(refused).decode()
    ).json == {"rejected": 1}
    assert town.ask(town.second, "GET", "iso20022/recalls").json["messages"] == []
    answers = town.ask(town.first, "GET", "iso20022/recalls/answers", messageId=told.message).json["message"]
    resolved = resolutions_of(answers.encode())
    assert [(one.identification, one.state, one.reason) for one in resolved.resolved] == [
        ("C0", Resolution.ACCEPTED, ""),
        ("C1", Resolution.REJECTED, "CUST"),
    ]
    assert resolved.confirmation == "PECR" and town.free(li) == "92.00"
    # What came back is told as the returns of the message's transfers, once.
    back = town.ask(town.first, "GET", "iso20022/returns", wallet=li.account).json
    told_back = returns_of(back["message"].encode(), CNY).returns
    assert [(one.about, one.transaction, one.atoms, one.reason) for one in told_back] == [
        (said.message, said.transfers[0].transaction, atoms, "CUST") for atoms in (1_500, 2_500)
    ]
    again = town.ask(town.first, "GET", "iso20022/returns", wallet=li.account, sinceSequence=back["nextSequence"]).json
    assert again == {"message": None, "nextSequence": back["nextSequence"]}
    whole = town.ask(town.first, "POST", "iso20022/recalls", message=recall(town, said, about(0, 1))).json["message"]
    assert resolutions_of(whole.encode()).resolved[0].reason == "ARDT"


def test_who_was_paid_finds_what_is_asked_back_of_him_until_it_is_given(town: Town) -> None:
    li, chen = town.wallet(units=100), town.wallet(operator=town.second)
    message = transfers(town, "first-bank", li.account, (chen.account, 4_000))
    said = transfers_of(message.encode(), CNY)
    town.ask(town.first, "POST", "iso20022/transfers", message=message)
    one = Cancellation(
        identification="C", about=said.message, transaction="T0", end_to_end="e", atoms=3_000, reason="DUPL"
    )
    assert town.ask(chen, "GET", "recalls").json == []
    town.ask(town.first, "POST", "iso20022/recalls", message=recall(town, said, one))

    def asked_back() -> list[tuple[str, ...]]:
        names = ("paymentId", "fromOperator", "amount", "returned", "reason")
        return [tuple(row[name] for name in names) for row in town.ask(chen, "GET", "recalls").json]

    paid = payment_id(said.reference(said.transfers[0]))
    assert asked_back() == [(paid, "first-bank", "30.00", "0.00", "DUPL")]
    town.do(chen, "refunds", paymentId=paid, amount="10")
    assert asked_back() == [(paid, "first-bank", "30.00", "10.00", "DUPL")]
    town.do(chen, "refunds", paymentId=paid, amount="20")
    assert asked_back() == []
    assert town.ask(li, "GET", "recalls").json == []
    assert town.ask(li, "GET", "recalls", wallet=chen.account).status == 401


def test_nobody_asks_back_what_is_not_his_nor_answers_for_others(town: Town) -> None:
    li, chen = town.wallet(units=100), town.wallet(operator=town.second)
    message = transfers(town, "first-bank", li.account, (chen.account, 4_000))
    said = transfers_of(message.encode(), CNY)
    town.ask(town.first, "POST", "iso20022/transfers", message=message)
    one = Cancellation("C", said.message, said.transfers[0].transaction, "e", 4_000)

    def reasons(operator: Trader, document: str) -> list[str]:
        answer = town.ask(operator, "POST", "iso20022/recalls", message=document)
        assert answer.status == 200, answer
        return [row.reason for row in resolutions_of(answer.json["message"].encode()).resolved]

    wrong = msgspec.structs.replace(one, about="no such message")
    assert reasons(town.first, recall(town, said, wrong)) == ["NOOR"]
    assert reasons(town.second, recall(town, said, one, by="second-bank")) == ["NOOR"]
    assert reasons(town.first, recall(town, said, one, to="first-bank")) == ["AGNT"]
    forged = town.ask(town.second, "POST", "iso20022/recalls", message=recall(town, said, one))
    assert forged.status == 400 and "AGNT" in forged.json["msg"]
    document = recall(town, said, one)
    assert reasons(town.first, document) == [""]
    other = document.replace(">40.00<", ">39.00<")
    assert "DU03" in town.ask(town.first, "POST", "iso20022/recalls", message=other).json["msg"]

    def answered(operator: Trader, by: str, state: Resolution, reason: str = "") -> str:
        row = Resolved("x", said.message, said.transfers[0].transaction, "e", state, reason=reason)
        told = Resolutions(message="a", created_ns=time.time_ns(), by=by, to="first-bank", resolved=(row,))
        answer = town.ask(operator, "POST", "iso20022/recalls/answers", message=resolutions_document(told).decode())
        return str(answer.json.get("msg", answer.json))

    assert "AGNT" in answered(town.first, "second-bank", Resolution.REJECTED, "CUST")
    assert "NOOR" in answered(town.first, "first-bank", Resolution.REJECTED, "CUST")
    assert "pacs.004" in answered(town.second, "second-bank", Resolution.ACCEPTED)
    assert answered(town.second, "second-bank", Resolution.PENDING) == "{'rejected': 0}"
    assert "NARR" in answered(town.second, "second-bank", Resolution.REJECTED)
    assert town.ask(town.first, "GET", "iso20022/recalls/answers", messageId="none").status == 400
    # Given back by the operator's pacs.004 after all: that counts, and it is told with its reason.
    fields = {"about": said.message, "transaction": said.transfers[0].transaction, "end_to_end": "e"}
    back = Return(
        identification="r",
        atoms=4_000,
        reason="DUPL",
        debtor_agent="first-bank",
        creditor_account=str(chen.account),
        **fields,
    )
    town.ask(
        town.second,
        "POST",
        "iso20022/returns",
        message=returns_document(CNY, Returns(message=town.one(), created_ns=time.time_ns(), returns=(back,))).decode(),
    )
    told = town.ask(town.first, "GET", "iso20022/returns", wallet=li.account).json["message"]
    assert [(row.atoms, row.reason) for row in returns_of(told.encode(), CNY).returns] == [(4_000, "DUPL")]
    assert town.free(li) == "100.00"
