"""Tables of commands that wait for a quorum, and of the approvals that came in for them. Nothing in them is secret."""

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from venus.registry.tables import Table


class ProposalRow(Table):
    """A plain command as it will be journaled, and what became of it."""

    __tablename__ = "proposals"
    __table_args__ = (Index("ix_proposals_state_expires_us", "state", "expires_us"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256 of the command: the same is proposed once
    kind: Mapped[str] = mapped_column(String(32))
    command: Mapped[bytes] = mapped_column(LargeBinary)
    institution: Mapped[int] = mapped_column(BigInteger)  # who proposed it
    seat: Mapped[int] = mapped_column(BigInteger)
    created_us: Mapped[int] = mapped_column(BigInteger)
    expires_us: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[int] = mapped_column(SmallInteger)
    sequence: Mapped[int | None] = mapped_column(BigInteger)  # of the command in the journal
    number: Mapped[int | None] = mapped_column(BigInteger)  # that its event gave: a receipt, a seat, an order
    reject: Mapped[int | None] = mapped_column(SmallInteger)  # why the core refused it


class ApprovalRow(Table):
    """One seat's approval of a proposal; a later one of the same seat takes its place."""

    __tablename__ = "approvals"

    proposal: Mapped[int] = mapped_column(ForeignKey("proposals.id"), primary_key=True)
    institution: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    seat: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    expires_ns: Mapped[int] = mapped_column(BigInteger)
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    authenticator_data: Mapped[bytes] = mapped_column(LargeBinary)
    client_data: Mapped[bytes] = mapped_column(LargeBinary)
    created_us: Mapped[int] = mapped_column(BigInteger)
