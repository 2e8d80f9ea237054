"""Payments by operators' messages, what was given back of them, and who asked for that."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "message_payments",
        sa.Column("payment", sa.String(32), primary_key=True, nullable=False),
        sa.Column("currency", sa.Integer, nullable=False),
        sa.Column("agent", sa.String(64), nullable=False),
        sa.Column("message", sa.String(35), nullable=False),
        sa.Column("transfer", sa.String(35), nullable=False),
        sa.Column("end_to_end", sa.String(35), nullable=False),
        sa.Column("payee", sa.BigInteger, nullable=False),
        sa.Column("atoms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "message_refunds",
        sa.Column("refund", sa.String(32), primary_key=True, nullable=False),
        sa.Column("payment", sa.String(32), nullable=False),
        sa.Column("atoms", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.String(35), nullable=False),
        sa.Column("done", sa.Boolean, nullable=False),
    )
    op.create_index("ix_message_refunds_payment", "message_refunds", ["payment"])
    op.create_table(
        "recalls",
        sa.Column("id", _BIG, primary_key=True, nullable=False),
        sa.Column("agent", sa.String(64), nullable=False),
        sa.Column("message", sa.String(35), nullable=False),
        sa.Column("identification", sa.String(35), nullable=False),
        sa.Column("payment", sa.String(32), nullable=False),
        sa.Column("atoms", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.String(35), nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.Column("rejected", sa.String(35)),
        sa.UniqueConstraint("agent", "message", "identification", name="uq_recalls_agent"),
    )
    op.create_index("ix_recalls_payment", "recalls", ["payment"])


def downgrade() -> None:
    for table in ("recalls", "message_refunds", "message_payments"):
        op.drop_table(table)
