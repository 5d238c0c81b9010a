"""FLAC, written block by block: the memory holds what is compressed, not the samples."""

from datetime import datetime, timedelta
from io import BytesIO

import numpy as np
import soundfile as sf

from podcast_core.audio.media import Samples

_FULL_SCALE = {16: 1 << 15, 24: 1 << 23}


class FlacWriter:
    """One FLAC file. The same samples and texts always give the same bytes.

    The start is written into the file: it knows its time wherever it goes, and two pieces of digital silence are two
    recordings.
    """

    def __init__(self, started_at: datetime, sample_rate_hz: int, channel_count: int, bits: int, title: str) -> None:
        self.started_at = started_at
        self.sample_rate_hz = sample_rate_hz
        self.channel_count = channel_count
        self._bits = bits
        self.frame_count = 0
        self.encoding = f"FLAC/PCM_{bits}"
        self._bytes = BytesIO()
        self._sound = sf.SoundFile(
            self._bytes, "w", sample_rate_hz, channel_count, subtype=f"PCM_{bits}", format="FLAC"
        )
        self._sound.title = title
        self._sound.date = started_at.isoformat()

    @property
    def ended_at(self) -> datetime:
        """When the sample after the last one would have been taken."""
        return self.started_at + timedelta(seconds=self.frame_count / self.sample_rate_hz)

    def write(self, samples: Samples) -> None:
        """Add samples of shape (n, channels); what is louder than full scale is clipped."""
        scale = _FULL_SCALE[self._bits]
        whole = np.clip(np.rint(samples * np.float64(scale)), -scale, scale - 1).astype(np.int32)
        self._sound.write(whole << (32 - self._bits))  # libsndfile takes the upper bits
        self.frame_count += len(samples)

    def close(self) -> bytes:
        """End the file and return its bytes."""
        self._sound.close()
        return self._bytes.getvalue()
