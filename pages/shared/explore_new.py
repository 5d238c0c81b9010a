"""The form of a new collection: which clips of a round, and what describes them."""

import streamlit as st

from pages.shared import state
from podcast_core.domain.collection import MAX_WINDOW_S, MIN_WINDOW_S, Unit
from podcast_core.domain.round import Round
from podcast_core.errors import PodcastError
from podcast_core.services.explore import collections, embedders
from podcast_core.services.jobs import queue

UNITS = {
    Unit.WINDOW: (
        "Windows",
        "Every recording cut into windows of equal length. Finds sounds that nobody has marked yet.",
    ),
    Unit.ANNOTATION: ("Annotations", "The boxes people drew: to spot confusions and name calls."),
    Unit.PREDICTION: ("Predictions", "The boxes models found: to judge hundreds at once."),
    Unit.SESSION: ("Sessions", "Whole sessions: for short ones with one sound each, such as clips."),
}


WINDOW_KEY, HOP_KEY, WINDOW_BEFORE_KEY = "explore_window", "explore_hop", "explore_window_before"
DEFAULT_WINDOW_S = 1.0


def ask_windows() -> tuple[float, float]:
    """Ask for the length of windows and how far apart they start: as far as they are long, until somebody says so."""
    left, right = st.columns(2)
    limits = (MIN_WINDOW_S, MAX_WINDOW_S, DEFAULT_WINDOW_S)
    window_s = left.number_input("Length in seconds", *limits, format="%g", key=WINDOW_KEY)
    before_s = st.session_state.get(WINDOW_BEFORE_KEY, DEFAULT_WINDOW_S)
    if st.session_state.get(HOP_KEY) == before_s:
        st.session_state[HOP_KEY] = window_s
    st.session_state[WINDOW_BEFORE_KEY] = window_s
    help = "From the start of one window to the start of the next. If shorter than the length, they overlap."
    st.session_state.setdefault(HOP_KEY, window_s)
    hop_s = right.number_input("Hop (s)", *limits[:2], format="%g", key=HOP_KEY, help=help)
    if hop_s > window_s:
        st.warning(f"{hop_s - window_s:g} s between windows are left out: {1 - window_s / hop_s:.0%} of all audio.")
    return window_s, hop_s


def show_new(round_: Round, open_key: str) -> None:
    """Ask for unit, windows and embedder; the new collection is opened under ``open_key`` of the session's state."""
    known = embedders.list_embedders(state.get_workspace())
    unit = st.selectbox("One point per", list(UNITS), format_func=lambda each: UNITS[each][0], key="explore_unit")
    st.caption(UNITS[unit][1])
    window_s = hop_s = None
    if unit is Unit.WINDOW:
        window_s, hop_s = ask_windows()
    embedder = st.selectbox(
        "Embedding",
        list(known),
        format_func=lambda each: known[each],
        key="explore_embedder",
        help="Turns each sound into a vector so that similar sounds lie close together. A trained model may suit "
        "your species better.",
    )
    usual = f"{UNITS[unit][0]} of {window_s:g} s" if window_s else UNITS[unit][0]
    name = st.text_input("Name", value="", placeholder=usual, max_chars=120, key="explore_name").strip() or usual
    if not st.button("Make map", type="primary", icon=":material/bubble_chart:", key="explore_make"):
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
        queue.add_job(state.get_workspace(), kind=collections.KIND, params=params, who=state.annotator())
    except PodcastError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.query_params[open_key] = made.id
    st.session_state.pop(open_key, None)
    st.rerun()
