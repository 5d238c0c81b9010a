"""Parts of an HLS archive as recordings of a round: what was done is written down, so nothing is done twice.

The segments of a folder are taken in parts of a fixed grid of true time (30 minutes by default). A part becomes one
recording, or several where segments are missing, and then one object in the file store that says which time it covers
and where the gaps are. A part without its object is not done; the next run makes it again, with the same bytes.

==============================================  ===============================================
key                                             holds
==============================================  ===============================================
hls/ARCHIVE/NAME.flac                           the audio of one recording
rounds/ROUND/hls/ARCHIVE/START-END.json         one part: its recordings and gaps (microseconds since 1970)
rounds/ROUND/hls-gaps/ARCHIVE/START-END-X.json  all gaps in a span that was asked for
==============================================  ===============================================
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from io import BytesIO
from pathlib import PurePosixPath

from podcast_core.audio.flac import FlacWriter
from podcast_core.audio.segments import SampleBlock, SegmentDecoder, cut_piece, mark_runs
from podcast_core.audio.spans import Span, from_microseconds, subtract_spans, to_microseconds
from podcast_core.domain.ids import make_id
from podcast_core.domain.recording import Recording
from podcast_core.domain.round import Round
from podcast_core.errors import Conflict, InvalidInput
from podcast_core.services.hls.playlists import Placed
from podcast_core.services.hls.reading import ArchiveUnavailable
from podcast_core.services.intake.ingest import Ingested, add_recording
from podcast_core.services.store import records
from podcast_core.workspace import Workspace

NO_SEGMENT = "the archive has no segment for this time"
DAMAGED = "the segment's audio is damaged or shorter than its playlist says"


@dataclass(frozen=True, slots=True)
class Gap:
    """Time without audio, and why. ``is_overlap``: time that two recordings both have."""

    started_at: datetime
    ended_at: datetime
    reason: str
    is_overlap: bool = False

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return (self.ended_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Target:
    """Where the parts of one archive go, and how its time is read."""

    workspace: Workspace
    round_: Round
    archive_id: str
    archive_url: str
    site: str
    offset_s: float
    session_length_s: float

    @property
    def prefix(self) -> str:
        """Where the objects of the parts are."""
        return f"rounds/{self.round_.id}/hls/{self.archive_id}"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A segment with its bytes, or the reason why there are none. ``is_refused``: it may be there for somebody else."""

    placed: Placed
    data: bytes = b""
    reason: str = ""
    is_refused: bool = False


@dataclass(slots=True)
class Outcome:
    """What became of one part or of many."""

    added: list[Ingested] = field(default_factory=list)
    unchanged: list[Ingested] = field(default_factory=list)
    failed: list[Ingested] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def extend(self, other: "Outcome") -> None:
        """Add what became of another part."""
        for name in ("added", "unchanged", "failed", "gaps"):
            getattr(self, name).extend(getattr(other, name))


def list_covered(target: Target) -> list[Span]:
    """List the time that earlier runs have covered; Conflict when they read the archive's clock in another way."""
    keys = target.workspace.files.list(target.prefix)
    if keys:
        known = records.decode(target.workspace.files.read(keys[0]))["offset_s"]
        if known != target.offset_s:
            raise Conflict(
                f"Round {target.round_.id} has audio of {target.archive_url} with an offset of {known:g} s, now it is "
                f"{target.offset_s:g} s: mixing them would make the times inconsistent. Use another round, or "
                f"--offset {known:g}."
            )
    return [_read_span(key) for key in keys]


def _read_span(key: str) -> Span:
    start, _, end = PurePosixPath(key).stem.partition("-")
    return from_microseconds(int(start)), from_microseconds(int(end))


def list_gaps(target: Target, wanted: Span) -> list[Gap]:
    """List the gaps and overlaps that the parts of this archive know, as far as they lie in a span."""
    found = []
    for key in target.workspace.files.list(target.prefix):
        start, end = _read_span(key)
        if start >= wanted[1] or end <= wanted[0]:
            continue
        for each in records.decode(target.workspace.files.read(key))["gaps"]:
            times = {name: datetime.fromisoformat(each[name]) for name in ("started_at", "ended_at")}
            gap = Gap(**{**each, **times})
            if gap.started_at < wanted[1] and gap.ended_at > wanted[0]:
                found.append(gap)
    return sorted(found, key=lambda gap: gap.started_at)


def save_gaps(target: Target, wanted: Span, gaps: list[Gap]) -> None:
    """Keep the list of gaps in a span that was asked for; when more is known later, that is another object."""
    fields = {"archive": target.archive_url, "started_at": wanted[0], "ended_at": wanted[1]}
    data = records.encode("hls_gaps", {**fields, "gaps": [asdict(gap) for gap in gaps]})
    name = f"{to_microseconds(wanted[0])}-{to_microseconds(wanted[1])}-{hashlib.sha256(data).hexdigest()[:8]}"
    target.workspace.files.add(f"rounds/{target.round_.id}/hls-gaps/{target.archive_id}/{name}.json", data)


