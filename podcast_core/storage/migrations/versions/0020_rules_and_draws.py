"""Rules of a collection, and clips that were drawn to count calls."""

import sqlalchemy as sa
from alembic import op

from podcast_core.storage.schema import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    c_text = sa.Text(collation="C") if op.get_bind().dialect.name == "postgresql" else None

    def text(name: str, length: int | None = None, **more: object) -> sa.Column:
        kind = sa.Text() if length is None else sa.String(length)
        return sa.Column(name, c_text or kind, **{"nullable": False, **more})

    def create(name: str, *columns: sa.Column) -> None:
        op.create_table(
            name,
            text("id", 120, primary_key=True),
            text("collection_id", 120),
            *columns,
            text("who", 80),
            sa.ForeignKeyConstraint(["collection_id"], ["collections.id"]),
        )
        op.create_index(f"ix_{name}_collection_id", name, ["collection_id"])

    def moment(name: str) -> sa.Column:
        return sa.Column(name, UtcDateTime(), nullable=False)

    create("rules", text("rule_id", 120), text("expression"), text("label", 80), moment("kept_at"))
    strata = sa.Column("strata", sa.JSON(), nullable=False)
    create("draws", text("classifier_id", 120), text("label", 80), strata, moment("drawn_at"))
    heard = sa.Column("heard", sa.JSON(), nullable=False)
    create("draw_answers", text("draw_id", 120), heard, moment("answered_at"))
    op.create_index("ix_draw_answers_draw_id", "draw_answers", ["draw_id"])


def downgrade() -> None:
    """Go back."""
    for name in ("draw_answers", "draws", "rules"):
        op.drop_table(name)
