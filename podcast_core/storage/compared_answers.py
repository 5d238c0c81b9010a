"""Answers of several people to the same sessions, read without the answers as a whole.

Compared is the newest answer of each person that says what is in the whole session (labelled or empty) and was not
rejected in review. Answers made in bulk are left out: what they add was hardly looked at, and the rest is somebody
else's. Where models are compared with people, what a model predicts in a session is its answer: it has searched all of
it, and a session without a prediction is empty for it. Skips say nothing, and gold is no answer of its own: it decides
between these.
"""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, compress, count, repeat
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from podcast_core.domain.standing import REJECTED, SEARCHED
from podcast_core.domain.submission import Outcome
from podcast_core.storage.counting_answers import is_gold, rejected_answers
from podcast_core.storage.derived_queries import to_day
from podcast_core.storage.prepared import Prepared
from podcast_core.storage.schema import annotations, prediction_sets, predictions, session_states, sessions, submissions
from podcast_core.storage.shown_predictions import newest_sets

MAX_NAMED = 1_000  # in one statement
AT_ONCE = 500  # rows: measured, they stay in the cache of a processor until they are in columns
SCANNED = 4  # measured: to look up the boxes of an answer takes so much longer than to read them in a row


Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class GivenBoxes:
    """Boxes of answers, shape (boxes,) each, in seconds from the start of the recording.

    ``answer`` is the place of the answer, ``label`` that of the label in ``labels``; ``band_hz``, shape (boxes, 2), is
    NaN where a box has no band.
    """

    answer: NDArray[np.int64]
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    band_hz: NDArray[np.float64]
    label: NDArray[np.int64]
    labels: tuple[str, ...]

    @classmethod
    def of(cls, rows: Iterable[Sequence[Row]], places: Mapping[str, int]) -> "GivenBoxes":
        """Make them of rows, some thousand at once: what names the answer, start, end, perhaps low and high, label.

        ``places`` says where the answers are, by their names; boxes of others are left out.
        """
        labels = _Places()
        return cls._of_parts([_Part.of(some, places, labels) for some in rows], labels)

    @classmethod
    def _of_parts(cls, parts: Sequence["_Part"], labels: "_Places") -> "GivenBoxes":
        answer, start_s, end_s, band_hz, label = (np.concatenate(each) for each in zip(_NO_BOXES, *parts, strict=True))
        return cls(answer, start_s, end_s, band_hz, label, tuple(labels))

    @classmethod
    def join(cls, boxes: Sequence["GivenBoxes"], answer_counts: Sequence[int]) -> "GivenBoxes":
        """Put boxes together whose answers stand one after the other, so many of each."""
        labels = _Places()
        before = np.cumsum([0, *answer_counts[:-1]])
        parts = []
        for each, first in zip(boxes, before, strict=True):
            places = np.array([labels[label] for label in each.labels], np.int64)
            label = places[each.label] if len(places) else each.label
            parts.append(_Part(each.answer + first, each.start_s, each.end_s, each.band_hz, label))
        return cls._of_parts(parts, labels)

    def of_answers(self, places: NDArray[np.int64], count: int) -> "GivenBoxes":
        """Keep those of the answers at these places, of ``count`` answers; they are numbered by these."""
        where = np.full(count, -1, np.int64)
        where[places] = np.arange(len(places))
        kept = np.flatnonzero(where[self.answer] >= 0)
        return GivenBoxes(
            where[self.answer[kept]],
            self.start_s[kept],
            self.end_s[kept],
            self.band_hz[kept],
            self.label[kept],
            self.labels,
        )


@dataclass(frozen=True, slots=True)
class GivenAnswers:
    """Answers with where their sessions lie in the recording, in columns, shape (answers,) each, and their boxes.

    ``base_revision`` is -1 for a model; ``answered_on`` is the day (UTC).
    """

    ids: Sequence[str]
    session_ids: Sequence[str]
    annotators: Sequence[str]
    base_revision: NDArray[np.int64]
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    answered_on: NDArray[np.datetime64]
    boxes: GivenBoxes

    def __len__(self) -> int:
        """Count the answers."""
        return len(self.ids)

    def by(self, people: Collection[str]) -> "GivenAnswers":
        """Keep the answers of some people."""
        places = np.flatnonzero([name in people for name in self.annotators])
        listed = places.tolist()
        return GivenAnswers(
            [self.ids[at] for at in listed],
            [self.session_ids[at] for at in listed],
            [self.annotators[at] for at in listed],
            self.base_revision[places],
            self.start_s[places],
            self.end_s[places],
            self.answered_on[places],
            self.boxes.of_answers(places, len(self)),
        )


class _Places(dict[str, int]):
    """Where each text stands among those that were asked for, by when they were first."""

    def __missing__(self, text: str) -> int:
        self[text] = place = len(self)
        return place


