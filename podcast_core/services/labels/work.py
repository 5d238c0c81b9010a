"""How the work on a round, or on several, went on: sessions and hours answered, when it will be done, speed, review.

Read from the sums that the database keeps (`podcast_core.storage.progress_sums`). Days are UTC days of submission, and
people those who gave the answer that counts.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from podcast_core.domain.progress_filter import ProgressFilter
from podcast_core.domain.review import Verdict
from podcast_core.domain.standing import ANSWERED
from podcast_core.domain.times import utc_now
from podcast_core.errors import count_of
from podcast_core.ml.measuring.forecast import HORIZON_DAYS, MIN_DAYS, WINDOW_DAYS, Forecast, forecast_end
from podcast_core.ml.measuring.intervals import Estimate, estimate_share
from podcast_core.storage.progress_sums import Sum, list_kept
from podcast_core.workspace import Workspace

MAX_DAYS = 92  # steps of a day that one can tell apart in a figure; of a longer time there is one for each week
TENTHS = 10  # seconds are kept in tenths
Values = defaultdict[tuple[date, str], Counter[int]]  # how often each came, by first day and annotator


class By(StrEnum):
    """What the work is counted by; ``hour`` is the hour of the day (UTC) in which the sound was recorded."""

    DAY = "day"
    ANNOTATOR = "annotator"
    SITE = "site"
    HOUR = "hour"


@dataclass(frozen=True, slots=True)
class DayDone:
    """One day: sessions that were answered on it, and seconds of sound, both of the answers that count now."""

    day: date
    sessions: int
    seconds: float


@dataclass(frozen=True, slots=True)
class BurnUp:
    """Sessions and seconds answered by day, of how many; with a forecast, or the reason why there is none."""

    days: tuple[DayDone, ...]
    session_count: int
    total_s: float
    forecast: Forecast | None
    says: str

    @property
    def answered_count(self) -> int:
        """Number of sessions answered."""
        return sum(each.sessions for each in self.days)


@dataclass(frozen=True, slots=True)
class WorkDone:
    """Sessions, seconds of sound and annotations of one day, annotator, site or hour of the day; ``labels`` of these.

    Where labels are filtered, sessions are those with one of these labels, once for each, and seconds are left out.
    """

    key: str
    sessions: int
    seconds: float | None
    labels: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast somebody was in a day or a week: medians of the seconds in which they really worked, and of edits."""

    begins_on: date
    annotator: str
    sessions: int
    median_s: float | None
    median_actions: float | None


@dataclass(frozen=True, slots=True)
class Judged:
    """What reviewers said of the answers of a day or a week; ``wrong``: share corrected or rejected."""

    begins_on: date
    accepted: int
    corrected: int
    rejected: int
    wrong: Estimate | None


def get_burn_up(workspace: Workspace, wanted: ProgressFilter, *, today: date | None = None) -> BurnUp:
    """Get sessions and hours answered by day, and when the rest will be done.

    Days that are not wanted are left out of ``days``, but the forecast takes all of them. Labels do not matter.
    """
    everything = replace(wanted, date_from=None, date_to=None, labels=())
    with workspace.database.reading() as connection:
        done = list_kept(connection, everything, "answered", ["day"], are_labels=False)
        of_all = list_kept(connection, replace(everything, annotators=()), "sound", ["label"], are_labels=False)
    days = tuple(DayDone(date.fromisoformat(key), count, seconds) for (key,), count, seconds in done)
    session_count = sum(each.number for each in of_all)
    left = session_count - sum(each.number for each in of_all if each.key[0] in ANSWERED)
    by_day = {each.day: each.sessions for each in days}
    forecast = None
    if left and not wanted.annotators:
        forecast = forecast_end(by_day, left, today=today or utc_now().date())
    return BurnUp(
        days=tuple(each for each in days if _is_wanted(each.day, wanted)),
        session_count=session_count,
        total_s=sum(each.seconds for each in of_all),
        forecast=forecast,
        says=_explain(forecast, left, wanted),
    )


def _is_wanted(day: date, wanted: ProgressFilter) -> bool:
    return (wanted.date_from or date.min) <= day <= (wanted.date_to or date.max)


def _explain(forecast: Forecast | None, left: int, wanted: ProgressFilter) -> str:
    if not left:
        return "Every session is answered."
    if wanted.annotators:
        return "A forecast takes everybody's answers: clear the filter of annotators to see it."
    if forecast is None:
        return (
            f"Not enough days yet for a forecast: it needs answers on {MIN_DAYS} of the last {WINDOW_DAYS} days, up to "
            "today."
        )
    pace = f"At the mean of the last {count_of(forecast.days, 'day')}, which is {forecast.per_day:,.1f} a day,"
    if forecast.expected is None:
        return f"{pace} it takes more than {HORIZON_DAYS // 365} years."
    latest = "later than five years from now" if forecast.latest is None else f"{forecast.latest:%-d %b %Y}"
    return (
        f"{pace} everything is answered by about {forecast.expected:%-d %b %Y}: with 90 % probability between "
        f"{forecast.earliest:%-d %b %Y} and {latest}, if work goes on as on these days."
    )


