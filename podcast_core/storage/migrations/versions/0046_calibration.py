"""Sessions with a known answer, and what people answered there."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("rounds", sa.Column("calibration", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("submissions", sa.Column("calibrates", sa.Boolean(), nullable=False, server_default=sa.false()))
    where = sa.text("calibrates")
    op.create_index(
        "ix_submissions_calibrating",
        "submissions",
        ["round_id", "annotator"],
        sqlite_where=where,
        postgresql_where=where,
    )
    op.create_index("ix_remarks_newest", "remarks", ["round_id", "created_at", "id"])


def downgrade() -> None:
    """Go back. Triggers that name the columns are made again by the newest code."""
    on_table = " ON submissions" if op.get_bind().dialect.name == "postgresql" else ""
    for event in ("insert", "delete"):
        op.execute(f"DROP TRIGGER IF EXISTS tally_submissions_{event}{on_table}")
    op.drop_index("ix_remarks_newest", "remarks")
    op.drop_index("ix_submissions_calibrating", "submissions")
    op.drop_column("submissions", "calibrates")
    op.drop_column("rounds", "calibration")
