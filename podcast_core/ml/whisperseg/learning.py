"""Training a WhisperSeg checkpoint further: from its folder to all that the next version needs."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from podcast_core.ml.interfaces import Example
from podcast_core.ml.whisperseg.finetuning import Plan, Step, finetune_whisperseg
from podcast_core.ml.whisperseg.loading import KIND, describe, pack_model


@dataclass(frozen=True, slots=True)
class TrainedWhisperSeg:
    """What `registry.versions.add_version` needs; ``metrics`` say how it was trained."""

    labels: tuple[str, ...]
    parameters: dict[str, Any]
    weights: bytes
    metrics: dict[str, Any]
    kind: str = KIND


def train_whisperseg(
    folder: Path,
    examples: Sequence[Example],
    *,
    plan: Plan | None = None,
    clusters: Mapping[str, str] | None = None,
    device: str = "cpu",
    on_step: Callable[[Step], None] | None = None,
) -> TrainedWhisperSeg:
    """Train the checkpoint in a folder further, see `registry.loading.open_checkpoint`.

    Parameters and errors are those of `finetune_whisperseg`.
    """
    plan = plan or Plan()
    with tempfile.TemporaryDirectory(prefix="podcast-model-") as made:
        target = Path(made, "model")
        config = finetune_whisperseg(
            examples, folder, target, plan=plan, clusters=clusters, device=device, on_step=on_step
        )
        weights = pack_model(target)
    labels = tuple(config.labels.values())
    return TrainedWhisperSeg(labels, describe(config), weights, {"plan": asdict(plan)})
