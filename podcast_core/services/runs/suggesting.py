"""Which sessions to label next: suggested after a model run, from what it is unsure of and what sounds new."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from podcast_core.audio.files import read_samples
from podcast_core.domain.recording import Recording
from podcast_core.domain.run import ModelRun, RunBox
from podcast_core.domain.session import Session
from podcast_core.domain.suggestion import SuggestedPlace, Suggestion
from podcast_core.domain.times import utc_now
from podcast_core.errors import PodcastError, count_of
from podcast_core.ml.acquisition import RANDOM_SHARE, Reason, measure_disagreement, measure_uncertainty, order_by_gain
from podcast_core.ml.embedding.session_vectors import DIMENSION, describe_sound, standardise
from podcast_core.ml.interfaces import Found
from podcast_core.services.runs import findings
from podcast_core.services.store.sources import locate
from podcast_core.storage import recordings, rounds, runs, sessions, submissions, suggestions
from podcast_core.workspace import Workspace

MAX_DESCRIBED = 2_000  # sessions whose sound is compared; at most half of them have labels
MAX_HEARD_S = 120.0  # of each


@dataclass(frozen=True, slots=True)
class Suggested:
    """A round's suggestion with its places, the run that it came from, and how many of them have labels."""

    suggestion: Suggestion
    places: tuple[SuggestedPlace, ...]
    labelled: int

    @property
    def drawn(self) -> list[str]:
        """The ids of the sessions that were drawn at random, in the order in which they come."""
        return [each.session_id for each in self.places if each.reason == Reason.RANDOM.value]


def suggest(
    workspace: Workspace, *, run_id: str, round_id: str, on_progress: Callable[[str], None] | None = None
) -> Suggestion:
    """Put a round's sessions into the order in which labels are expected to help, and keep it as its suggestion.

    Compared with the run is the newest other run over the round by another model or version, where there is one. Which
    sessions are drawn at random depends on the round alone, so that all suggestions for it draw the same ones.
    ``on_progress`` is told what comes next.

    Raises
    ------
    NotFound, Conflict
        When there is no such run or round; when the run is not ready.
    """
    placed = findings.place_boxes(workspace, run_id=run_id, round_id=round_id, threshold=0.0)
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
        this = runs.get_run(connection, run_id)
        heard = [each for each in sessions.list_sessions(connection, round_id) if each.id in placed]
        known = {each.id: each for each in recordings.list_recordings(connection, {s.recording_id for s in heard})}
        labelled = {
            each.session_id for each in submissions.latest_submissions(connection, round_id).values() if each.closes
        }
    uncertainty = np.array(
        [measure_uncertainty(_to_calls(placed[each.id]), each.duration_s) for each in heard], np.float64
    )
    disagreement = _compare(workspace, this, round_id, heard, placed)
    is_labelled = np.array([each.id in labelled for each in heard], bool)
    vectors = _describe(workspace, heard, known, _choose_described(uncertainty, is_labelled), on_progress)
    seed = int.from_bytes(sha256(round_id.encode()).digest()[:4], "big") >> 1
    order = order_by_gain(uncertainty, disagreement=disagreement, vectors=vectors, is_labelled=is_labelled, seed=seed)
    made = Suggestion(str(uuid.uuid4()), round_id, run_id, seed, RANDOM_SHARE, utc_now())
    places = [
        SuggestedPlace(heard[each.index].id, number, each.reason.value, each.gain) for number, each in enumerate(order)
    ]
    with workspace.database.writing() as connection:
        suggestions.replace_suggestion(connection, made, places)
    return made


def get_suggestion(workspace: Workspace, *, round_id: str) -> Suggested | None:
    """Get a round's suggestion; None where no run has made one.

    Raises
    ------
    NotFound
        When there is no such round.
    """
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
        found = suggestions.find_suggestion(connection, round_id)
        if found is None:
            return None
        places = suggestions.list_places(connection, round_id)
        answers = submissions.latest_submissions(connection, round_id)
    labelled = sum(1 for each in places if each.session_id in answers and answers[each.session_id].closes)
    return Suggested(found, tuple(places), labelled)


def _compare(
    workspace: Workspace,
    this: ModelRun,
    round_id: str,
    heard: Sequence[Session],
    placed: Mapping[str, Sequence[RunBox]],
) -> NDArray[np.float64] | None:
    """Measure in which sessions another version says something else; None where there is no other."""
    others = [
        each
        for each in findings.list_ready_on(workspace, round_id=round_id)
        if each.id != this.id and each.model_id != this.model_id
    ]
    if not others:
        return None
    other = others[0]
    theirs = findings.place_boxes(workspace, run_id=other.id, round_id=round_id, threshold=other.threshold)
    return np.array(
        [
            measure_disagreement(
                _to_calls([box for box in placed[each.id] if box.score >= this.threshold]),
                _to_calls(theirs[each.id]),
                each.duration_s,
            )
            if each.id in theirs
            else 0.0
            for each in heard
        ],
        np.float64,
    )


def _choose_described(uncertainty: NDArray[np.float64], is_labelled: NDArray[np.bool_]) -> list[int]:
    """Choose the sessions whose sound is compared, of too many the most uncertain: with labels, and without."""
    by_uncertainty = np.argsort(-uncertainty, kind="stable")
    labelled = by_uncertainty[is_labelled[by_uncertainty]][: MAX_DESCRIBED // 2]
    others = by_uncertainty[~is_labelled[by_uncertainty]][: MAX_DESCRIBED - len(labelled)]
    return [*labelled.tolist(), *others.tolist()]


def _describe(
    workspace: Workspace,
    heard: Sequence[Session],
    known: Mapping[str, Recording],
    chosen: Sequence[int],
    on_progress: Callable[[str], None] | None,
) -> NDArray[np.float32]:
    """Describe what sessions sound like; those that cannot be read, or are too many, are like the mean."""
    vectors = np.full((len(heard), DIMENSION), np.nan, np.float32)
    for number, index in enumerate(chosen, start=1):
        session = heard[index]
        if on_progress is not None:
            on_progress(f"Listening for what is new: {number:,} of {count_of(len(chosen), 'session')}")
        end_s = min(session.end_s, session.start_s + MAX_HEARD_S)
        recording = known[session.recording_id]
        try:
            samples = read_samples(
                locate(workspace, recording), channel=session.channel, start_s=session.start_s, end_s=end_s
            )
        except PodcastError:  # the run has told of it
            continue
        vectors[index] = describe_sound(samples, recording.sample_rate_hz)
    has_sound = np.isfinite(vectors).all(axis=1)
    described = np.zeros_like(vectors)
    if has_sound.any():
        described[has_sound] = standardise(vectors[has_sound])
    return described


def _to_calls(boxes: Sequence[RunBox]) -> list[Found]:
    return [Found(box.start_s, box.end_s, box.label, box.score) for box in boxes]
