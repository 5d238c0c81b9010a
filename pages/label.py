"""Label: the spectrogram editor with the round's card."""

import streamlit as st

from pages.shared.editor import editor
from pages.shared.state import annotator, current_round, get_workspace
from podcast_core.domain import Round
from podcast_core.services.labels import rounds


def show_card(round_: Round) -> None:
    """Show what the round is about and how far it is, in one line."""
    total = sum(rounds.count_standings(get_workspace(), round_id=round_.id).values())
    done = total - rounds.count_open(get_workspace(), round_id=round_.id)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(round_.name, anchor=False, width="stretch")
        st.progress(done / total if total else 0.0, f"{done} of {total} sessions done", width=230)
        about = st.popover("About", icon=":material/info:")
    with about:
        if round_.description:
            st.write(round_.description)
        if round_.site:
            st.caption(f"[{round_.site}]({round_.site_url})" if round_.site_url else round_.site)
        st.markdown(round_.instructions or INSTRUCTIONS)


INSTRUCTIONS = """
Boxes with a score are the model's predictions. Listen, then make them right: delete what is no call, move and
resize what is, and draw what the model missed. Submit when the boxes say what you hear; skip when you are not
sure at all. Everything can be undone.
"""


@st.fragment
def label(round_: Round) -> None:
    """Show card and editor; a submission draws only them anew, and only the card changes."""
    show_card(round_)
    editor(key=f"label-{round_.id}", mode="label", round_id=round_.id, annotator=annotator())


# The spectrogram gets the room that Streamlit leaves free around a page: the card stands in the line of its header,
# which keeps only as much of it as the logo and the button of the closed sidebar need.
st.html(
    """<style>
    .stMainBlockContainer { padding: 0.5rem 2.2rem 0.5rem; }
    .stMainBlockContainer .stVerticalBlock { gap: 0.4rem; }
    .stMainBlockContainer h1 { font-size: 1.25rem; padding: 0.2rem 0; white-space: nowrap; overflow: hidden;
      text-overflow: ellipsis; }
    .stMainBlockContainer .stHeading { min-width: 0; }
    .stMainBlockContainer .stHorizontalBlock { flex-wrap: nowrap; min-height: 2.5rem; }
    .stMainBlockContainer .stPopover button { min-height: 2.1rem; padding-block: 0.1rem; }
    .stAppHeader { width: fit-content; height: 3.2rem; min-height: 0; right: auto; } /* no taller than the line */
    .stApp:has(.stAppHeader > *) .stMainBlockContainer .stHorizontalBlock { padding-left: 11.5rem; }
    .stStatusWidget { position: fixed; top: 0.4rem; right: 0.8rem; }
    @media (max-width: 640px) {
      .stMainBlockContainer { padding: 0.4rem 0.8rem 0.5rem; }
      .stAppHeader .stLogoLink, .stAppHeader [data-testid="stHeaderLogo"] { display: none; }
      .stApp:has(.stAppHeader > *) .stMainBlockContainer .stHorizontalBlock { padding-left: 3.4rem; gap: 0.5rem; }
      .stMainBlockContainer .stHorizontalBlock h1 { font-size: 1rem; }
      .stMainBlockContainer .stElementContainer:has(.stProgress) { flex: none !important; width: 8rem !important; }
      .stMainBlockContainer .stElementContainer:has(.stHeading) { flex: 1 1 0; min-width: 0; }
      .stMainBlockContainer .stPopover button { padding-inline: 0.5rem; }
      .stMainBlockContainer .stProgress p { font-size: 0.75rem; white-space: nowrap; }
      .stMainBlockContainer .stLayoutWrapper:has(> .stPopover) { flex: none; width: auto !important; }
    }
    </style>"""
)
chosen = current_round()
if chosen is None:
    st.info("There is no round to label yet.")
    st.page_link("rounds.py", label="Go to the rounds", icon=":material/home:")
elif chosen.archived_at is not None:
    st.info(f"“{chosen.name}” is archived: it hands out no sessions. It can be brought back on the Rounds page.")
    st.page_link("rounds.py", label="Go to the rounds", icon=":material/home:")
else:
    label(chosen)
