"""A figure that can be taken along: as a picture by its camera button, and its numbers as CSV."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from pages.shared import state
from podcast_core.services.learning.figure_tables import write_csv

PICTURES_KEY = "pictures-as"


def make_config(name: str) -> dict[str, Any]:
    """Set up what a figure offers: its camera only, which saves it three times as large under this name, for a talk.

    Or as drawings that can be scaled (SVG), where a page asks for that by `ask_pictures`.
    """
    return {
        "displaylogo": False,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"format": st.session_state.get(PICTURES_KEY, "png"), "filename": name, "scale": 3},
    }


def ask_pictures() -> None:
    """Ask what the camera of the figures saves."""
    st.segmented_control(
        "Pictures as",
        ["png", "svg"],
        format_func=str.upper,
        default="png",
        required=True,
        key=PICTURES_KEY,
        persist_state="session",
        help="What the camera at the top right of a figure saves.",
    )


def show_figure(figure: "go.Figure", name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Show a figure; ``name`` is that of the files and must be the only one on the page."""
    st.plotly_chart(figure, config=make_config(name), key=name, alt=figure.layout.title.text)
    st.download_button(
        "Numbers (CSV)",
        state.make_later(lambda: write_csv(rows)),
        f"{name}.csv",
        "text/csv",
        key=f"{name}-csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )
