"""Pictures that Pod.Cast kept in the file store before it had a cache: they are never read again, and go."""

import logging
from contextlib import suppress

from podcast_core.errors import NotFound, PodcastError
from podcast_core.storage.files import is_computed
from podcast_core.workspace import Workspace

FOLDERS = ("pictures", "recording-pictures", "vocal-levels")

_log = logging.getLogger(__name__)


def remove_old_pictures(workspace: Workspace) -> int:
    """Remove them, and nothing else that may lie in folders of these names; returns how many there were.

    What cannot be removed now is removed when the next worker starts.
    """
    count = 0
    try:
        for folder in FOLDERS:
            for key in workspace.files.list(folder):
                if is_computed(key):
                    with suppress(NotFound):  # another worker was faster
                        workspace.files.remove_computed(key)
                        count += 1
    except PodcastError as error:
        _log.warning("Pictures of before the cache are still in the file store: %s", error)
    if count:
        _log.warning("%d pictures of before the cache were removed from the file store.", count)
    return count
