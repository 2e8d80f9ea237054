"""pacs.002: what became of transfers, in and out. Source: docs/rules/iso20022.md, "pacs.002"."""

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from venus.iso20022.documents import BadDocument, Leaf, read, under, write
from venus.iso20022.times import time_ns_of, time_text
from venus.records.rejects import Reject

NAME = "pacs.002.001.10"
NAMES = tuple(f"pacs.002.001.{version:02}" for version in range(10, 13))


class State(StrEnum):
    """External codes of a transfer's status that are read and written."""

    SETTLED = "ACSC"
    PENDING = "PDNG"
    REJECTED = "RJCT"


class Status(msgspec.Struct, frozen=True):
    transaction: str
    state: State
    end_to_end: str = ""
    reason: str = ""  # an external code, of a rejection
    words: str = ""
    accepted_ns: int = 0
    reference: str = ""  # the servicer's: the ledger's number of the payment


class StatusReport(msgspec.Struct, frozen=True):
    message: str
    created_ns: int
    about: str  # the message of which it tells
    about_name: str
    statuses: tuple[Status, ...]
    state: State | None = None  # of the message as a whole, where it was not even read
    reason: str = ""
    words: str = ""


REASON_OF = {
    Reject.UNKNOWN_ACCOUNT: "AC02",
    Reject.UNKNOWN_COUNTERPARTY: "AC03",
    Reject.ACCOUNT_FROZEN: "AC06",
    Reject.WALLET_CLOSED: "AC07",
    Reject.ACCOUNT_UNSUITED: "AG01",
    Reject.NOT_A_WALLET: "AG01",
    Reject.INSUFFICIENT_FREE: "AM04",
    Reject.AMOUNT_OUT_OF_RANGE: "AM12",
    Reject.REFERENCE_REUSED: "DU04",
    Reject.SINGLE_LIMIT: "AM02",
    Reject.DAY_LIMIT: "AM14",
    Reject.YEAR_LIMIT: "AM14",
    Reject.BALANCE_LIMIT: "AM13",
    Reject.UNKNOWN_PAYMENT: "NOOR",
    Reject.REFUND_TOO_LARGE: "AM09",
}
"""The external code that says what a payment was refused for; what is not here is NARR, with its name in words."""
_WORDS_MAX = 105


def rejected(transaction: str, end_to_end: str, reject: Reject) -> Status:
    """What a payment that the ledger refused is told as."""
    return Status(
        transaction=transaction,
        end_to_end=end_to_end,
        state=State.REJECTED,
        reason=REASON_OF.get(reject, "NARR"),
        words=reject.name,
    )


def report_document(said: StatusReport) -> bytes:
    """Raises BadDocument."""
    return write(NAME, "FIToFIPmtStsRpt", _leaves(said))


def _leaves(said: StatusReport) -> Iterator[Leaf]:
    yield "GrpHdr/MsgId", said.message
    yield "GrpHdr/CreDtTm", time_text(said.created_ns)
    yield "OrgnlGrpInfAndSts/OrgnlMsgId", said.about or "NOTPROVIDED"
    yield "OrgnlGrpInfAndSts/OrgnlMsgNmId", said.about_name
    if said.state is not None:
        yield "OrgnlGrpInfAndSts/GrpSts", said.state
        yield from _reason("OrgnlGrpInfAndSts/StsRsnInf", said.reason, said.words)
    for one in said.statuses:
        yield from under("TxInfAndSts", _leaves_of_one(one))


def _leaves_of_one(one: Status) -> Iterator[Leaf]:
    yield "OrgnlEndToEndId", one.end_to_end
    yield "OrgnlTxId", one.transaction
    yield "TxSts", one.state
    yield from _reason("StsRsnInf", one.reason, one.words)
    if one.accepted_ns:
        yield "AccptncDtTm", time_text(one.accepted_ns)
    yield "AcctSvcrRef", one.reference


def _reason(path: str, reason: str, words: str) -> Iterator[Leaf]:
    yield f"{path}/Rsn/Cd", reason
    yield f"{path}/AddtlInf", words[:_WORDS_MAX]


def report_of(data: bytes) -> StatusReport:
    """Raises BadDocument; so a status that is none of State."""
    document = read(data, *NAMES)
    message, text = document.root[0], document.text
    [header] = document.all(message, "GrpHdr")
    groups = document.all(message, "OrgnlGrpInfAndSts")
    if len(groups) != 1:
        raise BadDocument("the report must be about one message")
    [group] = groups
    statuses = tuple(
        Status(
            transaction=text(one, "OrgnlTxId", "OrgnlEndToEndId"),
            end_to_end=text(one, "OrgnlEndToEndId"),
            state=_state(text(one, "TxSts")),
            reason=text(one, "StsRsnInf/Rsn/Cd", "StsRsnInf/Rsn/Prtry"),
            words=text(one, "StsRsnInf/AddtlInf"),
            accepted_ns=time_ns_of(accepted) if (accepted := text(one, "AccptncDtTm")) else 0,
            reference=text(one, "AcctSvcrRef"),
        )
        for one in document.all(message, "TxInfAndSts")
    )
    whole = text(group, "GrpSts")
    return StatusReport(
        message=text(header, "MsgId"),
        created_ns=time_ns_of(text(header, "CreDtTm")),
        about=text(group, "OrgnlMsgId"),
        about_name=text(group, "OrgnlMsgNmId"),
        statuses=statuses,
        state=_state(whole) if whole else None,
        reason=text(group, "StsRsnInf/Rsn/Cd", "StsRsnInf/Rsn/Prtry"),
        words=text(group, "StsRsnInf/AddtlInf"),
    )


def _state(code: str) -> State:
    try:
        return State(code)
    except ValueError:
        raise BadDocument(f"a status that is none of {', '.join(State)}: {code}") from None
