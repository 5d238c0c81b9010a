"""Figures for papers: how large a spectrogram is drawn, with what around it, and as what kind of file."""

import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from podcast_core.domain.checks import check_between, check_optional_text, check_order
from podcast_core.domain.display import COLOR_MAPS, LOUDEST_DB, MAX_HZ, Denoise, WindowType
from podcast_core.errors import InvalidInput

Background = Literal["white", "black"]
FigureScale = Literal["linear", "log"]
FigureFormat = Literal["png", "svg", "pdf", "mp4", "webm"]

BACKGROUNDS: tuple[Background, ...] = get_args(Background)
FIGURE_SCALES: tuple[FigureScale, ...] = get_args(FigureScale)
FIGURE_FORMATS: tuple[FigureFormat, ...] = get_args(FigureFormat)
MOVING: tuple[FigureFormat, ...] = ("mp4", "webm")

MM_PER_INCH = 25.4
MIN_MM, MAX_MM = 20.0, 1200.0  # a thumbnail to the long side of a poster (A0: 1,189 mm)
MIN_DPI, MAX_DPI = 50, 1200  # journals ask for 300 to 1,200
MAX_PX = 10_000  # of a side: a picture of 100 million pixels takes 400 MB while it is drawn
MIN_PT, MAX_PT = 4.0, 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureLook:
    """How a figure looks.

    Parameters
    ----------
    width_mm, height_mm
        Size of the figure on paper; two columns of a journal are about 180 mm wide, one 85 mm.
    dpi
        Pixels per inch of PNG files, of videos, and of the picture within SVG and PDF.
    font_pt
        Size of the letters, in points of 1/72 inch.
    scale
        Frequency axis; None: logarithmic where the round's is, else linear. A mel axis shows, but nothing can be read
        off it.
    window_samples, window_type, overlap, denoise
        How the spectrogram is computed, as for `Display`; None: as the round has it. 0 samples: chosen.
    low_hz, high_hz
        The band that is shown; None: as the round has it.
    floor_db, ceiling_db
        The ends of the colour bar; None: chosen by what is heard, as in the editor.
    color_map
        Its name, one of the editor's; None: as the round has it.
    background
        Of the paper; letters are black on white and white on black.
    waveform, boxes, labels, colorbar
        Whether each is drawn.
    from_zero
        Whether time counts from the left edge, not from the start of the session.
    title
        Above the figure; empty: none.
    """

    width_mm: float = 180.0
    height_mm: float = 90.0
    dpi: int = 300
    font_pt: float = 8.0
    scale: FigureScale | None = None
    window_samples: int | None = None
    window_type: WindowType | None = None
    overlap: float | None = None
    denoise: Denoise | None = None
    low_hz: float | None = None
    high_hz: float | None = None
    floor_db: float | None = None
    ceiling_db: float | None = None
    color_map: str | None = None
    background: Background = "white"
    waveform: bool = True
    boxes: bool = True
    labels: bool = True
    colorbar: bool = True
    from_zero: bool = False
    title: str = ""

    def __post_init__(self) -> None:
        check_between(self.width_mm, "A figure's width", MIN_MM, MAX_MM, " mm")
        check_between(self.height_mm, "A figure's height", MIN_MM, MAX_MM, " mm")
        check_between(self.dpi, "A figure's resolution", MIN_DPI, MAX_DPI, " dpi")
        check_between(self.font_pt, "The size of a figure's letters", MIN_PT, MAX_PT, " pt")
        check_between(self.low_hz, "The lowest frequency shown", 0, MAX_HZ, " Hz")
        check_between(self.high_hz, "The highest frequency shown", 0, MAX_HZ, " Hz")
        check_order(self.low_hz, self.high_hz, "The band shown", " Hz")
        check_between(self.floor_db, "The lower end of the colour bar", -LOUDEST_DB, LOUDEST_DB, " dB")
        check_between(self.ceiling_db, "The upper end of the colour bar", -LOUDEST_DB, LOUDEST_DB, " dB")
        check_order(self.floor_db, self.ceiling_db, "The colour bar", " dB")
        check_optional_text(self.title, "A figure's title", 200)
        for name, value, known in (
            ("scale", self.scale or FIGURE_SCALES[0], FIGURE_SCALES),
            ("background", self.background, BACKGROUNDS),
            ("color_map", self.color_map or COLOR_MAPS[0], COLOR_MAPS),
        ):
            if value not in known:
                raise InvalidInput(f"{name}: expected one of {', '.join(known)}, found {value[:80]!r}.")
        if max(self.size_px) > MAX_PX:
            raise InvalidInput(
                f"A figure has up to {MAX_PX:,} pixels a side; {self.width_mm:g} x {self.height_mm:g} mm at "
                f"{self.dpi} dpi has {self.size_px[0]:,} x {self.size_px[1]:,}. Make it smaller, or take fewer dpi."
            )

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return round(self.width_mm / MM_PER_INCH * self.dpi), round(self.height_mm / MM_PER_INCH * self.dpi)


def check_format(name: str) -> FigureFormat:
    """Take the name of a format; InvalidInput where it is none."""
    if name not in FIGURE_FORMATS:
        raise InvalidInput(f"Figures are written as {', '.join(FIGURE_FORMATS)}; found {name[:80]!r}.")
    return name


def read_look(fields: Mapping[str, Any]) -> FigureLook:
    """Make a look of fields by name, as JSON or as text ("180", "true"); InvalidInput where one cannot be."""
    kinds = get_type_hints(FigureLook)
    found: dict[str, Any] = {}
    for name, value in fields.items():
        if name not in kinds:
            raise InvalidInput(f"A figure's look has {', '.join(kinds)}; found {name[:80]!r}.")
        found[name] = _read(name, value, kinds[name])
    return FigureLook(**found)


def _read(name: str, value: Any, kind: Any) -> Any:
    """Read one field of a look."""
    choices = get_args(kind) if get_origin(kind) in (types.UnionType, Union) else (kind,)
    if value is None and type(None) in choices:
        return None
    plain = next(each for each in choices if each is not type(None))
    words = {"true": True, "false": False, "yes": True, "no": False}
    try:
        if plain is bool:
            return value if isinstance(value, bool) else words[str(value).lower()]
        return plain(value) if plain in (int, float) else str(value)
    except (KeyError, TypeError, ValueError):
        expected = {bool: "true or false", int: "a whole number", float: "a number"}[plain]
        raise InvalidInput(f"{name}: expected {expected}, found {str(value)[:80]!r}.") from None
