"""What would be added, before it is: the form of each file, its start and how that was found, and what is odd."""

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from podcast_core.audio.decoders import open_source
from podcast_core.audio.files import inspect_audio
from podcast_core.audio.limits import Limits
from podcast_core.audio.metadata import ABOUT_START, UNKNOWN
from podcast_core.errors import PodcastError
from podcast_core.remote.places import Place
from podcast_core.services.intake.indexing import AS_ALWAYS, Manner, locate_source
from podcast_core.services.intake.ingest import Ingested, find_sources
from podcast_core.services.store.source_names import clean_path, show_source, split_address, split_name
from podcast_core.storage import recordings
from podcast_core.workspace import Workspace

FIRST = 20  # files that a page looks at
PROVEN_BYTES = 64_000_000  # longer files are looked at from outside only, as are all that lie elsewhere

NO_SOURCE = "none"
SOURCES = {
    "pattern": "your pattern",
    "guano": "GUANO",
    "wamd": "wamd",
    "audiomoth_comment": "AudioMoth's comment",
    "file_name": "file name",
    "file_name_yymmdd": "file name, as YYMMDD",
    "bext": "bext",
    "info_date": "ICRD",
    "flac_date": "FLAC comment",
    UNKNOWN: NO_SOURCE,
}


def describe_source(method: str) -> str:
    """Say in words where a start time was found, as `Recording.start_method` says it for programs."""
    stem = re.sub("_(given_zone|assumed_utc|ambiguous|corrected)", "", method)
    marks = [word for word in ("ambiguous", "corrected") if f"_{word}" in method]
    return ", ".join([SOURCES.get(stem, stem), *marks])


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it would be added. ``reason`` says why it would be refused; then the rest says nothing.

    ``zone`` is where its time was written, ``candidates`` are patterns that would give it one, with what they read.
    ``is_known``: the same sound is here already; of what is looked at from outside only nobody can tell.
    """

    name: str
    channel_count: int = 0
    sample_rate_hz: int = 0
    duration_s: float | None = None
    started_at: datetime | None = None
    method: str = UNKNOWN
    zone: str = ""
    notes: tuple[str, ...] = ()
    candidates: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    is_known: bool = False

    @property
    def oddities(self) -> tuple[str, ...]:
        """What nobody has asked for: notes without those about a pattern, a correction or candidates."""
        notes = self.notes[:-1] if self.candidates else self.notes
        return tuple(note for note in notes if not note.startswith(ABOUT_START))

    @property
    def source(self) -> str:
        """Say in words where the time was found."""
        return describe_source(self.method)

    @property
    def zone_text(self) -> str:
        """Say in which zone the time was written, and how that is known."""
        if self.started_at is None:
            return ""
        how = "assumed" if "_assumed_utc" in self.method else "given" if "_given_zone" in self.method else "written"
        return f"{self.zone} ({how})"


@dataclass(frozen=True, slots=True)
class Preview:
    """The first files of ``file_count``, and what was not found at all."""

    seen: tuple[Seen, ...]
    file_count: int
    failed: tuple[Ingested, ...] = ()

    @property
    def good(self) -> list[Seen]:
        """Those that would be added."""
        return [each for each in self.seen if not each.reason]

    @property
    def known_count(self) -> int:
        """How many of them are here already."""
        return sum(each.is_known for each in self.good)

    @property
    def sources(self) -> dict[str, int]:
        """Count by where the time was found, the most frequent first."""
        return dict(Counter(each.source for each in self.good).most_common())

    @property
    def candidates(self) -> dict[str, tuple[int, str, str]]:
        """Patterns that would give a time to files without one: to how many, the first one's name, what they read."""
        found: dict[str, tuple[int, str, str]] = {}
        for each in self.good:
            for pattern, read in each.candidates:
                count, name, first = found.get(pattern, (0, each.name, read))
                found[pattern] = (count + 1, name, first)
        return dict(sorted(found.items(), key=lambda item: -item[1][0]))

    @property
    def warnings(self) -> list[str]:
        """What is odd and nobody has asked for, each kind once, with how many files have it."""
        kinds: dict[str, list[tuple[str, str]]] = {}
        for each in self.good:
            for note in each.oddities:
                kinds.setdefault(re.sub(r"\d+|'[^']*'", "", note), []).append((each.name, note))
        return [
            f"{names[0][0]}: {names[0][1]}" + (f" ({len(names) - 1:,} more like it)" if len(names) > 1 else "")
            for names in kinds.values()
        ]


