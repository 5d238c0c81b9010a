"""Which version of each model is in use: what runs and routes take when they name none."""

from collections.abc import Sequence

from podcast_core.domain.model import ModelVersion, Promotion
from podcast_core.ml.registry import versions
from podcast_core.ml.registry.promotion import add_promotion, list_promotions
from podcast_core.services.access import needs
from podcast_core.services.models.model_archive import check_not_archived
from podcast_core.services.people import naming
from podcast_core.workspace import Workspace


def list_in_use(workspace: Workspace) -> dict[str, int]:
    """Give the number of the version in use of each model."""
    names = {each.name for each in versions.list_models(workspace.files)}
    return {name: versions.get_version(workspace.files, name).version for name in sorted(names)}


def find_in_use(workspace: Workspace, *, name: str) -> int:
    """Find the version of a model that is in use; NotFound when there is no such model."""
    return versions.get_version(workspace.files, name).version


@needs("admin")
def promote(workspace: Workspace, *, name: str, version: int, who: str = "") -> ModelVersion:
    """Let runs and routes take a version from now on; the others stay usable by their number.

    Promoting the version in use again changes nothing.

    Raises
    ------
    NotFound
        When there is no such version.
    Conflict
        When it is archived.
    """
    found = versions.get_version(workspace.files, name, version)
    check_not_archived(workspace, found)
    known = list_promotions(workspace.files, name)
    if not found.is_built_in and not (known and known[-1].version == found.version):
        add_promotion(workspace.files, name, found.version, who or workspace.settings.annotator)
    return found


def list_history(workspace: Workspace, *, name: str) -> Sequence[Promotion]:
    """List when which version of a model was promoted and by whom, the newest last."""
    versions.get_version(workspace.files, name)
    return naming.call_now(workspace, list_promotions(workspace.files, name))
