"""Submissions as plain values: added, compared and read by the hundred thousand without making nouns of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, func, select

from podcast_core.domain.prediction import Prediction
from podcast_core.domain.submission import Submission
from podcast_core.storage import people, rounds
from podcast_core.storage.many_rows import insert_many
from podcast_core.storage.schema import annotations, passed_over, prediction_sets, predictions, rejections, submissions

MAX_NAMED = 1_000  # in one statement
FIELDS = tuple(column.name for column in submissions.c)  # as the nouns have them, too
_NOT_SAID = ("submission_id", "position", "given_label")
OF_BOX = tuple(column.name for column in annotations.c if column.name not in _NOT_SAID)
OF_PREDICTION = ("id", "session_id", "start_s", "end_s", "low_hz", "high_hz", "label", "score", "model")
_OF_LINK = ("submission_id", "prediction_id")
_take_fields, _take_box, _take_prediction = attrgetter(*FIELDS), attrgetter(*OF_BOX), attrgetter(*OF_PREDICTION)
_ID, _ROUND, _SESSION, _WHO = (FIELDS.index(name) for name in ("id", "round_id", "session_id", "annotator"))
_START, _END, _LABEL, _PREDICTION = (OF_BOX.index(name) for name in ("start_s", "end_s", "label", "prediction_id"))
_LABEL_OF_PREDICTION = OF_PREDICTION.index("label")
_OF_THE_TRY = {FIELDS.index(name) for name in ("submitted_at", "beside", "base_revision", "taken_back")}
_OF_CONTENT = itemgetter(*(at for at in range(len(FIELDS)) if at not in _OF_THE_TRY))
_SAID = itemgetter(*(at for at, name in enumerate(FIELDS) if name != "taken_back"))  # which follows from acts

Values = tuple[Any, ...]


class Origin(NamedTuple):
    """The round of a submission, and the bulk act that made it (empty: none)."""

    round_id: str
    bulk_id: str


Ids = Mapping[str, Origin]


class AnswerRow(NamedTuple):
    """A submission: its values in the order of `FIELDS`, those of its boxes (`OF_BOX`) and of predictions it names."""

    fields: Values
    boxes: tuple[Values, ...]
    rejected: tuple[Values, ...]
    unreviewed: tuple[Values, ...]

    @property
    def id(self) -> str:
        """The submission's id."""
        return str(self.fields[_ID])

    @property
    def place(self) -> tuple[str, str]:
        """Its round and session."""
        return self.fields[_ROUND], self.fields[_SESSION]

    @property
    def annotator(self) -> str:
        """Who gave the answer."""
        return str(self.fields[_WHO])

    @property
    def labels(self) -> set[str]:
        """The labels of its boxes."""
        return {box[_LABEL] for box in self.boxes}

    @property
    def content(self) -> Values:
        """What it says, whenever it was imported."""
        return (_OF_CONTENT(self.fields), *self[1:])

    @property
    def named(self) -> list[str]:
        """The predictions that it names."""
        taken = [box[_PREDICTION] for box in self.boxes if box[_PREDICTION]]
        return taken + [each[0] for each in (*self.rejected, *self.unreviewed)]

    def leaves(self, start_s: float, end_s: float) -> bool:
        """Tell whether a box lies outside a stretch."""
        for box in self.boxes:  # noqa: SIM110  # a generator takes twice as long
            if box[_END] <= start_s or box[_START] >= end_s:
                return True
        return False

    def says_as(self, other: "AnswerRow") -> bool:
        """Tell whether two say the same; what follows from acts is not asked."""
        return bool(_SAID(self.fields) == _SAID(other.fields)) and self[1:] == other[1:]

    def renamed(self, names: Mapping[str, str]) -> "AnswerRow":
        """Give labels the names that they have now."""
        if not names:
            return self
        others = (_rename(each, _LABEL_OF_PREDICTION, names) for each in (self.rejected, self.unreviewed))
        return AnswerRow(self.fields, _rename(self.boxes, _LABEL, names), *others)

    def called(self, names: Mapping[str, str]) -> "AnswerRow":
        """Give the annotator the name that they have now."""
        if self.annotator not in names:
            return self
        return self._replace(fields=(*self.fields[:_WHO], names[self.annotator], *self.fields[_WHO + 1 :]))


