"""How far a round has come, from the sums that the database keeps (`podcast_core.storage.triggers`)."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

from sqlalchemy import Connection

from podcast_core.domain.annotation import Origin
from podcast_core.domain.progress_filter import ProgressFilter
from podcast_core.domain.round import Round
from podcast_core.domain.standing import ANSWERED, SEARCHED, STANDINGS
from podcast_core.domain.summary import Judgement
from podcast_core.storage import progress_sums, rounds, summaries, tallies
from podcast_core.storage.progress_sums import Sum
from podcast_core.workspace import Workspace

ORIGIN_WORDS = {
    Origin.MODEL_ACCEPTED: "accepted",
    Origin.MODEL_EDITED: "edited",
    Origin.NEW: "new",
    Origin.BULK: "bulk",
}
OTHER_COLOR = "#999999"


@dataclass(frozen=True, slots=True)
class RoundTotals:
    """A round's sessions and seconds by standing (`podcast_core.domain.standing`); each standing is a key."""

    round_: Round
    sessions: Mapping[str, int]
    duration_s: Mapping[str, float]

    @property
    def session_count(self) -> int:
        """Number of sessions in the round."""
        return sum(self.sessions.values())

    @property
    def answered_count(self) -> int:
        """Number of sessions with an answer that counts; a skip says nothing, and neither does a rejected answer."""
        return sum(self.sessions[standing] for standing in ANSWERED)

    @property
    def labelled_hours(self) -> float:
        """Hours of audio whose calls are known: sessions with outcome labelled or empty."""
        return sum(self.duration_s[outcome] for outcome in SEARCHED) / 3600


@dataclass(frozen=True, slots=True)
class Effort:
    """How much work the answers of a round were: medians, for the whole team and never by person.

    Seconds are those in which somebody really worked on a session, actions are edits. A box is one that somebody
    decided about: kept, changed, drawn or rejected. None where nothing was measured.
    """

    measured_count: int = 0
    session_s: float | None = None
    box_s: float | None = None
    session_actions: float | None = None
    box_actions: float | None = None


@dataclass(frozen=True, slots=True)
class RoundProgress:
    """All numbers of a round. Days are UTC days of submission, people those who gave the answer that counts.

    Parameters
    ----------
    totals
        Sessions and seconds by standing.
    labels
        The round's labels in its order, then others that occur.
    annotations
        ``(label, origin)`` -> number of annotations.
    annotators
        Annotator -> label -> number of annotations; somebody who only found empty sessions has an empty entry.
    answers
        Annotator -> number of sessions answered.
    days
        Day -> label -> number of annotations.
    labelled_s
        Day -> seconds of audio that became labelled or empty.
    judgements
        What became of the models' predictions.
    effort
        How much work the answers were.
    """

    totals: RoundTotals
    labels: tuple[str, ...]
    annotations: Mapping[tuple[str, Origin], int]
    annotators: Mapping[str, Mapping[str, int]]
    answers: Mapping[str, int]
    days: Mapping[date, Mapping[str, int]]
    labelled_s: Mapping[date, float]
    judgements: tuple[Judgement, ...]
    effort: Effort = Effort()

    @property
    def annotation_count(self) -> int:
        """Number of annotations in the round."""
        return sum(self.annotations.values())

    @property
    def judged_count(self) -> int:
        """Number of predictions somebody decided about."""
        return sum(judgement.judged for judgement in self.judgements)

    @property
    def unreviewed_count(self) -> int:
        """Number of predictions that were hidden or not judged in sessions with an answer."""
        return sum(judgement.unreviewed for judgement in self.judgements)

    @property
    def precision(self) -> float | None:
        """Share of the judged predictions that were confirmed; None before the first."""
        confirmed = sum(judgement.confirmed for judgement in self.judgements)
        return confirmed / self.judged_count if self.judged_count else None

    @property
    def label_colors(self) -> dict[str, str]:
        """The colour of each label; grey for those that are not in the round's list."""
        known = {label.name: label.color for label in self.totals.round_.labels}
        return {label: known.get(label, OTHER_COLOR) for label in self.labels}

    def count_label(self, label: str) -> int:
        """Count the annotations of one label."""
        return sum(self.annotations.get((label, origin), 0) for origin in Origin)

    def count_origins(self, label: str) -> dict[str, int]:
        """Count one label's annotations by origin, and the predictions of that label that were rejected."""
        counts = {word: self.annotations.get((label, origin), 0) for origin, word in ORIGIN_WORDS.items()}
        rejected = sum(judgement.rejected for judgement in self.judgements if judgement.label == label)
        return {**counts, "rejected": rejected}


