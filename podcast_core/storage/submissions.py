"""Submissions in the database: added, never changed. Which revision one is follows from the stored facts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    Connection,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.exc import IntegrityError

from podcast_core.domain.annotation import Annotation, Origin
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.standing import REJECTED
from podcast_core.domain.submission import Outcome, Submission
from podcast_core.errors import Conflict
from podcast_core.storage import clip_labels, deriving, keyset, tallies
from podcast_core.storage.answer_rows import AnswerRow, add_rows, to_row
from podcast_core.storage.counting_answers import archived_sessions, is_gold, rank_submissions
from podcast_core.storage.predictions import to_prediction
from podcast_core.storage.schema import (
    annotations,
    passed_over,
    prediction_sets,
    predictions,
    rejections,
    sessions,
    submissions,
)

MAX_NAMED = 1_000  # in one statement

LISTED_BY = (submissions.c.session_id, submissions.c.submitted_at, submissions.c.id)  # in `list_part`

# What every claim and answer asks for is put together once.
_FIND = select(submissions).where(submissions.c.id == bindparam("submission_id"))
_IN_TIME = (submissions.c.submitted_at, submissions.c.id)
_REVISION = func.row_number().over(partition_by=submissions.c.session_id, order_by=_IN_TIME).label("revision")
_HISTORIES = (
    select(submissions, _REVISION)
    .where(submissions.c.round_id == bindparam("round_id"))
    .where(submissions.c.session_id.in_(bindparam("session_ids", expanding=True)))
    .order_by(submissions.c.session_id, _REVISION)
)
_REVISIONS = (
    select(submissions.c.id, submissions.c.annotator, submissions.c.outcome, submissions.c.decides, _REVISION)
    .where(submissions.c.round_id == bindparam("round_id"), submissions.c.session_id == bindparam("session_id"))
    .order_by(_REVISION)
)
_BULK_BOXES = (
    select(annotations)
    .join(submissions, submissions.c.id == annotations.c.submission_id)
    .where(submissions.c.round_id == bindparam("round_id"), submissions.c.session_id == bindparam("session_id"))
    .where(~submissions.c.taken_back, annotations.c.origin == Origin.BULK.value)
    .order_by(submissions.c.submitted_at.desc(), submissions.c.id, annotations.c.position)
)


class Revision(NamedTuple):
    """An answer of a session: which one it is in time, and who gave it."""

    id: str
    annotator: str
    outcome: Outcome
    number: int
    is_gold: bool


def add_submission(connection: Connection, submission: Submission) -> None:
    """Add a submission with its annotations and the predictions it names; Conflict when the id is taken."""
    try:
        add_submissions(connection, [submission])
    except IntegrityError as error:
        raise Conflict(f"There is a submission {submission.id!r} already.") from error


def add_submissions(connection: Connection, new: Sequence[Submission]) -> None:
    """Add submissions that are not there yet."""
    add_answer_rows(connection, [to_row(each) for each in new])


def add_answer_rows(connection: Connection, new: Sequence[AnswerRow]) -> None:
    """Add submissions that are not there yet, as plain values."""
    add_rows(connection, new)
    by_round: dict[str, list[str]] = defaultdict(list)
    for round_id, session_id in (each.place for each in new):
        by_round[round_id].append(session_id)
    for round_id, session_ids in sorted(by_round.items()):
        clip_labels.relabel(connection, round_id, session_ids)
        deriving.refresh(connection, round_id, session_ids)


def find_known(connection: Connection, submission_ids: Sequence[str]) -> set[str]:
    """Find which of these submissions are there."""
    found: set[str] = set()
    for start in range(0, len(submission_ids), MAX_NAMED):
        named = submissions.c.id.in_(submission_ids[start : start + MAX_NAMED])
        found |= set(connection.scalars(select(submissions.c.id).where(named)))
    return found


def find_submission(connection: Connection, submission_id: str) -> Submission | None:
    """Find a submission by its id."""
    row = connection.execute(_FIND, {"submission_id": submission_id}).one_or_none()
    if row is None:
        return None
    history = list_histories(connection, row.round_id, [row.session_id])[row.session_id]
    return next(submission for submission in history if submission.id == submission_id)


def list_named(connection: Connection, submission_ids: Iterable[str]) -> dict[str, Submission]:
    """List submissions by their ids, of whatever round and session; their revisions are not told."""
    found: dict[str, Submission] = {}
    wanted = sorted(submission_ids)
    for ids in (wanted[start : start + MAX_NAMED] for start in range(0, len(wanted), MAX_NAMED)):
        query = select(submissions, literal(0).label("revision")).where(submissions.c.id.in_(ids))
        rows = connection.execute(query.order_by(submissions.c.id)).all()
        found.update({each.id: each for each in _fill(connection, rows)})
    return found


def list_recordings(connection: Connection, submission_ids: Iterable[str]) -> dict[tuple[str, str], str]:
    """List of which recordings the sessions of submissions are, by round and session."""
    found: dict[tuple[str, str], str] = {}
    wanted = sorted(submission_ids)
    its = and_(sessions.c.round_id == submissions.c.round_id, sessions.c.id == submissions.c.session_id)
    query = select(sessions.c.round_id, sessions.c.id, sessions.c.recording_id).join(submissions, its)
    for ids in (wanted[start : start + MAX_NAMED] for start in range(0, len(wanted), MAX_NAMED)):
        rows = connection.execute(query.where(submissions.c.id.in_(ids)))
        found.update({(round_id, session_id): recording_id for round_id, session_id, recording_id in rows})
    return found


def list_submissions(
    connection: Connection, round_id: str, session_id: str | None = None, *, with_archived: bool = True
) -> list[Submission]:
    """List all revisions in a round or one of its sessions, by session, the oldest first."""
    if session_id is not None and with_archived:
        return list_histories(connection, round_id, [session_id]).get(session_id, [])
    ranked = rank_submissions(round_id, session_id)
    query = select(ranked).order_by(ranked.c.session_id, ranked.c.revision)
    if not with_archived:
        query = query.where(ranked.c.session_id.not_in(archived_sessions(round_id)))
    return _fill(connection, connection.execute(query).all())


def list_part(
    connection: Connection, round_id: str, *, annotator: str = "", **part: Any
) -> tuple[list[Submission], int]:
    """List a part of a round's submissions, or of those of one person, by session, the oldest first; and count all.

    ``part`` is that of `keyset.cut`: keys are session, moment and id.
    """
    earlier = submissions.alias("earlier")
    is_earlier = tuple_(earlier.c.submitted_at, earlier.c.id) <= tuple_(submissions.c.submitted_at, submissions.c.id)
    of_session = (earlier.c.round_id == submissions.c.round_id, earlier.c.session_id == submissions.c.session_id)
    revision = select(func.count()).select_from(earlier).where(*of_session, is_earlier).scalar_subquery()
    wanted = [submissions.c.round_id == round_id, *([submissions.c.annotator == annotator] if annotator else [])]
    query = select(submissions, revision.label("revision")).where(*wanted)
    rows = connection.execute(keyset.cut(query, LISTED_BY, **part)).all()
    counts = tallies.list_groups(connection, round_id, "all answers")
    total = counts.get(annotator, 0) if annotator else sum(counts.values())
    return _fill(connection, rows), total


def list_histories(connection: Connection, round_id: str, session_ids: Iterable[str]) -> dict[str, list[Submission]]:
    """List all revisions of sessions that have any, the oldest first, by session."""
    found: dict[str, list[Submission]] = defaultdict(list)
    wanted = sorted(session_ids)
    for start in range(0, len(wanted), MAX_NAMED):
        named = wanted[start : start + MAX_NAMED]
        rows = connection.execute(_HISTORIES, {"round_id": round_id, "session_ids": named}).all()
        for each in _fill(connection, rows):
            found[each.session_id].append(each)
    return found


def list_revisions(connection: Connection, round_id: str, session_id: str) -> list[Revision]:
    """List the answers of a session, the oldest first, without their boxes."""
    rows = connection.execute(_REVISIONS, {"round_id": round_id, "session_id": session_id})
    return [Revision(row.id, row.annotator, Outcome(row.outcome), row.revision, bool(row.decides)) for row in rows]


def latest_submissions(
    connection: Connection, round_id: str, session_ids: Sequence[str] | None = None
) -> dict[str, Submission]:
    """Get each session's answer that counts (see `domain.find_counting`), else the newest skip."""
    ranked = rank_submissions(round_id, session_ids)
    answers = connection.execute(select(ranked).where(ranked.c.age == 1)).all()
    return {each.session_id: each for each in _fill(connection, answers)}


