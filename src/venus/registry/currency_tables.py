"""Tables of a currency's wallets: who holds them, sealed, who looked, what merchants ask to be paid, what operators ask
back.

Names and telephone numbers stand here in sealed bytes only, each under the key of the operator that knows them.
"""

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, SmallInteger, String
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from venus.registry.tables import Table
from venus.registry.wallet_tables import BIG

MEMO_CHARS_MAX = 64


class OperatorKeyRow(Table):
    """The key that an operator's identities are sealed under, itself sealed under the master key."""

    __tablename__ = "operator_keys"

    currency: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    operator: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_us: Mapped[int] = mapped_column(BigInteger)


class IdentityRow(Table):
    """Who holds a wallet, as he was entered once; the newest that is bound to a wallet is in force.

    It is written before the wallet is opened, and bound to its number afterwards.
    """

    __tablename__ = "wallet_identities"
    __table_args__ = (
        Unique("currency", "entered_by", "client_id"),
        Index(None, "account"),
        Index("ix_wallet_identities_phone_mark", "currency", "sealed_by", "phone_mark"),
    )

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    currency: Mapped[int] = mapped_column(Integer)
    entered_by: Mapped[int] = mapped_column(Integer)  # operator
    client_id: Mapped[str] = mapped_column(String(64))
    sealed_by: Mapped[int] = mapped_column(Integer)  # operator whose key it is sealed under
    account: Mapped[int | None] = mapped_column(BigInteger)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    mark: Mapped[str] = mapped_column(String(64))  # keyed digest: whether a retry says the same
    phone_mark: Mapped[str] = mapped_column(String(64))  # keyed digest of the telephone number
    created_us: Mapped[int] = mapped_column(BigInteger)
    closed_us: Mapped[int | None] = mapped_column(BigInteger)


class LookRow(Table):
    """One reading of a sealed identity, under an unsealing that is in the journal."""

    __tablename__ = "identity_looks"
    __table_args__ = (Index(None, "account"),)

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    account: Mapped[int] = mapped_column(BigInteger)
    unsealing: Mapped[int] = mapped_column(BigInteger)  # sequence of the journal's event
    institution: Mapped[int] = mapped_column(Integer)
    seat: Mapped[int] = mapped_column(Integer)
    time_us: Mapped[int] = mapped_column(BigInteger)


class PaymentRequestRow(Table):
    """What somebody asks to be paid. The payment's reference is made of its id, so that it is paid once."""

    __tablename__ = "payment_requests"
    __table_args__ = (
        Unique("owner", "client_id"),
        Index("ix_payment_requests_owner_created_us", "owner", "created_us"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner: Mapped[int] = mapped_column(BigInteger)  # the merchant's first wallet
    client_id: Mapped[str] = mapped_column(String(36))
    payee: Mapped[int] = mapped_column(BigInteger)  # it, or a sub-wallet of it
    asset: Mapped[int] = mapped_column(Integer)
    atoms: Mapped[int] = mapped_column(BigInteger)
    memo: Mapped[str] = mapped_column(String(MEMO_CHARS_MAX))
    created_us: Mapped[int] = mapped_column(BigInteger)
    expires_us: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[int] = mapped_column(SmallInteger)
    payer: Mapped[int | None] = mapped_column(BigInteger)
    sequence: Mapped[int | None] = mapped_column(BigInteger)  # of the payment in the journal


class MessagePaymentRow(Table):
    """A payment that an operator's message asked for, by the digest that the ledger knows it by."""

    __tablename__ = "message_payments"

    payment: Mapped[str] = mapped_column(String(32), primary_key=True)
    currency: Mapped[int] = mapped_column(Integer)
    agent: Mapped[str] = mapped_column(String(64))  # whose message it was
    message: Mapped[str] = mapped_column(String(35))
    transfer: Mapped[str] = mapped_column(String(35))
    end_to_end: Mapped[str] = mapped_column(String(35))
    payee: Mapped[int] = mapped_column(BigInteger)
    atoms: Mapped[int] = mapped_column(BigInteger)


class MessageRefundRow(Table):
    """What was given back of such a payment, by the refund's own digest; noted before the ledger does it."""

    __tablename__ = "message_refunds"
    __table_args__ = (Index(None, "payment"),)

    refund: Mapped[str] = mapped_column(String(32), primary_key=True)
    payment: Mapped[str] = mapped_column(String(32))
    atoms: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(35))
    done: Mapped[bool] = mapped_column()


class RecallRow(Table):
    """A request to give such a payment back."""

    __tablename__ = "recalls"
    __table_args__ = (Unique("agent", "message", "identification"), Index(None, "payment"))

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    agent: Mapped[str] = mapped_column(String(64))  # who asks
    message: Mapped[str] = mapped_column(String(35))
    identification: Mapped[str] = mapped_column(String(35))
    payment: Mapped[str] = mapped_column(String(32))
    atoms: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(35))
    created_us: Mapped[int] = mapped_column(BigInteger)
    rejected: Mapped[str | None] = mapped_column(String(35))  # the reason; none: it is open, or was done
