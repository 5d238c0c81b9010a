"""Which sessions a model run suggests to label next."""

import sqlalchemy as sa
from alembic import op

from podcast_core.storage.schema import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    text = sa.Text(collation="C") if op.get_bind().dialect.name == "postgresql" else None
    op.create_table(
        "suggestions",
        sa.Column("id", text or sa.String(36), primary_key=True),
        sa.Column("round_id", text or sa.String(120), nullable=False),
        sa.Column("run_id", text or sa.String(120), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("random_share", sa.Float(53), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_suggestions_round_id", "suggestions", ["round_id"])
    op.create_table(
        "suggested_places",
        sa.Column("suggestion_id", text or sa.String(36), primary_key=True),
        sa.Column("session_id", text or sa.String(120), primary_key=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("reason", text or sa.String(20), nullable=False),
        sa.Column("gain", sa.Float(53), nullable=False),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("suggested_places")
    op.drop_index("ix_suggestions_round_id", "suggestions")
    op.drop_table("suggestions")
