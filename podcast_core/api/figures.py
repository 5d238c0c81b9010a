"""Spectrogram figures for papers as files: of sessions, recordings, and a round's examples."""

from dataclasses import fields, replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from podcast_core.api.dependencies import Opened
from podcast_core.api.downloads import describe
from podcast_core.domain.display import Denoise, WindowType
from podcast_core.domain.figure import MM_PER_INCH, Background, FigureFormat, FigureLook, FigureScale
from podcast_core.services.pictures import figures
from podcast_core.services.pictures.figures import DrawnFigure

router = APIRouter(tags=["figures"], prefix="/api/v1")

MEDIA_TYPES: dict[FigureFormat, str] = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "mp4": "video/mp4",
    "webm": "video/webm",
}
FILES = describe(*MEDIA_TYPES.values())
USUAL = FigureLook()


class LookQuery(BaseModel):
    """How a figure looks; what is left out is as the round has it, or chosen."""

    model_config = ConfigDict(allow_inf_nan=False)

    width_mm: float = Field(USUAL.width_mm, description="on paper")
    height_mm: float = Field(USUAL.height_mm, description="on paper")
    width_px: int | None = Field(None, description="instead of width_mm: pixels at dpi")
    height_px: int | None = Field(None, description="instead of height_mm")
    dpi: int = Field(USUAL.dpi, description="pixels per inch of PNG, of videos, and of pictures in SVG and PDF")
    font_pt: float = Field(USUAL.font_pt, description="size of the letters in points")
    scale: FigureScale | None = Field(None, description="frequency axis")
    window_samples: int | None = Field(None, description="a power of two, 64 to 16384; 0: automatic")
    window_type: WindowType | None = Field(None, description="window function")
    overlap: float | None = Field(None, description="minimum overlap of successive windows, 0 to 0.95")
    denoise: Denoise | None = Field(None, description="noise reduction: median per band, or PCEN")
    low_hz: float | None = Field(None, description="lowest frequency shown in Hz")
    high_hz: float | None = Field(None, description="highest frequency shown in Hz")
    floor_db: float | None = Field(None, description="lower end of the colour bar")
    ceiling_db: float | None = Field(None, description="upper end of the colour bar")
    color_map: str | None = Field(None, description="magma, viridis, inferno, cividis, turbo, grey or inverted grey")
    background: Background = Field(USUAL.background, description="of the paper")
    waveform: bool = Field(True, description="draw the waveform above")
    boxes: bool = Field(True, description="draw the boxes")
    labels: bool = Field(True, description="name the boxes")
    colorbar: bool = Field(True, description="draw the colour bar")
    from_zero: bool = Field(False, description="time counts from the left edge, not from the start of the session")
    title: str = Field("", description="above the figure")

    def to_look(self) -> FigureLook:
        """Check the look, see `domain.figure`."""
        names = {each.name for each in fields(FigureLook)}
        look = FigureLook(**self.model_dump(include=names))
        sizes: dict[str, Any] = {
            f"{side}_mm": px / look.dpi * MM_PER_INCH
            for side, px in (("width", self.width_px), ("height", self.height_px))
            if px is not None
        }
        return replace(look, **sizes)


class PartQuery(LookQuery):
    """The same, and which part is shown."""

    start_s: float | None = Field(None, description="a part only: its start in seconds of the session or recording")
    end_s: float | None = Field(None, description="its end")
    speed: float = Field(1.0, description="of a video: 0.05 to 2; frequencies are multiplied by it")


@router.get("/rounds/{round_id}/sessions/{session_id}/figure.{format}", response_class=Response, responses=FILES)
def draw_session_figure(
    workspace: Opened,
    round_id: str,
    session_id: str,
    format: FigureFormat,
    query: Annotated[PartQuery, Query()],
    annotator: Annotated[str | None, Query(description="who answers it, and sees no answers of others then")] = None,
) -> Response:
    """Send a figure of a session or a part of it, as a picture or as a video with sound; its settings are in it."""
    drawn = figures.draw_session(
        workspace,
        round_id=round_id,
        session_id=session_id,
        start_s=query.start_s,
        end_s=query.end_s,
        look=query.to_look(),
        seen_by=annotator,
    )
    return _answer(drawn, format, query.speed, session_id)


@router.get("/recordings/{recording_id}/figure.{format}", response_class=Response, responses=FILES)
def draw_recording_figure(
    workspace: Opened,
    recording_id: str,
    format: FigureFormat,
    query: Annotated[PartQuery, Query()],
    channel: Annotated[int, Query(description="counted from 0")] = 0,
) -> Response:
    """Send a figure of a recording or a part of it."""
    drawn = figures.draw_recording(
        workspace,
        recording_id=recording_id,
        channel=channel,
        start_s=query.start_s,
        end_s=query.end_s,
        look=query.to_look(),
    )
    return _answer(drawn, format, query.speed, recording_id)


@router.get("/rounds/{round_id}/figure.{format}", response_class=Response, responses=FILES)
def draw_examples_figure(
    workspace: Opened,
    round_id: str,
    format: FigureFormat,
    query: Annotated[LookQuery, Query()],
    label: Annotated[list[str] | None, Query(description="only these; may be given several times")] = None,
    per_label: Annotated[int, Query(description="pictures in a row")] = 4,
    margin_s: Annotated[float | None, Query(description="seconds around the longest call", allow_inf_nan=False)] = None,
) -> Response:
    """Send a grid of calls, a row for each label, all with the same scales."""
    drawn = figures.draw_examples(
        workspace, round_id=round_id, labels=label or (), per_label=per_label, margin_s=margin_s, look=query.to_look()
    )
    return _answer(drawn, format, 1.0, round_id)


def _answer(drawn: DrawnFigure, kind: FigureFormat, speed: float, name: str) -> Response:
    data = figures.write(drawn, kind, speed=speed)
    headers = {"cache-control": "private, no-cache", "content-disposition": f'inline; filename="{name}.{kind}"'}
    return Response(data, media_type=MEDIA_TYPES[kind], headers=headers)
