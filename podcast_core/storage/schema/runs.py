"""Model runs, and what they suggest to label next."""

from sqlalchemy import (
    JSON,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
)

from podcast_core.storage.schema.base import UtcDateTime, metadata, person, text

# Model runs: one version of a model, applied to pieces of recordings. A run is ready when it has finished_at.
model_runs = Table(
    "model_runs",
    metadata,
    Column("id", text(120), primary_key=True),
    Column("model", text(80), nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", text(80), nullable=False),
    Column("weights_sha256", text(64), nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("labels", JSON, nullable=False),
    Column("floor", Float(53), nullable=False),
    Column("threshold", Float(53), nullable=False),
    Column("round_ids", JSON, nullable=False),
    Column("recordings", JSON, nullable=False),
    person("who"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
)

# A piece is done when it has took_s, and has failed when it has an error.
run_pieces = Table(
    "run_pieces",
    metadata,
    Column("run_id", text(120), ForeignKey("model_runs.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("recording_id", text(16), ForeignKey("recordings.id"), nullable=False, index=True),
    Column("channel", Integer, nullable=False),
    Column("start_s", Float(53), nullable=False),
    Column("end_s", Float(53), nullable=False),
    Column("took_s", Float(53)),
    Column("device", text(40), nullable=False, server_default=""),
    Column("error", text(), nullable=False, server_default=""),
    Column("negative_best", Float(53)),  # minus the highest score in it, to sort upwards by
    Index("ix_run_pieces_best", "run_id", "negative_best", "position"),
    Index("ix_run_pieces_time", "run_id", "recording_id", "start_s", "position"),
)

run_boxes = Table(
    "run_boxes",
    metadata,
    Column("run_id", text(120), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("start_s", Float(53), nullable=False),
    Column("end_s", Float(53), nullable=False),
    Column("low_hz", Float(53)),
    Column("high_hz", Float(53)),
    Column("label", text(80), nullable=False),
    Column("score", Float(53), nullable=False),
    ForeignKeyConstraint(["run_id", "position"], ["run_pieces.run_id", "run_pieces.position"]),
    Index("ix_run_boxes_score", "run_id", "score"),
)

# Which sessions of a round to label next, as a model run suggests. Derived, and never missed: no foreign keys.
suggestions = Table(
    "suggestions",
    metadata,
    Column("id", text(36), primary_key=True),
    Column("round_id", text(120), nullable=False, index=True),
    Column("run_id", text(120), nullable=False),
    Column("seed", Integer, nullable=False),
    Column("random_share", Float(53), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

suggested_places = Table(
    "suggested_places",
    metadata,
    Column("suggestion_id", text(36), primary_key=True),
    Column("session_id", text(120), primary_key=True),
    Column("place", Integer, nullable=False),
    Column("reason", text(20), nullable=False),
    Column("gain", Float(53), nullable=False),
    Index("ix_suggested_places_place", "suggestion_id", "place", "session_id"),
)

# The order of `QueueOrder.NO_PREDICTIONS`, made of all sessions of a round: see `podcast_core.storage.samples`.
samples = Table(
    "samples",
    metadata,
    Column("round_id", text(120), primary_key=True),
    Column("version", text(120), nullable=False),
)

sampled_places = Table(
    "sampled_places",
    metadata,
    Column("round_id", text(120), primary_key=True),
    Column("session_id", text(120), primary_key=True),
    Column("place", Integer, nullable=False),
    Index("ix_sampled_places_place", "round_id", "place", "session_id"),
)
