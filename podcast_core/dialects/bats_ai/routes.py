"""The spectrogram routes of bats_ai: whole and compressed, with the picture in the answer or as a URL.

======  ==========================================  ============================================================
method  route                                       answers
======  ==========================================  ============================================================
GET     /api/v1/recording/                          the recordings, with their numbers
GET     /api/v1/recording/ID/spectrogram            the picture, what it shows, and people's boxes
GET     /api/v1/recording/ID/spectrogram/compressed the same of the stretches with sound, side by side
GET     /api/v1/recording/ID/spectrogram/VIEW/N.jpg one tile of it
GET     /api/v1/species/                            the labels of all rounds
======  ==========================================  ============================================================

ID is our recording's id, or its number, counted from 1. Times are milliseconds from the recording's start, frequencies
hertz, widths pixels exactly as they are cut.
"""

import base64
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from podcast_core.api.dependencies import IfNoneMatch, Opened
from podcast_core.api.downloads import describe
from podcast_core.api.front.sub_paths import base_of
from podcast_core.api.media import answer_cached
from podcast_core.api.protocols import Cost, Protocol
from podcast_core.audio.pulses import Mode
from podcast_core.dialects.bats_ai import annotations
from podcast_core.dialects.bats_ai.annotations import PlacedAnnotation
from podcast_core.domain.recording import Recording
from podcast_core.services.pictures import stored_spectrograms
from podcast_core.services.pictures.stored_spectrograms import KeptPicture, View, Wanted
from podcast_core.workspace import Workspace

router = APIRouter(tags=["bats_ai"], prefix="/api/v1")
PROTOCOL = Protocol(
    router=router,
    costs={
        f"GET /api/v1/recording/{{recording_id}}/spectrogram{rest}": Cost.SHORT
        for rest in ("", "/compressed", "/{view}/{index}.jpg")
    },
    kept=frozenset({"GET /api/v1/recording/{recording_id}/spectrogram/{view}/{index}.jpg"}),
)


class PictureQuery(BaseModel):
    """Which picture of a recording, and how it is sent."""

    channel: int = Field(0, ge=0, description="counted from 0")
    band: Literal["200", "120"] = Field("200", description="upper end of the band in kHz; the lower end is 5 kHz")
    images: Literal["base64", "url"] = Field("base64", description="the picture in the answer, or its address")
    annotator: str = Field("", description="boxes of this person only")

    def to_wanted(self) -> Wanted:
        """Name the parts as the service does."""
        return Wanted(channel=self.channel, band_khz=int(self.band))


class CompressedQuery(PictureQuery):
    """Which compressed picture."""

    mode: Mode = Field("snr", description="what rises above its background, or the rule of the original")


@router.get("/recording/")
def list_recordings(workspace: Opened) -> list[dict[str, Any]]:
    """List the recordings in the order in which they were added."""
    kept = stored_spectrograms.list_kept(workspace)
    return [
        {
            "id": recording.id,
            "number": number,
            "name": recording.file_name,
            "recorded_date": None if recording.started_at is None else recording.started_at.isoformat(),
            "duration_s": recording.duration_s,
            "sample_rate": recording.sample_rate_hz,
            "channel_count": recording.channel_count,
            "site_name": recording.site,
            "hasSpectrogram": recording.sha256 in kept or stored_spectrograms.was_looked_at(workspace, recording),
        }
        for number, recording in stored_spectrograms.list_numbered(workspace)
    ]


@router.get("/species/")
def list_species(workspace: Opened) -> list[dict[str, Any]]:
    """List the labels of all rounds as species."""
    return [_write_species(label, number) for number, label in enumerate(annotations.list_labels(workspace), 1)]


@router.get("/recording/{recording_id}/spectrogram")
def get_spectrogram(
    workspace: Opened, request: Request, recording_id: str, query: Annotated[PictureQuery, Query()]
) -> dict[str, Any]:
    """Send a recording's spectrogram; it is computed, and cached, unless a job has stored it."""
    recording, picture = _get(workspace, recording_id, query)
    spans = {"start_time": 0, "end_time": 1000 * picture.duration_s}
    widths = [width for _, width in picture.tiles]
    base = base_of(request)
    return _write(workspace, recording, picture, query, base=base, view="tile", widths=widths, spans=spans)


