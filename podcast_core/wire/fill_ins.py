"""Filling in the rest of a session: asked for, watched and given up by who labels."""

from typing import Annotated

from pydantic import Field

from podcast_core.domain.limits import MAX_FILL_IN_AREAS, MAX_FILL_IN_BOXES
from podcast_core.wire.base import Body, Finite, PersonName


class AreaIn(Body):
    """A part of the session that is annotated completely, in seconds of the session."""

    start_s: Finite
    end_s: Finite


class CallIn(Body):
    """A box that somebody drew or confirmed."""

    start_s: Finite
    end_s: Finite
    label: str
    low_hz: Finite | None = None
    high_hz: Finite | None = None


class FillInRequest(Body):
    """What is annotated, and how far to fill in; what is in an area and in no box is no call."""

    annotator: PersonName
    areas: Annotated[list[AreaIn], Field(max_length=MAX_FILL_IN_AREAS)]
    regions: Annotated[list[CallIn], Field(max_length=MAX_FILL_IN_BOXES)]
    whole_recording: bool = False
