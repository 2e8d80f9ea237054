"""What accounts had when days ended."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.ForeignKey("accounts.number", name="fk_account_days_account")
    op.create_table(
        "account_days",
        sa.Column("account", sa.BigInteger, key, primary_key=True, nullable=False, autoincrement=False),
        sa.Column("day", sa.Integer, primary_key=True),
        sa.Column("balances", sa.Text, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("account_days")
