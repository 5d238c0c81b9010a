"""A Plotly picture of what differs between two answers: their boxes on the session's spectrogram."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from podcast_core.domain.annotation import Annotation
from podcast_core.domain.difference import BoxDifference, Change
from podcast_core.figures import AXIS_TEXT, TRANSPARENT, kilohertz_ticks

HEIGHT_PX = 420
MANY = 40  # boxes that changed: from here on their names would lie on one another, and only the pointer tells them


@dataclass(frozen=True, slots=True)
class Style:
    """How boxes of one kind are drawn. Colours are Okabe & Ito's; dashes and patterns tell the same."""

    name: str
    color: str
    dash: str
    width: float
    pattern: str = ""
    mark: str = ""


STYLES = {
    Change.SAME: Style("Unchanged", "#bbbbbb", "solid", 1),
    Change.NOTED: Style("Only notes changed", "#cc79a7", "solid", 2, mark="✎ "),
    Change.MOVED: Style("Moved, as it is after", "#f0e442", "solid", 2.5, mark="↔ "),
    Change.RELABELLED: Style("Another label", "#e69f00", "dashdot", 2.5, ".", "→ "),
    Change.ADDED: Style("Added", "#56b4e9", "solid", 3, "+", "+ "),
    Change.REMOVED: Style("Removed", "#ff6f3c", "dash", 2.5, "x", "− "),
}
GHOST = Style("Moved, as it was before", "#f0e442", "dot", 1.5)


def draw_differences(
    boxes: Sequence[BoxDifference], picture: bytes, *, duration_s: float, low_hz: float, high_hz: float
) -> "go.Figure":
    """Draw boxes on a spectrogram; each kind can be switched off in the legend.

    Parameters
    ----------
    boxes
        With times from the start of the session.
    picture
        The spectrogram with a linear axis, from 0 to ``duration_s`` and ``low_hz`` to ``high_hz``, as JPEG.
    """
    figure = go.Figure()
    changed = [each for each in boxes if each.change is not Change.SAME]
    band = (low_hz, high_hz)
    moved = [each.before for each in boxes if each.is_moved and each.before is not None]
    for change, style in STYLES.items():
        found = [each for each in boxes if each.change is change]
        if found:
            _add_boxes(figure, style, [each.box for each in found], band, list(map(describe, found)))
    _add_boxes(figure, GHOST, moved, band, [f"{each.label}, before it was moved" for each in moved])
    if len(changed) <= MANY:
        for each in changed:
            _name(figure, each, band)
    figure.add_layout_image(
        source=f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}",
        **{"xref": "x", "yref": "y", "x": 0, "y": high_hz, "sizex": duration_s, "sizey": high_hz - low_hz},
        sizing="stretch",
        layer="below",
    )
    ticks_hz = kilohertz_ticks(low_hz, high_hz)
    figure.update_xaxes(range=[0, duration_s], title_text="Time in session (s)", showgrid=False, zeroline=False)
    figure.update_yaxes(
        range=[low_hz, high_hz],
        title_text="Frequency (kHz)",
        tickvals=ticks_hz,
        ticktext=[f"{tick / 1000:g}" for tick in ticks_hz],
        **{"showgrid": False, "zeroline": False, "fixedrange": True},
    )
    return figure.update_layout(
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "itemsizing": "constant", "title": None},
        showlegend=True,
        paper_bgcolor=TRANSPARENT,
        plot_bgcolor="#000000",
        font_color=AXIS_TEXT,
        dragmode="zoom",
        hovermode="closest",
        height=HEIGHT_PX,
        margin={"l": 8, "r": 12, "t": 8, "b": 44},
    )


def describe(each: BoxDifference) -> str:
    """Say in words what became of a box; times count as those of the box do."""
    before, after, change = each.before, each.after, each.change
    label = each.box.label if before is None or after is None else f"{before.label} → {after.label}"
    label = each.box.label if change is not Change.RELABELLED else label
    words = change.value if not (each.is_moved and change is Change.RELABELLED) else "relabelled and moved"
    return f"{label}: {words}, {each.box.start_s:.3f} to {each.box.end_s:.3f} s"


def _add_boxes(
    figure: "go.Figure", style: Style, boxes: Sequence[Annotation], band: tuple[float, float], told: Sequence[str]
) -> None:
    """Add the outlines of boxes as one line with gaps, and a point in the middle of each that tells what it is."""
    if not boxes:
        return
    x: list[float | None] = []
    y: list[float | None] = []
    for box in boxes:
        low_hz, high_hz = _find_band(box, band)
        x += [box.start_s, box.end_s, box.end_s, box.start_s, box.start_s, None]
        y += [low_hz, low_hz, high_hz, high_hz, low_hz, None]
    pattern = {"shape": style.pattern, "fgcolor": style.color, "bgcolor": TRANSPARENT, "size": 9, "solidity": 0.12}
    figure.add_scatter(
        name=f"{style.name} ({len(boxes):,})",
        x=x,
        y=y,
        mode="lines",
        line={"color": style.color, "dash": style.dash, "width": style.width},
        fill="toself" if style.pattern else "none",
        fillcolor=TRANSPARENT,
        fillpattern=pattern if style.pattern else None,
        hoverinfo="skip",
        legendgroup=style.name,
    )
    figure.add_scatter(
        x=[(box.start_s + box.end_s) / 2 for box in boxes],
        y=[sum(_find_band(box, band)) / 2 for box in boxes],
        mode="markers",
        marker={"size": 18, "color": style.color, "opacity": 0},
        hovertext=list(told),
        hovertemplate="%{hovertext}<extra></extra>",
        legendgroup=style.name,
        showlegend=False,
    )


def _name(figure: "go.Figure", each: BoxDifference, band: tuple[float, float]) -> None:
    style = STYLES[each.change]
    name = f"{style.mark}{each.box.label}"
    if each.change is Change.RELABELLED and each.before is not None:
        name = f"{each.before.label} → {each.box.label}"
    figure.add_annotation(
        **{"x": each.box.start_s, "y": _find_band(each.box, band)[1], "xanchor": "left", "yanchor": "top"},
        text=name,
        showarrow=False,
        font={"color": style.color, "size": 12},
        bgcolor="rgba(0, 0, 0, 0.65)",
    )


def _find_band(box: Annotation, band: tuple[float, float]) -> tuple[float, float]:
    """Find between which frequencies a box is drawn; one without a band is as high as the picture."""
    low_hz = band[0] if box.low_hz is None else min(max(box.low_hz, band[0]), band[1])
    high_hz = band[1] if box.high_hz is None else max(min(box.high_hz, band[1]), band[0])
    return low_hz, high_hz
