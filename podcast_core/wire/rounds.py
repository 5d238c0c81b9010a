"""Rounds: listed, made, changed, and how far they are."""

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from podcast_core.wire.base import Body, Finite, PersonName, Shape

WANTED = "how many different people answer a session independently of each other, 1 to 5"
ASSIGNED = "sites that are somebody's to label: nobody else gets their sessions"
ONLY = "who has sites gets no others; else these come first"
SHARE = "share of the sessions that want so many, 0 to 1, drawn at random; the others want one answer"


class Label(Shape):
    """A class name with its colour (``#rrggbb``, chosen when empty) and key."""

    name: str
    color: str = ""
    hotkey: str = ""
    description: str = ""
    scientific_name: str = ""


class Display(Shape):
    """How sessions are shown at first; see the form of a round. Null: chosen for each session."""

    scale: str = "linear"
    window_samples: int | None = None
    overlap: Finite = 0.5
    low_hz: Finite | None = None
    high_hz: Finite | None = None
    denoise: str = "none"
    color_map: str = "magma"
    floor_db: Finite | None = None
    ceiling_db: Finite | None = None
    min_box_s: Finite = 0.0
    threshold: Finite = 0.0
    window_type: str = "hann"
    measurements: tuple[str, ...] = ()


class SiteCoordinates(Shape):
    """Where a site is, in degrees (WGS 84): north and east are positive; and what is known of its recorder."""

    site: str
    latitude_deg: Finite
    longitude_deg: Finite
    elevation_m: Finite | None = Field(None, description="above the surface of ground or water; a depth is negative")
    time_zone: str = Field("", description="as IANA names it")
    recorder: str = ""
    full_scale_db: Finite | None = Field(
        None, description="calibration: level (zero to peak) of a sample of full scale, in dB re reference"
    )
    reference: str = Field("", description="1 µPa or 20 µPa, where there is a calibration")


class AssignmentIn(Body):
    """A site of a round that is a person's to label; several may share one."""

    site: str
    person: PersonName


class Assignment(Shape):
    """A site of a round that is a person's to label."""

    site: str
    person: str
    who: str = Field(description="assigned it")


class RoundIn(Body):
    """A new round; its id is made from the name unless it is given."""

    name: str
    labels: Annotated[list[Label], Field(min_length=1)]
    id: str = ""
    description: str = ""
    instructions: str = ""
    site: str = ""
    site_url: str = ""
    display: Display = Display()
    own_review: bool = Field(False, description="people may accept their own answers")
    sites: list[SiteCoordinates] = []
    answers_wanted: int = Field(1, description=WANTED)
    double_share: Finite = Field(1.0, description=SHARE)
    assignments: list[AssignmentIn] = Field([], description=ASSIGNED)
    assigned_only: bool = Field(False, description=ONLY)


class RoundChange(Body):
    """What of a round is changed; what is left out stays."""

    name: str | None = None
    labels: list[Label] | None = None
    description: str | None = None
    instructions: str | None = None
    site: str | None = None
    site_url: str | None = None
    display: Display | None = None
    own_review: bool | None = None
    sites: list[SiteCoordinates] | None = None
    answers_wanted: int | None = None
    double_share: Finite | None = None
    assignments: list[AssignmentIn] | None = Field(None, description="all of them, also those that stay")
    assigned_only: bool | None = None


class Round(Shape):
    """A round."""

    id: str
    name: str
    labels: list[Label]
    description: str
    instructions: str
    site: str
    site_url: str
    created_at: datetime
    display: Display
    archived_at: datetime | None = Field(description="null: it is not archived")
    renamed: Annotated[dict[str, str], BeforeValidator(dict)] = Field(
        description="earlier names of labels, and what they are called now"
    )
    own_review: bool
    sites: list[SiteCoordinates] = Field(description="where its sites are")
    answers_wanted: int = Field(description=WANTED)
    double_share: float = Field(description=SHARE)
    assignments: list[Assignment] = Field(description=ASSIGNED)
    assigned_only: bool = Field(description=ONLY)


class Progress(Shape):
    """Sessions of a round by outcome (``unreviewed``: no answer yet), and how many need an answer still."""

    sessions: int
    open: int
    outcomes: dict[str, int]


class LabelList(Shape):
    """A round's labels, and what tells them from an earlier list."""

    labels_id: str
    labels: list[Label]
