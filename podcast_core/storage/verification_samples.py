"""What was drawn once to be verified, what it was drawn from, and what people said about it since."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, select, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from podcast_core.domain.annotation import Origin
from podcast_core.domain.person import call_now
from podcast_core.domain.standing import REJECTED, SEARCHED
from podcast_core.domain.submission import Outcome
from podcast_core.domain.verification_sample import SampleOf, SampleStratum, VerificationSample
from podcast_core.storage import people
from podcast_core.storage.beside_indexes import beside_indexes
from podcast_core.storage.schema import (
    annotations,
    predictions,
    rejections,
    reviews,
    session_states,
    submissions,
    verification_samples,
)

MAX_NAMED = 1_000  # in one statement
CLOSED = (*SEARCHED, Outcome.UNSURE.value)  # sessions with an answer that verdicts are not added to


class Said(StrEnum):
    """What the answer that counts, or the newest review of an answer, says about something that was drawn.

    ``left out``: nothing, and nobody can be asked any more, since the session was answered in another way, or the
    answer was replaced.
    """

    RIGHT = "right"
    WRONG = "wrong"
    UNSURE = "unsure"
    WAITING = "waiting"
    LEFT_OUT = "left out"


class Drawable(NamedTuple):
    """A prediction that can be drawn: where it is, and its session's place and day."""

    id: str
    session_id: str
    label: str
    score: float | None
    site: str
    day: str


class DrawableAnswer(NamedTuple):
    """An answer that can be drawn."""

    id: str
    session_id: str
    annotator: str


def add_samples(connection: Connection, samples: Iterable[VerificationSample]) -> None:
    """Add samples whose ids are not there yet."""
    names = people.find_names(connection)
    people.add_named(connection, verification_samples, [asdict(call_now(each, names)) for each in samples])


def find_sample(connection: Connection, sample_id: str) -> VerificationSample | None:
    """Find a sample by its id."""
    row = connection.execute(select(verification_samples).where(verification_samples.c.id == sample_id)).one_or_none()
    return None if row is None else to_sample(row._asdict())


def list_samples(connection: Connection, round_id: str) -> list[VerificationSample]:
    """List the samples of a round, the oldest first."""
    table = verification_samples
    query = select(table).where(table.c.round_id == round_id).order_by(table.c.drawn_at, table.c.id)
    return [to_sample(row._asdict()) for row in connection.execute(query)]


def to_sample(fields: Mapping[str, Any]) -> VerificationSample:
    """Make a sample of its fields, of which the strata and counts are plain."""
    counts = {label: tuple((int(a), int(b)) for a, b in pairs) for label, pairs in fields["score_counts"].items()}
    strata = tuple(map(_to_stratum, fields["strata"]))
    return VerificationSample(**{**fields, "of": SampleOf(fields["of"]), "strata": strata, "score_counts": counts})


def _to_stratum(fields: Mapping[str, Any]) -> SampleStratum:
    return SampleStratum(**{**fields, **{name: tuple(fields[name]) for name in ("ids", "session_ids", "scores")}})


def list_drawable(connection: Connection, round_id: str, set_id: str) -> Sequence[Drawable]:
    """List the predictions of a set, by id; those in sessions of archived recordings are left out."""
    box, states = predictions.c, session_states.c
    query = (
        select(box.id, box.session_id, box.label, box.score, states.site, states.starts_on)
        .join(session_states, and_(states.round_id == box.round_id, states.session_id == box.session_id))
        .where(box.set_id == set_id, box.round_id == round_id)
        .order_by(box.id)
    )
    return _as_drawable(connection.execute(query).all())


def _as_drawable(rows: Sequence[Any]) -> Sequence[Drawable]:
    return [Drawable(*row) for row in rows]


def list_drawable_answers(
    connection: Connection, round_id: str, *, annotator: str = "", label: str = ""
) -> list[DrawableAnswer]:
    """List the answers of a round that count and that can be judged, by id: those of a person, or with a label."""
    states = session_states.c
    query = select(states.answer_id, states.session_id, states.annotator).where(
        states.round_id == round_id, states.answer_id.is_not(None), states.outcome != Outcome.SKIPPED.value
    )
    if annotator:
        query = query.where(states.annotator == annotator)
    if label:
        has_label = select(annotations.c.submission_id).where(
            annotations.c.submission_id == states.answer_id, annotations.c.label == label
        )
        query = query.where(has_label.exists())
    return [DrawableAnswer(*row) for row in connection.execute(query.order_by(states.answer_id))]


def read_verdicts(connection: Connection, round_id: str, sample: VerificationSample) -> dict[str, Said]:
    """Read what is said about each prediction that was drawn, by its id."""
    wanted = [
        (session_id, each)
        for stratum in sample.strata
        for session_id, each in zip(stratum.session_ids, stratum.ids, strict=True)
    ]
    found: dict[str, Said] = {}
    for start in range(0, len(wanted), MAX_NAMED):
        part = wanted[start : start + MAX_NAMED]
        states = _read_states(connection, round_id, sorted({session_id for session_id, _ in part}))
        answers = sorted({row.answer_id for row in states.values() if row.answer_id and row.standing != REJECTED})
        said = _read_said(connection, answers, [each for _, each in part])
        for session_id, each in part:
            found[each] = said.get(each) or _say_nothing(states.get(session_id))
    return found