def list_counting(connection: Connection, round_id: str, session_ids: Sequence[str]) -> dict[str, Submission]:
    """Get the answer that counts by session, for sessions that have one that is no skip and that no review rejected."""
    ranked = rank_submissions(round_id, session_ids)
    says = ranked.c.standing.not_in((REJECTED, Outcome.SKIPPED.value))
    rows = connection.execute(select(ranked).where(ranked.c.age == 1, says)).all()
    return {each.session_id: each for each in _fill(connection, rows)}


def list_newest_of(connection: Connection, round_id: str, annotator: str, limit: int) -> list[Submission]:
    """List the newest answers of a person in a round, the newest first."""
    ranked = rank_submissions(round_id, _list_answered(round_id, annotator, limit))
    newest = select(ranked).where(ranked.c.annotator == annotator)
    newest = newest.order_by(ranked.c.submitted_at.desc(), ranked.c.id.desc()).limit(limit)
    return _fill(connection, connection.execute(newest).all())


def list_answered(connection: Connection, round_id: str, annotators: Sequence[str]) -> list[str]:
    """List the sessions of a round that any of these people has answered."""
    of_people = (submissions.c.round_id == round_id, submissions.c.annotator.in_(annotators))
    return list(connection.scalars(select(submissions.c.session_id).where(*of_people).distinct()))


