"""Small pictures of many boxes at once: one request instead of sixty."""

import json
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from podcast_core.api.dependencies import Opened
from podcast_core.api.downloads import describe
from podcast_core.services.pictures import thumbnails
from podcast_core.services.pictures.requests import SIZES_PX
from podcast_core.services.pictures.thumbnails import MAX_AT_ONCE, Look, Place
from podcast_core.wire.base import Body, Finite

router = APIRouter(tags=["media"])


class PlaceIn(Body):
    """Seconds of a session; they may reach beyond both of its ends."""

    session_id: str
    start_s: Finite
    end_s: Finite


class ThumbnailsIn(Body):
    """What is to be seen, and how: all with the same scales of time and frequency."""

    places: Annotated[list[PlaceIn], Field(min_length=1, max_length=MAX_AT_ONCE)]
    width: int = Field(
        200, ge=SIZES_PX["width"][0], le=800, description="pixels of a picture that shows all of its time"
    )
    height: int = Field(100, ge=SIZES_PX["height"][0], le=400)
    low_hz: Finite = Field(0.0, ge=0)
    high_hz: Finite | None = Field(None, gt=0, description="default: as far as the recording goes")


@router.post(
    "/api/v1/rounds/{round_id}/thumbnails",
    response_class=Response,
    responses=describe("application/octet-stream"),
)
def draw_thumbnails(workspace: Opened, round_id: str, body: ThumbnailsIn) -> Response:
    """Draw many small pictures: a line of JSON that says of each what it shows and its bytes, then these grey JPEGs."""
    look = Look(body.width, body.height, body.low_hz, body.high_hz)
    places = [Place(each.session_id, each.start_s, each.end_s) for each in body.places]
    found = thumbnails.draw_thumbnails(workspace, round_id=round_id, places=places, look=look)
    told = [
        {
            "size": len(each.picture.data) if each.picture else 0,
            "problem": each.problem,
            "info": (asdict(each.picture.info) if each.picture else {})
            | {"start_s": each.start_s, "end_s": each.end_s},
        }
        for each in found
    ]
    parts = [each.picture.data for each in found if each.picture]
    return Response(b"".join([json.dumps(told).encode(), b"\n", *parts]), media_type="application/octet-stream")
