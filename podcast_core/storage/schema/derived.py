"""What follows from the facts of a round, kept so that nobody has to count them: see `podcast_core.storage.deriving`.

None of it is in the file store: a rebuild works it out again. Rows are deleted and inserted, never updated.
"""

from sqlalchemy import BigInteger, Boolean, Column, ColumnElement, Float, Index, Integer, Table, literal_column
from sqlalchemy import text as text_

from podcast_core.storage.schema.base import UtcDateTime, metadata, text

# One row for each session that is not archived.
session_states = Table(
    "session_states",
    metadata,
    Column("round_id", text(120), primary_key=True),
    Column("session_id", text(120), primary_key=True),
    Column("recording_id", text(16), nullable=False),
    Column("position", Integer, nullable=False),
    Column("duration_us", BigInteger, nullable=False),
    Column("site", text(), nullable=False),  # of the recording, else of the round
    Column("starts_at_s", Float(53)),  # since 1970, UTC
    Column("starts_on", text(10), nullable=False),  # the day (UTC) of that; empty: not known
    Column("starts_in", text(13), nullable=False),  # the hour (UTC) of that, as 2026-06-01T05; empty: not known
    Column("shuffle", text(32), nullable=False),  # a place in an order that means nothing
    Column("standing", text(20), nullable=False),
    Column("outcome", text(20), nullable=False),
    Column("answers_wanted", Integer, nullable=False),  # from different people
    Column("answers_left", Integer, nullable=False),  # of these, see `podcast_core.storage.open_sessions`
    Column("is_open", Boolean, nullable=False),  # needs an answer: some are left
    Column("is_touched", Boolean, nullable=False),  # somebody has said something
    Column("answer_id", text(120)),  # the answer that counts
    Column("annotator", text(80), nullable=False),
    Column("annotator_key", text(80), nullable=False),  # for sorting
    Column("answered_at", UtcDateTime),
    Column("answered_on", text(10), nullable=False),  # the day (UTC) of that
    Column("review_state", text(20), nullable=False),  # a verdict, ``waiting``, or empty: there is nothing to judge
    Column("verdict", text(20)),
    Column("reviewer", text(80), nullable=False),
    Column("lowest_score", Float(53)),
    Column("box_count", Integer, nullable=False),
    Column("unsure_count", Integer, nullable=False),
    Column("rejected_count", Integer, nullable=False),
    Column("unreviewed_count", Integer, nullable=False),
    Column("active_s", Float(53)),
    Column("action_count", Integer),
    Column("people_count", Integer, nullable=False),  # who have searched all of it, see `services.labels.agreement`
    Index("ix_session_states_queue", "round_id", "is_open", "position", "session_id"),
    Index("ix_session_states_shuffle", "round_id", "is_open", "shuffle", "session_id"),
    Index("ix_session_states_time", "round_id", "is_open", "starts_at_s", "position", "session_id"),
    Index("ix_session_states_site", "round_id", "is_open", "site", "position", "session_id"),
    Index("ix_session_states_touched", "round_id", "is_open", "is_touched"),
    Index("ix_session_states_people", "round_id", "people_count"),
    Index("ix_session_states_day", "round_id", "starts_on"),
    Index("ix_session_states_open_day", "round_id", "is_open", "starts_on", "position", "session_id"),
    Index("ix_session_states_place", "round_id", "position", "session_id"),
    Index("ix_session_states_answered", "round_id", "answered_at", "position", "session_id"),
    Index("ix_session_states_lowest", "round_id", "lowest_score", "position", "session_id"),
    Index("ix_session_states_unsure", "round_id", "unsure_count", "position", "session_id"),
    Index("ix_session_states_annotator", "round_id", "annotator_key", "position", "session_id"),
    Index("ix_session_states_review", "round_id", "review_state", "position", "session_id"),
    Index("ix_session_states_outcome", "round_id", "outcome", "position", "session_id"),
    Index("ix_session_states_recording", "round_id", "recording_id", "position", "session_id"),
)

