"""What is opened to be looked at, without a round that somebody makes."""

from podcast_core.wire.base import Body, Shape
from podcast_core.wire.recordings import Refused


class OpenIn(Body):
    """Open files, folders and addresses that the server can reach."""

    paths: list[str]


class Opened(Shape):
    """What was opened: ``round_id`` names it in all routes of rounds; ``left_out`` counts files beyond the limit."""

    round_id: str
    refused: list[Refused]
    left_out: int


class KeepOpenedIn(Body):
    """Make an ordinary round of what was opened."""

    round_name: str
