"""The wallet's tables: whose wallets and sub-accounts there are, and what was asked to be moved and how far it came.

The money itself is in the journal. A row is written before the transfers that it stands for, whose references hold its
id, and its state afterwards: whoever finds a row unfinished may do the rest again, and nothing moves twice. Amounts are
atoms, times are microseconds.
"""

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, LargeBinary, SmallInteger, String, Text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from venus.registry.tables import Table

BIG = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in a column of this very type; it holds 64 bits all the same."""


class WalletRow(Table):
    """A further account of the core that belongs to an account: its funding wallet."""

    __tablename__ = "wallets"
    __table_args__ = (Unique("owner", "kind"),)

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    owner: Mapped[int] = mapped_column(ForeignKey("accounts.number"))
    kind: Mapped[int] = mapped_column(SmallInteger)


class SubAccountRow(Table):
    __tablename__ = "sub_accounts"
    __table_args__ = (Index(None, "master"),)

    account: Mapped[int] = mapped_column(ForeignKey("accounts.number"), primary_key=True, autoincrement=False)
    master: Mapped[int] = mapped_column(ForeignKey("accounts.number"))
    email: Mapped[str] = mapped_column(String(128), unique=True)
    created_us: Mapped[int] = mapped_column(BigInteger)


class ChainSeedRow(Table):
    """What the sandbox's addresses are derived from, sealed."""

    __tablename__ = "chain_seeds"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class AddressRow(Table):
    """An address that was given out: whoever pays to it pays this account."""

    __tablename__ = "deposit_addresses"
    __table_args__ = (Unique("network", "address"),)

    account: Mapped[int] = mapped_column(ForeignKey("accounts.number"), primary_key=True)
    network: Mapped[str] = mapped_column(String(16), primary_key=True)
    address: Mapped[str] = mapped_column(String(128))


class DepositRow(Table):
    __tablename__ = "deposits"
    __table_args__ = (Unique("network", "tx_id", "address", "coin"), Index(None, "account"), Index(None, "status"))

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    account: Mapped[int] = mapped_column(ForeignKey("accounts.number"))
    coin: Mapped[str] = mapped_column(String(12))
    asset: Mapped[int] = mapped_column(Integer)
    network: Mapped[str] = mapped_column(String(16))
    atoms: Mapped[int] = mapped_column(BigInteger)
    address: Mapped[str] = mapped_column(String(128))
    source: Mapped[str] = mapped_column(String(128))
    tx_id: Mapped[str] = mapped_column(String(128))
    block: Mapped[int] = mapped_column(BigInteger)
    confirmations: Mapped[int] = mapped_column(Integer)
    credit_at: Mapped[int] = mapped_column(Integer)  # confirmations
    unlock_at: Mapped[int] = mapped_column(Integer)
    status: Mapped[int] = mapped_column(SmallInteger)
    inserted_us: Mapped[int] = mapped_column(BigInteger)
    completed_us: Mapped[int | None] = mapped_column(BigInteger)


