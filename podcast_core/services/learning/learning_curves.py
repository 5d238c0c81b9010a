"""Whether more labels would help: models trained on more and more of a round's answered sessions.

The same sessions are held out for all of them. ``curves/ROUND/ID/plan.json`` holds what is learnt from and tested on,
``curves/ROUND/ID/curve.json`` the figures when all trainings are done; neither ever changes.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from podcast_core.audio.files import read_samples
from podcast_core.domain.checks import check_between
from podcast_core.domain.job import Job
from podcast_core.domain.limits import DEFAULT_CURVE_BUDGET_S
from podcast_core.domain.submission import UNREVIEWED
from podcast_core.domain.times import utc_now
from podcast_core.errors import NotFound, count_of
from podcast_core.ml.interfaces import Example
from podcast_core.ml.measuring.learning_curve import Outlook, choose_sizes, foresee, group
from podcast_core.ml.measuring.metrics import compare_segments
from podcast_core.ml.registry import versions
from podcast_core.ml.segmenter.training import TOLERANCE_S, train_segmenter
from podcast_core.services.access import needs
from podcast_core.services.jobs import queue
from podcast_core.services.jobs.running import Result, RunningJob
from podcast_core.services.learning import evaluation
from podcast_core.services.learning.pieces import TEST, TRAIN, LabelledSession, load_pieces
from podcast_core.services.learning.training_data import plan_training
from podcast_core.services.learning.training_request import TrainingRequest
from podcast_core.services.people import naming
from podcast_core.services.store.sources import locate
from podcast_core.storage import rounds, tallies
from podcast_core.workspace import Workspace

KIND = "curve"
SEEDS = 3  # trainings of each size; chosen: how much they differ is seen, in reasonable time
MAX_BUDGET_S = 600.0  # of a processor, for each training
MAX_AT_ONCE = 1_000  # sessions of a round whose labels are read while somebody waits
MAX_SESSIONS = 400  # held in memory at once, of those learnt from and of those tested on


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """F1 at 20 ms on held-out sessions against the number of sessions learnt from; points hold sessions, seed, f1.

    ``left_out``: answered sessions that were neither learnt from nor tested on, because there were too many. ``told``:
    how far the labels of the test are predictions of models from whose labels was learnt.
    """

    id: str
    round_id: str
    budget_s: float
    test_sessions: int
    left_out: int
    points: Sequence[Mapping[str, Any]]
    shared: Sequence[str]
    made_at: str
    who: str
    told: Sequence[str] = ()

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Mean, least and greatest F1 of each size."""
        return [
            {"sessions": size, "f1": float(np.mean(values)), "least": min(values), "greatest": max(values)}
            for size, values in group(self.points).items()
        ]


@dataclass(frozen=True, slots=True)
class TrainedVersion:
    """A model that was trained from a round: from how many sessions, and its F1 on those of its test."""

    model: str
    sessions: int
    f1: float
    test_sessions: int


@needs("admin")
def add_curve(workspace: Workspace, *, round_id: str, budget_s: float = DEFAULT_CURVE_BUDGET_S, who: str = "") -> str:
    """Put a learning curve into the queue of jobs. Returns the job's id.

    What it learns from is written down now; in a large round by the job, which then may find that it is too little.

    Raises
    ------
    NotFound
        When there is no such round.
    InvalidInput
        When too little is answered to learn from one part and test on another; when the budget cannot be.
    Conflict
        When it would learn from what a release holds out.
    """
    check_between(budget_s, "The budget", 0.1, MAX_BUDGET_S, " s")
    params = {
        "round_id": round_id,
        "curve_id": str(uuid.uuid4()),
        "budget_s": budget_s,
        "asked_at": utc_now().isoformat(),
        "who": who or workspace.settings.annotator,
    }
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
        count = sum(tallies.count_standings(connection, round_id).values())
    if count <= MAX_AT_ONCE:
        _write_plan(workspace, params)
    return queue.add_job(workspace, kind=KIND, params=params, who=who)


def _write_plan(workspace: Workspace, params: Mapping[str, Any]) -> None:
    """Write down what a curve learns from, as it is now."""
    round_id = str(params["round_id"])
    plan = plan_training(workspace, TrainingRequest(name=KIND, round_ids=(round_id,)))
    document = {
        "kind": "learning_curve_plan",
        "schema_version": 1,
        "sessions": [each.describe() for each in plan.pieces],
        "shared": list(plan.shared),
        "told": list(plan.told),
        **{name: params[name] for name in ("budget_s", "asked_at", "who")},
    }
    data = json.dumps(document, indent=1, sort_keys=True).encode()
    workspace.files.add(_key(round_id, str(params["curve_id"]), "plan"), data)


def run(workspace: Workspace, params: Mapping[str, Any], run: RunningJob) -> Result:
    """Train models as a job does; each training is a step, so that one that was done is not done again."""
    round_id, curve_id = str(params["round_id"]), str(params["curve_id"])
    key = _key(round_id, curve_id, "plan")
    if not workspace.files.exists(key):
        run(0, 1, "Reading the labels")
        _write_plan(workspace, params)
    plan = json.loads(workspace.files.read(key))
    pieces = load_pieces(workspace, plan["sessions"])
    learnt, tested = (_sample([each for each in pieces if each.split == split]) for split in (TRAIN, TEST))
    work = [(size, seed) for size in choose_sizes(len(learnt)) for seed in range(SEEDS)]
    run(0, len(work), "Reading audio")
    examples, held_out = ([_read(workspace, each) for each in part] for part in (learnt, tested))
    points = []
    for done, (size, seed) in enumerate(work):
        run(done, len(work), f"Learning from {size} of {count_of(len(learnt), 'session')}")
        chosen = [examples[index] for index in _draw(examples, seed)[:size]]
        name = f"{count_of(size, 'session')}, {seed}"
        points.append(run.step(name, _train, chosen, held_out, float(plan["budget_s"]), seed))
        run.show(points=list(points))
    curve = {
        "kind": "learning_curve",
        "schema_version": 1,
        "test_sessions": len(tested),
        "points": points,
        "made_at": utc_now().isoformat(),
    }
    workspace.files.add(_key(round_id, curve_id, "curve"), json.dumps(curve, indent=1, sort_keys=True).encode())
    run(len(work), len(work), "")
    return {"curve": curve_id, "round_id": round_id, "trainings": len(work)}


