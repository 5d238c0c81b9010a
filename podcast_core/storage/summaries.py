"""Sessions of a round in one line each, as lists show them: filtered, sorted and in parts, without reading the rest."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)

from podcast_core.domain.annotation import Origin
from podcast_core.domain.person import call_now
from podcast_core.domain.review import Verdict
from podcast_core.domain.summary import Judgement, Selection, SessionSummary, Tally
from podcast_core.storage import keyset, people, remarks, tallies, verification_samples
from podcast_core.storage.counting_answers import is_gold, rank_submissions
from podcast_core.storage.schema import annotations, reviews, session_boxes, session_states, submissions

US, HOUR_S = 1_000_000, 3600
MAX_NAMED = 1_000  # in one statement
FEW = 4_000  # rows of sessions that are looked up by their ids in less time than it takes to go through all of a round
EVERYTHING = Selection()
_STATE, _BOX = session_states.c, session_boxes.c
_NEW: ColumnElement[str] = literal_column(f"'{Origin.NEW}'")  # no parameter: else the index of others is not taken
_PLACE = (_STATE.position, _STATE.session_id)


@dataclass(frozen=True, slots=True)
class _Sort:
    """What sessions are sorted by, which of them have it, and whether the largest comes first."""

    column: ColumnElement[Any]
    has_it: ColumnElement[bool]
    is_descending: bool = False


_SORTS = {
    "newest": _Sort(_STATE.answered_at, _STATE.answered_at.is_not(None), is_descending=True),
    "oldest": _Sort(_STATE.answered_at, _STATE.answered_at.is_not(None)),
    "lowest score": _Sort(_STATE.lowest_score, _STATE.lowest_score.is_not(None)),
    "unsure boxes": _Sort(_STATE.unsure_count, _STATE.unsure_count > 0, is_descending=True),
    "annotator": _Sort(_STATE.annotator_key, _STATE.annotator_key != ""),
}


def list_summaries(
    connection: Connection,
    round_id: str,
    selection: Selection = EVERYTHING,
    *,
    limit: int | None = None,
    offset: int = 0,
    after: Sequence[Any] | None = None,
) -> list[SessionSummary]:
    """List sessions of a round, ``limit`` of them (None: to the end) after the first ``offset``.

    Or, with ``after``, after the session that `name_place` gave this name; it need not be there any more.
    """
    rows: list[Row[Any]] = []
    skipped = 0
    selection = with_present_name(connection, selection)
    query = _filter_states(connection, select(session_states), round_id, selection)
    if after is None:
        parts = _list_parts(query, selection)
    else:
        parts, offset = _list_beyond(query, selection.sort, _read_place(after, selection.sort), backwards=False), 0
    for part in parts:
        left = None if limit is None else limit - len(rows)
        if left is None or left > 0:
            found = connection.execute(part.limit(left).offset(max(0, offset - skipped))).all()
            rows += found
            if not found and offset > skipped:
                skipped += _count(connection, part)
            elif found:
                skipped = offset
    boxes = _list_tallies(connection, round_id, None if limit is None else [row.session_id for row in rows])
    return [_to_summary(row, boxes.get(row.session_id, ())) for row in rows]


def name_place(summary: SessionSummary, sort: str) -> tuple[Any, int, str]:
    """Name the place of a session in a list: what it is sorted by (None: it has none of that), position and id."""
    values = {
        "newest": summary.submitted_at,
        "oldest": summary.submitted_at,
        "lowest score": summary.lowest_score,
        "unsure boxes": summary.unsure_count or None,
        "annotator": _to_key(summary.annotator) or None,
    }
    return values.get(sort), summary.position, summary.session_id


def list_places(connection: Connection, round_id: str, outcome: str | None, limit: int) -> list[tuple[int, str]]:
    """List the first sessions of a round in the queue, or those with an outcome: position and id."""
    query = select(*_PLACE).where(_STATE.round_id == round_id).order_by(*_PLACE).limit(limit)
    if outcome is not None:
        query = query.where(_STATE.outcome == outcome)
    return [(row.position, row.session_id) for row in connection.execute(query)]


def count_summaries(connection: Connection, round_id: str, selection: Selection = EVERYTHING) -> int:
    """Count the sessions of `list_summaries`; one by one where no sum is kept of what the selection asks for."""
    selection = with_present_name(connection, selection)
    if selection == Selection(sort=selection.sort, is_open=True):
        return tallies.count_open(connection, round_id)
    if selection.is_tallied:
        return count_tallied(connection, round_id, selection, "review", selection.label or "")
    return _count(connection, _filter_states(connection, select(session_states), round_id, selection))


def count_tallied(connection: Connection, round_id: str, selection: Selection, measure: str, label: str | None) -> int:
    """Count what fits a selection, by the sums of a measure by outcome, verdict and annotator; None: of any label."""
    sums = tallies.list_sums(connection, round_id, measure, label=label)
    return sum(count for group, _, count, _ in sums if _matches(selection, *group.split("/", 2)))


def count_verdicts(connection: Connection, round_id: str, selection: Selection = EVERYTHING) -> dict[str, int]:
    """Count the sessions of a selection, whatever verdict it asks for, by their `SessionSummary.review_state`."""
    anyhow = replace(with_present_name(connection, selection), verdict=None)
    if not selection.is_tallied:
        query = _filter_states(connection, select(_STATE.review_state, func.count()), round_id, anyhow)
        counted = connection.execute(query.group_by(_STATE.review_state))
        return {state: int(count) for state, count in counted}
    counts: dict[str, int] = defaultdict(int)
    for group, _, count, _ in tallies.list_sums(connection, round_id, "review", label=selection.label or ""):
        if _matches(anyhow, *group.split("/", 2)):
            counts[group.split("/", 2)[1]] += count
    return dict(counts)


def list_annotators(connection: Connection, round_id: str) -> list[str]:
    """List whose answers count somewhere in a round, skips too."""
    groups = tallies.list_sums(connection, round_id, "review", label="")
    return sorted({group.split("/", 2)[2] for group, *_ in groups} - {""})


def list_compared(connection: Connection, round_id: str, *, limit: int | None = None) -> list[str]:
    """List the sessions that several people have searched, or some of them."""
    query = select(_STATE.session_id).where(_STATE.round_id == round_id, _STATE.people_count > 1).limit(limit)
    return list(connection.scalars(query))


def list_named(connection: Connection, round_id: str, session_ids: Sequence[str]) -> list[SessionSummary]:
    """List some sessions of a round by their ids, in the order of the queue; those that are not there are left out."""
    found: list[SessionSummary] = []
    for start in range(0, len(session_ids), MAX_NAMED):
        ids = session_ids[start : start + MAX_NAMED]
        query = select(session_states).where(_STATE.round_id == round_id, _STATE.session_id.in_(ids))
        boxes = _list_tallies(connection, round_id, ids)
        found += [_to_summary(row, boxes.get(row.session_id, ())) for row in connection.execute(query)]
    return sorted(found, key=lambda each: (each.position, each.session_id))


def find_summary(connection: Connection, round_id: str, session_id: str) -> SessionSummary | None:
    """Find one session of a round that is not archived."""
    row = connection.execute(_of_session(round_id, session_id)).one_or_none()
    return (
        None
        if row is None
        else _to_summary(row, _list_tallies(connection, round_id, [session_id]).get(row.session_id, ()))
    )


def find_neighbours(
    connection: Connection, round_id: str, selection: Selection, session_id: str
) -> tuple[str | None, str | None]:
    """Find the listed sessions before and after one, which need not be listed itself; None where there is none."""
    here = connection.execute(_of_session(round_id, session_id)).one_or_none()
    if here is None:
        return None, None
    query = _filter_states(connection, select(_STATE.session_id), round_id, with_present_name(connection, selection))
    value = _value_of(here, _SORTS[selection.sort]) if selection.sort in _SORTS else None
    place = _Place(value, here.position, here.session_id)
    before, after = (_list_beyond(query, selection.sort, place, backwards=back) for back in (True, False))
    return _find_first(connection, before), _find_first(connection, after)


def list_following(
    connection: Connection, round_id: str, selection: Selection, session_id: str, limit: int
) -> list[str]:
    """List the ids of the next listed sessions after one, which need not be listed itself."""
    here = connection.execute(_of_session(round_id, session_id)).one_or_none()
    found: list[str] = []
    if here is None:
        return found
    value = _value_of(here, _SORTS[selection.sort]) if selection.sort in _SORTS else None
    query = _filter_states(connection, select(_STATE.session_id), round_id, with_present_name(connection, selection))
    parts = _list_beyond(query, selection.sort, _Place(value, here.position, here.session_id), backwards=False)
    for part in parts:
        if len(found) < limit:
            found += connection.scalars(part.limit(limit - len(found)))
    return found


class _Place(NamedTuple):
    """The place of a session in a list, see `name_place`."""

    value: Any
    position: int
    session_id: str


def _read_place(after: Sequence[Any], sort: str) -> _Place:
    """Read what `name_place` wrote; InvalidInput for anything else."""
    value = after[0] if after else None
    sorted_by = [] if value is None or sort not in _SORTS else [_SORTS[sort].column]
    keyset.check_keys(after if sorted_by else after[1:], [*sorted_by, *_PLACE])
    return _Place(*after)


def _list_beyond(query: Select[Any], sort: str, here: _Place, *, backwards: bool) -> list[Select[Any]]:
    """List queries of the sessions beyond one: first those that are equal to it, then others, then those without."""
    place = tuple_(*_PLACE)
    mine = (here.position, here.session_id)
    beyond = place < mine if backwards else place > mine
    in_place = [each.desc() if backwards else each.asc() for each in _PLACE]
    if sort not in _SORTS:
        return [query.where(beyond).order_by(*in_place)]
    by = _SORTS[sort]
    lacks = ~by.has_it
    value = here.value
    upwards = by.is_descending == backwards
    key = by.column.asc() if upwards else by.column.desc()
    others = query.where(by.has_it).order_by(key, *in_place)
    if value is None:
        same = query.where(lacks, beyond).order_by(*in_place)
        return [same, others] if backwards else [same]
    same = query.where(by.column == value, by.has_it, beyond).order_by(*in_place)
    further = others.where(by.column > value if upwards else by.column < value)
    return [same, further] if backwards else [same, further, query.where(lacks).order_by(*in_place)]


def _value_of(row: Row[Any], by: _Sort) -> Any:
    value = row._mapping[by.column]
    return value or None if by.column is not _STATE.lowest_score else value


def _find_first(connection: Connection, queries: Sequence[Select[Any]]) -> str | None:
    """Find the first session of the first query that has one."""
    for query in queries:
        found: str | None = connection.execute(query.limit(1)).scalar()
        if found is not None:
            return found
    return None


def _of_session(round_id: str, session_id: str) -> Select[Any]:
    return select(session_states).where(_STATE.round_id == round_id, _STATE.session_id == session_id)


def filter_states(query: Select[Any], round_id: str, selection: Selection) -> Select[Any]:
    """Take those rows of ``session_states`` that a selection wants."""
    query = query.where(_STATE.round_id == round_id)
    wanted: tuple[tuple[ColumnElement[Any], Any], ...] = (
        (_STATE.outcome, selection.outcome),
        (_STATE.annotator, selection.annotator),
        (_STATE.annotator_key, selection.annotator and _to_key(selection.annotator)),  # which has an index
        (_STATE.review_state, selection.verdict),
        (_STATE.recording_id, selection.recording_id),
        (_STATE.is_open, selection.is_open),
        (_STATE.site, selection.site),
    )
    query = query.where(*(column == value for column, value in wanted if value is not None))
    of_box = [(_BOX.label, selection.label), (_BOX.origin, selection.origin)]
    of_box = [(column, value) for column, value in of_box if value is not None]
    if of_box:
        of_session = (_BOX.round_id == _STATE.round_id, _BOX.session_id == _STATE.session_id)
        query = query.where(exists().where(*of_session, *(column == value for column, value in of_box)))
    return query.where(*_list_conditions(round_id, selection))


def _filter_states(connection: Connection, query: Select[Any], round_id: str, selection: Selection) -> Select[Any]:
    """Filter as `filter_states`; where few sessions can be wanted, by their ids."""
    few = _find_few(connection, round_id, selection)
    query = filter_states(query, round_id, selection)
    return query if few is None else query.where(_STATE.session_id.in_(few))


def _find_few(connection: Connection, round_id: str, selection: Selection) -> list[str] | None:
    """Find all sessions with boxes of the origin that a selection asks for; None where it asks for none, or has many.

    Boxes that people drew themselves are many, and not in the index.
    """
    if selection.origin in (None, Origin.NEW):
        return None
    of_origin = (_BOX.round_id == round_id, _BOX.origin == selection.origin, _BOX.origin != _NEW)
    found = connection.scalars(select(_BOX.session_id).where(*of_origin).limit(FEW + 1)).all()
    return list(dict.fromkeys(found)) if len(found) <= FEW else None


def _list_conditions(round_id: str, selection: Selection) -> Iterator[ColumnElement[bool]]:
    """List what a selection asks of a session's time and score, and of what people said."""
    if selection.date_from is not None or selection.date_to is not None:
        yield _STATE.starts_on != ""
    if selection.date_from is not None:
        yield _STATE.starts_on >= selection.date_from.isoformat()
    if selection.date_to is not None:
        yield _STATE.starts_on <= selection.date_to.isoformat()
    if selection.hour_from is not None and selection.hour_to is not None:
        hour = (cast(func.floor(_STATE.starts_at_s / HOUR_S), BigInteger) % 24 + 24) % 24  # before 1970, too
        both = (hour >= selection.hour_from, hour <= selection.hour_to)
        yield and_(*both) if selection.hour_from <= selection.hour_to else or_(*both)
    if selection.score_from is not None:
        yield _STATE.lowest_score >= selection.score_from
    if selection.score_to is not None:
        yield _STATE.lowest_score <= selection.score_to
    yield from _list_said(round_id, selection)


