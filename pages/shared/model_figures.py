"""The figures of one model or of several on the same sessions."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.shared.figure_card import show_figure
from podcast_core.figures import models as draw
from podcast_core.services.learning import evaluation, figure_tables

Figures = Mapping[str, Any]
NONE = "–"


def show_table(models: Mapping[str, Figures]) -> None:
    """Show the main figures: a row for each and a column for each model, so that all of them are in sight."""
    rows = evaluation.make_rows(models)
    listed = [
        {
            "Figure": figure,
            **{str(row["model"]): write_figure(figure, row[figure]) for row in rows},
            "What it is": evaluation.explain(figure),
        }
        for figure in rows[0]
        if figure != "model"
    ]
    st.dataframe(
        listed,
        column_config={"Figure": st.column_config.TextColumn(pinned=True)},
        hide_index=True,
        height="content",
    )


def write_figure(figure: str, value: float | None) -> str:
    """Write a figure as people read it; a dash where it could not be measured."""
    if value is None:
        return NONE
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.1f}" if figure == "false alarms/h" else f"{value:.3f}"


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
