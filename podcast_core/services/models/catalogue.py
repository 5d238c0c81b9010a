"""Which models there are, in the file store and as files that go from one Pod.Cast to another."""

from typing import BinaryIO

from podcast_core.domain.job import Job, JobState
from podcast_core.domain.model import ModelVersion, check_model_name
from podcast_core.domain.times import utc_now
from podcast_core.ml.registry import model_file, versions
from podcast_core.services.access import needs
from podcast_core.services.models.model_archive import leave_out_archived
from podcast_core.services.store import room
from podcast_core.workspace import Workspace

NO_ETA = "--:--:--"


def list_versions(
    workspace: Workspace, *, name: str = "", kind: str = "", is_archived: bool | None = False
) -> list[ModelVersion]:
    """List all versions of all models, or of one model or kind: the built-in ones first, the newest version first.

    Those that are archived are left out; True: only they are listed, None: all.
    """
    found = leave_out_archived(workspace, versions.list_models(workspace.files), is_archived=is_archived)
    return [each for each in found if name in ("", each.name) and kind in ("", each.kind)]


def get_version(workspace: Workspace, *, name: str, version: int | None = None) -> ModelVersion:
    """Get a version of a model, None: the one in use; NotFound when there is none."""
    return versions.get_version(workspace.files, name, version)


def export_file(workspace: Workspace, *, name: str, version: int | None = None) -> bytes:
    """Write a version as one file, which `import_file` of another Pod.Cast takes; errors as `versions.read_weights`."""
    return model_file.export_model(workspace.files, name, version)


@needs("admin")
def import_file(workspace: Workspace, *, name: str, file: BinaryIO, person: str | None = None) -> ModelVersion:
    """Add what `export_file` wrote as version 1 of a new model.

    Parameters
    ----------
    person
        Whose token it is; None where nobody needs one.

    Raises
    ------
    InvalidInput
        When the name cannot be one, or the file is not a model or damaged.
    Conflict
        When there is a model of that name.
    NoSpace
        When there is no room for it, on the disk or for this person.
    """
    check_model_name(name)
    byte_count = model_file.measure_model(file)
    workspace.files.check_room(byte_count)
    with room.keeping(workspace, person=person, kind="models", byte_count=byte_count):
        return model_file.import_model(workspace.files, file, name=name)


def estimate_left(job: Job) -> str:
    """Say how long a job will take still, as ``HH:MM:SS``; ``--:--:--`` while nobody can know."""
    if job.state is not JobState.RUNNING or job.started_at is None or not job.done:
        return NO_ETA
    passed_s = (utc_now() - job.started_at).total_seconds()
    left_s = round(passed_s * (job.total - job.done) / job.done)
    return f"{left_s // 3600:02}:{left_s // 60 % 60:02}:{left_s % 60:02}"
