"""Small pictures of many stretches of a round's sessions at once, all with the same scales of time and frequency."""

from collections.abc import Sequence
from dataclasses import dataclass

from podcast_core.domain.recording import Recording
from podcast_core.domain.session import Session
from podcast_core.errors import InvalidInput, PodcastError
from podcast_core.services.pictures import spectrograms
from podcast_core.services.pictures.spectrograms import PictureFile
from podcast_core.storage import recordings, rounds, sessions
from podcast_core.workspace import Workspace

MAX_AT_ONCE = 100  # chosen: a screen of them
MAX_S = 60.0  # of one; chosen: more is no detail
MIN_COLUMNS = 16  # as narrow as a picture can be


@dataclass(frozen=True, slots=True)
class Place:
    """Seconds of a session; they may reach beyond both of its ends."""

    session_id: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Look:
    """Size and band of every picture in full: one that has less sound, or a lower sample rate, is smaller."""

    width_px: int = 200
    height_px: int = 100
    low_hz: float = 0.0
    high_hz: float | None = None


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A picture, and which seconds of the session it shows; or what kept it from being made."""

    start_s: float
    end_s: float
    picture: PictureFile | None
    problem: str = ""


def draw_thumbnails(
    workspace: Workspace, *, round_id: str, places: Sequence[Place], look: Look | None = None
) -> list[Thumbnail]:
    """Draw stretches of sessions with what is around them: kept pictures are read, the others made and kept.

    Each has its own levels, so that nothing but the stretch is read.

    Raises
    ------
    NotFound
        When there is no such round.
    InvalidInput
        When these are more than `MAX_AT_ONCE`, or one is longer than `MAX_S`.
    """
    if len(places) > MAX_AT_ONCE:
        raise InvalidInput(f"At most {MAX_AT_ONCE} thumbnails are drawn at once; found {len(places):,}.")
    for each in places:
        if not 0 < each.end_s - each.start_s <= MAX_S:
            raise InvalidInput(
                f"A thumbnail shows up to {MAX_S:g} s; found {each.start_s:g} to {each.end_s:g} s of session "
                f"{each.session_id[:80]}."
            )
    with workspace.database.reading() as connection:
        rounds.get_round(connection, round_id)
        ids = sorted({each.session_id for each in places})
        known = {each.id: each for each in sessions.list_named(connection, round_id, ids)}
        of_sessions = recordings.list_recordings(connection, {each.recording_id for each in known.values()})
    by_id = {each.id: each for each in of_sessions}
    return [_draw(workspace, known, by_id, each, look or Look()) for each in places]


def _draw(
    workspace: Workspace, known: dict[str, Session], by_id: dict[str, Recording], place: Place, look: Look
) -> Thumbnail:
    session = known.get(place.session_id)
    if session is None:
        return Thumbnail(place.start_s, place.end_s, None, "There is no such session in the round.")
    recording = by_id[session.recording_id]
    start_s = max(session.start_s + place.start_s, 0.0)
    end_s = min(session.start_s + place.end_s, recording.duration_s)
    nyquist_hz = recording.sample_rate_hz / 2
    high_hz = min(look.high_hz or nyquist_hz, nyquist_hz)
    shown = (start_s - session.start_s, end_s - session.start_s)
    if end_s <= start_s or high_hz <= look.low_hz:
        return Thumbnail(*shown, None, "Nothing was recorded in this band, or at this time.")
    share = (end_s - start_s) / (place.end_s - place.start_s)
    try:
        picture = spectrograms.draw_alone(
            workspace,
            recording,
            channel=session.channel,
            start_s=start_s,
            end_s=end_s,
            width_px=max(MIN_COLUMNS, round(look.width_px * share)),
            height_px=look.height_px,
            low_hz=look.low_hz,
            high_hz=high_hz,
        )
    except PodcastError as error:  # the others can be seen still
        return Thumbnail(*shown, None, str(error))
    return Thumbnail(*shown, picture)
