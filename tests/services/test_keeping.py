"""Checkpoints of trainings: what is left of others is in nobody's way."""

import os
import time
import uuid

from podcast_core.services.learning.checkpoint_store import FOLDER, KEEP_S, keeping
from podcast_core.workspace import Workspace
from tests.working import Running


def test_old_checkpoints_are_removed_and_one_that_vanishes_meanwhile_is_no_error(workspace: Workspace) -> None:
    folder = workspace.settings.data_dir / FOLDER
    folder.mkdir()
    old, young, vanished = (folder / name for name in ("old", "young", "vanished"))
    old.touch()
    young.touch()
    vanished.symlink_to(folder / "nowhere")  # is listed, and then not there: as what another worker deletes
    long_ago = time.time() - KEEP_S - 60
    os.utime(old, (long_ago, long_ago))
    with keeping(workspace, str(uuid.uuid4()), Running()):
        assert (old.exists(), young.exists()) == (False, True)
