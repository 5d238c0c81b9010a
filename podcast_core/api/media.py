"""Pictures and sound of sessions: immutable, cached by the browser, and in parts where it asks for a part."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from itertools import chain
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from podcast_core.api.dependencies import IfNoneMatch, Opened
from podcast_core.api.downloads import IMMUTABLE, Responses, describe, matches
from podcast_core.domain.display import AxisName, Denoise, WindowType
from podcast_core.services.pictures import sound_segments, sounds, spectrograms
from podcast_core.services.pictures.requests import SpectrogramRequest

router = APIRouter(tags=["media"])

REVALIDATED = "private, no-cache"

Range = Annotated[str | None, Header(alias="range")]

WAV = describe("audio/wav")
SOUND: Responses = {
    **WAV,
    206: {"description": "Part of it", **WAV[200]},
    416: {"description": "Range not satisfiable"},
}


class SoundQuery(BaseModel):
    """How a session should sound."""

    model_config = ConfigDict(allow_inf_nan=False)

    v: str = Field("", description="version: a URL with one can be cached indefinitely")
    start_s: float | None = Field(None, description="a part only: its start in seconds from the start of the session")
    end_s: float | None = Field(None, description="its end")
    speed: float = Field(1.0, description="0.05 to 2 in steps of 0.05; frequencies are multiplied by it")
    keep_pitch: bool = Field(False, description="change the speed, not the frequencies")
    low_hz: float | None = Field(None, description="band-pass: its lower edge in Hz")
    high_hz: float | None = Field(None, description="band-pass: its upper edge in Hz")
    heterodyne_hz: float | None = Field(None, description="carrier in Hz: f is heard at |f - carrier|, up to 8 kHz")


class PictureQuery(BaseModel):
    """Part and look of a picture; what is left out is all of it, or as the round has it."""

    model_config = ConfigDict(allow_inf_nan=False)

    v: str = Field("", description="version or etag: a URL with one can be cached indefinitely")
    start_s: float | None = Field(None, description="a part only: its start in seconds from the start of the session")
    end_s: float | None = Field(None, description="its end")
    low_hz: float | None = Field(None, description="lowest frequency shown in Hz")
    high_hz: float | None = Field(None, description="highest frequency shown in Hz")
    scale: AxisName | None = Field(None, description="frequency axis; constant-q: logarithmic, with constant-Q filters")
    window: int | None = Field(None, description="window in samples: a power of two, 64 to 16384; 0: automatic")
    window_type: WindowType | None = Field(None, description="window function; for constant-q, of the filters")
    overlap: float | None = Field(None, description="minimum overlap of successive windows, 0 to 0.95")
    denoise: Denoise | None = Field(None, description="noise reduction: median per band, or PCEN")
    width: int | None = Field(None, description="pixels, 16 to 4096")
    height: int | None = Field(None, description="pixels, 16 to 2048")

    def to_request(self) -> SpectrogramRequest:
        """Name the parts as the service does."""
        return SpectrogramRequest(
            window_samples=self.window,
            width_px=self.width,
            height_px=self.height,
            **self.model_dump(exclude={"v", "window", "width", "height"}),
        )


@router.get(
    "/api/v1/rounds/{round_id}/sessions/{session_id}/picture.jpg",
    response_class=Response,
    responses=describe("image/jpeg"),
)
def get_picture(
    workspace: Opened,
    round_id: str,
    session_id: str,
    query: Annotated[PictureQuery, Query()],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Send a session's spectrogram, or that of a part of it, as a grey JPEG; ``x-picture`` says what it shows."""
    picture = spectrograms.get_picture(workspace, round_id=round_id, session_id=session_id, request=query.to_request())
    named = query.v in (picture.info.etag, picture.version)
    about = {"x-picture": json.dumps(asdict(picture.info))}
    etag, data = picture.info.etag, picture.data
    return answer_cached(data, etag, media_type="image/jpeg", named=named, asked=if_none_match, headers=about)


@router.get(
    "/api/v1/rounds/{round_id}/sessions/{session_id}/peaks.bin",
    response_class=Response,
    responses=describe("application/octet-stream"),
)
def get_peaks(
    workspace: Opened,
    round_id: str,
    session_id: str,
    start_s: float | None = None,
    end_s: float | None = None,
    width: int = 2400,
    v: str = "",
) -> Response:
    """Send the outline of the waveform: lowest and highest sample per column, as little-endian int16."""
    version, peaks = spectrograms.get_peaks(
        workspace, round_id=round_id, session_id=session_id, start_s=start_s, end_s=end_s, width_px=width
    )
    headers = {"cache-control": IMMUTABLE if v == version else REVALIDATED}
    return Response(peaks, media_type="application/octet-stream", headers=headers)


