"""PostgreSQL compares text by its bytes, as SQLite does, and counts frames of recordings beyond 2^31."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TEXTS = {
    "recordings": {"id": 16, "sha256": 64, "uri": 0, "file_name": 0, "encoding": 40, "start_method": 40, "site": 0},
    "rounds": {"id": 120, "name": 120, "description": 0, "instructions": 0, "site": 0, "site_url": 0},
    "sessions": {"round_id": 120, "id": 120, "recording_id": 16, "claim_holder": 120, "claim_annotator": 80},
    "prediction_sets": {"id": 120, "round_id": 120, "model": 120, "source": 0},
    "predictions": {"id": 120, "set_id": 120, "round_id": 120, "session_id": 120, "label": 80},
    "submissions": {"id": 120, "round_id": 120, "session_id": 120, "annotator": 80, "outcome": 20, "comment": 0},
    "annotations": {
        **{"submission_id": 120, "label": 80, "origin": 20, "prediction_id": 120, "model": 120},
        **{"comment": 0, "individual": 80, "call_type": 80},
    },
    "rejections": {"submission_id": 120, "prediction_id": 120},
    "passed_over": {"submission_id": 120, "prediction_id": 120},
    "reviews": {"id": 120, "submission_id": 120, "reviewer": 80, "verdict": 20, "comment": 0, "corrected_id": 120},
}


def upgrade() -> None:
    """Go forward. SQLite sorts by bytes anyway, and its integers have 64 bits."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, columns in TEXTS.items():
        changes = [f'ALTER COLUMN "{name}" TYPE text COLLATE "C"' for name in columns]
        op.execute(f"ALTER TABLE {table} {', '.join(changes)}")
    op.alter_column("recordings", "frame_count", type_=sa.BigInteger())


def downgrade() -> None:
    """Go back."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.alter_column("recordings", "frame_count", type_=sa.Integer())
    for table, columns in TEXTS.items():
        kinds = {name: f"varchar({length})" if length else "text" for name, length in columns.items()}
        changes = [f'ALTER COLUMN "{name}" TYPE {kind} COLLATE "default"' for name, kind in kinds.items()]
        op.execute(f"ALTER TABLE {table} {', '.join(changes)}")
