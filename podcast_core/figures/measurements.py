"""Plotly pictures of what was measured of annotations: any two measurements against each other, or one by label."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from podcast_core.domain.measurement import MEASUREMENTS
from podcast_core.figures import finish

Points = Mapping[str, Sequence[Mapping[str, Any]]]
"""By label: what was measured of each annotation, and ``session``, where it is."""

POINT_PX, CLEAR = 6, 0.6  # size and opacity: many lie on each other
BINS = 40  # chosen: some hundred calls still fill them


def draw_scatter(points: Points, colors: Mapping[str, str], x: str, y: str) -> "go.Figure":
    """Draw a measurement against another one; annotations without either are left out.

    Parameters
    ----------
    points
        What was measured, by label.
    colors
        Of the labels, as ``#rrggbb``.
    x, y
        Names of measurements.
    """
    figure = go.Figure()
    for label, rows in points.items():
        known = [row for row in rows if x in row and y in row]
        figure.add_scattergl(
            name=label,
            x=[row[x] for row in known],
            y=[row[y] for row in known],
            customdata=[row["session"] for row in known],
            mode="markers",
            marker={"color": colors.get(label), "size": POINT_PX, "opacity": CLEAR},
            hovertemplate=f"{label}: %{{x:.4~g}}, %{{y:.4~g}}<br>%{{customdata}}<extra></extra>",
        )
    figure = finish(figure, f"{name_axis(y)} by {name_axis(x)}", rows=9, x_title=name_axis(x), y_title=name_axis(y))
    return figure.update_layout(showlegend=True)


def draw_histogram(points: Points, colors: Mapping[str, str], x: str) -> "go.Figure":
    """Draw how often which values of a measurement were found, by label; the labels lie on each other."""
    figure = go.Figure()
    for label, rows in points.items():
        figure.add_histogram(
            name=label,
            x=[row[x] for row in rows if x in row],
            nbinsx=BINS,
            bingroup="values",  # the same bins for all labels
            marker_color=colors.get(label),
            opacity=CLEAR,
            hovertemplate=f"{label}: %{{x}}: %{{y}}<extra></extra>",
        )
    figure = finish(figure, name_axis(x), rows=9, x_title=name_axis(x), y_title="Annotations")
    return figure.update_layout(barmode="overlay", showlegend=True)


def name_axis(name: str) -> str:
    """Name an axis by a measurement and its unit."""
    known = MEASUREMENTS[name]
    return f"{known.title} ({known.unit})"
