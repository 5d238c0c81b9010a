"""Indexes of what all models together say, about open sessions: the rest is never looked for by them."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

TABLE = "session_predictions"
SORTED = {"score": "negative_best", "uncertainty": "nearest_half", "lowest": "lowest"}
BEFORE = {
    **{f"ix_{TABLE}_{name}": ["model", "label", "is_open", by, "session_id"] for name, by in SORTED.items()},
    f"ix_{TABLE}_queue": ["model", "label", "is_open", "position", "session_id"],
    f"ix_{TABLE}_waiting": ["model", "is_open", "waiting", "session_id"],
}


def upgrade() -> None:
    """Go forward."""
    is_open = "is_open = 1" if op.get_bind().dialect.name == "sqlite" else "is_open"
    for name in BEFORE:
        op.drop_index(name, TABLE)
    for name, by in SORTED.items():
        _create(f"ix_{TABLE}_{name}", ["label", by, "session_id"], f"model = '' AND {is_open}")
    _create(f"ix_{TABLE}_queue", ["label", "is_open", "position", "session_id"], "model = ''")


def downgrade() -> None:
    """Go back."""
    for name in (*SORTED, "queue"):
        op.drop_index(f"ix_{TABLE}_{name}", TABLE)
    for name, columns in BEFORE.items():
        op.create_index(name, TABLE, ["round_id", *columns])


def _create(name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, TABLE, ["round_id", *columns], sqlite_where=condition, postgresql_where=condition)