def list_work(workspace: Workspace, wanted: ProgressFilter, by: By) -> list[WorkDone]:
    """List what was done by day, annotator, site, or hour of the day at which the sound was recorded.

    Days that are wanted are those of the answers; of hours, those of the sound. Sound without a time has no hour.
    """
    is_hour = by is By.HOUR
    with workspace.database.reading() as connection:
        if wanted.labels and not is_hour:
            sessions = list_kept(connection, wanted, "sessions with", [by.value])
        else:
            measure = "sound" if is_hour else "answered"
            sessions = list_kept(connection, wanted, measure, [by.value, "label"], are_labels=False)
        boxes = list_kept(connection, wanted, "calls" if is_hour else "boxes", [by.value, "label"])
    counts: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    labels: dict[str, Counter[str]] = defaultdict(Counter)
    for key, count, length_s in sessions:
        if not (is_hour and (not key[0] or key[1] not in ANSWERED)):
            counts[_name(key[0], by)] += count
            seconds[_name(key[0], by)] += length_s  # type: ignore[assignment]  # a Counter of seconds
    for key, count, _ in boxes:
        if key[0] or not is_hour:
            labels[_name(key[0], by)][key[1]] += count
    has_seconds = is_hour or not wanted.labels
    return [
        WorkDone(key, counts[key], float(seconds[key]) if has_seconds else None, dict(sorted(labels[key].items())))
        for key in sorted({*counts, *labels})
    ]


def _name(key: str, by: By) -> str:
    return key[11:13] if by is By.HOUR else key


def list_names(workspace: Workspace, round_ids: Sequence[str]) -> tuple[list[str], list[str]]:
    """List the annotators of answers that count, and the sites with sound, to filter by."""
    everything = ProgressFilter(tuple(round_ids))
    with workspace.database.reading() as connection:
        answered = list_kept(connection, everything, "answered", ["annotator"], are_labels=False)
        sound = list_kept(connection, everything, "sound", ["site"], are_labels=False)
    return [each.key[0] for each in answered], [each.key[0] for each in sound if each.key[0]]


def find_step(days: Iterable[date]) -> int:
    """Find in which steps days are shown: 1, or 7 where there are more than three months."""
    known = list(days)
    return 7 if known and (max(known) - min(known)).days >= MAX_DAYS else 1


def begin_step(day: date, step: int) -> date:
    """Give the first day of the step that a day is in: itself, or the Monday of its week."""
    return day if step == 1 else day - timedelta(days=day.weekday())


def list_pace(workspace: Workspace, wanted: ProgressFilter, *, by_person: bool = True) -> list[Pace]:
    """List medians of seconds and edits per session, by person and by day, or week where there are many days.

    Or of everybody together, under no name.

    Of answers that tell them. Seconds are rounded before: to 0.1 s below 10 s, 0.5 s below 100 s, 5 s below 1000 s.
    """
    by = ["day", "annotator", "label"]
    with workspace.database.reading() as connection:
        told = [list_kept(connection, wanted, each, by, are_labels=False) for each in ("seconds", "actions")]
    step = find_step(date.fromisoformat(each.key[0]) for each in told[0])
    seconds, actions = (_count_values(each, step, by_person=by_person) for each in told)
    return [
        Pace(
            *key,
            sessions=sum(seconds[key].values()),
            median_s=find_median(seconds[key], TENTHS),
            median_actions=find_median(actions[key]),
        )
        for key in sorted({*seconds, *actions})
    ]


def _count_values(sums: Iterable[Sum], step: int, *, by_person: bool) -> Values:
    found: Values = defaultdict(Counter)
    begins = {}
    for (day, annotator, value), count, _ in sums:
        if day not in begins:
            begins[day] = begin_step(date.fromisoformat(day), step)
        found[begins[day], annotator if by_person else ""][int(value)] += count
    return found


def find_median(counts: Mapping[int, int], unit: int = 1) -> float | None:
    """Find the median of values that were counted, which are of so many to one; None of none."""
    total, reached, middle = sum(counts.values()), 0, []
    for value, count in sorted(counts.items()):
        middle += [value for place in ((total - 1) // 2, total // 2) if reached <= place < reached + count]
        reached += count
    return sum(middle) / 2 / unit if middle else None


def list_judged(workspace: Workspace, wanted: ProgressFilter) -> list[Judged]:
    """List what reviewers said of the answers that count, by the day (or week) on which these were given."""
    with workspace.database.reading() as connection:
        sums = list_kept(connection, replace(wanted, annotators=()), "judged", ["day", "label"], are_labels=False)
    step = find_step(date.fromisoformat(each.key[0]) for each in sums)
    counts: dict[date, Counter[str]] = defaultdict(Counter)
    for (day, verdict), count, _ in sums:
        counts[begin_step(date.fromisoformat(day), step)][verdict] += count
    found = []
    for begins_on, each in sorted(counts.items()):
        accepted, corrected, rejected = (
            each[verdict.value] for verdict in (Verdict.ACCEPT, Verdict.CORRECT, Verdict.REJECT)
        )
        wrong = estimate_share(corrected + rejected, accepted + corrected + rejected)
        found.append(Judged(begins_on, accepted, corrected, rejected, wrong))
    return found
