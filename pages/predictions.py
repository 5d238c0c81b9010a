"""Predictions: a table of what a model found, looked at with its recordings at once, without making a round.

A page of its own: nothing of it belongs to the round in the sidebar, and nothing is kept until somebody says so.
"""

import streamlit as st

from pages.shared import state
from pages.shared.sheet_figures import show_figures
from pages.shared.sheet_open import OPENED, Question, ask
from pages.shared.sheet_summary import show_summary
from podcast_core.errors import NotFound, PodcastError
from podcast_core.services.sheets import opening
from podcast_core.services.sheets.sheet import Sheet, get_sheet

ABOUT = (
    "Open a table of predictions with its recordings: see and hear what was found, and compare it with another "
    "table or with the ground truth. Nothing is kept until you save it as a round."
)


def find_opened(question: Question) -> Sheet | None:
    """Find the sheet that these files have made before; None where they are new, or it was forgotten meanwhile."""
    known = st.session_state.get(OPENED)
    if known is None or known[0] != question.name:
        st.session_state.pop(OPENED, None)  # nothing of other files is ever shown again
        return None
    try:
        return get_sheet(state.get_workspace(), sheet_id=known[1], person=state.visitor().person)
    except NotFound:
        return None


def open_sheet(question: Question) -> Sheet | None:
    """Open what was asked for; say why where it cannot be."""
    found = find_opened(question)
    if found is not None:
        return found
    try:
        with st.spinner("Reading the table and finding its recordings", show_time=True):
            sheet = opening.open_sheet(state.get_workspace(), question.make_request(), caller=state.visitor())
    except PodcastError as error:
        st.error("This cannot be opened.")
        st.code(str(error), language=None, wrap_lines=True)
        return None
    st.session_state[OPENED] = (question.name, sheet.id)
    return sheet


st.title("Predictions", anchor=False)
st.caption(ABOUT)
asked = ask()
shown = st.empty()  # takes what the files before have left off the page, before the next ones are read
if asked is not None:
    sheet = open_sheet(asked)
    if sheet is not None:
        with shown.container(key=f"sheet_{sheet.id}"):
            show_summary(sheet)
            show_figures(sheet)
