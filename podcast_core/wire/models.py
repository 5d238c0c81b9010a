"""Models: their versions, looked at and carried to another server as one file."""

from datetime import datetime
from typing import Any

from podcast_core.wire.base import Shape


class Model(Shape):
    """One version of a model. ``parent`` is the ``NAME/VERSION`` that it was trained from, or empty."""

    id: str
    name: str
    version: int
    kind: str
    labels: list[str]
    created_at: datetime
    parameters: dict[str, Any]
    parent: str
    training: dict[str, Any]
    metrics: dict[str, Any]
    weights_sha256: str
    is_built_in: bool
