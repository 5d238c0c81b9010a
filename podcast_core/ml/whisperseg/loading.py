"""WhisperSeg models become detectors: from a folder of the file store, or packed as a version's weights."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from podcast_core.errors import InvalidInput, ModelUnavailable
from podcast_core.ml.whisperseg.config import WhisperSegConfig, read_config
from podcast_core.ml.whisperseg.ct2 import convert, is_installed, load_ct2
from podcast_core.ml.whisperseg.decoding import TorchDecoder, load_network
from podcast_core.ml.whisperseg.detector import WhisperSegDetector
from podcast_core.ml.whisperseg.folders import CONFIG, CT2_TOKENIZER, open_folder, pack, read_document, unpack
from podcast_core.ml.whisperseg.tokens import read_tokens
from podcast_core.storage.files import FileStore

KIND = "whisperseg"
FOLDER, CT2_FOLDER = "folder", "ct2_folder"
CLUSTERS = "clusters"
CONVERTED = "ct2"  # in a packed model


def describe(config: WhisperSegConfig) -> dict[str, Any]:
    """Say what a model's version is to be known by, fit for JSON: each label's class, and how it hears."""
    heard = {name: value for name, value in asdict(config).items() if name != CLUSTERS}
    return {CLUSTERS: {config.labels[number]: cluster for cluster, number in config.clusters.items()}, **heard}


def load_placed(files: FileStore, parameters: Mapping[str, Any], *, device: str = "cpu") -> WhisperSegDetector:
    """Load the checkpoint of a folder: the converted one where CTranslate2 is installed, else with transformers.

    Raises
    ------
    ModelUnavailable
        When it cannot run here.
    """
    folder, ct2_folder = parameters[FOLDER], parameters[CT2_FOLDER]
    if ct2_folder and (not folder or _is_faster(device)):
        with open_folder(files, ct2_folder) as path:
            return _load_converted(path, path / CT2_TOKENIZER, device)
    with open_folder(files, folder) as path:
        return load_folder(path, device=device)


def pack_model(folder: Path) -> bytes:
    """Pack a checkpoint as the weights of a version, converted as well where CTranslate2 is installed."""
    if is_installed():
        convert(folder, folder / CONVERTED)
    return pack(folder)


def load_packed(weights: bytes, *, device: str = "cpu") -> WhisperSegDetector:
    """Load what `pack_model` packed; errors as `load_placed`."""
    with unpack(weights) as path:
        if (path / CONVERTED).is_dir() and _is_faster(device):
            return _load_converted(path / CONVERTED, path, device)
        return load_folder(path, device=device)


def load_folder(path: Path, *, device: str = "cpu") -> WhisperSegDetector:
    """Load a checkpoint in Hugging Face's layout; errors as `load_placed`."""
    config, _ = _read(path)
    tokens = read_tokens(path, config)
    return WhisperSegDetector(config, TorchDecoder(load_network(path, device), tokens))


def _is_faster(device: str) -> bool:
    return is_installed() and device != "mps"


def _load_converted(path: Path, tokenizer: Path, device: str) -> WhisperSegDetector:
    config, document = _read(tokenizer)
    tokens = read_tokens(tokenizer, config)
    vocabulary = int(document.get("vocab_size", 0)) or max(int(tokens.times.max()), *tokens.species) + 1
    return WhisperSegDetector(config, load_ct2(path, tokens, vocabulary, device))


def _read(folder: Path) -> tuple[WhisperSegConfig, dict[str, Any]]:
    try:
        document = read_document((folder / CONFIG).read_bytes())
        return read_config(document), document
    except OSError as error:
        raise ModelUnavailable(f"The checkpoint has no {CONFIG} that can be read: {error}") from error
    except InvalidInput as error:
        raise ModelUnavailable(f"This is no WhisperSeg checkpoint. {error}") from error
