"""What waits for somebody, what was said about their answers, and what they have done: of all rounds, or of some.

All of it is read from sums and from the newest of what was said, so that it takes as long in a large round as in a
small one.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import Connection

from podcast_core.domain.progress_filter import ProgressFilter
from podcast_core.domain.queue import QueueChoice
from podcast_core.domain.review import Verdict
from podcast_core.domain.round import Round
from podcast_core.domain.summary import DISPUTED, Selection, SessionSummary
from podcast_core.domain.times import utc_now
from podcast_core.errors import Forbidden
from podcast_core.services.access import get_asking
from podcast_core.services.labels import calibration, queue_choices
from podcast_core.services.labels.work import Pace, list_pace
from podcast_core.storage import assigned, people, rounds, summaries, tallies, told
from podcast_core.storage.progress_sums import list_kept
from podcast_core.storage.told import Told as Told  # what callers read
from podcast_core.workspace import Workspace

MAX_ROUNDS = 20  # chosen: more than anybody works in at a time; the newest
MAX_LISTED = 20  # of what was said in a round
MAX_DAYS, MAX_PACES = 92, 14  # chosen: a season, and what somebody looks at day by day
WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Waiting:
    """What of a round waits for somebody.

    ``left`` counts the sessions that they may answer still, ``assigned`` those of them that were assigned to them
    singly, ``calibrating`` the calibration sessions. ``advice`` is what somebody is told who stays below the F1 that
    the round wants.
    """

    round_id: str
    name: str
    left: int
    assigned: int
    calibrating: int
    advice: str


@dataclass(frozen=True, slots=True)
class SaidOf:
    """What was said about somebody's answers in a round.

    ``sent_back`` are answers that a reviewer rejected and that were not given anew, ``verdicts`` and ``comments`` what
    others said besides, ``disputed`` sessions in which somebody else who searched all of it saw other labels. Where
    people do not see each other's answers, only what was sent back is told.
    """

    round_id: str
    name: str
    sent_back: tuple[Told, ...]
    verdicts: tuple[Told, ...]
    comments: tuple[Told, ...]
    disputed: tuple[SessionSummary, ...]


@dataclass(frozen=True, slots=True)
class DayOfWork:
    """One day (UTC): sessions whose answer counts, seconds of their sound, and boxes in them."""

    day: date
    sessions: int
    seconds: float
    boxes: int


@dataclass(frozen=True, slots=True)
class Done:
    """What somebody has done in the last `MAX_DAYS` days, the oldest first, and how fast in the last `MAX_PACES`.

    ``given`` counts all of their answers.
    """

    days: tuple[DayOfWork, ...]
    pace: tuple[Pace, ...]
    given: int

    def add_up(self, since: date | None = None) -> DayOfWork:
        """Add up the days, or those since one."""
        taken = [each for each in self.days if since is None or each.day >= since]
        first = since or (taken[0].day if taken else utc_now().date())
        return DayOfWork(
            first,
            sum(each.sessions for each in taken),
            sum(each.seconds for each in taken),
            sum(each.boxes for each in taken),
        )


def list_waiting(workspace: Workspace, *, person: str, round_ids: Sequence[str] | None = None) -> list[Waiting]:
    """List what waits for somebody, by round, the newest first; None: the newest `MAX_ROUNDS` that are not archived.

    Raises
    ------
    Forbidden
        When who asks is somebody else and no reviewer.
    """
    with workspace.database.reading() as connection:
        person = _check(connection, person)
        return [_find_waiting(connection, each, person) for each in _list_rounds(connection, round_ids)]


def _find_waiting(connection: Connection, round_: Round, person: str) -> Waiting:
    left = queue_choices.count_matching(connection, round_.id, person, QueueChoice(), include_skipped=False)
    own = next(iter(assigned.list_people(connection, round_.id, person)), (person, 0, 0))
    plan = calibration.plan(connection, round_, person)
    return Waiting(round_.id, round_.name, left, own[2], len(plan.waiting), plan.told)


def list_said(workspace: Workspace, *, person: str, round_ids: Sequence[str] | None = None) -> list[SaidOf]:
    """List what others said about somebody's answers, by round; rounds in which nothing was said are left out.

    Rounds and errors are those of `list_waiting`.
    """
    with workspace.database.reading() as connection:
        person = _check(connection, person)
        found = [_find_said(connection, each, person) for each in _list_rounds(connection, round_ids)]
    return [each for each in found if each.sent_back or each.verdicts or each.comments or each.disputed]


def _find_said(connection: Connection, round_: Round, person: str) -> SaidOf:
    judged = told.list_reviews(connection, round_.id, person)
    sent_back = [each for each in judged if each.verdict == Verdict.REJECT.value and each.is_newest]
    shown = SaidOf(round_.id, round_.name, tuple(_cut(sent_back)), (), (), ())
    if round_.hides_answers and not get_asking().may("review"):
        return shown
    selection = Selection(annotator=person, verdict=DISPUTED)
    return replace(
        shown,
        verdicts=tuple(_cut([each for each in judged if each not in sent_back])),
        comments=tuple(_cut(told.list_remarks(connection, round_.id, person))),
        disputed=tuple(summaries.list_summaries(connection, round_.id, selection, limit=MAX_LISTED)),
    )


def _cut(found: Sequence[Told]) -> Sequence[Told]:
    return found[:MAX_LISTED]


def get_done(workspace: Workspace, *, person: str, round_ids: Sequence[str] | None = None) -> Done:
    """Get what somebody has done; rounds and errors are those of `list_waiting`."""
    with workspace.database.reading() as connection:
        person = _check(connection, person)
        ids = tuple(each.id for each in _list_rounds(connection, round_ids))
        wanted = ProgressFilter(ids, date_from=utc_now().date() - timedelta(days=MAX_DAYS - 1), annotators=(person,))
        answered = list_kept(connection, wanted, "answered", ["day"], are_labels=False) if ids else []
        boxes = list_kept(connection, wanted, "boxes", ["day"]) if ids else []
        given = sum(
            count for each in ids for _, _, count, _ in tallies.list_sums(connection, each, "all answers", group=person)
        )
    counts: dict[str, int] = defaultdict(int, {each.key[0]: each.number for each in boxes})
    days = tuple(
        DayOfWork(date.fromisoformat(day), number, seconds, counts[day]) for (day,), number, seconds in answered
    )
    recent = replace(wanted, date_from=utc_now().date() - timedelta(days=MAX_PACES - 1))
    return Done(days, tuple(list_pace(workspace, recent)) if ids else (), given)


def begin_week(today: date) -> date:
    """Give the first of the last seven days."""
    return today - timedelta(days=WEEK_DAYS - 1)


def _list_rounds(connection: Connection, round_ids: Sequence[str] | None) -> list[Round]:
    if round_ids is not None:
        return [rounds.get_round(connection, each) for each in dict.fromkeys(round_ids)]
    return [each for each in rounds.list_rounds(connection) if each.archived_at is None][:MAX_ROUNDS]


def _check(connection: Connection, person: str) -> str:
    """Find the name that somebody has now; refuse (Forbidden) to tell of others' work, unless a reviewer asks."""
    caller, now = get_asking(), people.call_now(connection, person)
    if caller.person is not None and not caller.may("review") and now != people.call_now(connection, caller.person):
        raise Forbidden(
            "What waits for somebody, and what was said about their answers, is for them and for reviewers."
        )
    return now
