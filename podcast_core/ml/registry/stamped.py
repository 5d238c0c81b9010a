"""What was said of a model at a moment, as objects named by the moment: none is ever changed, and the newest counts."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from podcast_core.domain.times import utc_now
from podcast_core.storage.files import FileStore

STAMP = "%Y%m%dT%H%M%S%fZ"


def add_stamped(files: FileStore, folder: str, fields: dict[str, Any], at: str) -> datetime:
    """Write fields with the moment under the name ``at``; after every one that is known, also where clocks differ.

    Returns
    -------
    datetime
        The moment.
    """
    known = list_stamped(files, folder)
    now = utc_now()
    if known:
        newest = datetime.strptime(known[-1].rpartition("/")[2], f"{STAMP}.json").replace(tzinfo=UTC)
        now = max(now, newest + timedelta(microseconds=1))
    while True:
        data = json.dumps({**fields, at: now.isoformat()}, sort_keys=True, indent=1, ensure_ascii=False).encode()
        if files.add(f"{folder}/{now.strftime(STAMP)}.json", data) == data:
            return now
        now += timedelta(microseconds=1)  # somebody else had the very same moment


def list_stamped(files: FileStore, folder: str) -> Sequence[str]:
    """List the keys of a folder's objects, the newest last."""
    return [key for key in files.list(folder) if key.endswith(".json")]
