"""Answers by annotator, reviews by round, and how many predictions a set has."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_index("ix_submissions_annotator", "submissions", ["round_id", "annotator", "session_id"])
    op.add_column("prediction_sets", sa.Column("prediction_count", sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE prediction_sets SET prediction_count = "
        "(SELECT COUNT(*) FROM predictions WHERE predictions.set_id = prediction_sets.id)"
    )
    kind = sa.Text(collation="C") if op.get_bind().dialect.name == "postgresql" else sa.String(120)
    op.add_column("reviews", sa.Column("round_id", kind, nullable=False, server_default=""))
    op.execute(
        "UPDATE reviews SET round_id = "
        "(SELECT submissions.round_id FROM submissions WHERE submissions.id = reviews.submission_id)"
    )
    op.create_index("ix_reviews_round", "reviews", ["round_id", "created_at", "id"])
    op.create_index("ix_reviews_reviewer", "reviews", ["round_id", "reviewer", "created_at", "id"])


def downgrade() -> None:
    """Go back; triggers that keep sums are made by the newest code when all migrations are done, see ``env.py``."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for table in ("sessions", "submissions", "reviews"):
        for event in ("insert", "delete"):
            on_table = f" ON {table}" if is_postgresql else ""
            op.execute(f"DROP TRIGGER IF EXISTS tally_{table}_{event}{on_table}")
    op.drop_index("ix_reviews_reviewer", "reviews")
    op.drop_index("ix_reviews_round", "reviews")
    op.drop_column("reviews", "round_id")
    op.drop_column("prediction_sets", "prediction_count")
    op.drop_index("ix_submissions_annotator", "submissions")
