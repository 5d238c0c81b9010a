"""Bringing a WhisperSeg checkpoint into the file store: from a folder, or from the Hugging Face hub."""

import re
import tempfile
from pathlib import Path

from podcast_core.errors import Conflict, InvalidInput, ModelUnavailable, NotFound
from podcast_core.ml.whisperseg.folders import (
    CONFIG,
    CT2_TOKENIZER,
    CT2_WEIGHTS,
    TOKENIZER_FILES,
    WEIGHTS,
    find_checkpoint,
    read_checkpoint,
)
from podcast_core.storage.files import FileStore

HUB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
HUB_TIMEOUT_S = 30  # chosen: somebody waits for the answer
OTHER_FILES = ("generation_config.json", "vocabulary.json", "vocabulary.txt", "README.md", CT2_WEIGHTS)
INDEX = re.compile(r"(model\.safetensors|pytorch_model\.bin)\.index\.json")


def place_folder(files: FileStore, folder: Path, name: str) -> None:
    """Copy a checkpoint's folder to ``models/NAME``; it is a model when the last file, ``config.json``, is there.

    Raises
    ------
    NotFound, InvalidInput
        When the folder holds no WhisperSeg checkpoint; the message says why.
    Conflict
        When there is something of that name.
    """
    folder = folder.resolve()  # by a relative name nothing below it would be below its whole name
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and is_part(str(path.relative_to(folder)))]
    names = [path.relative_to(folder).as_posix() for path in found]
    read_checkpoint(FileStore(str(folder.parent)), folder.name, names)
    if files.list(f"models/{name}"):
        raise Conflict(f"There is a model {name!r} already: expected a new name.")
    for path in sorted(found, key=lambda each: each.name == CONFIG):
        with path.open("rb") as file:
            files.add_file(f"models/{name}/{path.relative_to(folder).as_posix()}", file)


def fetch_checkpoint(files: FileStore, hub_id: str, name: str, *, endpoint: str | None = None) -> None:
    """Fetch a checkpoint from the hub and place it as NAME; where NAME is there, the internet is not asked.

    Parameters
    ----------
    hub_id
        ``OWNER/NAME`` on the hub, such as ``nccratliri/whisperseg-base-animal-vad``.
    endpoint
        Address of another hub; None: Hugging Face's, or what ``HF_ENDPOINT`` says.

    Raises
    ------
    InvalidInput
        When the id cannot be one, or what is there is no WhisperSeg checkpoint.
    ModelUnavailable
        When the hub is not reached, or has nothing of that id.
    """
    if not HUB_ID.fullmatch(hub_id):
        raise InvalidInput(f"Expected OWNER/NAME of a checkpoint on the hub, found {hub_id[:100]!r}.")
    if find_checkpoint(files, name):
        return
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]  # httpx's, of the release it uses

    with tempfile.TemporaryDirectory(prefix="podcast-model-") as folder:
        try:
            api = HfApi(endpoint=endpoint)
            info = api.model_info(hub_id, timeout=HUB_TIMEOUT_S)
            names = choose_files([each.rfilename for each in info.siblings or []])
            api.snapshot_download(hub_id, revision=info.sha, local_dir=folder, allow_patterns=names)
        except (HTTPError, OSError, ValueError) as error:
            raise ModelUnavailable(
                f"{hub_id} cannot be fetched from the hub: {error}. Where there is no internet, put the checkpoint's "
                f"folder into the file store as models/{name}."
            ) from error
        try:
            place_folder(files, Path(folder), name)
        except (NotFound, InvalidInput) as error:
            raise InvalidInput(f"{hub_id} is no WhisperSeg checkpoint. {error}") from error


def choose_files(names: list[str]) -> list[str]:
    """Choose what is needed of a checkpoint on the hub: its weights once, as safetensors where there are any."""
    parts = [name for name in names if is_part(name)]
    if any(name.endswith(".safetensors") for name in parts):
        return [name for name in parts if not name.startswith("pytorch_model")]
    return parts


def is_part(name: str) -> bool:
    """Tell whether a file, by its name from the checkpoint's folder on, is one of a checkpoint's."""
    match = re.fullmatch(rf"([A-Za-z0-9_][A-Za-z0-9._-]*/)?({CT2_TOKENIZER}/)?([^/]+)", name)
    last = match[3] if match else ""
    known = (CONFIG, *TOKENIZER_FILES, *OTHER_FILES)
    return last in known or bool(WEIGHTS.fullmatch(last) or INDEX.fullmatch(last))
