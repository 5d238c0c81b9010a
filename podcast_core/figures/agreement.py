"""Plotly pictures of how well people agree: who with whom, which labels are confused, and where boxes begin and end."""

from collections.abc import Mapping, Sequence
from datetime import date

import plotly.graph_objects as go

from podcast_core.figures import finish, set_days
from podcast_core.figures.matrices import draw_matrix
from podcast_core.figures.models import COLORS
from podcast_core.ml.measuring.intervals import Estimate


def draw_people(shares: Mapping[tuple[str, str], tuple[float, int]]) -> "go.Figure":
    """Draw the share of boxes that match for each two people.

    Parameters
    ----------
    shares
        By the names of two people: the share, 0 to 1, and the sessions that both answered.
    """
    names = sorted({name for both in shares for name in both})
    told = {**shares, **{(other, one): found for (one, other), found in shares.items()}}
    cells = [[told.get((row, column), (None, 0)) for column in names] for row in names]
    figure = draw_matrix(
        "Boxes that match, by people",
        names,
        [[share for share, _ in row] for row in cells],
        texts=[["" if share is None else f"{share:.0%}" for share, _ in row] for row in cells],
        told=[[count for _, count in row] for row in cells],
        under_pointer="%{y} and %{x}: match %{text}, sessions: %{customdata}<extra></extra>",
    )
    return figure.update_traces(hoverongaps=False)  # nobody is compared with themselves


def draw_confusions(labels: Sequence[str], matrix: Sequence[Sequence[int]]) -> "go.Figure":
    """Draw what boxes of one person are called by another; colours are shares of a row."""
    names = [*labels, "no box"]
    totals = [sum(row) for row in matrix]
    return draw_matrix(
        "What boxes of one person are called by another",
        names,
        [[count / total if total else None for count in row] for row, total in zip(matrix, totals, strict=True)],
        texts=[[f"{count:,}" if count else "" for count in row] for row in matrix],
        told=matrix,
        under_pointer="one says %{y}, another %{x}: boxes %{customdata} (%{z:.0%})<extra></extra>",
        x_title="Another",
        y_title="One",
    )


def draw_over_time(lines: Mapping[str, Sequence[tuple[date, Estimate, int]]]) -> "go.Figure":
    """Draw how far each person's boxes match those of others, by when they answered.

    Parameters
    ----------
    lines
        By person: the first day of a while, the share with its interval, and how many pairs of answers it is of.
    """
    figure = go.Figure()
    for index, (person, line) in enumerate(lines.items()):
        shares = [share for _, share, _ in line]
        figure.add_scatter(
            name=person,
            x=[starts_on for starts_on, _, _ in line],
            y=[share.value for share in shares],
            error_y={
                "array": [share.high - share.value for share in shares],
                "arrayminus": [share.value - share.low for share in shares],
                "thickness": 1,
                "width": 3,
            },
            customdata=[count for _, _, count in line],
            mode="lines+markers",
            line={"color": COLORS[index % len(COLORS)], "width": 1.6},
            hovertemplate="from %{x|%-d %b %Y}: %{y:.0%}, answers: %{customdata}<extra>%{fullData.name}</extra>",
        )
    set_days(figure, sorted({starts_on for line in lines.values() for starts_on, _, _ in line}))
    figure.update_yaxes(range=[0, 1.03], tickformat=".0%")
    return finish(figure, "Each person beside the others over time", rows=5, x_title="Answered", y_title="Match")


def draw_differences(differences: Mapping[str, tuple[float, Sequence[int]]]) -> "go.Figure":
    """Draw how far apart matched boxes begin and end.

    Parameters
    ----------
    differences
        By name (onsets, offsets): the width of a step in milliseconds, and how many lie in each step around 0.
    """
    figure = go.Figure()
    for index, (name, (step_ms, counts)) in enumerate(differences.items()):
        middle = len(counts) // 2
        figure.add_scatter(
            name=name,
            x=[(place - middle) * step_ms for place in range(len(counts))],
            y=list(counts),
            mode="lines",
            line={"shape": "hvh", "color": COLORS[index], "width": 1.6},
            fill="tozeroy",
            hovertemplate="%{x:.1f} ms, boxes: %{y}<extra>" + name + "</extra>",
        )
    title = "Where boxes that match begin and end"
    return finish(figure, title, rows=5, x_title="Second person later by (ms)", y_title="Boxes")
