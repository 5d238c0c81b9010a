"""Quick open: files that are looked at where they lie, in a round that no list has."""

from fastapi import APIRouter

from podcast_core.api.dependencies import Asking, Opened, choose_who
from podcast_core.services.intake import opening
from podcast_core.services.intake.folders import check_paths
from podcast_core.services.store.source_names import show_source
from podcast_core.wire import opening as wire
from podcast_core.wire.jobs import JobAdded
from podcast_core.wire.recordings import Refused

router = APIRouter(tags=["recordings"], prefix="/api/v1/opened")


@router.post("", status_code=201)
def open_recordings(workspace: Opened, caller: Asking, body: wire.OpenIn) -> wire.Opened:
    """Open files, folders and addresses to look at them at once; the same files are the same round."""
    check_paths(workspace, caller, body.paths)
    found = opening.open_recordings(workspace, paths=body.paths, who=choose_who(workspace, caller))
    refused = [Refused(name=show_source(each.path), reason=each.reason) for each in found.failed]
    return wire.Opened(round_id=found.round_.id, refused=refused, left_out=found.left_out)


@router.post("/{round_id}/round", status_code=202)
def keep_opened(workspace: Opened, caller: Asking, round_id: str, body: wire.KeepOpenedIn) -> JobAdded:
    """Put in the job that makes an ordinary round of what was opened, with its answers."""
    who = choose_who(workspace, caller)
    return JobAdded(job_id=opening.keep_opened(workspace, round_id=round_id, round_name=body.round_name, who=who))
