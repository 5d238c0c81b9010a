"""From a version to what finds calls or describes sound: a table of what loads each kind of model."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

from podcast_core.domain.model import ModelVersion
from podcast_core.errors import ModelUnavailable
from podcast_core.ml.agile import clip_detector
from podcast_core.ml.energy.detector import EnergyDetector
from podcast_core.ml.external import window_model
from podcast_core.ml.external.card import NetworkFormat
from podcast_core.ml.interfaces import Detector, Embedder
from podcast_core.ml.registry.plugins import DETECTORS, EMBEDDERS, find_plugin, list_plugins
from podcast_core.ml.registry.versions import read_weights
from podcast_core.ml.segmenter.detector import KINDS as SEGMENTER_KINDS
from podcast_core.ml.segmenter.detector import load_segmenter
from podcast_core.ml.whisperseg.folders import open_folder, unpack
from podcast_core.ml.whisperseg.loading import FOLDER, load_packed, load_placed
from podcast_core.ml.whisperseg.loading import KIND as WHISPERSEG
from podcast_core.storage.files import FileStore

Loader = Callable[[ModelVersion, bytes, str], Detector]
"""Makes a detector of a version, its weights and the device (see `podcast_core.ml.device`)."""
EmbedderLoader = Callable[[ModelVersion, bytes, str], Embedder]


def _load_energy(version: ModelVersion, weights: bytes, device: str) -> Detector:  # noqa: ARG001  # it needs neither
    return EnergyDetector.from_parameters(version.parameters)


def _load_segmenter(version: ModelVersion, weights: bytes, device: str) -> Detector:
    return load_segmenter(version.kind, version.labels, version.parameters, weights, device=device)


def _load_whisperseg(version: ModelVersion, weights: bytes, device: str) -> Detector:  # noqa: ARG001  # it is within
    return load_packed(weights, device=device)


def _load_clips(version: ModelVersion, weights: bytes, device: str) -> Detector:  # noqa: ARG001  # a product is quick
    return clip_detector.load_detector(version.labels, version.parameters, weights)


WINDOW_KINDS: tuple[str, ...] = get_args(NetworkFormat)
LOADERS: Mapping[str, Loader] = {
    "energy": _load_energy,
    **dict.fromkeys(SEGMENTER_KINDS, _load_segmenter),
    WHISPERSEG: _load_whisperseg,
    **dict.fromkeys(WINDOW_KINDS, window_model.load_detector),
    "clip-classifier": _load_clips,
}
"""How each kind of model becomes a detector. What is heavy is imported when a loader runs."""
EMBEDDER_LOADERS: Mapping[str, EmbedderLoader] = dict.fromkeys(WINDOW_KINDS, window_model.load_embedder)
"""How each kind of model that describes sound becomes an embedder."""


def make_detector(files: FileStore, version: ModelVersion, device: str) -> Detector:
    """Make a detector of a version."""
    if version.is_placed:
        return load_placed(files, version.parameters, device=device)
    return load(version, read_weights(files, version), device)


def make_embedder(files: FileStore, version: ModelVersion, device: str) -> Embedder:
    """Make an embedder of a version."""
    return load_as_embedder(version, read_weights(files, version), device)


def load(version: ModelVersion, weights: bytes, device: str) -> Detector:
    """Make a detector of a description and weights, which need not be stored; ModelUnavailable for an unknown kind."""
    loader = LOADERS.get(version.kind) or find_plugin(DETECTORS, version.kind)
    if loader is None:
        raise ModelUnavailable(
            f"{version.id} is of the kind {version.kind!r}, which cannot run here; "
            f"expected one of {', '.join(list_kinds())}."
        )
    detector: Detector = loader(version, weights, device)
    return detector


def load_as_embedder(version: ModelVersion, weights: bytes, device: str) -> Embedder:
    """Make an embedder of a description and weights, which need not be stored.

    Raises
    ------
    ModelUnavailable
        For a kind that describes nothing.
    """
    loader = EMBEDDER_LOADERS.get(version.kind) or find_plugin(EMBEDDERS, version.kind)
    if loader is None:
        known = [*EMBEDDER_LOADERS, *list_plugins(EMBEDDERS)]
        raise ModelUnavailable(
            f"{version.id} is of the kind {version.kind!r}, which does not describe sound by vectors; "
            f"expected one of {', '.join(known)}."
        )
    embedder: Embedder = loader(version, weights, device)
    return embedder


def list_kinds() -> list[str]:
    """List the kinds of models that can find calls here, also those of installed packages."""
    return [*LOADERS, *(kind for kind in list_plugins(DETECTORS) if kind not in LOADERS)]


@contextmanager
def open_checkpoint(files: FileStore, version: ModelVersion) -> Iterator[Path]:
    """Open a WhisperSeg version as a folder in Hugging Face's layout, from which a training can go on.

    Raises
    ------
    ModelUnavailable
        When it is no WhisperSeg model, or there is only what was converted of it.
    """
    if version.kind != WHISPERSEG:
        raise ModelUnavailable(f"{version.id} is of the kind {version.kind!r}: expected a WhisperSeg model.")
    if not version.is_placed:
        with unpack(read_weights(files, version)) as folder:
            yield folder
    elif version.parameters[FOLDER]:
        with open_folder(files, version.parameters[FOLDER]) as folder:
            yield folder
    else:
        raise ModelUnavailable(
            f"{version.id} was converted to CTranslate2 and cannot be trained further: put the checkpoint that it was "
            f"made of beside it, as models/{version.name}/final_checkpoint."
        )
