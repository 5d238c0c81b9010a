"""Open sessions by day, the lowest score of the predictions in a session, and the predictions of a set by session."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_predictions_set": ("predictions", ["set_id", "session_id", "id"]),
    "ix_session_states_open_day": ("session_states", ["round_id", "is_open", "starts_on", "position", "session_id"]),
    "ix_session_predictions_lowest": (
        "session_predictions",
        ["round_id", "model", "label", "is_open", "lowest", "session_id"],
    ),
}


def upgrade() -> None:
    """Go forward; what is derived, and the triggers, are made by the newest code when all migrations are done."""
    _drop_triggers()
    op.add_column("session_predictions", sa.Column("lowest", sa.Float(53)))
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)
    op.drop_index("ix_predictions_set_id", "predictions")


def downgrade() -> None:
    """Go back."""
    _drop_triggers()
    op.create_index("ix_predictions_set_id", "predictions", ["set_id"])
    for name, (table, _) in INDEXES.items():
        op.drop_index(name, table)
    op.drop_column("session_predictions", "lowest")


def _drop_triggers() -> None:
    on_table = " ON session_predictions" if op.get_bind().dialect.name == "postgresql" else ""
    for event in ("insert", "delete"):
        op.execute(f"DROP TRIGGER IF EXISTS tally_session_predictions_{event}{on_table}")
