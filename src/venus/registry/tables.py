"""The registry's tables. Columns that would let anyone sign as somebody else hold sealed bytes only (vault.py)."""

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, MetaData, SmallInteger, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

KEY_CHARS = 64


class Table(DeclarativeBase):
    # Named constraints, so that a later migration can drop one on any engine.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class PersonRow(Table):
    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    handle: Mapped[str] = mapped_column(String(64), unique=True)
    created_us: Mapped[int] = mapped_column(BigInteger)


class AccountRow(Table):
    """An account of the core, by its number there, and the person it belongs to (none: the house's own)."""

    __tablename__ = "accounts"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    person: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    label: Mapped[str] = mapped_column(String(64))
    created_us: Mapped[int] = mapped_column(BigInteger)


class KeyRow(Table):
    """An API key. `material` is the sealed secret of an HMAC key, or a public key as PEM."""

    __tablename__ = "api_keys"
    __table_args__ = (Index(None, "account"),)

    key: Mapped[str] = mapped_column(String(KEY_CHARS), primary_key=True)
    account: Mapped[int] = mapped_column(ForeignKey("accounts.number"))
    kind: Mapped[int] = mapped_column(SmallInteger)
    permissions: Mapped[int] = mapped_column(SmallInteger)
    networks: Mapped[str] = mapped_column(Text)  # allowed addresses and networks, comma-separated; empty: any
    label: Mapped[str] = mapped_column(String(64))
    material: Mapped[bytes] = mapped_column(LargeBinary)
    created_us: Mapped[int] = mapped_column(BigInteger)
    revoked_us: Mapped[int | None] = mapped_column(BigInteger)


class ChangeRow(Table):
    """One row for each key added, changed or revoked: how every process that remembers keys learns what to forget."""

    __tablename__ = "key_changes"
    __table_args__ = ({"sqlite_autoincrement": True},)  # a number is never used twice, so no reader misses one

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(KEY_CHARS))


class FeeTierRow(Table):
    """What a fee tier is called; its rates are in the journal."""

    __tablename__ = "fee_tiers"

    tier: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(64), unique=True)


class SealRow(Table):
    """A known text under the master key, so that a wrong key is refused at the start, not at a customer's request."""

    __tablename__ = "seals"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
