"""What a bank sends: statements and notices in XML, with as much or as little as a test wants in them."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from venus.iso20022.documents import Leaf, under, write

IBAN = "GB33BUKB20201555555555"
CONFIG = f"""
[[accounts]]
account = "{IBAN}"
currency = "USD"
coin = "vUSD"
reserve = 0
"""


def entry(reference: str, amount: str, text: str = "", *, status: str = "BOOK", day: str = "2026-03-02") -> list[Leaf]:
    """One of one payment; a minus sign makes it a payment out."""
    return [
        ("Amt", amount.lstrip("-")),
        ("Amt/@Ccy", "USD"),
        ("CdtDbtInd", "DBIT" if amount.startswith("-") else "CRDT"),
        ("Sts/Cd", status),
        ("BookgDt/Dt", day),
        ("AcctSvcrRef", reference),
        ("BkTxCd/Prtry/Cd", "NTRF"),
        ("NtryDtls/TxDtls/Refs/EndToEndId", "NOTPROVIDED"),
        (
            "NtryDtls/TxDtls/RltdPties/Dbtr/Pty/Nm" if amount[0] != "-" else "NtryDtls/TxDtls/RltdPties/Cdtr/Pty/Nm",
            "Li Wei",
        ),
        ("NtryDtls/TxDtls/RmtInf/Ustrd", text),
    ]


def bulk(reference: str, amount: str, *parts: tuple[str, str, str]) -> list[Leaf]:
    """One of several payments: reference, amount and text of each."""
    leaves = [leaf for leaf in entry(reference, amount) if not leaf[0].startswith("NtryDtls")]
    for own, part, text in parts:
        detail: list[Leaf] = [
            *(("Refs/TxId", own), ("Amt", part), ("Amt/@Ccy", "USD"), ("CdtDbtInd", "CRDT")),
            ("RmtInf/Ustrd", text),
        ]
        leaves += under("NtryDtls/TxDtls", detail)
    return leaves


def statement(
    number: int | str,
    opening: str,
    closing: str,
    *entries: list[Leaf],
    account: str = IBAN,
    closed: str = "2026-03-02T17:00:00Z",
    opening_code: str = "OPBD",
    more: Iterable[Leaf] = (),
) -> bytes:
    """A camt.053 of one account."""

    def leaves() -> Iterator[Leaf]:
        yield "GrpHdr/MsgId", f"m{number}"
        yield "GrpHdr/CreDtTm", "2026-03-02T18:00:00Z"
        yield "Stmt/Id", f"s{number}"
        yield from more
        yield "Stmt/ElctrncSeqNb", number
        yield "Stmt/CreDtTm", "2026-03-02T18:00:00Z"
        yield "Stmt/Acct/Id/IBAN", account
        yield "Stmt/Acct/Ccy", "USD"
        for code, amount in ((opening_code, opening), ("CLBD", closing)):
            balance = [
                ("Tp/CdOrPrtry/Cd", code),
                *(("Amt", amount.lstrip("-")), ("Amt/@Ccy", "USD")),
                ("CdtDbtInd", "DBIT" if amount.startswith("-") else "CRDT"),
                ("Dt/DtTm" if "T" in closed else "Dt/Dt", closed),
            ]
            yield from under("Stmt/Bal", balance)
        for one in entries:
            yield from under("Stmt/Ntry", one)

    return write("camt.053.001.08", "BkToCstmrStmt", leaves())


def notice(*entries: list[Leaf], account: str = IBAN) -> bytes:
    """A camt.054 of one account."""

    def leaves() -> Iterator[Leaf]:
        yield "GrpHdr/MsgId", "n"
        yield "GrpHdr/CreDtTm", "2026-03-02T09:00:00Z"
        yield "Ntfctn/Id", "n"
        yield "Ntfctn/CreDtTm", "2026-03-02T09:00:00Z"
        yield "Ntfctn/Acct/Id/IBAN", account
        yield "Ntfctn/Acct/Ccy", "USD"
        for one in entries:
            yield from under("Ntfctn/Ntry", one)

    return write("camt.054.001.08", "BkToCstmrDbtCdtNtfctn", leaves())


def book_at(folder: Path, config: str = CONFIG) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "bank.toml").write_text(config)
    return folder
