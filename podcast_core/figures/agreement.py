"""Plotly pictures of how well people agree: who with whom, which labels are confused, and where boxes begin and end."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from podcast_core.figures import finish
from podcast_core.figures.models import COLORS

BLUES = [[0, "rgba(0, 114, 178, 0)"], [1, "rgba(0, 114, 178, 1)"]]
MAX_NUMBERED = 16  # rows whose cells have room for a number
CELL_PX = 30
ROW_PX = 34


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
    figure = _draw_matrix(
        [[share for share, _ in row] for row in cells],
        names,
        [["" if share is None else f"{share:.0%}" for share, _ in row] for row in cells],
        [[count for _, count in row] for row in cells],
        "%{y} and %{x}: match %{text}, sessions: %{customdata}<extra></extra>",
    )
    return finish(figure, "Boxes that match, by people", rows=len(names) * CELL_PX // ROW_PX + 2, x_title="")


def draw_confusions(labels: Sequence[str], matrix: Sequence[Sequence[int]]) -> "go.Figure":
    """Draw what boxes of one person are called by another; colours are shares of a row."""
    names = [*labels, "no box"]
    totals = [sum(row) for row in matrix]
    figure = _draw_matrix(
        [[count / total if total else None for count in row] for row, total in zip(matrix, totals, strict=True)],
        names,
        [[f"{count:,}" if count else "" for count in row] for row in matrix],
        matrix,
        "one says %{y}, another %{x}: boxes %{customdata} (%{z:.0%})<extra></extra>",
    )
    rows = len(names) * CELL_PX // ROW_PX + 2
    return finish(figure, "What boxes of one person are called by another", rows=rows, x_title="Another", y_title="One")


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


def _draw_matrix(
    shares: Sequence[Sequence[float | None]],
    names: Sequence[str],
    texts: Sequence[Sequence[str]],
    told: Sequence[Sequence[int]],
    under_pointer: str,
) -> "go.Figure":
    has_room = len(names) <= MAX_NUMBERED
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            x=names,
            y=names,
            zmin=0,
            zmax=1,
            colorscale=BLUES,
            customdata=told,
            text=texts,
            texttemplate="%{text}" if has_room else None,
            hovertemplate=under_pointer,
            hoverongaps=False,
            showscale=False,
            xgap=1,
            ygap=1,
        )
    )
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False)
    return figure.update_xaxes(type="category", showgrid=False, tickangle=-45 if len(names) > 6 else 0)
