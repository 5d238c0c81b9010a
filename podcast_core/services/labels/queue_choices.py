"""The queue of a round: what it can be ordered and filtered by, and what is left of it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from podcast_core.domain.assignment import Sites
from podcast_core.domain.queue import QueueChoice, QueueOrder
from podcast_core.domain.round import Round
from podcast_core.storage import assigned, claims, queue_order, rounds, tallies
from podcast_core.storage.assigned import Found
from podcast_core.workspace import Workspace

EMPTY_ROUND = "This round has no sessions yet. Add recordings with: python -m podcast_core ingest"


@dataclass(frozen=True, slots=True)
class QueueOptions:
    """What a round's sessions can be filtered by: values with their numbers of sessions, and days (UTC)."""

    sites: list[tuple[str, int]]
    labels: list[tuple[str, int]]
    first_day: date | None
    last_day: date | None


def list_options(workspace: Workspace, *, round_id: str) -> QueueOptions:
    """List what a round's sessions can be filtered by."""
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
        first_day, last_day = queue_order.find_days(connection, round_id) or (None, None)
        return QueueOptions(
            sites=queue_order.list_sites(connection, round_id),
            labels=queue_order.list_predicted_labels(connection, round_id),
            first_day=first_day,
            last_day=last_day,
        )


def count_matching(
    connection: Connection, round_id: str, annotator: str, choice: QueueChoice, *, include_skipped: bool
) -> int:
    """Count the open sessions that a choice lets through, whoever holds them."""
    sites, found = find_part(connection, rounds.get_round(connection, round_id), annotator)
    return claims.count_open(
        connection,
        round_id,
        annotator=annotator,
        choice=choice,
        include_skipped=include_skipped,
        sites=sites,
        singly=found.any,
    )


def find_part(connection: Connection, round_: Round, annotator: str) -> tuple[Sites | None, Found]:
    """Find which part of a round is somebody's: at which sites they label, and whether single sessions are assigned."""
    found = assigned.find_assigned(connection, round_.id, annotator)
    return round_.find_sites(annotator, has_sessions=found.own), found


def describe_queue(
    connection: Connection, round_id: str, annotator: str, now: datetime, choice: QueueChoice, matching: int
) -> tuple[str, str]:
    """Say why there is no session to give: a state for the page, and a sentence for the person."""
    counts = tallies.count_standings(connection, round_id)
    if not sum(counts.values()):
        return "empty_round", EMPTY_ROUND
    if not claims.count_open(connection, round_id):
        return "finished", f"Every session of this round has an answer ({sum(counts.values()):,})."
    skipped = count_matching(connection, round_id, annotator, choice, include_skipped=True) - matching
    if choice.is_filtered and not matching and not skipped:
        return "no_match", f"No session without an answer matches: {describe_choice(choice)}."
    if not matching and not skipped:
        left = claims.count_open(connection, round_id)
        sites, singly = find_part(connection, rounds.get_round(connection, round_id), annotator)
        is_assigned = sites is not None or singly.any
        whose = f"every session that is {annotator}'s to label" if is_assigned else "every session"
        return "waits_for_others", f"{annotator} has answered {whose}; {left:,} wait for other people's answers."
    others = claims.list_claims(connection, round_id, now) if matching else []
    if others:
        names = ", ".join(sorted({claim.annotator for claim in others}))
        until = others[0].expires_at.isoformat(timespec="minutes")
        return "held_by_others", f"The remaining sessions are held by {names}; the first becomes free at {until}."
    return (
        "only_skipped",
        f"Only sessions that {annotator} skipped or left predictions unjudged in are left: {skipped}.",
    )


def describe_choice(choice: QueueChoice) -> str:
    """Name the filters of a choice."""
    parts = []
    if choice.order is QueueOrder.NO_PREDICTIONS:
        parts.append("without any prediction")
    if choice.unjudged:
        parts.append("with predictions to judge")
    if choice.label:
        parts.append(f"with a prediction of “{choice.label}”")
    if choice.site:
        parts.append(f"site “{choice.site}”")
    if choice.date_from:
        parts.append(f"from {choice.date_from}")
    if choice.date_to:
        parts.append(f"to {choice.date_to}")
    return ", ".join(parts)
