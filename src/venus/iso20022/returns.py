"""pacs.004 and camt.056: a payment given back, and the request for it. Source: docs/rules/iso20022.md, "Refunds".

A return in is a REFUND of the payment that it names; a request for cancellation is told to the payee, who may refund.
"""

from collections.abc import Iterator

import msgspec

from venus.iso20022.documents import BadDocument, Leaf, Money, read, under, write
from venus.iso20022.times import date_text, time_ns_of, time_text

RETURN_NAME = "pacs.004.001.09"
RETURN_NAMES = tuple(f"pacs.004.001.{version:02}" for version in range(9, 12))
CANCELLATION_NAME = "camt.056.001.08"
CUSTOMER = "CUST"
"""The external code of a return that says no other reason: its customer asked for it."""
_ORIGINAL = "OrgnlTxRef"
CANCELLATION_NAMES = tuple(f"camt.056.001.{version:02}" for version in range(8, 12))


class Return(msgspec.Struct, frozen=True):
    """Of a transfer, wholly or in part."""

    identification: str
    about: str  # the message of the transfer
    transaction: str
    end_to_end: str
    atoms: int
    reason: str = CUSTOMER  # an external code
    debtor_agent: str = ""  # of the transfer that is returned: who sent it, and the account that it came to
    creditor_account: str = ""


class Returns(msgspec.Struct, frozen=True):
    message: str
    created_ns: int
    returns: tuple[Return, ...]


class Cancellation(msgspec.Struct, frozen=True):
    """A payer's operator asks a payee's for a transfer back."""

    identification: str
    about: str
    transaction: str
    end_to_end: str
    atoms: int
    reason: str = CUSTOMER


class Cancellations(msgspec.Struct, frozen=True):
    message: str
    created_ns: int
    by: str  # operators
    to: str
    cancellations: tuple[Cancellation, ...]


def returns_document(money: Money, said: Returns) -> bytes:
    """Raises BadDocument."""
    return write(RETURN_NAME, "PmtRtr", _return_leaves(money, said))


def _return_leaves(money: Money, said: Returns) -> Iterator[Leaf]:
    yield "GrpHdr/MsgId", said.message
    yield "GrpHdr/CreDtTm", time_text(said.created_ns)
    yield "GrpHdr/NbOfTxs", len(said.returns)
    yield "GrpHdr/TtlRtrdIntrBkSttlmAmt", money.text(sum(one.atoms for one in said.returns))
    yield "GrpHdr/TtlRtrdIntrBkSttlmAmt/@Ccy", money.currency
    yield "GrpHdr/IntrBkSttlmDt", date_text(said.created_ns)
    yield "GrpHdr/SttlmInf/SttlmMtd", "CLRG"
    for one in said.returns:
        yield from under("TxInf", _leaves_of_return(money, one))


def _leaves_of_return(money: Money, one: Return) -> Iterator[Leaf]:
    yield "RtrId", one.identification
    yield "OrgnlGrpInf/OrgnlMsgId", one.about
    yield "OrgnlGrpInf/OrgnlMsgNmId", "pacs.008"
    yield "OrgnlEndToEndId", one.end_to_end
    yield "OrgnlTxId", one.transaction
    yield "RtrdIntrBkSttlmAmt", money.text(one.atoms)
    yield "RtrdIntrBkSttlmAmt/@Ccy", money.currency
    yield "RtrRsnInf/Rsn/Cd", one.reason
    yield "OrgnlTxRef/DbtrAgt/FinInstnId/ClrSysMmbId/MmbId", one.debtor_agent
    yield "OrgnlTxRef/CdtrAcct/Id/Othr/Id", one.creditor_account


def returns_of(data: bytes, money: Money) -> Returns:
    """Raises BadDocument."""
    document = read(data, *RETURN_NAMES)
    message, text = document.root[0], document.text
    [header] = document.all(message, "GrpHdr")
    group = text(message, "OrgnlGrpInf/OrgnlMsgId")
    found = document.all(message, "TxInf")
    if text(header, "NbOfTxs") != str(len(found)):
        raise BadDocument(f"the message says {text(header, 'NbOfTxs')} returns and holds {len(found)}", "AM18")
    returns = tuple(
        Return(
            identification=text(one, "RtrId"),
            about=text(one, "OrgnlGrpInf/OrgnlMsgId") or group,
            transaction=text(one, "OrgnlTxId", "OrgnlEndToEndId"),
            end_to_end=text(one, "OrgnlEndToEndId"),
            atoms=money.atoms(document.all(one, "RtrdIntrBkSttlmAmt")[0]),
            reason=text(one, "RtrRsnInf/Rsn/Cd", "RtrRsnInf/Rsn/Prtry"),
            debtor_agent=text(
                one, f"{_ORIGINAL}/DbtrAgt/FinInstnId/ClrSysMmbId/MmbId", f"{_ORIGINAL}/DbtrAgt/FinInstnId/BICFI"
            ),
            creditor_account=text(one, f"{_ORIGINAL}/CdtrAcct/Id/Othr/Id", f"{_ORIGINAL}/CdtrAcct/Id/IBAN"),
        )
        for one in found
    )
    for one in returns:
        _check_named(one.identification, one.about, one.transaction)
    if len({one.identification for one in returns}) != len(returns):
        raise BadDocument("two returns of the message have the same identification", "DU03")
    return Returns(message=text(header, "MsgId"), created_ns=time_ns_of(text(header, "CreDtTm")), returns=returns)


