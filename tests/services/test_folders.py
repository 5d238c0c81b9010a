"""Which paths of the machine people may name."""

from pathlib import Path

import pytest

from podcast_core.errors import Forbidden, InvalidInput
from podcast_core.services import access
from podcast_core.services.access import Caller
from podcast_core.services.intake.folders import check_paths, resolve_path
from podcast_core.workspace import Workspace
from tests.building import with_settings

ADMIN = Caller("Ann", "admin", "abc")


def limit(workspace: Workspace, folders: str, mode: str = "auto") -> Workspace:
    return with_settings(workspace, recording_folders=folders, access=mode)


def test_who_sits_at_the_machine_may_name_any_path(workspace: Workspace) -> None:
    check_paths(workspace, access.OPEN, ["/etc/passwd", "~/x", "s3://bucket/x"])


def test_once_others_can_reach_the_server_only_the_folders_of_the_setting_count(
    workspace: Workspace, tmp_path: Path
) -> None:
    inside = tmp_path / "recordings"
    inside.mkdir()
    (inside / "way-out").symlink_to("/etc")
    limited = limit(workspace, f" {inside} , {tmp_path / 'more'}")
    check_paths(limited, ADMIN, [str(inside), f"{inside}/a/b.wav", f"{tmp_path}/more/x", "https://host/x", "store:a/b"])
    for path in ("/etc", f"{inside}/../x", f"{inside}-other/x", f"{inside}/way-out/passwd", "relative.wav"):
        with pytest.raises(Forbidden, match=r"cannot be used here.*PODCAST_RECORDING_FOLDERS"):
            check_paths(limited, ADMIN, [path])
    with pytest.raises(Forbidden, match="of no folder"):
        check_paths(workspace, ADMIN, [str(inside)])
    with pytest.raises(Forbidden):
        check_paths(limit(workspace, "", "open"), access.OPEN, ["/etc"])


@pytest.mark.parametrize("path", ["a\0b", "~nobody-of-this-name/x"])
def test_what_can_be_no_path_is_told(path: str) -> None:
    with pytest.raises(InvalidInput, match="is not a valid path on this machine"):
        resolve_path(path)
