"""Models learn from examples: what each kind of training gives, for jobs that keep it as a version."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from podcast_core.domain.model import ModelVersion
from podcast_core.ml.energy.detector import EnergyDetector
from podcast_core.ml.energy.fitting import fit_energy
from podcast_core.ml.interfaces import Example
from podcast_core.ml.registry import versions
from podcast_core.ml.registry.loading import open_checkpoint
from podcast_core.ml.segmenter.training import train_segmenter
from podcast_core.ml.whisperseg.learning import train_whisperseg
from podcast_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a training gives: all that loading a version needs, and what it noted on the way."""

    labels: tuple[str, ...]
    parameters: Mapping[str, Any]
    weights: bytes = b""
    metrics: Mapping[str, Any] = field(default_factory=dict)


def fit_baseline(examples: Sequence[Example]) -> EnergyDetector:
    """Fit the detector without weights; it cannot tell labels apart, and calls what it finds by the commonest one.

    Raises
    ------
    InvalidInput
        When there is no call to learn from.
    """
    labels = Counter(call.label for example in examples for call in example.calls)
    return fit_energy(examples, label=min(labels, key=lambda label: (-labels[label], label), default="call"))


def learn_energy(examples: Sequence[Example]) -> Learnt:
    """Train a detector without weights; errors as `fit_baseline`."""
    detector = fit_baseline(examples)
    return Learnt(detector.labels, detector.parameters())


def learn_segmenter(
    workspace: Workspace, examples: Sequence[Example], *, kind: str, base: ModelVersion | None, **options: Any
) -> Learnt:
    """Train a segmenter, from a version of the same kind where there is a base.

    The other options and the errors are those of `podcast_core.ml.segmenter.training.train_segmenter`.
    """
    warm_start = None if base is None else (base, versions.read_weights(workspace.files, base))
    trained = train_segmenter(examples, kind=kind, warm_start=warm_start, **options)
    return Learnt(trained.labels, trained.parameters, trained.weights, trained.metrics)


def learn_whisperseg(
    workspace: Workspace, examples: Sequence[Example], *, base: ModelVersion, **options: Any
) -> Learnt:
    """Train a WhisperSeg checkpoint further.

    The other options and the errors are those of `podcast_core.ml.whisperseg.learning.train_whisperseg`.
    """
    with open_checkpoint(workspace.files, base) as folder:
        trained = train_whisperseg(folder, examples, **options)
    return Learnt(trained.labels, trained.parameters, trained.weights, trained.metrics)