def _list_said(round_id: str, selection: Selection) -> Iterator[ColumnElement[bool]]:
    """List what a selection asks of what people said about a session."""
    if selection.audit is not None:
        yield _STATE.session_id.in_(verification_samples.select_sessions(round_id, selection.audit))
    if selection.text:
        in_thread = remarks.select_saying(round_id, _to_key(selection.text))
        said = _select_saying(round_id, selection.text).subquery()
        there = select(submissions.c.session_id).where(submissions.c.id.in_(select(said.c.id)))
        yield _STATE.session_id.in_(in_thread.union_all(there))  # few, mostly: they are looked up
        yield or_(_STATE.session_id.in_(in_thread), _STATE.answer_id.in_(select(said.c.id)))
    if selection.tag:
        yield _STATE.session_id.in_(remarks.select_tagged(round_id, selection.tag))
    if selection.by_author is not None:
        settled = _select_settled_by_authors(round_id)
        if selection.by_author:
            there = select(submissions.c.session_id).where(submissions.c.id.in_(settled))
            yield _STATE.session_id.in_(there)
        is_own = _STATE.answer_id.in_(settled)
        yield is_own if selection.by_author else or_(_STATE.answer_id.is_(None), ~is_own)


def list_settled_by_authors(connection: Connection, round_id: str) -> set[str]:
    """List the answers of a round that nobody has accepted, or decided on, but people who answered the session."""
    return set(connection.scalars(_select_settled_by_authors(round_id)))


