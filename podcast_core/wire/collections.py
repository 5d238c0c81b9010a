"""Collections of clips: made, looked at, and what is known of every clip, column by column."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from podcast_core.domain.clip import Subset
from podcast_core.domain.collection import Unit
from podcast_core.domain.limits import DEFAULT_EMBEDDER
from podcast_core.wire.base import Body, Finite, Shape


class CollectionAdded(Shape):
    """The id of a collection, and of the job that describes its clips."""

    collection_id: str
    job_id: str


class Collection(Shape):
    """A collection; ``finished_at`` is null until all its clips are described."""

    id: str
    round_id: str
    name: str
    unit: Unit
    embedder: str
    window_s: float | None
    hop_s: float | None
    parameters: dict[str, Any]
    dimension: int
    clip_count: int
    who: str
    created_at: datetime
    finished_at: datetime | None


class CollectionVersion(Shape):
    """A short text that is another one once labels, subsets or maps of a collection have changed."""

    version: str


class ClipColumn(Shape):
    """A column that clips can be coloured and filtered by: ``category`` or ``number``."""

    name: str
    kind: str


class ClipColumns(Shape):
    """All columns."""

    items: list[ClipColumn]


class Embedder(Shape):
    """What can describe sounds."""

    id: str
    title: str


class Embedders(Shape):
    """All of them, the default first."""

    items: list[Embedder]


class Clip(Shape):
    """A clip; the label is that of the answer that counts, and ``given_label`` what a table said."""

    number: int
    session_id: str
    recording_id: str
    recording_name: str
    channel: int
    start_s: float
    end_s: float
    low_hz: float | None
    high_hz: float | None
    box_id: str
    subset: Subset
    label: str
    given_label: str
    url: str
    error: str
    evicted: bool
    duplicate_of: int | None


class Clips(Shape):
    """Clips in the order in which they were asked for."""

    items: list[Clip]


class CollectionIn(Body):
    """Which clips of a round, described by what; ``window_s`` and ``hop_s`` for windows only (null: 1 s)."""

    name: str
    unit: Unit = Unit.WINDOW
    window_s: Finite | None = None
    hop_s: Finite | None = None
    embedder: str = DEFAULT_EMBEDDER
    model: Annotated[str, Field(description="of predictions: whose; empty: all models' ")] = ""
    who: Annotated[str, Field(description="who wants it; the token's person by default")] = ""


class TableIn(Body):
    """A table of sounds: rows, or the text of a CSV file, with the columns ``audio``, ``label`` and ``SUBSET``."""

    name: str
    rows: list[dict[str, Any]] | None = None
    csv: str | None = None
    audio_column: str = "audio"
    label_column: str = "label"
    subset_column: str = "SUBSET"
    embedder: str = DEFAULT_EMBEDDER
    who: str = ""
