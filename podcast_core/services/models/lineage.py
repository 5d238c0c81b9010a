"""What a model and those before it have learnt from: the audio on which no test of it is fair."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from podcast_core.domain.model import ModelVersion
from podcast_core.errors import NotFound
from podcast_core.ml.registry import versions
from podcast_core.storage.files import FileStore

Learnt = Mapping[str, list[tuple[float, float]]]
"""Start and end (seconds of the recording) of what was learnt from, by the SHA-256 of the recording."""


def find_version(files: FileStore, version_id: str) -> ModelVersion:
    """Find a version by ``NAME/VERSION``, or the one in use by ``NAME``; NotFound when there is none."""
    return versions.get_version(files, *versions.split_id(version_id))


def list_learnt(files: FileStore, version: ModelVersion) -> Learnt:
    """List the audio that a version and its ancestors have learnt from.

    Where only recordings are known, all of each counts. Ancestors that are not here (of an imported model) are unknown.
    """
    learnt: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for each in list_line(files, version):
        sessions: Iterable[Mapping[str, Any]] = each.training.get("sessions", ())
        for session in sessions:
            if session["split"] == "train":
                learnt[str(session["sha256"])].append((float(session["start_s"]), float(session["end_s"])))
        if not sessions:
            for sha256 in each.training.get("recordings", {}).values():
                learnt[str(sha256)].append((0.0, float("inf")))
    return learnt


def has_learnt(learnt: Learnt, sha256: str, start_s: float, end_s: float) -> bool:
    """Tell whether any of a piece of audio was learnt from."""
    return any(first_s < end_s and start_s < last_s for first_s, last_s in learnt.get(sha256, ()))


def list_line(files: FileStore, version: ModelVersion) -> list[ModelVersion]:
    """List a version and its ancestors, the youngest first; ancestors that are not here are unknown."""
    line = [version]
    while (parent := line[-1].parent) and parent not in {each.id for each in line}:
        try:
            line.append(find_version(files, parent))
        except NotFound:
            break
    return line
