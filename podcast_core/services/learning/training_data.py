"""What a model learns from and is tested on: answered sessions, split so that the test is fair.

Which sessions those are say `pieces`. What a release holds out is never learnt from; it may be tested on.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from podcast_core.domain.annotation import Origin
from podcast_core.domain.model import ModelVersion
from podcast_core.domain.release import SPLITS, GroupBy
from podcast_core.domain.submission import Outcome
from podcast_core.errors import Conflict, InvalidInput, count_of
from podcast_core.services.learning.own_labels import OWN, choose_tested, count_taken_over
from podcast_core.services.learning.pieces import DEV, TEST, TRAIN, LabelledSession, read_release, read_rounds
from podcast_core.services.learning.training_request import BY_SESSION, TrainingRequest
from podcast_core.services.models.lineage import Learnt, list_learnt
from podcast_core.services.sets import held_out
from podcast_core.services.sets.held_out import describe_common, find_common
from podcast_core.services.sets.splitting import Group, Unit, assign_splits, make_groups
from podcast_core.workspace import Workspace

KNOWN_TO_BASE = "used to train the base model"
IN_BULK = "with bulk labels"
BESIDE_TEST = "labelled only in bulk, next to test data"
VERIFIED_HINT = (
    "In a verified session only predictions were judged or clips labelled in bulk; the rest was not searched. "
    "Submit it on Label to train on it. Bulk labels can be used as they are: More, Bulk labels (--with-bulk)."
)


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """A training's data before it begins.

    ``left_out`` counts sessions by the reason why they are not used; ``shared`` names the recordings of which parts are
    learnt from and others tested on; ``counts`` are the calls by split and label, as the model will name them.
    ``told`` are those of the warnings that say how far the test has labels which are the model's own predictions, see
    `own_labels`; ``taken_over`` counts the labels it learns from that are unchanged predictions, by model.
    """

    pieces: tuple[LabelledSession, ...]
    left_out: Mapping[str, int]
    shared: tuple[str, ...]
    counts: Mapping[str, Mapping[str, int]]
    warnings: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    taken_over: Mapping[str, int] = field(default_factory=dict)

    def of(self, split: str) -> list[LabelledSession]:
        """List the pieces of a split."""
        return [each for each in self.pieces if each.split == split]

    def count(self, split: str) -> int:
        """Count the sessions of a split."""
        return len(self.of(split))

    def seconds(self, split: str) -> float:
        """Add up the audio of a split."""
        return sum(each.known_s for each in self.of(split))

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that the model will know."""
        return tuple(sorted({label for by_label in self.counts.values() for label in by_label}))


def plan_training(workspace: Workspace, request: TrainingRequest, base: ModelVersion | None = None) -> TrainingPlan:
    """Find out what a model will learn from and what it will be tested on. Nothing is written.

    What the ``base`` or those before it have learnt from is never tested on.

    Raises
    ------
    NotFound
        When there is no such round or release, or the release's answers are not in this workspace.
    InvalidInput
        When there is no call to learn, or nothing to test on.
    Conflict
        When it would learn from what a release holds out.
    """
    if request.release:
        pieces, left_out = read_release(workspace, request.release, with_bulk=request.with_bulk)
    else:
        pieces, left_out = read_rounds(workspace, request.round_ids, with_bulk=request.with_bulk)
    if request.without_bulk:
        left_out[IN_BULK] += sum(each.answer.is_in_bulk for each in pieces)
        pieces = [each for each in pieces if not each.answer.is_in_bulk]
    if not pieces:
        counts = ", ".join(f"{count} {reason}" for reason, count in sorted(left_out.items()) if count) or "no sessions"
        todo = f" {VERIFIED_HINT}" if left_out.get(Outcome.VERIFIED.value) else " Label some first."
        raise InvalidInput(f"A training needs labelled or empty sessions; found {counts}.{todo}")
    if all(each.judged for each in pieces):
        raise InvalidInput(
            f"A test needs a session that was searched, and has a call; found {len(pieces)} labelled only in bulk. "
            "Submit some on Label."
        )
    warnings: list[str] = []
    learnt = {} if base is None else list_learnt(workspace.files, base)
    if TEST not in {each.split for each in pieces}:
        pieces = _split(workspace, request, pieces, learnt, warnings)
    usable = [each for each in pieces if each.split == TRAIN or not each.judged]
    left_out[BESIDE_TEST] += len(pieces) - len(usable)
    fair = [each for each in usable if each.split != TEST or not each.was_learnt(learnt)]
    left_out[KNOWN_TO_BASE] += len(usable) - len(fair)
    learns = [each for each in fair if each.split == TRAIN]
    tested, left_out[OWN], told = choose_tested(workspace, [each for each in fair if each.split == TEST], learns, base)
    kept = [each for each in fair if each.split != TEST] + tested
    plan = make_plan(kept, request.labels, left_out=left_out, warnings=warnings, told=told)
    _check(workspace, plan)
    return plan


