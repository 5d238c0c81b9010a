"""Label: the spectrogram editor with the round's card."""

from pathlib import Path

import streamlit as st

from pages.shared import calibration, history, open_files
from pages.shared.editor import editor
from pages.shared.examples import show_examples
from pages.shared.state import annotator, current_round, get_workspace
from pages.shared.words import escape, link_site
from podcast_core.domain.round import Round
from podcast_core.errors import count_of
from podcast_core.services.labels import assignments, rounds
from podcast_core.services.labels import calibration as plans

FULL_PAGE = Path(__file__).parent / "shared" / "full_page.css"


def show_card(round_: Round) -> None:
    """Show what the round is about and how far it is, in one line."""
    total = sum(rounds.count_standings(get_workspace(), round_id=round_.id).values())
    done = total - rounds.count_open(get_workspace(), round_id=round_.id)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(escape(round_.name), anchor=False, width="stretch")
        told = f"{done} of {count_of(total, 'session')} done"
        own = assignments.count_own(get_workspace(), round_id=round_.id, person=annotator())
        calibrates = bool(round_.calibration.session_ids)
        # Where there is one of these, what is done says little about one's own part.
        if round_.is_independent or round_.assignments or own.sessions or calibrates:
            left = rounds.count_left(get_workspace(), round_id=round_.id, annotator=annotator())
            left += len(plans.get_plan(get_workspace(), round_id=round_.id, person=annotator()).waiting)
            told = f"{left} left for you, {told}"
        if own.left:
            told = f"{own.left} of {own.sessions} assigned to you left, {told}"
        st.progress(done / total if total else 0.0, told, width=230)
        told = "Your last answers and their history."
        if st.button("My answers", icon=":material/history:", help=told, key="my_answers"):
            history.show_own(round_)
        if round_.is_opened:
            open_files.show_opened(round_)
        about = st.popover("About", icon=":material/info:")
    with about:
        if round_.description:
            st.write(round_.description)
        if round_.site:
            st.caption(link_site(round_))
        st.markdown(round_.instructions or INSTRUCTIONS)
        show_examples(round_)


INSTRUCTIONS = """
Boxes with a score are the model's predictions. Listen, then correct them: delete boxes that are not calls, move and
resize the others, and draw the calls the model missed. Submit when the boxes match what you hear; skip if you
cannot tell. Everything can be undone.
"""


@st.fragment
def label(round_: Round) -> None:
    """Show card and editor; a submission draws only them anew, and only the card changes."""
    open_files.tell_refused()
    show_card(round_)
    if not round_.calibration.session_ids:
        editor(key=f"label-{round_.id}", mode="label", round_id=round_.id, annotator=annotator())
        return
    calibration.note_seen(round_)
    waits = plans.get_plan(get_workspace(), round_id=round_.id, person=annotator())
    if waits.told:
        st.warning(waits.told, icon=":material/support_agent:")
    if round_.calibration.told and waits.waiting:
        st.caption(f"{count_of(len(waits.waiting), 'calibration session')} ahead: {escape(', '.join(waits.waiting))}.")
    if editor(key=f"label-{round_.id}", mode="label", round_id=round_.id, annotator=annotator()):
        calibration.show_new(round_)


st.html(FULL_PAGE)  # the spectrogram gets the room that Streamlit leaves free around a page
chosen = current_round()
if chosen is None:
    st.info("There is no round to label yet.")
    st.page_link("rounds.py", label="Go to the rounds", icon=":material/home:")
elif chosen.archived_at is not None:
    st.info(f"“{escape(chosen.name)}” is archived and hands out no sessions. Restore it on the Rounds page.")
    st.page_link("rounds.py", label="Go to the rounds", icon=":material/home:")
else:
    label(chosen)
