"""Tables of the public record: who looked into the journal, and who stands by its checkpoints."""

from sqlalchemy import BigInteger, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from venus.registry.tables import Table


class FeedLookRow(Table):
    """One opening of the journal's feed. `hash` covers the row and the hash of the one before it, so that none can be
    taken out or changed behind whoever was told a later one.
    """

    __tablename__ = "looks"

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    institution: Mapped[int]
    seat: Mapped[int]
    time_us: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(16))
    first_frame: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))


class CosignatureRow(Table):
    """A cosigner's line over the checkpoint of so many frames."""

    __tablename__ = "cosignatures"
    __table_args__ = (UniqueConstraint("frames", "verifier"), Index(None, "name"))

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    frames: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(128))  # the cosigner's
    verifier: Mapped[str] = mapped_column(String(256))  # its key on one line
    line: Mapped[str] = mapped_column(String(512))
    signed_s: Mapped[int] = mapped_column(BigInteger)  # as it says
    institution: Mapped[int]
    seat: Mapped[int]
    received_us: Mapped[int] = mapped_column(BigInteger)