def make_plan(
    pieces: Iterable[LabelledSession],
    labels: Mapping[str, str],
    *,
    left_out: Mapping[str, int] | None = None,
    warnings: Sequence[str] = (),
    told: Sequence[str] = (),
) -> TrainingPlan:
    """Count what the splits hold, and find the recordings that are on both sides."""
    kept = tuple(sorted(pieces, key=lambda each: (each.session.round_id, each.session.position, each.session.id)))
    counts: dict[str, Counter[str]] = {split: Counter() for split in SPLITS}
    for piece in kept:
        counts[piece.split].update(call.label for call in piece.find_calls(labels))
    learnt = {each.recording.sha256 for each in kept if each.split != TEST}
    both = {each.recording.file_name for each in kept if each.split == TEST and each.recording.sha256 in learnt}
    found = [*warnings, *told]
    if missing := sorted(set(counts[TRAIN]) - set(counts[TEST])):
        found.append(f"The test has no {', '.join(missing)}: so how well it is found is unknown.")
    boxes = [box for each in kept for box in each.answer.annotations]
    if in_bulk := sum(box.origin is Origin.BULK for box in boxes):
        found.append(f"Given in bulk, few of them heard: {in_bulk} of {count_of(len(boxes), 'label')}.")
    if judged := [each for each in kept if each.judged]:
        found.append(
            f"Of {count_of(len(judged), 'session')} only the stretches that were labelled in bulk are learnt from "
            f"({sum(each.known_s for each in judged):,.1f} s): nobody has searched the rest."
        )
        if all(each.judged and not each.has_silence(labels) for each in kept if each.split == TRAIN):
            found.append(
                "Nothing that it learns from is without a call. Label some clips as noise and let that label count as "
                "background, or submit some sessions."
            )
    if both:
        found.append(
            f"Training and test share {len(both)} of the recordings: the figures are better than they would be on "
            f"unseen recordings."
        )
    return TrainingPlan(
        pieces=kept,
        left_out={reason: count for reason, count in sorted((left_out or {}).items()) if count},
        shared=tuple(sorted(both)),
        counts={split: dict(sorted(by_label.items())) for split, by_label in counts.items()},
        warnings=tuple(found),
        told=tuple(told),
        taken_over=count_taken_over(each for each in kept if each.split == TRAIN),
    )


def check_learnable(workspace: Workspace, pieces: Iterable[LabelledSession]) -> None:
    """Refuse to learn from what a release holds out; Conflict with the list. The test may be held out."""
    held_out.check_trainable(workspace, sessions=[each.session for each in pieces if each.split != TEST])


def _check(workspace: Workspace, plan: TrainingPlan) -> None:
    if not plan.of(TEST):
        raise InvalidInput(
            "There is nothing to test on: the base model was trained on all of these sessions. Label more, or train "
            "from scratch."
        )
    if not plan.of(TRAIN):
        raise Conflict("Nothing is left to train on: everything is held out for testing by releases.")
    check_learnable(workspace, plan.pieces)
    if not plan.counts[TRAIN]:
        raise InvalidInput("A model learns from calls: expected at least one in the training sessions, found none.")


