"""Held-out audio: what a release keeps for testing, no model may be trained on.

Refused is every recording of which any part is held out (by the SHA-256 of its bytes), and every piece that overlaps
held-out audio in time at the same site: another file, but the same calls.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from podcast_core.domain.recording import Recording
from podcast_core.domain.session import Session
from podcast_core.errors import Conflict, count_of
from podcast_core.services.sets.release_store import list_releases
from podcast_core.storage import recordings, rounds
from podcast_core.workspace import Workspace

MAX_NAMED = 10


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of audio: of which recording, and where and when (UTC) if that is known. ``name`` is for messages."""

    name: str
    sha256: str
    site: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None


def make_span(name: str, recording: Recording, site: str, start_s: float, end_s: float) -> Span:
    """Make the span of a piece of a recording."""
    if recording.started_at is None:
        return Span(name, recording.sha256, site)
    began = recording.started_at
    return Span(name, recording.sha256, site, began + timedelta(seconds=start_s), began + timedelta(seconds=end_s))


def find_common(ours: Sequence[Span], theirs: Sequence[Span]) -> list[tuple[Span, Span, str]]:
    """Find audio that is on both sides.

    Returns
    -------
    list of (ours, theirs, reason)
        At most one for each of ours.
    """
    by_sha = {span.sha256: span for span in theirs}
    by_site = {site: _Timeline(spans) for site, spans in _group_by_site(theirs).items()}
    found = []
    for span in ours:
        if span.sha256 in by_sha:
            found.append((span, by_sha[span.sha256], "the same recording"))
        elif span.site in by_site and (other := by_site[span.site].find_overlap(span)) is not None:
            place = f"at {span.site}" if span.site else "at a site that neither of them names"
            found.append((span, other, f"the same time {place}"))
    return found


def _group_by_site(spans: Iterable[Span]) -> dict[str, list[Span]]:
    by_site: dict[str, list[Span]] = defaultdict(list)
    for span in spans:
        by_site[span.site].append(span)
    return by_site


class _Timeline:
    """The spans of one site whose time is known, for finding one that overlaps another without asking them all."""

    def __init__(self, spans: Iterable[Span]) -> None:
        timed = [(each.started_at, each.ended_at, each) for each in spans if each.started_at and each.ended_at]
        timed.sort(key=lambda each: (each[0], each[1], each[2].name))
        self._timed = timed
        self._starts = [began for began, _, _ in timed]
        self._latest_ends = list(accumulate((ended for _, ended, _ in timed), max))

    def find_overlap(self, span: Span) -> Span | None:
        """Find a span that shares time with another one."""
        if span.started_at is None or span.ended_at is None:
            return None
        place = bisect_left(self._starts, span.ended_at) - 1
        while place >= 0 and self._latest_ends[place] > span.started_at:
            if self._timed[place][1] > span.started_at:
                return self._timed[place][2]
            place -= 1
        return None


def list_held_out(workspace: Workspace, *, except_for: str = "") -> list[Span]:
    """List all audio that releases hold out, those of one name left aside."""
    spans = []
    for release in list_releases(workspace):
        if release.name == except_for:
            continue
        for session in release.sessions:
            if session["split"] in release.held_out:
                began = session["start_utc"] and datetime.fromisoformat(session["start_utc"])
                ended = began + timedelta(seconds=session["end_s"] - session["start_s"]) if began else None
                name = f"{session['name']} ({session['split']} of release {release.id})"
                spans.append(Span(name, session["sha256"], session["site"], began or None, ended))
    return spans


def find_held_out(workspace: Workspace, spans: Sequence[Span]) -> list[tuple[Span, Span, str]]:
    """Find those of the spans that a release holds out."""
    return find_common(spans, list_held_out(workspace))


def check_trainable(
    workspace: Workspace, *, sessions: Iterable[Session] = (), whole_recordings: Iterable[Recording] = ()
) -> None:
    """Refuse training data that a release holds out for testing.

    Every training calls this with all that it is about to learn from.

    Raises
    ------
    Conflict
        With the sessions or recordings in question and the release that holds them out. Nothing else was done.
    """
    spans = [make_span(each.file_name, each, each.site, 0.0, each.duration_s) for each in whole_recordings]
    wanted = list(sessions)
    with workspace.database.reading() as connection:
        by_id = {
            each.id: each for each in recordings.list_recordings(connection, {each.recording_id for each in wanted})
        }
        sites = {each.id: each.site for each in rounds.list_rounds(connection)}
    for session in wanted:
        recording = by_id[session.recording_id]
        site = recording.site or sites.get(session.round_id, "")
        spans.append(make_span(session.id, recording, site, session.start_s, session.end_s))
    found = find_held_out(workspace, spans)
    if found:
        raise Conflict(
            f"Held out for testing: {len(found)} of {count_of(len(spans), 'piece')} of training data; leave them out:\n"
            + "\n".join(describe_common(found))
        )


def describe_common(found: Sequence[tuple[Span, Span, str]]) -> list[str]:
    """Say what is on both sides, one line each, and how many more there are."""
    lines = [f"{ours.name}: {reason} as {theirs.name}" for ours, theirs, reason in found[:MAX_NAMED]]
    return lines + ([f"... and {len(found) - MAX_NAMED} more"] if len(found) > MAX_NAMED else [])
