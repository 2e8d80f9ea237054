"""Commands that move money between accounts, and those that open accounts for it, written as their rules name them.

Source: docs/rules/transfers.md; docs/rules/controls.md, "OpenAccounts".
"""

from venus.records.commands import (
    TRADE_GROUP_NONE,
    AccountKind,
    Command,
    CommandKind,
    OpenAccounts,
    client_digest,
)

REFERENCE_BYTES_MAX = 255
"""A reference rides in the frame's text section, whose lengths are one byte."""


def transfer(reference: str, *, debit: int, credit: int, asset: int, atoms: int) -> tuple[Command, str]:
    """A TRANSFER and its text, as the engine's client takes them. The same reference moves money once, for ever."""
    assert 0 < len(reference.encode()) <= REFERENCE_BYTES_MAX, reference
    hi, lo = client_digest(reference)
    command = Command(
        client_hi=hi,
        client_lo=lo,
        target_lo=credit,
        quantity=atoms,
        account=debit,
        subject=asset,
        kind=CommandKind.TRANSFER,
    )
    return command, reference


def open_labelled(kind: AccountKind, label: str) -> OpenAccounts:
    """Open the HOUSE or EXTERNAL account of a label; again, it is the same one."""
    return OpenAccounts(
        reference=f"open:{label}", account_kind=kind, count=1, label=label, tier=0, trade_group=TRADE_GROUP_NONE
    )


def open_person(reference: str) -> OpenAccounts:
    """Open one more account that belongs to a person; the same reference names the same one again."""
    return OpenAccounts(
        reference=reference,
        account_kind=AccountKind.PERSON,
        count=1,
        label="",
        tier=0,
        trade_group=TRADE_GROUP_NONE,
    )
