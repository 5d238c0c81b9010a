"""What is said of some sessions of a round, read without the answers as a whole: names, texts, places of predictions.

A map of ten thousand sessions with ten answers each is coloured by these; so no function here makes a `Submission` or
a `Prediction` that nobody looks at, and none is asked about more than `MAX_NAMED` sessions at once by `in_parts`.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import Connection, and_, func, or_, select

from podcast_core.domain.box import Call
from podcast_core.domain.standing import REJECTED
from podcast_core.domain.submission import Outcome
from podcast_core.storage.counting_answers import rank_submissions
from podcast_core.storage.schema import annotations, predictions, rejections
from podcast_core.storage.shown_predictions import newest_sets

MAX_NAMED = 500  # sessions in one statement
T = TypeVar("T")
Read = Callable[[Connection, str, Sequence[str]], Mapping[str, T]]


@dataclass(frozen=True, slots=True)
class Offered(Call):
    """Where a prediction lies, and what it says."""

    id: str = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Judged(Call):
    """What somebody says of a stretch: that a call is there (yes), that it is not (no), or that it may be (unsure)."""

    verdict: str = field(kw_only=True)
    prediction_id: str = field(kw_only=True)


def in_parts(read: Read[T], connection: Connection, round_id: str, ids: Collection[str]) -> Iterator[Mapping[str, T]]:
    """Read something of any number of sessions (or predictions), some of them at a time: what was read by id."""
    wanted = sorted(set(ids) - {""})
    for start in range(0, len(wanted), MAX_NAMED):
        yield read(connection, round_id, wanted[start : start + MAX_NAMED])


def find_annotators(connection: Connection, round_id: str, session_ids: Sequence[str]) -> dict[str, str]:
    """Find who gave the answer that counts, by session."""
    ranked = rank_submissions(round_id, session_ids)
    rows = connection.execute(select(ranked.c.session_id, ranked.c.annotator).where(ranked.c.age == 1))
    return {row.session_id: row.annotator for row in rows}


def find_texts(connection: Connection, round_id: str, session_ids: Sequence[str]) -> dict[str, str]:
    """Find what the answer that counts says in words, a line each: comments, labels, individuals, call types."""
    ranked = rank_submissions(round_id, session_ids)
    words = (annotations.c.comment, annotations.c.label, annotations.c.call_type, annotations.c.individual)
    boxes = annotations.c.submission_id == ranked.c.id
    query = select(ranked.c.session_id, ranked.c.comment, *words).outerjoin(annotations, boxes).where(ranked.c.age == 1)
    found: dict[str, list[str | None]] = {}
    for session_id, comment, *texts in connection.execute(query.order_by(ranked.c.id, annotations.c.position)):
        found.setdefault(session_id, [comment]).extend(texts)
    return {session_id: "\n".join(filter(None, texts)) for session_id, texts in found.items()}


def find_offered(connection: Connection, round_id: str, session_ids: Sequence[str]) -> dict[str, list[Offered]]:
    """Find the predictions of each model's newest set by session, the best scores first."""
    columns = (predictions.c.id, predictions.c.start_s, predictions.c.end_s, predictions.c.label, predictions.c.score)
    query = select(predictions.c.session_id, *columns).where(
        predictions.c.round_id == round_id,
        predictions.c.session_id.in_(session_ids),
        predictions.c.set_id.in_(newest_sets(round_id)),
    )
    best_first = (func.coalesce(predictions.c.score, 1.0).desc(), predictions.c.start_s, predictions.c.id)
    found: dict[str, list[Offered]] = defaultdict(list)
    for session_id, prediction_id, *row in connection.execute(query.order_by(*best_first)):
        found[session_id].append(Offered(*row, id=prediction_id))
    return found


def find_judged(connection: Connection, round_id: str, session_ids: Sequence[str]) -> dict[str, list[Judged]]:
    """Find what the answers that count, and that no review rejected, say of stretches: boxes and rejections."""
    ranked = rank_submissions(round_id, session_ids)
    counting = (ranked.c.age == 1, ranked.c.standing != REJECTED)
    is_unsure = or_(annotations.c.unsure, ranked.c.outcome == Outcome.UNSURE.value)
    box = (annotations.c.start_s, annotations.c.end_s, annotations.c.label)
    of_box = and_(annotations.c.submission_id == ranked.c.id, *counting)
    drawn = select(ranked.c.session_id, *box, is_unsure, annotations.c.prediction_id).join(annotations, of_box)
    place = (predictions.c.start_s, predictions.c.end_s, predictions.c.label)
    of_answer = and_(rejections.c.submission_id == ranked.c.id, *counting)
    refused = select(ranked.c.session_id, *place, predictions.c.id).join(rejections, of_answer)
    refused = refused.join(predictions, predictions.c.id == rejections.c.prediction_id)
    found: dict[str, list[Judged]] = defaultdict(list)
    for session_id, start_s, end_s, label, unsure, prediction_id in connection.execute(drawn):
        verdict = "unsure" if unsure else "yes"
        found[session_id].append(Judged(start_s, end_s, label, verdict=verdict, prediction_id=prediction_id or ""))
    for session_id, start_s, end_s, label, prediction_id in connection.execute(refused):
        found[session_id].append(Judged(start_s, end_s, label, verdict="no", prediction_id=prediction_id))
    return found


def find_named(connection: Connection, round_id: str, prediction_ids: Sequence[str]) -> dict[str, Offered]:
    """Find predictions by their ids, those too that a newer set replaced."""
    columns = (predictions.c.id, predictions.c.start_s, predictions.c.end_s, predictions.c.label, predictions.c.score)
    query = select(*columns).where(predictions.c.round_id == round_id, predictions.c.id.in_(prediction_ids))
    return {prediction_id: Offered(*row, id=prediction_id) for prediction_id, *row in connection.execute(query)}
