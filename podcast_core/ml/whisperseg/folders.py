"""WhisperSeg checkpoints as folders of the file store, as Hugging Face or WhisperSeg's training lays them out.

Put a folder ``models/NAME`` into the file store, and NAME is a model. It holds ``config.json``, the tokenizer's files
and ``model.safetensors`` or ``pytorch_model.bin``; or, converted to CTranslate2, ``model.bin`` and ``hf_model/``; or
folders that do (``final_checkpoint``, ``final_checkpoint_ct2``).
"""

import hashlib
import io
import json
import os
import re
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from podcast_core.errors import InvalidInput, ModelUnavailable, NotFound
from podcast_core.ml.whisperseg.config import WhisperSegConfig, read_config
from podcast_core.storage.files import FileStore
from podcast_core.zips import open_zip, read_member

CONFIG = "config.json"
WEIGHTS = re.compile(r"model(-\d+-of-\d+)?\.safetensors|pytorch_model(-\d+-of-\d+)?\.bin")
CT2_WEIGHTS, CT2_TOKENIZER = "model.bin", "hf_model"
MAX_CONFIG_LENGTH = 1 << 20  # chosen: real ones have kilobytes
MAX_PACKED_BYTES = 8 << 30  # chosen: large-v3 has 3 GB in 16 bits, 6 in 32
TOKENIZER_FILES = (
    "vocab.json",
    "merges.txt",
    "added_tokens.json",
    "special_tokens_map.json",
    "tokenizer_config.json",
    "tokenizer.json",
    "normalizer.json",
)
UNKNOWN_TIME = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint in the file store; one of the two folders may be empty. Folders are keys without ending slash.

    ``stamp`` is another one as soon as a file is: it is made of the names, sizes and times of all files.
    """

    name: str
    folder: str
    ct2_folder: str
    config: WhisperSegConfig
    placed_at: datetime
    stamp: str


def find_checkpoints(files: FileStore, keys: Sequence[str]) -> list[Checkpoint]:
    """Find the checkpoints among the keys below ``models``; what cannot be one is left out."""
    found = []
    for name, names in sorted(_group(keys).items()):
        try:
            found.append(read_checkpoint(files, f"models/{name}", names))
        except (InvalidInput, NotFound, ModelUnavailable):
            continue  # `read_checkpoint` says why when somebody asks for it by name
    return found


def find_checkpoint(files: FileStore, name: str) -> Checkpoint | None:
    """Find the checkpoint of a name; None when there is no folder that looks like one.

    Raises
    ------
    ModelUnavailable
        When the folder is there and cannot be used; the message says why.
    """
    names = _group(files.list(f"models/{name}")).get(name, [])
    try:
        return read_checkpoint(files, f"models/{name}", names)
    except NotFound:
        return None
    except InvalidInput as error:
        raise ModelUnavailable(f"The folder models/{name} is no WhisperSeg checkpoint. {error}") from error


def read_checkpoint(files: FileStore, root: str, names: Sequence[str]) -> Checkpoint:
    """Read what the folder ``root`` holds; ``names`` are its files, from ``root/`` on.

    Raises
    ------
    NotFound
        When no file of it is a checkpoint's weights.
    InvalidInput
        When its ``config.json`` is not of a WhisperSeg model.
    """
    known = set(names)
    parents = {str(Path(each).parent) for each in names}
    plain = [each for each in parents if _join(each, CONFIG) in known and any(_is_weights(each, one) for one in names)]
    fast = [each for each in parents if {_join(each, CT2_WEIGHTS), _join(each, f"{CT2_TOKENIZER}/{CONFIG}")} <= known]
    if not plain and not fast:
        raise NotFound(
            f"{root} holds no checkpoint: expected {CONFIG} and model.safetensors or pytorch_model.bin in it, "
            f"or {CT2_WEIGHTS} and {CT2_TOKENIZER}/{CONFIG}."
        )
    folder, ct2_folder = _prefer(plain), _prefer(fast)
    key = _join(root, _join(folder, CONFIG) if plain else _join(ct2_folder, f"{CT2_TOKENIZER}/{CONFIG}"))
    placed_at, stamp = _look_at(files, [_join(root, each) for each in names])
    return Checkpoint(
        name=root.rpartition("/")[2],
        folder=_join(root, folder) if plain else "",
        ct2_folder=_join(root, ct2_folder) if fast else "",
        config=read_config(read_document(files.read(key)[:MAX_CONFIG_LENGTH])),
        placed_at=placed_at,
        stamp=stamp,
    )


def read_document(data: bytes) -> dict[str, object]:
    """Read a ``config.json``; InvalidInput when it is no JSON object."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"config.json is not JSON: {error}.") from error
    if not isinstance(document, dict):
        raise InvalidInput(f"config.json: expected an object, found {type(document).__name__}.")
    return document


