"""The measurements on the Annotations page: measure what is not measured, and see what was as figures."""

from collections import defaultdict
from typing import Any

import streamlit as st

from pages.shared import state
from pages.shared.figure_card import show_figure
from podcast_core.domain.measurement import MEASUREMENTS
from podcast_core.domain.round import Round
from podcast_core.errors import count_of
from podcast_core.figures.measurements import draw_histogram, draw_scatter, name_axis
from podcast_core.services.labels import searching
from podcast_core.services.measuring import measurements

MOST = 5_000  # points: chosen as what is read in less than a second
COUNT = "how often"


def show(round_: Round, where: str) -> None:
    """Show figures of what a search finds in a round."""
    if not st.toggle("Measurements", key="annotations_measurements", help="Frequencies, times, levels, pitch."):
        return
    offer_measuring(round_)
    x, y = choose_axes(round_)
    found = searching.search(state.get_workspace(), where=where, round_ids=[round_.id], limit=MOST)
    values = measurements.list_measured(state.get_workspace(), found)
    points: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for box, measured in zip(found, values, strict=True):
        if measured:
            points[box.label].append({**measured, "session": box.session_id})
    if not points:
        st.info("None of these annotations is measured yet: press Measure.")
        return
    if len(found) == MOST:
        st.caption(f"The first {MOST:,} are shown.")
    colors = {label.name: label.color for label in round_.labels}
    by_label = {name: points[name] for name in sorted(points)}
    figure = draw_histogram(by_label, colors, x) if y == COUNT else draw_scatter(by_label, colors, x, y)
    rows = [{"label": label, **row} for label, listed in by_label.items() for row in listed]
    show_figure(figure, f"{round_.id}-{x}-{'histogram' if y == COUNT else y}", rows)


def offer_measuring(round_: Round) -> None:
    """Say what is not measured, and offer to do it."""
    left = measurements.count_unmeasured(state.get_workspace(), round_id=round_.id)
    if not left:
        return
    at_least = "At least " if left == measurements.MOST else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.write(f"{at_least}{count_of(left, 'session')} not measured.")
        if st.button("Measure", icon=":material/straighten:", disabled=not state.may("label")):
            measurements.add_job(state.get_workspace(), round_id=round_.id, who=state.annotator())
            st.toast("Measuring has begun.", icon=":material/straighten:")
        st.page_link("jobs.py", label="See how far it is", icon=":material/autorenew:")


def choose_axes(round_: Round) -> tuple[str, str]:
    """Choose what is drawn: a measurement, and another one or how often."""
    names = list(dict.fromkeys([*round_.display.measurements, *MEASUREMENTS]))
    left, right = st.columns(2)
    x = left.selectbox("Horizontal axis", names, names.index("peak_hz"), format_func=name_axis, key="annotations_x")
    y = right.selectbox(
        "Vertical axis",
        [COUNT, *names],
        format_func=lambda name: "How often" if name == COUNT else name_axis(name),
        key="annotations_y",
    )
    return x, y
