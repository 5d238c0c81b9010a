"""Models: their versions, and carrying one to another server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

from podcast_core.client.connection import Connection, OnProgress


class Model(TypedDict):
    """One version of a model."""

    id: str
    name: str
    version: int
    kind: str
    labels: list[str]
    created_at: str
    parameters: dict[str, Any]
    parent: str
    training: dict[str, Any]
    metrics: dict[str, Any]
    weights_sha256: str
    is_built_in: bool


class ModelCalls(Connection):
    """Calls about models."""

    def list_models(self, *, name: str = "", kind: str = "", archived: bool = False) -> Iterator[Model]:
        """List all versions of all models: the built-in ones first, then by name, the newest version first.

        Those that are archived are listed with ``archived``, and only they.
        """
        return self._list(("models",), {"name": name, "kind": kind, "archived": archived})

    def get_model(self, name: str, version: int) -> Model:
        """Get a version of a model."""
        found: Model = self._get("models", name, str(version))
        return found

    def export_model(self, name: str, version: int, out: str | Path) -> Path:
        """Write a version as one file, which `import_model` takes."""
        return self._download(("models", name, str(version), "file"), {}, out)

    def import_model(self, path: str | Path, *, name: str, on_progress: OnProgress | None = None) -> Model:
        """Add a model from one file, under a new name."""
        added: Model = self._upload(("models",), [path], {"name": name}, field="file", on_progress=on_progress)
        return added
