"""pacs.008: credit transfers between operators, in and out. Source: docs/rules/iso20022.md, "pacs.008".

An account is a wallet's number as `Othr/Id`; an operator is the name by which it is a member of the clearing
(`ClrSysMmbId/MmbId`), or its BIC.
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

import msgspec

from venus.iso20022.documents import BadDocument, Document, Leaf, Money, read, under, write
from venus.iso20022.times import date_text, time_ns_of, time_text

NAME = "pacs.008.001.08"
NAMES = tuple(f"pacs.008.001.{version:02}" for version in range(8, 13))
"""That are read; the first is written. What is read of them is alike in all."""


class Party(msgspec.Struct, frozen=True):
    agent: str  # an operator
    account: str
    name: str = ""


class CreditTransfer(msgspec.Struct, frozen=True):
    transaction: str  # TxId, or EndToEndId where there is none
    end_to_end: str
    atoms: int
    debtor: Party
    creditor: Party
    instruction: str = ""
    uetr: str = ""
    remittance: str = ""


class CreditTransfers(msgspec.Struct, frozen=True):
    message: str
    created_ns: int
    transfers: tuple[CreditTransfer, ...]
    settled_ns: int = 0  # a day; 0: none is said
    instructing: str = ""
    instructed: str = ""

    def reference(self, transfer: CreditTransfer) -> str:
        """What makes a payment one: the same message again is the same payments again."""
        return f"{transfer.debtor.agent}/{self.message}/{transfer.transaction}"


def transfers_of(data: bytes, money: Money) -> CreditTransfers:
    """Raises BadDocument."""
    document = read(data, *NAMES)
    message = document.root[0]
    [header] = document.all(message, "GrpHdr")
    found = document.all(message, "CdtTrfTxInf")
    text = document.text
    transfers = tuple(_transfer(document, money, one) for one in found)
    if text(header, "NbOfTxs") != str(len(found)):
        raise BadDocument(f"the message says {text(header, 'NbOfTxs')} transfers and holds {len(found)}", "AM18")
    if len({one.transaction for one in transfers}) != len(transfers):
        raise BadDocument("two transfers of the message have the same identification", "DU03")
    _check_sums(document, header, money, sum(one.atoms for one in transfers))
    settled = {text(at, "IntrBkSttlmDt") for at in (header, *found)} - {""}
    if len(settled) > 1:
        raise BadDocument("the transfers are of more than one day", "DT01")
    return CreditTransfers(
        message=text(header, "MsgId"),
        created_ns=time_ns_of(text(header, "CreDtTm")),
        transfers=transfers,
        settled_ns=time_ns_of(settled.pop()) if settled else 0,
        instructing=agent_of(document, header, "InstgAgt"),
        instructed=agent_of(document, header, "InstdAgt"),
    )


def _check_sums(document: Document, header: Element, money: Money, atoms: int) -> None:
    total = document.one(header, "TtlIntrBkSttlmAmt")
    if total is not None and money.atoms(total) != atoms:
        raise BadDocument("the message's total is not that of its transfers", "AM10")
    control = document.text(header, "CtrlSum")
    if control and money.atoms_of(control, money.currency) != atoms:
        raise BadDocument("the control sum is not that of the transfers", "AM10")


def _transfer(document: Document, money: Money, one: Element) -> CreditTransfer:
    text = document.text
    [amount] = document.all(one, "IntrBkSttlmAmt")
    instructed = document.one(one, "InstdAmt")
    if instructed is not None and money.atoms(instructed) != money.atoms(amount):
        raise BadDocument("a transfer's instructed amount is another than its amount: nothing is converted", "AM09")
    end_to_end = text(one, "PmtId/EndToEndId")
    return CreditTransfer(
        transaction=text(one, "PmtId/TxId") or end_to_end,
        end_to_end=end_to_end,
        instruction=text(one, "PmtId/InstrId"),
        uetr=text(one, "PmtId/UETR"),
        atoms=money.atoms(amount),
        debtor=_party(document, one, "Dbtr"),
        creditor=_party(document, one, "Cdtr"),
        remittance="\n".join(found.text or "" for found in document.all(one, "RmtInf/Ustrd")),
    )


def _party(document: Document, one: Element, role: str) -> Party:
    text = document.text
    party = Party(
        agent=agent_of(document, one, f"{role}Agt"),
        account=text(one, f"{role}Acct/Id/Othr/Id", f"{role}Acct/Id/IBAN"),
        name=text(one, f"{role}/Nm"),
    )
    if not party.agent:
        raise BadDocument(f"{role}Agt names nobody by ClrSysMmbId or BICFI", "AGNT")
    if not party.account:
        raise BadDocument(f"{role}Acct is missing", "AC02" if role == "Dbtr" else "AC03")
    return party


def agent_of(document: Document, at: Element, path: str) -> str:
    """By its membership, else its BIC; empty if it is not named."""
    return document.text(at, f"{path}/FinInstnId/ClrSysMmbId/MmbId", f"{path}/FinInstnId/BICFI")


def agent_leaf(path: str, agent: str) -> Leaf:
    return f"{path}/FinInstnId/ClrSysMmbId/MmbId", agent


def transfers_document(money: Money, said: CreditTransfers) -> bytes:
    """Raises BadDocument where a text is longer than the schema allows."""
    return write(NAME, "FIToFICstmrCdtTrf", _leaves(money, said))


def _leaves(money: Money, said: CreditTransfers) -> Iterator[Leaf]:
    yield "GrpHdr/MsgId", said.message
    yield "GrpHdr/CreDtTm", time_text(said.created_ns)
    yield "GrpHdr/NbOfTxs", len(said.transfers)
    yield "GrpHdr/TtlIntrBkSttlmAmt", money.text(sum(one.atoms for one in said.transfers))
    yield "GrpHdr/TtlIntrBkSttlmAmt/@Ccy", money.currency
    yield "GrpHdr/IntrBkSttlmDt", date_text(said.settled_ns or said.created_ns)
    yield "GrpHdr/SttlmInf/SttlmMtd", "CLRG"
    if said.instructing:
        yield agent_leaf("GrpHdr/InstgAgt", said.instructing)
    if said.instructed:
        yield agent_leaf("GrpHdr/InstdAgt", said.instructed)
    for one in said.transfers:
        yield from under("CdtTrfTxInf", _leaves_of_one(money, one))


def _leaves_of_one(money: Money, one: CreditTransfer) -> Iterator[Leaf]:
    yield "PmtId/InstrId", one.instruction
    yield "PmtId/EndToEndId", one.end_to_end
    yield "PmtId/TxId", one.transaction
    yield "PmtId/UETR", one.uetr
    yield "IntrBkSttlmAmt", money.text(one.atoms)
    yield "IntrBkSttlmAmt/@Ccy", money.currency
    yield "ChrgBr", "SLEV"  # the currency's payments cost nothing
    yield "Dbtr/Nm", one.debtor.name or "NOTPROVIDED"
    yield "DbtrAcct/Id/Othr/Id", one.debtor.account
    yield agent_leaf("DbtrAgt", one.debtor.agent)
    yield agent_leaf("CdtrAgt", one.creditor.agent)
    yield "Cdtr/Nm", one.creditor.name or "NOTPROVIDED"
    yield "CdtrAcct/Id/Othr/Id", one.creditor.account
    for line in filter(None, one.remittance.split("\n")):
        yield "RmtInf/+Ustrd", line
