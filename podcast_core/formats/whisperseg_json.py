"""WhisperSeg's JSON: one document per recording with the lists ``onset``, ``offset`` and ``cluster``.

Times are seconds from the start of the recording. Written is one document per recording and channel, named as label
tracks of Audacity are, with ``sr``, which WhisperSeg's training reads; frequencies have no place.
"""

from itertools import zip_longest
from typing import Any

from podcast_core.errors import InvalidInput
from podcast_core.formats import session_tables
from podcast_core.formats.contents import (
    Batch,
    Contents,
    Entry,
    FileBox,
    LeftOut,
    group_tracks,
    parse_track_name,
    refuse,
)
from podcast_core.formats.documents import Node, peek_document, read_document, write_document
from podcast_core.formats.format import Format
from podcast_core.formats.marks import make_mark, sort_marks

SUFFIX = ".json"
LISTS = ("onset", "offset", "cluster")


def write(batch: Batch) -> dict[str, bytes]:
    """Write a document per channel of each recording, and the session tables."""
    files = {name: write_document(_describe(entries)) for name, entries in group_tracks(batch, SUFFIX).items()}
    return {**files, **session_tables.write(batch)}


def read(name: str, data: bytes) -> Contents:
    """Read a document; ``cluster`` may be missing; InvalidInput when its lists differ in length."""
    document = read_document(name, data)
    lists = [list(document.get(key).elements()) for key in LISTS[:2]] + [list(document.items("cluster"))]
    counts = {key: len(each) for key, each in zip(LISTS, lists, strict=True)}
    if counts["onset"] != counts["offset"] or counts["cluster"] not in (0, counts["onset"]):
        found = ", ".join(f"{count} in {key}" for key, count in counts.items())
        raise document.refuse(f"expected lists of the same length, found {found}")
    stem, recording_id, channel = parse_track_name(name, SUFFIX)
    marks, problems = [], []
    for onset, offset, cluster in zip_longest(*lists):
        try:
            marks.append(_read_box(onset, offset, cluster, stem, recording_id, channel))
        except InvalidInput as error:
            problems.append(str(error))
    refuse(problems)
    return sort_marks(marks)


def fits(name: str, data: bytes) -> bool:
    """Tell such a document by its lists."""
    document = peek_document(name, data)
    return isinstance(document, dict) and {"onset", "offset"} <= document.keys()


def _describe(entries: list[Entry]) -> dict[str, Any]:
    boxes = [box for entry in entries for box in entry.annotations]
    return {
        "onset": [box.start_s for box in boxes],
        "offset": [box.end_s for box in boxes],
        "cluster": [box.label for box in boxes],
        "sr": entries[0].recording.sample_rate_hz,
    }


def _read_box(
    onset: Node, offset: Node, cluster: Node | None, stem: str, recording_id: str, channel: int | None
) -> FileBox | LeftOut:
    return make_mark(
        onset,
        name=stem,
        start_s=onset.to_number(),
        end_s=offset.to_number(),
        label="" if cluster is None else cluster.to_text(),
        label_is_blank=cluster is not None and not cluster.to_text(),
        recording_id=recording_id,
        channel=channel,
    )


FORMATS = {
    "whisperseg-json": Format(
        "WhisperSeg JSON",
        "One document per recording and channel, to be put beside its audio for WhisperSeg's training.",
        (".json",),
        read=read,
        fits=fits,
        write=write,
        has_bands=False,
    ),
}
