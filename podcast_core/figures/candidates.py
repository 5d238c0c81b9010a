"""Plotly pictures of candidate selection: the scores with their thresholds, and the time-line of a few hours."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import plotly.graph_objects as go

from podcast_core.figures import AXIS_TEXT, finish

# Told apart by colour-blind people: vermilion, blue and grey.
POOL_COLORS = {"candidate": "#d55e00", "negative": "#56b4e9", "unreviewed": "#999999"}
SCORE_BINS = 50
MANY_SESSIONS = 100  # of one score: from here on the axis is logarithmic
MIN_BAR = 0.03  # of the height: a session without a score is seen as well
CHOSEN_AT = 1.07  # the marks stand above all bars


@dataclass(frozen=True, slots=True)
class Bar:
    """A session on a time-line: what it is, and what is said when the pointer is on it."""

    started_at: datetime
    duration_s: float
    score: float | None
    pool: str
    chosen: bool
    text: str


def draw_scores(scores: Mapping[str, Sequence[float]], low: float, high: float) -> "go.Figure":
    """Draw how many sessions have which best score, by pool, with the two thresholds as lines."""
    figure = go.Figure(
        [
            go.Bar(
                name=pool,
                x=[(index + 0.5) / SCORE_BINS for index in range(SCORE_BINS)],
                y=_count_bins(scores.get(pool, ())),
                width=1 / SCORE_BINS,
                marker_color=color,
                hovertemplate="score %{x:.2f}, sessions: %{y}<extra>" + pool + "</extra>",
            )
            for pool, color in POOL_COLORS.items()
        ]
    )
    for limit in (low, high):
        figure.add_vline(limit, line={"color": AXIS_TEXT, "dash": "dot", "width": 1.5})
    figure = finish(figure, "Best score of each session", rows=4, x_title="Score", y_title="Sessions")
    highest = max((max(trace.y) for trace in figure.data), default=0)
    if highest >= MANY_SESSIONS:  # else nearly all are in the first column, and nothing is seen of the others
        figure.update_yaxes(type="log", dtick=1, range=[math.log10(0.5), math.log10(2 * highest)])
    return figure.update_xaxes(range=[0, 1]).update_layout(bargap=0)


def _count_bins(scores: Iterable[float]) -> list[int]:
    counts = [0] * SCORE_BINS
    for score in scores:
        counts[min(int(score * SCORE_BINS), SCORE_BINS - 1)] += 1
    return counts


def draw_timeline(
    bars: Sequence[Bar], started_at: datetime, ended_at: datetime, low: float, high: float, *, has_time: bool
) -> "go.Figure":
    """Draw sessions along the time by their best score, coloured by pool; a mark says that one was chosen.

    Where there is no audio there is no bar. Clicks give the position of a bar in ``bars`` as ``customdata``.
    """
    figure = go.Figure()
    for pool, color in POOL_COLORS.items():
        inside = [index for index, bar in enumerate(bars) if bar.pool == pool]
        if not inside:
            continue
        shown = [bars[index] for index in inside]
        middles = [bar.started_at + timedelta(seconds=bar.duration_s / 2) for bar in shown]
        figure.add_trace(
            go.Bar(
                name=pool,
                x=middles,
                y=[max(bar.score or 0.0, MIN_BAR) for bar in shown],
                width=[1000 * bar.duration_s for bar in shown],
                marker={"color": color, "line": {"width": 0}, "opacity": [1 if bar.chosen else 0.45 for bar in shown]},
                customdata=inside,
                hovertext=[bar.text for bar in shown],
                hovertemplate="%{hovertext}<extra></extra>",
            )
        )
    chosen = [index for index, bar in enumerate(bars) if bar.chosen]
    figure.add_trace(
        go.Scatter(
            name="chosen",
            x=[bars[index].started_at + timedelta(seconds=bars[index].duration_s / 2) for index in chosen],
            y=[CHOSEN_AT] * len(chosen),
            mode="markers",
            marker={"symbol": "triangle-down", "size": 9, "color": AXIS_TEXT},
            customdata=chosen,
            hovertext=[bars[index].text for index in chosen],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    )
    for limit in (low, high):
        figure.add_hline(limit, line={"color": AXIS_TEXT, "dash": "dot", "width": 1})
    x_title = "Time (UTC)" if has_time else "Time in the recording (h:min)"
    figure = finish(figure, "", rows=5, x_title=x_title, y_title="Best score")
    figure.update_xaxes(range=[started_at, ended_at], type="date", tickformat="%H:%M", dtick=30 * 60 * 1000)
    figure.update_yaxes(range=[0, 1.14], tickvals=[0, 0.25, 0.5, 0.75, 1])
    figure.update_layout(barmode="overlay", bargap=0, clickmode="event+select", hovermode="closest")
    height = figure.layout.height - 30  # there is no title: the window's name stands above
    return figure.update_layout(height=height, margin={"t": 36}, legend={"y": 1 - 4 / height})
