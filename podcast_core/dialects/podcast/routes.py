"""Pod.Cast's original routes, so that its client and ours can work on one round.

=======  ================================  ===============================================================
method   route                             answers
=======  ================================  ===============================================================
GET      /fetch/session/ROUND              200 ``{"sessionid"}``
GET      /load/session/ROUND/SESSION       200 the document with ``annotations`` and ``backend_state``
POST     /submit/session/ROUND/SESSION     201 ``{"task"}``
GET      /audio/ROUND/SESSION.wav          the sound that a document's ``uri`` names
=======  ================================  ===============================================================

Whatever the first three cannot answer is refused with 400 and ``{"detail": reason}``: the client knows no other status.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from podcast_core.api.dependencies import Asking, Opened
from podcast_core.api.front.sub_paths import base_of
from podcast_core.api.media import SOUND, get_audio
from podcast_core.api.protocols import Cost, Protocol
from podcast_core.dialects.podcast import protocol
from podcast_core.errors import InvalidInput, NotFound

router = APIRouter(tags=["Pod.Cast"])
PROTOCOL = Protocol(
    router=router,
    paths=("/fetch/", "/load/", "/submit/", "/audio/"),
    error_fields=("detail",),
    scopes=(("POST", r"/submit/session/[^/]+/[^/]+", "label"),),
    costs={
        "GET /load/session/{round_id}/{session_id}": Cost.TURN,
        "GET /audio/{round_id}/{session_id}.wav": Cost.TURN,
    },
)

MAX_BODY_LENGTH = 1_000_000  # bytes; a session with 10 000 boxes stays below


@router.get("/fetch/session/{round_id}")
def fetch(workspace: Opened, caller: Asking, round_id: str) -> dict[str, str]:
    """Name a session that nobody has labelled and, if possible, nobody holds."""
    with answering_400():
        return {"sessionid": protocol.fetch_session(workspace, round_id=round_id, person=caller.person)}


@router.get("/load/session/{round_id}/{session_id}")
def load(workspace: Opened, request: Request, round_id: str, session_id: str) -> dict[str, Any]:
    """Send a session's document; its ``uri`` is our own audio route."""
    uri = str(request.base_url).rstrip("/") + base_of(request) + f"/audio/{round_id}/{session_id}.wav"
    with answering_400():
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
            raise InvalidInput(f"A document can have at most {MAX_BODY_LENGTH} bytes. Nothing was saved.")
    where = {"round_id": round_id, "session_id": session_id}
    with answering_400():
        await run_in_threadpool(protocol.submit_session, workspace, **where, body=body, annotator=annotator)
    return {"task": f"{session_id}.json"}


router.get("/audio/{round_id}/{session_id}.wav", response_class=Response, responses=SOUND)(get_audio)


@contextmanager
def answering_400() -> Iterator[None]:
    """Answer that something is not there as the original does: as wrong input."""
    try:
        yield
    except NotFound as error:
        raise InvalidInput(str(error)) from error
