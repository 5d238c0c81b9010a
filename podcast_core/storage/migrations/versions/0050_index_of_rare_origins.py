"""An index of the sessions with boxes that are of a model, or were given in bulk."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    where = sa.text("origin <> 'new'")
    columns = ["round_id", "origin", "session_id"]
    op.create_index("ix_session_boxes_origin", "session_boxes", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_session_boxes_origin", "session_boxes")