def _select_settled_by_authors(round_id: str) -> Select[tuple[str]]:
    """Select answers that their own authors accepted and nobody else did, and gold of somebody who had answered."""
    own, said, others = submissions.c, reviews.c, reviews.alias()
    accepts = (said.round_id == round_id, said.verdict == Verdict.ACCEPT.value, ~said.withdrawn)
    elsewhere = (others.c.submission_id == own.id, others.c.verdict == Verdict.ACCEPT.value, ~others.c.withdrawn)
    by_others = exists().where(*elsewhere, others.c.reviewer != own.annotator)
    accepted = select(own.id).join(reviews, said.submission_id == own.id).where(*accepts)
    before = submissions.alias()
    in_session = (before.c.round_id == own.round_id, before.c.session_id == own.session_id)
    is_theirs = (before.c.annotator == own.annotator, before.c.decides == (), before.c.submitted_at < own.submitted_at)
    gold = select(own.id).where(own.round_id == round_id, is_gold(submissions), exists().where(*in_session, *is_theirs))
    found = union_all(accepted.where(said.reviewer == own.annotator, ~by_others), gold.where(~by_others)).subquery()
    return select(found.c.id)


def _select_saying(round_id: str, text: str) -> Select[Any]:
    """Select the answers of a round with a part of a comment: their own, one of a box, or one of a review of them."""
    part = _to_key(text)
    own, boxes, said = submissions.c, annotations.c, reviews.c
    of_round = (own.round_id == round_id,)
    of_review = or_(own.id == said.submission_id, own.id == said.corrected_id)
    found = union_all(
        select(own.id).where(*of_round, own.comment != "", _has(own.comment, part)),
        select(own.id)
        .join(annotations, boxes.submission_id == own.id)
        .where(*of_round, boxes.comment != "", _has(boxes.comment, part)),
        select(own.id)
        .join(reviews, of_review)
        .where(said.round_id == round_id, said.comment != "", ~said.withdrawn, _has(said.comment, part)),
    ).subquery()
    return select(found.c.id)


