"""Spectrograms as Plotly figures for papers: pictures with axes, colour bar, boxes and labels, waveforms above.

`podcast_core.figures.printing` makes files of what is drawn here, so a figure uses only what that one knows: heat
maps, lines that are filled, rectangles, texts, and axes whose ticks are listed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.colors import get_colorscale

from podcast_core.domain.box import Box
from podcast_core.domain.figure import MM_PER_INCH, FigureLook
from podcast_core.figures import list_ticks

PX_PER_INCH = 96  # of CSS: Plotly's sizes are in these, whatever the resolution of a file
PT_PER_PX = 72 / PX_PER_INCH
FAMILY = "DejaVu Sans, Verdana, Arial, sans-serif"  # the first is what files are printed with
KILOHERTZ_FROM_HZ = 2_000  # below, ticks in kilohertz would be fractions
# In heights of a letter; by looking.
LEFT, RIGHT, BOTTOM, TOP, GAP = 4.6, 1.0, 3.6, 0.7, 0.6
BAR_ROOM, BAR_WIDTH, NAME_ROOM, TITLE_ROOM = 5.6, 0.9, 1.7, 1.9
WAVEFORM_SHARE = 0.2  # of a panel's height
MIN_WAVEFORM_HEIGHT = 3.6  # of its height, to have room for three numbers
LETTER = 0.62  # width of a letter over its height, in the mean
LUMINANCE = (0.2126, 0.7152, 0.0722)  # of red, green and blue (Rec. 709)
MIDDLE_GREY = 0.45  # chosen: letters on a lighter colour are black, on a darker one white


@dataclass(frozen=True, slots=True)
class DrawnBox(Box):
    """A box of a panel, in the panel's own seconds; ``text`` stands at it, and its colour is ``#rrggbb``."""

    text: str
    color: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One picture of a figure.

    Parameters
    ----------
    start_s, end_s
        What its time axis shows; the picture fills it.
    decibels
        Shape (width, height), lowest frequency first.
    row_edges_hz
        Frequencies between which the rows lie: shape (height + 1,).
    peaks
        Lowest and highest sample of each column of the waveform, shape (n, 2), full scale is 1; None: no waveform.
    name
        Above it; empty: nothing.
    """

    start_s: float
    end_s: float
    decibels: NDArray[Any]
    row_edges_hz: NDArray[Any]
    peaks: NDArray[Any] | None = None
    boxes: tuple[DrawnBox, ...] = ()
    name: str = ""

    @property
    def low_hz(self) -> float:
        """The lower edge of the picture."""
        return float(self.row_edges_hz[0])

    @property
    def high_hz(self) -> float:
        """The upper edge of the picture."""
        return float(self.row_edges_hz[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """What a figure's axes count in.

    ``shift_db`` is added to decibels, and ``amplitude`` to the waveform as a factor: what brings full scale to a
    sound pressure where a recorder is calibrated.
    """

    decibels: str = "dBFS"
    shift_db: float = 0.0
    amplitude: str = "FS"
    factor: float = 1.0
    time: str = "Time (s)"


def draw_spectrograms(
    panels: Sequence[Panel | None],
    look: FigureLook,
    *,
    levels_db: tuple[float, float],
    color_map: str,
    units: Units | None = None,
    columns: int = 1,
) -> "go.Figure":
    """Draw spectrograms side by side, row by row, all with the same colours.

    Parameters
    ----------
    panels
        One at least; None leaves a place free.
    look
        Size, letters, and what is drawn.
    levels_db
        The ends of the colour bar, before ``units.shift_db``.
    color_map
        Name of the colours, one of the editor's.
    columns
        Panels in a row.

    Returns
    -------
    go.Figure
        Of ``look``'s size at 96 pixels an inch.
    """
    return _Drawing(panels, look, levels_db, color_map, units or Units(), columns).draw()


class _Drawing:
    """A figure while it is drawn. Lengths on paper are in pixels of 1/96 inch."""

    def __init__(
        self,
        panels: Sequence[Panel | None],
        look: FigureLook,
        levels_db: tuple[float, float],
        color_map: str,
        units: Units,
        columns: int,
        *,
        has_legend: bool = False,
    ) -> None:
        self.asked, self.has_legend = (panels, look, levels_db, color_map, units, columns), has_legend
        self.panels, self.look, self.levels_db, self.color_map, self.units = panels, look, levels_db, color_map, units
        self.columns, self.rows = columns, math.ceil(len(panels) / columns)
        self.letter_px = look.font_pt / PT_PER_PX
        self.width_px, self.height_px = (each / MM_PER_INCH * PX_PER_INCH for each in (look.width_mm, look.height_mm))
        names_room = NAME_ROOM if any(each and each.name for each in panels) else 0.0
        left, right, bottom = LEFT, RIGHT + (BAR_ROOM if look.colorbar else 0), BOTTOM
        top = TOP + (TITLE_ROOM if look.title else 0) + (NAME_ROOM if has_legend and not look.title else 0)
        self.margin = {"l": left, "r": right, "t": top, "b": bottom}
        self.margin = {side: each * self.letter_px for side, each in self.margin.items()}
        self.plot_px = (
            max(1.0, self.width_px - self.margin["l"] - self.margin["r"]),
            max(1.0, self.height_px - self.margin["t"] - self.margin["b"]),
        )
        self.names_px = names_room * self.letter_px
        heard = [each.peaks for each in panels if each is not None and each.peaks is not None]
        self.loudest = max((float(np.abs(each).max()) for each in heard), default=0.0) or 1.0
        self.ink = "#000000" if look.background == "white" else "#ffffff"
        self.figure = go.Figure()
        self.texts: list[dict[str, Any]] = []
        self.shapes: list[dict[str, Any]] = []
        self.axes: dict[str, Any] = {}
        self.left_out: dict[str, str] = {}

    def draw(self) -> "go.Figure":
        """Draw all of it."""
        for number, panel in enumerate(self.panels):
            if panel is not None:
                self._draw_panel(number, panel)
        if self.left_out and not self.has_legend:
            return _Drawing(*self.asked, has_legend=True).draw()
        if self.left_out:
            self._draw_legend()
        paper = self.look.background
        self.figure.update_layout(
            template="none",
            width=self.width_px,
            height=self.height_px,
            margin={**self.margin, "pad": 0, "autoexpand": False},
            paper_bgcolor=paper,
            plot_bgcolor=paper,
            font={"size": self.letter_px, "color": self.ink, "family": FAMILY},
            showlegend=False,
            annotations=self.texts,
            shapes=self.shapes,
            title={
                "text": self.look.title,
                "font": {"size": self.letter_px * 1.15, "color": self.ink},
                "x": self.margin["l"] / self.width_px,
                "xanchor": "left",
                "y": 1 - 0.5 * self.letter_px / self.height_px,
                "yanchor": "top",
            },
            **self.axes,
        )
        return self.figure

    def _draw_panel(self, number: int, panel: Panel) -> None:
        row, column = divmod(number, self.columns)
        across, up = self._find_place(row, column)
        below = self.panels[number + self.columns : number + self.columns + 1]
        is_lowest, is_leftmost = not any(below), column == 0
        picture = number * 2 + 1
        with_wave = self.look.waveform and panel.peaks is not None
        top = up[1] - (WAVEFORM_SHARE * (up[1] - up[0]) if with_wave else 0)
        gap = GAP * self.letter_px / self.plot_px[1] if with_wave else 0.0
        self._set_x(picture, panel, across, is_named=is_lowest)
        self._set_hertz(picture, panel, (up[0], top - gap), is_named=is_leftmost)
        self._add_picture(picture, panel, has_bar=number == 0)
        if with_wave:
            self._set_x(picture + 1, panel, across, is_named=False)
            self._add_wave(picture + 1, panel, (top, up[1]), is_named=is_leftmost)
        if panel.name:
            self.texts.append(self._text(panel.name, "paper", across[0], "paper", up[1], yanchor="bottom", borderpad=1))
        if self.look.boxes:
            self._add_boxes(picture, panel, (up[0], top - gap), across)

    def _find_place(self, row: int, column: int) -> tuple[tuple[float, float], tuple[float, float]]:
        """Find where a panel lies, from 0 to 1 of the plot, without its name."""
        gap_x, gap_y = (GAP * 1.5 * self.letter_px / each for each in self.plot_px)
        name = self.names_px / self.plot_px[1]
        width = (1 - (self.columns - 1) * gap_x) / self.columns
        height = (1 - (self.rows - 1) * gap_y) / self.rows - name
        left = column * (width + gap_x)
        bottom = (self.rows - 1 - row) * (height + name + gap_y)
        return (left, min(1.0, left + width)), (bottom, min(1.0, bottom + height))

    def _axis(self, domain: tuple[float, float], ticks: Sequence[float], texts: Sequence[str]) -> dict[str, Any]:
        return {
            "domain": list(domain),
            "tickmode": "array",
            "tickvals": list(ticks),
            "ticktext": list(texts),
            "ticks": "outside",
            "ticklen": self.letter_px * 0.35,
            "tickcolor": self.ink,
            "showgrid": False,
            "zeroline": False,
            "showline": True,
            "mirror": True,
            "linecolor": self.ink,
            "automargin": False,
            "title": {"standoff": self.letter_px * 0.4},
        }

    def _set_x(self, number: int, panel: Panel, across: tuple[float, float], *, is_named: bool) -> None:
        width_px = (across[1] - across[0]) * self.plot_px[0]
        most = max(2, min(9, int(width_px / (self.letter_px * 5))))
        ticks = list_ticks(panel.start_s, panel.end_s, most)
        texts = [f"{each:g}" if is_named else "" for each in ticks]
        axis = self._axis(across, ticks, texts) | {"range": [panel.start_s, panel.end_s], "anchor": f"y{number}"}
        axis["title"] |= {"text": self.units.time if is_named else ""}
        self.axes[f"xaxis{number}"] = axis

    def _set_hertz(self, number: int, panel: Panel, up: tuple[float, float], *, is_named: bool) -> None:
        low_hz, high_hz = panel.low_hz, panel.high_hz
        unit, name = (1000, "kHz") if high_hz >= KILOHERTZ_FROM_HZ else (1, "Hz")
        height_px = (up[1] - up[0]) * self.plot_px[1]
        most = max(2, min(9, int(height_px / (self.letter_px * 1.8))))
        is_log = self.look.scale == "log"
        ticks = _list_octaves(low_hz, high_hz, most) if is_log else list_ticks(low_hz, high_hz, most)
        axis = self._axis(up, ticks, [f"{each / unit:g}" if is_named else "" for each in ticks])
        edges = [math.log10(low_hz), math.log10(high_hz)] if is_log else [low_hz, high_hz]
        axis |= {"range": edges, "type": "log" if is_log else "linear", "anchor": f"x{number}"}
        long = f"Frequency ({name})"
        fits = len(long) * LETTER * self.letter_px < height_px
        axis["title"] |= {"text": (long if fits else name) if is_named else ""}
        self.axes[f"yaxis{number}"] = axis

    def _add_picture(self, number: int, panel: Panel, *, has_bar: bool) -> None:
        width, height = panel.decibels.shape
        shift = self.units.shift_db
        low, high = (each + shift for each in self.levels_db)
        bar = {
            "x": 1 + 0.8 * self.letter_px / self.plot_px[0],
            "xanchor": "left",
            "xpad": 0,
            "y": 0.5,
            "yanchor": "middle",
            "ypad": 0,
            "len": 1.0,
            "thickness": BAR_WIDTH * self.letter_px,
            "title": {"text": self.units.decibels, "side": "right"},
            "tickmode": "array",
            "tickvals": list_ticks(low, high, 6),
            "ticks": "outside",
            "ticklen": self.letter_px * 0.3,
            "tickcolor": self.ink,
            "outlinewidth": 1,
            "outlinecolor": self.ink,
        }
        self.figure.add_heatmap(
            x=np.linspace(panel.start_s, panel.end_s, width + 1),
            y=np.asarray(panel.row_edges_hz, float),
            z=(panel.decibels.T + np.float32(shift)).astype(np.float32),
            zmin=low,
            zmax=high,
            zsmooth=False,
            colorscale=make_colorscale(self.color_map),
            showscale=has_bar and self.look.colorbar,
            colorbar=bar,
            xaxis=f"x{number}",
            yaxis=f"y{number}",
            hovertemplate="%{x:.4f} s<br>%{y:.0f} Hz<br>%{z:.1f} dB<extra></extra>",
        )

    def _add_wave(self, number: int, panel: Panel, up: tuple[float, float], *, is_named: bool) -> None:
        assert panel.peaks is not None
        peaks = np.asarray(panel.peaks, float) * self.units.factor
        at = np.linspace(panel.start_s, panel.end_s, len(peaks) + 1)
        middles = (at[:-1] + at[1:]) / 2
        loudest = self.loudest * self.units.factor
        is_named = is_named and (up[1] - up[0]) * self.plot_px[1] > MIN_WAVEFORM_HEIGHT * self.letter_px
        tick = _round_down(loudest)
        axis = self._axis(up, [-tick, 0.0, tick], [f"−{tick:g}", "0", f"{tick:g}"] if is_named else [""] * 3)
        axis |= {"range": [-1.1 * loudest, 1.1 * loudest], "anchor": f"x{number}"}
        axis["title"] |= {"text": self.units.amplitude if is_named else ""}
        self.axes[f"yaxis{number}"] = axis
        self.figure.add_scatter(
            x=np.concatenate([middles, middles[::-1]]),
            y=np.concatenate([peaks[:, 1], peaks[::-1, 0]]),
            mode="lines",
            line={"width": 0.5, "color": self.ink},
            fill="toself",
            fillcolor=self.ink,
            hoverinfo="skip",
            xaxis=f"x{number}",
            yaxis=f"y{number}",
        )

    def _add_boxes(self, number: int, panel: Panel, up: tuple[float, float], across: tuple[float, float]) -> None:
        """Draw the boxes that lie in a panel; a name that would lie on another one goes into the legend."""
        size_px = ((across[1] - across[0]) * self.plot_px[0], (up[1] - up[0]) * self.plot_px[1])
        taken: list[tuple[float, float, float, float]] = []
        for box in sorted(panel.boxes, key=lambda each: each.start_s):
            start_s, end_s = max(box.start_s, panel.start_s), min(box.end_s, panel.end_s)
            low_hz = max(panel.low_hz if box.low_hz is None else box.low_hz, panel.low_hz)
            high_hz = min(panel.high_hz if box.high_hz is None else box.high_hz, panel.high_hz)
            if start_s >= end_s or low_hz >= high_hz:
                continue
            self.shapes.append(
                {
                    "type": "rect",
                    "xref": f"x{number}",
                    "yref": f"y{number}",
                    "x0": start_s,
                    "x1": end_s,
                    "y0": low_hz,
                    "y1": high_hz,
                    "line": {"color": box.color, "width": max(1.0, self.letter_px / 8)},
                }
            )
            if not (self.look.labels and box.text):
                continue
            x_px = (start_s - panel.start_s) / (panel.end_s - panel.start_s) * size_px[0]
            y_px = self._find_height(panel, high_hz) * size_px[1]
            wide, high = (len(box.text) * LETTER + 0.4) * self.letter_px * 0.9, 1.35 * self.letter_px
            is_inside = y_px + high > size_px[1]
            bottom = y_px - high if is_inside else y_px
            place = (x_px, x_px + wide, bottom, bottom + high)
            if place[1] > size_px[0] or any(_overlap(place, other) for other in taken):
                self.left_out[box.text] = box.color
                continue
            taken.append(place)
            y = math.log10(high_hz) if self.look.scale == "log" else high_hz
            tag = self._text(box.text, f"x{number}", start_s, f"y{number}", y, color=box.color)
            self.texts.append(tag | {"yanchor": "top" if is_inside else "bottom"})

    def _find_height(self, panel: Panel, hz: float) -> float:
        """Find how high a frequency lies in a panel, from 0 to 1."""
        low, high = panel.low_hz, panel.high_hz
        if self.look.scale == "log":
            return math.log(hz / low) / math.log(high / low)
        return (hz - low) / (high - low)

    def _draw_legend(self) -> None:
        """Name the colours of boxes whose names had no room, above the plot from the right."""
        x = 1.0
        for name, color in sorted(self.left_out.items(), reverse=True):
            tag = self._text(name, "paper", x, "paper", 1.0, color=color)
            self.texts.append(tag | {"xanchor": "right", "yanchor": "bottom"})
            x -= (len(name) * LETTER + 1.0) * self.letter_px * 0.9 / self.plot_px[0]

    def _text(
        self, text: str, xref: str, x: float, yref: str, y: float, *, color: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """Write a text with its lower left corner at a place; with a colour, as a tag of that colour."""
        ink = self.ink if color is None else _choose_ink(color)
        return {
            "text": text,
            "xref": xref,
            "x": x,
            "yref": yref,
            "y": y,
            "xanchor": "left",
            "showarrow": False,
            "font": {"size": self.letter_px * (1.0 if color is None else 0.9), "color": ink},
            "borderpad": 1,
            **({} if color is None else {"bgcolor": color}),
            **more,
        }


def make_colorscale(name: str) -> list[tuple[float, str]]:
    """Give the colours of one of the editor's colour maps from 0 to 1, as Plotly takes them."""
    ends = {"grey": ["#000000", "#ffffff"], "inverted grey": ["#ffffff", "#000000"]}
    colors = list(enumerate(ends[name])) if name in ends else get_colorscale(name)
    # Not as hexadecimal numbers: Streamlit takes #000004, magma's darkest, for a colour of its themes.
    return [(float(at), _write_rgb(color)) for at, color in colors]


