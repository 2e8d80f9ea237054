"""The market between people: traders, what they write, chat, files, second factors."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TABLES = (
    "p2p_conflicts",
    "p2p_client_ids",
    "p2p_second_factors",
    "p2p_file_uses",
    "p2p_file_owners",
    "p2p_files",
    "p2p_reads",
    "p2p_messages",
    "p2p_blocks",
    "p2p_feedback",
    "p2p_advert_accounts",
    "p2p_payment_accounts",
    "p2p_document_uses",
    "p2p_documents",
    "p2p_traders",
    "p2p_verified",
)


def upgrade() -> None:
    _people()
    _writings()
    _between_two()
    _chat()
    _files()
    op.create_table(
        "p2p_conflicts",
        _key("order_id", sa.BigInteger),
        _key("person", sa.BigInteger),
        sa.Column("institution", sa.Integer, nullable=False),
        sa.Column("seat", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("time_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "p2p_second_factors",
        _key("account", sa.BigInteger),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("confirmed_us", sa.BigInteger),
        sa.Column("step_used", sa.BigInteger, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "p2p_client_ids",
        _key("account", sa.BigInteger),
        _key("client_id", sa.String(64)),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("sequence", sa.BigInteger),
        sa.Column("command", sa.LargeBinary, nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)


def _key(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, nullable=False, autoincrement=False)


def _people() -> None:
    op.create_table(
        "p2p_verified",
        _key("person", sa.BigInteger),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("verified_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "p2p_traders",
        _key("account", sa.BigInteger),
        sa.Column("person", sa.BigInteger, nullable=False),
        sa.Column("public", sa.BigInteger, nullable=False),
        sa.Column("nickname", sa.String(20), nullable=False),
        sa.Column("nickname_key", sa.String(64), nullable=False),
        sa.Column("joined_us", sa.BigInteger, nullable=False),
        sa.Column("seen_us", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("public", name="uq_p2p_traders_public"),
        sa.UniqueConstraint("nickname_key", name="uq_p2p_traders_nickname_key"),
    )


def _writings() -> None:
    op.create_table(
        "p2p_documents",
        _key("hash", sa.String(64)),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "p2p_document_uses",
        _key("order_id", sa.BigInteger),
        _key("hash", sa.String(64)),
        sa.Column("account", sa.BigInteger, nullable=False),
        sa.Column("time_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "p2p_payment_accounts",
        sa.Column("id", _BIG, primary_key=True, nullable=False),
        sa.Column("account", sa.BigInteger, nullable=False),
        sa.Column("method", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.Column("removed_us", sa.BigInteger),
    )
    op.create_index("ix_p2p_payment_accounts_account", "p2p_payment_accounts", ["account"])
    op.create_index("ix_p2p_payment_accounts_hash", "p2p_payment_accounts", ["hash"])
    op.create_table("p2p_advert_accounts", _key("advert", sa.BigInteger), _key("payment_account", sa.BigInteger))
    op.create_index("ix_p2p_advert_accounts_payment_account", "p2p_advert_accounts", ["payment_account"])


def _between_two() -> None:
    op.create_table(
        "p2p_feedback",
        _key("order_id", sa.BigInteger),
        _key("by", sa.BigInteger),
        sa.Column("about", sa.BigInteger, nullable=False),
        sa.Column("good", sa.Boolean, nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("time_us", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_p2p_feedback_about", "p2p_feedback", ["about"])
    op.create_table(
        "p2p_blocks",
        _key("account", sa.BigInteger),
        _key("blocked", sa.BigInteger),
        sa.Column("time_us", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_p2p_blocks_blocked", "p2p_blocks", ["blocked"])


def _chat() -> None:
    op.create_table(
        "p2p_messages",
        _key("order_id", sa.BigInteger),
        _key("place", sa.Integer),
        sa.Column("sender", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("once", sa.String(64)),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("order_id", "once", name="uq_p2p_messages_order_id"),
    )
    op.create_table(
        "p2p_reads",
        _key("order_id", sa.BigInteger),
        _key("account", sa.BigInteger),
        sa.Column("place", sa.Integer, nullable=False),
    )


def _files() -> None:
    op.create_table(
        "p2p_files",
        _key("hash", sa.String(64)),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "p2p_file_owners",
        _key("hash", sa.String(64)),
        _key("account", sa.BigInteger),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_p2p_file_owners_account", "p2p_file_owners", ["account", "created_us"])
    op.create_table(
        "p2p_file_uses",
        _key("hash", sa.String(64)),
        _key("order_id", sa.BigInteger),
    )