def _has(column: ColumnElement[str], part: str) -> ColumnElement[bool]:
    return func.lower(column).contains(part, autoescape=True)


def _to_key(annotator: str) -> str:
    """Write a name as the database's ``lower`` does, which knows the letters of English only."""
    return "".join(each.lower() if each.isascii() else each for each in annotator)


def _list_parts(query: Select[Any], selection: Selection) -> list[Select[Any]]:
    """Sort: those that have what is sorted by, then those that lack it."""
    if selection.sort not in _SORTS:
        return [query.order_by(*_PLACE)]
    by = _SORTS[selection.sort]
    key = by.column.desc() if by.is_descending else by.column.asc()
    return [query.where(by.has_it).order_by(key, *_PLACE), query.where(~by.has_it).order_by(*_PLACE)]


def with_present_name(connection: Connection, selection: Selection) -> Selection:
    """Ask for somebody by their present name: links and saved queues may have an earlier one."""
    return call_now(selection, people.find_names(connection)) if selection.annotator else selection


def _matches(selection: Selection, outcome: str, verdict: str, annotator: str) -> bool:
    return (
        selection.outcome in (None, outcome)
        and selection.verdict in (None, verdict)
        and selection.annotator in (None, annotator)
    )


def _count(connection: Connection, query: Select[Any]) -> int:
    counted = select(func.count()).select_from(query.order_by(None).subquery())
    return int(connection.execute(counted).scalar_one())


