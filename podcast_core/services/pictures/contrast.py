"""Grey pictures as they are seen at first: whoever cannot colour them, as the editor does, shows them so."""

import io

import numpy as np
from PIL import Image, ImageDraw

from podcast_core.audio.spectrogram import encode_jpeg
from podcast_core.services.pictures.spectrograms import PictureFile


def apply_levels(picture: PictureFile) -> bytes:
    """Make black and white of a picture what should be black and white at first; a JPEG of the same size."""
    info = picture.info
    grey = np.asarray(Image.open(io.BytesIO(picture.data)).convert("L"), np.float32)
    decibels = info.grey_floor_db + grey / 255 * (info.grey_ceiling_db - info.grey_floor_db)
    share = (decibels - info.floor_db) / max(info.ceiling_db - info.floor_db, 1.0)
    return encode_jpeg((np.clip(share, 0, 1) * 255).astype(np.uint8))


def mark_box(picture: PictureFile, start_s: float, end_s: float, color: str) -> bytes:
    """Draw a frame around some of the seconds of a picture, as it is seen at first; a JPEG of the same size.

    Times count from the start of the session. The frame is of all frequencies, and at least a pixel wide.
    """
    image = Image.open(io.BytesIO(apply_levels(picture))).convert("RGB")
    info, last_x = picture.info, image.width - 1
    per_s = image.width / max(info.end_s - info.start_s, 1e-9)
    left, right = ((at_s - info.start_s) * per_s for at_s in (start_s, end_s))
    left = min(max(round(left), 0), last_x)
    ImageDraw.Draw(image).rectangle(
        (left, 0, min(max(round(right), left), last_x), image.height - 1), outline=color, width=2
    )
    file = io.BytesIO()
    image.save(file, "JPEG", quality=88)
    return file.getvalue()
