"""Plotly pictures of verified samples: how often predictions are right by their score, and one prediction to judge."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from podcast_core.domain.box import Box
from podcast_core.figures import finish, spectrogram_axes
from podcast_core.figures.models import COLORS
from podcast_core.ml.measuring.intervals import Estimate
from podcast_core.ml.measuring.score_regression import Curve

BAND = "rgba(0, 114, 178, 0.18)"  # of the first colour
BOX = "#ffffff"
CLIP_HEIGHT_PX = 300


@dataclass(frozen=True, slots=True)
class Point:
    """A band of scores with the share of right ones among those that were judged."""

    low: float
    high: float
    judged: int
    precision: Estimate


def draw_precision(label: str, points: Sequence[Point], curve: Curve | None, threshold: Estimate | None) -> "go.Figure":
    """Draw how often predictions of a label are right by their score.

    Points are bands of scores with their 95 % interval; the line is the regression, with its interval as a band. The
    dashed line is the share of right ones among all predictions from a score on.
    """
    figure = go.Figure()
    if curve is not None:
        figure.add_scatter(
            x=[*curve.scores, *curve.scores[::-1]],
            y=[*curve.high, *curve.low[::-1]],
            fill="toself",
            fillcolor=BAND,
            line={"width": 0},
            hoverinfo="skip",
            name="95 % interval",
            showlegend=False,
        )
        figure.add_scatter(
            x=curve.scores,
            y=curve.chance,
            name="right at this score",
            line={"color": COLORS[0], "width": 2},
            hovertemplate="score %{x:.2f}: %{y:.0%} right<extra></extra>",
        )
        figure.add_scatter(
            x=curve.scores,
            y=curve.precision,
            name="right from this score on",
            line={"color": COLORS[1], "width": 2, "dash": "dash"},
            hovertemplate="from score %{x:.2f} on: %{y:.0%} right<extra></extra>",
        )
    middles = [(each.low + each.high) / 2 for each in points]
    figure.add_scatter(
        x=middles,
        y=[each.precision.value for each in points],
        error_y={
            "type": "data",
            "array": [each.precision.high - each.precision.value for each in points],
            "arrayminus": [each.precision.value - each.precision.low for each in points],
            "color": COLORS[2],
            "thickness": 1.5,
        },
        mode="markers",
        marker={"size": 8, "color": COLORS[2]},
        customdata=[each.judged for each in points],
        name="judged",
        hovertemplate="scores around %{x:.2f}: %{y:.0%} of %{customdata} right<extra></extra>",
    )
    if threshold is not None:
        figure.add_vline(threshold.value, line={"color": COLORS[1], "width": 1.5})
        if threshold.high > threshold.low:
            figure.add_vrect(threshold.low, threshold.high, fillcolor=COLORS[1], opacity=0.1, line_width=0)
    title = f"Share of right predictions: {label}"
    figure = finish(figure, title, rows=8, x_title="Score", y_title="Share right (%)")
    figure.update_xaxes(range=[0, 1])
    return figure.update_yaxes(range=[0, 1.02], tickformat=".0%")


def draw_clip(jpeg: bytes, box: Box, *, start_s: float, end_s: float, low_hz: float, high_hz: float) -> "go.Figure":
    """Draw a spectrogram (a picture with a linear scale of frequency) with the outline of a box; seconds and kilohertz.

    ``start_s`` to ``end_s`` and ``low_hz`` to ``high_hz`` are what the picture shows.
    """
    figure = go.Figure(spectrogram_axes(end_s - start_s, low_hz, high_hz))
    source = "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()
    place = {"xref": "x", "yref": "y", "x": start_s, "y": high_hz, "sizex": end_s - start_s, "sizey": high_hz - low_hz}
    figure.add_layout_image(source=source, sizing="stretch", layer="below", **place)
    bottom = low_hz if box.low_hz is None else box.low_hz
    top = high_hz if box.high_hz is None else box.high_hz
    corners = {"x0": box.start_s, "x1": box.end_s, "y0": max(bottom, low_hz), "y1": min(top, high_hz)}
    figure.add_shape(type="rect", line={"color": BOX, "width": 2}, **corners)
    figure.update_xaxes(range=[start_s, end_s])
    return figure.update_layout(height=CLIP_HEIGHT_PX)


def to_rows(curve: Curve) -> list[dict[str, float]]:
    """Write a curve as a table."""
    names = ("score", "right", "right_low", "right_high", "right_from_here")
    columns = (curve.scores, curve.chance, curve.low, curve.high, curve.precision)
    return [dict(zip(names, map(float, row), strict=True)) for row in np.stack(columns, axis=1)]