class _State(NamedTuple):
    """The answer of a session that counts, and what the session counts for."""

    answer_id: str | None
    standing: str


def _read_states(connection: Connection, round_id: str, session_ids: Sequence[str]) -> dict[str, "_State"]:
    states = session_states.c
    query = select(states.session_id, states.answer_id, states.standing).where(
        states.round_id == round_id, states.session_id.in_(session_ids)
    )
    return {row.session_id: _State(row.answer_id, row.standing) for row in connection.execute(query)}


def _read_said(connection: Connection, answers: Sequence[str], prediction_ids: Sequence[str]) -> dict[str, Said]:
    # By answer, of which each has few: a database that took both lists to its index would try all pairs.
    box, kept, removed = predictions.c, annotations.c, rejections.c
    told = (
        select(kept.prediction_id, kept.unsure, kept.origin, kept.label, box.label.label("predicted"))
        .join(predictions, box.id == kept.prediction_id)
        .where(kept.submission_id.in_(answers), beside_indexes(kept.prediction_id).in_(prediction_ids))
    )
    refused: Select[Any] = select(removed.prediction_id).where(
        removed.submission_id.in_(answers), beside_indexes(removed.prediction_id).in_(prediction_ids)
    )
    found = dict.fromkeys(connection.scalars(refused), Said.WRONG)
    for row in connection.execute(told):
        if row.origin == Origin.BULK.value:  # hardly looked at
            said = Said.LEFT_OUT
        elif row.unsure:
            said = Said.UNSURE
        else:
            said = Said.RIGHT if row.label == row.predicted else Said.WRONG
        found[row.prediction_id] = said
    return found


def _say_nothing(state: "_State | None") -> Said:
    """Say whether a prediction about which nothing is said can still be judged."""
    if state is None:  # its recording is archived
        return Said.LEFT_OUT
    return Said.LEFT_OUT if state.standing in CLOSED else Said.WAITING


class _EachSession(FunctionElement[str]):
    """The ids of sessions in the first stratum of a sample, as rows."""

    name = "each_session"
    inherit_cache = True


def _list_them(element: _EachSession, compiler: SQLCompiler, **options: Any) -> str:
    strata = compiler.process(element.clauses, **options)
    if compiler.dialect.name == "postgresql":
        return f"json_array_elements_text({strata} -> 0 -> 'session_ids')"
    return f"json_each({strata}, '$[0].session_ids')"


compiles(_EachSession)(_list_them)


def select_sessions(round_id: str, sample_id: str) -> Select[Any]:
    """Select the sessions whose answers were drawn for an audit, in the database's own terms."""
    drawn = _EachSession(verification_samples.c.strata).table_valued("value")
    return (
        select(drawn.c.value)
        .select_from(verification_samples.join(drawn, true()))
        .where(verification_samples.c.id == sample_id, verification_samples.c.round_id == round_id)
    )


class JudgedAnswer(NamedTuple):
    """An answer that was drawn, what its newest review says, and the labels of its boxes."""

    id: str
    session_id: str
    annotator: str
    said: Said
    labels: tuple[str, ...]


def read_judged_answers(connection: Connection, round_id: str, sample: VerificationSample) -> list[JudgedAnswer]:
    """Read what reviews say about each answer that was drawn, in the order of the draw."""
    ids = [each for stratum in sample.strata for each in stratum.ids]
    found: dict[str, JudgedAnswer] = {}
    for start in range(0, len(ids), MAX_NAMED):
        part = ids[start : start + MAX_NAMED]
        found.update({each.id: each for each in _read_judged(connection, round_id, part)})
    return [found[each] for each in ids if each in found]


def _read_judged(connection: Connection, round_id: str, ids: Sequence[str]) -> list[JudgedAnswer]:
    given, states = submissions.c, session_states.c
    verdicts: dict[str, str] = {}
    by_age = select(reviews.c.submission_id, reviews.c.verdict).where(reviews.c.submission_id.in_(ids))
    by_age = by_age.where(~reviews.c.withdrawn)
    for row in connection.execute(by_age.order_by(reviews.c.created_at, reviews.c.id)):
        verdicts[row.submission_id] = row.verdict
    labels: dict[str, list[str]] = {}
    of_boxes = select(annotations.c.submission_id, annotations.c.label).where(annotations.c.submission_id.in_(ids))
    for row in connection.execute(of_boxes.distinct().order_by(annotations.c.label)):
        labels.setdefault(row.submission_id, []).append(row.label)
    query = (
        select(given.id, given.session_id, given.annotator, states.answer_id)
        .outerjoin(session_states, and_(states.round_id == round_id, states.session_id == given.session_id))
        .where(given.id.in_(ids))
    )
    return [
        JudgedAnswer(
            row.id,
            row.session_id,
            row.annotator,
            _to_said(verdicts.get(row.id), is_newest=row.answer_id == row.id),
            tuple(labels.get(row.id, ())),
        )
        for row in connection.execute(query)
    ]


def _to_said(verdict: str | None, *, is_newest: bool) -> Said:
    if verdict is None:
        return Said.WAITING if is_newest else Said.LEFT_OUT
    return Said.RIGHT if verdict == "accept" else Said.WRONG
