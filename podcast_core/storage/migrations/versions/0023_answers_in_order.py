"""Answers of a session, and of a person, in the order in which they are listed."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_submissions_session": ["round_id", "session_id"],
    "ix_submissions_annotator": ["round_id", "annotator", "session_id"],
}


def upgrade() -> None:
    """Go forward."""
    for name, columns in INDEXES.items():
        op.drop_index(name, "submissions")
        op.create_index(name, "submissions", [*columns, "submitted_at", "id"])


def downgrade() -> None:
    """Go back."""
    for name, columns in INDEXES.items():
        op.drop_index(name, "submissions")
        op.create_index(name, "submissions", columns)
