"""Several people answer a session independently: how many, who holds it, and who needs not see it again."""

import sqlalchemy as sa
from alembic import op

from podcast_core.storage.schema import UtcDateTime

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward; what people hold they go on holding."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    c_text = sa.Text(collation="C") if is_postgresql else None

    def text(name: str, length: int, **more: object) -> sa.Column:
        return sa.Column(name, c_text or sa.String(length), **{"nullable": False, **more})

    def key(name: str, length: int = 120) -> sa.Column:
        return text(name, length, primary_key=True)

    op.add_column("rounds", sa.Column("answers_wanted", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("rounds", sa.Column("double_share", sa.Float(53), nullable=False, server_default="1"))
    for name in ("answers_wanted", "answers_left"):
        op.add_column("session_states", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "session_people",
        *(key("round_id"), key("session_id"), key("annotator", 80)),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in ("is_open", "has_skipped", "is_done")),
    )
    columns = ["round_id", "annotator", "is_open", "session_id"]
    op.create_index("ix_session_people_annotator", "session_people", columns)
    op.create_table(
        "claims",
        *(key("round_id"), key("session_id"), key("holder")),
        text("annotator", 80),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_claims_holder", "claims", ["round_id", "holder"])
    op.create_index("ix_claims_annotator", "claims", ["round_id", "annotator"])
    op.execute(
        "INSERT INTO claims SELECT round_id, id, claim_holder, claim_annotator, claim_expires_at FROM sessions "
        "WHERE claim_holder IS NOT NULL"
    )
    _drop_triggers("sessions")  # SQLite's name all columns; they are made anew when all migrations are done
    op.drop_index("ix_sessions_claimed", "sessions")
    for name in _CLAIM:
        op.drop_column("sessions", name)


_CLAIM = ("claim_holder", "claim_annotator", "claim_expires_at")


def downgrade() -> None:
    """Go back; of several people who hold a session one goes on doing so."""
    c_text = sa.Text(collation="C") if op.get_bind().dialect.name == "postgresql" else None
    for table in ("session_states", "session_people", "sessions"):
        _drop_triggers(table)
    kinds = (c_text or sa.String(120), c_text or sa.String(80), UtcDateTime())
    for name, kind in zip(_CLAIM, kinds, strict=True):
        op.add_column("sessions", sa.Column(name, kind))
    its = "FROM claims WHERE claims.round_id = sessions.round_id AND claims.session_id = sessions.id"
    first = f"AND holder = (SELECT MIN(holder) {its})"  # nosec B608  # our own names
    values = ", ".join(
        f"{name} = (SELECT {name.removeprefix('claim_')} {its} {first})"  # nosec B608  # our own names
        for name in _CLAIM
    )
    op.execute(f"UPDATE sessions SET {values} WHERE EXISTS (SELECT 1 {its})")  # nosec B608  # our own names
    is_claimed = sa.text("claim_holder IS NOT NULL")
    columns = ["round_id", "claim_holder"]
    op.create_index("ix_sessions_claimed", "sessions", columns, sqlite_where=is_claimed, postgresql_where=is_claimed)
    op.drop_table("claims")
    op.drop_table("session_people")
    for name in ("answers_left", "answers_wanted"):
        op.drop_column("session_states", name)
    for name in ("double_share", "answers_wanted"):
        op.drop_column("rounds", name)


def _drop_triggers(table: str) -> None:
    on_table = f" ON {table}" if op.get_bind().dialect.name == "postgresql" else ""
    for event in ("insert", "delete"):
        op.execute(f"DROP TRIGGER IF EXISTS tally_{table}_{event}{on_table}")
