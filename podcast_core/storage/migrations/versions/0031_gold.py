"""Answers that decide between others: gold."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    ids = sa.Text(collation="C") if op.get_bind().dialect.name == "postgresql" else sa.Text()
    op.add_column("submissions", sa.Column("decides", ids, server_default="", nullable=False))


def downgrade() -> None:
    """Go back: gold becomes an answer like others. Triggers that name the column are made again by the newest code."""
    on_table = " ON submissions" if op.get_bind().dialect.name == "postgresql" else ""
    for event in ("insert", "delete", "update"):
        op.execute(f"DROP TRIGGER IF EXISTS tally_submissions_{event}{on_table}")
    op.drop_column("submissions", "decides")
