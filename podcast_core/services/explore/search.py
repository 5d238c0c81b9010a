"""Search in a collection: by clips, a label, a box drawn on a spectrogram, or sound that somebody brings."""

import math
import tempfile
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from podcast_core.audio.files import inspect_audio, read_samples
from podcast_core.audio.limits import Limits
from podcast_core.domain.box import Stretch
from podcast_core.domain.collection import Collection
from podcast_core.domain.limits import MAX_FOUND
from podcast_core.errors import InvalidInput, count_of
from podcast_core.ml.agile import search as exact
from podcast_core.ml.agile.search import Ranked, Space, make_query
from podcast_core.ml.embedding.directions import Vectors, to_directions
from podcast_core.services.explore import embedders, embedding
from podcast_core.services.explore.filters import Filter, find_allowed
from podcast_core.services.explore.vectors import read_vectors
from podcast_core.services.labels import independence
from podcast_core.storage import clips, sessions
from podcast_core.workspace import Workspace

MAX_EXAMPLES = 10_000  # liked and disliked together, and hits; chosen
MAX_QUERY_S = 60.0  # chosen: a usual session
MAX_BYTES = 1 << 30  # of directions in memory; those that were not used for longest go first

_spaces: OrderedDict[tuple[int, str], tuple[Vectors, Space]] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True, slots=True)
class SoundBox(Stretch):
    """A stretch of a session that somebody has drawn, in seconds of the session."""

    session_id: str


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What is wanted and what is not: numbers of clips, the clips of a label, a drawn stretch.

    ``count`` is the most that is found, ``threshold`` the least cosine. Examples are not found again, unless
    ``include_examples``. ``within``: only these clips are found, as a bit for each (the first is the lowest of its
    byte); empty: all.
    """

    like: tuple[int, ...] = ()
    unlike: tuple[int, ...] = ()
    label: str = ""
    box: SoundBox | None = None
    filters: tuple[Filter, ...] = ()
    count: int = 50
    threshold: float | None = None
    include_examples: bool = False
    within: bytes = b""

    def __post_init__(self) -> None:
        if len(self.like) + len(self.unlike) > MAX_EXAMPLES:
            raise InvalidInput(f"A search has at most {MAX_EXAMPLES:,} examples.")
        if not 1 <= self.count <= MAX_FOUND:
            raise InvalidInput(f"A search finds 1 to {MAX_FOUND:,} clips, found {self.count}.")
        if self.threshold is not None and not math.isfinite(self.threshold):
            raise InvalidInput("The least cosine must be a number.")


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found; ``examples`` are the clips that were wanted, the most typical first."""

    hits: Ranked
    examples: Ranked


def get_space(workspace: Workspace, *, collection_id: str) -> Space:
    """Get the directions of a collection's clips, which are normalised once and kept; raises as `read_vectors`."""
    vectors = read_vectors(workspace, collection_id)
    key = (id(workspace.files), collection_id)
    with _lock:
        kept = _spaces.get(key)
        if kept is not None and kept[0] is vectors:
            _spaces.move_to_end(key)
            return kept[1]
    space = Space(to_directions(vectors))
    with _lock:
        _spaces[key] = vectors, space
        while len(_spaces) > 1 and sum(each.directions.nbytes for _, each in _spaces.values()) > MAX_BYTES:
            _spaces.popitem(last=False)
    return space


