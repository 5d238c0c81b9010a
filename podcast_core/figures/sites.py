"""Where sites are, as a Plotly picture that needs no map tiles: a plain net of degrees, true to scale in the middle."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from podcast_core.figures import AXIS_TEXT, FAINT, OUTCOME_COLORS, finish

MIN_DEG = 0.01  # about a kilometre: a single site has some room around it; chosen
MARGIN = 0.15  # of the extent, on each side
SMALLEST_PX, LARGEST_PX = 9, 34
HEIGHT_PX = 420


class PlacedSite(NamedTuple):
    """A site on the map: degrees (WGS 84), hours recorded, share of them answered (0 to 1), and what else is known."""

    name: str
    latitude_deg: float
    longitude_deg: float
    recorded_h: float
    share: float
    told: str = ""


def draw_sites(places: Sequence[PlacedSite]) -> "go.Figure":
    """Draw sites as circles whose area is what was recorded there, coloured by how much of it is answered.

    Parameters
    ----------
    places
        One at least.
    """
    most_h = max((each.recorded_h for each in places), default=0.0) or 1.0
    sizes = [SMALLEST_PX + (LARGEST_PX - SMALLEST_PX) * math.sqrt(each.recorded_h / most_h) for each in places]
    figure = go.Figure(
        go.Scatter(
            x=[each.longitude_deg for each in places],
            y=[each.latitude_deg for each in places],
            text=[each.name for each in places],
            customdata=[(each.recorded_h, each.told) for each in places],
            mode="markers+text",
            textposition="top center",
            textfont_color=AXIS_TEXT,
            marker={
                "size": sizes,
                "color": [each.share for each in places],
                "cmin": 0,
                "cmax": 1,
                "colorscale": [[0, "rgba(128, 128, 128, 0.35)"], [1, OUTCOME_COLORS["labelled"]]],
                "colorbar": {"title": {"text": "answered", "side": "right"}, "thickness": 12, "tickformat": ".0%"},
                "line": {"color": AXIS_TEXT, "width": 1},
            },
            hovertemplate="%{text}: %{y:.5f}°, %{x:.5f}°<br>%{customdata[0]:,.1f} h recorded, "
            "%{marker.color:.0%} answered%{customdata[1]}<extra></extra>",
        )
    )
    figure = finish(figure, "Where sites are", rows=1, x_title="Longitude (°)", y_title="Latitude (°)")
    norths, easts = [each.latitude_deg for each in places], [each.longitude_deg for each in places]
    middle_deg = sum(norths) / max(len(norths), 1)
    shrink = max(0.05, math.cos(math.radians(middle_deg)))  # a degree of longitude is shorter than one of latitude
    for axis, degrees in (("xaxis", easts), ("yaxis", norths)):
        extent = max(max(degrees) - min(degrees), MIN_DEG)
        centre = (max(degrees) + min(degrees)) / 2
        reach = extent * (0.5 + MARGIN)
        figure.update_layout(
            {axis: {"range": [centre - reach, centre + reach], "showgrid": True, "gridcolor": FAINT, "ticksuffix": "°"}}
        )
    figure.update_yaxes(scaleanchor="x", scaleratio=1 / shrink)
    return figure.update_layout(height=HEIGHT_PX)
