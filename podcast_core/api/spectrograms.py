"""Spectrograms of whole recordings: what they show, with the addresses of their tiles, and the tiles."""

from dataclasses import asdict
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from podcast_core.api.dependencies import IfNoneMatch, Opened
from podcast_core.api.downloads import describe
from podcast_core.api.front.sub_paths import base_of
from podcast_core.api.media import answer_cached
from podcast_core.audio.spectrogram import OVERLAP, WIDTH_PX
from podcast_core.domain.display import Denoise, WindowType
from podcast_core.services.pictures import recording_pictures
from podcast_core.services.pictures.recording_pictures import AXES, Format, Method
from podcast_core.services.pictures.requests import SpectrogramRequest

router = APIRouter(tags=["spectrograms"], prefix="/api/v1/recordings/{recording_id}/spectrogram")

MEDIA_TYPES: dict[Format, str] = {"jpg": "image/jpeg", "png": "image/png"}


class SpectrogramQuery(BaseModel):
    """Look of a recording's picture; what is left out is chosen for the recording."""

    model_config = ConfigDict(allow_inf_nan=False)

    channel: int = Field(0, description="counted from 0")
    method: Method = Field("linear", description="linear, log-mel, log or constant-q")
    window_type: WindowType = Field("hann", description="window function; for constant-q, of the filters")
    window: int | None = Field(None, description="window in samples, 64 to 16384; not for constant-q")
    overlap: float = Field(OVERLAP, description="minimum overlap of successive windows, 0 to 0.95")
    hop: int | None = Field(None, description="samples per column; instead of px_per_s")
    hop_s: float | None = Field(None, description="seconds per column; instead of px_per_s")
    px_per_s: float | None = Field(None, description="columns per second, 1 to 20000")
    low_hz: float | None = Field(None, description="lowest frequency shown in Hz")
    high_hz: float | None = Field(None, description="highest frequency shown in Hz")
    bins_per_octave: int | None = Field(None, description="for constant-q, instead of height: 1 to 96")
    floor_db: float | None = Field(None, description="level of black, with ceiling_db; else chosen for the recording")
    ceiling_db: float | None = Field(None, description="level of white")
    denoise: Denoise = Field("none", description="noise reduction: median per band, or PCEN")
    height: int = Field(512, description="pixels, 16 to 2048")
    tile_width: int = Field(WIDTH_PX, description="columns per tile, 16 to 4096")

    def to_request(self) -> SpectrogramRequest:
        """Name the parts as the service does."""
        return SpectrogramRequest(
            scale=AXES[self.method],
            window_samples=self.window,
            hop_samples=self.hop,
            height_px=self.height,
            tile_width_px=self.tile_width,
            **self.model_dump(exclude={"method", "window", "hop", "height", "tile_width", "v"}),
        )


class TileQuery(SpectrogramQuery):
    """The same, and a version."""

    v: str = Field("", description="params_hash: a URL with one can be cached indefinitely")


@router.get("")
def get_spectrogram(
    workspace: Opened,
    request: Request,
    recording_id: str,
    query: Annotated[SpectrogramQuery, Query()],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Say what a recording's picture shows, with the exact place of every tile in seconds and pixels."""
    found = recording_pictures.describe(workspace, recording_id=recording_id, request=query.to_request())
    asked = query.model_dump(include=set(SpectrogramQuery.model_fields), exclude_defaults=True)
    version = urlencode(asked | {"v": found.params_hash})
    about: dict[str, Any] = asdict(found)
    for tile in about["tiles"]:
        path = f"{base_of(request)}{request.url.path}/tiles/{tile['index']}"
        tile |= {"url": f"{path}.jpg?{version}", "png_url": f"{path}.png?{version}"}
    body = JSONResponse(about).body
    etag = f"{found.params_hash}-{recording_id}"
    return answer_cached(bytes(body), etag, media_type="application/json", named=False, asked=if_none_match)


@router.get("/tiles/{index}.{format}", response_class=Response, responses=describe("image/jpeg", "image/png"))
def get_tile(
    workspace: Opened,
    recording_id: str,
    index: int,
    format: Format,
    query: Annotated[TileQuery, Query()],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Send one tile as a grey JPEG, or as a PNG without loss; the query is that of the picture."""
    name, data = recording_pictures.get_tile(
        workspace, recording_id=recording_id, request=query.to_request(), index=index, format=format
    )
    named, media_type = query.v == name, MEDIA_TYPES[format]
    return answer_cached(data, f"{name}-{index}-{format}", media_type=media_type, named=named, asked=if_none_match)
