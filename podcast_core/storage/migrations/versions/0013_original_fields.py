"""What a session's document said in the original Pod.Cast that it came from."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("sessions", sa.Column("original", sa.JSON()))


def downgrade() -> None:
    """Go back."""
    op.drop_column("sessions", "original")
