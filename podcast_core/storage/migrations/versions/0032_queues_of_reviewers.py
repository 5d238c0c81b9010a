"""Queues that reviewers named, and what finds comments."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

SAYS = sa.text("comment <> ''")


def upgrade() -> None:
    """Go forward."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    moment = sa.DateTime(timezone=True)

    def text(length: int | None = None) -> sa.types.TypeEngine[str]:
        return sa.Text(collation="C") if is_postgresql else sa.String(length) if length else sa.Text()

    op.create_table(
        "saved_queues",
        sa.Column("round_id", text(120), primary_key=True),
        sa.Column("name", text(80), primary_key=True),
        sa.Column("query", text(), nullable=False),
        sa.Column("who", text(80), nullable=False),
        sa.Column("created_at", moment, nullable=False),
    )
    for table, columns in (("submissions", ["round_id", "id"]), ("annotations", ["submission_id"])):
        op.create_index(f"ix_{table}_commented", table, columns, sqlite_where=SAYS, postgresql_where=SAYS)


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_annotations_commented", "annotations")
    op.drop_index("ix_submissions_commented", "submissions")
    op.drop_table("saved_queues")
