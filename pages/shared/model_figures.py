"""The figures of one model or of several on the same sessions."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.shared.figure_card import show_figure
from podcast_core.figures import models as draw
from podcast_core.services.learning import evaluation, figure_tables

Figures = Mapping[str, Any]


def show_table(models: Mapping[str, Figures]) -> None:
    """Show the main figures, one row for each model."""
    rows = evaluation.make_rows(models)
    shares = [name for name, value in rows[0].items() if isinstance(value, float) and not name.startswith("false")]
    st.dataframe(
        rows,
        column_config={
            **{name: st.column_config.NumberColumn(format="%.3f") for name in shares},
            "model": st.column_config.TextColumn("Model", pinned=True),
            "false alarms/h": st.column_config.NumberColumn(
                format="%.1f", help="Detections where there is no known call, per hour of audio."
            ),
            "AU-PRC 1 s": st.column_config.NumberColumn(
                format="%.3f", help="Area under the precision-recall curve over 1 s bins, as OrcaHello measures it."
            ),
        },
        hide_index=True,
    )


def show_side_by_side(models: Mapping[str, Figures], name: str) -> None:
    """Show what several models can be compared by."""
    left, right = st.columns(2)
    with left:
        show_figure(draw.draw_segments(models), f"{name}-f1", figure_tables.list_segments(models))
    labels = evaluation.list_known_labels(models)
    with right:
        if labels:
            chosen = labels[0]
            if len(labels) > 1:
                chosen = st.selectbox("Label", labels, key=f"{name}-label", label_visibility="collapsed")
            rows = figure_tables.list_precision_recall(models)
            show_figure(draw.draw_precision_recall(models, chosen), f"{name}-precision-recall", rows)
    if len(labels) > 1:
        show_figure(draw.draw_labels(models), f"{name}-labels", figure_tables.list_labels(models))


def show_one(figures: Figures, name: str) -> None:
    """Show what only one model has: its confusions, and how far its scores can be trusted."""
    left, right = st.columns(2)
    with left:
        show_figure(draw.draw_confusions(figures), f"{name}-confusions", figure_tables.list_confusions(figures))
    with right:
        show_figure(draw.draw_reliability(figures), f"{name}-reliability", figure_tables.list_reliability(figures))
