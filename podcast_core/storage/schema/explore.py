"""Collections: their clips, what people did to them, and what was made of them."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
)

from podcast_core.storage.schema.base import UtcDateTime, metadata, person, text

# What is explored: clips of a round (`podcast_core.domain.collection`). A collection is ready when it has finished_at.
collections = Table(
    "collections",
    metadata,
    Column("id", text(120), primary_key=True),
    Column("round_id", text(120), ForeignKey("rounds.id"), nullable=False, index=True),
    Column("name", text(120), nullable=False),
    Column("unit", text(20), nullable=False),
    Column("window_s", Float(53)),
    Column("hop_s", Float(53)),
    Column("embedder", text(120), nullable=False, index=True),
    Column("parameters", JSON, nullable=False),
    Column("dimension", Integer, nullable=False, server_default="0"),
    person("who"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("clip_count", Integer, nullable=False, server_default="0"),
)

# No foreign keys to sessions and recordings: a clip of a table may have neither, and a million rows are added at once.
# ``subset``, ``evicted`` and ``duplicate_of`` follow from the acts, ``label`` from the answers that count.
clips = Table(
    "clips",
    metadata,
    Column("collection_id", text(120), ForeignKey("collections.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("session_id", text(120), nullable=False),
    Column("recording_id", text(16), nullable=False),
    Column("channel", Integer, nullable=False),
    Column("start_s", Float(53), nullable=False),
    Column("end_s", Float(53), nullable=False),
    Column("low_hz", Float(53)),
    Column("high_hz", Float(53)),
    Column("box_id", text(140), nullable=False),
    Column("given_subset", text(10), nullable=False),
    Column("subset", text(10), nullable=False),
    Column("given_label", text(80), nullable=False),
    Column("url", text(), nullable=False),
    Column("error", text(), nullable=False),
    Column("label", text(80), nullable=False),
    Column("evicted", Boolean, nullable=False),
    Column("duplicate_of", Integer),
    Index("ix_clips_session", "session_id"),
    Index("ix_clips_place", "recording_id", "channel", "start_s", "end_s"),  # vectors of other collections are found
)

# What people did to clips: see `podcast_core.domain.clip.ClipAct`.
clip_acts = Table(
    "clip_acts",
    metadata,
    Column("id", text(120), primary_key=True),
    Column("collection_id", text(120), ForeignKey("collections.id"), nullable=False, index=True),
    Column("deed", text(20), nullable=False),
    Column("numbers", JSON, nullable=False),
    Column("subset", text(10), nullable=False),
    Column("of", JSON, nullable=False),
    person("who"),
    Column("acted_at", UtcDateTime, nullable=False),
    Column("undoes", text(120), nullable=False, server_default=""),
)

maps = Table(
    "maps",
    metadata,
    Column("id", text(120), primary_key=True),
    Column("collection_id", text(120), ForeignKey("collections.id"), nullable=False, index=True),
    Column("method", text(40), nullable=False),
    Column("dimensions", Integer, nullable=False),
    Column("parameters", JSON, nullable=False),
    person("who"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("is_fitted_on", JSON, nullable=False),
)

# Rules of a collection as people wrote them (`podcast_core.domain.rule.RuleState`); of each the newest state counts.
rules = Table(
    "rules",
    metadata,
    Column("id", text(120), primary_key=True),
    Column("collection_id", text(120), ForeignKey("collections.id"), nullable=False, index=True),
    Column("rule_id", text(120), nullable=False),
    Column("expression", text(), nullable=False),
    Column("label", text(80), nullable=False),
    person("who"),
    Column("kept_at", UtcDateTime, nullable=False),
)

# Clips drawn to count calls (`podcast_core.domain.draw.Draw`), and what people heard in them.
draws = Table(
    "draws",
    metadata,
    Column("id", text(120), primary_key=True),
    Column("collection_id", text(120), ForeignKey("collections.id"), nullable=False, index=True),
    Column("classifier_id", text(120), nullable=False),
    Column("label", text(80), nullable=False),
    Column("strata", JSON, nullable=False),
    person("who"),
    Column("drawn_at", UtcDateTime, nullable=False),
)

draw_answers = Table(
    "draw_answers",
    metadata,
    Column("id", text(120), primary_key=True),
    Column("collection_id", text(120), ForeignKey("collections.id"), nullable=False, index=True),
    Column("draw_id", text(120), nullable=False, index=True),
    Column("heard", JSON, nullable=False),
    person("who"),
    Column("answered_at", UtcDateTime, nullable=False),
)

# What somebody has selected in a collection: numbers as packed uint32. Not in the store, and never missed.
selections = Table(
    "selections",
    metadata,
    Column("collection_id", text(120), primary_key=True),
    person("who", primary_key=True),
    Column("numbers", LargeBinary, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)
