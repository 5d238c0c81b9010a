"""What model runs found by score and time, sums of it, and sessions by recording and start."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

NEW = {
    "ix_run_pieces_best": ("run_pieces", ["run_id", "negative_best", "position"]),
    "ix_run_pieces_time": ("run_pieces", ["run_id", "recording_id", "start_s", "position"]),
    "ix_run_boxes_score": ("run_boxes", ["run_id", "score"]),
    "ix_suggested_places_place": ("suggested_places", ["suggestion_id", "place", "session_id"]),
}
LONGER = {
    "ix_sessions_recording_id": (["recording_id"], ["start_s"]),
    "ix_sessions_round_position": (["round_id", "position"], ["id"]),
}


def upgrade() -> None:
    """Go forward."""
    op.add_column("run_pieces", sa.Column("negative_best", sa.Float(53)))
    op.execute(
        "UPDATE run_pieces SET negative_best = (SELECT -MAX(run_boxes.score) FROM run_boxes "
        "WHERE run_boxes.run_id = run_pieces.run_id AND run_boxes.position = run_pieces.position)"
    )
    for name, (table, columns) in NEW.items():
        op.create_index(name, table, columns)
    for name, (columns, more) in LONGER.items():
        op.drop_index(name, "sessions")
        op.create_index(name, "sessions", [*columns, *more])


def downgrade() -> None:
    """Go back; triggers that keep sums are made by the newest code when all migrations are done, see ``env.py``."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for table, events in (("run_pieces", ("insert", "delete", "update")), ("run_boxes", ("insert", "delete"))):
        for event in events:
            on_table = f" ON {table}" if is_postgresql else ""
            op.execute(f"DROP TRIGGER IF EXISTS tally_{table}_{event}{on_table}")
    for name, (columns, _) in LONGER.items():
        op.drop_index(name, "sessions")
        op.create_index(name, "sessions", columns)
    for name, (table, _) in NEW.items():
        op.drop_index(name, table)
    op.drop_column("run_pieces", "negative_best")
