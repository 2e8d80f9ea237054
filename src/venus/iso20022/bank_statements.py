"""camt.053 and camt.054 as banks write them: statements and notices of accounts at a bank, in only.

Source: docs/rules/bank.md, "What is read". A wallet's own, which the ledger writes, are in statements.py.
"""

import hashlib
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import msgspec

from venus.iso20022.documents import BadDocument, Document, Money, read
from venus.iso20022.statements import NOTICE_NAMES, STATEMENT_NAMES
from venus.iso20022.times import time_ns_of

SCALE = 5
"""Decimals of an amount: as many as ISO 20022 has, whatever the ledger's asset has."""
REFERENCE_CHARS_MAX = 64
_NO_REFERENCE = {"", "NONREF", "NOTPROVIDED"}
_OPENING, _CLOSING = ("OPBD", "PRCD"), "CLBD"


class BankEntry(msgspec.Struct, frozen=True):
    """One booked payment; what came in is positive. Amounts are in 10**-5 of the currency.

    reference  the account servicer's, with the payment's own if the entry is of several
    whole      the entry's: all payments of one come together or not at all
    """

    reference: str
    whole: str
    amount: int
    booked_ns: int
    text: str = ""  # all that the payer said: identifications and remittance, a line each
    party: str = ""  # who paid or was paid, as far as it is told
    is_reversal: bool = False


class BankStatement(msgspec.Struct, frozen=True):
    """opening + all entries = closing."""

    account: str
    currency: str
    year: int  # of the closing balance; banks begin to count anew with a year
    number: int
    opening: int
    closing: int
    closed_ns: int  # when the closing balance was so; 0: the bank says no time, or only a day
    entries: tuple[BankEntry, ...]


class BankNotice(msgspec.Struct, frozen=True):
    account: str
    currency: str
    entries: tuple[BankEntry, ...]


def bank_messages_of(data: bytes) -> tuple[BankStatement | BankNotice, ...]:
    """What a camt.053 or camt.054 says of each account. Raises BadDocument."""
    document = read(data, *STATEMENT_NAMES, *NOTICE_NAMES)
    message = document.root[0]
    statements = tuple(_statement(document, one) for one in document.all(message, "Stmt"))
    return statements or tuple(_notice(document, one) for one in document.all(message, "Ntfctn"))


def _statement(document: Document, at: Element) -> BankStatement:
    text = document.text
    account, currency = _account(document, at), _currency(document, at)
    balances: dict[str, tuple[int, str]] = {}
    for one in document.all(at, "Bal"):
        code = text(one, "Tp/CdOrPrtry/Cd")
        if text(one, "Tp/SubTp/Cd") == "INTM":
            raise BadDocument(f"a statement of {account} is one page of several: ask the bank for whole ones")
        if code in balances:
            raise BadDocument(f"a statement of {account} has two balances {code}")
        balances[code] = _signed(document, one, currency), text(one, "Dt/DtTm", "Dt/Dt")
    opening = next((balances[code] for code in _OPENING if code in balances), None)
    if opening is None or _CLOSING not in balances:
        raise BadDocument(f"a statement of {account} lacks its opening (OPBD or PRCD) or closing balance (CLBD)")
    closing, closed = balances[_CLOSING]
    if text(at, "StmtPgntn/PgNb") not in ("", "1") or text(at, "StmtPgntn/LastPgInd") in ("false", "0"):
        raise BadDocument(f"a statement of {account} is one page of several: ask the bank for whole ones")
    entries = _entries(document, at, account, currency)
    if opening[0] + sum(one.amount for one in entries) != closing:
        raise BadDocument(
            f"a statement of {account} does not add up: its entries do not lead from its opening balance to its closing"
            " balance",
            "AM10",
        )
    return BankStatement(
        account=account,
        currency=currency,
        year=int(closed[:4]),
        number=_number(document, at, account),
        opening=opening[0],
        closing=closing,
        closed_ns=_closed_ns(text(at, "FrToDt/ToDtTm"), closed),
        entries=entries,
    )


def _notice(document: Document, at: Element) -> BankNotice:
    account, currency = _account(document, at), _currency(document, at)
    return BankNotice(account=account, currency=currency, entries=_entries(document, at, account, currency))


def _account(document: Document, at: Element) -> str:
    return document.text(at, "Acct/Id/IBAN", "Acct/Id/Othr/Id")


def _currency(document: Document, at: Element) -> str:
    """The account's, else that of the first amount."""
    said = document.text(at, "Acct/Ccy")
    amounts = [*document.all(at, "Bal/Amt"), *document.all(at, "Ntry/Amt")]
    return said or next((one.get("Ccy", "") for one in amounts), "")


def _number(document: Document, at: Element, account: str) -> int:
    said = document.text(at, "ElctrncSeqNb", "LglSeqNb")
    if not (said.isascii() and said.isdigit()):
        raise BadDocument(f"a statement of {account} has no number (ElctrncSeqNb): a missing one would not be seen")
    return int(said)


