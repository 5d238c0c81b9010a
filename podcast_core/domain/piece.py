"""Pieces: what is looked at, or labelled, at once."""

from dataclasses import dataclass

from podcast_core.domain.box import Stretch
from podcast_core.domain.checks import check_box


@dataclass(frozen=True, slots=True)
class Piece(Stretch):
    """A piece of one channel of a recording; times in seconds of the recording, channels from 0."""

    recording_id: str
    channel: int

    def __post_init__(self) -> None:
        check_box(self.start_s, self.end_s, None, None)
