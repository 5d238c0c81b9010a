"""What rows the database has, by the names that the facts have in `Facts` and `Keys`: compared without reading any."""

from typing import Any

from sqlalchemy import Connection, Select, select

from podcast_core.domain.clip import PART_CLIPS
from podcast_core.services.store.facts import KINDS
from podcast_core.storage import schema
from podcast_core.storage.answer_rows import list_ids

Names = dict[str, set[Any]]

_WITH_IDS = {
    "recordings": schema.recordings,
    "rounds": schema.rounds,
    "prediction_sets": schema.prediction_sets,
    "review_acts": schema.review_acts,
    "remarks": schema.remarks,
    "runs": schema.model_runs,
    "acts": schema.acts,
    "bulk_acts": schema.bulk_acts,
    "collections": schema.collections,
    "clip_acts": schema.clip_acts,
    "maps": schema.maps,
    "rules": schema.rules,
    "draws": schema.draws,
    "draw_answers": schema.draw_answers,
    "verification_samples": schema.verification_samples,
    "assignment_acts": schema.assignment_acts,
}


def read_names(connection: Connection) -> Names:
    """Read what all rows are called, by kind."""
    sessions, pieces, clips = schema.sessions.c, schema.run_pieces.c, schema.clips.c
    is_ready = schema.model_runs.c.finished_at.is_not(None)
    is_described = schema.collections.c.finished_at.is_not(None)
    names = {kind: set(connection.scalars(select(table.c.id))) for kind, table in _WITH_IDS.items()}
    names["submissions"] = set(list_ids(connection))
    alone = select(schema.reviews.c.id).where(schema.reviews.c.act_id == "")  # the others follow from acts
    names["reviews"] = set(connection.scalars(alone))
    names["sessions"] = _list(connection, select(sessions.round_id, sessions.id, sessions.recording_id))
    found = select(pieces.run_id, pieces.position).where(pieces.took_s.is_not(None))
    names["run_pieces"] = {(run_id, f"{position:06d}") for run_id, position in connection.execute(found)}
    names["run_ends"] = set(connection.scalars(select(schema.model_runs.c.id).where(is_ready)))
    first = select(clips.collection_id, clips.number).where(clips.number % PART_CLIPS == 0)
    names["clip_parts"] = {(each, f"{number // PART_CLIPS:04d}") for each, number in connection.execute(first)}
    names["collection_ends"] = set(connection.scalars(select(schema.collections.c.id).where(is_described)))
    return names


def minus(names: Names, *others: Names) -> Names:
    """Take away what is called so in others."""
    return {kind: names[kind].difference(*(other.get(kind, ()) for other in others)) for kind in KINDS}


def _list(connection: Connection, query: Select[Any]) -> set[Any]:
    return {tuple(row) for row in connection.execute(query)}
