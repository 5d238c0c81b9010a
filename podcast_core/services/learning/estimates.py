"""How much is in a round and how good the model is, without having looked at everything.

All that is known about a round comes from sessions that somebody chose, mostly because a model found them hard or
likely. Only the random share of a suggestion (`suggesting`) is drawn without looking, so only its
answered sessions stand for the round, and only they count here.

How much is in the round, all of these answers say. How good the model is, they say only where nobody judged its own
predictions in them (see `own_labels`). Where somebody did, those sessions cannot be left out either: the rest would be
no random sample, but the sessions in which the model found nothing. So nothing is said then, unless it is asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from podcast_core.domain.run import RunBox
from podcast_core.errors import NotFound
from podcast_core.ml.interfaces import Found
from podcast_core.ml.measuring.intervals import Estimate, estimate_f1, estimate_rate, estimate_ratio, estimate_share
from podcast_core.ml.measuring.overlaps import mark_right
from podcast_core.services.learning.own_labels import OwnLabels, list_family, measure_own, to_key
from podcast_core.services.learning.pieces import LabelledSession, read_rounds
from podcast_core.services.models.lineage import Learnt, find_version, list_learnt
from podcast_core.services.runs import findings, suggesting
from podcast_core.storage import runs
from podcast_core.workspace import Workspace

MIN_SESSIONS = 10  # with fewer, intervals are too wide to be of use


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a run finds something; None where nothing was found, or nothing is there."""

    precision: Estimate | None
    recall: Estimate | None
    f1: Estimate | None


@dataclass(frozen=True, slots=True)
class Estimates:
    """What the random share says about a round.

    ``drawn`` sessions were drawn, ``answered`` of them say what is in all of the session, ``judged`` of those were not
    learnt from by the model of the run: only they tell how good it is. ``own`` tells how far their labels are its own
    predictions; ``counts_own``, whether it was measured all the same. ``with_calls`` is the share of sessions with
    calls, ``per_hour`` the number of calls. ``sessions``: is there a call in it; ``calls``: found calls that overlap a
    known one of their label by half of both together or more, ``any_label``: of whatever label.
    """

    round_id: str
    run_id: str
    model_id: str
    threshold: float
    drawn: int
    answered: int
    judged: int
    with_calls: Estimate | None
    per_hour: Estimate | None
    sessions: Quality
    calls: Quality
    any_label: Quality
    own: OwnLabels
    counts_own: bool = False

    @property
    def is_measured(self) -> bool:
        """Whether the figures of the model can be said."""
        return self.judged > 0 and (self.counts_own or not self.own.sessions)

    @property
    def is_enough(self) -> bool:
        """Whether so many are answered that the estimates are of use."""
        return self.answered >= MIN_SESSIONS

    @property
    def missing(self) -> int:
        """How many more answers it takes until then; no more than there are."""
        return max(0, min(MIN_SESSIONS, self.drawn) - self.answered)


def get_estimates(workspace: Workspace, *, round_id: str, count_own: bool = False) -> Estimates | None:
    """Estimate what is in a round and how well its suggestion's run finds it; None where nothing was suggested yet.

    ``count_own``: say how good the model is even where its own predictions were judged.

    Raises
    ------
    NotFound
        When there is no such round.
    """
    found = suggesting.get_suggestion(workspace, round_id=round_id)
    if found is None:
        return None
    drawn = set(found.drawn)
    with workspace.database.reading() as connection:
        run = runs.get_run(connection, found.suggestion.run_id)
    pieces = [each for each in read_rounds(workspace, [round_id])[0] if each.session.id in drawn]
    placed = findings.place_boxes(workspace, run_id=run.id, round_id=round_id, threshold=run.threshold)
    learnt, family = _find_line(workspace, run.model_id)
    judged = [each for each in pieces if not each.was_learnt(learnt)]
    own = measure_own(judged, family)
    known = [each.find_calls({}) for each in pieces]
    return Estimates(
        round_id=round_id,
        run_id=run.id,
        model_id=run.model_id,
        threshold=run.threshold,
        drawn=len(drawn),
        answered=len(pieces),
        judged=len(judged),
        with_calls=estimate_share(sum(map(bool, known)), len(known)),
        per_hour=estimate_rate([len(calls) for calls in known], [each.session.duration_s / 3600 for each in pieces]),
        **_measure(judged if count_own or not own.sessions else (), placed),
        own=own,
        counts_own=count_own,
    )


def list_numbers(found: Estimates) -> list[Mapping[str, Any]]:
    """List the estimates as rows: what, value, low, high."""
    named: list[tuple[str, Estimate | None]] = [
        ("sessions with calls (share)", found.with_calls),
        ("calls per hour", found.per_hour),
    ]
    for what, quality in (("sessions", found.sessions), ("calls", found.calls), ("calls, any label", found.any_label)):
        named += [(f"{name} ({what})", getattr(quality, name)) for name in ("precision", "recall", "f1")]
    return [{"what": what, "value": each.value, "low": each.low, "high": each.high} for what, each in named if each]


def _find_line(workspace: Workspace, model_id: str) -> tuple[Learnt, frozenset[str]]:
    """Find what a model has learnt from, and whose predictions are no fair labels for it."""
    try:
        version = find_version(workspace.files, model_id)
    except NotFound:  # a plug-in that is gone; what it learnt from was never known
        return {}, frozenset({to_key(model_id)})
    return list_learnt(workspace.files, version), list_family(workspace, version)


def _measure(pieces: Sequence[LabelledSession], placed: Mapping[str, Sequence[RunBox]]) -> dict[str, Quality]:
    """Compare what people said with what the run found, session by session."""
    by_session, by_call, whatever = [], [], []
    for piece in pieces:
        known = piece.find_calls({})
        found = _to_calls(piece, placed.get(piece.session.id, ()))
        by_session.append((float(bool(known and found)), float(bool(found)), float(bool(known))))
        by_call.append(_count(known, found))
        whatever.append(_count(_unlabel(known), _unlabel(found)))
    hits, positives, actual = (sum(column) for column in zip(*by_session, strict=True)) if by_session else (0, 0, 0)
    of_sessions = Quality(estimate_share(hits, positives), estimate_share(hits, actual), estimate_f1(by_session))
    return {"sessions": of_sessions, "calls": _to_quality(by_call), "any_label": _to_quality(whatever)}


def _to_quality(table: Sequence[tuple[float, float, float]]) -> Quality:
    return Quality(
        precision=estimate_ratio([(right, found) for right, found, _ in table]),
        recall=estimate_ratio([(right, known) for right, _, known in table]),
        f1=estimate_f1(table),
    )


def _count(known: Sequence[Found], found: Sequence[Found]) -> tuple[float, float, float]:
    return float(mark_right(known, found).sum()), float(len(found)), float(len(known))


def _to_calls(piece: LabelledSession, boxes: Sequence[RunBox]) -> list[Found]:
    """Give calls of a run with times from the start of the session, as `LabelledSession.find_calls` does."""
    return [piece.session.to_session(Found(box.start_s, box.end_s, box.label, box.score)) for box in boxes]


def _unlabel(calls: Sequence[Found]) -> list[Found]:
    return [Found(call.start_s, call.end_s, "call", call.score) for call in calls]
