"""Labels that were merged can be parted again: boxes know what was said, acts what they undo, bulk acts the search."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for table in ("annotations", "predictions"):
        op.add_column(table, sa.Column("given_label", sa.Text(collation="C") if is_postgresql else sa.String(80)))
    name = sa.Text(collation="C") if is_postgresql else sa.String(120)
    said = sa.Text(collation="C") if is_postgresql else sa.Text()
    op.add_column("bulk_acts", sa.Column("query", said, server_default="", nullable=False))
    op.add_column("acts", sa.Column("undoes", name, server_default="", nullable=False))


def downgrade() -> None:
    """Go back."""
    op.drop_column("acts", "undoes")
    op.drop_column("bulk_acts", "query")
    for table in ("predictions", "annotations"):
        op.drop_column(table, "given_label")
