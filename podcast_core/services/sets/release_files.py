"""The files of a release: audio cut out of recordings, annotations that speak of those files, tables of contents."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any, TypeVar

from podcast_core.audio.cutting import PieceFile
from podcast_core.audio.split import to_frames
from podcast_core.domain.annotation import Annotation
from podcast_core.domain.box import Stretch
from podcast_core.domain.ids import make_id
from podcast_core.domain.prediction import Prediction
from podcast_core.domain.release import SPLITS
from podcast_core.domain.round import Round
from podcast_core.domain.session import Session
from podcast_core.domain.submission import Outcome
from podcast_core.formats import FORMATS
from podcast_core.formats.contents import Entry, make_batch
from podcast_core.formats.tables import Cell, write_csv
from podcast_core.services.sets.release_plan import Item, Plan, publish_uri

INDEX_COLUMNS = (
    *("file", "split", "group", "outcome", "label", "annotation_count", "duration_s", "sample_rate_hz", "encoding"),
    *("sha256", "name", "round_id", "session_id", "submission_id", "annotator", "site", "start_utc"),
    *("recording_sha256", "recording_file_name", "recording_uri", "channel", "start_s", "end_s"),
)
EMPTY_FOLDER = "_no_calls"  # no label's folder begins with an underscore
MICROSECONDS = 9  # decimals: far below a sample, and free of the dust of floating-point subtraction

Box = TypeVar("Box", Annotation, Prediction)


@dataclass(frozen=True, slots=True)
class Part(Stretch):
    """One audio file of the release, or one piece of a recording that is referred to. ``label``: that of a clip."""

    item: Item
    name: str
    path: str
    label: str = ""


def list_parts(plan: Plan) -> list[Part]:
    """List the pieces of audio of a plan, in the order of their splits and names."""
    if plan.request.audio != "clips":
        folder = "wav" if plan.request.is_orcasound else "audio/{}"
        suffix = plan.request.audio_container
        return [
            Part(
                item.entry.session.start_s,
                item.entry.session.end_s,
                item,
                item.name,
                "" if plan.request.audio == "none" else f"{folder.format(item.split)}/{item.name}.{suffix}",
            )
            for item in plan.items
        ]
    folders = _name_folders(label.name for label in plan.labels)
    return [part for item in plan.items for part in _list_clips(item, plan, folders)]


def _list_clips(item: Item, plan: Plan, folders: Mapping[str, str]) -> list[Part]:
    """List a session's clips: one per box, as far as the session reaches; all of a session without any call."""
    session, rate = item.entry.session, item.entry.recording.sample_rate_hz
    suffix = plan.request.audio_container
    if item.answer.outcome is Outcome.EMPTY:
        path = f"audio/{item.split}/{EMPTY_FOLDER}/{item.name}.{suffix}"
        return [Part(session.start_s, session.end_s, item, item.name, path)]
    first, last = to_frames(session.start_s, session.end_s, rate)
    parts = []
    for number, box in enumerate(item.entry.annotations, start=1):
        start, end = to_frames(box.start_s - plan.request.padding_s, box.end_s + plan.request.padding_s, rate)
        start = min(max(start, first), last - 1)
        end = max(min(end, last), start + 1)
        name = f"{item.name}.clip{number:04d}"
        path = f"audio/{item.split}/{folders[box.label]}/{name}.{suffix}"
        parts.append(Part(start / rate, end / rate, item, name, path, box.label))
    return parts


def _name_folders(labels: Iterable[str]) -> dict[str, str]:
    """Give each label a folder that every file system can hold, also in other scripts than ours."""
    folders: dict[str, str] = {}
    taken = set()
    for label in labels:
        folder = make_id(label, fallback="label")
        if folder == "label" or folder.casefold() in taken:
            folder = f"{folder[:80]}-{hashlib.sha256(label.encode()).hexdigest()[:8]}"
        taken.add(folder.casefold())
        folders[label] = folder
    return folders


def make_round(plan: Plan, release_id: str, title: str) -> Round:
    """Make the round that formats take for the name and the labels of a release."""
    return Round(
        id=release_id,
        name=title[:120],
        labels=plan.labels,
        description=plan.request.description,
        created_at=plan.created_at,
    )


def make_entry(part: Part, plan: Plan, round_: Round, piece: PieceFile | None, aliases: Mapping[str, str]) -> Entry:
    """Make the entry of a part: annotations and times as they are in its file, or in the recording without one."""
    item, entry = part.item, part.item.entry
    recording = replace(entry.recording, site=item.site, added_at=plan.created_at)
    offset_s = 0.0
    session = Session(
        round_id=round_.id,
        id=part.name,
        recording_id=recording.id,
        channel=entry.session.channel,
        start_s=part.start_s,
        end_s=part.end_s,
    )
    if piece is not None:
        began = entry.time_at(part.start_s)
        recording = replace(
            recording,
            sha256=hashlib.sha256(piece.data).hexdigest(),
            uri=part.path,
            file_name=PurePosixPath(part.path).name,
            channel_count=1,
            frame_count=piece.frame_count,
            encoding=piece.encoding,
            started_at=began,
        )
        offset_s = part.start_s
        session = Session(
            round_id=round_.id,
            id=part.name,
            recording_id=recording.id,
            channel=0,
            start_s=0.0,
            end_s=piece.frame_count / recording.sample_rate_hz,
        )
    else:
        recording = replace(recording, uri=publish_uri(recording))
    answer = item.answer
    ends_s = session.end_s
    submission = replace(
        answer,
        round_id=round_.id,
        session_id=part.name,
        annotator=aliases.get(answer.annotator, answer.annotator),
        annotations=_move(answer.annotations, part, offset_s, ends_s),
        rejected=_move(answer.rejected, part, offset_s, ends_s),
        unreviewed=_move(answer.unreviewed, part, offset_s, ends_s),
    )
    reviews = tuple(replace(each, reviewer=aliases.get(each.reviewer, each.reviewer)) for each in entry.reviews)
    return Entry(recording, session, _move(entry.predictions, part, offset_s, ends_s), submission, reviews)


