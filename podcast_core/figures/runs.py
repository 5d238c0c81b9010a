"""Plotly pictures of a model run: its scores with the threshold, and its sessions along the time."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import plotly.graph_objects as go

from podcast_core.domain.label import LABEL_COLORS
from podcast_core.figures import AXIS_TEXT, finish
from podcast_core.figures.candidates import MANY_SESSIONS, MIN_BAR

# Told apart by colour-blind people: vermilion, blue and grey.
COLORS = LABEL_COLORS[:8]  # those that colour alone tells apart for everybody
NOT_YET = "not processed yet"
STATE_COLORS = {"with calls": "#d55e00", "without": "#56b4e9", NOT_YET: "#999999"}
FEW_BARS = 120  # so few are told apart by lines between them
OTHERS = "other labels"


@dataclass(frozen=True, slots=True)
class SessionBar:
    """A session on the time-line; ``state`` is one of `STATE_COLORS`, ``text`` what is said under the pointer."""

    started_at: datetime
    duration_s: float
    score: float | None
    state: str
    text: str


def draw_scores(counts: Mapping[str, Sequence[int]], threshold: float) -> "go.Figure":
    """Draw how many calls have which score, stacked by label, with the threshold as a line.

    Parameters
    ----------
    counts
        By label: the calls in equal steps of the score from 0 to 1.
    threshold
        0 to 1.
    """
    figure = go.Figure()
    counts = _join_rare(counts)
    for index, (label, numbers) in enumerate(counts.items()):
        step = 1 / len(numbers)
        figure.add_trace(
            go.Bar(
                name=label,
                x=[(cell + 0.5) * step for cell in range(len(numbers))],
                y=list(numbers),
                width=step,
                marker_color=COLORS[index % len(COLORS)],
                hovertemplate="score %{x:.2f}, calls: %{y}<extra>" + label + "</extra>",
            )
        )
    figure.add_vline(threshold, line={"color": AXIS_TEXT, "dash": "dot", "width": 1.5})
    figure = finish(figure, "Scores of all calls that were kept", rows=4, x_title="Score", y_title="Calls")
    highest = max((sum(cell) for cell in zip(*counts.values(), strict=True)), default=0)
    if len(counts) == 1 and highest >= MANY_SESSIONS:  # else only the columns of low scores are seen
        figure.update_yaxes(type="log", dtick=1, range=[math.log10(0.5), math.log10(2 * highest)])
    return figure.update_xaxes(range=[0, 1]).update_layout(bargap=0)


def _join_rare(counts: Mapping[str, Sequence[int]]) -> dict[str, Sequence[int]]:
    """Join the labels with the fewest calls, where there are more labels than colours."""
    if len(counts) <= len(COLORS):
        return dict(counts)
    by_count = sorted(counts, key=lambda label: -sum(counts[label]))
    kept = set(by_count[: len(COLORS) - 1])
    rest = [numbers for label, numbers in counts.items() if label not in kept]
    joined = {label: numbers for label, numbers in counts.items() if label in kept}
    return {**joined, OTHERS: [sum(cell) for cell in zip(*rest, strict=True)]}


def draw_timeline(
    bars: Sequence[SessionBar], started_at: datetime, ended_at: datetime, threshold: float, *, has_time: bool
) -> "go.Figure":
    """Draw sessions along the time by their best score; where there is no audio there is no bar.

    Clicks give the position of a bar in ``bars`` as ``customdata``.
    """
    figure = go.Figure()
    for state, color in STATE_COLORS.items():
        inside = [index for index, bar in enumerate(bars) if bar.state == state]
        if not inside:
            continue
        shown = [bars[index] for index in inside]
        figure.add_trace(
            go.Bar(
                name=state,
                x=[bar.started_at + timedelta(seconds=bar.duration_s / 2) for bar in shown],
                y=[max(bar.score or 0.0, MIN_BAR) for bar in shown],
                width=[1000 * bar.duration_s for bar in shown],
                marker={"color": color, "line": {"color": "white", "width": 1 if len(bars) <= FEW_BARS else 0}},
                customdata=inside,
                hovertext=[bar.text for bar in shown],
                hovertemplate="%{hovertext}<extra></extra>",
            )
        )
    figure.add_hline(threshold, line={"color": AXIS_TEXT, "dash": "dot", "width": 1})
    x_title = "Time (UTC)" if has_time else "Audio (h:min:s)"
    figure = finish(figure, "", rows=4, x_title=x_title, y_title="Best score")
    figure.update_xaxes(range=[started_at, ended_at], type="date", tickformat="%H:%M:%S", nticks=5)
    figure.update_yaxes(range=[0, 1.04], tickvals=[0, 0.25, 0.5, 0.75, 1])
    figure.update_layout(barmode="overlay", bargap=0, clickmode="event+select", hovermode="closest", showlegend=True)
    height = figure.layout.height - 30  # there is no title: the window's name stands above
    return figure.update_layout(height=height, margin={"t": 36}, legend={"y": 1 - 4 / height})