@contextmanager
def open_folder(files: FileStore, folder: str) -> Iterator[Path]:
    """Give a folder of the file store as one of this machine: itself, or a copy that goes afterwards."""
    place = files.url(folder)
    if isinstance(place, str):
        yield Path(place)
        return
    with tempfile.TemporaryDirectory(prefix="podcast-model-") as copy:
        for key in files.list(folder):
            target = Path(copy, key.removeprefix(f"{folder}/"))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(files.read(key))
        yield Path(copy)


def pack(folder: Path) -> bytes:
    """Write a checkpoint's folder as one zip, in which weights are not compressed; equal folders give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.writestr(
                    zipfile.ZipInfo(path.relative_to(folder).as_posix(), (1980, 1, 1, 0, 0, 0)), path.read_bytes()
                )
    return buffer.getvalue()


@contextmanager
def unpack(data: bytes) -> Iterator[Path]:
    """Give what `pack` wrote as a folder that goes afterwards.

    Raises
    ------
    ModelUnavailable
        When it is no such zip.
    """
    with tempfile.TemporaryDirectory(prefix="podcast-model-") as folder:
        try:
            with open_zip(data, "expected a zip archive") as archive:
                for info in archive.infolist():
                    if not _is_expected(info.filename):
                        raise ModelUnavailable(f"A packed checkpoint has no file {info.filename[:80]!r}.")
                    target = Path(folder, info.filename)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(read_member(archive, info, MAX_PACKED_BYTES))
        except InvalidInput as error:
            raise ModelUnavailable(f"The packed checkpoint cannot be read: {error}.") from error
        yield Path(folder)


def _is_expected(name: str) -> bool:
    parts = name.split("/")
    return len(parts) <= 3 and all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", part) for part in parts)


def _group(keys: Sequence[str]) -> dict[str, list[str]]:
    """Group keys by the folder below ``models``, without those of versions (their folders are numbers)."""
    groups: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        _, name, *rest = key.split("/")
        if rest and not rest[0].isdigit():
            groups[name].append("/".join(rest))
    return groups


def _is_weights(parent: str, name: str) -> bool:
    path = Path(name)
    return str(path.parent) == parent and bool(WEIGHTS.fullmatch(path.name))


def _prefer(folders: Sequence[str]) -> str:
    """Choose the final one of several checkpoints, else the one nearest to the top, the last in the alphabet."""
    ranked = sorted(folders, reverse=True)
    ranked.sort(key=lambda each: (not each.startswith("final_checkpoint"), len(Path(each).parts)))
    return ranked[0] if ranked else ""


def _join(folder: str, name: str) -> str:
    return name if folder in ("", ".") else folder if name in ("", ".") else f"{folder}/{name}"


def _look_at(files: FileStore, keys: Sequence[str]) -> tuple[datetime, str]:
    """Tell when the newest file was put here, and a stamp of all; a store that is no folder knows names only."""
    places = {key: files.url(key) for key in sorted(keys)}
    try:
        found = {key: os.stat(place) for key, place in places.items() if isinstance(place, str)}
    except OSError:  # one is being replaced
        found = {}
    seen = [(key, found[key].st_size, found[key].st_mtime_ns) if key in found else key for key in places]
    newest = max((each.st_mtime for each in found.values()), default=None)
    placed_at = UNKNOWN_TIME if newest is None else datetime.fromtimestamp(newest, UTC)
    return placed_at, hashlib.sha256(json.dumps(seen).encode()).hexdigest()