def _move(boxes: Iterable[Box], part: Part, offset_s: float, ends_s: float) -> tuple[Box, ...]:
    """Keep what lies in a part, cut at its edges, with times from the start of its file."""
    moved = []
    for box in boxes:
        start_s = round(max(box.start_s, part.start_s) - offset_s, MICROSECONDS)
        end_s = min(round(min(box.end_s, part.end_s) - offset_s, MICROSECONDS), ends_s)
        if start_s >= end_s:
            continue
        if isinstance(box, Prediction):
            moved.append(replace(box, start_s=start_s, end_s=end_s, session_id=part.name))
        else:
            moved.append(replace(box, start_s=start_s, end_s=end_s))
    return tuple(moved)


def make_aliases(plan: Plan) -> dict[str, str]:
    """Give the people of a release numbers, if their names are not to be published."""
    if plan.request.annotators == "names":
        return {}
    people = {item.answer.annotator for item in plan.items}
    people |= {review.reviewer for item in plan.items for review in item.entry.reviews}
    return {name: f"person {number}" for number, name in enumerate(sorted(people), start=1)}


def write_annotations(plan: Plan, round_: Round, entries: Mapping[str, list[Entry]]) -> Iterable[tuple[str, bytes]]:
    """Write the annotations of each split in each format, in turn."""
    for name in plan.request.format_names:
        for split, in_split in entries.items():
            for path, data in sorted(FORMATS[name].write(make_batch(round_, in_split)).items()):
                yield f"annotations/{name}/{split}/{path}", data


def write_orcasound(plan: Plan, round_: Round, entries: Mapping[str, list[Entry]]) -> dict[str, bytes]:
    """Write ``train.tsv``, ``dev.tsv`` and ``test.tsv`` as Orcasound's data sets have them.

    Empty sessions are a row ``0.0 0.0`` in train and dev, which their training code expects. The test table
    has none: their scorer takes such a row for a call in the first second.
    """
    if not plan.request.is_orcasound:
        return {}
    chosen = FORMATS[f"podcast-tsv-{plan.request.layout[-1]}"]
    return {
        f"{split}.tsv": chosen.write(make_batch(round_, in_split, negatives=split != "test"))["annotations.tsv"]
        for split, in_split in entries.items()
    }


def write_index(parts: Iterable[tuple[Part, Entry]], has_files: bool) -> bytes:
    """Write the table of contents: each file, where it comes from, and what it is for."""
    rows: list[dict[str, Cell]] = []
    for part, entry in parts:
        source, recording = part.item.entry, entry.recording
        began = source.time_at(part.start_s)
        rows.append(
            {
                "file": part.path,
                "split": part.item.split,
                "group": part.item.group,
                "outcome": source.outcome,
                "label": part.label,
                "annotation_count": len(entry.annotations),
                "duration_s": entry.session.duration_s,
                "sample_rate_hz": recording.sample_rate_hz,
                "encoding": recording.encoding,
                "sha256": recording.sha256 if has_files else None,
                "name": part.name,
                "round_id": part.item.round_.id,
                "session_id": source.session.id,
                "submission_id": part.item.answer.id,
                "annotator": entry.submission.annotator if entry.submission else None,
                "site": part.item.site,
                "start_utc": None if began is None else began.isoformat(),
                "recording_sha256": source.recording.sha256,
                "recording_file_name": source.recording.file_name,
                "recording_uri": publish_uri(source.recording),
                "channel": source.session.channel,
                "start_s": part.start_s,
                "end_s": part.end_s,
            }
        )
    return write_csv(INDEX_COLUMNS, rows)


def describe_item(item: Item, aliases: Mapping[str, str]) -> dict[str, Any]:
    """Give a session's entry in the manifest."""
    session, answer = item.entry.session, item.answer
    began = item.entry.time_at(session.start_s)
    return {
        "name": item.name,
        "split": item.split,
        "group": item.group,
        "round_id": item.round_.id,
        "session_id": session.id,
        "submission_id": answer.id,
        "annotator": aliases.get(answer.annotator, answer.annotator),
        "outcome": answer.outcome.value,
        "review": item.entry.reviews[-1].verdict.value if item.entry.reviews else "",
        "sha256": item.entry.recording.sha256,
        "file_name": item.entry.recording.file_name,
        "channel": session.channel,
        "start_s": session.start_s,
        "end_s": session.end_s,
        "start_utc": None if began is None else began.isoformat(),
        "site": item.site,
        "labels": dict(sorted(Counter(box.label for box in answer.annotations).items())),
    }


def write_sums(files: Mapping[str, str]) -> bytes:
    """Write the checksums of all files as ``sha256sum -c`` reads them. Values are digests."""
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(files.items())).encode()


def sort_by_split(parts: Iterable[tuple[Part, Entry]], wanted: Iterable[str]) -> dict[str, list[Entry]]:
    """Sort entries into their splits; a split that is wanted and empty has an empty list."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for part, entry in parts:
        found[part.item.split].append(entry)
    return {split: found[split] for split in SPLITS if split in found or split in wanted}
