"""Models measured side by side on the very same sessions, none of which any of them has learnt from.

``evaluations/ID/plan.json`` holds which versions and sessions these are, ``evaluations/ID/result.json`` the figures;
neither ever changes. The id is a digest of the plan: asking for the same again finds what is there.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from podcast_core.domain.ids import check_id
from podcast_core.domain.model import ModelVersion
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput, NotFound
from podcast_core.ml.registry import versions
from podcast_core.services.access import needs
from podcast_core.services.jobs import queue
from podcast_core.services.jobs.running import Result, RunningJob
from podcast_core.services.learning import evaluation
from podcast_core.services.learning.own_labels import OWN, OwnLabels, is_own, list_family, measure_own
from podcast_core.services.learning.pieces import TEST, LabelledSession, load_pieces, read_rounds, read_searched
from podcast_core.services.models.lineage import find_version, list_learnt
from podcast_core.services.models.model_archive import leave_out_archived
from podcast_core.services.sets.release_store import get_release
from podcast_core.storage import rounds
from podcast_core.workspace import Workspace

KIND = "evaluate"
MAX_VERSIONS = 7  # as many as can be told apart by colour
LEARNT = "used to train one of the models"


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """What is to be measured, as plain JSON values.

    Parameters
    ----------
    models
        Versions (``NAME/VERSION``, or ``NAME`` for the one in use).
    round_ids, release
        On whose answered sessions: those of rounds, or those of a release's test split.
    labels
        What the models call the labels of the answers, see `TrainingRequest.labels`; None: those of the first.
    count_own
        Count sessions, too, in which predictions of one of the models were judged as they were, see `own_labels`.
    """

    models: tuple[str, ...]
    round_ids: tuple[str, ...] = ()
    release: str = ""
    labels: Mapping[str, str] | None = None
    count_own: bool = False

    def __post_init__(self) -> None:
        if not 1 <= len(set(self.models)) <= MAX_VERSIONS or len(set(self.models)) != len(self.models):
            found = ", ".join(self.models)[:200] or "none"
            raise InvalidInput(f"Between 1 and {MAX_VERSIONS} different models are measured, found {found}.")
        for round_id in self.round_ids:
            check_id(round_id, "Round")
        if bool(self.round_ids) == bool(self.release):
            raise InvalidInput("Models are measured on rounds or on one release: expected one of the two.")


@dataclass(frozen=True, slots=True)
class EvaluationPlan:
    """What will be measured: ``left_out`` counts sessions by reason, ``shared`` names recordings by model.

    A recording is shared when a model has learnt from another part of it. ``own`` tells of each model with any how far
    the labels are its own predictions, before such sessions were left out.
    """

    versions: tuple[ModelVersion, ...]
    pieces: tuple[LabelledSession, ...]
    labels: Mapping[str, str]
    left_out: Mapping[str, int] = field(default_factory=dict)
    shared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    own: Mapping[str, OwnLabels] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """An evaluation that is done: model -> figures, as `podcast_core.ml.measuring.evaluation.evaluate` gives them."""

    id: str
    models: Mapping[str, Mapping[str, Any]]
    source: str
    sessions: int
    seconds: float
    labels: Mapping[str, str]
    left_out: Mapping[str, int]
    shared: Mapping[str, Sequence[str]]
    made_at: str
    own: Mapping[str, OwnLabels] = field(default_factory=dict)
    counts_own: bool = True

    @property
    def told(self) -> list[str]:
        """Say in sentences how far the labels are the models' own predictions, and whether they count."""
        end = "They count." if self.counts_own else "These sessions are left out."
        return [f"{own.describe(name)} {end}" for name, own in self.own.items()]


def suggest_models(workspace: Workspace, *, labels: Sequence[str]) -> list[str]:
    """Suggest what to compare: the newest two versions that know any of the labels, or the newest two at all."""
    listed = leave_out_archived(workspace, versions.list_models(workspace.files))
    made = [each for each in listed if not each.is_built_in]
    newest = sorted(made, key=lambda each: each.created_at, reverse=True)
    fitting = [each for each in newest if set(each.labels) & set(labels)] or newest
    return [each.id for each in fitting[:2]]


def plan_evaluation(workspace: Workspace, request: EvaluationRequest) -> EvaluationPlan:
    """Find the sessions on which all models can be measured. Nothing is written.

    Raises
    ------
    NotFound
        When there is no such model, round or release.
    InvalidInput
        When there is no session left that none of them has learnt from.
    """
    versions = tuple(find_version(workspace.files, each) for each in request.models)
    if request.release:
        pieces, left_out = read_searched(workspace, get_release(workspace, name=request.release), only=TEST)
    else:
        pieces, left_out = read_rounds(workspace, request.round_ids)
    learnt = [list_learnt(workspace.files, each) for each in versions]
    kept = [piece for piece in pieces if not any(piece.was_learnt(places) for places in learnt)]
    left_out[LEARNT] = len(pieces) - len(kept)
    families = {each.id: list_family(workspace, each) for each in versions}
    own = {name: measure_own(kept, family) for name, family in families.items()}
    if not request.count_own:
        left_out[OWN] = len(kept)
        kept = [piece for piece in kept if not any(is_own(piece.answer, family) for family in families.values())]
        left_out[OWN] -= len(kept)
    if not kept:
        counts = ", ".join(f"{count} {reason}" for reason, count in left_out.items() if count) or "no sessions"
        more = " To include them anyway, set that own labels count." if left_out[OWN] else ""
        raise InvalidInput(
            f"There is no answered session that was not used to train any of the models: found {counts}.{more}"
        )
    labels = request.labels
    if labels is None:
        labels = _follow_names(workspace, versions[0], request.round_ids)
    heard = {piece.recording.sha256: piece.recording.file_name for piece in kept}
    shared = {
        version.id: tuple(sorted({heard[sha256] for sha256 in places if sha256 in heard}))
        for version, places in zip(versions, learnt, strict=True)
    }
    return EvaluationPlan(
        versions=versions,
        pieces=tuple(kept),
        labels=dict(labels),
        left_out={reason: count for reason, count in sorted(left_out.items()) if count},
        shared={name: names for name, names in shared.items() if names},
        own={name: each for name, each in own.items() if each.sessions},
    )


