"""Files of spectrogram figures: Plotly's figure drawn by Matplotlib, which needs no browser (decision 44).

PNG, SVG and PDF carry the settings that a figure was made with, as JSON, where each has room for such: a text chunk of
PNG, the description in SVG's metadata, the subject of a PDF. `read_settings` reads them back.
"""

import io
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree  # nosec B405  # entities are refused

import numpy as np
import plotly.graph_objects as go
from PIL import Image

from podcast_core.domain.figure import FigureFormat
from podcast_core.errors import InvalidInput
from podcast_core.figures.spectrogram import PT_PER_PX, PX_PER_INCH

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Settings = Mapping[str, Any]

DESCRIPTION = "Description"  # the word of PNG's standard, and of Dublin Core
PROGRAM = "Pod.Cast"
LETTERS: dict[Any, Any] = {  # text stays text: it can be edited, searched and set in another font
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "font.family": "DejaVu Sans",
    "svg.hashsalt": PROGRAM,  # the same figure is the same file
}


def print_figure(figure: "go.Figure", kind: FigureFormat, dpi: int, settings: Settings) -> bytes:
    """Print a figure of `figures.spectrogram` as a file.

    Parameters
    ----------
    kind
        ``png``, ``svg`` or ``pdf``.
    dpi
        Of PNG, and of the pictures within the other two.
    settings
        What goes along, as JSON.

    Returns
    -------
    bytes
        The file. The same figure and settings give the same bytes.

    Raises
    ------
    InvalidInput
        When there is something in the figure that the printer does not know.
    """
    import matplotlib as mpl

    text = json.dumps(settings, ensure_ascii=True, sort_keys=True)
    metadata: dict[str, dict[str, Any]] = {
        "png": {"Software": PROGRAM, DESCRIPTION: text},
        "svg": {"Creator": PROGRAM, DESCRIPTION: text, "Date": None},
        "pdf": {"Creator": PROGRAM, "Subject": text, "CreationDate": None},
    }
    into = io.BytesIO()
    with mpl.rc_context(LETTERS):
        paint(figure, dpi).savefig(into, format=kind, dpi=dpi, metadata=metadata[kind], facecolor="auto")
    return into.getvalue()


