"""Long-term spectral averages of recordings: computed as a job, and any part of them as a picture."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from podcast_core.api.dependencies import Asking, Opened, choose_who
from podcast_core.api.downloads import describe
from podcast_core.services.pictures import ltsa
from podcast_core.wire.base import Body, Finite
from podcast_core.wire.jobs import JobAdded

router = APIRouter(tags=["recordings"], prefix="/api/v1/recordings/{recording_id}")


class LtsaIn(Body):
    """What is to be computed."""

    channel: int = Field(0, description="counted from 0")


@router.get("/ltsa.png", response_class=Response, responses=describe("image/png"))
def get_ltsa(
    workspace: Opened,
    recording_id: str,
    channel: Annotated[int, Query(description="counted from 0")] = 0,
    start_s: Annotated[Finite | None, Query(description="in seconds of the recording; its start")] = None,
    end_s: Annotated[Finite | None, Query(description="its end")] = None,
    width: Annotated[int, Query(description="columns at most, 16 to 4096")] = 1200,
) -> Response:
    """Send a part of the long-term spectral average as a grey PNG; ``x-ltsa`` says in JSON what it shows.

    A column is the mean power spectral density of about a second, or of 4, 16, 64 ... of them. 404 until it has been
    computed.
    """
    found = ltsa.get_ltsa(
        workspace, recording_id=recording_id, channel=channel, start_s=start_s, end_s=end_s, width_px=width
    )
    headers = {"cache-control": "private, no-cache", "x-ltsa": ltsa.describe(found.info)}
    return Response(found.png, media_type="image/png", headers=headers)


@router.post("/ltsa", status_code=202)
def compute_ltsa(workspace: Opened, caller: Asking, recording_id: str, body: LtsaIn) -> JobAdded:
    """Compute the long-term spectral average of a channel, as a job; one that waits or runs already is named."""
    who = choose_who(workspace, caller)
    return JobAdded(job_id=ltsa.add_job(workspace, recording_id=recording_id, channel=body.channel, who=who))
