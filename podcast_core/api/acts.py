"""What is archived and brought back, and labels that get another name: acts, each kept with who did it and when."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from podcast_core.api.dependencies import Asking, Opened, choose_who
from podcast_core.api.paging import Part, by
from podcast_core.domain.act import Act
from podcast_core.services.labels import archive, label_acts
from podcast_core.services.models import model_archive
from podcast_core.wire import acts as wire
from podcast_core.wire.base import Page
from podcast_core.wire.rounds import Round

router = APIRouter(tags=["archive"], prefix="/api/v1")


@router.get("/rounds/{round_id}/acts", response_model=Page[wire.Act])
def list_acts(workspace: Opened, round_id: str, part: Part) -> Response:
    """List what was archived, brought back or renamed in a round, the oldest first."""
    return part.answer(archive.list_acts(workspace, round_id=round_id), wire.Act, key=by("id"), show=_show)


@router.post("/rounds/{round_id}/archive")
def archive_round(workspace: Opened, caller: Asking, round_id: str) -> Round:
    """Archive a round: it hands out no sessions and is in no list unless asked for; nothing is deleted."""
    return Round.model_validate(archive.archive_round(workspace, round_id=round_id, who=choose_who(workspace, caller)))


@router.post("/rounds/{round_id}/restore")
def restore_round(workspace: Opened, caller: Asking, round_id: str) -> Round:
    """Bring an archived round back."""
    who = choose_who(workspace, caller)
    return Round.model_validate(archive.archive_round(workspace, round_id=round_id, who=who, is_archived=False))


@router.get("/rounds/{round_id}/recordings", response_model=Page[wire.RoundRecording])
def list_round_recordings(workspace: Opened, round_id: str, part: Part) -> Response:
    """List a round's recordings by file name, archived ones too."""
    found = [
        wire.RoundRecording(
            id=recording.id, file_name=recording.file_name, sessions=count, archived=_show(act) if act else None
        )
        for recording, count, act in archive.list_recordings(workspace, round_id=round_id)
    ]
    return part.answer(found, wire.RoundRecording, key=by("id"))


@router.post("/rounds/{round_id}/recordings/{recording_id}/archive", status_code=204)
def archive_recording(workspace: Opened, caller: Asking, round_id: str, recording_id: str) -> None:
    """Archive a recording in one round: its sessions are in neither queue, counts, exports nor trainings of it."""
    who = choose_who(workspace, caller)
    archive.archive_recording(workspace, round_id=round_id, recording_id=recording_id, who=who)


@router.post("/rounds/{round_id}/recordings/{recording_id}/restore", status_code=204)
def restore_recording(workspace: Opened, caller: Asking, round_id: str, recording_id: str) -> None:
    """Bring a recording back into a round."""
    who = choose_who(workspace, caller)
    archive.archive_recording(workspace, round_id=round_id, recording_id=recording_id, who=who, is_archived=False)


@router.post("/rounds/{round_id}/labels/rename")
def rename_label(workspace: Opened, caller: Asking, round_id: str, body: wire.RenameIn) -> Round:
    """Give a label another name in all answers and predictions; the old name means the new one from now on."""
    who = choose_who(workspace, caller)
    return Round.model_validate(archive.rename_label(workspace, round_id=round_id, old=body.old, new=body.new, who=who))


@router.get("/rounds/{round_id}/labels/use")
def get_label_use(
    workspace: Opened, round_id: str, label: Annotated[str, Query(description="a label of the round's list")]
) -> wire.LabelUse:
    """Count what renaming, merging or deleting a label would change; releases never change."""
    return wire.LabelUse.model_validate(label_acts.preview(workspace, round_id=round_id, label=label))


@router.post("/rounds/{round_id}/labels/merge")
def merge_label(workspace: Opened, caller: Asking, round_id: str, body: wire.RenameIn) -> Round:
    """Make one label of two, ``old`` into ``new``, in all answers and predictions; it can be undone."""
    who = choose_who(workspace, caller)
    merged = label_acts.merge_label(workspace, round_id=round_id, old=body.old, new=body.new, who=who)
    return Round.model_validate(merged)


@router.post("/rounds/{round_id}/labels/delete")
def delete_label(workspace: Opened, caller: Asking, round_id: str, body: wire.DeleteLabelIn) -> wire.LabelDeleted:
    """Take a label's boxes out of the answers that count, by one bulk act, and the label off the round's list."""
    who = choose_who(workspace, caller)
    act = label_acts.delete_label(workspace, act_id=body.id, round_id=round_id, label=body.label, who=who)
    return wire.LabelDeleted(
        act_id=act.id if act else "", changed=act.changed if act else 0, left=act.left if act else 0
    )


@router.post("/rounds/{round_id}/acts/{act_id}/undo")
def undo_act(workspace: Opened, caller: Asking, round_id: str, act_id: str) -> Round:
    """Part labels that were merged, or give a label the name back that it had before."""
    who = choose_who(workspace, caller)
    return Round.model_validate(label_acts.undo_act(workspace, round_id=round_id, act_id=act_id, who=who))


@router.get("/models/{name}/acts", response_model=Page[wire.Act])
def list_model_acts(workspace: Opened, name: str, part: Part) -> Response:
    """List when a model or versions of it were archived and brought back, the oldest first."""
    return part.answer(model_archive.list_acts(workspace, name=name), wire.Act, key=by("id"), show=_show)


@router.post("/models/{name}/archive", status_code=204)
def archive_model(workspace: Opened, caller: Asking, name: str, body: wire.ModelVersionIn) -> None:
    """Archive a model or a version that is not in use; runs, predictions and weights stay."""
    model_archive.archive_model(workspace, name=name, version=body.version, who=choose_who(workspace, caller))


@router.post("/models/{name}/restore", status_code=204)
def restore_model(workspace: Opened, caller: Asking, name: str, body: wire.ModelVersionIn) -> None:
    """Bring a model or a version back."""
    who = choose_who(workspace, caller)
    model_archive.archive_model(workspace, name=name, version=body.version, who=who, is_archived=False)


def _show(act: Act) -> wire.Act:
    return wire.Act(
        id=act.id,
        deed=act.deed.value,
        **act.subject._asdict(),
        who=act.who,
        old=act.old,
        new=act.new,
        acted_at=act.acted_at,
        undoes=act.undoes,
    )
