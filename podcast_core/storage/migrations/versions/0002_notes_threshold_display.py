"""Notes of annotations, predictions not reviewed, telemetry, and how a round is shown."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("rounds", sa.Column("display", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("submissions", sa.Column("score_threshold", sa.Float(precision=53), nullable=True))
    op.add_column("submissions", sa.Column("active_s", sa.Float(precision=53), nullable=True))
    op.add_column("submissions", sa.Column("action_count", sa.Integer(), nullable=True))
    op.add_column("annotations", sa.Column("comment", sa.Text(), server_default="", nullable=False))
    op.add_column("annotations", sa.Column("unsure", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("annotations", sa.Column("individual", sa.String(length=80), server_default="", nullable=False))
    op.add_column("annotations", sa.Column("call_type", sa.String(length=80), server_default="", nullable=False))
    op.create_table(
        "passed_over",
        sa.Column("submission_id", sa.String(length=120), nullable=False),
        sa.Column("prediction_id", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["prediction_id"], ["predictions.id"]),
        sa.ForeignKeyConstraint(["submission_id"], ["submissions.id"]),
        sa.PrimaryKeyConstraint("submission_id", "prediction_id"),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("passed_over")
    for table, columns in (
        ("annotations", ("comment", "unsure", "individual", "call_type")),
        ("submissions", ("score_threshold", "active_s", "action_count")),
        ("rounds", ("display",)),
    ):
        for column in columns:
            op.drop_column(table, column)