def search(
    workspace: Workspace, *, collection_id: str, request: SearchRequest, sound: Sequence[BinaryIO] = ()
) -> Found:
    """Search by all examples that are given; ``sound`` are audio files, such as a snippet of a microphone.

    Raises
    ------
    NotFound
        When there is no such collection or session, or it is not ready.
    InvalidInput
        When nothing is wanted, an example is not there, or sound cannot be used.
    """
    space = get_space(workspace, collection_id=collection_id)
    with workspace.database.reading() as connection:
        collection = independence.get_collection(connection, collection_id)
        labels = clips.read_columns(connection, collection_id, ["label"])["label"] if request.label else None
    is_wanted: NDArray[np.bool_] = np.zeros(len(space.directions), bool)
    is_wanted[list(_check(request.like, space))] = True
    if labels is not None:
        if not (labels == request.label).any():
            raise InvalidInput(f"No clip of the collection is labelled {request.label[:80]!r}.")
        is_wanted |= labels == request.label
    wanted = [space.directions[is_wanted]]
    if request.box is not None:
        wanted.append(_describe_box(workspace, collection, request.box))
    wanted += [_describe_file(workspace, collection, file) for file in sound]
    unwanted = list(_check(request.unlike, space))
    query = make_query(np.concatenate(wanted), space.directions[unwanted] if unwanted else None)
    scores = space.measure_alike(query)
    allowed = find_allowed(workspace, collection_id=collection_id, filters=request.filters)
    if request.within:
        allowed &= _unpack(request.within, len(allowed))
    if not request.include_examples:
        allowed &= ~is_wanted
        allowed[unwanted] = False
    hits = exact.search(space, scores, request.count, is_allowed=allowed, threshold=request.threshold)
    return Found(hits, exact.search(space, scores, MAX_EXAMPLES, is_allowed=is_wanted))


def _unpack(within: bytes, count: int) -> NDArray[np.bool_]:
    if len(within) != math.ceil(count / 8):
        raise InvalidInput(
            f"A choice among {count_of(count, 'clip')} is {math.ceil(count / 8):,} bytes, a bit for each; found "
            f"{len(within):,}."
        )
    return np.unpackbits(np.frombuffer(within, np.uint8), count=count, bitorder="little").astype(bool)


def _check(numbers: Sequence[int], space: Space) -> Sequence[int]:
    if strange := [number for number in numbers if not 0 <= number < len(space.directions)]:
        raise InvalidInput(f"There is no clip {strange[0]}: clips count from 0 to {len(space.directions) - 1}.")
    return numbers


def _describe_box(workspace: Workspace, collection: Collection, box: SoundBox) -> Vectors:
    """Describe what was drawn, as the collection's own clips are; what lies beside its band is heard, too."""
    with workspace.database.reading() as connection:
        session = sessions.get_session(connection, collection.round_id, box.session_id)
    start_s, end_s = (
        session.start_s + box.start_s,
        min(session.start_s + box.end_s, session.start_s + session.duration_s),
    )
    if not session.start_s <= start_s < end_s:
        raise InvalidInput(f"A box lies within its session: found {box.start_s:g} to {box.end_s:g} s.")
    _check_length(end_s - start_s)
    rows = {
        "recording_id": np.array([session.recording_id], object),
        "channel": np.array([session.channel]),
        "start_s": np.array([start_s]),
        "end_s": np.array([end_s]),
    }
    describer = embedding.Describer(workspace, collection, embedders.load_embedder(workspace, collection))
    found: dict[int, NDArray[np.float32]] = {}
    if errors := describer.describe(rows, [0], found, lambda: None):
        raise InvalidInput(f"What was drawn cannot be described: {errors[0]}")
    return _place(workspace, collection, found[0][None])


def _check_length(duration_s: float) -> None:
    if duration_s > MAX_QUERY_S:
        raise InvalidInput(
            f"Sound to search by is at most {MAX_QUERY_S:g} s long, found {duration_s:.1f} s: cut out the call."
        )


def _describe_file(workspace: Workspace, collection: Collection, file: BinaryIO) -> Vectors:
    """Describe the first channel of a short audio file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound"
        with path.open("wb") as copy:
            while block := file.read(1 << 20):
                copy.write(block)
        # No more is decoded than may be, whatever the file says of itself.
        info = inspect_audio(str(path), limits=Limits.of(workspace.settings, longest_s=MAX_QUERY_S))
        duration_s = info.frame_count / info.sample_rate_hz
        embedder = embedders.load_embedder(workspace, collection)
        rate_hz = embedder.sample_rate_hz or info.sample_rate_hz
        samples = read_samples(str(path), channel=0, start_s=0, end_s=duration_s, sample_rate_hz=rate_hz)
    return _place(workspace, collection, embedder.describe([samples], rate_hz))


def _place(workspace: Workspace, collection: Collection, described: NDArray[np.float32]) -> Vectors:
    embedder = embedders.load_embedder(workspace, collection)
    if embedder.blocks:
        described = embedding.read_collection_space(workspace, collection.id).place(described)
    return to_directions(described)
