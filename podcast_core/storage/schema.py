"""The tables. A change here needs a migration in ``migrations/versions``."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
)
from sqlalchemy.types import TypeEngine

metadata = MetaData()


def _text(length: int | None = None) -> TypeEngine[str]:
    """Text that is compared and sorted by its bytes everywhere, as SQLite does; PostgreSQL would ask the language.

    How long it may be is said by the nouns; PostgreSQL alone would refuse what is longer.
    """
    kind: TypeEngine[str] = Text() if length is None else String(length)
    return kind.with_variant(Text(collation="C"), "postgresql")


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
    Column("id", _text(16), primary_key=True),
    Column("sha256", _text(64), nullable=False, unique=True),
    Column("uri", _text(), nullable=False),
    Column("file_name", _text(), nullable=False),
    Column("sample_rate_hz", Integer, nullable=False),
    Column("channel_count", Integer, nullable=False),
    Column("frame_count", Integer().with_variant(BigInteger, "postgresql"), nullable=False),
    Column("encoding", _text(40), nullable=False),
    Column("started_at", UtcDateTime),
    Column("start_method", _text(40), nullable=False),
    Column("site", _text(), nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("original_name", _text(), nullable=False, server_default=""),
    Column("notes", JSON, nullable=False, server_default="[]"),
)

rounds = Table(
    "rounds",
    metadata,
    Column("id", _text(120), primary_key=True),
    Column("name", _text(120), nullable=False),
    Column("labels", JSON, nullable=False),
    Column("description", _text(), nullable=False),
    Column("instructions", _text(), nullable=False),
    Column("site", _text(), nullable=False),
    Column("site_url", _text(), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("display", JSON, nullable=False, server_default="{}"),
    Column("own_review", Boolean, nullable=False, server_default=false()),
    Column("archived_at", UtcDateTime),  # follows from the acts, as the next one does
    Column("renamed", JSON, nullable=False, server_default="{}"),
)

# The claim lives in the session's row, so that one UPDATE can find a free session and take it.
sessions = Table(
    "sessions",
    metadata,
    Column("round_id", _text(120), ForeignKey("rounds.id"), primary_key=True),
    Column("id", _text(120), primary_key=True),
    Column("recording_id", _text(16), ForeignKey("recordings.id"), nullable=False, index=True),
    Column("channel", Integer, nullable=False),
    Column("start_s", Float(53), nullable=False),
    Column("end_s", Float(53), nullable=False),
    Column("position", Integer, nullable=False),
    Column("original", JSON(none_as_null=True)),
    Column("archived", Boolean, nullable=False, server_default=false()),  # its recording is; follows from the acts
    Column("claim_holder", _text(120)),
    Column("claim_annotator", _text(80)),
    Column("claim_expires_at", UtcDateTime),
    Index("ix_sessions_round_position", "round_id", "position"),
)

prediction_sets = Table(
    "prediction_sets",
    metadata,
    Column("id", _text(120), primary_key=True),
    Column("round_id", _text(120), ForeignKey("rounds.id"), nullable=False, index=True),
    Column("model", _text(120), nullable=False),
    Column("source", _text(), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

predictions = Table(
    "predictions",
    metadata,
    Column("id", _text(120), primary_key=True),
    Column("set_id", _text(120), ForeignKey("prediction_sets.id"), nullable=False, index=True),
    Column("round_id", _text(120), nullable=False),
    Column("session_id", _text(120), nullable=False),
    Column("start_s", Float(53), nullable=False),
    Column("end_s", Float(53), nullable=False),
    Column("low_hz", Float(53)),
    Column("high_hz", Float(53)),
    Column("label", _text(80), nullable=False),
    Column("score", Float(53)),
    ForeignKeyConstraint(["round_id", "session_id"], ["sessions.round_id", "sessions.id"]),
    # Covers what an order of the queue is made of: 10 000 sessions are sorted by score in 45 ms instead of 120.
    Index("ix_predictions_session", "round_id", "session_id", "set_id", "label", "score"),
)

submissions = Table(
    "submissions",
    metadata,
    Column("id", _text(120), primary_key=True),
    Column("round_id", _text(120), nullable=False),
    Column("session_id", _text(120), nullable=False),
    Column("annotator", _text(80), nullable=False),
    Column("outcome", _text(20), nullable=False),
    Column("comment", _text(), nullable=False),
    Column("base_revision", Integer, nullable=False),
    Column("started_at", UtcDateTime),
    Column("submitted_at", UtcDateTime, nullable=False),
    Column("score_threshold", Float(53)),
    Column("active_s", Float(53)),
    Column("action_count", Integer),
    Column("beside", Boolean, nullable=False, server_default=false()),
    Column("bulk_id", _text(120), nullable=False, server_default="", index=True),
    Column("partial", Boolean, nullable=False, server_default=false()),
    Column("taken_back", Boolean, nullable=False, server_default=false()),  # follows from the bulk acts
    ForeignKeyConstraint(["round_id", "session_id"], ["sessions.round_id", "sessions.id"]),
    Index("ix_submissions_session", "round_id", "session_id"),
)

annotations = Table(
    "annotations",
    metadata,
    Column("submission_id", _text(120), ForeignKey("submissions.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("start_s", Float(53), nullable=False),
    Column("end_s", Float(53), nullable=False),
    Column("low_hz", Float(53)),
    Column("high_hz", Float(53)),
    Column("label", _text(80), nullable=False),
    Column("origin", _text(20), nullable=False),
    Column("prediction_id", _text(120), ForeignKey("predictions.id")),
    Column("score", Float(53)),
    Column("model", _text(120), nullable=False),
    Column("comment", _text(), nullable=False, server_default=""),
    Column("unsure", Boolean, nullable=False, server_default=false()),
    Column("individual", _text(80), nullable=False, server_default=""),
    Column("call_type", _text(80), nullable=False, server_default=""),
    Column("bulk_id", _text(120), nullable=False, server_default=""),
)

rejections = Table(
    "rejections",
    metadata,
    Column("submission_id", _text(120), ForeignKey("submissions.id"), primary_key=True),
    Column("prediction_id", _text(120), ForeignKey("predictions.id"), primary_key=True),
)

# Predictions that an answer says nothing about: hidden by the threshold, or not judged.
passed_over = Table(
    "passed_over",
    metadata,
    Column("submission_id", _text(120), ForeignKey("submissions.id"), primary_key=True),
    Column("prediction_id", _text(120), ForeignKey("predictions.id"), primary_key=True),
)

reviews = Table(
    "reviews",
    metadata,
    Column("id", _text(120), primary_key=True),
    Column("submission_id", _text(120), ForeignKey("submissions.id"), nullable=False, index=True),
    Column("reviewer", _text(80), nullable=False),
    Column("verdict", _text(20), nullable=False),
    Column("comment", _text(), nullable=False),
    Column("corrected_id", _text(120), ForeignKey("submissions.id")),
    Column("created_at", UtcDateTime, nullable=False),
)

# Model runs: one version of a model, applied to pieces of recordings. A run is ready when it has finished_at.
model_runs = Table(
    "model_runs",
    metadata,
    Column("id", _text(120), primary_key=True),
    Column("model", _text(80), nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", _text(80), nullable=False),
    Column("weights_sha256", _text(64), nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("labels", JSON, nullable=False),
    Column("floor", Float(53), nullable=False),
    Column("threshold", Float(53), nullable=False),
    Column("round_ids", JSON, nullable=False),
    Column("recordings", JSON, nullable=False),
    Column("who", _text(80), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
)

# A piece is done when it has took_s, and has failed when it has an error.
run_pieces = Table(
    "run_pieces",
    metadata,
    Column("run_id", _text(120), ForeignKey("model_runs.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("recording_id", _text(16), ForeignKey("recordings.id"), nullable=False, index=True),
    Column("channel", Integer, nullable=False),
    Column("start_s", Float(53), nullable=False),
    Column("end_s", Float(53), nullable=False),
    Column("took_s", Float(53)),
    Column("device", _text(40), nullable=False, server_default=""),
    Column("error", _text(), nullable=False, server_default=""),
)

run_boxes = Table(
    "run_boxes",
    metadata,
    Column("run_id", _text(120), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("start_s", Float(53), nullable=False),
    Column("end_s", Float(53), nullable=False),
    Column("low_hz", Float(53)),
    Column("high_hz", Float(53)),
    Column("label", _text(80), nullable=False),
    Column("score", Float(53), nullable=False),
    ForeignKeyConstraint(["run_id", "position"], ["run_pieces.run_id", "run_pieces.position"]),
)

# What people archived, brought back or renamed. Of a round or of a model; no foreign keys, models are in the store.
acts = Table(
    "acts",
    metadata,
    Column("id", _text(120), primary_key=True),
    Column("deed", _text(20), nullable=False),
    Column("round_id", _text(120), nullable=False, index=True),
    Column("recording_id", _text(16), nullable=False),
    Column("model", _text(80), nullable=False),
    Column("version", Integer),
    Column("who", _text(80), nullable=False),
    Column("old", _text(80), nullable=False),
    Column("new", _text(80), nullable=False),
    Column("acted_at", UtcDateTime, nullable=False),
)

# Labels that were given to many stretches in one go, and what took them back: `podcast_core.domain.bulk_act.BulkAct`.
bulk_acts = Table(
    "bulk_acts",
    metadata,
    Column("id", _text(120), primary_key=True),
    Column("round_id", _text(120), ForeignKey("rounds.id"), nullable=False, index=True),
    Column("collection_id", _text(120), nullable=False),
    Column("deed", _text(20), nullable=False),
    Column("label", _text(80), nullable=False),
    Column("how", _text(20), nullable=False),
    Column("who", _text(80), nullable=False),
    Column("clip_count", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("left", Integer, nullable=False),
    Column("heard", Integer, nullable=False),
    Column("agreed", Integer, nullable=False),
    Column("asked", _text(64), nullable=False),
    Column("undoes", _text(120), nullable=False),
    Column("takes_back", JSON, nullable=False),
    Column("brings_back", JSON, nullable=False),
    Column("acted_at", UtcDateTime, nullable=False),
)

# Personal access tokens. What is secret in one is not here: only its digest.
tokens = Table(
    "tokens",
    metadata,
    Column("id", _text(16), primary_key=True),
    Column("person", _text(80), nullable=False),
    Column("scope", _text(20), nullable=False),
    Column("digest", _text(64), nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)

# Browsers in which somebody logged in with a token. The cookie's secret is not here: only its digest.
logins = Table(
    "logins",
    metadata,
    Column("digest", _text(64), primary_key=True),
    Column("token_id", _text(16), nullable=False, index=True),
    Column("expires_at", UtcDateTime, nullable=False),
)

# Handles that clients of WhisperSeg's audio backend hold on a channel of a recording, for as long as they use them.
# No foreign key: as leases they outlive the moment in which a rebuild has removed the recordings.
audio_ids = Table(
    "audio_ids",
    metadata,
    Column("id", _text(36), primary_key=True),
    Column("recording_id", _text(16), nullable=False),
    Column("channel", Integer, nullable=False),
    Column("used_at", UtcDateTime, nullable=False, index=True),
)

# Which sessions of a round to label next, as a model run suggests. Derived, and never missed: no foreign keys.
suggestions = Table(
    "suggestions",
    metadata,
    Column("id", _text(36), primary_key=True),
    Column("round_id", _text(120), nullable=False, index=True),
    Column("run_id", _text(120), nullable=False),
    Column("seed", Integer, nullable=False),
    Column("random_share", Float(53), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

suggested_places = Table(
    "suggested_places",
    metadata,
    Column("suggestion_id", _text(36), primary_key=True),
    Column("session_id", _text(120), primary_key=True),
    Column("place", Integer, nullable=False),
    Column("reason", _text(20), nullable=False),
    Column("gain", Float(53), nullable=False),
)

# What is explored: clips of a round (`podcast_core.exploring`). A collection is ready when it has finished_at.
collections = Table(
    "collections",
    metadata,
    Column("id", _text(120), primary_key=True),
    Column("round_id", _text(120), ForeignKey("rounds.id"), nullable=False, index=True),
    Column("name", _text(120), nullable=False),
    Column("unit", _text(20), nullable=False),
    Column("window_s", Float(53)),
    Column("hop_s", Float(53)),
    Column("embedder", _text(120), nullable=False, index=True),
    Column("parameters", JSON, nullable=False),
    Column("dimension", Integer, nullable=False, server_default="0"),
    Column("who", _text(80), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("clip_count", Integer, nullable=False, server_default="0"),
)

# No foreign keys to sessions and recordings: a clip of a table may have neither, and a million rows are added at once.
# ``subset``, ``evicted`` and ``duplicate_of`` follow from the acts, ``label`` from the answers that count.
clips = Table(
    "clips",
    metadata,
    Column("collection_id", _text(120), ForeignKey("collections.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("session_id", _text(120), nullable=False),
    Column("recording_id", _text(16), nullable=False),
    Column("channel", Integer, nullable=False),
    Column("start_s", Float(53), nullable=False),
    Column("end_s", Float(53), nullable=False),
    Column("low_hz", Float(53)),
    Column("high_hz", Float(53)),
    Column("box_id", _text(140), nullable=False),
    Column("given_subset", _text(10), nullable=False),
    Column("subset", _text(10), nullable=False),
    Column("given_label", _text(80), nullable=False),
    Column("url", _text(), nullable=False),
    Column("error", _text(), nullable=False),
    Column("label", _text(80), nullable=False),
    Column("evicted", Boolean, nullable=False),
    Column("duplicate_of", Integer),
    Index("ix_clips_session", "session_id"),
    Index("ix_clips_place", "recording_id", "channel", "start_s", "end_s"),  # vectors of other collections are found
)

# What people did to clips: see `podcast_core.exploring.ClipAct`.
clip_acts = Table(
    "clip_acts",
    metadata,
    Column("id", _text(120), primary_key=True),
    Column("collection_id", _text(120), ForeignKey("collections.id"), nullable=False, index=True),
    Column("deed", _text(20), nullable=False),
    Column("numbers", JSON, nullable=False),
    Column("subset", _text(10), nullable=False),
    Column("of", JSON, nullable=False),
    Column("who", _text(80), nullable=False),
    Column("acted_at", UtcDateTime, nullable=False),
    Column("undoes", _text(120), nullable=False, server_default=""),
)

maps = Table(
    "maps",
    metadata,
    Column("id", _text(120), primary_key=True),
    Column("collection_id", _text(120), ForeignKey("collections.id"), nullable=False, index=True),
    Column("method", _text(40), nullable=False),
    Column("dimensions", Integer, nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("who", _text(80), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("is_fitted_on", JSON, nullable=False),
)

# Rules of a collection as people wrote them (`podcast_core.exploring.RuleState`): of each rule the newest state counts.
rules = Table(
    "rules",
    metadata,
    Column("id", _text(120), primary_key=True),
    Column("collection_id", _text(120), ForeignKey("collections.id"), nullable=False, index=True),
    Column("rule_id", _text(120), nullable=False),
    Column("expression", _text(), nullable=False),
    Column("label", _text(80), nullable=False),
    Column("who", _text(80), nullable=False),
    Column("kept_at", UtcDateTime, nullable=False),
)

# Clips drawn to count calls (`podcast_core.exploring.Draw`), and what people heard in them.
draws = Table(
    "draws",
    metadata,
    Column("id", _text(120), primary_key=True),
    Column("collection_id", _text(120), ForeignKey("collections.id"), nullable=False, index=True),
    Column("classifier_id", _text(120), nullable=False),
    Column("label", _text(80), nullable=False),
    Column("strata", JSON, nullable=False),
    Column("who", _text(80), nullable=False),
    Column("drawn_at", UtcDateTime, nullable=False),
)

draw_answers = Table(
    "draw_answers",
    metadata,
    Column("id", _text(120), primary_key=True),
    Column("collection_id", _text(120), ForeignKey("collections.id"), nullable=False, index=True),
    Column("draw_id", _text(120), nullable=False, index=True),
    Column("heard", JSON, nullable=False),
    Column("who", _text(80), nullable=False),
    Column("answered_at", UtcDateTime, nullable=False),
)

# What somebody has selected in a collection: numbers as packed uint32. Not in the store, and never missed.
selections = Table(
    "selections",
    metadata,
    Column("collection_id", _text(120), primary_key=True),
    Column("who", _text(80), primary_key=True),
    Column("numbers", LargeBinary, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)

# How much each person has sent, by kind; "" is whoever needs no token.
sent = Table(
    "sent",
    metadata,
    Column("person", _text(80), primary_key=True),
    Column("kind", _text(160), primary_key=True),
    Column("byte_count", Integer().with_variant(BigInteger, "postgresql"), nullable=False),
    Column("file_count", Integer, nullable=False),
)

# What is not in the file store: a rebuild from it leaves these alone.
LEASES = (audio_ids, logins, selections, sent, suggested_places, suggestions, tokens)
