"""Reference examples of a round's labels."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("rounds", sa.Column("examples", sa.JSON(), server_default="[]", nullable=False))


def downgrade() -> None:
    """Go back."""
    op.drop_column("rounds", "examples")
