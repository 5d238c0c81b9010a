"""An index of gold, of which there is little among many answers."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    is_gold = sa.text("decides <> ''")
    op.create_index(
        "ix_submissions_gold", "submissions", ["round_id", "session_id"], sqlite_where=is_gold, postgresql_where=is_gold
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_submissions_gold", "submissions")
