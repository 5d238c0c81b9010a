"""Which version of a model is in use: what runs and routes take when they name none.

``models/NAME/promotions/STAMP.json`` says that a version was promoted, by whom and when. The newest one counts; none is
ever changed, so that it stays known what was in use when. Where no version was promoted, the newest is in use.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from podcast_core.domain.model import Promotion
from podcast_core.domain.times import utc_now
from podcast_core.errors import InvalidInput
from podcast_core.storage.files import FileStore

STAMP = "%Y%m%dT%H%M%S%fZ"


def add_promotion(files: FileStore, name: str, version: int, who: str) -> Promotion:
    """Keep that a version is in use from now on; after every one that is known, also where clocks differ."""
    known = _list_keys(files, name)
    now = utc_now()
    if known:
        newest = datetime.strptime(known[-1].rpartition("/")[2], f"{STAMP}.json").replace(tzinfo=UTC)
        now = max(now, newest + timedelta(microseconds=1))
    while True:
        promotion = Promotion(name, version, who, now)
        data = json.dumps({**asdict(promotion), "promoted_at": now.isoformat()}, sort_keys=True, indent=1).encode()
        if files.add(f"models/{name}/promotions/{now.strftime(STAMP)}.json", data) == data:
            return promotion
        now += timedelta(microseconds=1)  # somebody else had the very same moment


def list_promotions(files: FileStore, name: str) -> list[Promotion]:
    """List a model's promotions, the newest last."""
    return [_read(files.read(key), key) for key in _list_keys(files, name)]


def find_in_use(files: FileStore, name: str) -> int | None:
    """Find the version that was promoted last; None when none was."""
    keys = _list_keys(files, name)
    return _read(files.read(keys[-1]), keys[-1]).version if keys else None


def _list_keys(files: FileStore, name: str) -> Sequence[str]:
    return [key for key in files.list(f"models/{name}/promotions") if key.endswith(".json")]


def _read(data: bytes, key: str) -> Promotion:
    try:
        fields = json.loads(data)
        promoted_at = datetime.fromisoformat(fields["promoted_at"])
        return Promotion(str(fields["name"]), int(fields["version"]), str(fields["who"]), promoted_at)
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidInput(f"{key} does not say which version of a model is in use: {error!r}.") from error
