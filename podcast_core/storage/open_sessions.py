"""Which sessions need an answer, and whose: worked out from the answers, and for one person from what is kept of that.

A session wants the answers of so many different people as its round says (`Round.count_wanted`). Where it wants one,
every answer that closes it (`Submission.closes`) does. Where it wants several, each person stands for themselves: only
their own later answers take the place of an answer, and those count that were given independently of others, which a
reviewer's correction, a decision, a restored answer and a bulk act are not. Python says the same:
`podcast_core.domain.standing.count_answers_left`.
"""

from enum import Enum

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Select,
    and_,
    case,
    cast,
    distinct,
    exists,
    func,
    not_,
    or_,
    select,
    tuple_,
)
from sqlalchemy.sql.selectable import FromClause

from podcast_core.domain.submission import Outcome
from podcast_core.storage.beside_indexes import beside_indexes
from podcast_core.storage.counting_answers import is_gold, is_rejected, stands_as_gold
from podcast_core.storage.schema import (
    passed_over,
    reviews,
    rounds,
    session_people,
    session_states,
    sessions,
    submissions,
)

_IS_SKIP = submissions.c.outcome == Outcome.SKIPPED.value
_VALUES = 2**32  # of the part of a hash by which sessions are drawn


def count_wanted(shuffle: ColumnElement[str], dialect: str) -> ColumnElement[int]:
    """Count the people who are to answer a row of ``sessions``, of a row of ``rounds``; as `Round.count_wanted`."""
    bound = cast(func.floor(rounds.c.double_share * _VALUES), BigInteger)
    end = func.lpad(func.to_hex(bound), 8, "0") if dialect == "postgresql" else func.printf("%08x", bound)
    is_drawn = or_(rounds.c.double_share >= 1, func.substr(shuffle, 25, 8) < end)
    return case((and_(rounds.c.answers_wanted > 1, is_drawn), rounds.c.answers_wanted), else_=1)


def count_left(wanted: ColumnElement[int], dialect: str) -> ColumnElement[int]:
    """Count the people whose answers a row of ``sessions`` lacks, of those that it wants; gold says enough."""
    several = wanted > 1
    closes = and_(
        not_(_IS_SKIP),
        not_(submissions.c.beside),
        not_(submissions.c.taken_back),
        not_(_leaves_over(submissions)),
        not_(_is_opened_again(several)),
        not_(_was_rejected(several)),
        or_(not_(several), _is_independent()),
    )
    answered = and_(submissions.c.round_id == sessions.c.round_id, submissions.c.session_id == sessions.c.id)
    people = select(func.count(distinct(submissions.c.annotator))).where(answered, closes)
    left = wanted - people.correlate(sessions, rounds, session_states).scalar_subquery()
    is_decided = exists().where(answered, stands_as_gold(submissions))
    most = func.greatest(left, 0) if dialect == "postgresql" else func.max(left, 0)
    return case((is_decided, 0), else_=most)


class Again(Enum):
    """Which sessions come to somebody again who has answered or skipped them, while others are to answer."""

    NONE = "none"
    TO_VERIFY = "to verify"  # those in which they left predictions over
    SKIPPED = "skipped"  # these, and those that they skipped


def select_people() -> Select[tuple[str, str, str, str, bool, bool, bool]]:
    """Select who needs not see which session again, over rows of ``session_states`` with their ``submissions``.

    They have skipped it, or answered it; one whose answer was rejected, or only given in bulk where several people are
    to answer, is not among them.
    """
    states, said = session_states.c, submissions.c
    several = states.answers_wanted > 1
    stands = and_(not_(_was_rejected(several)), not_(said.taken_back), not_(said.partial), not_(said.calibrates))
    answers = and_(stands, or_(not_(several), said.bulk_id == ""))
    closes = and_(answers, not_(_leaves_over(submissions)), not_(_is_opened_again(several)))
    is_done = and_(several, not_(_IS_SKIP), closes)
    # Looked up by session: by the index of people, SQLite would go through the round's answers to group them.
    person = beside_indexes(said.annotator)
    of_session = and_(said.round_id == states.round_id, said.session_id == states.session_id)
    return (
        select(
            states.round_id,
            states.session_id,
            person.label("annotator"),
            states.site,
            states.is_open,
            (func.max(case((_IS_SKIP, 1), else_=0)) == 1).label("has_skipped"),
            (func.max(case((is_done, 1), else_=0)) == 1).label("is_done"),
        )
        .join_from(session_states, submissions, of_session)
        .where(or_(_IS_SKIP, answers))
        .group_by(states.round_id, states.session_id, person, states.site, states.is_open)
    )


def is_open(annotator: BindParameter[str], again: Again = Again.NONE) -> ColumnElement[bool]:
    """Say of a row of ``session_states`` that the session needs an answer of this annotator."""
    states, left = session_states.c, session_people.c
    of_session = (left.round_id == states.round_id, left.session_id == states.session_id, left.annotator == annotator)
    has_left = exists().where(*of_session, *is_left(again)).correlate(session_states)
    return and_(states.is_open, not_(and_(states.is_touched, has_left)))


def is_left(again: Again) -> list[ColumnElement[bool]]:
    """Say of a row of ``session_people`` that the session does not come again."""
    left = session_people.c
    match again:
        case Again.NONE:
            return []
        case Again.TO_VERIFY:
            return [or_(left.has_skipped, left.is_done)]
        case _:
            return [left.is_done]


def _leaves_over(answers: FromClause) -> ColumnElement[bool]:
    left_over = exists().where(passed_over.c.submission_id == answers.c.id)
    return and_(answers.c.outcome == Outcome.VERIFIED.value, or_(answers.c.partial, left_over))


def _is_independent() -> ColumnElement[bool]:
    """Say that an answer was given without seeing another one: not in bulk, to correct, restore or decide."""
    corrects = exists().where(reviews.c.corrected_id == submissions.c.id)
    is_first_hand = and_(submissions.c.bulk_id == "", submissions.c.restores == "", not_(is_gold(submissions)))
    return and_(is_first_hand, not_(corrects))


def _is_opened_again(several: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say that after this verification, somebody took a verdict on a prediction back; of ``several``: they did."""
    newer = submissions.alias("newer")
    taken_back = exists().where(
        newer.c.round_id == submissions.c.round_id,
        newer.c.session_id == submissions.c.session_id,
        tuple_(newer.c.submitted_at, newer.c.id) > tuple_(submissions.c.submitted_at, submissions.c.id),
        or_(not_(several), newer.c.annotator == submissions.c.annotator),
        not_(newer.c.beside),
        not_(newer.c.taken_back),
        _leaves_over(newer),
    )
    is_newer = taken_back.correlate_except(newer)
    return and_(submissions.c.outcome == Outcome.VERIFIED.value, is_newer)


def _was_rejected(several: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say that a review rejected this answer or one that took its place since; of ``several``, one of theirs."""
    newer = submissions.alias("not_older")
    rejected = exists().where(
        newer.c.round_id == submissions.c.round_id,
        newer.c.session_id == submissions.c.session_id,
        tuple_(newer.c.submitted_at, newer.c.id) >= tuple_(submissions.c.submitted_at, submissions.c.id),
        or_(not_(several), newer.c.annotator == submissions.c.annotator),
        newer.c.outcome != Outcome.SKIPPED.value,
        not_(newer.c.beside),
        not_(newer.c.taken_back),
        is_rejected(newer),
    )
    return rejected.correlate_except(newer)
