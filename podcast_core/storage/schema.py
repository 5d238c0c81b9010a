"""The tables. A change here needs a migration in ``migrations/versions``."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
)

metadata = MetaData()


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime on every database; SQLite has no zones and would return a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # the base class names it
        """Store in UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # the base class names it
        """Read as UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


recordings = Table(
    "recordings",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("uri", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("sample_rate_hz", Integer, nullable=False),
    Column("channel_count", Integer, nullable=False),
    Column("frame_count", Integer, nullable=False),
    Column("encoding", String(40), nullable=False),
    Column("started_at", UtcDateTime),
    Column("start_method", String(40), nullable=False),
    Column("site", Text, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
)

rounds = Table(
    "rounds",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("labels", JSON, nullable=False),
    Column("description", Text, nullable=False),
    Column("instructions", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("site_url", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("display", JSON, nullable=False, server_default="{}"),
)

# The claim lives in the session's row, so that one UPDATE can find a free session and take it.
sessions = Table(
    "sessions",
    metadata,
    Column("round_id", String(120), ForeignKey("rounds.id"), primary_key=True),
    Column("id", String(120), primary_key=True),
    Column("recording_id", String(16), ForeignKey("recordings.id"), nullable=False, index=True),
    Column("channel", Integer, nullable=False),
    Column("start_s", Float(53), nullable=False),
    Column("end_s", Float(53), nullable=False),
    Column("position", Integer, nullable=False),
    Column("claim_holder", String(120)),
    Column("claim_annotator", String(80)),
    Column("claim_expires_at", UtcDateTime),
    Index("ix_sessions_round_position", "round_id", "position"),
)

prediction_sets = Table(
    "prediction_sets",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("round_id", String(120), ForeignKey("rounds.id"), nullable=False, index=True),
    Column("model", String(120), nullable=False),
    Column("source", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

predictions = Table(
    "predictions",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("set_id", String(120), ForeignKey("prediction_sets.id"), nullable=False, index=True),
    Column("round_id", String(120), nullable=False),
    Column("session_id", String(120), nullable=False),
    Column("start_s", Float(53), nullable=False),
    Column("end_s", Float(53), nullable=False),
    Column("low_hz", Float(53)),
    Column("high_hz", Float(53)),
    Column("label", String(80), nullable=False),
    Column("score", Float(53)),
    ForeignKeyConstraint(["round_id", "session_id"], ["sessions.round_id", "sessions.id"]),
    # Covers what an order of the queue is made of: 10 000 sessions are sorted by score in 45 ms instead of 120.
    Index("ix_predictions_session", "round_id", "session_id", "set_id", "label", "score"),
)

submissions = Table(
    "submissions",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("round_id", String(120), nullable=False),
    Column("session_id", String(120), nullable=False),
    Column("annotator", String(80), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("comment", Text, nullable=False),
    Column("base_revision", Integer, nullable=False),
    Column("started_at", UtcDateTime),
    Column("submitted_at", UtcDateTime, nullable=False),
    Column("score_threshold", Float(53)),
    Column("active_s", Float(53)),
    Column("action_count", Integer),
    ForeignKeyConstraint(["round_id", "session_id"], ["sessions.round_id", "sessions.id"]),
    Index("ix_submissions_session", "round_id", "session_id"),
)

annotations = Table(
    "annotations",
    metadata,
    Column("submission_id", String(120), ForeignKey("submissions.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("start_s", Float(53), nullable=False),
    Column("end_s", Float(53), nullable=False),
    Column("low_hz", Float(53)),
    Column("high_hz", Float(53)),
    Column("label", String(80), nullable=False),
    Column("origin", String(20), nullable=False),
    Column("prediction_id", String(120), ForeignKey("predictions.id")),
    Column("score", Float(53)),
    Column("model", String(120), nullable=False),
    Column("comment", Text, nullable=False, server_default=""),
    Column("unsure", Boolean, nullable=False, server_default=false()),
    Column("individual", String(80), nullable=False, server_default=""),
    Column("call_type", String(80), nullable=False, server_default=""),
)

rejections = Table(
    "rejections",
    metadata,
    Column("submission_id", String(120), ForeignKey("submissions.id"), primary_key=True),
    Column("prediction_id", String(120), ForeignKey("predictions.id"), primary_key=True),
)

# Predictions that an answer says nothing about: hidden by the threshold, or not judged.
passed_over = Table(
    "passed_over",
    metadata,
    Column("submission_id", String(120), ForeignKey("submissions.id"), primary_key=True),
    Column("prediction_id", String(120), ForeignKey("predictions.id"), primary_key=True),
)

reviews = Table(
    "reviews",
    metadata,
    Column("id", String(120), primary_key=True),
    Column("submission_id", String(120), ForeignKey("submissions.id"), nullable=False, index=True),
    Column("reviewer", String(80), nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("comment", Text, nullable=False),
    Column("corrected_id", String(120), ForeignKey("submissions.id")),
    Column("created_at", UtcDateTime, nullable=False),
)
