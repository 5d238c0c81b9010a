"""Videos of spectrogram figures: the printed figure, a line that moves over it, and its sound."""

import io
import json
import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from podcast_core.domain.figure import FigureFormat
from podcast_core.errors import InvalidInput
from podcast_core.figures.printing import check_settings, paint
from podcast_core.figures.spectrogram import PX_PER_INCH

FRAMES_PER_S = 25
MAX_SIDE_PX = 1_920  # chosen: full HD; what is printed may be larger
SOUND_HZ = 48_000  # what both formats have
LINE = (81, 90, 240)  # pure red as Y, U and V (Rec. 601)
# Codecs that every browser and slide program plays, with what makes a nearly still picture fast to encode.
VIDEO_CODECS: Mapping[str, tuple[str, dict[str, str]]] = {
    "mp4": ("libx264", {"preset": "veryfast", "crf": "18", "tune": "stillimage"}),
    "webm": ("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "crf": "24", "b": "0", "row-mt": "1"}),
}
SOUND_CODECS: Mapping[str, str] = {"mp4": "aac", "webm": "libopus"}
MARK = "Pod.Cast figure: "  # what the comment begins with


def film(
    figure: "go.Figure",
    kind: FigureFormat,
    *,
    dpi: int,
    samples: NDArray[np.int16],
    rate_hz: int,
    settings: Mapping[str, Any],
) -> Iterator[float | bytes]:
    """Film a figure of `figures.spectrogram` with one panel.

    Parameters
    ----------
    kind
        ``mp4`` (H.264 and AAC) or ``webm`` (VP9 and Opus).
    samples, rate_hz
        What is heard while the line goes from the left edge to the right one: shape (n,).
    settings
        What goes along, as JSON in the comment.

    Yields
    ------
    float or bytes
        How much is done, from 0 to 1; at last the file.

    Raises
    ------
    InvalidInput
        When the picture is too large for a video.
    """
    import av

    still, across_px, up_px = _paint_still(figure, dpi)
    count = max(1, math.ceil(len(samples) / rate_hz * FRAMES_PER_S))
    into = io.BytesIO()
    codec, options = VIDEO_CODECS[kind]
    with av.open(into, "w", format=kind) as container:
        container.metadata["comment"] = MARK + json.dumps(settings, ensure_ascii=True, sort_keys=True)
        picture: Any = container.add_stream(codec, rate=FRAMES_PER_S, options=options)
        picture.width, picture.height, picture.pix_fmt = still.shape[1], still.shape[0] * 2 // 3, "yuv420p"
        sound: Any = container.add_stream(SOUND_CODECS[kind], rate=SOUND_HZ, layout="mono")
        resampler = av.AudioResampler(sound.format, "mono", SOUND_HZ)
        for number in range(count):
            shown = still.copy()
            _draw_line(shown, across_px[0] + (across_px[1] - across_px[0]) * number / count, up_px)
            frame = av.VideoFrame.from_ndarray(shown, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, FRAMES_PER_S)
            container.mux(picture.encode(frame))
            first, last = (round(each * rate_hz / FRAMES_PER_S) for each in (number, number + 1))
            _send_sound(container, sound, resampler, samples[first:last], first, rate_hz)
            if number % FRAMES_PER_S == 0:
                yield number / count
        for stream in (picture, sound):
            container.mux(stream.encode())
    yield 1.0
    yield into.getvalue()


def _send_sound(container: Any, sound: Any, resampler: Any, block: NDArray[np.int16], at: int, rate_hz: int) -> None:
    """Encode the samples that belong to one frame of the picture."""
    import av

    if not len(block):
        return
    heard = av.AudioFrame.from_ndarray(np.ascontiguousarray(block[None]), format="s16", layout="mono")
    heard.sample_rate, heard.pts, heard.time_base = rate_hz, at, Fraction(1, rate_hz)
    for each in resampler.resample(heard):
        container.mux(sound.encode(each))


def _paint_still(figure: "go.Figure", dpi: int) -> tuple[NDArray[np.uint8], tuple[float, float], tuple[int, int]]:
    """Paint what does not move.

    Returns
    -------
    still : ndarray
        Shape (height * 3 / 2, width): the planes of YUV 4:2:0, as FFmpeg takes them.
    across_px, up_px : tuple
        Left and right edge of the plot, and its upper and lower one, in pixels from the upper left corner.
    """
    import av

    sides = [int(each / PX_PER_INCH * dpi) // 2 * 2 for each in (figure.layout.width, figure.layout.height)]
    if max(sides) > MAX_SIDE_PX:  # before it is painted
        raise InvalidInput(
            f"A video has up to {MAX_SIDE_PX:,} pixels a side; this figure has {sides[0]:,} x {sides[1]:,}. Take fewer "
            "dpi, or make it smaller."
        )
    paper = paint(figure, dpi)
    paper.canvas.draw()
    pixels = np.asarray(paper.canvas.buffer_rgba())[:, :, :3]  # type: ignore[attr-defined]  # Agg's canvas
    height, width = (each // 2 * 2 for each in pixels.shape[:2])  # colours are shared by two pixels and two lines
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels[:height, :width]), format="rgb24")
    places = [each.get_position() for each in paper.axes]
    whole = paper.get_figure().bbox
    left, right = places[0].x0 * whole.width, places[0].x1 * whole.width
    top = round((1 - max(each.y1 for each in places)) * whole.height)
    bottom = round((1 - min(each.y0 for each in places)) * whole.height)
    planes = np.asarray(frame.reformat(format="yuv420p").to_ndarray(), np.uint8)
    return planes, (left, right), (max(0, top), min(bottom, height))


def _draw_line(planes: NDArray[np.uint8], x_px: float, up_px: tuple[int, int]) -> None:
    """Draw the line into YUV 4:2:0 planes, two pixels wide, as wide as a colour is."""
    height, width = planes.shape[0] * 2 // 3, planes.shape[1]
    column = min(int(x_px / 2), width // 2 - 1)
    planes[up_px[0] : up_px[1], 2 * column : 2 * column + 2] = LINE[0]
    colors = planes[height:].reshape(2, height // 2, width // 2)
    for plane, value in zip(colors, LINE[1:], strict=True):
        plane[up_px[0] // 2 : up_px[1] // 2, column] = value


def read_settings(data: bytes) -> dict[str, Any]:
    """Read back the settings that a video was made with; InvalidInput where it has none.

    Both formats have their tags as plain text: nothing that somebody sends is given to FFmpeg.
    """
    _before, _mark, text = data.partition(MARK.encode())
    try:
        found, _end = json.JSONDecoder().raw_decode(text.decode("ascii", "replace"))
    except (ValueError, RecursionError):
        found = None
    return check_settings(found)