def _list_answered(round_id: str, annotator: str, limit: int) -> Select[Any]:
    """Select the sessions of somebody's newest answers."""
    of_person = (submissions.c.round_id == round_id, submissions.c.annotator == annotator)
    newest = select(submissions.c.session_id).where(*of_person)
    some = newest.order_by(submissions.c.submitted_at.desc(), submissions.c.id.desc()).limit(limit).subquery()
    return select(some.c.session_id)


def list_newest(
    connection: Connection, round_id: str, session_ids: Sequence[str] | None = None, *, annotator: str = ""
) -> list[Submission]:
    """List each person's newest answer to a session, and gold, by session and person; or those of one person.

    A skip is told only where a person has said nothing else; what was taken back is not, nor what is archived, nor
    what calibrates.
    """
    ranked = rank_submissions(round_id, session_ids)
    whose = (ranked.c.session_id, ranked.c.annotator, *(() if annotator else (is_gold(ranked),)))
    newest_first = (ranked.c.submitted_at.desc(), ranked.c.id.desc())
    place = func.row_number().over(
        partition_by=whose, order_by=(ranked.c.outcome == Outcome.SKIPPED.value, *newest_first)
    )
    wanted = [ranked.c.age > 0, ~ranked.c.calibrates, *([ranked.c.annotator == annotator] if annotator else [])]
    placed = select(ranked, place.label("place")).where(*wanted).subquery()
    query = select(placed).where(placed.c.place == 1).order_by(placed.c.session_id, placed.c.annotator, placed.c.id)
    return _fill(connection, connection.execute(query).all())


def list_taken_over(connection: Connection, submission_ids: Iterable[str]) -> set[str]:
    """List the models of which answers have taken over predictions unchanged."""
    found: set[str] = set()
    wanted = sorted(submission_ids)
    for ids in (wanted[start : start + MAX_NAMED] for start in range(0, len(wanted), MAX_NAMED)):
        in_bulk = and_(annotations.c.origin == Origin.BULK.value, annotations.c.prediction_id.is_not(None))
        is_taken_over = or_(annotations.c.origin == Origin.MODEL_ACCEPTED.value, in_bulk)
        query = select(annotations.c.model).where(annotations.c.submission_id.in_(ids), is_taken_over)
        found |= set(connection.scalars(query.distinct()))
    return found - {""}


