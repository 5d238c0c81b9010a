"""Grey pictures as they are seen at first: whoever cannot colour them, as the editor does, shows them so."""

import io

import numpy as np
from PIL import Image

from podcast_core.audio.spectrogram import encode_jpeg
from podcast_core.services.pictures.spectrograms import PictureFile


def apply_levels(picture: PictureFile) -> bytes:
    """Make black and white of a picture what should be black and white at first; a JPEG of the same size."""
    info = picture.info
    grey = np.asarray(Image.open(io.BytesIO(picture.data)).convert("L"), np.float32)
    decibels = info.grey_floor_db + grey / 255 * (info.grey_ceiling_db - info.grey_floor_db)
    share = (decibels - info.floor_db) / max(info.ceiling_db - info.floor_db, 1.0)
    return encode_jpeg((np.clip(share, 0, 1) * 255).astype(np.uint8))
