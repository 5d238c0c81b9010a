"""The index on a session's predictions holds what an order of the queue is made of."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.drop_index("ix_predictions_session", "predictions")
    columns = ["round_id", "session_id", "set_id", "label", "score"]
    op.create_index("ix_predictions_session", "predictions", columns, unique=False)


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_predictions_session", "predictions")
    op.create_index("ix_predictions_session", "predictions", ["round_id", "session_id"], unique=False)