def paint(figure: "go.Figure", dpi: int) -> "Figure":
    """Draw a Plotly figure of `figures.spectrogram` by Matplotlib, as it is; InvalidInput for anything unknown."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    layout = figure.layout
    # Matplotlib cuts pixels off, and rounding would lose one.
    width, height = ((round(each / PX_PER_INCH * dpi) + 1e-3) / dpi for each in (layout.width, layout.height))
    paper = Figure(figsize=(width, height), dpi=dpi, facecolor=layout.paper_bgcolor)
    FigureCanvasAgg(paper)
    place = _Place(figure)
    axes: dict[str, Axes] = {}
    for trace in figure.data:
        number = trace.xaxis.removeprefix("x")
        axes[number] = _set_axes(paper, figure, place, number)
        if trace.type == "heatmap":
            _paint_heatmap(paper, axes[number], trace, figure, place)
        elif trace.type == "scatter" and trace.fill == "toself":
            half = len(trace.x) // 2
            axes[number].fill_between(
                trace.x[:half], trace.y[:half], trace.y[half:][::-1], color=trace.fillcolor, lw=trace.line.width / 2
            )
        else:
            raise InvalidInput(f"Figures with {trace.type} cannot be printed.")
    _paint_boxes(figure, axes)
    _paint_texts(paper, figure, axes, place)
    return paper


class _Place:
    """Where things lie on the paper, from 0 to 1, lower left first."""

    def __init__(self, figure: "go.Figure") -> None:
        layout, margin = figure.layout, figure.layout.margin
        self.width, self.height = layout.width, layout.height
        self.left, self.right = margin.l / self.width, 1 - margin.r / self.width
        self.bottom, self.top = margin.b / self.height, 1 - margin.t / self.height

    def x(self, share: float) -> float:
        """Bring a share of the plot's width to one of the paper's."""
        return float(self.left + share * (self.right - self.left))

    def y(self, share: float) -> float:
        """Bring a share of the plot's height to one of the paper's."""
        return float(self.bottom + share * (self.top - self.bottom))

    def rect(self, across: tuple[float, float], up: tuple[float, float]) -> tuple[float, float, float, float]:
        """Give left, bottom, width and height of what has these shares of the plot."""
        left, bottom = self.x(across[0]), self.y(up[0])
        return left, bottom, self.x(across[1]) - left, self.y(up[1]) - bottom


def _set_axes(paper: "Figure", figure: "go.Figure", place: _Place, number: str) -> "Axes":
    x, y = figure.layout[f"xaxis{number}"], figure.layout[f"yaxis{number}"]
    font = figure.layout.font
    size = font.size * PT_PER_PX
    made = paper.add_axes(place.rect(x.domain, y.domain), facecolor=figure.layout.plot_bgcolor)
    is_log = y.type == "log"
    made.set_yscale("log" if is_log else "linear")
    made.set_xlim(*x.range)
    made.set_ylim(*(10.0**each for each in y.range) if is_log else y.range)
    made.set_xticks(x.tickvals, x.ticktext)
    made.set_yticks(y.tickvals, y.ticktext)
    made.yaxis.set_minor_locator(_no_ticks())
    made.tick_params(colors=font.color, labelsize=size, length=x.ticklen * PT_PER_PX, width=PT_PER_PX, pad=0.25 * size)
    for each in made.spines.values():
        each.set(color=font.color, linewidth=PT_PER_PX)
    made.set_xlabel(x.title.text or "", fontsize=size, color=font.color, labelpad=0.3 * size)
    if y.title.text:  # all titles in one line, however long the numbers are
        at = (-0.74 * figure.layout.margin.l / place.width) / made.get_position().width
        made.set_ylabel(y.title.text, fontsize=size, color=font.color)
        made.yaxis.set_label_coords(at, 0.5)
    return made


def _no_ticks() -> Any:
    from matplotlib.ticker import NullLocator

    return NullLocator()


def _paint_heatmap(paper: "Figure", axes: "Axes", trace: Any, figure: "go.Figure", place: _Place) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    x, y, z = (np.asarray(each) for each in (trace.x, trace.y, trace.z))
    colors = LinearSegmentedColormap.from_list("figure", [(at, _to_rgb(color)) for at, color in trace.colorscale])
    asked = {"cmap": colors, "vmin": trace.zmin, "vmax": trace.zmax}
    limits = axes.get_xlim(), axes.get_ylim()
    if axes.get_yscale() == "log":  # rows of equal height, since they are spread as the axis is
        made: Any = axes.pcolormesh(x, y, z, rasterized=True, **asked)
    else:
        made = axes.imshow(z, origin="lower", aspect="auto", extent=(x[0], x[-1], y[0], y[-1]), **asked)
    axes.set(xlim=limits[0], ylim=limits[1])
    if not trace.showscale:
        return
    bar, font = trace.colorbar, figure.layout.font
    left = place.x(bar.x)
    room = (left, place.y(0), bar.thickness / place.width, place.y(1) - place.y(0))
    drawn = paper.colorbar(made, cax=paper.add_axes(room))
    size = font.size * PT_PER_PX
    drawn.set_ticks(bar.tickvals)
    drawn.ax.tick_params(
        colors=font.color, labelsize=size, length=bar.ticklen * PT_PER_PX, width=PT_PER_PX, pad=0.25 * size
    )
    drawn.outline.set(color=font.color, linewidth=PT_PER_PX)
    drawn.set_label(bar.title.text, fontsize=size, color=font.color, labelpad=0.4 * size)


def _to_rgb(color: str) -> tuple[float, float, float]:
    from matplotlib.colors import to_rgb

    found = re.fullmatch(r"rgb\((\d+), ?(\d+), ?(\d+)\)", color)
    if found is None:
        return to_rgb(color)
    red, green, blue = (int(each) / 255 for each in found.groups())
    return red, green, blue


def _paint_boxes(figure: "go.Figure", axes: Mapping[str, "Axes"]) -> None:
    from matplotlib.patches import Rectangle

    for each in figure.layout.shapes:
        axes[each.xref.removeprefix("x")].add_patch(
            Rectangle(
                (each.x0, each.y0),
                each.x1 - each.x0,
                each.y1 - each.y0,
                fill=False,
                edgecolor=each.line.color,
                linewidth=each.line.width * PT_PER_PX,
            )
        )


def _paint_texts(paper: "Figure", figure: "go.Figure", axes: Mapping[str, "Axes"], place: _Place) -> None:
    for each in figure.layout.annotations:
        size = each.font.size * PT_PER_PX
        ground = {"boxstyle": "square,pad=0.12", "facecolor": each.bgcolor, "edgecolor": "none"}
        how: dict[str, Any] = {
            "fontsize": size,
            "color": each.font.color,
            "ha": each.xanchor,
            "va": each.yanchor,
            "bbox": ground if each.bgcolor else None,
            "parse_math": False,  # a label may have dollars in its name
        }
        # The ground of a tag begins where its box does.
        inset = 0.12 * size if each.bgcolor else 0.0
        shift = (-inset if each.xanchor == "right" else inset, -inset if each.yanchor == "top" else inset)
        if each.xref == "paper":
            at, coordinates, on = (place.x(each.x), place.y(each.y)), "figure fraction", next(iter(axes.values()))
        else:
            number = each.xref.removeprefix("x")
            is_log = figure.layout[f"yaxis{number}"].type == "log"
            at, coordinates, on = (each.x, 10.0**each.y if is_log else each.y), "data", axes[number]
        on.annotate(
            each.text, at, xytext=shift, xycoords=coordinates, textcoords="offset points", annotation_clip=False, **how
        )
    title = figure.layout.title
    if title.text:
        paper.text(
            title.x,
            title.y,
            title.text,
            fontsize=title.font.size * PT_PER_PX,
            color=title.font.color,
            ha="left",
            va="top",
            parse_math=False,
        )


def read_settings(data: bytes) -> dict[str, Any]:
    """Read back the settings that a PNG, SVG or PDF of `print_figure` was made with; InvalidInput where it has none."""
    if data.startswith(b"\x89PNG"):
        text = _read_png(data)
    elif data.startswith(b"%PDF"):
        text = _read_pdf(data)
    else:
        text = _read_svg(data)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    return check_settings(found)


def check_settings(found: Any) -> dict[str, Any]:
    """Take what was read as the settings of a figure; InvalidInput where it is none."""
    if not isinstance(found, dict) or found.get("program") != PROGRAM:
        raise InvalidInput("There are no settings of a Pod.Cast figure in this file.")
    return found


def _read_png(data: bytes) -> str:
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            return str(image.info.get(DESCRIPTION, ""))
    except (OSError, ValueError, Image.DecompressionBombError):
        return ""


def _read_svg(data: bytes) -> str:
    try:
        text = data.decode()  # as text, a declaration of another encoding, which could hide entities, has no effect
        if "<!ENTITY" in text or "\0" in text:  # but UTF-16 is seen without a declaration
            return ""
        root = ElementTree.fromstring(text)  # nosec B314  # without entities nothing can grow
    except (ElementTree.ParseError, ValueError):
        return ""
    return root.findtext(".//{http://purl.org/dc/elements/1.1/}description") or ""


def _read_pdf(data: bytes) -> str:
    """Read the subject of a PDF whose information is not compressed, as Matplotlib writes it (ISO 32000, 7.3.4.2)."""
    found = re.search(rb"/Subject \(((?:[^\\()]|\\.)*)\)", data, re.DOTALL)
    escaped = found[1].decode("latin-1") if found else ""
    return re.sub(r"\\(.)", lambda each: {"n": "\n", "r": "\r", "t": "\t"}.get(each[1], each[1]), escaped, flags=re.S)
