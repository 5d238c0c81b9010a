"""Models, or versions of them, that are taken out of sight and brought back; nothing of them is deleted."""

from collections.abc import Iterable

from podcast_core.domain.act import Act, Subject, find_archived
from podcast_core.domain.model import ENERGY, ModelVersion
from podcast_core.errors import Conflict, InvalidInput
from podcast_core.ml.registry import versions
from podcast_core.services.access import needs
from podcast_core.services.labels.archive import set_archived
from podcast_core.storage import acts
from podcast_core.workspace import Workspace


@needs("admin")
def archive_model(
    workspace: Workspace, *, name: str, version: int | None = None, who: str, is_archived: bool = True
) -> None:
    """Archive a model (``version`` None: all of it), or bring it back; a second time changes nothing.

    What is archived is in no list or form, and neither runs nor answers to clients; runs and predictions that it made
    stay.

    Raises
    ------
    NotFound
        When there is no such version.
    InvalidInput
        When it comes with Pod.Cast.
    Conflict
        When the version is the one in use.
    """
    found = versions.get_version(workspace.files, name, version)
    if found.is_built_in:
        raise InvalidInput(f"{ENERGY} is built in and cannot be archived.")
    if is_archived and version is not None and versions.get_version(workspace.files, name).version == version:
        raise Conflict(
            f"{found.id} is the version of {name!r} in use: promote another one first, or archive the model."
        )
    with workspace.database.holding(f"model/{name}"):
        set_archived(workspace, Subject(model=name, version=version), who, is_archived)


def list_acts(workspace: Workspace, *, name: str) -> list[Act]:
    """List when a model or versions of it were archived and brought back, the oldest first."""
    with workspace.database.reading() as connection:
        return [each for each in acts.list_acts(connection, "") if each.subject.model == name]


def list_archived(workspace: Workspace) -> list[Act]:
    """List the acts by which models and versions are archived now, the oldest first."""
    with workspace.database.reading() as connection:
        return list(find_archived(acts.list_acts(connection, "")).values())


def leave_out_archived(
    workspace: Workspace, versions: Iterable[ModelVersion], *, is_archived: bool | None = False
) -> list[ModelVersion]:
    """Leave versions out that are archived, or (``is_archived`` True) those that are not; None: leave out nothing."""
    with workspace.database.reading() as connection:
        archived = find_archived(acts.list_acts(connection, ""))
    return [each for each in versions if is_archived in (None, _find_act(archived, each) is not None)]


def check_not_archived(workspace: Workspace, version: ModelVersion) -> None:
    """Refuse to work with a version that is archived.

    Raises
    ------
    Conflict
        Saying who archived it and when.
    """
    with workspace.database.reading() as connection:
        act = _find_act(find_archived(acts.list_acts(connection, "")), version)
    if act is not None:
        raise Conflict(f"{version.id} was archived by {act.who} on {act.acted_at:%Y-%m-%d}: restore it to use it.")


def _find_act(archived: dict[Subject, Act], version: ModelVersion) -> Act | None:
    whole = archived.get(Subject(model=version.name))
    return whole or archived.get(Subject(model=version.name, version=version.version))
