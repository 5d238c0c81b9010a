"""What is archived and brought back, and labels that get another name: acts, each kept with who did it and when."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from podcast_core.api.dependencies import Asking, Opened
from podcast_core.api.paging import Page, Part, Shown
from podcast_core.api.rounds import RoundOut
from podcast_core.api.wire import Wire
from podcast_core.domain.act import Act
from podcast_core.services.access import Caller
from podcast_core.services.labels import archive
from podcast_core.services.models import model_archive
from podcast_core.workspace import Workspace

router = APIRouter(tags=["archive"], prefix="/api/v1")


class ActOut(Shown):
    """What somebody did: ``archive``, ``restore`` or ``rename label`` (``old`` to ``new``)."""

    id: str
    deed: str
    round_id: str
    recording_id: str
    model: str
    version: int | None
    who: str
    old: str
    new: str
    acted_at: datetime


class RoundRecordingOut(Shown):
    """A recording in a round, with its number of sessions there; ``archived`` is the act that did it, if it is."""

    id: str
    file_name: str
    sessions: int
    archived: ActOut | None


class RenameIn(Wire):
    """Another name for a label."""

    old: str
    new: str


class VersionIn(Wire):
    """Which version of a model; by default the whole model."""

    version: Annotated[int | None, Field(ge=0)] = None


@router.get("/rounds/{round_id}/acts", response_model=Page[ActOut])
def list_acts(workspace: Opened, round_id: str, part: Part) -> Response:
    """List what was archived, brought back or renamed in a round, the oldest first."""
    return part.answer([_show(each) for each in archive.list_acts(workspace, round_id=round_id)], ActOut)


@router.post("/rounds/{round_id}/archive")
def archive_round(workspace: Opened, caller: Asking, round_id: str) -> RoundOut:
    """Archive a round: it hands out no sessions and is in no list unless asked for; nothing is deleted."""
    return RoundOut.model_validate(archive.archive_round(workspace, round_id=round_id, who=_who(workspace, caller)))


@router.post("/rounds/{round_id}/restore")
def restore_round(workspace: Opened, caller: Asking, round_id: str) -> RoundOut:
    """Bring an archived round back."""
    who = _who(workspace, caller)
    return RoundOut.model_validate(archive.archive_round(workspace, round_id=round_id, who=who, is_archived=False))


@router.get("/rounds/{round_id}/recordings", response_model=Page[RoundRecordingOut])
def list_round_recordings(workspace: Opened, round_id: str, part: Part) -> Response:
    """List a round's recordings by file name, archived ones too."""
    found = [
        RoundRecordingOut(
            id=recording.id, file_name=recording.file_name, sessions=count, archived=_show(act) if act else None
        )
        for recording, count, act in archive.list_recordings(workspace, round_id=round_id)
    ]
    return part.answer(found, RoundRecordingOut)


@router.post("/rounds/{round_id}/recordings/{recording_id}/archive", status_code=204)
def archive_recording(workspace: Opened, caller: Asking, round_id: str, recording_id: str) -> None:
    """Archive a recording in one round: its sessions are in neither queue, counts, exports nor trainings of it."""
    who = _who(workspace, caller)
    archive.archive_recording(workspace, round_id=round_id, recording_id=recording_id, who=who)


@router.post("/rounds/{round_id}/recordings/{recording_id}/restore", status_code=204)
def restore_recording(workspace: Opened, caller: Asking, round_id: str, recording_id: str) -> None:
    """Bring a recording back into a round."""
    who = _who(workspace, caller)
    archive.archive_recording(workspace, round_id=round_id, recording_id=recording_id, who=who, is_archived=False)


@router.post("/rounds/{round_id}/labels/rename")
def rename_label(workspace: Opened, caller: Asking, round_id: str, body: RenameIn) -> RoundOut:
    """Give a label another name in all answers and predictions; the old name means the new one from now on."""
    who = _who(workspace, caller)
    return RoundOut.model_validate(
        archive.rename_label(workspace, round_id=round_id, old=body.old, new=body.new, who=who)
    )


@router.get("/models/{name}/acts", response_model=Page[ActOut])
def list_model_acts(workspace: Opened, name: str, part: Part) -> Response:
    """List when a model or versions of it were archived and brought back, the oldest first."""
    return part.answer([_show(each) for each in model_archive.list_acts(workspace, name=name)], ActOut)


@router.post("/models/{name}/archive", status_code=204)
def archive_model(workspace: Opened, caller: Asking, name: str, body: VersionIn) -> None:
    """Archive a model or a version that is not in use; runs, predictions and weights stay."""
    model_archive.archive_model(workspace, name=name, version=body.version, who=_who(workspace, caller))


@router.post("/models/{name}/restore", status_code=204)
def restore_model(workspace: Opened, caller: Asking, name: str, body: VersionIn) -> None:
    """Bring a model or a version back."""
    who = _who(workspace, caller)
    model_archive.archive_model(workspace, name=name, version=body.version, who=who, is_archived=False)


def _show(act: Act) -> ActOut:
    return ActOut(
        id=act.id,
        deed=act.deed.value,
        **act.subject._asdict(),
        who=act.who,
        old=act.old,
        new=act.new,
        acted_at=act.acted_at,
    )


def _who(workspace: Workspace, caller: Caller) -> str:
    return caller.person or workspace.settings.annotator
