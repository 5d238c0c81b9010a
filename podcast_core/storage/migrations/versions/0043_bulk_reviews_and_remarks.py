"""One verdict on many answers; comments on answers, and tags."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    moment = sa.DateTime(timezone=True)

    def text(length: int | None = None) -> sa.types.TypeEngine[str]:
        return sa.Text(collation="C") if is_postgresql else sa.String(length) if length else sa.Text()

    op.add_column("reviews", sa.Column("act_id", text(120), nullable=False, server_default=""))
    op.add_column("reviews", sa.Column("withdrawn", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_reviews_act_id", "reviews", ["act_id"])
    op.create_table(
        "review_acts",
        sa.Column("id", text(120), primary_key=True),
        sa.Column("round_id", text(120), sa.ForeignKey("rounds.id"), nullable=False),
        sa.Column("who", text(80), nullable=False),
        sa.Column("verdict", text(20)),
        sa.Column("comment", text(), nullable=False),
        sa.Column("submission_ids", text(), nullable=False),
        sa.Column("undoes", text(120), nullable=False),
        sa.Column("asked", text(64), nullable=False),
        sa.Column("acted_at", moment, nullable=False),
    )
    op.create_index("ix_review_acts_round", "review_acts", ["round_id", "acted_at", "id"])
    op.create_table(
        "remarks",
        sa.Column("id", text(120), primary_key=True),
        sa.Column("round_id", text(120), nullable=False),
        sa.Column("session_id", text(120), nullable=False),
        sa.Column("submission_id", text(120), sa.ForeignKey("submissions.id"), nullable=False),
        sa.Column("author", text(80), nullable=False),
        sa.Column("kind", text(20), nullable=False),
        sa.Column("text", text(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["round_id", "session_id"], ["sessions.round_id", "sessions.id"]),
    )
    op.create_index("ix_remarks_session", "remarks", ["round_id", "session_id", "created_at", "id"])
    op.create_index("ix_remarks_text", "remarks", ["round_id", "kind", "text", "session_id"])


def downgrade() -> None:
    """Go back. Triggers that name the columns are made again by the newest code."""
    on_table = " ON reviews" if op.get_bind().dialect.name == "postgresql" else ""
    for event in ("insert", "delete"):
        op.execute(f"DROP TRIGGER IF EXISTS tally_reviews_{event}{on_table}")
    op.drop_table("remarks")
    op.drop_table("review_acts")
    op.drop_index("ix_reviews_act_id", "reviews")
    op.drop_column("reviews", "withdrawn")
    op.drop_column("reviews", "act_id")
