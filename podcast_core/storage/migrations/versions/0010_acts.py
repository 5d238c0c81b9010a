"""Acts: what is archived and how labels were renamed, and what follows from it."""

import sqlalchemy as sa
from alembic import op

from podcast_core.storage.schema import UtcDateTime

revision = "0010"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    text = sa.Text(collation="C") if op.get_bind().dialect.name == "postgresql" else None
    op.create_table(
        "acts",
        sa.Column("id", text or sa.String(120), primary_key=True),
        sa.Column("deed", text or sa.String(20), nullable=False),
        sa.Column("round_id", text or sa.String(120), nullable=False),
        sa.Column("recording_id", text or sa.String(16), nullable=False),
        sa.Column("model", text or sa.String(80), nullable=False),
        sa.Column("version", sa.Integer()),
        sa.Column("who", text or sa.String(80), nullable=False),
        sa.Column("old", text or sa.String(80), nullable=False),
        sa.Column("new", text or sa.String(80), nullable=False),
        sa.Column("acted_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_acts_round_id", "acts", ["round_id"])
    op.add_column("rounds", sa.Column("archived_at", UtcDateTime()))
    op.add_column("rounds", sa.Column("renamed", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("sessions", sa.Column("archived", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Go back."""
    op.drop_column("sessions", "archived")
    op.drop_column("rounds", "renamed")
    op.drop_column("rounds", "archived_at")
    op.drop_index("ix_acts_round_id", "acts")
    op.drop_table("acts")
