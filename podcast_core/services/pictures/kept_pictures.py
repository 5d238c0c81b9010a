"""Pictures are computed once: of many who ask for the same one at the same time, one computes and all read it.

What is kept can be gone a moment later: the cache has a limit (decision 27). So a picture and all that belongs to it
are one file, and whoever finds none computes it again, which gives the same.
"""

import json
import os
from collections.abc import Mapping
from functools import lru_cache
from threading import BoundedSemaphore, Lock
from typing import Any

from podcast_core.errors import NotFound
from podcast_core.workspace import Workspace


def lock_picture(workspace: Workspace, key: str) -> Lock:
    """Give all who ask for the same picture of the same store the same lock.

    Another process may compute it too; that does no harm, since the same samples give the same picture, and a file in
    the cache is replaced as a whole.
    """
    return _lock_of(workspace.settings.resolved_storage_url, key)


def keep(workspace: Workspace, key: str, about: Mapping[str, Any], parts: Mapping[str, bytes]) -> None:
    """Keep what a picture shows, and its bytes, as one file: a line of JSON, then the parts."""
    head = {"about": about, "parts": {name: len(part) for name, part in parts.items()}}
    workspace.cache.write(key, json.dumps(head).encode() + b"\n" + b"".join(parts.values()))


def find_kept(workspace: Workspace, key: str) -> tuple[dict[str, Any], dict[str, bytes]] | None:
    """Find what was kept; None where nothing is, or not all of it."""
    try:
        line, _, rest = workspace.cache.read(key).partition(b"\n")
        head, parts = json.loads(line), {}
    except (NotFound, ValueError):
        return None
    for name, size in head["parts"].items():
        parts[name], rest = rest[:size], rest[size:]
        if len(parts[name]) < size:
            return None
    return head["about"], parts


@lru_cache(maxsize=1024)
def _lock_of(_store: str, _key: str) -> Lock:
    return Lock()


def computing() -> BoundedSemaphore:
    """Let so many pictures be computed at once that a processor is left to answer everything else."""
    return _make_semaphore(max(1, (os.cpu_count() or 1) - 1))


@lru_cache(maxsize=1)
def _make_semaphore(count: int) -> BoundedSemaphore:
    return BoundedSemaphore(count)