def list_used_labels(connection: Connection, round_id: str) -> set[str]:
    """List the labels of all annotations of a round, of all revisions."""
    of_round = select(submissions.c.id).where(submissions.c.round_id == round_id).scalar_subquery()
    return set(
        connection.scalars(select(annotations.c.label).where(annotations.c.submission_id.in_(of_round)).distinct())
    )


def list_bulk_boxes(connection: Connection, round_id: str, session_id: str) -> list[Annotation]:
    """List the boxes of a session whose labels were given in bulk, of all its answers, the newest first."""
    rows = connection.execute(_BULK_BOXES, {"round_id": round_id, "session_id": session_id})
    return [_to_annotation(row) for row in rows]


def _fill(connection: Connection, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[Submission]:
    """Make submissions of their rows, with their boxes and the predictions that they name."""
    found: list[Submission] = []
    for some in (rows[start : start + MAX_NAMED] for start in range(0, len(rows), MAX_NAMED)):
        named = {"submission_ids": [row.id for row in some]}
        boxes: dict[str, list[Annotation]] = defaultdict(list)
        for box in connection.execute(_BOXES, named):
            boxes[box.submission_id].append(_to_annotation(box))
        rejected, unreviewed = (_list_named(connection, each, named) for each in (_REJECTED, _UNREVIEWED))
        found += [_to_submission(row, boxes[row.id], rejected[row.id], unreviewed[row.id]) for row in some]
    return found


def _list_named(
    connection: Connection, query: Select[Any], named: Mapping[str, Sequence[str]]
) -> dict[str, list[Prediction]]:
    """List the predictions that submissions name in a table of links, by submission."""
    found: dict[str, list[Prediction]] = defaultdict(list)
    for row in connection.execute(query, named):
        found[row.submission_id].append(to_prediction(row))
    return found


def _select_named(links: Table) -> Select[Any]:
    """Select the predictions that submissions name in a table of links."""
    return (
        select(predictions, prediction_sets.c.model, links.c.submission_id)
        .join(prediction_sets, prediction_sets.c.id == predictions.c.set_id)
        .join(links, links.c.prediction_id == predictions.c.id)
        .where(links.c.submission_id.in_(_IDS))
        .order_by(predictions.c.start_s, predictions.c.id)
    )


_IDS: BindParameter[str] = bindparam("submission_ids", expanding=True)
_BOXES = (
    select(annotations)
    .where(annotations.c.submission_id.in_(_IDS))
    .order_by(annotations.c.submission_id, annotations.c.position)
)
_REJECTED, _UNREVIEWED = _select_named(rejections), _select_named(passed_over)


def _to_submission(
    row: Row[tuple[Any, ...]], boxes: list[Annotation], rejected: list[Prediction], unreviewed: list[Prediction]
) -> Submission:
    return Submission(
        id=row.id,
        round_id=row.round_id,
        session_id=row.session_id,
        annotator=row.annotator,
        outcome=Outcome(row.outcome),
        annotations=tuple(boxes),
        rejected=tuple(rejected),
        unreviewed=tuple(unreviewed),
        comment=row.comment,
        base_revision=row.base_revision,
        started_at=row.started_at,
        submitted_at=row.submitted_at,
        revision=row.revision,
        score_threshold=row.score_threshold,
        active_s=row.active_s,
        action_count=row.action_count,
        beside=row.beside,
        bulk_id=row.bulk_id,
        partial=row.partial,
        taken_back=row.taken_back,
        decides=row.decides,
        restores=row.restores,
        calibrates=row.calibrates,
    )


def _to_annotation(row: Row[tuple[Any, ...]]) -> Annotation:
    return Annotation(
        start_s=row.start_s,
        end_s=row.end_s,
        low_hz=row.low_hz,
        high_hz=row.high_hz,
        label=row.label,
        origin=Origin(row.origin),
        prediction_id=row.prediction_id,
        score=row.score,
        model=row.model,
        comment=row.comment,
        unsure=row.unsure,
        individual=row.individual,
        call_type=row.call_type,
        bulk_id=row.bulk_id,
    )
