"""The form of a new collection: which clips of a round, and what describes them."""

import streamlit as st

from pages.shared import state
from podcast_core.domain import Round
from podcast_core.errors import PodcastError
from podcast_core.exploring import LONGEST_WINDOW_S, SHORTEST_WINDOW_S, Unit
from podcast_core.services.explore import collections, embedders
from podcast_core.services.work import jobs

UNITS = {
    Unit.WINDOW: ("Windows", "Every recording cut into pieces of one length. Finds sounds that nobody has marked yet."),
    Unit.ANNOTATION: ("Annotations", "The boxes that people have drawn: to see what is mixed up, and to name calls."),
    Unit.PREDICTION: ("Predictions", "The boxes that models have found: to judge hundreds at once."),
    Unit.SESSION: ("Sessions", "Whole sessions: for short ones with one sound each, such as clips."),
}


def ask_seconds(place: "st.delta_generator.DeltaGenerator", label: str, *, key: str, help: str | None = None) -> float:
    """Ask for a length."""
    return place.number_input(label, SHORTEST_WINDOW_S, LONGEST_WINDOW_S, 1.0, format="%g", key=key, help=help)


def show_new(round_: Round, open_key: str) -> None:
    """Ask for unit, windows and embedder; the new collection is opened under ``open_key`` of the session's state."""
    known = embedders.list_embedders(state.get_workspace())
    unit = st.selectbox("One point for each", list(UNITS), format_func=lambda each: UNITS[each][0], key="explore_unit")
    st.caption(UNITS[unit][1])
    window_s = hop_s = None
    if unit is Unit.WINDOW:
        left, right = st.columns(2)
        window_s = ask_seconds(left, "Length in seconds", key="explore_window")
        hop_s = ask_seconds(right, "Apart, in seconds", key="explore_hop", help="Less than the length: they overlap.")
    embedder = st.selectbox(
        "Described by",
        list(known),
        format_func=lambda each: known[each],
        key="explore_embedder",
        help="What turns a sound into numbers, so that sounds that are alike lie together. A trained model may know "
        "your species better.",
    )
    usual = f"{UNITS[unit][0]} of {window_s:g} s" if window_s else UNITS[unit][0]
    name = st.text_input("Name", value="", placeholder=usual, max_chars=120, key="explore_name").strip() or usual
    if not st.button("Make the map", type="primary", icon=":material/bubble_chart:", key="explore_make"):
        return
    try:
        made = collections.add_collection(
            state.get_workspace(),
            round_id=round_.id,
            name=name,
            unit=unit,
            window_s=window_s,
            hop_s=hop_s,
            embedder=embedder,
            who=state.annotator(),
        )
        params = {"collection_id": made.id, "name": made.name}
        jobs.add_job(state.get_workspace(), kind=collections.KIND, params=params, who=state.annotator())
    except PodcastError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.query_params[open_key] = made.id
    st.session_state.pop(open_key, None)
    st.rerun()
