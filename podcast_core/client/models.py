"""Models: their versions, and carrying one to another server."""

from collections.abc import Iterator
from pathlib import Path

from podcast_core.client.connection import Connection, OnProgress
from podcast_core.wire.models import Model


class ModelCalls(Connection):
    """Calls about models."""

    def list_models(self, *, name: str = "", kind: str = "", archived: bool = False) -> Iterator[Model]:
        """List all versions of all models: the built-in ones first, then by name, the newest version first.

        Those that are archived are listed with ``archived``, and only they.
        """
        return self._list(Model, ("models",), {"name": name, "kind": kind, "archived": archived})

    def get_model(self, name: str, version: int) -> Model:
        """Get a version of a model."""
        return self._get(Model, "models", name, str(version))

    def export_model(self, name: str, version: int, out: str | Path) -> Path:
        """Write a version as one file, which `import_model` takes."""
        return self._download(("models", name, str(version), "file"), {}, out)

    def import_model(self, path: str | Path, *, name: str, on_progress: OnProgress | None = None) -> Model:
        """Add a model from one file, under a new name."""
        return self._upload(Model, ("models",), [path], {"name": name}, field="file", on_progress=on_progress)
