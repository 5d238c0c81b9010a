"""The containers of an original Pod.Cast deployment, in a folder, a bucket or wherever an fsspec driver reaches.

``ROOT/{getcontainer}-{roundid}/SESSION.json`` holds predictions, ``ROOT/{postcontainer}-{roundid}/SESSION.json`` what
people submitted, ``ROOT/{audiocontainer}/...`` the wavs, and ``roundinfoconfig`` (``CONTAINER/FILENAME``) names the
YAML with the rounds. The names stand in ``CREDS.yaml``, whose account key is never read here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from podcast_core.errors import InvalidInput, NotFound
from podcast_core.remote.places import Place
from podcast_core.storage.files import FileStore
from podcast_core.workspace import Workspace
from podcast_core.yaml_files import load_yaml

CREDS = "CREDS.yaml"
ROUND_INFO = "ROUND_INFO_CONFIG.yaml"
DEFAULT = "default"
AUDIO_SUFFIXES = (".wav", ".flac", ".mp3", ".ogg")
STORES = ("s3", "abfs", "abfss", "az", "gs", "gcs", "memory")  # what a deployment can lie in, besides a folder
DRIVERS = {"abfs": "adlfs", "abfss": "adlfs", "az": "adlfs", "gs": "gcsfs", "gcs": "gcsfs"}


@dataclass(frozen=True, slots=True)
class Layout:
    """Names of the containers, as in ``CREDS.yaml``."""

    getcontainer: str = "predictions"
    postcontainer: str = "annotations"
    audiocontainer: str = "audiosegments"
    roundinfoconfig: str = ROUND_INFO

    def name_container(self, kind: str, round_id: str) -> str:
        """Name a round's container of a kind (``get`` or ``post``)."""
        return f"{self.getcontainer if kind == 'get' else self.postcontainer}-{round_id}"


@dataclass(frozen=True, slots=True)
class RoundInfo:
    """What the YAML says about a round."""

    text: str = ""
    hydrophone: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Deployment:
    """An open deployment: its files, the names of its containers, its rounds, and where its audio is by file name."""

    root: str
    files: FileStore
    layout: Layout
    rounds: Mapping[str, RoundInfo] = field(default_factory=dict)
    current_round: str = ""

    def list_documents(self, kind: str, round_id: str) -> dict[str, str]:
        """List a round's documents: key by session id."""
        container = self.layout.name_container(kind, round_id)
        keys = [key for key in list_keys(self.files, container) if key.endswith(".json") and key.count("/") == 1]
        return {PurePosixPath(key).stem: key for key in keys}

    def list_audio(self) -> dict[str, list[str]]:
        """List the audio container's files: keys by file name."""
        found: dict[str, list[str]] = {}
        for key in list_keys(self.files, self.layout.audiocontainer):
            if key.lower().endswith(AUDIO_SUFFIXES):
                found.setdefault(PurePosixPath(key).name, []).append(key)
        return found

    def locate(self, key: str) -> str | Place:
        """Name a file so that the audio layer can open it."""
        return self.files.url(key)


def open_files(workspace: Workspace, root: str) -> FileStore:
    """Open the place of a deployment.

    Only folders and stores are opened: what else fsspec knows reaches the server's network past the guard of addresses
    (``http://``, ``sftp://``), or chains one with another (``zip://x::http://...``).

    Raises
    ------
    InvalidInput
        When it is none of these, or its driver is not installed.
    """
    scheme = root.partition("://")[0] if "://" in root else ""
    if "::" in root or (scheme and scheme not in STORES):
        starts = ", ".join(f"{each}://" for each in STORES[:-1])
        raise InvalidInput(f"Expected a folder, or an address that starts with one of {starts}, found {root[:200]!r}.")
    place = root if scheme else str(Path(root).expanduser().resolve())
    try:
        return FileStore(place, workspace.remote)
    except InvalidInput as error:
        driver = DRIVERS.get(scheme)
        if driver is None:
            raise InvalidInput(f"Expected a folder or a URL of a deployment, found {root!r}: {error}") from error
        raise InvalidInput(
            f"{root}: {scheme}:// needs the Python package {driver}, which is not installed. Install it with "
            f"'python -m pip install {driver}' and say the account in AZURE_STORAGE_CONNECTION_STRING (Azure) "
            "or as its manual says, or copy the containers into a folder and name that."
        ) from error


def open_deployment(workspace: Workspace, root: str, names: Mapping[str, str]) -> Deployment:
    """Open a deployment: names that are given, else those of its ``CREDS.yaml``, else the usual ones.

    Raises
    ------
    InvalidInput
        When a YAML cannot be read, with line and column.
    NotFound
        When a folder of this name is not there.
    """
    if "://" not in root and not Path(root).expanduser().is_dir():
        raise NotFound(f"There is no folder {root}.")
    files = open_files(workspace, root)
    said = read_yaml(files, CREDS) or {}
    known = {key: str(said[key]) for key in Layout.__dataclass_fields__ if said.get(key)}
    layout = replace(Layout(), **{**known, **{key: value for key, value in names.items() if value}})
    info = read_yaml(files, layout.roundinfoconfig) or read_yaml(files, PurePosixPath(layout.roundinfoconfig).name)
    rounds, current = _read_rounds(layout.roundinfoconfig, info or {})
    return Deployment(root, files, layout, {**rounds, **_find_rounds(root, layout, rounds)}, current)


def list_keys(files: FileStore, container: str) -> list[str]:
    """List what is in a container; nothing when there is none."""
    try:
        return files.list(container)
    except NotFound:
        return []


def read_yaml(files: FileStore, key: str) -> dict[str, Any] | None:
    """Read a YAML file as the original does, all values as text; None when there is none.

    Raises
    ------
    InvalidInput
        When it is no mapping.
    """
    try:
        data = files.read(key)
    except NotFound:
        return None
    document = load_yaml(key, data, all_text=True)
    if not isinstance(document, dict):
        raise InvalidInput(f"{key}: expected names with values, found {str(document)[:60]!r}")
    return document


def write_yaml(document: Mapping[str, Any]) -> bytes:
    """Write YAML in the order of the document."""
    text: str = yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True, width=1000)
    return text.encode()


def _read_rounds(name: str, document: Mapping[str, Any]) -> tuple[dict[str, RoundInfo], str]:
    infos, places = (document.get(key) or {} for key in ("round_info", "hydrophone_info"))
    if not isinstance(infos, dict) or not isinstance(places, dict):
        raise InvalidInput(f"{name}: expected round_info and hydrophone_info with names in them")
    rounds = {}
    for round_id, info in infos.items():
        if round_id == DEFAULT or not isinstance(info, dict):
            continue
        place = places.get(info.get("hydrophone_id", DEFAULT), places.get(DEFAULT)) or {}
        url = str(place.get("url", ""))
        rounds[round_id] = RoundInfo(
            text=" ".join(str(info.get("text", "")).split()),
            hydrophone=str(place.get("display_name", "")),
            url=url if url.startswith(("https://", "http://")) else "",
        )
    return rounds, str(document.get("current_round", ""))


def _find_rounds(root: str, layout: Layout, known: Iterable[str]) -> dict[str, RoundInfo]:
    """Find rounds that have a folder but are not in the YAML; only a folder on this machine can be listed at once."""
    if "://" in root:
        return {}
    prefix = f"{layout.getcontainer}-"
    names = sorted(each.name for each in Path(root).expanduser().iterdir() if each.is_dir())
    found = [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
    return {name: RoundInfo() for name in found if name not in set(known)}