def _list_octaves(low_hz: float, high_hz: float, most: int) -> list[float]:
    """List the frequencies of a logarithmic axis that get a tick: 1, 2 and 5 times a power of ten, or fewer."""
    for factors in ((1, 2, 5), (1,)):
        found = [
            factor * 10.0**power
            for power in range(math.floor(math.log10(low_hz)), math.ceil(math.log10(high_hz)) + 1)
            for factor in factors
            if low_hz <= factor * 10.0**power <= high_hz
        ]
        if len(found) <= most:
            break
    return found


def _round_down(value: float) -> float:
    """Give the largest of 1, 2 and 5 times a power of ten that is no more than a number above 0."""
    power = 10.0 ** math.floor(math.log10(value))
    return max(factor * power for factor in (1, 2, 5) if factor * power <= value * (1 + 1e-9))


def _overlap(one: tuple[float, float, float, float], two: tuple[float, float, float, float]) -> bool:
    return one[0] < two[1] and two[0] < one[1] and one[2] < two[3] and two[2] < one[3]


def _write_rgb(color: str) -> str:
    return "rgb({}, {}, {})".format(*_read_hex(color)) if color.startswith("#") else color


def _read_hex(color: str) -> list[int]:
    return [int(color[at : at + 2], 16) for at in (1, 3, 5)]


def _choose_ink(color: str) -> str:
    luminance = sum(share * part / 255 for share, part in zip(LUMINANCE, _read_hex(color), strict=True))
    return "#000000" if luminance > MIDDLE_GREY else "#ffffff"