def add_part(target: Target, span: Span, fetched: Iterable[Fetched], run_up: bytes = b"") -> Outcome:
    """Make the recordings of one part and add them to the round.

    Parameters
    ----------
    span
        The time that is asked for; samples outside are cut off.
    fetched
        Segments of one folder in order, all of which overlap the span.
    run_up
        The segment just before, if there is one: an AAC frame needs the one before it.

    Raises
    ------
    ArchiveUnavailable
        When not one segment may be read, or the archive stops answering: then the part is not done.
    """
    outcome = Outcome()
    done: list[Fetched] = []
    made: list[tuple[Span, str]] = []
    writer: FlacWriter | None = None
    for is_new, piece in mark_runs(_decode(span, fetched, run_up, done, outcome.gaps)):
        if is_new and writer is not None:
            made.append(_finish(target, writer, done[0].placed.method, outcome))
            writer = None
        if writer is None:
            channels = piece.samples.shape[1]
            writer = FlacWriter(piece.started_at, piece.sample_rate_hz, channels, piece.bits, target.site)
        writer.write(piece.samples)
    if writer is not None:
        made.append(_finish(target, writer, done[0].placed.method, outcome))
    if not made and any(each.is_refused for each in done):
        raise ArchiveUnavailable(next(each.reason for each in done if each.is_refused))
    whole = (max(span[0], done[0].placed.started_at), min(span[1], done[-1].placed.ended_at))
    outcome.gaps = _list_gaps(whole, [covered for covered, _ in made], outcome.gaps)
    _write_part(target, whole, done, made, outcome.gaps)
    return outcome


def _decode(
    span: Span, fetched: Iterable[Fetched], run_up: bytes, done: list[Fetched], gaps: list[Gap]
) -> Iterator[SampleBlock]:
    """Decode and cut the segments; what cannot be decoded becomes a gap."""
    with SegmentDecoder() as decoder:
        for each in fetched:
            placed = each.placed
            done.append(replace(each, data=b""))
            length_s = (placed.ended_at - placed.started_at).total_seconds()
            reason = each.reason
            try:
                if run_up:
                    decoder.warm_up(run_up)
                    run_up = b""
                pieces = [] if reason else decoder.decode(each.data, placed.started_at, length_s)
            except InvalidInput as error:
                pieces, reason = [], str(error)
            if reason:
                decoder.reset()
                gaps.append(Gap(placed.started_at, placed.ended_at, f"{_name(placed)}: {reason}"))
            for piece in pieces:
                is_cut = span[0] > piece.started_at or span[1] < placed.ended_at
                kept = cut_piece(piece, *span) if is_cut else piece
                if kept is not None:
                    yield kept


def _name(placed: Placed) -> str:
    return placed.segment.uri[-80:] or f"segment {placed.segment.sequence}"


def _finish(target: Target, writer: FlacWriter, method: str, outcome: Outcome) -> tuple[Span, str]:
    """Keep the audio of one recording, and add it to the round."""
    data = writer.close()
    start = writer.started_at
    name = f"{make_id(target.site)[:60]}_{start:%Y%m%dT%H%M%S}_{start.microsecond // 1000:03d}Z.flac"
    sha256 = hashlib.sha256(data).hexdigest()
    key = f"hls/{target.archive_id}/{sha256[:16]}/{name}"
    target.workspace.files.add_file(key, BytesIO(data))
    recording = Recording(
        sha256=sha256,
        uri=f"store:{key}",
        file_name=name,
        sample_rate_hz=writer.sample_rate_hz,
        channel_count=writer.channel_count,
        frame_count=writer.frame_count,
        encoding=writer.encoding,
        started_at=start,
        start_method=method,
        site=target.site,
    )
    result, is_new = add_recording(target.workspace, recording, target.round_, target.session_length_s)
    (outcome.added if is_new else outcome.unchanged).append(result)
    return (start, writer.ended_at), recording.uri


def _list_gaps(whole: Span, covered: list[Span], known: list[Gap]) -> list[Gap]:
    """List what is not covered, with the reason where a segment is known to be bad, and what is covered twice."""
    gaps = []
    bad = [gap for gap in known if gap.started_at < whole[1] and gap.ended_at > whole[0]]
    for gap in bad:
        gaps.append(Gap(max(gap.started_at, whole[0]), min(gap.ended_at, whole[1]), gap.reason))
    explained = [*covered, *((gap.started_at, gap.ended_at) for gap in bad)]
    gaps += [Gap(*span, DAMAGED) for span in subtract_spans(whole, explained)]
    ordered = sorted(covered)
    for (_, end), (start, _) in zip(ordered, ordered[1:], strict=False):
        if (end - start).total_seconds() > 0.002:
            gaps.append(Gap(start, end, "the segments hold more audio than the playlist says", is_overlap=True))
    return sorted(gaps, key=lambda gap: gap.started_at)


def _write_part(
    target: Target, whole: Span, done: list[Fetched], made: list[tuple[Span, str]], gaps: list[Gap]
) -> None:
    first, last = done[0].placed, done[-1].placed
    fields = {
        "archive": target.archive_url,
        "offset_s": target.offset_s,
        "method": first.method,
        "first_segment": first.segment.uri,
        "last_segment": last.segment.uri,
        "started_at": whole[0],
        "ended_at": whole[1],
        "recordings": [{"uri": uri, "started_at": start, "ended_at": end} for (start, end), uri in made],
        "gaps": [asdict(gap) for gap in gaps],
    }
    name = "-".join(str(to_microseconds(moment)) for moment in whole)
    target.workspace.files.add(f"{target.prefix}/{name}.json", records.encode("hls_part", fields))