def _split(
    workspace: Workspace,
    request: TrainingRequest,
    pieces: Sequence[LabelledSession],
    learnt: Learnt,
    warnings: list[str],
) -> list[LabelledSession]:
    """Split sessions by whole groups: what a release holds out is tested on, what the base knows is learnt from."""
    clusters = _cluster(pieces)
    groups = [] if request.group_by == BY_SESSION else _group(request, clusters)
    if len(groups) < 2:
        if request.group_by != BY_SESSION:
            warnings.append(f"There is only one {request.group_by}: sessions of it were split.")
        groups = [_to_group(key, [key], each, request) for key, each in clusters.items()]
    if len(groups) < 2:
        raise InvalidInput(
            "A training needs at least two answered sessions that do not overlap: one to learn from, one to test on."
        )
    theirs = held_out.list_held_out(workspace)
    kept_apart = {ours.sha256 for ours, _, _ in find_common([each.span for each in pieces], theirs)}
    fixed = {key: TRAIN for key, each in clusters.items() if any(piece.was_learnt(learnt) for piece in each)}
    fixed |= {key: TEST for key, each in clusters.items() if each[0].recording.sha256 in kept_apart}
    shares = {TRAIN: 1 - request.test_share, DEV: 0.0, TEST: request.test_share}
    if fixed and set(fixed.values()) == {TEST} and len(fixed) == len(clusters):
        raise Conflict(
            "Nothing is left to train on: everything is held out.\n"
            + "\n".join(describe_common(find_common([each.span for each in pieces], theirs)))
        )
    only_learnt = {unit for group in groups if _is_judged_only(group, clusters) for unit in group.units}
    fixed |= {key: TRAIN for key in only_learnt if key not in fixed}
    splits = assign_splits(groups, shares, str(request.seed), fixed)
    split_of = {unit: splits[group.key] for group in groups for unit in group.units}
    return [replace(piece, split=split_of[key]) for key, each in clusters.items() for piece in each]


def _is_judged_only(group: Group, clusters: Mapping[str, Sequence[LabelledSession]]) -> bool:
    return all(piece.judged for unit in group.units for piece in clusters[unit])


def _cluster(pieces: Sequence[LabelledSession]) -> dict[str, list[LabelledSession]]:
    """Put sessions that overlap in time in one recording together: two rounds may hold the same audio."""
    by_recording: dict[str, list[LabelledSession]] = defaultdict(list)
    for piece in pieces:
        by_recording[piece.recording.sha256].append(piece)
    clusters: dict[str, list[LabelledSession]] = {}
    for sha256, each in by_recording.items():
        until_s, key = -1.0, ""
        for piece in sorted(each, key=lambda piece: (piece.session.start_s, piece.session.end_s)):
            if piece.session.start_s >= until_s:
                key = f"{sha256}/{piece.session.start_s:.6f}"
                clusters[key] = []
            clusters[key].append(piece)
            until_s = max(until_s, piece.session.end_s)
    return clusters


def _group(request: TrainingRequest, clusters: Mapping[str, Sequence[LabelledSession]]) -> list[Group]:
    """Group clusters by what their recordings are kept together by."""
    of_recording: dict[str, list[str]] = defaultdict(list)
    for key in clusters:
        of_recording[key.partition("/")[0]].append(key)
    units = []
    for sha256, keys in of_recording.items():
        first = clusters[keys[0]][0]
        units.append(Unit(sha256, first.site, first.recording.started_at, first.recording.duration_s, 1.0))
    groups = make_groups(units, GroupBy(request.group_by), request.gap_s)
    return [
        _to_group(group.key, keys, [piece for key in keys for piece in clusters[key]], request)
        for group in groups
        for keys in [[key for sha256 in group.units for key in of_recording[sha256]]]
    ]


def _to_group(key: str, units: Sequence[str], pieces: Sequence[LabelledSession], request: TrainingRequest) -> Group:
    pieces = [each for each in pieces if not each.judged]  # of a test these are left out
    counts = Counter(call.label for piece in pieces for call in piece.find_calls(request.labels))
    return Group(key, tuple(units), sum(piece.session.duration_s for piece in pieces), counts)
