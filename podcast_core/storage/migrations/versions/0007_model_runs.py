"""Model runs: what a version of a model found in pieces of recordings."""

import sqlalchemy as sa
from alembic import op

from podcast_core.storage.schema import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    text = sa.Text(collation="C") if op.get_bind().dialect.name == "postgresql" else None
    op.create_table(
        "model_runs",
        sa.Column("id", text or sa.String(120), primary_key=True),
        sa.Column("model", text or sa.String(80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", text or sa.String(80), nullable=False),
        sa.Column("weights_sha256", text or sa.String(64), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("floor", sa.Float(53), nullable=False),
        sa.Column("threshold", sa.Float(53), nullable=False),
        sa.Column("round_ids", sa.JSON(), nullable=False),
        sa.Column("recordings", sa.JSON(), nullable=False),
        sa.Column("who", text or sa.String(80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime()),
    )
    op.create_table(
        "run_pieces",
        sa.Column("run_id", text or sa.String(120), sa.ForeignKey("model_runs.id"), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("recording_id", text or sa.String(16), sa.ForeignKey("recordings.id"), nullable=False),
        sa.Column("channel", sa.Integer(), nullable=False),
        sa.Column("start_s", sa.Float(53), nullable=False),
        sa.Column("end_s", sa.Float(53), nullable=False),
        sa.Column("took_s", sa.Float(53)),
        sa.Column("device", text or sa.String(40), nullable=False, server_default=""),
        sa.Column("error", text or sa.Text(), nullable=False, server_default=""),
    )
    op.create_index("ix_run_pieces_recording_id", "run_pieces", ["recording_id"])
    op.create_table(
        "run_boxes",
        sa.Column("run_id", text or sa.String(120), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("start_s", sa.Float(53), nullable=False),
        sa.Column("end_s", sa.Float(53), nullable=False),
        sa.Column("low_hz", sa.Float(53)),
        sa.Column("high_hz", sa.Float(53)),
        sa.Column("label", text or sa.String(80), nullable=False),
        sa.Column("score", sa.Float(53), nullable=False),
        sa.ForeignKeyConstraint(["run_id", "position"], ["run_pieces.run_id", "run_pieces.position"]),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("run_boxes")
    op.drop_index("ix_run_pieces_recording_id", "run_pieces")
    op.drop_table("run_pieces")
    op.drop_table("model_runs")
