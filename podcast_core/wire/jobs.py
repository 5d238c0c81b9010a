"""Jobs: put in, looked at, cancelled, run again."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from podcast_core.domain.job import JobState
from podcast_core.wire.base import Body, Finite, Shape
from podcast_core.wire.releases import ReleaseParams


class IngestIn(Body):
    """Add recordings to a round: files and folders of the server, and addresses."""

    kind: Literal["ingest"]
    paths: list[str]
    round_name: str
    session_length_s: Finite = 60.0
    labels: list[str] = []
    site: str = ""
    zone: str | None = None
    time_pattern: str = ""
    time_offset_s: Finite = 0.0
    take_cut: bool = False


class HlsIn(Body):
    """Add a span of an HLS archive to a round."""

    kind: Literal["ingest_hls"]
    url: str
    from_text: Annotated[str, Field(alias="from")]
    to_text: Annotated[str, Field(alias="to")]
    round_name: str
    zone: str | None = None
    session_length_s: Finite = 60.0
    labels: list[str] = []
    site: str = ""


class MigrateIn(Body):
    """Bring the rounds of an original Pod.Cast deployment."""

    kind: Literal["migrate"]
    root: str
    round_ids: list[str] = []
    label: str = "call"


class DemoIn(Body):
    """Add the synthetic demo round with its predictions, or what is missing of it."""

    kind: Literal["demo"]


class SelectIn(Body):
    """Add candidates and samples of a round to another one; shares are from 0 to 1.

    ``labels`` says what labels of predictions become that it lacks (empty: left out), ``add_labels`` adds the others.
    """

    kind: Literal["select"]
    round_id: str
    target_name: str
    model: str = ""
    run_id: str = ""
    high: Finite | None = None
    low: Finite | None = None
    quiet_is_negative: bool | None = None
    from_text: Annotated[str | None, Field(alias="from")] = None
    to_text: Annotated[str | None, Field(alias="to")] = None
    negatives: Finite | None = None
    unreviewed: Finite | None = None
    seed: int | None = None
    labels: dict[str, str] | None = None
    add_labels: bool | None = None


class SpectrogramsIn(Body):
    """Compute spectrograms of recordings ahead of time."""

    kind: Literal["spectrograms"]
    recording_ids: Annotated[list[str], Field(min_length=1)]
    band_khz: Literal[200, 120] = 200
    anew: bool = False


class Job(Shape):
    """A job. ``done`` of ``total`` steps are done, ``next`` is what it works at."""

    id: str
    kind: str
    title: str
    state: JobState
    who: str
    params: dict[str, Any]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    done: int
    total: int
    next: str
    log: list[str]
    result: dict[str, Any]
    error: str
    attempts: int
    retry_of: str


class JobAdded(Shape):
    """The id of a job that was put in."""

    job_id: str


class ReleaseIn(Body):
    """Make a release."""

    kind: Literal["release"]
    params: ReleaseParams


JobIn = Annotated[
    IngestIn | HlsIn | MigrateIn | DemoIn | SelectIn | ReleaseIn | SpectrogramsIn,
    Field(discriminator="kind"),
]
