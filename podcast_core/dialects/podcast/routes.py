"""Pod.Cast's three original routes, so that its client and ours can work on one round.

=======  ================================  ===============================================================
method   route                             answers
=======  ================================  ===============================================================
GET      /fetch/session/ROUND              200 ``{"sessionid"}``
GET      /load/session/ROUND/SESSION       200 the document with ``annotations`` and ``backend_state``
POST     /submit/session/ROUND/SESSION     201 ``{"task"}``
=======  ================================  ===============================================================

Whatever cannot be answered is refused with 400 and ``{"detail": reason}``.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from podcast_core.api.dependencies import Asking, Opened
from podcast_core.api.front.sub_paths import base_of
from podcast_core.dialects.podcast import protocol
from podcast_core.errors import InvalidInput

router = APIRouter(tags=["Pod.Cast"])

MAX_BODY_LENGTH = 1_000_000  # bytes; a session with 10 000 boxes stays below


@router.get("/fetch/session/{round_id}")
def fetch(workspace: Opened, caller: Asking, round_id: str) -> dict[str, str]:
    """Name a session that nobody has labelled and, if possible, nobody holds."""
    return {"sessionid": protocol.fetch_session(workspace, round_id=round_id, person=caller.person)}


@router.get("/load/session/{round_id}/{session_id}")
def load(workspace: Opened, request: Request, round_id: str, session_id: str) -> dict[str, Any]:
    """Send a session's document; its ``uri`` is our own audio route."""
    uri = str(request.base_url).rstrip("/") + base_of(request) + f"/audio/{round_id}/{session_id}.wav"
    return protocol.load_session(workspace, round_id=round_id, session_id=session_id, uri=uri)


@router.post("/submit/session/{round_id}/{session_id}", status_code=201)
async def submit(
    workspace: Opened,
    caller: Asking,
    request: Request,
    round_id: str,
    session_id: str,
    annotator: Annotated[str | None, Query(min_length=1, max_length=80)] = None,
) -> dict[str, str]:
    """Keep a submitted document as a new revision, under the name of the token's person."""
    annotator = annotator or caller.person or protocol.CLIENT_NAME
    caller.check_name(annotator)
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY_LENGTH:
            raise InvalidInput(f"A document has at most {MAX_BODY_LENGTH} bytes; this one is longer. Nothing was kept.")
    await run_in_threadpool(
        protocol.submit_session, workspace, round_id=round_id, session_id=session_id, body=body, annotator=annotator
    )
    return {"task": f"{session_id}.json"}
