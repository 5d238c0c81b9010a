"""Which files and folders of the server's machine people may name.

Whoever sits at the machine may name all of them. Once others can reach the server, its pages and routes take only what
lies in the folders of a setting: a path is no secret, but what is behind it may be.
"""

from collections.abc import Iterable
from pathlib import Path

from podcast_core.errors import Forbidden, InvalidInput
from podcast_core.services.access import Caller
from podcast_core.services.store.source_names import STORED
from podcast_core.workspace import Workspace


def is_address(path: str) -> bool:
    """Tell a URL, or an object in the file store, from a path of this machine."""
    return "://" in path or path.startswith(STORED)


def resolve_path(path: str) -> str:
    """Make a path absolute, with ``~`` and links followed; addresses stay as they are.

    Raises
    ------
    InvalidInput
        When it can be no path.
    """
    if is_address(path):
        return path
    try:
        return str(Path(path).expanduser().resolve())
    except (ValueError, RuntimeError, OSError) as error:  # a NUL; nobody of that name; links in a circle
        raise InvalidInput(f"{path[:200]!r} is not a valid path on this machine: {error}.") from error


def list_folders(workspace: Workspace) -> list[str]:
    """List the folders of the setting."""
    return [resolve_path(each.strip()) for each in workspace.settings.recording_folders.split(",") if each.strip()]


def check_paths(workspace: Workspace, caller: Caller, paths: Iterable[str]) -> None:
    """Refuse paths that a caller may not name.

    Raises
    ------
    Forbidden
        When others can reach the server, and a path lies in none of the setting's folders.
    InvalidInput
        When it can be no path.
    """
    settings = workspace.settings
    if caller.person is None and settings.access != "open":  # who needs no token sits at this machine
        return
    allowed = list_folders(workspace)
    for path in paths:
        if not is_address(path) and not any(Path(resolve_path(path)).is_relative_to(folder) for folder in allowed):
            where = f"in {', '.join(allowed)}" if allowed else "of no folder: upload them, or give a web address"
            raise Forbidden(
                f"{path[:200]} cannot be used here. Others can reach this server, so it only takes recordings {where} "
                "(PODCAST_RECORDING_FOLDERS)."
            )
