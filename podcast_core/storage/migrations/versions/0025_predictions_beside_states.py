"""What models found is said by ``session_predictions`` alone: a new set leaves the states of sessions as they are."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward; what is derived, and the triggers, are made by the newest code when all migrations are done."""
    _drop_triggers()
    op.drop_column("session_states", "shown_count")


def downgrade() -> None:
    """Go back."""
    _drop_triggers()
    op.add_column("session_states", sa.Column("shown_count", sa.Integer(), nullable=False, server_default="0"))


def _drop_triggers() -> None:
    on_table = " ON session_states" if op.get_bind().dialect.name == "postgresql" else ""
    for event in ("insert", "delete"):
        op.execute(f"DROP TRIGGER IF EXISTS tally_session_states_{event}{on_table}")
