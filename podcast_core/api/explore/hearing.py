"""Sound and picture of one clip of a collection."""

import json
from dataclasses import asdict

from fastapi import APIRouter, Response

from podcast_core.api.dependencies import IfNoneMatch, Opened
from podcast_core.api.downloads import describe
from podcast_core.api.media import SOUND, Range, answer_audio, answer_cached
from podcast_core.services.explore import hearing

router = APIRouter(prefix="/api/v1/collections/{collection_id}/clips/{number}", tags=["explore"])


@router.get("/sound", response_class=Response, responses=SOUND)
def get_clip_sound(
    workspace: Opened, collection_id: str, number: int, if_none_match: IfNoneMatch = None, asked: Range = None
) -> Response:
    """Send what a clip sounds like as WAV, or a byte range of it; ultrasound comes ten times slower."""
    audio = hearing.get_sound(workspace, collection_id=collection_id, number=number)
    return answer_audio(audio, named=False, if_none_match=if_none_match, asked=asked)


@router.get("/picture", response_class=Response, responses=describe("image/jpeg"))
def get_clip_picture(workspace: Opened, collection_id: str, number: int, if_none_match: IfNoneMatch = None) -> Response:
    """Send a clip's spectrogram as a small grey JPEG; ``x-picture`` says what it shows, and where the clip is in it."""
    found = hearing.get_picture(workspace, collection_id=collection_id, number=number)
    about = asdict(found.file.info) | {"clip": asdict(found.clip)}
    headers = {"x-picture": json.dumps(about)}
    etag = f"{found.file.info.etag}-{collection_id}-{number}"
    data = found.file.data
    return answer_cached(data, etag, media_type="image/jpeg", named=False, asked=if_none_match, headers=headers)
