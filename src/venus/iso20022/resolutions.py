"""camt.029: what became of a request to give transfers back, in and out. Source: docs/rules/iso20022.md, "Recalls"."""

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from venus.iso20022.documents import BadDocument, Leaf, read, under, write
from venus.iso20022.times import time_ns_of, time_text

RESOLUTION_NAME = "camt.029.001.09"
RESOLUTION_NAMES = tuple(f"camt.029.001.{version:02}" for version in range(9, 14))
_WORDS_MAX = 105


class Resolution(StrEnum):
    """Codes of what became of one request (TxCxlSts)."""

    PENDING = "PDCR"
    ACCEPTED = "ACCR"
    REJECTED = "RJCR"


class Resolved(msgspec.Struct, frozen=True):
    """Of one request, by the message and transaction of the transfer that it was about."""

    identification: str  # the request's
    about: str
    transaction: str
    end_to_end: str
    state: Resolution
    reason: str = ""  # an external code, of a rejection
    words: str = ""


class Resolutions(msgspec.Struct, frozen=True):
    message: str
    created_ns: int
    by: str  # operators
    to: str
    resolved: tuple[Resolved, ...]

    @property
    def confirmation(self) -> str:
        """Of all of them: cancelled as asked, rejected, pending, or some of each."""
        states = {one.state for one in self.resolved}
        whole = {Resolution.ACCEPTED: "CNCL", Resolution.REJECTED: "RJCR", Resolution.PENDING: "PDCR"}
        return whole[states.pop()] if len(states) == 1 else "PDCR" if Resolution.PENDING in states else "PECR"


def resolutions_document(said: Resolutions) -> bytes:
    """Raises BadDocument."""
    return write(RESOLUTION_NAME, "RsltnOfInvstgtn", _leaves(said))


def _leaves(said: Resolutions) -> Iterator[Leaf]:
    yield "Assgnmt/Id", said.message
    yield "Assgnmt/Assgnr/Agt/FinInstnId/ClrSysMmbId/MmbId", said.by
    yield "Assgnmt/Assgne/Agt/FinInstnId/ClrSysMmbId/MmbId", said.to
    yield "Assgnmt/CreDtTm", time_text(said.created_ns)
    yield "Sts/Conf", said.confirmation
    for one in said.resolved:
        yield from under("CxlDtls/TxInfAndSts", _leaves_of_one(one))


def _leaves_of_one(one: Resolved) -> Iterator[Leaf]:
    yield "CxlStsId", one.identification
    yield "OrgnlGrpInf/OrgnlMsgId", one.about
    yield "OrgnlGrpInf/OrgnlMsgNmId", "pacs.008"
    yield "OrgnlEndToEndId", one.end_to_end
    yield "OrgnlTxId", one.transaction
    yield "TxCxlSts", one.state
    yield "CxlStsRsnInf/Rsn/Cd", one.reason
    yield "CxlStsRsnInf/AddtlInf", one.words[:_WORDS_MAX]


def resolutions_of(data: bytes) -> Resolutions:
    """Raises BadDocument; so for one that names no transaction, or a rejection without a reason."""
    document = read(data, *RESOLUTION_NAMES)
    message, text = document.root[0], document.text
    [assignment] = document.all(message, "Assgnmt")
    found = document.all(message, "CxlDtls/TxInfAndSts")
    resolved = tuple(
        Resolved(
            identification=text(one, "CxlStsId"),
            about=text(one, "OrgnlGrpInf/OrgnlMsgId"),
            transaction=text(one, "OrgnlTxId", "OrgnlEndToEndId"),
            end_to_end=text(one, "OrgnlEndToEndId"),
            state=_state(text(one, "TxCxlSts")),
            reason=text(one, "CxlStsRsnInf/Rsn/Cd", "CxlStsRsnInf/Rsn/Prtry"),
            words=text(one, "CxlStsRsnInf/AddtlInf"),
        )
        for one in found
    )
    if not resolved:
        raise BadDocument("the message is about no transfer", "NOOR")
    for one in resolved:
        if not (one.about and one.transaction):
            raise BadDocument("an answer must name the transfer's message and transaction", "NOOR")
        if one.state is Resolution.REJECTED and not one.reason:
            raise BadDocument("a rejection must have a reason (CxlStsRsnInf/Rsn)", "NARR")
    return Resolutions(
        message=text(assignment, "Id"),
        created_ns=time_ns_of(text(assignment, "CreDtTm")),
        by=_agent(text(assignment, "Assgnr/Agt/FinInstnId/ClrSysMmbId/MmbId", "Assgnr/Agt/FinInstnId/BICFI")),
        to=_agent(text(assignment, "Assgne/Agt/FinInstnId/ClrSysMmbId/MmbId", "Assgne/Agt/FinInstnId/BICFI")),
        resolved=resolved,
    )


def _agent(name: str) -> str:
    if not name:
        raise BadDocument("who answers and who asked must be operators", "AGNT")
    return name


def _state(code: str) -> Resolution:
    try:
        return Resolution(code)
    except ValueError:
        raise BadDocument(f"a status that is none of {', '.join(Resolution)}: {code}") from None
