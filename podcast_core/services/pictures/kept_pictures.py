"""Pictures are computed once: of many who ask for the same one at the same time, one computes and all read it."""

import os
from functools import lru_cache
from threading import BoundedSemaphore, Lock

from podcast_core.workspace import Workspace


def lock_picture(workspace: Workspace, key: str) -> Lock:
    """Give all who ask for the same picture of the same store the same lock.

    Another process may compute it too; that does no harm, since the same samples give the same picture, and an object
    in the file store is replaced as a whole.
    """
    return _lock_of(workspace.settings.resolved_storage_url, key)


@lru_cache(maxsize=1024)
def _lock_of(_store: str, _key: str) -> Lock:
    return Lock()


def computing() -> BoundedSemaphore:
    """Let so many pictures be computed at once that a processor is left to answer everything else."""
    return _make_semaphore(max(1, (os.cpu_count() or 1) - 1))


@lru_cache(maxsize=1)
def _make_semaphore(count: int) -> BoundedSemaphore:
    return BoundedSemaphore(count)
