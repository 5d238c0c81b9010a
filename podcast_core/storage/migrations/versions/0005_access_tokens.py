"""Personal access tokens."""

import sqlalchemy as sa
from alembic import op

from podcast_core.storage.schema import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward. PostgreSQL compares text by its bytes, see 0004."""
    text = sa.Text(collation="C") if op.get_bind().dialect.name == "postgresql" else None
    op.create_table(
        "tokens",
        sa.Column("id", text or sa.String(16), primary_key=True),
        sa.Column("person", text or sa.String(80), nullable=False),
        sa.Column("scope", text or sa.String(20), nullable=False),
        sa.Column("digest", text or sa.String(64), nullable=False, unique=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("last_used_at", UtcDateTime()),
        sa.Column("revoked_at", UtcDateTime()),
    )


def downgrade() -> None:
    """Go back; the tokens are gone."""
    op.drop_table("tokens")