# Who needs not see which session again: they have answered it, or skipped it.
session_people = Table(
    "session_people",
    metadata,
    Column("round_id", text(120), primary_key=True),
    Column("session_id", text(120), primary_key=True),
    Column("annotator", text(80), primary_key=True),
    Column("site", text(), nullable=False),  # of the session's state
    Column("is_open", Boolean, nullable=False),  # the session is, for others
    Column("has_skipped", Boolean, nullable=False),
    Column("is_done", Boolean, nullable=False),  # they have given one of several answers that it wants
    Index("ix_session_people_annotator", "round_id", "annotator", "is_open", "session_id"),
)

# The boxes of the answer that counts, by label and origin.
session_boxes = Table(
    "session_boxes",
    metadata,
    Column("round_id", text(120), primary_key=True),
    Column("session_id", text(120), primary_key=True),
    Column("label", text(80), primary_key=True),
    Column("origin", text(20), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("count", Integer, nullable=False),
    Column("unsure_count", Integer, nullable=False),
    Column("lowest_score", Float(53)),
    Column("is_answered", Boolean, nullable=False),  # the session's standing is one whose boxes are counted
    Column("is_first", Boolean, nullable=False),  # of the rows of this label in this session
    Column("annotator", text(80), nullable=False),
    Column("answered_on", text(10), nullable=False),
    Column("site", text(), nullable=False),
    Column("starts_in", text(13), nullable=False),
    Column("outcome", text(20), nullable=False),
    Column("review_state", text(20), nullable=False),
    Index("ix_session_boxes_label", "round_id", "label", "position", "session_id"),
    # Nearly all boxes of a round are new ones, whose sessions no index finds faster.
    Index(
        "ix_session_boxes_origin",
        *("round_id", "origin", "session_id"),
        sqlite_where=text_("origin <> 'new'"),
        postgresql_where=text_("origin <> 'new'"),
    ),
)

# What became of predictions, by model and label. Model '': all models together, only what the page shows; label '' with
# it: all labels together.
session_predictions = Table(
    "session_predictions",
    metadata,
    Column("round_id", text(120), primary_key=True),
    Column("session_id", text(120), primary_key=True),
    Column("model", text(120), primary_key=True),
    Column("label", text(80), primary_key=True),
    Column("site", text(), nullable=False),
    Column("starts_on", text(10), nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("position", Integer, nullable=False),
    Column("shown", Integer, nullable=False),
    Column("waiting", Integer, nullable=False),  # shown in an open session, and not judged
    Column("confirmed", Integer, nullable=False),
    Column("relabelled", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("unreviewed", Integer, nullable=False),
    Column("in_bulk", Integer, nullable=False),
    Column("negative_best", Float(53)),  # minus the highest score of those that are shown, to sort upwards by
    Column("nearest_half", Float(53)),  # the smallest distance of a score from 0.5
    Column("lowest", Float(53)),  # the lowest score of those that are shown
    # A queue is made of open sessions, and of all models together.
    *(
        Index(
            f"ix_session_predictions_{name}",
            *("round_id", "label", by, "session_id"),
            sqlite_where=text_("model = '' AND is_open = 1"),
            postgresql_where=text_("model = '' AND is_open"),
        )
        for name, by in (("score", "negative_best"), ("uncertainty", "nearest_half"), ("lowest", "lowest"))
    ),
    Index(
        "ix_session_predictions_queue",
        *("round_id", "label", "is_open", "position", "session_id"),
        sqlite_where=text_("model = ''"),
        postgresql_where=text_("model = ''"),
    ),
)
OF_ALL_MODELS: ColumnElement[str] = literal_column(
    "''"
)  # no parameter: a database takes an index of some rows only if it sees which

# Sums over the sessions of a round. Only the database's triggers write here: see `podcast_core.storage.triggers`.
tallies = Table(
    "tallies",
    metadata,
    Column("round_id", text(120), primary_key=True),
    Column("measure", text(40), primary_key=True),
    Column("grp", text(), primary_key=True),
    Column("label", text(), primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("amount_us", BigInteger, nullable=False),
    Index("ix_tallies_of_none", "round_id", sqlite_where=text_("count = 0"), info={"only_in": "sqlite"}).ddl_if(
        "sqlite"
    ),
    postgresql_with={"fillfactor": 50},  # a sum that changes finds room in its page
)
