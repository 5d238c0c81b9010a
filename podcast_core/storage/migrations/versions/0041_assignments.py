"""Sites of a round that are somebody's to label."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    text = sa.Text(collation="C") if op.get_bind().dialect.name == "postgresql" else sa.Text()
    op.add_column("rounds", sa.Column("assignments", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("rounds", sa.Column("assigned_only", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("session_people", sa.Column("site", text, nullable=False, server_default=""))


def downgrade() -> None:
    """Go back; the triggers, which name all columns, are made anew by the newest code."""
    on_table = " ON session_people" if op.get_bind().dialect.name == "postgresql" else ""
    for event in ("insert", "delete"):
        op.execute(f"DROP TRIGGER IF EXISTS tally_session_people_{event}{on_table}")
    op.drop_column("session_people", "site")
    op.drop_column("rounds", "assigned_only")
    op.drop_column("rounds", "assignments")
