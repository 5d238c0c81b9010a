"""Sums by day, person and site, and by hour of recording; where sites are, and recordings were made."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None
ADDED = {"session_states": ("starts_in",), "session_boxes": ("site", "starts_in")}


def upgrade() -> None:
    """Go forward; what is derived, and the triggers, are made by the newest code when all migrations are done."""
    _drop_triggers()
    for table, names in ADDED.items():
        for name in names:
            column = sa.Column(name, _text(13 if name == "starts_in" else None), nullable=False, server_default="")
            op.add_column(table, column)
            if op.get_bind().dialect.name == "postgresql":
                op.alter_column(table, name, server_default=None)
    op.add_column("rounds", sa.Column("sites", sa.JSON(), server_default="[]", nullable=False))
    for name in ("latitude_deg", "longitude_deg"):
        op.add_column("recordings", sa.Column(name, sa.Float(53)))
    named = {f"{each}_where": sa.text("individual <> ''") for each in ("sqlite", "postgresql")}
    op.create_index("ix_annotations_individual", "annotations", ["submission_id", "individual"], **named)


def downgrade() -> None:
    """Go back."""
    _drop_triggers()
    op.drop_index("ix_annotations_individual", "annotations")
    op.drop_column("rounds", "sites")
    for name in ("latitude_deg", "longitude_deg"):
        op.drop_column("recordings", name)
    for table, names in ADDED.items():
        for name in names:
            op.drop_column(table, name)


def _text(length: int | None) -> sa.types.TypeEngine[str]:
    if op.get_bind().dialect.name == "postgresql":
        return sa.Text(collation="C")
    return sa.String(length) if length else sa.Text()


def _drop_triggers() -> None:
    for table in ADDED:
        on_table = f" ON {table}" if op.get_bind().dialect.name == "postgresql" else ""
        for event in ("insert", "delete"):
            op.execute(f"DROP TRIGGER IF EXISTS tally_{table}_{event}{on_table}")
