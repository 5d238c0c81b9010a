"""Which act on clips another one takes back."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    kind = sa.Text(collation="C") if op.get_bind().dialect.name == "postgresql" else sa.String(120)
    op.add_column("clip_acts", sa.Column("undoes", kind, nullable=False, server_default=""))


def downgrade() -> None:
    """Go back."""
    op.drop_column("clip_acts", "undoes")
