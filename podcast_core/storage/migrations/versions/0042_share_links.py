"""Links to the progress of a round, for somebody without a token."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"

    def text(length: int) -> sa.types.TypeEngine[str]:
        return sa.Text(collation="C") if is_postgresql else sa.String(length)

    op.create_table(
        "share_links",
        sa.Column("id", text(16), primary_key=True),
        sa.Column("round_id", text(120), nullable=False),
        sa.Column("note", text(120), nullable=False),
        sa.Column("with_names", sa.Boolean(), nullable=False),
        sa.Column("digest", text(64), nullable=False, unique=True),
        sa.Column("who", text(80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_share_links_round_id", "share_links", ["round_id"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("share_links")
