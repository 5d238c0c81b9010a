"""Labels that are a model's own predictions: told beside its figures, and by default not counted in them.

A model that is measured with labels which people took over from it unchanged (origin *model accepted*, or *bulk* on one
of its boxes) is measured with itself. So these are told, and do not count for the model, nor for versions that started
from it or that have learnt from such labels of it. A prediction names its model without a version: all versions of one
name are one here.

**What is left out is the whole session**, when its answer took a prediction of the model over unchanged or rejected
one. Leaving out the labels alone would make false alarms of the model's hits. Leaving out the time around them would
keep nothing but the calls that the model misses. Leaving out only sessions with labels that were taken over would keep
those in which its predictions were rejected: its false alarms without its hits. What remains are sessions in which
nobody judged a prediction of the model as it was. That is fair to compare models by. It is no random sample any more:
the sessions in which the model finds nothing are more among them, so that nothing is estimated for a round from it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from podcast_core.domain.model import ModelVersion
from podcast_core.domain.submission import Submission
from podcast_core.errors import count_of
from podcast_core.services.learning.pieces import TRAIN, LabelledSession
from podcast_core.services.models.lineage import list_line
from podcast_core.storage import submissions
from podcast_core.workspace import Workspace

OWN = "judged with a model's own predictions"


@dataclass(frozen=True, slots=True)
class OwnLabels:
    """How far labels are a model's own: ``labels`` of ``all_labels`` taken over unchanged, ``sessions`` left out."""

    sessions: int
    labels: int
    all_labels: int

    @property
    def share(self) -> float:
        """The share of the labels that are the model's own."""
        return self.labels / self.all_labels if self.all_labels else 0.0

    def describe(self, name: str) -> str:
        """Tell it in a sentence."""
        return (
            f"Unchanged predictions of {name} or of models it comes from: {self.labels} of "
            f"{count_of(self.all_labels, 'label')} ({self.share:.0%}), in {count_of(self.sessions, 'session')} where "
            "such predictions were judged."
        )


def list_family(workspace: Workspace, version: ModelVersion) -> frozenset[str]:
    """List the models whose unchanged predictions are no fair labels for a version, as `to_key` writes them."""
    line = list_line(workspace.files, version)
    names = {each.name for each in line}
    learnt = {
        str(session["submission_id"])
        for each in line
        for session in each.training.get("sessions", ())
        if session.get("split") == TRAIN and "submission_id" in session
    }
    names.update(*(each.training.get("taken_over", {}) for each in line))
    with workspace.database.reading() as connection:
        names |= submissions.list_taken_over(connection, learnt)
    return frozenset(map(to_key, names))


def to_key(model: str) -> str:
    """Name a model without its version, as names are compared."""
    return model.partition("/")[0].strip().casefold()


def is_own(answer: Submission, family: Collection[str]) -> bool:
    """Tell whether an answer took over or rejected a prediction of a model as it was."""
    kept = any(box.is_taken_over and to_key(box.model) in family for box in answer.annotations)
    return kept or any(to_key(prediction.model) in family for prediction in answer.rejected)


def measure_own(pieces: Iterable[LabelledSession], family: Collection[str]) -> OwnLabels:
    """Count how far the labels of sessions are a model's own."""
    pieces = tuple(pieces)
    boxes = [box for piece in pieces for box in piece.answer.annotations]
    own = sum(box.is_taken_over and to_key(box.model) in family for box in boxes)
    return OwnLabels(sum(is_own(piece.answer, family) for piece in pieces), own, len(boxes))


def count_taken_over(pieces: Iterable[LabelledSession]) -> dict[str, int]:
    """Count the labels of sessions that are unchanged predictions, by model."""
    boxes = (box for piece in pieces for box in piece.answer.annotations)
    counts = Counter(box.model for box in boxes if box.is_taken_over and box.model)
    return dict(sorted(counts.items()))


def choose_tested(
    workspace: Workspace,
    pieces: Sequence[LabelledSession],
    learnt: Sequence[LabelledSession],
    base: ModelVersion | None,
) -> tuple[list[LabelledSession], int, list[str]]:
    """Choose on which of the ``pieces`` a model is tested that will have learnt from others, and starts from a base.

    Without a call in what would be left, all of them stay: a test that knows no call says nothing at all.

    Returns
    -------
    tested : list of LabelledSession
    left_out : int
        How many are left out.
    told : list of str
        Sentences for whoever sees the figures.
    """
    family = {to_key(each) for each in count_taken_over(learnt)}
    if base is not None:
        family |= list_family(workspace, base)
    own = measure_own(pieces, family)
    told = []
    if own.labels:
        told.append(f"Of the test, {own.describe('the model it starts from, or has learnt from,')}")
    fair = [each for each in pieces if not is_own(each.answer, family)]
    if any(each.answer.annotations for each in fair):
        return fair, len(pieces) - len(fair), told
    if own.sessions:
        told.append("Nothing else in the test has a call, so they count: the figures are better than they should be.")
    return list(pieces), 0, told
