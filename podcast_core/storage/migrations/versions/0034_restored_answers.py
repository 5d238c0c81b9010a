"""Answers that say an earlier one again."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    name = sa.Text(collation="C") if op.get_bind().dialect.name == "postgresql" else sa.String(120)
    op.add_column("submissions", sa.Column("restores", name, server_default="", nullable=False))


def downgrade() -> None:
    """Go back. Triggers that name the column are made again by the newest code."""
    on_table = " ON submissions" if op.get_bind().dialect.name == "postgresql" else ""
    for event in ("insert", "delete", "update"):
        op.execute(f"DROP TRIGGER IF EXISTS tally_submissions_{event}{on_table}")
    op.drop_column("submissions", "restores")
