"""What takes seconds to work out of a large round, kept in the cache, and how old it is.

A result belongs to one version of what it was made of. While people answer, that changes every few seconds: for some
minutes an older result is given, with the time at which it was made. After that it is worked out again behind the page,
which shows the older one meanwhile; nobody waits but who comes first, or after a day.
"""

import contextvars
import json
import logging
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from threading import Lock, Thread
from typing import Any, TypeVar

from podcast_core.domain.times import utc_now
from podcast_core.errors import NotFound
from podcast_core.storage import people
from podcast_core.workspace import Workspace

KEPT_S = 600.0
OLDEST_S = 86_400.0  # chosen: pages give the time of day of what they show
Result = TypeVar("Result")

_log = logging.getLogger(__name__)
_renewing: set[tuple[str, str]] = set()  # stores and keys; one renewal each at a time


def find_or_compute(
    workspace: Workspace,
    key: str,
    version: str,
    compute: Callable[[], Result],
    *,
    write: Callable[[Result], bytes],
    read: Callable[[bytes], Result],
) -> tuple[Result, datetime]:
    """Give a result and when it was made: what is kept, if there is any of the last day, else a new one.

    What is kept of another version for longer than `KEPT_S` is worked out again by a thread of this process, for those
    who ask later (`is_renewed` says that it is under way).

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

    def renew() -> tuple[Result, datetime]:
        made_at = utc_now()
        result = compute()
        head = {"version": version, "made_at": made_at.isoformat(), "called": called}
        workspace.cache.write(key, json.dumps(head).encode() + b"\n" + write(result))
        return result, made_at

    store = workspace.settings.resolved_storage_url
    with _lock_of(store, key):
        try:
            line, _, data = workspace.cache.read(key).partition(b"\n")
            head = json.loads(line)
            made_at = datetime.fromisoformat(head["made_at"])
            is_fresh = head["version"] == version
            if head["called"] == called and (is_fresh or 0 <= _measure_age_s(made_at) < OLDEST_S):
                result = read(data)
                if not is_fresh and _measure_age_s(made_at) >= KEPT_S:
                    _renew_behind(store, key, renew)
                return result, made_at
        except (NotFound, ValueError, KeyError, TypeError):
            pass  # nothing is kept, or not all of it
        return renew()


def is_renewed(workspace: Workspace, beginning: str) -> bool:
    """Tell whether something whose key begins so is being worked out again, by this process."""
    store = workspace.settings.resolved_storage_url
    return any(each == store and key.startswith(beginning) for each, key in tuple(_renewing))


def _measure_age_s(made_at: datetime) -> float:
    return (utc_now() - made_at).total_seconds()


def _renew_behind(store: str, key: str, renew: Callable[[], Any]) -> None:
    """Work something out again while older results are given; called with the lock of the key."""
    if (store, key) in _renewing:
        return

    def work() -> None:
        try:
            renew()
        except Exception:  # noqa: BLE001  # whatever it is, the one who asks next tries anew
            _log.exception("%s was not worked out again", key)
        finally:
            _renewing.discard((store, key))

    _renewing.add((store, key))
    in_context = contextvars.copy_context()  # on behalf of who asks
    Thread(target=in_context.run, args=(work,), name=f"renew-{key}", daemon=True).start()


@lru_cache(maxsize=1024)
def _lock_of(_store: str, _key: str) -> Lock:
    return Lock()
