"""Who looked into the journal; who stands by its checkpoints."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "looks",
        sa.Column("number", _BIG, primary_key=True, nullable=False, autoincrement=False),
        sa.Column("institution", sa.Integer, nullable=False),
        sa.Column("seat", sa.Integer, nullable=False),
        sa.Column("time_us", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("first_frame", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_table(
        "cosignatures",
        sa.Column("id", _BIG, primary_key=True, nullable=False),
        sa.Column("frames", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("verifier", sa.String(256), nullable=False),
        sa.Column("line", sa.String(512), nullable=False),
        sa.Column("signed_s", sa.BigInteger, nullable=False),
        sa.Column("institution", sa.Integer, nullable=False),
        sa.Column("seat", sa.Integer, nullable=False),
        sa.Column("received_us", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("frames", "verifier", name="uq_cosignatures_frames"),
    )
    op.create_index("ix_cosignatures_name", "cosignatures", ["name"])


def downgrade() -> None:
    for table in ("cosignatures", "looks"):
        op.drop_table(table)
