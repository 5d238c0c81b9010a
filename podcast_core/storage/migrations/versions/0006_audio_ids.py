"""Handles of clients of WhisperSeg's audio backend on channels of recordings."""

import sqlalchemy as sa
from alembic import op

from podcast_core.storage.schema import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    text = sa.Text(collation="C") if op.get_bind().dialect.name == "postgresql" else None
    op.create_table(
        "audio_ids",
        sa.Column("id", text or sa.String(36), primary_key=True),
        sa.Column("recording_id", text or sa.String(16), nullable=False),
        sa.Column("channel", sa.Integer(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_audio_ids_used_at", "audio_ids", ["used_at"])


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_audio_ids_used_at", "audio_ids")
    op.drop_table("audio_ids")
