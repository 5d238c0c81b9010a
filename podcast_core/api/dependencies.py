"""What routes take besides what was sent: the workspace, who asks, and what they have already.

What only looks something up is `async`: FastAPI would send a thread for it, for every request.
"""

from typing import Annotated

from fastapi import Depends, Header, Request

from podcast_core.services.access import Caller
from podcast_core.services.people import naming
from podcast_core.workspace import Workspace


async def get_workspace(request: Request) -> Workspace:
    """Get the process's workspace."""
    workspace: Workspace = request.app.state.get_workspace()
    return workspace


async def get_caller(request: Request) -> Caller:
    """Get who asks, as the guard found out."""
    caller: Caller = request.state.caller
    return caller


Opened = Annotated[Workspace, Depends(get_workspace)]
Asking = Annotated[Caller, Depends(get_caller)]
IfNoneMatch = Annotated[str | None, Header()]


def choose_who(workspace: Workspace, caller: Caller, name: str | None = None) -> str:
    """Say who acts: whoever is named, if the caller may act under that name, else the token's person."""
    who = name or caller.person or workspace.settings.annotator
    caller.check_name(who)
    return who if who == caller.person else naming.find_name(workspace, who)
