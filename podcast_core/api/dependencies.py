"""What routes take besides what was sent: the workspace, and who asks."""

from typing import Annotated

from fastapi import Depends, Request

from podcast_core.services.access import Caller
from podcast_core.workspace import Workspace


def get_workspace(request: Request) -> Workspace:
    """Get the process's workspace."""
    workspace: Workspace = request.app.state.get_workspace()
    return workspace


def get_caller(request: Request) -> Caller:
    """Get who asks, as the guard found out."""
    caller: Caller = request.state.caller
    return caller


Opened = Annotated[Workspace, Depends(get_workspace)]
Asking = Annotated[Caller, Depends(get_caller)]
