"""Versions of models: listed, promoted, carried from one Pod.Cast to another as one file."""

from collections.abc import Sequence
from dataclasses import dataclass

from podcast_core.ml import registry
from podcast_core.ml.model_file import export_model, import_model
from podcast_core.ml.promotion import Promotion, add_promotion, list_promotions
from podcast_core.ml.registry import ModelVersion
from podcast_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ListedVersion:
    """A version, and whether runs and routes take it when they name none."""

    version: ModelVersion
    is_in_use: bool


def list_versions(workspace: Workspace, *, name: str = "") -> list[ListedVersion]:
    """List all versions, or those of one model: by name, the newest first."""
    found = [each for each in registry.list_models(workspace.files) if name in ("", each.name)]
    in_use = {each.name: registry.get_version(workspace.files, each.name).id for each in found}
    return [ListedVersion(each, each.id == in_use[each.name]) for each in found]


def get_version(workspace: Workspace, *, name: str, version: int | None = None) -> ListedVersion:
    """Get a version, by default the one in use; NotFound when there is none."""
    found = registry.get_version(workspace.files, name, version)
    return ListedVersion(found, registry.get_version(workspace.files, name).id == found.id)


def promote(workspace: Workspace, *, name: str, version: int, who: str = "") -> ListedVersion:
    """Let runs and routes take a version from now on; the others stay usable by their number.

    Promoting the version in use again changes nothing.

    Raises
    ------
    NotFound
        When there is no such version.
    """
    found = registry.get_version(workspace.files, name, version)
    known = list_promotions(workspace.files, name)
    if not found.is_built_in and not (known and known[-1].version == found.version):
        add_promotion(workspace.files, name, found.version, who or workspace.settings.annotator)
    return ListedVersion(found, is_in_use=True)


def list_history(workspace: Workspace, *, name: str) -> Sequence[Promotion]:
    """List when which version of a model was promoted and by whom, the newest last."""
    registry.get_version(workspace.files, name)
    return list_promotions(workspace.files, name)


def write_file(workspace: Workspace, *, name: str, version: int | None = None) -> bytes:
    """Write a version as one file, see `podcast_core.ml.model_file`."""
    return export_model(workspace.files, name, version)


def read_file(workspace: Workspace, *, data: bytes, name: str) -> ModelVersion:
    """Add what `write_file` wrote as version 1 of a new model; raises as `import_model`."""
    return import_model(workspace.files, data, name=name)
