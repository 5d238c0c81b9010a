"""From which score on predictions of each label are kept, as people found out by judging a sample.

``models/NAME/thresholds/STAMP.json`` says it of one version. Of several about one version the newest counts.
"""

import json
from collections.abc import Mapping
from datetime import datetime

from podcast_core.domain.model import LabelThresholds
from podcast_core.errors import InvalidInput
from podcast_core.ml.registry.stamped import add_stamped, list_stamped
from podcast_core.storage.files import FileStore


def add_thresholds(
    files: FileStore,
    name: str,
    version: int,
    thresholds: Mapping[str, float],
    *,
    precision: float,
    sample_id: str,
    who: str,
) -> LabelThresholds:
    """Keep thresholds of a version from now on."""
    fields = {
        **{"name": name, "version": version, "thresholds": dict(thresholds)},
        **{"precision": precision, "sample_id": sample_id, "who": who},
    }
    kept_at = add_stamped(files, _folder(name), fields, "kept_at")
    return LabelThresholds(name, version, dict(thresholds), precision, sample_id, who, kept_at)


def find_thresholds(files: FileStore, name: str, version: int) -> LabelThresholds | None:
    """Find the thresholds that count of a version; None when none were kept."""
    for key in reversed(list_stamped(files, _folder(name))):
        found = _read(files.read(key), key)
        if found.version == version:
            return found
    return None


def _folder(name: str) -> str:
    return f"models/{name}/thresholds"


def _read(data: bytes, key: str) -> LabelThresholds:
    try:
        fields = json.loads(data)
        return LabelThresholds(**{**fields, "kept_at": datetime.fromisoformat(fields["kept_at"])})
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidInput(f"{key} does not say which thresholds a model has: {error!r}.") from error
