"""Train: models from people's labels, how good they are, and which version is in use."""

import streamlit as st

from pages.shared import state
from pages.shared.learning_curve import GROWTH, show_growth
from pages.shared.model_compare import show_compare
from pages.shared.model_details import show_models
from pages.shared.train_new import COMPARE, MODELS, NEW, RUNNING, VIEW_KEY, show_new
from pages.shared.train_watch import show_trainings
from podcast_core.services.labels import rounds
from podcast_core.services.learning import training

ABOUT = "A model learns from labelled sessions to find calls by itself."


def show_page() -> None:
    """Show the chosen part of the page."""
    all_rounds = rounds.list_rounds(state.get_workspace())
    if not all_rounds:
        st.info(f"{ABOUT} There is no round to learn from yet.")
        st.page_link("rounds.py", label="Add a round", icon=":material/home:")
        return
    is_first = VIEW_KEY not in st.session_state
    if is_first:
        st.session_state[VIEW_KEY] = RUNNING if training.list_trainings(state.get_workspace()) else NEW
    view = st.segmented_control(
        "View", [NEW, RUNNING, MODELS, COMPARE, GROWTH], key=VIEW_KEY, label_visibility="collapsed", required=True
    )
    if view == RUNNING:
        show_trainings()
    elif view == MODELS:
        show_models()
    elif view == COMPARE:
        show_compare(all_rounds)
    elif view == GROWTH:
        show_growth()
    else:
        show_new(all_rounds)


st.title("Train", anchor=False)
show_page()
