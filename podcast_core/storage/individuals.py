"""Individuals that annotations name, of the answers that count."""

from sqlalchemy import Connection, and_, distinct, func, select

from podcast_core.domain.progress_filter import ProgressFilter
from podcast_core.domain.standing import ANSWERED
from podcast_core.storage import people
from podcast_core.storage.schema import annotations, session_states, submissions


def list_individuals(connection: Connection, wanted: ProgressFilter) -> list[tuple[str, str, int]]:
    """List the days of answers, the individuals that they name, and in how many sessions.

    By the index of annotations that name any.
    """
    state, box, wanted = session_states.c, annotations.c, people.call_all_now(connection, wanted)
    of_answer = and_(state.round_id == submissions.c.round_id, state.session_id == submissions.c.session_id)
    query = (
        select(state.answered_on, box.individual, func.count(distinct(state.session_id)))
        .select_from(annotations)
        .join(submissions, submissions.c.id == box.submission_id)
        .join(session_states, of_answer & (state.answer_id == submissions.c.id))
        .where(box.individual != "", state.round_id.in_(wanted.round_ids), state.standing.in_(ANSWERED))
        .group_by(state.answered_on, box.individual)
    )
    if wanted.date_from:
        query = query.where(state.answered_on >= wanted.date_from.isoformat())
    if wanted.date_to:
        query = query.where(state.answered_on <= wanted.date_to.isoformat())
    for names, column in ((wanted.annotators, state.annotator), (wanted.sites, state.site), (wanted.labels, box.label)):
        if names:
            query = query.where(column.in_(names))
    return [(str(day), str(name), int(count)) for day, name, count in connection.execute(query)]
