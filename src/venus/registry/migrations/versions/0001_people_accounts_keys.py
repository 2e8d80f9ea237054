"""People, accounts, API keys, fee tiers' names."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("handle", sa.String(64), nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("handle", name="uq_people_handle"),
    )
    op.create_table(
        "accounts",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("person", sa.Integer, sa.ForeignKey("people.id", name="fk_accounts_person")),
        sa.Column("label", sa.String(64), nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "api_keys",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column(
            "account", sa.BigInteger, sa.ForeignKey("accounts.number", name="fk_api_keys_account"), nullable=False
        ),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("permissions", sa.SmallInteger, nullable=False),
        sa.Column("networks", sa.Text, nullable=False),
        sa.Column("label", sa.String(64), nullable=False),
        sa.Column("material", sa.LargeBinary, nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.Column("revoked_us", sa.BigInteger),
    )
    op.create_index("ix_api_keys_account", "api_keys", ["account"])
    op.create_table(
        "key_changes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.String(64), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "fee_tiers",
        sa.Column("tier", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.UniqueConstraint("name", name="uq_fee_tiers_name"),
    )
    op.create_table(
        "seals",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    for table in ("seals", "fee_tiers", "key_changes", "api_keys", "accounts", "people"):
        op.drop_table(table)