def _closed_ns(until: str, closed: str) -> int:
    """A day alone says no moment: what moved on it may stand before or behind it."""
    return next((time_ns_of(said) for said in (until, closed) if "T" in said), 0)


def _amount(at: Element, currency: str) -> int:
    """May be nothing. Raises BadDocument."""
    money = Money(currency, SCALE)
    is_nothing = at.get("Ccy") == currency and not (at.text or "").strip().strip("0.")
    return 0 if is_nothing else money.atoms(at)


def _signed(document: Document, at: Element, currency: str) -> int:
    [found] = document.all(at, "Amt")
    amount = _amount(found, currency)
    return -amount if document.text(at, "CdtDbtInd") == "DBIT" else amount


def _entries(document: Document, at: Element, account: str, currency: str) -> tuple[BankEntry, ...]:
    """Booked ones that move something; what is pending or for information is in no balance."""
    entries: list[BankEntry] = []
    for one in document.all(at, "Ntry"):
        if document.text(one, "Sts/Cd") == "BOOK" and _signed(document, one, currency):
            entries += _entry(document, one, account, currency)
    if len({one.reference for one in entries}) != len(entries):
        raise BadDocument(f"two entries of {account} have one reference of the bank's", "DU03")
    return tuple(entries)


def _entry(document: Document, one: Element, account: str, currency: str) -> Iterator[BankEntry]:
    text, details = document.text, document.all(one, "NtryDtls/TxDtls")
    inner = text(details[0], "Refs/AcctSvcrRef") if len(details) == 1 else ""
    whole = next((said for said in (text(one, "AcctSvcrRef"), inner) if said not in _NO_REFERENCE), "")
    if not whole:
        raise BadDocument(
            f"an entry of {account} has no reference of the bank's (AcctSvcrRef), by which it is known", "NOOR"
        )
    amount = _signed(document, one, currency)
    booked_ns = time_ns_of(text(one, "BookgDt/DtTm", "BookgDt/Dt") or "1970-01-01")
    is_reversal = text(one, "RvslInd") in ("true", "1")
    if len(details) <= 1:
        said, party = _said(document, [one, *details]), _party(document, details, amount)
        yield BankEntry(whole, whole, amount, booked_ns, said, party, is_reversal)
        return
    parts = [_part(document, part, account, currency, amount) for part in details]
    if sum(part for part, _ in parts) != amount:
        raise BadDocument(f"the payments of entry {whole} of {account} do not come to its amount", "AM10")
    for (part, own), detail in zip(parts, details, strict=True):
        said, party = _said(document, [detail]), _party(document, [detail], part)
        yield BankEntry(_joined(whole, own), whole, part, booked_ns, said, party, is_reversal)


def _part(document: Document, at: Element, account: str, currency: str, entry: int) -> tuple[int, str]:
    """Amount and reference of one payment of an entry of several."""
    text = document.text
    amounts = document.all(at, "Amt")
    said = (text(at, f"Refs/{name}") for name in ("AcctSvcrRef", "TxId", "UETR", "EndToEndId"))
    own = next((one for one in said if one not in _NO_REFERENCE), "")
    if not amounts or not own:
        raise BadDocument(f"a payment within an entry of {account} has no amount or no reference of its own", "NOOR")
    amount = _amount(amounts[0], currency)
    is_debit = text(at, "CdtDbtInd") == "DBIT" if text(at, "CdtDbtInd") else entry < 0
    return (-amount if is_debit else amount), own


def _joined(whole: str, own: str) -> str:
    joined = f"{whole}/{own}"
    if len(joined) <= REFERENCE_CHARS_MAX:
        return joined
    digest = hashlib.blake2b(joined.encode(), digest_size=14).hexdigest()
    return f"{whole[:35]}/{digest}"


def _said(document: Document, places: list[Element]) -> str:
    """What was written on the way, whoever wrote it: references of ours may stand in any of it."""
    lines: list[str] = []
    for at in places:
        lines += [document.text(at, f"Refs/{name}") for name in ("EndToEndId", "InstrId", "TxId")]
        lines += [(one.text or "").strip() for one in document.all(at, "RmtInf/Ustrd")]
        lines += [(one.text or "").strip() for one in document.all(at, "RmtInf/Strd/CdtrRefInf/Ref")]
        lines.append(document.text(at, "AddtlTxInf", "AddtlNtryInf"))
    return "\n".join(line for line in lines if line and line not in _NO_REFERENCE)


def _party(document: Document, details: list[Element], amount: int) -> str:
    role = "Dbtr" if amount > 0 else "Cdtr"
    names = (document.text(at, f"RltdPties/{role}/Pty/Nm", f"RltdPties/{role}Acct/Id/IBAN") for at in details)
    return next((name for name in names if name), "")
