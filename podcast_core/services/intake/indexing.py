"""What is in an audio file, as a recording: its form, its start, and what is odd about it."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from podcast_core.audio.files import inspect_audio
from podcast_core.audio.limits import Limits
from podcast_core.audio.metadata import Start, check_offset, find_start
from podcast_core.audio.time_patterns import parse_pattern
from podcast_core.audio.time_zones import parse_zone
from podcast_core.domain.recording import Recording
from podcast_core.errors import InvalidInput
from podcast_core.formats.numbers import THOUSANDS, parse_number
from podcast_core.remote.access import is_url
from podcast_core.remote.places import Place
from podcast_core.services.store.source_names import STORED, split_name
from podcast_core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Manner:
    """How files are read; it checks itself, so that what cannot be used is one error, and not one for each file.

    ``zone`` is for times that are written without one, ``time_pattern`` says how names tell the time
    (`podcast_core.audio.time_patterns`), ``time_offset_s`` is added to every time. ``take_cut`` takes what is whole of
    a file that was cut, which is refused else; the recording's notes say so.
    """

    zone: str | None = None
    time_pattern: str = ""
    time_offset_s: float = 0.0
    take_cut: bool = False

    def __post_init__(self) -> None:
        if self.zone:
            parse_zone(self.zone)
        if self.time_pattern:
            parse_pattern(self.time_pattern)
        check_offset(self.time_offset_s)

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> "Manner":
        """Make it of the parameters of a job."""
        return cls(**{name: params[name] for name in cls.names() if name in params})

    @classmethod
    def names(cls) -> list[str]:
        """List the names of these parameters."""
        return [each.name for each in fields(cls)]

    def to_params(self) -> Mapping[str, Any]:
        """Make parameters of a job, without what is as always."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "", 0.0, False)}

    def find_start(self, place: str | Place, name: str) -> Start:
        """Find out when a recording began."""
        return find_start(
            place, name=name, zone=self.zone or None, pattern=self.time_pattern, offset_s=self.time_offset_s
        )


AS_ALWAYS = Manner()
_CLOCK = re.compile(r"([+\-−]?)(\d+):([0-5]\d):([0-5]\d(?:\.\d+)?)")


def parse_seconds(text: str) -> float:
    """Read a correction of times as people write it: seconds (``-3600``, ``+0.5``), or ``-1:00:00``.

    Raises
    ------
    InvalidInput
        When it is neither.
    """
    text = text.strip()
    clock = _CLOCK.fullmatch(text)
    if clock:
        sign, hours, minutes, seconds = clock.groups()
        return (int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * (1 if sign in ("", "+") else -1)
    try:
        if THOUSANDS.fullmatch(text):
            raise ValueError("a number that is clear")
        return parse_number(text) if text else 0.0
    except ValueError as error:
        raise InvalidInput(
            f"Expected a correction in seconds, such as -3600, or in hours, minutes and seconds, such as -1:00:00, "
            f"found {text[:40]!r}."
        ) from error


def locate_source(workspace: Workspace, uri: str) -> str | Place:
    """Name the file at an address so that the audio layer can open it."""
    if uri.startswith(STORED):
        return workspace.files.url(uri.removeprefix(STORED))
    return workspace.remote.place(uri) if is_url(uri) else uri


def index_audio(
    workspace: Workspace, place: str | Place, *, uri: str, name: str, site: str = "", manner: Manner = AS_ALWAYS
) -> Recording:
    """Read what is in an audio file, all of it.

    Parameters
    ----------
    place
        Where it is, for the audio layer.
    uri
        Where it is, for good.
    name
        What it is called, or the path and name under which it was sent.
    site
        Where the recorder was.
    manner
        How it is read.

    Raises
    ------
    NotFound, InvalidInput, StorageUnavailable
        As `inspect_audio`.
    """
    file_name, original_name = split_name(name)
    info = inspect_audio(place, limits=Limits.of(workspace.settings), take_cut=manner.take_cut)
    start = manner.find_start(place, file_name)
    latitude_deg, longitude_deg = start.location or (None, None)
    return Recording(
        sha256=info.sha256,
        uri=uri,
        file_name=file_name,
        sample_rate_hz=info.sample_rate_hz,
        channel_count=info.channel_count,
        frame_count=info.frame_count,
        encoding=info.encoding,
        started_at=start.started_at,
        start_method=start.method,
        site=site,
        original_name=original_name,
        notes=(*info.notes, *start.notes),
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
    )