def get_progress(workspace: Workspace, *, round_id: str) -> RoundProgress:
    """Compute a round's progress from the sums that the database keeps; NotFound when there is no such round."""
    with workspace.database.reading() as connection:
        round_ = rounds.get_round(connection, round_id)
        totals = _to_totals(round_, tallies.measure_standings(connection, round_id))
        list_kept = partial(progress_sums.list_kept, connection, ProgressFilter((round_id,)))
        answers = {each.key[0]: each.number for each in list_kept("answered", ["annotator"])}
        answered = list_kept("answered", ["day", "label"])
        by_origin = tallies.list_sums(connection, round_id, "boxes by origin")
        annotations = {(label, Origin(origin)): count for origin, label, count, _ in by_origin}
        annotators, days = (_nest(list_kept("boxes", [what, "label"])) for what in ("annotator", "day"))
        labelled_s: dict[date, float] = {}
        for (day, standing), _, seconds in answered:
            if standing in SEARCHED:
                labelled_s[date.fromisoformat(day)] = labelled_s.get(date.fromisoformat(day), 0.0) + seconds
        judgements = tuple(summaries.list_judgements(connection, round_id))
        effort = _find_effort(connection, round_id)
    occurring = {label for label, _ in annotations} | {judgement.label for judgement in judgements}
    return RoundProgress(
        totals=totals,
        labels=(*round_.label_names, *sorted(occurring - set(round_.label_names))),
        annotations=annotations,
        annotators={name: annotators.get(name, {}) for name in sorted(answers)},
        answers=answers,
        days={date.fromisoformat(day): days.get(day, {}) for day in dict.fromkeys(each.key[0] for each in answered)},
        labelled_s=labelled_s,
        judgements=judgements,
        effort=effort,
    )


def _nest(sums: Iterable[Sum]) -> dict[str, dict[str, int]]:
    """Put counts by group and label into a dictionary of each group."""
    found: dict[str, dict[str, int]] = {}
    for (group, label), count, _ in sums:
        found.setdefault(group, {})[label] = count
    return found


def _find_effort(connection: Connection, round_id: str) -> Effort:
    """Find the medians of seconds and edits, per session and per box, over the answers that tell them."""
    find = partial(tallies.find_median, connection, round_id)
    return Effort(
        measured_count=sum(tallies.list_groups(connection, round_id, "work").values()),
        session_s=find("work"),
        box_s=find("work per box"),
        session_actions=find("edits"),
        box_actions=find("edits per box"),
    )


def list_totals(workspace: Workspace) -> list[RoundTotals]:
    """List the totals of all rounds that are not archived, the newest round first."""
    with workspace.database.reading() as connection:
        return [
            _to_totals(round_, tallies.measure_standings(connection, round_.id))
            for round_ in rounds.list_rounds(connection)
            if round_.archived_at is None
        ]


def _to_totals(round_: Round, measured: Mapping[str, tuple[int, float]]) -> RoundTotals:
    return RoundTotals(
        round_=round_,
        sessions={standing: count for standing, (count, _) in measured.items()},
        duration_s={standing: seconds for standing, (_, seconds) in measured.items()},
    )


def write_csv(progress: RoundProgress) -> str:
    """Write all numbers as CSV, one number per line: ``round, measure, group, label, value, unit``."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("round", "measure", "group", "label", "value", "unit"))
    for row in _list_numbers(progress):
        writer.writerow((progress.totals.round_.id, *row))
    return text.getvalue()


def _list_numbers(progress: RoundProgress) -> Iterable[tuple[str, str, str, int | float, str]]:
    totals = progress.totals
    for standing in STANDINGS:
        yield "sessions by outcome", standing, "", totals.sessions[standing], "sessions"
        yield "audio by outcome", standing, "", round(totals.duration_s[standing], 3), "s"
    for label in progress.labels:
        for origin in Origin:
            yield "annotations by origin", origin.value, label, progress.annotations.get((label, origin), 0), "boxes"
    for annotator, counts in progress.annotators.items():
        yield "sessions by annotator", annotator, "", progress.answers[annotator], "sessions"
        for label, count in sorted(counts.items()):
            yield "annotations by annotator", annotator, label, count, "boxes"
    for day, by_label in progress.days.items():
        yield "labelled audio by day", day.isoformat(), "", round(progress.labelled_s.get(day, 0.0), 3), "s"
        for label, count in sorted(by_label.items()):
            yield "annotations by day", day.isoformat(), label, count, "boxes"
    for judgement in progress.judgements:
        for name in ("confirmed", "relabelled", "rejected", "unreviewed", "in_bulk"):
            yield (
                f"predictions {name.replace('_', ' ')}",
                judgement.model,
                judgement.label,
                getattr(judgement, name),
                "boxes",
            )
    yield from _list_effort(progress.effort)


def _list_effort(effort: Effort) -> Iterable[tuple[str, str, str, int | float, str]]:
    yield "answers with measured work", "", "", effort.measured_count, "sessions"
    for measure, median, unit in (
        ("work per session", effort.session_s, "s"),
        ("work per box", effort.box_s, "s"),
        ("edits per session", effort.session_actions, "edits"),
        ("edits per box", effort.box_actions, "edits"),
    ):
        if median is not None:
            yield measure, "median", "", round(median, 3), unit
