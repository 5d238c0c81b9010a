"""A figure that can be taken along: as a picture by its camera button, and its numbers as CSV."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from podcast_core.services.learning.figure_tables import write_csv


def show_figure(figure: "go.Figure", name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Show a figure; ``name`` is that of the files and must be the only one on the page."""
    config = {
        "displayModeBar": True,
        "displaylogo": False,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"format": "png", "filename": name, "scale": 2},
    }
    figure.update_layout(modebar={"bgcolor": "rgba(0, 0, 0, 0)", "orientation": "v"})
    st.plotly_chart(figure, config=config, key=name, alt=figure.layout.title.text)
    st.download_button(
        "Numbers (CSV)",
        lambda: write_csv(rows),
        f"{name}.csv",
        "text/csv",
        key=f"{name}-csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )
