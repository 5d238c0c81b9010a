"""What is unusual about a recording, and the name under which it was sent."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    text = sa.Text(collation="C") if op.get_bind().dialect.name == "postgresql" else sa.Text()
    op.add_column("recordings", sa.Column("original_name", text, server_default="", nullable=False))
    op.add_column("recordings", sa.Column("notes", sa.JSON(), server_default="[]", nullable=False))


def downgrade() -> None:
    """Go back."""
    op.drop_column("recordings", "notes")
    op.drop_column("recordings", "original_name")
