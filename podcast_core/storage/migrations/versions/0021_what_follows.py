"""Tables of what follows from the facts of sessions. They are filled when all migrations are done, see ``env.py``."""

import sqlalchemy as sa
from alembic import op

from podcast_core.storage.schema import UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    c_text = sa.Text(collation="C") if op.get_bind().dialect.name == "postgresql" else None

    def text(name: str, length: int | None = None, **more: object) -> sa.Column:
        kind = sa.Text() if length is None else sa.String(length)
        return sa.Column(name, c_text or kind, **{"nullable": False, **more})

    def key(name: str, length: int | None = None) -> sa.Column:
        return text(name, length, primary_key=True)

    def number(name: str) -> sa.Column:
        return sa.Column(name, sa.Integer(), nullable=False)

    def score(name: str) -> sa.Column:
        return sa.Column(name, sa.Float(53))

    def flag(name: str) -> sa.Column:
        return sa.Column(name, sa.Boolean(), nullable=False)

    def of_session() -> list[sa.Column]:
        return [key("round_id", 120), key("session_id", 120)]

    op.create_table(
        "session_states",
        *of_session(),
        text("recording_id", 16),
        number("position"),
        sa.Column("duration_us", sa.BigInteger(), nullable=False),
        text("site"),
        score("starts_at_s"),
        text("starts_on", 10),
        text("shuffle", 32),
        text("standing", 20),
        text("outcome", 20),
        flag("is_open"),
        flag("is_touched"),
        text("answer_id", 120, nullable=True),
        text("annotator", 80),
        text("annotator_key", 80),
        sa.Column("answered_at", UtcDateTime()),
        text("answered_on", 10),
        text("review_state", 20),
        text("verdict", 20, nullable=True),
        text("reviewer", 80),
        score("lowest_score"),
        *map(number, ("box_count", "unsure_count", "rejected_count", "unreviewed_count")),
        score("active_s"),
        sa.Column("action_count", sa.Integer()),
        number("people_count"),
        number("shown_count"),
    )
    op.create_table(
        "session_boxes",
        *of_session(),
        key("label", 80),
        key("origin", 20),
        *map(number, ("position", "count", "unsure_count")),
        score("lowest_score"),
        flag("is_answered"),
        flag("is_first"),
        text("annotator", 80),
        text("answered_on", 10),
        text("outcome", 20),
        text("review_state", 20),
    )
    op.create_table(
        "session_predictions",
        *of_session(),
        key("model", 120),
        key("label", 80),
        text("site"),
        text("starts_on", 10),
        flag("is_open"),
        number("position"),
        *map(number, ("shown", "waiting", "confirmed", "relabelled", "rejected", "unreviewed", "in_bulk")),
        score("negative_best"),
        score("nearest_half"),
    )
    op.create_table(
        "tallies",
        key("round_id", 120),
        key("measure", 40),
        key("grp"),
        key("label"),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("amount_us", sa.BigInteger(), nullable=False),
    )
    for table, name, *columns in INDEXES:
        op.create_index(f"ix_{table}_{name}", table, ["round_id", *columns])
    is_none = sa.text("count = 0")
    op.create_index("ix_tallies_of_none", "tallies", ["round_id"], sqlite_where=is_none, postgresql_where=is_none)
    is_claimed = sa.text("claim_holder IS NOT NULL")
    op.create_index(
        "ix_sessions_claimed",
        "sessions",
        ["round_id", "claim_holder"],
        sqlite_where=is_claimed,
        postgresql_where=is_claimed,
    )
    op.create_index("ix_reviews_corrected_id", "reviews", ["corrected_id"])


PLACE = ("position", "session_id")
INDEXES = (
    ("session_states", "queue", "is_open", *PLACE),
    ("session_states", "shuffle", "is_open", "shuffle", "session_id"),
    ("session_states", "time", "is_open", "starts_at_s", *PLACE),
    ("session_states", "site", "is_open", "site", *PLACE),
    ("session_states", "touched", "is_open", "is_touched"),
    ("session_states", "people", "people_count"),
    ("session_states", "day", "starts_on"),
    ("session_states", "place", *PLACE),
    ("session_states", "answered", "answered_at", *PLACE),
    ("session_states", "lowest", "lowest_score", *PLACE),
    ("session_states", "unsure", "unsure_count", *PLACE),
    ("session_states", "annotator", "annotator_key", *PLACE),
    ("session_states", "review", "review_state", *PLACE),
    ("session_states", "outcome", "outcome", *PLACE),
    ("session_states", "recording", "recording_id", *PLACE),
    ("session_boxes", "label", "label", *PLACE),
    ("session_predictions", "score", "model", "label", "is_open", "negative_best", "session_id"),
    ("session_predictions", "uncertainty", "model", "label", "is_open", "nearest_half", "session_id"),
    ("session_predictions", "queue", "model", "label", "is_open", *PLACE),
    ("session_predictions", "waiting", "model", "is_open", "waiting", "session_id"),
)


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_reviews_corrected_id", "reviews")
    op.drop_index("ix_sessions_claimed", "sessions")
    for name in ("tallies", "session_predictions", "session_boxes", "session_states"):
        op.drop_table(name)
