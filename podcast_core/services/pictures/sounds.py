"""The sound of sessions: whole or in part, slower, one band only, shifted; computed block by block as it is sent.

A minute at 500 kHz, ten times slower, is ten minutes and 58 MB of sound. A browser plays it at once, because it
asks for bytes from where it stands, and only the blocks that hold those bytes are computed.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from podcast_core.audio import files, playback
from podcast_core.audio.playback import SAMPLE_BYTES
from podcast_core.audio.renditions import Rendition, Samples
from podcast_core.audio.split import to_frames
from podcast_core.errors import InvalidInput
from podcast_core.remote.places import Place
from podcast_core.services.pictures.memory_cache import Held
from podcast_core.services.pictures.stretches import AudioStretch, open_session
from podcast_core.services.store.sources import digest, locate
from podcast_core.workspace import Workspace

SOUND_VERSION = 1  # counted up when the same samples would give another sound
CACHE_BYTES = 32 << 20  # five minutes at 48 kHz; a browser asks for one sound in several parts


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to hear, in session time; see `audio.renditions.Rendition`."""

    start_s: float | None = None
    end_s: float | None = None
    speed: float = 1.0
    keep_pitch: bool = False
    low_hz: float | None = None
    high_hz: float | None = None
    heterodyne_hz: float | None = None


@dataclass(frozen=True, slots=True)
class AudioFile:
    """A sound as a WAV file whose bytes are computed when they are read."""

    etag: str
    rendition: Rendition
    uri: str | Place
    channel: int
    first_frame: int
    last_frame: int

    @property
    def sample_rate_hz(self) -> int:
        """The rate of the file; that of the recording may be another."""
        return self.rendition.wire_rate_hz

    @property
    def size_bytes(self) -> int:
        """The length of the whole file."""
        return len(self._head) + self._sample_count * SAMPLE_BYTES

    @property
    def data(self) -> bytes:
        """The whole file."""
        return b"".join(self.read(0, self.size_bytes))

    def read(self, first_byte: int, last_byte: int) -> Iterator[bytes]:
        """Compute bytes [first, last) in pieces; what goes wrong is raised with the first of them."""
        head = self._head
        block_bytes = self.rendition.block_samples * SAMPLE_BYTES
        piece = head[first_byte:last_byte]
        position = max(first_byte - len(head), 0)
        end = last_byte - len(head)
        while position < end:
            block, offset = divmod(position, block_bytes)
            found = self._read_block(block)[offset : offset + end - position]
            yield piece + found
            piece = b""
            position += len(found)
        if piece:
            yield piece

    @property
    def _head(self) -> bytes:
        return playback.encode_wav_head(self._sample_count, self.sample_rate_hz)

    @property
    def _sample_count(self) -> int:
        return self.rendition.count_samples(self.last_frame - self.first_frame)

    def _read_block(self, block: int) -> bytes:
        key = (self.etag, block)
        found = _blocks.find(key)
        if found is None:
            found = self._read_as_recorded(block)
            if found is None:
                samples = self.rendition.render(self._read_frames, self.last_frame - self.first_frame, block)
                found = playback.encode_pcm(samples)
            _blocks.add(key, found)
        return found

    def _read_as_recorded(self, block: int) -> bytes | None:
        """Read a block of a recording that has what is sent; None where it has to be computed."""
        if not self.rendition.is_as_recorded:
            return None
        count = self.rendition.block_samples
        last = min((block + 1) * count, self.last_frame - self.first_frame)
        start_s, end_s = self._place(block * count, last)
        return files.read_pcm(self.uri, channel=self.channel, start_s=start_s, end_s=end_s)

    def _read_frames(self, first: int, last: int) -> Samples:
        start_s, end_s = self._place(first, last)
        return files.read_samples(self.uri, channel=self.channel, start_s=start_s, end_s=end_s)

    def _place(self, first: int, last: int) -> tuple[float, float]:
        """Say where frames of this sound are in the recording: seconds."""
        rate = self.rendition.sample_rate_hz
        return (self.first_frame + first) / rate, (self.first_frame + last) / rate


def get_audio(workspace: Workspace, *, round_id: str, session_id: str, wanted: Wanted | None = None) -> AudioFile:
    """Get a session's sound at a rate that browsers play.

    Parameters
    ----------
    workspace
        Where it is.
    round_id, session_id
        Which session.
    wanted
        Which part of it, and how it should sound; None: all of it, as it was recorded.

    Raises
    ------
    NotFound
        When there is no such session; when the file is read: when the recording is not where it was.
    InvalidInput
        When something impossible is wanted; when the file is read: when it cannot be decoded.
    """
    stretch, _ = open_session(workspace, round_id=round_id, session_id=session_id)
    return render(stretch, wanted or Wanted())


def render(stretch: AudioStretch, wanted: Wanted) -> AudioFile:
    """Get the sound of a stretch of a recording that needs to be in no round; raises as `get_audio` does."""
    rendition = Rendition(
        sample_rate_hz=stretch.rate_hz,
        speed=wanted.speed,
        keep_pitch=wanted.keep_pitch,
        low_hz=wanted.low_hz,
        high_hz=wanted.high_hz,
        heterodyne_hz=wanted.heterodyne_hz,
    )
    first, last = _choose_frames(stretch, wanted)
    etag = digest(SOUND_VERSION, stretch.recording.sha256, stretch.channel, first, last, asdict(rendition))
    return AudioFile(etag, rendition, locate(stretch.workspace, stretch.recording), stretch.channel, first, last)


def playback_rate_hz(sample_rate_hz: int) -> int:
    """Say at which rate a recording is played."""
    return Rendition(sample_rate_hz).wire_rate_hz


def _choose_frames(stretch: AudioStretch, wanted: Wanted) -> tuple[int, int]:
    """Frames [first, last) of the recording."""
    start_s = 0.0 if wanted.start_s is None else wanted.start_s
    end_s = stretch.duration_s if wanted.end_s is None else wanted.end_s
    whole = stretch.frames
    asked = to_frames(stretch.start_s + start_s, stretch.start_s + end_s, stretch.rate_hz)
    if not whole[0] <= asked[0] < asked[1] <= whole[1]:
        raise InvalidInput(
            f"start_s, end_s: expected 0 <= start_s < end_s <= {stretch.duration_s:g} (seconds of the session, "
            f"at least one sample), found {start_s:g} and {end_s:g}."
        )
    return asked


_blocks = Held[bytes](CACHE_BYTES, len)
