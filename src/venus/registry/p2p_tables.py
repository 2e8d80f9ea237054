"""Tables of the market between people: who trades under which name, what they wrote, and how they prove themselves.

Names, payment accounts, chats and evidence stand here in sealed bytes only; files lie sealed beside the database.
"""

from sqlalchemy import BigInteger, Boolean, Index, Integer, LargeBinary, SmallInteger, String
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from venus.registry.tables import Table
from venus.registry.wallet_tables import BIG

HASH_HEX_CHARS = 64
NICKNAME_CHARS_MAX = 20


class VerifiedRow(Table):
    """Who a person is, as it was verified: name and country, sealed."""

    __tablename__ = "p2p_verified"

    person: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    verified_us: Mapped[int] = mapped_column(BigInteger)


class TraderRow(Table):
    """What others see of an account: a random number and a nickname."""

    __tablename__ = "p2p_traders"

    account: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    person: Mapped[int] = mapped_column(BigInteger)
    public: Mapped[int] = mapped_column(BigInteger, unique=True)
    nickname: Mapped[str] = mapped_column(String(NICKNAME_CHARS_MAX))
    nickname_key: Mapped[str] = mapped_column(String(64), unique=True)  # as it compares
    joined_us: Mapped[int] = mapped_column(BigInteger)
    seen_us: Mapped[int] = mapped_column(BigInteger)


class DocumentRow(Table):
    """A text by its hash: what an advert says, evidence, the grounds of a verdict."""

    __tablename__ = "p2p_documents"

    hash: Mapped[str] = mapped_column(String(HASH_HEX_CHARS), primary_key=True)
    kind: Mapped[int] = mapped_column(SmallInteger)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_us: Mapped[int] = mapped_column(BigInteger)


class DocumentUseRow(Table):
    """Evidence that a party brought in an order, whether the exchange took it or not."""

    __tablename__ = "p2p_document_uses"

    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[str] = mapped_column(String(HASH_HEX_CHARS), primary_key=True)
    account: Mapped[int] = mapped_column(BigInteger)
    time_us: Mapped[int] = mapped_column(BigInteger)


class PaymentAccountRow(Table):
    """Where somebody pays from or is paid at. What was declared for an order stays, though it was removed."""

    __tablename__ = "p2p_payment_accounts"
    __table_args__ = (Index(None, "account"), Index(None, "hash"))

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    account: Mapped[int] = mapped_column(BigInteger)
    method: Mapped[int] = mapped_column(Integer)
    hash: Mapped[str] = mapped_column(String(HASH_HEX_CHARS))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_us: Mapped[int] = mapped_column(BigInteger)
    removed_us: Mapped[int | None] = mapped_column(BigInteger)


class FeedbackRow(Table):
    """What a party says of the other after an order; once, and he may change it."""

    __tablename__ = "p2p_feedback"
    __table_args__ = (Index(None, "about"),)

    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    by: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    about: Mapped[int] = mapped_column(BigInteger)
    good: Mapped[bool] = mapped_column(Boolean)
    text: Mapped[str] = mapped_column(String(200))
    time_us: Mapped[int] = mapped_column(BigInteger)


class AdvertAccountRow(Table):
    """A payment account that an advert stands on."""

    __tablename__ = "p2p_advert_accounts"
    __table_args__ = (Index(None, "payment_account"),)

    advert: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    payment_account: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class BlockRow(Table):
    __tablename__ = "p2p_blocks"
    __table_args__ = (Index(None, "blocked"),)

    account: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    blocked: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    time_us: Mapped[int] = mapped_column(BigInteger)


class MessageRow(Table):
    """A message of an order's chat, sealed; its hash is open, since commands carry it."""

    __tablename__ = "p2p_messages"

    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    sender: Mapped[int] = mapped_column(BigInteger)  # account; 0: the exchange or the arbiter
    hash: Mapped[str] = mapped_column(String(HASH_HEX_CHARS))
    once: Mapped[str | None] = mapped_column(String(64))  # a message that is not said twice
    sealed: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (Unique("order_id", "once"),)


class ReadRow(Table):
    """How far somebody read a chat."""

    __tablename__ = "p2p_reads"

    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    account: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(Integer)


class FileRow(Table):
    """A file that was let in; its bytes lie sealed on disk under its hash."""

    __tablename__ = "p2p_files"

    hash: Mapped[str] = mapped_column(String(HASH_HEX_CHARS), primary_key=True)
    type: Mapped[str] = mapped_column(String(32))
    bytes: Mapped[int] = mapped_column(Integer)
    created_us: Mapped[int] = mapped_column(BigInteger)


class FileOwnerRow(Table):
    """Who brought a file, and what he calls it."""

    __tablename__ = "p2p_file_owners"

    hash: Mapped[str] = mapped_column(String(HASH_HEX_CHARS), primary_key=True)
    account: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(80))
    created_us: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index(None, "account", "created_us"),)


class FileUseRow(Table):
    """An order in which a file was shown: its parties and the arbiter may read it."""

    __tablename__ = "p2p_file_uses"

    hash: Mapped[str] = mapped_column(String(HASH_HEX_CHARS), primary_key=True)
    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class ConflictRow(Table):
    """A person at the arbiters who said that he cannot judge an order; why, sealed."""

    __tablename__ = "p2p_conflicts"

    order_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    person: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    institution: Mapped[int] = mapped_column(Integer)
    seat: Mapped[int] = mapped_column(Integer)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    time_us: Mapped[int] = mapped_column(BigInteger)


class SecondFactorRow(Table):
    """What an account's codes are made of, sealed, and which code was used last."""

    __tablename__ = "p2p_second_factors"

    account: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    confirmed_us: Mapped[int | None] = mapped_column(BigInteger)
    step_used: Mapped[int] = mapped_column(BigInteger)  # of 30 seconds since 1970; a code is good once
    failures: Mapped[int] = mapped_column(Integer)  # in a row
    locked_until_us: Mapped[int] = mapped_column(BigInteger)


class ClientIdRow(Table):
    """What was asked under a client id, so that a retry does nothing twice."""

    __tablename__ = "p2p_client_ids"

    account: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    client_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    digest: Mapped[str] = mapped_column(String(HASH_HEX_CHARS))
    sequence: Mapped[int | None] = mapped_column(BigInteger)  # what answered it; None: not known yet
    command: Mapped[bytes] = mapped_column(LargeBinary)  # as it was handed in
    created_us: Mapped[int] = mapped_column(BigInteger)
