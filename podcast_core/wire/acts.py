"""What is archived and brought back, and labels that get another name: acts, each kept with who did it and when."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from podcast_core.wire.base import Body, Shape


class Act(Shape):
    """What somebody did: ``archive``, ``restore`` or ``rename label`` (``old`` to ``new``)."""

    id: str
    deed: str
    round_id: str
    recording_id: str
    model: str
    version: int | None
    who: str
    old: str
    new: str
    acted_at: datetime


class RoundRecording(Shape):
    """A recording in a round, with its number of sessions there; ``archived`` is the act that did it, if it is."""

    id: str
    file_name: str
    sessions: int
    archived: Act | None


class RenameIn(Body):
    """Another name for a label."""

    old: str
    new: str


class ModelVersionIn(Body):
    """Which version of a model; by default the whole model."""

    version: Annotated[int | None, Field(ge=0)] = None