def list_curves(workspace: Workspace, *, round_id: str) -> list[LearningCurve]:
    """List the curves of a round that are done, the newest first; NotFound when there is no such round."""
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
    found = []
    for key in workspace.files.list(f"curves/{round_id}"):
        if not key.endswith("/curve.json"):
            continue
        curve_id = key.split("/")[-2]
        plan = json.loads(workspace.files.read(_key(round_id, curve_id, "plan")))
        made = json.loads(workspace.files.read(key))
        used = made["test_sessions"] + max(point["sessions"] for point in made["points"])
        found.append(
            LearningCurve(
                id=curve_id,
                round_id=round_id,
                budget_s=plan["budget_s"],
                test_sessions=made["test_sessions"],
                left_out=len(plan["sessions"]) - used,
                points=made["points"],
                shared=plan["shared"],
                made_at=made["made_at"],
                who=plan["who"],
                told=plan.get("told", ()),
            )
        )
    return sorted(naming.call_now(workspace, found), key=lambda each: each.made_at, reverse=True)


def get_outlook(workspace: Workspace, curve: LearningCurve) -> Outlook:
    """Say what more sessions of the curve's round are expected to add."""
    with workspace.database.reading() as connection:
        left = tallies.count_standings(connection, curve.round_id)[UNREVIEWED]
    return foresee(group(curve.points), left=left)


def describe(outlook: Outlook) -> str:
    """Say in a sentence whether more labelling pays."""
    gain, measured = outlook.gain, outlook.measured
    done = "All sessions of the round are labelled." if outlook.verdict == "done" else ""
    if outlook.is_short:
        short = "This says nothing about labels: each training had too little time. Allow more and measure again."
        return f"{done} {short}".strip()
    if done:
        return done
    if gain is None or measured is None:
        return "Inconclusive: label more sessions or allow more time per training, then measure again."
    more = count_of(outlook.more, "more session")
    interval = f"(95 %: {gain.low:+.2f} to {gain.high:+.2f}; as measured: {measured.low:+.2f} to {measured.high:+.2f})"
    if outlook.verdict == "stops":
        return f"More labelling no longer pays off: {more} are expected to add {gain.value:.3f} to F1 {interval}."
    return f"{more} are expected to add about {gain.value:.2f} to F1 {interval}."


def list_versions(workspace: Workspace, *, round_id: str) -> list[TrainedVersion]:
    """List the models that were trained from a round and tested, by number of sessions. Their tests can differ."""
    found = []
    for version in versions.list_models(workspace.files):
        learnt = [
            each
            for each in version.training.get("sessions", ())
            if each["round_id"] == round_id and each["split"] == TRAIN
        ]
        if learnt and "test" in version.metrics:
            f1 = evaluation.find_f1(version.metrics["test"])
            found.append(TrainedVersion(version.id, len(learnt), f1, int(version.metrics["test_sessions"])))
    return sorted(found, key=lambda each: (each.sessions, each.model))


def find_job(workspace: Workspace, *, round_id: str) -> Job | None:
    """Find the newest job that draws a curve of the round, if there is one."""
    return next((job for job in queue.list_jobs(workspace) if job.kind == KIND and _get_round(job) == round_id), None)


def _get_round(job: Job) -> str:
    return job.title.rpartition(" ")[2]


def _key(round_id: str, curve_id: str, what: str) -> str:
    if not curve_id.replace("-", "").isalnum():
        raise NotFound(f"There is no learning curve {curve_id[:80]!r}.")
    return f"curves/{round_id}/{curve_id}/{what}.json"


def _read(workspace: Workspace, piece: LabelledSession) -> Example:
    session = piece.session
    samples = read_samples(
        locate(workspace, piece.recording), channel=session.channel, start_s=session.start_s, end_s=session.end_s
    )
    return Example(samples, piece.recording.sample_rate_hz, piece.find_calls({}))


def _sample(pieces: Sequence[LabelledSession]) -> list[LabelledSession]:
    """Draw as many as can be held in memory, the same ones when the job goes on later; they keep their order."""
    drawn = np.random.default_rng(0).permutation(len(pieces))[:MAX_SESSIONS]
    return [pieces[index] for index in sorted(drawn)]


def _draw(examples: Sequence[Example], seed: int) -> list[int]:
    """Put examples into an order by chance, of which every beginning has a call: without one nothing can be learnt."""
    order = [int(index) for index in np.random.default_rng(seed).permutation(len(examples))]
    first = next(index for index in order if examples[index].calls)
    return [first, *(index for index in order if index != first)]


def _train(chosen: Sequence[Example], held_out: Sequence[Example], budget_s: float, seed: int) -> dict[str, Any]:
    detector = train_segmenter(chosen, budget_s=budget_s, seed=seed).detector
    found = [detector.detect(each.samples, each.sample_rate_hz) for each in held_out]
    agreement = compare_segments([each.calls for each in held_out], found, tolerance_s=TOLERANCE_S)
    return {"sessions": len(chosen), "seed": seed, "f1": round(agreement.f1, 4)}
