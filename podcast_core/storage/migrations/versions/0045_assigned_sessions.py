"""Single sessions that are somebody's to label."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"

    def text(length: int | None = None) -> sa.types.TypeEngine[str]:
        return sa.Text(collation="C") if is_postgresql else sa.String(length) if length else sa.Text()

    op.create_table(
        "assignment_acts",
        sa.Column("id", text(120), primary_key=True),
        sa.Column("round_id", text(120), sa.ForeignKey("rounds.id"), nullable=False),
        sa.Column("who", text(80), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("session_ids", text(), nullable=False),
        sa.Column("only", sa.Boolean(), nullable=False),
        sa.Column("takes_back", sa.Boolean(), nullable=False),
        sa.Column("undoes", text(120), nullable=False),
        sa.Column("asked", text(64), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_assignment_acts_round", "assignment_acts", ["round_id", "acted_at", "id"])
    op.create_table(
        "assigned_sessions",
        sa.Column("round_id", text(120), sa.ForeignKey("rounds.id"), primary_key=True),
        sa.Column("session_id", text(120), primary_key=True),
        sa.Column("person", text(80), primary_key=True),
        sa.Column("only", sa.Boolean(), nullable=False),
        sa.Column("act_id", text(120), nullable=False),
    )
    op.create_index("ix_assigned_sessions_person", "assigned_sessions", ["round_id", "person", "session_id"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("assigned_sessions")
    op.drop_table("assignment_acts")
