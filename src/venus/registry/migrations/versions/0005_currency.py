"""Identities of wallets sealed per operator, who looked at them, and payment requests."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "operator_keys",
        sa.Column("currency", sa.Integer, primary_key=True, nullable=False, autoincrement=False),
        sa.Column("operator", sa.Integer, primary_key=True, nullable=False, autoincrement=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "wallet_identities",
        sa.Column("id", _BIG, primary_key=True, nullable=False),
        sa.Column("currency", sa.Integer, nullable=False),
        sa.Column("entered_by", sa.Integer, nullable=False),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("sealed_by", sa.Integer, nullable=False),
        sa.Column("account", sa.BigInteger, nullable=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("phone_mark", sa.String(64), nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.Column("closed_us", sa.BigInteger, nullable=True),
        sa.UniqueConstraint("currency", "entered_by", "client_id", name="uq_wallet_identities_currency"),
    )
    op.create_index("ix_wallet_identities_account", "wallet_identities", ["account"])
    op.create_index("ix_wallet_identities_phone_mark", "wallet_identities", ["currency", "sealed_by", "phone_mark"])
    op.create_table(
        "identity_looks",
        sa.Column("id", _BIG, primary_key=True, nullable=False),
        sa.Column("account", sa.BigInteger, nullable=False),
        sa.Column("unsealing", sa.BigInteger, nullable=False),
        sa.Column("institution", sa.Integer, nullable=False),
        sa.Column("seat", sa.Integer, nullable=False),
        sa.Column("time_us", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_identity_looks_account", "identity_looks", ["account"])
    op.create_table(
        "payment_requests",
        sa.Column("id", sa.String(32), primary_key=True, nullable=False),
        sa.Column("owner", sa.BigInteger, nullable=False),
        sa.Column("client_id", sa.String(36), nullable=False),
        sa.Column("payee", sa.BigInteger, nullable=False),
        sa.Column("asset", sa.Integer, nullable=False),
        sa.Column("atoms", sa.BigInteger, nullable=False),
        sa.Column("memo", sa.String(64), nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.Column("expires_us", sa.BigInteger, nullable=False),
        sa.Column("state", sa.SmallInteger, nullable=False),
        sa.Column("payer", sa.BigInteger, nullable=True),
        sa.Column("sequence", sa.BigInteger, nullable=True),
        sa.UniqueConstraint("owner", "client_id", name="uq_payment_requests_owner"),
    )
    op.create_index("ix_payment_requests_owner_created_us", "payment_requests", ["owner", "created_us"])


def downgrade() -> None:
    for table in ("payment_requests", "identity_looks", "wallet_identities", "operator_keys"):
        op.drop_table(table)