def to_row(answer: Submission) -> AnswerRow:
    """Make the values of a submission; predictions by their ids, since lists that are sets have no order."""
    named = (_to_named(each) for each in (answer.rejected, answer.unreviewed))
    return AnswerRow(_take_fields(answer), tuple(map(_take_box, answer.annotations)), *named)


def add_rows(connection: Connection, rows: Sequence[AnswerRow]) -> None:
    """Add submissions that are not there yet; what follows from them is not written."""
    now = people.find_names(connection)
    insert_many(connection, submissions, FIELDS, (row.called(now).fields for row in rows))
    # After the first row, so that who renames a label waits for this transaction, or this one sees the new name.
    names = {each: rounds.find_names(connection, each) for each in {row.fields[_ROUND] for row in rows}}
    boxes = (
        (row.fields[_ID], position, *box, said[_LABEL] if said[_LABEL] != box[_LABEL] else None)
        for row in rows
        for position, (said, box) in enumerate(
            zip(row.boxes, _rename(row.boxes, _LABEL, names[row.fields[_ROUND]]), strict=True)
        )
    )
    insert_many(connection, annotations, ("submission_id", "position", *OF_BOX, "given_label"), boxes)
    insert_many(connection, rejections, _OF_LINK, ((row.fields[_ID], box[0]) for row in rows for box in row.rejected))
    left = ((row.fields[_ID], box[0]) for row in rows for box in row.unreviewed)
    insert_many(connection, passed_over, _OF_LINK, left)


def read_rows(connection: Connection, submission_ids: Collection[str]) -> dict[str, AnswerRow]:
    """Read submissions by their ids; those that are not there are not among them."""
    wanted, found = sorted(submission_ids), {}
    for ids in (wanted[start : start + MAX_NAMED] for start in range(0, len(wanted), MAX_NAMED)):
        boxes: dict[str, list[Values]] = defaultdict(list)
        said = {"label": func.coalesce(annotations.c.given_label, annotations.c.label).label("label")}
        columns = (annotations.c.submission_id, *(said.get(name, annotations.c[name]) for name in OF_BOX))
        query = select(*columns).where(annotations.c.submission_id.in_(ids))
        for row in connection.execute(query.order_by(annotations.c.submission_id, annotations.c.position)):
            boxes[row[0]].append(tuple(row[1:]))
        rejected, left = (_read_named(connection, links, ids) for links in (rejections, passed_over))
        for row in connection.execute(select(submissions).where(submissions.c.id.in_(ids))):
            told = (tuple(each.get(row[_ID], ())) for each in (boxes, rejected, left))
            found[str(row[_ID])] = AnswerRow(tuple(row), *told)
    return found


def list_ids(connection: Connection) -> Ids:
    """List the ids of all submissions, with where each is from."""
    origins: dict[tuple[str, str], Origin] = {}  # few, so that a million answers share them
    query = select(submissions.c.id, submissions.c.round_id, submissions.c.bulk_id)
    return {each: origins.setdefault((*it,), Origin(*it)) for each, *it in connection.execute(query)}


def _read_named(connection: Connection, links: Table, ids: Sequence[str]) -> dict[str, list[Values]]:
    """Read the predictions that submissions name in a table of links."""
    columns = (predictions.c[name] for name in OF_PREDICTION[:-1])
    query = (
        select(links.c.submission_id, *columns, prediction_sets.c.model)
        .join(predictions, predictions.c.id == links.c.prediction_id)
        .join(prediction_sets, prediction_sets.c.id == predictions.c.set_id)
        .where(links.c.submission_id.in_(ids))
        .order_by(predictions.c.id)
    )
    found: dict[str, list[Values]] = defaultdict(list)
    for row in connection.execute(query):
        found[row[0]].append(tuple(row[1:]))
    return found


def _to_named(named: Iterable[Prediction]) -> tuple[Values, ...]:
    return tuple(sorted(map(_take_prediction, named), key=itemgetter(0)))


def _rename(boxes: tuple[Values, ...], at: int, names: Mapping[str, str]) -> tuple[Values, ...]:
    if not names:
        return boxes
    return tuple((*box[:at], names[box[at]], *box[at + 1 :]) if box[at] in names else box for box in boxes)
