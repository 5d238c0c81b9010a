"""Tables of shares as pictures: who with whom, what was called what."""

from collections.abc import Sequence

import plotly.graph_objects as go

from podcast_core.figures import ROW_PX, finish

BLUES = [[0, "rgba(0, 114, 178, 0)"], [1, "rgba(0, 114, 178, 1)"]]
CELL_PX = 30
MAX_NUMBERED = 20  # rows: with more, cells have no room for a number


def draw_matrix(
    title: str,
    names: Sequence[str],
    shares: Sequence[Sequence[float | None]],
    *,
    texts: Sequence[Sequence[str]],
    told: Sequence[Sequence[int]],
    under_pointer: str,
    x_title: str = "",
    y_title: str = "",
) -> "go.Figure":
    """Draw a square table, coloured by shares from 0 to 1, the first row on top.

    Parameters
    ----------
    names
        Of the rows, and of the columns.
    texts
        Written into the cells while they have room.
    told
        Numbers that ``under_pointer``, Plotly's template of what is said of a cell, names ``customdata``.
    """
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
            showscale=False,
            xgap=1,
            ygap=1,
        )
    )
    figure = finish(figure, title, rows=len(names) * CELL_PX // ROW_PX + 2, x_title=x_title, y_title=y_title)
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False)
    return figure.update_xaxes(type="category", showgrid=False, tickangle=-45 if len(names) > 6 else 0)
