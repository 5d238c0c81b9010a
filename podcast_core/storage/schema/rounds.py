"""Rounds and what people say in them: sessions, predictions, answers, reviews, acts."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    false,
)
from sqlalchemy import text as text_

from podcast_core.storage.schema.base import IdList, UtcDateTime, metadata, person, text

rounds = Table(
    "rounds",
    metadata,
    Column("id", text(120), primary_key=True),
    Column("name", text(120), nullable=False),
    Column("labels", JSON, nullable=False),
    Column("description", text(), nullable=False),
    Column("instructions", text(), nullable=False),
    Column("site", text(), nullable=False),
    Column("site_url", text(), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("display", JSON, nullable=False, server_default="{}"),
    Column("own_review", Boolean, nullable=False, server_default=false()),
    Column("sites", JSON, nullable=False, server_default="[]"),
    Column("examples", JSON, nullable=False, server_default="[]"),
    Column("archived_at", UtcDateTime),  # follows from the acts, as the next one does
    Column("renamed", JSON, nullable=False, server_default="{}"),
    Column("answers_wanted", Integer, nullable=False, server_default="1"),
    Column("double_share", Float(53), nullable=False, server_default="1"),
    Column("assignments", JSON, nullable=False, server_default="[]"),
    Column("assigned_only", Boolean, nullable=False, server_default=false()),
    Column("calibration", JSON, nullable=False, server_default="{}"),
)

_NAMES_ONE = text_("individual <> ''")
_SAYS = text_("comment <> ''")  # few have a comment, and all of those are looked at when somebody looks for one
sessions = Table(
    "sessions",
    metadata,
    Column("round_id", text(120), ForeignKey("rounds.id"), primary_key=True),
    Column("id", text(120), primary_key=True),
    Column("recording_id", text(16), ForeignKey("recordings.id"), nullable=False),
    Column("channel", Integer, nullable=False),
    Column("start_s", Float(53), nullable=False),
    Column("end_s", Float(53), nullable=False),
    Column("position", Integer, nullable=False),
    Column("original", JSON(none_as_null=True)),
    Column("archived", Boolean, nullable=False, server_default=false()),  # its recording is; follows from the acts
    Index("ix_sessions_round_position", "round_id", "position", "id"),
    Index("ix_sessions_recording_id", "recording_id", "start_s"),
)

# Who holds which session until when; several people may hold one that wants several answers. Not in the store.
claims = Table(
    "claims",
    metadata,
    Column("round_id", text(120), primary_key=True),
    Column("session_id", text(120), primary_key=True),
    Column("holder", text(120), primary_key=True),
    person("annotator"),
    Column("expires_at", UtcDateTime, nullable=False),
    Index("ix_claims_holder", "round_id", "holder"),
    Index("ix_claims_annotator", "round_id", "annotator"),
)

prediction_sets = Table(
    "prediction_sets",
    metadata,
    Column("id", text(120), primary_key=True),
    Column("round_id", text(120), ForeignKey("rounds.id"), nullable=False, index=True),
    Column("model", text(120), nullable=False),
    Column("source", text(), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("prediction_count", Integer, nullable=False, server_default="0"),  # a set never changes
)

predictions = Table(
    "predictions",
    metadata,
    Column("id", text(120), primary_key=True),
    Column("set_id", text(120), ForeignKey("prediction_sets.id"), nullable=False),
    Column("round_id", text(120), nullable=False),
    Column("session_id", text(120), nullable=False),
    Column("start_s", Float(53), nullable=False),
    Column("end_s", Float(53), nullable=False),
    Column("low_hz", Float(53)),
    Column("high_hz", Float(53)),
    Column("label", text(80), nullable=False),
    Column("score", Float(53)),
    Column("given_label", text(80)),  # as for annotations
    ForeignKeyConstraint(["round_id", "session_id"], ["sessions.round_id", "sessions.id"]),
    # Covers what an order of the queue is made of: 10 000 sessions are sorted by score in 45 ms instead of 120.
    Index("ix_predictions_set", "set_id", "session_id", "id"),
    Index("ix_predictions_session", "round_id", "session_id", "set_id", "label", "score"),
)

_IS_GOLD = text_("decides <> ''")
_CALIBRATES = text_("calibrates")

submissions = Table(
    "submissions",
    metadata,
    Column("id", text(120), primary_key=True),
    Column("round_id", text(120), nullable=False),
    Column("session_id", text(120), nullable=False),
    person("annotator"),
    Column("outcome", text(20), nullable=False),
    Column("comment", text(), nullable=False),
    Column("base_revision", Integer, nullable=False),
    Column("started_at", UtcDateTime),
    Column("submitted_at", UtcDateTime, nullable=False),
    Column("score_threshold", Float(53)),
    Column("active_s", Float(53)),
    Column("action_count", Integer),
    Column("beside", Boolean, nullable=False, server_default=false()),
    Column("bulk_id", text(120), nullable=False, server_default="", index=True),
    Column("partial", Boolean, nullable=False, server_default=false()),
    Column("taken_back", Boolean, nullable=False, server_default=false()),  # follows from the bulk acts
    Column("decides", IdList, nullable=False, server_default=""),  # gold where it names answers
    Column("restores", text(120), nullable=False, server_default=""),
    Column("calibrates", Boolean, nullable=False, server_default=false()),
    ForeignKeyConstraint(["round_id", "session_id"], ["sessions.round_id", "sessions.id"]),
    Index("ix_submissions_session", "round_id", "session_id", "submitted_at", "id"),
    Index("ix_submissions_annotator", "round_id", "annotator", "session_id", "submitted_at", "id"),
    Index("ix_submissions_commented", "round_id", "id", sqlite_where=_SAYS, postgresql_where=_SAYS),
    Index(
        "ix_submissions_calibrating",
        *("round_id", "annotator"),
        sqlite_where=_CALIBRATES,
        postgresql_where=_CALIBRATES,
    ),
    Index("ix_submissions_gold", "round_id", "session_id", sqlite_where=_IS_GOLD, postgresql_where=_IS_GOLD),
)

annotations = Table(
    "annotations",
    metadata,
    Column("submission_id", text(120), ForeignKey("submissions.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("start_s", Float(53), nullable=False),
    Column("end_s", Float(53), nullable=False),
    Column("low_hz", Float(53)),
    Column("high_hz", Float(53)),
    Column("label", text(80), nullable=False),
    Column("origin", text(20), nullable=False),
    Column("prediction_id", text(120), ForeignKey("predictions.id")),
    Column("score", Float(53)),
    Column("model", text(120), nullable=False),
    Column("comment", text(), nullable=False, server_default=""),
    Column("unsure", Boolean, nullable=False, server_default=false()),
    Column("individual", text(80), nullable=False, server_default=""),
    Column("call_type", text(80), nullable=False, server_default=""),
    Column("bulk_id", text(120), nullable=False, server_default=""),
    Column("given_label", text(80)),  # as the answer says it, where acts have made another one of it; follows from them
    Index("ix_annotations_commented", "submission_id", sqlite_where=_SAYS, postgresql_where=_SAYS),
    Index(
        "ix_annotations_individual",
        *("submission_id", "individual"),
        sqlite_where=_NAMES_ONE,
        postgresql_where=_NAMES_ONE,
    ),
)

rejections = Table(
    "rejections",
    metadata,
    Column("submission_id", text(120), ForeignKey("submissions.id"), primary_key=True),
    Column("prediction_id", text(120), ForeignKey("predictions.id"), primary_key=True),
)

# Predictions that an answer says nothing about: hidden by the threshold, or not judged.
passed_over = Table(
    "passed_over",
    metadata,
    Column("submission_id", text(120), ForeignKey("submissions.id"), primary_key=True),
    Column("prediction_id", text(120), ForeignKey("predictions.id"), primary_key=True),
)

reviews = Table(
    "reviews",
    metadata,
    Column("id", text(120), primary_key=True),
    Column("submission_id", text(120), ForeignKey("submissions.id"), nullable=False, index=True),
    person("reviewer"),
    Column("verdict", text(20), nullable=False),
    Column("comment", text(), nullable=False),
    Column("corrected_id", text(120), ForeignKey("submissions.id"), index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("round_id", text(120), nullable=False, server_default=""),  # that of the submission
    Column("act_id", text(120), nullable=False, server_default="", index=True),
    Column("withdrawn", Boolean, nullable=False, server_default=false()),  # follows from the review acts
    Index("ix_reviews_round", "round_id", "created_at", "id"),
    Index("ix_reviews_reviewer", "round_id", "reviewer", "created_at", "id"),
)

# One verdict on many answers: `podcast_core.domain.review_act.ReviewAct`. The reviews follow from it.
review_acts = Table(
    "review_acts",
    metadata,
    Column("id", text(120), primary_key=True),
    Column("round_id", text(120), ForeignKey("rounds.id"), nullable=False),
    person("who"),
    Column("verdict", text(20)),
    Column("comment", text(), nullable=False),
    Column("submission_ids", IdList(), nullable=False),
    Column("undoes", text(120), nullable=False),
    Column("asked", text(64), nullable=False),
    Column("acted_at", UtcDateTime, nullable=False),
    Index("ix_review_acts_round", "round_id", "acted_at", "id"),
)

# Comments on answers and tags: `podcast_core.domain.remark.Remark`.
remarks = Table(
    "remarks",
    metadata,
    Column("id", text(120), primary_key=True),
    Column("round_id", text(120), nullable=False),
    Column("session_id", text(120), nullable=False),
    Column("submission_id", text(120), ForeignKey("submissions.id"), nullable=False),
    person("author"),
    Column("kind", text(20), nullable=False),
    Column("text", text(), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    ForeignKeyConstraint(["round_id", "session_id"], ["sessions.round_id", "sessions.id"]),
    Index("ix_remarks_session", "round_id", "session_id", "created_at", "id"),
    Index("ix_remarks_newest", "round_id", "created_at", "id"),
    Index("ix_remarks_text", "round_id", "kind", "text", "session_id"),
)

# Single sessions that people were given, and what was taken back: `podcast_core.domain.session_assignment`.
assignment_acts = Table(
    "assignment_acts",
    metadata,
    Column("id", text(120), primary_key=True),
    Column("round_id", text(120), ForeignKey("rounds.id"), nullable=False),
    person("who"),
    Column("people", JSON, nullable=False),  # as they were called then
    Column("session_ids", IdList(), nullable=False),
    Column("only", Boolean, nullable=False),
    Column("takes_back", Boolean, nullable=False),
    Column("undoes", text(120), nullable=False),
    Column("asked", text(64), nullable=False),
    Column("acted_at", UtcDateTime, nullable=False),
    Index("ix_assignment_acts_round", "round_id", "acted_at", "id"),
)

# Whose sessions are whose now; follows from these acts. Sessions that are not there any more may be among them.
assigned_sessions = Table(
    "assigned_sessions",
    metadata,
    Column("round_id", text(120), ForeignKey("rounds.id"), primary_key=True),
    Column("session_id", text(120), primary_key=True),
    person("person", primary_key=True),
    Column("only", Boolean, nullable=False),
    Column("act_id", text(120), nullable=False),
    Index("ix_assigned_sessions_person", "round_id", "person", "session_id"),
)

# What people archived, brought back or renamed. Of a round, a model or a person; no foreign keys, models are in the
# store.
acts = Table(
    "acts",
    metadata,
    Column("id", text(120), primary_key=True),
    Column("deed", text(20), nullable=False),
    Column("round_id", text(120), nullable=False, index=True),
    Column("recording_id", text(16), nullable=False),
    Column("model", text(80), nullable=False),
    Column("version", Integer),
    Column("person", text(36), nullable=False, server_default="", index=True),
    person("who"),
    Column("old", text(600), nullable=False),
    Column("new", text(600), nullable=False),
    Column("acted_at", UtcDateTime, nullable=False),
    Column("undoes", text(120), nullable=False, server_default=""),
)

# Labels that were given to many stretches in one go, and what took them back: `podcast_core.domain.bulk_act.BulkAct`.
bulk_acts = Table(
    "bulk_acts",
    metadata,
    Column("id", text(120), primary_key=True),
    Column("round_id", text(120), ForeignKey("rounds.id"), nullable=False, index=True),
    Column("collection_id", text(120), nullable=False),
    Column("deed", text(20), nullable=False),
    Column("label", text(80), nullable=False),
    Column("how", text(20), nullable=False),
    person("who"),
    Column("clip_count", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("left", Integer, nullable=False),
    Column("heard", Integer, nullable=False),
    Column("agreed", Integer, nullable=False),
    Column("asked", text(64), nullable=False),
    Column("undoes", text(120), nullable=False),
    Column("takes_back", JSON, nullable=False),
    Column("brings_back", JSON, nullable=False),
    Column("acted_at", UtcDateTime, nullable=False),
    Column("query", text(), nullable=False, server_default=""),
    Column("corrects", JSON, nullable=False, server_default="[]"),
)

# Filters and orders of a round's sessions that people named, as parameters of an address.
# No foreign key: a rebuild removes the rounds for a moment, and leaves these alone.
saved_queues = Table(
    "saved_queues",
    metadata,
    Column("round_id", text(120), primary_key=True),
    Column("name", text(80), primary_key=True),
    Column("query", text(), nullable=False),
    person("who"),
    Column("created_at", UtcDateTime, nullable=False),
)

# What was drawn once to be verified: `podcast_core.domain.verification_sample.VerificationSample`.
verification_samples = Table(
    "verification_samples",
    metadata,
    Column("id", text(120), primary_key=True),
    Column("round_id", text(120), ForeignKey("rounds.id"), nullable=False),
    Column("of", text(20), nullable=False),
    Column("per_stratum", Integer, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("wanted", Float(53), nullable=False),
    Column("half_width", Float(53), nullable=False),
    Column("strata", JSON, nullable=False),
    person("who"),
    Column("set_id", text(120), nullable=False),
    Column("model", text(120), nullable=False),
    Column("run_id", text(120), nullable=False),
    Column("score_counts", JSON, nullable=False),
    Column("drawn_at", UtcDateTime, nullable=False),
    Index("ix_verification_samples_round", "round_id", "drawn_at", "id"),
)
