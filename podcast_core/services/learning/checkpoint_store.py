"""Where the checkpoints of trainings are: in the data folder of the worker's machine, while a training is not ended."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from podcast_core.ml.segmenter.checkpoints import Checkpoint
from podcast_core.services.jobs.running import RunningJob, is_cancelled
from podcast_core.workspace import Workspace

FOLDER = "checkpoints"
KEEP_S = 30 * 24 * 3600.0  # those of trainings that failed and did not go on


@contextmanager
def keeping(workspace: Workspace, training_id: str, run: RunningJob) -> Iterator[Checkpoint]:
    """Have the checkpoint of a training; it is deleted when the block ends well or the job was cancelled.

    It stays when the worker is ended or killed, and when the training fails, so that it can go on.
    """
    folder = workspace.settings.data_dir / FOLDER
    for path in folder.glob("*"):
        with suppress(FileNotFoundError):  # another worker replaces and deletes its own meanwhile
            if time.time() - path.stat().st_mtime > KEEP_S:
                path.unlink()
    checkpoint = Checkpoint(folder / uuid.UUID(training_id).hex, say=run.log)
    try:
        yield checkpoint
    except BaseException as error:
        if is_cancelled(error):
            checkpoint.delete()
        raise
    checkpoint.delete()
