"""Marks: whoever listens says that there is something now."""

from datetime import UTC, datetime, timedelta

from podcast_core.audio.feeds import HELD_S, Feed, Finding
from podcast_core.errors import Conflict, InvalidInput, name_some
from podcast_core.services.access import needs
from podcast_core.services.labels.rounds import get_round
from podcast_core.services.live.feeding import get_feed
from podcast_core.services.live.proposing import LONGEST_MARK_S, Mark, keep_mark, propose_marks
from podcast_core.services.live.recording import Recorder, find_recorder
from podcast_core.workspace import Workspace

AHEAD_S = 60.0  # chosen: a key that is held ends after the sound that has come; nothing else is marked in advance


@needs("label")
def add_mark(
    workspace: Workspace,
    *,
    feed_id: str,
    mark_id: str,
    label: str,
    started_at: datetime,
    ended_at: datetime,
    person: str,
) -> Mark:
    """Mark a span of live sound that is being recorded. It becomes a prediction with score 1 of its session.

    Raises
    ------
    NotFound
        When there is no such live sound.
    Conflict
        When nobody records it; when the id stands for another mark.
    InvalidInput
        When the round lacks the label, nothing is recorded at that time, or the span is empty or longer than ten
        minutes.
    """
    feed = get_feed(workspace, feed_id=feed_id)
    recorder = find_recorder(feed)
    if recorder is None:
        raise Conflict(f"{feed.name} is not being recorded: a mark would have nowhere to go. Start recording first.")
    round_ = get_round(workspace, round_id=recorder.round_id)
    if label not in round_.label_names:
        raise InvalidInput(f"Round {round_.id!r} has no label {label[:80]!r}; it has {name_some(round_.label_names)}.")
    _check_time(feed, recorder, started_at, ended_at)
    span = started_at.astimezone(UTC), ended_at.astimezone(UTC)
    mark = keep_mark(workspace, Mark(mark_id, round_.id, feed.site, label, *span, person))
    shown = Finding(f"mark-{mark.id}", mark.started_at, mark.ended_at, mark.label, person=person)
    feed.show([shown], instead_of=lambda each: each.id == shown.id)
    for recording in tuple(recorder.newest):  # its minute may have ended meanwhile
        if recording.ended_at and mark.started_at < recording.ended_at:
            propose_marks(workspace, round_=round_, recording=recording)
    return mark


def _check_time(feed: Feed, recorder: Recorder, started_at: datetime, ended_at: datetime) -> None:
    """Refuse a mark that no recording will ever have: it would be kept, and nobody would see it."""
    since = feed.time_of(recorder.first) - timedelta(seconds=HELD_S)
    until = feed.time_of(feed.end) + timedelta(seconds=AHEAD_S)
    if ended_at < since or started_at > until or ended_at > until + timedelta(seconds=LONGEST_MARK_S):
        raise InvalidInput(
            f"{feed.name} is recorded from {since:%Y-%m-%d %H:%M:%S} UTC on, and it is {until:%Y-%m-%d %H:%M:%S} UTC; "
            f"found a mark from {started_at.isoformat()} to {ended_at.isoformat()}."
        )
