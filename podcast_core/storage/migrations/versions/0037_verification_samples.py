"""Samples that are drawn once to be verified."""

import sqlalchemy as sa
from alembic import op

from podcast_core.storage.schema import UtcDateTime

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    c_text = sa.Text(collation="C") if op.get_bind().dialect.name == "postgresql" else None

    def text(name: str, length: int, **more: object) -> sa.Column:
        return sa.Column(name, c_text if c_text is not None else sa.String(length), **{"nullable": False, **more})

    op.create_table(
        "verification_samples",
        text("id", 120, primary_key=True),
        text("round_id", 120),
        text("of", 20),
        sa.Column("per_stratum", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Float(53), nullable=False),
        sa.Column("half_width", sa.Float(53), nullable=False),
        sa.Column("strata", sa.JSON(), nullable=False),
        text("who", 80),
        text("set_id", 120),
        text("model", 120),
        text("run_id", 120),
        sa.Column("score_counts", sa.JSON(), nullable=False),
        sa.Column("drawn_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"]),
    )
    op.create_index("ix_verification_samples_round", "verification_samples", ["round_id", "drawn_at", "id"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("verification_samples")
