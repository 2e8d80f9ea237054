"""camt.053 and camt.054: a wallet's statement of a time, and what came and went just now, in and out.

Source: docs/rules/iso20022.md, "camt.053, camt.054".
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

import msgspec

from venus.iso20022.documents import BadDocument, Document, Leaf, Money, read, under, write
from venus.iso20022.times import date_text, time_ns_of, time_text

STATEMENT_NAME, NOTICE_NAME = "camt.053.001.08", "camt.054.001.08"
STATEMENT_NAMES = tuple(f"camt.053.001.{version:02}" for version in range(8, 13))
NOTICE_NAMES = tuple(f"camt.054.001.{version:02}" for version in range(8, 13))
_ISSUER = "venus"


class Entry(msgspec.Struct, frozen=True):
    """One movement; what came in is positive."""

    reference: str  # the ledger's number of it
    atoms: int
    booked_ns: int
    kind: str  # of the event: TRANSFERRED, REFUNDED, PURSE_PAID …
    transaction: str = ""
    end_to_end: str = ""
    other_account: str = ""
    remittance: str = ""


class Statement(msgspec.Struct, frozen=True):
    """opening_atoms + all entries = closing_atoms."""

    message: str
    created_ns: int
    number: str
    account: str
    operator: str
    from_ns: int
    to_ns: int
    opening_atoms: int
    closing_atoms: int
    entries: tuple[Entry, ...]


class Notice(msgspec.Struct, frozen=True):
    message: str
    created_ns: int
    number: str
    account: str
    operator: str
    entries: tuple[Entry, ...]


def statement_document(money: Money, said: Statement) -> bytes:
    """Raises BadDocument; so for a statement that does not add up."""
    _check_sum(said)
    return write(STATEMENT_NAME, "BkToCstmrStmt", _statement_leaves(money, said))


def notice_document(money: Money, said: Notice) -> bytes:
    """Raises BadDocument."""
    return write(NOTICE_NAME, "BkToCstmrDbtCdtNtfctn", _notice_leaves(money, said))


def _check_sum(said: Statement) -> None:
    if said.opening_atoms + sum(one.atoms for one in said.entries) != said.closing_atoms:
        raise BadDocument("opening balance and entries do not come to the closing balance", "AM10")


def _statement_leaves(money: Money, said: Statement) -> Iterator[Leaf]:
    yield "GrpHdr/MsgId", said.message
    yield "GrpHdr/CreDtTm", time_text(said.created_ns)
    yield "Stmt/Id", said.number
    yield "Stmt/CreDtTm", time_text(said.created_ns)
    yield "Stmt/FrToDt/FrDtTm", time_text(said.from_ns)
    yield "Stmt/FrToDt/ToDtTm", time_text(said.to_ns)
    yield from _account_leaves("Stmt", money, said.account, said.operator)
    for code, atoms, time_ns in (("OPBD", said.opening_atoms, said.from_ns), ("CLBD", said.closing_atoms, said.to_ns)):
        yield from under("Stmt/Bal", _balance_leaves(money, code, atoms, time_ns))
    for one in said.entries:
        yield from under("Stmt/Ntry", _entry_leaves(money, one))


def _notice_leaves(money: Money, said: Notice) -> Iterator[Leaf]:
    yield "GrpHdr/MsgId", said.message
    yield "GrpHdr/CreDtTm", time_text(said.created_ns)
    yield "Ntfctn/Id", said.number
    yield "Ntfctn/CreDtTm", time_text(said.created_ns)
    yield from _account_leaves("Ntfctn", money, said.account, said.operator)
    for one in said.entries:
        yield from under("Ntfctn/Ntry", _entry_leaves(money, one))


def _account_leaves(at: str, money: Money, account: str, operator: str) -> Iterator[Leaf]:
    yield f"{at}/Acct/Id/Othr/Id", account
    yield f"{at}/Acct/Ccy", money.currency
    yield f"{at}/Acct/Svcr/FinInstnId/ClrSysMmbId/MmbId", operator


def _balance_leaves(money: Money, code: str, atoms: int, time_ns: int) -> Iterator[Leaf]:
    yield "Tp/CdOrPrtry/Cd", code
    yield "Amt", money.text(abs(atoms))
    yield "Amt/@Ccy", money.currency
    yield "CdtDbtInd", "DBIT" if atoms < 0 else "CRDT"
    yield "Dt/DtTm", time_text(time_ns)


def _entry_leaves(money: Money, one: Entry) -> Iterator[Leaf]:
    came_in = one.atoms > 0
    yield "NtryRef", one.reference
    yield "Amt", money.text(abs(one.atoms))
    yield "Amt/@Ccy", money.currency
    yield "CdtDbtInd", "CRDT" if came_in else "DBIT"
    yield "Sts/Cd", "BOOK"
    yield "BookgDt/DtTm", time_text(one.booked_ns)
    yield "ValDt/Dt", date_text(one.booked_ns)
    yield "AcctSvcrRef", one.reference
    yield "BkTxCd/Prtry/Cd", one.kind
    yield "BkTxCd/Prtry/Issr", _ISSUER
    details = "NtryDtls/TxDtls"
    yield f"{details}/Refs/EndToEndId", one.end_to_end
    yield f"{details}/Refs/TxId", one.transaction
    yield f"{details}/RltdPties/{'DbtrAcct' if came_in else 'CdtrAcct'}/Id/Othr/Id", one.other_account
    for line in filter(None, one.remittance.split("\n")):
        yield f"{details}/RmtInf/+Ustrd", line


def statement_of(data: bytes, money: Money) -> Statement:
    """Raises BadDocument; one statement a message."""
    document = read(data, *STATEMENT_NAMES)
    header, found, account, operator = _frame(document, "Stmt")
    text = document.text
    balances = {}
    for one in document.all(found, "Bal"):
        [amount] = document.all(one, "Amt")
        balances[text(one, "Tp/CdOrPrtry/Cd")] = _signed(document, one, _balance_atoms(money, amount))
    if not {"OPBD", "CLBD"} <= balances.keys():
        raise BadDocument("a statement has an opening and a closing balance, OPBD and CLBD")
    said = Statement(
        message=text(header, "MsgId"),
        created_ns=time_ns_of(text(header, "CreDtTm")),
        number=text(found, "Id"),
        account=account,
        operator=operator,
        from_ns=_time_at(document, found, "FrToDt/FrDtTm"),
        to_ns=_time_at(document, found, "FrToDt/ToDtTm"),
        opening_atoms=balances["OPBD"],
        closing_atoms=balances["CLBD"],
        entries=_entries(document, money, found),
    )
    _check_sum(said)
    return said


def notice_of(data: bytes, money: Money) -> Notice:
    """Raises BadDocument; one account a message."""
    document = read(data, *NOTICE_NAMES)
    header, found, account, operator = _frame(document, "Ntfctn")
    return Notice(
        message=document.text(header, "MsgId"),
        created_ns=time_ns_of(document.text(header, "CreDtTm")),
        number=document.text(found, "Id"),
        account=account,
        operator=operator,
        entries=_entries(document, money, found),
    )


def _frame(document: Document, what: str) -> tuple[Element, Element, str, str]:
    message, text = document.root[0], document.text
    found = document.all(message, what)
    if len(found) != 1:
        raise BadDocument("a message must be of one account")
    account = text(found[0], "Acct/Id/Othr/Id", "Acct/Id/IBAN")
    servicer = "Acct/Svcr/FinInstnId"
    operator = text(found[0], f"{servicer}/ClrSysMmbId/MmbId", f"{servicer}/BICFI")
    return document.all(message, "GrpHdr")[0], found[0], account, operator


def _time_at(document: Document, at: Element, path: str) -> int:
    text = document.text(at, path)
    return time_ns_of(text) if text else 0


def _balance_atoms(money: Money, amount: Element) -> int:
    """A balance may be nothing, a movement may not."""
    is_nothing = amount.get("Ccy") == money.currency and not (amount.text or "").strip().strip("0.")
    return 0 if is_nothing else money.atoms(amount)


def _signed(document: Document, at: Element, atoms: int) -> int:
    return -atoms if document.text(at, "CdtDbtInd") == "DBIT" else atoms


def _entries(document: Document, money: Money, at: Element) -> tuple[Entry, ...]:
    return tuple(_entry(document, money, one) for one in document.all(at, "Ntry"))


def _entry(document: Document, money: Money, one: Element) -> Entry:
    text, details = document.text, "NtryDtls/TxDtls"
    if len(document.all(one, details)) > 1:
        raise BadDocument("an entry of several transactions is not read")
    parties = f"{details}/RltdPties"
    [amount] = document.all(one, "Amt")
    return Entry(
        reference=text(one, "AcctSvcrRef", "NtryRef"),
        atoms=_signed(document, one, money.atoms(amount)),
        booked_ns=time_ns_of(text(one, "BookgDt/DtTm", "BookgDt/Dt") or "1970-01-01"),
        kind=text(one, "BkTxCd/Prtry/Cd", "BkTxCd/Domn/Cd"),
        transaction=text(one, f"{details}/Refs/TxId"),
        end_to_end=text(one, f"{details}/Refs/EndToEndId"),
        other_account=text(one, f"{parties}/DbtrAcct/Id/Othr/Id", f"{parties}/CdtrAcct/Id/Othr/Id"),
        remittance="\n".join(found.text or "" for found in document.all(one, f"{details}/RmtInf/Ustrd")),
    )
