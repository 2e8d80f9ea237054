"""Commands that wait for a quorum, and their approvals."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", sa.Integer, primary_key=True, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("command", sa.LargeBinary, nullable=False),
        sa.Column("institution", sa.BigInteger, nullable=False),
        sa.Column("seat", sa.BigInteger, nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.Column("expires_us", sa.BigInteger, nullable=False),
        sa.Column("state", sa.SmallInteger, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=True),
        sa.Column("number", sa.BigInteger, nullable=True),
        sa.Column("reject", sa.SmallInteger, nullable=True),
        sa.UniqueConstraint("digest", name="uq_proposals_digest"),
    )
    op.create_index("ix_proposals_state_expires_us", "proposals", ["state", "expires_us"])
    proposal = sa.ForeignKey("proposals.id", name="fk_approvals_proposal")
    op.create_table(
        "approvals",
        sa.Column("proposal", sa.Integer, proposal, primary_key=True, nullable=False),
        sa.Column("institution", sa.BigInteger, primary_key=True, nullable=False, autoincrement=False),
        sa.Column("seat", sa.BigInteger, primary_key=True, nullable=False, autoincrement=False),
        sa.Column("expires_ns", sa.BigInteger, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("authenticator_data", sa.LargeBinary, nullable=False),
        sa.Column("client_data", sa.LargeBinary, nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("approvals")
    op.drop_table("proposals")
