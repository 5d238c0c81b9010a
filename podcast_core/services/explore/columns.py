"""What is known about the clips of a collection, a value each: what maps are coloured and filtered by.

As one short array per column, so that a browser gets a hundred thousand values in a few hundred kilobytes.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from podcast_core.domain.clip import Subset
from podcast_core.domain.collection import Collection, Unit
from podcast_core.domain.label import LABEL_COLORS
from podcast_core.domain.recording import Recording
from podcast_core.domain.release import SPLITS
from podcast_core.errors import NotFound
from podcast_core.remote.redaction import redact
from podcast_core.services.explore.vectors import read_loudness
from podcast_core.services.explore.verdicts import COLORS as VERDICT_COLORS
from podcast_core.services.explore.verdicts import find_verdicts
from podcast_core.services.labels import independence
from podcast_core.services.labels.agreement import compare_answers
from podcast_core.services.sets.release_store import list_releases
from podcast_core.storage import clips, recordings, rounds
from podcast_core.storage import session_texts as said
from podcast_core.storage.session_texts import Offered
from podcast_core.workspace import Workspace

NONE = ""
SUBSET_COLORS = ("#9aa0a6", "#0072b2", "#e69f00", "#d55e00")
SPLIT_COLORS = SUBSET_COLORS[1:]
MIN_COVERED = 0.5  # of the shorter of clip and prediction
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Column:
    """Values of all clips: numbers (none: NaN), or places in ``categories``, of which the last is none."""

    values: NDArray[Any]
    categories: tuple[str, ...] = ()
    colors: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """``category`` or ``number``."""
        return "category" if self.categories else "number"

    def to_bytes(self) -> bytes:
        """Write as `pack` does."""
        header: dict[str, Any] = {"kind": self.kind, "count": len(self.values)}
        if self.categories:
            header |= {"categories": list(self.categories), "colors": list(self.colors)}
        return pack(header, self.values)


def pack(header: Mapping[str, Any], values: NDArray[Any]) -> bytes:
    """Write a header and an array: four bytes with the header's length, the header as JSON, then the values.

    All numbers are little-endian, and the values begin at a multiple of four bytes.
    """
    text = json.dumps({**header, "dtype": values.dtype.name}, ensure_ascii=False).encode()
    text += b" " * (-len(text) % 4)
    data = np.ascontiguousarray(values, values.dtype.newbyteorder("<")).tobytes()
    return len(text).to_bytes(4, "little") + text + data


@dataclass(slots=True)
class _Known:
    """What columns are made of, read when it is first asked for."""

    workspace: Workspace
    connection: Connection
    collection: Collection
    _read: dict[str, NDArray[Any]] = field(default_factory=dict)

    def of(self, name: str) -> NDArray[Any]:
        """Read a column of the clips' rows."""
        if name not in self._read:
            self._read[name] = clips.read_column(self.connection, self.collection.id, name, self.collection.clip_count)
        return self._read[name]

    def recordings(self) -> dict[str, Recording]:
        """Read the recordings of the clips."""
        return {r.id: r for r in recordings.list_recordings(self.connection, set(self.of("recording_id")))}

    def parts(self, read: said.Read[T], keys: str = "session_id") -> Iterator[Mapping[str, T]]:
        """Read something of the sessions of the clips, some of them at a time (see `storage.said`)."""
        return said.in_parts(read, self.connection, self.collection.round_id, self.of(keys).tolist())

    def said(self, read: said.Read[T], keys: str = "session_id") -> dict[str, T]:
        """Read something of all sessions of the clips."""
        return {key: value for some in self.parts(read, keys) for key, value in some.items()}


def _to_category(values: Sequence[Any] | NDArray[Any], colors: Mapping[str, str] | None = None) -> Column:
    """Give each text a number, in the order of names; those with a colour keep it, and come first in its order."""
    texts = values.tolist() if isinstance(values, np.ndarray) else values
    names = sorted(set(texts) - {NONE})
    if colors is not None:
        order = list(colors)
        names.sort(key=lambda name: (order.index(name) if name in colors else len(order), name))
    places = {name: place for place, name in enumerate([*names, NONE])}
    kind = np.uint16 if len(places) <= np.iinfo(np.uint16).max else np.uint32
    found = np.fromiter(map(places.__getitem__, texts), kind, len(texts))
    free = [color for color in LABEL_COLORS if color not in (colors or {}).values()] or list(LABEL_COLORS)
    given = [(colors or {}).get(name) or free[place % len(free)] for place, name in enumerate(names)]
    return Column(found, (*names, NONE), (*given, "#bbbbbb"))


def _label_colors(known: _Known) -> dict[str, str]:
    round_ = rounds.get_round(known.connection, known.collection.round_id)
    return {label.name: label.color for label in round_.labels}


def _by_recording(known: _Known, say: Callable[[Recording], str]) -> Column:
    told = {recording_id: say(each) for recording_id, each in known.recordings().items()}
    return _to_category([told.get(recording_id, NONE) for recording_id in known.of("recording_id")])


def _by_moment(known: _Known, say: Callable[[Any], Any], none: Any) -> list[Any]:
    """Say something of the moment at which each clip began; its recording may not know when that was."""
    started = {recording_id: each.started_at for recording_id, each in known.recordings().items()}
    return [
        none if (at := started.get(recording_id)) is None else say(at + timedelta(seconds=float(start_s)))
        for recording_id, start_s in zip(known.of("recording_id"), known.of("start_s"), strict=True)
    ]


