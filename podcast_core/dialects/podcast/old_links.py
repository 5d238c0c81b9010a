"""Addresses of the original Pod.Cast's pages, which people have kept: ``/``, ``/ROUND`` and ``/ROUND?sessionid=ID``.

There ``/`` leads to the current round and ``/ROUND`` to its page. Here ``/`` is the start page for browsers; a program
that does not ask for HTML is a client of the original and is led to the round that is worked on.
"""

from collections.abc import Callable, Collection
from urllib.parse import quote, urlencode

from starlette.requests import Request

from podcast_core.services.labels import rounds
from podcast_core.workspace import Workspace


def find_new_address(request: Request, get_workspace: Callable[[], Workspace], pages: Collection[str]) -> str | None:
    """Find where an old address leads, relative to the app; None when it is none.

    Parameters
    ----------
    pages
        First parts of the addresses of our own pages and files.
    """
    name = request.scope["path"].strip("/")
    if request.method != "GET" or "/" in name or name in pages:
        return None
    session_id = request.query_params.get("sessionid")
    if name and session_id:
        return "label?" + urlencode({"round": name, "session": session_id})
    if not name and "text/html" in request.headers.get("accept", ""):
        return None
    workspace = get_workspace()
    if not name:
        current = rounds.find_current(workspace)
        return None if current is None else quote(current.id)
    is_round = rounds.find_round(workspace, round_id=name) is not None
    return "label?" + urlencode({"round": name}) if is_round else None
