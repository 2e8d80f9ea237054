"""Wallets, sub-accounts, deposits, withdrawals, movements, conversions."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _account(table: str, name: str, **more: Any) -> sa.Column[int]:
    key = sa.ForeignKey("accounts.number", name=f"fk_{table}_{name}")
    return sa.Column(name, sa.BigInteger, key, nullable=False, **more)


def _big(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _small(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.SmallInteger, nullable=False) for name in names]


def _whole(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer, nullable=False) for name in names]


def _number() -> sa.Column[int]:
    return sa.Column("id", _BIG, primary_key=True)


def upgrade() -> None:
    _people_and_addresses()
    _chain()
    _inside()


def _people_and_addresses() -> None:
    op.create_table(
        "wallets",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        _account("wallets", "owner"),
        *_small("kind"),
        sa.UniqueConstraint("owner", "kind", name="uq_wallets_owner"),
    )
    op.create_table(
        "sub_accounts",
        _account("sub_accounts", "account", primary_key=True, autoincrement=False),
        _account("sub_accounts", "master"),
        _text("email", 128),
        _big("created_us"),
        sa.UniqueConstraint("email", name="uq_sub_accounts_email"),
    )
    op.create_index("ix_sub_accounts_master", "sub_accounts", ["master"])
    op.create_table(
        "chain_seeds",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "deposit_addresses",
        _account("deposit_addresses", "account", primary_key=True, autoincrement=False),
        sa.Column("network", sa.String(16), primary_key=True),
        _text("address", 128),
        sa.UniqueConstraint("network", "address", name="uq_deposit_addresses_network"),
    )
    op.create_table(
        "saved_addresses",
        _number(),
        _account("saved_addresses", "owner"),
        _text("coin", 12),
        _text("network", 16),
        _text("address", 128),
        _text("name", 64),
        sa.UniqueConstraint("owner", "coin", "network", "address", name="uq_saved_addresses_owner"),
    )


def _chain() -> None:
    op.create_table(
        "deposits",
        _number(),
        _account("deposits", "account"),
        _text("coin", 12),
        *_whole("asset"),
        _text("network", 16),
        _big("atoms"),
        _text("address", 128),
        _text("source", 128),
        _text("tx_id", 128),
        _big("block"),
        *_whole("confirmations", "credit_at", "unlock_at"),
        *_small("status"),
        _big("inserted_us"),
        _big("completed_us", nullable=True),
        sa.UniqueConstraint("network", "tx_id", "address", "coin", name="uq_deposits_network"),
    )
    op.create_index("ix_deposits_account", "deposits", ["account"])
    op.create_index("ix_deposits_status", "deposits", ["status"])
    op.create_table(
        "withdrawals",
        sa.Column("id", sa.String(32), primary_key=True),
        _account("withdrawals", "owner"),
        _big("wallet"),
        *_small("wallet_kind"),
        _text("order_id", 64, nullable=True),
        _text("coin", 12),
        *_whole("asset"),
        _text("network", 16),
        _text("address", 128),
        _text("name", 64),
        _big("atoms"),
        _big("fee_atoms"),
        *_small("state"),
        sa.Column("info", sa.Text, nullable=False),
        _text("tx_id", 128),
        _big("block"),
        *_whole("confirmations", "settle_at"),
        _big("applied_us"),
        _big("completed_us", nullable=True),
        sa.UniqueConstraint("owner", "order_id", name="uq_withdrawals_owner"),
    )
    op.create_index("ix_withdrawals_owner", "withdrawals", ["owner", "applied_us"])
    op.create_index("ix_withdrawals_state", "withdrawals", ["state"])


def _inside() -> None:
    op.create_table(
        "movements",
        _number(),
        _account("movements", "owner"),
        _text("kind", 48),
        _text("client_id", 64, nullable=True),
        _big("debit"),
        _big("credit"),
        _text("coin", 12),
        *_whole("asset"),
        _big("atoms"),
        *_small("state"),
        _big("created_us"),
        sa.UniqueConstraint("owner", "client_id", name="uq_movements_owner"),
    )
    op.create_index("ix_movements_debit", "movements", ["debit"])
    op.create_index("ix_movements_credit", "movements", ["credit"])
    op.create_table(
        "conversions",
        _number(),
        _text("quote_id", 32),
        _account("conversions", "owner"),
        _big("wallet"),
        *_small("kind"),
        _big("batch"),
        _text("from_coin", 12),
        *_whole("from_asset"),
        _big("from_atoms"),
        _text("to_coin", 12),
        *_whole("to_asset"),
        _big("to_atoms"),
        _big("charge_atoms"),
        *_small("state"),
        _big("quoted_us"),
        _big("valid_us"),
        _big("accepted_us", nullable=True),
        sa.UniqueConstraint("quote_id", name="uq_conversions_quote_id"),
    )
    op.create_index("ix_conversions_owner", "conversions", ["owner", "kind"])
    op.create_index("ix_conversions_state", "conversions", ["state"])
    op.create_table(
        "dividends",
        _number(),
        _account("dividends", "owner"),
        _text("reference", 64),
        _text("coin", 12),
        *_whole("asset"),
        _big("atoms"),
        _text("info", 128),
        sa.Column("is_paid", sa.Boolean, nullable=False),
        _big("created_us"),
        sa.UniqueConstraint("owner", "reference", name="uq_dividends_owner"),
    )


def downgrade() -> None:
    for table in (
        "dividends",
        "conversions",
        "movements",
        "withdrawals",
        "deposits",
        "saved_addresses",
        "deposit_addresses",
        "chain_seeds",
        "sub_accounts",
        "wallets",
    ):
        op.drop_table(table)
