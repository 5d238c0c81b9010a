"""Sound and picture of one clip of a collection."""

from pathlib import Path

from podcast_core.client.connection import Connection


class HearingCalls(Connection):
    """Calls that let a clip be heard and seen."""

    def get_clip_sound(self, collection_id: str, number: int, out: str | Path) -> Path:
        """Write what a clip sounds like as a WAV file; ultrasound comes ten times slower."""
        return self._download(("collections", collection_id, "clips", str(number), "sound"), {}, out)

    def get_clip_picture(self, collection_id: str, number: int, out: str | Path) -> Path:
        """Write a clip's spectrogram as a small grey JPEG."""
        return self._download(("collections", collection_id, "clips", str(number), "picture"), {}, out)
