"""What takes seconds to work out of a large round, kept in the cache, and how old it is.

A result belongs to one version of what it was made of. While people answer, that changes every few seconds: for some
minutes an older result is given, with the time at which it was made.
"""

import json
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import TypeVar

from podcast_core.domain.times import utc_now
from podcast_core.errors import NotFound
from podcast_core.storage import people
from podcast_core.workspace import Workspace

KEPT_S = 600.0
Result = TypeVar("Result")


def find_or_compute(
    workspace: Workspace,
    key: str,
    version: str,
    compute: Callable[[], Result],
    *,
    write: Callable[[Result], bytes],
    read: Callable[[bytes], Result],
) -> tuple[Result, datetime]:
    """Give a result and when it was made: what is kept, if it is of this version or not old, else a new one.

    Parameters
    ----------
    key
        Of the cache.
    version
        A digest of what the result is made of.
    write, read
        How it is kept as bytes; ``read`` raises ValueError for others.
    """
    with workspace.database.reading() as connection:
        called = people.find_names(connection)  # somebody who was renamed would be found under the name before
    with _lock_of(workspace.settings.resolved_storage_url, key):
        try:
            line, _, data = workspace.cache.read(key).partition(b"\n")
            head = json.loads(line)
            made_at = datetime.fromisoformat(head["made_at"])
            is_fresh = head["version"] == version or 0 <= (utc_now() - made_at).total_seconds() < KEPT_S
            if is_fresh and head["called"] == called:
                return read(data), made_at
        except (NotFound, ValueError, KeyError, TypeError):
            pass  # nothing is kept, or not all of it
        made_at = utc_now()
        result = compute()
        head = {"version": version, "made_at": made_at.isoformat(), "called": called}
        workspace.cache.write(key, json.dumps(head).encode() + b"\n" + write(result))
        return result, made_at


@lru_cache(maxsize=1024)
def _lock_of(_store: str, _key: str) -> Lock:
    return Lock()
