"""Notebook use: sounds described by any function from address to vector, as in hover's guide, without a queue."""

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from podcast_core.audio.files import read_samples
from podcast_core.domain.collection import Collection
from podcast_core.domain.recording import Recording
from podcast_core.errors import InvalidInput, ModelUnavailable, PodcastError
from podcast_core.ml.embedding.interfaces import Features
from podcast_core.ml.interfaces import Samples
from podcast_core.progress import Progress, tell_nobody
from podcast_core.services.explore import embedding
from podcast_core.services.explore.embedders import PYTHON, Vectorizer
from podcast_core.services.jobs.running import InProcessJob, Result
from podcast_core.services.labels import independence
from podcast_core.services.store.sources import locate
from podcast_core.storage import recordings
from podcast_core.workspace import Workspace


def describe(
    workspace: Workspace,
    *,
    collection_id: str,
    vectorizer: Vectorizer | None = None,
    on_progress: Progress = tell_nobody,
    on_line: Callable[[str], None] = tell_nobody,
) -> Result:
    """Find and describe the clips of a collection here, as its job would.

    Parameters
    ----------
    vectorizer
        For a collection whose embedder is ``python:NAME/VERSION``: called with the address that a table gave, with the
        path of a recording that is a clip as a whole, or else with that of a WAV file made of the clip. What is known
        of a clip under the same name and version is not asked for again. What it raises is the error of that clip.

    Returns
    -------
    dict
        How many clips there are, and how many were ``described``, ``copied`` and ``failed``.

    Raises
    ------
    InvalidInput
        When a function is given for another kind of embedder, or none for this one.
    """
    run = InProcessJob(on_progress, on_line)
    with workspace.database.reading() as connection:
        collection = independence.get_collection(connection, collection_id)
    if collection.embedder.startswith(PYTHON) != (vectorizer is not None):
        raise InvalidInput(
            f"A function describes collections whose embedder is {PYTHON}NAME/VERSION, and no others; "
            f"{collection.name!r} has {collection.embedder}."
        )
    if vectorizer is None:
        return embedding.run(workspace, {"collection_id": collection_id}, run)
    plan = embedding.plan_clips(workspace, collection_id, run)
    return embedding.describe_all(_Caller(workspace, collection, vectorizer), plan["clips"], run)


class _Called:
    """Stands for a function among the embedders; how long its vectors are is known when it was called."""

    blocks: Sequence[int] = ()
    sample_rate_hz: int | None = None
    parameters: Mapping[str, Any] = {}
    dimension = 0
    takes_turns = True

    def __init__(self, name: str) -> None:
        self.id = name

    def describe(self, clips: Sequence[Samples], sample_rate_hz: int) -> Features:  # noqa: ARG002  # as all embedders
        """Refuse: a function takes addresses."""
        raise ModelUnavailable(f"{self.id} is called with the address of a sound, and takes no samples.")


class _Caller(embedding.Describer):
    """Describes clips by calling a function for each."""

    def __init__(self, workspace: Workspace, collection: Collection, vectorizer: Vectorizer) -> None:
        super().__init__(workspace, collection, _Called(collection.embedder))
        self._vectorizer = vectorizer
        self._width = 0

    def describe(
        self,
        rows: Mapping[str, NDArray[Any]],
        missing: Iterable[int],
        found: dict[int, NDArray[np.float32]],
        on_progress: Callable[[], None],
    ) -> dict[int, str]:
        """Call the function for each clip; what it raises is told, and stops nothing else."""
        errors: dict[int, str] = {}
        self._width = self._width or len(next(iter(found.values()), ()))
        with self.workspace.database.reading() as connection:
            known = recordings.list_recordings(connection, set(rows["recording_id"]))
        by_id = {each.id: each for each in known}
        for row in missing:
            try:
                found[row] = self._call(rows, row, by_id[rows["recording_id"][row]])
            except Exception as error:  # noqa: BLE001  # somebody else's function may raise anything
                errors[row] = f"{type(error).__name__}: {error}" if not isinstance(error, PodcastError) else str(error)
            on_progress()
        return errors

    def _call(self, rows: Mapping[str, NDArray[Any]], row: int, recording: Recording) -> NDArray[np.float32]:
        start_s, end_s, url = float(rows["start_s"][row]), float(rows["end_s"][row]), str(rows["url"][row])
        place = locate(self.workspace, recording)
        if url or (isinstance(place, str) and start_s == 0 and abs(end_s - recording.duration_s) < 1e-6):
            return self._check(self._vectorizer(url or str(place)))
        samples = read_samples(place, channel=int(rows["channel"][row]), start_s=start_s, end_s=end_s)
        with tempfile.TemporaryDirectory(prefix="podcast-") as folder:
            path = Path(folder) / "clip.wav"
            soundfile.write(path, samples, recording.sample_rate_hz, subtype="FLOAT")
            return self._check(self._vectorizer(str(path)))

    def _check(self, vector: Any) -> NDArray[np.float32]:
        values = np.asarray(vector, np.float32)
        if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
            raise InvalidInput(f"Expected a vector of finite numbers, found the shape {values.shape}.")
        if self._width and len(values) != self._width:
            raise InvalidInput(f"Expected a vector of {self._width} numbers as before, found {len(values)}.")
        self._width = len(values)
        return values