class _Part(NamedTuple):
    """Columns of some boxes."""

    answer: NDArray[np.int64]
    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    band_hz: NDArray[np.float64]
    label: NDArray[np.int64]

    @classmethod
    def of(cls, rows: Sequence[Row], places: Mapping[str, int], labels: _Places) -> "_Part":
        ids, starts, ends, *bands, names = zip(*rows, strict=True)
        answer = np.fromiter(map(places.get, ids, repeat(-1)), np.int64, len(rows))
        band_hz = np.full((len(rows), 2), np.nan)
        for at, column in enumerate(bands):
            band_hz[:, at] = np.array(column, np.float64)
        is_kept = answer >= 0
        if not is_kept.all():
            names = tuple(compress(names, is_kept))
        label = np.fromiter(map(labels.__getitem__, names), np.int64, len(names))
        start_s, end_s = (np.array(each, np.float64)[is_kept] for each in (starts, ends))
        return cls(answer[is_kept], start_s, end_s, band_hz[is_kept], label)


_NO_BOXES = _Part(np.zeros(0, np.int64), np.zeros(0), np.zeros(0), np.zeros((0, 2)), np.zeros(0, np.int64))


def name_model(model: str) -> str:
    """Name a model among people."""
    return f"{model} (model)"


def read_compared(
    connection: Connection,
    round_id: str,
    *,
    people_count: int = 2,
    session_ids: Sequence[str] | None = None,
    with_bands: bool = True,
) -> GivenAnswers:
    """Read the answers of sessions that so many people or more have searched, by session and name, and their boxes.

    With ``session_ids``, some thousand at most, only those of these sessions; without bands, boxes come without their
    frequencies, in less time.
    """
    rows = _fetch(connection, _select_answers(connection.dialect.name, round_id, people_count, session_ids))
    columns = zip(*(zip(*some, strict=True) for some in rows), strict=True)
    ids, answered, names, bases, starts, ends, days, outcomes = [
        list(chain.from_iterable(each)) for each in columns
    ] or [[] for _ in range(8)]
    people, of_sessions = sorted(set(names)), sorted(set(answered))
    key = find_places(answered, of_sessions) * len(people) + find_places(names, people)
    newest = np.full(len(of_sessions) * len(people), -1, np.int64)
    newest[key] = np.arange(len(key))  # the last one of somebody is the newest
    rejected = _find_rejected(connection, round_id, session_ids)
    places = [at for at in newest[newest >= 0].tolist() if outcomes[at] in SEARCHED and ids[at] not in rejected]
    ids, answered, names, days = ([each[at] for at in places] for each in (ids, answered, names, days))
    moments = {day: np.datetime64(day, "D") for day in set(days)}
    start_s, end_s = (np.array(each, np.float64)[places] for each in (starts, ends))
    return GivenAnswers(
        ids,
        answered,
        names,
        np.array(bases, np.int64)[places],
        start_s,
        end_s,
        np.fromiter(map(moments.__getitem__, days), "datetime64[D]", len(days)),
        _read_boxes(connection, round_id, ids, session_ids, with_bands=with_bands),
    )


def find_places(values: Sequence[Hashable], among: Sequence[Hashable]) -> NDArray[np.int64]:
    """Find each value's place among some, shape (values,)."""
    places = {value: at for at, value in enumerate(among)}
    return np.fromiter(map(places.__getitem__, values), np.int64, len(values))


def _select_answers(dialect: str, round_id: str, people_count: int, session_ids: Sequence[str] | None) -> Select[Any]:
    """Select all that people said about the whole of sessions, the oldest of a session first."""
    states, said = session_states.c, submissions.c
    given = (said.id, said.session_id, said.annotator, said.base_revision, sessions.c.start_s, sessions.c.end_s)
    stands = (~said.taken_back, ~said.calibrates, ~is_gold(submissions))
    says = (said.outcome != Outcome.SKIPPED.value, said.bulk_id == "", *stands)
    several = [states.round_id == round_id, states.people_count >= people_count]
    if session_ids is not None:
        several.append(states.session_id.in_(session_ids))
    return (
        select(*given, to_day(dialect, said.submitted_at), said.outcome)
        .join_from(
            session_states,
            submissions,
            and_(said.round_id == states.round_id, said.session_id == states.session_id),
        )
        .join(sessions, and_(sessions.c.round_id == states.round_id, sessions.c.id == states.session_id))
        .where(*several, *says)
        .order_by(said.round_id, said.session_id, said.submitted_at, said.id)
    )


def _find_rejected(connection: Connection, round_id: str, session_ids: Sequence[str] | None) -> set[str]:
    found = rejected_answers(round_id)
    if session_ids is not None:
        found = found.where(submissions.c.session_id.in_(session_ids))
    return set(connection.scalars(found))


