"""HLS archives, such as Orcasound's: a span of true time becomes recordings and sessions of a round.

The audio is fetched, decoded and kept in the file store as FLAC, because an archive's segments are no files that can be
opened at a time. What is missing in the archive is a gap between two recordings, listed with its reason; nothing after
it moves. Running it again, also with another span, adds what is not there yet. See docs/decisions/12.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby, islice
from typing import Protocol

from podcast_core.audio.spans import Span, subtract_spans
from podcast_core.audio.split import split_frames
from podcast_core.audio.time_zones import parse_moment
from podcast_core.errors import InvalidInput
from podcast_core.progress import Progress, tell_nobody
from podcast_core.services.hls.archive import Archive, Folder
from podcast_core.services.hls.follow import TIME, Follower, choose_folders, fetch, find_cell
from podcast_core.services.hls.parts import (
    NO_SEGMENT,
    Fetched,
    Gap,
    Outcome,
    Target,
    add_part,
    list_covered,
    list_gaps,
    save_gaps,
)
from podcast_core.services.hls.playlists import Placed, place_segments, select_overlapping
from podcast_core.services.hls.reading import ArchiveUnavailable
from podcast_core.services.intake.ingest import Ingested, open_round
from podcast_core.workspace import Workspace

OFFSET_S = 2.0  # from the folder's stamp to the first sample, as Orcasound has always counted
RECORDING_S = 1800.0  # decision 12: half hours of true time
CONNECTIONS = 4  # at once to one archive; chosen so as not to burden it

__all__ = ["HlsReport", "Source", "follow_hls", "ingest_hls", "parse_moment"]


@dataclass(frozen=True, slots=True)
class Source:
    """An archive and how its time is read.

    Parameters
    ----------
    url
        A node (``s3://audio-orcasound-net/rpi_orcasound_lab``), one of its folders, or a playlist; a path, ``s3://``
        or ``https://``.
    site
        Where the hydrophone is; the node's name when empty.
    offset_s
        Seconds from a folder's stamp to its first sample, where the playlist does not say when it began.
    started_at
        When the first segment began, for a folder that is not named by a time.
    """

    url: str
    site: str = ""
    offset_s: float = OFFSET_S
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HlsReport:
    """What an HLS ingest did. ``gaps`` are all those in the span that was asked for, also from earlier runs."""

    round_id: str
    archive: str
    added: tuple[Ingested, ...]
    unchanged: tuple[Ingested, ...]
    failed: tuple[Ingested, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """Segments of one folder in one cell of the grid, and the one before them."""

    span: Span
    folder: Folder
    placed: tuple[Placed, ...]
    run_up: Placed | None


def ingest_hls(
    workspace: Workspace,
    *,
    source: Source,
    from_at: datetime,
    to_at: datetime,
    round_name: str,
    session_length_s: float = 60.0,
    labels: Sequence[str] = (),
    on_progress: Progress = tell_nobody,
) -> HlsReport:
    """Add what an archive holds of a span of true time to a round.

    Parameters
    ----------
    source
        The archive, and how its time is read.
    from_at, to_at
        The span [from, to), aware.
    round_name
        Name or id of the round; made when there is none of that name.
    session_length_s, labels
        As for `podcast_core.services.intake.ingest.ingest`.
    on_progress
        Called with segments done, segments in all, and what is next.

    Raises
    ------
    InvalidInput, NotFound
        When the span, the round or the address cannot be used.
    Conflict
        When the round has audio of this archive with another offset.
    StorageUnavailable
        When the archive does not answer at all, or our own file store or database fails. What fails for one part only
        is in the report, and the next run tries it again.
    """
    _check_span(from_at, to_at)
    archive, target = _open(workspace, source, round_name, session_length_s, labels)
    parts = _plan(archive, target, (from_at, to_at), source.started_at)
    total = sum(len(part.placed) for part in parts)
    outcome = Outcome()
    done = 0
    for part in parts:
        on_fetched = partial(_tell, on_progress, done, total)
        try:
            run_up = fetch(archive, part.folder, part.run_up).data if part.run_up else b""
            outcome.extend(add_part(target, part.span, _fetch_all(archive, part, on_fetched), run_up))
        except ArchiveUnavailable as error:
            name = f"{archive.url} at {part.placed[0].started_at:{TIME}}"
            outcome.failed.append(Ingested(name, reason=f"{error} Run it again to continue."))
        done += len(part.placed)
    on_progress(total, total, "")
    return _report(target, (from_at, to_at), outcome)


def _tell(on_progress: Progress, before: int, total: int, done: int, name: str) -> None:
    on_progress(before + done, total, name)


class Stop(Protocol):
    """Says when to end, such as a `threading.Event`."""

    def wait(self, timeout: float) -> bool:
        """Wait so many seconds, or until somebody wants an end; says whether somebody does."""


def follow_hls(
    workspace: Workspace,
    *,
    source: Source,
    round_name: str,
    stop: Stop,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
    session_length_s: float = 60.0,
    labels: Sequence[str] = (),
    on_progress: Progress = tell_nobody,
) -> HlsReport:
    """Add what a live stream brings until ``stop`` says so, the playlist ends, or ``to_at`` is reached.

    Segments are fetched as soon as they are listed. Every 10 minutes of audio, and what is left at the end, become
    recordings. Without ``from_at`` it begins with the newest segments. An archive that does not answer is asked again.
    """
    if from_at is not None and to_at is not None:
        _check_span(from_at, to_at)
    archive, target = _open(workspace, source, round_name, session_length_s, labels)
    follower = Follower(archive, target, from_at, to_at, source.started_at)
    outcome = Outcome()
    try:
        while not follower.is_over:
            try:
                follower.poll(outcome)
                on_progress(follower.seen, 0, follower.newest)
            except ArchiveUnavailable as error:
                on_progress(follower.seen, 0, str(error))
            if follower.is_over or stop.wait(follower.wait_s):
                break
    finally:
        follower.flush(outcome)
    if follower.first_at is None or follower.last_at is None:
        return HlsReport(target.round_.id, archive.url, (), (), (), ())
    return _report(target, (follower.first_at, follower.last_at), outcome)


def _check_span(from_at: datetime, to_at: datetime) -> None:
    if from_at.tzinfo is None or to_at.tzinfo is None:
        raise InvalidInput("The span needs times with a time zone.")
    if from_at >= to_at:
        raise InvalidInput(f"The span must begin before it ends, found {from_at.isoformat()} to {to_at.isoformat()}.")


def _open(
    workspace: Workspace, source: Source, round_name: str, session_length_s: float, labels: Sequence[str]
) -> tuple[Archive, Target]:
    split_frames(1_000_000, 1000, session_length_s)  # a bad length is one error, before anything is fetched
    archive = Archive(source.url, workspace)
    archive.list_folders()  # and so is a bad address, before a round is made
    round_ = open_round(workspace, round_name, labels)
    site = source.site or archive.node
    return archive, Target(workspace, round_, archive.id, archive.url, site, source.offset_s, session_length_s)


def _plan(archive: Archive, target: Target, wanted: Span, started_at: datetime | None) -> list[_Part]:
    """List the parts that are not there yet."""
    covered = list_covered(target)
    free = subtract_spans(wanted, covered)
    parts = []
    for folder, placed in _place_folders(archive, target.offset_s, wanted, started_at):
        for span in free:
            inside = select_overlapping(placed, *span)
            for _, cell in groupby(inside, lambda each: find_cell(each, RECORDING_S)):
                chosen = tuple(cell)
                parts.append(_Part(span, folder, chosen, _find_run_up(placed, chosen[0])))
    return sorted(parts, key=lambda part: part.placed[0].started_at)


def _find_run_up(placed: Sequence[Placed], first: Placed) -> Placed | None:
    position = placed.index(first)
    before = placed[position - 1] if position else None
    joined = before is not None and before.ended_at == first.started_at and not first.segment.discontinuity
    return before if joined and before is not None and not before.segment.missing else None


def _place_folders(
    archive: Archive, offset_s: float, wanted: Span, started_at: datetime | None
) -> Iterator[tuple[Folder, list[Placed]]]:
    """Place the segments of every folder that may overlap the span: one that began before it may reach into it."""
    for folder in choose_folders(archive.list_folders(), wanted):
        playlist = archive.read_playlist(folder)
        if playlist is not None:
            base_s = 0.0 if started_at else offset_s
            yield folder, place_segments(playlist.segments, started_at or folder.stamped_at, base_s)


def _fetch_all(archive: Archive, part: _Part, on_fetched: Callable[[int, str], None]) -> Iterator[Fetched]:
    """Fetch the segments of a part, some ahead of the one that is decoded."""
    waiting = iter(part.placed)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        try:
            ahead: list[Future[Fetched]] = [
                pool.submit(fetch, archive, part.folder, each) for each in islice(waiting, 2 * CONNECTIONS)
            ]
            done = 0
            while ahead:
                fetched = ahead.pop(0).result()
                on_fetched(done, f"{fetched.placed.started_at:{TIME}}")
                yield fetched
                done += 1
                ahead += [pool.submit(fetch, archive, part.folder, each) for each in islice(waiting, 1)]
        finally:
            pool.shutdown(cancel_futures=True)


def _report(target: Target, wanted: Span, outcome: Outcome) -> HlsReport:
    """Add the time for which the archive has nothing to the gaps that the parts know, and keep the list."""
    gaps = list_gaps(target, wanted)
    if not outcome.failed:  # else nobody knows yet
        gaps += [Gap(*span, NO_SEGMENT) for span in subtract_spans(wanted, list_covered(target))]
        gaps.sort(key=lambda gap: gap.started_at)
        save_gaps(target, wanted, gaps)
    return HlsReport(
        round_id=target.round_.id,
        archive=target.archive_url,
        added=tuple(outcome.added),
        unchanged=tuple(outcome.unchanged),
        failed=tuple(outcome.failed),
        gaps=tuple(gaps),
    )