def preview_sources(
    workspace: Workspace, paths: Iterable[str | Path], *, manner: Manner = AS_ALWAYS, most: int | None = FIRST
) -> Preview:
    """Look at files and folders as `ingest` would find them.

    Parameters
    ----------
    paths
        See `podcast_core.services.intake.ingest.ingest`.
    manner
        How they would be read.
    most
        Look at so many; None: at all of them, and prove as an ingest does that they can be read to the end.

    Raises
    ------
    StorageUnavailable
        When the file store or the network fails.
    """
    found, failed = find_sources(workspace, paths)
    seen = [_look(workspace, source, manner, is_thorough=most is None) for source in found[:most]]
    counts = Counter(each.name for each in seen)
    told_apart = [
        each if counts[each.name] == 1 else replace(each, name="/".join(show_source(source).split("/")[-2:]))
        for each, source in zip(seen, found, strict=False)
    ]
    return Preview(tuple(told_apart), len(found), tuple(failed))


def preview_uploads(
    workspace: Workspace, files: Sequence[tuple[str, BinaryIO]], *, manner: Manner = AS_ALWAYS, most: int = FIRST
) -> Preview:
    """Look at the first of files that somebody has chosen to upload, names and open files; nothing is kept."""
    seen = []
    with TemporaryDirectory(prefix="podcast-") as folder:
        path = os.path.join(folder, "audio")
        for name, file in files[:most]:
            file.seek(0)
            with open(path, "wb") as copy:
                shutil.copyfileobj(file, copy, 1 << 20)
            file.seek(0)
            seen.append(_see(workspace, path, clean_path(name), manner, is_thorough=False))
    return Preview(tuple(seen), len(files))


def _look(workspace: Workspace, source: str, manner: Manner, *, is_thorough: bool) -> Seen:
    uri, name = split_address(source)
    return _see(workspace, locate_source(workspace, uri), name, manner, is_thorough=is_thorough)


def _see(workspace: Workspace, place: str | Place, name: str, manner: Manner, *, is_thorough: bool) -> Seen:
    shown = show_source(name)
    try:
        sha256, channel_count, rate_hz, frame_count, notes = _measure(workspace, place, manner, is_thorough=is_thorough)
        start = manner.find_start(place, split_name(name)[0])
    except PodcastError as error:
        return Seen(shown, reason=str(error))
    return Seen(
        shown,
        channel_count,
        rate_hz,
        None if frame_count is None else frame_count / rate_hz,
        start.started_at,
        start.method,
        start.zone,
        (*notes, *start.notes),
        tuple((each.pattern, f"{each.moment:%Y-%m-%d %H:%M:%S}") for each in start.candidates),
        is_known=bool(sha256) and _is_known(workspace, sha256),
    )


def _is_known(workspace: Workspace, sha256: str) -> bool:
    with workspace.database.reading() as connection:
        found = recordings.find_recording(connection, sha256[:16])
    return found is not None and found.sha256 == sha256


def _measure(
    workspace: Workspace, place: str | Place, manner: Manner, *, is_thorough: bool
) -> tuple[str, int, int, int | None, tuple[str, ...]]:
    """Find out digest, channels, sample rate, frames and what is odd.

    Of what is long or far away there is no digest, and the rest is what its header says.
    """
    if is_thorough or (isinstance(place, str) and os.path.exists(place) and os.path.getsize(place) <= PROVEN_BYTES):
        info = inspect_audio(place, limits=Limits.of(workspace.settings), take_cut=manner.take_cut)
        return info.sha256, info.channel_count, info.sample_rate_hz, info.frame_count, info.notes
    with open_source(place) as source:
        return "", source.channel_count, source.sample_rate_hz, source.frame_count, ()