def _read_boxes(
    connection: Connection,
    round_id: str,
    answer_ids: Sequence[str],
    session_ids: Sequence[str] | None,
    *,
    with_bands: bool,
) -> GivenBoxes:
    """Read the boxes of answers: of few by their names; else of some sessions, or of the round.

    Of a round, SQLite scans all boxes there are, if that is less.

    It looks up each answer of a round, and then each of its boxes.
    """
    boxes = annotations.c
    bands = (boxes.low_hz, boxes.high_hz) if with_bands else ()
    query = select(boxes.submission_id, boxes.start_s, boxes.end_s, *bands, boxes.label)
    if len(answer_ids) <= MAX_NAMED:
        query = query.where(boxes.submission_id.in_(answer_ids))
    elif session_ids is not None:
        query = query.join(submissions, submissions.c.id == boxes.submission_id)
        query = query.where(submissions.c.round_id == round_id, submissions.c.session_id.in_(session_ids))
    elif connection.dialect.name != "sqlite" or SCANNED * len(answer_ids) < _guess_answers(connection):
        query = query.join(submissions, submissions.c.id == boxes.submission_id)
        query = query.where(submissions.c.round_id == round_id)
    return GivenBoxes.of(_fetch(connection, query), dict(zip(answer_ids, count(), strict=False)))


def _guess_answers(connection: Connection) -> int:
    """Guess how many answers SQLite has, without counting them."""
    return connection.execute(select(func.max(literal_column("rowid"))).select_from(submissions)).scalar() or 0


def _fetch(connection: Connection, query: Select[Any]) -> Iterator[list[Row]]:
    """Fetch rows as the driver gives them, of which there may be a million: some at once, so that few lie in memory."""
    result = Prepared(connection, query).execute(connection)
    while result.cursor is not None and (rows := result.cursor.fetchmany(AT_ONCE)):
        yield list(rows)


def read_predicted(
    connection: Connection, round_id: str, model: str, among: GivenAnswers, *, min_score: float
) -> GivenAnswers:
    """Read what a model predicts in the sessions of answers, with ``min_score`` or without a score, as its answers."""
    of_sessions = {session_id: at for at, session_id in enumerate(among.session_ids)}
    session_ids, places = list(of_sessions), list(of_sessions.values())
    columns = [predictions.c[name] for name in ("start_s", "end_s", "low_hz", "high_hz", "label")]
    counts = or_(predictions.c.score.is_(None), predictions.c.score >= min_score)
    query = (
        select(predictions.c.session_id, *columns)
        .join(prediction_sets, prediction_sets.c.id == predictions.c.set_id)
        .where(predictions.c.set_id.in_(newest_sets(round_id)), prediction_sets.c.model == model, counts)
    )
    name = name_model(model)
    return GivenAnswers(
        [f"{name}/{each}" for each in session_ids],
        session_ids,
        [name] * len(places),
        np.full(len(places), -1, np.int64),
        among.start_s[places],
        among.end_s[places],
        among.answered_on[places],
        GivenBoxes.of(_fetch(connection, query), dict(zip(session_ids, count(), strict=False))),
    )


def list_models(connection: Connection, round_id: str) -> list[str]:
    """List the models whose predictions the round has."""
    query = select(prediction_sets.c.model).where(prediction_sets.c.round_id == round_id).distinct()
    return sorted(connection.scalars(query))


def find_settled(connection: Connection, round_id: str, session_ids: Sequence[str]) -> set[str]:
    """Find those of some sessions about which somebody has decided, and nobody has answered since."""
    query = _select_settled(round_id, session_states.c.session_id)
    if len(session_ids) <= MAX_NAMED:
        return set(connection.scalars(query.where(session_states.c.session_id.in_(session_ids))))
    return set(connection.scalars(query)).intersection(session_ids)  # gold is rare


def count_settled(connection: Connection, round_id: str) -> int:
    """Count the sessions of a round that `find_settled` would find."""
    return connection.scalar(_select_settled(round_id, func.count())) or 0


def _select_settled(round_id: str, what: ColumnElement[Any]) -> Select[Any]:
    """Select from the gold of a round that counts and is newer than all other answers of its session."""
    columns = (submissions.c[name] for name in ("id", "session_id", "submitted_at"))
    # It is looked up first: there is little of it, and an index has nothing else.
    gold = select(*columns).where(submissions.c.round_id == round_id, is_gold(submissions)).cte("gold")
    gold = gold.prefix_with("MATERIALIZED")
    states, later = session_states.c, submissions.alias("later")
    answered_since = exists().where(
        later.c.round_id == round_id,
        later.c.session_id == gold.c.session_id,
        later.c.submitted_at > gold.c.submitted_at,
        later.c.outcome.in_(SEARCHED),
        later.c.bulk_id == "",
        ~later.c.taken_back,
        ~later.c.calibrates,
        ~is_gold(later),
    )
    counts = and_(states.round_id == round_id, states.session_id == gold.c.session_id, states.answer_id == gold.c.id)
    return (
        select(what).select_from(gold).join(session_states, counts).where(states.standing != REJECTED, ~answered_since)
    )
