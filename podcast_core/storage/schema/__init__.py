"""The tables, by area. A change here needs a migration in ``storage/migrations/versions``."""

from podcast_core.storage.schema.access import audio_ids, invitations, logins, people, person_names, sent, tokens
from podcast_core.storage.schema.base import IdList, UtcDateTime, metadata
from podcast_core.storage.schema.derived import (
    session_boxes,
    session_people,
    session_predictions,
    session_states,
    tallies,
)
from podcast_core.storage.schema.explore import (
    clip_acts,
    clips,
    collections,
    draw_answers,
    draws,
    maps,
    rules,
    selections,
)
from podcast_core.storage.schema.recordings import recordings
from podcast_core.storage.schema.rounds import (
    acts,
    annotations,
    bulk_acts,
    claims,
    passed_over,
    prediction_sets,
    predictions,
    rejections,
    reviews,
    rounds,
    saved_queues,
    sessions,
    submissions,
    verification_samples,
)
from podcast_core.storage.schema.runs import (
    model_runs,
    run_boxes,
    run_pieces,
    sampled_places,
    samples,
    suggested_places,
    suggestions,
)

__all__ = [
    "DERIVED",
    "LEASES",
    "IdList",
    "UtcDateTime",
    "acts",
    "annotations",
    "audio_ids",
    "bulk_acts",
    "claims",
    "clip_acts",
    "clips",
    "collections",
    "draw_answers",
    "draws",
    "invitations",
    "logins",
    "maps",
    "metadata",
    "model_runs",
    "passed_over",
    "people",
    "person_names",
    "prediction_sets",
    "predictions",
    "recordings",
    "rejections",
    "reviews",
    "rounds",
    "rules",
    "run_boxes",
    "run_pieces",
    "sampled_places",
    "samples",
    "saved_queues",
    "selections",
    "sent",
    "session_boxes",
    "session_people",
    "session_predictions",
    "session_states",
    "sessions",
    "submissions",
    "suggested_places",
    "suggestions",
    "tallies",
    "tokens",
    "verification_samples",
]

# What is not in the file store: a rebuild from it leaves these alone.
LEASES = (
    audio_ids,
    claims,
    invitations,
    logins,
    sampled_places,
    samples,
    saved_queues,
    selections,
    sent,
    suggested_places,
    suggestions,
    tokens,
)

# What follows from the facts: a rebuild works it out again.
DERIVED = (tallies, session_predictions, session_boxes, session_people, session_states)
