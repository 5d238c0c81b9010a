"""Labels that are given to many stretches in one go: the acts, and what is theirs among answers and annotations."""

import sqlalchemy as sa
from alembic import op

from podcast_core.storage.schema import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    collation = sa.Text(collation="C") if op.get_bind().dialect.name == "postgresql" else None

    def text(name: str, length: int, **more: object) -> sa.Column:
        return sa.Column(name, collation or sa.String(length), **{"nullable": False, **more})

    op.create_table(
        "bulk_acts",
        text("id", 120),
        text("round_id", 120),
        text("collection_id", 120),
        *(text(name, length) for name, length in (("deed", 20), ("label", 80), ("how", 20), ("who", 80))),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("clip_count", "changed", "left")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("heard", "agreed")),
        text("asked", 64),
        text("undoes", 120),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("takes_back", "brings_back")),
        sa.Column("acted_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"]),
    )
    op.create_index("ix_bulk_acts_round_id", "bulk_acts", ["round_id"])
    op.add_column("annotations", text("bulk_id", 120, server_default=""))
    op.add_column("submissions", text("bulk_id", 120, server_default=""))
    op.create_index("ix_submissions_bulk_id", "submissions", ["bulk_id"])
    for name in ("partial", "taken_back"):
        op.add_column("submissions", sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_submissions_bulk_id", "submissions")
    for name in ("taken_back", "partial", "bulk_id"):
        op.drop_column("submissions", name)
    op.drop_column("annotations", "bulk_id")
    op.drop_table("bulk_acts")
