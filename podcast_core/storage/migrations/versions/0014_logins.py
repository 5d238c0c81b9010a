"""Browsers in which somebody logged in, so that the cookie is not the token."""

import sqlalchemy as sa
from alembic import op

from podcast_core.storage.schema import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    text = sa.Text(collation="C") if op.get_bind().dialect.name == "postgresql" else None
    op.create_table(
        "logins",
        sa.Column("digest", text or sa.String(64), primary_key=True),
        sa.Column("token_id", text or sa.String(16), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_logins_token_id", "logins", ["token_id"])


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_logins_token_id", "logins")
    op.drop_table("logins")
