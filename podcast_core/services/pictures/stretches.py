"""A stretch of one channel of a recording, as pictures and sound are made of it: a session, a clip, or all of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from podcast_core.audio import files
from podcast_core.audio.media import Samples
from podcast_core.audio.split import to_frames
from podcast_core.domain.box import Stretch
from podcast_core.domain.recording import Recording
from podcast_core.domain.round import Round
from podcast_core.services.store.sources import digest, locate
from podcast_core.storage import recordings, rounds, sessions
from podcast_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class AudioStretch(Stretch):
    """Seconds [start_s, end_s) of a channel; frames are counted from its start."""

    workspace: Workspace
    recording: Recording
    channel: int

    @property
    def rate_hz(self) -> int:
        """The native rate."""
        return self.recording.sample_rate_hz

    @property
    def frames(self) -> tuple[int, int]:
        """Its frames [first, last) of the recording."""
        return to_frames(self.start_s, self.end_s, self.rate_hz)

    @property
    def frame_count(self) -> int:
        """How many samples it has."""
        first, last = self.frames
        return last - first

    def name(self, *parts: object) -> str:
        """Name what is made of its samples and these parts."""
        return digest(self.recording.sha256, self.channel, self.start_s, self.end_s, *parts)

    def read(self, first: int, last: int) -> Iterator[Samples]:
        """Read the frames [first, last), or up to its end, at least one; as `audio.files.read_blocks` does."""
        origin, count = self.frames[0], self.frame_count
        first = min(first, count - 1)
        last = max(min(last, count), first + 1)
        return files.read_blocks(
            locate(self.workspace, self.recording),
            channel=self.channel,
            start_s=(origin + first) / self.rate_hz,
            end_s=(origin + last) / self.rate_hz,
        )


def open_session(workspace: Workspace, *, round_id: str, session_id: str) -> tuple[AudioStretch, Round]:
    """Find a session's samples and its round, with one look into the database; raises NotFound."""
    with workspace.database.reading() as connection:
        session = sessions.get_session(connection, round_id, session_id)
        recording = recordings.get_recording(connection, session.recording_id)
        round_ = rounds.get_round(connection, round_id)
    return AudioStretch(session.start_s, session.end_s, workspace, recording, session.channel), round_


def open_recording(workspace: Workspace, *, recording_id: str, channel: int = 0) -> AudioStretch:
    """Find all of a recording; raises NotFound."""
    with workspace.database.reading() as connection:
        recording = recordings.get_recording(connection, recording_id)
    return AudioStretch(0.0, recording.duration_s, workspace, recording, channel)
