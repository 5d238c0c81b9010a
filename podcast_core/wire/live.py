"""Live sound: what there is to hear, and marks."""

from datetime import datetime

from pydantic import AwareDatetime, Field

from podcast_core.wire.base import ActId, Body, PersonName, Shape


class LiveFeed(Shape):
    """One live source, such as a microphone or the simulated hydrophone."""

    id: str
    name: str
    site: str
    sample_rate_hz: int
    channel_count: int
    is_live: bool = Field(description="sound is coming in")
    round_id: str | None = Field(description="the round that it is being recorded into; null: it is not")
    model: str | None = Field(description="the model that looks at it; null: none does")


class LiveFeeds(Shape):
    """All live sources of this server."""

    items: list[LiveFeed]


class MarkIn(Body):
    """What somebody hears: a label for a span of true time. ``id`` is made by whoever sends it, for second tries."""

    id: ActId
    label: str
    started_at: AwareDatetime
    ended_at: AwareDatetime
    person: PersonName | None = Field(None, description="default: the token's person")


class LiveMark(Shape):
    """A mark as it is kept."""

    id: str
    round_id: str
    label: str
    started_at: datetime
    ended_at: datetime
    person: str
