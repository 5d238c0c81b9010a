"""Which version of a model is in use: what runs and routes take when they name none.

``models/NAME/promotions/STAMP.json`` says that a version was promoted, by whom and when. The newest one counts; none is
ever changed, so that it stays known what was in use when. Where no version was promoted, the newest is in use.
"""

import json
from datetime import datetime

from podcast_core.domain.model import Promotion
from podcast_core.errors import InvalidInput
from podcast_core.ml.registry.stamped import add_stamped, list_stamped
from podcast_core.storage.files import FileStore


def add_promotion(files: FileStore, name: str, version: int, who: str) -> Promotion:
    """Keep that a version is in use from now on; after every one that is known, also where clocks differ."""
    fields = {"name": name, "version": version, "who": who}
    return Promotion(name, version, who, add_stamped(files, _folder(name), fields, "promoted_at"))


def list_promotions(files: FileStore, name: str) -> list[Promotion]:
    """List a model's promotions, the newest last."""
    return [_read(files.read(key), key) for key in list_stamped(files, _folder(name))]


def find_in_use(files: FileStore, name: str) -> int | None:
    """Find the version that was promoted last; None when none was."""
    keys = list_stamped(files, _folder(name))
    return _read(files.read(keys[-1]), keys[-1]).version if keys else None


def _folder(name: str) -> str:
    return f"models/{name}/promotions"


def _read(data: bytes, key: str) -> Promotion:
    try:
        fields = json.loads(data)
        promoted_at = datetime.fromisoformat(fields["promoted_at"])
        return Promotion(str(fields["name"]), int(fields["version"]), str(fields["who"]), promoted_at)
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidInput(f"{key} does not say which version of a model is in use: {error!r}.") from error