@router.get("/recording/{recording_id}/spectrogram/compressed")
def get_compressed_spectrogram(
    workspace: Opened, request: Request, recording_id: str, query: Annotated[CompressedQuery, Query()]
) -> dict[str, Any]:
    """Send the stretches of a recording's spectrogram that hold sound, side by side."""
    recording, picture = _get(workspace, recording_id, query)
    starts, ends = picture.times_ms(query.mode)
    compressed = picture.compressed(query.mode)
    spans = {
        "start_time": 0,
        "end_time": 1000 * picture.duration_s,
        "start_times": starts,
        "end_times": ends,
        "widths": compressed.widths,
        "compressed_width": compressed.width_px,
        "compressedWidth": compressed.width_px,
        "mode": query.mode,
        "nothing_found": picture.nothing_found[query.mode],
    }
    widths = picture.compressed_tiles[query.mode]
    base = base_of(request)
    return _write(workspace, recording, picture, query, base=base, view=query.mode, widths=widths, spans=spans)


@router.get(
    "/recording/{recording_id}/spectrogram/{view}/{index}.jpg",
    response_class=Response,
    responses=describe("image/jpeg"),
)
def get_tile(
    workspace: Opened,
    recording_id: str,
    view: View,
    index: int,
    query: Annotated[PictureQuery, Query()],
    v: str = "",
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Send one tile of the whole picture (``tile``) or of a compressed one (``snr``, ``original``)."""
    _, picture = _get(workspace, recording_id, query)
    data = stored_spectrograms.read_tile(workspace, picture, view, index)
    etag = f"{picture.params_hash}-{view}-{index}"
    return answer_cached(data, etag, media_type="image/jpeg", named=v == picture.params_hash, asked=if_none_match)


def _get(workspace: Workspace, recording_id: str, query: PictureQuery) -> tuple[Recording, KeptPicture]:
    recording = stored_spectrograms.find_recording(workspace, name=recording_id)
    return recording, stored_spectrograms.look_at(workspace, recording=recording, wanted=query.to_wanted())


def _write(
    workspace: Workspace,
    recording: Recording,
    picture: KeptPicture,
    query: PictureQuery,
    *,
    base: str,
    view: View,
    widths: list[int],
    spans: dict[str, Any],
) -> dict[str, Any]:
    tiles, first = [], 0
    for index, width in enumerate(widths):
        tile: dict[str, Any] = {"x": first, "width": width, "height": picture.height_px}
        path = f"{base}/api/v1/recording/{picture.recording_id}/spectrogram/{view}/{index}.jpg"
        tile["url"] = f"{path}?channel={picture.channel}&band={picture.band_khz}&v={picture.params_hash}"
        if query.images == "base64":
            tile["base64"] = base64.b64encode(stored_spectrograms.read_tile(workspace, picture, view, index)).decode()
        tiles.append(tile)
        first += width
    boxes = annotations.list_annotations(
        workspace, recording=recording, channel=picture.channel, annotator=query.annotator
    )
    labels = annotations.list_labels(workspace)
    image = {"base64_spectrogram": tiles[0].pop("base64")} if query.images == "base64" else {"url": tiles[0]["url"]}
    return {
        **image,
        "spectroInfo": {
            "width": picture.width_px,
            "height": picture.height_px,
            "low_freq": picture.low_hz,
            "high_freq": picture.high_hz,
            **spans,
            "px_per_ms": picture.px_per_ms,
            "sample_rate": picture.sample_rate_hz,
            "n_fft": picture.window_samples,
            "hop": picture.hop_samples,
            "duration_s": picture.duration_s,
            "channel": picture.channel,
            "params_hash": picture.params_hash,
            "created_at": picture.created_at,
        },
        "tiles": tiles,
        "annotations": [_write_box(box, labels) for box in boxes],
        "species": [_write_species(label, number) for number, label in enumerate(labels, 1)],
    }


def _write_box(placed: PlacedAnnotation, labels: list[str]) -> dict[str, Any]:
    box = placed.annotation
    return {
        "id": placed.number,
        "start_time": 1000 * box.start_s,
        "end_time": 1000 * box.end_s,
        "low_freq": box.low_hz,
        "high_freq": box.high_hz,
        "species": [_write_species(box.label, labels.index(box.label) + 1 if box.label in labels else 0)],
        "comments": box.comment,
        "owner": placed.annotator,
    }


def _write_species(label: str, number: int) -> dict[str, Any]:
    """Write a label as a species; what only a taxonomy knows stays open."""
    unknown = dict.fromkeys(("family", "genus", "species", "species_code_6"))
    return {"species_code": label, **unknown, "common_name": label, "pk": number}