def _by_session(known: _Known, told: Mapping[str, Any], none: Any) -> list[Any]:
    return [told.get(session_id, none) for session_id in known.of("session_id")]


def _measure_agreement(known: _Known) -> Column:
    """Measure how well people agree who have searched a clip's session, 0 to 1; none where fewer than two have."""
    told = compare_answers(known.connection, [known.collection.round_id]).share_by_session()
    return _to_numbers(_by_session(known, told, None))


def _find_splits(known: _Known) -> Column:
    """Find the split of each clip's session in the newest release that has it."""
    told: dict[str, str] = {}
    for release in sorted(list_releases(known.workspace), key=lambda each: str(each.document["created_at"])):
        told |= {
            each["session_id"]: each["split"]
            for each in release.sessions
            if each["round_id"] == known.collection.round_id
        }
    return _to_category(_by_session(known, told, NONE), dict(zip(SPLITS, SPLIT_COLORS, strict=True)))


def _find_predictions(known: _Known) -> list[Offered | None]:
    """Find the prediction that each clip is, or the one with the best score of those that lie in it by half."""
    if known.collection.unit is Unit.PREDICTION:
        by_id = known.said(said.find_named, "box_id")
        return [by_id.get(box_id) for box_id in known.of("box_id")]
    places: dict[str, list[int]] = {}
    for number, session_id in enumerate(known.of("session_id")):
        places.setdefault(session_id, []).append(number)
    found: list[Offered | None] = [None] * len(known.of("session_id"))
    starts_s, ends_s = known.of("start_s").tolist(), known.of("end_s").tolist()
    for some in known.parts(said.find_offered):
        for session_id, offered in some.items():
            for number in places[session_id]:
                covering = (each for each in offered if _covers(each, starts_s[number], ends_s[number]))
                found[number] = next(covering, None)
    return found


def _covers(prediction: Offered, start_s: float, end_s: float) -> bool:
    shared_s = min(prediction.end_s, end_s) - max(prediction.start_s, start_s)
    return shared_s > 0 and shared_s >= MIN_COVERED * min(prediction.end_s - prediction.start_s, end_s - start_s)


def _to_numbers(values: Sequence[float | None] | NDArray[Any]) -> Column:
    return Column(np.array(values, np.float32))


COLUMNS: Mapping[str, Callable[[_Known], Column]] = {
    "label": lambda known: _to_category(known.of("label"), _label_colors(known)),
    "given_label": lambda known: _to_category(known.of("given_label"), _label_colors(known)),
    "prediction": lambda known: _to_category(
        [NONE if each is None else each.label for each in _find_predictions(known)], _label_colors(known)
    ),
    "score": lambda known: _to_numbers([None if each is None else each.score for each in _find_predictions(known)]),
    "subset": lambda known: _to_category(
        known.of("subset"), dict(zip((each.value for each in Subset), SUBSET_COLORS, strict=True))
    ),
    "site": lambda known: _by_recording(known, lambda recording: recording.site),
    "annotator": lambda known: _to_category(_by_session(known, known.said(said.find_annotators), NONE)),
    "agreement": _measure_agreement,
    "verdict": lambda known: _to_category(find_verdicts(known.connection, known.collection), VERDICT_COLORS),
    "split": _find_splits,
    "hour": lambda known: _to_numbers(_by_moment(known, lambda at: at.hour + at.minute / 60 + at.second / 3600, None)),
    "date": lambda known: _to_category(_by_moment(known, lambda at: f"{at:%Y-%m-%d}", NONE)),
    "session": lambda known: _to_category(known.of("session_id")),
    "recording": lambda known: _by_recording(known, lambda recording: recording.file_name),
    "loudness": lambda known: Column(read_loudness(known.workspace, known.collection.id, known.collection.clip_count)),
    "duration": lambda known: _to_numbers(known.of("end_s") - known.of("start_s")),
    "low_hz": lambda known: _to_numbers(known.of("low_hz")),
    "high_hz": lambda known: _to_numbers(known.of("high_hz")),
    "error": lambda known: _to_category([redact(each) for each in known.of("error")]),
    "evicted": lambda known: _to_category(np.where(known.of("evicted"), "evicted", NONE)),
    "duplicate_of": lambda known: _to_numbers([None if each < 0 else each for each in known.of("duplicate_of")]),
}
NUMBERS = ("score", "agreement", "loudness", "hour", "duration", "low_hz", "high_hz", "duplicate_of")


def list_columns(workspace: Workspace, *, collection_id: str) -> dict[str, str]:
    """List the columns of a collection, with what each holds: ``category`` or ``number``."""
    with workspace.database.reading() as connection:
        independence.get_collection(connection, collection_id)
    return {name: "number" if name in NUMBERS else "category" for name in COLUMNS}


def read_column(workspace: Workspace, *, collection_id: str, name: str) -> Column:
    """Read a column of all clips, in the order of their numbers.

    Raises
    ------
    NotFound
        When there is no such collection or column.
    """
    make = COLUMNS.get(name)
    if make is None:
        raise NotFound(f"There is no column {name[:80]!r}; expected one of {', '.join(COLUMNS)}.")
    with workspace.database.reading() as connection:
        return make(_Known(workspace, connection, independence.get_collection(connection, collection_id)))
