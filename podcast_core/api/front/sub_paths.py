"""An app below an address of its own, such as ``/podcast``: our routes know nothing of it, their links do.

Streamlit is told by ``server.baseUrlPath``, another server by its root path. What comes with that beginning and what
comes without it (from a proxy that takes it off) is one address, with one rule.
"""

from starlette.requests import HTTPConnection
from starlette.types import Scope

_STATE = "base"


def take_base(scope: Scope, base: str) -> Scope:
    """Take the beginning off an address, and remember it for links."""
    base = str(scope.get("root_path") or base)
    path: str = scope["path"]
    if base and (path == base or path.startswith(f"{base}/")):
        path = path[len(base) :] or "/"
    state = {**(scope.get("state") or {}), _STATE: base}
    return {**scope, "path": path, "root_path": "", "state": state}


def base_of(connection: HTTPConnection) -> str:
    """Get the beginning of all addresses of the app."""
    return str((connection.scope.get("state") or {}).get(_STATE, ""))