@router.get("/api/v1/rounds/{round_id}/sessions/{session_id}/segments")
def get_segments(
    workspace: Opened, round_id: str, session_id: str, v: str = "", if_none_match: IfNoneMatch = None
) -> Response:
    """Send the stretches of a session with sound, in seconds from its start; none where nothing stands out."""
    found = sound_segments.find_segments(workspace, round_id=round_id, session_id=session_id)
    data = json.dumps(asdict(found)).encode()
    named = bool(v) and v == found.etag
    return answer_cached(data, found.etag, media_type="application/json", named=named, asked=if_none_match)


@router.get("/api/v1/rounds/{round_id}/sessions/{session_id}/audio.wav", response_class=Response, responses=SOUND)
def get_audio(
    workspace: Opened,
    round_id: str,
    session_id: str,
    query: Annotated[SoundQuery, Query()],
    if_none_match: IfNoneMatch = None,
    asked: Range = None,
) -> Response:
    """Send a session's sound as WAV, whole or a byte range of it; the query says how it should sound.

    Without a query it is the session as recorded, at 8 to 48 kHz. It is computed while it is sent, so that an
    hour of expanded ultrasound starts as quickly as a second.
    """
    wanted = sounds.Wanted(**query.model_dump(exclude={"v"}))
    audio = sounds.get_audio(workspace, round_id=round_id, session_id=session_id, wanted=wanted)
    return answer_audio(audio, named=bool(query.v), if_none_match=if_none_match, asked=asked)


def answer_audio(audio: sounds.AudioFile, *, named: bool, if_none_match: str | None, asked: str | None) -> Response:
    """Answer with a sound, or the byte range of it that is asked for; ``named`` as for `answer_cached`."""
    headers = {**_cache_headers(audio.etag, named=named), "accept-ranges": "bytes"}
    if matches(if_none_match, headers["etag"]):
        return Response(status_code=304, headers=headers)
    total = audio.size_bytes
    part = _parse_range(asked, total)
    first, last = part or (0, total - 1)
    if first > last:
        return Response(status_code=416, headers={**headers, "content-range": f"bytes */{total}"})
    if part:
        headers["content-range"] = f"bytes {first}-{last}/{total}"
    headers["content-length"] = str(last + 1 - first)
    pieces = audio.read(first, last + 1)
    piece = next(pieces)  # what goes wrong is said before the answer begins
    status = 206 if part else 200
    if len(piece) == last + 1 - first:  # as most are: nothing is left to compute while it is sent
        return Response(piece, status_code=status, media_type="audio/wav", headers=headers)
    return StreamingResponse(chain([piece], pieces), status_code=status, media_type="audio/wav", headers=headers)


def answer_cached(
    data: bytes,
    etag: str,
    *,
    media_type: str,
    named: bool,
    asked: str | None,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    """Answer with bytes, or with 304 when the browser has them; ``named``: the URL says which version it means."""
    cached = {**_cache_headers(etag, named=named), **headers}
    if matches(asked, cached["etag"]):
        return Response(status_code=304, headers=cached)
    return Response(data, media_type=media_type, headers=cached)


def _cache_headers(etag: str, *, named: bool) -> dict[str, str]:
    """Let a URL that names its version be kept for ever, and others be asked about again."""
    return {"etag": f'"{etag}"', "cache-control": IMMUTABLE if named else REVALIDATED}


def _parse_range(asked: str | None, total: int) -> tuple[int, int] | None:
    """Read a single byte range (RFC 9110, 14.2).

    Returns
    -------
    tuple of int or None
        First and last byte, first > last when the range cannot be satisfied; None: send everything.
    """
    match = re.fullmatch(r"bytes=([0-9]{0,18})-([0-9]{0,18})", asked.strip()) if asked else None
    if match is None or match.groups() == ("", ""):
        return None
    first_text, last_text = match.groups()
    if not first_text:  # the last so many bytes
        wanted = int(last_text)
        return (max(total - wanted, 0), total - 1) if wanted else (1, 0)
    first, last = int(first_text), min(int(last_text or total), total - 1)
    if last_text and int(last_text) < first:
        return None  # not a valid range: ignored, as the RFC says
    return (first, last) if first < total else (1, 0)
