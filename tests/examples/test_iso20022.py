"""What operators may send each other in XML, and what is not taken: docs/rules/iso20022.md."""

import pytest

from venus.iso20022 import transfers
from venus.iso20022.documents import BadDocument, Money
from venus.iso20022.returns import returns_of
from venus.iso20022.statuses import REASON_OF, State, StatusReport, rejected, report_document, report_of
from venus.records.rejects import Reject

CNY = Money("CNY", 2)
TRANSFER = """
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08">
  <FIToFICstmrCdtTrf>
    <GrpHdr>
      <MsgId>2026-11-27/1</MsgId><CreDtTm>2026-11-27T11:00:00+08:00</CreDtTm><NbOfTxs>1</NbOfTxs>
      <SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf>
    </GrpHdr>
    <CdtTrfTxInf>
      <PmtId><EndToEndId>order 77</EndToEndId><TxId>T-1</TxId></PmtId>
      <IntrBkSttlmAmt Ccy="CNY">12.50</IntrBkSttlmAmt>
      <ChrgBr>SLEV</ChrgBr>
      <Dbtr><Nm>Ann</Nm></Dbtr>
      <DbtrAcct><Id><Othr><Id>1001</Id></Othr></Id></DbtrAcct>
      <DbtrAgt><FinInstnId><ClrSysMmbId><MmbId>bank a</MmbId></ClrSysMmbId></FinInstnId></DbtrAgt>
      <CdtrAgt><FinInstnId><BICFI>BANKCNBJ</BICFI></FinInstnId></CdtrAgt>
      <Cdtr><Nm>Bob</Nm></Cdtr>
      <CdtrAcct><Id><Othr><Id>2002</Id></Othr></Id></CdtrAcct>
    </CdtTrfTxInf>
  </FIToFICstmrCdtTrf>
</Document>
"""


def test_a_transfer_of_another_bank_is_read():
    message = transfers.transfers_of(TRANSFER.encode(), CNY)
    [one] = message.transfers
    assert (one.atoms, one.debtor.account, one.creditor.account, one.creditor.agent) == (
        1250,
        "1001",
        "2002",
        "BANKCNBJ",
    )
    assert message.reference(one) == "bank a/2026-11-27/1/T-1"
    assert message.created_ns == 1_795_748_400 * 10**9


REFUSED = {
    "another currency": ('Ccy="CNY"', 'Ccy="USD"', "USD, not in CNY", "AM03"),
    "finer than an atom": ("12.50", "12.505", "more than 2 decimals", "AM12"),
    "nothing": ("12.50", "0.00", "is nothing", "AM01"),
    "negative": ("12.50", "-12.50", "too small", "FF01"),
    "no number": ("12.50", "1e3", "no number", "FF01"),
    "a lie about how many": ("<NbOfTxs>1<", "<NbOfTxs>2<", "says 2 transfers and holds 1", "AM18"),
    "a control sum that is none": (
        "<NbOfTxs>1</NbOfTxs>",
        "<NbOfTxs>1</NbOfTxs><CtrlSum>12.51</CtrlSum>",
        "control sum",
        "AM10",
    ),
    "no account": ("<CdtrAcct><Id><Othr><Id>2002</Id></Othr></Id></CdtrAcct>", "", "CdtrAcct is missing", "AC03"),
    "out of its place": ("<ChrgBr>SLEV</ChrgBr>", "", "lacks ChrgBr", "FF01"),
    "an element nobody knows": ("<Nm>Ann</Nm>", "<Nom>Ann</Nom>", "unknown there: Nom", "FF01"),
    "an entity": (
        "<Document",
        '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><Document',
        "DTD or an entity",
        "FF01",
    ),
    "a file of ours": (
        "<Document",
        '<!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/passwd">]><Document',
        "DTD or an entity",
        "FF01",
    ),
    "half of it": ("</Document>", "", "no XML", "FF01"),
    "a version that is not read": ("pacs.008.001.08", "pacs.008.001.02", "none of", "FF01"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_wrong_is_said(what: str):
    old, new, words, code = REFUSED[what]
    assert old in TRANSFER
    with pytest.raises(BadDocument, match=words) as caught:
        transfers.transfers_of(TRANSFER.replace(old, new).encode(), CNY)
    assert caught.value.code == code


def test_the_same_transfer_twice_in_a_message_is_one_too_many():
    start, end = TRANSFER.index("<CdtTrfTxInf>"), TRANSFER.index("</FIToFICstmrCdtTrf>")
    twice = (TRANSFER[:end] + TRANSFER[start:end] + TRANSFER[end:]).replace("<NbOfTxs>1<", "<NbOfTxs>2<")
    with pytest.raises(BadDocument, match="same identification"):
        transfers.transfers_of(twice.encode(), CNY)


def test_a_return_that_names_no_transfer_is_refused():
    document = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.004.001.09"><PmtRtr>
      <GrpHdr><MsgId>r</MsgId><CreDtTm>2026-11-27T11:00:00Z</CreDtTm><NbOfTxs>1</NbOfTxs>
      <SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr>
      <TxInf><RtrId>1</RtrId><RtrdIntrBkSttlmAmt Ccy="CNY">1</RtrdIntrBkSttlmAmt></TxInf></PmtRtr></Document>"""
    with pytest.raises(BadDocument, match="name the transfer") as caught:
        returns_of(document.encode(), CNY)
    assert caught.value.code == "NOOR"


def test_what_the_ledger_refused_is_told_with_a_code_and_its_name():
    status = rejected("T-1", "order 77", Reject.DAY_LIMIT)
    said = StatusReport(message="s", created_ns=10**9, about="m", about_name=transfers.NAME, statuses=(status,))
    [told] = report_of(report_document(said)).statuses
    assert (told.state, told.reason, told.words) == (State.REJECTED, REASON_OF[Reject.DAY_LIMIT], "DAY_LIMIT")


def test_a_message_that_could_not_be_read_is_told_as_a_whole():
    said = StatusReport(
        message="s",
        created_ns=10**9,
        about="",
        about_name=transfers.NAME,
        statuses=(),
        state=State.REJECTED,
        reason="FF01",
        words="the document is no XML",
    )
    told = report_of(report_document(said))
    assert (told.about, told.state, told.reason) == ("NOTPROVIDED", State.REJECTED, "FF01")
