"""How much audio may be: what is beyond is refused before anything is kept."""

import math
import time
from dataclasses import dataclass

from podcast_core.errors import InvalidInput
from podcast_core.settings import Settings

MIN_FRAMES = 2  # of fewer no picture can be drawn


@dataclass(frozen=True, slots=True)
class Limits:
    """What `files.inspect_audio` takes; the defaults are those of the settings."""

    longest_s: float = math.inf
    most_channels: int = 64
    lowest_rate_hz: int = 100
    highest_rate_hz: int = 2_000_000
    decode_s: float = 600.0

    @classmethod
    def of(cls, settings: Settings, *, longest_s: float = math.inf) -> "Limits":
        """Take the limits from the settings; only uploads have a longest length."""
        return cls(
            longest_s, settings.most_channels, settings.lowest_rate_hz, settings.highest_rate_hz, settings.decode_s
        )

    def check_form(self, channel_count: int, sample_rate_hz: int) -> None:
        """Refuse more channels, or another sample rate, than are taken (InvalidInput)."""
        if channel_count > self.most_channels:
            raise InvalidInput(
                f"The file has {channel_count:,} channels, at most {self.most_channels} are accepted "
                f"(PODCAST_MOST_CHANNELS)."
            )
        if not self.lowest_rate_hz <= sample_rate_hz <= self.highest_rate_hz:
            raise InvalidInput(
                f"The header says {sample_rate_hz:,} samples per second, expected {self.lowest_rate_hz:,} to "
                f"{self.highest_rate_hz:,} (PODCAST_LOWEST_RATE_HZ, PODCAST_HIGHEST_RATE_HZ). Is the header damaged?"
            )

    def check_length(self, frame_count: int, sample_rate_hz: int) -> None:
        """Refuse what lasts too long (InvalidInput)."""
        if frame_count > self.longest_s * sample_rate_hz:
            longest = f"{self.longest_s / 3600:g} h" if self.longest_s >= 3600 else f"{self.longest_s:g} s"
            raise InvalidInput(f"The audio lasts longer than {longest}, the limit here.")

    def start(self) -> float:
        """Begin to count the computing time of this thread."""
        return time.thread_time()

    def check_time(self, began: float) -> None:
        """Refuse what takes too long to decode; ``began`` is what `start` gave (InvalidInput)."""
        if time.thread_time() - began > self.decode_s:
            raise InvalidInput(f"Decoding it takes more than {self.decode_s:g} s of computing time (PODCAST_DECODE_S).")
