"""One session of a list, open: the room that the editor gets, and the way to the sessions before and after it."""

from collections.abc import Sequence

import streamlit as st

# An open session gets the room that Streamlit leaves free around a page, as on Label; the way on is in the
# line of the header, beside the logo or the button of the closed sidebar.
ROOM = """<style>
    .stMainBlockContainer { padding: 0.5rem 2.2rem 0.5rem; }
    .stMainBlockContainer .stVerticalBlock { gap: 0.4rem; }
    .st-key-session_way { flex-wrap: nowrap !important; gap: 0.5rem; }
    .st-key-session_way button { min-height: 2.1rem; padding-block: 0.1rem; }
    .st-key-session_way > :last-child { flex: 1 1 0; min-width: 0; }
    .st-key-session_way [data-testid="stText"], .st-key-session_way [data-testid="stCaptionContainer"] p {
      white-space: nowrap; overflow: hidden; text-overflow: ellipsis;
    }
    .stAppHeader { width: fit-content; height: 3rem; min-height: 0; right: auto; }
    .stApp:has(.stAppHeader > *) [data-testid="stLayoutWrapper"]:has(> .st-key-session_way) { padding-left: 11.5rem; }
    @media (max-height: 759px) {
      .stMainBlockContainer { padding-top: 0.3rem; }
      .stMainBlockContainer .stVerticalBlock { gap: 0.2rem; }
      .st-key-session_way button { min-height: 1.8rem; padding-block: 0; }
    }
    @media (max-width: 640px) {
      .stAppHeader { height: 2.7rem; }
      .stMainBlockContainer { padding: 0.4rem 0.8rem 0.5rem; }
      .stAppHeader .stLogoLink, .stAppHeader [data-testid="stHeaderLogo"] { display: none; }
      .stApp:has(.stAppHeader > *) [data-testid="stLayoutWrapper"]:has(> .st-key-session_way) { padding-left: 3.4rem; }
      .st-key-session_way button { padding-inline: 0.4rem; }
      .st-key-session_way button p { font-size: 0; } /* their pictures stay, and their names for who cannot see them */
      .st-key-session_way > :last-child { display: none; }
    }
    </style>"""


def open_session(session_id: str | None) -> None:
    """Write the session into the URL, which says what is open; None closes it."""
    if session_id is None:
        st.query_params.pop("session", None)
    else:
        st.query_params["session"] = session_id


def open_selected(table: str, shown: Sequence[str]) -> None:
    """Open the session whose row was clicked, or ticked; ``shown`` are the ids in the rows."""
    chosen = st.session_state[table].selection
    rows = [*chosen.rows, *(row for row, _column in chosen.cells)]
    if rows:
        open_session(shown[rows[0]])


def show_way(session_id: str, *, previous_id: str | None, next_id: str | None, caption: str) -> None:
    """Make room for the editor, and show how to close the session and to go on."""
    st.html(ROOM)
    with st.container(horizontal=True, vertical_alignment="center", key="session_way"):
        st.button("Close", icon=":material/close:", on_click=open_session, args=(None,))
        for label, icon, target in (
            ("Previous", ":material/arrow_back:", previous_id),
            ("Next", ":material/arrow_forward:", next_id),
        ):
            st.button(label, icon=icon, disabled=target is None, on_click=open_session, args=(target,))
        st.text(f"Session {session_id}")
        st.caption(caption)
