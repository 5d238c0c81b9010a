"""Bulk acts in the database, and what follows from them: which answers were taken back."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from podcast_core.domain import bulk_act as folding
from podcast_core.domain.bulk_act import BulkAct, BulkDeed, How
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Submission
from podcast_core.storage import deriving, people, predictions, reviews
from podcast_core.storage.counting_answers import rank_submissions
from podcast_core.storage.schema import bulk_acts, sessions, submissions
from podcast_core.storage.schema import reviews as reviews_table
from podcast_core.storage.submissions import MAX_NAMED, list_counting

_NAMES = tuple(each.name for each in fields(BulkAct))
_OF_SESSION = tuple(sessions.c[name] for name in ("id", "recording_id", "channel", "start_s", "end_s", "archived"))


@dataclass(frozen=True, slots=True)
class Touched:
    """A session that a bulk act touches: the answer that counts (not a rejected one), how many it has, its predictions.

    ``newest_at`` is when the newest of all its answers was given. ``predictions`` are those that the page shows.
    """

    session: Session
    is_archived: bool
    answer: Submission | None
    revision: int
    newest_at: datetime | None
    predictions: tuple[Prediction, ...]


def add_acts(connection: Connection, new: Collection[BulkAct]) -> None:
    """Add acts that are not there yet; the answers that they made are added before (`submissions.add_submissions`)."""
    rows = [{name: getattr(act, name) for name in _NAMES} for act in new]
    for row in rows:
        row.update(deed=row["deed"].value, how=row["how"].value)
    people.add_named(connection, bulk_acts, rows)
    for act in new:
        if act.corrects:
            made, places = dict(list_made(connection, act.id)), list_places(connection, act.corrects)
            corrected = {each: made[place] for each, place in places.items() if place in made}
            reviews.add_reviews(connection, list(act.list_reviews(corrected)))


def list_acts(connection: Connection, round_id: str | None = None) -> list[BulkAct]:
    """List all bulk acts, or those of a round, the oldest first."""
    query = select(bulk_acts).order_by(bulk_acts.c.acted_at, bulk_acts.c.id)
    if round_id is not None:
        query = query.where(bulk_acts.c.round_id == round_id)
    return [_to_act(row._mapping) for row in connection.execute(query)]


def find_act(connection: Connection, act_id: str) -> BulkAct | None:
    """Find a bulk act by its id."""
    row = connection.execute(select(bulk_acts).where(bulk_acts.c.id == act_id)).one_or_none()
    return None if row is None else _to_act(row._mapping)


def apply(connection: Connection, round_id: str) -> None:
    """Write which answers of a round are taken back, as all of its acts say."""
    of_acts = (submissions.c.round_id == round_id, submissions.c.bulk_id != "")
    wanted = folding.find_taken_back(list_acts(connection, round_id))
    query = select(submissions.c.id).where(*of_acts, submissions.c.taken_back)
    known = set(connection.scalars(query))
    mark(connection, known - wanted, taken_back=False)
    mark(connection, wanted - known, taken_back=True)


def mark(connection: Connection, submission_ids: Iterable[str], *, taken_back: bool) -> None:
    """Write of answers that they are taken back, or count again."""
    touched: dict[str, list[str]] = defaultdict(list)
    for ids in chunk(sorted(submission_ids)):
        of_answers = submissions.c.id.in_(ids)
        connection.execute(update(submissions).where(of_answers).values(taken_back=taken_back))
        of_reviews = (reviews_table.c.corrected_id.in_(ids), reviews_table.c.act_id != "")
        connection.execute(update(reviews_table).where(*of_reviews).values(withdrawn=taken_back))
        query = select(submissions.c.round_id, submissions.c.session_id).where(of_answers)
        for round_id, session_id in connection.execute(query):
            touched[round_id].append(session_id)
    for round_id, session_ids in sorted(touched.items()):
        deriving.refresh(connection, round_id, session_ids)


def list_made(connection: Connection, act_id: str) -> list[tuple[str, str]]:
    """List the answers that an act made: session and id, by session."""
    query = select(submissions.c.session_id, submissions.c.id).where(submissions.c.bulk_id == act_id)
    return [(session_id, each) for session_id, each in connection.execute(query.order_by(submissions.c.session_id))]


def list_touched(connection: Connection, round_id: str, session_ids: Iterable[str]) -> dict[str, Touched]:
    """Find sessions of a round by id, with what a bulk act builds on.

    Sessions that the round does not have are not among them.
    """
    found: dict[str, Touched] = {}
    for ids in chunk(sorted(set(session_ids))):
        in_round = (sessions.c.round_id == round_id, sessions.c.id.in_(ids))
        rows = connection.execute(select(*_OF_SESSION).where(*in_round)).all()
        answers = list_counting(connection, round_id, ids)
        at = submissions.c.submitted_at
        counted = select(submissions.c.session_id, func.count(), func.max(at)).where(
            submissions.c.round_id == round_id, submissions.c.session_id.in_(ids)
        )
        grouped = connection.execute(counted.group_by(submissions.c.session_id))
        counts = {each: (int(count), newest_at) for each, count, newest_at in grouped}
        shown: dict[str, list[Prediction]] = defaultdict(list)
        for box in predictions.list_shown(connection, round_id, ids):
            shown[box.session_id].append(box)
        for row in rows:
            session = Session(
                round_id=round_id,
                id=row.id,
                recording_id=row.recording_id,
                channel=row.channel,
                start_s=row.start_s,
                end_s=row.end_s,
            )
            boxes = tuple(shown.get(row.id, ()))
            found[row.id] = Touched(session, row.archived, answers.get(row.id), *counts.get(row.id, (0, None)), boxes)
    return found


def list_places(connection: Connection, submission_ids: Iterable[str]) -> dict[str, str]:
    """Find the sessions of answers by their ids."""
    found: dict[str, str] = {}
    for ids in chunk(sorted(submission_ids)):
        query = select(submissions.c.id, submissions.c.session_id).where(submissions.c.id.in_(ids))
        found.update({each: session_id for each, session_id in connection.execute(query)})
    return found


def list_counting_ids(connection: Connection, round_id: str, session_ids: Iterable[str]) -> set[str]:
    """List the ids of the answers that count in some sessions, rejected ones too."""
    found: set[str] = set()
    for ids in chunk(sorted(set(session_ids))):
        ranked = rank_submissions(round_id, ids)
        found.update(connection.scalars(select(ranked.c.id).where(ranked.c.age == 1)))
    return found


def find_counting_again(connection: Connection, round_id: str, places: Mapping[str, str]) -> set[str]:
    """Find which answers, by id and session, would count if all of them were no longer taken back."""
    found: set[str] = set()
    for ids in chunk(sorted(set(places.values()))):
        here = set(ids)
        back = [each for each, session_id in places.items() if session_id in here]
        ranked = rank_submissions(round_id, ids, brought_back=back)
        found.update(connection.scalars(select(ranked.c.id).where(ranked.c.age == 1, ranked.c.id.in_(back))))
    return found


def chunk(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut what a statement names into as much as one can name."""
    return (values[start : start + MAX_NAMED] for start in range(0, len(values), MAX_NAMED))


def _to_act(row: Any) -> BulkAct:
    values = {name: row[name] for name in _NAMES}
    lists = {name: tuple(row[name]) for name in ("takes_back", "brings_back", "corrects")}
    return BulkAct(**{**values, **lists, "deed": BulkDeed(row["deed"]), "how": How(row["how"])})