def _list_tallies(connection: Connection, round_id: str, session_ids: Sequence[str] | None) -> dict[str, list[Tally]]:
    query = select(session_boxes).where(_BOX.round_id == round_id).order_by(_BOX.session_id, _BOX.label, _BOX.origin)
    if session_ids is not None:
        query = query.where(_BOX.session_id.in_(session_ids))
    found: dict[str, list[Tally]] = defaultdict(list)
    for row in connection.execute(query):
        tally = Tally(row.label, Origin(row.origin), row._mapping["count"], row.lowest_score, row.unsure_count)
        found[row.session_id].append(tally)
    return found


def _to_summary(row: Row[Any], boxes: Sequence[Tally]) -> SessionSummary:
    return SessionSummary(
        session_id=row.session_id,
        position=row.position,
        duration_s=row.duration_us / US,
        outcome=row.outcome,
        submission_id=row.answer_id,
        annotator=row.annotator,
        submitted_at=row.answered_at,
        tallies=tuple(boxes),
        verdict=None if row.verdict is None else Verdict(row.verdict),
        reviewer=row.reviewer,
        rejected_count=row.rejected_count,
        unreviewed_count=row.unreviewed_count,
        active_s=row.active_s,
        action_count=row.action_count,
        is_open=row.is_open,
        review_state=row.review_state,
        site=row.site,
        starts_at=None if row.starts_at_s is None else datetime.fromtimestamp(row.starts_at_s, UTC),
    )


def list_judgements(connection: Connection, round_id: str) -> list[Judgement]:
    """List what was decided about predictions, by model and predicted label.

    Unsure, skipped and rejected answers decide nothing.
    """
    counts: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for fate in ("confirmed", "relabelled", "rejected", "unreviewed", "in_bulk"):
        for model, label, count, _ in tallies.list_sums(connection, round_id, fate):
            counts[model, label][fate] = count
    return [Judgement(model, label, **fates) for (model, label), fates in sorted(counts.items())]


def find_answer_id(connection: Connection, round_id: str, session_id: str) -> str | None:
    """Find the id of the answer that counts for a session; None before the first."""
    ranked = rank_submissions(round_id, session_id)
    found: str | None = connection.execute(select(ranked.c.id).where(ranked.c.age == 1)).scalar()
    return found
