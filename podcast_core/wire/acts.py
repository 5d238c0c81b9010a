"""What is archived and brought back, and labels that get another name: acts, each kept with who did it and when."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from podcast_core.wire.base import ActId, Body, Shape


class Act(Shape):
    """What somebody did: ``archive``, ``restore``, ``rename label``, ``merge label`` (``old`` to ``new``), ``undo``."""

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
    undoes: str = Field(description="the act that an undo takes back; empty for others")


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


class LabelUse(Shape):
    """How many boxes of the answers that count have a label, in how many sessions; and how many predictions."""

    annotations: int
    sessions: int
    predictions: int


class DeleteLabelIn(Body):
    """A label to delete; ``id`` names the act, and the same again changes nothing."""

    id: ActId
    label: str


class LabelDeleted(Shape):
    """What became of it; ``act_id`` is the bulk act that took the boxes away, empty where there were none."""

    act_id: str
    changed: int = Field(description="boxes")
    left: int = Field(description="boxes that stayed, since somebody changed them meanwhile")


class ModelVersionIn(Body):
    """Which version of a model; by default the whole model."""

    version: Annotated[int | None, Field(ge=0)] = None