def cancellations_document(money: Money, said: Cancellations) -> bytes:
    """Raises BadDocument."""
    return write(CANCELLATION_NAME, "FIToFIPmtCxlReq", _cancellation_leaves(money, said))


def _cancellation_leaves(money: Money, said: Cancellations) -> Iterator[Leaf]:
    yield "Assgnmt/Id", said.message
    yield "Assgnmt/Assgnr/Agt/FinInstnId/ClrSysMmbId/MmbId", said.by
    yield "Assgnmt/Assgne/Agt/FinInstnId/ClrSysMmbId/MmbId", said.to
    yield "Assgnmt/CreDtTm", time_text(said.created_ns)
    yield "CtrlData/NbOfTxs", len(said.cancellations)
    for one in said.cancellations:
        yield from under("Undrlyg/TxInf", _cancel(money, one))


def _cancel(money: Money, one: Cancellation) -> Iterator[Leaf]:
    yield "CxlId", one.identification
    yield "OrgnlGrpInf/OrgnlMsgId", one.about
    yield "OrgnlGrpInf/OrgnlMsgNmId", "pacs.008"
    yield "OrgnlEndToEndId", one.end_to_end
    yield "OrgnlTxId", one.transaction
    yield "OrgnlIntrBkSttlmAmt", money.text(one.atoms)
    yield "OrgnlIntrBkSttlmAmt/@Ccy", money.currency
    yield "CxlRsnInf/Rsn/Cd", one.reason


def cancellations_of(data: bytes, money: Money) -> Cancellations:
    """Raises BadDocument; so for a request that names no transaction."""
    document = read(data, *CANCELLATION_NAMES)
    message, text = document.root[0], document.text
    [assignment] = document.all(message, "Assgnmt")
    found = document.all(message, "Undrlyg/TxInf")
    said = text(message, "CtrlData/NbOfTxs")
    if not found or (said and said != str(len(found))):
        raise BadDocument(f"the message says {said or 'no'} transfers and holds {len(found)}", "AM18")
    cancellations = []
    for one in found:
        amounts = document.all(one, "OrgnlIntrBkSttlmAmt")
        if not amounts:
            raise BadDocument("a request for cancellation says no amount", "AM12")
        cancellations.append(
            Cancellation(
                identification=text(one, "CxlId"),
                about=text(one, "OrgnlGrpInf/OrgnlMsgId"),
                transaction=text(one, "OrgnlTxId", "OrgnlEndToEndId"),
                end_to_end=text(one, "OrgnlEndToEndId"),
                atoms=money.atoms(amounts[0]),
                reason=text(one, "CxlRsnInf/Rsn/Cd", "CxlRsnInf/Rsn/Prtry"),
            )
        )
        _check_named(cancellations[-1].identification, cancellations[-1].about, cancellations[-1].transaction)
    return Cancellations(
        message=text(assignment, "Id"),
        created_ns=time_ns_of(text(assignment, "CreDtTm")),
        by=_agent(text(assignment, "Assgnr/Agt/FinInstnId/ClrSysMmbId/MmbId", "Assgnr/Agt/FinInstnId/BICFI")),
        to=_agent(text(assignment, "Assgne/Agt/FinInstnId/ClrSysMmbId/MmbId", "Assgne/Agt/FinInstnId/BICFI")),
        cancellations=tuple(cancellations),
    )


def _agent(name: str) -> str:
    if not name:
        raise BadDocument("who asks and who is asked must be operators", "AGNT")
    return name


def _check_named(identification: str, about: str, transaction: str) -> None:
    if not (identification and about and transaction):
        raise BadDocument("it must have an identification, and name the transfer's message and transaction", "NOOR")