def _follow_names(workspace: Workspace, version: ModelVersion, round_ids: Sequence[str]) -> dict[str, str]:
    """Say what a version calls labels, also those that were renamed after it had learnt them."""
    labels = dict(version.training.get("request", {}).get("labels", {}))
    with workspace.database.reading() as connection:
        renamed = [names for each in round_ids for names in rounds.get_round(connection, each).renamed]
    for old, now in renamed:
        learnt = labels.get(old, old)
        if now not in labels and now not in version.labels and (old in labels or learnt in version.labels):
            labels[now] = learnt
    return labels


@needs("admin")
def add_evaluation(workspace: Workspace, *, request: EvaluationRequest, who: str = "") -> tuple[str, str]:
    """Put an evaluation into the queue of jobs, unless the same was done before.

    Returns
    -------
    evaluation_id : str
        Under which the result is found.
    job_id : str
        Empty when the result is there already.
    """
    evaluation_id = prepare(workspace, request=request)
    if workspace.files.exists(f"evaluations/{evaluation_id}/result.json"):
        return evaluation_id, ""
    params = {"evaluation_id": evaluation_id, "models": ", ".join(request.models)}
    return evaluation_id, queue.add_job(workspace, kind=KIND, params=params, who=who)


def prepare(workspace: Workspace, *, request: EvaluationRequest) -> str:
    """Write down what an evaluation will measure; returns its id. Raises as `plan_evaluation`."""
    plan = plan_evaluation(workspace, request)
    document = {
        "kind": "evaluation_plan",
        "schema_version": 1,
        "source": request.release or ", ".join(sorted(request.round_ids)),
        "models": [{"id": each.id, "weights_sha256": each.weights_sha256} for each in plan.versions],
        "labels": dict(plan.labels),
        "sessions": [each.describe() for each in plan.pieces],
        "left_out": dict(plan.left_out),
        "shared": {name: list(names) for name, names in plan.shared.items()},
        "own": {name: asdict(each) for name, each in plan.own.items()},
        "counts_own": request.count_own,
    }
    data = json.dumps(document, indent=1, sort_keys=True).encode()
    evaluation_id = hashlib.sha256(data).hexdigest()[:16]
    workspace.files.add(f"evaluations/{evaluation_id}/plan.json", data)
    return evaluation_id


def run(workspace: Workspace, params: Mapping[str, Any], run: RunningJob) -> Result:
    """Measure models as a job does: all on the same sessions, and keep the figures when all are there."""
    evaluation_id = str(params["evaluation_id"])
    document = json.loads(workspace.files.read(f"evaluations/{evaluation_id}/plan.json"))
    pieces = load_pieces(workspace, document["sessions"])
    names = [each["id"] for each in document["models"]]
    total = len(names) * len(pieces)
    figures = {}
    for number, name in enumerate(names):
        detector = workspace.models.load_detector(*versions.split_id(name))

        def tell(done: int, _total: int, session: str, number: int = number, name: str = name) -> None:
            run(number * len(pieces) + done, total, f"{name}: {session}")

        figures[name] = evaluation.measure(workspace, detector, pieces, document["labels"], tell)
    result = {"kind": "evaluation", "schema_version": 1, "models": figures, "made_at": utc_now().isoformat()}
    key = f"evaluations/{evaluation_id}/result.json"
    workspace.files.add(key, json.dumps(result, indent=1, sort_keys=True, allow_nan=False).encode())
    run(total, total, "")
    return {"evaluation": evaluation_id, "models": names, "sessions": len(pieces)}


def get_evaluation(workspace: Workspace, *, evaluation_id: str) -> Evaluation:
    """Get the figures of an evaluation; NotFound while it is not done."""
    if len(evaluation_id) != 16 or not evaluation_id.isalnum():
        raise NotFound(f"There is no evaluation {evaluation_id[:80]!r}.")
    try:
        plan = json.loads(workspace.files.read(f"evaluations/{evaluation_id}/plan.json"))
        result = json.loads(workspace.files.read(f"evaluations/{evaluation_id}/result.json"))
    except NotFound as error:
        raise NotFound(f"There is no evaluation {evaluation_id!r}, or it is not done yet.") from error
    return Evaluation(
        id=evaluation_id,
        models={each["id"]: result["models"][each["id"]] for each in plan["models"]},
        source=plan["source"],
        sessions=len(plan["sessions"]),
        seconds=round(sum(each["end_s"] - each["start_s"] for each in plan["sessions"]), 3),
        labels=plan["labels"],
        left_out=plan["left_out"],
        shared=plan["shared"],
        made_at=result["made_at"],
        own={name: OwnLabels(**each) for name, each in plan.get("own", {}).items()},
        counts_own=plan.get("counts_own", True),
    )


def list_evaluations(workspace: Workspace) -> list[Evaluation]:
    """List the evaluations that are done, the newest first."""
    keys = [key for key in workspace.files.list("evaluations") if key.endswith("/result.json")]
    found = [get_evaluation(workspace, evaluation_id=key.split("/")[1]) for key in keys]
    return sorted(found, key=lambda each: each.made_at, reverse=True)
