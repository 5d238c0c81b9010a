"""The beginning of an export: of a large round, made of its first sessions only."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from podcast_core.domain.standing import LEAVE_OUT
from podcast_core.domain.submission import Outcome
from podcast_core.services.exchange.chosen_answers import COUNTING
from podcast_core.services.exchange.datasets import Preview, export_round
from podcast_core.services.labels import independence
from podcast_core.storage import summaries, tallies
from podcast_core.workspace import Workspace

MIN_READ = 20  # sessions: more than that where more rows are wanted
WITH_BOXES = (Outcome.LABELLED, Outcome.VERIFIED, Outcome.UNSURE)


@dataclass(frozen=True, slots=True)
class RoundPreview:
    """The first rows, what the format leaves out of the sessions that were read, and how many count for what in all."""

    beginning: Preview
    notes: tuple[str, ...]
    counts: Mapping[str, int]


def preview_round(
    workspace: Workspace,
    *,
    round_id: str,
    format_name: str,
    negatives: bool = False,
    rejected: str = LEAVE_OUT,
    answers: str = COUNTING,
    rows: int = 10,
) -> RoundPreview:
    """Show how an export begins; errors as `export_round`."""
    with workspace.database.reading() as connection:
        independence.get_round(connection, round_id)
        standings = tallies.count_standings(connection, round_id)
        counts = {standing: count for standing, count in standings.items() if count}
        limit = max(rows, MIN_READ)
        is_small = sum(counts.values()) <= limit
        session_ids = None if is_small else _list_first(connection, round_id, negatives, limit)
    made = export_round(
        workspace,
        round_id=round_id,
        format_name=format_name,
        negatives=negatives,
        rejected=rejected,
        answers=answers,
        session_ids=session_ids,
    )
    notes = made.notes
    if session_ids is not None:
        told = f"This is made of the round's first {limit} sessions and of its first {limit} with annotations."
        notes = (told, *notes)
    return RoundPreview(made.preview(rows), notes, counts)


def _list_first(connection: Connection, round_id: str, negatives: bool, limit: int) -> list[str]:
    """List the first sessions of the queue, and the first ones with an answer that may have boxes."""
    outcomes = (*WITH_BOXES, Outcome.EMPTY) if negatives else WITH_BOXES
    answered = sorted(place for each in outcomes for place in summaries.list_places(connection, round_id, each, limit))
    found = {*summaries.list_places(connection, round_id, None, limit), *answered[:limit]}
    return [session_id for _, session_id in sorted(found)]
