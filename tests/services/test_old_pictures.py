"""Pictures that older versions kept in the file store go; what people have there stays."""

import pytest

from podcast_core.services.pictures.old_pictures import remove_old_pictures
from podcast_core.storage.files import FileStore
from podcast_core.workspace import Workspace

SHA, NAME = "ab" * 32, "0123456789ab" * 2
OLD = (
    *(f"pictures/ab/{SHA}/{NAME}.{end}" for end in ("jpg", "json", "peaks", "background", "segments")),
    *(f"recording-pictures/{SHA}/{NAME}/{each}" for each in ("levels.json", "0.jpg", "17.png")),
    f"vocal-levels/{SHA}/{NAME}.json",
)
KEPT = (
    *("pictures/holiday.jpg", f"pictures/ab/{SHA}/mine.jpg", f"uploads/{SHA}/a.wav", "models/m/1/weights"),
    *("rounds/sea/submissions/a/b.json", f"bat-pictures/{SHA}/v2-c0-200kHz/picture.json", "recordings/x.json"),
)


def check(files: FileStore, workspace: Workspace) -> None:
    for key in (*OLD, *KEPT):
        files.write(key, b"x")
    assert remove_old_pictures(workspace) == len(OLD)
    assert not any(files.exists(key) for key in OLD)
    assert all(files.exists(key) for key in KEPT)
    assert remove_old_pictures(workspace) == 0


def test_old_pictures_go_from_a_folder_and_nothing_else(workspace: Workspace) -> None:
    check(workspace.files, workspace)


def test_old_pictures_go_from_a_bucket_and_nothing_else(s3_workspace: Workspace) -> None:
    check(s3_workspace.files, s3_workspace)


@pytest.mark.parametrize("key", KEPT)
def test_facts_cannot_be_removed(workspace: Workspace, key: str) -> None:
    workspace.files.write(key, b"x")
    with pytest.raises(ValueError, match="cannot be computed again"):
        workspace.files.remove_computed(key)
    assert workspace.files.read(key) == b"x"