class WithdrawalRow(Table):
    __tablename__ = "withdrawals"
    __table_args__ = (Unique("owner", "order_id"), Index(None, "owner", "applied_us"), Index(None, "state"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner: Mapped[int] = mapped_column(ForeignKey("accounts.number"))
    wallet: Mapped[int] = mapped_column(BigInteger)  # the account of the core that pays
    wallet_kind: Mapped[int] = mapped_column(SmallInteger)
    order_id: Mapped[str | None] = mapped_column(String(64))
    coin: Mapped[str] = mapped_column(String(12))
    asset: Mapped[int] = mapped_column(Integer)
    network: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(String(128))
    name: Mapped[str] = mapped_column(String(64))
    atoms: Mapped[int] = mapped_column(BigInteger)  # what arrives
    fee_atoms: Mapped[int] = mapped_column(BigInteger)  # paid beside it
    state: Mapped[int] = mapped_column(SmallInteger)
    info: Mapped[str] = mapped_column(Text)
    tx_id: Mapped[str] = mapped_column(String(128))
    block: Mapped[int] = mapped_column(BigInteger)
    confirmations: Mapped[int] = mapped_column(Integer)
    settle_at: Mapped[int] = mapped_column(Integer)  # confirmations
    applied_us: Mapped[int] = mapped_column(BigInteger)
    completed_us: Mapped[int | None] = mapped_column(BigInteger)


class MovementRow(Table):
    """A transfer between wallets and accounts of one owner."""

    __tablename__ = "movements"
    __table_args__ = (Unique("owner", "client_id"), Index(None, "debit"), Index(None, "credit"))

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    owner: Mapped[int] = mapped_column(ForeignKey("accounts.number"))
    kind: Mapped[str] = mapped_column(String(48))
    client_id: Mapped[str | None] = mapped_column(String(64))
    debit: Mapped[int] = mapped_column(BigInteger)
    credit: Mapped[int] = mapped_column(BigInteger)
    coin: Mapped[str] = mapped_column(String(12))
    asset: Mapped[int] = mapped_column(Integer)
    atoms: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[int] = mapped_column(SmallInteger)
    created_us: Mapped[int] = mapped_column(BigInteger)


class ConversionRow(Table):
    """A quote, and what became of it: one coin of the account for another of the house."""

    __tablename__ = "conversions"
    __table_args__ = (Index(None, "owner", "kind"), Index(None, "state"))

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    quote_id: Mapped[str] = mapped_column(String(32), unique=True)
    owner: Mapped[int] = mapped_column(ForeignKey("accounts.number"))
    wallet: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[int] = mapped_column(SmallInteger)
    batch: Mapped[int] = mapped_column(BigInteger)  # of dust swept together; 0: none
    from_coin: Mapped[str] = mapped_column(String(12))
    from_asset: Mapped[int] = mapped_column(Integer)
    from_atoms: Mapped[int] = mapped_column(BigInteger)
    to_coin: Mapped[str] = mapped_column(String(12))
    to_asset: Mapped[int] = mapped_column(Integer)
    to_atoms: Mapped[int] = mapped_column(BigInteger)  # what is received, after the charge
    charge_atoms: Mapped[int] = mapped_column(BigInteger)  # of the coin received, kept by the house
    state: Mapped[int] = mapped_column(SmallInteger)
    quoted_us: Mapped[int] = mapped_column(BigInteger)
    valid_us: Mapped[int] = mapped_column(BigInteger)
    accepted_us: Mapped[int | None] = mapped_column(BigInteger)


class DividendRow(Table):
    """Something the house gave."""

    __tablename__ = "dividends"
    __table_args__ = (Unique("owner", "reference"),)

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    owner: Mapped[int] = mapped_column(ForeignKey("accounts.number"))
    reference: Mapped[str] = mapped_column(String(64))
    coin: Mapped[str] = mapped_column(String(12))
    asset: Mapped[int] = mapped_column(Integer)
    atoms: Mapped[int] = mapped_column(BigInteger)
    info: Mapped[str] = mapped_column(String(128))
    is_paid: Mapped[bool] = mapped_column(Boolean)
    created_us: Mapped[int] = mapped_column(BigInteger)


class DayRow(Table):
    """What an account had when a day ended, in UTC. `balances` is JSON: a list of asset, free
    and held atoms for each coin that it ever had.
    """

    __tablename__ = "account_days"

    account: Mapped[int] = mapped_column(ForeignKey("accounts.number"), primary_key=True)
    day: Mapped[int] = mapped_column(Integer, primary_key=True)  # since 1970-01-01
    balances: Mapped[str] = mapped_column(Text)


class SavedAddressRow(Table):
    """An address of an account's address book."""

    __tablename__ = "saved_addresses"
    __table_args__ = (Unique("owner", "coin", "network", "address"),)

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    owner: Mapped[int] = mapped_column(ForeignKey("accounts.number"))
    coin: Mapped[str] = mapped_column(String(12))
    network: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(String(128))
    name: Mapped[str] = mapped_column(String(64))
