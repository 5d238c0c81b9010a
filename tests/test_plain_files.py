"""A path that somebody names may be a pipe, which waits for ever, or a device, which never ends."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from podcast_core.errors import PodcastError
from podcast_core.ml.registry.model_folder import import_folder
from podcast_core.services.exchange.import_files import read_files
from podcast_core.services.hls.reading import Reader
from podcast_core.services.models.trials import import_path
from podcast_core.storage.files import FileStore
from podcast_core.workspace import Workspace

READERS: dict[str, Callable[[Workspace, Path], object]] = {
    "a file of labels": lambda _, path: read_files([path]),
    "a model as one file": lambda workspace, path: import_path(workspace, path=path, name="x"),
    "a model's card": lambda workspace, path: import_folder(workspace.files, path, name="x"),
    "a file of a store": lambda _, path: FileStore(str(path.parent)).read(path.name),
    "a playlist": lambda workspace, path: Reader(workspace.remote).read(str(path)),
}


@pytest.mark.parametrize("kind", ["pipe", "device"])
@pytest.mark.parametrize("reader", READERS)
def test_a_pipe_or_a_device_is_refused_without_waiting(
    workspace: Workspace, tmp_path: Path, reader: str, kind: str
) -> None:
    path = tmp_path / "named"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    with pytest.raises(PodcastError, match="pipe or a device|neither at"):
        READERS[reader](workspace, path)
