"""Pictures and sound of sessions: immutable, cached by the browser, and in parts where it asks for a part."""

import re
from itertools import chain
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from podcast_core.api.v1 import Opened
from podcast_core.services import sounds, spectrograms

router = APIRouter(tags=["media"])

IMMUTABLE = "private, max-age=31536000, immutable"
REVALIDATED = "private, no-cache"

IfNoneMatch = Annotated[str | None, Header()]
Range = Annotated[str | None, Header(alias="range")]


class SoundQuery(BaseModel):
    """How a session should sound."""

    model_config = ConfigDict(allow_inf_nan=False)

    v: str = Field("", description="version: a URL with one may be kept for ever")
    start_s: float | None = Field(None, description="a part only: its start in seconds of the session")
    end_s: float | None = Field(None, description="its end")
    speed: float = Field(1.0, description="0.05 to 2 in steps of 0.05; frequencies are multiplied by it")
    keep_pitch: bool = Field(False, description="change the speed, not the frequencies")
    low_hz: float | None = Field(None, description="band-pass: its lower edge in Hz")
    high_hz: float | None = Field(None, description="band-pass: its upper edge in Hz")
    heterodyne_hz: float | None = Field(None, description="carrier in Hz: f is heard at |f - carrier|, up to 8 kHz")


@router.get("/api/v1/rounds/{round_id}/sessions/{session_id}/picture.jpg")
def get_picture(
    workspace: Opened, round_id: str, session_id: str, v: str = "", if_none_match: IfNoneMatch = None
) -> Response:
    """Send a session's spectrogram as a grey JPEG."""
    picture = spectrograms.get_picture(workspace, round_id=round_id, session_id=session_id)
    headers = _cache_headers(picture.info.etag, named=v == picture.info.etag)
    if _matches(if_none_match, headers["etag"]):
        return Response(status_code=304, headers=headers)
    return Response(picture.data, media_type="image/jpeg", headers=headers)


@router.get("/api/v1/rounds/{round_id}/sessions/{session_id}/audio.wav")
@router.get("/audio/{round_id}/{session_id}.wav")
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
    headers = {**_cache_headers(audio.etag, named=bool(query.v)), "accept-ranges": "bytes"}
    if _matches(if_none_match, headers["etag"]):
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
    pieces = chain([next(pieces)], pieces)  # what goes wrong is said before the answer begins
    return StreamingResponse(pieces, status_code=206 if part else 200, media_type="audio/wav", headers=headers)


def _cache_headers(etag: str, *, named: bool) -> dict[str, str]:
    """Let a URL that names its version be kept for ever, and others be asked about again."""
    return {"etag": f'"{etag}"', "cache-control": IMMUTABLE if named else REVALIDATED}


def _matches(if_none_match: str | None, etag: str) -> bool:
    return if_none_match is not None and etag in (each.strip() for each in if_none_match.split(","))


def _parse_range(asked: str | None, total: int) -> tuple[int, int] | None:
    """Read a single byte range (RFC 9110, 14.2).

    Returns
    -------
    tuple of int or None
        First and last byte, first > last when the range cannot be satisfied; None: send everything.
    """
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", asked.strip()) if asked else None
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
