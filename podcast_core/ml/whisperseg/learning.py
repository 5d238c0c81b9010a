"""Training a WhisperSeg model of the registry further: from a version to all that the next one needs."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from podcast_core.domain.model import ModelVersion
from podcast_core.errors import ModelUnavailable
from podcast_core.ml.interfaces import Example
from podcast_core.ml.registry.registry import read_weights
from podcast_core.ml.whisperseg.finetuning import Plan, Step, finetune_whisperseg
from podcast_core.ml.whisperseg.folders import open_folder, unpack
from podcast_core.ml.whisperseg.loading import FOLDER, KIND, describe, pack_model
from podcast_core.storage.files import FileStore


@dataclass(frozen=True, slots=True)
class TrainedWhisperSeg:
    """What `registry.add_version` needs; ``metrics`` say how it was trained."""

    labels: tuple[str, ...]
    parameters: dict[str, Any]
    weights: bytes
    metrics: dict[str, Any]
    kind: str = KIND


def train_whisperseg(
    files: FileStore,
    base: ModelVersion,
    examples: Sequence[Example],
    *,
    plan: Plan | None = None,
    clusters: Mapping[str, str] | None = None,
    device: str = "cpu",
    on_step: Callable[[Step], None] | None = None,
) -> TrainedWhisperSeg:
    """Train a version further; see `finetune_whisperseg` for parameters and errors.

    Raises
    ------
    ModelUnavailable
        When the base is no WhisperSeg model, or there is only what was converted of it.
    """
    plan = plan or Plan()
    with open_base(files, base) as folder, tempfile.TemporaryDirectory(prefix="podcast-model-") as made:
        target = Path(made, "model")
        config = finetune_whisperseg(
            examples, folder, target, plan=plan, clusters=clusters, device=device, on_step=on_step
        )
        weights = pack_model(target)
    labels = tuple(config.labels.values())
    return TrainedWhisperSeg(labels, describe(config), weights, {"plan": asdict(plan)})


@contextmanager
def open_base(files: FileStore, base: ModelVersion) -> Iterator[Path]:
    """Open a version's checkpoint as a folder in Hugging Face's layout."""
    if base.kind != KIND:
        raise ModelUnavailable(f"{base.id} is of the kind {base.kind!r}: expected a WhisperSeg model.")
    if not base.is_placed:
        with unpack(read_weights(files, base)) as folder:
            yield folder
    elif base.parameters[FOLDER]:
        with open_folder(files, base.parameters[FOLDER]) as folder:
            yield folder
    else:
        raise ModelUnavailable(
            f"{base.id} was converted to CTranslate2 and cannot be trained further: put the checkpoint that it was "
            f"made of beside it, as models/{base.name}/final_checkpoint."
        )
